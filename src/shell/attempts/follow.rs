//! A log, read by offset: live, after the end, and after a crash, it is the same.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::Reading;
use super::lines::{Cut, Lines};
use crate::shim::folder::LogName;
use crate::shim::{Folder, Layout};

/// Bytes read at once.
const AT_ONCE: usize = 64 << 10;
/// What [`Reading::Tail`] keeps of a backlog, and of a line.
const TAIL: u64 = 64 << 10;
/// The longest line of [`Reading::EveryLine`].
const LONGEST: usize = 16 << 20;

/// One stream of an attempt.
#[derive(Debug)]
pub struct Follower {
    folder: Folder,
    /// `None`: `said.jsonl`, which has one segment.
    log: Option<LogName>,
    layout: Layout,
    reading: Reading,
    /// The next byte to read.
    offset: u64,
    open: Option<(u64, File)>,
    lines: Lines,
}

/// What one read brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub cut: Cut,
    /// There was something to read, and there is more of what was asked for.
    pub more: bool,
}

impl Follower {
    /// Follows one of the logs.
    pub fn log(folder: &Folder, log: LogName, layout: Layout, reading: Reading, from: u64) -> Follower {
        let longest = match reading {
            Reading::EveryLine => LONGEST,
            Reading::Tail => TAIL as usize,
        };
        let lines = Lines::new(longest);
        Follower { folder: folder.clone(), log: Some(log), layout, reading, offset: from, open: None, lines }
    }

    /// Reads one of the logs from its beginning, each line.
    pub fn whole(folder: &Folder, log: LogName) -> Follower {
        let cap = folder.read_spec().map_or(64 << 20, |spec| spec.cap);
        Follower::log(folder, log, Layout::of_cap(cap), Reading::EveryLine, 0)
    }

    /// Follows what the attempt's MCP server writes: each line counts.
    pub fn said(folder: &Folder, from: u64) -> Follower {
        let layout = Layout { head: u64::MAX, segment: u64::MAX };
        let lines = Lines::new(LONGEST);
        let reading = Reading::EveryLine;
        Follower { folder: folder.clone(), log: None, layout, reading, offset: from, open: None, lines }
    }

    /// Returns where to read on: the start of the first line that was not handed out.
    pub fn offset_after(&self) -> u64 {
        self.offset - self.lines.pending()
    }

    /// Reads once. `length` is what the log is known to have, and all that is asked for; a tail skips to its end.
    pub fn read(&mut self, length: Option<u64>) -> Read {
        let mut cut = Cut::default();
        if self.reading == Reading::Tail {
            self.skip_to_tail(length, &mut cut);
        }
        let mut buffer = [0_u8; AT_ONCE];
        let read = self.read_at(&mut buffer, &mut cut);
        self.offset += read as u64;
        self.lines.push(&buffer[..read], &mut cut);
        let is_behind = length.is_none_or(|length| self.offset < length);
        Read { cut, more: read > 0 && is_behind }
    }

