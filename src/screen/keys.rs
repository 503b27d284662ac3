//! Which key means which action: the defaults of the table, under the person's own.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

use super::action::{Action, Context};

/// No help is longer than this many lines.
pub const HELP_LINES: u16 = 200;

/// Keys to actions, by context.
#[derive(Debug, Clone)]
pub struct KeyMap {
    actions: HashMap<(Context, Key), Action>,
    /// In the order they are shown.
    keys: BTreeMap<Action, Vec<Key>>,
}

/// A key with its modifiers, in the one form that lookup uses: shift is in the letter's case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// A mistake in a person's key map.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyMistake {
    #[error("`{name}` is no action{}", hint(near))]
    UnknownAction { name: String, near: Option<String> },
    #[error("`{key}`, given to `{action}`, is no key")]
    UnknownKey { action: String, key: String },
    #[error("`{key}` means both `{first}` and `{second}` in the same place")]
    Doubled { key: String, first: String, second: String },
    #[error("`quit` has no key left")]
    NoWayOut,
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

impl Default for KeyMap {
    fn default() -> KeyMap {
        KeyMap::with(&BTreeMap::new()).expect("the table of actions doubles no key and writes them right")
    }
}

impl KeyMap {
    /// Returns the default keys with the person's over them: an action named there has just the keys given there.
    ///
    /// All mistakes are returned at once.
    pub fn with(own: &BTreeMap<String, Vec<String>>) -> Result<KeyMap, Vec<KeyMistake>> {
        let mut mistakes = Vec::new();
        for name in own.keys().filter(|name| named(name).is_none()) {
            mistakes.push(KeyMistake::UnknownAction { name: name.clone(), near: nearest(name) });
        }
        let mut map = KeyMap { actions: HashMap::new(), keys: BTreeMap::new() };
        for action in Action::ALL {
            let spec = action.spec();
            let words: Vec<String> = match own.get(spec.name) {
                Some(words) => words.clone(),
                None => spec.keys.iter().map(|key| (*key).to_owned()).collect(),
            };
            for word in words {
                match Key::parse(&word) {
                    Some(key) => map.bind(*action, key, &mut mistakes),
                    None => mistakes.push(KeyMistake::UnknownKey { action: spec.name.to_owned(), key: word }),
                }
            }
        }
        if map.keys_of(Action::Quit).is_empty() && map.keys_of(Action::Interrupt).is_empty() {
            mistakes.push(KeyMistake::NoWayOut);
        }
        if mistakes.is_empty() { Ok(map) } else { Err(mistakes) }
    }

    fn bind(&mut self, action: Action, key: Key, mistakes: &mut Vec<KeyMistake>) {
        let context = action.spec().context;
        let clash = Context::ALL
            .iter()
            .filter(|other| may_meet(context, **other) && !shadows(context, **other))
            .find_map(|other| self.actions.get(&(*other, key)));
        match clash {
            Some(first) if *first != action => mistakes.push(KeyMistake::Doubled {
                key: key.to_string(),
                first: first.spec().name.to_owned(),
                second: action.spec().name.to_owned(),
            }),
            _ => {
                self.actions.insert((context, key), action);
                self.keys.entry(action).or_default().push(key);
            }
        }
    }

    /// Returns what a key means under a stack of contexts, the most particular first.
    pub fn action(&self, stack: &[Context], key: Key) -> Option<Action> {
        stack.iter().find_map(|context| self.actions.get(&(*context, key)).copied())
    }

    /// Returns the keys of an action.
    pub fn keys_of(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// Returns the first key of an action as it is shown, or nothing if it has none.
    pub fn shown(&self, action: Action) -> Option<String> {
        self.keys_of(action).first().map(Key::to_string)
    }

    /// Returns the table of keys as Markdown, for the README.
    pub fn markdown(&self) -> String {
        let mut out = String::new();
        for context in Context::ALL {
            out.push_str(&format!(
                "\n**{}**\n\n| key | what it does | `quintet ctl` |\n|---|---|---|\n",
                context.title()
            ));
            for action in Action::ALL.iter().filter(|action| action.spec().context == context) {
                let keys: Vec<String> = self.keys_of(*action).iter().map(|key| format!("`{key}`")).collect();
                let ctl = action.spec().ctl.map_or_else(String::new, |verb| format!("`{verb}`"));
                out.push_str(&format!("| {} | {} | {ctl} |\n", keys.join(" "), action.spec().help));
            }
        }
        out
    }

    /// Returns the `[keys]` section of a settings file that says what holds without it.
    pub fn default_toml() -> String {
        let mut out = String::from("[keys]\n");
        for action in Action::ALL {
            let spec = action.spec();
            let keys: Vec<String> = spec.keys.iter().map(|key| format!("{key:?}")).collect();
            out.push_str(&format!("# {} = [{}]  # {}\n", spec.name, keys.join(", "), spec.help));
        }
        out
    }
}

fn named(name: &str) -> Option<Action> {
    Action::ALL.iter().copied().find(|action| action.spec().name == name)
}

fn nearest(name: &str) -> Option<String> {
    Action::ALL
        .iter()
        .map(|action| action.spec().name)
        .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known))
        .filter(|(near, _)| *near > 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.to_owned())
}

