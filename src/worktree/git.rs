//! Command lines of git: the arguments after `git`, each for the folder that is named.

use std::path::Path;

use super::Tree;

/// Variables of Quintet's own calls: none takes a lock that an agent's call may want, asks anybody, or speaks another
/// language than ours.
pub const ENV: &[(&str, &str)] = &[("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C")];

/// Settings of Quintet's own calls: what an agent wrote into the settings that all worktrees share starts nothing.
pub const OWN_SETTINGS: &[&str] = &["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];

/// Verbs that look at no file of a worktree, and so start nothing that settings name for them.
const APART: &[&str] = &[
    "config",
    "rev-parse",
    "rev-list",
    "merge-base",
    "show-ref",
    "for-each-ref",
    "update-ref",
    "commit-tree",
    "branch",
];

/// Returns whether a call could start programs that the settings of the repository name.
pub fn may_start(call: &[String]) -> bool {
    call.first().is_some_and(|verb| !APART.contains(&verb.as_str()))
}

/// Prints the names of all settings, each behind where it stands, separated by NUL.
pub fn settings() -> Args {
    args(&["config", "--list", "--show-scope", "--name-only", "-z"])
}

/// Returns the settings that take back every program that the repository's own settings name for its files, from what
/// [`settings`] printed: an agent may have written them. What stands in the person's own settings stays.
pub fn neutral(settings: &str) -> Args {
    let mut parts = settings.split('\0');
    let mut all = Args::new();
    while let (Some(scope), Some(name)) = (parts.next(), parts.next()) {
        if !["local", "worktree"].contains(&scope) {
            continue;
        }
        let (section, key) = (name.split('.').next().unwrap_or_default(), name.rsplit('.').next().unwrap_or_default());
        let value = match (section, key) {
            ("filter", "clean" | "smudge" | "process") => "",
            ("filter", "required") => "false",
            // A driver that fails leaves a conflict; an empty one would settle it.
            ("merge", "driver") => "false",
            ("gpg", "program") => "false",
            _ => continue,
        };
        all.extend(["-c".to_owned(), format!("{name}={value}")]);
    }
    all
}

/// What git has while something of the person's is half done, and what that is.
pub const UNFINISHED: &[(&str, &str)] = &[
    ("MERGE_HEAD", "a merge"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("REBASE_HEAD", "a rebase"),
];

/// The author of commits that only private refs hold: it works without a name in the person's settings.
pub const OWN: &[(&str, &str)] = &[
    ("GIT_AUTHOR_NAME", "quintet"),
    ("GIT_AUTHOR_EMAIL", "quintet@localhost"),
    ("GIT_COMMITTER_NAME", "quintet"),
    ("GIT_COMMITTER_EMAIL", "quintet@localhost"),
];

/// A command line.
pub type Args = Vec<String>;

fn args(words: &[&str]) -> Args {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// In the project: prints the commit, or fails where there is no repository or no commit.
pub fn head() -> Args {
    args(&["rev-parse", "--verify", "HEAD^{commit}"])
}

/// In the project: prints its folder in the repository.
pub fn prefix() -> Args {
    args(&["rev-parse", "--show-prefix"])
}

/// In the project: prints where the repository itself lies.
pub fn git_dir() -> Args {
    args(&["rev-parse", "--path-format=absolute", "--git-common-dir"])
}

/// In the worktree: prints which folder of the repository is its own.
pub fn own_git_dir() -> Args {
    args(&["rev-parse", "--path-format=absolute", "--git-dir"])
}

/// In the project: makes the worktree on a new branch from a commit.
pub fn add(tree: &Tree, commit: &str) -> Args {
    let path = tree.path.to_string_lossy();
    args(&["worktree", "add", "--quiet", "--no-track", "-b", &tree.branch, &path, commit])
}

/// In the project: makes the worktree on its branch, which is there.
pub fn add_again(tree: &Tree) -> Args {
    args(&["worktree", "add", "--quiet", &tree.path.to_string_lossy(), &tree.branch])
}

/// In the project: takes away a worktree in which nobody has worked yet, whatever state it is in.
pub fn discard(tree: &Tree) -> Args {
    args(&["worktree", "remove", "--force", "--force", &tree.path.to_string_lossy()])
}

/// In the project: takes away a worktree; git refuses where anything is not committed.
pub fn remove(tree: &Tree) -> Args {
    args(&["worktree", "remove", &tree.path.to_string_lossy()])
}

/// In the project: forgets worktrees whose folder is gone.
pub fn prune() -> Args {
    args(&["worktree", "prune"])
}

/// In the project: succeeds if the branch is there.
pub fn has_branch(tree: &Tree) -> Args {
    args(&["show-ref", "--verify", "--quiet", &format!("refs/heads/{}", tree.branch)])
}

/// In the project: prints the commit that branch and project have in common.
pub fn common(tree: &Tree) -> Args {
    args(&["merge-base", &tree.branch, "HEAD"])
}

/// In the project: deletes the branch; git refuses where it is not merged.
pub fn delete_branch(tree: &Tree) -> Args {
    args(&["branch", "--quiet", "-d", &tree.branch])
}

/// In the project: prints the private refs of the worktree, a line each.
pub fn kept(tree: &Tree) -> Args {
    args(&["for-each-ref", "--format=%(refname)", &tree.kept_refs()])
}

/// In the project: deletes a ref.
pub fn delete_ref(name: &str) -> Args {
    args(&["update-ref", "-d", name])
}

/// In the worktree: prints how many commits it has beyond the commit it was made from.
pub fn commits_since(commit: &str) -> Args {
    args(&["rev-list", "--count", &format!("{commit}..HEAD")])
}

/// In the project: prints the files that git knows and that are not committed as they are, a line each.
pub fn known_changes() -> Args {
    args(&["status", "--porcelain=v1", "--untracked-files=no", "--ignore-submodules=dirty"])
}

/// In the worktree: prints what is not committed, a line each.
pub fn changes() -> Args {
    args(&["status", "--porcelain=v1", "--untracked-files=all", "--ignore-submodules=dirty"])
}

/// In the worktree: prints where its index lies.
pub fn index() -> Args {
    args(&["rev-parse", "--path-format=absolute", "--git-path", "index"])
}

/// In the worktree: takes everything in that is not ignored, but for these paths from the root of the repository.
pub fn take_all(but: &[String]) -> Args {
    let mut all = args(&["add", "--all", "--", ":/"]);
    all.extend(but.iter().map(|path| format!(":(exclude,top,literal){path}")));
    all
}

/// In the worktree, with the same index: prints the tree that it holds.
pub fn write_tree() -> Args {
    args(&["write-tree"])
}

/// In the worktree: prints a new commit of this tree on top of its last one, and of what was kept before.
pub fn commit_tree(tree: &str, before: Option<&str>, message: &str) -> Args {
    let mut all = args(&["commit-tree", tree, "-p", "HEAD"]);
    all.extend(before.into_iter().flat_map(|before| args(&["-p", before])));
    all.extend(args(&["-m", message]));
    all
}

/// In the project: prints the paths in it that the last commit holds below these names, separated by NUL.
pub fn committed(names: &[&str]) -> Args {
    args(&[&["ls-tree", "-r", "-z", "--name-only", "HEAD", "--"][..], names].concat())
}

/// In the project: prints a file of it as the last commit holds it.
pub fn content(path: &str) -> Args {
    args(&["cat-file", "blob", &format!("HEAD:./{path}")])
}

/// Prints the commit of a name, or fails where there is none.
pub fn commit_of(name: &str) -> Args {
    args(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])
}

/// Prints the tree of a commit.
pub fn tree_of(commit: &str) -> Args {
    args(&["rev-parse", &format!("{commit}^{{tree}}")])
}

/// Succeeds if a commit is in the history of another.
pub fn is_in(commit: &str, other: &str) -> Args {
    args(&["merge-base", "--is-ancestor", commit, other])
}

/// In the worktree: makes a ref point to a commit.
pub fn point(name: &str, commit: &str) -> Args {
    args(&["update-ref", name, commit])
}

/// In the worktree: commits what is there as the person, when the person wants it merged.
pub fn commit_rest(message: &str) -> Args {
    args(&["commit", "--quiet", "--message", message])
}

/// In the project: merges the branch with a commit of its own.
pub fn merge(tree: &Tree, message: &str) -> Args {
    args(&["merge", "--no-ff", "--no-edit", "--message", message, &tree.branch])
}

/// In the project: takes a merge back that could not be finished.
pub fn abort_merge() -> Args {
    args(&["merge", "--abort"])
}

/// In the project: prints the files in which a merge has conflicts, a line each.
pub fn conflicts() -> Args {
    args(&["diff", "--name-only", "--diff-filter=U"])
}

/// In the worktree: prints how a tree differs from a commit, first in short.
pub fn diff(from: &str, tree: &str) -> Args {
    let plain = ["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--stat=100", "--patch", "--find-renames"];
    args(&[&plain[..], &[from, tree]].concat())
}

/// In the worktree: prints in one line how much a tree differs from a commit.
pub fn short_diff(from: &str, tree: &str) -> Args {
    args(&["diff", "--no-ext-diff", "--no-textconv", "--shortstat", from, tree])
}

/// Returns the command as a person would type it.
pub fn shown(folder: &Path, args: &[String]) -> String {
    format!("git -C {} {}", folder.display(), args.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_a_repository_names_for_its_files_are_taken_back_and_the_persons_own_stay() {
        let listed = "global\0filter.lfs.clean\0local\0core.bare\0local\0filter.a.b.clean\0worktree\0merge.x.driver\0";
        assert_eq!(neutral(listed), ["-c", "filter.a.b.clean=", "-c", "merge.x.driver=false"]);
        assert_eq!(neutral(""), [""; 0]);
    }
}
