//! `nightly`: one night against everything a store remembers.

use super::run::{Crawl, published};
use super::{End, dry_run, show, signals};
use crate::error::Error;
use crate::input;
use crate::pipeline::{self, Nightly, Verb};
use anyhow::Result;
use std::path::PathBuf;

/// Hold tonight's crawl against all earlier nights: what is new, what goes on
///
/// What the store remembers of earlier nights decides; then tonight is remembered as well. The same input again is the same
/// night, and changes nothing.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "\
Example:
  newsfold nightly tests/data/sample.jsonl --store store --out tonight",
    after_long_help = "\
Examples:
  newsfold nightly tests/data/sample.jsonl --store store --out tonight
  newsfold nightly tests/data/sample.jsonl --store store --out tonight --keep-days 60 --json
  newsfold store stats store"
)]
pub(super) struct Args {
    #[command(flatten)]
    crawl: Crawl,
    /// Folder of the store; made, if it is not there
    #[arg(long, help_heading = "Nights", required_unless_present = "print_config", value_name = "DIR")]
    store: Option<PathBuf>,
    /// Day this night is called by, such as 2025-01-14
    ///
    /// That of its newest document, if not given.
    #[arg(long, help_heading = "Nights", value_name = "DATE")]
    night: Option<String>,
    /// Days of nights that are remembered, the newest among them
    ///
    /// Older nights are forgotten. All are remembered, if not given.
    #[arg(long, help_heading = "Nights", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_days: Option<u32>,
}

pub(super) fn run(args: Args) -> Result<End> {
    let Args { crawl: Crawl { inputs, out, options }, store, night, keep_days } = args;
    let (job, out, store) = (options.job(Verb::Nightly, inputs)?, out.unwrap_or_default(), store.unwrap_or_default());
    options.running.check(Some(&out))?;
    let nightly = Nightly { night: night.as_deref().map(day).transpose()?, job, store, keep_days };
    if options.running.dry_run {
        pipeline::allowed(&nightly)?;
        return dry_run::run(&nightly.job, Some(&out), &options.running);
    }
    signals::catch("nothing was published, and the store is as it was")?;
    let outcome = pipeline::nightly(&nightly, &out, &*options.running.watch(false))?;
    let Some(night) = &outcome.unchanged else {
        return published(&outcome, &nightly.job, &out, &options.running, &options.judging);
    };
    if options.running.json {
        show::text(&show::outcome_json(&outcome)?)?;
    } else if !options.running.quiet {
        show::text(&format!("the store has the night {night} of this very input: nothing was changed\n"))?;
    }
    Ok(End::Done)
}

/// The days from 1970 to that which is written.
fn day(written: &str) -> Result<i32, Error> {
    let why = "a day such as 2025-01-14 was expected";
    let bad = || Error::Param { flag: "night", value: written.to_owned(), why };
    input::last_second(written).map(|second| second.div_euclid(86_400) as i32).ok_or_else(bad)
}
