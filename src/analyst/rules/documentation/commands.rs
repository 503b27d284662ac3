//! Commands and versions that a document tells to use.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::{File, Kind, Project, folder_of, gomod, joined, package};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "command-of-missing-target",
        field: Field::Documentation,
        severity: Severity::Medium,
        title: "Every `make` target that a document tells to run is there",
        rationale: "Who follows the guide is stopped here.",
        wrong_if: "the command is meant for another project",
        remedy: "Correct the command, or add the target.",
        looks_at: "`make` commands in documents",
        topics: &["document", "completeness", "command", "guide"],
        check: command_of_missing_target,
    },
    Rule {
        id: "command-of-missing-path",
        field: Field::Documentation,
        severity: Severity::Medium,
        title: "Every program and script that a document tells to run is there",
        rationale: "Who follows the guide is stopped here.",
        wrong_if: "an earlier step makes it",
        remedy: "Correct the command, or add what it runs.",
        looks_at: "programs and scripts run in documents",
        topics: &["document", "completeness", "command", "guide"],
        check: command_of_missing_path,
    },
    Rule {
        id: "command-of-missing-script",
        field: Field::Documentation,
        severity: Severity::Medium,
        title: "Every script of a package that a document tells to run is there",
        rationale: "Who follows the guide is stopped here.",
        wrong_if: "the command is meant for another project",
        remedy: "Correct the command, or add the script to `package.json`.",
        looks_at: "`npm run` commands in documents",
        topics: &["document", "completeness", "command", "guide"],
        check: command_of_missing_script,
    },
    Rule {
        id: "documented-go-too-old",
        field: Field::Documentation,
        severity: Severity::Low,
        title: "The Go version that documents ask for is enough",
        rationale: "Whoever installs what the document asks for cannot build the project, or builds it with another toolchain than the one installed.",
        wrong_if: "the document speaks of an older release",
        remedy: "Write the version of `go.mod`.",
        looks_at: "Go versions in documents",
        topics: &["document", "completeness", "version"],
        check: documented_go_too_old,
    },
];

static MAKE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*\$?\s*make\s+([a-z][\w-]*)\s*(?:#.*)?$").expect("it is a pattern"));

/// Returns whether a page is of a release, or in a folder of templates: what is handed to others is run in a project of theirs.
fn is_of_others(file: &File) -> bool {
    file.is_of_release() || file.folder().split('/').any(|part| part.starts_with("template"))
}

fn command_of_missing_target(project: &Project, look: &mut Look) {
    let makefiles: Vec<&File> = project.of_kind(Kind::Makefile).collect();
    if makefiles.is_empty() || makefiles.iter().filter_map(|file| file.makefile()).any(|makefile| makefile.open) {
        return;
    }
    let has_target = |name: &str| {
        makefiles.iter().filter_map(|file| file.makefile()).any(|makefile| makefile.targets.contains_key(name))
    };
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !is_of_others(file)) {
        let Some(document) = file.markdown() else { continue };
        // After a download or a change of folder another Makefile is asked.
        let leaves = |line: &str| {
            let line = line.trim_start_matches(['$', ' ']);
            (line.contains("git clone") || line.starts_with("cd "))
                && own_name(project).is_none_or(|own| !line.trim_end_matches(".git").ends_with(own))
        };
        let goes =
            document.blocks.iter().find(|block| block.text.lines().any(leaves)).map_or(u32::MAX, |block| block.line);
        for block in document.blocks.iter().filter(|block| is_shell(&block.language) && block.line < goes) {
            // What is to be done in another repository says so above.
            let mut above = (block.line.saturating_sub(8)..block.line).map(|line| file.line(line).to_ascii_lowercase());
            let elsewhere =
                ["separate", "other repo", "another repo", "repository of", "pull request in `", "repos `", "repo's `"];
            if above.any(|line| elsewhere.iter().any(|word| line.contains(word))) {
                continue;
            }
            for found in MAKE.captures_iter(&block.text) {
                look.saw_one();
                let target = found.get(1).expect("it has a target");
                // What another repository, or one word for all of them, is to be given is not asked for here.
                let stands = ["target", "targets", "task", "taskname", "name", "command", "something", "foo"];
                let is_pattern = stands.iter().any(|word| {
                    let mut words = target.as_str().split(['-', '_']);
                    words.any(|part| part == *word)
                });
                if !is_pattern && !has_target(target.as_str()) {
                    let line = block.line + block.text[..target.start()].matches('\n').count() as u32;
                    let statement =
                        format!("`make {}` is to be run, and no Makefile has that target.", target.as_str());
                    look.found(file, line, statement);
                }
            }
        }
    }
}

/// Returns the last part of the name of the module that the project is.
fn own_name(project: &Project) -> Option<&str> {
    project.file("go.mod")?.gomod()?.module.rsplit('/').find(|part| !part.starts_with('v'))
}

