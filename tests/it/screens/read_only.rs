//! Runs that cannot be steered: those that something else drives, and those that were; and the list of the latter.

use chrono::{TimeZone, Utc};
use quintet::plan::Plan;
use quintet::run::{Earlier, Outcome, Source};
use quintet::screen::look::Look;
use quintet::screen::{Intent, Pane, QuitChoice};
use quintet::team_dir::Sighting;

use super::world::World;

/// A team of which only its status file is known.
fn watched(size: (u16, u16)) -> World {
    let mut world = World::of(Plan::of_names("some-project", &[]), Look::default(), size);
    world.run.source = Source::Files;
    see(
        &mut world,
        r#"{"agents":[
            {"name":"architecture-analyst","status":"working","current_task":"reads cmd/main.go","left_s":600},
            {"name":"security-auditor","status":"in progress","criteria":{"met":1,"of":3}},
            {"name":"performance-engineer","status":"completed","report":".claude-team/reports/performance.md"},
            {"name":"documentation-reviewer","status":"queued"}]}"#,
    );
    world.urgent(1, quintet::scheduler::Severity::High, "keys are in the image", Some(("Dockerfile", 3)));
    world
}

fn see(world: &mut World, status: &str) {
    let sighting = Sighting::read(status).expect("it tells of agents");
    world.run.join(&world.run.strangers(&sighting));
    world.screen.planned(&world.run);
    let wall = world.wall();
    let records = world.run.sighted(world.now, wall, wall, &sighting);
    for record in records {
        let intents = world.screen.changed(&world.run, world.now, &record);
        world.intents.extend(intents);
    }
}

#[test]
fn a_team_that_something_else_drives_has_the_same_panels() {
    for size in [(160, 48), (80, 24), (40, 12)] {
        insta::assert_snapshot!(watched(size).shown());
    }
}

#[test]
fn what_a_watched_team_does_next_is_shown_in_its_place() {
    let mut world = watched((120, 40));
    world.wait(30);
    see(
        &mut world,
        r#"{"architecture-analyst":{"status":"done"},"security-auditor":{"status":"needs input","now":"may it scan?"}}"#,
    );
    let shown = world.shown();
    assert!(shown.contains("◆ security-auditor") && shown.contains("may it scan?"), "{shown}");
    assert!(shown.contains("✓ architecture-analyst"), "{shown}");
}

#[test]
fn a_key_that_steers_says_why_it_cannot_and_is_not_offered() {
    let mut world = watched((120, 40));
    world.press("1");
    assert!(!world.shown().contains("p pause"), "{}", world.shown());
    world.press("p x w P D >");
    assert_eq!(world.asked(), []);
    assert!(world.shown().contains("something else drives this team: it can be looked at, not steered"));
    world.press(": q");
    assert!(!world.shown().contains("Pause"), "{}", world.shown());
    world.press("esc q");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::Leave)]);
}

#[test]
fn a_team_without_agents_yet_can_be_looked_at_all_the_same() {
    let mut world = World::of(Plan::of_names("some-project", &[]), Look::default(), (120, 40));
    world.run.source = Source::Files;
    world.press("tab tab tab up down left right enter t enter esc r enter esc f c E L Q x d u");
    assert!(world.shown().contains("watched"));
}

fn earlier(id: &str, day: u32, outcome: Outcome, done: usize) -> Earlier {
    Earlier {
        id: id.to_owned(),
        began: Utc.with_ymd_and_hms(2025, 11, day, 13, 40, 0).single().expect("a moment"),
        took: std::time::Duration::from_secs(2530),
        outcome,
        plan: "plan.md".to_owned(),
        done,
        agents: 10,
    }
}

#[test]
fn earlier_runs_are_listed_and_one_is_chosen() {
    let mut world = World::busy((120, 40));
    world.press("H");
    assert_eq!(world.asked(), [Intent::ListEarlier]);
    let runs = vec![
        earlier("1121-1340-c2x", 21, Outcome::Complete, 10),
        earlier("1120-1340-b7m", 20, Outcome::NotComplete, 8),
        earlier("1119-1340-a1k", 19, Outcome::Unfinished, 3),
    ];
    world.screen.found_earlier(runs);
    insta::assert_snapshot!(world.shown());
    world.press("down enter");
    assert_eq!(world.asked(), [Intent::ShowEarlier("1120-1340-b7m".to_owned())]);
    world.press("esc H");
    world.screen.found_earlier(Vec::new());
    assert!(world.shown().contains("there is no earlier run"));
    assert!(matches!(world.screen.pane, Some(Pane::History { .. })));
}

#[test]
fn a_run_that_was_broken_off_stands_still_when_it_is_read() {
    let mut world = World::busy((160, 48));
    world.run.source = Source::Journal;
    world.run.come_to_rest();
    let screen =
        quintet::screen::Screen::new(Look::default(), quintet::screen::keys::KeyMap::default(), &world.run, (160, 48));
    world.screen = screen;
    let before = world.shown();
    insta::assert_snapshot!(before);
    world.wait(3600);
    assert_eq!(world.shown(), before);
    assert_eq!(world.screen.next_change(&world.run, world.now), None);
    world.press("esc q");
    assert_eq!(world.asked(), [Intent::Quit(QuitChoice::Leave)]);
}
