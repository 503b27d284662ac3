//! Whole runs with real agent programs, against a model server on the loopback: what a user gets. The programs are given
//! as in `real.rs`.

use std::time::Duration;

use quintet::engine::Kind;
use serde_json::json;

use super::account;
use super::model::{Asked, Model, Says};
use crate::runs::world::{World, lives};

/// A kind of program, and words after its name.
#[derive(Clone, Copy)]
struct Player(Kind, &'static [&'static str]);

/// A project whose agents are played by a real program.
struct Whole {
    world: World,
    model: Model,
}

impl Whole {
    /// Returns `None`, with a word, when the program is not there.
    fn new(player: Player, script: impl Fn(&Asked) -> Says + Send + Sync + 'static) -> Option<Whole> {
        let agents = ["alpha", "beta", "gamma"].map(|name| format!("[agents.{name}]\npermissions = \"full\"\n"));
        Whole::with(player, script, &agents.concat())
    }

    /// The same, with these settings of the agents.
    fn with(player: Player, script: impl Fn(&Asked) -> Says + Send + Sync + 'static, agents: &str) -> Option<Whole> {
        let Player(kind, words) = player;
        let mut command = account::command(kind)?;
        command.extend(words.iter().map(|word| (*word).to_owned()));
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
        let world = world.set(&format!("engine = \"it\"\nslots = 1\n{agents}"));
        let mut engines = toml::Table::new();
        engines.insert("it".to_owned(), engine.into());
        let world = world.set(&toml::Table::from_iter([("engines".to_owned(), engines.into())]).to_string());
        Some(Whole { world, model })
    }
}

fn text(text: &str) -> Says {
    Says::Text(text.to_owned())
}

fn an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report(player: Player) {
    let Some(Whole { world, .. }) = Whole::new(player, |_| text("All keys are strong.")) else { return };
    let ran = world.run(&["--only", "alpha"]);
    assert_eq!(ran.verdicts()["alpha"], "done", "{:?}\n{}", ran.events, ran.errors);
    assert_eq!(ran.code(), 0);
    let report = world.read(".claude-team/reports/alpha.md");
    assert!(report.contains("All keys are strong.") && report.contains("saved by Quintet"), "{report}");
}

fn a_call_of_quintets_own_server_is_counted_once_under_its_one_name(player: Player) {
    let script = |asked: &Asked| match asked.step {
        0 => Says::Call("time_left", json!({})),
        1 => Says::Call("submit_report", json!({"text": "# Keys\n\nAll strong."})),
        _ => text("Done."),
    };
    let Some(Whole { world, .. }) = Whole::new(player, script) else { return };
    let ran = world.run(&["--only", "alpha"]);
    assert_eq!(ran.verdicts()["alpha"], "done", "{:?}\n{}", ran.events, ran.errors);
    let ended = ran.all("attempt.ended").next().expect("it ended");
    assert_eq!(ended["tools"]["mcp__quintet__time_left"], 1, "{ended}");
    assert_eq!(world.read(".claude-team/reports/alpha.md"), "# Keys\n\nAll strong.");
}

