//! What a run came to, in some ten lines or as one JSON object.

use super::{Lines, table, table_on_stderr};
use crate::pipeline::Outcome;
use anyhow::Result;
use indicatif::{HumanBytes, HumanCount};
use std::path::Path;

/// The end of a run that made a folder.
pub(in crate::cli) fn summary(outcome: &Outcome, out: &Path) -> String {
    let mut lines = numbers(outcome, ", see rejects.jsonl");
    let rate = if outcome.seconds > 0.0 { outcome.bytes as f64 / outcome.seconds } else { 0.0 };
    let memory = HumanBytes(outcome.peak_memory_bytes);
    lines
        .push(("took", format!("{:.2} s, {}/s, at most {memory} of memory", outcome.seconds, HumanBytes(rate as u64))));
    lines.push(("result", out.display().to_string()));
    lines.push(("look at", out.join("report.html").display().to_string()));
    table(&lines)
}

/// The end of a filter, for standard error.
pub(in crate::cli) fn filter_summary(outcome: &Outcome) -> String {
    let mut lines = numbers(outcome, "");
    lines.retain(|(name, _)| matches!(*name, "read" | "rejected" | "kept"));
    table_on_stderr(&lines).trim_end().to_owned()
}

fn numbers(outcome: &Outcome, see: &str) -> Lines {
    let mut lines = vec![("read", format!("{} records, {}", count(outcome.read), HumanBytes(outcome.bytes)))];
    if outcome.read == 0 {
        lines.push(("", "there is no record in the input".to_owned()));
    }
    if outcome.rejected > 0 {
        let reasons: Vec<String> =
            outcome.rejected_by_reason.iter().map(|(reason, n)| format!("{reason} {}", count(*n))).collect();
        lines.push(("rejected", format!("{} ({}){see}", count(outcome.rejected), reasons.join(", "))));
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
    lines.push(kept(outcome));
    if let Some(events) = outcome.events {
        lines.push(("events", format!("{}, of {} articles", count(events), count(outcome.kept))));
    }
    lines
}

fn kept(outcome: &Outcome) -> (&'static str, String) {
    let accepted = outcome.accepted();
    if outcome.groups_of_two_or_more.is_none() && outcome.events.is_some() {
        return ("documents", format!("{}: near-duplicates were not looked for", count(accepted)));
    }
    let copies = accepted - outcome.kept.min(accepted);
    let (kept, copies) = (count(outcome.kept), count(copies));
    let mut line = format!("{kept} of {} documents, {copies} near-duplicates left out", count(accepted));
    if let (Some(groups), Some(exact)) = (outcome.groups_of_two_or_more, outcome.exact_copies) {
        line += &format!(" ({} groups; {} word for word)", count(groups), count(exact));
    }
    ("kept", line)
}

fn count(n: u64) -> String {
    HumanCount(n).to_string()
}

/// The end of a run as one JSON object.
pub(in crate::cli) fn outcome_json(outcome: &Outcome) -> Result<String> {
    let reasons: serde_json::Map<String, serde_json::Value> =
        outcome.rejected_by_reason.iter().map(|&(reason, n)| (reason.to_owned(), n.into())).collect();
    super::json(&serde_json::json!({
        "read": outcome.read, "accepted": outcome.accepted(), "rejected": outcome.rejected, "rejected_by_reason": reasons,
        "already_seen": outcome.already_seen, "unchanged": outcome.unchanged, "taken_up": outcome.taken_up,
        "boilerplate": outcome.left_out,
        "bad_date": outcome.bad_date, "implausible_date": outcome.implausible_date, "exact_copies": outcome.exact_copies, "kept": outcome.kept,
        "groups_of_two_or_more": outcome.groups_of_two_or_more, "events": outcome.events, "bytes": outcome.bytes,
        "seconds": outcome.seconds, "peak_memory_bytes": outcome.peak_memory_bytes,
    }))
}
