//! The loop: what happened is named, one synchronous update decides, the effects are performed in order.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep_until};

use super::attempts::{Batch, Fact};
use super::control::Asked;
use super::files::{self, Rights};
use super::signals::{HANG_UP, INTERRUPT, Signals, is_typed};
use super::stage::{Leaving, Stage, Waited};
use super::watcher;
use super::world::World;
use super::{clock, meet, reload};
use crate::app::msg::{Effect, Left, Msg, News};
use crate::app::{App, RELOAD};
use crate::scheduler::{By, End, Mode, Record, Time};
use crate::team_dir::control::{Answer, Request};
use crate::team_dir::log;

/// The status is written at every change, and so often while nothing changes.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// The log is written at changes, but not more often than this.
const LOG_EVERY: Duration = Duration::from_secs(1);

/// What comes in from outside.
pub struct Inputs {
    /// Everything that happened to attempts; never dropped.
    pub facts: Receiver<Fact>,
    /// Lines of output; whoever sends waits when it is full.
    pub output: Receiver<Batch>,
    /// The team directory changed.
    pub hints: Receiver<()>,
    /// Answers of commands.
    pub later: Receiver<Msg>,
    /// Clients of the control socket.
    pub asked: Receiver<Asked>,
    pub signals: Signals,
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By the run's end.
    RunEnded,
    /// By a signal, after what ran was wrapped up or killed: its number.
    Signal(i32),
    /// The run goes on without this process.
    Detached,
}

/// One thing that happened.
enum Happened {
    Person(Waited),
    Signal(i32),
    Fact(Fact),
    Msg(Msg),
    Hint,
    Asked(Asked),
    Output(Batch),
    Time,
}

/// The loop and its clocks.
pub struct Loop {
    app: App,
    world: World,
    inputs: Inputs,
    /// The person's terminal; `None`: headless.
    stage: Option<Stage>,
    stopped_by: Option<i32>,
    look_at: Instant,
    looked: Instant,
    status_at: Instant,
    status_free: Instant,
    log_at: Instant,
    log_is_old: bool,
    /// The run has ended and everything of it is written: the team directory is free for another.
    is_written: bool,
    /// When the plan on disk was changed last.
    plan_at: Option<SystemTime>,
}

impl Loop {
    pub fn new(app: App, world: World, inputs: Inputs, stage: Option<Stage>) -> Loop {
        let now = Instant::now();
        Loop {
            plan_at: changed_at(&app),
            look_at: now + world.watcher.patience(),
            app,
            world,
            inputs,
            stage,
            stopped_by: None,
            looked: now,
            status_at: now,
            status_free: now,
            log_at: now,
            log_is_old: true,
            is_written: false,
        }
    }

    /// Runs until the run has ended (and was read, where there is a screen), or is left to go on without this process.
    /// `missed`: what was written while no Quintet looked.
    pub async fn run(mut self, missed: Vec<News>) -> (App, World, Ending) {
        self.tell(Msg::Begin);
        missed.into_iter().for_each(|news| self.tell(Msg::News(news)));
        while !self.is_over() {
            let happened = self.wait().await;
            self.take(happened);
            // A flood of facts keeps no client waiting for more than one of them.
            if let Ok(asked) = self.inputs.asked.try_recv() {
                self.answer(asked);
            }
            self.write_views(self.world.ended);
            self.refresh();
            self.leave_stage_while_stopping();
        }
        self.write_views(true);
        let leaves = self.stage.take().and_then(|stage| {
            let leaving = stage.leaving;
            stage.close();
            leaving
        });
        let ending = match (self.stopped_by, leaves) {
            (None, Some(Leaving::Detach)) if !self.world.ended => Ending::Detached,
            (Some(number), _) => Ending::Signal(number),
            (None, _) => Ending::RunEnded,
        };
        (self.app, self.world, ending)
    }

    /// A person or terminal that leaves while everything is being wrapped up: that is finished without a screen.
    fn leave_stage_while_stopping(&mut self) {
        let stops = self.stopped_by.is_some() || matches!(self.app.run.state.mode, Mode::Stopping { .. });
        let leaves = self.stage.as_ref().is_some_and(|stage| stage.leaving.is_some());
        if stops && leaves && !self.world.ended {
            self.stage.take().into_iter().for_each(Stage::close);
        }
    }

    fn is_over(&self) -> bool {
        match &self.stage {
            None => self.world.ended,
            // A finished run stays on the screen to be read; a signal does not wait for that.
            Some(stage) => stage.leaving.is_some() || (self.world.ended && self.stopped_by.is_some()),
        }
    }

    /// Draws what is due. A terminal that cannot be written to is gone: the run goes on without it.
    fn refresh(&mut self) {
        if let Some(stage) = &mut self.stage
            && stage.refresh(&mut self.app.run, &self.app.home).is_err()
        {
            stage.leaving = Some(Leaving::Detach);
        }
    }

