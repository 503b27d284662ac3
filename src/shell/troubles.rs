//! What cannot be done for a while: said when it begins and when it is over, not every time.

use std::collections::BTreeSet;
use std::io;

use crate::app::msg::Msg;

/// The troubles that go on, by what cannot be done: "write the journal".
#[derive(Debug, Default)]
pub struct Troubles(BTreeSet<String>);

impl Troubles {
    /// Takes in how it went this time; returns what there is to say.
    pub fn take(&mut self, what: &str, result: io::Result<()>) -> Option<Msg> {
        match result {
            Ok(()) if self.0.remove(what) => Some(Msg::Trouble { what: format!("Quintet can {what} again") }),
            Ok(()) => None,
            Err(error) if self.0.insert(what.to_owned()) => {
                Some(Msg::Trouble { what: format!("cannot {what}: {error}; it is tried again") })
            }
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_once_and_so_is_its_end() {
        let mut troubles = Troubles::default();
        let full = || Err(io::ErrorKind::StorageFull.into());
        assert_eq!(troubles.take("write a", Ok(())), None);
        let Some(Msg::Trouble { what }) = troubles.take("write a", full()) else { panic!("it is not told") };
        assert!(what.starts_with("cannot write a: "), "{what}");
        assert_eq!(troubles.take("write a", full()), None);
        assert!(troubles.take("write b", full()).is_some());
        let again = Msg::Trouble { what: "Quintet can write a again".to_owned() };
        assert_eq!(troubles.take("write a", Ok(())), Some(again));
        assert_eq!(troubles.take("write a", Ok(())), None);
    }
}
