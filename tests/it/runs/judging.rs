//! What an attempt's end means: report, exit code, verify, retries.

use super::world::World;

const REPORT: &str = "echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";

#[test]
fn agents_run_in_the_order_of_their_needs_and_are_done_with_a_report() {
    let world = World::new(&["alpha", "beta: alpha"]).play("alpha", REPORT).play(
        "beta",
        "cat \"$QUINTET_NEEDS\" >&2; grep -q '\"verdict\":\"done\"' \"$QUINTET_NEEDS\" && echo \"# beta\" > \"$QUINTET_REPORT\"",
    );
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(Vec::from_iter(ran.verdicts()), [("alpha".into(), "done".into()), ("beta".into(), "done".into())]);
    let at = |event: &str, agent: &str| ran.events.iter().position(|it| it["event"] == event && it["agent"] == agent);
    assert!(at("agent.ended", "alpha") < at("attempt.starting", "beta"));
    assert!(world.read(".claude-team/reports/final-report.md").contains("**Complete.**"));
    let status: serde_json::Value =
        serde_json::from_str(&world.read(".claude-team/communications/agent-status.json")).expect("it is JSON");
    assert_eq!(status["agents"]["beta"]["state"], "done");
}

#[test]
fn exit_zero_without_a_report_is_no_success_and_is_not_tried_again() {
    let world = World::new(&["alpha", "beta: alpha"]).play("alpha", "echo done").play("beta", REPORT);
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 1);
    assert_eq!(ran.verdicts()["alpha"], "failed");
    assert_eq!(ran.verdicts()["beta"], "blocked");
    assert_eq!(ran.all("attempt.starting").count(), 1);
    let ended = ran.all("agent.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("no report")), "{ended}");
}

#[test]
fn an_old_report_is_kept_aside_and_does_not_count() {
    let world = World::new(&["alpha"]).play("alpha", "true");
    world.write(".claude-team/reports/alpha.md", "of last week");
    let ran = world.run(&[]);
    assert_eq!(ran.verdicts()["alpha"], "failed");
    let run = ran.events[0]["run"].as_str().expect("it has an id").to_owned();
    assert_eq!(world.read(&format!(".claude-team/runs/{run}/before/reports/alpha.md")), "of last week");
}

#[test]
fn a_failure_is_tried_again_after_a_pause_and_then_works() {
    let script = format!("test \"$QUINTET_ATTEMPT\" = 2 || {{ echo broken >&2; exit 7; }}; {REPORT}");
    let ran = World::new(&["alpha"]).play("alpha", &script).run(&[]);
    assert_eq!((ran.code(), ran.verdicts()["alpha"].as_str()), (0, "done"));
    let first = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!((&first["verdict"], &first["exit"]), (&"failed".into(), &7.into()));
    assert!(first["why"].as_str().is_some_and(|why| why.contains("broken")), "{first}");
    assert_eq!(ran.all("agent.retry").count(), 1);
}

#[test]
fn a_missing_program_is_said_plainly_and_not_tried_again() {
    let world = World::new(&["alpha"])
        .set("engine = \"mine\"\n[engines.mine]\nkind = \"command\"\ncommand = [\"no-such-program-here\"]");
    let ran = world.run(&[]);
    assert_eq!(ran.verdicts()["alpha"], "failed");
    assert_eq!(ran.all("attempt.starting").count(), 1);
    let ended = ran.all("agent.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("no-such-program-here")), "{ended}");
}

#[test]
fn a_verify_command_decides() {
    let world = World::new(&["alpha", "beta"])
        .play("alpha", REPORT)
        .set("verify = \"test -s .claude-team/reports/alpha.md\"")
        .play("beta", REPORT)
        .set("verify = \"echo the tests are red; exit 3\"");
    let ran = world.run(&["--retries", "0"]);
    assert_eq!(ran.verdicts()["alpha"], "done");
    // Its report is there, so what it did is not lost.
    assert_eq!(ran.verdicts()["beta"], "partial");
    let ended = ran.all("agent.ended").find(|it| it["agent"] == "beta").expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("the tests are red")), "{ended}");
}

#[test]
fn what_an_agent_tells_in_json_lines_is_recorded_and_written_for_the_team() {
    let script = r#"
        echo '{"type":"tool","name":"mcp__tavily__tavily_search","summary":"webhook replay"}'
        echo '{"type":"finding","severity":"high","text":"keys in the image","file":"Dockerfile","line":7}'
        echo '{"type":"urgent","severity":"critical","text":"any tenant reads all","file":"a.go","line":3}'
        echo 'plain text'
        echo '{"type":"usage","input_tokens":10,"output_tokens":5,"cost_usd":0.25}'
        echo '{"type":"result","ok":true,"text":"all is checked"}'"#;
    let world = World::new(&["alpha"]).play_json("alpha", script);
    world.write(
        "plan.md",
        &format!("{}\n## Complete when\n\n- Critical issues are documented\n", world.read("plan.md")),
    );
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert!(world.read(".claude-team/reports/alpha.md").contains("all is checked"));
    assert!(world.read(".claude-team/communications/cross-agent-findings.md").contains("keys in the image"));
    assert!(world.read(".claude-team/communications/urgent-issues.md").contains("CRITICAL: any tenant reads all"));
    let final_report = world.read(".claude-team/reports/final-report.md");
    assert!(final_report.contains("keys in the image") && final_report.contains("$0.25"), "{final_report}");
    assert!(final_report.contains("1 urgent issue in `"), "{final_report}");
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!(ended["tools"]["mcp__tavily__tavily_search"], 1);
    assert_eq!(ended["tokens"], 15);
}

#[test]
fn an_attempt_is_heard_after_its_start_and_before_its_end() {
    let names: Vec<String> = (0..12).map(|n| format!("a{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut world = World::new(&names);
    for name in &names {
        world = world.play(name, &format!("echo hello; {REPORT}"));
    }
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    for name in &names {
        let order: Vec<&str> = ran
            .events
            .iter()
            .filter(|event| event["agent"] == *name)
            .filter_map(|event| event["event"].as_str())
            .filter(|event| ["attempt.started", "attempt.activity", "attempt.ended"].contains(event))
            .collect();
        assert_eq!(order, ["attempt.started", "attempt.activity", "attempt.ended"], "of {name}");
    }
}
