//! Keys and tokens that open nothing: made for tests, documents and one's own machine.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::project::{File, Kind, Project, SHOWN, folder_of};

/// Words of paths and names for keys that are only shown or tried, beside those of everything that is shown.
const TRIED: &[&str] = &[
    "test",
    "tests",
    "testing",
    "tester",
    "unittest",
    "fixture",
    "fixtures",
    "mock",
    "mocks",
    "fake",
    "fakes",
    "stub",
    "hello",
    "dummy",
    "snakeoil",
    "selfsigned",
    "insecure",
    "placeholder",
    "ci",
    "localhost",
];
/// Words of paths for what stays on the developers' own machines.
const LOCAL: &[&str] = &["dev", "devel", "develop", "development", "lcl", "local"];
/// As above, of folders only.
const LOCAL_FOLDER: &[&str] = &["docker", "compose", "vagrant", "kind", "minikube", "tools", "hack", "scripts"];

/// How many lines above a key may speak of it.
const ABOVE: u32 = 8;

/// How many lines at the head of a file may speak of all that it holds.
const HEAD: usize = 20;

static SAID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:examples?|samples?|fake|dummy|mock(?:ed)?|tests?|testing|demo|not (?:a )?real|no actual|not actual|not (?:a )?secret|made up|placeholder|insecure|self-?signed|hello|evaluation|dev(?:eloper)?[ -]?mode)\b",
    )
    .expect("it is a pattern")
});

fn is_shown(word: &str) -> bool {
    TRIED.contains(&word) || SHOWN.contains(&word)
}

/// Returns whether the path of a file says that what it holds is only shown or tried; `testkey.pem` does so too.
pub fn by_path(path: &str) -> bool {
    words(path).any(|word| is_shown(&word) || word.starts_with("test") || word.ends_with("mock"))
}

/// Returns whether the path of a file says that it is for the developers' own machines.
pub fn is_local(path: &str) -> bool {
    words(path).any(|word| LOCAL.contains(&word.as_str()))
        || words(folder_of(path)).any(|word| LOCAL_FOLDER.contains(&word.as_str()))
}

/// Returns whether the lines above this one, or the name it is given, say that it is only shown.
pub fn by_words(file: &File, line: u32) -> bool {
    let head = file.lines().take_while(|(_, text)| text.starts_with(['#', '/', '*', ' ']) || text.trim().is_empty());
    if head.take(HEAD).any(|(_, text)| SAID.is_match(text)) {
        return true;
    }
    (line.saturating_sub(ABOVE)..=line).any(|number| {
        let above = file.line(number);
        let name = above.split(['=', ':']).next().unwrap_or_default();
        let is_comment = ["//", "#", "*", "--", "<!--"].iter().any(|start| above.trim_start().starts_with(start));
        let remark = above.split_once(" #").or_else(|| above.split_once(" //")).map_or("", |(_, remark)| remark);
        is_comment && SAID.is_match(above)
            || number == line && (SAID.is_match(remark) || above.contains("example:\""))
            || number + 3 > line && (by_path(name) || name.contains("DevMode"))
    })
}

/// Returns whether only tests name a file, and some do, or the project makes it by a command.
pub fn by_users(project: &Project, file: &File) -> bool {
    let names = |other: &File| other.path != file.path && other.text.contains(file.name());
    let mut users = project.files().iter().filter(|other| names(other)).peekable();
    // One that a script or guide of the project tells how to make anew is none that opens something.
    let is_made = |other: &File| {
        names(other)
            && ["openssl ", "ssh-keygen", "certstrap", "cfssl", "mkcert", "genrsa"]
                .iter()
                .any(|tool| other.text.contains(tool))
    };
    if project.files().iter().any(is_made) {
        return true;
    }
    users.peek().is_some() && users.all(|other| other.is_test() || other.kind == Kind::Markdown)
}

/// Returns whether a certificate beside a private key is for this machine, or was made to be shown.
pub fn by_certificate(project: &Project, file: &File) -> bool {
    let beside = project.in_folder(file.folder()).filter(|other| other.text.contains(BEGIN));
    beside.into_iter().flat_map(|other| certificates(&other.text)).any(|certificate| {
        let text = String::from_utf8_lossy(&certificate).to_ascii_lowercase();
        ["localhost", "example.", "internet widgits", "acme co", "snakeoil", "127.0.0.1"]
            .iter()
            .any(|name| text.contains(name))
            || text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_shown)
    })
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Returns the certificates in a text, decoded.
fn certificates(text: &str) -> Vec<Vec<u8>> {
    text.split(BEGIN).skip(1).map(|rest| decoded(rest.split("-----").next().unwrap_or_default())).collect()
}

/// Decodes base64, passing over whatever does not belong to it.
fn decoded(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.replace("\\n", "").bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

/// Returns the words of a path or name, lower case: `helloKey` is two.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && was_lower {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if c.is_alphanumeric() {
            words.last_mut().expect("there is one").extend(c.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_several_words_is_taken_apart() {
        assert!(by_path("credentials/test-cert.pem") && by_path("tls/testkey.pem") && by_path("helloKey"));
        assert!(!by_path("internal/attestation/key.pem") && !by_path("pki/latest/key.pem"));
        assert!(is_local("deploy/dev/server.key") && !is_local("devices/server.key"));
    }

    #[test]
    fn base64_is_read_in_any_wrapping() {
        assert_eq!(decoded("bG9j\n  YWxo\\nb3N0"), b"localhost");
    }
}
