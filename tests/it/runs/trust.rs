//! Nothing that came with a project starts before the person has agreed.

use super::world::World;

#[test]
fn a_headless_run_starts_nothing_until_it_is_trusted_and_asks_again_when_it_changes() {
    let world = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    let trusted = world.run(&[]);
    assert_eq!(trusted.code(), 0, "{}", trusted.errors);
    assert_eq!(world.say(&["run", "plan.md", "--headless"]).0, 0, "it was agreed to");
    let settings = world.read("quintet.toml").replace("./alpha.sh", "./other.sh");
    world.write("quintet.toml", &settings);
    let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert_eq!(code, 2);
    assert!(errors.contains("+ program: ./other.sh") && errors.contains("- program: ./alpha.sh"), "{errors}");
    assert!(errors.contains("--trust"), "{errors}");
}

#[test]
fn the_built_in_analysts_need_no_trust() {
    let world = World::new(&["security-auditor"]);
    let (code, out, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert!(code < 2, "{out}{errors}");
}

#[test]
fn hooks_and_verify_commands_are_programs_like_any_other() {
    let world = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    world.settle();
    assert_eq!(world.say(&["run", "plan.md", "--headless", "--trust"]).0, 0);
    let settings = world.read("quintet.toml");
    for (lines, told) in [
        ("verify = \"touch verified\"\n", "+ verify of alpha: touch verified"),
        ("[hooks]\nended = \"touch hooked\"\n", "+ hook ended: touch hooked"),
        ("env = { LD_PRELOAD = \"x.so\" }\n", "+ variable set: LD_PRELOAD"),
        ("permissions = \"full\"\n", "+ rights of alpha: full"),
    ] {
        world.write("quintet.toml", &format!("{settings}{lines}"));
        let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
        assert_eq!(code, 2, "{errors}");
        assert!(errors.contains(told) && !errors.contains("- "), "{errors}");
    }
    assert!(!world.path("verified").exists() && !world.path("hooked").exists());
    // Less than was agreed to is agreed to.
    world.write("quintet.toml", &settings);
    assert_eq!(world.say(&["run", "plan.md", "--headless"]).0, 0);
}

#[test]
fn settings_that_a_program_reads_by_itself_are_agreed_to_and_asked_about_when_they_change() {
    let world = World::new(&["alpha"]).set("engine = \"mine\"\n[engines.mine]\nkind = \"acp\"\ncommand = [\"false\"]");
    world.settle();
    world.write(".gemini/settings.json", r#"{"mcpServers":{"evil":{"command":"canary"}}}"#);
    world.write("opencode.json", "{}");
    let told = |errors: &str, line: &str| errors.lines().any(|it| it.starts_with(line));
    let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert_eq!(code, 2, "{errors}");
    let line = "  settings read: .gemini/settings.json (can start MCP servers, hooks and extensions, and grant rights, content ";
    assert!(told(&errors, line) && told(&errors, "  settings read: opencode.json"), "{errors}");
    assert!(!errors.contains("canary"), "{errors}");
    assert!(world.say(&["run", "plan.md", "--headless", "--trust"]).0 < 2);
    assert!(world.say(&["run", "plan.md", "--headless"]).0 < 2, "it was agreed to");
    world.write("opencode.json", r#"{"permission":"allow"}"#);
    let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert_eq!(code, 2, "{errors}");
    assert!(told(&errors, "+ settings read: opencode.json") && !told(&errors, "+ settings read: .gemini"), "{errors}");
}

#[test]
fn an_engine_that_a_retry_could_choose_is_agreed_to_before_the_run() {
    let world = World::new(&["security-auditor"]).set("[engines.claude]\ncommand = [\"./\\u001b[8mother.sh\"]");
    world.settle();
    let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("  program: ./other.sh (engine claude)\n"), "nothing in it is hidden: {errors:?}");
}

#[test]
fn another_value_of_a_variable_is_asked_about_and_is_never_told() {
    let world = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    let world = world.set("env = { NODE_OPTIONS = \"canary-1\" }");
    world.settle();
    assert_eq!(world.say(&["run", "plan.md", "--headless", "--trust"]).0, 0);
    world.write("quintet.toml", &world.read("quintet.toml").replace("canary-1", "canary-2"));
    let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("+ variable set: NODE_OPTIONS (engine play-alpha, value "), "{errors}");
    assert!(!errors.contains("canary"), "{errors}");
}

#[test]
fn a_run_that_came_with_a_clone_is_never_carried_on() {
    let world = World::new(&["alpha"]).play("alpha", "echo on >> ledger; exec sleep 60");
    let mut running = world.begin(&["--on-crash", "stop"]);
    let run = running.until("attempt.started", "alpha")["run"].clone();
    running.crash();
    let id = run.as_str().expect("it has an id");
    // Its shim writes its last file; then nothing changes under the copy.
    world.until("the attempt has ended", || !super::world::lives(id));
    // Somebody else's copy, run id, journal and all.
    let clone = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    let copied =
        std::process::Command::new("cp").arg("-r").arg(world.path(".claude-team")).arg(clone.path("")).status();
    assert!(copied.expect("cp starts").success());
    let ran = clone.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(ran.events[0]["event"], "run.started");
    assert_ne!(ran.events[0]["run"], run);
    // Nor by somebody who has agreed to another folder of the same content.
    let other = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    other.settle();
    assert_eq!(other.say(&["run", "plan.md", "--headless"]).0, 2);
}

#[test]
fn links_and_dots_never_lead_out_of_the_project() {
    let world = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let plan = world.read("plan.md");
    for output in ["../outside.md", "/tmp/outside.md", "docs/../../outside.md"] {
        world.write(
            "plan.md",
            &plan.replace("do the task of alpha", &format!("do the task of alpha\n   - OUTPUT: `{output}`")),
        );
        let (code, out, errors) = world.say(&["run", "plan.md", "--headless", "--trust"]);
        assert_eq!(code, 2, "{output}: {out}{errors}");
    }
    world.write("plan.md", &plan);
    for link in [".claude-team/reports", ".claude-team/handoffs", ".claude-team/communications", ".claude-team/runs"] {
        let path = world.path(link);
        std::fs::create_dir_all(world.path(".claude-team")).expect("it can be made");
        std::os::unix::fs::symlink(elsewhere.path(), &path).expect("it can be linked");
        let ran = world.run(&[]);
        assert_eq!(ran.code(), 2, "{link}");
        assert!(ran.errors.contains("leads out of the project"), "{}", ran.errors);
        std::fs::remove_file(path).expect("it is there");
    }
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("it is there").count(), 0);
}

