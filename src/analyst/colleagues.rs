//! What other agents found, and where their findings meet.
//!
//! Analysts leave a record beside their report; whoever comes later reads all of them. Agents of other engines leave
//! none: their reports are named, not judged.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::Finding;
use super::record::Record;

/// What one other agent found.
#[derive(Debug)]
pub struct Colleague {
    pub agent: String,
    pub findings: Vec<Finding>,
}

/// Lines of one file that lie no further apart are one place.
const NEAR: u32 = 3;

/// Reads the records of others in the folder of a report, by agent.
pub fn read(report: &Path, own: &str) -> Vec<Colleague> {
    let entries = report.parent().and_then(|folder| fs::read_dir(folder).ok());
    let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    let records = paths.filter(|path| path.to_string_lossy().ends_with(".findings.json"));
    let records = records.filter_map(|path| serde_json::from_str::<Record>(&fs::read_to_string(path).ok()?).ok());
    let mut colleagues: Vec<Colleague> = records
        .filter(|record| record.agent != own)
        .map(|record| Colleague { agent: record.agent, findings: record.findings })
        .collect();
    colleagues.sort_by(|a, b| a.agent.cmp(&b.agent));
    colleagues
}

/// Returns all findings of all agents, each once, worst first, with the agents that have it.
pub fn together<'a>(own: (&'a str, &[&'a Finding]), colleagues: &'a [Colleague]) -> Vec<(&'a Finding, Vec<&'a str>)> {
    let mut all: Vec<(&Finding, Vec<&str>)> = Vec::new();
    let others =
        colleagues.iter().flat_map(|colleague| colleague.findings.iter().map(|f| (f, colleague.agent.as_str())));
    for (finding, agent) in own.1.iter().map(|finding| (*finding, own.0)).chain(others) {
        match all.iter_mut().find(|(known, _)| known.rule == finding.rule && known.place == finding.place) {
            Some((_, agents)) => agents.push(agent),
            None => all.push((finding, vec![agent])),
        }
    }
    all.sort_by(|(a, _), (b, _)| b.severity.cmp(&a.severity).then_with(|| a.at().cmp(&b.at())));
    all
}

/// Returns the places that findings of several fields share, with those findings.
pub fn meetings<'a>(all: &[(&'a Finding, Vec<&'a str>)]) -> Vec<Vec<&'a Finding>> {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for (finding, _) in all {
        by_file.entry(&finding.place.file).or_default().push(finding);
    }
    let mut meetings = Vec::new();
    for mut findings in by_file.into_values() {
        findings.sort_by_key(|finding| finding.place.line);
        for group in findings.chunk_by(|a, b| b.place.line - a.place.line <= NEAR) {
            if group.iter().any(|finding| finding.field != group[0].field) {
                meetings.push(group.to_vec());
            }
        }
    }
    meetings
}
