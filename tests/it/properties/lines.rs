//! Output becomes the same lines however it is chopped, and an endless line costs no more than it may.

use quintet::shell::attempts::lines::{Cut, Lines};

/// Holds for output. Its first two bytes say how long a line may be and how it is chopped.
pub fn hold(bytes: &[u8]) {
    let [longest, step, output @ ..] = bytes else { return };
    let (longest, mut step) = (usize::from(*longest) + 1, usize::from(*step));
    let whole = lines_of(longest, [output]);
    let mut rest = output;
    let chopped = std::iter::from_fn(|| {
        step = (step * 31 + 7) % 97;
        let part;
        (part, rest) = rest.split_at(rest.len().min(step));
        (!part.is_empty() || !rest.is_empty()).then_some(part)
    });
    assert_eq!(lines_of(longest, chopped), whole);
    let (lines, last, skipped) = whole;
    let all = || lines.iter().chain(&last);
    assert!(all().all(|line| line.len() <= longest + " [cut]".len() && !line.contains(&b'\n')));
    let cut: usize = all().filter(|line| line.len() > longest).map(|line| line.len() - longest).sum();
    let kept: usize = all().map(Vec::len).sum::<usize>() - cut;
    let ends = output.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(kept + ends + skipped as usize, output.len(), "no byte is lost uncounted");
}

type Read = (Vec<Vec<u8>>, Option<Vec<u8>>, u64);

fn lines_of<'a>(longest: usize, parts: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let (mut lines, mut cut) = (Lines::new(longest), Cut::default());
    for part in parts {
        lines.push(part, &mut cut);
        assert!(lines.pending() <= longest as u64);
    }
    (cut.lines, lines.finish(), cut.skipped)
}
