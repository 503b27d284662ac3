//! Quintet is killed with SIGKILL: by policy the tree ends, or it is found again and nothing is lost.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use quintet::plan::AgentId;
use quintet::shell::attempts::{Fact, Key, Offsets};
use quintet::shim::{Folder, Reason, ShimOrder};

use super::world::{World, hostile, is_dead, kill_9, quintet, until};

const KEY: Key = Key { agent: AgentId(0), attempt: 1 };

/// A Quintet in another process, with one attempt.
struct Doomed {
    process: Child,
    pid: i32,
}

impl Doomed {
    /// Starts it and waits until its agent runs.
    fn start(world: &World, policy: &str, words: &[&str]) -> Doomed {
        let mut process = Command::new(hostile())
            .args(["quintet", &quintet().to_string_lossy(), &world.folder(KEY).path().to_string_lossy(), policy])
            .args(words)
            .env("RUN", &world.run)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it was asked for");
        BufReader::new(stdout).read_line(&mut line).expect("it says what happens");
        assert!(line.contains("Started"), "{line}");
        let pid = process.id() as i32;
        Doomed { process, pid }
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
    assert!(start.elapsed() < Duration::from_secs(1));
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
async fn killed_at_many_moments_nothing_is_lost_and_nothing_runs_twice() {
    for n in 0..12 {
        let world = World::new();
        let doomed = Doomed::start(&world, "keep", &["counts", "400", "100"]);
        std::thread::sleep(Duration::from_millis(n * 7));
        doomed.kill();
        let mut world = world.another_quintet();
        world.adopt(KEY, Offsets::default());
        let exit = loop {
            match world.fact().await {
                Fact::Adopted { .. } => {}
                Fact::Exited { exit, .. } => break exit,
                other => panic!("after {} ms: {other:?}", n * 7),
            }
        };
        assert_eq!((exit.exit, world.out(KEY).lines.len()), (Some(0), 400));
        assert_eq!(world.alive(), [0; 0]);
    }
}
