//! What an agent has done in its worktree.

use serde::Serialize;

/// What is on a branch, and beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Work {
    /// Commits beyond the one that it was made from.
    pub commits: u64,
    /// Files that differ from there, committed or not.
    pub files: u64,
    pub insertions: u64,
    pub deletions: u64,
    /// Files that are not committed.
    pub uncommitted: u64,
    /// Everything on the branch is on the project's branch.
    pub merged: bool,
}

impl Work {
    /// Reads a line of `git diff --shortstat`: ` 3 files changed, 10 insertions(+), 2 deletions(-)`.
    pub fn read_stat(&mut self, line: &str) {
        for part in line.split(',') {
            let mut words = part.split_whitespace();
            let (Some(number), Some(what)) = (words.next().and_then(|it| it.parse().ok()), words.next()) else {
                continue;
            };
            match what.trim_end_matches("(+)").trim_end_matches("(-)") {
                "file" | "files" => self.files = number,
                "insertion" | "insertions" => self.insertions = number,
                "deletion" | "deletions" => self.deletions = number,
                _ => {}
            }
        }
    }

    /// Returns whether taking it away would lose nothing.
    pub fn is_safe_to_remove(&self) -> bool {
        self.merged && self.uncommitted == 0
    }

    /// Returns it in words: `2 commits, 3 files (+10 -2), 1 not committed`.
    pub fn words(&self) -> String {
        if self.commits == 0 && self.files == 0 && self.uncommitted == 0 {
            return "nothing changed".to_owned();
        }
        let of = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let mut words = vec![of(self.commits, "commit")];
        words.push(format!("{} (+{} -{})", of(self.files, "file"), self.insertions, self.deletions));
        if self.uncommitted > 0 {
            words.push(format!("{} not committed", self.uncommitted));
        }
        if self.merged && self.commits > 0 {
            words.push("merged".to_owned());
        }
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_statistics_of_git_are_read_whatever_part_is_missing() {
        let read = |line: &str| {
            let mut work = Work::default();
            work.read_stat(line);
            (work.files, work.insertions, work.deletions)
        };
        assert_eq!(read(" 3 files changed, 10 insertions(+), 2 deletions(-)\n"), (3, 10, 2));
        assert_eq!(read(" 1 file changed, 1 insertion(+)\n"), (1, 1, 0));
        assert_eq!(read(" 1 file changed, 1 deletion(-)"), (1, 0, 1));
        assert_eq!(read(""), (0, 0, 0));
    }

    #[test]
    fn only_merged_work_with_nothing_beside_it_may_be_taken_away() {
        let work = Work { merged: true, ..Work::default() };
        assert!(work.is_safe_to_remove());
        assert!(!Work { uncommitted: 1, ..work.clone() }.is_safe_to_remove());
        assert!(!Work { merged: false, ..work }.is_safe_to_remove());
    }
}
