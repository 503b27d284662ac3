//! The person's side of the loop: keys in, cells out, and what the screen asks of the world.

mod session;

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::session::Opening;
use super::terminal::{Drawn, Input, Screen as Terminal};
use super::{clock, library};
use crate::app::App;
use crate::app::msg::{Key, Msg};
use crate::plan;
use crate::scheduler::{By, Record};
use crate::screen::{Doc, Intent, QuitChoice, Screen};
use crate::ui;

/// Between two frames, at least.
const FRAME: Duration = Duration::from_millis(33);
/// How often an open document that grows is looked at.
const GROWTH: Duration = Duration::from_millis(250);

/// Why the screen is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The run has ended and was read.
    Read,
    /// The run goes on without a screen.
    Detach,
}

/// Terminal and screen.
pub struct Stage {
    pub screen: Screen,
    terminal: Terminal,
    is_old: bool,
    drawn: Instant,
    grown: Instant,
    pub leaving: Option<Leaving>,
    /// By Ctrl-C: Quintet ends as by a signal, with the run.
    pub interrupted: bool,
    /// Somebody else has the terminal for a while; agents and deadlines go on.
    lent: Option<Lent>,
    opening: Option<Opening>,
}

/// Who has the terminal.
enum Lent {
    Editor {
        child: Box<Child>,
        doc: Doc,
    },
    /// An agent's own program, with a person in its session.
    Session {
        child: Box<Child>,
        key: Key,
    },
    /// Plain lines, until Enter is pressed; `printed`: how many events are on the terminal.
    Lines {
        enter: JoinHandle<()>,
        printed: usize,
    },
}

/// What the person's side of the loop waits for.
pub enum Waited {
    Terminal(Input),
    /// The terminal is ours again.
    Returned,
}

impl Stage {
    /// Takes the terminal and draws the first frame.
    ///
    /// # Errors
    /// It is no terminal, or cannot be written to.
    pub fn open(screen: Screen, terminal: Terminal, app: &App) -> io::Result<Stage> {
        let now = Instant::now();
        let mut stage = Stage {
            screen,
            terminal,
            is_old: true,
            drawn: now,
            grown: now,
            leaving: None,
            interrupted: false,
            lent: None,
            opening: None,
        };
        stage.draw(app)?;
        Ok(stage)
    }

    /// Waits for the next thing that the terminal has to say.
    pub async fn next(&mut self) -> Waited {
        match &mut self.lent {
            None => Waited::Terminal(self.terminal.next().await),
            Some(Lent::Editor { child, .. } | Lent::Session { child, .. }) => {
                // Whatever the program's end was, the terminal is free.
                let _ = child.wait().await;
                Waited::Returned
            }
            Some(Lent::Lines { enter, .. }) => {
                let _ = enter.await;
                Waited::Returned
            }
        }
    }

    /// Returns when a frame is due, or a growing document is to be looked at.
    pub fn deadline(&self, app: &App) -> Option<Instant> {
        if self.lent.is_some() {
            return None;
        }
        let frame = if self.is_old { Some(self.drawn + FRAME) } else { None };
        let now = clock::now();
        let change = self.screen.next_change(&app.run, now).map(|at| Instant::now() + at.since(now));
        let growth = self.screen.follows().map(|_| self.grown + GROWTH);
        let session = self.opening.as_ref().map(|opening| opening.at);
        [frame, change, growth, session].into_iter().flatten().min()
    }

    /// Takes in what the terminal said; returns what the app must be told.
    pub fn take(&mut self, app: &mut App, waited: Waited) -> Vec<Msg> {
        self.is_old = true;
        let now = clock::now();
        let happened = match waited {
            Waited::Terminal(happened) => happened,
            Waited::Returned => return self.returned(app),
        };
        let intents = match happened {
            Input::Key(key) => self.screen.key(&app.run, now, key),
            Input::Mouse(mouse) => self.screen.mouse(&app.run, now, mouse),
            Input::Paste(text) => self.screen.paste(&app.run, now, &text),
            Input::Resize(width, height) => {
                self.screen.resize(&app.run, width, height);
                Vec::new()
            }
            Input::Focus(_) | Input::Ready => Vec::new(),
            Input::Gone => {
                self.leaving = Some(Leaving::Detach);
                Vec::new()
            }
        };
        self.fulfil(app, intents)
    }

