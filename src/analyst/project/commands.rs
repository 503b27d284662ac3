//! The commands that a project runs: recipes, scripts, steps of images and pipelines.

use super::dockerfile::What;
use super::{File, Kind, Project};

/// One line that is run somewhere.
#[derive(Debug)]
pub struct Command<'a> {
    pub file: &'a File,
    pub line: u32,
    pub text: String,
    /// It runs in another folder than the project's (or the file's), or on files that are fetched first.
    pub elsewhere: bool,
}

/// Returns every command outside of tests and examples.
pub fn read(project: &Project) -> Vec<Command<'_>> {
    let mut commands = Vec::new();
    for file in project.files().iter().filter(|file| !file.is_test()) {
        match file.kind {
            Kind::Makefile => {
                let recipes = file.makefile().map(|makefile| makefile.recipes.as_slice()).unwrap_or_default();
                let mut elsewhere = false;
                for (index, (line, text)) in recipes.iter().enumerate() {
                    // A line that goes on is run together with the next one.
                    let goes_on = index > 0 && recipes[index - 1].1.trim_end().ends_with('\\');
                    elsewhere = text.contains("cd ") || goes_on && elsewhere;
                    commands.push(Command { file, line: *line, text: text.clone(), elsewhere });
                }
            }
            Kind::Dockerfile => image_steps(file, &mut commands),
            Kind::Shell => {
                let elsewhere = ["cd ", "pushd ", "git clone", "dirname", "BASH_SOURCE"]
                    .iter()
                    .any(|word| file.text.contains(word));
                lines(file, elsewhere, &mut commands);
            }
            Kind::Yaml if is_pipeline(file) => {
                let words = ["working-directory", "cd ", "repository:", "dir:", "workdir", "defaults:"];
                lines(file, words.iter().any(|word| file.text.contains(word)), &mut commands);
            }
            _ => {}
        }
    }
    commands
}

fn image_steps<'a>(file: &'a File, commands: &mut Vec<Command<'a>>) {
    let Some(dockerfile) = file.dockerfile() else { return };
    for stage in &dockerfile.stages {
        let runs = |step: &super::dockerfile::Step| match &step.what {
            What::Run { command } => Some(command.clone()),
            _ => None,
        };
        let all: Vec<String> = stage.steps.iter().filter_map(runs).collect();
        let moves = stage.steps.iter().filter(|step| matches!(step.what, What::Workdir { .. })).count() > 1;
        let fetches =
            moves || all.iter().any(|run| ["git ", "curl ", "wget ", "cd "].iter().any(|word| run.contains(word)));
        let copies_parts = stage.steps.iter().any(|step| matches!(step.what, What::CopyFrom { .. }));
        for step in &stage.steps {
            if let What::Run { command } = &step.what {
                let elsewhere = fetches || copies_parts;
                commands.push(Command { file, line: step.line, text: command.clone(), elsewhere });
            }
        }
    }
}

fn lines<'a>(file: &'a File, elsewhere: bool, commands: &mut Vec<Command<'a>>) {
    let code = file.lines().filter(|(_, line)| !line.trim_start().starts_with('#'));
    commands.extend(code.map(|(line, text)| Command { file, line, text: text.to_owned(), elsewhere }));
}

/// Returns whether a YAML file is read by a build service.
pub fn is_pipeline(file: &File) -> bool {
    let name = file.name().to_ascii_lowercase();
    file.path.starts_with(".github/workflows/")
        || file.path.starts_with(".circleci/")
        || name.starts_with("cloudbuild")
        || matches!(
            name.as_str(),
            ".gitlab-ci.yml" | "azure-pipelines.yml" | "bitbucket-pipelines.yml" | ".travis.yml" | ".drone.yml"
        )
}
