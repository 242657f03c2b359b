//! The program: one verb a file, the same paragraphs in each; clap stops here.

mod audit;
mod cluster;
mod dedup;
mod dry_run;
mod eval;
mod explain;
mod matching;
mod merge;
mod nightly;
mod options;
mod progress;
mod prometheus;
mod report;
mod run;
mod show;
mod signals;
mod sketch;
mod store;
mod synth;
mod trim;
mod tune;

use crate::error::Error;
use crate::output;
use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Turns a crawl of news into what is new: near-duplicate groups, event clusters, the articles to keep.
#[derive(Debug, Parser)]
#[command(name = "newsfold", version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Args),
    Dedup(dedup::Args),
    Cluster(cluster::Args),
    Nightly(nightly::Args),
    Store(store::Args),
    Sketch(sketch::Args),
    Trim(trim::Args),
    Match(matching::Args),
    Merge(merge::Args),
    Eval(eval::Args),
    Audit(audit::Args),
    Explain(explain::Args),
    Synth(synth::Args),
    Report(report::Args),
    Tune(tune::Args),
}

/// How a verb ended, where it did not fail.
enum End {
    Done,
    /// Published, but more was rejected than allowed.
    Rejects,
}

/// Runs the program with these arguments, the first its name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let ended = options::with_config(arguments.into_iter().collect(), &Cli::command()).and_then(parse_and_run);
    // A signal that is ending the process does so here, whatever the run met meanwhile; one that comes later is too late.
    output::publishing();
    match ended {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Rejects) => ExitCode::from(3),
        Err(error) => failure(&error),
    }
}

fn parse_and_run(arguments: Vec<OsString>) -> Result<End> {
    match Cli::try_parse_from(arguments)?.verb {
        Verb::Run(args) => run::run(args),
        Verb::Dedup(args) => dedup::run(args),
        Verb::Cluster(args) => cluster::run(args),
        Verb::Nightly(args) => nightly::run(args),
        Verb::Store(args) => store::run(args),
        Verb::Sketch(args) => sketch::run(args),
        Verb::Trim(args) => trim::run(&args),
        Verb::Match(args) => matching::run(&args),
        Verb::Merge(args) => merge::run(&args),
        Verb::Eval(args) => eval::run(&args),
        Verb::Audit(args) => audit::run(&args),
        Verb::Explain(args) => explain::run(&args),
        Verb::Synth(args) => synth::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Tune(args) => tune::run(&args),
    }
}

/// Says what went wrong, and how the process ends.
fn failure(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<clap::Error>() {
        _ = error.print();
        let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let known = error.downcast_ref::<Error>();
    let closed_pipe = |io: &std::io::Error| io.kind() == std::io::ErrorKind::BrokenPipe;
    if known.is_some_and(Error::is_closed_pipe) || error.downcast_ref().is_some_and(closed_pipe) {
        return ExitCode::SUCCESS;
    }
    show::error(&error.to_string());
    ExitCode::from(if known.is_some_and(Error::is_usage) || error.is::<options::BadConfig>() { 2 } else { 1 })
}
