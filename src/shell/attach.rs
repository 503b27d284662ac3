//! An attached screen: a fold of the journal and of the events that the running Quintet sends. What the person does goes
//! to it as orders. Several can be attached at once; closing one changes nothing.

use std::future::pending;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc::{self, Receiver};

use super::client::Client;
use super::clock;
use super::journal;
use super::reload;
use super::signals::Signals;
use super::stage::{Leaving, Stage, Waited, until};
use crate::app::App;
use crate::app::msg::Msg;
use crate::run::meanwhile;
use crate::scheduler::{Record, Severity};
use crate::screen::Screen;
use crate::screen::keys::KeyMap;
use crate::screen::look::{Look, Shade};
use crate::team_dir::control::Request;
use crate::team_dir::{Envelope, TeamDir};
use crate::ui;

/// How many events may wait to be drawn. When it is full the reader waits, and the running Quintet drops a screen that
/// stays behind for too long.
const WAITING: usize = 1024;

/// Why an attached screen ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The person left; the run goes on.
    Left,
    /// The run has ended.
    Over,
    /// The run's Quintet is gone; the run may be unfinished.
    Gone,
}

/// Fills an app with what has happened so far, and returns when a screen last left it.
///
/// # Errors
/// The journal cannot be read.
pub fn fold(app: &mut App, team: &TeamDir, run: &str) -> io::Result<u64> {
    let lines = journal::read(&team.run(run).journal())?;
    let newest = lines.last().map_or(0, |line| line.seq);
    for line in &lines {
        app.replay(line.mono, line.t, &line.record);
    }
    let left: u64 =
        std::fs::read_to_string(left_file(team, run)).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    if left > 0 {
        let missed: Vec<&Envelope> = lines.iter().filter(|line| line.seq > left).collect();
        if let Some(words) = meanwhile::words(&missed) {
            app.run.feed.notice(clock::wall(), Severity::Info, words);
        }
    }
    Ok(newest)
}

/// Remembers up to where a person has seen a run, for [`fold`].
pub fn remember_left(team: &TeamDir, run: &str) {
    if let Ok(lines) = journal::read(&team.run(run).journal()) {
        let newest = lines.last().map_or(0, |line| line.seq);
        // It only makes the greeting of the next screen better.
        let _ = std::fs::write(left_file(team, run), newest.to_string());
    }
}

fn left_file(team: &TeamDir, run: &str) -> PathBuf {
    team.run(run).0.join("left")
}

/// Shows a run until the person leaves, by a key or a signal, or its Quintet is gone. `from`: the number of the newest
/// record in the fold.
///
/// # Errors
/// The system lets nobody listen to signals.
pub async fn show(
    mut app: App,
    mut stage: Stage,
    follower: Client,
    mut orders: Client,
    from: u64,
) -> io::Result<Ended> {
    let mut signals = Signals::listen()?;
    // `None`: the run has ended, and its Quintet is gone; what is there can still be read.
    let mut events = Some(listen(follower));
    let mut ended = Ended::Left;
    while stage.leaving.is_none() {
        let due = until(stage.deadline(&app.run));
        let event = async {
            match &mut events {
                Some(events) => events.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            number = signals.next() => stage.signal(number),
            waited = stage.next() => take(&mut app, &mut stage, &mut orders, waited),
            event = event => match event {
                Some(event) => learn(&mut app, &mut stage, &mut orders, &event, from),
                None if app.run.state.ended.is_some() => events = None,
                None => {
                    ended = Ended::Gone;
                    break;
                }
            },
            () = due => {}
        }
        if stage.refresh(&mut app.run, &app.home).is_err() {
            stage.leaving = Some(Leaving::Detach);
        }
    }
    stage.close();
    let is_over = app.run.state.ended.is_some() || app.run.state.stopped;
    Ok(if is_over { Ended::Over } else { ended })
}

/// Takes in what a followed run says for this long.
pub fn watch(app: &mut App, follower: Client, from: u64, time: Duration) {
    let until = std::time::Instant::now() + time;
    let mut events = listen(follower);
    while std::time::Instant::now() < until {
        match events.try_recv() {
            Ok(event) if event.seq == 0 || event.seq > from => app.replay(event.mono, event.t, &event.record),
            Ok(_) => {}
            Err(mpsc::error::TryRecvError::Empty) => std::thread::sleep(Duration::from_millis(20)),
            Err(mpsc::error::TryRecvError::Disconnected) => return,
        }
    }
}

/// Returns a picture (SVG) of a run as a screen of this size would show it now.
pub fn picture(app: &App, width: u16, height: u16, light: bool) -> String {
    let theme = if light { Shade::Light } else { Shade::Dark };
    let look = Look { theme, ..Look::default() };
    let screen = Screen::new(look, KeyMap::default(), &app.run, (width, height));
    let area = Rect { x: 0, y: 0, width, height };
    let mut buffer = Buffer::empty(area);
    ui::draw_in(&mut buffer, area, &app.run, &screen, clock::now(), clock::wall());
    ui::picture::svg(&buffer, theme)
}

fn listen(mut follower: Client) -> Receiver<Envelope> {
    let (to, events) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        while let Ok(Some(event)) = follower.next_event() {
            if to.blocking_send(event).is_err() {
                return;
            }
        }
    });
    events
}

fn learn(app: &mut App, stage: &mut Stage, orders: &mut Client, event: &Envelope, from: u64) {
    if event.seq != 0 && event.seq <= from {
        return;
    }
    match again(app, &event.record) {
        // What it would have done is done by the Quintet that runs the plan.
        Some(msg) => drop(app.update(event.mono, event.t, msg)),
        None => app.replay(event.mono, event.t, &event.record),
    }
    let told = stage.changed(&mut app.run, &app.home, std::slice::from_ref(&event.record));
    send(app, stage, orders, told);
}

/// Returns the plan that the run has just taken in, if it is still the one on disk.
fn again(app: &App, record: &Record) -> Option<Msg> {
    let Record::PlanReloaded { plan_hash, .. } = record else { return None };
    reload::plan(&app.run.plan_path).ok().filter(|msg| matches!(msg, Msg::Reload { hash, .. } if hash == plan_hash))
}

fn take(app: &mut App, stage: &mut Stage, orders: &mut Client, waited: Waited) {
    let mut told = stage.take(&mut app.run, &app.home, waited);
    told.extend(stage.grant_attached(app));
    send(app, stage, orders, told);
}

/// Sends what the person wants to the running Quintet, and shows what it refuses.
fn send(app: &App, stage: &mut Stage, orders: &mut Client, told: Vec<Msg>) {
    for request in told.into_iter().filter_map(|msg| Request::of(msg, &app.run.plan)) {
        let why = match orders.ask(&request) {
            Ok(answer) if answer.ok => continue,
            Ok(answer) => answer.why.unwrap_or_default(),
            Err(error) => format!("the run's Quintet does not answer: {error}"),
        };
        stage.screen.tell(clock::now(), why);
        stage.touch();
    }
}
