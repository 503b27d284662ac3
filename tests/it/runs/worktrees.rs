//! Agents that change files, each in a git worktree of its own.

use std::process::Command;

use super::world::{Ran, World};

const REPORT: &str = "echo \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";
const OWN: &str = "workspace = \"worktree\"";

/// Runs git in a folder of the project; returns what it printed.
fn git(world: &World, folder: &str, args: &[&str]) -> String {
    let output = command(world, folder, args).output().expect("git is there");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn command(world: &World, folder: &str, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=A Person", "-c", "user.email=person@example.org"]);
    command.args(args).current_dir(world.path(folder)).env("HOME", world.path("."));
    command
}

/// Makes the project a repository with one commit.
fn in_git(world: World) -> World {
    git(&world, ".", &["init", "--quiet", "--initial-branch=main"]);
    world.write("main.txt", "one\ntwo\nthree\n");
    world.write(".gitignore", ".env\n.state\n.config\n*.sh\nquintet.toml\nplan.md\n.claude-team\n.gitconfig\n");
    world.write(".gitconfig", "[user]\nname = A Person\nemail = person@example.org\n");
    git(&world, ".", &["add", "--all"]);
    git(&world, ".", &["commit", "--quiet", "-m", "first"]);
    world
}

fn branch(ran: &Ran, agent: &str) -> String {
    let added = ran.all("worktree.added").find(|it| it["agent"] == agent);
    added.and_then(|it| it["branch"].as_str()).unwrap_or_else(|| panic!("{agent} has no worktree")).to_owned()
}

#[test]
fn each_works_on_a_branch_of_its_own_and_nothing_is_merged_until_a_person_says_so() {
    let commits =
        format!("echo of $QUINTET_AGENT > $QUINTET_AGENT.txt && git add --all && git commit -qm work && {REPORT}");
    let leaves = format!("echo changed >> main.txt; echo new > left.txt; {REPORT}");
    let world = World::new(&["alpha", "beta"]).set(OWN).play("alpha", &commits).play("beta", &leaves);
    let world = in_git(world);
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    assert_eq!(git(&world, ".", &["status", "--porcelain"]), "", "the project is as it was");
    assert_eq!(git(&world, ".", &["show", &format!("{}:alpha.txt", branch(&ran, "alpha"))]), "of alpha");
    // The team directory is found from there, and no commit takes it in.
    assert_eq!(git(&world, ".", &["ls-tree", "--name-only", &branch(&ran, "alpha"), ".claude-team"]), "");
    let report = world.read(".claude-team/reports/final-report.md");
    assert!(report.contains("## Branches") && report.contains(&branch(&ran, "beta")), "{report}");

    let (code, listed, _) = world.say(&["worktrees"]);
    assert!(code == 0 && listed.contains("1 commit, 1 file (+1 -0)") && listed.contains("2 not committed"), "{listed}");
    let (code, diff, _) = world.say(&["diff", "beta"]);
    assert!(code == 0 && diff.contains("+changed") && diff.contains("left.txt"), "{diff}");
    assert_eq!(world.say(&["merge", "alpha"]).0, 0);
    let (code, said, errors) = world.say(&["merge", "beta"]);
    assert_eq!(code, 0, "{said}{errors}");
    assert_eq!((world.read("alpha.txt").as_str(), world.read("left.txt").as_str()), ("of alpha\n", "new\n"));
    let (code, _, errors) = world.say(&["merge", "beta"]);
    assert!(code == 2 && errors.contains("is merged already"), "{errors}");
}

#[test]
fn what_was_not_committed_is_kept_under_a_private_ref_before_a_kill() {
    let world = in_git(World::new(&["alpha"]).set(OWN).play("alpha", "echo precious > a.txt; echo ready; sleep 60"));
    let mut running = world.begin(&["--retries", "0"]);
    running.until("attempt.activity", "alpha");
    assert_eq!(world.say(&["ctl", "kill", "alpha"]).0, 0);
    let ran = running.end();
    let kept = format!("refs/{}-1:a.txt", branch(&ran, "alpha"));
    assert_eq!(git(&world, ".", &["show", &kept]), "precious");
}

#[test]
fn a_successor_goes_on_in_the_worktree_of_its_predecessor() {
    let script = format!(
        "if [ \"$QUINTET_ATTEMPT\" = 1 ]; then echo half > work.txt; sleep 60; else test \"$(cat work.txt)\" = half && {REPORT}; fi"
    );
    let world = in_git(World::new(&["alpha"]).set(OWN).play("alpha", &script));
    let ran = world.run(&["--time-box", "1s", "--grace", "1s"]);
    assert_eq!(ran.verdicts()["alpha"], "done", "{}", super::world::show(&ran.events));
    assert_eq!(ran.all("worktree.added").count(), 1);
}

#[test]
fn files_that_git_does_not_know_are_copied_and_the_setup_runs_before_the_agent() {
    let script = format!("test \"$(cat .env)\" = KEY=1 && test -f made && {REPORT}");
    let world = World::new(&["alpha"]).set(OWN).play("alpha", &script);
    let world = in_git(world.set("[worktree]\ncopy = [\".env\"]\nsetup = \"touch made\""));
    world.write(".env", "KEY=1\n");
    let ran = world.run(&[]);
    assert_eq!(ran.verdicts()["alpha"], "done", "{}", super::world::show(&ran.events));
}

#[test]
fn a_setup_that_fails_is_the_reason_that_an_agent_cannot_start() {
    let world = World::new(&["alpha"]).set(OWN).play("alpha", REPORT);
    let world = in_git(world.set("[worktree]\nsetup = \"echo no such package; exit 3\""));
    let ran = world.run(&["--retries", "0"]);
    let ended = ran.all("agent.ended").next().expect("it ended");
    assert!(ended["why"].as_str().is_some_and(|why| why.contains("no such package")), "{ended}");
}

#[test]
fn without_a_repository_a_worktree_that_was_asked_for_is_refused_with_what_to_do() {
    let world = World::new(&["alpha"]).set(OWN).play("alpha", REPORT);
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 2);
    assert!(ran.errors.contains("git init") && ran.errors.contains("alpha"), "{}", ran.errors);
}

