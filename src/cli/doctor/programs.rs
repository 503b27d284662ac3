//! Programs that can play agents: their versions and logins, judged. Pure.

use serde_json::Value;

use super::facts::{Login, Program};
use super::judge::{Finding, Mark};
use crate::engine::Kind;

/// The versions that Quintet was tried with (the map of `engine`), oldest and newest.
fn tried(kind: Kind) -> Option<([u64; 3], [u64; 3])> {
    match kind {
        // 2.1.197 is what npm installs without a word on Node.js 20.
        Kind::Claude => Some(([2, 1, 197], [2, 1, 330])),
        Kind::Codex => Some(([0, 169, 0], [0, 169, 0])),
        Kind::Gemini => Some(([0, 61, 0], [0, 61, 0])),
        Kind::Opencode => Some(([1, 18, 33], [1, 18, 33])),
        Kind::Builtin | Kind::Acp | Kind::Command => None,
    }
}

/// Programs that are known not to work well: a part of their command, and what to do.
const BAD: &[(&str, &str, &str)] = &[
    (
        "@zed-industries/codex-acp",
        "does not end when its input closes (seen with 0.16.0)",
        "use @agentclientprotocol/codex-acp",
    ),
    ("@zed-industries/claude-code-acp", "is an old name", "use @agentclientprotocol/claude-agent-acp"),
    ("@zed-industries/claude-agent-acp", "is an old name", "use @agentclientprotocol/claude-agent-acp"),
];

/// Judges one program.
pub fn judge(program: &Program) -> Finding {
    let what = program.name.as_str();
    let version = match &program.version {
        Ok(version) => version,
        Err(why) => return Finding::of(Mark::Missing, what, why, install(program)),
    };
    let bad = BAD.iter().find(|(part, ..)| program.command.iter().any(|word| word.contains(part)));
    if let Some((_, why, mend)) = bad {
        return Finding::of(Mark::Look, what, format!("{version}; it {why}"), *mend);
    }
    if let Some(((oldest, newest), is)) = tried(program.kind).zip(program.said_version()) {
        let dotted = |it: [u64; 3]| format!("{}.{}.{}", it[0], it[1], it[2]);
        if is < oldest {
            let found = format!("{version}: older than {}, the oldest that was tried", dotted(oldest));
            return Finding::of(
                Mark::Look,
                what,
                found,
                format!("{}, to have {}", package(program.kind), dotted(newest)),
            );
        }
        if is[0] > newest[0] {
            let found = format!("{version}: much newer than {}, which was tried", dotted(newest));
            return Finding::of(Mark::Look, what, found, format!("if it misbehaves, install {}", dotted(newest)));
        }
    }
    match &program.login {
        Login::There(by) => Finding::of(Mark::Ok, what, format!("{version}, login by {by}"), ""),
        Login::Expired(by) => {
            Finding::of(Mark::Look, what, format!("{version}, login of {by} is over"), login(program.kind))
        }
        Login::None => Finding::of(Mark::Look, what, format!("{version}, no login is found"), login(program.kind)),
        Login::Unknown => Finding::of(Mark::Ok, what, version, ""),
    }
}

fn package(kind: Kind) -> &'static str {
    match kind {
        Kind::Claude => "npm install -g @anthropic-ai/claude-code",
        Kind::Codex => "npm install -g @openai/codex",
        Kind::Gemini => "npm install -g @google/gemini-cli",
        Kind::Opencode => "npm install -g opencode-ai",
        Kind::Builtin | Kind::Acp | Kind::Command => "",
    }
}

fn install(program: &Program) -> String {
    match package(program.kind) {
        "" => "correct its command in [engines], or install it".to_owned(),
        package => format!("{package}, if you want it"),
    }
}

fn login(kind: Kind) -> &'static str {
    match kind {
        Kind::Claude => "run `claude` and log in, or set ANTHROPIC_API_KEY",
        Kind::Codex => "run `codex login`, or set CODEX_API_KEY",
        Kind::Gemini => "run `gemini` and log in, or set GEMINI_API_KEY",
        Kind::Opencode => "run `opencode auth login`",
        Kind::Builtin | Kind::Acp | Kind::Command => "",
    }
}

impl Program {
    /// Returns the version that it told; one that was only looked for has told none.
    fn said_version(&self) -> Option<[u64; 3]> {
        self.version.as_deref().ok().filter(|text| !text.starts_with('/')).and_then(version_in)
    }
}

/// Returns the first number of three parts in what a program said of itself.
fn version_in(text: &str) -> Option<[u64; 3]> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != '.').find(|word| word.split('.').count() >= 3)?;
    let mut numbers = parts.split('.').map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?])
}

/// Where a program keeps its login: variables (any of them does), and a file below a folder (a variable that names the
/// folder, else this below the home folder).
pub struct Keeps {
    pub variables: &'static [&'static str],
    pub home: (&'static str, &'static str),
    pub file: &'static str,
}

