//! What is opened beside the attempts, and what lies over them.

use quintet::screen::look::{Look, Shade};
use quintet::screen::{Document, Intent, Screen};

use super::world::{World, plan};

const REPORT: &str = include_str!("report.md");

/// Answers what the screen asked to read with this text.
fn give(world: &mut World, path: &str, text: &str) {
    for intent in world.asked() {
        if let Intent::Open(doc) | Intent::Read { doc, .. } = intent {
            let bytes = text.as_bytes().to_vec();
            let document = Document { path: path.into(), size: bytes.len() as u64, from: 0, bytes };
            world.screen.opened(&world.run, &doc, Ok(document));
        }
    }
}

fn reading(size: (u16, u16)) -> World {
    let mut world = World::busy(size);
    world.press("tab");
    while world.screen.focus != quintet::screen::Focus::Queue {
        world.press("tab");
    }
    world.press("G enter");
    give(&mut world, "performance-engineer.md", REPORT);
    world
}

#[test]
fn a_report_is_read_beside_the_attempts() {
    insta::assert_snapshot!(reading((160, 48)).shown());
}

#[test]
fn on_a_small_screen_a_report_leaves_a_line_to_every_attempt() {
    insta::assert_snapshot!(reading((80, 24)).shown());
}

#[test]
fn a_search_marks_all_hits_and_goes_from_one_to_the_next() {
    let mut world = reading((120, 40));
    world.press("/");
    world.type_in("budget");
    world.press("enter n");
    let shown = world.shown();
    assert!(shown.contains("/budget 2/6"), "{shown}");
    world.press("n n n n n");
    assert!(world.shown().contains("/budget 1/6"));
    world.press("esc");
    assert!(!world.shown().contains("/budget 1"));
}

#[test]
fn links_of_a_report_lead_to_files_at_their_line() {
    let mut world = reading((120, 40));
    world.press(". enter");
    let doc = quintet::screen::Doc::File { path: "deployments/terraform/main.tf".to_owned(), line: Some(41) };
    assert_eq!(world.asked(), [Intent::Open(doc)]);
}

#[test]
fn the_outline_lists_the_headings_and_jumps() {
    let mut world = reading((120, 40));
    world.press("o");
    insta::assert_snapshot!(world.shown());
    world.type_in("next");
    world.press("enter");
    let shown = world.shown();
    assert!(shown.contains("What to do next"), "{shown}");
}

#[test]
fn a_zoomed_agent_shows_task_criteria_tools_attempts_and_output() {
    let mut world = World::busy((160, 48));
    for n in 1..40 {
        world.run.live[2].printed(format!("\u{1b}[32mok\u{1b}[0m  test/load case {n} \u{1b}]0;title\u{7}"));
    }
    world.press("3 enter");
    insta::assert_snapshot!(world.shown());
    world.resize(80, 24);
    insta::assert_snapshot!(world.shown());
}

#[test]
fn everything_to_read_is_on_one_list() {
    let mut world = World::ended((120, 40));
    world.press("r");
    insta::assert_snapshot!(world.shown());
}

#[test]
fn findings_are_listed_worst_first() {
    let mut world = World::busy((120, 40));
    world.press("f");
    insta::assert_snapshot!(world.shown());
}

#[test]
fn the_timeline_shows_who_ran_when() {
    let mut world = World::busy((160, 48));
    world.press("t");
    insta::assert_snapshot!(world.shown());
    let mut world = World::ended((80, 24));
    world.press("t");
    insta::assert_snapshot!(world.shown());
}

#[test]
fn what_happened_is_told_line_by_line() {
    let mut world = World::busy((120, 40));
    world.press("E");
    insta::assert_snapshot!(world.shown());
}

#[test]
fn before_its_end_the_verdict_lists_what_will_be_judged() {
    let mut world = World::busy((120, 40));
    world.press("c");
    insta::assert_snapshot!(world.shown());
}

#[test]
fn a_selected_agent_of_the_graph_tells_what_it_needs() {
    let mut world = World::busy((120, 40));
    world.press("tab tab right");
    insta::assert_snapshot!(world.shown());
}

#[test]
fn questions_help_palette_and_messages_lie_over_the_screen() {
    let mut world = World::busy((100, 30));
    world.press("1 a");
    insta::assert_snapshot!("asked", world.shown());
    world.press("esc 2 x");
    insta::assert_snapshot!("stop", world.shown());
    world.press("esc q");
    insta::assert_snapshot!("quit", world.shown());
    world.press("esc m");
    world.type_in("please look at the tests of the auth package first");
    insta::assert_snapshot!("message", world.shown());
    world.press("esc :");
    world.type_in("st");
    insta::assert_snapshot!("palette", world.shown());
    world.press("esc ?");
    insta::assert_snapshot!("help", world.shown());
}

#[test]
fn with_plain_symbols_and_no_colours_every_state_can_be_told_apart() {
    let look = Look { ascii: true, theme: Shade::Mono, ..Look::default() };
    let world = World::of(plan(), look, (120, 40)).and_busy();
    let shown = world.shown();
    assert!(shown.is_ascii(), "{:?}", shown.chars().find(|c| !c.is_ascii()));
    insta::assert_snapshot!(shown);
}

#[test]
fn the_same_records_make_the_same_picture_for_a_screen_that_comes_later() {
    let world = World::busy((160, 48));
    let mut later = Screen::new(Look::default(), quintet::screen::keys::KeyMap::default(), &world.run, (160, 48));
    later.drawn(&world.run);
    let seats = |screen: &Screen| {
        let mut aims: Vec<_> = screen.seats(&world.run).into_iter().map(|seat| seat.aim).collect();
        aims.sort();
        aims
    };
    assert_eq!(seats(&later), seats(&world.screen));
}