    /// Waits for the next thing. Facts go before output; a fact that ends an attempt takes its output along (`take`).
    async fn wait(&mut self) -> Happened {
        let deadline = self.deadline();
        let Inputs { facts, output, hints, later, asked, signals } = &mut self.inputs;
        let stage = &mut self.stage;
        let person = async {
            match stage {
                Some(stage) => stage.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            number = signals.next() => Happened::Signal(number),
            waited = person => Happened::Person(waited),
            Some(fact) = facts.recv() => Happened::Fact(fact),
            Some(msg) = later.recv() => Happened::Msg(msg),
            Some(asked) = asked.recv() => Happened::Asked(asked),
            Some(()) = hints.recv() => Happened::Hint,
            () = sleep_until(deadline) => Happened::Time,
            Some(batch) = output.recv() => Happened::Output(batch),
        }
    }

    fn deadline(&self) -> Instant {
        let decision = self.app.next_deadline().map(|at| instant(at, clock::now()));
        // What was written for the last time is never due again.
        let status = (!self.is_written).then_some(self.status_at);
        let log = (self.log_is_old && !self.is_written).then_some(self.log_at);
        let stage = self.stage.as_ref().and_then(|stage| stage.deadline(&self.app.run));
        [decision, status, log, stage].into_iter().flatten().fold(self.look_at, Instant::min)
    }

    fn take(&mut self, happened: Happened) {
        match happened {
            Happened::Signal(number) => self.signal(number),
            Happened::Person(waited) => {
                if let Some(stage) = &mut self.stage {
                    let mut told = stage.take(&mut self.app.run, &self.app.home, waited);
                    told.extend(stage.grant(&self.app));
                    if stage.interrupted {
                        self.stopped_by.get_or_insert(INTERRUPT);
                    }
                    told.into_iter().for_each(|msg| self.obey(msg));
                }
            }
            Happened::Fact(fact) => self.take_attempts(Some(fact), None),
            Happened::Msg(msg) => self.tell(msg),
            Happened::Output(batch) => self.take_attempts(None, Some(batch)),
            Happened::Asked(asked) => self.answer(asked),
            Happened::Hint => self.look_at = self.look_at.min(self.looked + watcher::PAUSE),
            Happened::Time => self.tell(Msg::Tick),
        }
        if Instant::now() >= self.look_at {
            self.look();
        }
    }

    /// Takes facts and output of attempts in the order in which they were sent: a start is in the channel of facts before
    /// anything that was printed is in the channel of output, and that is there before the end.
    ///
    /// Both channels are filled by other threads meanwhile, so whichever was looked at first may not have come first.
    fn take_attempts(&mut self, fact: Option<Fact>, batch: Option<Batch>) {
        let mut endings = Vec::new();
        let mut batches: Vec<Batch> = batch.into_iter().collect();
        let mut next = fact;
        loop {
            while let Some(fact) = next.take().or_else(|| self.inputs.facts.try_recv().ok()) {
                match fact {
                    Fact::Queued { .. } | Fact::Started { .. } | Fact::Adopted { .. } => {
                        self.tell(meet::fact(fact, |_| Left::default()))
                    }
                    Fact::Exited { .. } | Fact::Lost { .. } | Fact::CannotStart { .. } | Fact::NoRoom { .. } => {
                        endings.push(fact);
                    }
                }
            }
            for batch in batches.drain(..) {
                self.tell(meet::output(batch));
            }
            if endings.is_empty() {
                break;
            }
            batches.extend(std::iter::from_fn(|| self.inputs.output.try_recv().ok()));
            if batches.is_empty() {
                break;
            }
        }
        endings.into_iter().for_each(|ending| self.take_ending(ending));
    }

    /// Takes the end of a process: its attempt has ended, unless the next process of the same attempt follows.
    fn take_ending(&mut self, fact: Fact) {
        let relaunched = match &fact {
            Fact::Exited { key, .. } => self.world.relaunch(*key).map(|result| (*key, result)),
            _ => None,
        };
        match relaunched {
            Some((_, Ok(()))) => {}
            Some((key, Err(why))) => {
                let left = self.world.left(&self.app.folder(key), self.app.named_report(key));
                self.tell(Msg::Exited { key, end: End::CannotStart, why: Some(why), left });
            }
            None => {
                let left = |key| self.world.left(&self.app.folder(key), self.app.named_report(key));
                let msg = meet::fact(fact, left);
                self.tell(msg);
            }
        }
    }

    /// Answers a client. One that does not read its answers is left.
    fn answer(&mut self, asked: Asked) {
        let (now, wall) = (clock::now(), clock::wall());
        let answer = match &asked.request {
            Request::Status => Answer { status: Some(self.app.run.status(now, wall)), ..Answer::done() },
            Request::Follow => Answer::done(),
            Request::Order { verb, .. } if verb == RELOAD => match reload::plan(&self.app.run.plan_path) {
                Ok(msg) => {
                    self.tell(msg);
                    self.app.refused().map_or_else(Answer::done, Answer::refused)
                }
                Err(why) => Answer::refused(why),
            },
            Request::Order { .. } | Request::Person { .. } => {
                let (effects, result) = self.app.ask(now, wall, &asked.request);
                self.perform(effects);
                result.map_or_else(Answer::refused, |()| Answer::done())
            }
        };
        let is_there = asked.reply.try_send(answer.line()).is_ok();
        if is_there && asked.request == Request::Follow {
            self.world.sinks.follow(asked.reply);
        }
    }

    fn look(&mut self) {
        self.looked = Instant::now();
        self.world.catch_up().into_iter().for_each(|msg| self.tell(msg));
        self.look_at = self.looked + self.world.watcher.patience();
        for news in self.world.watcher.look() {
            self.tell(Msg::News(news));
        }
        let plan = changed_at(&self.app);
        if plan.is_some() && plan != self.plan_at {
            self.plan_at = plan;
            if let Some(stage) = &mut self.stage {
                stage.plan_changed();
            }
        }
    }

    /// The first signal wraps up and stops, the second kills.
    fn signal(&mut self, number: i32) {
        if is_typed(number) && self.stage.as_ref().is_some_and(Stage::is_lent) {
            return;
        }
        if number == HANG_UP {
            // Closing a terminal never ends a run.
            if let Some(stage) = &mut self.stage {
                stage.leaving = Some(Leaving::Detach);
            }
            return;
        }
        let kill = self.stopped_by.is_some();
        self.stopped_by.get_or_insert(number);
        self.tell(Msg::Stop { by: By::Signal, kill });
    }

    /// Tells the app what the person at the screen wants, and the person why it is refused.
    fn obey(&mut self, msg: Msg) {
        self.app.take_refusal();
        self.tell(msg);
        if let (Some(why), Some(stage)) = (self.app.take_refusal(), &mut self.stage) {
            stage.screen.tell(clock::now(), why);
            stage.touch();
        }
    }

    /// Tells the app and performs what it wants, until nothing more comes of it.
    fn tell(&mut self, msg: Msg) {
        let is_tick = matches!(msg, Msg::Tick);
        let effects = self.app.update(clock::now(), clock::wall(), msg);
        // A tick of which nothing comes changes nothing: a screen at rest stays so.
        if !is_tick || !effects.is_empty() {
            self.perform(effects);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let mut queue = self.perform_once(effects);
        while let Some(msg) = queue.pop_front() {
            let effects = self.app.update(clock::now(), clock::wall(), msg);
            queue.extend(self.perform_once(effects));
        }
    }

    /// Performs effects and shows the screen what they record; returns what came of them.
    fn perform_once(&mut self, effects: Vec<Effect>) -> VecDeque<Msg> {
        let Some(stage) = &mut self.stage else { return self.world.perform(effects) };
        stage.touch();
        let records: Vec<Record> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Journal(record) => Some(record.clone()),
                _ => None,
            })
            .collect();
        let told = stage.changed(&mut self.app.run, &self.app.home, &records);
        let mut news = self.world.perform(effects);
        news.extend(told);
        news
    }