fn command_of_missing_script(project: &Project, look: &mut Look) {
    let Some(packages) = package::read(project).filter(|packages| !packages.is_empty()) else { return };
    for file in project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !is_of_others(file)) {
        let Some(document) = file.markdown().filter(|document| !document.generated) else { continue };
        for block in document.blocks.iter().filter(|block| is_shell(&block.language)) {
            // What is fetched or made first is another project.
            if ["git clone", "npx create", "npm create", "npm init", "cd <"]
                .iter()
                .any(|word| block.text.contains(word))
            {
                continue;
            }
            for (index, line) in block.text.lines().enumerate() {
                let Some(found) = package::RUN.captures(line) else { continue };
                look.saw_one();
                let script = &found[1];
                // A page may say which script to add before it is run.
                let is_added = file.text.contains(&format!("\"{script}\":"));
                if !is_added && !packages.iter().any(|package| package.scripts.contains_key(script)) {
                    let statement = format!("The script `{script}` is to be run, and no `package.json` has it.");
                    look.found(file, block.line + index as u32, statement);
                }
            }
        }
    }
}

fn is_shell(language: &str) -> bool {
    matches!(language, "" | "sh" | "bash" | "shell" | "console" | "zsh")
}

static RUN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*\$?\s*(?:go\s+run\s+(\./[\w./-]+)|(?:(?:ba)?sh\s+)?(\./(?:[\w.-]+/)*[\w.-]+\.sh)\b|(?:ba)?sh\s+((?:[\w.-]+/)+[\w.-]+\.sh)\b)").expect("it is a pattern")
});

fn command_of_missing_path(project: &Project, look: &mut Look) {
    for file in
        project.of_kind(Kind::Markdown).filter(|file| !file.is_test() && !is_of_others(file) && !file.is_history())
    {
        let Some(document) = file.markdown() else { continue };
        // From where a command runs after a change of folder or a download is not followed.
        let moves = |text: &str| ["cd ", "git clone", "curl", "wget", "pushd"].iter().any(|word| text.contains(word));
        if document.blocks.iter().any(|block| moves(&block.text)) {
            continue;
        }
        for block in document.blocks.iter().filter(|block| is_shell(&block.language)) {
            for found in RUN.captures_iter(&block.text) {
                let Some(path) = found.get(1).or_else(|| found.get(2)).or_else(|| found.get(3)) else { continue };
                look.saw_one();
                let plain = path.as_str().trim_end_matches("...").trim_end_matches('/');
                let at_hand = ["", file.folder()]
                    .iter()
                    .filter_map(|folder| joined(folder, plain))
                    .any(|path| project.exists(&path));
                let tail = plain.trim_start_matches("./");
                let is_anywhere = project.files().iter().any(|other| {
                    other.path.ends_with(&format!("/{tail}")) || other.path.contains(&format!("/{tail}/"))
                });
                // A bare name may be that of a program which the reader writes, or of one on another machine.
                let is_bare = !tail.contains('/');
                if !at_hand && !is_anywhere && !is_bare {
                    let line = block.line + block.text[..path.start()].matches('\n').count() as u32;
                    look.found(file, line, format!("`{plain}` is to be run, and it is not there."));
                }
            }
        }
    }
}

static GO_VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:(?:needs?|requires?|install|minimum)\b[^.|]{0,30}\bgo(?:lang)?\s+(?:version\s+)?v?(1\.\d+)|go(?:lang)?\s+(?:version\s+)?v?(1\.\d+)(?:\.\d+)?\s*(?:\+|or (?:later|newer|higher|above)|is required))").expect("it is a pattern")
});

static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:if|using|when|unless|since|before|prior|older|was|were|finally|deprecated|introduced|automatically)\b")
        .expect("it is a pattern")
});

fn documented_go_too_old(project: &Project, look: &mut Look) {
    let guides = project.of_kind(Kind::Markdown).filter(|file| {
        let name = file.name().to_ascii_lowercase();
        !file.is_test()
            && ["readme", "contributing", "develop", "install", "getting", "build", "setup"]
                .iter()
                .any(|word| name.starts_with(word))
    });
    for file in guides {
        let Some(document) = file.markdown() else { continue };
        let Some((written, _)) = module_around(project, file).and_then(|module| module.gomod()?.go.as_ref()) else {
            continue;
        };
        let Some(wants) = gomod::version(written) else { continue };
        for (line, words) in document.statements() {
            let Some(found) = GO_VERSION.captures(&words) else { continue };
            // A long sentence tells of Go; what is asked for stands in a short one.
            let is_told = words.len() > 300 || ASIDE.is_match(&words);
            if is_told {
                continue;
            }
            let Some(said) = found.get(1).or_else(|| found.get(2)) else { continue };
            let Some(has) = gomod::version(said.as_str()) else { continue };
            look.saw_one();
            if (has.0, has.1) < (wants.0, wants.1) {
                look.found(file, line, format!("This asks for Go {}; `go.mod` asks for {written}.", said.as_str()));
            }
        }
    }
}

/// Returns the `go.mod` beside a file, or in the nearest folder above it.
fn module_around<'a>(project: &'a Project, file: &File) -> Option<&'a File> {
    let folders = std::iter::successors(Some(file.folder()), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
    folders.into_iter().find_map(|folder| project.file(&joined(folder, "go.mod")?))
}
