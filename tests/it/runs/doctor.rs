//! What `quintet doctor` starts, and what it does not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::world::World;

/// A project whose MCP server and whose `claude` in `PATH` write down how they were started.
fn world() -> World {
    let world = World::new(&["alpha"]).set("[mcp.docs]\ncommand = [\"./server.sh\"]");
    world.settle();
    for (path, text) in [
        ("server.sh", "#!/bin/sh\necho started > server.log\n"),
        (".bin/claude", "#!/bin/sh\necho \"$@\" >> \"$HOME/claude.log\"\necho '2.1.330 (Claude Code)'\n"),
    ] {
        let path = world.write(path, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be made a program");
    }
    world
}

fn doctor(world: &World, args: &[&str]) -> (i32, String) {
    let path = format!("{}:{}", world.path(".bin").display(), std::env::var("PATH").expect("there is a PATH"));
    let mut command = world.quintet(&[&["doctor"], args].concat());
    command.env("PATH", path);
    // No login of the machine's own.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("ANTHROPIC_") || text.starts_with("CLAUDE_") {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("the binary starts");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Agrees to what a run would start in which these lines are set and an agent uses a program.
fn agree(world: &World, lines: &str) {
    let settings = world.read("quintet.toml");
    let used = "engine = \"none\"\n";
    let engine = "[engines.none]\nkind = \"command\"\ncommand = [\"/nonexistent\"]\n";
    world.write("quintet.toml", &format!("{used}{lines}{settings}\n{engine}"));
    world.say(&["run", "plan.md", "--headless", "--trust", "--retries", "0"]);
    world.write("quintet.toml", &settings);
}

#[test]
fn a_doctor_starts_nothing_of_the_project_and_asks_programs_for_their_version_alone() {
    let world = world();
    let (code, told) = doctor(&world, &[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("look     mcp docs") && told.contains("not tried"), "{told}");
    assert!(!world.path("server.log").exists());
    assert!(told.contains("look     claude          2.1.330 (Claude Code), no login is found"), "{told}");
    assert_eq!(world.read("claude.log"), "--version\n");
    assert!(told.lines().all(|line| line.chars().count() < 80 || !line.contains(' ') || line.contains('/')), "{told}");
}

#[test]
fn a_login_is_seen_and_a_server_is_started_when_the_person_says_so_and_has_agreed_to_it() {
    let world = world();
    let (_, told) = doctor(&world, &["--servers"]);
    assert!(told.contains("look     mcp docs        not started: it came with the project"), "{told}");
    assert!(!world.path("server.log").exists(), "{told}");
    agree(&world, "");
    let secret = r#"{"claudeAiOauth":{"accessToken":"canary","refreshToken":"canary","expiresAt":1}}"#;
    world.write(".claude/.credentials.json", secret);
    let (code, told) = doctor(&world, &["--servers"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("ok       claude") && !told.contains("canary"), "{told}");
    assert!(world.path("server.log").exists(), "{told}");
    assert!(told.contains("missing  mcp docs"), "{told}");
}

#[test]
fn a_place_of_the_project_is_asked_when_its_commands_were_agreed_to_and_again_when_they_changed() {
    let world = World::new(&["alpha"]);
    let place = "[places.farm]\nkind = \"ssh\"\nhosts = [\"h1\"]\ncommands = { look = [\"./look.sh\"] }\n";
    world.program("look.sh", "#!/bin/sh\necho asked >> asked\n");
    world.write("quintet.toml", place);
    let (_, told) = doctor(&world, &["--places"]);
    assert!(told.contains("look     place           farm, not asked: it came with the project"), "{told}");
    assert!(!world.path("asked").exists(), "{told}");
    agree(&world, "place = \"farm\"\n");
    doctor(&world, &["--places"]);
    let asked = world.read("asked");
    world.write("quintet.toml", &place.replace("look.sh\"", "look.sh\", \"--else\""));
    let (_, told) = doctor(&world, &["--places"]);
    assert!(told.contains("farm, not asked: it came with the project"), "{told}");
    assert_eq!(world.read("asked"), asked);
}

#[test]
fn settings_that_no_run_takes_are_missing() {
    let world = World::new(&["alpha"]);
    world.write("quintet.toml", "slots = \"many\"\n");
    let (code, told) = doctor(&world, &[]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("missing  settings") && told.contains("Quintet cannot run here"), "{told}");
}

#[test]
fn engines_of_the_project_are_looked_for_and_a_key_in_their_settings_is_a_login() {
    let world = world().set(
        "[engines.claude]\nenv = { ANTHROPIC_API_KEY = \"none\" }\n[engines.mine]\nkind = \"claude\"\nprogram = \"claudette\"",
    );
    world.settle();
    let (_, told) = doctor(&world, &[]);
    assert!(told.contains("login by ANTHROPIC_API_KEY"), "{told}");
    let mine = told.lines().find(|line| line.contains(" mine ")).unwrap_or_else(|| panic!("it is not named:\n{told}"));
    assert!(mine.contains("`claudette` was not found in PATH"), "{mine}");
}
