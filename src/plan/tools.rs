//! MCP tools named in full, and MCP servers named in prose.

use std::sync::LazyLock;

use regex::Regex;

static TOOL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bmcp__([A-Za-z0-9.-]+(?:_[A-Za-z0-9.-]+)*)__([A-Za-z0-9_.-]*[A-Za-z0-9_])").expect("a valid pattern")
});

/// Words before the name of a server that make it one to use.
const USED: &[&str] =
    &["use", "uses", "using", "with", "via", "through", "query", "call", "consult", "ask", "search", "run", "on"];

/// "the tavily MCP", "mcp server brave".
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)`?\b([A-Za-z0-9][A-Za-z0-9.-]*)`?\s+mcp\b|\bmcp\s+server\s+`?([A-Za-z0-9][A-Za-z0-9.-]*)`?")
        .expect("a valid pattern")
});

/// Servers that people name without more words.
const WELL_KNOWN: &[&str] = &[
    "tavily",
    "brave",
    "context7",
    "github",
    "gitlab",
    "filesystem",
    "playwright",
    "puppeteer",
    "perplexity",
    "exa",
    "firecrawl",
    "sequential-thinking",
    "memory",
    "postgres",
    "sqlite",
    "slack",
    "notion",
    "linear",
    "jira",
    "sentry",
    "figma",
    "fetch",
    "supabase",
    "stripe",
    "serena",
    "deepwiki",
    "kagi",
    "duckduckgo",
];

/// Returns the tools named in full, in order, each once.
pub(super) fn tools(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if text.contains("mcp__") {
        for tool in TOOL.find_iter(text) {
            if !found.iter().any(|known| known == tool.as_str()) {
                found.push(tool.as_str().to_owned());
            }
        }
    }
    found
}

/// Returns the server of a tool: the middle of `mcp__<server>__<tool>`.
pub(super) fn server(tool: &str) -> Option<&str> {
    tool.strip_prefix("mcp__")?.split("__").next()
}

/// Returns the servers in a list of tools.
pub(super) fn named(text: &str, known: &[String]) -> Vec<String> {
    let plain = TOOL.replace_all(text, " ");
    let words = plain.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '.')).map(str::to_lowercase);
    let mut found: Vec<String> = Vec::new();
    for word in words.filter(|word| WELL_KNOWN.contains(&word.as_str()) || known.contains(word)) {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// Returns whether a text is nothing but names of tools and servers.
pub(super) fn is_only_names(text: &str) -> bool {
    let plain = TOOL.replace_all(text, " ");
    let mut words = plain.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| word.len() > 1);
    words.all(|word| WELL_KNOWN.contains(&word.to_lowercase().as_str()))
}

/// Returns the servers that the text tells to use; `known` are those whose tools the plan names somewhere.
pub(super) fn hints(text: &str, known: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |word: &str| {
        let word = word.trim_end_matches(['.', '-']).to_lowercase();
        if !word.is_empty() && !found.contains(&word) {
            found.push(word);
        }
    };
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_')).map(str::to_lowercase).collect();
    let is_server = |word: &String| WELL_KNOWN.contains(&word.as_str()) || known.contains(word);
    let mut used = false;
    for word in words.iter().filter(|word| !word.is_empty()) {
        if is_server(word) && used {
            add(word);
        }
        let goes_on = matches!(word.as_str(), "the" | "and" | "or" | "a") || is_server(word);
        used = USED.contains(&word.as_str()) || (used && goes_on);
    }
    const NO_NAMES: [&str; 12] =
        ["the", "an", "a", "this", "any", "required", "available", "all", "use", "more", "your", "each"];
    for called in CALLED.captures_iter(text) {
        for word in called.iter().skip(1).flatten() {
            if !NO_NAMES.contains(&word.as_str().to_lowercase().as_str()) {
                add(word.as_str());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_found_anywhere() {
        let text = "Use `mcp__upstash-context-7-mcp__resolve-library-id`, then mcp__tavily__tavily_search.";
        assert_eq!(tools(text), ["mcp__upstash-context-7-mcp__resolve-library-id", "mcp__tavily__tavily_search"]);
        assert_eq!(server("mcp__a_b__c"), Some("a_b"));
        assert_eq!(tools("mcp__tavily"), Vec::<String>::new());
    }

    #[test]
    fn servers_named_in_prose_are_hints() {
        assert_eq!(hints("use tavily for the news", &[]), ["tavily"]);
        assert_eq!(hints("Search with the house-wiki and via Brave.", &["house-wiki".into()]), ["house-wiki", "brave"]);
        assert_eq!(hints("ask the acme MCP", &[]), ["acme"]);
        assert_eq!(hints("use care with tests", &[]), Vec::<String>::new());
    }
}
