//! Links and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::markdown::anchor;
use crate::analyst::project::{File, Kind, Project, folder_of, joined};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "link-to-missing-file",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "Every link within the project leads somewhere",
        rationale: "The reader is sent to a page that does not exist.",
        wrong_if: "the page is made when the documents are published",
        remedy: "Correct the link, or add the page.",
        looks_at: "links within the project",
        topics: &["document", "completeness", "link", "recommendation"],
        check: link_to_missing_file,
    },
    Rule {
        id: "link-to-missing-heading",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "Every link to a heading finds it",
        rationale: "The reader lands at the top of the page and has to search.",
        wrong_if: "the page is published by a tool that makes other anchors",
        remedy: "Correct the link, or the heading.",
        looks_at: "links to headings",
        topics: &["document", "completeness", "link"],
        check: link_to_missing_heading,
    },
    Rule {
        id: "path-in-document-missing",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "Every file of the project that a document names is there",
        rationale: "The reader looks for a file that was moved, renamed or never written.",
        wrong_if: "the document speaks of a file that the reader shall make",
        remedy: "Name the file that exists.",
        looks_at: "files named in documents",
        topics: &["document", "completeness", "file"],
        check: path_in_document_missing,
    },
];

fn link_to_missing_file(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test()) {
        let Some(document) = file.markdown() else { continue };
        // Old entries of a list of changes lead to what was there then.
        let is_past = is_past(file);
        if file.name().contains("template")
            || file.text.contains("{{")
            || is_form(file)
            || project.is_copied(file)
            || is_past
            || document.generated
            || is_of_generator(project, file)
        {
            continue;
        }
        for link in &document.links {
            let target = link.target.split(['#', '?']).next().unwrap_or_default();
            // A first part in capitals is filled in when the page is made.
            let first = target.split('/').next().unwrap_or_default();
            let is_filled_in = first.contains('_')
                && target.contains('/')
                && first.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            let is_elsewhere = is_filled_in
                || file.line(link.line).to_ascii_lowercase().contains("generated [")
                || target.is_empty()
                || target.starts_with(['/', '<', '{', '$'])
                || target.contains([':', '@'])
                || target.contains(['{', '}', '<', '>', '*']);
            // Without an extension it may be a page that a site generator makes.
            let has_extension =
                target.rsplit('/').next().is_some_and(|name| name.contains('.')) && !target.ends_with('.');
            if is_elsewhere || !has_extension {
                continue;
            }
            look.saw_one();
            let decoded = target.replace("%20", " ");
            let leaves = joined(file.folder(), &decoded).is_none();
            // Tools that publish a page as a folder resolve its links from within that folder.
            let page = file.path.trim_end_matches(".md");
            // What instructs an agent is read from the project's own folder.
            let is_of_root = is_for_agents(file) && project.exists(&decoded);
            // A page may be published under another extension.
            let page_of = |stem: &str| {
                let is_there = |path: &String| joined(file.folder(), path).is_some_and(|path| project.exists(&path));
                [".md", ".rst"].iter().map(|end| format!("{stem}{end}")).find(is_there)
            };
            let decoded = decoded.strip_suffix(".html").and_then(page_of).unwrap_or(decoded);
            let is_there =
                |folder: &str| is_of_root || joined(folder, &decoded).is_some_and(|path| project.exists(&path));
            // A tool that publishes the pages may put a file of another folder there.
            let tail = format!("/{}", decoded.trim_start_matches(['.', '/']));
            let is_published = tail[1..].contains('/')
                && (project.files().iter().any(|other| other.path.ends_with(&tail))
                    || project.skipped().iter().any(|skip| skip.path.ends_with(&tail)));
            // What the ignore rules name is made before it is read.
            let is_made = || {
                let ignored = |path: &str| {
                    project.files().iter().filter(|other| other.name() == ".gitignore").any(|rules| {
                        rules.lines().any(|(_, line)| {
                            joined(rules.folder(), line.trim().trim_start_matches('/')).as_deref() == Some(path)
                        })
                    })
                };
                joined(file.folder(), &decoded).is_some_and(|path| ignored(&path))
            };
            if !leaves && !is_there(file.folder()) && !is_there(page) && !is_published && !is_made() {
                look.found(file, link.line, format!("This links to `{target}`, and there is no such file."));
            }
        }
    }
}

/// Returns whether a file is the form of an issue or a request: its links are followed from a page of the host.
fn is_form(file: &File) -> bool {
    let path = file.path.to_ascii_lowercase();
    path.contains("pull_request_template") || path.contains("issue_template") || path.contains("merge_request_template")
}

/// Returns whether a file is written for coding agents.
fn is_for_agents(file: &File) -> bool {
    let path = file.path.to_ascii_lowercase();
    ["copilot", "agents.md", "claude", "gemini", ".cursor", "skill", "prompt", "instructions"]
        .iter()
        .any(|word| path.contains(word))
}

