//! What Go files import: packages of their own module, and of others.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::analyst::Field;
use crate::analyst::project::go::GoFile;
use crate::analyst::project::gomod::GoMod;
use crate::analyst::project::{File, Kind, Project, joined};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "import-of-missing-package",
        field: Field::Architecture,
        severity: Severity::High,
        title: "Every package of its own module that the code imports is there",
        rationale: "The package does not compile, nor does anything that imports it.",
        wrong_if: "the folder is generated before the build",
        remedy: "Import the package that exists, or commit the missing one.",
        looks_at: "imports of the project's own packages",
        topics: &["microservice", "architect", "design", "boundar", "structure"],
        check: import_of_missing_package,
    },
    Rule {
        id: "import-without-requirement",
        field: Field::Architecture,
        severity: Severity::High,
        title: "Every foreign module that the code imports is required",
        rationale: "The build stops: the module's version is not known.",
        wrong_if: "a workspace outside of the project provides the module",
        remedy: "Run `go mod tidy` and commit what it writes.",
        looks_at: "imports of foreign modules",
        topics: &["architect", "structure", "dependenc"],
        check: import_without_requirement,
    },
    Rule {
        id: "import-cycle",
        field: Field::Architecture,
        severity: Severity::High,
        title: "No package imports itself through others",
        rationale: "Go refuses such packages, and what needs each other has no boundary between it.",
        wrong_if: "files of the cycle are never built together",
        remedy: "Move what both need into a package of its own.",
        looks_at: "packages",
        topics: &["architect", "design", "boundar", "structure"],
        check: import_cycle,
    },
    Rule {
        id: "package-nobody-imports",
        field: Field::Architecture,
        severity: Severity::Low,
        title: "Every internal package is imported by something",
        rationale: "It is maintained, tested and reviewed, and no program contains it.",
        wrong_if: "its importers are generated before the build",
        remedy: "Remove it, or connect it to what was to use it.",
        looks_at: "internal packages",
        topics: &["architect", "design", "structure"],
        check: package_nobody_imports,
    },
];

/// The modules of a project: folder and contents, deepest last.
fn modules(project: &Project) -> Vec<(&str, &GoMod)> {
    let files = project.of_kind(Kind::GoMod);
    let mut modules: Vec<(&str, &GoMod)> = files.filter_map(|file| Some((file.folder(), file.gomod()?))).collect();
    modules.sort_by_key(|(folder, _)| folder.len());
    modules
}

