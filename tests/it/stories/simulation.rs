//! Thousands of runs that nobody thought of: random graphs, fates, orders and crashes, each from its seed.
//!
//! `promises.rs` watches every moment of them; here is what must hold of each as a whole.

use std::time::Duration;

use quintet::plan::AgentId;
use quintet::scheduler::{AgentVerdict, Command, Event, Record, Settings, TaskSpec};

use super::dice::Dice;
use super::process::Fate;
use super::world::{World, settings};

/// How many seeds each simulation takes, unless `QUINTET_SEEDS` says otherwise; 3,400 make ten thousand runs.
const SEEDS: u64 = 700;

fn seeds() -> std::ops::Range<u64> {
    0..std::env::var("QUINTET_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS)
}

/// A run that takes more steps than this goes round in circles.
const MOST_STEPS: usize = 20_000;

/// What happens in a simulated run beside the work.
#[derive(Clone, Copy)]
struct Disturbances {
    person: bool,
    crashes: bool,
}

#[test]
fn runs_without_a_person_end_and_block_exactly_what_cannot_run() {
    for seed in seeds() {
        let world = simulate(seed, Disturbances { person: false, crashes: false });
        blocked_is_what_the_oracle_says(&world, seed);
    }
}

#[test]
fn runs_end_whatever_the_person_orders() {
    for seed in seeds() {
        let world = simulate(seed, Disturbances { person: true, crashes: false });
        verdicts_fit_together(&world, seed);
    }
}

#[test]
fn no_crash_loses_a_task_or_runs_one_twice() {
    for seed in seeds() {
        let world = simulate(seed, Disturbances { person: seed % 2 == 0, crashes: true });
        verdicts_fit_together(&world, seed);
        every_attempt_started_once(&world, seed);
    }
}

#[test]
fn the_same_seed_is_the_same_journal() {
    for seed in 0..50 {
        let all = Disturbances { person: true, crashes: true };
        assert_eq!(simulate(seed, all).log, simulate(seed, all).log, "seed {seed}");
    }
}

fn simulate(seed: u64, disturbances: Disturbances) -> World {
    let mut dice = Dice::new(seed);
    let team = some_tasks(&mut dice);
    let mut world = World::with(team, some_settings(&mut dice));
    for index in 0..world.tasks.len() {
        let fates: Vec<Fate> = (0..1 + dice.below(4)).map(|_| some_fate(&mut dice)).collect();
        let name = world.tasks[index].name.clone();
        world = world.fates(&name, fates);
    }
    world.downtime = dice.up_to(20_000);
    let mut world = world.begin();
    let mut orders_left = if disturbances.person { dice.below(12) } else { 0 };
    let mut crashes_left = if disturbances.crashes { 1 + dice.below(4) } else { 0 };
    for _ in 0..MOST_STEPS {
        if world.has_ended() {
            let replayed = world.replayed();
            assert_eq!(replayed.state(), world.state(), "seed {seed}: the journal tells another story");
            return world;
        }
        if crashes_left > 0 && dice.one_in(15) {
            crashes_left -= 1;
            if dice.one_in(2) {
                world.dies_after = Some(dice.below(6));
            } else {
                assert_eq!(world.replayed().state(), world.state(), "seed {seed}: the journal tells another story");
                world.die_and_come_back();
            }
        }
        if orders_left > 0 && dice.one_in(8) {
            orders_left -= 1;
            let pause = dice.up_to(60_000).as_secs_f64();
            world.pass(pause);
            let command = some_command(&mut dice, &world);
            world.person(command);
        }
        if disturbances.person && dice.one_in(60) {
            spend(&mut dice, &mut world);
        }
        match world.next() {
            Some(_) => world.step(),
            None => wake(&mut world),
        }
    }
    panic!("seed {seed} goes round in circles: {}", world.picture());
}

/// Nothing happens by itself any more and the run has not ended: it must be waiting for the person.
fn wake(world: &mut World) {
    let picture = world.picture();
    let waits = picture.contains("paused") || !world.state().throttled.is_empty();
    let is_held = matches!(world.state().mode, quintet::scheduler::Mode::Held { .. });
    assert!(waits || is_held || world.has_ended(), "nobody knows what this run waits for: {picture}");
    for index in 0..world.tasks.len() {
        world.person(Command::Resume { agent: AgentId(index), attempt: None });
    }
    world.person(Command::Release);
}

fn some_tasks(dice: &mut Dice) -> Vec<TaskSpec> {
    let count = 1 + dice.below(14);
    let mut order: Vec<usize> = (0..count).collect();
    dice.shuffle(&mut order);
    let mut needs: Vec<Vec<AgentId>> = vec![Vec::new(); count];
    for later in 1..count {
        for earlier in 0..later {
            if dice.one_in(4) {
                needs[order[later]].push(AgentId(order[earlier]));
            }
        }
    }
    (0..count)
        .map(|index| {
            let engine = ["sh", "claude", "codex"][dice.below(3)];
            TaskSpec {
                name: format!("agent-{index}"),
                slug: format!("agent-{index}"),
                needs: needs[index].clone(),
                time_box: Duration::from_secs(60) + dice.up_to(840_000),
                engine: engine.to_owned(),
                shares: Vec::new(),
                model: None,
                chain: dice.below(4),
                wraps_up: engine != "sh",
                pauses_softly: engine != "sh",
                verifies: dice.one_in(6),
                place: if dice.one_in(4) { "slurm" } else { "local" }.to_owned(),
            }
        })
        .collect()
}

fn some_settings(dice: &mut Dice) -> Settings {
    Settings {
        slots: 1 + dice.below(5),
        grace: Duration::from_secs(1) + dice.up_to(20_000),
        warning: dice.below(11) as f64 / 10.0,
        wrap_up: dice.below(6) as f64 / 10.0,
        successors: dice.below(3) as u32,
        retries: dice.below(3) as u32,
        hold_on_same_failure: dice.one_in(3),
        headless: dice.one_in(2),
        max_cost: dice.one_in(4).then_some(10.0),
        place_slots: if dice.one_in(3) { vec![("slurm".to_owned(), 1)] } else { Vec::new() },
        ..settings()
    }
}

fn some_fate(dice: &mut Dice) -> Fate {
    let seconds = dice.below(1_200) as u64;
    let why = ["it broke", "HTTP 500", "exit 1"][dice.below(3)];
    let fate = match dice.below(12) {
        0 => Fate::endless(),
        1 => Fate::deaf(),
        2 => Fate::failed(seconds, why),
        3 => Fate::silent(seconds),
        4 => Fate::lost(seconds),
        5 if dice.below(2) == 0 => Fate::no_room(),
        5 => Fate::cannot_start(),
        6 => Fate::throttled(seconds, dice.up_to(600_000)),
        7 => Fate::endless().with(|outcome| outcome.progress = false),
        _ => Fate::done(seconds),
    };
    Fate {
        asks_after: dice.one_in(6).then(|| dice.up_to(600_000)),
        wraps_up: if dice.one_in(4) { None } else { Some(dice.up_to(60_000)) },
        verify_ok: !dice.one_in(4),
        ..fate
    }
}

fn some_command(dice: &mut Dice, world: &World) -> Command {
    let agent = AgentId(dice.below(world.tasks.len()));
    let newest = world.state().agent(agent).last_attempt();
    let attempt = [None, Some(newest), Some(newest.saturating_sub(1))][dice.below(3)];
    match dice.below(24) {
        0 | 1 => Command::Pause { agent, attempt, hard: dice.one_in(2) },
        2 => Command::Resume { agent, attempt },
        3 => Command::Park { agent, attempt },
        4 | 5 => Command::HandOver { agent, attempt },
        6 => Command::Stop { agent, attempt },
        7 => Command::Kill { agent, attempt },
        8 | 9 => Command::Extend { agent, attempt, by: dice.up_to(600_000) },
        10..=12 => Command::Retry { agent, engine: dice.one_in(3).then(|| "codex".to_owned()) },
        13 | 14 => Command::Skip { agent },
        15 | 16 => Command::Force { agent },
        17 => Command::Next { agent },
        18 => Command::Message { agent, attempt, text: "hurry".to_owned() },
        19 => Command::Slots(dice.below(7)),
        20 => [Command::PauseAll, Command::ResumeAll][dice.below(2)].clone(),
        21 => Command::Release,
        22 => Command::Drain,
        _ => [Command::StopAll, Command::KillAll][dice.below(2)].clone(),
    }
}

fn spend(dice: &mut Dice, world: &mut World) {
    let run_cost_usd = dice.below(130) as f64 / 10.0;
    world.say(Event::Spent {
        agent: AgentId(dice.below(world.tasks.len())),
        run_cost_usd,
        run_tokens: 0,
        over_own_cap: dice.one_in(10),
    });
}

/// Blocked is exactly what needs, directly or not, an agent that failed.
fn blocked_is_what_the_oracle_says(world: &World, seed: u64) {
    let state = world.state();
    let verdict = |id: AgentId| state.agent(id).verdict();
    let mut blocked = vec![false; world.tasks.len()];
    loop {
        let before = blocked.clone();
        for (index, task) in world.tasks.iter().enumerate() {
            let blocks = |need: &AgentId| blocked[need.0] || verdict(*need) == Some(AgentVerdict::Failed);
            blocked[index] = task.needs.iter().any(blocks);
        }
        if before == blocked {
            break;
        }
    }
    for (index, blocked) in blocked.into_iter().enumerate() {
        let is_blocked = verdict(AgentId(index)) == Some(AgentVerdict::Blocked);
        assert_eq!(is_blocked, blocked, "seed {seed}: agent-{index} in {}", world.picture());
        assert!(state.stopped || verdict(AgentId(index)).is_some(), "seed {seed}: agent-{index} has no verdict");
    }
}

/// Who is blocked needs what blocks (or the budget is spent); who has no verdict is in a run that was stopped.
fn verdicts_fit_together(world: &World, seed: u64) {
    let state = world.state();
    for (agent, task) in state.agents.iter().zip(&world.tasks) {
        let blocks = |need: &AgentId| state.agent(*need).verdict().is_some_and(|verdict| !verdict.satisfies());
        let needs_broken = task.needs.iter().any(blocks);
        match agent.verdict() {
            Some(AgentVerdict::Blocked) => {
                assert!(needs_broken || state.budget_reached || state.stopped, "seed {seed}")
            }
            Some(_) => {}
            None => assert!(state.stopped, "seed {seed}: {} has no verdict", agent.name),
        }
        assert!(agent.attempts.iter().all(|attempt| attempt.ended.is_some()), "seed {seed}: {} runs", agent.name);
    }
}

fn every_attempt_started_once(world: &World, seed: u64) {
    let mut seen = std::collections::BTreeSet::new();
    for (_, record) in &world.log {
        if let Record::AttemptStarting { agent, attempt, folder, .. } = record {
            assert!(seen.insert((agent.clone(), *attempt)), "seed {seed}: {folder} starts twice");
        }
    }
}
