//! What packages use of each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::analyst::Field;
use crate::analyst::project::go::{GoFile, default_name};
use crate::analyst::project::{File, Kind, Project, Span, joined};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "use-of-missing-name",
    field: Field::Architecture,
    severity: Severity::High,
    title: "Whatever a package uses of another one of the project is declared there",
    rationale: "The file does not compile; if it is a test, none of its package's tests run.",
    wrong_if: "the name is generated before the build",
    remedy: "Use the name that exists, or add the missing one.",
    looks_at: "names used of the project's own packages",
    topics: &["architect", "boundar", "structure", "test", "quality"],
    check: use_of_missing_name,
}];

/// What a package declares; `None` when not all of it can be known.
type Declared<'a> = Option<BTreeSet<&'a str>>;

fn use_of_missing_name(project: &Project, look: &mut Look) {
    let modules: Vec<(&str, &str)> = project
        .of_kind(Kind::GoMod)
        .filter_map(|file| Some((file.folder(), file.gomod()?.module.as_str())))
        .filter(|(_, module)| !module.is_empty())
        .collect();
    let packages = packages(project);
    for (file, go) in project.go().filter(|(file, go)| !go.broken && !file.path.contains("testdata/")) {
        let local = local_names(file, go);
        for import in &go.imports {
            let name = match import.alias.as_deref() {
                Some("_" | ".") => continue,
                Some(alias) => alias,
                None => default_name(&import.path),
            };
            let owner = modules.iter().filter(|(_, module)| {
                import.path == *module || import.path.strip_prefix(*module).is_some_and(|rest| rest.starts_with('/'))
            });
            let Some((folder, module)) = owner.max_by_key(|(_, module)| module.len()) else { continue };
            let Some(target) = joined(folder, &import.path[module.len()..]) else { continue };
            // Another module of the project is used as it was published, unless the module or a workspace says otherwise;
            // tests beside a package see what its own tests declare.
            let own = modules
                .iter()
                .filter(|(folder, _)| is_below(&file.path, folder))
                .max_by_key(|(folder, _)| folder.len());
            let is_local =
                own.is_some_and(|(own, _)| *own == *folder) || is_replaced(project, own.map(|own| own.0), module);
            if !is_local || target == file.folder() {
                continue;
            }
            let Some((package, Some(declared))) = packages.get(target.as_str()) else { continue };
            let is_named_so = import.alias.is_some() || *package == name;
            if !is_named_so || local.contains(name) {
                continue;
            }
            for selector in go.selectors.iter().filter(|selector| selector.operand.of(&file.text) == name) {
                look.saw_one();
                let used = selector.field.of(&file.text);
                // A package that itself uses what it does not declare gets a file of its own from a tool.
                if !declared.contains(used) && !uses_itself(project, &target, used) {
                    let statement =
                        format!("`{name}.{used}` is used here, and package `{target}` declares no `{used}`.");
                    look.found(file, selector.at.line, statement);
                }
            }
        }
    }
}

/// Returns whether a package names something as its own.
fn uses_itself(project: &Project, folder: &str, name: &str) -> bool {
    project.in_folder(folder).filter(|file| file.kind == Kind::Go && file.has_word(name)).any(|file| {
        file.text.match_indices(name).any(|(at, _)| {
            let line = file.line(file.line_of(at)).trim_start();
            let before = file.text[..at].chars().next_back();
            !line.starts_with("//") && !before.is_some_and(|c| c == '.' || c.is_alphanumeric() || c == '_')
        })
    })
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Returns whether a module sees another one of the project as it lies here.
fn is_replaced(project: &Project, own: Option<&str>, module: &str) -> bool {
    let gomod = own.and_then(|own| project.file(&joined(own, "go.mod")?)?.gomod());
    project.exists("go.work") || gomod.is_some_and(|gomod| gomod.replaces.iter().any(|replaced| replaced == module))
}

/// Returns for each folder the package's name and all that its files declare, tests aside.
fn packages(project: &Project) -> BTreeMap<&str, (&str, Declared<'_>)> {
    let mut packages: BTreeMap<&str, (&str, Declared<'_>)> = BTreeMap::new();
    for (file, go) in project.of_kind(Kind::Go).filter_map(|file| Some((file, file.go_in_brief()?))) {
        if file.name().ends_with("_test.go") {
            continue;
        }
        let entry = packages.entry(file.folder()).or_insert_with(|| (go.package.as_str(), Some(BTreeSet::new())));
        // Generated on the fly, written in C, or half understood: more may be declared than is seen.
        let is_open = go.broken || go.imports("C") || file.text.contains("//go:generate") || entry.0 != go.package;
        if is_open {
            entry.1 = None;
        }
        if let Some(declared) = &mut entry.1 {
            declared.extend(go.functions.iter().filter(|f| f.receiver.is_none()).map(|f| f.name.as_str()));
            declared.extend(go.types.iter().map(|kind| kind.name.as_str()));
            declared.extend(go.values.iter().map(|value| value.name.as_str()));
        }
    }
    // So may one that a tool makes and the ignore rules hide.
    for rules in project.files().iter().filter(|file| file.name() == ".gitignore") {
        for hidden in rules.text.lines().map(str::trim).filter(|line| line.ends_with(".go")) {
            let pattern = hidden.trim_start_matches('/');
            match (pattern.contains('*'), joined(rules.folder(), crate::analyst::project::folder_of(pattern))) {
                (false, Some(folder)) if pattern.contains('/') => _ = packages.remove(folder.as_str()),
                (true | false, _) => packages.retain(|folder, _| !is_below(folder, rules.folder())),
            }
        }
    }
    // A file that was not read may declare anything.
    for skip in project.skipped().iter().filter(|skip| skip.path.ends_with(".go")) {
        packages.remove(crate::analyst::project::folder_of(&skip.path));
    }
    packages
}

/// Returns every name that the file declares somewhere: one of them may hide a package.
fn local_names<'a>(file: &'a File, go: &'a GoFile) -> BTreeSet<&'a str> {
    let text = &file.text;
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut take = |span: Span| names.extend(span.of(text).split(',').map(str::trim));
    for assign in go.assigns.iter().filter(|assign| assign.declares) {
        take(assign.left);
    }
    for span in &go.bound {
        take(*span);
    }
    for function in &go.functions {
        names.extend(function.params.iter().map(|param| param.name.as_str()));
    }
    names
}
