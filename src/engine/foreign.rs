//! Settings in a project that are no settings of Quintet's: agent programs read them by themselves, and what stands in them
//! can start programs and grant rights.
//!
//! Claude Code, Codex and OpenCode are started so that they read none of them. Gemini CLI has no such switch under which MCP
//! servers still start, and what an ACP agent reads is its own matter: for them the files are shown before a run.

use std::path::{Component, Path};

use super::Kind;

/// Names at the top of a project, of files and of folders, with what can stand in them.
pub const NAMES: [(&str, &str); 9] = [
    (".gemini", "can start MCP servers, hooks and extensions, and grant rights"),
    (".claude", "can start hooks and grant rights"),
    (".mcp.json", "can start MCP servers"),
    (".codex", "can start MCP servers and hooks, and grant rights"),
    (".opencode", "can start plugins and MCP servers, and grant rights"),
    ("opencode.json", "can start MCP servers and grant rights"),
    ("opencode.jsonc", "can start MCP servers and grant rights"),
    (".env", "sets variables"),
    (".git", "can start programs whenever git is called"),
];

/// Returns which of [`NAMES`] an engine of this kind reads whatever Quintet says.
pub fn read_by(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Gemini => &[".gemini", ".env"],
        Kind::Acp => {
            &[".gemini", ".claude", ".mcp.json", ".codex", ".opencode", "opencode.json", "opencode.jsonc", ".env"]
        }
        Kind::Builtin | Kind::Claude | Kind::Codex | Kind::Opencode | Kind::Command => &[],
    }
}

/// Returns whether a path within a project is or lies in one of [`NAMES`], at any depth: a program may be started there.
pub fn is_in(path: &Path) -> bool {
    let is_one = |name: &str| NAMES.iter().any(|(known, _)| name.eq_ignore_ascii_case(known));
    path.components().any(|part| matches!(part, Component::Normal(name) if name.to_str().is_some_and(is_one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_read_is_known_by_its_names_alone() {
        for path in [".gemini/settings.json", "web/.claude/settings.json", "opencode.json", ".GIT/hooks/pre-commit"] {
            assert!(is_in(Path::new(path)), "{path}");
        }
        for path in [".claude-team/reports/a.md", "src/gemini.rs", ".gitignore", ".env.example"] {
            assert!(!is_in(Path::new(path)), "{path}");
        }
        let known = |name: &&str| NAMES.iter().any(|(known, _)| known == name);
        assert!([Kind::Gemini, Kind::Acp].into_iter().flat_map(read_by).all(known));
    }
}
