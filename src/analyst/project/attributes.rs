//! What `.gitattributes` says of files: which of them a tool has written, or others.
//!
//! Source of the names: <https://github.com/github-linguist/linguist/blob/main/docs/overrides.md>.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::File;

/// Attributes by which a project says that a file is not of its people's hands.
const NAMES: &[&str] = &["linguist-generated", "linguist-vendored"];

/// The patterns of all `.gitattributes` of a project.
#[derive(Debug, Default)]
pub struct Attributes {
    /// Those of one file each, with its folder; the deeper ones last.
    foreign: Vec<(String, Gitignore)>,
}

impl Attributes {
    pub fn of(files: &[File]) -> Attributes {
        let named = files.iter().filter(|file| file.name() == ".gitattributes");
        let foreign = named.map(|file| (file.folder().to_owned(), patterns(&file.text)));
        let mut foreign: Vec<(String, Gitignore)> = foreign.collect();
        foreign.sort_by_key(|(folder, _)| (!folder.is_empty(), folder.matches('/').count()));
        Attributes { foreign }
    }

    /// Returns whether the project says that a tool has written this file, or that others have.
    pub fn is_foreign(&self, path: &str) -> bool {
        let mut said = self.foreign.iter().filter_map(|(folder, patterns)| {
            let inside = path.strip_prefix(folder.as_str())?;
            let inside = if folder.is_empty() { inside } else { inside.strip_prefix('/')? };
            let said = patterns.matched(inside, false);
            (!said.is_none()).then(|| said.is_ignore())
        });
        said.next_back().unwrap_or(false)
    }
}

/// Returns the patterns of lines that give, or take, one of the names; a broken pattern is left out.
fn patterns(text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next() else { continue };
        for word in words {
            let (name, value) = word.split_once('=').unwrap_or((word, "true"));
            let plain = name.trim_start_matches(['-', '!']);
            let is_given = plain == name && value != "false";
            if NAMES.contains(&plain) {
                let _ = builder.add_line(None, &format!("{}{pattern}", if is_given { "" } else { "!" }));
            }
        }
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_project_marks_as_generated_or_of_others_is_foreign() {
        let attributes = Attributes::of(&[
            File::new(
                ".gitattributes",
                "# made\n*.txt text\ndocs/api/** linguist-generated=true\n/gen/*.go linguist-generated\nlib/** linguist-vendored\n",
            ),
            File::new("lib/.gitattributes", "own.go -linguist-vendored\n/x/** linguist-generated\n"),
        ]);
        for foreign in ["docs/api/a/b.md", "gen/a.go", "lib/a.go", "lib/x/y.go"] {
            assert!(attributes.is_foreign(foreign), "{foreign}");
        }
        for own in ["docs/a.md", "a.txt", "a/gen/a.go", "x/y.go", "lib/own.go"] {
            assert!(!attributes.is_foreign(own), "{own}");
        }
    }
}
