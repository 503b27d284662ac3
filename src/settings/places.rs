//! `[places.NAME]` becomes places; all problems at once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::file::{File, PlaceTable};
use super::merge::{AgentSetup, Problem, unknown as unknown_name};
use crate::place::{Kind, LOCAL, Place};
use crate::plan::Plan;

/// A host that has not answered for so long is taken for gone, unless the settings say otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns every place by name: the user's, and before them the project's.
pub fn places(project: &File, user: &File, problems: &mut Vec<Problem>) -> BTreeMap<String, Place> {
    let mut tables = user.places.clone();
    tables.extend(project.places.clone());
    let mut places = BTreeMap::new();
    for (name, table) in tables {
        match place(&name, table) {
            Ok(place) => {
                places.insert(name, place);
            }
            Err(why) => problems.push(Problem { what: format!("[places.{name}]"), why }),
        }
    }
    places
}

/// Says which agents are to run at a place that nobody knows.
pub fn unknown(plan: &Plan, agents: &[AgentSetup], places: &BTreeMap<String, Place>) -> Vec<Problem> {
    let mut known: Vec<&str> = places.keys().map(String::as_str).collect();
    known.push(LOCAL);
    let strange = plan.agents.iter().zip(agents).filter(|(_, it)| !known.contains(&it.place.as_str()));
    strange
        .map(|(agent, it)| Problem {
            what: format!("place of {}", agent.name),
            why: unknown_name("place", &it.place, &known),
        })
        .collect()
}

fn place(name: &str, table: PlaceTable) -> Result<Place, String> {
    if name == LOCAL {
        return Err("this name is this machine's; its slots are those of the run".to_owned());
    }
    let Some(kind) = table.kind else { return Err("say its `kind`: slurm or ssh".to_owned()) };
    if kind == Kind::Ssh && table.hosts.is_empty() {
        return Err("it has no `hosts`, for example hosts = [\"node1\", \"me@node2\"]".to_owned());
    }
    if let Some(host) = table.hosts.iter().find(|host| host.is_empty() || host.starts_with('-')) {
        return Err(format!("`{host}` is no host"));
    }
    if table.slots == Some(0) {
        return Err("a place without slots is no place".to_owned());
    }
    Ok(Place {
        name: name.to_owned(),
        kind,
        slots: table.slots,
        hosts: table.hosts,
        options: table.options,
        program: table.program,
        cpus: table.cpus,
        memory: table.memory,
        spare: table.spare.map_or(Duration::ZERO, |span| span.0),
        patience: table.patience.map_or(PATIENCE, |span| span.0),
        commands: table.commands,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (BTreeMap<String, Place>, Vec<String>) {
        let (file, unknown) = File::read("quintet.toml", text).expect("it is valid");
        assert_eq!(unknown, [""; 0]);
        let mut problems = Vec::new();
        let places = places(&file, &File::default(), &mut problems);
        (places, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_cluster_and_hosts_are_read_with_all_they_may_say() {
        let (places, problems) = read(
            r#"
            [places.slurm]
            kind = "slurm"
            slots = 20
            options = ["-p", "agents"]
            memory = "4G"
            cpus = 2
            spare = "1h"
            commands = { end = ["scancel", "--full", "{job}"] }
            [places.farm]
            kind = "ssh"
            hosts = ["h1", "h2"]
            program = "/shared/bin/quintet"
            patience = "30s"
        "#,
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!((places["slurm"].slots, places["slurm"].spare), (Some(20), Duration::from_secs(3600)));
        assert_eq!((places["farm"].hosts.len(), places["farm"].patience), (2, Duration::from_secs(30)));
    }

    #[test]
    fn what_is_wrong_with_places_is_told_at_once() {
        let (_, problems) = read(
            "[places.a]\nslots = 2\n[places.b]\nkind = \"ssh\"\n[places.local]\nkind = \"slurm\"\n\
             [places.c]\nkind = \"ssh\"\nhosts = [\"-oProxyCommand=x\"]\n",
        );
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert!(problems[0].contains("kind") && problems[1].contains("hosts"), "{problems:?}");
        assert!(problems[2].contains("no host") && problems[3].contains("this machine"), "{problems:?}");
    }
}
