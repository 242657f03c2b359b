//! `tune`: bands and rows for a target, what they find, and what they cost.
//!
//! The cut is the one `run` takes for the same options. What is found follows from [`crate::lsh::curve`], what of it is
//! compared from the estimate's bound in [`crate::verify`] too. The cost of strangers is for pairs that share
//! [`STRANGERS`] of their shingles; a corpus with more boilerplate costs more, and the table says how much.

use super::{End, show};
use crate::lsh::{Shape, curve};
use crate::params::Params;
use crate::sketch::Slot;
use crate::verify::EstimateBound;
use anyhow::Result;
use clap::value_parser;
use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;
use std::fmt::Write as _;

/// Bands and rows for a threshold and a recall, with their S-curve and their cost
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  newsfold tune
  newsfold tune --threshold 0.8 --recall 0.99
  newsfold tune --bands 16 --rows 8 --docs 20000000")]
pub(super) struct Args {
    /// Similarity (Jaccard of shingle sets) from which two documents are near-duplicates
    #[arg(long, value_name = "T", default_value_t = Params::default().verify.threshold)]
    threshold: f64,
    /// Share of pairs at the threshold that must be found; chooses bands and rows
    #[arg(long, value_name = "R", default_value_t = Params::default().lsh.recall)]
    recall: f64,
    /// Slots in a signature
    #[arg(long, value_name = "N", default_value_t = Params::default().sketch.slots)]
    slots: usize,
    /// Bands to look at, instead of those that --recall chooses
    #[arg(long, value_name = "N")]
    bands: Option<usize>,
    /// Rows of a band to look at, instead of those that --recall chooses
    #[arg(long, value_name = "N")]
    rows: Option<usize>,
    /// Documents whose cost is told
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = value_parser!(u32).range(1..))]
    docs: u32,
    /// One JSON object instead of tables and the curve
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<End> {
    let mut params = Params::default();
    params.verify.threshold = args.threshold;
    params.sketch.slots = args.slots;
    (params.lsh.recall, params.lsh.bands, params.lsh.rows) = (args.recall, args.bands, args.rows);
    params.validate()?;
    let plan = Plan::new(&params, args.docs);
    show::text(&if args.json { show::json(&plan)? } else { text(&plan) })?;
    Ok(End::Done)
}

/// The similarity strangers are taken to have: a footer, a byline, an agency's standing phrases.
const STRANGERS: f64 = 0.02;
/// Memory of a document in the catalog, its id with it.
const CATALOG_BYTES: u64 = 100;
/// Memory of a document while the keys of two bands are sorted, one a thread.
const KEY_BYTES: u64 = 24;

/// A cut, what it finds and what it costs.
#[derive(Debug, Serialize)]
struct Plan {
    threshold: f64,
    recall: f64,
    slots: usize,
    #[serde(flatten)]
    shape: Shape,
    /// Whether `recall` chose the cut.
    chosen: bool,
    /// Whether it finds as many pairs as were asked for.
    reached: bool,
    /// The slots with which some cut reaches the recall, if any number that is allowed does.
    slots_needed: Option<usize>,
    /// Fewer equal slots than this, and the bound drops a pair unread.
    least_equal_slots: usize,
    at_threshold: Point,
    curve: Vec<Point>,
    cost: Cost,
}

/// A point of the curve.
#[derive(Debug, Clone, Copy, Serialize)]
struct Point {
    similarity: f64,
    /// Shares a band.
    found: f64,
    /// Shares a band, and the bound lets it be compared.
    compared: f64,
}

/// What so many documents take.
#[derive(Debug, Serialize)]
struct Cost {
    documents: u32,
    signature_bytes: u64,
    catalog_bytes: u64,
    key_bytes: u64,
    stranger_similarity: f64,
    stranger_equal_slot: f64,
    /// Strangers that share a band with a document.
    strangers_found: f64,
    /// Of them, those the bound lets be compared.
    strangers_compared: f64,
    /// Pairs whose keys of some band are alike though their slots are not.
    key_collisions: f64,
}

