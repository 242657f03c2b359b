//! `run`: everything.

use super::options::{Judging, Options, Running};
use super::{End, dry_run, show, signals};
use crate::pipeline::{Outcome, Pipeline, Verb};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Read a crawl; write groups, events, the articles to keep and a page for people
///
/// Near-duplicates become groups, of which one article each is kept; what is kept is gathered into events. DIR then holds
/// articles.jsonl, groups.jsonl, events.jsonl, kept.jsonl, versions.jsonl, rejects.jsonl, run.json and report.html. It
/// appears whole or not at all.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "\
Example:
  newsfold run tests/data/sample.jsonl --out result

--help has more of them, and all options.",
    after_long_help = "\
Examples:
  newsfold run tests/data/sample.jsonl --out result
  newsfold run tests/data --out result --dry-run
  newsfold run 'tests/data/*.jsonl' --out result --format parquet --edges
  newsfold run tests/data/sample.jsonl --out result --threshold 0.8 --keep longest
  cat tests/data/sample.jsonl | newsfold run - --out result --quiet
  newsfold run --print-config > newsfold.toml
  newsfold run tests/data/sample.jsonl --out result --config newsfold.toml -v"
)]
pub(super) struct Args {
    #[command(flatten)]
    crawl: Crawl,
}

/// A crawl and the folder its result goes to.
#[derive(Debug, clap::Args)]
pub(super) struct Crawl {
    /// Files, folders, globs, or - for standard input
    ///
    /// JSON Lines, Parquet, CSV, TSV, WARC, WET and .txt, plain or packed with gzip, zstd, bzip2 or xz. Quote a glob, and
    /// newsfold expands it itself, however many files that are.
    #[arg(required_unless_present = "print_config", value_name = "INPUT")]
    pub(super) inputs: Vec<String>,
    /// Folder of the result; made, or replaced if it holds one
    ///
    /// A folder that holds anything else is refused.
    #[arg(long, required_unless_present = "print_config", value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) options: Options,
}

pub(super) fn run(args: Args) -> Result<End> {
    into_folder(Verb::Run, args.crawl)
}

/// What `run`, `dedup` and `cluster` do alike.
pub(super) fn into_folder(verb: Verb, crawl: Crawl) -> Result<End> {
    let Crawl { inputs, out, options } = crawl;
    let (job, out) = (options.job(verb, inputs)?, out.unwrap_or_default());
    options.running.check(Some(&out))?;
    if options.running.dry_run {
        return dry_run::run(&job, Some(&out), &options.running);
    }
    signals::catch("nothing was published")?;
    let outcome = job.run(&out, &*options.running.watch(false))?;
    published(&outcome, &job, &out, &options.running, &options.judging)
}

/// What is told of a result that is in its place, and how the verb ends.
pub(super) fn published(
    outcome: &Outcome,
    job: &Pipeline,
    out: &Path,
    running: &Running,
    judging: &Judging,
) -> Result<End> {
    running.write_counts(job.verb.name(), outcome);
    let summary = if running.json { show::outcome_json(outcome)? } else { show::summary(outcome, out) };
    if !running.quiet || running.json {
        show::text(&summary)?;
    }
    show::ending(outcome, judging, &job.params.input.fields, Some(out))
}
