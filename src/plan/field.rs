//! The labels that people write before what an agent must know: `MICRO-TASK:`, `**Output**`, `Files to read -` …

use super::outline::Words;

/// What a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Task,
    /// How to go about it: focus, steps.
    How,
    Tools,
    Output,
    Criteria,
    Reads,
    TimeBox,
    Needs,
    Phase,
}

/// Every spelling of a label, in lower case, words apart by one blank.
const SPELLINGS: &[(Field, &[&str])] = &[
    (
        Field::Task,
        &[
            "micro task",
            "microtask",
            "task",
            "mission",
            "objective",
            "goal",
            "job",
            "assignment",
            "purpose",
            "prompt",
            "description",
            "what",
            "brief",
            "work",
            "task description",
            "role",
            "charter",
            "question",
            "todo",
            "to do",
        ],
    ),
    (
        Field::How,
        &[
            "focus",
            "focus areas",
            "focus area",
            "focus on",
            "scope",
            "responsibilities",
            "responsibility",
            "steps",
            "instructions",
            "details",
            "checks",
            "checklist",
            "what to do",
            "how",
            "approach",
            "method",
            "key questions",
            "questions",
            "areas",
            "look at",
            "look for",
            "tasks",
            "actions",
            "activities",
            "subtasks",
            "micro tasks",
            "notes",
            "note",
            "constraints",
            "rules",
            "do not",
            "guidelines",
            "specifics",
            "points",
            "key points",
        ],
    ),
    (
        Field::Tools,
        &[
            "mcp tools",
            "mcp tool",
            "tools",
            "tool",
            "tooling",
            "mcp",
            "mcp servers",
            "mcp server",
            "required tools",
            "must use",
            "tools to use",
            "required mcp tools",
            "use",
            "mcp tools to use",
            "tool access",
            "mcp usage",
        ],
    ),
    (
        Field::Output,
        &[
            "output",
            "outputs",
            "output file",
            "output path",
            "output to",
            "output report",
            "report",
            "report to",
            "report path",
            "report file",
            "deliverable",
            "deliverables",
            "result",
            "results",
            "writes",
            "write to",
            "save to",
            "saves to",
            "writes to",
            "artifact",
            "artifacts",
            "artefact",
            "deliver",
            "reports to",
            "file",
            "written to",
            "destination",
            "save as",
            "produces",
        ],
    ),
    (
        Field::Criteria,
        &[
            "success criteria",
            "success criterion",
            "success",
            "acceptance criteria",
            "acceptance",
            "criteria",
            "done when",
            "done if",
            "definition of done",
            "complete when",
            "completed when",
            "completion criteria",
            "success when",
            "finished when",
            "dod",
            "exit criteria",
            "success looks like",
            "pass criteria",
            "must have",
        ],
    ),
    (
        Field::Reads,
        &[
            "files to read",
            "file to read",
            "read",
            "reads",
            "read first",
            "inputs",
            "input",
            "input files",
            "files",
            "context files",
            "sources",
            "source files",
            "references",
            "files to analyze",
            "files to analyse",
            "files to review",
            "files to check",
            "context",
            "must read",
            "reading list",
            "documents",
            "docs",
            "relevant files",
            "key files",
            "to read",
            "files to look at",
            "input documents",
            "review files",
        ],
    ),
    (
        Field::TimeBox,
        &[
            "time limit",
            "time",
            "time box",
            "timebox",
            "limit",
            "duration",
            "timeout",
            "max time",
            "time budget",
            "deadline",
            "target time",
            "time target",
            "maximum time",
            "minutes",
            "budget time",
            "est",
            "estimate",
            "estimated time",
            "time cap",
            "allotted time",
        ],
    ),
    (
        Field::Needs,
        &[
            "needs",
            "need",
            "depends on",
            "depends",
            "dependencies",
            "dependency",
            "requires",
            "after",
            "runs after",
            "prerequisites",
            "prerequisite",
            "blocked by",
            "waits for",
            "wait for",
            "depends upon",
            "start after",
            "starts after",
            "builds on",
            "upstream",
            "deps",
            "requires output of",
            "follows",
        ],
    ),
    (Field::Phase, &["phase", "wave", "stage", "batch", "round"]),
];

