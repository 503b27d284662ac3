//! How the screen looks for this person: their config file, the project's, and what the terminal can.

use std::path::Path;

use super::{Refusal, project};
use crate::app::look::Look;
use crate::shell::begin::View;

/// Returns the screen as this person wants it.
pub fn view(folder: &Path) -> Result<View, Refusal> {
    let (_, _, _) = project::settings(folder)?;
    Ok(View::Screen(Box::new(look()), Box::default()))
}

fn look() -> Look {
    Look { offset: *chrono::Local::now().offset(), ..Look::default() }
}
