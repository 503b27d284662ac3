//! The engines that exist without being written into a settings file.

use std::collections::BTreeMap;

use super::{Engine, Kind, Output, ReportRule, Stdin};

/// Returns the built-in definitions, each under the name of its kind; `[engines.NAME]` goes over them.
pub fn known() -> Vec<Engine> {
    [Kind::Builtin, Kind::Claude, Kind::Codex, Kind::Gemini, Kind::Opencode].into_iter().map(plain).collect()
}

/// Returns an engine of a kind before anything was set: what `[engines.NAME]` starts from.
pub fn plain(kind: Kind) -> Engine {
    let program = match kind {
        Kind::Builtin | Kind::Acp | Kind::Command => None,
        Kind::Claude => Some("claude"),
        Kind::Codex => Some("codex"),
        Kind::Gemini => Some("gemini"),
        Kind::Opencode => Some("opencode"),
    };
    let output = match kind {
        Kind::Command => Output::Text,
        Kind::Builtin | Kind::Claude | Kind::Codex | Kind::Gemini | Kind::Opencode | Kind::Acp => Output::Jsonl,
    };
    Engine {
        name: kind.name().to_owned(),
        kind,
        command: program.map(str::to_owned).into_iter().collect(),
        model: None,
        args: Vec::new(),
        env: BTreeMap::new(),
        env_clear: false,
        stdin: Stdin::None,
        output,
        report: ReportRule::Required,
        place: None,
    }
}

impl Kind {
    /// Returns its name, as in settings and on screen.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Builtin => "builtin",
            Kind::Claude => "claude",
            Kind::Codex => "codex",
            Kind::Gemini => "gemini",
            Kind::Opencode => "opencode",
            Kind::Acp => "acp",
            Kind::Command => "command",
        }
    }
}
