//! From the name of a program to its path: what is started is known before it starts.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Returns the absolute path of a program: with a `/` it is looked for in the project, else in `PATH`.
///
/// # Errors
/// A sentence: which program, and where it was looked for.
pub fn program(name: &str, project: &Path, path_variable: Option<&str>) -> Result<PathBuf, String> {
    if name.contains('/') {
        let path = project.join(name);
        return if is_program(&path) { Ok(path) } else { Err(format!("cannot start `{name}`: {} is no program", path.display())) };
    }
    let folders = path_variable.unwrap_or_default();
    std::env::split_paths(folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_absolute() && is_program(path))
        .ok_or_else(|| format!("cannot start `{name}`: it is in none of the folders of PATH ({folders})"))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_the_project_and_in_the_path() {
        let here = Path::new("/");
        assert!(program("sh", here, Some("/nowhere:/bin:/usr/bin")).is_ok_and(|path| path.is_absolute()));
        assert!(program("bin/sh", here, None).is_ok());
        let why = program("no-such-agent", here, Some("/bin")).expect_err("there is none");
        assert!(why.contains("no-such-agent") && why.contains("/bin"), "{why}");
    }
}
