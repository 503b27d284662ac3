//! What an attempt inherits of Quintet's environment.

/// Session variables of agent programs: an agent that sees them takes itself for a part of another session.
const SESSIONS: &[&str] = &[
    "CLAUDECODE",
    "CLAUDE_PID",
    "CLAUDE_SESSION_ID",
    "CLAUDE_AGENT_SDK_VERSION",
    "CLAUDE_ENV_FILE",
    "CLAUDE_PROJECT_DIR",
    "CLAUDE_PLUGIN_ROOT",
    "CODEX_SANDBOX",
    "CODEX_SANDBOX_NETWORK_DISABLED",
    "CODEX_THREAD_ID",
    "CODEX_SESSION_ID",
    "CODEX_INTERNAL_ORIGINATOR_OVERRIDE",
    "CODEX_CI",
    "GEMINI_CLI",
    "GEMINI_CLI_NO_RELAUNCH",
    "GEMINI_SESSION_ID",
    "OPENCODE",
    "OPENCODE_PID",
    "OPENCODE_SESSION_ID",
    "OPENCODE_CLIENT",
    "OPENCODE_CALLER",
    "AGENT",
    "AI_AGENT",
];

/// Of this prefix, all but [`SETTINGS`] belong to a session.
const SESSION_PREFIX: &str = "CLAUDE_CODE_";

/// Choices of the person among the variables of [`SESSION_PREFIX`]: login, provider, limits.
const SETTINGS: &[&str] = &["_USE_", "_OAUTH_TOKEN", "_DISABLE_", "_ENABLE_", "_MAX_", "_SKIP_", "_API_", "_GIT_BASH"];

/// What is left with `env_clear`.
const CLEAN: &[&str] = &["PATH", "HOME", "LANG", "LANGUAGE"];

/// Returns Quintet's environment without Quintet's own variables and those of agents' sessions; with `env_clear` only
/// `PATH`, `HOME` and the locale. Logins, keys and folders of settings stay. Sorted by name; variables that are not
/// UTF-8 are left out.
pub fn inherited(env_clear: bool) -> Vec<(String, String)> {
    let all =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    kept(all, env_clear)
}

fn kept(all: impl Iterator<Item = (String, String)>, env_clear: bool) -> Vec<(String, String)> {
    let is_clean = |name: &str| CLEAN.contains(&name) || name.starts_with("LC_");
    let mut kept: Vec<_> =
        all.filter(|(name, _)| if env_clear { is_clean(name) } else { !is_of_session(name) }).collect();
    kept.sort();
    kept
}

fn is_of_session(name: &str) -> bool {
    let is_setting = || SETTINGS.iter().any(|part| name.contains(part));
    name.starts_with("QUINTET_") || SESSIONS.contains(&name) || (name.starts_with(SESSION_PREFIX) && !is_setting())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str], env_clear: bool) -> Vec<String> {
        let all = all.iter().map(|name| ((*name).to_owned(), "x".to_owned()));
        kept(all, env_clear).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn sessions_of_agents_and_quintets_own_variables_do_not_pass() {
        let of_sessions =
            ["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CODEX_SANDBOX", "GEMINI_CLI"];
        assert_eq!(names(&of_sessions, false), [""; 0]);
        assert_eq!(names(&["OPENCODE", "QUINTET_RUN", "QUINTET_ANYTHING"], false), [""; 0]);
    }

    #[test]
    fn logins_and_settings_pass() {
        let needed = [
            "ANTHROPIC_API_KEY",
            "CLAUDE_CODE_OAUTH_TOKEN",
            "CLAUDE_CODE_USE_BEDROCK",
            "CLAUDE_CONFIG_DIR",
            "CODEX_API_KEY",
            "CODEX_HOME",
            "GEMINI_API_KEY",
            "GEMINI_CLI_HOME",
            "OPENCODE_CONFIG",
            "PATH",
        ];
        assert_eq!(names(&needed, false), needed);
    }

    #[test]
    fn a_clean_environment_is_path_home_and_locale() {
        let all = ["ANTHROPIC_API_KEY", "HOME", "LANG", "LC_ALL", "PATH", "TERM"];
        assert_eq!(names(&all, true), ["HOME", "LANG", "LC_ALL", "PATH"]);
    }
}