#[test]
fn without_a_repository_those_that_change_files_share_the_folder_and_it_is_said() {
    let world = World::new(&["alpha", "beta"]).play("alpha", REPORT).set("permissions = \"edit\"").play("beta", REPORT);
    world.settle();
    let (code, text, _) = world.say(&["run", "plan.md", "--headless", "--trust"]);
    assert_eq!(code, 0);
    assert!(text.contains("alpha change files in one shared folder"), "{text}");
}

#[test]
fn a_merge_with_conflicts_leaves_the_project_as_it_was_and_names_the_files() {
    let world = World::new(&["alpha"]).set(OWN).play("alpha", &format!("echo mine > main.txt; {REPORT}"));
    let world = in_git(world);
    assert_eq!(world.run(&[]).code(), 0);
    world.write("main.txt", "theirs\n");
    git(&world, ".", &["commit", "--quiet", "-am", "second"]);
    let (code, _, errors) = world.say(&["merge", "alpha"]);
    assert!(code == 2 && errors.contains("main.txt"), "{errors}");
    assert_eq!(
        (git(&world, ".", &["status", "--porcelain"]).as_str(), world.read("main.txt").as_str()),
        ("", "theirs\n")
    );
}

#[test]
fn cleaning_never_takes_work_away_that_is_not_merged() {
    let script = format!("echo $QUINTET_AGENT > $QUINTET_AGENT.txt; {REPORT}");
    let world = World::new(&["alpha", "beta"]).set(OWN).play("alpha", &script).play("beta", &script);
    let world = in_git(world);
    let first = world.run(&[]);
    assert_eq!(first.code(), 0, "{}", super::world::show(&first.events));
    assert_eq!(world.run(&["--fresh"]).code(), 0);
    let (_, said, _) = world.say(&["clean"]);
    assert!(said.contains(&branch(&first, "alpha")) && said.contains("not merged"), "{said}");
    assert_eq!(
        git(&world, ".", &["for-each-ref", &format!("refs/heads/{}", branch(&first, "alpha"))]).lines().count(),
        1
    );
}