impl Plan {
    fn new(params: &Params, documents: u32) -> Plan {
        let (threshold, recall, slots) = (params.verify.threshold, params.lsh.recall, params.sketch.slots);
        let (shape, bound) = (params.shape(), EstimateBound::new(threshold, slots));
        let least = (0..slots).find(|&equal| bound.allows(equal, slots as u16)).unwrap_or(slots);
        let point = |similarity: f64| Point {
            similarity,
            found: shape.found(similarity),
            compared: shape.found_with(similarity, slots, least).min(shape.found(similarity)),
        };
        Plan {
            threshold,
            recall,
            slots,
            shape,
            chosen: params.lsh.bands.or(params.lsh.rows).is_none(),
            reached: shape.found(threshold) >= recall,
            slots_needed: slots_needed(params),
            least_equal_slots: least,
            at_threshold: point(threshold),
            curve: similarities(threshold).into_iter().map(point).collect(),
            cost: Cost::new(shape, slots, least, documents),
        }
    }
}

impl Cost {
    fn new(shape: Shape, slots: usize, least: usize, documents: u32) -> Cost {
        let (n, equal) = (f64::from(documents), curve::equal_slot(STRANGERS));
        Cost {
            documents,
            signature_bytes: u64::from(documents) * (slots * size_of::<Slot>()) as u64,
            catalog_bytes: u64::from(documents) * CATALOG_BYTES,
            key_bytes: u64::from(documents) * KEY_BYTES,
            stranger_similarity: STRANGERS,
            stranger_equal_slot: equal,
            strangers_found: (n - 1.0) * shape.found(equal),
            strangers_compared: (n - 1.0) * shape.found_with(equal, slots, least),
            key_collisions: shape.bands as f64 * n * (n - 1.0) / 2.0 / 2f64.powi(32),
        }
    }
}

/// The slots, as they are or more, of which single slots as bands reach the recall: no cut finds more pairs.
fn slots_needed(params: &Params) -> Option<usize> {
    let mut with = Params::default();
    let mut are_allowed = |slots: usize| {
        with.sketch.slots = slots;
        with.validate().is_ok()
    };
    let reaches = |bands: usize| Shape { bands, rows: 1 }.found(params.verify.threshold) >= params.lsh.recall;
    (params.sketch.slots..).take_while(|&slots| are_allowed(slots)).find(|&slots| reaches(slots))
}

/// Those of the table, ascending: strangers' and the wasted, then those about the threshold and copies.
fn similarities(threshold: f64) -> Vec<f64> {
    let round = |similarity: f64| (similarity * 1e6).round() / 1e6;
    let mut all =
        vec![STRANGERS, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9, threshold, round(threshold + 0.05), round(threshold + 0.1)];
    all.retain(|&similarity| similarity <= 1.0);
    all.sort_unstable_by(f64::total_cmp);
    all.dedup();
    all
}

/// What is told to people: names on the left, as `run` does.
fn text(plan: &Plan) -> String {
    [verdict(plan), table(plan), drawing(plan), cost(plan)].join("\n")
}

fn verdict(plan: &Plan) -> String {
    let Plan { threshold, recall, slots, shape: Shape { bands, rows }, least_equal_slots, at_threshold, .. } = plan;
    let Point { found, compared, .. } = at_threshold;
    format!(
        "     target  find {recall} of the pairs at similarity {threshold}\n\
         \x20       cut  {bands} x {rows} (bands x rows), {} of {slots} slots: {}\n\
         \x20     found  {} of the pairs at the threshold share a band\n\
         \x20  compared  {} pass the estimate as well; it drops {} unread, for fewer than {least_equal_slots} equal slots\n",
        bands * rows,
        why(plan),
        share(*found),
        share(*compared),
        share(found - compared),
    )
}

