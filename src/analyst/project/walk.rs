//! From a listing to files: whatever is no text is skipped with a word.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::File;
use super::listing::{Listed, Listing};
use crate::analyst::hands;

/// A file that is larger is not written by hand.
const LARGEST: u64 = 1 << 20;
/// All files together; enough for the largest public repositories, and a bound for hostile ones.
const LARGEST_PROJECT: u64 = 300 << 20;

/// A file that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    pub path: String,
    pub why: Skipped,
}

/// Why a file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Skipped {
    TooLarge,
    Binary,
    NotUtf8,
    Unreadable,
    /// The project is larger than what is read of one.
    OverTheLimit,
}

impl Skipped {
    /// Returns it in words.
    pub fn words(self) -> &'static str {
        match self {
            Skipped::TooLarge => "larger than 1 MB",
            Skipped::Binary => "binary",
            Skipped::NotUtf8 => "not UTF-8",
            Skipped::Unreadable => "unreadable",
            Skipped::OverTheLimit => "beyond the first 300 MB",
        }
    }
}

/// A file whose stamp cannot tell a later change, with a number that only the same content has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fresh {
    pub path: String,
    pub content: u64,
}

#[derive(Default)]
pub struct Walked {
    pub files: Vec<File>,
    pub skipped: Vec<Skip>,
    pub fresh: Vec<Fresh>,
}

/// Reads the files of a listing that was made at this moment, or later.
pub fn walk(root: &Path, listing: &Listing, moment: i64, go_on: &(dyn Fn() -> bool + Sync)) -> Walked {
    let mut walked = Walked::default();
    let mut so_far = 0;
    let mut wanted = Vec::new();
    for listed in &listing.files {
        let why = if listed.stamp.bytes > LARGEST {
            Skipped::TooLarge
        } else if so_far + listed.stamp.bytes > LARGEST_PROJECT {
            Skipped::OverTheLimit
        } else {
            so_far += listed.stamp.bytes;
            wanted.push(listed);
            continue;
        };
        walked.skipped.push(Skip { path: listed.path.clone(), why });
    }
    let read = |listed: &&Listed| {
        let bytes = fs::read(root.join(&listed.path)).map_err(|_| Skipped::Unreadable);
        let content = bytes.as_ref().ok().filter(|_| listed.stamp.is_fresh_at(moment)).map(|bytes| content(bytes));
        (bytes.and_then(text).map(|text| File::new(&listed.path, text)), content)
    };
    let all = hands::each(hands::many(), &wanted, go_on, &read, |_| {});
    for (listed, (file, content)) in wanted.iter().zip(all).filter_map(|(listed, made)| Some((listed, made?))) {
        let path = &listed.path;
        walked.fresh.extend(content.map(|content| Fresh { path: path.clone(), content }));
        match file {
            Ok(file) => walked.files.push(file),
            Err(why) => walked.skipped.push(Skip { path: path.clone(), why }),
        }
    }
    walked.skipped.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
    walked
}

/// Returns the number of a content.
pub fn content(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn text(bytes: Vec<u8>) -> Result<String, Skipped> {
    // It may have grown since it was listed.
    if bytes.len() as u64 > LARGEST {
        return Err(Skipped::TooLarge);
    }
    if bytes.iter().take(8000).any(|byte| *byte == 0) {
        return Err(Skipped::Binary);
    }
    String::from_utf8(bytes).map_err(|_| Skipped::NotUtf8)
}