fn is_under(path: &str, parent: &str) -> bool {
    parent.is_empty() || path == parent || path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns the folder that an import path of the project's own modules means.
fn own_folder(modules: &[(&str, &GoMod)], path: &str) -> Option<String> {
    let owns = |gomod: &GoMod| !gomod.module.is_empty() && is_under(path, &gomod.module);
    let (folder, gomod) =
        modules.iter().filter(|(_, gomod)| owns(gomod)).max_by_key(|(_, gomod)| gomod.module.len())?;
    joined(folder, &path[gomod.module.len()..])
}

fn is_left_out(file: &File, go: &GoFile) -> bool {
    file.path.contains("testdata/") || go.build.is_some() || file.name().starts_with(['_', '.'])
}

fn import_of_missing_package(project: &Project, look: &mut Look) {
    let modules = modules(project);
    let mut missing: BTreeMap<String, Vec<(&File, u32, &str)>> = BTreeMap::new();
    for (file, go) in project.go().filter(|(file, go)| !is_left_out(file, go)) {
        for import in &go.imports {
            let Some(folder) = own_folder(&modules, &import.path) else { continue };
            // Another module of the project is used as it was published.
            let module_of =
                |path: &str| modules.iter().rev().find(|(module, _)| is_under(path, module)).map(|(module, _)| *module);
            if module_of(&file.path) != module_of(&folder) {
                continue;
            }
            look.saw_one();
            if !project.exists(&folder) {
                missing.entry(folder).or_default().push((file, import.line, &import.path));
            }
        }
    }
    for (folder, places) in missing {
        // Code that is generated names its folder in what generates it.
        let tail = folder.rsplit('/').next().unwrap_or(&folder);
        let generates = |file: &&File| {
            let is_source = matches!(file.kind, Kind::Other | Kind::Yaml | Kind::Makefile | Kind::Shell | Kind::Json);
            let is_hidden = file.name() == ".gitignore"
                && folder.strip_prefix(file.folder()).is_some_and(|rest| {
                    file.text.lines().any(|line| line.trim_matches(['/', '*', ' ']) == rest.trim_matches('/'))
                });
            is_hidden
                || is_source && file.text.contains(&folder)
                || file.name().ends_with(".proto") && file.text.contains(tail)
        };
        // Folders that tools fill, and those that the ignore rules hide by a name of theirs.
        const MADE: &[&str] = &[
            "gen",
            "generated",
            "mocks",
            "mock",
            "docs",
            "ent",
            "pb",
            "proto",
            "protos",
            "dist",
            "build",
            "clientset",
            "openapi",
            "swagger",
        ];
        let hidden = project.files().iter().filter(|file| file.name() == ".gitignore");
        let hidden: BTreeSet<&str> =
            hidden.flat_map(|file| file.text.split(|c: char| c.is_whitespace() || matches!(c, '/' | '*'))).collect();
        let is_made = folder.split('/').any(|part| MADE.contains(&part) || hidden.contains(part));
        if is_made || project.files().iter().any(|file| generates(&file)) {
            continue;
        }
        let (file, line, path) = places[0];
        let more = if places.len() > 1 { format!(" ({} files do)", places.len()) } else { String::new() };
        look.found(file, line, format!("`{path}` is imported{more}, and there is no folder `{folder}`."));
    }
}

fn import_without_requirement(project: &Project, look: &mut Look) {
    if project.exists("go.work") || project.exists("vendor/modules.txt") {
        return;
    }
    let modules = modules(project);
    let mut reported = BTreeSet::new();
    for (file, go) in project.go().filter(|(file, go)| !is_left_out(file, go)) {
        let Some((folder, gomod)) = modules.iter().rev().find(|(folder, _)| is_under(&file.path, folder)) else {
            continue;
        };
        for import in &go.imports {
            let first = import.path.split('/').next().unwrap_or_default();
            if !first.contains('.') || is_under(&import.path, &gomod.module) {
                continue;
            }
            look.saw_one();
            let is_known = gomod.requires.iter().any(|require| is_under(&import.path, &require.path))
                || gomod.replaces.iter().any(|replace| is_under(&import.path, replace));
            if !is_known && reported.insert((*folder, import.path.as_str())) {
                let at = if folder.is_empty() { "go.mod".to_owned() } else { format!("{folder}/go.mod") };
                look.found(
                    file,
                    import.line,
                    format!("`{}` is imported, and `{at}` requires no module of it.", import.path),
                );
            }
        }
    }
}

/// Returns the own packages that each own package imports, tests aside, with the first place of each import.
fn graph<'a>(project: &'a Project, modules: &[(&str, &GoMod)]) -> BTreeMap<&'a str, BTreeMap<String, (&'a File, u32)>> {
    let mut graph: BTreeMap<&str, BTreeMap<String, (&File, u32)>> = BTreeMap::new();
    let code = project.go().filter(|(file, go)| !is_left_out(file, go) && !file.name().ends_with("_test.go"));
    for (file, go) in code.filter(|(_, go)| go.package != "main") {
        let imports = graph.entry(file.folder()).or_default();
        for import in &go.imports {
            if let Some(folder) = own_folder(modules, &import.path) {
                imports.entry(folder).or_insert((file, import.line));
            }
        }
    }
    graph
}

fn import_cycle(project: &Project, look: &mut Look) {
    let modules = modules(project);
    let graph = graph(project, &modules);
    let mut shape: DiGraphMap<&str, ()> = DiGraphMap::new();
    for (from, imports) in &graph {
        look.saw_one();
        for to in imports.keys() {
            shape.add_edge(*from, to.as_str(), ());
        }
    }
    for group in tarjan_scc(&shape).into_iter().filter(|group| group.len() > 1) {
        let mut members = group.clone();
        members.sort_unstable();
        let first = members[0];
        let inside = graph[first].iter().find(|(to, _)| members.contains(&to.as_str()));
        let (_, (file, line)) = inside.expect("a member of a cycle imports another one");
        let names = members.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        look.found(file, *line, format!("These packages import each other in a circle: {names}."));
    }
}

