//! What of its spending an engine tells, and when: a cap that cannot be measured is refused before anything starts.

use super::{Engine, Kind, codex};

impl Kind {
    /// Returns whether it tells what it costs in dollars.
    pub fn tells_cost(self) -> bool {
        match self {
            Kind::Builtin | Kind::Claude | Kind::Opencode | Kind::Command => true,
            Kind::Codex | Kind::Gemini | Kind::Acp => false,
        }
    }

    /// Returns whether it tells dollars as soon as they are spent, and not at the end of a turn alone: what a turn that
    /// was killed had cost is known then.
    pub fn tells_cost_at_once(self) -> bool {
        match self {
            Kind::Builtin | Kind::Opencode | Kind::Command => true,
            Kind::Claude | Kind::Codex | Kind::Gemini | Kind::Acp => false,
        }
    }

    /// Returns whether the number of its turns can be capped.
    pub fn caps_turns(self) -> bool {
        match self {
            // The analysts have none.
            Kind::Builtin | Kind::Claude => true,
            Kind::Codex | Kind::Gemini | Kind::Opencode | Kind::Acp | Kind::Command => false,
        }
    }
}

/// Returns whether an engine tells its tokens after each call of the model. One that tells them at the end of a turn
/// alone has done all its work by then.
pub fn tells_tokens(engine: &Engine) -> bool {
    match engine.kind {
        Kind::Builtin | Kind::Claude | Kind::Opencode | Kind::Command => true,
        Kind::Codex => codex::is_server(engine),
        Kind::Gemini | Kind::Acp => false,
    }
}
