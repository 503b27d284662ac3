//! `quintet selftest`, as a person runs it.

use std::fs;
use std::process::Stdio;

use super::world::World;

#[test]
fn the_selftest_proves_every_promise_and_leaves_nothing_behind() {
    let world = World::new(&["alpha"]);
    let (code, out, errors) = say(&world, "exec \"$0\" selftest --json");
    let tested: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{errors}"));
    println!("{tested:#}");
    assert_eq!((code, &tested["holds"]), (0, &true.into()), "{tested:#}");
    assert_eq!(tested["proofs"].as_array().map(Vec::len), Some(11));
    assert!(tested["took_s"].as_f64().is_some_and(|took| took < 60.0), "{tested:#}");
    assert_eq!(left(&world), [""; 0]);
}

#[test]
fn a_promise_that_cannot_be_shown_is_a_miss_and_its_runs_are_kept() {
    let world = World::new(&["alpha"]);
    // Too few descriptors for any run.
    let (code, out, _) = say(&world, "ulimit -n 14; exec \"$0\" selftest");
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("✗ Quintet killed") || out.contains("✗ crash"), "{out}");
    assert!(out.contains(&left(&world)[0]), "{out}");
}

#[test]
fn an_interrupted_selftest_ends_its_agents_and_removes_its_folder() {
    let world = World::new(&["alpha"]);
    let mut selftest = command(&world, "exec \"$0\" selftest").stdout(Stdio::null()).spawn().expect("it starts");
    world.until("its agents run", || fakes(&world) >= 3);
    let pid = rustix::process::Pid::from_child(&selftest);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
    assert_eq!(selftest.wait().expect("it is a child").code(), Some(130));
    assert_eq!((left(&world), fakes(&world)), (Vec::new(), 0));
}

fn command(world: &World, script: &str) -> std::process::Command {
    let folder = world.path("tmp");
    fs::create_dir_all(&folder).expect("it can be made");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", script, env!("CARGO_BIN_EXE_quintet")]).env("TMPDIR", folder).stdin(Stdio::null());
    command
}

fn say(world: &World, script: &str) -> (i32, String, String) {
    let output = command(world, script).output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// Returns the names of what is in the temporary folder.
fn left(world: &World) -> Vec<String> {
    let entries = fs::read_dir(world.path("tmp")).expect("it is there").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Counts the processes that play agents of this selftest: their ledger lies in its folder.
fn fakes(world: &World) -> usize {
    let folder = world.path("tmp").to_string_lossy().into_owned();
    let line = |pid: &fs::DirEntry| fs::read(pid.path().join("cmdline")).unwrap_or_default();
    let is_fake = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        line.contains("\0__fake\0") && line.contains(&folder)
    };
    fs::read_dir("/proc").expect("there is one").flatten().filter(|pid| is_fake(&line(pid))).count()
}
