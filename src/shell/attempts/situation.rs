//! What a folder says about its attempt, whoever wrote it.

use crate::shim::{self, ExitFile, Folder, Spec};

/// Where an attempt stands.
#[derive(Debug, PartialEq)]
pub enum Situation {
    /// Its exit is there.
    Ended(ExitFile),
    /// A shim lives.
    Owned,
    /// Nobody has begun.
    NotStarted(Spec),
    /// A shim has begun and died.
    Dead(Spec),
    /// The folder never was complete.
    Unwritten,
}

impl Situation {
    /// Reads the folder.
    pub fn of(folder: &Folder) -> Situation {
        if let Ok(exit) = folder.read_exit() {
            return Situation::Ended(exit);
        }
        if shim::is_held(folder) {
            return Situation::Owned;
        }
        // It may have ended between the two looks: the exit comes before the lock falls.
        if let Ok(exit) = folder.read_exit() {
            return Situation::Ended(exit);
        }
        match folder.read_spec() {
            Ok(spec) if folder.pid().exists() => Situation::Dead(spec),
            Ok(spec) => Situation::NotStarted(spec),
            Err(_) => Situation::Unwritten,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_folder_and_a_missing_one_never_were_complete() {
        let home = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(Situation::of(&Folder::new(home.path())), Situation::Unwritten);
        assert_eq!(Situation::of(&Folder::new(home.path().join("missing"))), Situation::Unwritten);
    }
}
