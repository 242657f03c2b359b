//! `merge`: what an array of jobs has left becomes the result of one run.

use super::options::{Judging, Running, Writing};
use super::run::published;
use super::sketch::would;
use super::{End, signals};
use crate::output;
use crate::pipeline::shards::{self, Step};
use anyhow::Result;
use std::path::PathBuf;

/// Make one result of what sketch, trim and match have left: the bytes that one run would have given
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  newsfold merge work --out result\n  newsfold merge work --out result --edges --format parquet"
)]
pub(super) struct Args {
    /// Folder with the files of all jobs
    #[arg(required_unless_present = "print_config", value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Folder of the result; made, or replaced if it holds an earlier result
    #[arg(long, required_unless_present = "print_config", value_name = "RESULT")]
    out: Option<PathBuf>,
    #[command(flatten)]
    options: Merging,
}

#[derive(Debug, clap::Args)]
struct Merging {
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    writing: Writing,
    #[command(flatten)]
    running: Running,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let Args { dir, out, options } = args;
    let Merging { judging, writing, running } = options;
    let (dir, out) = (dir.clone().unwrap_or_default(), out.clone().unwrap_or_default());
    judging.check()?;
    let tables = writing.tables()?;
    running.check(Some(&out))?;
    if running.dry_run {
        let (ready, _) = (shards::ready(&dir, Step::Merge)?, output::check(&out)?);
        return would(running, &format!("merge {} sketches of {} inputs", ready.sketches, ready.inputs));
    }
    signals::catch("nothing was published")?;
    let (job, outcome) = shards::merge(&dir, &out, tables, &running.going(), &*running.watch(false))?;
    published(&outcome, &job, &out, running, judging)
}
