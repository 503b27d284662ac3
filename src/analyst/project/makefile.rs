//! Makefiles: targets, and whether all of them can be known.

use std::collections::BTreeMap;

/// What a Makefile says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Makefile {
    /// Explicit targets with the line of their first rule.
    pub targets: BTreeMap<String, u32>,
    /// It includes others, or has pattern rules or computed targets: a target that is not listed may still exist.
    pub open: bool,
    /// Lines of recipes, with their 1-based numbers.
    pub recipes: Vec<(u32, String)>,
}

/// Reads a Makefile.
pub fn read(text: &str) -> Makefile {
    let mut makefile = Makefile::default();
    for (index, line) in text.lines().enumerate() {
        let number = index as u32 + 1;
        if let Some(recipe) = line.strip_prefix('\t') {
            makefile.recipes.push((number, recipe.trim().trim_start_matches(['@', '-']).to_owned()));
            continue;
        }
        let line = line.split('#').next().unwrap_or_default().trim_end();
        let first = line.split_whitespace().next().unwrap_or_default();
        if matches!(first, "include" | "-include" | "sinclude" | "define") || line.contains("$(eval") {
            makefile.open = true;
            continue;
        }
        let Some((left, right)) = line.split_once(':') else { continue };
        let is_assignment = right.starts_with('=') || right.starts_with(":=") || left.contains('=');
        if is_assignment {
            continue;
        }
        let named = if left.trim() == ".PHONY" { right } else { left };
        for target in named.split_whitespace() {
            makefile.open |= target.contains(['%', '$']);
            makefile.targets.entry(target.to_owned()).or_insert(number);
        }
    }
    makefile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_from_assignments_and_recipes() {
        let makefile = read("BIN := app\nX = a:b\n.PHONY: build lint\nbuild: gen\n\tgo build -o $(BIN)\n");
        assert_eq!(makefile.targets.keys().collect::<Vec<_>>(), ["build", "lint"]);
        assert!(!makefile.open);
        assert_eq!(makefile.recipes, [(5, "go build -o $(BIN)".to_owned())]);
    }

    #[test]
    fn a_pattern_rule_leaves_it_open() {
        assert!(read("%.o: %.c\n").open && read("include x.mk\n").open);
    }
}
