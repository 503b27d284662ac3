//! What commands print at a terminal.

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
