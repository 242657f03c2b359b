//! What people see: bars while a run goes on, a summary at its end, one line for an error.
//!
//! Bars and notes go to standard error, and only bars need a terminal: a pipe stays silent until the summary. No control
//! character of a crawl, a path or a message reaches the terminal.

use super::End;
use super::options::Judging;
use crate::pipeline::Outcome;
use crate::stats::{Stage, Unit, Watch};
use anyhow::Result;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A bar a stage.
pub(super) struct Bars {
    is_shown: bool,
    bar: Mutex<ProgressBar>,
}

impl Bars {
    /// Shown on a terminal, unless they are to be quiet.
    pub(super) fn new(quiet: bool) -> Self {
        let is_shown = !quiet && io::stderr().is_terminal();
        Bars { is_shown, bar: Mutex::new(ProgressBar::hidden()) }
    }

    fn bar(&self) -> std::sync::MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Bars {
    fn begin(&self, stage: &'static str, total: Option<u64>, unit: Unit) {
        if !self.is_shown {
            return;
        }
        let (done, rate) = match unit {
            Unit::Bytes => ("{bytes}/{total_bytes}", "{binary_bytes_per_sec}"),
            Unit::Documents | Unit::Steps => ("{human_pos}/{human_len}", "{per_sec}"),
        };
        let template = match total {
            Some(_) => format!("{{prefix:>11}} {{wide_bar:.cyan/dim}} {done} {rate} {{eta}} left"),
            None => format!("{{prefix:>11}} {{spinner}} {} {rate} {{elapsed}}", done.split('/').next().unwrap_or(done)),
        };
        let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style);
        let bar = bar.with_prefix(stage).with_finish(ProgressFinish::AndClear);
        bar.enable_steady_tick(Duration::from_millis(100));
        *self.bar() = bar;
    }

    fn advance(&self, done: u64) {
        self.bar().inc(done);
    }

    fn end(&self, stage: &Stage) {
        if !self.is_shown {
            return;
        }
        self.bar().finish_and_clear();
        let rate =
            if stage.bytes > 0 { format!("  {}/s", HumanBytes(stage.bytes_per_s as u64)) } else { String::new() };
        note(&format!(
            "{:>11}  {:>12}  {:>8.2} s{rate}",
            stage.stage,
            HumanCount(stage.items).to_string(),
            stage.seconds
        ));
    }
}

/// The end of a run that made a folder, in some ten lines.
pub(super) fn summary(outcome: &Outcome, out: &Path) -> String {
    let mut lines = numbers(outcome);
    let share = if outcome.seconds > 0.0 { outcome.bytes as f64 / outcome.seconds } else { 0.0 };
    lines.push((
        "took",
        format!(
            "{:.2} s, {}/s, at most {} of memory",
            outcome.seconds,
            HumanBytes(share as u64),
            HumanBytes(outcome.peak_memory_bytes)
        ),
    ));
    lines.push(("result", out.display().to_string()));
    lines.push(("look at", out.join("report.html").display().to_string()));
    table(&lines)
}

/// The end of a filter.
pub(super) fn filter_summary(outcome: &Outcome) -> String {
    let mut lines = numbers(outcome);
    lines.retain(|(name, _)| matches!(*name, "read" | "rejected" | "kept"));
    table(&lines).trim_end().to_owned()
}

