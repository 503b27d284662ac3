//! What must not be seen is in no file but the agent's own log, and nobody else may open any of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::world::World;

/// What must not be found.
const CANARIES: [&str; 3] =
    ["canary-4711-of-the-environment", "canary-0815-of-the-settings", "ghp_canary0123456789abcdefghijklmnopqrstu"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is there").flatten();
    entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .collect()
}

/// Logs are raw, and what an agent writes itself is its own.
fn is_the_agents(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with("out.") || name.starts_with("err.") || path.ends_with("reports/alpha.md")
}

#[test]
fn no_secret_of_the_environment_or_the_output_is_in_any_file_of_the_team_directory_but_the_log() {
    let script = r#"echo "the key is $UPSTREAM_API_KEY and $OTHER_SECRET"
        echo '{"type":"finding","severity":"high","text":"'"$UPSTREAM_API_KEY"' is in the image"}'
        echo '{"type":"urgent","severity":"critical","text":"token ghp_canary0123456789abcdefghijklmnopqrstu leaked"}'
        echo '{"type":"criterion","n":1,"evidence":"'"$OTHER_SECRET"'"}'
        echo "last words: $OTHER_SECRET" >&2
        sleep 3"#;
    let world = World::new(&["alpha"])
        .play_json("alpha", script)
        .set("env = { OTHER_SECRET = \"canary-0815-of-the-settings\" }");
    world.settle();
    let mut command =
        world.quintet(&["run", "plan.md", "--json", "--trust", "--time-box", "1500ms", "--grace", "500ms"]);
    command.env("UPSTREAM_API_KEY", CANARIES[0]).args(["--successors", "0"]);
    let ran = world.follow(command).end();
    assert_eq!(ran.verdicts()["alpha"], "partial", "{}", ran.errors);
    let told = format!("{}{}", super::world::show(&ran.events), ran.errors);
    assert!(!CANARIES.iter().any(|canary| told.contains(canary)), "an event tells it: {told}");

    let all = files(&world.path(".claude-team"));
    let contains = |path: &Path, canary: &str| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(canary.len()).any(|part| part == canary.as_bytes())
    };
    for canary in CANARIES {
        let found: Vec<&PathBuf> = all.iter().filter(|path| contains(path, canary)).collect();
        assert!(found.iter().any(|path| is_the_agents(path)), "{canary} was not even printed");
        let wrong: Vec<_> = found.into_iter().filter(|path| !is_the_agents(path)).collect();
        assert!(wrong.is_empty(), "{canary} is in {wrong:?}");
    }
}

#[test]
fn nobody_else_may_open_the_files_of_a_run_or_reach_its_sockets() {
    let world =
        World::new(&["alpha"]).play("alpha", "until test -e go; do sleep 0.05; done; echo '# a' > \"$QUINTET_REPORT\"");
    let mut running = world.begin(&[]);
    running.until("attempt.started", "alpha");
    let mode = |path: &Path| fs::symlink_metadata(path).expect("it is there").permissions().mode() & 0o777;
    let runs = world.path(".claude-team/runs");
    assert_eq!(mode(&runs) & 0o077, 0, "others may look into the runs");
    for path in files(&runs).iter().filter(|path| !path.ends_with(".gitignore") && !path.is_symlink()) {
        // `before` holds copies of what people wrote, as it was; the folder itself is closed.
        let is_theirs = path.components().any(|part| part.as_os_str() == "before");
        assert!(is_theirs || mode(path) & 0o077 == 0, "others may open {}", path.display());
    }
    assert_eq!(mode(&world.path(".claude-team/communications/agent-status.json")) & 0o077, 0);
    let sockets: Vec<PathBuf> = files(&runs)
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name == "sock"))
        .map(|path| PathBuf::from(fs::read_to_string(path).expect("it can be read").trim()))
        .collect();
    assert_eq!(sockets.len(), 2, "one of the run, one of the attempt");
    for socket in sockets {
        let folder = socket.parent().expect("it lies in one");
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    world.write("go", "");
    assert_eq!(running.end().code(), 0);
}
