//! `cluster`: events only.

use super::End;
use super::run::{self, Crawl};
use crate::pipeline::Verb;
use anyhow::Result;

/// Events only: every document its own group
///
/// For a crawl that is free of copies, or of which every copy is to be in its event by itself.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "\
Example:
  newsfold cluster tests/data/sample.jsonl --out events",
    after_long_help = "\
Examples:
  newsfold cluster tests/data/sample.jsonl --out events
  newsfold eval events --gold tests/data/sample.jsonl --field event"
)]
pub(super) struct Args {
    #[command(flatten)]
    crawl: Crawl,
}

pub(super) fn run(args: Args) -> Result<End> {
    run::into_folder(Verb::Cluster, args.crawl)
}
