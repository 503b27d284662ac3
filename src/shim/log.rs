//! Output to files: every byte first, the head kept for ever, the tail in segments of which the oldest is deleted.

use std::fs::{self, File};
use std::io::Write;

use super::folder::{Folder, Gap, LogName, VERSION, create_private, write_by_rename};

/// How the bytes of a log lie in its files. Offsets are those of the output, whatever was deleted since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Bytes in segment 0.
    pub head: u64,
    /// Bytes in each segment after it.
    pub segment: u64,
}

/// How many segments are kept beside the head: together as long as the head.
const KEPT: u64 = 8;

impl Layout {
    /// Returns the layout of a log of which `cap` bytes are kept: 64 MB are 32 MB of head and eight times 4 MB.
    pub fn of_cap(cap: u64) -> Layout {
        let segment = (cap / (2 * KEPT)).max(4096);
        Layout { head: segment * KEPT, segment }
    }

    /// Returns the number of the segment that holds this offset.
    pub fn segment_at(&self, offset: u64) -> u64 {
        match offset.checked_sub(self.head) {
            None => 0,
            Some(beyond) => 1 + beyond / self.segment,
        }
    }

    /// Returns the offset at which a segment starts.
    pub fn start_of(&self, segment: u64) -> u64 {
        match segment {
            0 => 0,
            n => self.head + (n - 1) * self.segment,
        }
    }
}

/// The log of one stream as it grows.
#[derive(Debug)]
pub struct Log {
    folder: Folder,
    name: LogName,
    layout: Layout,
    /// The open segment and its number.
    open: Option<(u64, File)>,
    written: u64,
    dropped: u64,
}

impl Log {
    pub fn new(folder: &Folder, name: LogName, cap: u64) -> Log {
        let layout = Layout::of_cap(cap);
        Log { folder: folder.clone(), name, layout, open: None, written: 0, dropped: 0 }
    }

    /// Returns the bytes written, deleted ones included.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns the bytes that the disk did not take.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Appends bytes. What the disk does not take is counted and lost; the agent never waits for it.
    pub fn append(&mut self, mut bytes: &[u8], gap: &mut Gap) {
        while !bytes.is_empty() {
            let number = self.layout.segment_at(self.written);
            let room = self.layout.start_of(number + 1) - self.written;
            let length = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            let taken = self.segment(number, gap).and_then(|mut file| file.write(&bytes[..length]).ok());
            match taken {
                Some(taken) if taken > 0 => {
                    self.written += taken as u64;
                    bytes = &bytes[taken..];
                }
                _ => {
                    self.dropped += bytes.len() as u64;
                    return;
                }
            }
        }
    }

    fn segment(&mut self, number: u64, gap: &mut Gap) -> Option<&File> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            self.make_room(number, gap);
            let file = create_private(&self.folder.segment(self.name, number)).ok()?;
            self.open = Some((number, file));
        }
        self.open.as_ref().map(|(_, file)| file)
    }

    /// Deletes the oldest segment after saying so in `gap`, so that no reader misses it unawares.
    fn make_room(&self, next: u64, gap: &mut Gap) {
        let Some(oldest) = next.checked_sub(KEPT).filter(|&oldest| oldest > 0) else {
            return;
        };
        let range = Some((self.layout.head, self.layout.start_of(oldest + 1)));
        gap.v = VERSION;
        match self.name {
            LogName::Out => gap.out = range,
            LogName::Err => gap.err = range,
        }
        // A full disk is no reason to keep the segment; readers find the gap by the missing file too.
        let _ = write_by_rename(&self.folder.gap(), gap);
        let _ = fs::remove_file(self.folder.segment(self.name, oldest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_32_mb_of_head_and_segments_of_4_mb() {
        let layout = Layout::of_cap(64 << 20);
        assert_eq!(layout, Layout { head: 32 << 20, segment: 4 << 20 });
        assert_eq!(layout.segment_at((32 << 20) - 1), 0);
        assert_eq!(layout.segment_at(32 << 20), 1);
        assert_eq!(layout.start_of(layout.segment_at(45 << 20)), 44 << 20);
    }

    #[test]
    fn head_and_tail_are_kept_and_the_gap_between_is_written_down() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::new(home.path());
        let mut gap = Gap::default();
        let mut log = Log::new(&folder, LogName::Out, 128 << 10);
        let bytes: Vec<u8> = (0..400_000_u32).flat_map(u32::to_le_bytes).collect();
        for part in bytes.chunks(10_007) {
            log.append(part, &mut gap);
        }

        assert_eq!((log.written(), log.dropped()), (1_600_000, 0));
        let (from, to) = folder.read_gap().expect("written").out.expect("this log has one");
        let layout = Layout::of_cap(128 << 10);
        let kept = |range: std::ops::Range<u64>| {
            let numbers = layout.segment_at(range.start)..=layout.segment_at(range.end - 1);
            numbers.flat_map(|n| fs::read(folder.segment(LogName::Out, n)).expect("kept")).collect::<Vec<u8>>()
        };
        assert_eq!(kept(0..from), bytes[..from as usize]);
        assert_eq!(kept(to..1_600_000), bytes[to as usize..]);
        assert!(!folder.segment(LogName::Out, layout.segment_at(to) - 1).exists());
    }

    #[test]
    fn what_the_disk_does_not_take_is_counted() {
        let folder = Folder::new("/dev/null/nowhere");
        let mut log = Log::new(&folder, LogName::Err, 64 << 20);
        log.append(b"lost", &mut Gap::default());
        assert_eq!((log.written(), log.dropped()), (0, 4));
    }
}
