//! The main screen at its sizes.

use super::world::World;

#[test]
fn a_wide_screen_shows_five_panels_graph_feed_and_queue() {
    insta::assert_snapshot!(World::busy((160, 48)).shown());
}

#[test]
fn a_usual_screen_shows_the_same_smaller() {
    insta::assert_snapshot!(World::busy((120, 40)).shown());
}

#[test]
fn a_small_screen_has_two_lines_an_agent_and_one_part_below() {
    insta::assert_snapshot!(World::busy((80, 24)).shown());
}

#[test]
fn a_very_small_screen_has_a_line_an_agent() {
    insta::assert_snapshot!(World::busy((40, 12)).shown());
}

#[test]
fn a_large_screen_gives_room_to_what_agents_did() {
    insta::assert_snapshot!(World::busy((200, 60)).shown());
}

#[test]
fn a_very_large_screen_is_still_one_picture() {
    insta::assert_snapshot!(World::busy((300, 100)).shown());
}

#[test]
fn a_screen_of_medium_width_stays_readable() {
    insta::assert_snapshot!(World::busy((100, 30)).shown());
}

#[test]
fn a_run_that_has_ended_shows_its_verdict() {
    insta::assert_snapshot!(World::ended((160, 48)).shown());
    insta::assert_snapshot!(World::ended((80, 24)).shown());
}

#[test]
fn a_screen_that_is_too_small_says_so() {
    assert!(World::busy((30, 10)).shown().starts_with("quintet needs 40x12"));
}
