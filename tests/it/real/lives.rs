//! An attempt from its start to its exit.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use quintet::engine::Stream;
use quintet::shell::attempts::Fact;
use quintet::shim::{Reason, ShimOrder};

use super::world::World;

#[tokio::test]
async fn an_attempt_starts_prints_and_exits_with_its_status() {
    let mut world = World::new();
    let key = world.start(&["tail", "48", "7"]);
    let pid = world.started(key).await;
    let exit = world.exited(key).await;
    assert!(pid > 0);
    assert_eq!((exit.exit, exit.signal, exit.reason), (Some(7), None, Reason::Exited));
    assert_eq!(world.text(key), ["0123456789abcde"; 3]);
    assert_eq!(world.alive(), [0; 0]);
}

#[tokio::test]
async fn input_is_given_whole_and_ends_when_nothing_may_follow() {
    let mut world = World::new();
    let key = world.start_with(&["echoes"], |start| start.input = b"the prompt\n".to_vec());
    world.started(key).await;
    assert_eq!(world.exited(key).await.exit, Some(0));
    assert_eq!(world.text(key), ["the prompt", "end of input"]);
}

#[tokio::test]
async fn more_can_be_said_while_it_runs_until_the_input_is_closed() {
    let mut world = World::new();
    let key = world.start_with(&["echoes"], |start| start.keep_input_open = true);
    world.started(key).await;
    world.attempts.write(key, b"first\n").expect("written");
    world.printed(key, "first").await;
    world.attempts.write(key, b"second\n").expect("written");
    world.order(key, ShimOrder::CloseInput);
    assert_eq!(world.exited(key).await.exit, Some(0));
    assert_eq!(world.text(key), ["first", "second", "end of input"]);
}

#[tokio::test]
async fn a_large_input_reaches_a_reader_that_prints_as_it_reads() {
    let mut world = World::new();
    let input: Vec<u8> = (0..300_000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    let key = world.start_with(&["echoes"], |start| start.input = input.clone());
    world.started(key).await;
    world.exited(key).await;
    let echoed: Vec<u8> = world.out(key).lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
    assert!(echoed == [input, b"end of input\n".to_vec()].concat(), "{} bytes came back", echoed.len());
}

#[tokio::test]
async fn the_agent_gets_its_environment_and_nothing_else_and_no_file_keeps_it() {
    let mut world = World::new();
    let key = world.start_with(&["environment"], |start| start.env = vec![("API_KEY".into(), "canary-4711".into())]);
    world.started(key).await;
    world.exited(key).await;
    let run = world.run.clone();
    let mut expected =
        ["API_KEY=canary-4711".to_owned(), "QUINTET_AGENT=agent".into(), "QUINTET_ATTEMPT=1".into()].to_vec();
    expected.push(format!("QUINTET_RUN={run}"));
    let mut printed = world.text(key);
    printed.sort();
    assert_eq!(printed, expected);
    for entry in std::fs::read_dir(world.folder(key).path()).expect("the folder is there").flatten() {
        let is_log = entry.file_name().to_string_lossy().starts_with("out.");
        let text = std::fs::read(entry.path()).expect("readable");
        assert!(is_log || !String::from_utf8_lossy(&text).contains("canary"), "{:?}", entry.path());
        let mode = entry.metadata().expect("readable").permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may not touch {:?}", entry.path());
    }
}

#[tokio::test]
async fn a_program_that_is_missing_cannot_start_and_the_sentence_says_where_it_was_looked_for() {
    let mut world = World::new();
    let key = world.start_with(&[], |start| start.spec.program = "no-such-agent".into());
    let Fact::CannotStart { why, .. } = world.fact().await else { panic!("it started") };
    assert!(why.starts_with("the program `no-such-agent` was not found in PATH ("), "{why}");
    let script = world.home.path().join("script");
    std::fs::write(&script, "#!/no/such/interpreter\n").expect("written");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("changed");
    world.start_with(&[], |start| start.spec.program = script);
    let Fact::CannotStart { why, key: second } = world.fact().await else { panic!("it started") };
    assert!(why.ends_with("the interpreter in its first line does not exist"), "{why}");
    assert_ne!(key, second);
}

#[tokio::test]
async fn what_the_attempts_mcp_server_says_is_told_at_once_and_before_the_exit() {
    let mut world = World::new();
    let key = world.ready(&["obeys"]).await;
    let folder = world.folder(key);
    std::fs::write(folder.said(), "{\"n\":1}\n").expect("written");
    quintet::shim::said(&folder).expect("the shim listens");
    let start = Instant::now();
    world.heard_of(key, Stream::Said).await;
    println!("said to told: {:?}", start.elapsed());
    std::fs::write(folder.said(), "{\"n\":1}\n{\"n\":2}").expect("written");
    world.order(key, ShimOrder::Term);
    assert_eq!(world.exited(key).await.exit, Some(0));
    assert_eq!(world.heard(key, Stream::Said).lines, [b"{\"n\":1}".to_vec(), b"{\"n\":2}".to_vec()]);
    assert_eq!(world.text(key), ["ready", "bye"]);
}
