//! Any program: it gets the documented variables, and its output is text or JSON lines.

use super::{
    Activity, Briefing, Engine, Heard, Launch, LaunchError, Output, Session, Stdin, Stream, Tell, Told, lines,
};

/// Returns how to start the program; placeholders expand in its command and arguments, nowhere else.
pub fn launch(engine: &Engine, briefing: &Briefing) -> Result<Launch, LaunchError> {
    let words: Vec<String> = engine.command.iter().chain(&engine.args).map(|word| expand(word, briefing)).collect();
    let Some((program, args)) = words.split_first() else {
        return Err(LaunchError::NoCommand { engine: engine.name.clone() });
    };
    let input = match engine.stdin {
        Stdin::None => Vec::new(),
        Stdin::Prompt => briefing.prompt.clone().into_bytes(),
    };
    Ok(Launch {
        program: program.clone(),
        args: args.to_vec(),
        env: super::environment(engine, briefing),
        env_clear: engine.env_clear,
        input,
        keep_input_open: false,
        files: Vec::new(),
    })
}

/// Replaces `{agent}`, `{attempt}`, `{project}`, `{report}` and their likes; any other brace stays as it is.
fn expand(word: &str, briefing: &Briefing) -> String {
    let path = |path: &std::path::Path| path.to_string_lossy().into_owned();
    let value_of = |name: &str| {
        Some(match name {
            "agent" => briefing.agent.clone(),
            "slug" => briefing.slug.clone(),
            "attempt" => briefing.attempt.to_string(),
            "run" => briefing.run.clone(),
            "task" => briefing.task.clone(),
            "prompt" => briefing.prompt.clone(),
            "model" => briefing.model.clone().unwrap_or_default(),
            "limit_s" => briefing.limit.as_secs().to_string(),
            "deadline" => briefing.deadline.to_string(),
            "project" => path(&briefing.project),
            "team_dir" => path(&briefing.team_dir),
            "folder" => path(&briefing.folder),
            "report" => path(&briefing.report),
            "handoff" => path(&briefing.handoff),
            "previous_handoff" => briefing.previous_handoff.as_deref().map(path).unwrap_or_default(),
            "needs" => path(&briefing.needs_file),
            "prompt_file" => path(&briefing.prompt_file),
            "mcp_config" => path(&briefing.mcp_config),
            "deadline_file" => path(&briefing.deadline_file),
            _ => return None,
        })
    };
    let mut expanded = String::new();
    let mut rest = word;
    while let Some(open) = rest.find('{') {
        expanded.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let known = after.find('}').and_then(|close| Some((value_of(&after[..close])?, &after[close + 1..])));
        match known {
            Some((value, tail)) => {
                expanded.push_str(&value);
                rest = tail;
            }
            None => {
                expanded.push('{');
                rest = after;
            }
        }
    }
    expanded + rest
}

/// Reads the output of a command, or of an analyst, which speaks JSON lines too.
pub struct Conversation {
    output: Output,
    tools: u64,
    tool_open: bool,
}

impl Conversation {
    pub fn new(output: Output) -> Conversation {
        Conversation { output, tools: 0, tool_open: false }
    }

    fn object(&mut self, line: &[u8]) -> Option<Vec<Activity>> {
        let mut activity = lines::parse(line)?;
        let mut activities = Vec::new();
        // The language has no end of a tool call: the next word of the agent ends it.
        if self.tool_open {
            self.tool_open = false;
            activities.push(Activity::ToolEnded { id: self.call(), ok: true, summary: String::new() });
        }
        if let Activity::ToolStarted { id, .. } = &mut activity {
            self.tools += 1;
            self.tool_open = true;
            *id = self.call();
        }
        activities.push(activity);
        Some(activities)
    }

    fn call(&self) -> String {
        format!("call-{}", self.tools)
    }
}

impl Session for Conversation {
    fn line(&mut self, stream: Stream, line: &[u8]) -> Heard {
        let activities = match (stream, self.output) {
            (Stream::Said, _) => lines::parse(line).into_iter().collect(),
            (Stream::Out, Output::Jsonl) => self.object(line).unwrap_or_else(|| lines::text(line)),
            (Stream::Out, Output::Text) | (Stream::Err, _) => lines::text(line),
        };
        Heard { activities, reply: Vec::new() }
    }

    fn tell(&mut self, what: &Tell) -> Told {
        match what {
            Tell::Message { .. }
            | Tell::Warning { .. }
            | Tell::WrapUp { .. }
            | Tell::AskReport { .. }
            | Tell::Interrupt
            | Tell::Continue
            | Tell::Answer { .. } => Told::Cannot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{briefing, engine};
    use super::*;
    use crate::engine::Kind;

    #[test]
    fn placeholders_expand_in_the_command_and_nowhere_else() {
        let mut mine = engine(Kind::Command);
        mine.command = vec!["./agent.sh".into(), "{agent}-{attempt}".into()];
        mine.args = vec!["--out={report}".into(), "{\"a\":{x}}{".into()];
        mine.env.insert("KEY".into(), "{agent}".into());
        let launch = launch(&mine, &briefing()).expect("a command");
        assert_eq!(launch.program, "./agent.sh");
        assert_eq!(launch.args, ["security-auditor-1", "--out=/p/.claude-team/reports/security.md", "{\"a\":{x}}{"]);
        assert_eq!(launch.env["KEY"], "{agent}");
        assert_eq!(launch.env["QUINTET_AGENT"], "security-auditor");
        assert!(launch.input.is_empty() && !launch.keep_input_open);
    }

    #[test]
    fn the_prompt_goes_to_the_input_when_asked_for() {
        let mut mine = engine(Kind::Command);
        mine.command = vec!["cat".into()];
        mine.stdin = Stdin::Prompt;
        assert_eq!(launch(&mine, &briefing()).expect("a command").input, b"Do it.");
    }

    #[test]
    fn an_engine_without_a_command_is_refused_by_name() {
        let error = launch(&engine(Kind::Command), &briefing()).expect_err("no command");
        assert_eq!(error.to_string(), "engine `mine` has no command");
    }

    #[test]
    fn in_text_every_line_is_text_even_json() {
        let mut session = Conversation::new(Output::Text);
        let heard = session.line(Stream::Out, b"{\"type\":\"result\",\"ok\":true}\r");
        assert_eq!(heard.activities, [Activity::Text { text: "{\"type\":\"result\",\"ok\":true}".into() }]);
        assert_eq!(session.line(Stream::Err, b"  "), Heard::default());
    }

    #[test]
    fn a_tool_call_ends_at_the_next_word() {
        let mut session = Conversation::new(Output::Jsonl);
        session.line(Stream::Out, br#"{"type":"tool","name":"grep","summary":"looks for keys"}"#);
        let heard = session.line(Stream::Out, br#"{"type":"text","text":"none"}"#);
        assert_eq!(
            heard.activities,
            [
                Activity::ToolEnded { id: "call-1".into(), ok: true, summary: String::new() },
                Activity::Text { text: "none".into() }
            ]
        );
    }
}
