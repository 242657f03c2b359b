//! `run`: everything.

use super::options::{Judging, Options, Running};
use super::{End, dry_run, show, signals};
use crate::pipeline::{self, Outcome, Verb};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Read a crawl; write near-duplicate groups, events, the articles to keep and a page for people
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  newsfold run crawl.jsonl.gz --out result\n  newsfold run 'CC-NEWS-*.warc.gz' --out result --format parquet\n  newsfold run night/ --out result --edges --keep longest\n  \
                        zstdcat big.jsonl.zst | newsfold run - --out result"
)]
pub(super) struct Args {
    #[command(flatten)]
    crawl: Crawl,
}

/// A crawl and the folder its result goes to.
#[derive(Debug, clap::Args)]
pub(super) struct Crawl {
    /// Files, folders, globs, or - for standard input
    #[arg(required_unless_present = "print_config", value_name = "INPUT")]
    pub(super) inputs: Vec<String>,
    /// Folder of the result; made, or replaced if it holds an earlier result
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
    if let Some(config) = options.printed_config()? {
        return show::text(&config).map(|()| End::Done);
    }
    let (job, out) = (options.job(verb, inputs)?, out.unwrap_or_default());
    options.running.check(Some(&out))?;
    if options.running.dry_run {
        return dry_run::run(&job, Some(&out), &options.running);
    }
    signals::catch("nothing was published")?;
    let outcome = pipeline::run(&job, &out, &*options.running.watch(false))?;
    published(&outcome, verb.name(), &out, &options.running, &options.judging)
}

/// What is told of a result that is in its place, and how the verb ends.
pub(super) fn published(
    outcome: &Outcome,
    verb: &str,
    out: &Path,
    running: &Running,
    judging: &Judging,
) -> Result<End> {
    running.write_counts(verb, outcome);
    let summary = if running.json { show::json(outcome)? } else { show::summary(outcome, out) };
    if !running.quiet || running.json {
        show::text(&summary)?;
    }
    show::ending(outcome, judging)
}
