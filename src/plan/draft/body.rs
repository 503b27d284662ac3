//! What stands below an agent's name: fields, steps, prose.

use crate::plan::draft::{DraftAgent, Told};
use crate::plan::field::{self, Field};
use crate::plan::outline::{Block, Item, Kind, Words, fenced, is_prose};
use crate::plan::{mermaid, path, spoken, tools};

use super::section;

/// Reads the blocks of an agent into it.
pub(super) fn read(agent: &mut DraftAgent, blocks: &[Block]) {
    read_under(agent, blocks, None);
}

/// Reads a section below the agent's heading: its heading may be a label.
pub(super) fn read_section(agent: &mut DraftAgent, heading: &Words, blocks: &[Block]) {
    let under = read_heading(agent, heading);
    read_under(agent, blocks, under);
}

/// Reads one field whose value may be empty.
pub(super) fn read_field(agent: &mut DraftAgent, field: Field, value: &str, line: usize) {
    apply(agent, Some(field), value, line);
}

/// Reads a line that may begin with a label.
pub(super) fn read_line(agent: &mut DraftAgent, words: &Words) {
    match field::label(words) {
        Some((field, at)) => apply(agent, Some(field), &words.text[at..], words.line),
        None => apply(agent, None, &words.text, words.line),
    }
}

/// Reads blocks that stand under a label, or under none.
fn read_under(agent: &mut DraftAgent, blocks: &[Block], outer: Option<Field>) {
    let mut under = outer;
    for block in blocks {
        match &block.kind {
            Kind::Heading { words, .. } => under = read_heading(agent, words),
            Kind::Lines(lines) => {
                for words in lines {
                    match field::label(words) {
                        Some((field, at)) => {
                            let value = &words.text[at..];
                            apply(agent, Some(field), value, words.line);
                            // A label alone on its line is about what follows.
                            under = if value.trim().is_empty() { Some(field) } else { outer };
                        }
                        None => apply(agent, under, &words.text, words.line),
                    }
                }
            }
            Kind::List { caption, ordered, items } => {
                let field = match caption {
                    Some(words) => caption_field(agent, words).or(under),
                    None => under,
                };
                let mut field = field;
                for (number, item) in items.iter().enumerate() {
                    field = read_item(agent, item, field, ordered.then_some(number + 1));
                }
            }
            Kind::Table { head, rows } => read_table(agent, head, rows, under),
            Kind::Code { caption, language, text, line } => {
                let field = match caption {
                    Some(words) => caption_field(agent, words).or(under),
                    None => under,
                };
                if is_prose(language) && !mermaid::is_flowchart(text) {
                    read_under(agent, &fenced(text, *line, block.span.start), field);
                } else if language != "mermaid" && !mermaid::is_flowchart(text) {
                    for (at, text) in text.lines().enumerate() {
                        apply(agent, field, text, line + at);
                    }
                }
            }
        }
    }
}

fn read_heading(agent: &mut DraftAgent, words: &Words) -> Option<Field> {
    match field::label(words) {
        Some((field, at)) => {
            apply(agent, Some(field), &words.text[at..], words.line);
            Some(field)
        }
        None => {
            let field = field::field_of(&words.text);
            if field.is_none() {
                apply(agent, None, &words.text, words.line);
            }
            field
        }
    }
}

/// Reads the line above a list: a label, or a sentence that stays one.
fn caption_field(agent: &mut DraftAgent, words: &Words) -> Option<Field> {
    let found = field::label(words);
    match found {
        Some((field, at)) => apply(agent, Some(field), &words.text[at..], words.line),
        None => apply(agent, None, &words.text, words.line),
    }
    found.map(|(field, _)| field)
}

/// Reads an entry of a list; returns what the entries behind it are about, where a line of it says so outright.
fn read_item(agent: &mut DraftAgent, item: &Item, under: Option<Field>, number: Option<usize>) -> Option<Field> {
    let mut inner = under;
    let mut behind = under;
    for (at, words) in item.lines.iter().enumerate() {
        // `OUTPUT: …` right below an entry is no part of it: the blank line between them was left out.
        let outright = at > 0 && field::is_outright(words);
        match field::label(words).filter(|_| outright || opens_fields(under)) {
            Some((field, start)) => {
                apply(agent, Some(field), &words.text[start..], words.line);
                inner = Some(field);
                if outright {
                    behind = inner;
                }
            }
            None => {
                let field = if at > 0 { behind } else { under };
                let steps = matches!(under, None | Some(Field::How | Field::Task | Field::Tools));
                match number.filter(|_| at == 0 && steps) {
                    Some(number) => apply(agent, field, &format!("{number}. {}", words.text), words.line),
                    None => apply(agent, field, &words.text, words.line),
                }
            }
        }
    }
    read_under(agent, &item.inner, inner);
    behind
}

