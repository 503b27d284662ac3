pub const FILES: &[(&str, &str)] = &[];
pub const PLAN: &str = "";
pub const SETTINGS: &str = "";
pub const FAST_SETTINGS: &str = "";
