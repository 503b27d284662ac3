//! The program: reads the errand and the project, holds the rules against it, and leaves a report or, when its time is
//! up, notes.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use thiserror::Error;

use super::Field;
use super::criteria::{self, Answer};
use super::errand::{Errand, ErrandError};
use super::pace::Pace;
use super::project::file::{File, Kind, kind_of};
use super::report::{self, Account};
use super::rules::Rule;
use super::say::{Line, Mouth};
use super::shared::Seen;
use super::survey::Survey;
use super::work::{self, Checked};
use super::{Place, colleagues, hands, notes, record, role, shared};

/// How many files are named one by one while they are read.
const NAMED_FILES: usize = 24;

/// Why an analyst could not do its work.
#[derive(Debug, Error)]
enum Failure {
    #[error(transparent)]
    Errand(#[from] ErrandError),
    #[error("writing {what}: {why}")]
    Write { what: &'static str, why: io::Error },
    #[error("listening for signals: {0}")]
    Signals(io::Error),
    #[error("printing: {0}")]
    Print(#[from] io::Error),
}

/// Runs an analyst as told by the arguments after `__analyst` and the environment; exits 0 when it left a report.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip_while(|arg| arg != "__analyst").skip(1).collect();
    let work = thread::Builder::new().name("analyst".to_owned()).stack_size(hands::STACK).spawn(move || {
        let errand = Errand::read(args.into_iter())?;
        let mut pace = Pace::begin(errand.pace).map_err(Failure::Signals)?;
        run(&errand, &mut pace, &mut Mouth::new(io::stdout().lock()))
    });
    let ended = match work.map(thread::JoinHandle::join) {
        Ok(Ok(ended)) => ended,
        Ok(Err(_)) => return ExitCode::from(3),
        Err(why) => Err(Failure::Print(why)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Nobody may be left to read it.
            let _ = writeln!(io::stderr(), "analyst: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(errand: &Errand, pace: &mut Pace, mouth: &mut Mouth<impl Write>) -> Result<(), Failure> {
    let fields = role::fields(&errand.agent, &errand.task);
    if fields.is_empty() {
        return nothing_fits(errand, mouth);
    }
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    mouth.text(&format!("reading the project for {}", names.join(", ")))?;
    let mut unheard = None;
    let mut say = |text: &str| unheard = mouth.text(text).err().or(unheard.take());
    let seen = shared::seen(&errand.project, &fields, pace.stop(), &mut say);
    unheard.map_or(Ok(()), Err)?;
    let mut attempt = Attempt::begin(errand, seen, &fields);
    for need in &errand.needs {
        mouth.reads(&format!("the report of {}", need.agent))?;
    }
    if let Some(words) = attempt.carrying_on() {
        mouth.text(&words)?;
        pace.only(attempt.open_part());
    }
    let finished = attempt.work(pace, mouth, &fields)?;
    let answers = attempt.answers();
    write_report(errand, &attempt, &answers, &fields)?;
    if finished {
        let found: usize = attempt.checked.iter().map(|check| check.findings.len()).sum();
        let text = format!("{} checks, {found} findings", attempt.checked.len());
        mouth.say(&Line::Result { ok: true, text: &text, why: None, partial: false })?;
    } else {
        write_notes(errand, &notes::write(&errand.agent, &attempt.checked, &attempt.open))?;
        mouth.text("the time is up: notes and a partial report are written")?;
    }
    Ok(())
}

/// Says that no rule fits, in a report, in notes and in the result.
fn nothing_fits(errand: &Errand, mouth: &mut Mouth<impl Write>) -> Result<(), Failure> {
    mouth.text("no rule of the built-in analysts fits this task")?;
    write_file(&errand.report, "the report", &report::write_none(&errand.agent, &errand.task))?;
    write_notes(errand, &notes::write_none(&errand.agent, &errand.task))?;
    mouth.say(&Line::Result { ok: true, text: "no rule for this task", why: Some("no rule"), partial: true })?;
    Ok(())
}

/// The checks of one attempt: those made, those still to come.
struct Attempt<'a> {
    errand: &'a Errand,
    survey: Survey,
    checked: Vec<Checked>,
    open: Vec<&'static Rule>,
    /// How many of the checks are a predecessor's.
    inherited: usize,
    /// Criteria that were said to be met, by their place.
    met: Vec<bool>,
    /// What was seen, of this attempt's checks or of all analysts'.
    seen: Vec<Checked>,
}

impl<'a> Attempt<'a> {
    fn begin(errand: &'a Errand, seen: Seen, fields: &[Field]) -> Attempt<'a> {
        let Seen { checks: seen, survey } = seen;
        let mut open = work::rules_of(fields);
        let place = |path: &str, line| place(&errand.project, &survey, path, line);
        let mut checked = errand.previous.as_deref().map(|words| notes::read(words, &place)).unwrap_or_default();
        checked.retain(|check| open.iter().any(|rule| rule.id == check.rule.id));
        open.retain(|rule| !checked.iter().any(|check| check.rule.id == rule.id));
        let met = vec![false; errand.criteria.len()];
        Attempt { errand, survey, inherited: checked.len(), checked, open, met, seen }
    }

    fn carrying_on(&self) -> Option<String> {
        self.errand.previous.as_ref()?;
        Some(format!("carrying on from the notes: {} checks are made, {} are open", self.inherited, self.open.len()))
    }

    /// Returns which part of all checks is open.
    fn open_part(&self) -> f64 {
        self.open.len() as f64 / (self.open.len() + self.inherited).max(1) as f64
    }

    /// Makes the open checks. Returns whether all were made before the order to stop.
    fn work(&mut self, pace: &Pace, mouth: &mut Mouth<impl Write>, fields: &[Field]) -> Result<bool, Failure> {
        if self.is_cut_short() {
            for check in std::mem::take(&mut self.seen) {
                if self.open.iter().any(|rule| rule.id == check.rule.id) {
                    self.take(check, mouth)?;
                }
            }
            return Ok(false);
        }
        let files = files_for(&self.survey, fields);
        let rest = files.len().saturating_sub(NAMED_FILES);
        let named: Vec<String> = files.into_iter().take(NAMED_FILES).map(str::to_owned).collect();
        let all = named.len() + self.open.len();
        let per_rule = named.len().div_ceil(self.open.len().max(1)).max(1);
        let mut chunks = named.chunks(per_rule);
        let mut done = 0;
        for rule in self.open.clone() {
            for file in chunks.next().unwrap_or_default() {
                mouth.reads(file)?;
                done += 1;
                if !pace.reach(done, all) {
                    return Ok(false);
                }
            }
            mouth.text(&format!("checking: {}", rule.title))?;
            if pace.stop().is_asked() {
                return Ok(false);
            }
            let index = self.seen.iter().position(|check| check.rule.id == rule.id).expect("nothing was cut short");
            let check = self.seen.swap_remove(index);
            self.take(check, mouth)?;
            done += 1;
            if !pace.reach(done, all) {
                return Ok(false);
            }
        }
        if rest > 0 {
            mouth.reads(&format!("{rest} more files"))?;
        }
        Ok(true)
    }

    /// Returns whether the order to stop came before all was seen.
    fn is_cut_short(&self) -> bool {
        self.open.iter().any(|rule| !self.seen.iter().any(|check| check.rule.id == rule.id))
    }

    /// Makes a check this attempt's own: says what it found, and which criteria are met by it.
    fn take(&mut self, check: Checked, mouth: &mut Mouth<impl Write>) -> Result<(), Failure> {
        for finding in &check.findings {
            mouth.found(finding)?;
        }
        self.open.retain(|open| open.id != check.rule.id);
        self.checked.push(check);
        for (index, (_, answer)) in self.answers().iter().enumerate() {
            if let (Answer::Met { evidence }, false) = (answer, self.met[index]) {
                mouth.say(&Line::Criterion { n: index + 1, evidence })?;
                self.met[index] = true;
            }
        }
        Ok(())
    }

    fn answers(&self) -> Vec<(String, Answer)> {
        let answer = |criterion: &String| (criterion.clone(), criteria::answer(criterion, &self.checked, &self.open));
        self.errand.criteria.iter().map(answer).collect()
    }
}

/// Returns a line of the project as it is now.
fn place(root: &Path, survey: &Survey, path: &str, line: u32) -> Option<Place> {
    survey.files.iter().find(|file| *file == path)?;
    Some(File::new(path, fs::read_to_string(root.join(path)).ok()?).place(line))
}

/// Returns the files that the rules of these fields look at, those that a person would open first at the top.
fn files_for<'a>(survey: &'a Survey, fields: &[Field]) -> Vec<&'a str> {
    let kinds: Vec<Kind> = fields.iter().flat_map(|field| kinds_of(*field)).copied().collect();
    let only_tests = fields == [Field::Testing];
    let wanted = |path: &'a String| {
        let kind = kind_of(path);
        let rank = kinds.iter().position(|wanted| *wanted == kind)?;
        let is_wanted = kind != Kind::Go || only_tests == File::is_test_at(path);
        is_wanted.then_some((rank, path.as_str()))
    };
    let mut files: Vec<(usize, &str)> = survey.files.iter().filter_map(wanted).collect();
    files.sort_by_key(|(rank, _)| *rank);
    files.into_iter().map(|(_, path)| path).collect()
}

fn kinds_of(field: Field) -> &'static [Kind] {
    match field {
        Field::Architecture => &[Kind::GoMod, Kind::Terraform, Kind::Dockerfile, Kind::Go],
        Field::Security => &[Kind::Sql, Kind::Env, Kind::Go, Kind::Terraform],
        Field::Testing => &[Kind::Makefile, Kind::Yaml, Kind::Go],
        Field::Performance => &[Kind::Markdown, Kind::Go],
        Field::Deployment => &[Kind::Dockerfile, Kind::Terraform, Kind::Yaml],
        Field::Integration => &[Kind::Terraform, Kind::Markdown, Kind::Go],
        Field::Compliance => &[Kind::Sql, Kind::Terraform, Kind::Markdown, Kind::Go],
        Field::Scalability => &[Kind::Script, Kind::Terraform, Kind::Go],
        Field::Monitoring => &[Kind::Terraform, Kind::Yaml, Kind::Go],
        Field::Documentation => &[Kind::Markdown, Kind::Makefile],
    }
}

/// Writes the report, and beside it the same findings for programs: as JSON and as SARIF.
fn write_report(
    errand: &Errand,
    attempt: &Attempt<'_>,
    answers: &[(String, Answer)],
    fields: &[Field],
) -> Result<(), Failure> {
    let colleagues = colleagues::read(&errand.report, &errand.agent);
    let account = Account {
        agent: &errand.agent,
        task: &errand.task,
        survey: &attempt.survey,
        checked: &attempt.checked,
        open: &attempt.open,
        criteria: answers,
        carried_on: attempt.inherited > 0,
        colleagues: &colleagues,
        needs: &errand.needs,
        gathers: fields.contains(&Field::Integration),
    };
    write_file(&errand.report, "the report", &report::write(&account))?;
    let findings = record::findings(&errand.agent, &attempt.checked, &attempt.open);
    write_file(&errand.report.with_extension("findings.json"), "the findings", &findings)?;
    write_file(&errand.report.with_extension("sarif"), "the findings", &record::sarif(&attempt.checked))
}

fn write_notes(errand: &Errand, notes: &str) -> Result<(), Failure> {
    match &errand.handoff {
        Some(path) => write_file(path, "the handoff notes", notes),
        None => Ok(()),
    }
}

/// Writes a file whole: a reader sees the old one or the new one.
fn write_file(path: &Path, what: &'static str, text: &str) -> Result<(), Failure> {
    let failed = |why| Failure::Write { what, why };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut half = path.as_os_str().to_owned();
    half.push(format!(".{}.tmp", std::process::id()));
    fs::write(&half, text).map_err(failed)?;
    fs::rename(&half, path).map_err(failed)
}
