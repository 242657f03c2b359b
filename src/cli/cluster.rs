//! `cluster`: events only.

use super::End;
use super::run::{self, Crawl};
use crate::pipeline::Verb;
use anyhow::Result;

/// Events only: every document its own group
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    crawl: Crawl,
}

pub(super) fn run(args: Args) -> Result<End> {
    run::into_folder(Verb::Cluster, args.crawl)
}