    /// Takes in records that the app has taken.
    pub fn changed(&mut self, app: &mut App, records: &[Record]) -> Vec<Msg> {
        self.is_old = true;
        let now = clock::now();
        let intents = records.iter().flat_map(|record| self.screen.changed(&app.run, now, record)).collect();
        self.fulfil(app, intents)
    }

    /// Something that is shown is another now.
    pub fn touch(&mut self) {
        self.is_old = true;
    }

    /// Draws, and looks at a growing document, if it is time for that.
    ///
    /// # Errors
    /// The terminal cannot be written to any more.
    pub fn refresh(&mut self, app: &mut App) -> io::Result<()> {
        if let Some(lent) = &mut self.lent {
            print_news(lent, &app.run.events);
            return Ok(());
        }
        self.open_session(app);
        if self.lent.is_some() {
            return Ok(());
        }
        let at = Instant::now();
        if at >= self.grown + GROWTH
            && let Some((doc, from)) = self.screen.follows()
        {
            self.grown = at;
            let doc = doc.clone();
            self.read(app, &doc, Some(from));
        }
        let now = clock::now();
        if self.screen.next_change(&app.run, now).is_some_and(|change| change <= now)
            || self.drawn.elapsed() >= Duration::from_secs(1)
        {
            self.is_old |= app.run.state.ended.is_none();
        }
        if self.is_old && at >= self.drawn + FRAME {
            self.draw(app)?;
        }
        Ok(())
    }

    fn draw(&mut self, app: &App) -> io::Result<()> {
        let (now, wall) = (clock::now(), clock::wall());
        let screen = &self.screen;
        let drawn = self.terminal.draw(|frame| ui::draw(frame, &app.run, screen, now, wall))?;
        // A slow terminal says when it has taken the last frame.
        self.is_old = false;
        self.drawn = Instant::now();
        if drawn == Drawn::Yes {
            self.screen.drawn(&app.run);
        }
        Ok(())
    }

    /// Does what the screen asks of the world; returns what the app must be told.
    fn fulfil(&mut self, app: &mut App, intents: Vec<Intent>) -> Vec<Msg> {
        let mut told = Vec::new();
        for intent in intents {
            match intent {
                Intent::Order(command) => told.push(Msg::Person { command, by: By::Screen }),
                Intent::Answer { agent, id, answer } => told.push(Msg::Answer { agent, id, answer, by: By::Screen }),
                Intent::Open(doc) => self.read(app, &doc, None),
                Intent::Read { doc, from, .. } => self.read(app, &doc, Some(from)),
                Intent::Edit { doc, line } => self.edit(app, &doc, line),
                Intent::Browse(address) => self.browse(&address),
                Intent::Copy(text) => self.terminal.copy(&text),
                Intent::TakeOver(agent, attempt) => told.extend(self.take_over(app, Key { agent, attempt })),
                Intent::CopySession(agent) => self.copy_session(app, agent),
                Intent::Seen(entries) => app.run.feed.saw(&entries),
                Intent::Notify { title, text } => {
                    let how = self.screen.look.notify;
                    self.terminal.notify(how.bell, how.desktop, &title, &text);
                }
                Intent::Mouse(take) => self.terminal.set_mouse(take),
                Intent::Redraw => self.terminal.forget().unwrap_or_default(),
                Intent::Reload => told.extend(self.plan_again(app)),
                Intent::Lines => self.lines(app),
                Intent::Suspend => {
                    let back = self.terminal.suspend();
                    self.taken(app, back);
                }
                Intent::Quit(choice) => match choice {
                    QuitChoice::Detach => self.leaving = Some(Leaving::Detach),
                    QuitChoice::Leave => self.leaving = Some(Leaving::Read),
                    QuitChoice::Interrupted => {
                        self.interrupted = true;
                        told.push(Msg::Stop { by: By::Screen, kill: false });
                    }
                    QuitChoice::StopAll => told.push(Msg::Stop { by: By::Screen, kill: false }),
                    QuitChoice::KillAll => told.push(Msg::Stop { by: By::Screen, kill: true }),
                },
            }
        }
        told
    }

    fn read(&mut self, app: &mut App, doc: &Doc, from: Option<u64>) {
        let document = library::read(doc, from, &app.run, &app.home);
        if from.is_some_and(|from| document.as_ref().is_ok_and(|it| it.bytes.is_empty() && it.size == from)) {
            return;
        }
        self.is_old = true;
        let more = self.screen.opened(&app.run, doc, document);
        // A document asks for stretches of itself only, so this ends.
        self.fulfil(app, more);
    }

