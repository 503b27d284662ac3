//! Functions that were written twice.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::analyst::Field;
use crate::analyst::project::go::Function;
use crate::analyst::project::{
    File, Project, SYSTEMS, folder_of, has_word, is_for_one_system, is_of_go, joined, words_of,
};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "function-written-twice",
    field: Field::Architecture,
    severity: Severity::Low,
    title: "No long function stands in two places, word for word",
    rationale: "What is mended in one of them stays broken in the other.",
    wrong_if: "the two packages must not share code on purpose",
    remedy: "Keep one of them where both can reach it.",
    looks_at: "functions of 20 lines or more",
    topics: &["architect", "design", "structure", "double"],
    check: function_written_twice,
}];

/// A function and the file it stands in.
type Place<'a> = (&'a File, &'a Function);

/// As many pairs of folders that differ in the same part of their paths mirror each other.
const MIRRORED: usize = 3;
/// Shorter ones are alike by chance.
const LONG: u32 = 20;

fn function_written_twice(project: &Project, look: &mut Look) {
    let mut known: BTreeMap<u64, Vec<Place<'_>>> = BTreeMap::new();
    for (file, go) in project.go_code().filter(|(file, _)| !is_of_go(file)) {
        for function in go.functions.iter().filter(|function| function.end_line - function.line >= LONG) {
            look.saw_one();
            let body = function.body.of(&file.text);
            let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
            if body.lines().filter(is_code).count() < LONG as usize * 3 / 4 {
                continue;
            }
            known.entry(fingerprint(body)).or_default().push((file, function));
        }
    }
    let mut pairs: BTreeMap<(&str, &str), Vec<[Place<'_>; 2]>> = BTreeMap::new();
    for twins in known.into_values().filter(|twins| twins.len() > 1) {
        // Files for one system each are alike on purpose; what each program starts with often has to be.
        let is_one_each = twins.iter().any(|(file, _)| {
            is_for_one_system(file.name())
                || file.folder().split('/').any(|part| SYSTEMS.contains(&part))
                || file.go().is_some_and(|go| go.build.is_some())
        });
        // Files of one name in folders beside each other are kept apart on purpose, one for each thing of its kind.
        let is_one_each = is_one_each
            || twins.windows(2).all(|pair| {
                let ((one, _), (other, _)) = (pair[0], pair[1]);
                one.name() == other.name()
                    && folder_of(one.folder()) == folder_of(other.folder())
                    && one.folder() != other.folder()
            });
        // What is left behind, as every step of a schema, is not mended any more.
        let is_left = |file: &File| {
            file.folder()
                .split('/')
                .any(|part| matches!(part, "legacy" | "deprecated" | "old") || part.contains("migration"))
        };
        let is_one_each =
            is_one_each || twins.iter().any(|(file, _)| project.is_copied(file) || is_left(file) || says_copied(file));
        let ((first, first_function), (file, function)) = (twins[0], twins[1]);
        let is_apart =
            is_version_of(first.folder(), file.folder()) || module_of(project, first) != module_of(project, file);
        let is_apart = is_apart
            || is_of_version(first, first_function) && is_of_version(file, function)
            || are_versions(first_function, function)
            || are_of_other_types(project, (first, first_function), (file, function))
            || are_of_other_packages((first, first_function), (file, function))
            || are_programs(&twins)
            || are_of_made_types(project, [(first, first_function), (file, function)]);
        if !is_one_each && !is_apart && !matches!(function.name.as_str(), "main" | "init") {
            pairs.entry((first.folder(), file.folder())).or_default().push([(first, first_function), (file, function)]);
        }
    }
    // Trees that mirror each other folder by folder are kept apart on purpose.
    let mut mirrors: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (a, b) in pairs.keys() {
        if let Some(parts) = one_part_off(a, b) {
            *mirrors.entry(parts).or_default() += 1;
        }
    }
    pairs.retain(|(a, b), _| one_part_off(a, b).is_none_or(|parts| mirrors[&parts] < MIRRORED));
    for twins in pairs.values() {
        let length = |[_, (_, function)]: &&[Place<'_>; 2]| function.end_line - function.line;
        let Some([(first, first_function), (file, function)]) = twins.iter().max_by_key(length) else { continue };
        let lines = function.end_line - function.line + 1;
        let whose = if first.folder() == file.folder() { "this folder" } else { "these two folders" };
        let more = match twins.len() {
            1 => String::new(),
            2 => format!("; another function of {whose} is doubled too"),
            many => format!("; {} more functions of {whose} are doubled too", many - 1),
        };
        let statement = format!(
            "The {lines} lines of `{}` stand in {}:{} as well{more}.",
            function.name, first.path, first_function.line
        );
        look.found(file, function.line, statement);
    }
}

/// Returns the only parts in which two paths of the same length differ, in order.
fn one_part_off(a: &str, b: &str) -> Option<(String, String)> {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('/').collect(), b.split('/').collect());
    let mut other = a.iter().zip(&b).filter(|(a, b)| a != b);
    let (first, second) = other.next().filter(|_| a.len() == b.len())?;
    other.next().is_none().then(|| (first.min(second).to_string(), first.max(second).to_string()))
}

/// Returns whether two folders are the same thing in two versions, as `api/v1alpha1` and `api/v1beta1`: the old one stays
/// as it is.
fn is_version_of(a: &str, b: &str) -> bool {
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) && rest.len() < 10)
    };
    let plain = |folder: &str| -> Vec<String> {
        folder.split('/').filter(|part| !is_version(part)).map(str::to_owned).collect()
    };
    a != b && plain(a) == plain(b)
}

