//! A person in an agent's own session: the command that opens it in a terminal.

use super::{Engine, Kind, codex};

/// Returns the command that opens a session for a person, program first; `None`: this engine's sessions cannot be.
pub fn command(engine: &Engine, session: &str) -> Option<Vec<String>> {
    let (program, first) = engine.command.split_first()?;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut command = vec![program.clone()];
    command.extend(first.iter().filter(|word| *word != codex::SERVER).cloned());
    match engine.kind {
        Kind::Claude | Kind::Gemini => command.extend(words(&["--resume", session])),
        Kind::Codex => {
            command.extend(words(&["resume", session]));
            // What it was told beside is settings (`-c`) as a rule, and good for a person too.
            command.extend(engine.args.iter().cloned());
        }
        Kind::Opencode => command.extend(words(&["-s", session])),
        // Which of an adapter's words open a session for a person is not known.
        Kind::Builtin | Kind::Acp | Kind::Command => return None,
    }
    Some(command)
}

/// Returns a command as it is typed into a shell.
pub fn typed(command: &[String]) -> String {
    let is_plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./:=@%+,".contains(c));
    let word = |word: &String| if is_plain(word) { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::testing::engine;
    use super::*;

    #[test]
    fn each_program_is_told_its_session_in_its_own_words() {
        let typed = |kind| command(&engine(kind), "s-1").map(|command| typed(&command));
        assert_eq!(typed(Kind::Claude).as_deref(), Some("claude --resume s-1"));
        assert_eq!(typed(Kind::Codex).as_deref(), Some("codex resume s-1"));
        assert_eq!(typed(Kind::Gemini).as_deref(), Some("gemini --resume s-1"));
        assert_eq!(typed(Kind::Opencode).as_deref(), Some("opencode -s s-1"));
        assert_eq!(typed(Kind::Acp), None);
    }

    #[test]
    fn a_word_that_a_shell_would_take_apart_is_quoted() {
        let command = ["codex", "-c", "a=\"it's\""].map(str::to_owned);
        assert_eq!(typed(&command), r#"codex -c 'a="it'\''s"'"#);
    }
}
