//! Real agent programs as users of the test's own model server: who is tried, and an account for each.

use std::collections::BTreeMap;
use std::path::Path;

use quintet::engine::Kind;
use serde_json::json;

/// Returns the command of the program that is to be tried; `None`, with a word, when none is given.
pub fn command(kind: Kind) -> Option<Vec<String>> {
    let variable = format!("QUINTET_TEST_{}", kind.name().to_uppercase());
    let Some(program) = std::env::var_os(&variable) else {
        eprintln!("skipped: {variable} names no program");
        return None;
    };
    let program = program.to_string_lossy();
    // Only an ACP agent may need words of its own after the program.
    Some(match kind {
        Kind::Acp => program.split_whitespace().map(str::to_owned).collect(),
        _ => vec![program.into_owned()],
    })
}

/// Returns whether the program asks the model again and again and never says so.
pub fn retries_in_silence(kind: Kind) -> bool {
    let is_opencode = || command(kind).is_some_and(|words| words.iter().any(|word| word.contains("opencode")));
    kind == Kind::Gemini || is_opencode()
}

/// Returns what the program is told beside what the engine says.
pub fn args(kind: Kind) -> Vec<String> {
    match kind {
        Kind::Codex => ["-c", "model_provider=test"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    }
}

/// Returns the model that the program is to ask for.
pub fn model(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Codex => Some("model"),
        Kind::Gemini => Some("gemini-2.5-flash"),
        Kind::Opencode => Some("test/model"),
        Kind::Builtin | Kind::Claude | Kind::Acp | Kind::Command => None,
    }
}

/// Prepares a home in which every program knows the test's model and nothing else; returns the variables.
pub fn variables(home: &Path, url: &str) -> BTreeMap<String, String> {
    let write = |file: &str, text: String| {
        let file = home.join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    };
    let auth =
        json!({"security": {"auth": {"selectedType": "gemini-api-key"}}, "privacy": {"usageStatisticsEnabled": false}});
    write(".gemini/settings.json", auth.to_string());
    let provider =
        format!("name = \"test\"\nbase_url = \"{url}/v1\"\nenv_key = \"MODEL_KEY\"\nwire_api = \"responses\"");
    let config = "model = \"model\"\nmodel_provider = \"test\"";
    write(
        ".codex/config.toml",
        format!("{config}\n[analytics]\nenabled = false\n[model_providers.test]\n{provider}\n"),
    );
    let options = json!({"baseURL": format!("{url}/v1"), "apiKey": "none"});
    let models = json!({"model": {"limit": {"context": 200_000, "output": 8000}}});
    let provider = json!({"npm": "@ai-sdk/openai-compatible", "options": options, "models": models});
    let opencode = json!({"autoupdate": false, "share": "disabled", "provider": {"test": provider}, "enabled_providers": ["test"]});
    let (opencode, home) = (opencode.to_string(), home.to_string_lossy());
    let within = |folder: &str| format!("{home}/{folder}");
    let variables = [
        ("HOME", home.to_string()),
        ("ANTHROPIC_API_KEY", "none".to_owned()),
        ("ANTHROPIC_BASE_URL", url.to_owned()),
        ("CLAUDE_CONFIG_DIR", within(".claude")),
        ("CLAUDE_CODE_MAX_RETRIES", "1".to_owned()),
        ("CODEX_HOME", within(".codex")),
        ("MODEL_KEY", "none".to_owned()),
        ("GEMINI_CLI_HOME", home.to_string()),
        ("GEMINI_API_KEY", "none".to_owned()),
        ("GOOGLE_GEMINI_BASE_URL", url.to_owned()),
        ("OPENCODE_CONFIG_CONTENT", opencode),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1".to_owned()),
        ("XDG_CACHE_HOME", within("cache")),
        ("XDG_CONFIG_HOME", within("config")),
        ("XDG_DATA_HOME", within("data")),
        ("XDG_STATE_HOME", within("state")),
    ];
    variables.map(|(name, value)| (name.to_owned(), value)).into()
}
