//! One attempt in a slot, as a panel or as a strip of one or two lines.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::paint::{Brush, Piece, piece, width_of};
use crate::run::{Deed, Run};
use crate::scheduler::{AttemptVerdict, EndOrder, Time, Word};
use crate::screen::glance::{Countdown, Glance, Mood};
use crate::screen::look::{Meaning, word};
use crate::screen::words;
use crate::screen::{Seat, Was};

/// A seat, and what is needed to draw it.
pub struct Panel<'a> {
    pub run: &'a Run,
    pub seat: &'a Seat,
    pub number: usize,
    pub focused: bool,
    pub now: Time,
}

impl Panel<'_> {
    /// Draws it with a frame.
    pub fn draw(&self, brush: &mut Brush<'_>, place: Rect) {
        let Some(glance) = self.glance() else { return self.draw_free(brush, place) };
        let meaning = self.frame_meaning(glance.word);
        let room = usize::from(place.width.saturating_sub(4));
        let right = right_title(&glance, room > 44);
        let left = self.left_title(brush, &glance, room.saturating_sub(width_of(&right) + 3));
        let inside = brush.frame(place, meaning, &left, &right);
        if inside.is_empty() {
            return;
        }
        let mut y = inside.y;
        if let Some(countdown) = glance.countdown {
            brush.bar(inside.x, y, inside.width, countdown.share(), mood(countdown.mood));
            y += 1;
        }
        if y < inside.bottom() {
            self.draw_facts(brush, inside, y, &glance);
            y += 1;
        }
        let mut rest = Rect { y, height: inside.bottom().saturating_sub(y), ..inside };
        if let Some(was) = &self.seat.was
            && rest.height > 2
        {
            rest.height -= 1;
            let line = was_line(brush, self.run, was, self.now);
            brush.pieces(rest.x, rest.bottom(), rest.width, &line);
        }
        if rest.height >= 10 {
            rest.height -= self.draw_criteria(brush, rest, &glance);
        }
        self.draw_deeds(brush, rest, &glance);
    }

    /// Draws the criteria at the bottom of a tall panel; returns the lines they took.
    fn draw_criteria(&self, brush: &mut Brush<'_>, place: Rect, glance: &Glance) -> u16 {
        let criteria = &self.run.plan.agent(glance.agent).criteria;
        let shown = criteria.len().min(usize::from(place.height / 3)) as u16;
        let met = &self.run.state.agent(glance.agent).criteria;
        for (at, text) in criteria.iter().take(usize::from(shown)).enumerate() {
            let (mark, meaning, words_meaning) = if met.contains_key(&(at + 1)) {
                (brush.symbols.pick("✓", "v"), Meaning::Good, Meaning::Text)
            } else {
                (brush.symbols.unknown(), Meaning::Dim, Meaning::Dim)
            };
            let y = place.bottom() - shown + at as u16;
            let line = [piece(format!("{mark} "), meaning), piece(words::clean(text), words_meaning)];
            brush.pieces(place.x, y, place.width, &line);
        }
        shown
    }

    /// Draws it as one or two lines over the whole width.
    pub fn draw_strip(&self, brush: &mut Brush<'_>, place: Rect) {
        if self.focused {
            let mark = brush.symbols.pick("▌", ">");
            for y in place.y..place.bottom() {
                brush.pieces(place.x, y, 1, &[piece(mark, Meaning::Focus)]);
            }
        } else if self.number < 10 {
            brush.pieces(place.x, place.y, 1, &[piece(self.number.to_string(), Meaning::Frame)]);
        }
        let inside = Rect { x: place.x + 1, width: place.width.saturating_sub(2), ..place };
        let Some(glance) = self.glance() else {
            let free = [piece("  free", Meaning::Dim)];
            let was = self.seat.was.as_ref().map(|was| was_line(brush, self.run, was, self.now)).unwrap_or_default();
            return brush.line(inside, inside.y, &free, &was);
        };
        let one_line = place.height == 1;
        let name_room = if one_line { inside.width * 2 / 5 } else { inside.width / 2 }.clamp(12, 23);
        let symbol = brush.symbols.state(glance.word);
        let state = Meaning::of(glance.word);
        let name = if self.focused { Meaning::Focus } else { Meaning::Strong };
        let mut x = inside.x + brush.pieces(inside.x, inside.y, 2, &[piece(format!("{symbol} "), state)]);
        brush.pieces(x, inside.y, name_room, &[piece(words::clean(&glance.name), name)]);
        x += name_room + 1;
        let clock = countdown_text(&glance);
        let clock_meaning = glance.countdown.map_or(Meaning::Dim, |countdown| mood(countdown.mood));
        let wide = inside.width >= 60;
        if wide {
            let word = if glance.word == Word::Running { "" } else { word(glance.word) };
            brush.pieces(x, inside.y, 11, &[piece(word, state)]);
            x += 12;
        }
        let clock_room = if one_line && !wide { 6 } else { 7 };
        brush.pieces(x, inside.y, clock_room, &[piece(clock, clock_meaning)]);
        x += clock_room;
        let bar =
            if one_line && !wide { 0 } else { (inside.width / 7).clamp(4, 20).min(inside.right().saturating_sub(x)) };
        if let Some(countdown) = glance.countdown
            && bar > 3
        {
            brush.bar(x, inside.y, bar, countdown.share(), mood(countdown.mood));
            x += bar + 1;
        }
        let rest = Rect { x, y: inside.y, width: inside.right().saturating_sub(x), height: 1 };
        if one_line {
            let doing = self.doing_pieces(brush, &glance);
            if rest.width > 4 {
                brush.pieces(rest.x, rest.y, rest.width, &doing);
            }
            return;
        }
        if rest.width > 18 {
            let facts = self.facts(brush, &glance, usize::from(rest.width));
            brush.pieces(rest.x, rest.y, rest.width, &facts);
        }
        let second = Rect { x: inside.x + 2, width: inside.width.saturating_sub(2), ..inside };
        let doing = self.doing_pieces(brush, &glance);
        let right = if glance.doing.needs_person { Vec::new() } else { sign_pieces(&glance) };
        brush.line(second, place.y + 1, &doing, &right);
    }

    fn left_title(&self, brush: &Brush<'_>, glance: &Glance, room: usize) -> Vec<Piece> {
        let symbol = brush.symbols.state(glance.word);
        let name = if self.focused { Meaning::Focus } else { Meaning::Strong };
        let attempt = match glance.attempt {
            0 | 1 => String::new(),
            n => format!(" {}{n}", brush.symbols.handed_over()),
        };
        let number = if self.number < 10 { format!("{} ", self.number) } else { String::new() };
        let name_room = room.saturating_sub(2 + words::width(&attempt) + number.len());
        let shown = words::fit(&words::clean(&glance.name), name_room, brush.symbols.ellipsis());
        vec![
            piece(number, Meaning::Dim),
            piece(format!("{symbol} "), Meaning::of(glance.word)),
            piece(shown, name),
            piece(attempt, Meaning::Half),
        ]
    }

    fn glance(&self) -> Option<Glance> {
        self.seat.aim.map(|aim| Glance::of(self.run, aim.agent, self.now))
    }

    fn frame_meaning(&self, word: Word) -> Meaning {
        match (self.focused, word) {
            (_, Word::Asking) => Meaning::Needs,
            (true, _) => Meaning::Focus,
            (false, _) => Meaning::Frame,
        }
    }

    fn draw_free(&self, brush: &mut Brush<'_>, place: Rect) {
        let meaning = if self.focused { Meaning::Focus } else { Meaning::Frame };
        let title = [piece(format!("slot {}", self.number), Meaning::Dim)];
        let inside = brush.frame(place, meaning, &title, &[]);
        if inside.height == 0 {
            return;
        }
        brush.pieces(inside.x, inside.y, inside.width, &[piece("free", Meaning::Dim)]);
        if let Some(was) = &self.seat.was
            && inside.height > 1
        {
            let line = was_line(brush, self.run, was, self.now);
            brush.pieces(inside.x, inside.y + 1, inside.width, &line);
        }
    }

    fn draw_facts(&self, brush: &mut Brush<'_>, inside: Rect, y: u16, glance: &Glance) {
        let right = sign_pieces(glance);
        let left =
            self.facts(brush, glance, usize::from(inside.width) - width_of(&right).min(usize::from(inside.width)));
        brush.line(inside, y, &left, &right);
    }

    /// Criteria, tools, spend: as many as have room.
    fn facts(&self, brush: &Brush<'_>, glance: &Glance, room: usize) -> Vec<Piece> {
        let unknown = brush.symbols.unknown();
        let used = glance.tools > 0 && glance.tools_used == glance.tools;
        let tools = if used { Meaning::Good } else { Meaning::Text };
        let all_met = glance.met.is_some_and(|met| met >= glance.criteria && glance.criteria > 0);
        let met = if all_met { Meaning::Good } else { Meaning::Text };
        let criteria = if room < 34 { "crit " } else { "criteria " };
        let mut pieces =
            vec![piece(criteria, Meaning::Dim), piece(format!("{:<4}", glance.criteria_shown(unknown)), met)];
        if glance.tools > 0 || room > 40 {
            pieces.push(piece(" tools ", Meaning::Dim));
            pieces.push(piece(format!("{:<4}", glance.tools_shown(unknown)), tools));
        }
        if let Some(spend) = glance.spend_shown() {
            let spend = piece(format!(" {spend}"), Meaning::Text);
            if width_of(&pieces) + words::width(&spend.text) < room {
                pieces.push(spend);
            }
        }
        pieces
    }

    fn doing_pieces(&self, brush: &Brush<'_>, glance: &Glance) -> Vec<Piece> {
        if glance.silent {
            return vec![silence(glance)];
        }
        let meaning = match glance.word {
            Word::Asking => Meaning::Needs,
            Word::Paused => Meaning::Still,
            Word::WrappingUp => Meaning::Warm,
            Word::Stopping | Word::Killing => Meaning::Hot,
            _ => Meaning::Text,
        };
        let mut pieces = Vec::new();
        if glance.doing.needs_person {
            pieces.push(piece(format!("{} ", brush.symbols.state(Word::Asking)), Meaning::Needs));
        }
        pieces.push(piece(glance.doing.text.clone(), meaning));
        if let Some(running) = glance.doing.running.filter(|running| running.as_secs() > 0) {
            pieces.push(piece(format!("  {}", words::took(running)), Meaning::Dim));
        }
        pieces
    }

    /// What it does now, what of the plan's tools is unused, and what it did before, the newest first.
    fn draw_deeds(&self, brush: &mut Brush<'_>, place: Rect, glance: &Glance) {
        let mut y = place.y;
        let mut line = |brush: &mut Brush<'_>, left: &[Piece], right: &[Piece]| {
            if y < place.bottom() {
                brush.line(place, y, left, right);
                y += 1;
            }
        };
        let special = glance.word != Word::Running;
        if glance.doing.needs_person {
            for (at, part) in
                wrapped(&glance.doing.text, usize::from(place.width.saturating_sub(2))).into_iter().enumerate()
            {
                let mark = if at == 0 { brush.symbols.state(Word::Asking) } else { " " };
                line(brush, &[piece(format!("{mark} {part}"), Meaning::Needs)], &[]);
            }
            line(brush, &[piece("  a", Meaning::Key), piece(" answers", Meaning::Dim)], &[]);
        } else if special {
            let doing = self.doing_pieces(brush, glance);
            line(brush, &doing, &[]);
        }
        if glance.silent {
            line(brush, &[silence(glance)], &[]);
        }
        let running_low = place.height > 3 && glance.countdown.is_some_and(|countdown| countdown.mood != Mood::Calm);
        if !glance.unused.is_empty() && (running_low || place.height > 6) {
            let names: Vec<&str> = glance.unused.iter().map(|tool| words::tool(tool)).collect();
            let meaning = if running_low { Meaning::Warm } else { Meaning::Dim };
            line(brush, &[piece("unused: ", meaning), piece(words::clean(&names.join(", ")), Meaning::Dim)], &[]);
        }
        let deeds = &self.run.live[glance.agent.0].deeds;
        if deeds.is_empty() && !special {
            line(brush, &[piece(glance.doing.text.clone(), Meaning::Dim)], &[]);
        }
        let skipped = self.run.live[glance.agent.0].skipped;
        for (at, deed) in deeds.iter().rev().take(usize::from(place.height)).enumerate() {
            let newest = at == 0 && !special;
            let (left, right) = deed_pieces(brush, deed, self.now, newest);
            line(brush, &left, &right);
        }
        if skipped > 0 {
            let text = format!("{} lines came too fast to show", words::count(skipped));
            line(brush, &[piece(text, Meaning::Dim)], &[]);
        }
    }
}

