//! Nothing of an agent's output makes a terminal obey: at any width the screen sends its own orders alone, and another
//! emulator shows what was meant.

use std::num::NonZeroU16;

use quintet::scheduler::Severity;
use quintet::screen::look::Look;
use quintet::screen::page::{Format, Page};
use quintet::screen::words::is_hostile;
use quintet::ui::{self, paint::Brush, theme::Theme};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::screens::world::World;

/// What stands for a byte that is no text.
const NO_TEXT: char = char::REPLACEMENT_CHARACTER;

/// Holds for the output of an agent. Its first three bytes say how large the terminal is and what is open on it.
pub fn hold(bytes: &[u8]) {
    let [low, high, rows, output @ ..] = bytes else { return };
    let width = u16::from_le_bytes([*low, *high]) % 500 + 1;
    let height = u16::from(*rows) % 60 + 1;
    hold_page(output, width);
    let mut world = World::new((width, height));
    world.start(0, 1);
    for line in output.split(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        world.say(0, &text);
        world.call(0, &text, &text, &text);
        world.run.live[0].printed(text.into_owned());
    }
    let text = String::from_utf8_lossy(output).into_owned();
    world.urgent(0, Severity::Critical, &text, Some((&text, 7)));
    world.resize(width, height);
    if rows % 2 == 1 {
        world.press("1 enter");
    }
    hold_frame(&world, width, height);
}

/// The log of the attempt, as it is read.
fn hold_page(output: &[u8], width: u16) {
    let (look, room) = (Look::default(), usize::from(width));
    let theme = Theme::of(&look);
    for raw in [false, true] {
        let page = Page::read(output, &Format::Log, room, raw, false);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        for row in page.rows(room, true) {
            let line = &page.lines[row.line];
            assert!(!line.text.chars().any(is_hostile), "{:?}", line.text);
            for (text, _, style) in line.spans(row.from, row.to) {
                Brush::new(&mut buffer, &theme, &look).text(row.indent as u16, 0, width, text, style);
            }
            Brush::new(&mut buffer, &theme, &look).text(0, 0, width, &line.text, Style::default());
        }
    }
}

/// Draws what is on the screen, as a real terminal gets it.
fn hold_frame(world: &World, width: u16, height: u16) {
    crossterm::style::force_color_output(true);
    let mut sent = Vec::new();
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    let mut terminal = Terminal::with_options(CrosstermBackend::new(&mut sent), TerminalOptions { viewport })
        .expect("a terminal in memory");
    let drawn = terminal
        .draw(|frame| drop(ui::draw(frame, &world.run, &world.screen, world.now, world.wall())))
        .expect("drawing in memory cannot fail");
    let meant = drawn.buffer.clone();
    drop(terminal);
    sends_own_orders_alone(&sent);
    let size = |n| NonZeroU16::new(n).expect("not zero");
    let mut emulator = vt100::Parser::new(size(height), size(width), 0);
    // This emulator leaves out what stands for a byte that is no text.
    emulator.process(String::from_utf8_lossy(&sent).replace(NO_TEXT, "?").as_bytes());
    for y in 0..height {
        let meant = row_of(&meant, y);
        // Emulators do not agree on how wide a letter of several characters is.
        if meant.iter().flatten().all(|symbol| symbol.chars().count() == 1) {
            let shown: Vec<Option<String>> = (0..width).map(|x| shown_at(emulator.screen(), x, y)).collect();
            let is_as_meant = shown == meant;
            let text = |row: Vec<Option<String>>| row.into_iter().flatten().collect::<String>();
            assert!(is_as_meant, "row {y} of {width}x{height}:\n{}\n{}", text(shown), text(meant));
        }
    }
}

/// Returns the cells of a row; `None`: the second half of a wide one.
fn row_of(buffer: &Buffer, y: u16) -> Vec<Option<String>> {
    let mut covered = 0;
    let mut cell = |x| {
        if covered > 0 {
            covered -= 1;
            return None;
        }
        let symbol = buffer[(x, y)].symbol();
        covered = quintet::screen::words::width(symbol).saturating_sub(1);
        Some(symbol.replace(NO_TEXT, "?"))
    };
    (0..buffer.area.width).map(&mut cell).collect()
}

fn shown_at(screen: &vt100::Screen, x: u16, y: u16) -> Option<String> {
    let cell = screen.cell(y, x).expect("it is on the screen");
    let text = if cell.has_contents() { cell.contents() } else { " " };
    (!cell.is_wide_continuation()).then(|| text.to_owned())
}

/// Moves, colours and the cursor are all that a frame orders.
fn sends_own_orders_alone(sent: &[u8]) {
    let text = std::str::from_utf8(sent).expect("text");
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            assert!(!is_hostile(c), "{c:?} is sent");
            continue;
        }
        assert_eq!(rest.next(), Some('['), "no sequence of a frame");
        let end = rest.find(|c| !"0123456789;?:".contains(*c));
        assert!(end.is_some_and(|end| "HmJKhl".contains(end)), "no sequence of a frame: {end:?}");
    }
}
