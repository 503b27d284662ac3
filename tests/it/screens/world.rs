//! A run as it may look, and a person in front of it.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use quintet::engine::Activity;
use quintet::plan::{Agent, AgentId, Compile, Overrides, Plan, Said, TeamFiles};
use quintet::run::Run;
use quintet::scheduler::{AgentVerdict, AttemptVerdict, By, Record, Severity, Time};
use quintet::screen::keys::KeyMap;
use quintet::screen::look::Look;
use quintet::screen::{Intent, Screen};
use quintet::ui;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

/// A run, a screen and a clock.
pub struct World {
    pub run: Run,
    pub screen: Screen,
    pub now: Time,
    pub began: Time,
    pub size: (u16, u16),
    /// What the person's keys asked of the world, not yet looked at.
    pub intents: Vec<Intent>,
}

/// Returns an agent of the plan of these tests.
pub fn agent(name: &str, needs: &[usize], tools: &[&str], criteria: &[&str]) -> Agent {
    Agent {
        name: name.to_owned(),
        slug: name.to_owned(),
        phase: if needs.is_empty() { 1 } else { 2 },
        task: format!("Look at everything that a {name} would look at"),
        needs: needs.iter().map(|need| AgentId(*need)).collect(),
        time_box: Duration::from_secs(900),
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        tool_hints: Vec::new(),
        output: Some(format!(".claude-team/reports/{name}.md")),
        criteria: criteria.iter().map(|text| (*text).to_owned()).collect(),
        reads: Vec::new(),
        overrides: Overrides::default(),
        line: 1,
    }
}

/// Returns a plan of these agents.
pub fn plan_of(agents: Vec<Agent>, compile: Option<Compile>) -> Plan {
    Plan {
        title: "Multi-tenant pipeline".to_owned(),
        slots: 5,
        time_box: Duration::from_secs(900),
        agents,
        compile,
        files: TeamFiles {
            status: ".claude-team/communications/agent-status.json".to_owned(),
            findings: ".claude-team/communications/cross-agent-findings.md".to_owned(),
            urgent: ".claude-team/communications/urgent-issues.md".to_owned(),
        },
        deliverables: vec!["Architecture assessment".to_owned(), "Security audit".to_owned()],
        conditions: vec![
            "All ten agents have completed their assignments".to_owned(),
            "Critical issues are identified and documented".to_owned(),
            "Timeline and budget are validated".to_owned(),
        ],
        factors: vec!["Five agents at work at all times".to_owned()],
        brief: String::new(),
        overrides: Overrides::default(),
        said: Said::default(),
    }
}

/// Ten agents in two phases and a final report.
pub fn plan() -> Plan {
    let search = "mcp__tavily__tavily_search";
    let list = "mcp__files__list_directory";
    let three = ["Validate the design", "Find the bottlenecks", "Assess the integration"];
    let agents = vec![
        agent("architecture-analyst", &[], &[search, list], &three),
        agent("security-auditor", &[], &[search, "mcp__brave__web_search"], &three),
        agent("testing-engineer", &[], &["mcp__context7__resolve", search], &three),
        agent("performance-engineer", &[], &[search], &three),
        agent("deployment-specialist", &[], &[search, list], &three),
        agent("integration-analyst", &[0], &[], &[]),
        agent("compliance-specialist", &[1], &[], &[]),
        agent("scalability-engineer", &[2], &[], &[]),
        agent("monitoring-specialist", &[3], &[], &[]),
        agent("documentation-reviewer", &[4], &[], &[]),
    ];
    let needs = (5..10).map(AgentId).collect();
    plan_of(agents, Some(Compile { label: "Final Report".to_owned(), needs }))
}

impl World {
    /// A run of a plan that has just begun, on a terminal of this size.
    pub fn of(plan: Plan, look: Look, size: (u16, u16)) -> World {
        let run = Run::new("1122-1550-k3f", plan, PathBuf::from("plan.md"), PathBuf::from("/project"));
        let began = Time(1_000_000);
        let screen = Screen::new(look, KeyMap::default(), &run, size);
        let mut world = World { run, screen, now: began, began, size, intents: Vec::new() };
        let agents = world.run.plan.agents.iter().map(|agent| agent.name.clone()).collect();
        world.take(Record::RunStarted {
            plan: "plan.md".to_owned(),
            plan_hash: "0".to_owned(),
            project: "/project".to_owned(),
            agents,
            slots: world.run.plan.slots,
            boot: "b".to_owned(),
            options: serde_json::Value::Null,
        });
        world
    }

