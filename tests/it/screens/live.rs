//! The screen on a real terminal, to be looked at and to be tried out:
//! `cargo test --test it -- --ignored --nocapture a_person_looks_at_it`.

use std::path::Path;
use std::time::{Duration, Instant};

use quintet::scheduler::Time;
use quintet::screen::look::{Look, Shade};
use quintet::screen::{Intent, QuitChoice};
use quintet::shell::terminal::{Input, Screen};
use quintet::ui;

use super::world::{World, plan};

#[test]
#[ignore = "it takes the terminal and waits for a person"]
fn a_person_looks_at_it() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(play());
}

async fn play() {
    let mut terminal = Screen::take(true, Path::new(env!("CARGO_BIN_EXE_quintet"))).expect("a terminal");
    let look = Look {
        theme: match std::env::var("LOOK").as_deref() {
            Ok("light") => Shade::Light,
            Ok("mono") => Shade::Mono,
            _ => Shade::Dark,
        },
        ascii: std::env::var_os("ASCII").is_some(),
        ..Look::default()
    };
    let size = terminal.size().expect("a size");
    let mut world = World::of(plan(), look, size).and_busy();
    let (began, clock) = (world.now, Instant::now());
    let at = |clock: Instant| Time(began.0 + clock.elapsed().as_millis() as u64);
    loop {
        world.now = at(clock);
        let (run, screen, now, wall) = (&world.run, &world.screen, world.now, world.wall());
        if terminal.draw(|frame| ui::draw(frame, run, screen, now, wall)).is_err() {
            return;
        }
        world.screen.drawn(&world.run);
        let next =
            world.screen.next_change(&world.run, world.now).map_or(Duration::from_secs(60), |at| at.since(world.now));
        let Ok(input) = tokio::time::timeout(next, terminal.next()).await else { continue };
        world.now = at(clock);
        let intents = match input {
            Input::Key(key) => world.screen.key(&world.run, world.now, key),
            Input::Mouse(mouse) => world.screen.mouse(&world.run, world.now, mouse),
            Input::Paste(text) => world.screen.paste(&world.run, world.now, &text),
            Input::Resize(width, height) => {
                world.screen.resize(&world.run, width, height);
                Vec::new()
            }
            Input::Focus(_) | Input::Ready => Vec::new(),
            Input::Gone => return,
        };
        for intent in intents {
            match intent {
                Intent::Quit(QuitChoice::StopAll | QuitChoice::Interrupted)
                    if std::env::var("BREAKS").is_ok_and(|where_| where_ == "elsewhere") =>
                {
                    let elsewhere = std::thread::spawn(|| panic!("asked to break elsewhere"));
                    drop(elsewhere.join());
                }
                Intent::Quit(QuitChoice::StopAll | QuitChoice::Interrupted) => panic!("asked to break"),
                Intent::Quit(_) => return,
                Intent::Suspend => terminal.suspend().expect("stopped and back"),
                Intent::Redraw => terminal.forget().expect("cleared"),
                Intent::Copy(text) => terminal.copy(&text),
                Intent::Mouse(on) => terminal.set_mouse(on),
                other => world.screen.tell(world.now, format!("{other:?}")),
            }
        }
    }
}
