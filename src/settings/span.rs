//! Durations and shares as people write them: `15m`, `90s`, `1h30m`, `250ms`, `900`; `80%`, `0.8`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration as people write it. A bare number is seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// A share of a whole, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(pub f64);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Span, String> {
        let wrong = || format!("`{text}` is no duration: write for example 15m, 90s or 1h30m");
        let text = text.trim();
        if let Ok(seconds) = text.parse::<f64>() {
            return Duration::try_from_secs_f64(seconds).map(Span).map_err(|_| wrong());
        }
        let mut total = Duration::ZERO;
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0).ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(digits);
            let number: f64 = number.parse().map_err(|_| wrong())?;
            let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            let seconds = match unit.trim() {
                "ms" => number / 1000.0,
                "s" | "sec" | "secs" => number,
                "m" | "min" | "mins" => number * 60.0,
                "h" => number * 3600.0,
                _ => return Err(wrong()),
            };
            let part = Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?;
            total = total.checked_add(part).ok_or_else(wrong)?;
            rest = tail;
        }
        if text.is_empty() { Err(wrong()) } else { Ok(Span(total)) }
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Share, String> {
        let wrong = || format!("`{text}` is no share: write for example 80% or 0.8");
        let text = text.trim();
        let value = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map_err(|_| wrong())? / 100.0,
            None => text.parse::<f64>().map_err(|_| wrong())?,
        };
        if (0.0..=1.0).contains(&value) { Ok(Share(value)) } else { Err(wrong()) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds >= 60.0 && seconds % 60.0 == 0.0 {
            write!(out, "{}m", seconds / 60.0)
        } else {
            write!(out, "{seconds}s")
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0.as_secs_f64())
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0)
    }
}

/// A number or a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Number(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Span, D::Error> {
        match Written::deserialize(from)? {
            Written::Number(seconds) => {
                Duration::try_from_secs_f64(seconds).map(Span).map_err(serde::de::Error::custom)
            }
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Share, D::Error> {
        match Written::deserialize(from)? {
            Written::Number(share) if (0.0..=1.0).contains(&share) => Ok(Share(share)),
            Written::Number(share) => Err(serde::de::Error::custom(format!("{share} is no share of 0 to 1"))),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let seconds = |text: &str| text.parse::<Span>().map(|span| span.0.as_secs_f64());
        assert_eq!(seconds("15m"), Ok(900.0));
        assert_eq!(seconds("90 s"), Ok(90.0));
        assert_eq!(seconds("1h30m"), Ok(5400.0));
        assert_eq!(seconds("250ms"), Ok(0.25));
        assert_eq!(seconds("2.5"), Ok(2.5));
        for nonsense in ["", "m", "5 parsecs", "-3s", "1e999"] {
            assert!(seconds(nonsense).is_err(), "{nonsense} was read");
        }
    }

    #[test]
    fn shares_are_percent_or_fraction() {
        assert_eq!("80%".parse(), Ok(Share(0.8)));
        assert_eq!("0.25".parse(), Ok(Share(0.25)));
        assert!("120%".parse::<Share>().is_err());
    }
}
