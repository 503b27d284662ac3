//! Where an agent works: in the project with everybody else, or in a git worktree of its own.

use super::file::File;
use super::merge::{AgentSetup, Origin};
use crate::plan::{Agent, Permissions, Plan, Workspace};

/// Returns where an agent works and who said so: `[agents.X]`, the agent's front matter, the plan's, `quintet.toml`, the
/// user's config. Unless somebody says otherwise, one that may change files gets a worktree where more than one works at
/// a time.
///
/// A language model that may only read shares the project whatever is said: it changes nothing there.
pub fn of(plan: &Plan, agent: &Agent, own: &AgentSetup, slots: usize, files: [&File; 2]) -> (Workspace, Origin) {
    let [project, user] = files;
    let table = project.agents.get(&agent.name).or_else(|| project.agents.get(&agent.slug));
    let may_change = own.permissions != Permissions::ReadOnly;
    let said = [
        (table.and_then(|table| table.workspace), Origin::Agents),
        (agent.overrides.workspace, Origin::FrontMatter),
        (plan.overrides.workspace, Origin::FrontMatter),
        (project.workspace, Origin::Project),
        (user.workspace, Origin::User),
    ];
    let said = said.into_iter().find_map(|(said, origin)| said.map(|said| (said, origin)));
    match said {
        Some((_, origin)) if own.engine.kind.is_llm() && !may_change => (Workspace::Shared, origin),
        Some(said) => said,
        None if may_change && slots > 1 && own.place == "local" => (Workspace::Worktree, Origin::Default),
        None => (Workspace::Shared, Origin::Default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Flags, merge};

    fn worked(toml: &str, slots: usize) -> Vec<Workspace> {
        let plan = crate::plan::read("# P\n\n## Agents\n\n1. **a**: look\n2. **b**: change\n");
        let plan = plan.plan.expect("a plan");
        let project = File::read("quintet.toml", toml).expect("valid").0;
        let flags = Flags { slots: Some(slots), engine: Some("claude".into()), ..Flags::default() };
        let setup = merge(&plan, &flags, &project, &File::default()).expect("a setup");
        setup.agents.iter().map(|agent| agent.workspace).collect()
    }

    #[test]
    fn one_that_may_change_files_has_a_worktree_unless_it_is_alone() {
        let edits = "[agents.b]\npermissions = \"edit\"\n";
        assert_eq!(worked(edits, 2), [Workspace::Shared, Workspace::Worktree]);
        assert_eq!(worked(edits, 1), [Workspace::Shared, Workspace::Shared]);
    }

    #[test]
    fn what_is_said_wins_but_a_model_that_only_reads_shares_the_project() {
        let said = "workspace = \"worktree\"\n[agents.b]\npermissions = \"full\"\nworkspace = \"shared\"\n";
        assert_eq!(worked(said, 2), [Workspace::Shared, Workspace::Shared]);
        let command = "engine = \"mine\"\n[engines.mine]\nkind = \"command\"\ncommand = [\"true\"]\n";
        let both = format!("workspace = \"worktree\"\n{command}");
        let plan = crate::plan::read("# P\n\n## Agents\n\n1. **a**: look\n2. **b**: change\n").plan.expect("a plan");
        let project = File::read("quintet.toml", &both).expect("valid").0;
        let setup = merge(&plan, &Flags::default(), &project, &File::default()).expect("a setup");
        assert!(
            setup.agents.iter().all(|agent| agent.workspace == Workspace::Worktree),
            "a command changes what it likes"
        );
    }
}
