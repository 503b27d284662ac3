//! The plan's final deliverables: each gathers what the agents of its subject found and wrote.

use std::fmt::Write as _;

use super::judge::stems;
use super::{Deliverable, Merged, Sources};
use crate::plan::{AgentId, Plan};
use crate::run::pages::words;

/// Returns the deliverables with their titles and files.
pub fn named(plan: &Plan) -> Vec<Deliverable> {
    // Neither the final report nor an agent's own is ever overwritten.
    let of_others = plan.agents.iter().map(crate::plan::Agent::report_path).chain([super::FINAL_REPORT.to_owned()]);
    let mut taken: Vec<String> = of_others
        .filter_map(|path| Some(path.strip_prefix(".claude-team/reports/")?.strip_suffix(".md")?.to_owned()))
        .collect();
    plan.deliverables
        .iter()
        .map(|text| {
            let text = text.replace("**", "");
            let cut =
                [" - ", " – ", " — ", ": "].iter().filter_map(|mark| text.find(mark).map(|at| (at, mark.len()))).min();
            let (title, about) = match cut {
                Some((at, mark)) => (text[..at].trim(), text[at + mark..].trim()),
                None => (text.trim(), ""),
            };
            let mut slug = slug(title);
            while taken.contains(&slug) {
                slug.push_str("-2");
            }
            taken.push(slug.clone());
            Deliverable {
                title: title.to_owned(),
                about: about.to_owned(),
                path: format!(".claude-team/reports/{slug}.md"),
            }
        })
        .collect()
}

fn slug(title: &str) -> String {
    let letters =
        title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
    let slug: Vec<&str> = letters.split('-').filter(|part| !part.is_empty()).collect();
    let slug: String = slug.join("-").chars().take(60).collect();
    if slug.is_empty() { "deliverable".to_owned() } else { slug }
}

/// Returns the text of one deliverable.
pub fn written(sources: &Sources, findings: &[Merged], deliverable: &Deliverable) -> String {
    let run = sources.run;
    let agents = agents_of(run.plan.each().map(|(id, _)| id).collect(), sources, deliverable);
    let mut text = format!("# {}\n\n", deliverable.title);
    if !deliverable.about.is_empty() {
        let _ = writeln!(text, "{}.\n", deliverable.about.trim_end_matches('.'));
    }
    let _ = writeln!(
        text,
        "Compiled by Quintet from run `{}`; the whole picture is in [final-report.md](final-report.md).\n",
        run.id
    );
    let _ = writeln!(text, "## Rests on\n");
    for id in &agents {
        let (agent, state) = (run.plan.agent(*id), run.state.agent(*id));
        let written =
            sources.report(*id).map_or_else(|| "no report".to_owned(), |(path, _)| format!("[report]({})", link(path)));
        let _ = writeln!(text, "- {}: {}, {written}", agent.name, words(state.word()));
    }
    let names: Vec<&str> = agents.iter().map(|id| run.plan.agent(*id).name.as_str()).collect();
    let theirs: Vec<&Merged> =
        findings.iter().filter(|it| it.sources.iter().any(|source| names.contains(&source.as_str()))).collect();
    let is_list = stems(&deliverable.title).iter().any(|stem| ["checkl", "roadma", "plan"].contains(&stem.as_str()));
    let _ =
        writeln!(text, "\n## {}\n", if is_list { "Steps, the gravest first" } else { "Findings, the gravest first" });
    if theirs.is_empty() {
        let _ = writeln!(text, "None was reported.");
    }
    for finding in theirs {
        let mark = if is_list { "- [ ]" } else { "-" };
        let place = finding.place().map(|place| format!(" (`{place}`)")).unwrap_or_default();
        let severity = crate::team_dir::entries::word(finding.severity).to_lowercase();
        let _ = writeln!(text, "{mark} **{severity}** {}{place}: {}", finding.text, finding.sources.join(", "));
    }
    for id in agents {
        if let Some(summary) = sources.report(id).and_then(|(_, text)| super::report::summary(text)) {
            let _ = writeln!(text, "\n## {} in short\n\n{summary}", run.plan.agent(id).name);
        }
    }
    text
}

/// Returns the agents that share words with the deliverable; all of them if none does.
fn agents_of(all: Vec<AgentId>, sources: &Sources, deliverable: &Deliverable) -> Vec<AgentId> {
    let wanted = stems(&format!("{} {}", deliverable.title, deliverable.about));
    let shares = |id: &AgentId| {
        let agent = sources.run.plan.agent(*id);
        let own = stems(&format!("{} {}", agent.name, agent.task));
        own.intersection(&wanted).next().is_some()
    };
    let some: Vec<AgentId> = all.iter().copied().filter(shares).collect();
    if some.is_empty() { all } else { some }
}

/// Returns a link from the reports folder to a path relative to the project.
pub fn link(path: &str) -> String {
    match path.strip_prefix(".claude-team/reports/") {
        Some(name) => name.to_owned(),
        None => format!("../../{path}"),
    }
}
