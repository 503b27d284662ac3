//! The house keeps its own rules: rooms use only rooms above them, files stay small, the top level stays bare.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest a source file may be.
const LONGEST: usize = 600;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

fn source() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    sources(&root.join("src"), &mut found);
    let relative = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("it can be read");
        (path.strip_prefix(root).expect("it is below").to_owned(), text)
    };
    found.into_iter().map(relative).collect()
}

/// The rooms in the order of the map.
fn rooms() -> Vec<String> {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("the map is there");
    map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).map(str::to_owned).collect()
}

#[test]
fn a_room_uses_only_rooms_above_it() {
    let rooms = rooms();
    let place = |room: &str| rooms.iter().position(|it| it == room);
    let mut wrong = BTreeSet::new();
    for (path, text) in source() {
        let Some(own) = path.components().nth(1).and_then(|it| it.as_os_str().to_str()) else { continue };
        let Some(own_place) = place(own) else { continue };
        for (at, _) in text.match_indices("crate::") {
            let used: String = text[at + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if place(&used).is_some_and(|used_place| used_place > own_place) {
                wrong.insert(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these use rooms below them:\n{}", Vec::from_iter(wrong).join("\n"));
}

#[test]
fn source_files_stay_small() {
    let long: Vec<String> = source()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LONGEST)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "each of these is more than one room:\n{}", long.join("\n"));
}

#[test]
fn only_the_shell_and_programs_of_their_own_ask_the_clock() {
    let outside = |path: &Path| {
        let room = path.components().nth(1).map(|it| it.as_os_str().to_owned()).unwrap_or_default();
        !["shell", "shim", "analyst", "mcp", "selftest", "cli", "main.rs"].iter().any(|it| room == *it)
    };
    let asks = ["Instant::now", "SystemTime::now", "Utc::now", "Local::now", "std::fs", "std::thread"];
    let wrong: Vec<String> = source()
        .into_iter()
        .filter(|(path, _)| outside(path))
        .flat_map(|(path, text)| {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            asks.iter().filter(move |ask| code.contains(**ask)).map(move |ask| format!("{}: {ask}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "these touch the world:\n{}", wrong.join("\n"));
}

#[test]
fn the_top_level_is_bare() {
    let known = ["Cargo.toml", "Cargo.lock", "src", "assets", "tests", "README.md", "target"];
    let strangers: Vec<String> = fs::read_dir(env!("CARGO_MANIFEST_DIR"))
        .expect("the project is there")
        .filter_map(|entry| entry.expect("it can be listed").file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && !known.contains(&name.as_str()))
        .collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

#[test]
fn the_keys_in_the_readme_are_those_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("it is there");
    let (begin, end) = ("<!-- keys -->\n", "<!-- /keys -->");
    let from = readme.find(begin).expect("the table begins") + begin.len();
    let to = readme.find(end).expect("the table ends");
    let keys = format!("\n{}\n", quintet::screen::keys::KeyMap::default().markdown().trim());
    if std::env::var_os("QUINTET_WRITE_README").is_some() {
        fs::write(&path, format!("{}{keys}\n{}", &readme[..from], &readme[to..])).expect("it can be written");
    } else {
        let hint = "QUINTET_WRITE_README=1 cargo test the_keys_in_the_readme writes it";
        assert_eq!(readme[from..to].trim(), keys.trim(), "{hint}");
    }
}
