//! What the words of a failed model call mean: a quota, or something that no second try can help.

use chrono::{DateTime, Utc};

use super::Activity;
use super::json::{object, text_at};

/// Returns the activities of a failed end: a quota if it was one, then the result.
pub fn of(why: &str, status: Option<u64>, until: Option<DateTime<Utc>>) -> Vec<Activity> {
    let mut activities = Vec::new();
    if is_quota(why, status) {
        activities.push(Activity::Quota { until: until.or_else(|| until_in(why)), why: why.to_owned() });
    }
    let (text, why) = (None, Some(why.to_owned()));
    let hopeless = is_hopeless(why.as_deref().unwrap_or_default(), status);
    activities.push(Activity::Result { ok: false, text, why, hopeless, partial: false });
    activities
}

/// Returns the message inside the JSON that some errors are.
pub fn plain(message: &str) -> String {
    let inner = object(message.as_bytes()).and_then(|error| text_at(&error, "/error/message").map(str::to_owned));
    inner.unwrap_or_else(|| message.to_owned())
}

/// Returns whether the account's quota or a rate limit is the reason.
pub fn is_quota(why: &str, status: Option<u64>) -> bool {
    const WORDS: [&str; 11] = [
        "429 too many requests",
        "status: 429",
        "\"code\":429",
        "rate limit",
        "rate_limit",
        "usage limit",
        "session limit",
        "weekly limit",
        "resource_exhausted",
        "quota exceeded",
        "exceeded your current quota",
    ];
    let why = why.to_lowercase();
    status == Some(429) || WORDS.iter().any(|word| why.contains(word))
}

/// Returns whether trying again cannot help: wrong login, unknown model, no right to it.
pub fn is_hopeless(why: &str, status: Option<u64>) -> bool {
    const WORDS: [&str; 19] = [
        "not logged in",
        "please run /login",
        "401 unauthorized",
        "403 forbidden",
        "authentication_failed",
        "authentication required",
        "unauthenticated",
        "invalid x-api-key",
        "invalid api key",
        "incorrect api key",
        "api key not valid",
        "api key not found",
        "set an auth method",
        "credit balance is too low",
        "model_not_found",
        "model not found",
        "issue with the selected model",
        "does not exist or you do not have access",
        "providermodelnotfounderror",
    ];
    let why = why.to_lowercase();
    matches!(status, Some(401 | 403 | 404)) || WORDS.iter().any(|word| why.contains(word))
}

/// Returns the time in words such as `usage limit reached|1795360000`.
fn until_in(why: &str) -> Option<DateTime<Utc>> {
    let digits = why.rsplit_once('|')?.1.trim();
    DateTime::from_timestamp(digits.parse().ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_told_from_a_wrong_login_and_from_a_server_that_is_down() {
        for (why, status, quota, hopeless) in [
            ("exceeded retry limit, last status: 429 Too Many Requests", None, true, false),
            ("API Error: Rate limited", Some(429), true, false),
            ("Not logged in · Please run /login", None, false, true),
            ("unexpected status 401 Unauthorized: invalid x-api-key", None, false, true),
            ("API Error: 500 internal server error", Some(500), false, false),
            ("There's an issue with the selected model (x). It may not exist", Some(404), false, true),
        ] {
            assert_eq!((is_quota(why, status), is_hopeless(why, status)), (quota, hopeless), "{why}");
        }
    }

    #[test]
    fn the_end_of_a_quota_is_read_from_its_words() {
        let Activity::Quota { until, .. } = &of("usage limit reached|1795360000", None, None)[0] else {
            panic!("a quota");
        };
        assert_eq!(until.map(|until| until.timestamp()), Some(1_795_360_000));
    }
}
