//! How signatures are checked.

use crate::analyst::Field;
use crate::analyst::project::Project;
use crate::analyst::project::go::{GoFile, Where};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "signature-compared-plainly",
    field: Field::Security,
    severity: Severity::High,
    title: "Signatures are compared in constant time",
    rationale: "A plain comparison ends at the first wrong byte; its duration tells an attacker how far a guess is right.",
    wrong_if: "the compared value is no secret",
    remedy: "Compare the raw bytes with `hmac.Equal`.",
    looks_at: "files that make an HMAC",
    topics: &["secur", "implementation", "hmac", "signature", "verif"],
    check: signature_compared_plainly,
}];

fn signature_compared_plainly(project: &Project, look: &mut Look) {
    for (file, go) in project.go_code().filter(|(_, go)| go.imports("crypto/hmac")) {
        look.saw_one();
        let text = &file.text;
        let bytes_equal = go.calls_of(text, "bytes", "Equal").filter_map(|call| match go.args(call) {
            [left, right] => Some((left.of(text), right.of(text), call.at)),
            _ => None,
        });
        let compares = go.compares.iter().map(|compare| (compare.left.of(text), compare.right.of(text), compare.at));
        for (left, right, at) in compares.chain(bytes_equal) {
            let made = |side: &str| holds_mac(go, text, at.function, side);
            if (made(left) || made(right)) && !is_trivial(left) && !is_trivial(right) {
                let statement =
                    format!("The computed signature is compared as `{left}` with `{right}`, not in constant time.");
                look.found(file, at.line, statement);
            }
        }
    }
}

fn is_trivial(side: &str) -> bool {
    matches!(side, "nil" | "\"\"" | "true" | "false") || side.starts_with("len(") || side.parse::<i64>().is_ok()
}

/// Returns whether an expression is, or is a variable of this function made from, the sum of an HMAC.
fn holds_mac(go: &GoFile, text: &str, function: u32, expression: &str) -> bool {
    let here = |at: Where| at.function == function;
    let macs: Vec<&str> = go
        .assigns
        .iter()
        .filter(|assign| here(assign.at) && assign.right.of(text).starts_with("hmac.New("))
        .map(|assign| assign.left.of(text))
        .collect();
    let is_sum = |expression: &str| macs.iter().any(|mac| expression.contains(&format!("{mac}.Sum(")));
    let mut sums: Vec<&str> = Vec::new();
    for assign in go.assigns.iter().filter(|assign| here(assign.at)) {
        let right = assign.right.of(text);
        if is_sum(right) || sums.iter().any(|sum| right.contains(&format!("({sum})"))) {
            sums.push(assign.left.of(text));
        }
    }
    is_sum(expression) || sums.contains(&expression) || sums.iter().any(|sum| expression.contains(&format!("({sum})")))
}
