//! The last line: the keys that apply now, or what was just said.

use ratatui::layout::Rect;

use super::paint::{Brush, Piece, piece, width_of};
use crate::run::Run;
use crate::scheduler::Time;
use crate::screen::Screen;
use crate::screen::action::{Action, Context};
use crate::screen::look::Meaning;

/// Draws the footer.
pub fn draw(brush: &mut Brush<'_>, place: Rect, run: &Run, screen: &Screen, now: Time) {
    let line = Rect { x: place.x + 1, width: place.width.saturating_sub(2), ..place };
    if let Some((text, until)) = &screen.flash
        && *until > now
    {
        brush.pieces(line.x, line.y, line.width, &[piece(crate::screen::words::clean(text), Meaning::Warm)]);
        return;
    }
    let always = keys(run, screen, &[Context::Everywhere]);
    let stack = screen.stack(run);
    let particular: Vec<Context> = stack.into_iter().filter(|context| *context != Context::Everywhere).collect();
    let shadowed = |action: Action| particular.contains(&Context::Pager) && action == Action::Quit;
    let always: Vec<Vec<Piece>> =
        always.into_iter().filter(|(action, _)| !shadowed(*action)).map(|(_, pieces)| pieces).collect();
    let mine: Vec<Vec<Piece>> = keys(run, screen, &particular).into_iter().map(|(_, pieces)| pieces).collect();
    // The keys of the moment, as many as fit before those that always hold.
    let gap = 2;
    let width = |all: &[Vec<Piece>]| all.iter().map(|pieces| width_of(pieces) + gap).sum::<usize>();
    let mut kept: Vec<Vec<Piece>> = Vec::new();
    let room = usize::from(line.width);
    let mut last = always;
    while width(&last) > room && last.len() > 2 {
        last.remove(0);
    }
    for pieces in mine {
        if width(&kept) + width_of(&pieces) + gap + width(&last) > room + gap {
            break;
        }
        kept.push(pieces);
    }
    let mut x = line.x;
    for pieces in kept.into_iter().chain(last) {
        if x >= line.right() {
            break;
        }
        x += brush.pieces(x, line.y, line.right() - x, &pieces) + gap as u16;
    }
}

fn keys(run: &Run, screen: &Screen, contexts: &[Context]) -> Vec<(Action, Vec<Piece>)> {
    let mut all = Vec::new();
    for context in contexts {
        let of_context = Action::ALL.iter().filter(|action| action.spec().context == *context);
        for action in of_context.filter(|action| screen.offers(run, **action)) {
            let short = action.spec().short;
            let Some(key) = screen.keys.shown(*action).filter(|_| !short.is_empty()) else { continue };
            let key = if key == "enter" && !screen.look.ascii { "↵".to_owned() } else { key };
            all.push((*action, vec![piece(key, Meaning::Key), piece(format!(" {short}"), Meaning::Dim)]));
        }
    }
    all
}