fn package_nobody_imports(project: &Project, look: &mut Look) {
    if hides_code(project) {
        return;
    }
    let modules = modules(project);
    let mut imported = BTreeSet::new();
    for (file, go) in project.of_kind(Kind::Go).filter_map(|file| Some((file, file.go_in_brief()?))) {
        let folders = go.imports.iter().filter_map(|import| own_folder(&modules, &import.path));
        imported.extend(folders.filter(|folder| folder != file.folder()));
    }
    let mut packages: BTreeMap<&str, &File> = BTreeMap::new();
    for (file, go) in project.go_code() {
        let is_internal = file.folder().split('/').any(|part| part == "internal");
        let is_library = go.package != "main" && !file.name().starts_with("doc.") && go.build.is_none();
        // A tool's imports and plugins loaded by name leave no trace in imports.
        if is_internal
            && is_library
            && !go.functions.is_empty()
            && !["tool", "test", "integration", "e2e", "template", "example", "sample", "plugin"]
                .iter()
                .any(|word| file.folder().contains(word))
        {
            packages.entry(file.folder()).or_insert(file);
        }
    }
    for (folder, file) in packages {
        look.saw_one();
        // Of two modules with one name only one is found by it; without one, nothing tells who imports what.
        let mut owners = modules.iter().filter(|(module, _)| is_under(folder, module));
        let owner = owners.next_back().map(|(_, gomod)| gomod.module.as_str());
        if modules.iter().filter(|(_, gomod)| Some(gomod.module.as_str()) == owner).count() != 1 {
            continue;
        }
        if !imported.contains(folder) && !is_run(project, folder) && !is_awaited(project, folder) {
            let line = file.lines().find(|(_, line)| line.starts_with("package ")).map_or(1, |(line, _)| line);
            look.found(file, line, format!("No file of the project imports `{folder}`."));
        }
    }
}

/// Returns whether a pattern of the ignore rules, meant for a program, hides the folder of that name as well: what it
/// imports is not seen.
fn hides_code(project: &Project) -> bool {
    let ignores = project.files().iter().filter(|file| file.name() == ".gitignore");
    ignores.into_iter().any(|ignore| {
        let names = ignore.lines().map(|(_, line)| line.trim().trim_matches('/'));
        let names = names.filter(|name| !name.is_empty() && !name.contains(['#', '*', '!', '/', ' ', '.']));
        let folders = names.flat_map(|name| [name.to_owned(), format!("cmd/{name}")]);
        folders.filter_map(|folder| joined(ignore.folder(), &folder)).any(|folder| {
            let is_hidden = !project.has_beginning(&format!("{folder}/"));
            is_hidden && project.holds_on_disk(&folder, ".go")
        })
    })
}

/// Returns whether a remark of another package names a type of this one, as `[rewrite.Item]`: it is to be used yet.
fn is_awaited(project: &Project, folder: &str) -> bool {
    let name = format!("[{}.", folder.rsplit('/').next().unwrap_or(folder));
    let others = project.of_kind(Kind::Go).filter(|file| file.folder() != folder && file.text.contains(&name));
    others
        .into_iter()
        .any(|file| file.lines().any(|(_, line)| line.trim_start().starts_with("//") && line.contains(&name)))
}

/// Returns whether a command of the project runs a package, or its tests, by the package's folder: a generator, say.
fn is_run(project: &Project, folder: &str) -> bool {
    let last = folder.rsplit('/').next().unwrap_or(folder);
    // `$(GO) test` too.
    let is_command = |line: &str| {
        ["go run", "go test", "go build", "GO) run", "GO) test", "GO) build"]
            .iter()
            .any(|command| line.contains(command))
    };
    let names = |file: &File, line: &str| {
        line.contains(folder)
            || line.starts_with("//go:generate") && is_under(folder, file.folder()) && line.contains(last)
    };
    let kinds = [Kind::Go, Kind::Makefile, Kind::Shell, Kind::Yaml, Kind::Other];
    let files = project.files().iter().filter(|file| kinds.contains(&file.kind) && file.text.contains(last));
    files.into_iter().any(|file| file.lines().any(|(_, line)| is_command(line) && names(file, line)))
}
