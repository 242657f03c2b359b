//! `nightly`: one night against everything a store remembers.

use super::run::{Crawl, published};
use super::{End, dry_run, show, signals};
use crate::error::Error;
use crate::input;
use crate::pipeline::{self, Nightly, Verb};
use anyhow::Result;
use std::path::PathBuf;

/// Hold tonight's crawl against what a store remembers of earlier nights: what is new, what goes on; then remember it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  newsfold nightly crawl/2025-01-14/ --store /var/lib/newsfold --out result/2025-01-14\n  newsfold nightly \
                        'CC-NEWS-20250114*.warc.gz' --store store --out result --keep-days 60"
)]
pub(super) struct Args {
    #[command(flatten)]
    crawl: Crawl,
    /// Folder of the store; made, if it is not there
    #[arg(long, required_unless_present = "print_config", value_name = "DIR")]
    store: Option<PathBuf>,
    /// The day this night is called by, such as 2025-01-14; that of its newest document, if not given
    #[arg(long, value_name = "DATE")]
    night: Option<String>,
    /// Forget nights that are older than so many days before the newest; the newest day is one of them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_days: Option<u32>,
}

pub(super) fn run(args: Args) -> Result<End> {
    let Args { crawl: Crawl { inputs, out, options }, store, night, keep_days } = args;
    if let Some(config) = options.printed_config()? {
        return show::text(&config).map(|()| End::Done);
    }
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
        return published(&outcome, Verb::Nightly.name(), &out, &options.running, &options.judging);
    };
    if options.running.json {
        show::text(&show::json(&outcome)?)?;
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
