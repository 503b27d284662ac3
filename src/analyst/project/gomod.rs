//! `go.mod`: the module's path, its Go version and what it requires.

/// What a `go.mod` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GoMod {
    pub module: String,
    /// The `go` directive with its line, as written.
    pub go: Option<(String, u32)>,
    pub requires: Vec<Require>,
    /// Module paths on the left of a `replace`.
    pub replaces: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
    pub path: String,
    pub version: String,
    pub line: u32,
}

/// Reads a `go.mod`; lines it does not know are passed over.
pub fn read(text: &str) -> GoMod {
    let mut gomod = GoMod::default();
    let mut block = String::new();
    for (index, line) in text.lines().enumerate() {
        let number = index as u32 + 1;
        let line = line.split("//").next().unwrap_or_default().trim();
        if line == ")" {
            block.clear();
            continue;
        }
        if let Some(name) = line.strip_suffix('(') {
            block = name.trim().to_owned();
            continue;
        }
        let mut words = line.split_whitespace();
        let directive = if block.is_empty() { words.next().unwrap_or_default() } else { block.as_str() };
        let first = words.next().unwrap_or_default().trim_matches('"');
        match directive {
            "module" => gomod.module = first.to_owned(),
            "go" if !first.is_empty() => gomod.go = Some((first.to_owned(), number)),
            "require" if !first.is_empty() => gomod.requires.push(Require {
                path: first.to_owned(),
                version: words.next().unwrap_or_default().to_owned(),
                line: number,
            }),
            "replace" => gomod.replaces.push(first.to_owned()),
            _ => {}
        }
    }
    gomod
}

/// Returns a Go version as numbers that compare: `1.22.3` is `(1, 22, 3)`.
pub fn version(text: &str) -> Option<(u32, u32, u32)> {
    let text = text.strip_prefix("go").unwrap_or(text);
    let mut parts = text.split(['.', '-']).map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    let major = parts.next()??;
    let minor = parts.next()??;
    Some((major, minor, parts.next().flatten().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_single_lines_are_read() {
        let text = "module example.org/app\n\ngo 1.24\n\nrequire (\n\tgolang.org/x/sync v0.7.0 // indirect\n)\nrequire a.b/c v1.0.0\nreplace a.b/c => ../c\n";
        let gomod = read(text);
        assert_eq!(gomod.module, "example.org/app");
        assert_eq!(gomod.go, Some(("1.24".into(), 3)));
        assert_eq!(
            gomod.requires.iter().map(|r| (r.path.as_str(), r.line)).collect::<Vec<_>>(),
            [("golang.org/x/sync", 6), ("a.b/c", 8)]
        );
        assert_eq!(gomod.replaces, ["a.b/c"]);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(version("1.9") < version("1.22.3") && version("go1.22rc1") == Some((1, 22, 0)));
        assert_eq!(version("alpine"), None);
    }
}
