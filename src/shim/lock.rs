//! The lock of the folder: a record lock, which falls with its process and is no child's.

use std::fs::File;
use std::io;

use rustix::fs::FlockOperation;
use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

use super::folder::{Folder, append_private};

/// Takes the lock for as long as the file is open. `Ok(None)`: somebody has it.
///
/// A file system without locks is used without: then the identity in `pid` must do.
pub fn take(folder: &Folder) -> io::Result<Option<File>> {
    let file = append_private(&folder.lock())?;
    match rustix::fs::fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Ok(None),
        Err(_) => Ok(Some(file)),
    }
}

/// Returns whether a shim lives in this folder. To ask disturbs nobody.
pub fn is_held(folder: &Folder) -> bool {
    let Ok(file) = append_private_if_there(folder) else {
        return false;
    };
    let whole = Flock { start: 0, length: 0, pid: None, typ: FlockType::WriteLock, offset_type: FlockOffsetType::Set };
    match fcntl_getlk(&file, &whole) {
        Ok(holder) => holder.is_some(),
        Err(_) => folder.read_pid().is_ok_and(|pid| pid.shim.is_alive()),
    }
}

fn append_private_if_there(folder: &Folder) -> io::Result<File> {
    File::options().append(true).open(folder.lock())
}