fn one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive(player: Player) {
    let script = |_: &Asked| Says::Shell("tail -f /dev/null".to_owned());
    let Some(Whole { world, .. }) = Whole::new(player, script) else { return };
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

fn one_that_heeds_the_time_writes_its_own_notes(player: Player) {
    let script = |asked: &Asked| match (asked.user.contains("Your time is nearly up"), asked.step) {
        (false, _) => Says::Shell("tail -f /dev/null".to_owned()),
        (true, 0) => Says::Call("write_handoff", json!({"text": "The keys of main.go are open."})),
        (true, _) => text("The notes are written."),
    };
    let Some(Whole { world, .. }) = Whole::new(player, script) else { return };
    // Half of it is for the notes, and a new process of OpenCode takes ten seconds until it does anything.
    let time_box = if matches!(player.0, Kind::Opencode | Kind::Acp) { "40s" } else { "20s" };
    let ran = world.run(&["--only", "alpha", "--time-box", time_box, "--grace", "2s", "--successors", "0"]);
    assert_eq!(ran.verdicts()["alpha"], "partial", "{:?}\n{}", ran.events, ran.errors);
    let written = ran.all("handoff.written").next().expect("there are notes");
    assert_eq!(written["author"], "agent", "{written}");
    assert!(world.read(".claude-team/handoffs/alpha-1.md").contains("The keys of main.go are open."));
}

fn a_refusal_of_the_model_fails_the_agent_with_its_reason(player: Player) {
    let Some(Whole { world, .. }) = Whole::new(player, |_| Says::Error(400)) else { return };
    let ran = world.run(&["--only", "alpha", "--retries", "0"]);
    assert_eq!(ran.verdicts()["alpha"], "failed", "{:?}\n{}", ran.events, ran.errors);
    let ended = ran.all("agent.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("the model says no")), "{ended}");
}

fn a_rate_limit_opens_the_breaker_and_nothing_more_starts(player: Player) {
    let Some(Whole { world, model }) = Whole::new(player, |_| Says::Error(429)) else { return };
    if account::retries_in_silence(player.0) {
        eprintln!("skipped: this program never tells of a rate limit");
        return;
    }
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

fn a_command_that_runs_is_not_lost_by_a_pause(player: Player) {
    // It is sure to run when the pause comes.
    let pause = concat!(env!("CARGO_BIN_EXE_quintet"), " ctl pause alpha");
    let command = format!("XDG_STATE_HOME=$PWD/.state {pause}; echo $$ >> ended");
    let script = move |asked: &Asked| match asked.step {
        0 => Says::Shell(command.clone()),
        _ => text("All keys are strong."),
    };
    let Some(Whole { world, .. }) = Whole::new(player, script) else { return };
    let mut running = world.begin(&["--only", "alpha"]);
    assert_eq!(running.until("attempt.paused", "alpha")["frozen"], true);
    assert_eq!(world.say(&["ctl", "resume", "alpha"]).0, 0);
    let ran = running.end();
    assert_eq!(ran.verdicts()["alpha"], "done", "{:?}\n{}", ran.events, ran.errors);
    assert_eq!(ran.all("attempt.started").count(), 1, "its process was ended");
    assert_eq!(world.read("ended").lines().count(), 1);
}

/// The tools that the plan as it was asked for wants used.
const WANTED: [&str; 5] = [
    "mcp__tavily__tavily_search",
    "mcp__brave__brave_web_search",
    "mcp__smithery-ai-filesystem__list_directory",
    "mcp__smithery-ai-github__search_repositories",
    "mcp__upstash-context-7-mcp__resolve-library-id",
];

/// An MCP server with one tool, that of its first argument, which works only with its key.
const SERVER: &str = r#"[ "$KEY" = "sesame of $1" ] || exit 1
while read -r line; do
    id=$(sed -n 's/.*"id":\([0-9]*\).*/\1/p' <<<"$line")
    case "$line" in
    *'"initialize"'*) result='{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}' ;;
    *'"tools/list"'*) result='{"tools":[{"name":"'$1'","description":"Finds","inputSchema":{"type":"object"}}]}' ;;
    *'"tools/call"'*) result='{"content":[{"type":"text","text":"Nothing was found."}]}' ;;
    *) continue ;;
    esac
    echo '{"jsonrpc":"2.0","id":'$id',"result":'$result'}'
done"#;

/// Uses the tools that its prompt names, then answers.
fn dutiful(asked: &Asked) -> Says {
    let wanted = WANTED.iter().filter(|tool| asked.user.contains(**tool));
    match wanted.copied().nth(asked.step) {
        Some(tool) => Says::Call(tool, json!({})),
        None => text("# Report\n\nAll critical issues are listed: none was found."),
    }
}

/// The person's `context7` is meant by the plan's `upstash-context-7-mcp`.
fn the_plan_as_asked_is_complete_with_its_spend_and_its_tools_in_the_report(player: Player) {
    let Some(Whole { world, .. }) = Whole::with(player, dutiful, "") else { return };
    let mut servers = String::new();
    for tool in WANTED {
        let (server, tool) = tool.trim_start_matches("mcp__").split_once("__").expect("a tool of a server");
        let server = if server == "upstash-context-7-mcp" { "context7" } else { server };
        servers.push_str(&format!(
            "[mcp.{server}]\ncommand = [\"bash\", \"server.sh\", \"{tool}\"]\nenv = {{ KEY = \"sesame of {tool}\" }}\n"
        ));
    }
    let world = world.set(&servers);
    world.write("server.sh", SERVER);
    world.write("plan.md", include_str!("../plans/fixtures/orchestration.md"));
    let ran = world.run(&["--slots", "5"]);
    let verdicts = ran.verdicts();
    assert_eq!((verdicts.len(), verdicts.values().all(|verdict| verdict == "done")), (10, true), "{verdicts:?}");
    let most = ran.all("run.ended").next().map(|end| end["slots"]["max_active"].clone());
    assert_eq!(most, Some(5.into()));
    let report = world.read(".claude-team/reports/final-report.md");
    assert!(report.contains("11 of 11 required tools were called"), "{report}");
    let is_told = |sign: &str| report.contains(sign);
    assert!(is_told("| $0.") || (player.0 != Kind::Claude && is_told("0 tokens |")), "its spend is missing:\n{report}");
    assert_eq!(ran.code(), 0, "{report}");
}

