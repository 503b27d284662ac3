//! Output never blocks an agent; every byte is in the log, in order, up to its cap.

use std::time::Instant;

use quintet::engine::Stream;
use quintet::shell::attempts::{Fact, Key, Reading};
use quintet::shim::folder::LogName;
use quintet::shim::{ExitFile, Layout, Reason, ShimOrder};

use super::world::World;

async fn run(world: &mut World, words: &[&str], reading: Reading) -> (Key, ExitFile) {
    let key = world.start_with(words, |start| start.reading = reading);
    world.started(key).await;
    let exit = world.exited(key).await;
    (key, exit)
}

fn log(world: &World, key: Key, exit: &ExitFile) -> Vec<u8> {
    let layout = Layout::of_cap(64 << 20);
    let segments = 0..=layout.segment_at(exit.out.max(1) - 1);
    segments.flat_map(|n| std::fs::read(world.folder(key).segment(LogName::Out, n)).unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_large_tail_and_an_exit_at_once_lose_no_byte() {
    let mut world = World::new();
    // Not a whole number of lines: the last one has no newline.
    let (key, exit) = run(&mut world, &["tail", "3000007", "1"], Reading::EveryLine).await;
    assert_eq!((exit.exit, exit.out, exit.dropped), (Some(1), 3_000_007, 0));
    let expected: Vec<u8> = b"0123456789abcde\n".iter().copied().cycle().take(3_000_007).collect();
    assert!(log(&world, key, &exit) == expected);
    let lines = world.out(key).lines;
    assert_eq!((lines.len(), lines.last().map(Vec::as_slice)), (187_501, Some(b"0123456".as_slice())));
}

#[tokio::test]
async fn a_flood_is_read_line_by_line_without_a_gap() {
    let mut world = World::new();
    let start = Instant::now();
    let (key, exit) = run(&mut world, &["floods", "300000"], Reading::EveryLine).await;
    let took = start.elapsed();
    println!("24 MB line by line: {took:?}, {:.0} MB/s", exit.out as f64 / 1e6 / took.as_secs_f64());
    assert_eq!(exit.out, 300_000 * 80);
    let heard = world.out(key);
    assert_eq!((heard.skipped, heard.lines.len()), (0, 300_000));
    let is_in_order = heard.lines.iter().enumerate().all(|(n, line)| line == format!("{n:079}").as_bytes());
    assert!(is_in_order);
}

#[tokio::test]
async fn a_tail_reader_skips_a_flood_says_how_much_and_sees_its_end() {
    let mut world = World::new();
    let start = Instant::now();
    let (key, exit) = run(&mut world, &["floods", "2000000"], Reading::Tail).await;
    let took = start.elapsed();
    println!("160 MB to the log: {took:?}, {:.0} MB/s", exit.out as f64 / 1e6 / took.as_secs_f64());
    let heard = world.out(key);
    let read: u64 = heard.lines.iter().map(|line| line.len() as u64 + 1).sum();
    assert_eq!(heard.lines.last(), Some(&format!("{:079}", 1_999_999).into_bytes()));
    assert!(heard.skipped > 0 && read + heard.skipped <= exit.out, "{read} and {}", heard.skipped);
    // Beyond the cap the middle is gone, and it is written down where.
    let (from, to) = world.folder(key).read_gap().expect("the cap was reached").out.expect("of this log");
    assert_eq!(from, 32 << 20);
    assert_eq!(log(&world, key, &exit).len() as u64, exit.out - (to - from));
}

#[tokio::test]
async fn five_floods_at_once_go_to_their_logs_and_cost_this_process_little() {
    let mut world = World::new();
    let used = || {
        let own = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        own.tv_sec as f64 + own.tv_nsec as f64 / 1e9
    };
    let (start, before) = (Instant::now(), used());
    for _ in 0..5 {
        world.start_with(&["floods", "1000000"], |start| start.reading = Reading::Tail);
    }
    let mut bytes = 0;
    while bytes < 5 * 80_000_000 {
        if let Fact::Exited { exit, .. } = world.fact().await {
            assert_eq!((exit.out, exit.dropped), (80_000_000, 0));
            bytes += exit.out;
        }
    }
    let took = start.elapsed().as_secs_f64();
    println!(
        "five floods, 5 M lines: {took:.2} s, {:.1} M lines/s, {:.2} s of our processor",
        5.0 / took,
        used() - before
    );
}

#[tokio::test]
async fn a_line_of_100_mb_is_cut_and_costs_no_more_than_its_cut() {
    let mut world = World::new();
    let (key, exit) = run(&mut world, &["long-line", "100000000"], Reading::EveryLine).await;
    assert_eq!((exit.out, exit.dropped), (100_000_000, 0));
    let heard = world.out(key);
    // A reader that was slower than the log's tail is long sees the end of the line once more.
    let line = &heard.lines[0];
    assert_eq!(line.len(), (16 << 20) + b" [cut]".len());
    assert!(line.ends_with(b"x [cut]"));
}

#[tokio::test]
async fn bytes_that_are_no_text_and_escape_sequences_arrive_as_they_are() {
    let mut world = World::new();
    let (key, exit) = run(&mut world, &["bytes"], Reading::EveryLine).await;
    let written = log(&world, key, &exit);
    assert_eq!(&written[..256], (0..=255).collect::<Vec<u8>>());
    let lines = world.out(key).lines;
    assert_eq!(lines.last().map(Vec::as_slice), Some(b"\xff\xfe\xc3\x28\xf0\x9f\xe2\x82".as_slice()));
    let (key, _) = run(&mut world, &["escapes"], Reading::Tail).await;
    let lines = world.out(key).lines;
    assert_eq!(lines.last().map(Vec::as_slice), Some(b"\x1b]0;a title that never ends".as_slice()));
    assert_eq!(lines.len(), 10);
}

#[tokio::test]
async fn both_streams_are_kept_apart() {
    let mut world = World::new();
    let key = world.start_with(&[], |start| {
        start.spec.program = "sh".into();
        start.spec.args = vec!["-c".into(), "echo out; echo err >&2; printf last >&2".into()];
    });
    world.started(key).await;
    world.exited(key).await;
    assert_eq!(world.text(key), ["out"]);
    assert_eq!(world.heard(key, Stream::Err).lines, [b"err".to_vec(), b"last".to_vec()]);
}

#[tokio::test]
async fn a_disk_that_is_full_drops_output_counts_it_and_keeps_the_exit() {
    let mut world = World::new();
    let Some(small) = SmallDisk::new() else {
        println!("no small disk can be mounted here");
        return;
    };
    let folder = small.path().join("agent-1");
    let key = world.start_with(&["tail", "3000000", "5"], |start| start.folder = folder);
    world.started(key).await;
    let exit = world.exited(key).await;
    assert_eq!((exit.exit, exit.out + exit.dropped), (Some(5), 3_000_000));
    assert!(exit.dropped > 0);
    let kept = quintet::shim::Folder::new(small.path().join("agent-1")).read_exit();
    assert_eq!(kept.expect("there was room for it"), exit);
}

#[tokio::test]
async fn an_attempt_on_a_full_disk_can_be_killed() {
    let mut world = World::new();
    let Some(small) = SmallDisk::new() else {
        println!("no small disk can be mounted here");
        return;
    };
    let folder = small.path().join("agent-1");
    let key = world.start_with(&["deaf"], |start| start.folder = folder);
    world.started(key).await;
    let filler = std::fs::write(small.path().join("filler"), vec![0; 2 << 20]);
    assert_eq!(filler.expect_err("the disk is full").kind(), std::io::ErrorKind::StorageFull);
    world.order(key, ShimOrder::Kill);
    assert_eq!(world.exited(key).await.reason, Reason::Killed);
    assert_eq!(world.alive(), [0; 0]);
}

#[tokio::test]
async fn an_attempt_whose_folder_was_deleted_can_be_killed() {
    let mut world = World::new();
    let key = world.ready(&["deaf"]).await;
    std::fs::remove_dir_all(world.folder(key).path()).expect("it can be deleted");
    world.order(key, ShimOrder::Kill);
    assert_eq!(world.exited(key).await.reason, Reason::Killed);
    assert_eq!(world.alive(), [0; 0]);
}

/// A disk of one megabyte, for those who may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> Option<SmallDisk> {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "small"]).arg(home.path());
        mount.stderr(std::process::Stdio::null()).status().ok()?.success().then_some(SmallDisk(home))
    }

    fn path(&self) -> &std::path::Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Without it the temporary folder stays busy, no more.
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}
