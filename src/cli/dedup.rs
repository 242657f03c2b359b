//! `dedup`: near-duplicates only, into a folder or as a filter.

use super::options::Options;
use super::run::{self, Crawl};
use super::{End, dry_run, show, signals};
use crate::error::Error;
use crate::group::Keep;
use crate::pipeline::{self, Verb};
use anyhow::Result;
use std::path::PathBuf;

/// Near-duplicates only; with -, a filter from standard input to standard output
///
/// As a filter it writes the records that are kept, byte for byte, in their order, when all have been read; with --keep
/// first at once, as they come.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "\
Examples:
  newsfold dedup tests/data/sample.jsonl --out result
  newsfold dedup - < tests/data/sample.jsonl > kept.jsonl",
    after_long_help = "\
Examples:
  newsfold dedup tests/data/sample.jsonl --out result
  newsfold dedup tests/data/sample.jsonl --out result --threshold 0.9 --compress zst
  newsfold dedup - < tests/data/sample.jsonl > kept.jsonl
  cat tests/data/sample.jsonl | newsfold dedup - --rejects rejects.jsonl | head -n 3
  cat tests/data/sample.jsonl | newsfold dedup - --keep first --quiet > kept.jsonl"
)]
pub(super) struct Args {
    /// Files, folders, globs, or - for standard input
    #[arg(required_unless_present = "print_config", value_name = "INPUT")]
    inputs: Vec<String>,
    /// Folder of the result; made, or replaced if it holds one
    ///
    /// A folder that holds anything else is refused. Without it the program is a filter, and the only input is -.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// As a filter: write rejected records here
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    rejects: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(args: Args) -> Result<End> {
    let Args { inputs, out, rejects, options } = args;
    if out.is_some() {
        return run::into_folder(Verb::Dedup, Crawl { inputs, out, options });
    }
    if inputs != ["-"] {
        let why = "is needed unless the input is - alone";
        return Err(Error::Param { flag: "out", value: "DIR".to_owned(), why }.into());
    }
    if options.need_a_folder() {
        let why = "is needed by --edges, --annotate, --compress and --no-kept";
        return Err(Error::Param { flag: "out", value: "DIR".to_owned(), why }.into());
    }
    let job = options.job(Verb::Dedup, inputs)?;
    if job.params.boilerplate.learn && job.params.group.keep == Keep::First {
        let why = "records are judged as they come, before anything can be learned: give --out, or another --keep";
        return Err(Error::Param { flag: "learn-boilerplate", value: "with --keep first".to_owned(), why }.into());
    }
    options.running.check(None)?;
    if options.running.dry_run {
        return dry_run::run(&job, None, &options.running);
    }
    signals::catch("the output is not whole")?;
    // Bars on the same terminal as the kept lines would tear both.
    let watch = options.running.watch(show::stdout_is_terminal());
    let outcome = pipeline::filter(&job, &mut show::Records::new(), rejects.as_deref(), &*watch)?;
    options.running.write_counts(job.verb.name(), &outcome);
    if options.running.json {
        show::note(&show::outcome_json(&outcome)?);
    } else if !options.running.quiet {
        show::note(&show::filter_summary(&outcome));
    }
    show::ending(&outcome, &options.judging, &job.params.input.fields, None)
}
