//! What lies over the screen: questions, help, palette, input.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::paint::{Brush, Piece, piece, width_of};
use super::panel::wrapped;
use crate::run::Run;
use crate::screen::action::{Action, Context};
use crate::screen::layout::first_shown;
use crate::screen::look::Meaning;
use crate::screen::words;
use crate::screen::{Addressee, Entry, Letter, Overlay, Palette, Purpose, Screen};

/// Draws what lies over the screen; returns where the cursor stands, if something is typed.
pub fn draw(brush: &mut Brush<'_>, area: Rect, run: &Run, screen: &Screen) -> Option<(u16, u16)> {
    let name = |agent: crate::plan::AgentId| words::clean(&run.plan.agent(agent).name);
    match screen.overlay.as_ref()? {
        Overlay::Help(scroll) => help(brush, area, screen, *scroll),
        Overlay::Palette(palette) => return Some(draw_palette(brush, area, palette)),
        Overlay::Stop(aim) => {
            let about = format!("{}, attempt {}", name(aim.agent), aim.attempt);
            question(
                brush,
                area,
                "stop it?",
                &about,
                &[("enter", "wrap up with notes, then end it"), ("x", "kill it now"), ("esc", "let it work")],
            );
        }
        Overlay::StopAll => {
            let about = words::plural(run.state.active_count(), "attempt") + " at work; nothing more will start";
            question(
                brush,
                area,
                "stop everything?",
                &about,
                &[("enter", "wrap up everything with notes"), ("x", "kill everything now"), ("esc", "go on")],
            );
        }
        Overlay::Quit => {
            let about = words::plural(run.state.active_count(), "attempt") + " at work";
            question(
                brush,
                area,
                "quit?",
                &about,
                &[
                    ("enter", "detach: the run goes on, `quintet attach` brings it back"),
                    ("w", "wrap up with notes and stop"),
                    ("x", "kill everything now"),
                    ("esc", "stay"),
                ],
            );
        }
        Overlay::Ask { aim, text, .. } => {
            let title = format!("{} asks", name(aim.agent));
            question(
                brush,
                area,
                &title,
                text,
                &[
                    ("y", "allow it once"),
                    ("A", "allow this same thing always"),
                    ("n", "deny it"),
                    ("t", "answer in words"),
                    ("esc", "later"),
                ],
            );
        }
        Overlay::Line(entry) => return Some(line(brush, area, run, entry)),
        Overlay::Text(letter) => draw_letter(brush, area, run, letter),
    }
    None
}

fn question(brush: &mut Brush<'_>, area: Rect, title: &str, about: &str, answers: &[(&str, &str)]) {
    let widest = answers.iter().map(|(_, text)| words::width(text) + 8).max().unwrap_or(0);
    let width =
        (widest.max(words::width(title) + 4).max(words::width(about).min(64)) + 4).min(usize::from(area.width)) as u16;
    let about = wrapped(&words::clean(about), usize::from(width.saturating_sub(4)));
    let shown = about.len().min(usize::from(area.height).saturating_sub(answers.len() + 3));
    let place = centred(area, width, (shown + answers.len() + 3) as u16);
    brush.clear(place);
    let inside = brush.frame(place, Meaning::Needs, &[piece(title, Meaning::Needs)], &[]);
    let mut y = inside.y;
    for line in about.into_iter().take(shown) {
        brush.pieces(inside.x, y, inside.width, &[piece(line, Meaning::Strong)]);
        y += 1;
    }
    y += 1;
    for (key, text) in answers {
        if y < inside.bottom() {
            brush.pieces(
                inside.x,
                y,
                inside.width,
                &[piece(format!("{key:>5}"), Meaning::Key), piece(format!("  {text}"), Meaning::Text)],
            );
        }
        y += 1;
    }
}

fn help(brush: &mut Brush<'_>, area: Rect, screen: &Screen, scroll: u16) {
    let lines = help_lines(screen);
    let width = area.width.saturating_sub(4).min(132);
    let columns = if width >= 108 { 2 } else { 1 };
    let rows = lines.len().div_ceil(columns);
    let place = centred(area, width, (rows as u16 + 2).min(area.height.saturating_sub(2)).max(5));
    brush.clear(place);
    let right = [piece("esc closes", Meaning::Dim)];
    let inside = brush.frame(place, Meaning::Focus, &[piece("keys", Meaning::Strong)], &right);
    let top = usize::from(scroll).min(rows.saturating_sub(usize::from(inside.height)));
    let column_width = inside.width / columns as u16;
    for column in 0..columns {
        let x = inside.x + column as u16 * column_width;
        let of_column = lines.iter().skip(column * rows).take(rows);
        for (row, pieces) in of_column.skip(top).take(usize::from(inside.height)).enumerate() {
            brush.pieces(x, inside.y + row as u16, column_width.saturating_sub(1), pieces);
        }
    }
    brush.scroll_bar(place, top, usize::from(inside.height), rows);
}

