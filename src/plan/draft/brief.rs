//! The prose that belongs to no agent: what every agent is told.

use std::ops::Range;

use crate::plan::outline::BOLD_LEVEL;

use super::section::Section;

/// Returns the text of the blocks that nothing else was made of, with the headings they stand under.
///
/// `owned` says which sections belong to agents; `taken` are blocks that became something else.
pub(super) fn brief(text: &str, sections: &[Section<'_>], owned: &[bool], taken: &[Range<usize>]) -> String {
    let mut taken: Vec<usize> = taken.iter().map(|span| span.start).collect();
    taken.sort_unstable();
    let taken = &taken;
    let left = |at: usize| {
        let section: &Section<'_> = &sections[at];
        section.blocks.iter().filter(move |block| !owned[at] && taken.binary_search(&block.span.start).is_err())
    };
    // A heading is worth saying when something is left below it.
    let mut speaks = vec![false; sections.len()];
    for at in (0..sections.len()).rev() {
        speaks[at] |= left(at).next().is_some();
        if let (Some(parent), true) = (sections[at].parent, speaks[at]) {
            speaks[parent] = true;
        }
    }
    let mut brief = String::new();
    for at in (0..sections.len()).filter(|at| speaks[*at]) {
        let section = &sections[at];
        if section.level > 0 {
            let marks = "#".repeat(usize::from(section.level.min(BOLD_LEVEL - 1)));
            paragraph(&mut brief, &format!("{marks} {}", section.words.text));
        }
        for block in left(at) {
            paragraph(&mut brief, text.get(block.span.clone()).unwrap_or(""));
        }
    }
    brief
}

fn paragraph(brief: &mut String, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        if !brief.is_empty() {
            brief.push_str("\n\n");
        }
        brief.push_str(text);
    }
}