/// Returns whether a tool that makes clients has left its mark in a folder above.
fn is_of_generator(project: &Project, file: &File) -> bool {
    let made = project.file(".openapi-generator/FILES");
    if made.is_some_and(|made| made.lines().any(|(_, line)| line == file.path)) {
        return true;
    }
    // Sphinx makes these pages beside those it writes; a table with these heads is drawn from an OpenAPI document.
    if file.text.contains("genindex") || file.text.contains("|Type|Name|Schema|") {
        return true;
    }
    let above = std::iter::successors(Some(file.folder()), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
    above.filter(|folder| !folder.is_empty()).any(|folder| {
        [".openapi-generator", ".openapi-generator-ignore", ".swagger-codegen", ".speakeasy"]
            .iter()
            .any(|mark| project.exists(&format!("{folder}/{mark}")))
    })
}

/// Returns whether a page stays as it was once written, is written by a program, or is drawn by one.
fn is_past(file: &File) -> bool {
    let path = file.path.to_ascii_lowercase();
    // Fragments are put together in another folder.
    const FRAGMENTS: &[&str] = &[".change", "changelog.d", "newsfragments"];
    file.name().to_ascii_lowercase().starts_with("change")
        || path.split('/').any(|part| FRAGMENTS.iter().any(|start| part.starts_with(start)))
        || path.split('/').any(|part| matches!(part.trim_end_matches('s'), "design" | "proposal" | "rfc" | "adr"))
        // What others take in counts its links from them.
        || file.folder().split('/').any(|part| part.starts_with('_'))
        // What a site shows is shown at addresses of the site.
        || path.contains("website/content/")
        || file.text.contains("_Appears in:_")
        || file.text.contains("may not modify")
        || file.name().starts_with('+')
        || path.trim_end_matches(".md").ends_with("_old")
}

fn link_to_missing_heading(project: &Project, look: &mut Look) {
    let mut anchors: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let is_published = project.files().iter().any(is_of_a_site);
    let is_read_here = |file: &File| {
        !is_past(file)
            && !is_of_generator(project, file)
            && (!is_published || file.folder().is_empty() || file.folder() == ".github")
    };
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && is_read_here(file)) {
        let Some(document) = file.markdown().filter(|document| !document.generated) else { continue };
        for link in &document.links {
            let Some((path, fragment)) = link.target.split_once('#') else { continue };
            let target = match path {
                "" => Some(file),
                path if path.contains(':') || path.starts_with('/') => None,
                path => joined(file.folder(), path).and_then(|path| project.file(&path)),
            };
            let Some(target) = target.filter(|target| target.kind == Kind::Markdown && !fragment.is_empty()) else {
                continue;
            };
            look.saw_one();
            let known = anchors.entry(&target.path).or_insert_with(|| anchors_of(target));
            let wanted = fragment.to_lowercase();
            let is_line = wanted.strip_prefix('l').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            // Registries of providers make an anchor of each argument; an image with a colour is a cover's background.
            let code = file.line(link.line);
            let is_argument = code.contains(&format!("[{fragment}](#{fragment})"))
                && ["(Required)", "(Optional)", "(Computed)"].iter().any(|word| code.contains(word));
            let is_image = code.contains(&format!("]({})", link.target)) && code.trim_start().starts_with("![");
            if is_argument || is_image {
                continue;
            }
            let is_plain = wanted.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            // Some hosts write `_` for what others leave out.
            let loose = |anchor: &str| anchor.replace(['_', '-'], "");
            let is_of_other_host = wanted.contains('_') && known.iter().any(|known| loose(known) == loose(&wanted));
            if is_plain && !is_line && !known.contains(&wanted) && !is_of_other_host {
                let whose = if path.is_empty() { "this page".to_owned() } else { format!("`{}`", target.path) };
                look.found(file, link.line, format!("This links to `#{fragment}`, and {whose} has no such heading."));
            }
        }
    }
}

static WRITTEN_ANCHOR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:id|name)\s*=\s*["']?([\w.-]+)|\{:?\s*#([\w.-]+)"#).expect("it is a pattern"));

/// Returns whether a file sets up a tool that publishes documents, with anchors of its own.
fn is_of_a_site(file: &File) -> bool {
    let name = file.name();
    name.starts_with("mkdocs")
        || name.starts_with("docusaurus.config")
        || name.starts_with("hugo.")
        || [".vitepress/", ".vuepress/"].iter().any(|folder| file.path.contains(folder))
        || name.starts_with("astro.config")
        || name.starts_with("sidebars.")
        || matches!(name, "_config.yml" | "book.toml" | "conf.py" | "antora.yml" | "_index.md")
}

/// Returns every anchor that a document has: of its headings, numbered where they are doubled, and written by hand.
fn anchors_of(file: &File) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for heading in file.markdown().map(|document| document.headings.as_slice()).unwrap_or_default() {
        let plain = anchor(&heading.text);
        let times = seen.entry(plain.clone()).or_default();
        anchors.insert(if *times == 0 { plain.clone() } else { format!("{plain}-{times}") });
        // Some hosts keep runs of dashes, some join them, some trim them.
        let joined: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
        anchors.insert(joined.join("-"));
        anchors.insert(plain.trim_matches('-').to_owned());
        // What a tag leaves in front of the words counts.
        if file.line(heading.line).contains('<') {
            anchors.insert(format!("-{}", plain.trim_matches('-')));
        }
        *times += 1;
    }
    // A heading within a block of code is one where the block is shown as a page.
    let shown = file.lines().filter_map(|(_, line)| line.strip_prefix('#'));
    anchors.extend(shown.map(|rest| anchor(rest.trim_start_matches('#'))));
    for found in WRITTEN_ANCHOR.captures_iter(&file.text) {
        anchors.extend(found.get(1).or_else(|| found.get(2)).map(|name| name.as_str().to_lowercase()));
    }
    anchors
}

static PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\./)?((?:[\w.-]+/)+[\w.-]+\.(?:go|tf|sql|ya?ml|md|sh|json|toml|py|ts|js|proto))$")
        .expect("it is a pattern")
});

fn path_in_document_missing(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !is_history(file)) {
        let Some(document) = file.markdown() else { continue };
        for (line, code) in &document.code {
            let Some(found) = PATH.captures(code) else { continue };
            // Beyond the first cell of a row stand values, samples and defaults.
            let row = file.line(*line).trim_start();
            if row.starts_with('|') && !row.split('|').nth(1).is_some_and(|cell| cell.contains(code.as_str())) {
                continue;
            }
            let path = &found[1];
            // A link with this text is judged as a link.
            if file.line(*line).contains(&format!("[`{code}`]")) {
                continue;
            }
            let first = path.split('/').next().unwrap_or_default();
            // Only what begins in a folder of the project is meant to be in it; and not where another module is named.
            let is_of_other = project.of_kind(Kind::GoMod).filter_map(|module| module.gomod()).any(|module| {
                let mut names = module.requires.iter().filter_map(|require| require.path.rsplit('/').next());
                let lines = [file.line(line.saturating_sub(1)), file.line(*line)];
                names.any(|name| name.contains('-') && lines.iter().any(|line| line.contains(name)))
            });
            let is_ours = project.exists(first) && !first.starts_with('.') && !is_of_other;
            if !is_ours {
                continue;
            }
            look.saw_one();
            let is_there =
                project.exists(path) || joined(file.folder(), path).is_some_and(|path| project.exists(&path));
            let name = path.rsplit('/').next().unwrap_or(path);
            // A source with one ending more, `machines.json.jsonnet`, is made into it.
            let is_elsewhere = || {
                let inside = format!("/{path}");
                project.files().iter().any(|other| {
                    let place = format!("/{}", other.path);
                    place.rfind(&inside).is_some_and(|at| {
                        let rest = &place[at + inside.len()..];
                        rest.is_empty() || rest.starts_with('.')
                    })
                })
            };
            let is_made = || {
                !project
                    .named_in([name.split('.').next().unwrap_or(name)], |other| {
                        matches!(other.kind, Kind::Makefile | Kind::Shell | Kind::Yaml | Kind::Other)
                            || other.kind == Kind::Go && other.text.contains("//go:generate")
                    })
                    .is_empty()
            };
            let words = file.line(*line).to_ascii_lowercase();
            let is_told_to_make = [
                "例如",
                "e.g.",
                "for example",
                "such as",
                "create",
                "add ",
                "submit",
                "new file",
                "generate",
                "write",
                "will ",
                "rename",
                "removed",
                "deleted",
                "need to exist",
                "if it exists",
                "not exist",
                "working directory",
            ]
            .iter()
            .any(|word| words.contains(word));
            // So does the heading over it.
            let heading = document.headings.iter().rfind(|heading| heading.line <= *line);
            let is_made_here = heading.is_some_and(|heading| {
                let words = heading.text.to_ascii_lowercase();
                words.split_whitespace().any(|word| matches!(word, "create" | "creating" | "add" | "adding"))
            });
            let is_told_to_make = is_told_to_make || is_made_here;
            // A name with a part to be filled in stands for others.
            let is_filled_in = path
                .split(['/', '.'])
                .any(|part| part.contains('_') && part.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
            // A name with a date in it, or one that a command of the same document makes, is a sample.
            let is_dated = path.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 8);
            let is_shown = document.blocks.iter().any(|block| block.text.contains(name));
            let is_pattern = is_filled_in
                || is_dated
                || is_shown
                || [
                    "XX",
                    "NN",
                    "YYYY",
                    "0000",
                    "foo",
                    "bar",
                    "example",
                    "your",
                    "_myentity",
                    "my-",
                    "my_",
                    "to-be-",
                    "New-",
                    "new-",
                ]
                .iter()
                .any(|word| path.contains(word));
            if !is_there && !is_pattern && !is_told_to_make && !is_elsewhere() && !is_made() {
                look.found(file, *line, format!("`{path}` is named here, and there is no such file."));
            }
        }
    }
}

fn is_history(file: &File) -> bool {
    const WORDS: &[&str] = &["upgrad", "migrat", "archive", "tutorial"];
    let path = file.path.to_ascii_lowercase();
    file.is_history() || file.is_plan() || WORDS.iter().any(|word| path.contains(word))
}
