//! How good are these groups or events? Judges found labels against gold labels.
//!
//! [`read_labels`] reads (id, label) from JSON Lines, [`score`] compares two such lists. Every measure is a function of
//! the contingency table n(found, gold), and the table is kept as runs of equal cells and equal cluster sizes, so the
//! sums do not depend on the order of documents or on what labels are called. With N documents, a cell of n documents,
//! the cell's found cluster of size a and gold cluster of size b:
//!
//! - BCubed (Bagga and Baldwin 1998; Amigó et al. 2009): precision is the mean over documents, self included, of n / a,
//!   recall of n / b; F1 is the harmonic mean of the two means.
//! - pairs: precision and recall over unordered pairs of documents that are together; 0 where there is no pair.
//! - ARI: the Rand index adjusted for chance (Hubert and Arabie 1985).
//! - AMI: (MI - E) / (mean of the two entropies - E), E the exact mean of MI over all tables with these cluster sizes
//!   (Vinh, Epps and Bailey 2010): sum over a, b, n of P(n) n/N ln(N n / (a b)), P hypergeometric.
//! - homogeneity, completeness and V-measure, their harmonic mean (Rosenberg and Hirschberg 2007).
//!
//! Degenerate input is what scikit-learn makes of it: nothing at all, or one cluster against one, is perfect for ARI,
//! AMI and V-measure.
//!
//! Time: N log N for the table; for E one step per pair of *distinct* cluster sizes, at most 2N of them and few in
//! practice, and about 10 standard deviations of P each. Memory: the ids and labels once, and 16 bytes a document.
//! Bad case: one cluster against one of N/2 each, some 10 sqrt(N) terms.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::fs::File;
use std::hash::Hash;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

type Map<K, V> = HashMap<K, V, ahash::RandomState>;

/// What of a result is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field {
    /// The event a document is about.
    #[default]
    Event,
    /// The near-duplicate group it is in.
    Group,
}

impl Field {
    /// The field's name in the files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Group => "group",
        }
    }
}

/// Why labels could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder that is no result.
    #[error("{}: not a result of newsfold: it holds no articles.jsonl", .0.display())]
    NotAResult(PathBuf),
    /// A file that cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The labels of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Id and label, in the order of the file; an id may stand there twice, then [`score`] takes the first.
    pub rows: Vec<(String, String)>,
    /// How many lines are not JSON objects, or lack the id or the label; blank lines are not lines.
    pub skipped: u64,
    /// The first of them, counted from 1.
    pub first_skipped: Option<u64>,
}

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prf {
    /// Of what was put together, the share that belongs together.
    pub precision: f64,
    /// Of what belongs together, the share that was put together.
    pub recall: f64,
    /// 2 precision recall / (precision + recall); 0 where both are 0.
    pub f1: f64,
}

/// A result's marks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// Documents with a gold label: what is judged.
    pub documents: u64,
    /// Of these, documents that the result lacks; each counts as alone.
    pub missing: u64,
    /// Clusters found, the missing documents' own among them.
    pub found: u64,
    /// Clusters in the gold labels.
    pub gold: u64,
    /// BCubed.
    pub bcubed: Prf,
    /// Pairs of documents.
    pub pairs: Prf,
    /// Adjusted Rand index.
    pub ari: f64,
    /// Adjusted mutual information.
    pub ami: f64,
    /// 1 where no found cluster mixes gold clusters.
    pub homogeneity: f64,
    /// 1 where no gold cluster is split.
    pub completeness: f64,
    /// The harmonic mean of homogeneity and completeness.
    pub v_measure: f64,
}

/// Judges `found` against `gold`, both (id, label); of several records with one id the first counts.
///
/// A gold document that `found` lacks counts as alone; documents without a gold label are ignored.
pub fn score<I, G, F>(gold: impl IntoIterator<Item = (I, G)>, found: impl IntoIterator<Item = (I, F)>) -> Scores
where
    I: Eq + Hash,
    G: Eq + Hash,
    F: Eq + Hash,
{
    let (table, missing) = Table::tally(gold, found);
    let mi = table.mutual_information();
    let (of_found, of_gold) = (table.entropy(&table.found), table.entropy(&table.gold));
    let homogeneity = if of_gold == 0.0 { 1.0 } else { (mi / of_gold).min(1.0) };
    let completeness = if of_found == 0.0 { 1.0 } else { (mi / of_found).min(1.0) };
    Scores {
        documents: table.documents,
        missing,
        found: clusters(&table.found),
        gold: clusters(&table.gold),
        bcubed: table.bcubed(),
        pairs: table.pairs(),
        ari: table.ari(),
        ami: table.ami(mi, (of_found + of_gold) / 2.0),
        homogeneity,
        completeness,
        v_measure: harmonic(homogeneity, completeness),
    }
}

