//! `--prometheus FILE`: what a run came to, as the textfile collector of Prometheus' node_exporter reads it.
//!
//! One line a number, with its HELP and TYPE before it (the text format 0.0.4). The file is replaced at one stroke after
//! the result is published; a run that fails leaves the old one, whose age tells.

use super::show;
use crate::error::Error;
use crate::output;
use crate::pipeline::Outcome;
use std::fmt::{Display, Write as _};
use std::path::{Path, PathBuf};

/// Refuses a file that could not be written in the end, before the run begins; `out` is where the result goes.
pub(super) fn check(file: &Path, out: Option<&Path>) -> Result<(), Error> {
    let refused = |why| Err(Error::Param { flag: "prometheus", value: file.display().to_string(), why });
    let folder = folder_of(file).canonicalize();
    if !folder.as_ref().is_ok_and(|folder| folder.is_dir()) || file.file_name().is_none() {
        return refused("a file in a folder that is there was expected");
    }
    if file.is_dir() {
        return refused("it is a folder, not a file");
    }
    let out = out.and_then(|out| out.canonicalize().ok());
    match (folder, out) {
        (Ok(folder), Some(out)) if folder.starts_with(&out) => refused("it lies in the folder of the result"),
        _ => Ok(()),
    }
}

fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(file);
    if folder == Path::new("") { PathBuf::from(".") } else { folder.to_owned() }
}

/// Replaces the file. The result is there already, so a failure is told, and the run has not failed.
pub(super) fn write(file: &Path, verb: &str, outcome: &Outcome) {
    if let Err(e) = output::replace_file(file, text(verb, outcome).as_bytes()) {
        show::error(&format!("--prometheus: {e}"));
    }
}

fn text(verb: &str, outcome: &Outcome) -> String {
    let mut page = Page::default();
    page.head("newsfold_info", "The program, and what it did last.");
    page.sample("newsfold_info", &[("version", env!("CARGO_PKG_VERSION")), ("verb", verb)], 1);
    page.number("newsfold_records_read", "Records read.", outcome.read);
    page.number("newsfold_records_accepted", "Records accepted.", outcome.accepted());
    page.head("newsfold_records_rejected", "Records rejected, by reason.");
    for &(reason, count) in &outcome.rejected_by_reason {
        page.sample("newsfold_records_rejected", &[("reason", reason)], count);
    }
    page.number("newsfold_bad_date", "Documents whose date could not be read.", outcome.bad_date);
    page.number("newsfold_implausible_date", "Documents whose date is not to be believed.", outcome.implausible_date);
    page.number("newsfold_kept", "Documents kept, one of each group.", outcome.kept);
    for (name, help, number) in [
        ("newsfold_groups_of_two_or_more", "Groups of near-duplicates.", outcome.groups_of_two_or_more),
        ("newsfold_exact_copies", "Documents that repeat another word for word.", outcome.exact_copies),
        ("newsfold_events", "Events.", outcome.events),
    ] {
        number.into_iter().for_each(|number| page.number(name, help, number));
    }
    page.number("newsfold_input_bytes", "Bytes of input read.", outcome.bytes);
    page.number("newsfold_run_seconds", "Seconds the run took.", outcome.seconds);
    page.head("newsfold_stage_seconds", "Seconds a stage of the run took.");
    for stage in &outcome.stages {
        page.sample("newsfold_stage_seconds", &[("stage", stage.stage)], stage.seconds);
    }
    page.number("newsfold_peak_memory_bytes", "Memory resident at once, at most.", outcome.peak_memory_bytes);
    page.0
}

/// Text in the exposition format.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, help: &str) {
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(label, of)| format!("{label}=\"{}\"", escaped(of))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn number(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, help);
        self.sample(name, &[], value);
    }
}

/// The value of a label, as the format has it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut page = Page::default();
        page.sample("x", &[("a", "C:\\\"b\"\nc"), ("d", "")], 0.5);
        assert_eq!(page.0, "x{a=\"C:\\\\\\\"b\\\"\\nc\",d=\"\"} 0.5\n");
    }
}
