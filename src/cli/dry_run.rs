//! `--dry-run`: what a verb would do, having looked at all that can be looked at; nothing is written.

use super::options::Running;
use super::{End, show};
use crate::input::Found;
use crate::output::{self, Place};
use crate::pipeline::Pipeline;
use anyhow::Result;
use indicatif::{HumanBytes, HumanCount};
use std::path::Path;

/// So many inputs are named.
const NAMED: usize = 5;

/// Checks what the job would check, and says what it would do; without a folder, it is a filter.
pub(super) fn run(job: &Pipeline, out: Option<&Path>, running: &Running) -> Result<End> {
    let found = job.plan(out)?;
    let place = out.map(output::check).transpose()?;
    let plan = Plan { job, found: &found, out, place };
    if running.json {
        show::text(&show::json(&plan.json())?)?;
    } else if !running.quiet {
        show::text(&plan.table())?;
    }
    Ok(End::Done)
}

struct Plan<'a> {
    job: &'a Pipeline,
    found: &'a Found,
    out: Option<&'a Path>,
    place: Option<Place>,
}

impl Plan<'_> {
    fn first(&self) -> Vec<&str> {
        self.found.inputs.iter().take(NAMED).map(|input| &*input.name).collect()
    }

    fn json(&self) -> serde_json::Value {
        let (params, shape) = (&self.job.params, self.job.params.shape());
        serde_json::json!({
            "dry_run": true, "verb": self.job.verb.name(),
            "inputs": self.found.inputs.len(), "bytes": self.found.bytes(), "formats": self.found.formats(),
            "first": self.first(), "passed_over_files": self.found.passed_over.len(),
            "out": self.out.map(|out| out.display().to_string()), "replaces": self.place == Some(Place::Result),
            "fingerprint": params.fingerprint(), "bands": shape.bands, "rows": shape.rows,
        })
    }

    fn table(&self) -> String {
        let shape = self.job.params.shape();
        let mut lines = vec![("would", self.job.verb.name().to_owned()), ("inputs", self.inputs())];
        lines.extend(self.first().into_iter().map(|name| ("", name.to_owned())));
        let (inputs, passed_over) = (self.found.inputs.len(), self.found.passed_over.len());
        if inputs > NAMED {
            lines.push(("", format!("and {} more", HumanCount((inputs - NAMED) as u64))));
        }
        if passed_over > 0 {
            lines.push(("passed over", format!("{} of no format that is read", HumanCount(passed_over as u64))));
        }
        lines.push(("result", self.result()));
        lines.push(("fingerprint", self.job.params.fingerprint()));
        lines.push(("cut", format!("{} bands of {} rows", shape.bands, shape.rows)));
        lines.push(("", "nothing was written (--dry-run)".to_owned()));
        show::table(&lines)
    }

    fn inputs(&self) -> String {
        let count = HumanCount(self.found.inputs.len() as u64);
        let bytes = self.found.bytes().map_or("bytes not known".to_owned(), |bytes| HumanBytes(bytes).to_string());
        let formats =
            self.found.formats().into_iter().map(|(format, count)| format!(", {format} {}", HumanCount(count)));
        format!("{count}, {bytes}{}", formats.collect::<String>())
    }

    fn result(&self) -> String {
        let Some(out) = self.out else { return "to standard output".to_owned() };
        let how = match self.place {
            Some(Place::Result) => "which holds an earlier result, to be replaced",
            Some(Place::Empty) => "which is empty",
            Some(Place::New) | None => "which is to be made",
        };
        format!("{}, {how}", out.display())
    }
}