/// Reads id and label from the JSON Lines at `path`: a result's folder (then its `articles.jsonl`) or a file.
///
/// Ids and labels are strings, or numbers as they are written. Lines without them are skipped and counted.
pub fn read_labels(path: &Path, field: Field) -> Result<Labels, Error> {
    let file = if path.is_dir() { path.join("articles.jsonl") } else { path.to_path_buf() };
    if path.is_dir() && !file.is_file() {
        return Err(Error::NotAResult(path.to_path_buf()));
    }
    File::open(&file)
        .and_then(|opened| labels_of(BufReader::with_capacity(1 << 16, opened), field))
        .map_err(|source| Error::Read { path: file, source })
}

/// What [`read_labels`] does, from anything that can be read.
fn labels_of(mut input: impl BufRead, field: Field) -> io::Result<Labels> {
    let (mut labels, mut line, mut number) = (Labels::default(), Vec::new(), 0);
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(labels);
        }
        number += 1;
        let record = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&line).trim_ascii();
        if record.is_empty() {
            continue;
        }
        match row(record, field) {
            Some(row) => labels.rows.push(row),
            None => {
                labels.skipped += 1;
                labels.first_skipped.get_or_insert(number);
            }
        }
    }
}

/// The fields that are looked at; all others are skipped without being held.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    group: Option<&'a RawValue>,
}

fn row(record: &[u8], field: Field) -> Option<(String, String)> {
    // serde would read an array as the struct's fields in order
    if record.first() != Some(&b'{') {
        return None;
    }
    let record: Record = serde_json::from_slice(record).ok()?;
    let label = match field {
        Field::Event => record.event,
        Field::Group => record.group,
    };
    Some((written(record.id?)?, written(label?)?))
}

/// A string's content, a number as it is written; nothing else names anything.
fn written(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'-' | b'0'..=b'9' => Some(value.get().to_owned()),
        _ => None,
    }
}

/// Equal numbers in a row, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run<T> {
    of: T,
    times: u64,
}

/// A cell of the contingency table that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    both: u64,
    found: u64,
    gold: u64,
}

/// The contingency table, without names: sorted runs of equal cells and of equal cluster sizes.
struct Table {
    documents: u64,
    cells: Vec<Run<Cell>>,
    found: Vec<Run<u64>>,
    gold: Vec<Run<u64>>,
}

const UNSEEN: u32 = u32::MAX;

impl Table {
    /// The table, and how many gold documents were not found.
    fn tally<I: Eq + Hash, G: Eq + Hash, F: Eq + Hash>(
        gold: impl IntoIterator<Item = (I, G)>,
        found: impl IntoIterator<Item = (I, F)>,
    ) -> (Self, u64) {
        let mut place: Map<I, u32> = Map::default();
        let mut names: Map<G, u32> = Map::default();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (id, label) in gold {
            if let Entry::Vacant(entry) = place.entry(id) {
                entry.insert(pairs.len() as u32);
                pairs.push((UNSEEN, number(&mut names, label)));
            }
        }
        let mut names: Map<F, u32> = Map::default();
        for (id, label) in found {
            if let Some(pair) =
                place.get(&id).and_then(|&at| pairs.get_mut(at as usize)).filter(|pair| pair.0 == UNSEEN)
            {
                pair.0 = number(&mut names, label);
            }
        }
        let known = names.len() as u32;
        let mut alone = known;
        for pair in pairs.iter_mut().filter(|pair| pair.0 == UNSEEN) {
            pair.0 = alone;
            alone += 1;
        }
        (Self::of(pairs), u64::from(alone - known))
    }

    /// The table of (found, gold) cluster numbers, one pair a document.
    fn of(mut pairs: Vec<(u32, u32)>) -> Self {
        let (found, gold) = (sizes(pairs.iter().map(|pair| pair.0)), sizes(pairs.iter().map(|pair| pair.1)));
        pairs.sort_unstable();
        let cells = pairs.chunk_by(|a, b| a == b).map(|cell| Cell {
            both: cell.len() as u64,
            found: found[cell[0].0 as usize],
            gold: gold[cell[0].1 as usize],
        });
        let cells = runs(cells.collect());
        Self { documents: pairs.len() as u64, cells, found: runs(found), gold: runs(gold) }
    }

