//! Near-duplicates: signatures to groups, and every member's exact similarity.
//!
//! The documents are put in the order in which they would represent a group, exact copies of an earlier one set aside;
//! what is left are the nodes. Bands give [`candidates`]; those an estimate cannot rule out are read again and
//! [`compare`]d exactly.

mod candidates;
mod compare;
mod matched;

use super::article::Articles;
use super::read::Remembered;
use crate::document::DocId;
use crate::error::Error;
use crate::group::{self, Linkage, UnionFind};
use crate::hash;
use crate::lsh::{Nodes, Shape, contained};
use crate::params::Params;
use crate::sort;
use crate::stats::{Stages, Unit, Watch};
use crate::store::Earlier;
use crate::verify::{Edge, Overlap};
use ahash::{HashMap, HashSet};
pub(super) use candidates::Band;
use candidates::{Bands, Candidate, Candidates, Estimator};
use compare::Comparer;
use hashbrown::HashTable;
pub(super) use matched::{Matched, match_bands};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Who belongs together.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Groups {
    /// Of each document.
    pub(super) representative: Vec<DocId>,
    /// Of each document, to its representative.
    pub(super) similarity: Vec<f64>,
    /// The documents in the order in which they would represent a group.
    pub(super) order: Vec<DocId>,
    /// Verified pairs, if they were asked for.
    pub(super) edges: Vec<(DocId, DocId, Overlap)>,
    pub(super) counts: Counts,
    /// Groups that earlier nights know, by the document that stands for them tonight.
    pub(super) earlier: HashMap<DocId, Earlier>,
    /// The texts that were compared.
    pub(super) nodes: Nodes,
    /// Those that earlier nights know to the letter, by their documents.
    pub(super) known_texts: HashSet<DocId>,
}

/// What near-duplicate detection did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub(super) exact_copies: u64,
    pub(super) candidates: u64,
    pub(super) verified: u64,
    pub(super) edges: u64,
    pub(super) capped_bucket_pairs: u64,
    pub(super) long_lists: u64,
}

impl Groups {
    /// Every document its own group.
    pub(super) fn alone(memory: &Remembered, params: &Params) -> Self {
        let documents = memory.catalog.documents();
        Groups {
            similarity: vec![1.0; documents.len()],
            representative: documents.collect(),
            order: order(memory, &params.group),
            ..Groups::default()
        }
    }

    /// The documents, those of a group together, its representative first; both in the order in which they would
    /// represent a group.
    pub(super) fn members(&self) -> Vec<DocId> {
        // Counted, then each put where its group is.
        let office = |&doc: &DocId| self.representative[doc as usize] as usize;
        let mut sizes = vec![0u32; self.order.len()];
        self.order.iter().for_each(|doc| sizes[office(doc)] += 1);
        let (mut next, mut placed) = (sizes, 0);
        for &doc in &self.order {
            placed += std::mem::replace(&mut next[doc as usize], placed);
        }
        let mut members = vec![0; self.order.len()];
        for doc in &self.order {
            let place = &mut next[office(doc)];
            members[*place as usize] = *doc;
            *place += 1;
        }
        members
    }

    /// How many groups are of two or more.
    pub(super) fn of_two_or_more(&self) -> u64 {
        let mut is_followed = vec![false; self.representative.len()];
        let led = self.representative.iter().zip(0..).filter(|&(&office, doc)| office != doc);
        led.for_each(|(&office, _)| is_followed[office as usize] = true);
        is_followed.into_iter().filter(|&followed| followed).count() as u64
    }

    /// Whether a document represents its group.
    pub(super) fn is_representative(&self, doc: DocId) -> bool {
        self.stands(doc) && !self.earlier.contains_key(&doc)
    }

    /// Whether a document represents its group, or stands for a representative of an earlier night.
    pub(super) fn stands(&self, doc: DocId) -> bool {
        self.representative[doc as usize] == doc
    }

    /// What earlier nights know of a document's group.
    pub(super) fn earlier(&self, doc: DocId) -> Option<&Earlier> {
        self.earlier.get(&self.representative[doc as usize])
    }

    /// Whether two documents are of one group.
    pub(super) fn are_together(&self, a: DocId, b: DocId) -> bool {
        self.representative[a as usize] == self.representative[b as usize]
    }
}

