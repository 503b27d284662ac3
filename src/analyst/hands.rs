//! Many hands: one thing after another of a list, as many at once as there are processors.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Deeply nested input needs deep recursion in the parsers of others.
pub const STACK: usize = 64 << 20;
/// More threads than these gain nothing over what is read from disk.
const MOST: usize = 8;
/// What one thread takes at a time of many small things.
const HANDFUL: usize = 16;

/// Returns how many things to do at once on this machine.
pub fn many() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MOST)
}

/// Returns what `work` makes of each of the items, in their order, whoever made it; `None` for those that `go_on`, asked
/// before each, forbade. `made` hears of each, in the order of their making.
pub fn each<T: Sync, R: Send>(
    hands: usize,
    items: &[T],
    go_on: &(dyn Fn() -> bool + Sync),
    work: &(dyn Fn(&T) -> R + Sync),
    mut made: impl FnMut(&T),
) -> Vec<Option<R>> {
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let handful = items.len().div_ceil(hands.max(1) * HANDFUL).clamp(1, HANDFUL);
    let next = AtomicUsize::new(0);
    let (give, take) = sync_channel(hands.max(1));
    let hand = |give: std::sync::mpsc::SyncSender<(usize, Vec<R>)>| {
        loop {
            let start = next.fetch_add(handful, Ordering::Relaxed);
            let Some(rest) = items.get(start..).filter(|rest| !rest.is_empty()) else { return };
            let taken = rest.iter().take(handful).take_while(|_| go_on());
            let done: Vec<R> = taken.map(work).collect();
            // Whoever takes has gone only when all is given up.
            if done.is_empty() || give.send((start, done)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let start = |_| {
            let give = give.clone();
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || hand(give)).is_ok()
        };
        let started = (0..hands.max(1)).filter(|number| start(*number)).count();
        drop(give);
        for (start, done) in take {
            for (offset, result) in done.into_iter().enumerate() {
                made(&items[start + offset]);
                results[start + offset] = Some(result);
            }
        }
        if started == 0 {
            // The machine gives no thread: what is to be done is done here.
            for (item, result) in items.iter().zip(&mut results).take_while(|_| go_on()) {
                *result = Some(work(item));
                made(item);
            }
        }
    });
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items_however_many_work() {
        let items: Vec<usize> = (0..1_000).collect();
        for hands in [1, 2, 7] {
            let mut heard = 0;
            let doubled = each(hands, &items, &|| true, &|item| item * 2, |_| heard += 1);
            assert_eq!(doubled, items.iter().map(|item| Some(item * 2)).collect::<Vec<_>>());
            assert_eq!(heard, items.len());
        }
    }

    #[test]
    fn whoever_is_stopped_leaves_the_rest() {
        let asked = AtomicUsize::new(0);
        let go_on = || asked.fetch_add(1, Ordering::Relaxed) < 10;
        let made = each(2, &[(); 1_000], &go_on, &|()| (), |()| {});
        assert_eq!(made.iter().flatten().count(), 10);
    }
}