/// Returns a deed and how long it took.
pub fn deed_pieces(brush: &Brush<'_>, deed: &Deed, now: Time, newest: bool) -> (Vec<Piece>, Vec<Piece>) {
    let open = deed.until.is_none();
    let meaning = match (deed.ok, newest || open) {
        (false, _) => Meaning::Bad,
        (true, true) => Meaning::Text,
        (true, false) => Meaning::Dim,
    };
    let mark = match (open, deed.ok) {
        (true, _) => brush.symbols.pick("▸ ", "> "),
        (false, false) => brush.symbols.pick("✗ ", "X "),
        (false, true) => "  ",
    };
    let took = deed.until.unwrap_or(now).since(deed.at);
    let right = if deed.tool.is_some() && (open || took.as_secs() > 0) {
        let meaning = if open { Meaning::Running } else { Meaning::Dim };
        vec![piece(words::took(took), meaning)]
    } else {
        Vec::new()
    };
    (vec![piece(mark, Meaning::Running), piece(words::clean(&deed.text), meaning)], right)
}

fn right_title(glance: &Glance, wide: bool) -> Vec<Piece> {
    let Some(countdown) = glance.countdown else { return Vec::new() };
    let mut pieces = Vec::new();
    if glance.word != Word::Running && (wide || glance.word != Word::Starting) {
        pieces.push(piece(format!("{} ", word(glance.word)), Meaning::of(glance.word)));
    }
    let style = match countdown.mood {
        Mood::Hot | Mood::Grace => Style::default().add_modifier(Modifier::BOLD),
        Mood::Calm | Mood::Warm | Mood::Stopped => Style::default(),
    };
    let text = countdown_text(glance);
    pieces.push(Piece { text, meaning: mood(countdown.mood), style });
    pieces
}

