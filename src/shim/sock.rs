//! Where the socket is: not in the folder, since paths inside deep projects are longer than a socket's may be.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use super::folder::{Folder, create_private};

/// The socket of a shim; its path is in the file `sock`.
#[derive(Debug)]
pub struct Sock {
    pub listener: UnixListener,
    path: PathBuf,
}

impl Sock {
    /// Opens the socket and writes its path down. Whoever can list the folder's socket can speak to the shim, so the
    /// folder around it must be this user's alone.
    pub fn open(folder: &Folder) -> io::Result<Sock> {
        let mut failed = io::Error::from(ErrorKind::NotFound);
        // Twice: a shim that ends may just be tidying the folder away.
        for base in bases().iter().chain(&bases()) {
            match Sock::open_below(base, folder) {
                Ok(sock) => return Ok(sock),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    fn open_below(base: &Path, folder: &Folder) -> io::Result<Sock> {
        let run = folder.path().parent().unwrap_or(folder.path());
        let below = base.join(format!("{:08x}", short_hash(run.as_os_str().as_bytes())));
        for private in [base, &below] {
            make_private(private)?;
        }
        // With the pid in its name it is never another's.
        let mut name = folder.path().file_name().unwrap_or_default().to_owned();
        name.push(OsString::from(format!(".{}", std::process::id())));
        let path = below.join(name);
        let listener = match UnixListener::bind(&path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                fs::remove_file(&path)?;
                UnixListener::bind(&path)?
            }
            bound => bound?,
        };
        listener.set_nonblocking(true)?;
        let sock = Sock { listener, path };
        io::Write::write_all(&mut create_private(&folder.sock())?, sock.path.as_os_str().as_bytes())?;
        Ok(sock)
    }
}

impl Drop for Sock {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the socket that a dead shim has left.
pub fn tidy(folder: &Folder) {
    if let Ok(path) = fs::read(folder.sock()) {
        remove(Path::new(OsStr::from_bytes(&path)));
    }
}

fn remove(socket: &Path) {
    // Its folder goes with the last one; neither matters to anybody if it stays.
    let _ = fs::remove_file(socket);
    let _ = socket.parent().map(fs::remove_dir);
}

/// Returns the folders that may hold sockets, the best first.
fn bases() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let temporary = PathBuf::from(format!("/tmp/quintet-{}", rustix::process::getuid().as_raw()));
    runtime.map(|path| path.join("quintet")).into_iter().chain([temporary]).collect()
}

/// Returns this user's private folder for sockets, made if need be.
///
/// # Errors
/// None of the places is private.
pub fn private_base() -> io::Result<PathBuf> {
    let mut failed = io::Error::from(ErrorKind::NotFound);
    for base in bases() {
        match make_private(&base) {
            Ok(()) => return Ok(base),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn make_private(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let found = fs::symlink_metadata(path)?;
    let is_ours = found.is_dir() && found.uid() == rustix::process::getuid().as_raw() && found.mode() & 0o077 == 0;
    if is_ours {
        Ok(())
    } else {
        Err(io::Error::new(ErrorKind::PermissionDenied, "the socket's folder is not private"))
    }
}

/// FNV-1a, 32 bits.
fn short_hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