#[test]
fn five_agents_that_commit_at_once_meet_no_lock_and_lose_nothing() {
    let times: usize = std::env::var("COMMITS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let script = format!(
        "for i in $(seq {times}); do echo $i >> $QUINTET_AGENT.txt; git add --all && git commit -qm $i || exit 9; done; {REPORT}"
    );
    let agents = ["a1", "a2", "a3", "a4", "a5"];
    let world = agents.iter().fold(World::new(&agents).set(OWN), |world, agent| world.play(agent, &script));
    let world = in_git(world);
    let ran = world.run(&["--retries", "0"]);
    assert_eq!(ran.code(), 0, "{}", super::world::show(&ran.events));
    for agent in agents {
        let count = git(&world, ".", &["rev-list", "--count", &format!("main..{}", branch(&ran, agent))]);
        assert_eq!(count, times.to_string(), "{agent}");
    }
}

#[test]
fn an_unfinished_merge_of_the_person_is_left_alone() {
    let world = World::new(&["alpha"]).set(OWN).play("alpha", &format!("echo mine > main.txt; {REPORT}"));
    let world = in_git(world);
    assert_eq!(world.run(&[]).code(), 0);
    git(&world, ".", &["checkout", "--quiet", "-b", "theirs"]);
    world.write("main.txt", "theirs\n");
    git(&world, ".", &["commit", "--quiet", "-am", "theirs"]);
    git(&world, ".", &["checkout", "--quiet", "main"]);
    world.write("main.txt", "ours\n");
    git(&world, ".", &["commit", "--quiet", "-am", "ours"]);
    assert!(!command(&world, ".", &["merge", "theirs"]).output().expect("git is there").status.success());
    world.write("main.txt", "half resolved\n");
    let (code, _, errors) = world.say(&["merge", "alpha"]);
    assert!(code == 2 && errors.contains("a merge"), "{errors}");
    assert_eq!(world.read("main.txt"), "half resolved\n");
    assert!(world.path(".git/MERGE_HEAD").is_file());
}

#[test]
fn cleaning_keeps_what_only_a_private_ref_holds_and_what_is_of_another_agent() {
    let drops = "echo precious > a.txt; git add a.txt; if [ $QUINTET_ATTEMPT = 1 ]; then exit 9; fi; git rm -qf a.txt";
    let world = World::new(&["a", "a-b"]).set(OWN).play("a", &format!("{drops}; {REPORT}"));
    let world = in_git(world.play("a-b", &format!("echo b > b.txt; {REPORT}")));
    let first = world.run(&[]);
    assert_eq!(first.code(), 0, "{}", super::world::show(&first.events));
    assert_eq!(world.run(&["--fresh"]).code(), 0);
    world.say(&["clean"]);
    let kept = format!("refs/{}-1:a.txt", branch(&first, "a"));
    assert_eq!(git(&world, ".", &["show", &kept]), "precious");
    let of_other = format!("refs/{}-1:b.txt", branch(&first, "a-b"));
    assert_eq!(git(&world, ".", &["show", &of_other]), "b");
}

#[test]
fn what_an_agent_throws_away_when_it_is_told_to_end_was_kept_before() {
    let throws = "echo precious > a.txt; trap 'rm a.txt; exit 1' TERM; echo ready; while :; do sleep 0.05; done";
    let world = in_git(World::new(&["alpha"]).set(OWN).play("alpha", throws));
    let mut running = world.begin(&["--retries", "0"]);
    running.until("attempt.activity", "alpha");
    assert_eq!(world.say(&["ctl", "stop", "alpha"]).0, 0);
    let ran = running.end();
    let name = format!("refs/{}-1", branch(&ran, "alpha"));
    let all = git(&world, ".", &["log", "--format=%H", &name]);
    let has = |commit: &str| {
        command(&world, ".", &["show", &format!("{commit}:a.txt")]).output().is_ok_and(|it| it.status.success())
    };
    assert!(all.lines().any(has), "no commit of {name} has it");
}

