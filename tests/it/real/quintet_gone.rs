//! Quintet is killed with SIGKILL: by policy the tree ends, or it is found again and nothing is lost.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use quintet::plan::AgentId;
use quintet::shell::attempts::{Fact, Key, Offsets};
use quintet::shim::{Folder, Policy, Reason, ShimOrder};

use super::world::{World, assert_within, hostile, is_dead, kill_9, quintet, until};

const KEY: Key = Key { agent: AgentId(0), attempt: 1 };

/// A Quintet in another process, with one attempt.
struct Doomed {
    process: Child,
    pid: i32,
}

impl Doomed {
    fn spawn(world: &World, policy: &str, words: &[&str]) -> Doomed {
        let process = Command::new(hostile())
            .args(["quintet", &quintet().to_string_lossy(), &world.folder(KEY).path().to_string_lossy(), policy])
            .args(words)
            .env("RUN", &world.run)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let pid = process.id() as i32;
        Doomed { process, pid }
    }

    /// Starts it and waits until its agent runs.
    fn start(world: &World, policy: &str, words: &[&str]) -> Doomed {
        let mut doomed = Doomed::spawn(world, policy, words);
        let mut line = String::new();
        let stdout = doomed.process.stdout.take().expect("it was asked for");
        BufReader::new(stdout).read_line(&mut line).expect("it says what happens");
        assert!(line.contains("Started"), "{line}");
        doomed
    }

    fn kill(mut self) {
        kill_9(self.pid);
        self.process.wait().expect("it was started");
    }
}

fn agent_of(folder: &Folder) -> i32 {
    folder.read_pid().expect("it runs").agent.expect("its agent was started").pid
}

#[tokio::test]
async fn under_the_policy_end_everything_is_gone_within_two_seconds() {
    for words in [&["deaf"] as &[&str], &["escapee", "stays", "deaf"], &["racers", "1"]] {
        let world = World::new();
        Doomed::start(&world, "end", words).kill();
        let folder = world.folder(KEY);
        let took = until("the shim ends it", Duration::from_secs(2), || folder.exit().exists());
        println!("{words:?} ended {took:?} after Quintet was killed");
        assert_eq!(folder.read_exit().expect("written").reason, Reason::Orphaned);
        assert_eq!(world.alive(), [0; 0]);
    }
}

#[test]
fn under_the_policy_end_nothing_is_left_whatever_the_moment() {
    for n in 0..12 {
        let world = World::new();
        let doomed = Doomed::spawn(&world, "end", &["escapee", "stays", "obeys"]);
        std::thread::sleep(Duration::from_micros(n * 7919 % 40_000));
        doomed.kill();
        // A shim that has only just been started counts as alive too.
        let is_shim_there = || quintet::shim::is_held(&world.folder(KEY));
        until("all of it is gone", Duration::from_secs(2), || !is_shim_there() && world.alive().is_empty());
    }
}

#[tokio::test]
async fn under_the_policy_end_a_paused_tree_is_gone_too() {
    let world = World::new();
    let doomed = Doomed::start(&world, "end", &["busy"]);
    let folder = world.folder(KEY);
    until("it has started", Duration::from_secs(5), || world.alive().len() >= 3);
    std::fs::write(folder.ctl(), ShimOrder::Stop.line(1)).expect("written");
    // The shim looks at its orders when its Quintet dies, at the latest.
    doomed.kill();
    until("the shim ends it", Duration::from_secs(2), || folder.exit().exists());
    assert_eq!(world.alive(), [0; 0]);
    assert!(std::fs::read_to_string(folder.done()).expect("acknowledged").starts_with("1 ok"));
}

#[tokio::test]
async fn under_the_policy_keep_it_is_adopted_with_the_same_pid_and_no_line_is_lost() {
    let world = World::new();
    let doomed = Doomed::start(&world, "keep", &["counts", "3000", "200"]);
    let folder = world.folder(KEY);
    let agent = agent_of(&folder);
    doomed.kill();
    assert!(!is_dead(agent));

    let mut world = world.another_quintet();
    let start = Instant::now();
    world.adopt(KEY, Offsets::default());
    assert_eq!(world.fact().await, Fact::Adopted { key: KEY, pid: agent });
    println!("adopted in {:?}", start.elapsed());
    assert_within(Duration::from_secs(1), start.elapsed(), "an adoption");
    let exit = world.exited(KEY).await;
    assert_eq!((exit.exit, exit.reason), (Some(0), Reason::Exited));
    let expected: Vec<Vec<u8>> = (0..3000).map(|n| n.to_string().into_bytes()).collect();
    assert!(world.out(KEY).lines == expected);
}

