//! `eval`: a result against labels.

use super::{End, show};
use crate::eval::{self, Field, Scores};
use anyhow::Result;
use std::path::PathBuf;

/// Judge a result against labels: BCubed, pairs, ARI, AMI, V-measure
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsfold run tests/data/sample.jsonl --out result
  newsfold eval result --gold tests/data/sample.jsonl
  newsfold eval result/articles.jsonl --gold tests/data/sample.jsonl --field group --json")]
pub(super) struct Args {
    /// Folder of a result, or its articles.jsonl
    #[arg(value_name = "PRED")]
    result: PathBuf,
    /// JSON Lines of id and label
    #[arg(long, value_name = "GOLD")]
    gold: PathBuf,
    /// What is judged, and the label's name in GOLD
    #[arg(long, value_name = "FIELD", default_value = "event")]
    field: Field,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let (found, gold) = (eval::read_labels(&args.result, args.field)?, eval::read_labels(&args.gold, args.field)?);
    for (labels, path) in [(&found, &args.result), (&gold, &args.gold)] {
        if let Some(line) = labels.first_skipped {
            let field = args.field.name();
            show::error(&format!(
                "{}: {} lines without id and {field} skipped, the first {line}",
                path.display(),
                labels.skipped
            ));
        }
    }
    if gold.rows.is_empty() {
        anyhow::bail!("{}: no line has an id and {}; is --field right?", args.gold.display(), args.field.name());
    }
    let scores = eval::score(gold.rows, found.rows);
    show::text(&if args.json { show::json(&scores)? } else { table(&scores) })?;
    Ok(End::Done)
}

fn table(scores: &Scores) -> String {
    let Scores { bcubed, pairs, .. } = scores;
    format!(
        "  documents  {} labelled, {} of them missing from the result\n   clusters  {} found, {} in the labels\n\
         \x20    BCubed  precision {:.4}  recall {:.4}  F1 {:.4}\n      pairs  precision {:.4}  recall {:.4}  F1 {:.4}\n\
         \x20       ARI  {:.4}\n        AMI  {:.4}\n  V-measure  {:.4}  (homogeneity {:.4}, completeness {:.4})\n",
        scores.documents,
        scores.missing,
        scores.found,
        scores.gold,
        bcubed.precision,
        bcubed.recall,
        bcubed.f1,
        pairs.precision,
        pairs.recall,
        pairs.f1,
        scores.ari,
        scores.ami,
        scores.v_measure,
        scores.homogeneity,
        scores.completeness,
    )
}