/// Returns whether a label in a list opens a field of its own: below criteria, "Input: stays empty" is a criterion.
fn opens_fields(under: Option<Field>) -> bool {
    match under {
        None | Some(Field::Output | Field::TimeBox | Field::Phase) => true,
        Some(Field::Criteria | Field::How | Field::Task | Field::Reads | Field::Tools | Field::Needs) => false,
    }
}

/// Reads a table of labels and values, or else its cells as lines.
fn read_table(agent: &mut DraftAgent, head: &[Words], rows: &[Vec<Words>], under: Option<Field>) {
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        let Some((first, rest)) = row.split_first() else { continue };
        let value = rest.iter().map(|cell| cell.text.as_str()).filter(|cell| !cell.is_empty()).collect::<Vec<_>>();
        let line = row.iter().map(|cell| cell.line).max().unwrap_or(0);
        match field::field_of(&first.text) {
            Some(field) => apply(agent, Some(field), &value.join(", "), line),
            None if std::ptr::eq(row, head) => {}
            None => apply(agent, under, &[&[first.text.as_str()], value.as_slice()].concat().join(": "), line),
        }
    }
}

fn apply(agent: &mut DraftAgent, field: Option<Field>, value: &str, line: usize) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    for tool in tools::tools(value) {
        if !agent.tools.contains(&tool) {
            agent.tools.push(tool);
        }
    }
    let (text, limit) = spoken::without_limit(value);
    if field != Some(Field::Criteria) && agent.time_box.is_none() {
        agent.time_box = limit.or_else(|| spoken::time_limit(value));
    }
    match field {
        Some(Field::Task) => {
            agent.task.push(text);
            look_for_files(agent, value, line);
        }
        Some(Field::How) | None => {
            if !text.is_empty() {
                agent.how.push(text);
            }
            look_for_files(agent, value, line);
        }
        Some(Field::Tools) => {
            agent.told_tools.push(text.clone());
            if !tools::is_only_names(&text) {
                agent.how.push(text);
            }
            look_for_files(agent, value, line);
        }
        Some(Field::Output) => output(agent, value, line),
        Some(Field::Criteria) => agent.criteria.extend(criteria(&text)),
        Some(Field::Reads) => reads(agent, value, line),
        Some(Field::TimeBox) => agent.time_box = spoken::duration_of(value).or(agent.time_box),
        Some(Field::Needs) => needs(agent, value, line),
        Some(Field::Phase) => {
            let told = section::phase(&format!("phase {value}")).or_else(|| section::phase(value));
            if let Some(phase) = told {
                agent.phase = phase;
                agent.told_phase = true;
            }
        }
    }
}

const WRITES: [&str; 12] = [
    "write",
    "save",
    "output",
    "report to",
    "create",
    "produce",
    "store",
    "put ",
    "document",
    "generate",
    "deliver",
    "into",
];

/// Takes the files of a sentence: the report where it is told to write one, else files to read.
fn look_for_files(agent: &mut DraftAgent, text: &str, line: usize) {
    for found in path::mentions(text) {
        let before = text[..found.at].to_lowercase();
        let writes = WRITES.iter().any(|word| before.contains(word));
        let in_team = found.path.contains(".claude-team");
        if writes && (in_team || found.path.contains("..")) && agent.told_output.is_none() {
            agent.told_output = Some(Told { text: found.path, line });
        } else if !in_team && !writes {
            read(agent, found.path, line);
        }
    }

    fn read(agent: &mut DraftAgent, path: String, line: usize) {
        if agent.reads.iter().all(|known| known.text != path) {
            agent.reads.push(Told { text: path, line });
        }
    }
}

