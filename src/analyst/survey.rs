//! What is told of a project as a whole: enough for the report of an analyst that has not read it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::project::{Listing, Project, Skip};
use super::rules::{rules, why_not_judged};

/// What is told of a project as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Paths of the files that were read, sorted; whoever has the listing needs no second one.
    #[serde(skip)]
    pub files: Vec<String>,
    pub skipped: Vec<Skip>,
    /// Paths of files that were not what their names say, as far as a rule has looked at them.
    pub broken: Vec<String>,
    /// Why rules, by their ids, were not held against a project like this one.
    pub not_judged: BTreeMap<String, String>,
}

impl Survey {
    /// Returns what is told of this project after the rules were held against it.
    pub fn of(project: &Project) -> Survey {
        let not_judged =
            rules().filter_map(|rule| Some((rule.id.to_owned(), why_not_judged(rule, project)?.to_owned())));
        Survey {
            files: project.files().iter().map(|file| file.path.clone()).collect(),
            skipped: project.skipped().to_vec(),
            broken: project.broken().map(str::to_owned).collect(),
            not_judged: not_judged.collect(),
        }
    }

    /// Adds the files of a listing, without those that were not read.
    pub fn with_files(mut self, listing: &Listing) -> Survey {
        let skipped: BTreeSet<&str> = self.skipped.iter().map(|skip| skip.path.as_str()).collect();
        let read = listing.files.iter().filter(|listed| !skipped.contains(listed.path.as_str()));
        self.files = read.map(|listed| listed.path.clone()).collect();
        self.files.sort_unstable();
        self
    }
}