/// Returns whether a function belongs to one version of several that are kept beside each other: `parser_v2.go`, `ParserV1`.
fn is_of_version(file: &File, function: &Function) -> bool {
    let stem = file.name().trim_end_matches(".go").to_ascii_lowercase();
    let names =
        [stem, function.name.to_ascii_lowercase(), function.receiver.clone().unwrap_or_default().to_ascii_lowercase()];
    names.iter().any(|name| {
        let digits = name.trim_end_matches(|c: char| c.is_ascii_digit());
        digits.len() < name.len() && digits.ends_with('v')
    })
}

/// Returns whether two methods are of two versions of one type, as `Server` and `ServerV5`.
fn are_versions(one: &Function, other: &Function) -> bool {
    let (Some(a), Some(b)) = (one.receiver.as_deref(), other.receiver.as_deref()) else { return false };
    let is_version = |rest: &str| {
        rest.strip_prefix('V').is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
    };
    a.strip_prefix(b).is_some_and(is_version) || b.strip_prefix(a).is_some_and(is_version)
}

/// Returns whether two functions use a field or a parameter of the same name and of another type: what is the same word
/// for word is not the same code.
fn are_of_other_types(project: &Project, (first, one): Place<'_>, (second, other): Place<'_>) -> bool {
    let fields = |file: &'_ File, function: &Function| -> BTreeMap<String, String> {
        let Some(go) = file.go() else { return BTreeMap::new() };
        let receiver = function.receiver.as_deref();
        let kind = go.types.iter().find(|kind| Some(kind.name.as_str()) == receiver);
        let body = function.body.of(&file.text);
        let used = |name: &str| body.contains(&format!(".{name}"));
        let fields = kind.into_iter().flat_map(|kind| &kind.fields).filter(|field| used(&field.name));
        fields.map(|field| (field.name.clone(), field.kind.of(&file.text).to_owned())).collect()
    };
    let params = |function: &Function| -> BTreeMap<String, String> {
        function.params.iter().map(|param| (param.name.clone(), param.kind.clone())).collect()
    };
    let is_apart = first.folder() != second.folder();
    let differ = |one: &BTreeMap<String, String>, other: BTreeMap<String, String>| {
        other
            .into_iter()
            .any(|(name, kind)| one.get(&name).is_some_and(|known| *known != kind || is_apart && is_local(&kind)))
    };
    differ(&fields(first, one), fields(second, other))
        || differ(&params(one), params(other))
        || is_apart && are_of_own_types(project, (first, one), (second, other))
}