#[test]
fn a_retry_on_an_engine_that_nobody_agreed_to_starts_neither_it_nor_its_servers() {
    let world = World::new(&["alpha", "beta"]).play("alpha", "exit 1").play("beta", "exec sleep 60");
    let plan = world.read("plan.md");
    let tools = "do the task of alpha\n   - MCP: `mcp__docs__search`";
    world.write("plan.md", &plan.replace("do the task of alpha", tools));
    world.program("docs.sh", "#!/bin/bash\necho tried >> tried\nexit 1\n");
    let result = r#"{"type":"result","is_error":false,"result":"All is well."}"#;
    world.program("other.sh", &format!("#!/bin/bash\necho started >> tried\necho '{result}'\n"));
    let (other, docs) = (world.path("other.sh"), world.path("docs.sh"));
    let own = format!("[engines.other]\nkind = \"claude\"\ncommand = [{other:?}]\n[mcp.docs]\ncommand = [{docs:?}]\n");
    world.write(".config/quintet/config.toml", &own);
    let mut running = world.begin(&["--retries", "0"]);
    running.until("agent.ended", "alpha");
    let (code, _, errors) = world.say(&["ctl", "retry", "alpha", "other"]);
    assert_eq!(code, 1);
    for told in ["program: ", "(engine other)", "ctl retry alpha other --trust"] {
        assert!(errors.contains(told), "{told}: {errors}");
    }
    assert!(!world.path("tried").exists(), "something of it was started");
    let (code, _, errors) = world.say(&["ctl", "retry", "alpha", "other", "--trust"]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(running.until("agent.ended", "alpha")["verdict"], "done");
    assert_eq!(world.read("tried"), "tried\nstarted\n", "its server was tried first");
    assert_eq!(world.say(&["ctl", "stop-all"]).0, 0);
    running.end();
}

#[test]
fn folders_of_other_programs_that_nobody_reads_stop_no_run() {
    let world = World::new(&["alpha"]).play("alpha", "echo '# a' > \"$QUINTET_REPORT\"");
    for number in 0..1100 {
        world.write(&format!(".claude/worktrees/file-{number}"), "");
    }
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
}
