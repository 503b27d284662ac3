//! OpenAPI: the operations that a description of an API lists.

use super::yaml::{self, Node};
use super::{File, Kind, Project};

/// One description.
#[derive(Debug)]
pub struct Description<'a> {
    pub file: &'a File,
    /// Beginnings that its servers put before every path; an empty one is always among them.
    pub bases: Vec<String>,
    pub operations: Vec<Operation>,
}

/// A path with a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Upper case.
    pub method: String,
    pub path: String,
    pub line: u32,
}

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// Returns every description in YAML or JSON, those made for tests aside.
pub fn read(project: &Project) -> Vec<Description<'_>> {
    let is_one = |file: &&File| {
        matches!(file.kind, Kind::Yaml | Kind::Json)
            && !file.is_test()
            && (file.text.contains("openapi") || file.text.contains("swagger"))
            && file.text.contains("paths")
    };
    project.files().iter().filter(is_one).filter_map(description).collect()
}

fn description(file: &File) -> Option<Description<'_>> {
    let of_json;
    let root = match file.yaml() {
        Some(documents) => documents.first()?,
        None => {
            of_json = yaml::read(&file.text)?;
            of_json.first()?
        }
    };
    root.get("openapi").or_else(|| root.get("swagger"))?;
    let mut operations = Vec::new();
    for (path, _, item) in root.get("paths")?.entries() {
        for (method, line, _) in item.entries().iter().filter(|(key, ..)| VERBS.contains(&key.as_str())) {
            operations.push(Operation { method: method.to_ascii_uppercase(), path: path.clone(), line: *line });
        }
    }
    Some(Description { file, bases: bases(root), operations })
}

fn bases(root: &Node) -> Vec<String> {
    let servers = root.get("servers").map(|servers| servers.items()).unwrap_or_default();
    let urls = servers.iter().filter_map(|server| server.text_of("url")).chain(root.text_of("basePath"));
    let path = |url: &str| {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        rest.trim_end_matches('/').to_owned()
    };
    urls.map(path).chain([String::new()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_read_from_yaml_and_json() {
        let yaml = "openapi: 3.0.0\nservers:\n  - url: https://a.test/v1\npaths:\n  /calls/{id}:\n    parameters: []\n    get: {}\n";
        let json = r#"{"swagger": "2.0", "basePath": "/v2", "paths": {"/calls": {"post": {}}}}"#;
        let project = Project::of([("a.yaml", yaml), ("b.json", json), ("c.yaml", "paths: 1\n")]);
        let found = read(&project);
        let all: Vec<_> = found
            .iter()
            .flat_map(|it| &it.operations)
            .map(|it| (it.method.as_str(), it.path.as_str(), it.line))
            .collect();
        assert_eq!(all, [("GET", "/calls/{id}", 7), ("POST", "/calls", 1)]);
        assert_eq!(
            (&found[0].bases[..], &found[1].bases[0]),
            (&["/v1".to_owned(), String::new()][..], &"/v2".to_owned())
        );
    }
}
