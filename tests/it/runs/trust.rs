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