    /// The run of ten agents at its beginning.
    pub fn new(size: (u16, u16)) -> World {
        World::of(plan(), Look::default(), size)
    }

    /// The run of ten agents in its twenty-second minute: one asks, one is paused, one wraps up, one is silent.
    pub fn busy(size: (u16, u16)) -> World {
        World::new(size).and_busy()
    }

    /// Goes on to the twenty-second minute.
    pub fn and_busy(mut self) -> World {
        for agent in 0..5 {
            self.start(agent, 1);
        }
        for engine in &mut self.run.engines {
            *engine = "claude opus".to_owned();
        }
        self.run.max_cost = Some(20.0);
        self.wait(30);
        self.call(0, "1", "mcp__tavily__tavily_search", "tavily: service mesh 2025");
        self.wait(40);
        self.called(0, "1", true);
        self.call(3, "1", "mcp__tavily__tavily_search", "tavily: price of storage");
        self.wait(100);
        self.called(3, "1", true);
        self.criterion(0, 1);
        self.criterion(0, 2);
        self.criterion(0, 3);
        self.finding(3, Severity::Medium, "the budget counts the staging project twice", None);
        self.wait(382);
        self.end(3, 1, AttemptVerdict::Done, None);
        self.end_agent(3, AgentVerdict::Done, None, true);
        self.ready(8);
        self.start(8, 1);
        self.wait(68);
        self.urgent(
            4,
            Severity::High,
            "the image is built from a folder that is not there",
            Some(("deployments/docker/Dockerfile", 12)),
        );
        self.call(1, "2", "mcp__tavily__tavily_search", "tavily: webhook replay");
        self.called(1, "2", true);
        self.wait(80);
        self.end(0, 1, AttemptVerdict::Done, None);
        self.end_agent(0, AgentVerdict::Done, None, true);
        self.ready(5);
        self.start(5, 1);
        self.call(1, "3", "mcp__brave__web_search", "brave: hmac verification");
        self.wait(15);
        self.called(1, "3", true);
        self.end(2, 1, AttemptVerdict::OutOfTime, Some("its time box is over"));
        self.take(Record::HandoffWritten {
            agent: self.name(2),
            attempt: 1,
            path: ".claude-team/handoffs/testing-engineer-1.md".to_owned(),
            author: quintet::scheduler::record::NotesAuthor::Agent,
        });
        self.ready(2);
        self.start(2, 2);
        self.criterion(1, 1);
        self.criterion(1, 2);
        self.call(2, "1", "mcp__context7__resolve", "context7: testify");
        self.wait(20);
        self.called(2, "1", true);
        self.call(4, "1", "Read", "read deployments/terraform/main.tf");
        self.wait(3);
        self.called(4, "1", true);
        self.usage(1, 81_200, 0.48);
        self.usage(2, 20_100, 0.20);
        self.usage(4, 9_400, 0.11);
        self.usage(5, 4_400, 0.09);
        self.criterion(4, 1);
        self.wait(42);
        self.urgent(
            1,
            Severity::Critical,
            "any tenant can read another's calls: the query has no tenant in its filter",
            Some(("internal/spanner/repository.go", 88)),
        );
        self.call(1, "4", "Grep", "grep hmac internal/");
        self.wait(41);
        self.called(1, "4", true);
        self.call(2, "2", "Read", "read test/load/");
        self.wait(4);
        self.called(2, "2", true);
        self.take(Record::AttemptPaused { agent: self.name(2), attempt: 2, by: By::Screen, frozen: false });
        self.call(5, "1", "Read", "read reports/architecture-analysis.md");
        self.called(5, "1", true);
        self.say(8, "reading reports/performance-cost-analysis.md to see what it says of the alerts");
        self.wait(30);
        self.take(Record::AttemptWrappingUp { agent: self.name(1), attempt: 1, why: "90 s left".to_owned() });
        self.take(Record::AskOpened {
            id: "q1".to_owned(),
            agent: self.name(5),
            attempt: 1,
            kind: "permission".to_owned(),
            text: "may it run `go vet ./...`?".to_owned(),
            until: self.wall(),
            after_s: 60.0,
        });
        self.wait(8);
        self.run.live[4].last_sign = Some(Time(self.now.0 - 242_000));
        self.run.live[8].last_sign = Some(self.now);
        self
    }

