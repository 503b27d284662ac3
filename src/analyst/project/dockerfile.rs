//! Dockerfiles: stages and what they do, with lines.

use std::collections::BTreeMap;

use parse_dockerfile::{Command, Instruction, Source};

/// What a Dockerfile says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    pub stages: Vec<Stage>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// As written, variables included.
    pub image: String,
    pub name: Option<String>,
    pub line: u32,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub line: u32,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `COPY` or `ADD` of paths of the build's context.
    Copy {
        sources: Vec<String>,
    },
    /// `COPY --from`.
    CopyFrom {
        stage: String,
    },
    Run {
        command: String,
    },
    User {
        user: String,
    },
    Env {
        text: String,
    },
    Arg {
        text: String,
    },
    Expose {
        ports: Vec<String>,
    },
    Workdir {
        path: String,
    },
    Start {
        command: String,
    },
    Healthcheck,
}

impl Dockerfile {
    /// Returns the stages that go into the last one, and into those that `is_target` says are asked for by name; a build
    /// leaves the others out.
    pub fn stages_used(&self, is_target: impl Fn(&str) -> bool) -> Vec<&Stage> {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut befores: Vec<Vec<usize>> = Vec::new();
        for (index, stage) in self.stages.iter().enumerate() {
            let number = |name: &str| name.parse().ok().filter(|at| *at < index);
            let before = |name: &str| known.get(&name.to_ascii_lowercase()).copied().or_else(|| number(name));
            befores.push(stage.sources().filter_map(before).collect());
            known.extend(stage.name.iter().map(|name| (name.to_ascii_lowercase(), index)));
        }
        let asked = |stage: &Stage| stage.name.as_deref().is_some_and(&is_target);
        let mut used: Vec<bool> = self.stages.iter().map(asked).collect();
        used.last_mut().into_iter().for_each(|last| *last = true);
        // A stage only builds on stages before it.
        for (index, befores) in befores.iter().enumerate().rev() {
            if used[index] {
                befores.iter().for_each(|before| used[*before] = true);
            }
        }
        self.stages.iter().zip(used).filter(|(_, used)| *used).map(|(stage, _)| stage).collect()
    }
}

impl Stage {
    /// Returns the names of what it is built from.
    fn sources(&self) -> impl Iterator<Item = &str> {
        let copied = self.steps.iter().filter_map(|step| match &step.what {
            What::CopyFrom { stage } => Some(stage.as_str()),
            _ => None,
        });
        copied.chain([self.image.as_str()])
    }
}

/// Reads a Dockerfile; `None` when it is none.
pub fn read(text: &str, line_of: impl Fn(usize) -> u32) -> Option<Dockerfile> {
    let parsed = parse_dockerfile::parse(text).ok()?;
    let mut stages: Vec<Stage> = Vec::new();
    for instruction in &parsed.instructions {
        if let Instruction::From(from) = instruction {
            stages.push(Stage {
                image: from.image.value.to_string(),
                name: from.as_.as_ref().map(|(_, name)| name.value.to_string()),
                line: line_of(from.from.span.start),
                steps: Vec::new(),
            });
            continue;
        }
        let Some(stage) = stages.last_mut() else { continue };
        if let Some((start, what)) = step(instruction) {
            stage.steps.push(Step { line: line_of(start), what });
        }
    }
    Some(Dockerfile { stages })
}

fn step(instruction: &Instruction<'_>) -> Option<(usize, What)> {
    Some(match instruction {
        Instruction::Copy(copy) => {
            let from = copy.options.iter().find(|flag| flag.name.value == "from");
            let what = match from.and_then(|flag| flag.value.as_ref()) {
                Some(stage) => What::CopyFrom { stage: stage.value.to_string() },
                None => What::Copy { sources: paths(&copy.src) },
            };
            (copy.copy.span.start, what)
        }
        Instruction::Add(add) => (add.add.span.start, What::Copy { sources: paths(&add.src) }),
        Instruction::Run(run) => {
            let mut whole = command(&run.arguments);
            for here_doc in &run.here_docs {
                whole.push('\n');
                whole.push_str(&here_doc.value);
            }
            (run.run.span.start, What::Run { command: whole })
        }
        Instruction::User(user) => (user.user.span.start, What::User { user: user.arguments.value.to_string() }),
        Instruction::Env(env) => (env.env.span.start, What::Env { text: env.arguments.value.to_string() }),
        Instruction::Arg(arg) => (arg.arg.span.start, What::Arg { text: arg.arguments.value.to_string() }),
        Instruction::Expose(expose) => {
            let ports = expose.arguments.iter().map(|port| port.value.to_string()).collect();
            (expose.expose.span.start, What::Expose { ports })
        }
        Instruction::Workdir(workdir) => {
            (workdir.workdir.span.start, What::Workdir { path: workdir.arguments.value.to_string() })
        }
        Instruction::Cmd(cmd) => (cmd.cmd.span.start, What::Start { command: command(&cmd.arguments) }),
        Instruction::Entrypoint(entry) => {
            (entry.entrypoint.span.start, What::Start { command: command(&entry.arguments) })
        }
        Instruction::Healthcheck(check) => (check.healthcheck.span.start, What::Healthcheck),
        _ => return None,
    })
}

fn paths(sources: &[Source<'_>]) -> Vec<String> {
    sources
        .iter()
        .filter_map(|source| match source {
            Source::Path(path) => Some(path.value.to_string()),
            _ => None,
        })
        .collect()
}

fn command(command: &Command<'_>) -> String {
    match command {
        Command::Exec(words) => words.value.iter().map(|word| word.value.as_ref()).collect::<Vec<_>>().join(" "),
        Command::Shell(line) => line.value.to_owned(),
        _ => String::new(),
    }
}
