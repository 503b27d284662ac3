//! Everything that can lie on or over the screen, at the smallest and at the largest size, in text and in styles.

use quintet::screen::look::{Colours, Look, Shade};
use quintet::screen::{Document, Intent};

use super::world::{World, plan};

/// What is opened, and the keys that lead there from the first panel.
const SCENES: [(&str, &str); 14] = [
    ("zoom", "enter"),
    ("reports", "r"),
    ("findings", "f"),
    ("timeline", "t"),
    ("verdict", "c"),
    ("events", "E"),
    ("history", "H"),
    ("graph", "d"),
    ("feed", "u"),
    ("palette", ":"),
    ("help", "?"),
    ("stop", "2 x"),
    ("quit", "q"),
    ("answer", "a"),
];

fn scene(keys: &str, look: Look, size: (u16, u16)) -> World {
    let mut world = World::of(plan(), look, size).and_busy();
    world.press("1");
    world.press(keys);
    for intent in world.asked() {
        match intent {
            Intent::ListEarlier => world.screen.found_earlier(Vec::new()),
            Intent::Open(doc) => {
                let bytes = b"# A report\n\nSee a.go:3\n".to_vec();
                let document = Document { path: "r.md".into(), size: bytes.len() as u64, from: 0, bytes };
                world.screen.opened(&world.run, &doc, Ok(document));
            }
            _ => {}
        }
    }
    world
}

#[test]
fn every_scene_fits_the_smallest_screen() {
    for (name, keys) in SCENES {
        insta::assert_snapshot!(format!("small_{name}"), scene(keys, Look::default(), (40, 12)).shown());
    }
}

#[test]
fn every_scene_fills_a_usual_small_terminal() {
    for (name, keys) in SCENES {
        insta::assert_snapshot!(format!("usual_{name}"), scene(keys, Look::default(), (80, 24)).shown());
    }
}

#[test]
fn at_the_largest_size_no_scene_is_cut_or_lost() {
    for (name, keys) in SCENES {
        let shown = scene(keys, Look::default(), (300, 100)).shown();
        assert_eq!(shown.lines().count(), 100, "{name}");
        for agent in ["integration-analyst", "security-auditor", "testing-engineer", "deployment-specialist"] {
            assert!(shown.contains(agent), "{name}:\n{shown}");
        }
    }
}

#[test]
fn a_line_that_is_cut_says_so() {
    // Where a text meets the edge of its part it ends in an ellipsis, at every size and in every scene.
    for size in [(40, 12), (64, 20), (80, 24), (100, 30), (120, 40), (160, 48), (200, 60)] {
        for (name, keys) in SCENES {
            let world = scene(keys, Look::default(), size);
            // What lies over the screen hides what is below it.
            if world.screen.overlay.is_some() {
                continue;
            }
            let question = "may it run `go vet ./...`?";
            for line in world.shown().lines().filter(|line| line.contains("may it")) {
                assert!(line.contains(question) || line.contains('…'), "{name} at {size:?}: {line}");
            }
        }
    }
}

#[test]
fn every_scene_is_drawn_in_every_theme_with_every_number_of_colours() {
    for theme in [Shade::Dark, Shade::Light, Shade::Mono] {
        for colours in [Colours::True, Colours::Ansi256, Colours::Ansi16] {
            for (name, keys) in SCENES {
                let look = Look { theme, colours, ..Look::default() };
                let with = scene(keys, look, (120, 40));
                // A theme changes no character.
                assert_eq!(with.shown(), scene(keys, Look::default(), (120, 40)).shown(), "{name}");
                let is_coloured = |cell: &ratatui::buffer::Cell| {
                    cell.fg != ratatui::style::Color::Reset || cell.bg != ratatui::style::Color::Reset
                };
                let coloured = with.buffer().content().iter().any(is_coloured);
                assert_eq!(coloured, theme != Shade::Mono, "{name} in {theme:?}, {colours:?}");
            }
        }
    }
}
