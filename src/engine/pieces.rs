//! Text that comes in pieces: whole lines are told at once, the rest when something else happens.

use super::{Activity, lines};

/// What an agent is saying.
#[derive(Debug, Default)]
pub struct Pieces {
    /// Since the last line that was told.
    untold: String,
    /// Since the last tool call: at the end of a turn, the final answer.
    message: String,
}

impl Pieces {
    /// Takes a piece; returns the lines that it completes.
    pub fn take(&mut self, piece: &str) -> Vec<Activity> {
        self.message.push_str(piece);
        self.untold.push_str(piece);
        let Some(end) = self.untold.rfind('\n') else { return Vec::new() };
        let rest = self.untold.split_off(end + 1);
        let whole = std::mem::replace(&mut self.untold, rest);
        lines::text(whole.trim_start_matches('\n').as_bytes())
    }

    /// Tells what is left.
    pub fn flush(&mut self) -> Vec<Activity> {
        lines::text(std::mem::take(&mut self.untold).as_bytes())
    }

    /// Something else begins: what was said so far is no final answer.
    pub fn interrupt(&mut self) -> Vec<Activity> {
        self.message.clear();
        self.flush()
    }

    /// Returns the final answer, and begins anew.
    pub fn answer(&mut self) -> Option<String> {
        let message = std::mem::take(&mut self.message).trim().to_owned();
        (!message.is_empty()).then_some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_told_at_once_and_the_last_message_is_the_answer() {
        let text = |text: &str| vec![Activity::Text { text: text.to_owned() }];
        let mut pieces = Pieces::default();
        assert_eq!(pieces.take("I will lo"), []);
        assert_eq!(pieces.take("ok.\nThe"), text("I will look."));
        assert_eq!(pieces.interrupt(), text("The"));
        assert_eq!(pieces.take("Do"), []);
        assert_eq!(pieces.take("ne."), []);
        assert_eq!(pieces.flush(), text("Done."));
        assert_eq!(pieces.answer().as_deref(), Some("Done."));
        assert_eq!(pieces.answer(), None);
    }
}