#[test]
fn what_was_copied_into_a_worktree_is_never_committed_by_a_merge() {
    let world = World::new(&["alpha"]).set(OWN).play("alpha", &format!("echo work > a.txt; {REPORT}"));
    let world = in_git(world.set("[worktree]\ncopy = [\"local.key\"]"));
    world.write("local.key", "secret");
    assert_eq!(world.run(&[]).code(), 0);
    let (code, _, errors) = world.say(&["merge", "alpha"]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(git(&world, ".", &["ls-tree", "--name-only", "HEAD"]), ".gitignore\na.txt\nmain.txt");
}

#[test]
fn an_agent_at_work_is_not_merged() {
    let world =
        in_git(World::new(&["alpha"]).set(OWN).play(
            "alpha",
            &format!("echo ready; until test -e $QUINTET_TEAM_DIR/../go; do sleep 0.05; done; {REPORT}"),
        ));
    let mut running = world.begin(&[]);
    running.until("attempt.activity", "alpha");
    let (code, _, errors) = world.say(&["merge", "alpha"]);
    assert!(code == 2 && errors.contains("is at work"), "{errors}");
    world.write("go", "");
    assert_eq!(running.end().code(), 0);
}

#[test]
fn changes_that_are_not_committed_are_told_to_be_missing_in_worktrees() {
    let world = in_git(World::new(&["alpha"]).set(OWN).play("alpha", REPORT));
    world.write("main.txt", "not committed\n");
    let ran = world.run(&[]);
    let told = ran.all("run.troubled").any(|it| it["what"].as_str().is_some_and(|what| what.contains("not committed")));
    assert!(told, "{}", super::world::show(&ran.events));
}

#[test]
fn settings_that_a_program_would_find_in_its_worktree_alone_are_agreed_to() {
    let engine = "engine = \"mine\"\npermissions = \"edit\"\n[engines.mine]\nkind = \"acp\"\ncommand = [\"false\"]";
    let world = in_git(World::new(&["alpha"]).set(OWN).set(engine));
    world.write(".gemini/settings.json", "{}");
    git(&world, ".", &["add", "--all"]);
    git(&world, ".", &["commit", "--quiet", "-m", "settings"]);
    std::fs::remove_dir_all(world.path(".gemini")).expect("it is there");
    world.settle();
    let (code, _, errors) = world.say(&["run", "plan.md", "--headless"]);
    assert_eq!(code, 2, "{errors}");
    assert!(errors.contains("settings read: .gemini/settings.json as committed (can start"), "{errors}");
}

#[test]
fn programs_that_an_agent_names_in_the_shared_git_config_are_not_started_by_quintet() {
    let script = format!(
        "git config core.fsmonitor \"touch $PWD/../../../../../ran-it; false\"; echo x > a.txt; \
            git config filter.evil.clean \"touch $PWD/../../../../../ran-it; cat\"; \
            git config filter.evil.required true; \
            git config diff.evil.textconv \"touch $PWD/../../../../../ran-it; cat\"; \
            git config merge.evil.driver \"touch $PWD/../../../../../ran-it; true\"; \
            echo '* filter=evil diff=evil merge=evil' > .gitattributes; {REPORT}"
    );
    let world = in_git(World::new(&["alpha"]).set(OWN).play("alpha", &script));
    assert_eq!(world.run(&[]).code(), 0);
    world.say(&["worktrees"]);
    let (_, diff, errors) = world.say(&["diff", "alpha"]);
    assert!(diff.contains("a.txt"), "{diff}{errors}");
    assert!(!world.path("ran-it").exists() && !world.path(".claude-team/ran-it").exists());
}
