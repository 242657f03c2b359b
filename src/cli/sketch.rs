//! `sketch`: one job of many reads its share of a crawl.

use super::options::{Deciding, Running};
use super::{End, show, signals};
use crate::pipeline::shards::{self, Left, Shard};
use crate::pipeline::{Tables, Verb};
use anyhow::Result;
use indicatif::{HumanBytes, HumanCount};
use std::path::PathBuf;

/// Read one shard of a crawl into a file, for trim, match and merge: run as an array of jobs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every job is given the same inputs and options, and the same folder on a file system that all see. A file of JSON \
                  lines that is not compressed is cut between two lines; any other is read by one job whole. Records of those are \
                  copied into the job's file, unpacked.\n\nExamples:\n  newsfold sketch crawl/ --shard 3/7 --out work\n  newsfold \
                  sketch crawl/ --shard 4-6/7 --out work    three shards by one job, for a stronger machine\n\nThen: newsfold trim work \
                  --shard 3/7, newsfold match work --band-range 1/4, newsfold merge work --out result"
)]
pub(super) struct Args {
    /// Files, folders or globs: all of the crawl, the same for every job
    #[arg(required_unless_present = "print_config", value_name = "INPUT")]
    inputs: Vec<String>,
    /// Which of how many shards, counted from 1; or several in a row as i-j/n
    #[arg(long, required_unless_present = "print_config", value_name = "I/N")]
    shard: Option<String>,
    /// Folder for the files of all jobs; made, if it is not there
    #[arg(long, required_unless_present = "print_config", value_name = "DIR")]
    out: Option<PathBuf>,
    /// What merge is to give
    #[arg(long, value_name = "VERB", default_value = "run")]
    verb: Verb,
    #[command(flatten)]
    options: Sketching,
}

#[derive(Debug, clap::Args)]
struct Sketching {
    #[command(flatten)]
    deciding: Deciding,
    #[command(flatten)]
    running: Running,
}

pub(super) fn run(args: Args) -> Result<End> {
    let Args { inputs, shard, out, verb, options } = args;
    let Sketching { deciding, running } = &options;
    let job = deciding.job(verb, inputs, Tables::default(), running)?;
    let (shard, out): (Shard, _) = (shard.unwrap_or_default().parse()?, out.unwrap_or_default());
    running.check(None)?;
    if running.dry_run {
        let (found, bytes) = shards::plan_sketch(&job, shard, &out)?;
        let bytes = bytes.map_or("bytes not known".to_owned(), |bytes| HumanBytes(bytes).to_string());
        let count = HumanCount(found.inputs.len() as u64);
        return would(running, &format!("sketch {shard}: {count} inputs, {bytes}"));
    }
    signals::catch("nothing was left")?;
    let left = shards::sketch(&job, shard, &out, &*running.watch(false))?;
    told(&left, "sketch", running)
}

/// What a step would do, all that it takes being there.
pub(super) fn would(running: &Running, what: &str) -> Result<End> {
    if running.json {
        show::text(&show::json(&serde_json::json!({"dry_run": true, "would": what}))?)?;
    } else if !running.quiet {
        show::text(&show::table(&[("would", what.to_owned()), ("", "nothing was written (--dry-run)".to_owned())]))?;
    }
    Ok(End::Done)
}

/// What is told of the file that a job has left.
pub(super) fn told(left: &Left, verb: &str, running: &Running) -> Result<End> {
    let Left { file, outcome, bands } = left;
    running.write_counts(verb, outcome);
    if running.json {
        let value = serde_json::json!({
            "verb": verb, "file": file, "bands": bands, "read": outcome.read, "rejected": outcome.rejected,
            "bytes": outcome.bytes, "seconds": outcome.seconds, "peak_memory_bytes": outcome.peak_memory_bytes,
        });
        show::text(&show::json(&value)?)?;
    } else if !running.quiet {
        let none = || "nothing, as there was nothing to do".to_owned();
        let mut lines = vec![("left", file.as_ref().map_or_else(none, |file| file.display().to_string()))];
        if outcome.read > 0 {
            let (read, rejected) = (HumanCount(outcome.read), HumanCount(outcome.rejected));
            lines.push(("read", format!("{read} records, {rejected} of them bad")));
        }
        lines.push(("bands", format!("0..{bands} are to be matched")));
        let memory = HumanBytes(outcome.peak_memory_bytes);
        lines.push(("took", format!("{:.2} s, at most {memory} of memory", outcome.seconds)));
        show::text(&show::table(&lines))?;
    }
    Ok(End::Done)
}
