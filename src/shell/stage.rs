//! The person's side of the loop: keys in, cells out, and what the screen asks of the world.

mod session;

use std::io::{self, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use self::session::{Sessions, Wish};
use super::signals::is_typed;
use super::terminal::{Drawn, Input, Screen as Terminal};
use super::{clock, earlier, library, reload};
use crate::app::Home;
use crate::app::msg::{Key, Msg};
use crate::plan::AgentId;
use crate::run::Run;
use crate::scheduler::{By, Record};
use crate::screen::look::Look;
use crate::screen::{Doc, Intent, QuitChoice, Screen, called};
use crate::ui;

/// Between two frames, at least.
const FRAME: Duration = Duration::from_millis(33);
/// How often an open document that grows is looked at.
const GROWTH: Duration = Duration::from_millis(250);
/// Between two frames while the window has not the person's eye.
const UNSEEN: Duration = Duration::from_secs(1);

/// A signal may be heard of so much later than the end of the program that it was for.
const LATE: Duration = Duration::from_millis(500);

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
    /// A key was pressed since the last frame: its answer does not wait for the next one's turn.
    is_pressed: bool,
    drawn: Instant,
    grown: Instant,
    pub leaving: Option<Leaving>,
    /// By Ctrl-C: Quintet ends as by a signal, with the run.
    pub interrupted: bool,
    /// Somebody else has the terminal for a while; agents and deadlines go on.
    lent: Option<Lent>,
    /// When the terminal was ours again.
    returned: Option<Instant>,
    sessions: Sessions,
    /// The window has the person's eye, as far as the terminal tells.
    is_looked_at: bool,
    /// An earlier run, shown in the place of this one.
    earlier: Option<Box<Shown>>,
}