    fn tell_trouble(&mut self, path: &Path, written: std::io::Result<()>) {
        let trouble = self.world.troubles.take(&format!("write {}", path.display()), written);
        trouble.into_iter().for_each(|msg| self.tell(msg));
    }

    /// Writes the status and the log, if they are due: a tenth of the time at most.
    fn write_views(&mut self, last: bool) {
        if self.is_written {
            return;
        }
        let now = Instant::now();
        if self.app.take_change() {
            self.status_at = self.status_free;
            self.log_is_old = true;
        }
        if last || now >= self.status_at {
            let status = self.app.run.status(clock::now(), clock::wall());
            let path = self.world.team.status().to_owned();
            let written = files::replace(&path, &status.text(), Rights::Private);
            self.tell_trouble(&path, written);
            let took = now.elapsed();
            self.status_free = now + took * 10;
            self.status_at = now + STATUS_EVERY;
        }
        if last || (self.log_is_old && now >= self.log_at) {
            let page = self.app.run.log(clock::now(), clock::wall());
            let path = self.world.team.log();
            let written = files::replace(&path, &log::written(&page), Rights::Umask);
            self.tell_trouble(&path, written);
            self.log_is_old = false;
            self.log_at = now + LOG_EVERY;
        }
        if self.world.ended {
            self.is_written = true;
            self.world.lock = None;
        }
    }
}

fn changed_at(app: &App) -> Option<SystemTime> {
    app.run.plan_path.metadata().ok()?.modified().ok()
}

/// Returns when a moment of the run's clock comes, by the loop's.
fn instant(at: Time, now: Time) -> Instant {
    Instant::now() + at.since(now)
}
