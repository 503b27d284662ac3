//! `quintet selftest`: whether limits hold on this machine.

use serde_json::json;

use super::{Refusal, code};
use crate::selftest::{self, Ended, Tested};

/// The widest figure that fits beside the others in 80 columns.
const WIDE: usize = 32;

/// Prints the table. Exit 1 if a promise does not hold.
pub fn main(json: bool) -> Result<u8, Refusal> {
    if !json {
        sayln!("Small runs with agents that obey nothing, about 10 s:\n");
    }
    match selftest::run()? {
        Ended::Signal(number) => Ok(128 + u8::try_from(number).unwrap_or(127)),
        Ended::Tested(tested) => {
            if json {
                sayln!("{}", object(&tested));
            } else {
                say!("{}", table(&tested));
            }
            Ok(if tested.holds() { code::COMPLETE } else { code::NOT_COMPLETE })
        }
    }
}

fn table(tested: &Tested) -> String {
    let mut text = String::new();
    for verdict in &tested.verdicts {
        let mark = if verdict.holds { '✓' } else { '✗' };
        let (what, measured, promised) = (verdict.what, &verdict.measured, &verdict.promised);
        if measured.chars().count() > WIDE {
            text.push_str(&format!("{mark} {what:<17}{measured}\n  {:17}(promised: {promised})\n", ""));
        } else {
            text.push_str(&format!("{mark} {what:<17}{measured:<WIDE$}  ({promised})\n"));
        }
    }
    let missed = tested.verdicts.iter().filter(|verdict| !verdict.holds).count();
    let all = tested.verdicts.len();
    text.push_str(&format!("\n{} of {all} promises hold, in {:.0} s.", all - missed, tested.took.as_secs_f64()));
    if tested.busy > 1.05 {
        text.push_str(&format!(" The machine is busy: {:.1} times as long was allowed.", tested.busy));
    }
    text.push('\n');
    if let Some(folder) = &tested.kept {
        text.push_str(&format!("Their runs are kept in {}\n", folder.display()));
    }
    text
}

fn object(tested: &Tested) -> serde_json::Value {
    let proofs: Vec<_> = tested
        .verdicts
        .iter()
        .map(|verdict| {
            json!({
                "promise": verdict.what, "holds": verdict.holds,
                "measured": verdict.measured, "promised": verdict.promised,
            })
        })
        .collect();
    json!({
        "v": 1, "holds": tested.holds(), "took_s": tested.took.as_secs_f64(), "busy": tested.busy,
        "proofs": proofs, "kept": tested.kept,
    })
}