    fn bcubed(&self) -> Prf {
        let mean = |size: fn(&Cell) -> u64| {
            let sum: f64 =
                self.cells.iter().map(|c| (c.times * c.of.both) as f64 * (c.of.both as f64 / size(&c.of) as f64)).sum();
            if self.documents == 0 { 0.0 } else { sum / self.documents as f64 }
        };
        prf(mean(|cell| cell.found), mean(|cell| cell.gold))
    }

    /// Pairs together in both, in the found clusters, in the gold clusters.
    fn pairs_together(&self) -> (u64, u64, u64) {
        let both = self.cells.iter().map(|cell| cell.times * pairs_among(cell.of.both)).sum();
        let of = |clusters: &[Run<u64>]| clusters.iter().map(|run| run.times * pairs_among(run.of)).sum();
        (both, of(&self.found), of(&self.gold))
    }

    fn pairs(&self) -> Prf {
        let (both, found, gold) = self.pairs_together();
        let share = |of: u64| if of == 0 { 0.0 } else { both as f64 / of as f64 };
        prf(share(found), share(gold))
    }

    fn ari(&self) -> f64 {
        let (both, found, gold) = self.pairs_together();
        let (wrong, lost) = ((found - both) as f64, (gold - both) as f64);
        if wrong == 0.0 && lost == 0.0 {
            return 1.0;
        }
        let both = both as f64;
        let apart = pairs_among(self.documents) as f64 - both - wrong - lost;
        2.0 * (both * apart - lost * wrong) / ((both + lost) * (lost + apart) + (both + wrong) * (wrong + apart))
    }

    /// -sum p ln p over one side's clusters, in nats.
    fn entropy(&self, clusters: &[Run<u64>]) -> f64 {
        let n = self.documents as f64;
        clusters.iter().map(|run| (run.times * run.of) as f64 / n * (n / run.of as f64).ln()).sum()
    }

    fn mutual_information(&self) -> f64 {
        if clusters(&self.found) <= 1 || clusters(&self.gold) <= 1 {
            return 0.0;
        }
        let n = self.documents as f64;
        let sum: f64 = self
            .cells
            .iter()
            .map(|c| {
                let (both, found, gold) = (c.of.both as f64, c.of.found as f64, c.of.gold as f64);
                (c.times * c.of.both) as f64 / n * (n * both / (found * gold)).ln()
            })
            .sum();
        sum.max(0.0)
    }

    fn ami(&self, mi: f64, mean_entropy: f64) -> f64 {
        if self.cells.iter().all(|cell| cell.of.both == cell.of.found && cell.of.both == cell.of.gold) {
            return 1.0;
        }
        if clusters(&self.found) == 1 || clusters(&self.gold) == 1 {
            return 0.0;
        }
        let expected = self.expected_mutual_information();
        (mi - expected) / (mean_entropy - expected)
    }

    fn expected_mutual_information(&self) -> f64 {
        let each = |found: &Run<u64>| -> f64 {
            let pair = |gold: &Run<u64>| {
                (found.times as f64) * (gold.times as f64) * expected_term(found.of, gold.of, self.documents)
            };
            self.gold.iter().map(pair).sum()
        };
        self.found.iter().map(each).sum()
    }
}

/// What a found cluster of size `a` and a gold cluster of size `b` among `n` documents add to the mean mutual
/// information: E[k/n ln(n k / (a b))] with k hypergeometric.
///
/// The weights of k are taken relative to the likeliest k, outward from it by the ratio of neighbours until they no
/// longer count, and divided by their own sum: no factorials, nothing that overflows.
fn expected_term(a: u64, b: u64, n: u64) -> f64 {
    const NEGLIGIBLE: f64 = 1e-25;
    let (low, high) = ((a + b).saturating_sub(n), a.min(b));
    let mode = ((u128::from(a + 1) * u128::from(b + 1) / u128::from(n + 2)) as u64).clamp(low, high);
    let (whole, product) = (n as f64, a as f64 * b as f64);
    let value = |k: u64| if k == 0 { 0.0 } else { k as f64 / whole * (whole * k as f64 / product).ln() };
    // weight(k + 1) / weight(k)
    let ratio = |k: u64| ((a - k) as f64 * (b - k) as f64) / ((k + 1) as f64 * (n + k + 1 - a - b) as f64);
    let (mut weights, mut sum) = (1.0, value(mode));
    let mut take = |k: u64, weight: f64| {
        weights += weight;
        sum += weight * value(k);
        weight > NEGLIGIBLE
    };
    let (mut k, mut weight) = (mode, 1.0);
    while k < high {
        weight *= ratio(k);
        k += 1;
        if !take(k, weight) {
            break;
        }
    }
    (k, weight) = (mode, 1.0);
    while k > low {
        k -= 1;
        weight /= ratio(k);
        if !take(k, weight) {
            break;
        }
    }
    sum / weights
}