/// Whether two contexts may be in force together.
fn may_meet(one: Context, other: Context) -> bool {
    use Context::*;
    let group = |context| match context {
        Asking | Running | Active => 1,
        Paused => 2,
        Waiting => 3,
        Ended => 4,
        Feed => 5,
        Pager => 6,
        Held | Team => 7,
        Everywhere => 8,
    };
    let (low, high) = if group(one) <= group(other) { (one, other) } else { (other, one) };
    match (group(low), group(high)) {
        (_, 8) => true,
        (6, _) => low == high,
        (_, 7) => true,
        // A paused attempt holds its slot.
        (1, 2) => low == Active,
        (a, b) => a == b,
    }
}

/// Where a key may mean something else than in the wider context below: `q` closes a document before it quits.
fn shadows(one: Context, other: Context) -> bool {
    use Context::*;
    matches!((one, other), (Pager, Everywhere) | (Everywhere, Pager) | (Held, Team) | (Team, Held))
}

impl Key {
    /// Returns the key of an event, whichever way the terminal tells shift.
    pub fn of(event: KeyEvent) -> Key {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT | KeyModifiers::SUPER;
        Key { code: event.code, modifiers: event.modifiers & known }.normal()
    }

    /// Returns the key that a key map writes: `q`, `P`, `ctrl-p`, `enter`, `f5`, `shift-left`.
    pub fn parse(word: &str) -> Option<Key> {
        let mut chars = word.chars();
        if let (Some(only), None) = (chars.next(), chars.next()) {
            return (!only.is_control())
                .then(|| Key { code: KeyCode::Char(only), modifiers: KeyModifiers::NONE }.normal());
        }
        let parsed = crokey::parse(word).ok()?;
        let crokey::OneToThree::One(code) = parsed.codes else { return None };
        Some(Key { code, modifiers: parsed.modifiers }.normal())
    }

    /// Returns the digit, if it is one without modifiers.
    pub fn digit(self) -> Option<usize> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => c.to_digit(10).map(|digit| digit as usize),
            _ => None,
        }
    }

    fn normal(mut self) -> Key {
        match self.code {
            KeyCode::Char(c) => {
                let shifted = self.modifiers.contains(KeyModifiers::SHIFT);
                self.modifiers.remove(KeyModifiers::SHIFT);
                if self.modifiers.intersects(KeyModifiers::CONTROL) {
                    self.code = KeyCode::Char(c.to_ascii_lowercase());
                } else if shifted {
                    self.code = KeyCode::Char(c.to_ascii_uppercase());
                }
            }
            KeyCode::Tab if self.modifiers.contains(KeyModifiers::SHIFT) => {
                self.code = KeyCode::BackTab;
                self.modifiers.remove(KeyModifiers::SHIFT);
            }
            KeyCode::BackTab => self.modifiers.remove(KeyModifiers::SHIFT),
            _ => {}
        }
        self
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")];
        for (modifier, word) in pairs {
            if self.modifiers.contains(modifier) {
                out.write_str(word)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => out.write_str("space"),
            KeyCode::Char(c) => write!(out, "{c}"),
            KeyCode::Enter => out.write_str("enter"),
            KeyCode::F(n) => write!(out, "f{n}"),
            other => write!(out, "{}", format!("{other:?}").to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        pairs
            .iter()
            .map(|(name, keys)| ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn no_key_of_the_table_means_two_things_at_one_moment() {
        if let Err(mistakes) = KeyMap::with(&BTreeMap::new()) {
            panic!("{mistakes:#?}");
        }
    }

    #[test]
    fn a_person_may_give_an_action_other_keys() {
        let map = KeyMap::with(&own(&[("pause", &["ctrl-x", "Z"])])).expect("right keys");
        let key = |word| Key::parse(word).expect("a key");
        assert_eq!(map.action(&[Context::Running], key("Z")), Some(Action::Pause));
        assert_eq!(map.action(&[Context::Running], key("ctrl-x")), Some(Action::Pause));
        assert_eq!(map.action(&[Context::Running], key("p")), None);
    }

    #[test]
    fn all_mistakes_of_a_key_map_are_told_at_once() {
        let mistakes =
            KeyMap::with(&own(&[("puase", &["p"]), ("message", &["hyper-m"]), ("extend", &["x"])])).unwrap_err();
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "`puase` is no action; did you mean `pause`?",
                "`x` means both `stop` and `extend` in the same place",
                "`hyper-m`, given to `message`, is no key",
            ]
        );
    }

    #[test]
    fn a_key_map_without_a_way_out_is_refused() {
        let mistakes = KeyMap::with(&own(&[("quit", &[]), ("interrupt", &[])])).unwrap_err();
        assert_eq!(mistakes, [KeyMistake::NoWayOut]);
    }

    #[test]
    fn shift_is_the_same_however_a_terminal_tells_it() {
        let of = |code, modifiers| Key::of(KeyEvent::new(code, modifiers));
        let upper = Key::parse("P").expect("a key");
        assert_eq!(of(KeyCode::Char('P'), KeyModifiers::SHIFT), upper);
        assert_eq!(of(KeyCode::Char('P'), KeyModifiers::NONE), upper);
        assert_eq!(of(KeyCode::Char('p'), KeyModifiers::SHIFT), upper);
        assert_eq!(of(KeyCode::Char('?'), KeyModifiers::SHIFT), Key::parse("?").expect("a key"));
        assert_eq!(of(KeyCode::Tab, KeyModifiers::SHIFT), Key::parse("backtab").expect("a key"));
    }

    #[test]
    fn every_default_key_reads_back_as_it_is_shown() {
        for action in Action::ALL {
            for word in action.spec().keys {
                let key = Key::parse(word).expect("a key");
                assert_eq!(Key::parse(&key.to_string()), Some(key), "{word}");
            }
        }
    }
}
