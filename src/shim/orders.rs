//! Orders in the folder: `ctl`, read by offset, each line once.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;

use super::folder::{Folder, append_private};
use super::protocol::ShimOrder;

/// More than this at once is no order.
const AT_ONCE: usize = 64 << 10;

/// The reader of `ctl`.
#[derive(Debug)]
pub struct Orders {
    folder: Folder,
    offset: u64,
}

/// A new line of `ctl`; `order` is `None` when this version does not know it.
#[derive(Debug, PartialEq)]
pub struct Given {
    pub seq: u64,
    pub order: Option<ShimOrder>,
}

impl Orders {
    pub fn new(folder: &Folder) -> Orders {
        Orders { folder: folder.clone(), offset: 0 }
    }

    /// Returns the orders given since the last look. A line without its newline waits for the next look.
    pub fn look(&mut self) -> Vec<Given> {
        let mut buffer = vec![0; AT_ONCE];
        let length = File::open(self.folder.ctl()).and_then(|file| file.read_at(&mut buffer, self.offset));
        let fresh = &buffer[..length.unwrap_or(0)];
        let Some(end) = fresh.iter().rposition(|&byte| byte == b'\n') else {
            return Vec::new();
        };
        self.offset += end as u64 + 1;
        Orders::parse(&String::from_utf8_lossy(&fresh[..end]))
    }

    /// Returns the orders in some lines; torn ones are passed over.
    pub fn parse(lines: &str) -> Vec<Given> {
        lines
            .lines()
            .filter_map(|line| match ShimOrder::parse(line) {
                Ok(given) => given.map(|(seq, order)| Given { seq, order: Some(order) }),
                Err(seq) => Some(Given { seq, order: None }),
            })
            .collect()
    }

    /// Writes to `ctl.done` what became of an order.
    pub fn acknowledge(&self, seq: u64, ok: bool) {
        let word = if ok { "ok" } else { "refused" };
        // A full disk hides the acknowledgement, not the deed.
        let _ = append_private(&self.folder.done()).and_then(|mut done| writeln!(done, "{seq} {word}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_order_is_given_once_and_a_half_line_waits() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(home.path());
        let write = |text: &str| std::fs::write(folder.ctl(), text).expect("written");
        let mut orders = Orders::new(&folder);
        write("1 stop\n2 co");
        assert_eq!(orders.look(), [Given { seq: 1, order: Some(ShimOrder::Stop) }]);
        write("1 stop\n2 cont\n3 dance\n");
        let then = [Given { seq: 2, order: Some(ShimOrder::Cont) }, Given { seq: 3, order: None }];
        assert_eq!(orders.look(), then);
        assert_eq!(orders.look(), []);
    }
}
