//! What a line is by its words: a heading without marks, a label with all of its value, the name of an agent.

use crate::plan::field::{self, Field};
use crate::plan::name::Naming;
use crate::plan::{path, spoken};

use super::Words;

/// Returns whether a line is all bold, but for a limit of time behind it.
pub(super) fn is_heading(words: &Words) -> bool {
    words.bold > 0 && !spoken::without_limit(&words.text[words.bold..]).0.contains(char::is_alphanumeric)
}

/// Returns whether a line says that it names an agent: `AGENT 2: checker`.
pub(super) fn declares_agent(words: &Words) -> bool {
    let short = words.text.chars().count() <= 120;
    let naming = short.then(|| Naming::of(words)).flatten();
    naming.is_some_and(|naming| naming.says_agent && naming.number.is_some() && naming.is_name_like())
}

/// Returns whether a caption below the last agent is about the whole plan: such agents have no heading that ends them.
pub(super) fn ends_agents(caption: &str) -> bool {
    const ENDS: [&str; 6] = [
        "complete when",
        "completed when",
        "finished when",
        "final deliverable",
        "success factor",
        "completion condition",
    ];
    let lower = caption.to_lowercase();
    ENDS.iter().any(|end| lower.contains(end))
}

/// Returns whether a block of code of this language is words: a prompt, not a program.
pub(in crate::plan) fn is_prose(language: &str) -> bool {
    matches!(language, "" | "text" | "txt" | "plain" | "plaintext" | "md" | "markdown" | "prompt")
}

/// Returns whether a line above others names an agent: `**Agent 2: checker**`, `**link-checker**`.
pub(super) fn names_agent(words: &Words) -> bool {
    field::label(words).is_none() && Naming::of(words).is_some_and(|naming| naming.says_agent || naming.is_slug_like())
}

/// Returns whether a labelled line has all of its value: names, a time, a path.
pub(super) fn is_whole((field, at): (Field, usize), words: &Words) -> bool {
    let value = &words.text[at..];
    match field {
        Field::TimeBox | Field::Needs | Field::Phase => !value.is_empty() && !value.trim_end().ends_with(','),
        Field::Output => !path::mentions(value).is_empty(),
        Field::Task | Field::How | Field::Tools | Field::Criteria | Field::Reads => false,
    }
}
