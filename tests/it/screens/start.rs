//! The start page at its sizes.

use chrono::{TimeZone, Utc};
use quintet::run::{Earlier, Outcome};
use quintet::screen::look::Look;
use quintet::screen::{Elsewhere, Found, Here, Standing, Start};
use quintet::ui;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::world::{key_event, text_of};

fn here() -> Here {
    let plan = |path: &str, title: &str, agents| Found { path: path.to_owned(), title: title.to_owned(), agents };
    Here {
        folder: "/home/me/call-tracking".to_owned(),
        newest: Some(Earlier {
            id: "1121-1340-c2x".to_owned(),
            began: Utc.with_ymd_and_hms(2025, 11, 21, 13, 40, 0).single().expect("a moment"),
            took: std::time::Duration::from_secs(900),
            outcome: Outcome::Unfinished,
            plan: "plans/review.md".to_owned(),
            done: 6,
            agents: 10,
        }),
        plans: vec![
            plan(".claude-team/communications/orchestration-plan.md", "Multi-tenant pipeline", 10),
            plan("plans/review.md", "Review of the ingest service", 4),
        ],
        has_plan: true,
        elsewhere: vec![Elsewhere {
            run: "1121-0900-a1k".to_owned(),
            project: "/home/me/billing".to_owned(),
            standing: Standing::AtWork,
        }],
        ..Here::default()
    }
}

fn shown(start: &Start, look: &Look, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal in memory");
    terminal.draw(|frame| ui::draw_start(frame, look, start)).expect("drawing in memory cannot fail");
    text_of(terminal.backend().buffer())
}

#[test]
fn the_start_page_tells_what_is_here_and_what_would_be_typed() {
    let start = Start::of(&here());
    for size in [(120, 40), (80, 24), (40, 12)] {
        insta::assert_snapshot!(shown(&start, &Look::default(), size));
    }
    let plain = shown(&start, &Look { ascii: true, ..Look::default() }, (80, 24));
    assert!(plain.is_ascii(), "{plain}");
}

#[test]
fn no_size_and_no_key_is_too_much_for_the_start_page() {
    for (width, height) in [(0, 0), (1, 1), (10, 3), (300, 100)] {
        let mut start = Start::of(&here());
        for key in "down down up end down home tab a c 1 9 d x".split(' ') {
            start.key(key_event(key));
            assert!(start.at < start.offers.len());
            shown(&start, &Look::default(), (width, height));
        }
    }
    let mut nothing = Start::of(&Here::default());
    nothing.key(key_event("enter"));
    shown(&nothing, &Look::default(), (80, 24));
}
