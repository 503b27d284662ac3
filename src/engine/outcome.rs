//! What an attempt's end means: the last terminal event decides, never the exit code alone.

use chrono::{DateTime, Utc};

use super::{Activity, Engine, Kind, Output, Stream, failure};
use crate::scheduler::End;

/// Collects, line by line, what an attempt's end will be judged by.
#[derive(Debug, Clone)]
pub struct Judge {
    rule: Rule,
    result: Option<Result>,
    quota: Option<Quota>,
    last_error_line: String,
    /// How many lines of error output may follow the last one without being it.
    hints_left: u8,
}

/// How an attempt ended, as far as its program tells.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgement {
    pub good: bool,
    /// Why it was not good, in words.
    pub why: Option<String>,
    /// Wrong login, unknown model, missing program: trying again cannot help.
    pub hopeless: bool,
    pub quota: Option<Quota>,
    /// The final answer in text, of a terminal event only.
    pub final_text: Option<String>,
    pub ended_with_result: bool,
    /// It ended well, but the task is only partly done.
    pub partial: bool,
}

/// A quota or rate limit that ended an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// When it may go on, if the program says so.
    pub until: Option<DateTime<Utc>>,
    pub why: String,
}

/// What counts as a good end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Exit 0.
    Exit,
    /// Exit 0, and a good result if there is one.
    ExitAndResult,
    /// The last result, whatever the exit.
    Result,
}

#[derive(Debug, Clone)]
struct Result {
    ok: bool,
    text: Option<String>,
    why: Option<String>,
    hopeless: bool,
    partial: bool,
}

impl Judge {
    pub fn new(engine: &Engine) -> Judge {
        let rule = match (engine.kind, engine.output) {
            (Kind::Command, Output::Text) => Rule::Exit,
            (Kind::Command, Output::Jsonl) => Rule::ExitAndResult,
            (Kind::Builtin | Kind::Claude | Kind::Codex | Kind::Gemini | Kind::Opencode | Kind::Acp, _) => Rule::Result,
        };
        Judge { rule, result: None, quota: None, last_error_line: String::new(), hints_left: 0 }
    }

    /// Takes one line of output and what it meant.
    pub fn hear(&mut self, stream: Stream, line: &[u8], activities: &[Activity]) {
        if stream == Stream::Err {
            let line = String::from_utf8_lossy(line);
            if !line.trim().is_empty() {
                self.take_error_line(line.trim());
            }
        }
        for activity in activities {
            match activity {
                Activity::Result { ok, text, why, hopeless, partial } => {
                    let (text, why) = (text.clone(), why.clone());
                    self.result = Some(Result { ok: *ok, text, why, hopeless: *hopeless, partial: *partial });
                    if *ok {
                        self.quota = None;
                    }
                }
                Activity::Quota { until, why } => self.quota = Some(Quota { until: *until, why: why.clone() }),
                Activity::Text { .. }
                | Activity::ToolStarted { .. }
                | Activity::ToolEnded { .. }
                | Activity::Criterion { .. }
                | Activity::Finding { .. }
                | Activity::Urgent { .. }
                | Activity::Usage { .. }
                | Activity::Session { .. }
                | Activity::Denied { .. }
                | Activity::Trouble { .. }
                | Activity::Asked { .. }
                | Activity::Changed { .. }
                | Activity::Retrying { .. }
                | Activity::Report { .. } => {}
            }
        }
    }

    /// Quintet ended the process after its result: how it exits says nothing.
    pub fn goes_by_result(&mut self) {
        self.rule = Rule::Result;
    }

