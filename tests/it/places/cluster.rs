//! A Slurm cluster.

use super::hosts::{state_of, until};
use super::lab::Cluster;
use super::{DEAF, WAITS, WORKS};
use crate::runs::world::{World, lives};

const SLURM: &str = "[places.slurm]\nkind = \"slurm\"\nslots = 8\n";

fn on(cluster: &Cluster, world: World) -> World {
    world.env("SLURM_CONF", &cluster.config()).set(SLURM)
}

#[test]
fn ten_agents_run_as_jobs_and_no_secret_is_in_slurms_state() {
    let Some(cluster) = Cluster::shared() else { return };
    let names: Vec<String> = (0..10).map(|n| format!("agent-{n}")).collect();
    let mut world = World::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for name in &names {
        world = world.play(name, &format!("test \"$MY_API_KEY\" = canary-7531 || exit 9\n{WORKS}"));
    }
    let canary = std::path::Path::new("canary-7531");
    let world = on(cluster, world.env("MY_API_KEY", canary));
    let ran = world.run(&["--place", "slurm", "--slots", "10"]);
    assert_eq!(ran.code(), 0, "{}\n{:?}", ran.errors, ran.verdicts());
    assert!(ran.verdicts().values().all(|verdict| verdict == "done"));
    let most = ran.all("run.ended").next().map(|end| end["slots"]["max_active"].clone());
    assert_eq!(most, Some(8.into()), "the place has eight slots, the run ten");
    let queued = |it: &serde_json::Value| it["queued_s"].as_f64().is_some_and(|seconds| seconds > 0.0);
    assert!(ran.all("attempt.ended").all(queued), "the wait is not told");
    for file in cluster.state_files() {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let has_it = bytes.windows(11).any(|window| window == b"canary-7531");
        assert!(!has_it, "the secret is in {}", file.display());
    }
}

#[test]
fn a_job_is_paused_resumed_and_ended_by_its_folder() {
    let Some(cluster) = Cluster::shared() else { return };
    let world = on(cluster, World::new(&["alpha", "beta"]).play("alpha", WAITS).play("beta", DEAF));
    let mut running = world.begin(&["--place", "slurm", "--grace", "1s"]);
    let started = [running.until("attempt.started", ""), running.until("attempt.started", "")];
    let pid = started.iter().find(|it| it["agent"] == "alpha").and_then(|it| it["pid"].as_i64()).expect("it started");
    assert_eq!(world.say(&["ctl", "pause", "alpha"]).0, 0);
    until(|| state_of(pid) == Some('T'), "it stands");
    assert_eq!(world.say(&["ctl", "resume", "alpha"]).0, 0);
    until(|| state_of(pid) != Some('T'), "it goes on");
    assert_eq!(world.say(&["ctl", "stop", "beta"]).0, 0);
    let ended = running.until("attempt.ended", "beta");
    assert_eq!(ended["verdict"], "out_of_time", "{ended}");
    world.write("go", "");
    let ran = running.end();
    assert_eq!(ran.verdicts()["alpha"], "done");
    assert!(!lives(started[0]["run"].as_str().expect("it has an id")), "something of them lives");
}

#[test]
fn after_a_crash_of_quintet_jobs_are_found_again_running_or_queued_and_run_once() {
    let Some(cluster) = Cluster::shared() else { return };
    let world = World::new(&["alpha", "beta"]).play("alpha", WAITS).play("beta", WAITS);
    // A setting of the agent that was played last: it waits until it is released.
    let held = "place = \"held\"\n[places.held]\nkind = \"slurm\"\noptions = [\"--hold\"]\n";
    let world = on(cluster, world.set(held));
    let mut running = world.begin(&["--place", "slurm"]);
    running.until("attempt.started", "alpha");
    // Its job is there, or its submission is on the way: it must be found either way.
    until(|| cluster.say("squeue", &["-h", "-t", "pending", "-o", "%j"]).contains("beta-1"), "it is submitted");
    running.crash();
    let mut running = world.begin(&[]);
    let first = running.until("run.resumed", "");
    running.until("attempt.adopted", "alpha");
    let name = format!("quintet-{}-beta-1", first["run"].as_str().expect("it has an id"));
    let jobs = cluster.say("squeue", &["-h", "-t", "pending", "-n", &name, "-o", "%A"]);
    assert_eq!(jobs.lines().count(), 1, "submitted twice: {jobs}");
    cluster.say("scontrol", &["release", &jobs]);
    running.until("attempt.started", "beta");
    world.write("go", "");
    let ran = running.end();
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!((world.read("starts-alpha"), world.read("starts-beta")), ("1\n".to_owned(), "1\n".to_owned()));
}

