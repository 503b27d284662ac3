//! Where a program is looked for, and the sentence when it is nowhere.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Returns the absolute path of a program: a name is looked for in `path` (the agent's `PATH`), anything with a `/`
/// relative to `cwd`. The error is a sentence that says where it was looked for.
pub fn find(program: &Path, path: &str, cwd: &Path) -> Result<PathBuf, String> {
    let shown = program.display();
    if program.components().count() != 1 || program.is_absolute() {
        let there = cwd.join(program);
        return if there.is_dir() {
            Err(format!("`{shown}` is a folder, not a program"))
        } else if !there.exists() {
            Err(format!("`{shown}` does not exist (looked for {})", there.display()))
        } else if !is_executable(&there) {
            Err(format!("`{}` may not be executed: chmod +x", there.display()))
        } else {
            Ok(there)
        };
    }
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    // An empty or relative entry of PATH means the folder that the agent starts in.
    let found = folders.iter().map(|folder| cwd.join(folder).join(program)).find(|there| is_executable(there));
    found.ok_or_else(|| {
        if path.is_empty() {
            return format!("the program `{shown}` was not found: PATH is empty");
        }
        format!("the program `{shown}` was not found in PATH ({path})")
    })
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_path_and_a_path_from_the_folder() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let tool = home.path().join("tool");
        fs::write(&tool, "#!/bin/sh\n").expect("written");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("made executable");
        let path = format!("/nowhere:{}", home.path().display());
        assert_eq!(find(Path::new("tool"), &path, Path::new("/")), Ok(tool.clone()));
        assert_eq!(find(Path::new("./tool"), "", home.path()), Ok(home.path().join("./tool")));
        assert_eq!(find(&tool, "", Path::new("/")), Ok(tool));
    }

    #[test]
    fn what_is_missing_is_named_with_the_places_it_was_looked_for() {
        let missing = find(Path::new("clod"), "/usr/bin:/bin", Path::new("/")).expect_err("there is none");
        assert_eq!(missing, "the program `clod` was not found in PATH (/usr/bin:/bin)");
        let missing = find(Path::new("./agent.sh"), "/bin", Path::new("/srv")).expect_err("there is none");
        assert_eq!(missing, "`./agent.sh` does not exist (looked for /srv/./agent.sh)");
        let home = tempfile::tempdir().expect("a temporary folder");
        let text = home.path().join("text");
        fs::write(&text, "no program").expect("written");
        fs::set_permissions(&text, fs::Permissions::from_mode(0o644)).expect("changed");
        assert!(find(&text, "", Path::new("/")).expect_err("it is no program").contains("chmod +x"));
    }
}
