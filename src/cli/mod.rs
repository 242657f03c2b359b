//! The program: one verb a file, the same paragraphs in each; clap stops here.

mod advice;
mod audit;
mod cluster;
mod config;
mod dedup;
mod dry_run;
mod eval;
mod explain;
mod help;
mod log;
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
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;

/// Turns a crawl of news into what is new: near-duplicate groups, event clusters, the articles to keep
#[derive(Debug, Parser)]
#[command(name = "newsfold", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = help::FIRST_STEPS_SHORT, after_long_help = help::FIRST_STEPS)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Tell on stderr what is decided and done; with -vv of every file
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Running")]
    verbose: u8,
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
    Completions(help::Completions),
    Man(help::Manual),
}

/// How a verb ended, where it did not fail.
enum End {
    Done,
    /// Published, but more was rejected than allowed.
    Rejects,
}

/// Runs the program with these arguments, the first its name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    show::begin();
    let ended = run_with(arguments.into_iter().collect());
    // A signal that is ending the process does so here, whatever the run met meanwhile; one that comes later is too late.
    output::publishing();
    match ended {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Rejects) => ExitCode::from(3),
        Err(error) => failure(&error),
    }
}

fn run_with(arguments: Vec<OsString>) -> Result<End> {
    let mut command = Cli::command();
    command.build();
    let arguments = config::with_config(arguments, &command)?;
    let given = command.try_get_matches_from_mut(&arguments.all).map_err(|error| {
        if let Some(config) = arguments.config_to_blame(&error) {
            show::error(&format!("in the config file {}:", config.display()));
        }
        config::with_owner(error, &command)
    })?;
    let (verbose, json) = (given.get_count("verbose"), is_json(&given));
    show::as_json(json);
    log::begin(verbose, json);
    if let Some((verb, given)) = given.subcommand().filter(|(_, given)| config::is_to_be_printed(given)) {
        let config = command.find_subcommand(verb).map(|verb| config::printed(verb, given));
        return show::text(&config.unwrap_or_default()).map(|()| End::Done);
    }
    match Cli::from_arg_matches(&given).map_err(|error| error.format(&mut command))?.verb {
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
        Verb::Completions(args) => args.run(Cli::command()),
        Verb::Man(args) => args.run(Cli::command()),
    }
}

/// Whether the verb, or the verb within it, was asked to speak JSON.
fn is_json(given: &ArgMatches) -> bool {
    matches!(given.try_get_one("json"), Ok(Some(true))) || given.subcommand().is_some_and(|(_, given)| is_json(given))
}

/// Says what went wrong, and how the process ends.
fn failure(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<clap::Error>() {
        help::answer(error);
        let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
        return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    let known = error.downcast_ref::<Error>();
    let closed_pipe = |io: &std::io::Error| io.kind() == std::io::ErrorKind::BrokenPipe;
    if known.is_some_and(Error::is_closed_pipe) || error.downcast_ref().is_some_and(closed_pipe) {
        return ExitCode::SUCCESS;
    }
    show::error_with_tip(&error.to_string(), advice::on(error));
    ExitCode::from(if known.is_some_and(Error::is_usage) || error.is::<config::BadConfig>() { 2 } else { 1 })
}