/// The longest label, in bytes.
const LONGEST: usize = 60;

/// Phrases that open a list of steps.
const STEP_PHRASES: &[&str] = &[
    "this agent should",
    "this agent must",
    "this agent will",
    "the agent should",
    "the agent must",
    "the agent will",
    "agent should",
    "you should",
    "you must",
    "you will",
    "your job is to",
    "responsible for",
    "it should",
    "should",
];

/// Returns what the line announces, and the byte where the value begins.
pub(super) fn label(words: &Words) -> Option<(Field, usize)> {
    let whole = words.text.as_str();
    let start = whole.find(|c: char| c.is_alphanumeric())?;
    // A label is short; no long line is searched to its end.
    let text = &whole[..whole.floor_char_boundary(start + LONGEST + 4)];
    let bold_end = if words.bold > start && words.bold <= text.len() { words.bold } else { 0 };
    let colon = text[start..].find([':', '：']).map(|at| at + start);
    let dash = [" - ", " – ", " — "].iter().filter_map(|dash| text[start..].find(dash)).min().map(|at| at + start);
    let steps = || {
        let lower = text[start..].get(..60).unwrap_or(&text[start..]).to_lowercase();
        let value = colon.map_or(whole.len(), |at| skip(whole, at));
        let opens = STEP_PHRASES.iter().any(|phrase| lower.starts_with(phrase));
        (opens && whole.trim_end().ends_with(':')).then_some((Field::How, value))
    };
    let ends = [colon, (bold_end > 0).then_some(bold_end), dash];
    let mut found = ends.into_iter().flatten().filter(|end| *end <= start + LONGEST).filter_map(|end| {
        let field = field_of(&text[start..end])?;
        Some((field, skip(whole, end)))
    });
    found.next().or_else(steps)
}

/// Returns whether a line begins with a label in capitals: `OUTPUT: …`, never the start of a sentence.
pub(super) fn is_outright(words: &Words) -> bool {
    let head = words.text.split([':', '：']).next().unwrap_or("");
    label(words).is_some() && head.contains(char::is_uppercase) && !head.contains(char::is_lowercase)
}

/// Returns the field that a name of a column or a heading stands for.
pub(super) fn field_of(name: &str) -> Option<Field> {
    if name.len() > LONGEST {
        return None;
    }
    let without_brackets = name.split(['(', '[']).next().unwrap_or("");
    let lower = without_brackets.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let words = match words.as_slice() {
        ["the" | "your" | "its" | "expected" | "required" | "primary" | "main" | "specific", rest @ ..]
            if !rest.is_empty() =>
        {
            rest
        }
        ["this", "agent", "s", rest @ ..] | ["agent", "s", rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    let name = words.join(" ");
    SPELLINGS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(field, _)| *field)
}

/// Skips what stands between a label and its value.
fn skip(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let value = rest.trim_start_matches([':', '：', ' ', '-', '–', '—', '\u{a0}']);
    from + rest.len() - value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, bold: usize) -> Option<(Field, &str)> {
        let words = Words { text: text.to_owned(), bold, ..Words::default() };
        label(&words).map(|(field, at)| (field, &text[at..]))
    }

    #[test]
    fn labels_are_read_in_every_usual_spelling() {
        assert_eq!(read("MICRO-TASK: look", 10), Some((Field::Task, "look")));
        assert_eq!(read("Output `x.md`", 6), Some((Field::Output, "`x.md`")));
        assert_eq!(read("OUTPUT - `x.md`", 0), Some((Field::Output, "`x.md`")));
        assert_eq!(read("⏱️ Time Limit: 15 minutes", 0), Some((Field::TimeBox, "15 minutes")));
        assert_eq!(read("Micro-task (15 min max): look", 0), Some((Field::Task, "look")));
        assert_eq!(read("This agent should:", 0), Some((Field::How, "")));
        assert_eq!(read("FILES TO READ:", 0), Some((Field::Reads, "")));
    }

    #[test]
    fn sentences_are_no_labels() {
        for text in ["Read everything twice", "Note that: this", "security-auditor: look", "https://x.org/a", ""] {
            assert_eq!(read(text, 0), None, "{text}");
        }
    }
}