    /// Judges the attempt by how its process ended.
    pub fn judge(&self, end: End) -> Judgement {
        let exit_is_good = matches!(end, End::Exited { exit: Some(0), .. });
        let result_is_good = self.result.as_ref().map(|result| result.ok);
        let good = match self.rule {
            Rule::Exit => exit_is_good,
            Rule::ExitAndResult => exit_is_good && result_is_good != Some(false),
            Rule::Result => result_is_good == Some(true),
        };
        let why = if good { None } else { Some(self.why(end, exit_is_good)) };
        let never_ran = matches!(end, End::CannotStart) || self.program_is_missing(end) || self.login_is_wrong();
        Judgement {
            good,
            why,
            hopeless: !good && (never_ran || self.result.as_ref().is_some_and(|result| result.hopeless)),
            quota: if good { None } else { self.quota.clone() },
            final_text: self.result.as_ref().and_then(|result| result.text.clone()),
            ended_with_result: self.result.is_some(),
            partial: good && self.result.as_ref().is_some_and(|result| result.partial),
        }
    }

    /// The last line counts, but hints follow an error: one that calls itself an error stands for a few lines.
    fn take_error_line(&mut self, line: &str) {
        const HINTS: u8 = 5;
        let lower = line.to_lowercase();
        if ["error", "fatal", "panic"].iter().any(|word| lower.starts_with(word)) {
            self.hints_left = HINTS;
        } else if self.hints_left > 0 {
            self.hints_left -= 1;
            return;
        }
        self.last_error_line = shortened(line);
    }

    fn why(&self, end: End, exit_is_good: bool) -> String {
        let of_result = self.result.as_ref().filter(|result| !result.ok).map(|result| result.why.clone());
        match of_result {
            Some(Some(why)) => why,
            Some(None) => "its result was an error".to_owned(),
            None if exit_is_good => self.with_error_line("aborted: its output ended without a result".to_owned()),
            None => self.with_error_line(in_words(end)),
        }
    }

    fn with_error_line(&self, words: String) -> String {
        if self.last_error_line.is_empty() { words } else { format!("{words}: {}", self.last_error_line) }
    }

    /// A program that ends before it says a word of its language says why on its error output.
    fn login_is_wrong(&self) -> bool {
        self.rule == Rule::Result && self.result.is_none() && failure::is_hopeless(&self.last_error_line, None)
    }

    /// A shell or a launcher in front of it says so with this exit code.
    fn program_is_missing(&self, end: End) -> bool {
        matches!(end, End::Exited { exit: Some(127), .. }) && self.last_error_line.contains("not found")
    }
}

/// Returns how a process ended, in words: `exit 1`, `killed by signal 9`.
pub fn in_words(end: End) -> String {
    match end {
        End::Exited { signal: Some(signal), .. } => format!("killed by signal {signal}"),
        End::Exited { exit: Some(code), .. } => format!("exit {code}"),
        End::Exited { exit: None, signal: None } => "ended".to_owned(),
        End::Backstop => "out of time while no Quintet was there".to_owned(),
        End::Orphaned => "ended since Quintet was gone".to_owned(),
        End::CannotStart | End::NoRoom => "cannot start".to_owned(),
        End::Lost => "lost: its process is gone and left no exit status".to_owned(),
    }
}