/// Returns whether two functions of two packages use a type that each of these declares for itself.
fn are_of_own_types(project: &Project, (first, one): Place<'_>, (second, other): Place<'_>) -> bool {
    let types = |file: &File, function: &Function| -> BTreeSet<String> {
        let body: BTreeSet<&str> = words_of(function.body.of(&file.text)).collect();
        let package = project.in_folder(file.folder()).filter_map(File::go_in_brief);
        let declared = package.flat_map(|go| go.types.iter().map(|kind| kind.name.clone()));
        declared.filter(|name| body.contains(name.as_str())).collect()
    };
    !types(first, one).is_disjoint(&types(second, other))
}

/// Returns whether two functions use one name for two packages, or their files for two libraries of others, as for two
/// versions of one.
fn are_of_other_packages((first, one): Place<'_>, (second, other): Place<'_>) -> bool {
    let packages = |file: &File| -> BTreeMap<String, String> {
        let Some(go) = file.go() else { return BTreeMap::new() };
        let named = go.imports.iter().filter_map(|import| Some((go.name_of(&import.path)?, &import.path)));
        named.map(|(name, path)| (name.to_owned(), path.clone())).collect()
    };
    let is_library =
        |path: &str| path.split('/').next().is_some_and(|host| host.contains('.')) && !path.contains("/internal/");
    let is_used = |name: &str| has_word(one.body.of(&first.text), name) && has_word(other.body.of(&second.text), name);
    let known = packages(first);
    packages(second).into_iter().any(|(name, path)| {
        known
            .get(&name)
            .is_some_and(|known| *known != path && (is_used(&name) || is_library(known) && is_library(&path)))
    })
}

/// Returns whether the first lines of a file say that it holds what another one does.
fn says_copied(file: &File) -> bool {
    let remarks = file.lines().take(30).map(|(_, line)| line.trim()).filter(|line| line.starts_with("//"));
    let words = remarks.collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    [
        "duplicated code",
        "duplicated from",
        "duplicate of",
        "copied from",
        "is a copy of",
        "adapted from",
        "borrowed from",
    ]
    .iter()
    .any(|said| words.contains(said))
}

/// Returns whether functions belong to programs, which share no code without a package more.
fn are_programs(twins: &[Place<'_>]) -> bool {
    let folders: BTreeSet<&str> = twins.iter().map(|(file, _)| file.folder()).collect();
    folders.len() > 1 && twins.iter().all(|(file, _)| file.go().is_some_and(|go| go.package == "main"))
}

/// Returns whether two methods are of types that a tool has made: each of those has methods of its own.
fn are_of_made_types(project: &Project, twins: [Place<'_>; 2]) -> bool {
    twins.iter().all(|(file, function)| {
        let is_declared = |name: &str| {
            let mut package = project.in_folder(file.folder()).filter(|other| !other.is_made()).filter_map(File::go);
            package.any(|go| go.types.iter().any(|kind| kind.name == name))
        };
        function.receiver.as_deref().is_some_and(|name| !is_declared(name))
    })
}

/// Returns whether a type is one of its own package, so that the same name means another type elsewhere.
fn is_local(kind: &str) -> bool {
    let name = kind.rsplit(['*', ']', ' ']).next().unwrap_or(kind);
    !name.contains('.') && name.starts_with(|c: char| c.is_uppercase())
}

/// Returns the folder of the module that a file belongs to: modules of one project are often built apart.
fn module_of<'a>(project: &Project, file: &'a File) -> &'a str {
    let above = std::iter::successors(Some(file.folder()), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
    above
        .into_iter()
        .find(|folder| joined(folder, "go.mod").is_some_and(|path| project.file(&path).is_some()))
        .unwrap_or("")
}

fn fingerprint(body: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for line in body.lines() {
        let code = line.split("//").next().unwrap_or_default().trim();
        if !code.is_empty() {
            code.hash(&mut hasher);
        }
    }
    hasher.finish()
}