/// The documents in the order in which they would represent a group.
pub(super) fn order(memory: &Remembered, params: &group::Params) -> Vec<DocId> {
    let catalog = &memory.catalog;
    let mut claims: Vec<_> = catalog.documents().map(|doc| (catalog.claim(doc, params), doc)).collect();
    sort::by_key(&mut claims, |&claim| claim);
    // Ids are looked at only where nothing else decides.
    for tied in claims.chunk_by_mut(|a, b| a.0 == b.0).filter(|tied| tied.len() > 1) {
        tied.sort_by(|(_, x), (_, y)| catalog.id(*x).as_bytes().cmp(catalog.id(*y).as_bytes()));
    }
    claims.into_iter().map(|(_, doc)| doc).collect()
}

/// Finds the groups; with `all_edges`, every candidate is compared, connected or not.
pub(super) fn groups(
    memory: &Remembered,
    params: &Params,
    all_edges: bool,
    stages: &mut Stages,
) -> Result<Groups, Error> {
    groups_of(memory, params, all_edges, |_| Ok(None), stages)
}

/// Likewise, of what others have `matched` already, once the nodes are known.
pub(super) fn groups_of(
    memory: &Remembered,
    params: &Params,
    all_edges: bool,
    matched: impl FnOnce(&Nodes) -> Result<Option<Matched>, Error>,
    stages: &mut Stages,
) -> Result<Groups, Error> {
    let (order, nodes) = order_and_nodes(memory, params, stages)?;
    let matched = matched(&nodes)?;
    let keeps_connected = keeps_connected(params, all_edges);
    let finder = Finder { memory, params, nodes: &nodes, keeps_connected, matched: matched.as_ref() };
    let found = finder.find(!keeps_connected, stages)?;
    let Found { edges, settled, counts } = match found {
        Some(found) => found,
        // Something was presumed wrongly: texts made to deceive signatures. Nothing is presumed the second time.
        None => finder.find(false, stages)?.unwrap_or_default(),
    };
    let edges = if all_edges { finder.all_edges(edges, &order) } else { Vec::new() };
    let representative = |&node: &u32| nodes.document[settled.representative[node as usize] as usize];
    Ok(Groups {
        representative: nodes.node.iter().map(representative).collect(),
        similarity: nodes.node.iter().map(|&node| settled.similarity[node as usize]).collect(),
        order,
        edges,
        counts: Counts { exact_copies: (memory.catalog.len() - nodes.len()) as u64, ..counts },
        earlier: HashMap::default(),
        nodes,
        known_texts: HashSet::default(),
    })
}

/// Whether pairs that edges already connect are compared too.
fn keeps_connected(params: &Params, all_edges: bool) -> bool {
    all_edges || params.group.linkage == Linkage::Representative
}

/// The documents in the order in which they would represent a group, and the nodes.
fn order_and_nodes(memory: &Remembered, params: &Params, stages: &mut Stages) -> Result<(Vec<DocId>, Nodes), Error> {
    stages.stage("order", None, Unit::Documents, |_| {
        let order = order(memory, &params.group);
        let nodes = nodes(memory, &order);
        Ok(((order, nodes), memory.catalog.len() as u64, 0))
    })
}

/// Sets exact copies of earlier documents aside.
fn nodes(memory: &Remembered, order: &[DocId]) -> Nodes {
    let content = |doc: DocId| memory.catalog.content(doc);
    // By arrival, as contents lie: which are the same. A text is found by half of its hash.
    let (mut arrived, mut text): (Vec<DocId>, Vec<u32>) = (Vec::new(), Vec::with_capacity(order.len()));
    let mut known: HashTable<(u32, u32)> = HashTable::new();
    for doc in memory.catalog.documents() {
        let this = content(doc);
        let half = this as u32;
        let same = |&(other, text): &(u32, u32)| other == half && content(arrived[text as usize]) == this;
        text.push(match known.find(hash::fold(half.into()), same) {
            Some(&(_, text)) => text,
            None => {
                let new = arrived.len() as u32;
                known.insert_unique(hash::fold(half.into()), (half, new), |&(half, _)| hash::fold(half.into()));
                arrived.push(doc);
                new
            }
        });
    }
    // In order: the first of a text becomes its node.
    let (mut documents, mut node) = (Vec::with_capacity(arrived.len()), vec![u32::MAX; arrived.len()]);
    for &doc in order {
        let node = &mut node[text[doc as usize] as usize];
        if *node == u32::MAX {
            *node = documents.len() as u32;
            documents.push(doc);
        }
    }
    text.iter_mut().for_each(|text| *text = node[*text as usize]);
    Nodes::new(documents, text)
}

