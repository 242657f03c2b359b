//! `trim`: one job of many leaves the boilerplate out that all shards taught.

use super::options::Running;
use super::sketch::{told, would};
use super::{End, signals};
use crate::pipeline::shards::{self, Shard, Step};
use anyhow::Result;
use std::path::PathBuf;

/// Leave boilerplate out of one shard, all being sketched: run as an array of jobs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What outlets repeat is learned from all shards, so it comes after the last of them. Where every line is kept \
                  (--keep-boilerplate, dedup) it has nothing to do, and says so.\n\nExamples:\n  newsfold trim work --shard 3/7"
)]
pub(super) struct Args {
    /// Folder with the files of all jobs
    #[arg(required_unless_present = "print_config", value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The shard, as it was sketched
    #[arg(long, required_unless_present = "print_config", value_name = "I/N")]
    shard: Option<String>,
    #[command(flatten)]
    running: Running,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let Args { dir, shard, running } = args;
    let (dir, shard): (_, Shard) = (dir.clone().unwrap_or_default(), shard.clone().unwrap_or_default().parse()?);
    running.check(None)?;
    if running.dry_run {
        let ready = shards::ready(&dir, Step::Trim(shard))?;
        return would(running, &format!("trim {shard}, having learned from {} sketches", ready.sketches));
    }
    signals::catch("nothing was left")?;
    let left = shards::trim(&dir, shard, &running.going(), &*running.watch(false))?;
    told(&left, "trim", running)
}