fn output(agent: &mut DraftAgent, value: &str, line: usize) {
    let found = path::mentions(value);
    let best = found.iter().find(|found| found.path.contains(".claude-team")).or(found.first()).cloned();
    let best = best.or_else(|| {
        // A quoted word alone is a path, whatever its ending.
        let word = value.trim_matches(['`', '"', '\'', '.', ' ']);
        let alone = !word.contains(char::is_whitespace) && word.contains('/');
        alone.then(|| path::Mention { path: word.to_owned(), quoted: true, at: 0, end: value.len() })
    });
    let mut more = value.to_owned();
    if let Some(best) = best.filter(|_| agent.told_output.is_none()) {
        more.replace_range(best.at..best.end, "");
        agent.told_output = Some(Told { text: best.path, line });
    }
    let says_more =
        |word: &str| word.contains(char::is_alphanumeric) && !WRITING.contains(&format!(" {} ", word.to_lowercase()));
    if more.split(|c: char| !c.is_alphanumeric()).filter(|word| says_more(word)).count() > 2 {
        agent.how.push(format!("Output: {value}"));
    }
}

/// Words that only say that something is written somewhere.
const WRITING: &str = " write save put store your the a an all findings finding results result report reports to into in as at \
    file under output markdown md of it this its with full final and then path create produce ";

fn reads(agent: &mut DraftAgent, value: &str, line: usize) {
    let found = path::mentions(value);
    let mut words: Vec<String> = found.into_iter().map(|found| found.path).collect();
    if words.is_empty() {
        let parts = value.split([',', ';']).map(|part| part.trim().trim_matches('`'));
        words = parts.filter(|part| part.contains('/') && !part.contains(' ')).map(str::to_owned).collect();
    }
    if words.is_empty() {
        agent.how.push(format!("Read: {value}"));
    }
    for text in words {
        if agent.reads.iter().all(|known| known.text != text) {
            agent.reads.push(Told { text, line });
        }
    }
}

fn needs(agent: &mut DraftAgent, value: &str, line: usize) {
    let nothing = ["", "none", "nothing", "n/a", "na", "-", "–", "—", "no one", "nobody", "no", "null"];
    for part in value.split([',', ';', '&', '+']).flat_map(|part| part.split(" and ")) {
        let part = part.trim().trim_matches(['`', '*', '.', '[', ']', '"', '\'']).trim();
        if !nothing.contains(&part.to_lowercase().as_str()) {
            agent.told_needs.push(Told { text: part.to_owned(), line });
        }
    }
}

/// Words that open a criterion.
const VERBS: &str = " validate identify assess verify check confirm ensure document list find report measure review test analyze \
    analyse evaluate recommend define describe produce provide propose map name show prove compare estimate quantify cover \
    explain highlight flag detect trace audit inspect rank rate score summarize summarise note record write create determine \
    outline catalog catalogue enumerate demonstrate reproduce fix add update examine ";

/// Splits a sentence of criteria joined by commas where each part is one: `Validate x, identify y, assess z`.
pub(super) fn criteria(text: &str) -> Vec<String> {
    let text = text.trim();
    let by_semicolon: Vec<&str> = text.split("; ").collect();
    let parts: Vec<&str> = if by_semicolon.len() > 1 { by_semicolon } else { text.split(", ").collect() };
    let semicolons = text.contains("; ");
    let opens = |part: &&str| {
        let first = part.trim().trim_start_matches("and ").split_whitespace().next().unwrap_or("").to_lowercase();
        VERBS.contains(&format!(" {first} "))
    };
    if parts.len() > 1 && (semicolons || parts.iter().all(opens)) {
        let clean = parts.iter().map(|part| part.trim().trim_start_matches("and ").trim().to_owned());
        return clean.filter(|part| !part.is_empty()).collect();
    }
    if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_in_one_sentence_are_told_apart() {
        assert_eq!(
            criteria("Validate $4,300-8,700/month budget, assess performance SLAs, identify cost optimizations"),
            ["Validate $4,300-8,700/month budget", "assess performance SLAs", "identify cost optimizations"]
        );
        assert_eq!(criteria("Check parser, lexer and printer"), ["Check parser, lexer and printer"]);
        assert_eq!(criteria("one is found; two are named"), ["one is found", "two are named"]);
    }
}