fn help_lines(screen: &Screen) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    for context in Context::ALL {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![piece(context.title(), Meaning::Heading)]);
        for action in Action::ALL.iter().filter(|action| action.spec().context == context) {
            let keys: Vec<String> = screen.keys.keys_of(*action).iter().take(3).map(ToString::to_string).collect();
            let all = screen.keys.keys_of(*action);
            let are_digits = all.len() > 3 && all.iter().all(|key| key.digit().is_some());
            let keys = match (are_digits, all.first(), all.last()) {
                (true, Some(first), Some(last)) => format!("{first} to {last}"),
                (_, None, _) => screen.keys.shown(Action::Palette).unwrap_or_default(),
                (_, _, _) => keys.join(" "),
            };
            lines.push(vec![
                piece(format!("{keys:>14}"), Meaning::Key),
                piece(format!("  {}", action.spec().help), Meaning::Text),
            ]);
        }
    }
    lines
}

fn draw_palette(brush: &mut Brush<'_>, area: Rect, palette: &Palette) -> (u16, u16) {
    let width = area.width.saturating_sub(4).min(84);
    let place = centred(area, width, area.height.saturating_sub(4).clamp(5, 20));
    brush.clear(place);
    let count = [piece(palette.offers().len().to_string(), Meaning::Dim)];
    let inside = brush.frame(place, Meaning::Focus, &[piece("command", Meaning::Strong)], &count);
    let cursor = input_line(brush, inside, ": ", &palette.input);
    let list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
    let first = first_shown(palette.at, usize::from(list.height), palette.offers().len());
    for (row, offer) in palette.offers().skip(first).take(usize::from(list.height)).enumerate() {
        let y = list.y + row as u16;
        let left = [piece(words::clean(&offer.text), Meaning::Text)];
        brush.line(list, y, &left, &[piece(offer.hint.clone(), Meaning::Key)]);
        if first + row == palette.at {
            brush.tint(Rect { y, height: 1, ..list }, Meaning::Selected);
        }
    }
    if palette.offers().len() == 0 {
        brush.pieces(list.x, list.y, list.width, &[piece("nothing fits that", Meaning::Dim)]);
    }
    cursor
}

fn line(brush: &mut Brush<'_>, area: Rect, run: &Run, entry: &Entry) -> (u16, u16) {
    let (title, mark) = match &entry.purpose {
        Purpose::Find => ("search".to_owned(), "/ "),
        Purpose::Filter => ("show only lines with".to_owned(), "& "),
        Purpose::RetryOn(agent) => (format!("retry {} on engine", words::clean(&run.plan.agent(*agent).name)), "> "),
    };
    let width = area.width.saturating_sub(4).min(64);
    let place = centred(area, width, 3);
    brush.clear(place);
    let right = [
        piece("enter", Meaning::Key),
        piece(" goes  ", Meaning::Dim),
        piece("esc", Meaning::Key),
        piece(" leaves", Meaning::Dim),
    ];
    let inside = brush.frame(place, Meaning::Focus, &[piece(title, Meaning::Strong)], &right);
    input_line(brush, inside, mark, &entry.input)
}

fn input_line(brush: &mut Brush<'_>, place: Rect, mark: &str, input: &tui_input::Input) -> (u16, u16) {
    let used = brush.pieces(place.x, place.y, place.width, &[piece(mark, Meaning::Key)]);
    let room = usize::from(place.width.saturating_sub(used + 1));
    let scroll = input.visual_scroll(room);
    let shown: String = {
        let mut skipped = 0;
        let rest = input.value().chars().skip_while(|c| {
            let wide = words::width(c.encode_utf8(&mut [0; 4]));
            let skip = skipped + wide <= scroll;
            skipped += wide;
            skip
        });
        rest.collect()
    };
    let style = brush.theme.style(Meaning::Strong);
    brush.buffer.set_stringn(place.x + used, place.y, shown, room, style);
    let cursor = input.visual_cursor().saturating_sub(scroll).min(room) as u16;
    (place.x + used + cursor, place.y)
}

fn draw_letter(brush: &mut Brush<'_>, area: Rect, run: &Run, letter: &Letter) {
    let aim = letter.to.aim();
    let name = words::clean(&run.plan.agent(aim.agent).name);
    let title = match letter.to {
        Addressee::Attempt(_) => format!("message to {name}, attempt {}", aim.attempt),
        Addressee::Question { .. } => format!("answer to {name}"),
    };
    let place = centred(area, area.width.saturating_sub(4).min(76), 9);
    brush.clear(place);
    let inside = brush.frame(place, Meaning::Focus, &[piece(title, Meaning::Strong)], &[]);
    let keys = [
        piece("enter", Meaning::Key),
        piece(" sends  ", Meaning::Dim),
        piece("alt-enter", Meaning::Key),
        piece(" new line  ", Meaning::Dim),
        piece("esc", Meaning::Key),
        piece(" leaves", Meaning::Dim),
    ];
    if width_of(&keys) + 4 < usize::from(place.width) {
        brush.on_edge(place, place.bottom() - 1, &[], &keys);
    }
    let mut area = letter.area.clone();
    area.set_style(Style::default());
    area.set_cursor_style(Style::default().add_modifier(ratatui::style::Modifier::REVERSED));
    area.render(inside, brush.buffer);
}

/// Returns a place of a size in the middle of an area.
fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}
