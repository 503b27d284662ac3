//! Files that the plan wants read and that are not there.

use super::Reading;
use super::problem::{Code, Problem};

/// More than this is not shown: the file list is likely the wrong one.
const MOST: usize = 100;

/// Returns a warning for every file to read that does not exist, with names that are near.
///
/// `exists` is asked for paths relative to the project, as written; `all_files` are the project's files, `/`-separated.
pub fn missing_reads(reading: &Reading, exists: impl Fn(&str) -> bool, all_files: &[String]) -> Vec<Problem> {
    let told = reading.draft.agents.iter().flat_map(|agent| agent.reads.iter().map(move |told| (agent, told)));
    let missing = told.filter(|(_, told)| !exists(&told.text) && !is_matched(&told.text, all_files)).take(MOST);
    let problem = |(agent, told): (&super::DraftAgent, &super::Told)| {
        let near = near(&told.text, all_files);
        let hint = match near.as_slice() {
            [] => "add it, or take it out of the plan; the agent is told to look for it all the same".to_owned(),
            [one] => format!("did you mean `{one}`?"),
            several => format!("did you mean one of `{}`?", several.join("`, `")),
        };
        Problem {
            line: told.line,
            severity: Code::MissingFile.severity(),
            code: Code::MissingFile,
            message: format!("`{}` wants to read `{}`, which is not there", agent.name, told.text),
            hint,
            excerpt: told.text.clone(),
        }
    };
    missing.map(problem).collect()
}

/// Returns whether a file with this path, this end of a path, or of this pattern exists.
fn is_matched(wanted: &str, all_files: &[String]) -> bool {
    let wanted = wanted.trim_start_matches("./");
    if wanted.contains('*') {
        return all_files.iter().any(|file| matches(wanted, file));
    }
    if wanted.ends_with('/') {
        return all_files.iter().any(|file| file.starts_with(wanted) || file.contains(&format!("/{wanted}")));
    }
    all_files.iter().any(|file| file == wanted || file.strip_suffix(wanted).is_some_and(|head| head.ends_with('/')))
}

/// Matches a pattern in which `*` stands for anything.
fn matches(pattern: &str, file: &str) -> bool {
    let mut parts = pattern.split('*').filter(|part| !part.is_empty());
    let open_end = pattern.ends_with('*');
    let mut rest = match pattern.starts_with('*') {
        true => file,
        false => match parts.next().and_then(|first| file.strip_prefix(first)) {
            Some(rest) => rest,
            None => return false,
        },
    };
    for part in parts {
        // `**/` also stands for no folder at all.
        let part = part.trim_start_matches('/');
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    open_end || rest.is_empty()
}

/// Returns up to three files whose names are near.
fn near<'a>(wanted: &str, all_files: &'a [String]) -> Vec<&'a str> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or("").to_lowercase();
    let wanted = name(wanted.trim_end_matches('/'));
    let likeness = |file: &'a String| {
        let known = name(file);
        let long = wanted.len().max(known.len());
        let alike = if wanted.len().abs_diff(known.len()) * 2 > long || long > 200 {
            0.0
        } else {
            strsim::normalized_damerau_levenshtein(&wanted, &known)
        };
        (alike, file.as_str())
    };
    let mut found: Vec<(f64, &str)> = all_files.iter().map(likeness).filter(|(alike, _)| *alike >= 0.7).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(b.1)));
    found.into_iter().take(3).map(|(_, file)| file).collect()
}
