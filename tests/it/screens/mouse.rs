//! The mouse: focus, selection, a closer look, the wheel.

use quintet::plan::AgentId;
use quintet::screen::graph::Node;
use quintet::screen::{Focus, Intent, Pane};

use super::world::World;

/// The cell at which a text is shown.
fn cell_of(world: &World, text: &str) -> (u16, u16) {
    let shown = world.shown();
    let (y, line) = shown.lines().enumerate().find(|(_, line)| line.contains(text)).expect("it is shown");
    let before = &line[..line.find(text).expect("it is there")];
    (quintet::screen::words::width(before) as u16, y as u16)
}

#[test]
fn a_click_gives_the_focus_and_a_second_one_looks_closer() {
    let mut world = World::busy((160, 48));
    world.mouse(60, 10, false);
    assert_eq!(world.screen.focus, Focus::Seat(1));
    world.mouse(60, 10, false);
    assert!(matches!(world.screen.pane, Some(Pane::Zoom { agent: AgentId(1), .. })));
}

#[test]
fn a_click_selects_in_the_queue_and_in_the_graph() {
    let mut world = World::busy((160, 48));
    let (x, y) = cell_of(&world, "scalability-engineer  waits");
    world.mouse(x, y, false);
    assert_eq!((world.screen.focus, world.screen.queued(&world.run)), (Focus::Queue, Some(AgentId(7))));
    let (x, y) = cell_of(&world, "Final Report");
    world.mouse(x, y, false);
    assert_eq!((world.screen.focus, world.screen.node), (Focus::Graph, Node::Compile));
}

#[test]
fn a_click_on_a_name_chooses_the_part_below_on_a_small_screen() {
    let mut world = World::busy((80, 24));
    let (x, y) = cell_of(&world, "urgent 2 ");
    world.mouse(x, y, false);
    assert_eq!(world.screen.focus, Focus::Feed);
}

#[test]
fn the_wheel_scrolls_what_is_under_it_and_leaves_the_focus() {
    let mut world = World::busy((160, 48));
    let focus = world.screen.focus;
    let (x, y) = cell_of(&world, "◌ compliance-specialist");
    world.mouse(x, y, true);
    assert_eq!((world.screen.focus, world.screen.queued(&world.run)), (focus, Some(AgentId(7))));
}

#[test]
fn a_key_frees_the_mouse_for_selecting() {
    let mut world = World::busy((160, 48));
    world.press("ctrl-t ctrl-t");
    assert_eq!(world.asked(), [Intent::Mouse(false), Intent::Mouse(true)]);
}
