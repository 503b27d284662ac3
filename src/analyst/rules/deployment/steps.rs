//! Steps of pipelines that name what is not there.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Field;
use crate::analyst::project::yaml::Node;
use crate::analyst::project::{File, Kind, Project, commands, joined, package};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[
    Rule {
        id: "step-names-missing-file",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every script and Dockerfile that a step names is there",
        rationale: "The pipeline stops at this step.",
        wrong_if: "an earlier step makes the file",
        remedy: "Name the file that exists, or add the missing one.",
        looks_at: "files named by steps",
        topics: &["deploy", "pipeline", "risk"],
        check: step_names_missing_file,
    },
    Rule {
        id: "step-of-missing-target",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every `make` target that a pipeline runs is there",
        rationale: "The pipeline stops at this step.",
        wrong_if: "the step runs in another folder",
        remedy: "Name the target that exists, or add the missing one.",
        looks_at: "`make` commands of pipelines",
        topics: &["deploy", "pipeline", "risk"],
        check: step_of_missing_target,
    },
    Rule {
        id: "step-of-missing-script",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every script of a package that a pipeline or image runs is there",
        rationale: "The pipeline or the build of the image stops at this step.",
        wrong_if: "the package is fetched before the step",
        remedy: "Name the script that exists, or add it to `package.json`.",
        looks_at: "`npm run` commands of pipelines and images",
        topics: &["deploy", "pipeline", "risk"],
        check: step_of_missing_script,
    },
    Rule {
        id: "job-needs-missing-job",
        field: Field::Deployment,
        severity: Severity::High,
        title: "Every job that a workflow waits for is there",
        rationale: "The whole workflow is refused: none of its jobs runs.",
        wrong_if: "never, as far as is known",
        remedy: "Name the job that exists.",
        looks_at: "needs of jobs",
        topics: &["deploy", "pipeline", "risk"],
        check: job_needs_missing_job,
    },
];

static NAMED_FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s\[,&;])(?:(?:ba|z)?sh\s+|\./)((?:[\w.-]+/)*[\w.-]+\.sh)\b|(?:\s-f|--file|-f,)[\s=]+((?:[\w.-]+/)*Dockerfile(?:\.[\w-]+)?)(?:[\s,\]]|$)")
        .expect("it is a pattern")
});

fn step_names_missing_file(project: &Project, look: &mut Look) {
    for command in commands::read(project).into_iter().filter(|command| !command.elsewhere) {
        // What is removed need not be there; a remark runs nothing.
        let is_idle = ["rm ", "#"].iter().any(|start| command.text.trim_start().starts_with(start));
        if !matches!(command.file.kind, Kind::Yaml | Kind::Makefile) || is_idle {
            continue;
        }
        for found in NAMED_FILE.captures_iter(&command.text) {
            let Some(path) = found.get(1).or_else(|| found.get(2)) else { continue };
            look.saw_one();
            let path = path.as_str();
            let at_hand = ["", command.file.folder()]
                .iter()
                .filter_map(|folder| joined(folder, path))
                .any(|path| project.exists(&path));
            let is_anywhere = project.files().iter().any(|file| file.path.ends_with(&format!("/{path}")));
            // A step before it may fetch or make the folder.
            let first = path.trim_start_matches("./").split_once('/').map_or("", |(first, _)| first);
            let makes_folder = |line: &str| {
                !first.is_empty()
                    && line.contains(first)
                    && ["git clone", "mkdir", "tar ", "unzip"].iter().any(|word| line.contains(word))
            };
            // A pipeline may check a repository out into a folder.
            let is_checked_out = !first.is_empty()
                && command
                    .file
                    .lines()
                    .any(|(_, line)| line.trim().trim_start_matches("- ") == format!("path: {first}"));
            let is_made = is_checked_out
                || command.file.text.matches(path).count() > 1
                || command.file.lines().any(|(_, line)| makes_folder(line))
                || command.text.contains("curl")
                || command.text.contains("$(");
            if !at_hand && !is_anywhere && !is_made {
                let finding = look.found(
                    command.file,
                    command.line,
                    format!("`{path}` is named here, and there is no such file."),
                );
                // A target that no pipeline names stops whoever tries it, no more.
                if command.file.kind == Kind::Makefile {
                    finding.severity = Severity::Low;
                    finding.why = "Whoever makes this target is stopped here.".to_owned();
                }
            }
        }
    }
}

static MAKE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|[;&|]|\brun:|\bthen|\bdo)\s*make\s+([a-z][\w-]*)\s*(?:$|[;&#])").expect("it is a pattern")
});

fn step_of_missing_target(project: &Project, look: &mut Look) {
    let makefiles: Vec<_> = project.of_kind(Kind::Makefile).filter_map(File::makefile).collect();
    let is_known = !makefiles.is_empty() && makefiles.iter().all(|makefile| !makefile.open);
    // What another tool writes has targets of its own.
    if !is_known || project.exists("CMakeLists.txt") || project.exists("configure.ac") {
        return;
    }
    for command in
        commands::read(project).into_iter().filter(|command| command.file.kind == Kind::Yaml && !command.elsewhere)
    {
        // In an action of its own `run: make x` stands alone; prose in a `name:` does not.
        let text = command.text.trim().trim_start_matches("- ");
        if text.starts_with("name:") || text.starts_with("description:") {
            continue;
        }
        for found in MAKE.captures_iter(text.trim_start_matches("run:")) {
            look.saw_one();
            let target = &found[1];
            // Whoever asks first whether it is there goes on without it.
            let is_asked = command.file.text.contains(&format!("make -n {target}"));
            if is_asked || makefiles.iter().any(|makefile| makefile.targets.contains_key(target)) {
                continue;
            }
            let statement = format!("`make {target}` is run, and no Makefile has that target.");
            let finding = look.found(command.file, command.line, statement);
            // Whatever is there under that name is up to date for `make`.
            if project.exists(target) {
                finding.severity = Severity::Medium;
                finding.why = format!("`{target}` is there, so `make` does nothing and the step succeeds.");
            }
        }
    }
}

fn step_of_missing_script(project: &Project, look: &mut Look) {
    let Some(packages) = package::read(project).filter(|packages| !packages.is_empty()) else { return };
    for command in commands::read(project).into_iter().filter(|command| command.file.kind != Kind::Shell) {
        let text = command.text.trim().trim_start_matches("- ").trim_start_matches("run:");
        let Some(found) = package::RUN.captures(text) else { continue };
        look.saw_one();
        let script = &found[1];
        if !packages.iter().any(|package| package.scripts.contains_key(script)) {
            let statement = format!("The script `{script}` is run, and no `package.json` has it.");
            look.found(command.file, command.line, statement);
        }
    }
}

fn job_needs_missing_job(project: &Project, look: &mut Look) {
    for file in project.of_kind(Kind::Yaml).filter(|file| file.path.starts_with(".github/workflows/")) {
        let Some(jobs) = file.yaml().and_then(|documents| documents.first()?.get("jobs")) else { continue };
        for (name, _, job) in jobs.entries() {
            let Some(needs) = job.get("needs") else { continue };
            let single = std::slice::from_ref(needs);
            let list: &[Node] = if needs.text().is_some() { single } else { needs.items() };
            for need in list {
                look.saw_one();
                let Some(wanted) = need.text().filter(|wanted| !wanted.contains("${{")) else { continue };
                if jobs.get(wanted).is_none() {
                    look.found(
                        file,
                        need.line,
                        format!("The job `{name}` waits for `{wanted}`, and there is no such job."),
                    );
                }
            }
        }
    }
}