    /// Opens `$VISUAL` or `$EDITOR` on a document; agents work on meanwhile.
    fn edit(&mut self, app: &App, doc: &Doc, line: Option<u32>) {
        let path = library::path_of(doc, &app.run, &app.home);
        let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok());
        let editor = editor.unwrap_or_else(|| "vi".to_owned());
        self.terminal.pause();
        match start_editor(&editor, &path, line) {
            Ok(child) => self.lent = Some(Lent::Editor { child: Box::new(child), doc: doc.clone() }),
            Err(error) => {
                let back = self.terminal.resume();
                self.taken(app, back);
                self.screen.tell(clock::now(), format!("{editor}: {error}"));
            }
        }
    }

    /// Shows the events as plain lines until Enter is pressed.
    fn lines(&mut self, app: &App) {
        self.terminal.pause();
        let enter = tokio::task::spawn_blocking(|| {
            // Without a line to read there is nobody to wait for.
            let _ = io::stdin().read_line(&mut String::new());
        });
        let mut lent = Lent::Lines { enter, printed: 0 };
        println!("Enter brings the screen back.");
        print_news(&mut lent, &app.run.events);
        self.lent = Some(lent);
    }

    /// The terminal is ours again, or gone.
    fn taken(&mut self, app: &App, result: io::Result<()>) {
        match result.and_then(|()| self.terminal.size()) {
            Ok((width, height)) => self.screen.resize(&app.run, width, height),
            Err(_) => self.leaving = Some(Leaving::Detach),
        }
    }

    /// Takes the terminal back; returns what the app must be told.
    fn returned(&mut self, app: &mut App) -> Vec<Msg> {
        let lent = self.lent.take();
        let back = self.terminal.resume();
        self.taken(app, back);
        match lent {
            Some(Lent::Editor { doc, .. }) => self.read(app, &doc, None),
            Some(Lent::Session { mut child, key }) => {
                if let Ok(Some(status)) = child.try_wait()
                    && !status.success()
                {
                    self.screen.tell(clock::now(), format!("its session was left with {status}; the agent goes on"));
                }
                return vec![Msg::GivenBack { key }];
            }
            Some(Lent::Lines { .. }) | None => {}
        }
        Vec::new()
    }

    /// Reads the plan again; a plan that cannot run is refused with the number of its mistakes.
    fn plan_again(&mut self, app: &App) -> Option<Msg> {
        let text = match std::fs::read(&app.run.plan_path) {
            Ok(bytes) => plan::decode(&bytes),
            Err(error) => {
                self.screen.tell(clock::now(), format!("the plan cannot be read: {error}"));
                return None;
            }
        };
        let reading = plan::read(&text);
        let Some(plan) = reading.plan else {
            let mistakes = crate::screen::words::plural(reading.problems.len(), "mistake");
            self.screen.tell(clock::now(), format!("the plan on disk has {mistakes}; `quintet check` shows them"));
            return None;
        };
        Some(Msg::Reload { plan: Box::new(plan), hash: reading.hash })
    }

    /// The plan on disk is another one now.
    pub fn plan_changed(&mut self) {
        self.screen.plan_changed = true;
        self.is_old = true;
    }

    fn browse(&mut self, address: &str) {
        let quiet = || Stdio::null();
        let opened = Command::new("xdg-open").arg(address).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
        if opened.is_err() {
            self.terminal.copy(address);
            self.screen.tell(clock::now(), "no browser can be opened here; the address is copied");
        }
    }

    /// Gives the terminal back.
    pub fn close(self) {
        drop(self.terminal);
    }
}

fn start_editor(editor: &str, path: &Path, line: Option<u32>) -> io::Result<Child> {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("vi"));
    command.args(words);
    if let Some(line) = line {
        command.arg(format!("+{line}"));
    }
    command.arg(path).spawn()
}

/// Prints the events that are not on the terminal yet, if it shows lines.
fn print_news(lent: &mut Lent, events: &[String]) {
    if let Lent::Lines { printed, .. } = lent {
        for line in &events[(*printed).min(events.len())..] {
            println!("{}", crate::screen::words::clean(line));
        }
        *printed = events.len();
    }
}
