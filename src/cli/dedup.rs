//! `dedup`: near-duplicates only, into a folder or as a filter.

use super::options::Options;
use super::run::{self, Crawl};
use super::{End, dry_run, show, signals};
use crate::error::Error;
use crate::group::Keep;
use crate::pipeline::{self, Verb};
use anyhow::Result;
use std::io;
use std::path::PathBuf;

/// Near-duplicates only; with - and no --out, a filter from standard input to standard output
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  newsfold dedup crawl/ --out result\n  zcat crawl.jsonl.gz | newsfold dedup - > kept.jsonl\n  \
                        tail -f feed.jsonl | newsfold dedup - --keep first | consume"
)]
pub(super) struct Args {
    /// Files, folders, globs, or - for standard input
    #[arg(required_unless_present = "print_config", value_name = "INPUT")]
    inputs: Vec<String>,
    /// Folder of the result; made, or replaced if it holds an earlier result
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
    if out.is_some() || options.printed_config()?.is_some() {
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
    let outcome = pipeline::filter(&job, &mut io::BufWriter::new(io::stdout()), rejects.as_deref(), &*watch)?;
    options.running.write_counts(job.verb.name(), &outcome);
    if options.running.json {
        show::note(&show::json(&outcome)?);
    } else if !options.running.quiet {
        show::note(&show::filter_summary(&outcome));
    }
    show::ending(&outcome, &options.judging)
}