/// An earlier run and its own screen. While it is shown, the screens have changed places.
struct Shown {
    run: Run,
    home: Home,
    screen: Screen,
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
    /// `quintet merge`, which asks and says how it went.
    Merge {
        child: Box<Child>,
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
    pub fn open(screen: Screen, terminal: Terminal, run: &Run) -> io::Result<Stage> {
        let now = Instant::now();
        let mut stage = Stage {
            screen,
            terminal,
            is_old: true,
            is_pressed: false,
            drawn: now,
            grown: now,
            leaving: None,
            interrupted: false,
            lent: None,
            returned: None,
            sessions: Sessions::default(),
            is_looked_at: true,
            earlier: None,
        };
        stage.draw(run)?;
        Ok(stage)
    }

    /// Returns whether somebody else has the terminal, or had it until just now: keys that it makes signals of are for them.
    pub fn is_lent(&self) -> bool {
        self.lent.is_some() || self.returned.is_some_and(|at| at.elapsed() < LATE)
    }

    /// Takes in a signal where the run is another process's: it leaves the screen, unless it is for who has the terminal.
    pub fn signal(&mut self, number: i32) {
        if !(is_typed(number) && self.is_lent()) {
            self.leaving = Some(Leaving::Detach);
        }
    }

    /// Waits for the next thing that the terminal has to say.
    pub async fn next(&mut self) -> Waited {
        match &mut self.lent {
            None => Waited::Terminal(self.terminal.next().await),
            Some(Lent::Editor { child, .. } | Lent::Session { child, .. } | Lent::Merge { child }) => {
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
    pub fn deadline(&self, run: &Run) -> Option<Instant> {
        if self.lent.is_some() {
            return None;
        }
        let (run, screen) = match &self.earlier {
            Some(earlier) => (&earlier.run, &earlier.screen),
            None => (run, &self.screen),
        };
        let pause = self.pause();
        let due = if self.is_pressed { Instant::now() } else { self.drawn + pause };
        let frame = if self.is_old { Some(due) } else { None };
        let now = clock::now();
        let change = screen.next_change(run, now).map(|at| Instant::now() + at.since(now));
        let growth = screen.follows().map(|_| self.grown + GROWTH);
        let soonest = [frame, change, growth, self.sessions.due()].into_iter().flatten().min();
        soonest.map(|at| if self.is_looked_at { at } else { at.max(self.drawn + pause) })
    }

    /// Returns how long two frames are apart at least.
    fn pause(&self) -> Duration {
        if self.is_looked_at { FRAME } else { UNSEEN }
    }

    /// Does something with what is in front: the run, or the earlier one that is shown in its place.
    fn in_front<T>(&mut self, run: &mut Run, home: &Home, act: impl FnOnce(&mut Stage, &mut Run, &Home) -> T) -> T {
        let Some(mut shown) = self.earlier.take() else { return act(self, run, home) };
        std::mem::swap(&mut self.screen, &mut shown.screen);
        let result = act(self, &mut shown.run, &shown.home);
        std::mem::swap(&mut self.screen, &mut shown.screen);
        if self.leaving == Some(Leaving::Read) {
            // Only the earlier run is left.
            self.leaving = None;
            self.is_old = true;
        } else {
            self.earlier = Some(shown);
        }
        result
    }

    /// Takes in what the terminal said; returns what the app must be told.
    pub fn take(&mut self, run: &mut Run, home: &Home, waited: Waited) -> Vec<Msg> {
        if let Waited::Terminal(Input::Resize(width, height)) = waited
            && self.earlier.is_some()
        {
            self.screen.resize(run, width, height);
        }
        self.in_front(run, home, |stage, run, home| stage.take_in_front(run, home, waited))
    }

    fn take_in_front(&mut self, run: &mut Run, home: &Home, waited: Waited) -> Vec<Msg> {
        self.is_old = true;
        let now = clock::now();
        let happened = match waited {
            Waited::Terminal(happened) => happened,
            Waited::Returned => return self.returned(run, home),
        };
        let intents = match happened {
            Input::Key(key) => {
                self.is_pressed = true;
                self.screen.key(run, now, key)
            }
            Input::Mouse(mouse) => self.screen.mouse(run, now, mouse),
            Input::Paste(text) => self.screen.paste(run, now, &text),
            Input::Resize(width, height) => {
                self.screen.resize(run, width, height);
                Vec::new()
            }
            Input::Focus(is_looked_at) => {
                self.is_looked_at = is_looked_at;
                self.is_old = is_looked_at;
                Vec::new()
            }
            Input::Ready => Vec::new(),
            Input::Gone => {
                self.leaving = Some(Leaving::Detach);
                Vec::new()
            }
        };
        self.fulfil(run, home, intents)
    }

    /// Takes in records that the app has taken.
    pub fn changed(&mut self, run: &mut Run, home: &Home, records: &[Record]) -> Vec<Msg> {
        self.is_old = true;
        let now = clock::now();
        let intents = records.iter().flat_map(|record| self.screen.changed(run, now, record)).collect();
        if let (Some(shown), Some(text)) = (&mut self.earlier, records.iter().rev().find_map(called)) {
            // What needs the person is heard in an earlier run too.
            shown.screen.tell(now, format!("now · {text}"));
        }
        self.fulfil(run, home, intents)
    }

    /// Something that is shown is another now.
    pub fn touch(&mut self) {
        self.is_old = true;
    }

    /// Draws, and looks at a growing document, if it is time for that.
    ///
    /// # Errors
    /// The terminal cannot be written to any more.
    pub fn refresh(&mut self, run: &mut Run, home: &Home) -> io::Result<()> {
        self.open_session(run);
        self.in_front(run, home, Stage::refresh_in_front)
    }

    fn refresh_in_front(&mut self, run: &mut Run, home: &Home) -> io::Result<()> {
        if let Some(lent) = &mut self.lent {
            print_news(lent, run);
            return Ok(());
        }
        let at = Instant::now();
        if at >= self.grown + GROWTH
            && let Some((doc, from)) = self.screen.follows()
        {
            self.grown = at;
            let doc = doc.clone();
            self.read(run, home, &doc, Some(from));
        }
        let now = clock::now();
        if self.screen.next_change(run, now).is_some_and(|change| change <= now)
            || self.drawn.elapsed() >= Duration::from_secs(1)
        {
            self.is_old |= run.state.ended.is_none();
        }
        if self.is_old && (self.is_pressed || at >= self.drawn + self.pause()) {
            self.draw(run)?;
        }
        Ok(())
    }

    fn draw(&mut self, run: &Run) -> io::Result<()> {
        let (now, wall) = (clock::now(), clock::wall());
        let screen = &self.screen;
        let drawn = self.terminal.draw(|frame| ui::draw(frame, run, screen, now, wall))?;
        // A slow terminal says when it has taken the last frame.
        self.is_old = false;
        self.is_pressed = false;
        self.drawn = Instant::now();
        if drawn == Drawn::Yes {
            self.screen.drawn(run);
        }
        Ok(())
    }

    /// Does what the screen asks of the world; returns what the app must be told.
    fn fulfil(&mut self, run: &mut Run, home: &Home, intents: Vec<Intent>) -> Vec<Msg> {
        let mut told = Vec::new();
        for intent in intents {
            match intent {
                Intent::Order(command) => told.push(Msg::Person { command, by: By::Screen }),
                Intent::Answer { agent, id, answer } => told.push(Msg::Answer { agent, id, answer, by: By::Screen }),
                Intent::Open(doc) => self.read(run, home, &doc, None),
                Intent::Read { doc, from, .. } => self.read(run, home, &doc, Some(from)),
                Intent::Edit { doc, line } => self.edit(run, home, &doc, line),
                Intent::Browse(address) => self.browse(&address),
                Intent::Copy(text) => self.terminal.copy(&text),
                Intent::TakeOver(agent, attempt) => self.sessions.wish = Some(Wish::TakeOver(Key { agent, attempt })),
                Intent::Merge(agent) => self.merge(run, home, agent),
                Intent::CopySession(agent) => self.sessions.wish = Some(Wish::Copy(agent)),
                Intent::Seen(entries) => run.feed.saw(&entries),
                Intent::Notify { title, text } => {
                    let how = self.screen.look.notify;
                    self.terminal.notify(how.bell, how.desktop, &title, &text);
                }
                Intent::Mouse(take) => self.terminal.set_mouse(take),
                Intent::Redraw => self.terminal.forget().unwrap_or_default(),
                Intent::Reload => match reload::plan(&run.plan_path) {
                    Ok(msg) => told.push(msg),
                    Err(why) => self.screen.tell(clock::now(), why),
                },
                Intent::ListEarlier => self.screen.found_earlier(earlier::list(home)),
                Intent::ShowEarlier(id) => self.show_earlier(home, &id),
                Intent::Lines => self.lines(run),
                Intent::Suspend => {
                    let back = self.terminal.suspend();
                    self.taken(run, back);
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

    /// Shows an earlier run in the place of this one, with a screen of its own.
    fn show_earlier(&mut self, home: &Home, id: &str) {
        match earlier::open(home, id) {
            Ok((run, home)) => {
                let look = Look { hints: false, ..self.screen.look.clone() };
                let screen = Screen::new(look, self.screen.keys.clone(), &run, self.screen.size());
                self.earlier = Some(Box::new(Shown { run, home, screen }));
            }
            Err(why) => self.screen.tell(clock::now(), format!("run {id} cannot be shown: {why}")),
        }
    }

    fn read(&mut self, run: &mut Run, home: &Home, doc: &Doc, from: Option<u64>) {
        let document = library::read(doc, from, run, home);
        if from.is_some_and(|from| document.as_ref().is_ok_and(|it| it.bytes.is_empty() && it.size == from)) {
            return;
        }
        self.is_old = true;
        let more = self.screen.opened(run, doc, document);
        // A document asks for stretches of itself only, so this ends.
        self.fulfil(run, home, more);
    }

    /// Opens `$VISUAL` or `$EDITOR` on a document; agents work on meanwhile.
    fn edit(&mut self, run: &Run, home: &Home, doc: &Doc, line: Option<u32>) {
        let path = library::path_of(doc, run, home);
        let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok());
        let editor = editor.unwrap_or_else(|| "vi".to_owned());
        self.terminal.pause();
        match start_editor(&editor, &path, line) {
            Ok(child) => self.lent = Some(Lent::Editor { child: Box::new(child), doc: doc.clone() }),
            Err(error) => {
                let back = self.terminal.resume();
                self.taken(run, back);
                self.screen.tell(clock::now(), format!("{editor}: {error}"));
            }
        }
    }

    /// Lends the terminal to `quintet merge`: git may have much to say.
    fn merge(&mut self, run: &Run, home: &Home, agent: AgentId) {
        let mut command = Command::new(&home.own_program);
        command.args(["merge", &run.plan.agent(agent).slug, "--ask", "--run", &run.id, "--project"]).arg(&run.project);
        self.terminal.pause();
        match command.spawn() {
            Ok(child) => self.lent = Some(Lent::Merge { child: Box::new(child) }),
            Err(error) => {
                let back = self.terminal.resume();
                self.taken(run, back);
                self.screen.tell(clock::now(), format!("`quintet merge` cannot be started: {error}"));
            }
        }
    }

    /// Shows the events as plain lines until Enter is pressed.
    fn lines(&mut self, run: &Run) {
        self.terminal.pause();
        let enter = tokio::task::spawn_blocking(|| {
            // Without a line to read there is nobody to wait for.
            let _ = io::stdin().read_line(&mut String::new());
        });
        let mut lent = Lent::Lines { enter, printed: 0 };
        print_news(&mut lent, run);
        self.lent = Some(lent);
    }

    /// The terminal is ours again, or gone.
    fn taken(&mut self, run: &Run, result: io::Result<()>) {
        match result.and_then(|()| self.terminal.size()) {
            Ok((width, height)) => self.screen.resize(run, width, height),
            Err(_) => self.leaving = Some(Leaving::Detach),
        }
    }

    /// Takes the terminal back; returns what the app must be told.
    fn returned(&mut self, run: &mut Run, home: &Home) -> Vec<Msg> {
        let lent = self.lent.take();
        self.returned = Some(Instant::now());
        let back = self.terminal.resume();
        self.taken(run, back);
        match lent {
            Some(Lent::Editor { doc, .. }) => self.read(run, home, &doc, None),
            Some(Lent::Session { child, key }) => return self.session_left(*child, key),
            Some(Lent::Merge { .. } | Lent::Lines { .. }) | None => {}
        }
        Vec::new()
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

/// Waits until a stage is due; `None`: never.
pub async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
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
fn print_news(lent: &mut Lent, run: &Run) {
    if let Lent::Lines { printed, .. } = lent {
        let new = run.event_count.saturating_sub(*printed);
        if new == 0 && *printed > 0 {
            return;
        }
        for line in run.events.iter().skip(run.events.len().saturating_sub(new)) {
            println!("\r\x1b[K{}", crate::screen::words::clean(&line.line()));
        }
        // The hint stays below what comes.
        print!("\r\x1b[K[Enter brings the screen back] ");
        let _ = io::stdout().flush();
        *printed = run.event_count;
    }
}
