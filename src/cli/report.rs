//! `report`: the page again, from a result alone.

use super::{End, show, signals};
use crate::error::Error;
use crate::{output, report};
use anyhow::Result;
use std::path::PathBuf;

/// Write report.html again, from the result folder alone
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsfold run tests/data/sample.jsonl --out result
  newsfold report result")]
pub(super) struct Args {
    /// Folder of a result
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<End> {
    signals::catch("the result is as it was")?;
    let page = report::render(&args.dir).map_err(Error::from)?;
    let path = args.dir.join("report.html");
    output::publishing();
    output::replace_file(&path, page.as_bytes())?;
    show::line(&path.display().to_string())?;
    Ok(End::Done)
}
