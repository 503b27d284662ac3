//! What new users stumbled over, each a story.

use quintet::scheduler::{By, Command, EndOrder, Record, Severity};
use quintet::screen::look::{Look, Shade};
use quintet::screen::{Focus, Intent, Overlay};

use super::world::{World, plan};

#[test]
fn an_urgent_issue_comes_into_sight_and_leaves_the_keys_where_they_are() {
    let mut world = World::busy((80, 24));
    world.press("2");
    world.wait(10);
    world.urgent(4, Severity::Critical, "the disk is full", None);
    let shown = world.shown();
    assert!(shown.contains("the disk is full"), "{shown}");
    assert!(shown.contains("p pause") && shown.contains("x stop"), "{shown}");
    assert_eq!(world.screen.focus, Focus::Seat(1));
    world.press("3");
    assert!(!world.shown().contains("the disk is full"));
}

#[test]
fn the_banner_of_a_held_run_begins_with_the_key_that_helps() {
    let mut world = World::busy((80, 24));
    let why = "security-auditor and testing-engineer failed for the same reason: exit 127: no such program: claude";
    world.take(Record::RunHeld { why: why.to_owned() });
    assert!(world.shown().contains("held · c resumes the run · security-auditor"), "{}", world.shown());
}

#[test]
fn draining_tells_its_way_back_and_the_same_key_is_it() {
    let mut world = World::busy((80, 24));
    world.press("D");
    assert_eq!(world.asked(), [Intent::Order(Command::Drain)]);
    world.take(Record::RunDraining { by: By::Screen });
    assert!(world.shown().contains("D lets agents start again"), "{}", world.shown());
    world.press("D");
    assert_eq!(world.asked(), [Intent::Order(Command::Release)]);
}

#[test]
fn a_parked_agent_is_found_by_name_and_goes_on() {
    let mut world = World::busy((120, 40));
    let name = world.name(5);
    world.take(Record::AttemptOrdered {
        agent: name.clone(),
        attempt: 1,
        order: EndOrder::Park,
        by: By::Screen,
        within_s: 10.0,
    });
    world.end(5, 1, quintet::scheduler::AttemptVerdict::OutOfTime, None);
    world.take(Record::AgentParked { agent: name.clone(), by: By::Screen });
    assert!(world.shown().contains("parked, until it is resumed"), "{}", world.shown());
    world.press("1 :");
    world.type_in("resume integ");
    assert!(world.shown().contains(&format!("Resume {name}, which is parked")), "{}", world.shown());
    world.press("enter");
    let resumed = Command::Resume { agent: quintet::plan::AgentId(5), attempt: None };
    assert_eq!(world.asked(), [Intent::Order(resumed)]);
}

#[test]
fn an_agent_that_takes_no_messages_is_not_written_to() {
    let mut world = World::busy((200, 60));
    world.press("1");
    assert!(world.shown().contains("m message"));
    world.run.deaf_engines.insert("claude".to_owned());
    assert!(!world.shown().contains("m message"));
    world.press("2 m");
    assert!(world.screen.overlay.is_none());
    assert!(world.shown().contains("claude takes no messages while it works"), "{}", world.shown());
}

#[test]
fn a_finding_that_is_urgent_too_is_listed_once() {
    let mut world = World::busy((120, 40));
    let (text, place) = ("the tenant is not in the filter", Some(("internal/store.go", 88)));
    world.finding(1, Severity::Critical, text, place);
    world.urgent(1, Severity::Critical, text, place);
    let listed = quintet::screen::feed::findings(&world.run, Severity::Info);
    assert_eq!(listed.iter().filter(|at| world.run.feed.entries[**at].text == text).count(), 1);
}

#[test]
fn a_progress_bar_is_shown_as_it_stood_last() {
    let mut world = World::busy((160, 48));
    world.run.live[1].printed("10%\r50%\r100% packed\r".to_owned());
    world.say(4, "1 of 9\r9 of 9 tests");
    world.press("2 enter");
    assert!(world.shown().contains("100% packed") && !world.shown().contains("50%"), "{}", world.shown());
    world.press("esc");
    assert!(world.shown().contains("9 of 9 tests") && !world.shown().contains("1 of 9"), "{}", world.shown());
}

#[test]
fn a_short_run_has_a_timeline_whose_marks_differ() {
    for seconds in [1, 3, 7, 40, 100, 4000, 100_000] {
        let mut world = World::new((160, 48));
        world.start(0, 1);
        world.wait(seconds);
        world.press("t");
        let shown = world.shown();
        let axis = shown.lines().find(|line| line.contains(" 00:00 ")).unwrap_or_else(|| panic!("{shown}"));
        let right = axis.rsplit_once('│').map_or(axis, |(axis, _)| axis).rsplit('│').next().unwrap_or(axis);
        let marks: Vec<&str> = right.split_whitespace().collect();
        let mut different = marks.clone();
        different.dedup();
        assert!(marks.len() > 1 && marks == different, "{seconds} s: {axis}");
    }
}

#[test]
fn who_waits_says_for_whom() {
    let mut plan = plan();
    plan.agents[9].needs = vec![quintet::plan::AgentId(4), quintet::plan::AgentId(2)];
    let mut world = World::of(plan, Look::default(), (160, 48)).and_busy();
    let shown = world.shown();
    assert!(shown.contains("waits for security-auditor") || shown.contains("for security-audi"), "{shown}");
    assert!(shown.contains("+1"), "{shown}");
    world.press("tab");
    assert!(!world.shown().contains("needs 1"));
}

#[test]
fn the_critical_path_is_there_without_colours_and_with_plain_characters() {
    let look = Look { ascii: true, theme: Shade::Mono, ..Look::default() };
    let mut world = World::of(plan(), look, (160, 48));
    world.start(0, 1);
    let shown = world.shown();
    assert!(shown.contains("= critical path, at most 30 min"), "{shown}");
    assert!(shown.contains("architecture-analyst =") && shown.contains("security-auditor -"), "{shown}");
}

#[test]
fn the_help_says_which_keys_go_to_a_slot() {
    let mut world = World::busy((80, 24));
    world.press("?");
    for _ in 0..4 {
        world.press("pagedown");
    }
    assert!(matches!(world.screen.overlay, Some(Overlay::Help(_))));
    let mut all = String::new();
    for _ in 0..10 {
        all.push_str(&world.shown());
        world.press("pageup");
    }
    assert!(all.contains("1 to 9"), "{all}");
}
