//! The YAML at the top: exact settings for the plan and for its agents.
//!
//! It says *how*; the agents and what they do stand in the Markdown. A setting that does not exist is a warning, a value
//! that cannot be is an error, each with its line.

mod setting;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::draft::{Draft, Told};
use super::model::Overrides;
use super::name;
use super::names::Names;
use super::problem::{Code, Problems};
use setting::Setting;

/// The settings of the front matter.
#[derive(Debug, Default)]
pub(super) struct Settings {
    title: Option<String>,
    slots: Option<usize>,
    overrides: Overrides,
    agents: Vec<AgentSettings>,
}

#[derive(Debug, Default)]
struct AgentSettings {
    name: String,
    line: usize,
    needs: Option<Vec<Told>>,
    overrides: Overrides,
}

/// Reads the front matter; returns the text with it blanked, so that every line keeps its number.
pub(super) fn read<'a>(text: &'a str, problems: &mut Problems<'_>) -> (Settings, Cow<'a, str>) {
    let Some((yaml, end)) = front_matter(text) else { return (Settings::default(), Cow::Borrowed(text)) };
    let blanked: String = text[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    let blanked = Cow::Owned(format!("{}{}", blank_lines(&blanked), &text[end..]));
    match serde_saphyr::from_str::<Value>(yaml) {
        Ok(Value::Object(table)) => (settings(&table, yaml, problems), blanked),
        Ok(Value::Null) => (Settings::default(), blanked),
        Ok(_) if looks_like_settings(yaml) => {
            let hint = "write `key: value` lines between the two `---`";
            problems.add(Code::BadFrontMatter, 2, "the front matter is no list of settings", hint);
            (Settings::default(), blanked)
        }
        Err(error) if looks_like_settings(yaml) => {
            let at = error.location().and_then(|at| usize::try_from(at.line()).ok()).unwrap_or(1);
            let message = error.without_snippet().to_string();
            // The place it names counts from the YAML's own first line, and its advice is for programmers.
            let first = message.lines().next().unwrap_or("");
            let first = first.split(" at line ").next().unwrap_or("").split(", set ").next().unwrap_or("");
            let hint = "write YAML between the two `---`, or take both away";
            problems.add(Code::BadFrontMatter, at + 1, format!("the front matter cannot be read: {first}"), hint);
            (Settings::default(), blanked)
        }
        // Two rules with prose between them.
        Ok(_) | Err(_) => (Settings::default(), Cow::Borrowed(text)),
    }
}

/// Returns the YAML, and where the text goes on behind it.
fn front_matter(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix("---")?;
    let first_end = rest.find('\n')?;
    if !rest[..first_end].trim().is_empty() {
        return None;
    }
    let start = 3 + first_end + 1;
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((&text[start..at], at + line.len()));
        }
        at += line.len();
    }
    None
}

fn blank_lines(text: &str) -> String {
    "\n".repeat(text.matches('\n').count())
}

fn looks_like_settings(yaml: &str) -> bool {
    let first = yaml.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
    let key: &str = first.split(':').next().unwrap_or("");
    first.contains(':') && !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// The lines of the plan where each key of the YAML stands, and each name in a list of agents.
struct Lines(HashMap<String, Vec<usize>>);

impl Lines {
    fn in_yaml(yaml: &str) -> Lines {
        let mut lines: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, line) in yaml.lines().enumerate() {
            let line = line.trim_start().trim_start_matches("- ");
            let Some((key, value)) = line.split_once(':') else { continue };
            let bare = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
            let names = if bare(key) == "name" { Some(bare(value)) } else { None };
            for key in std::iter::once(bare(key)).chain(names) {
                // The front matter begins in line 2.
                lines.entry(key).or_default().push(at + 2);
            }
        }
        Lines(lines)
    }

    /// Returns the line where `key` stands, from line `from` of the plan on.
    fn of(&self, key: &str, from: usize) -> usize {
        let all = self.0.get(key).map_or(&[][..], Vec::as_slice);
        all.get(all.partition_point(|line| *line < from)).copied().unwrap_or(from.max(2))
    }
}

fn settings(table: &Map<String, Value>, yaml: &str, problems: &mut Problems<'_>) -> Settings {
    let lines = Lines::in_yaml(yaml);
    let mut settings = Settings::default();
    for (key, value) in table {
        let line = lines.of(key, 2);
        match Setting::of(key) {
            Some(Setting::Title) => settings.title = setting::text(value),
            Some(Setting::Slots) => match value.as_u64().filter(|slots| (1..=100).contains(slots)) {
                Some(slots) => settings.slots = usize::try_from(slots).ok(),
                None => {
                    problems.add(Code::BadSetting, line, format!("`{key}` is {value}"), "write a number from 1 to 100")
                }
            },
            Some(Setting::Agents) => settings.agents = agents(value, line, &lines, problems),
            Some(Setting::Needs) => {
                problems.add(Code::UnknownSetting, line, "`needs` belongs to an agent", "write it below `agents:`");
            }
            Some(one) => settings.set(one, key, value, line, problems),
            None => unknown(key, line, problems),
        }
    }
    settings
}

