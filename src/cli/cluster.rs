//! `cluster`: events only.

use super::options::Options;
use super::{End, run};
use crate::pipeline::Verb;
use anyhow::Result;
use std::path::PathBuf;

/// Events only: every document its own group
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, folders, globs, or - for standard input
    #[arg(required_unless_present = "print_config", value_name = "INPUT")]
    inputs: Vec<String>,
    /// Folder of the result; made, or replaced if it holds an earlier result
    #[arg(long, required_unless_present = "print_config", value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(args: Args) -> Result<End> {
    run::into_folder(Verb::Cluster, args.inputs, args.out, &args.options)
}