    /// The run of ten agents after its end.
    pub fn ended(size: (u16, u16)) -> World {
        let mut world = World::busy(size);
        for (agent, attempt) in [(1, 1), (2, 2), (4, 1), (5, 1), (8, 1)] {
            let verdict = if agent == 4 { AttemptVerdict::Failed } else { AttemptVerdict::Done };
            world.end(agent, attempt, verdict, (agent == 4).then_some("exit 1: no such file or directory"));
            let ended = if agent == 4 { AgentVerdict::Failed } else { AgentVerdict::Done };
            world.end_agent(agent, ended, (agent == 4).then_some("exit 1: no such file or directory"), agent != 4);
        }
        world.end_agent(9, AgentVerdict::Blocked, Some("deployment-specialist has failed"), false);
        for agent in [6, 7] {
            world.ready(agent);
            world.start(agent, 1);
            world.wait(200);
            world.end(agent, 1, AttemptVerdict::Done, None);
            world.end_agent(agent, AgentVerdict::Done, None, true);
        }
        world.wait(2);
        let judged = |text: &str, holds, evidence: &str| quintet::scheduler::record::Judged {
            text: text.to_owned(),
            holds,
            evidence: evidence.to_owned(),
        };
        world.take(Record::RunEnded {
            complete: false,
            verdicts: std::collections::BTreeMap::new(),
            conditions: vec![
                judged(
                    "All ten agents have completed their assignments",
                    Some(false),
                    "8 of 10: deployment-specialist failed, documentation-reviewer is blocked",
                ),
                judged(
                    "Critical issues are identified and documented",
                    Some(true),
                    "2 urgent issues, each with its place",
                ),
                judged(
                    "Timeline and budget are validated",
                    None,
                    "performance-engineer reports on the budget; a person must judge the timeline",
                ),
            ],
            factors: vec![judged(
                "Five agents at work at all times",
                Some(true),
                "never fewer while anything was ready",
            )],
            slots: quintet::scheduler::record::SlotUse { max_active: 5, idle_p50_ms: 1.2, idle_p99_ms: 8.4 },
            wall_s: 1267.0,
            cost_usd: Some(1.84),
            report: Some(".claude-team/reports/final-report.md".to_owned()),
        });
        world
    }

    pub fn name(&self, agent: usize) -> String {
        self.run.plan.agents[agent].name.clone()
    }

    /// The wall clock at this moment.
    pub fn wall(&self) -> DateTime<Utc> {
        let began = Utc.with_ymd_and_hms(2025, 11, 22, 13, 40, 0).single().expect("a moment");
        let gone = i64::try_from(self.now.0 - self.began.0).expect("a short run");
        began + TimeDelta::milliseconds(gone)
    }