impl Settings {
    fn set(&mut self, one: Setting, key: &str, value: &Value, line: usize, problems: &mut Problems<'_>) {
        if let Err(wrong) = one.set(&mut self.overrides, value) {
            problems.add(Code::BadSetting, line, format!("`{key}` is {wrong}"), wrong.hint());
        }
    }

    /// Lays the settings over what the Markdown says.
    pub(super) fn apply(self, draft: &mut Draft, problems: &mut Problems<'_>) {
        if let Some(title) = self.title {
            draft.title = title;
        }
        draft.slots = self.slots.or(draft.slots);
        draft.time_box = self.overrides.time_box().or(draft.time_box);
        draft.overrides = self.overrides;
        let names = Names::of(&draft.agents);
        let mut places: HashMap<usize, String> = HashMap::new();
        for settings in self.agents {
            let Some(place) = names.find(&settings.name) else {
                let hint = match names.near(&settings.name) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("name one of the agents: {}", names.some()),
                };
                let message = format!("the front matter has settings for `{}`, which is no agent", settings.name);
                problems.add(Code::UnknownAgent, settings.line, message, hint);
                continue;
            };
            if let Some(other) = places.insert(place, settings.name.clone()) {
                let message = format!("`{}` and `{other}` are settings for one agent", settings.name);
                problems.add(Code::BadSetting, settings.line, message, "join them under the agent's name");
            }
            let agent = &mut draft.agents[place];
            agent.time_box = settings.overrides.time_box().or(agent.time_box);
            if let Some(needs) = settings.needs {
                agent.told_needs.extend(needs);
            }
            agent.overrides = settings.overrides;
        }
    }
}

/// Reads `agents:`, a table by name or a list of tables with a `name`.
fn agents(value: &Value, line: usize, lines: &Lines, problems: &mut Problems<'_>) -> Vec<AgentSettings> {
    let mut named: BTreeMap<String, &Map<String, Value>> = BTreeMap::new();
    let wrong = |problems: &mut Problems<'_>, line: usize| {
        let hint = "write `agents:` with one entry an agent: `security-auditor: { engine: claude }`";
        problems.add(Code::BadSetting, line, "the settings of an agent are no table", hint);
    };
    match value {
        Value::Object(table) => {
            for (name, value) in table {
                match value {
                    Value::Object(settings) => {
                        named.insert(name.clone(), settings);
                    }
                    Value::Null => {}
                    _ => wrong(problems, lines.of(name, line)),
                }
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                match entry.as_object().and_then(|table| Some((setting::text(table.get("name")?)?, table))) {
                    Some((name, table)) => {
                        named.insert(name, table);
                    }
                    None => wrong(problems, line),
                }
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => wrong(problems, line),
    }
    named.into_iter().map(|(name, table)| agent(name, table, line, lines, problems)).collect()
}

fn agent(
    name: String,
    table: &Map<String, Value>,
    from: usize,
    lines: &Lines,
    problems: &mut Problems<'_>,
) -> AgentSettings {
    let line = lines.of(&name, from + 1);
    let mut agent = AgentSettings { name, line, ..AgentSettings::default() };
    for (key, value) in table {
        let line = lines.of(key, line);
        match Setting::of(key) {
            Some(Setting::Needs) => match setting::texts(value) {
                Some(needs) => agent.needs = Some(needs.into_iter().map(|text| Told { text, line }).collect()),
                None => problems.add(Code::BadSetting, line, format!("`{key}` is {value}"), "write a list of agents"),
            },
            Some(Setting::Title | Setting::Slots | Setting::Agents) => {
                let hint = "write it at the top of the front matter";
                problems.add(Code::UnknownSetting, line, format!("`{key}` is no setting of an agent"), hint);
            }
            Some(one) => {
                if let Err(wrong) = one.set(&mut agent.overrides, value) {
                    problems.add(Code::BadSetting, line, format!("`{key}` is {wrong}"), wrong.hint());
                }
            }
            None if name::key(key) == "name" => {}
            None => unknown(key, line, problems),
        }
    }
    agent
}

fn unknown(key: &str, line: usize, problems: &mut Problems<'_>) {
    let hint = match Setting::near(key) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the settings are {}", Setting::all()),
    };
    problems.add(Code::UnknownSetting, line, format!("there is no setting `{key}`"), hint);
}
