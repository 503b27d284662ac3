//! Many agents, many slots, and how long a frame takes.

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use quintet::plan::{AgentId, Compile};
use quintet::screen::look::Look;
use quintet::ui;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::world::{World, agent, plan_of};

/// How long this thread has been on a processor, however busy the machine is.
fn on_processor() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Counts what is written to it.
struct Counter(Rc<Cell<usize>>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Ten columns of ten agents; each needs two of the column before.
fn hundred() -> World {
    let agents = (0..100)
        .map(|n| {
            let needs = if n < 10 { vec![] } else { vec![n - 10, (n / 10 - 1) * 10 + (n * 7 + 3) % 10] };
            agent(&format!("agent-{n:02}"), &needs, &[], &[])
        })
        .collect();
    let needs = (90..100).map(AgentId).collect();
    World::of(plan_of(agents, Some(Compile { label: "Report".to_owned(), needs })), Look::default(), (160, 48))
}

#[test]
fn a_graph_of_a_hundred_agents_scrolls_with_what_is_selected() {
    let mut world = hundred();
    for agent in 0..5 {
        world.start(agent, 1);
    }
    world.press("tab tab");
    assert!(world.shown().contains("agent-00"));
    world.press("right right right right right right right right right right");
    let shown = world.shown();
    assert_eq!(world.screen.node, quintet::screen::graph::Node::Compile);
    assert!(shown.contains("◌ Report"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn twenty_slots_become_lines_that_scroll() {
    let mut world = hundred();
    world.take(quintet::scheduler::Record::SlotsChanged { slots: 20, by: quintet::scheduler::By::Screen });
    for agent in 0..20 {
        world.start(agent, 1);
    }
    insta::assert_snapshot!(world.shown());
}

#[test]
fn a_frame_is_drawn_in_a_blink() {
    let world = World::busy((160, 48));
    let area = Rect::new(0, 0, 160, 48);
    let mut buffer = Buffer::empty(area);
    let mut frame = || {
        let began = on_processor();
        buffer.reset();
        ui::draw_in(&mut buffer, area, &world.run, &world.screen, world.now, world.wall());
        on_processor() - began
    };
    let best = (0..50).map(|_| frame()).min().expect("some frames");
    println!("a frame at 160x48: {best:?}");
    // An optimised build takes a tenth of this.
    assert!(best < Duration::from_millis(10), "{best:?}");
}

#[test]
fn five_ticking_countdowns_write_little() {
    use ratatui::Terminal;
    use ratatui::backend::CrosstermBackend;
    crossterm::style::force_color_output(true);
    let mut world = World::new((160, 48));
    for agent in 0..5 {
        world.start(agent, 1);
    }
    let written = Rc::new(Cell::new(0));
    let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(Rect::new(0, 0, 160, 48)) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(Counter(Rc::clone(&written))), options)
        .expect("a terminal in memory");
    let mut sizes = Vec::new();
    for _ in 0..30 {
        world.wait(1);
        let before = written.get();
        terminal
            .draw(|frame| drop(ui::draw(frame, &world.run, &world.screen, world.now, world.wall())))
            .expect("drawing in memory cannot fail");
        sizes.push(written.get() - before);
    }
    sizes.remove(0);
    sizes.sort_unstable();
    println!("bytes a second: median {}, most {}", sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    assert!(sizes[sizes.len() / 2] < 200, "{sizes:?}");
}
