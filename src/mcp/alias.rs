//! Which of the person's MCP servers a plan means: `upstash-context-7-mcp` is their `context7`.

/// Words that name nothing: who made a server, who serves it, and that it is one.
const NOISE: [&str; 11] =
    ["mcp", "server", "ai", "smithery", "modelcontextprotocol", "official", "upstash", "com", "io", "api", "the"];

/// Returns the person's server that a name in a plan means, if exactly one fits best.
///
/// `has_tools` tells whether a server, by the person's name, is known to offer all tools that the plan names for it;
/// unknown counts as yes. It decides between servers that fit equally.
pub fn find<'a>(planned: &str, theirs: &'a [String], has_tools: impl Fn(&str) -> bool) -> Option<&'a str> {
    if let Some(same) = theirs.iter().find(|name| name.eq_ignore_ascii_case(planned)) {
        return Some(same);
    }
    let fits: Vec<(usize, &String)> = theirs.iter().filter_map(|name| Some((likeness(planned, name)?, name))).collect();
    let best = fits.iter().map(|(likeness, _)| *likeness).max()?;
    let mut best = fits.into_iter().filter(|(likeness, _)| *likeness == best).map(|(_, name)| name.as_str());
    match (best.next(), best.next()) {
        (Some(only), None) => Some(only),
        (Some(first), Some(second)) => {
            let mut offering = [first, second].into_iter().chain(best).filter(|name| has_tools(name));
            offering.next().filter(|_| offering.next().is_none())
        }
        (None, _) => None,
    }
}

/// Returns how alike two names are, larger is more; `None` when they have nothing in common that says something.
fn likeness(planned: &str, theirs: &str) -> Option<usize> {
    let (planned_words, their_words) = (words(planned), words(theirs));
    if planned_words.is_empty() || their_words.is_empty() {
        return None;
    }
    let (planned_core, their_core) = (planned_words.concat(), their_words.concat());
    if planned_core == their_core {
        return Some(3);
    }
    let within = |inner: &[String], outer: &[String]| inner.iter().all(|word| outer.contains(word));
    if within(&planned_words, &their_words) || within(&their_words, &planned_words) {
        return Some(2);
    }
    let close =
        planned_core.len().min(their_core.len()) >= 5 && strsim::jaro_winkler(&planned_core, &their_core) > 0.92;
    close.then_some(1)
}

/// Returns the words of a name that say something, in small letters.
fn words(name: &str) -> Vec<String> {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).filter(|part| !NOISE.contains(&part.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(planned: &str, theirs: &[&str]) -> Option<String> {
        let theirs: Vec<String> = theirs.iter().map(|name| (*name).to_owned()).collect();
        find(planned, &theirs, |_| true).map(str::to_owned)
    }

    #[test]
    fn a_server_is_found_behind_the_name_of_whoever_serves_it() {
        let theirs = ["context7", "github", "tavily-mcp", "filesystem", "brave-search"];
        for (planned, name) in [
            ("upstash-context-7-mcp", "context7"),
            ("smithery-ai-github", "github"),
            ("smithery-ai-filesystem", "filesystem"),
            ("tavily", "tavily-mcp"),
            ("brave", "brave-search"),
            ("GitHub", "github"),
        ] {
            assert_eq!(found(planned, &theirs).as_deref(), Some(name), "{planned}");
        }
    }

    #[test]
    fn a_name_that_fits_none_or_two_is_not_guessed() {
        assert_eq!(found("slack", &["github", "filesystem"]), None);
        assert_eq!(found("search", &["brave-search", "tavily-search"]), None);
        assert_eq!(found("mcp", &["server"]), None);
        assert_eq!(found("git", &["github"]), None);
    }

    #[test]
    fn of_two_that_fit_the_one_with_the_tools_is_meant() {
        let theirs = ["brave-search".to_owned(), "tavily-search".to_owned()];
        assert_eq!(find("search", &theirs, |name| name.starts_with("tavily")), Some("tavily-search"));
    }
}
