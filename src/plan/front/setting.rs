//! One setting: its spellings, and how its value is read.

use std::time::Duration;

use serde_json::Value;

use crate::plan::model::{Overrides, Permissions, Workspace};
use crate::plan::name;
use crate::plan::spoken;

/// A setting of the front matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    Title,
    Slots,
    Agents,
    Needs,
    Engine,
    Model,
    TimeBox,
    Permissions,
    Env,
    MaxCost,
    MaxTokens,
    MaxTurns,
    Verify,
    Place,
    Workspace,
}

/// Every spelling, the usual one first; `_` and `-` do not matter.
const SPELLINGS: &[(Setting, &[&str])] = &[
    (Setting::Title, &["title"]),
    (Setting::Slots, &["slots", "max_parallel", "parallel", "concurrency"]),
    (Setting::Agents, &["agents"]),
    (Setting::Needs, &["needs", "depends_on"]),
    (Setting::Engine, &["engine"]),
    (Setting::Model, &["model"]),
    (Setting::TimeBox, &["time_box", "time_limit"]),
    (Setting::Permissions, &["permissions"]),
    (Setting::Env, &["env"]),
    (Setting::MaxCost, &["max_cost", "budget"]),
    (Setting::MaxTokens, &["max_tokens"]),
    (Setting::MaxTurns, &["max_turns"]),
    (Setting::Verify, &["verify"]),
    (Setting::Place, &["place"]),
    (Setting::Workspace, &["workspace"]),
];

/// A value that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Wrong {
    #[error("`{0}`, no text")]
    Text(String),
    #[error("`{0}`, no time box")]
    TimeBox(String),
    #[error("`{0}`, no rights that there are")]
    Permissions(String),
    #[error("`{0}`, no workspace that there is")]
    Workspace(String),
    #[error("`{0}`, no table of texts")]
    Env(String),
    #[error("`{0}`, no amount")]
    Amount(String),
}

impl Wrong {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Wrong::Text(_) => "write a text",
            Wrong::TimeBox(_) => "write for example 15m, 90s or 900, between 1s and 24h",
            Wrong::Permissions(_) => "write read-only, edit or full",
            Wrong::Workspace(_) => "write shared or worktree",
            Wrong::Env(_) => "write for example `env: { KEY: value }`",
            Wrong::Amount(_) => "write a number above 0",
        }
    }
}

impl Setting {
    pub(super) fn of(key: &str) -> Option<Setting> {
        let wanted = name::key(key);
        SPELLINGS.iter().find(|(_, names)| names.iter().any(|known| name::key(known) == wanted)).map(|found| found.0)
    }

    /// Returns the spelling that is nearest to one that does not exist.
    pub(super) fn near(key: &str) -> Option<&'static str> {
        if key.len() > 40 {
            return None;
        }
        let all = SPELLINGS.iter().flat_map(|(_, names)| names.iter().copied());
        let best = all.map(|known| (strsim::jaro_winkler(key, known), known)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 > 0.85).then_some(best.1)
    }

    pub(super) fn all() -> String {
        SPELLINGS.iter().map(|(_, names)| names[0]).collect::<Vec<_>>().join(", ")
    }

    /// Sets it; title, slots, agents and needs are no settings of this kind and change nothing.
    pub(super) fn set(self, to: &mut Overrides, value: &Value) -> Result<(), Wrong> {
        match self {
            Setting::Title | Setting::Slots | Setting::Agents | Setting::Needs => {}
            Setting::Engine => to.engine = Some(needed(value)?),
            Setting::Model => to.model = Some(needed(value)?),
            Setting::TimeBox => to.time_box_s = Some(time_box(value)?.as_secs_f64()),
            Setting::Permissions => to.permissions = Some(permissions(value)?),
            Setting::Env => {
                let wrong = || Wrong::Env(value.to_string());
                let table = value.as_object().ok_or_else(wrong)?;
                for (key, value) in table {
                    to.env.insert(key.clone(), text(value).ok_or_else(wrong)?);
                }
            }
            Setting::MaxCost => to.max_cost = Some(amount(value)?),
            Setting::MaxTokens => to.max_tokens = Some(whole(value)?),
            Setting::MaxTurns => {
                to.max_turns = Some(u32::try_from(whole(value)?).map_err(|_| Wrong::Amount(value.to_string()))?);
            }
            Setting::Verify => to.verify = Some(needed(value)?),
            Setting::Place => to.place = Some(needed(value)?),
            Setting::Workspace => to.workspace = Some(workspace(value)?),
        }
        Ok(())
    }
}

/// Returns a plain value as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns a text or a list of texts.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(all) => all.iter().map(text).collect(),
        Value::Null => Some(Vec::new()),
        Value::String(all) => {
            Some(all.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect())
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn needed(value: &Value) -> Result<String, Wrong> {
    text(value).filter(|text| !text.trim().is_empty()).ok_or_else(|| Wrong::Text(value.to_string()))
}

fn time_box(value: &Value) -> Result<Duration, Wrong> {
    let wrong = || Wrong::TimeBox(text(value).unwrap_or_else(|| value.to_string()));
    let told = match value {
        Value::Number(seconds) => seconds.as_f64().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        Value::String(text) => match text.trim().parse::<f64>() {
            Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
            Err(_) => spoken::exact_duration(text),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    told.filter(|told| (Duration::from_secs(1)..=spoken::LONGEST).contains(told)).ok_or_else(wrong)
}

fn permissions(value: &Value) -> Result<Permissions, Wrong> {
    match value.as_str().unwrap_or("") {
        "read-only" | "read_only" | "readonly" => Ok(Permissions::ReadOnly),
        "edit" => Ok(Permissions::Edit),
        "full" => Ok(Permissions::Full),
        _ => Err(Wrong::Permissions(text(value).unwrap_or_else(|| value.to_string()))),
    }
}

fn workspace(value: &Value) -> Result<Workspace, Wrong> {
    match value.as_str().unwrap_or("") {
        "shared" => Ok(Workspace::Shared),
        "worktree" => Ok(Workspace::Worktree),
        _ => Err(Wrong::Workspace(text(value).unwrap_or_else(|| value.to_string()))),
    }
}

fn amount(value: &Value) -> Result<f64, Wrong> {
    let read = match value {
        Value::String(text) => text.trim().trim_start_matches('$').parse().ok(),
        _ => value.as_f64(),
    };
    read.filter(|read| *read > 0.0 && read.is_finite()).ok_or_else(|| Wrong::Amount(value.to_string()))
}

fn whole(value: &Value) -> Result<u64, Wrong> {
    value.as_u64().filter(|read| *read > 0).ok_or_else(|| Wrong::Amount(value.to_string()))
}

impl Overrides {
    /// Returns the time box that is set.
    pub(in crate::plan) fn time_box(&self) -> Option<Duration> {
        self.time_box_s.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }
}
