//! What is copied into images.

use std::collections::BTreeSet;

use super::images::dockerfiles;
use crate::analyst::Field;
use crate::analyst::project::dockerfile::What;
use crate::analyst::project::{File, Kind, Project, folder_of, joined};
use crate::analyst::rules::{Look, Rule};
use crate::scheduler::Severity;

pub const RULES: &[Rule] = &[Rule {
    id: "copy-of-missing-file",
    field: Field::Deployment,
    severity: Severity::High,
    title: "Every file that an image copies is there",
    rationale: "The build of the image stops at this line.",
    wrong_if: "the file is made before the image is built, or the build starts in another folder",
    remedy: "Copy the file that exists, or add the missing one.",
    looks_at: "files copied into images",
    topics: &["deploy", "pipeline", "production", "risk"],
    check: copy_of_missing_file,
}];

/// Returns whether a tool that releases builds from this Dockerfile, in a folder that it fills with what it has built.
fn is_of_releaser(project: &Project, file: &File) -> bool {
    let names = |other: &File| other.path.contains("goreleaser") && other.text.contains(file.name());
    file.text.contains("goreleaser") || project.of_kind(Kind::Yaml).any(names)
}

/// Returns the folders that ignore rules hide by their names.
fn hidden_folders(project: &Project) -> BTreeSet<String> {
    let ignores = project.files().iter().filter(|file| file.name() == ".gitignore");
    let names =
        ignores.flat_map(|ignore| ignore.lines().map(move |(_, line)| (ignore, line.trim_matches(['/', '*', ' ']))));
    names.filter(|(_, name)| !name.is_empty()).filter_map(|(ignore, name)| joined(ignore.folder(), name)).collect()
}

fn copy_of_missing_file(project: &Project, look: &mut Look) {
    let hidden = hidden_folders(project);
    for (file, dockerfile) in dockerfiles(project).filter(|(file, _)| !is_of_releaser(project, file)) {
        let is_target = |name: &str| {
            let asks = |other: &File| {
                matches!(other.kind, Kind::Yaml | Kind::Makefile | Kind::Shell | Kind::Json | Kind::Other)
                    && other.text.contains("target")
            };
            !project.named_in([name], asks).is_empty()
        };
        for step in dockerfile.stages_used(is_target).into_iter().flat_map(|stage| &stage.steps) {
            let What::Copy { sources } = &step.what else { continue };
            // What is put there before the build says so above.
            let is_said = file.remark_above(step.line).to_ascii_lowercase();
            if ["provided", "locally", "download", "generated", "place ", "built "]
                .iter()
                .any(|word| is_said.contains(word))
            {
                continue;
            }
            let mut missing = Vec::new();
            for source in sources {
                if source.contains(['$', '*', '?', '[', ':']) || source == "." {
                    continue;
                }
                look.saw_one();
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
                // The build may start in any folder above the Dockerfile; what is built before it has a name somewhere.
                let folders = std::iter::successors(Some(file.folder()), |folder| {
                    (!folder.is_empty()).then(|| folder_of(folder))
                });
                let is_there =
                    folders.into_iter().filter_map(|folder| joined(folder, source)).any(|path| project.exists(&path));
                let is_made =
                    |other: &File| other.path != file.path && other.kind != Kind::Go && other.kind != Kind::Markdown;
                let plain = name.split('.').next().unwrap_or(name);
                let is_known =
                    is_there || name.is_empty() || plain.is_empty() || !project.named_in([plain], is_made).is_empty();
                // A folder whose own ignore rules hide what is put there is filled before.
                let first = source.trim_start_matches("./").split('/').next().unwrap_or_default();
                let is_hidden = source.contains('/')
                    && (hidden.contains(first)
                        || joined(file.folder(), first).is_some_and(|path| hidden.contains(&path)));
                let is_filled = is_hidden
                    || std::iter::successors(Some(folder_of(source)), |folder| {
                        (!folder.is_empty()).then(|| folder_of(folder))
                    })
                    .filter(|folder| !folder.is_empty())
                    .any(|folder| project.exists(&format!("{folder}/.gitignore")));
                let is_elsewhere = || {
                    project.files().iter().any(|other| {
                        other.path.ends_with(&format!("/{}", source.trim_matches('/')))
                            || other.path.contains(&format!("/{}/", source.trim_matches('/')))
                    })
                };
                if !is_known && !is_filled && !is_elsewhere() {
                    missing.push(format!("`{source}`"));
                }
            }
            match &missing[..] {
                [] => {}
                [one] => _ = look.found(file, step.line, format!("{one} is copied, and there is no such file.")),
                many => {
                    let statement = format!("{} are copied, and there are no such files.", many.join(", "));
                    look.found(file, step.line, statement);
                }
            }
        }
    }
}
