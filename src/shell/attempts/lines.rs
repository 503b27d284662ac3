//! Bytes to lines, with a bound on what an endless line can cost.

use std::io::BufRead;

/// Marks a line that was longer than it may be.
const CUT: &[u8] = b" [cut]";

/// What is known of the line that has no end yet.
#[derive(Debug)]
pub struct Lines {
    longest: usize,
    partial: Vec<u8>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// `partial` is the line so far.
    Whole,
    /// `partial` was handed out, cut; the rest of its line is passed over.
    PassingOver,
    /// The head of this line is unknown. It only counts if it turns out to be the last one.
    Headless,
}

/// The lines that are complete, and the bytes of lines that were passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cut {
    pub lines: Vec<Vec<u8>>,
    pub skipped: u64,
}

impl Lines {
    pub fn new(longest: usize) -> Lines {
        Lines { longest, partial: Vec::new(), state: State::Whole }
    }

    /// Returns how many of the bytes taken in belong to a line that was not handed out.
    pub fn pending(&self) -> u64 {
        self.partial.len() as u64
    }

    /// Takes in the next bytes.
    pub fn push(&mut self, mut bytes: &[u8], into: &mut Cut) {
        while !bytes.is_empty() {
            let before = bytes;
            let length = bytes.skip_until(b'\n').expect("memory can be read");
            match before[..length].split_last() {
                Some((b'\n', line)) => {
                    self.extend(line, into);
                    self.end_line(into);
                }
                _ => self.extend(before, into),
            }
        }
    }

    /// Forgets the open line, whose rest will never come; what comes next starts in the middle of one. Returns the
    /// bytes forgotten.
    pub fn jump(&mut self) -> u64 {
        self.state = State::Headless;
        let forgotten = self.pending();
        self.partial = Vec::new();
        forgotten
    }

    /// Returns the last line, which has no newline.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let last = std::mem::take(&mut self.partial);
        let is_over = self.state == State::PassingOver;
        self.state = State::Whole;
        (!last.is_empty() && !is_over).then_some(last)
    }

    fn extend(&mut self, bytes: &[u8], into: &mut Cut) {
        match self.state {
            State::PassingOver => into.skipped += bytes.len() as u64,
            State::Whole => {
                let room = self.longest - self.partial.len();
                if bytes.len() <= room {
                    self.partial.extend_from_slice(bytes);
                    return;
                }
                let mut line = std::mem::take(&mut self.partial);
                line.extend_from_slice(&bytes[..room]);
                line.extend_from_slice(CUT);
                into.lines.push(line);
                into.skipped += (bytes.len() - room) as u64;
                self.state = State::PassingOver;
            }
            State::Headless => {
                self.partial.extend_from_slice(bytes);
                if let Some(over) = self.partial.len().checked_sub(self.longest) {
                    // Only its end is of use, if it is the last line.
                    self.partial.drain(..over);
                    into.skipped += over as u64;
                }
            }
        }
    }

    fn end_line(&mut self, into: &mut Cut) {
        let line = std::mem::take(&mut self.partial);
        match self.state {
            State::Whole => into.lines.push(line),
            State::PassingOver => {}
            State::Headless => into.skipped += line.len() as u64,
        }
        self.state = State::Whole;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(lines: &mut Lines, parts: &[&str]) -> (Vec<String>, u64) {
        let mut into = Cut::default();
        parts.iter().for_each(|part| lines.push(part.as_bytes(), &mut into));
        let text = into.lines.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        (text, into.skipped)
    }

    #[test]
    fn lines_are_the_same_however_they_are_chopped() {
        let whole = cut(&mut Lines::new(100), &["one\n\ntwo\nthr"]);
        let chopped = cut(&mut Lines::new(100), &["o", "ne\n", "\ntw", "o", "\nthr"]);
        assert_eq!(whole, chopped);
        assert_eq!(whole.0, ["one", "", "two"]);
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_whole() {
        let mut lines = Lines::new(4);
        assert_eq!(cut(&mut lines, &["abc", "def", "ghi\nnext\n"]), (vec!["abcd [cut]".into(), "next".into()], 5));
        assert_eq!(lines.finish(), None);
    }

    #[test]
    fn a_last_line_without_newline_is_kept() {
        let mut lines = Lines::new(100);
        cut(&mut lines, &["done\nlast"]);
        assert_eq!((lines.pending(), lines.finish()), (4, Some(b"last".to_vec())));
    }

    #[test]
    fn after_a_jump_the_first_half_line_does_not_count_unless_it_is_all() {
        let mut lines = Lines::new(100);
        cut(&mut lines, &["begun"]);
        assert_eq!(lines.jump(), 5);
        assert_eq!(cut(&mut lines, &["alf\nwhole\n"]), (vec!["whole".into()], 3));
        lines.jump();
        cut(&mut lines, &["the end of a long line"]);
        assert_eq!(lines.finish(), Some(b"the end of a long line".to_vec()));
    }
}