fn shortened(line: &str) -> String {
    const LONGEST: usize = 300;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::engine;
    use super::*;

    const EXIT: fn(i32) -> End = |code| End::Exited { exit: Some(code), signal: None };

    fn result(ok: bool, why: Option<&str>) -> Activity {
        let why = why.map(str::to_owned);
        Activity::Result { ok, text: ok.then(|| "answer".to_owned()), why, hopeless: false, partial: false }
    }

    fn judge_of(kind: Kind, activities: &[Activity]) -> Judge {
        let mut judge = Judge::new(&engine(kind));
        judge.hear(Stream::Out, b"", activities);
        judge
    }

    #[test]
    fn an_error_is_told_and_not_the_hint_that_follows_it() {
        let mut judge = judge_of(Kind::Codex, &[]);
        for line in ["error: unexpected argument '--no-such-flag' found", "", "For more information, try '--help'."] {
            judge.hear(Stream::Err, line.as_bytes(), &[]);
        }
        let why = judge.judge(EXIT(2)).why.expect("it failed");
        assert_eq!(why, "exit 2: error: unexpected argument '--no-such-flag' found");
    }

    #[test]
    fn a_command_is_good_when_it_exits_with_zero() {
        let mut judge = judge_of(Kind::Command, &[]);
        assert!(judge.judge(EXIT(0)).good);
        judge.hear(Stream::Err, b"warning: x\n", &[]);
        judge.hear(Stream::Err, b"cannot read plan\n", &[]);
        judge.hear(Stream::Err, b"\n", &[]);
        assert_eq!(judge.judge(EXIT(1)).why.as_deref(), Some("exit 1: cannot read plan"));
        let killed = End::Exited { exit: None, signal: Some(9) };
        assert_eq!(judge_of(Kind::Command, &[]).judge(killed).why.as_deref(), Some("killed by signal 9"));
    }

    #[test]
    fn a_command_that_says_its_result_must_also_exit_with_zero() {
        let mut engine = engine(Kind::Command);
        engine.output = Output::Jsonl;
        let mut judge = Judge::new(&engine);
        assert!(judge.judge(EXIT(0)).good);
        judge.hear(Stream::Out, b"", &[result(true, None)]);
        assert!(judge.judge(EXIT(0)).good);
        assert!(!judge.judge(EXIT(3)).good);
        judge.hear(Stream::Out, b"", &[result(false, Some("no keys found"))]);
        assert_eq!(judge.judge(EXIT(0)).why.as_deref(), Some("no keys found"));
    }

    #[test]
    fn the_last_result_decides_and_not_the_exit_code() {
        let judge = judge_of(Kind::Claude, &[result(false, Some("max turns")), result(true, None)]);
        let judgement = judge.judge(EXIT(1));
        assert!(judgement.good && judgement.ended_with_result);
        assert_eq!(judgement.final_text.as_deref(), Some("answer"));
        let judge = judge_of(Kind::Claude, &[result(true, None), result(false, Some("max turns"))]);
        assert_eq!(judge.judge(EXIT(0)).why.as_deref(), Some("max turns"));
    }

    #[test]
    fn an_end_of_output_without_a_result_is_aborted() {
        let judgement = judge_of(Kind::Gemini, &[]).judge(EXIT(0));
        assert!(!judgement.good && !judgement.ended_with_result);
        assert_eq!(judgement.why.as_deref(), Some("aborted: its output ended without a result"));
    }

    #[test]
    fn a_program_that_is_not_there_is_hopeless() {
        assert!(judge_of(Kind::Codex, &[]).judge(End::CannotStart).hopeless);
        let mut judge = judge_of(Kind::Command, &[]);
        assert!(!judge.judge(EXIT(127)).hopeless);
        judge.hear(Stream::Err, b"sh: 1: agent: not found", &[]);
        assert!(judge.judge(EXIT(127)).hopeless);
    }

    #[test]
    fn a_login_that_is_missing_is_hopeless_though_no_event_says_so() {
        let mut judge = judge_of(Kind::Gemini, &[]);
        judge.hear(Stream::Err, b"Please set an Auth method in your settings.json", &[]);
        let judgement = judge.judge(EXIT(41));
        assert!(judgement.hopeless && judgement.why.is_some_and(|why| why.starts_with("exit 41: Please set")));
    }

    #[test]
    fn a_quota_that_was_overcome_is_forgotten() {
        let quota = Activity::Quota { until: None, why: "429".to_owned() };
        let judge = judge_of(Kind::Codex, &[quota.clone(), result(false, Some("429"))]);
        assert_eq!(judge.judge(EXIT(1)).quota.map(|quota| quota.why).as_deref(), Some("429"));
        assert_eq!(judge_of(Kind::Codex, &[quota, result(true, None)]).judge(EXIT(0)).quota, None);
    }
}
