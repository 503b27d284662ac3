//! What a quota that ended an attempt leaves: how long its engine rests, and the session that goes on then.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::App;
use super::msg::Key;
use crate::scheduler::{AttemptVerdict, Record, Severity};

/// How long an engine rests whose program does not say until when.
const UNTOLD: Duration = Duration::from_secs(300);
/// How long it rests at least: a time that has passed already has not helped.
const LEAST: Duration = Duration::from_secs(60);
/// Each further quota in a row doubles both, up to this.
const GROWN: Duration = Duration::from_secs(3600);
/// The longest quotas are those of a week. What is told to last longer is taken for a mistake, such as milliseconds for
/// seconds.
const LONGEST: Duration = Duration::from_secs(8 * 24 * 3600);

impl App {
    /// Returns until when the engine of an attempt rests after a quota, and how long that is. `told`: the end of the
    /// quota, as its program says.
    pub(super) fn rest_after(&mut self, key: Key, told: Option<DateTime<Utc>>) -> (DateTime<Utc>, Duration) {
        let attempts = self.run.state.agent(key.agent).opening().iter().rev();
        let ended = attempts.filter_map(|attempt| attempt.ended.as_ref());
        let in_a_row = ended.take_while(|ended| ended.verdict == AttemptVerdict::Throttled).count();
        let told_wait = told.map(|until| (until - self.wall).to_std().unwrap_or_default());
        let wait = rest(told_wait, in_a_row);
        if let Some(until) = told.filter(|_| told_wait > Some(LONGEST)) {
            let name = &self.run.state.agent(key.agent).name;
            self.trouble(
                Severity::Medium,
                format!(
                    "{name}: its quota is said to end on {}, which is hard to believe: it is tried again in {} min",
                    until.format("%Y-%m-%d"),
                    wait.as_secs() / 60
                ),
            );
        }
        (self.wall + chrono::Duration::from_std(wait).unwrap_or_default(), wait)
    }

    /// Journals the session of an attempt that a quota ended, and what was used in it: it goes on there, also after a
    /// crash.
    pub(super) fn leave_session(&mut self, key: Key) {
        let live = &self.run.live[key.agent.0];
        let Some(session) = live.session.clone() else { return };
        let (before, used) = (live.session_spent, live.used);
        self.note(Record::AttemptSession {
            agent: self.run.plan.agent(key.agent).name.clone(),
            attempt: key.attempt,
            session,
            input_tokens: before.input_tokens + used.input_tokens,
            output_tokens: before.output_tokens + used.output_tokens,
            cost_usd: before.cost_usd + used.cost_usd,
        });
    }
}

/// `told`: how long the quota is said to last; `in_a_row`: how many attempts in a row it has ended before this one.
fn rest(told: Option<Duration>, in_a_row: usize) -> Duration {
    let doubled = 2_u32.saturating_pow(u32::try_from(in_a_row).unwrap_or(u32::MAX));
    let grown = |first: Duration| first.saturating_mul(doubled).min(GROWN);
    match told.filter(|told| *told <= LONGEST) {
        Some(told) => told.max(grown(LEAST)),
        None => grown(UNTOLD),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_rests_a_minute_at_least_longer_each_time_and_never_for_years() {
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        for (told, in_a_row, seconds) in [
            (Some(Duration::ZERO), 0, 60),
            (Some(Duration::ZERO), 1, 120),
            (Some(Duration::ZERO), 9, 3600),
            (Some(Duration::ZERO), 99, 3600),
            (hours(5), 0, 5 * 3600),
            (hours(7 * 24), 2, 7 * 24 * 3600),
            (None, 0, 300),
            (None, 2, 1200),
            (hours(9 * 24), 0, 300),
            (hours(400_000_000), 1, 600),
        ] {
            assert_eq!(rest(told, in_a_row), Duration::from_secs(seconds), "{told:?}, {in_a_row}");
        }
    }
}
