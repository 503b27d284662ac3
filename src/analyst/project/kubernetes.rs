//! Kubernetes: what runs, from manifests that are plain YAML.

use super::yaml::Node;
use super::{File, Kind, Project};

/// A Deployment, StatefulSet or DaemonSet that is written in full (a patch of another one has no images).
#[derive(Debug)]
pub struct Workload<'a> {
    pub file: &'a File,
    pub kind: &'a str,
    pub name: &'a str,
    pub line: u32,
    pub node: &'a Node,
    pub pod: &'a Node,
    pub containers: Vec<&'a Node>,
}

impl Workload<'_> {
    /// Returns a container in words: with its workload, unless that is called the same.
    pub fn words_for(&self, container: &Node) -> String {
        let name = container.text_of("name").unwrap_or_default();
        if name == self.name { format!("`{name}`") } else { format!("`{name}` of `{}`", self.name) }
    }
}

/// Returns every document with a kind, outside of tests and examples, with its file.
pub fn documents(project: &Project) -> impl Iterator<Item = (&File, &Node)> {
    let files = project.of_kind(Kind::Yaml).filter(|file| {
        let is_shown = file.path.starts_with("docs/") || file.path.starts_with("doc/");
        !is_shown && !file.is_test() && file.text.contains("apiVersion:")
    });
    let documents = files.filter_map(|file| Some((file, file.yaml()?)));
    documents.flat_map(|(file, nodes)| nodes.iter().map(move |node| (file, node)))
}

/// Returns the documents of one kind.
pub fn of_kind<'a>(project: &'a Project, kind: &'a str) -> impl Iterator<Item = (&'a File, &'a Node)> {
    documents(project).filter(move |(_, node)| node.text_of("kind") == Some(kind))
}

/// Returns every workload.
pub fn workloads(project: &Project) -> Vec<Workload<'_>> {
    documents(project).filter_map(|(file, node)| workload(file, node)).collect()
}

fn workload<'a>(file: &'a File, node: &'a Node) -> Option<Workload<'a>> {
    let kind = node.text_of("kind")?;
    if !matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet") {
        return None;
    }
    let pod = node.at(&["spec", "template", "spec"])?;
    let containers: Vec<&Node> = pod.get("containers")?.items().iter().collect();
    let is_whole = !containers.is_empty() && containers.iter().all(|container| container.text_of("image").is_some());
    let name = node.at(&["metadata", "name"])?.text()?;
    let line = node.line_of("kind")?;
    is_whole.then_some(Workload { file, kind, name, line, node, pod, containers })
}

/// Returns whether manifests are completed elsewhere: what one of them lacks may still be added.
pub fn is_patched(project: &Project) -> bool {
    project.of_kind(Kind::Yaml).any(|file| {
        file.name().starts_with("kustomization.")
            && ["patches", "components:"].iter().any(|word| file.text.contains(word))
    })
}
