//! `audit`: how good a finished run is, from samples compared exactly.

use super::{End, show, signals};
use crate::audit::{Band, Estimate, Findings, Params};
use crate::pipeline;
use anyhow::Result;
use indicatif::HumanCount;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Estimate recall and precision of a result, from sampled exact comparisons
///
/// Each with its 95 % interval.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the input again; the paths in run.json are looked up as they were given to the run. What is found is
also written into run.json and the report.

Examples:
  newsfold run tests/data/sample.jsonl --out result
  newsfold audit result --sample 5000")]
pub(super) struct Args {
    /// Folder of a result of run or dedup
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Documents to compare with all others, for recall
    #[arg(long, value_name = "N", default_value_t = Params::default().documents)]
    sample: usize,
    /// Pairs of documents in one group to compare, for precision
    #[arg(long, value_name = "N", default_value_t = Params::default().pairs)]
    pairs: usize,
    /// The same seed samples the same
    #[arg(long, value_name = "S", default_value_t = Params::default().seed)]
    seed: u64,
    /// Threads; as many as there are processors, if not given
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// No bars and no summary
    #[arg(long, short)]
    quiet: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let Args { sample: documents, pairs, seed, threads, quiet, json, .. } = *args;
    signals::catch("the result is as it was")?;
    let bars = show::Bars::new(quiet || json);
    let findings = pipeline::audit(&args.dir, Params { documents, pairs, seed }, threads, &bars)?;
    if json {
        show::text(&show::json(&findings)?)?;
    } else if !quiet {
        show::text(&table(&findings))?;
    }
    Ok(End::Done)
}

fn table(findings: &Findings) -> String {
    let Findings { documents, pairs, recall, precision, .. } = findings;
    let count = |n: u64| HumanCount(n).to_string();
    let mut out = format!(
        "    sampled  {} of {} documents, compared with all others; {} of {} pairs in groups\n",
        count(documents.sampled),
        count(documents.all),
        count(pairs.sampled),
        count(pairs.all)
    );
    if documents.sampled < documents.asked.min(documents.all) {
        out += "             (fewer documents than asked: they have so much in common that more would take too long)\n";
    }
    out += "\n             estimate  95 % interval\n";
    line(&mut out, "recall", recall.pairs, "of near-duplicate pairs are in one group");
    bands(&mut out, &recall.by_similarity);
    line(&mut out, "", recall.documents, "of documents with a near-duplicate have one in their group");
    line(&mut out, "precision", precision.pairs, "of pairs in one group are near-duplicates");
    bands(&mut out, &precision.by_similarity);
    line(&mut out, "", precision.chained, "of pairs in one group are far apart, less than half alike");
    line(&mut out, "", precision.near_representative, "of members reach the threshold with their representative");
    out
}

fn line(out: &mut String, name: &str, share: Option<Estimate>, what: &str) {
    _ = match share {
        Some(share) => writeln!(out, "{name:>11}  {:>8}  {:<16}  {what}", share.share(), share.interval()),
        None => writeln!(out, "{name:>11}  {:>8}  {:<16}  {what}: none was met", "-", ""),
    };
}

fn bands(out: &mut String, bands: &[Band]) {
    for band in bands {
        let (right, pairs) = (HumanCount(band.right), HumanCount(band.pairs));
        line(out, "", band.share, &format!("  similarity {}: {right} of {pairs}", band.range()));
    }
}
