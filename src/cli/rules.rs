//! `quintet rules`: what the built-in analysts hold against a project.

use super::{Refusal, code};
use crate::analyst::rules::rules;
use crate::team_dir::entries::word;

pub fn main() -> Result<u8, Refusal> {
    let mut text = String::new();
    let mut count = 0;
    for rule in rules() {
        count += 1;
        text.push_str(&format!(
            "{} ({}, {})\n  {}.\n  why: {}\n  wrong if: {}\n\n",
            rule.id,
            rule.field.name(),
            word(rule.severity).to_lowercase(),
            rule.title,
            rule.rationale,
            rule.wrong_if
        ));
    }
    sayln!("{text}{count} rules. `quintet: allow RULE reason` in a comment silences one at its place.");
    Ok(code::COMPLETE)
}
