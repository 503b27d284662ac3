//! Whatever comes in whatever order: nothing panics, and the focus is always somewhere.

use proptest::prelude::*;
use quintet::engine::Activity;
use quintet::run::{Earlier, Outcome, Source};
use quintet::scheduler::{AgentVerdict, AttemptVerdict, By, Record, Severity};
use quintet::screen::{Document, Focus, Intent};

use super::world::World;

#[derive(Debug, Clone)]
enum Step {
    Key(&'static str),
    Type(char),
    Click(u16, u16, bool),
    Resize(u16, u16),
    Wait(u64),
    Start(usize),
    End(usize),
    Finish(usize),
    Ask(usize),
    Urgent(usize, String),
    Say(usize, String),
    Slots(usize),
    RunEnds,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let keys = prop::sample::select(
        "enter esc tab backtab up down left right space pageup pagedown home end backspace ctrl-c ctrl-d ctrl-u ctrl-l \
         a p F x + w m v n ! S R O c . e A % / N o ] [ , f & y q k j h l b g G 1 2 3 5 9 r L Q u t E P > < D X : ? s H d"
            .split_whitespace()
            .collect::<Vec<&'static str>>(),
    );
    let step = prop_oneof![
        12 => keys.prop_map(Step::Key),
        1 => any::<char>().prop_map(Step::Type),
        2 => (0u16..200, 0u16..70, any::<bool>()).prop_map(|(x, y, wheel)| Step::Click(x, y, wheel)),
        2 => (0u16..220, 0u16..70).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => (0u64..400).prop_map(Step::Wait),
        2 => (0usize..10).prop_map(Step::Start),
        1 => (0usize..10).prop_map(Step::End),
        1 => (0usize..10).prop_map(Step::Finish),
        1 => (0usize..10).prop_map(Step::Ask),
        1 => (0usize..10, "\\PC{0,60}").prop_map(|(agent, text)| Step::Urgent(agent, text)),
        1 => (0usize..10, ".{0,60}").prop_map(|(agent, text)| Step::Say(agent, text)),
        1 => (0usize..12).prop_map(Step::Slots),
        1 => Just(Step::RunEnds),
    ];
    prop::collection::vec(step, 1..60)
}

fn sources() -> impl Strategy<Value = Source> {
    prop_oneof![4 => Just(Source::Quintet), 1 => Just(Source::Files), 1 => Just(Source::Journal)]
}

fn do_step(world: &mut World, step: Step) {
    match step {
        Step::Key(key) => world.press(key),
        Step::Type(c) => world.type_in(&c.to_string()),
        Step::Click(x, y, wheel) => world.mouse(x, y, wheel),
        Step::Resize(width, height) => world.resize(width, height),
        Step::Wait(seconds) => world.wait(seconds),
        Step::Start(agent) => {
            let attempt = world.run.state.agents[agent].last_attempt() + 1;
            world.start(agent, attempt);
        }
        Step::End(agent) => {
            let attempt = world.run.state.agents[agent].last_attempt();
            world.end(agent, attempt, AttemptVerdict::OutOfTime, Some("\u{1b}[31mit was slow"));
        }
        Step::Finish(agent) => world.end_agent(agent, AgentVerdict::Partial, Some("why"), true),
        Step::Ask(agent) => world.take(Record::AskOpened {
            id: "q".to_owned(),
            agent: world.name(agent),
            attempt: world.run.state.agents[agent].last_attempt(),
            kind: "permission".to_owned(),
            text: "may it do this thing, which takes more than a line to say, as questions often do?".to_owned(),
            until: world.wall(),
            after_s: 60.0,
        }),
        Step::Urgent(agent, text) => world.urgent(agent, Severity::High, &text, Some(("a/b.go", 3))),
        Step::Say(agent, text) => world.saw(agent, Activity::Text { text }),
        Step::Slots(slots) => world.take(Record::SlotsChanged { slots, by: By::Screen }),
        Step::RunEnds => world.take(Record::RunEnded {
            complete: true,
            verdicts: std::collections::BTreeMap::new(),
            conditions: Vec::new(),
            factors: Vec::new(),
            slots: quintet::scheduler::record::SlotUse::default(),
            wall_s: 1.0,
            cost_usd: None,
            report: None,
        }),
    }
    answer(world);
}

/// Opens what was asked for, as the shell would.
fn answer(world: &mut World) {
    for intent in world.asked() {
        if intent == Intent::ListEarlier {
            world.screen.found_earlier(vec![an_earlier_run()]);
        }
        let (Intent::Open(doc) | Intent::Read { doc, .. }) = intent else { continue };
        let text = "# A report\n\n| a | b |\n|---|---|\n| 1 | see x/y.go:12 |\n\n- [x] done\n\n".repeat(30);
        let document =
            Document { path: "report.md".into(), size: text.len() as u64, from: 0, bytes: text.into_bytes() };
        let content = if world.now.0.is_multiple_of(7) { Err("it is not there".to_owned()) } else { Ok(document) };
        world.screen.opened(&world.run, &doc, content);
    }
}

fn an_earlier_run() -> Earlier {
    Earlier {
        id: "1121-1340-c2x".to_owned(),
        began: chrono::DateTime::UNIX_EPOCH,
        took: std::time::Duration::from_secs(9),
        outcome: Outcome::Stopped,
        plan: "plan.md".to_owned(),
        done: 1,
        agents: 10,
    }
}

fn is_somewhere(world: &World) -> bool {
    match world.screen.focus {
        Focus::Seat(seat) => seat < world.screen.seats(&world.run).len(),
        Focus::Pane => world.screen.pane.is_some(),
        Focus::Queue | Focus::Graph | Focus::Feed => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn no_sequence_of_keys_sizes_and_records_panics(steps in steps(), busy: bool, source in sources()) {
        let mut world = if busy { World::busy((120, 40)) } else { World::new((80, 24)) };
        world.run.source = source;
        for step in steps {
            do_step(&mut world, step);
            let buffer = world.buffer();
            prop_assert!(is_somewhere(&world), "{:?}", world.screen.focus);
            for cell in buffer.content() {
                prop_assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
            }
        }
    }
}
