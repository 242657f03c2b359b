//! What decided about near-duplicates, compared again, exactly.
//!
//! Which documents are near is told by all signatures, which are at hand; the likeliest are read and compared. Of a group
//! of up to [`COMPARED`] documents all are; of a larger one the nearest may be missed where many are almost as near.

use super::Scene;
use crate::document::DocId;
use crate::error::Error;
use crate::explain::passages::passages;
use crate::explain::{ChainEdge, Group, NearDuplicates, Neighbour, chain, verdict};
use crate::pipeline::article::Articles;
use crate::result::ROUNDING;
use crate::shingle::Set;
use crate::sketch::equal_slots;
use crate::verify::{EstimateBound, Overlap};
use std::cmp::Reverse;
use std::collections::HashSet;

/// Members of a group that are compared with one of them, those with the likeliest signatures.
const COMPARED: usize = 1000;
/// Documents outside that are.
const COMPARED_OUTSIDE: usize = 20;
/// Members that are shown, and documents outside.
const SHOWN: usize = 5;
const SHOWN_OUTSIDE: usize = 3;
/// A chain is looked for among so many different texts at most.
const LINKED: usize = 2000;

impl Scene<'_> {
    /// A document's group, and what is near it there and elsewhere.
    pub(super) fn group(&self, doc: DocId) -> Result<Group, Error> {
        let office = self.labels.representative(doc);
        let members = self.members(office);
        let near = self.params().verify;
        let outside = self.labels.documents().filter(|&other| self.labels.representative(other) != office);
        let outside = self.nearest(doc, outside, COMPARED_OUTSIDE)?;
        let inside = members.iter().copied().filter(|&other| other != doc);
        let representative = self.nearest(doc, inside.clone().filter(|&other| other == office), 1)?.pop();
        let exact = representative.as_ref().map_or(1.0, |representative| representative.similarity);
        self.check(doc, exact)?;
        let nearest = self.nearest(doc, inside, COMPARED)?;
        Ok(Group {
            group: self.id(office),
            size: members.len(),
            representative,
            threshold: near.threshold,
            containment_threshold: near.containment,
            bands: self.params().shape().bands,
            nearest,
            outside: outside.into_iter().filter(|other| other.similarity > 0.0).take(SHOWN_OUTSIDE).collect(),
        })
    }

    /// What speaks for and against two documents being near-duplicates.
    pub(super) fn near_duplicates(&self, a: DocId, b: DocId) -> Result<NearDuplicates, Error> {
        let read = |doc: DocId| {
            self.read(doc, |document, articles| {
                let words = articles.spelled(document);
                (words, articles.shingles().to_vec())
            })
        };
        let (words_a, shingles_a) = read(a)?;
        let (words_b, shingles_b) = read(b)?;
        let sets = [Set::of(&shingles_a), Set::of(&shingles_b)];
        let overlap = Overlap::of(&sets[0], &sets[1]);
        let (verify, shape) = (self.params().verify, self.params().shape());
        let slots = self.memory.signatures.slots();
        let equal_slots = self.equal_slots(a, b);
        let same_text = self.is_same_text(a, b);
        let same_group = self.groups.are_together(a, b);
        let mut found = NearDuplicates {
            same_group,
            verdict: String::new(),
            near: verify.joins(&overlap),
            same_text,
            similarity: overlap.similarity(),
            threshold: verify.threshold,
            shared_shingles: overlap.both,
            all_shingles: overlap.either,
            shingles: [sets[0].len(), sets[1].len()],
            containment: overlap.containment(),
            containment_threshold: verify.containment,
            estimate: equal_slots as f64 / slots as f64,
            equal_slots,
            slots,
            shared_bands: self.shared_bands(a, b),
            bands: shape.bands,
            rows: shape.rows,
            chain: if same_group && !same_text { self.chain(a, b)? } else { None },
            in_both: passages(&words_a, &shingles_a, &sets[1], true),
            only_a: passages(&words_a, &shingles_a, &sets[1], false),
            only_b: passages(&words_b, &shingles_b, &sets[0], false),
        };
        found.verdict = verdict::of_near_duplicates(&found, self.params().group.linkage);
        Ok(found)
    }

    /// All of the group of a representative.
    fn members(&self, office: DocId) -> Vec<DocId> {
        self.labels.documents().filter(|&doc| self.labels.representative(doc) == office).collect()
    }

    /// Holds the result's similarity of a document to its representative against the exact one.
    fn check(&self, doc: DocId, exact: f64) -> Result<(), Error> {
        let error = (self.labels.similarity(doc) - exact).abs();
        if error > ROUNDING { Err(self.run.misfit(&format!("a similarity is {error:.4} off"))) } else { Ok(()) }
    }

    /// The [`SHOWN`] most similar of `others`, of which those with the likeliest signatures are compared.
    fn nearest(
        &self,
        doc: DocId,
        others: impl Iterator<Item = DocId>,
        compared: usize,
    ) -> Result<Vec<Neighbour>, Error> {
        let mut likely: Vec<(Reverse<usize>, &str, DocId)> =
            others.map(|other| (Reverse(self.equal_slots(doc, other)), self.labels.id(other), other)).collect();
        if likely.len() > compared {
            likely.select_nth_unstable(compared);
            likely.truncate(compared);
        }
        let mut sets = Sets::new(self);
        let own = sets.of(doc)?;
        let mut near = Vec::with_capacity(likely.len());
        for (_, id, other) in likely {
            near.push((Overlap::of(&own, &sets.of(other)?), id, other));
        }
        near.sort_by(|x, y| y.0.similarity().total_cmp(&x.0.similarity()).then(x.1.cmp(y.1)));
        near.truncate(SHOWN);
        near.iter().map(|&(overlap, _, other)| self.neighbour(doc, other, overlap)).collect()
    }

    fn neighbour(&self, doc: DocId, other: DocId, overlap: Overlap) -> Result<Neighbour, Error> {
        Ok(Neighbour {
            id: self.id(other),
            title: self.title(other)?,
            similarity: overlap.similarity(),
            containment: overlap.containment(),
            shared_bands: self.shared_bands(doc, other),
            same_text: self.is_same_text(doc, other),
        })
    }

    /// The edges that lead from `a` to `b` within their group, the fewest there are, each compared now.
    fn chain(&self, a: DocId, b: DocId) -> Result<Option<Vec<ChainEdge>>, Error> {
        let office = self.labels.representative(a);
        let mut members = self.members(office);
        members.sort_by_key(|&doc| self.labels.id(doc));
        // Of documents with the same words one stands for all.
        let mut texts = HashSet::new();
        let is_new = |doc: &DocId| texts.insert(self.memory.catalog.content(*doc));
        let nodes: Vec<DocId> = [a, b, office].into_iter().chain(members).filter(is_new).take(LINKED).collect();
        let mut sets = Sets::new(self);
        let sets = nodes.iter().map(|&doc| sets.of(doc)).collect::<Result<Vec<Set>, Error>>()?;
        let verify = self.params().verify;
        let overlap = |x: usize, y: usize| Overlap::of(&sets[x], &sets[y]);
        let bound = EstimateBound::new(verify.threshold, self.memory.signatures.slots());
        let may_be = |x: usize, y: usize| {
            let filled = self.memory.catalog.filled(nodes[x]).max(self.memory.catalog.filled(nodes[y]));
            verify.containment.is_some() || bound.allows(self.equal_slots(nodes[x], nodes[y]), filled)
        };
        let path = chain::shortest(nodes.len(), 0, 1, |x, y| may_be(x, y) && verify.joins(&overlap(x, y)));
        // An edge to a representative is one however unlikely the signatures.
        let path = path.or_else(|| chain::shortest(nodes.len(), 0, 1, |x, y| verify.joins(&overlap(x, y))));
        let edge = |two: &[usize]| {
            let overlap = overlap(two[0], two[1]);
            let (similarity, containment) = (overlap.similarity(), overlap.containment());
            ChainEdge { a: self.id(nodes[two[0]]), b: self.id(nodes[two[1]]), similarity, containment }
        };
        Ok(path.map(|path| path.windows(2).map(edge).collect()))
    }

    fn equal_slots(&self, a: DocId, b: DocId) -> usize {
        equal_slots(self.memory.signatures.row(a), self.memory.signatures.row(b))
    }

    fn shared_bands(&self, a: DocId, b: DocId) -> usize {
        let signatures = &self.memory.signatures;
        crate::lsh::shared_bands(signatures.row(a), signatures.row(b), self.params().shape())
    }

    fn is_same_text(&self, a: DocId, b: DocId) -> bool {
        self.memory.catalog.content(a) == self.memory.catalog.content(b)
    }
}

/// Shingle sets, one read after another.
struct Sets<'a> {
    scene: &'a Scene<'a>,
    articles: Articles<'a>,
    records: crate::records::Reader<'a>,
}

impl<'a> Sets<'a> {
    fn new(scene: &'a Scene<'a>) -> Self {
        Sets {
            scene,
            articles: Articles::new(scene.params(), &scene.memory.boilerplate),
            records: scene.memory.records.reader(),
        }
    }

    fn of(&mut self, doc: DocId) -> Result<Set, Error> {
        self.articles.set(&self.scene.memory.catalog, doc, &mut self.records)
    }
}
