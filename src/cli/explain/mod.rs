//! `explain`: why a document is in its group and event, or why two are together or apart.

mod lines;
mod one;
mod two;

use super::{End, show};
use crate::explain::Answer;
use crate::pipeline;
use anyhow::Result;
use std::path::PathBuf;

/// Say why a document is where it is, or why two are together or apart
///
/// Its group and its event, with the numbers that decided.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the input again; the paths in run.json are looked up as they were given to the run.

Examples:
  newsfold run tests/data/sample.jsonl --out result
  newsfold explain result a38
  newsfold explain result a38 a59
  newsfold explain result a38 a23 --json")]
pub(super) struct Args {
    /// Folder of a result of run, dedup or cluster
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Id of a document
    #[arg(value_name = "ID")]
    id: String,
    /// Id of another one, to compare the two
    #[arg(value_name = "ID")]
    other: Option<String>,
    /// Folder for copies of compressed input while it is read; the system's own, if not given
    #[arg(long, value_name = "DIR")]
    temp: Option<PathBuf>,
    /// Threads; as many as there are processors, if not given
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// No bars
    #[arg(long, short)]
    quiet: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let Args { dir, id, other, temp, threads, quiet, json } = args;
    let (bars, temp) = (show::Bars::new(*quiet || *json), temp.clone().unwrap_or_else(std::env::temp_dir));
    let answer = pipeline::explain(dir, id, other.as_deref(), &temp, *threads, &bars)?;
    show::text(&match &answer {
        _ if *json => show::json(&answer)?,
        Answer::One(one) => show::table(&one::lines(one)),
        Answer::Two(two) => show::table(&two::lines(two)),
    })?;
    Ok(End::Done)
}
