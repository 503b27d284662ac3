//! The screen as a picture, in both themes.

use quintet::screen::look::{Look, Shade};
use quintet::ui::picture::svg;

use super::world::{World, plan};

#[test]
fn a_picture_shows_every_part_in_both_themes() {
    for theme in [Shade::Dark, Shade::Light] {
        let look = Look { theme, ..Look::default() };
        let world = World::of(plan(), look, (160, 48)).and_busy();
        let picture = svg(&world.buffer(), theme);
        for part in ["integration-analyst", "wrapping up", "Final Report", "any tenant can read"] {
            assert!(picture.contains(part), "{part}");
        }
        if let Ok(folder) = std::env::var("PICTURES") {
            std::fs::write(format!("{folder}/{theme:?}.svg"), picture).expect("the picture is written");
        }
    }
}