/// Returns where the program of this kind keeps its login; `None`: nobody knows.
pub fn keeps(kind: Kind) -> Option<Keeps> {
    Some(match kind {
        Kind::Claude => Keeps {
            variables: &[
                "ANTHROPIC_API_KEY",
                "ANTHROPIC_AUTH_TOKEN",
                "CLAUDE_CODE_OAUTH_TOKEN",
                "CLAUDE_CODE_USE_BEDROCK",
                "CLAUDE_CODE_USE_VERTEX",
            ],
            home: ("CLAUDE_CONFIG_DIR", ".claude"),
            file: ".credentials.json",
        },
        Kind::Codex => {
            Keeps { variables: &["CODEX_API_KEY", "OPENAI_API_KEY"], home: ("CODEX_HOME", ".codex"), file: "auth.json" }
        }
        Kind::Gemini => Keeps {
            variables: &["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"],
            home: ("GEMINI_CLI_HOME", ""),
            file: ".gemini/oauth_creds.json",
        },
        Kind::Opencode => Keeps {
            variables: &["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENROUTER_API_KEY", "GEMINI_API_KEY"],
            home: ("XDG_DATA_HOME", ".local/share"),
            file: "opencode/auth.json",
        },
        Kind::Builtin | Kind::Acp | Kind::Command => return None,
    })
}

/// Judges what the file of a login holds, without keeping any of it. `now_ms`: milliseconds since 1970.
pub fn login_in(kind: Kind, text: &str, shown: &str, now_ms: u64) -> Login {
    let Ok(Value::Object(file)) = serde_json::from_str(text) else { return Login::None };
    let is_set = |value: Option<&Value>| value.and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let there = || Login::There(shown.to_owned());
    match kind {
        Kind::Claude => {
            let Some(oauth) = file.get("claudeAiOauth") else { return Login::None };
            let is_over = oauth.get("expiresAt").and_then(Value::as_u64).is_some_and(|at| at < now_ms);
            match (is_set(oauth.get("refreshToken")), is_set(oauth.get("accessToken"))) {
                (false, true) if is_over => Login::Expired(shown.to_owned()),
                (false, false) => Login::None,
                (true, _) | (false, true) => there(),
            }
        }
        Kind::Codex => {
            let has_tokens = file.get("tokens").is_some_and(Value::is_object);
            if has_tokens || is_set(file.get("OPENAI_API_KEY")) { there() } else { Login::None }
        }
        Kind::Gemini => {
            if is_set(file.get("refresh_token")) {
                return there();
            }
            let is_over = file.get("expiry_date").and_then(Value::as_u64).is_some_and(|at| at < now_ms);
            match is_set(file.get("access_token")) {
                true if is_over => Login::Expired(shown.to_owned()),
                true => there(),
                false => Login::None,
            }
        }
        Kind::Opencode => {
            if file.is_empty() {
                Login::None
            } else {
                there()
            }
        }
        Kind::Builtin | Kind::Acp | Kind::Command => Login::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(kind: Kind, version: &str, login: Login) -> Program {
        let name = kind.name().to_owned();
        Program { command: vec![name.clone()], name, kind, version: Ok(version.to_owned()), login }
    }

    #[test]
    fn a_program_with_a_login_is_good() {
        let claude = program(Kind::Claude, "2.1.330 (Claude Code)", Login::There("ANTHROPIC_API_KEY".to_owned()));
        assert_eq!(judge(&claude).mark, Mark::Ok);
    }

    #[test]
    fn a_version_that_was_not_tried_is_looked_at() {
        for (kind, version) in [
            (Kind::Claude, "2.1.9 (Claude Code)"),
            (Kind::Claude, "3.0.0 (Claude Code)"),
            (Kind::Codex, "codex-cli 0.99.1"),
            (Kind::Gemini, "0.9.0"),
            (Kind::Opencode, "0.15.31"),
        ] {
            let finding = judge(&program(kind, version, Login::There("x".to_owned())));
            assert_eq!(finding.mark, Mark::Look, "{version}");
            assert!(!finding.mend.is_empty());
        }
        for (kind, version) in [(Kind::Claude, "2.1.400 (Claude Code)"), (Kind::Codex, "codex-cli 0.170.0-alpha.2")] {
            assert_eq!(judge(&program(kind, version, Login::There("x".to_owned()))).mark, Mark::Ok, "{version}");
        }
    }

    #[test]
    fn a_login_is_known_by_its_file_alone_and_nothing_of_it_is_told() {
        let of = |kind, text: &str| login_in(kind, text, "its file", 1_000);
        let there = Login::There("its file".to_owned());
        let old = r#"{"claudeAiOauth":{"accessToken":"secret","expiresAt":999}}"#;
        assert_eq!(of(Kind::Claude, old), Login::Expired("its file".to_owned()));
        let renewed = r#"{"claudeAiOauth":{"accessToken":"secret","refreshToken":"secret","expiresAt":999}}"#;
        assert_eq!(of(Kind::Claude, renewed), there);
        assert_eq!(of(Kind::Codex, r#"{"OPENAI_API_KEY":null,"tokens":{"id_token":"secret"}}"#), there);
        assert_eq!(of(Kind::Codex, r#"{"OPENAI_API_KEY":null}"#), Login::None);
        assert_eq!(of(Kind::Gemini, r#"{"refresh_token":"secret","expiry_date":1}"#), there);
        assert_eq!(of(Kind::Opencode, "{}"), Login::None);
        assert_eq!(of(Kind::Opencode, r#"{"anthropic":{"type":"api"}}"#), there);
        for kind in [Kind::Claude, Kind::Codex, Kind::Gemini, Kind::Opencode] {
            assert_eq!(of(kind, "torn {"), Login::None);
        }
    }

    #[test]
    fn an_adapter_that_does_not_end_is_named() {
        let command = ["npx", "-y", "@zed-industries/codex-acp"].map(str::to_owned).to_vec();
        let adapter = Program { command, ..program(Kind::Acp, "found", Login::Unknown) };
        assert!(judge(&adapter).mend.contains("agentclientprotocol"));
    }
}