#[test]
fn what_waits_in_the_queue_is_withdrawn_when_it_is_killed() {
    let Some(cluster) = Cluster::shared() else { return };
    let world = World::new(&["alpha"]).play("alpha", WAITS);
    let world = world.env("SLURM_CONF", &cluster.config());
    let world = world.set("[places.slurm]\nkind = \"slurm\"\noptions = [\"--hold\"]\n");
    let mut running = world.begin(&["--place", "slurm"]);
    while running.until("attempt.queued", "alpha")["why"] != "JobHeldUser" {}
    let (_, status, _) = world.say(&["status", "--json"]);
    assert!(status.contains("\"state\":\"queued\""), "{status}");
    assert_eq!(world.say(&["ctl", "kill", "alpha"]).0, 0);
    let ran = running.end();
    assert_eq!(ran.verdicts()["alpha"], "killed");
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!(ended["run_s"], 0.0, "{ended}");
    let name = format!("quintet-{}-alpha-1", ended["run"].as_str().expect("it has an id"));
    assert_eq!(cluster.say("squeue", &["-h", "-n", &name, "-o", "%A"]), "", "it is in the queue still");
}

#[test]
fn doctor_sees_the_project_through_a_job() {
    let Some(cluster) = Cluster::shared() else { return };
    let world = on(cluster, World::new(&["alpha"]));
    world.settle();
    world.write(".config/quintet/config.toml", &world.read("quintet.toml"));
    world.write("quintet.toml", "");
    let (_, said, _) = world.say(&["doctor", "--places"]);
    assert!(said.contains("slurm sees the project"), "{said}");
}

#[test]
fn a_submission_that_slurm_refuses_fails_with_slurms_words() {
    let Some(cluster) = Cluster::shared() else { return };
    let world = World::new(&["alpha"]).play("alpha", WORKS).env("SLURM_CONF", &cluster.config());
    let world = world.set("[places.slurm]\nkind = \"slurm\"\noptions = [\"--partition=nowhere\"]\n");
    let ran = world.run(&["--place", "slurm", "--retries", "0"]);
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("Invalid partition name")), "{ended}");
    assert_eq!(ran.verdicts()["alpha"], "failed");
}

#[test]
fn an_attempt_on_a_node_that_dies_is_lost_and_the_next_one_runs_elsewhere() {
    let Some(cluster) = Cluster::start(2) else { return };
    let world = World::new(&["alpha"]).play("alpha", &format!("echo $SLURMD_NODENAME > node\n{WAITS}"));
    let world = on(&cluster, world);
    let mut running = world.begin(&["--place", "slurm"]);
    let started = running.until("attempt.started", "alpha");
    until(|| std::fs::read_to_string(world.path("starts-alpha")).is_ok(), "it runs");
    cluster.kill_node(world.read("node").trim());
    let ended = running.until("attempt.ended", "alpha");
    assert_eq!(ended["verdict"], "lost", "{ended}");
    // NODE_FAIL, or FAILED for the launch that nobody heard of.
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("Slurm says")), "{ended}");
    running.until("attempt.started", "alpha");
    world.write("go", "");
    let ran = running.end();
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(world.read("starts-alpha"), "1\n2\n", "each attempt once");
    assert!(!lives(started["run"].as_str().expect("it has an id")));
}
