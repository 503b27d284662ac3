//! Each property, for a while: its seeds, and bytes made of parts of them.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

/// Returns the seeds of a property: files of its own below `tests/fuzz/seeds`, or those that other tests read.
fn seeds(folder: &str) -> Vec<Vec<u8>> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder)];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of seeds") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|path| fs::read(path).expect("a seed")).collect()
}

/// One change of a text.
#[derive(Debug, Clone)]
enum Change {
    Put(f64, Vec<u8>),
    Cut(f64, usize),
    Flip(f64, u8),
    /// A stretch of another seed.
    Take(f64, usize, f64, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || 0.0..1.0_f64;
    let odd = prop::sample::select(vec![
        &b"\x1b["[..],
        b"\x1b]0;",
        b"\x9b",
        b"\xc2\x9b31m",
        b"\0",
        b"\r",
        b"\n",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"null",
        b"-1",
        b"1e300",
        b"18446744073709551615",
        "\u{202e}".as_bytes(),
        "\u{200d}".as_bytes(),
        "日本".as_bytes(),
        "e\u{301}".as_bytes(),
        b"```\n",
        b"---\n",
        b"# ",
        b"- ",
        b"|",
        b"-->",
        b"[[",
    ]);
    prop_oneof![
        4 => (at(), odd).prop_map(|(at, odd)| Change::Put(at, odd.to_vec())),
        1 => (at(), prop::collection::vec(any::<u8>(), 0..40)).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        2 => (at(), 1..200_usize).prop_map(|(at, length)| Change::Cut(at, length)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        2 => (at(), any::<usize>(), at(), 1..400_usize).prop_map(|(at, seed, from, length)| Change::Take(at, seed, from, length)),
    ]
}

fn changed(mut text: Vec<u8>, change: &Change, seeds: &[Vec<u8>]) -> Vec<u8> {
    let place = |share: f64, text: &[u8]| (share * text.len() as f64) as usize;
    match change {
        Change::Put(at, bytes) => {
            let at = place(*at, &text);
            text.splice(at..at, bytes.iter().copied());
        }
        Change::Cut(at, length) => {
            let at = place(*at, &text);
            text.drain(at..(at + length).min(text.len()));
        }
        Change::Flip(at, byte) => {
            let at = place(*at, &text);
            text.get_mut(at).into_iter().for_each(|it| *it ^= byte);
        }
        Change::Take(at, seed, from, length) => {
            let (at, other) = (place(*at, &text), &seeds[seed % seeds.len()]);
            let from = place(*from, other);
            text.splice(at..at, other[from..(from + length).min(other.len())].iter().copied());
        }
    }
    text
}

/// Tries a property with its seeds as they are, with changed ones, and with any bytes.
fn hold_for_a_while(folder: &str, cases: u32, hold: fn(&[u8])) {
    let seeds = seeds(folder);
    seeds.iter().for_each(|seed| hold(seed));
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let mutants = (any::<usize>(), prop::collection::vec(change(), 1..12));
    let tried = runner.run(&mutants, |(seed, changes)| {
        let seed = seeds[seed % seeds.len()].clone();
        hold(&changes.iter().fold(seed, |text, change| changed(text, change, &seeds)));
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
    let tried = runner.run(&prop::collection::vec(any::<u8>(), 0..600), |bytes| {
        hold(&bytes);
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn any_plan_is_read() {
    hold_for_a_while("it/plans/fixtures", 60, super::plan::hold);
}

#[test]
fn any_graph_is_read() {
    hold_for_a_while("fuzz/seeds/mermaid", 200, super::mermaid::hold);
}

#[test]
fn any_journal_is_folded() {
    hold_for_a_while("fuzz/seeds/journal", 100, super::journal::hold);
}

#[test]
fn any_output_is_heard_by_every_engine() {
    hold_for_a_while("it/engines/recordings", 40, super::engines::hold);
}

#[test]
fn any_file_of_the_team_is_read() {
    hold_for_a_while("fuzz/seeds/team", 100, super::team::hold);
}

#[test]
fn any_output_is_cut_into_the_same_lines() {
    hold_for_a_while("fuzz/seeds/escapes", 500, super::lines::hold);
}

#[test]
fn no_output_makes_a_terminal_obey() {
    hold_for_a_while("fuzz/seeds/escapes", 100, super::escapes::hold);
}
