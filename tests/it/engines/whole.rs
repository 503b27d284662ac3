//! Whole runs with real agent programs, against a model server on the loopback: what a user gets. The programs are given
//! as in `real.rs`.

use std::time::Duration;

use quintet::engine::Kind;
use serde_json::json;

use super::account;
use super::model::{Asked, Model, Says};
use crate::runs::world::{World, lives};

/// A project whose agents are played by a real program.
struct Whole {
    world: World,
    model: Model,
}

impl Whole {
    /// Returns `None`, with a word, when the program is not there.
    fn new(kind: Kind, script: impl Fn(&Asked) -> Says + Send + Sync + 'static) -> Option<Whole> {
        let command = account::command(kind)?;
        let (world, model) = (World::new(&["alpha", "beta", "gamma"]), Model::new(script));
        let home = world.path("home");
        let env = account::variables(&home, &model.url);
        let engine = json!({
            "kind": kind.name(),
            "command": command,
            "args": account::args(kind),
            "env": env,
        });
        let mut engine = toml::Table::try_from(engine).expect("plain data");
        engine.extend(account::model(kind).map(|model| ("model".to_owned(), model.into())));
        let agents = ["alpha", "beta", "gamma"].map(|name| format!("[agents.{name}]\npermissions = \"full\"\n"));
        let world = world.set(&format!("engine = \"it\"\nslots = 1\n{}", agents.concat()));
        let mut engines = toml::Table::new();
        engines.insert("it".to_owned(), engine.into());
        let world = world.set(&toml::Table::from_iter([("engines".to_owned(), engines.into())]).to_string());
        Some(Whole { world, model })
    }
}

fn text(text: &str) -> Says {
    Says::Text(text.to_owned())
}

fn an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report(kind: Kind) {
    let Some(Whole { world, .. }) = Whole::new(kind, |_| text("All keys are strong.")) else { return };
    let ran = world.run(&["--only", "alpha"]);
    assert_eq!(ran.verdicts()["alpha"], "done", "{:?}\n{}", ran.events, ran.errors);
    assert_eq!(ran.code(), 0);
    let report = world.read(".claude-team/reports/alpha.md");
    assert!(report.contains("All keys are strong.") && report.contains("saved by Quintet"), "{report}");
}

fn a_call_of_quintets_own_server_is_counted_once_under_its_one_name(kind: Kind) {
    let script = |asked: &Asked| match asked.step {
        0 => Says::Call("time_left", json!({})),
        1 => Says::Call("submit_report", json!({"text": "# Keys\n\nAll strong."})),
        _ => text("Done."),
    };
    let Some(Whole { world, .. }) = Whole::new(kind, script) else { return };
    let ran = world.run(&["--only", "alpha"]);
    assert_eq!(ran.verdicts()["alpha"], "done", "{:?}\n{}", ran.events, ran.errors);
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!(ended["tools"]["mcp__quintet__time_left"], 1, "{ended}");
    assert_eq!(world.read(".claude-team/reports/alpha.md"), "# Keys\n\nAll strong.");
}

fn one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive(kind: Kind) {
    let script = |_: &Asked| Says::Shell("tail -f /dev/null".to_owned());
    let Some(Whole { world, .. }) = Whole::new(kind, script) else { return };
    // The slowest of them takes six seconds until it does anything.
    let ran = world.run(&["--only", "alpha", "--time-box", "12s", "--grace", "2s", "--successors", "1"]);
    assert_eq!(ran.verdicts()["alpha"], "partial", "{:?}\n{}", ran.events, ran.errors);
    assert_eq!(ran.all("attempt.starting").count(), 2, "there was no successor");
    for ended in ran.all("attempt.ended") {
        assert_eq!(ended["verdict"], "out_of_time", "{ended}");
        assert!(ended["wall_s"].as_f64().is_some_and(|wall| wall < 15.0), "{ended}");
    }
    assert!(world.read(".claude-team/handoffs/alpha-1.md").contains("do the task of alpha"));
    let run = ran.events[0]["run"].as_str().expect("it has an id");
    assert!(!lives(run), "something of the run is left");
}

fn a_refusal_of_the_model_fails_the_agent_with_its_reason(kind: Kind) {
    let Some(Whole { world, .. }) = Whole::new(kind, |_| Says::Error(400)) else { return };
    let ran = world.run(&["--only", "alpha", "--retries", "0"]);
    assert_eq!(ran.verdicts()["alpha"], "failed", "{:?}\n{}", ran.events, ran.errors);
    let ended = ran.all("agent.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("the model says no")), "{ended}");
}

fn a_rate_limit_opens_the_breaker_and_nothing_more_starts(kind: Kind) {
    let Some(Whole { world, model }) = Whole::new(kind, |_| Says::Error(429)) else { return };
    let mut running = world.begin(&[]);
    let opened = running.until("throttle.opened", "");
    assert_eq!(opened["engine"], "it");
    let (asked, after) = (model.requests(), opened["after_s"].as_f64().unwrap_or_default());
    assert!(after > 60.0, "{opened}");
    let (_, status, _) = world.say(&["status", "--json"]);
    let status: serde_json::Value = serde_json::from_str(&status).expect("it is JSON");
    assert_eq!(status["active"], 0, "{status}");
    assert_eq!(world.say(&["ctl", "quit"]).0, 0);
    let ran = running.end();
    assert_eq!(ran.all("attempt.starting").count(), 1, "another one started while the quota was spent");
    assert_eq!(model.requests(), asked);
    assert!(ran.took < Duration::from_secs(60));
}

macro_rules! programs {
    ($($program:ident: $kind:ident { $($behaviour:ident),* })*) => {
        $(mod $program {
            use super::*;

            $(#[test]
            fn $behaviour() {
                super::$behaviour(Kind::$kind);
            })*
        })*
    };
}

programs! {
    claude_code: Claude {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts
    }
    codex: Codex {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts
    }
    gemini: Gemini {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        a_refusal_of_the_model_fails_the_agent_with_its_reason
    }
    opencode: Opencode {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        a_refusal_of_the_model_fails_the_agent_with_its_reason
    }
    acp: Acp {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        a_refusal_of_the_model_fails_the_agent_with_its_reason
    }
}
