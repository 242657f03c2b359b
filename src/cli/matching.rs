//! `match`: one job of many goes through some bands of all shards.

use super::options::Running;
use super::sketch::{told, would};
use super::{End, signals};
use crate::pipeline::shards::{self, BandRange, Step};
use anyhow::Result;
use std::path::PathBuf;

/// Find and compare what shares some bands, in all shards: run as an array of jobs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Every job remembers the signatures of all shards, as run does.\n\nExamples:\n  newsfold match work --band-range \
                        0..8\n  newsfold match work --band-range 1/4    the first quarter of the bands"
)]
pub(super) struct Args {
    /// Folder with the files of all jobs
    #[arg(required_unless_present = "print_config", value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Bands A up to B, counted from 0, B being none of them; or the ith of n equal parts as i/n
    #[arg(long, required_unless_present = "print_config", value_name = "A..B")]
    band_range: Option<String>,
    /// Compare all pairs that merge --edges asks for, which it does itself otherwise
    #[arg(long)]
    edges: bool,
    #[command(flatten)]
    running: Running,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let Args { dir, band_range, edges, running } = args;
    let dir = dir.clone().unwrap_or_default();
    let range: BandRange = band_range.clone().unwrap_or_default().parse()?;
    running.check(None)?;
    if running.dry_run {
        let ready = shards::ready(&dir, Step::Match(range))?;
        return would(running, &format!("match bands of {} sketches, which have {}", ready.sketches, ready.bands));
    }
    signals::catch("nothing was left")?;
    let left = shards::match_bands(&dir, range, *edges, &running.going(), &*running.watch(false))?;
    told(&left, "match", running)
}