/// Finds pairs of nodes, compares them, and settles who represents whom.
struct Finder<'a> {
    memory: &'a Remembered,
    params: &'a Params,
    nodes: &'a Nodes,
    /// Whether pairs that edges already connect are compared too.
    keeps_connected: bool,
    matched: Option<&'a Matched>,
}

/// What comes of it.
#[derive(Default)]
struct Found {
    edges: Vec<Edge>,
    settled: Settled,
    counts: Counts,
}

/// The representative of each node and the similarity to it.
#[derive(Default)]
struct Settled {
    representative: Vec<u32>,
    similarity: Vec<f64>,
}

impl Finder<'_> {
    /// Goes the whole way; nothing, if something was presumed that is not so.
    fn find(&self, presume: bool, stages: &mut Stages) -> Result<Option<Found>, Error> {
        let (mut counts, mut compared) = (Counts::default(), Vec::new());
        let shape = self.params.shape();
        let estimator = Estimator::new(self.memory, self.nodes, self.params.verify.threshold);
        let candidates = stages.stage("candidates", Some(shape.bands as u64), Unit::Steps, |watch| {
            let candidates = self.candidates(&estimator, shape, presume, &mut compared, &mut counts, watch)?;
            counts.candidates += candidates.pairs.len() as u64;
            Ok::<_, Error>((candidates, counts.candidates, 0))
        })?;
        stages.stage("verify", Some(counts.candidates), Unit::Steps, |watch| {
            let mut candidates = candidates;
            let pairs = std::mem::take(&mut candidates.pairs);
            compared.extend(self.comparer(self.keeps_connected).compare(pairs, |pairs| {
                watch.advance(pairs);
                watch.go_on()
            })?);
            let mut edges: Vec<Edge> = self.params.verify.near(&compared).copied().collect();
            let joined = UnionFind::new(self.nodes.len());
            edges.iter().for_each(|edge| _ = joined.join(edge.a, edge.b));
            if !candidates.stand(&joined) {
                return Ok((None, compared.len() as u64, 0));
            }
            let found = self.among_crowds(&estimator, shape, &candidates.crowded, &joined, &compared)?;
            edges.extend(self.params.verify.near(&found));
            counts.candidates += found.len() as u64;
            compared.extend(found);
            (counts.verified, counts.edges) = (compared.len() as u64, edges.len() as u64);
            let settled = self.settle(&compared, &mut edges)?;
            Ok((Some(Found { edges, settled, counts }), counts.verified, 0))
        })
    }

    /// Compares nodes of large buckets that nobody is `joined` to there, with those they were not `compared` with.
    fn among_crowds(
        &self,
        estimator: &Estimator,
        shape: Shape,
        crowded: &[u32],
        joined: &UnionFind,
        compared: &[Edge],
    ) -> Result<Vec<Edge>, Error> {
        let left = estimator.stragglers(shape, crowded, joined);
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let mut is_known = vec![false; left.len()];
        for edge in compared {
            let place = left.binary_search_by_key(&(edge.a, edge.b), |pair| (pair.a, pair.b));
            place.into_iter().for_each(|at| is_known[at] = true);
        }
        let left = left.into_iter().zip(is_known).filter_map(|(pair, is_known)| (!is_known).then_some(pair)).collect();
        self.comparer(self.keeps_connected).compare(left, |_| Ok(()))
    }

    fn candidates(
        &self,
        estimator: &Estimator,
        shape: Shape,
        presume: bool,
        compared: &mut Vec<Edge>,
        counts: &mut Counts,
        watch: &dyn Watch,
    ) -> Result<Candidates, Error> {
        let compare = |pairs: Vec<Candidate>| {
            counts.candidates += pairs.len() as u64;
            let edges = self.comparer(false).compare(pairs, |_| watch.go_on())?;
            compared.extend_from_slice(&edges);
            Ok(self.params.verify.near(&edges).map(|edge| (edge.a, edge.b)).collect())
        };
        let compare = (!self.keeps_connected).then_some(compare);
        let get = |bands: Range<usize>, connected: &UnionFind| match self.matched {
            Some(matched) => bands.into_par_iter().map(|band| matched.band(band)).collect(),
            None => Ok(estimator.bands(shape, bands, |a, b| connected.are_one(a, b))),
        };
        let bands = Bands { range: 0..shape.bands, get: &get, keep: &mut |_| Ok(()) };
        let mut candidates = estimator.banded(bands, presume, |bands| watch.advance(bands), compare)?;
        counts.capped_bucket_pairs = candidates.capped;
        if let Some(least) = self.params.verify.containment {
            let (more, long_lists) = self.contained(least)?;
            counts.long_lists = long_lists;
            candidates.pairs.par_extend(more.par_iter().map(|&pair| estimator.estimate(pair)));
            candidates::put_in_order(&mut candidates.pairs);
        }
        Ok(candidates)
    }

    /// Pairs of which one may be a cut of the other; and lists left out.
    fn contained(&self, least: f64) -> Result<(Vec<(u32, u32)>, u64), Error> {
        let nodes: Vec<u32> = (0..self.nodes.len() as u32).collect();
        let portions = nodes.par_chunks(4096).map(|portion| {
            let (mut reader, mut articles) =
                (self.memory.records.reader(), Articles::new(self.params, &self.memory.boilerplate));
            let (mut listed, mut sizes) = (Vec::new(), Vec::new());
            for &node in portion {
                let document = self.nodes.document[node as usize];
                let set = articles.set(&self.memory.catalog, document, &mut reader)?;
                sizes.push(set.len() as u32);
                contained::list(node, &set, &mut listed);
            }
            Ok((listed, sizes))
        });
        let (listed, sizes): (Vec<_>, Vec<_>) = portions.collect::<Result<Vec<_>, Error>>()?.into_iter().unzip();
        let (mut listed, sizes) = (listed.concat(), sizes.concat());
        sort::by_key(&mut listed, |&pair| pair);
        Ok(contained::pairs(&listed, &sizes, least))
    }

    fn comparer(&self, keeps_connected: bool) -> Comparer<'_> {
        let Finder { memory, params, nodes, matched, .. } = *self;
        Comparer { memory, params, nodes, keeps_connected, matched }
    }

    /// Makes groups of `edges` and compares every member with its representative that was not `compared` before.
    fn settle(&self, compared: &[Edge], edges: &mut Vec<Edge>) -> Result<Settled, Error> {
        let mut representative = group::representatives(self.nodes.len(), edges, Linkage::Components);
        let mut similarity = self.compare_with(&representative, compared)?;
        if self.params.group.linkage == Linkage::Representative {
            // A member that no band joined to its component's representative may be near it all the same.
            edges.extend(similarity.iter().zip(0..).filter_map(|(overlap, b)| {
                let edge = Edge { a: representative[b as usize], b, overlap: (*overlap)? };
                (edge.a != b && self.params.verify.joins(&edge.overlap)).then_some(edge)
            }));
            edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
            edges.dedup_by_key(|edge| (edge.a, edge.b));
            representative = group::representatives(self.nodes.len(), edges, Linkage::Representative);
            similarity = self.compare_with(&representative, edges)?;
        }
        let similarity = similarity.iter().map(|overlap| overlap.map_or(1.0, |overlap| overlap.similarity())).collect();
        Ok(Settled { representative, similarity })
    }

    /// Each node's overlap with its representative, `None` for a representative: from `known`, else compared now.
    fn compare_with(&self, representative: &[u32], known: &[Edge]) -> Result<Vec<Option<Overlap>>, Error> {
        let mut overlap = vec![None; representative.len()];
        let mut take = |edge: &Edge| {
            if representative[edge.b as usize] == edge.a {
                overlap[edge.b as usize] = Some(edge.overlap);
            }
        };
        known.iter().for_each(&mut take);
        let left = (0u32..).zip(representative).zip(&overlap);
        let left: Vec<Candidate> = left
            .filter(|((node, office), known)| node != *office && known.is_none())
            .map(|((b, &a), _)| Candidate::new(a, b, 0))
            .collect();
        for edge in self.comparer(true).compare(left, |_| Ok(()))? {
            overlap[edge.b as usize] = Some(edge.overlap);
        }
        Ok(overlap)
    }

    /// The edges between documents: those of the nodes, and every exact copy's to the first of its words.
    fn all_edges(&self, mut edges: Vec<Edge>, order: &[DocId]) -> Vec<(DocId, DocId, Overlap)> {
        edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
        let first = |doc: DocId| self.nodes.document[self.nodes.node[doc as usize] as usize];
        let copies = order.iter().filter(|&&doc| first(doc) != doc).map(|&doc| (first(doc), doc, Overlap::WHOLE));
        let document = |node: u32| self.nodes.document[node as usize];
        let nodes = edges.iter().map(|edge| (document(edge.a), document(edge.b), edge.overlap));
        nodes.chain(copies).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::hash;
    use crate::pipeline::{Pipeline, Tables, Verb};
    use crate::stats::Unwatched;
    use std::path::Path;

    /// 500 versions of a page, and as many of another.
    pub(in crate::pipeline) fn versions() -> String {
        let word = |page: u64, at: u64, edit: u64| hash::mix(page << 40 | at << 20 | edit) % 100_000;
        let text = |version: u64| {
            let edits = [1, 2, 3].map(|i| hash::mix(version << 8 | i) % 200);
            let words = (0..200).map(|at| word(version % 2, at, if edits.contains(&at) { version } else { 0 }));
            words.map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ")
        };
        (0..1000).map(|version| format!("{{\"id\":\"{version:04}\",\"text\":\"{}\"}}\n", text(version))).collect()
    }

    fn result(dir: &Path, threads: usize) -> (Vec<u8>, serde_json::Value) {
        let out = dir.join(format!("with {threads}"));
        let job = Pipeline {
            verb: Verb::Dedup,
            inputs: vec![dir.join("in.jsonl").display().to_string()],
            params: Params::default(),
            temp: dir.to_owned(),
            memory: None,
            threads: Some(threads),
            tables: Tables::default(),
        };
        job.run(&out, &Unwatched).unwrap();
        let run = std::fs::read(out.join("run.json")).unwrap();
        let counts = serde_json::from_slice::<serde_json::Value>(&run).unwrap()["counts"].clone();
        (std::fs::read(out.join("articles.jsonl")).unwrap(), counts)
    }

    /// Families of a page, 598 versions of it with one edit, and one with so many that it is near to the page alone.
    pub(in crate::pipeline) fn families_with_a_straggler(families: u64) -> String {
        let text = |family: u64, version: u64| {
            let mut words: Vec<u64> = (0..160).map(|at| hash::mix(family << 40 | at) % 100_000).collect();
            for edit in 0..[0, 1, 6][usize::from(version > 0) + usize::from(version == 599)] {
                let place = hash::mix(family << 40 | version << 20 | edit << 10);
                // Elsewhere than those of the versions, so that it is less like each of them than like the page.
                words[if version == 599 { 90 + 10 * edit as usize } else { place as usize % 80 }] =
                    hash::mix(place) % 100_000;
            }
            words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ")
        };
        let ids = (0..families).flat_map(|family| (0..600).map(move |version| (family, version)));
        ids.map(|(f, v)| format!("{{\"id\":\"{f:02}-{v:03}\",\"text\":\"{}\"}}\n", text(f, v))).collect()
    }

    #[test]
    fn who_is_near_to_one_of_a_crowd_alone_is_found_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("in.jsonl"), families_with_a_straggler(6)).unwrap();
        let (articles, counts) = result(dir.path(), 1);
        assert!(counts["capped_bucket_pairs"].as_u64().unwrap() > 0);
        assert_eq!(counts["kept"], 6, "{counts}");
        assert_eq!(result(dir.path(), 3), (articles, counts));
    }

    #[test]
    fn too_many_candidates_are_compared_between_bands() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("in.jsonl"), versions()).unwrap();
        let (articles, counts) = result(dir.path(), 1);
        assert!(counts["candidates"].as_u64().unwrap() as usize > candidates::most(1000), "{counts}");
        assert_eq!(counts["kept"], 2);
        for threads in [2, 5] {
            assert_eq!(result(dir.path(), threads), (articles.clone(), counts.clone()));
        }
    }
}