fn countdown_text(glance: &Glance) -> String {
    match glance.countdown {
        Some(Countdown { left, mood: Mood::Grace, .. }) => format!("kill {}", left.as_millis().div_ceil(1000)),
        Some(Countdown { left, .. }) => words::countdown(left),
        None => String::new(),
    }
}

/// Returns the meaning of how near the end is.
pub fn mood(mood: Mood) -> Meaning {
    match mood {
        Mood::Calm => Meaning::Calm,
        Mood::Warm => Meaning::Warm,
        Mood::Hot | Mood::Grace => Meaning::Hot,
        Mood::Stopped => Meaning::Still,
    }
}

fn sign_pieces(glance: &Glance) -> Vec<Piece> {
    let Some(sign) = glance.sign else { return Vec::new() };
    let meaning = if glance.silent { Meaning::Hot } else { Meaning::Dim };
    vec![piece(words::rough_age(sign), meaning)]
}

fn silence(glance: &Glance) -> Piece {
    let long = words::long_age(glance.sign.unwrap_or_default());
    piece(format!("? silent for {long}, no open call"), Meaning::Hot)
}

fn was_line(brush: &Brush<'_>, run: &Run, was: &Was, now: Time) -> Vec<Piece> {
    let (word, meaning, text) = match was.verdict {
        AttemptVerdict::Done => (Word::Done, Meaning::Good, "done"),
        AttemptVerdict::OutOfTime => {
            let text = match was.order {
                Some(EndOrder::HandOver) => "handed over",
                Some(EndOrder::Park) => "parked",
                Some(EndOrder::Stop) => "stopped",
                Some(EndOrder::Budget) => "budget spent",
                Some(EndOrder::Kill | EndOrder::Skip) | None => "out of time",
            };
            (Word::Partial, Meaning::Half, text)
        }
        AttemptVerdict::Failed => (Word::Failed, Meaning::Bad, "failed"),
        AttemptVerdict::Killed => (Word::Killed, Meaning::Bad, "killed"),
        AttemptVerdict::Lost => (Word::Failed, Meaning::Bad, "lost"),
        AttemptVerdict::Throttled => (Word::Paused, Meaning::Warm, "throttled"),
    };
    vec![
        piece("was: ", Meaning::Dim),
        piece(words::clean(&run.plan.agent(was.agent).name), Meaning::Text),
        piece(format!(" {} {text}", brush.symbols.state(word)), meaning),
        piece(format!(", {} ago", words::age(now.since(was.at))), Meaning::Dim),
    ]
}

/// Returns a text in lines of a width.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let line = crate::screen::page::Page::plain(text);
    let rows = line.rows(width.max(2), true);
    rows.iter().map(|row| line.lines[row.line].text[row.from..row.to].to_owned()).collect()
}
