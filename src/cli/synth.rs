//! `synth`: a seeded corpus and its truth.

use super::{End, show};
use crate::error::Error;
use crate::synth;
use anyhow::Result;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Write a seeded corpus with known copies and known events, and its truth
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsfold synth --docs 1000 --seed 7 --out corpus.jsonl
  newsfold run corpus.jsonl --out synthetic
  newsfold eval synthetic --gold corpus.truth.jsonl --field group")]
pub(super) struct Args {
    /// Documents
    #[arg(long, value_name = "N")]
    docs: u64,
    /// The same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The corpus; its truth goes beside it, NAME.truth.jsonl for NAME.jsonl
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The summary as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let truth = args.out.with_extension("truth.jsonl");
    let create = |path: &Path| File::create(path).map(BufWriter::new).map_err(Error::file("write", path));
    let (mut corpus_file, mut truth_file) = (create(&args.out)?, create(&truth)?);
    let params = synth::Params { docs: args.docs, seed: args.seed, ..synth::Params::default() };
    let written = synth::write(&params, &mut corpus_file, &mut truth_file).map_err(Error::file("write", &args.out))?;
    if args.json {
        show::text(&show::json(&written)?)?;
    } else {
        let synth::Summary { documents, groups, events, .. } = written;
        let out = args.out.display();
        show::line(&format!("{documents} documents in {groups} groups about {events} events: {out}"))?;
        show::line(&format!("truth: {}", truth.display()))?;
    }
    Ok(End::Done)
}