/// The label's number; labels are numbered as they come.
fn number<L: Eq + Hash>(names: &mut Map<L, u32>, label: L) -> u32 {
    let next = names.len() as u32;
    *names.entry(label).or_insert(next)
}

/// How many documents each cluster has.
fn sizes(cluster_of: impl Iterator<Item = u32>) -> Vec<u64> {
    let mut sizes = Vec::new();
    for cluster in cluster_of {
        let cluster = cluster as usize;
        if cluster >= sizes.len() {
            sizes.resize(cluster + 1, 0);
        }
        sizes[cluster] += 1;
    }
    sizes
}

fn runs<T: Copy + Ord>(mut items: Vec<T>) -> Vec<Run<T>> {
    items.sort_unstable();
    items.chunk_by(|a, b| a == b).map(|run| Run { of: run[0], times: run.len() as u64 }).collect()
}

fn clusters(sizes: &[Run<u64>]) -> u64 {
    sizes.iter().map(|run| run.times).sum()
}

fn pairs_among(documents: u64) -> u64 {
    documents * documents.saturating_sub(1) / 2
}

fn prf(precision: f64, recall: f64) -> Prf {
    Prf { precision, recall, f1: harmonic(precision, recall) }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labelled<L: Copy>(labels: &[L]) -> impl Iterator<Item = (usize, L)> {
        labels.iter().copied().enumerate()
    }

    fn judge(gold: &[usize], found: &[usize]) -> Scores {
        score(labelled(gold), labelled(found))
    }

    #[track_caller]
    fn close(is: f64, should: f64) {
        assert!((is - should).abs() <= 1e-9, "{is} should be {should}");
    }

    /// ARI, AMI, homogeneity, completeness, V-measure as scikit-learn 1.9.1 says.
    #[track_caller]
    fn agrees_with_sklearn(gold: &[usize], found: &[usize], numbers: [f64; 5]) {
        let s = judge(gold, found);
        for (is, should) in [s.ari, s.ami, s.homogeneity, s.completeness, s.v_measure].into_iter().zip(numbers) {
            close(is, should);
        }
    }

    fn every(n: usize, label: impl Fn(usize) -> usize) -> Vec<usize> {
        (0..n).map(label).collect()
    }

    /// Figure 16.4 of Manning, Raghavan and Schütze's Introduction to Information Retrieval (2008).
    #[test]
    fn example_of_the_ir_book() {
        let gold = [0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 2, 0, 0, 2, 2, 2];
        let found = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2];
        let s = judge(&gold, &found);
        close(s.pairs.precision, 20.0 / 40.0);
        close(s.pairs.recall, 20.0 / 44.0);
        close(s.pairs.f1, 20.0 / 42.0);
        agrees_with_sklearn(
            &gold,
            &found,
            [0.242914979757085, 0.2601812253892511, 0.371468125745918, 0.35790753710758755, 0.3645617718571898],
        );
    }

    /// The two responses of Bagga and Baldwin (1998): precision 76 % and 58 %, recall 100 %.
    #[test]
    fn example_of_bagga_and_baldwin() {
        let gold = [1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3];
        let first = judge(&gold, &[1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2]).bcubed;
        close(first.precision, 16.0 / 21.0);
        close(first.recall, 1.0);
        let second = judge(&gold, &[1, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1]).bcubed;
        close(second.precision, 7.0 / 12.0);
        close(second.recall, 1.0);
    }

    /// The four constraints that Amigó et al. (2009) ask of a measure, in the shapes of their figures.
    #[test]
    fn bcubed_keeps_the_constraints_of_amigo() {
        let f1 = |gold: &[usize], found: &[usize]| judge(gold, found).bcubed.f1;
        // homogeneity: a mixed cluster is worse than the same cluster split by category
        assert!(f1(&[1, 1, 1, 2, 2, 2], &[1, 1, 1, 1, 1, 1]) < f1(&[1, 1, 1, 2, 2, 2], &[1, 1, 1, 2, 2, 2]));
        // completeness: a category in two clusters is worse than in one
        assert!(f1(&[1, 1, 1, 1, 2, 2], &[1, 1, 2, 2, 3, 3]) < f1(&[1, 1, 1, 1, 2, 2], &[1, 1, 1, 1, 3, 3]));
        // rag bag: disorder does less harm in a disordered cluster than in a clean one
        let gold = [1, 1, 1, 1, 2, 3, 4, 5, 6];
        assert!(f1(&gold, &[1, 1, 1, 1, 1, 2, 2, 2, 2]) < f1(&gold, &[1, 1, 1, 1, 2, 2, 2, 2, 2]));
        // size and quantity: one small error in a big cluster is better than many in small ones
        let gold = [1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5];
        let many = [1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        let one = [1, 1, 1, 1, 0, 2, 2, 3, 3, 4, 4, 5, 5];
        assert!(f1(&gold, &many) < f1(&gold, &one));
    }

    #[test]
    fn examples_of_scikit_learn() {
        let (two, three) = ([0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2]);
        agrees_with_sklearn(
            &two,
            &three,
            [0.4444444444444444, 0.5023607027202738, 0.7103099178571525, 0.7715561736794712, 0.739667376800759],
        );
        close(judge(&[0, 0, 1, 1], &[0, 1, 0, 1]).ari, -0.5);
    }

    #[test]
    fn larger_tables_agree_with_scikit_learn() {
        let mixed = |i: usize| (i * i * 7 + i * 3) % 1009 % 37;
        agrees_with_sklearn(
            &every(1000, mixed),
            &every(1000, |i| if i % 5 > 0 { mixed(i) / 2 } else { (i * 13 + i / 7) % 23 }),
            [0.4099524441756743, 0.6301396272802827, 0.6134648356076531, 0.7501713768512036, 0.674965590049517],
        );
        agrees_with_sklearn(
            &every(4000, |i| if i % 10 < 8 { i / 2 } else { 0 }),
            &every(4000, |i| if i % 7 > 0 { i / 3 } else { 3 }),
            [0.0035440084026575783, 0.17215248064854002, 0.8014655854245394, 0.7822672296266718, 0.7917500441902504],
        );
        agrees_with_sklearn(
            &every(2000, |i| i % 2),
            &every(2000, |i| if i % 3 > 0 { i / 2 % 2 } else { i % 2 }),
            [0.11044399994472272, 0.08120607507453988, 0.08153767940559419, 0.08153773822264934, 0.08153770881411115],
        );
        agrees_with_sklearn(
            &every(6000, |i| if i < 3000 { i } else { i % 50 }),
            &every(6000, |i| if i % 2 > 0 { i } else { i % 100 }),
            [0.2462315767136082, 0.3927151013173222, 0.821709844953282, 0.8164574558451094, 0.8190752301385391],
        );
    }

    #[test]
    fn degenerate_input_is_judged_as_scikit_learn_does() {
        let (one, singles) = (every(30, |_| 0), every(30, |i| i));
        agrees_with_sklearn(&[], &[], [1.0; 5]);
        agrees_with_sklearn(&[0], &[0], [1.0; 5]);
        agrees_with_sklearn(&one, &one, [1.0; 5]);
        agrees_with_sklearn(&singles, &singles, [1.0; 5]);
        agrees_with_sklearn(&one, &singles, [0.0, 0.0, 1.0, 0.0, 0.0]);
        agrees_with_sklearn(&singles, &one, [0.0, 0.0, 0.0, 1.0, 0.0]);
        let half = [0.0, 0.0, 1.0, 0.7962049529094944, 0.8865413177040862];
        agrees_with_sklearn(&every(30, |i| i / 2), &singles, half);
        assert_eq!(judge(&singles, &singles).pairs.f1, 0.0);
    }

    #[test]
    fn a_million_documents_half_of_them_alone_take_a_moment() {
        let n = 1_000_000;
        let gold = every(n, |i| if i < n / 2 { i } else { n + (i * 7919) % 61_007 });
        let found = every(n, |i| if i % 2 == 0 { i } else { n + (i * 7919) % 30_011 });
        let begun = std::time::Instant::now();
        let s = judge(&gold, &found);
        assert!(begun.elapsed().as_secs() < 20);
        assert_eq!(s.documents, 1_000_000);
        assert!(s.ami.is_finite() && s.ami < 1.0);
    }

    #[test]
    fn the_missing_are_alone_the_unlabelled_are_ignored_and_the_first_of_an_id_counts() {
        let gold = [("a", 1), ("b", 1), ("c", 2), ("d", 2), ("a", 9)];
        let s = score(gold, [("a", "x"), ("b", "x"), ("z", "y"), ("c", "y"), ("c", "x")]);
        assert_eq!((s.documents, s.missing, s.found, s.gold), (4, 1, 3, 2));
        close(s.bcubed.precision, 1.0);
        close(s.bcubed.recall, 0.75);
    }

    #[test]
    fn labels_are_read_where_they_can_be() {
        let lines = "\u{feff}{\"id\": \"a\", \"event\": \"x\", \"text\": \"\\ud800\"}\r\n\
            {\"id\": 7, \"group\": \"g\", \"event\": 1.50}\n\n\
            not json\n[\"a\", \"b\", \"c\"]\n{\"id\": \"b\"}\n{\"id\": null, \"event\": \"x\"}\n\
            {\"id\": \"c\", \"event\": {\"x\": 1}}\n{\"event\": \"q\\\"\\u00e9\", \"id\": \"a\"}";
        let labels = labels_of(lines.as_bytes(), Field::Event).unwrap();
        let row = |id: &str, label: &str| (id.to_owned(), label.to_owned());
        assert_eq!(labels.rows, [row("a", "x"), row("7", "1.50"), row("a", "q\"é")]);
        assert_eq!((labels.skipped, labels.first_skipped), (5, Some(4)));
        assert_eq!(labels_of(lines.as_bytes(), Field::Group).unwrap().rows, [row("7", "g")]);
        assert_eq!(labels_of(&b"{\"id\": \"\xff\", \"event\": 1}\n"[..], Field::Event).unwrap().skipped, 1);
    }

    #[test]
    fn a_result_is_its_folder_or_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let refused = read_labels(folder.path(), Field::Event).unwrap_err();
        assert!(matches!(refused, Error::NotAResult(_)));
        let file = folder.path().join("articles.jsonl");
        let absent = read_labels(&file, Field::Event).unwrap_err();
        assert!(absent.to_string().contains("articles.jsonl"));
        std::fs::write(&file, "{\"id\": \"a\", \"group\": \"a\", \"event\": \"e\"}\n").unwrap();
        assert_eq!(read_labels(folder.path(), Field::Group).unwrap().rows.len(), 1);
        assert_eq!(read_labels(folder.path(), Field::Group).unwrap(), read_labels(&file, Field::Group).unwrap());
    }

    /// BCubed precision and recall, document by document.
    fn naive_bcubed(gold: &[usize], found: &[usize]) -> (f64, f64) {
        let n = gold.len();
        let together = |labels: &[usize], i: usize| (0..n).filter(|&j| labels[i] == labels[j]).count() as f64;
        let both = |i: usize| (0..n).filter(|&j| gold[i] == gold[j] && found[i] == found[j]).count() as f64;
        let mean = |labels: &[usize]| (0..n).map(|i| both(i) / together(labels, i)).sum::<f64>() / n as f64;
        (mean(found), mean(gold))
    }

    /// Pairs together in both, in gold only, in found only, in neither.
    fn naive_pairs(gold: &[usize], found: &[usize]) -> [f64; 4] {
        let mut counts = [0.0; 4];
        for i in 0..gold.len() {
            for j in 0..i {
                let (g, f) = (gold[i] == gold[j], found[i] == found[j]);
                counts[usize::from(!f) + 2 * usize::from(!g)] += 1.0;
            }
        }
        counts
    }

    fn naive_mutual_information(gold: &[usize], found: &[usize]) -> f64 {
        let n = gold.len();
        let share = |keep: &dyn Fn(usize) -> bool| (0..n).filter(|&j| keep(j)).count() as f64 / n as f64;
        let at = |i: usize| {
            let both = share(&|j| gold[j] == gold[i] && found[j] == found[i]);
            (both / (share(&|j| gold[j] == gold[i]) * share(&|j| found[j] == found[i]))).ln() / n as f64
        };
        (0..n).map(at).sum()
    }

    /// The mean over every order of the found labels (Heap's algorithm).
    fn naive_expectation(gold: &[usize], found: &mut Vec<usize>, k: usize) -> (f64, f64) {
        if k <= 1 {
            return (naive_mutual_information(gold, found), 1.0);
        }
        let (mut sum, mut count) = (0.0, 0.0);
        for i in 0..k {
            let (s, c) = naive_expectation(gold, found, k - 1);
            (sum, count) = (sum + s, count + c);
            found.swap(if k.is_multiple_of(2) { i } else { 0 }, k - 1);
        }
        (sum, count)
    }

    proptest! {
        #[test]
        fn agrees_with_counting_one_by_one(
            labels in proptest::collection::vec((0usize..7, 0usize..9), 1..60)
        ) {
            let (gold, found): (Vec<usize>, Vec<usize>) = labels.into_iter().unzip();
            let s = judge(&gold, &found);
            let (precision, recall) = naive_bcubed(&gold, &found);
            close(s.bcubed.precision, precision);
            close(s.bcubed.recall, recall);
            let [both, lost, wrong, apart] = naive_pairs(&gold, &found);
            close(s.pairs.precision, if both == 0.0 { 0.0 } else { both / (both + wrong) });
            close(s.pairs.recall, if both == 0.0 { 0.0 } else { both / (both + lost) });
            if lost + wrong > 0.0 {
                let all = both + lost + wrong + apart;
                let expected = (both + lost) * (both + wrong) / all;
                close(s.ari, (both - expected) / ((2.0 * both + lost + wrong) / 2.0 - expected));
            }
            let entropy = naive_mutual_information(&gold, &gold);
            if entropy > 1e-9 {
                close(s.homogeneity, naive_mutual_information(&gold, &found) / entropy);
            }
        }

        #[test]
        fn expectation_is_the_mean_over_all_orders(
            labels in proptest::collection::vec((0usize..3, 0usize..4), 2..7)
        ) {
            let (gold, mut found): (Vec<usize>, Vec<usize>) = labels.into_iter().unzip();
            let s = judge(&gold, &found);
            let mi = naive_mutual_information(&gold, &found);
            let mean = (naive_mutual_information(&gold, &gold) + naive_mutual_information(&found, &found)) / 2.0;
            let n = found.len();
            let (sum, count) = naive_expectation(&gold, &mut found, n);
            let room = mean - sum / count;
            if room > 1e-9 {
                close(s.ami, (mi - sum / count) / room);
            }
        }

        #[test]
        fn changing_sides_changes_sides(labels in proptest::collection::vec((0usize..20, 0usize..9), 0..80)) {
            let (gold, found): (Vec<usize>, Vec<usize>) = labels.into_iter().unzip();
            let (there, back) = (judge(&gold, &found), judge(&found, &gold));
            close(there.bcubed.precision, back.bcubed.recall);
            close(there.pairs.recall, back.pairs.precision);
            close(there.homogeneity, back.completeness);
            for (a, b) in [(there.ari, back.ari), (there.ami, back.ami), (there.v_measure, back.v_measure)] {
                close(a, b);
            }
        }

        #[test]
        fn names_and_order_do_not_matter(labels in proptest::collection::vec((0usize..20, 0usize..9), 0..80)) {
            let n = labels.len();
            let gold = labels.iter().enumerate().map(|(i, pair)| (i, pair.0));
            let found = labels.iter().enumerate().map(|(i, pair)| (i, pair.1));
            let straight = score(gold.clone(), found.clone());
            let renamed = score(
                gold.map(|(i, label)| (n - i, format!("g{}", 99 - label))).rev(),
                found.map(|(i, label)| (n - i, 1000 - label)),
            );
            prop_assert_eq!(straight, renamed);
        }

        #[test]
        fn marks_are_shares(labels in proptest::collection::vec((0usize..20, 0usize..9), 1..80)) {
            let (gold, found): (Vec<usize>, Vec<usize>) = labels.into_iter().unzip();
            let s = judge(&gold, &found);
            for mark in [s.bcubed.f1, s.pairs.f1, s.homogeneity, s.completeness, s.v_measure] {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&mark));
            }
            prop_assert!(s.ari <= 1.0 && s.ami <= 1.0 + 1e-9);
            close(judge(&gold, &gold).ami, 1.0);
        }
    }
}
