//! Writing files so that a reader never sees half of one.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::team_dir::TeamDir;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// 0600: state, prompts, environment.
    Private,
    /// As the umask says: reports and what people read.
    Umask,
}

/// Replaces a file: temporary file beside it, then rename. No sync: a crash of this process loses nothing.
///
/// # Errors
/// Those of the file system; the old file is as it was then.
pub fn replace(path: &Path, text: &str, rights: Rights) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = folder.join(temporary);
    let result = write(&temporary, text, rights).and_then(|()| fs::rename(&temporary, path));
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}

fn write(path: &Path, text: &str, rights: Rights) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if rights == Rights::Private {
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}

/// Makes a folder (and those above it) that only its owner may look into.
///
/// # Errors
/// Those of the file system; one that is there already is fine.
pub fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Appends to a file that others append to as well: one write call, so entries are not torn. A link is not followed:
/// whoever may write into the folder would choose what is written to.
///
/// # Errors
/// Those of the file system; the file is a link.
pub fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options.open(path)?.write_all(text.as_bytes())
}

/// Reads a file of people or agents: any bytes, at most `limit` of them.
///
/// # Errors
/// Those of the file system; a missing file is `Ok(None)`.
pub fn read_text(path: &Path, limit: u64) -> io::Result<Option<String>> {
    use std::io::Read;
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Returns where a file is kept as it was before the run: by its path in the team directory, or else in the project.
pub fn kept(file: &Path, team: &TeamDir, before: &Path) -> PathBuf {
    if let Ok(inside) = file.strip_prefix(team.root()) {
        return before.join(inside);
    }
    let name = || Path::new(file.file_name().unwrap_or_default());
    before.join("project").join(file.strip_prefix(team.project()).unwrap_or_else(|_| name()))
}

/// Copies a file to where earlier things are kept, if it is there; folders are made.
///
/// # Errors
/// Those of the file system.
pub fn keep_before(file: &Path, team: &TeamDir, before: &Path) -> io::Result<()> {
    if !file.is_file() {
        return Ok(());
    }
    let kept = kept(file, team, before);
    fs::create_dir_all(kept.parent().unwrap_or(before))?;
    fs::copy(file, kept).map(drop)
}

/// Returns whether the machine lacks something that may come back: room on the disk, the right to write, descriptors,
/// processes, memory.
pub fn is_want_of_room(error: &io::Error) -> bool {
    let wants = [
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::ROFS,
        Errno::ACCESS,
        Errno::PERM,
        Errno::MFILE,
        Errno::NFILE,
        Errno::AGAIN,
        Errno::NOMEM,
        Errno::IO,
    ];
    Errno::from_io_error(error).is_some_and(|errno| wants.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::TeamFiles;

    #[test]
    fn files_of_the_same_name_are_kept_apart() {
        let team = TeamDir::new(Path::new("/p"), &TeamFiles::default());
        let kept = |path: &str| kept(Path::new(path), &team, Path::new("/b"));
        assert_eq!(kept("/p/.claude-team/reports/a.md"), Path::new("/b/reports/a.md"));
        assert_eq!(kept("/p/docs/a/report.md"), Path::new("/b/project/docs/a/report.md"));
        assert_eq!(kept("/p/docs/b/report.md"), Path::new("/b/project/docs/b/report.md"));
    }

    #[test]
    fn nothing_is_appended_through_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        append(&target, "a\n").expect("it can be written");
        std::os::unix::fs::symlink(&target, &link).expect("it can be linked");
        assert!(append(&link, "b\n").is_err());
        assert_eq!(fs::read_to_string(&target).expect("it is there"), "a\n");
    }
}