#[tokio::test]
async fn an_adopted_attempt_obeys_orders_and_reading_goes_on_where_it_was() {
    let mut world = World::new();
    let key = world.ready(&["interruptible"]).await;
    let read = Offsets { out: world.heard(key, quintet::engine::Stream::Out).offset_after, ..Offsets::default() };
    let mut world = world.another_quintet();
    world.adopt(key, read);
    assert!(matches!(world.fact().await, Fact::Adopted { .. }));
    world.order(key, ShimOrder::Int);
    world.printed(key, "interrupted").await;
    world.order(key, ShimOrder::Kill);
    assert_eq!(world.exited(key).await.reason, Reason::Killed);
    assert_eq!(world.text(key), ["interrupted"]);
}

#[tokio::test]
async fn a_quintet_that_leaves_waits_for_what_it_ended_and_leaves_the_rest_running() {
    let mut world = World::new();
    let ended = world.ready(&["obeys"]).await;
    let kept = world.ready(&["obeys"]).await;
    let folder = world.folder(ended);
    world.order(ended, ShimOrder::Term);
    let world = world.leave().await;
    assert_eq!(folder.read_exit().expect("it was waited for").exit, Some(0));

    let mut world = world;
    world.adopt(kept, Offsets::default());
    assert!(matches!(world.fact().await, Fact::Adopted { .. }));
    world.order(kept, ShimOrder::Term);
    assert_eq!(world.exited(kept).await.exit, Some(0));
}

#[tokio::test]
async fn the_policy_can_be_changed_by_the_last_order_before_quintet_leaves() {
    let mut world = World::new();
    let key = world.ready(&["obeys"]).await;
    world.order(key, ShimOrder::Policy(Policy::End));
    let world = world.leave().await;
    let folder = world.folder(key);
    until("the shim ends it", Duration::from_secs(2), || folder.exit().exists());
    let exit = folder.read_exit().expect("written");
    assert_eq!((exit.exit, exit.reason), (Some(0), Reason::Orphaned));
}

#[test]
fn a_plain_pipe_is_a_lifeline_too() {
    let world = World::new();
    let folder = world.folder(KEY);
    let mut spec = world.spec(KEY, &["deaf"]);
    spec.policy = Policy::End;
    std::fs::create_dir(folder.path()).expect("created");
    std::fs::write(folder.spec(), serde_json::to_vec(&spec).expect("a record")).expect("written");
    let mut shim = Command::new(quintet())
        .arg("__shim")
        .arg(folder.path())
        .env("QUINTET_RUN", &world.run)
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    until("the agent starts", Duration::from_secs(5), || folder.read_pid().is_ok_and(|pid| pid.agent.is_some()));
    drop(shim.stdin.take());
    let status = shim.wait().expect("it was started");
    assert!(status.success(), "{status}");
    assert_eq!(folder.read_exit().expect("written last").reason, Reason::Orphaned);
}

/// From before the folder is written to after the agent's end: whatever the moment, the next Quintet finds either
/// nothing at all, or an attempt that ran once and lost no line. More moments: `MOMENTS=200`.
#[tokio::test]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_runs_twice() {
    let moments = std::env::var("MOMENTS").ok().and_then(|moments| moments.parse().ok()).unwrap_or(24);
    let mut ends = std::collections::BTreeMap::<&str, u32>::new();
    for n in 0..moments {
        let world = World::new();
        let doomed = Doomed::spawn(&world, "keep", &["counts", "300", "60"]);
        // Moments spread over 60 ms, in no order, each a few more microseconds into its millisecond.
        std::thread::sleep(Duration::from_micros(n * 7919 % 60_000));
        doomed.kill();

        let mut world = world.another_quintet();
        world.adopt(KEY, Offsets::default());
        let end = loop {
            match world.fact().await {
                Fact::Adopted { .. } => ends.entry("adopted").and_modify(|count| *count += 1).or_insert(1),
                Fact::Started { .. } => ends.entry("started").and_modify(|count| *count += 1).or_insert(1),
                end => break end,
            };
        };
        let printed = world.text(KEY);
        match end {
            Fact::Exited { exit, .. } => {
                let all: Vec<String> = (0..300).map(|n| n.to_string()).collect();
                assert!(exit.exit == Some(0) && printed == all, "moment {n}: {exit:?}, {} lines", printed.len());
                *ends.entry("exited").or_default() += 1;
            }
            Fact::Lost { .. } => {
                assert!(printed.is_empty() && !world.folder(KEY).pid().exists(), "moment {n}: it ran and was lost");
                *ends.entry("never written").or_default() += 1;
            }
            other => panic!("moment {n}: {other:?}"),
        }
        assert_eq!(world.alive(), [0; 0], "moment {n}");
    }
    println!("{moments} kills: {ends:?}");
}
