//! Commands of the person that Quintet runs when something happens.

use serde_json::Value;

use super::world::World;

const URGENT: &str = "printf '\\n### CRITICAL: keys in the image\\n' >> \"$QUINTET_TEAM_DIR/communications/urgent-issues.md\"\n\
     until test -s urgent.json; do sleep 0.05; done\necho \"# $QUINTET_AGENT\" > \"$QUINTET_REPORT\"";

#[test]
fn a_hook_gets_its_event_as_json_and_the_last_one_is_waited_for() {
    let world = World::new(&["alpha"])
        .set("[hooks]\nurgent = \"cat > urgent.json\"\nended = \"sleep 0.3; cat > ended.json\"")
        .play("alpha", URGENT);
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    let event = |path: &str| -> Value { serde_json::from_str(&world.read(path)).expect("one JSON object") };
    let (urgent, ended) = (event("urgent.json"), event("ended.json"));
    assert_eq!((&urgent["event"], &urgent["severity"]), (&"urgent.added".into(), &"critical".into()), "{urgent}");
    assert!(urgent["text"].as_str().is_some_and(|text| text.contains("keys in the image")), "{urgent}");
    assert_eq!((&ended["event"], &ended["complete"]), (&"run.ended".into(), &true.into()), "{ended}");
}

#[test]
fn a_hook_that_fails_is_told_and_the_run_goes_on() {
    let world = World::new(&["alpha"])
        .set("[hooks]\nurgent = \"echo once >> urgent.json; exit 3\"")
        .play("alpha", &format!("{URGENT}; sleep 0.5"));
    let ran = world.run(&[]);
    assert_eq!(ran.code(), 0, "{}", ran.errors);
    let told: Vec<&str> = ran.all("run.troubled").filter_map(|event| event["what"].as_str()).collect();
    assert!(
        told.iter().any(|what| what.contains("the hook `echo once") && what.contains("exit status: 3")),
        "{told:?}"
    );
}