    pub fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }

    pub fn take(&mut self, record: Record) {
        let wall = self.wall();
        self.run.take(self.now, wall, &record);
        let intents = self.screen.changed(&self.run, self.now, &record);
        self.intents.extend(intents);
    }

    pub fn ready(&mut self, agent: usize) {
        self.take(Record::AgentReady { agent: self.name(agent) });
    }

    pub fn start(&mut self, agent: usize, attempt: u32) {
        self.take(Record::AttemptStarting {
            agent: self.name(agent),
            attempt,
            folder: format!("{}-{attempt}", self.name(agent)),
            place: "local".to_owned(),
            engine: "claude".to_owned(),
            model: None,
            limit_s: 900.0,
        });
        self.take(Record::AttemptStarted { agent: self.name(agent), attempt, pid: 4000 + agent as i32, again: false });
    }

    pub fn end(&mut self, agent: usize, attempt: u32, verdict: AttemptVerdict, why: Option<&str>) {
        let ran = self.run.state.agents[agent].active().map_or(0.0, |active| active.clock.ran(self.now).as_secs_f64());
        self.take(Record::AttemptEnded {
            agent: self.name(agent),
            attempt,
            verdict,
            why: why.map(str::to_owned),
            exit: Some(0),
            signal: None,
            wall_s: ran,
            run_s: ran,
            queued_s: 0.0,
            tokens: self.run.live[agent].tokens,
            cost_usd: self.run.live[agent].cost_usd,
            tools: std::collections::BTreeMap::new(),
            counted: verdict == AttemptVerdict::OutOfTime,
            hopeless: false,
            left_s: 0.0,
            report: None,
            progress: true,
            partial: false,
        });
    }

    pub fn end_agent(&mut self, agent: usize, verdict: AgentVerdict, why: Option<&str>, report: bool) {
        let report = report.then(|| self.run.plan.agents[agent].report_path());
        self.take(Record::AgentEnded { agent: self.name(agent), verdict, why: why.map(str::to_owned), report });
    }

    pub fn criterion(&mut self, agent: usize, n: usize) {
        let attempt = self.run.state.agents[agent].last_attempt();
        self.take(Record::CriterionMet {
            agent: self.name(agent),
            attempt,
            n,
            evidence: "section 2 of the report".to_owned(),
        });
    }

    pub fn finding(&mut self, agent: usize, severity: Severity, text: &str, place: Option<(&str, u32)>) {
        self.take(Record::FindingAdded {
            agent: self.name(agent),
            severity,
            text: text.to_owned(),
            file: place.map(|(file, _)| file.to_owned()),
            line: place.map(|(_, line)| line),
            rule: None,
        });
    }

    pub fn urgent(&mut self, agent: usize, severity: Severity, text: &str, place: Option<(&str, u32)>) {
        self.take(Record::UrgentAdded {
            severity,
            text: text.to_owned(),
            source: self.name(agent),
            file: place.map(|(file, _)| file.to_owned()),
            line: place.map(|(_, line)| line),
        });
    }

    pub fn saw(&mut self, agent: usize, activity: Activity) {
        self.run.saw(self.now, AgentId(agent), &activity);
    }

    pub fn say(&mut self, agent: usize, text: &str) {
        self.saw(agent, Activity::Text { text: text.to_owned() });
    }

    pub fn call(&mut self, agent: usize, id: &str, tool: &str, summary: &str) {
        let (id, name, summary) = (id.to_owned(), tool.to_owned(), summary.to_owned());
        self.saw(agent, Activity::ToolStarted { id, name, summary });
    }

    pub fn called(&mut self, agent: usize, id: &str, ok: bool) {
        self.saw(agent, Activity::ToolEnded { id: id.to_owned(), ok, summary: String::new() });
    }

    pub fn usage(&mut self, agent: usize, tokens: u64, dollars: f64) {
        self.saw(agent, Activity::Usage { input_tokens: tokens, output_tokens: 0, cost_usd: Some(dollars) });
    }

    /// Presses keys, written as in a key map with spaces between.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.screen.drawn(&self.run);
            let intents = self.screen.key(&self.run, self.now, key_event(key));
            self.intents.extend(intents);
        }
    }

    /// Types a text, letter by letter.
    pub fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            let intents = self.screen.key(&self.run, self.now, event);
            self.intents.extend(intents);
        }
    }

    /// Clicks at a cell, or turns the wheel there.
    pub fn mouse(&mut self, column: u16, row: u16, wheel: bool) {
        let kind = if wheel { MouseEventKind::ScrollDown } else { MouseEventKind::Down(MouseButton::Left) };
        let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        self.screen.drawn(&self.run);
        let intents = self.screen.mouse(&self.run, self.now, event);
        self.intents.extend(intents);
    }

    pub fn resize(&mut self, width: u16, height: u16) {
        self.size = (width, height);
        self.screen.resize(&self.run, width, height);
    }

    pub fn asked(&mut self) -> Vec<Intent> {
        std::mem::take(&mut self.intents)
    }

    pub fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a terminal in memory");
        terminal
            .draw(|frame| drop(ui::draw(frame, &self.run, &self.screen, self.now, self.wall())))
            .expect("drawing in memory cannot fail");
        terminal.backend().buffer().clone()
    }

    /// The screen as text.
    pub fn shown(&self) -> String {
        text_of(&self.buffer())
    }
}

/// The characters of a buffer, line by line.
pub fn text_of(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            skip = quintet::screen::words::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A key as a key map writes it.
pub fn key_event(key: &str) -> KeyEvent {
    let plain = |code| KeyEvent::new(code, KeyModifiers::NONE);
    match key {
        "enter" => plain(KeyCode::Enter),
        "esc" => plain(KeyCode::Esc),
        "tab" => plain(KeyCode::Tab),
        "backtab" => KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT),
        "up" => plain(KeyCode::Up),
        "down" => plain(KeyCode::Down),
        "left" => plain(KeyCode::Left),
        "right" => plain(KeyCode::Right),
        "space" => plain(KeyCode::Char(' ')),
        "pageup" => plain(KeyCode::PageUp),
        "pagedown" => plain(KeyCode::PageDown),
        "home" => plain(KeyCode::Home),
        "end" => plain(KeyCode::End),
        "backspace" => plain(KeyCode::Backspace),
        other => match other.strip_prefix("ctrl-") {
            Some(letter) => {
                KeyEvent::new(KeyCode::Char(letter.chars().next().expect("a letter")), KeyModifiers::CONTROL)
            }
            None => plain(KeyCode::Char(other.chars().next().expect("a letter"))),
        },
    }
}