    /// Returns the last line if it has no newline. For when nothing more will come.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        self.lines.finish()
    }

    /// Returns the bytes from here on, about `len` of them, and where they begin: what is not kept is passed over.
    pub fn stretch(&mut self, from: u64, len: usize) -> (u64, Vec<u8>) {
        self.offset = from;
        let mut bytes = Vec::new();
        let mut begin = None;
        while bytes.len() < len {
            let mut buffer = [0_u8; AT_ONCE];
            let read = self.read_at(&mut buffer, &mut Cut::default());
            let start = *begin.get_or_insert(self.offset);
            // A gap within the stretch ends it.
            if read == 0 || start + bytes.len() as u64 != self.offset {
                break;
            }
            self.offset += read as u64;
            bytes.extend_from_slice(&buffer[..read]);
        }
        (begin.unwrap_or(from), bytes)
    }

    fn skip_to_tail(&mut self, length: Option<u64>, cut: &mut Cut) {
        let Some(tail) = length.or_else(|| self.length()).and_then(|length| length.checked_sub(TAIL)) else {
            return;
        };
        if let Some(skipped) = tail.checked_sub(self.offset).filter(|&skipped| skipped > 0) {
            cut.skipped += skipped + self.lines.jump();
            self.offset = tail;
        }
    }

    fn read_at(&mut self, buffer: &mut [u8], cut: &mut Cut) -> usize {
        loop {
            let number = self.layout.segment_at(self.offset);
            if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
                self.open = File::open(self.path(number)).ok().map(|file| (number, file));
            }
            let Some((_, file)) = &self.open else {
                match self.oldest_after(number) {
                    Some(start) => {
                        cut.skipped += start - self.offset + self.lines.jump();
                        self.offset = start;
                        continue;
                    }
                    // Not written yet.
                    None => return 0,
                }
            };
            return file.read_at(buffer, self.offset - self.layout.start_of(number)).unwrap_or(0);
        }
    }

    fn path(&self, segment: u64) -> PathBuf {
        match self.log {
            Some(log) => self.folder.segment(log, segment),
            None => self.folder.said(),
        }
    }

    /// Returns where the oldest segment after a missing one starts.
    fn oldest_after(&self, number: u64) -> Option<u64> {
        self.segments().into_iter().filter(|&kept| kept > number).min().map(|kept| self.layout.start_of(kept))
    }

    /// Returns how long the log is, from its files; `None`: it is not there yet.
    pub fn length(&self) -> Option<u64> {
        let last = self.segments().into_iter().max()?;
        Some(self.layout.start_of(last) + fs::metadata(self.path(last)).ok()?.len())
    }

    fn segments(&self) -> Vec<u64> {
        let Some(log) = self.log else {
            return vec![0];
        };
        let number =
            |entry: fs::DirEntry| entry.file_name().to_str()?.strip_prefix(log.word())?.strip_prefix('.')?.parse().ok();
        fs::read_dir(self.folder.path())
            .map(|entries| entries.flatten().filter_map(number).collect())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn all(follower: &mut Follower) -> (Vec<String>, u64) {
        let (mut lines, mut skipped) = (Vec::new(), 0);
        loop {
            let read = follower.read(None);
            lines.extend(read.cut.lines.into_iter().map(|line| String::from_utf8(line).expect("text")));
            skipped += read.cut.skipped;
            if !read.more {
                return (lines, skipped);
            }
        }
    }

    #[test]
    fn lines_across_segments_are_whole_and_can_be_read_on_from_any_offset() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(home.path());
        let layout = Layout { head: 10, segment: 4 };
        for (n, text) in [(0, "one\ntwo\nth"), (1, "ree\n"), (2, "fo")] {
            fs::write(folder.segment(LogName::Out, n), text).expect("written");
        }
        let mut follower = Follower::log(&folder, LogName::Out, layout, Reading::EveryLine, 0);
        assert_eq!(all(&mut follower), (vec!["one".into(), "two".into(), "three".into()], 0));
        assert_eq!(follower.offset_after(), 14);
        let mut later = Follower::log(&folder, LogName::Out, layout, Reading::EveryLine, 8);
        assert_eq!(all(&mut later).0, ["three"]);
        assert_eq!(later.finish(), Some(b"fo".to_vec()));
    }

    #[test]
    fn a_deleted_segment_is_a_gap_that_is_counted() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(home.path());
        let layout = Layout { head: 4, segment: 4 };
        fs::write(folder.segment(LogName::Err, 0), "a\nbb").expect("written");
        fs::write(folder.segment(LogName::Err, 3), "x\ny\n").expect("written");
        let mut follower = Follower::log(&folder, LogName::Err, layout, Reading::EveryLine, 0);
        // 8 bytes are missing; `bb` before them and `x` after them are no whole lines.
        assert_eq!(all(&mut follower), (vec!["a".into(), "y".into()], 11));
        assert_eq!(follower.offset_after(), 16);
    }

    #[test]
    fn a_tail_skips_what_nobody_could_read() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(home.path());
        let mut file = File::create(folder.segment(LogName::Out, 0)).expect("created");
        for n in 0..100_000 {
            writeln!(file, "line {n}").expect("written");
        }
        let layout = Layout::of_cap(64 << 20);
        let mut follower = Follower::log(&folder, LogName::Out, layout, Reading::Tail, 0);
        let (lines, skipped) = all(&mut follower);
        assert_eq!(lines.last().map(String::as_str), Some("line 99999"));
        let read: u64 = lines.iter().map(|line| line.len() as u64 + 1).sum();
        // The newline of the half line is neither read nor skipped.
        assert_eq!(read + skipped + 1, file.metadata().expect("there").len());
        assert!(read <= 64 << 10);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

        /// The reader may come at any time and the writer may stop anywhere: the lines are the same.
        #[test]
        fn whatever_is_written_is_read_once_and_in_order(
            parts in proptest::collection::vec(("[a-c\n]{0,300}", proptest::bool::ANY), 0..60),
            from_line in 0_usize..20,
        ) {
            let home = tempfile::tempdir().expect("a temporary folder");
            let folder = Folder::new(home.path());
            // Segments of 4 KB: many of them, and none deleted before it is read.
            let cap = 64 << 10;
            let mut writer = crate::shim::Log::new(&folder, LogName::Out, cap);
            let mut gap = crate::shim::folder::Gap::default();
            let mut reader = Follower::log(&folder, LogName::Out, Layout::of_cap(cap), Reading::EveryLine, 0);
            let (mut read, mut written) = (Vec::new(), String::new());
            for (part, reads_now) in parts {
                writer.append(part.as_bytes(), &mut gap);
                written += &part;
                if reads_now {
                    read.extend(all(&mut reader).0);
                }
            }
            read.extend(all(&mut reader).0);
            read.extend(reader.finish().map(|last| String::from_utf8(last).expect("text")));
            let expected: Vec<&str> = written.lines().collect();
            proptest::prop_assert_eq!(&read, &expected);

            // A later Quintet reads on from the start of any line.
            let from_line = from_line.min(expected.len());
            let offset: usize = expected[..from_line].iter().map(|line| line.len() + 1).sum();
            let mut later =
                Follower::log(&folder, LogName::Out, Layout::of_cap(cap), Reading::EveryLine, offset as u64);
            let mut rest = all(&mut later).0;
            rest.extend(later.finish().map(|last| String::from_utf8(last).expect("text")));
            proptest::prop_assert_eq!(&rest, &expected[from_line..]);
        }
    }
}
