//! One Quintet per team directory: a lock that the kernel drops with its holder, and who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The lock, held as long as this lives.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Who holds the lock.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    pub boot: String,
    pub run: String,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another Quintet (pid {}, host {}) works in this folder; `quintet attach` shows its screen", .0.pid, .0.host)]
    Held(Holder),
    #[error("cannot lock the team directory: {0}")]
    Io(#[from] io::Error),
}

impl Lock {
    /// Takes the lock, or says who has it. What a dead holder left in the file does not matter.
    ///
    /// # Errors
    /// Somebody alive holds it, or the file system refuses.
    pub fn take(path: &Path, run: &str) -> Result<Lock, LockError> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                return Err(LockError::Held(serde_json::from_str(&text).unwrap_or_default()));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let holder =
            Holder { pid: std::process::id(), host: host(), boot: super::clock::boot_id(), run: run.to_owned() };
        let text = serde_json::to_string(&holder).expect("plain data");
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        Ok(Lock { _file: file })
    }
}

/// Returns who holds the lock now, if anybody does.
pub fn holder(path: &Path) -> Option<Holder> {
    let mut file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text).ok()?;
            serde_json::from_str(&text).ok()
        }
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

/// Returns the name of this machine.
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_quintet_is_told_who_is_there_and_a_stale_lock_is_taken() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("lock");
        for garbage in ["", "not json", r#"{"pid":1,"boot":"another"}"#] {
            std::fs::write(&path, garbage).expect("it can be written");
            assert_eq!(holder(&path), None);
            let lock = Lock::take(&path, "r").expect("nobody holds it");
            let refused = Lock::take(&path, "s").expect_err("it is held");
            assert!(refused.to_string().contains(&format!("pid {}", std::process::id())), "{refused}");
            assert_eq!(holder(&path).map(|holder| holder.run), Some("r".to_owned()));
            drop(lock);
        }
    }
}
