//! A time box always ends in notes that a successor has read, whatever its agent is like.

use super::world::World;

/// How many agents of each kind, unless `HANDOVERS` says otherwise: 25 make a hundred.
const OF_EACH: usize = 2;

/// What a first attempt does when its time is up; each has said words of its own before.
const KINDS: [(&str, &str); 4] = [
    ("obeys", "trap 'echo \"- next: $words\" > \"$QUINTET_HANDOFF\"; exit 0' TERM\nwhile :; do sleep 0.05; done"),
    ("ignores", "trap '' TERM\nwhile :; do sleep 0.05; done"),
    ("hangs", "kill -STOP $$\nsleep 60"),
    ("crashes", "trap 'kill -SEGV $$' TERM\nwhile :; do sleep 0.05; done"),
];

#[test]
fn every_box_ends_in_notes_that_the_successor_has_read() {
    let of_each = std::env::var("HANDOVERS").ok().and_then(|count| count.parse().ok()).unwrap_or(OF_EACH);
    let agents: Vec<(String, &str)> =
        KINDS.iter().flat_map(|(kind, end)| (1..=of_each).map(move |n| (format!("{kind}-{n}"), *end))).collect();
    let names: Vec<&str> = agents.iter().map(|(name, _)| name.as_str()).collect();
    let mut world = World::new(&names);
    for (name, end) in &agents {
        let script = format!(
            "words=\"the words of $QUINTET_AGENT\"\nif [ -n \"$QUINTET_PREVIOUS_HANDOFF\" ]; then\n  grep -q \"$words\" \"$QUINTET_PREVIOUS_HANDOFF\" && cp \"$QUINTET_PREVIOUS_HANDOFF\" \"$QUINTET_REPORT\"\n  exit\nfi\necho \"$words\"\n{end}"
        );
        world = world.play(name, &script);
    }
    let ran = world.run(&["--slots", "8", "--time-box", "1500ms", "--grace", "500ms", "--successors", "1"]);
    let verdicts = ran.verdicts();
    let done = verdicts.values().filter(|verdict| *verdict == "done").count();
    println!("{done} of {} handed over, in {:?}", agents.len(), ran.took);
    assert_eq!(done, agents.len(), "{verdicts:?}");
    for (name, _) in &agents {
        let first = ran.all("attempt.ended").find(|end| end["agent"] == name.as_str()).expect("it ended");
        assert_eq!(first["verdict"], "out_of_time", "{name}");
        let notes = world.read(&format!(".claude-team/handoffs/{name}-1.md"));
        assert!(notes.contains("## ") && notes.len() <= 8 * 1024, "{notes}");
    }
}