/// An agent that may edit, in a worktree of its own: its commits are possible, and no setting that git reads.
fn one_that_edits_commits_and_reaches_no_settings_of_git(player: Player) {
    let script = |asked: &Asked| match asked.step {
        0 => Says::Shell("echo x > new.md && git add new.md && git commit -qm work".to_owned()),
        1 => Says::Shell(
            "git config core.fsmonitor evil; touch \"$(git rev-parse --git-common-dir)/hooks/evil\"; \
             echo /evil > \"$(git rev-parse --git-dir)/commondir\""
                .to_owned(),
        ),
        _ => text("# Report\n\nDone."),
    };
    let rights = "[agents.alpha]\npermissions = \"edit\"\nworkspace = \"worktree\"\n";
    let Some(Whole { world, .. }) = Whole::with(player, script, rights) else { return };
    world.settle();
    let git = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(args).current_dir(world.path(".")).env("HOME", world.path("home"));
        let output = git.output().expect("git is there");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    world.write("home/.gitconfig", "[user]\nname = A Person\nemail = person@example.org\n");
    world.write(".gitignore", "*\n");
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--force", ".gitignore"]);
    git(&["commit", "--quiet", "-m", "first"]);
    world.write(".gitignore", "*\n!new.md\n");
    git(&["commit", "--quiet", "--all", "-m", "second"]);
    let ran = world.run(&["--only", "alpha"]);
    assert_eq!(ran.verdicts()["alpha"], "done", "{:?}\n{}", ran.events, ran.errors);
    let branch = ran.all("worktree.added").next().expect("a worktree")["branch"].as_str().expect("a name").to_owned();
    assert!(
        git(&["log", "--format=%s", &branch]).starts_with("work\n"),
        "{}",
        super::super::runs::world::show(&ran.events)
    );
    assert!(!world.path(".git/hooks/evil").exists());
    assert!(!world.read(".git/config").contains("evil"));
    assert_eq!(world.read(".git/worktrees/alpha/commondir"), "../..\n");
}

#[test]
fn codex_commits_in_its_worktree_and_reaches_no_settings_of_git() {
    one_that_edits_commits_and_reaches_no_settings_of_git(Player(Kind::Codex, &[]));
}

#[test]
fn codex_by_its_own_protocol_commits_in_its_worktree_and_reaches_no_settings_of_git() {
    one_that_edits_commits_and_reaches_no_settings_of_git(Player(Kind::Codex, &["app-server"]));
}

macro_rules! programs {
    ($($program:ident: $kind:ident $words:tt { $($behaviour:ident),* })*) => {
        $(mod $program {
            use super::*;

            $(#[test]
            fn $behaviour() {
                super::$behaviour(Player(Kind::$kind, &$words));
            })*
        })*
    };
}

programs! {
    claude_code: Claude [] {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        one_that_heeds_the_time_writes_its_own_notes,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts,
        the_plan_as_asked_is_complete_with_its_spend_and_its_tools_in_the_report
    }
    codex: Codex [] {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        one_that_heeds_the_time_writes_its_own_notes,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts,
        a_command_that_runs_is_not_lost_by_a_pause,
        the_plan_as_asked_is_complete_with_its_spend_and_its_tools_in_the_report
    }
    codex_server: Codex ["app-server"] {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        one_that_heeds_the_time_writes_its_own_notes,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts,
        the_plan_as_asked_is_complete_with_its_spend_and_its_tools_in_the_report
    }
    gemini: Gemini [] {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        one_that_heeds_the_time_writes_its_own_notes,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts,
        the_plan_as_asked_is_complete_with_its_spend_and_its_tools_in_the_report
    }
    opencode: Opencode [] {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        one_that_heeds_the_time_writes_its_own_notes,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts,
        a_command_that_runs_is_not_lost_by_a_pause,
        the_plan_as_asked_is_complete_with_its_spend_and_its_tools_in_the_report
    }
    acp: Acp [] {
        an_agent_that_answers_in_text_is_done_and_its_answer_is_the_report,
        a_call_of_quintets_own_server_is_counted_once_under_its_one_name,
        one_that_never_stops_leaves_notes_and_a_successor_and_nothing_alive,
        one_that_heeds_the_time_writes_its_own_notes,
        a_refusal_of_the_model_fails_the_agent_with_its_reason,
        a_rate_limit_opens_the_breaker_and_nothing_more_starts,
        the_plan_as_asked_is_complete_with_its_spend_and_its_tools_in_the_report
    }
}
