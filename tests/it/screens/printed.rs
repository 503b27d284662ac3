//! What commands print at a terminal, and what they ask there.

use std::fs;

use super::quits::open;
use crate::runs::world::World;

/// Sets the clipboard, clears the screen, hides what follows.
const HOSTILE: &str = "\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}[2J\u{1b}[8m";

#[test]
fn a_terminal_obeys_nothing_of_what_an_agent_wrote_and_a_pipe_gets_every_byte() {
    let script = "printf '\\033]52;c;cm0gLXJm\\007\\033[2J\\033[8mwords of alpha\\n' | tee \"$QUINTET_REPORT\"";
    let world = World::new(&["alpha"]).play("alpha", script);
    world.run(&[]);
    for args in [["report", "alpha"], ["logs", "alpha"]] {
        let mut desk = open(&world, &args);
        desk.wait_until("it is printed", |screen| screen.contents().contains("ended with 0"));
        assert!(desk.emulator.screen().contents().contains("words of alpha"), "{args:?}");
        assert!(!desk.bytes.contains(&0x1b), "{args:?}: {}", String::from_utf8_lossy(&desk.bytes).escape_debug());
        let (_, piped, _) = world.say(&args);
        assert!(piped.contains(&format!("{HOSTILE}words of alpha\n")), "{args:?}: {piped:?}");
    }
}

#[test]
fn the_doctor_shows_what_it_would_start_of_the_project_and_asks() {
    let world = World::new(&["alpha"]).set("[mcp.docs]\ncommand = [\"./server.sh\", \"--fast\"]");
    world.settle();
    world.program("server.sh", "#!/bin/sh\ntouch started\n");
    for (answer, is_started) in [(b"\r".as_slice(), false), (b"y\r".as_slice(), true)] {
        let mut desk = open(&world, &["doctor", "--servers"]);
        desk.wait_until("it asks", |screen| screen.contents().contains("Start it now? [y/N]"));
        assert!(desk.emulator.screen().contents().contains("  MCP server docs: ./server.sh --fast"));
        desk.press(answer);
        desk.wait_until("it ends", |screen| screen.contents().contains("ended with"));
        assert_eq!(fs::exists(world.path("started")).expect("a folder"), is_started);
    }
}