/// Why this cut, and how the recall could be had where it is missed.
fn why(plan: &Plan) -> String {
    let Plan { chosen, reached, slots, .. } = *plan;
    let whose = if chosen { "chosen" } else { "given" };
    match plan.slots_needed {
        _ if reached && chosen => "the most rows that reach the recall".to_owned(),
        _ if reached => "as given, reaches the recall".to_owned(),
        Some(needed) if needed == slots => {
            let Shape { bands, rows } = Shape::choose(plan.threshold, plan.recall, slots);
            format!("as given, misses the recall; --bands {bands} --rows {rows} reaches it")
        }
        Some(needed) if chosen => format!("misses the recall but is the best possible; --slots {needed} reaches it"),
        Some(needed) => {
            format!("as given, misses the recall as every cut of {slots} slots does; --slots {needed} reaches it")
        }
        None => format!("{whose}, misses the recall as every cut of any allowed number of slots does"),
    }
}

fn table(plan: &Plan) -> String {
    let mut table = " similarity     found  compared\n".to_owned();
    for &Point { similarity, found, compared } in &plan.curve {
        let mark = match similarity {
            _ if similarity == plan.threshold => "  the threshold",
            STRANGERS => "  strangers",
            _ => "",
        };
        _ = writeln!(table, "{similarity:>11} {:>9} {:>9}{mark}", share(found), share(compared));
    }
    table
}

/// The curve in its frame.
fn drawing(plan: &Plan) -> String {
    let mut drawing = "   P(found)\n".to_owned();
    for (line, bars) in plan.shape.drawn(plan.threshold).iter().enumerate() {
        let (label, tick) = match line % (curve::LINES / 4) {
            0 => (format!("{:.2}", 1.0 - line as f64 / curve::LINES as f64), '┤'),
            _ => (String::new(), '│'),
        };
        _ = writeln!(drawing, "{label:>11} {tick}{}", bars.trim_end());
    }
    let (fifth, mark) = (curve::COLUMNS / 5, 13 + curve::column_of(plan.threshold));
    let labels: String = ["0", "0.2", "0.4", "0.6", "0.8"].map(|label| format!("{label:<fifth$}")).concat();
    let axis = format!("┴{}", "─".repeat(fifth - 1)).repeat(5);
    drawing
        + &format!(
            "       0.00 └{axis}┴\n             {labels}1  similarity\n{:mark$}▲ the threshold\n\
         \x20            left of it and under the curve: looked at in vain; right of it and over the curve: missed\n",
            ""
        )
}

fn cost(plan: &Plan) -> String {
    let Plan { cost, slots, shape, .. } = plan;
    let (n, bytes) = (f64::from(cost.documents), |bytes: u64| HumanBytes(bytes).to_string());
    format!(
        "  documents  {}\n signatures  {}: 2 bytes a slot, {slots} slots\n    catalog  {}: about {CATALOG_BYTES} bytes a document\n\
         \x20      keys  {}: {KEY_BYTES} bytes a document while two bands are sorted\n\
         \x20 strangers  {} candidates a document ({} pairs), if any two documents share {STRANGERS} of their shingles\n\
         \x20  compared  {} of these a document: the others are dropped by their signatures, unread\n\
         \x20    chance  a slot of strangers is equal with probability {:.6}: shared, or the same 16 bits by chance\n\
         \x20collisions  {} pairs in {} bands have one 32-bit key by chance; their signatures tell\n",
        HumanCount(cost.documents.into()),
        bytes(cost.signature_bytes),
        bytes(cost.catalog_bytes),
        bytes(cost.key_bytes),
        amount(cost.strangers_found),
        amount(cost.strangers_found * n / 2.0),
        amount(cost.strangers_compared),
        cost.stranger_equal_slot,
        amount(cost.key_collisions),
        shape.bands,
    )
}

/// A probability in four digits; what may be rounding is nothing.
fn share(share: f64) -> String {
    if (1e-12..1e-3).contains(&share) { format!("{share:.1e}") } else { format!("{share:.4}") }
}

/// A number of things, that may be far less than one.
fn amount(amount: f64) -> String {
    match amount {
        100.0.. => HumanCount(amount.round() as u64).to_string(),
        0.01.. => format!("{amount:.2}"),
        1e-9.. => format!("{amount:.1e}"),
        _ => "0".to_owned(),
    }
}
