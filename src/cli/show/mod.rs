//! What people see: bars while a run goes on, a summary at its end, a line and a next step for an error.
//!
//! Bars and notes go to standard error, and only bars need a terminal: a pipe stays silent until the summary. Nothing of
//! a crawl, a path or a message commands the terminal: control characters are replaced in text and escaped in JSON.
//! Colours are for terminals alone, and not for those of users who have set NO_COLOR.

mod bars;
mod records;
mod summary;

use super::End;
use super::advice;
use super::options::Judging;
use crate::input::Fields;
use crate::pipeline::Outcome;
use anyhow::Result;
pub(super) use bars::Bars;
use console::{Style, Term, measure_text_width};
use indicatif::HumanCount;
pub(super) use records::Records;
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
pub(super) use summary::{filter_summary, outcome_json, summary};

/// Named values, a line each.
pub(super) type Lines = Vec<(&'static str, String)>;

/// Whether standard error is read by a program, which wants an object a line.
static AS_JSON: AtomicBool = AtomicBool::new(false);

/// Whether errors are told as JSON from now on.
pub(super) fn as_json(as_json: bool) {
    AS_JSON.store(as_json, Ordering::Relaxed);
}

/// Finds out who wants colours, before anything is said.
pub(super) fn begin() {
    // Whoever forces colours for all programs may still want none of them.
    if std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty()) {
        console::set_colors_enabled(false);
        console::set_colors_enabled_stderr(false);
    }
}

/// How the name of a value looks.
fn name_style() -> Style {
    Style::new().cyan()
}

/// Named values, a line each.
pub(super) fn table(lines: &[(&str, String)]) -> String {
    laid_out(lines, &name_style(), columns(&Term::stdout()))
}

/// The same for standard error.
pub(super) fn table_on_stderr(lines: &[(&str, String)]) -> String {
    laid_out(lines, &name_style().for_stderr(), columns(&Term::stderr()))
}

/// The columns of a terminal.
fn columns(of: &Term) -> Option<usize> {
    of.size_checked().map(|(_, columns)| columns.into())
}

/// Columns of a name, and what parts it from its value.
const NAME: usize = 11;
const GAP: &str = "  ";

fn laid_out(lines: &[(&str, String)], style: &Style, columns: Option<usize>) -> String {
    let (room, unnamed) = (columns.map(|columns| columns.saturating_sub(NAME + GAP.len())), " ".repeat(NAME));
    let mut table = String::new();
    for (name, value) in lines {
        let named = style.apply_to(format!("{name:>NAME$}")).to_string();
        let mut name = if name.is_empty() { &unnamed } else { &named };
        for piece in wrapped(&plain(value), room) {
            _ = if piece.is_empty() { writeln!(table) } else { writeln!(table, "{name}{GAP}{piece}") };
            name = &unnamed;
        }
    }
    table
}

/// A value in pieces of so many columns, where it has spaces to part it at.
pub(super) fn wrapped(value: &str, columns: Option<usize>) -> Vec<&str> {
    let value = value.trim_end();
    let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
    for (at, _) in value.match_indices(' ').chain([(value.len(), "")]) {
        let is_over = columns.is_some_and(|columns| measure_text_width(&value[start..at]) > columns);
        if is_over && end > start {
            pieces.push(value[start..end].trim_end());
            start = end + 1;
        }
        end = at;
    }
    pieces.push(&value[start..]);
    pieces
}

/// A line of JSON in which nothing commands a terminal, be it shown on one.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    Ok(harmless(&serde_json::to_string(value)?) + "\n")
}

/// The same JSON: outside of texts it has no such character, and in them each may be written by its number.
fn harmless(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut line, c| {
        if is_command(c) {
            _ = write!(line, "\\u{:04x}", c as u32);
        } else {
            line.push(c);
        }
        line
    })
}

/// How a run that was published ends; `out` is the folder of the result, if there is one.
pub(super) fn ending(outcome: &Outcome, judging: &Judging, fields: &Fields, out: Option<&Path>) -> Result<End> {
    if !judging.are_too_many(outcome.refused(), outcome.reject_rate()) {
        return Ok(End::Done);
    }
    let (rejected, read) = (HumanCount(outcome.refused()), HumanCount(outcome.read));
    let message =
        format!("{rejected} of {read} records were rejected, more than allowed (--max-reject-rate, --strict)");
    error_with_tip(&message, advice::on_rejects(outcome, fields, out));
    Ok(End::Rejects)
}

/// Writes to standard output.
pub(super) fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?)
}

/// Writes a line to standard output that may name what others have named.
pub(super) fn line(line: &str) -> Result<()> {
    text(&(plain(line) + "\n"))
}

/// Writes a line to standard error; that nobody reads it is no failure.
pub(super) fn note(line: &str) {
    bars::aside(|| _ = writeln!(io::stderr(), "{}", line.trim_end()));
}

/// Says what went wrong.
pub(super) fn error(message: &str) {
    error_with_tip(message, None);
}

/// Says what went wrong, and what to do next.
pub(super) fn error_with_tip(message: &str, tip: Option<String>) {
    if AS_JSON.load(Ordering::Relaxed) {
        let mut told = serde_json::json!({"error": message});
        tip.into_iter().for_each(|tip| told["tip"] = tip.into());
        return note(&json(&told).unwrap_or_default());
    }
    let red = Style::new().red().bold().for_stderr();
    note(&format!("{} {}", red.apply_to("newsfold:"), plain(message)));
    if let Some(tip) = tip {
        note(&format!("{} {}", Style::new().green().for_stderr().apply_to("     tip:"), plain(&tip)));
    }
}

/// Says that the run was stopped; on a terminal a bar may stand where the line would begin.
pub(super) fn stopped(message: &str) {
    bars::clear();
    if io::stderr().is_terminal() {
        note("");
    }
    error(message);
}

pub(super) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Text without what could command a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if is_command(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Control characters and marks of direction.
pub(super) fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_goes_on_under_itself() {
        assert_eq!(wrapped("one two three four", Some(9)), ["one two", "three", "four"]);
        assert_eq!(wrapped("a_very_long_name and more", Some(9)), ["a_very_long_name", "and more"]);
        assert_eq!((wrapped("one two", None), wrapped("", Some(3))), (vec!["one two"], vec![""]));
        let lines = [("read", "one two three".to_owned()), ("", String::new()), ("", "x".to_owned())];
        let table = laid_out(&lines, &Style::new().force_styling(false), Some(21));
        assert_eq!(table, "       read  one two\n             three\n\n             x\n");
    }

    #[test]
    fn nothing_commands_the_terminal() {
        let attack = "a\x1b[31mb\nc\u{202E}d\u{9b}é\u{7f}";
        assert_eq!(plain(attack), "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d\u{FFFD}é\u{FFFD}");
        let line = json(&[attack]).unwrap();
        assert_eq!(line, "[\"a\\u001b[31mb\\nc\\u202ed\\u009bé\\u007f\"]\n");
        assert_eq!(serde_json::from_str::<[String; 1]>(&line).unwrap(), [attack]);
    }
}
