//! The findings of an audit in `run.json` to what is shown of them: a share, its interval and what it is a share of.
//!
//! A result that was not audited, or by a version that wrote other keys, has no such part.

use super::chart::share as percent;
use crate::audit::{Band, Estimate, Findings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The part of the page.
#[derive(Debug, Serialize)]
pub(super) struct Audit {
    documents: u64,
    sampled_documents: u64,
    pairs: u64,
    sampled_pairs: u64,
    /// Whether fewer documents were sampled than asked.
    is_thinned: bool,
    rows: Vec<Row>,
    recall: Vec<Row>,
    precision: Vec<Row>,
}

/// A share of something.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    note: &'static str,
    right: u64,
    pairs: u64,
    share: Option<String>,
    interval: Option<String>,
    /// The interval in percent: from, to, and the estimate.
    drawn: Option<[f64; 3]>,
}

impl Row {
    fn of(name: String, note: &'static str, share: Option<Estimate>) -> Self {
        let drawn = share.map(|share| [share.low, share.high, share.estimate].map(|part| percent(part, 1.0)));
        let (interval, share) = (share.map(|share| share.interval()), share.map(|share| share.share()));
        Row { name, note, right: 0, pairs: 0, share, interval, drawn }
    }

    fn band(band: &Band) -> Self {
        Row { right: band.right, pairs: band.pairs, ..Row::of(band.range(), "", band.share) }
    }
}

impl Audit {
    /// What is shown of the findings in `run`, if there are any.
    pub(super) fn of(run: &Value) -> Option<Self> {
        let Findings { documents, pairs, recall, precision, .. } = Findings::deserialize(&run["audit"]).ok()?;
        let row = |name: &str, note, share| Row::of(name.to_owned(), note, share);
        Some(Audit {
            documents: documents.all,
            sampled_documents: documents.sampled,
            pairs: pairs.all,
            sampled_pairs: pairs.sampled,
            is_thinned: documents.sampled < documents.asked.min(documents.all),
            rows: vec![
                row("Recall", "of all near-duplicate pairs, those in one group", recall.pairs),
                row(
                    "Documents",
                    "of those with a near-duplicate, those that have one in their group",
                    recall.documents,
                ),
                row("Precision", "of all pairs in one group, the near-duplicates", precision.pairs),
                row("Chained", "of all pairs in one group, those far apart, less than half alike", precision.chained),
                row(
                    "Near",
                    "of all members, those that reach the threshold with their representative",
                    precision.near_representative,
                ),
            ],
            recall: recall.by_similarity.iter().map(Row::band).collect(),
            precision: precision.by_similarity.iter().map(Row::band).collect(),
        })
    }
}