fn numbers(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let count = |n: u64| HumanCount(n).to_string();
    let mut lines = vec![("read", format!("{} records, {}", count(outcome.read), HumanBytes(outcome.bytes)))];
    if outcome.rejected > 0 {
        let reasons: Vec<String> =
            outcome.rejected_by_reason.iter().map(|(reason, n)| format!("{reason} {}", count(*n))).collect();
        lines.push(("rejected", format!("{} ({}), see rejects.jsonl", count(outcome.rejected), reasons.join(", "))));
    }
    if !outcome.taken_up.is_empty() {
        lines.push(("taken up", format!("{}, which a run that was ended had found", outcome.taken_up.join(" and "))));
    }
    let dates = [(outcome.bad_date, "could not be read"), (outcome.implausible_date, "are not to be believed")];
    let dates = dates.iter().filter(|(bad, _)| *bad > 0).map(|(bad, what)| format!("{} {what}", count(*bad)));
    let dates = dates.collect::<Vec<_>>().join(" and ");
    if !dates.is_empty() {
        lines.push(("dates", format!("{dates}; those documents count as undated")));
    }
    if !outcome.passed_over.is_empty() {
        let (named, more) = (outcome.passed_over.iter().take(3), outcome.passed_over.len().saturating_sub(3));
        let named: Vec<&str> = named.map(String::as_str).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(("passed over", format!("{}{more}: of no format that is read", named.join(", "))));
    }
    let left_out = outcome.left_out;
    if left_out.documents > 0 {
        lines.push((
            "boilerplate",
            format!(
                "{} words of {} documents left out: {} lines that {} sources repeat",
                count(left_out.words),
                count(left_out.documents),
                count(left_out.lines),
                count(left_out.sources)
            ),
        ));
    }
    let copies = outcome.accepted() - outcome.kept.min(outcome.accepted());
    let mut kept = format!(
        "{} of {} documents, {} near-duplicates left out",
        count(outcome.kept),
        count(outcome.accepted()),
        count(copies)
    );
    if let (Some(groups), Some(exact)) = (outcome.groups_of_two_or_more, outcome.exact_copies) {
        kept += &format!(" ({} groups; {} word for word)", count(groups), count(exact));
    }
    lines.push(("kept", kept));
    if let Some(events) = outcome.events {
        lines.push(("events", count(events)));
    }
    lines
}

/// Named values, a line each.
pub(super) fn table(lines: &[(&str, String)]) -> String {
    lines.iter().fold(String::new(), |mut table, (name, value)| {
        _ = writeln!(table, "{}", format!("{name:>11}  {}", plain(value)).trim_end());
        table
    })
}

/// The end of a run as one JSON object.
pub(super) fn json(outcome: &Outcome) -> Result<String> {
    let reasons: serde_json::Map<String, serde_json::Value> =
        outcome.rejected_by_reason.iter().map(|&(reason, n)| (reason.to_owned(), n.into())).collect();
    let value = serde_json::json!({
        "read": outcome.read, "accepted": outcome.accepted(), "rejected": outcome.rejected, "rejected_by_reason": reasons,
        "already_seen": outcome.already_seen, "unchanged": outcome.unchanged, "taken_up": outcome.taken_up,
        "boilerplate": outcome.left_out,
        "bad_date": outcome.bad_date, "implausible_date": outcome.implausible_date, "exact_copies": outcome.exact_copies, "kept": outcome.kept,
        "groups_of_two_or_more": outcome.groups_of_two_or_more, "events": outcome.events, "bytes": outcome.bytes,
        "seconds": outcome.seconds, "peak_memory_bytes": outcome.peak_memory_bytes,
    });
    Ok(serde_json::to_string(&value)? + "\n")
}

/// How a run that was published ends.
pub(super) fn ending(outcome: &Outcome, judging: &Judging) -> Result<End> {
    if !judging.are_too_many(outcome.refused(), outcome.reject_rate()) {
        return Ok(End::Done);
    }
    let (rejected, read) = (HumanCount(outcome.refused()), HumanCount(outcome.read));
    error(&format!("{rejected} of {read} records were rejected, more than allowed (--max-reject-rate, --strict)"));
    Ok(End::Rejects)
}

/// Writes to standard output.
pub(super) fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?)
}

/// Writes a line to standard error; that nobody reads it is no failure.
pub(super) fn note(line: &str) {
    _ = writeln!(io::stderr(), "{}", line.trim_end());
}

/// Says what went wrong.
pub(super) fn error(message: &str) {
    note(&format!("newsfold: {}", plain(message)));
}

/// Says that the run was stopped; on a terminal a bar may stand where the line would begin.
pub(super) fn stopped(message: &str) {
    if io::stderr().is_terminal() {
        note("");
    }
    error(message);
}

pub(super) fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Text without what could command a terminal: control characters and marks of direction.
fn plain(text: &str) -> String {
    let commands = |c: char| {
        c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if commands(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_commands_the_terminal() {
        assert_eq!(plain("a\x1b[31mb\nc\u{202E}d\u{9b}é"), "a\u{FFFD}[31mb\u{FFFD}c\u{FFFD}d\u{FFFD}é");
    }
}
