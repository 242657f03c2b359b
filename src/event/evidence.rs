//! Why documents are in one event, or are not: the numbers that clustering used, of the documents asked for.
//!
//! [`Evidence`] goes the way of [`super::cluster`] with the same functions and keeps what that lets go: the vectors, the
//! neighbours, the merges. Whatever it says of a pair is what the clustering took it for: a pair that is no edge counts as
//! 0, however similar, and says so ([`Bond::is_edge`]). A merge is found again by replaying all of them.
//!
//! Law: a reported edge has the similarity that the clustering gave it. Time and memory: those of clustering, plus the
//! vectors, 6 bytes a term kept; a question is linear in the documents. Bad case: a question about every document, where
//! each walks all the others.

use super::cluster::{self, Cluster};
use super::neighbours::{self, Near, UNIT, product};
use super::similarity::{Components, Edge, Sets, Similarities};
use super::vector::{Frequencies, Vectors};
use super::{Bylines, Distinct, Features, Params, Term, features, label, mixing};

/// The documents that were clustered, by their numbers there, and all that decided.
pub struct Evidence<'a> {
    params: &'a Params,
    /// Of each document, which one it is among those that differ.
    place: Vec<u32>,
    /// The first document at each place; all that follows is by place.
    first: Vec<usize>,
    features: Vec<&'a Features>,
    published: Vec<Option<i64>>,
    sources: Vec<Option<u32>>,
    frequencies: Frequencies,
    vectors: Vectors,
    near: Vec<Near>,
    /// The first document of those that edges at the threshold connect with each.
    component: Vec<u32>,
    merges: Vec<(u32, u32)>,
    event: Vec<u32>,
}

/// What speaks for two documents being about one event: `similarity = cosine x scales x time x apart`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bond {
    /// The cosine of their terms, mixed with the likeness of their models' vectors where both have one.
    pub cosine: f32,
    /// That likeness.
    pub likeness: Option<f32>,
    /// The cosine that is usual between each of them and strangers.
    pub usual: [f32; 2],
    /// What that makes of the cosine: each multiplies it.
    pub scale: [f32; 2],
    /// The time factor.
    pub time: f32,
    /// What is made of it where both are of one source; else 1.
    pub apart: f32,
    /// What comes of it.
    pub similarity: f32,
    /// Whether clustering knew of it. If not, neither was among the other's most similar, and it counted as 0.
    pub is_edge: bool,
}

/// Two clusters, and what speaks for making them one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Documents in each, those equal to an earlier one left out.
    pub sizes: [usize; 2],
    /// The mean similarity of their documents.
    pub mean: f64,
    /// That, damped by the size of the smaller: at the threshold they are linked.
    pub score: f64,
    /// The cosine of their centroids, less where dates are missing: when no more can be linked, it mends fragments.
    pub mend: f64,
    /// Whether pairs at the threshold lead from one to the other: else nothing makes them one.
    pub is_connected: bool,
}

/// Two documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Between {
    /// What speaks for them; nothing where one counts as the other, having the same terms on the same day.
    pub bond: Option<Bond>,
    /// Whether they are in one event.
    pub is_one_event: bool,
    /// The clusters whose merging brought them together, or the events that they are in.
    pub fit: Option<Fit>,
}

/// One document.
#[derive(Debug, Clone, PartialEq)]
pub struct Around {
    /// The cosine that is usual between it and strangers.
    pub usual: f32,
    /// What that makes of its cosines: it multiplies them.
    pub scale: f32,
    /// Its fit with the others of its event, if there are any.
    pub rest: Option<Fit>,
    /// The merge that brought it into company, the cluster of it alone being one of the two.
    pub joined: Option<Fit>,
    /// Other documents with the same terms on the same day, which count as it.
    pub same: usize,
    /// The most similar documents of its event.
    pub inside: Vec<(usize, Bond)>,
    /// The most similar documents of other events, with the fit of the two events.
    pub outside: Vec<(usize, Bond, Fit)>,
}

impl<'a> Evidence<'a> {
    /// Clusters as [`super::cluster`] does, of whose arguments these are, and keeps what decided.
    pub fn new(features: &'a [Features], bylines: Bylines, params: &'a Params) -> Evidence<'a> {
        let Distinct { firsts, kept: first, features, published, sources } = Distinct::new(features, bylines);
        let place = firsts.iter().map(|&at| first.partition_point(|&other| other < at as usize) as u32).collect();
        let bylines = Bylines { published: &published, sources: &sources };
        let frequencies = Frequencies::new(&features);
        let vectors = Vectors::new(&features, &frequencies, params);
        let near = neighbours::neighbours(&vectors, mixing(&features, params).as_ref(), &published, params);
        let edges = Similarities::new(&near, bylines, params).edges();
        let components = Components::new(first.len(), edges, params.threshold);
        let merges = cluster::merges(&components, |document| published[document as usize].is_some(), params);
        let event = cluster::label(first.len(), &merges);
        let component = components.component;
        Evidence {
            params,
            place,
            first,
            features,
            published,
            sources,
            frequencies,
            vectors,
            near,
            component,
            merges,
            event,
        }
    }

    /// The event of a document, by the number that [`super::Events`] gives it.
    pub fn event(&self, document: usize) -> u32 {
        self.event[self.place(document)]
    }

    /// Why two documents are in one event, or are not.
    pub fn between(&self, a: usize, b: usize) -> Between {
        let (a, b) = (self.place(a), self.place(b));
        let similarities = self.similarities();
        let is_one_event = self.event[a] == self.event[b];
        let fit = if a == b {
            None
        } else if is_one_event {
            self.merge(|sets, _| sets.root(a as u32) == sets.root(b as u32))
                .map(|[x, y]| self.fit(&similarities, &x, &y))
        } else {
            Some(self.fit(&similarities, &self.members(a), &self.members(b)))
        };
        Between { bond: (a != b).then(|| self.bond(&similarities, a, b)), is_one_event, fit }
    }

    /// Why a document is in its event: its `nearest` documents there and elsewhere.
    pub fn around(&self, document: usize, nearest: usize) -> Around {
        let here = self.place(document);
        let similarities = self.similarities();
        let members = self.members(here);
        let rest: Vec<u32> = members.iter().copied().filter(|&other| other as usize != here).collect();
        let alone = [here as u32];
        let joined = self
            .merge(|sets, merged| sets.root(here as u32) == sets.root(merged))
            .map(|[x, y]| if y == alone { [y, x] } else { [x, y] });
        let mut edges: Vec<Edge> = (0..self.near.len())
            .filter(|&there| there != here)
            .filter_map(|there| self.edge(&similarities, here, there).map(|(edge, _)| edge))
            .collect();
        edges.sort_unstable_by(|x, y| y.similarity.total_cmp(&x.similarity).then((x.a, x.b).cmp(&(y.a, y.b))));
        let others = edges.iter().map(|edge| if edge.a as usize == here { edge.b } else { edge.a } as usize);
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            others.partition(|&other| self.event[other] == self.event[here]);
        let bond = |&other: &usize| (self.first[other], self.bond(&similarities, here, other));
        Around {
            usual: self.near[here].usual,
            scale: similarities.scales[here],
            rest: (!rest.is_empty()).then(|| self.fit(&similarities, &alone, &rest)),
            joined: joined.map(|[x, y]| self.fit(&similarities, &x, &y)),
            same: self.place.iter().filter(|&&place| place as usize == here).count() - 1,
            inside: inside.iter().take(nearest).map(bond).collect(),
            outside: (outside.iter().take(nearest))
                .map(|other| {
                    let ((document, bond), theirs) = (bond(other), self.members(*other));
                    (document, bond, self.fit(&similarities, &members, &theirs))
                })
                .collect(),
        }
    }

    /// The terms of both documents, those first that give most to their cosine, and how much that is.
    pub fn shared(&self, a: usize, b: usize) -> Vec<(Term, f32)> {
        let (numbers, weights) = self.vectors.get(self.place(b));
        heaviest(self.weighed(self.place(a)).filter_map(|(term, number, weight)| {
            let other = numbers.binary_search(&number).ok()?;
            Some((term, product(weight, weights[other]) as f32 / UNIT))
        }))
    }

    /// The terms of `a` that `b` lacks, the heaviest first, and the share of `a` that each of them is.
    pub fn missing(&self, a: usize, b: usize) -> Vec<(Term, f32)> {
        let other = self.features[self.place(b)];
        let mine = self.weighed(self.place(a)).filter(|(term, ..)| other.terms.binary_search(term).is_err());
        heaviest(mine.map(|(term, _, weight)| (term, product(weight, weight) as f32 / UNIT)))
    }

    /// When a document without a date may have been published, each with its vote: the times of those most similar to it.
    pub fn guesses(&self, document: usize) -> Vec<(i64, f32)> {
        self.similarities().times.guesses(self.place(document)).to_vec()
    }

    fn place(&self, document: usize) -> usize {
        self.place[document] as usize
    }

    fn similarities(&self) -> Similarities<'_> {
        Similarities::new(&self.near, Bylines { published: &self.published, sources: &self.sources }, self.params)
    }

    /// All that are in the event of the one at a place.
    fn members(&self, place: usize) -> Vec<u32> {
        (0..self.event.len() as u32).filter(|&other| self.event[other as usize] == self.event[place]).collect()
    }

    /// The edge of two documents, if there is one, and its cosine: it comes up at the earlier document or else at the later.
    fn edge(&self, similarities: &Similarities, a: usize, b: usize) -> Option<(Edge, f32)> {
        let found = |here: usize, there: usize| {
            let cosines = &self.near[here].cosines;
            let found = cosines.binary_search_by_key(&(there as u32), |found| found.0).ok()?;
            Some((similarities.edge(here, there, cosines[found].1), cosines[found].1))
        };
        found(a.min(b), a.max(b)).or_else(|| found(a.max(b), a.min(b)))
    }

    fn bond(&self, similarities: &Similarities, a: usize, b: usize) -> Bond {
        let known = self.edge(similarities, a, b);
        let mixing = mixing(&self.features, self.params);
        let (edge, cosine) = known.unwrap_or_else(|| {
            let cosine = self.cosine(a, b);
            let cosine = mixing.as_ref().map_or(cosine, |mixing| mixing.mixed(cosine, a, b));
            (similarities.edge(a, b, cosine), cosine)
        });
        Bond {
            cosine,
            likeness: mixing.as_ref().and_then(|mixing| mixing.likeness(a, b)),
            usual: [a, b].map(|at| self.near[at].usual),
            scale: [a, b].map(|at| similarities.scales[at]),
            time: similarities.time(a, b, cosine),
            apart: similarities.apart(a, b),
            similarity: edge.similarity,
            is_edge: known.is_some(),
        }
    }

    fn cosine(&self, a: usize, b: usize) -> f32 {
        let (numbers, weights) = self.vectors.get(b);
        let (ours, here) = self.vectors.get(a);
        let sum: u32 = (ours.iter().zip(here))
            .filter_map(|(number, &weight)| numbers.binary_search(number).ok().map(|at| product(weight, weights[at])))
            .sum();
        sum as f32 / UNIT
    }

    /// The terms of a vector, with their numbers and weights there.
    fn weighed(&self, place: usize) -> impl Iterator<Item = (Term, u32, u16)> {
        let (numbers, weights) = self.vectors.get(place);
        self.features[place].terms.iter().filter_map(move |&term| {
            let number = self.frequencies.number(term)?;
            numbers.binary_search(&number).ok().map(|at| (term, number, weights[at]))
        })
    }

    fn fit(&self, similarities: &Similarities, ours: &[u32], theirs: &[u32]) -> Fit {
        let has = |members: &[u32], at: u32| members.binary_search(&at).is_ok();
        let edges = || ours.iter().chain(theirs).flat_map(|&at| similarities.edges_at(at as usize));
        let sum = |within: &dyn Fn(&Edge) -> bool| {
            edges().filter(within).map(|edge| cluster::whole(&edge)).sum::<u64>() as f64
        };
        let cluster = |members: &[u32]| {
            let documents = members.iter().map(|&at| Cluster::of_one(self.published[at as usize].is_some()));
            let alone = documents.reduce(|one, other| one.and(other, 0.0)).unwrap_or(Cluster::of_one(false));
            alone.with(sum(&|edge| has(members, edge.a) && has(members, edge.b)))
        };
        let (a, b) = (cluster(ours), cluster(theirs));
        let between = sum(&|edge| has(ours, edge.a) && has(theirs, edge.b) || has(ours, edge.b) && has(theirs, edge.a));
        Fit {
            sizes: [ours.len(), theirs.len()],
            mean: cluster::mean(between, a, b),
            score: cluster::link_score(between, a, b, self.params),
            mend: cluster::mend_score(between, a, b, self.params),
            is_connected: self.component[ours[0] as usize] == self.component[theirs[0] as usize],
        }
    }

    /// The two clusters of the first merge after which something holds, which is told a document of the merged cluster.
    fn merge(&self, mut holds: impl FnMut(&mut Sets, u32) -> bool) -> Option<[Vec<u32>; 2]> {
        let documents = self.first.len();
        let mut sets = Sets::new(documents);
        let at = self.merges.iter().position(|&(a, b)| {
            sets.join(a, b);
            holds(&mut sets, a)
        })?;
        let mut before = Sets::new(documents);
        self.merges[..at].iter().for_each(|&(a, b)| before.join(a, b));
        let (a, b) = self.merges[at];
        Some([a, b].map(|one| {
            let root = before.root(one);
            (0..documents as u32).filter(|&other| before.root(other) == root).collect()
        }))
    }
}

fn heaviest(terms: impl Iterator<Item = (Term, f32)>) -> Vec<(Term, f32)> {
    let mut terms: Vec<(Term, f32)> = terms.filter(|&(_, weight)| weight > 0.0).collect();
    terms.sort_unstable_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
    terms
}

/// How an article writes terms, each as it does most often; a term that it does not have is left out.
pub fn written(title: &str, text: &str, terms: &[(Term, f32)]) -> Vec<(String, f32)> {
    let mut speller = label::Speller::default();
    speller.look_for(terms.iter().map(|&(term, _)| term));
    speller.read_so_far(title, text, features::READ);
    speller.written().into_iter().map(|(rank, form)| (form, terms[rank].1)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Events, Reader, cluster};
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    const DAY: i64 = 86_400;

    fn corpus() -> impl Strategy<Value = (Vec<Features>, Vec<Option<i64>>)> {
        let document = ("([k-t][aeo][lmn] ){1,6}", proptest::option::weighted(0.8, 0i64..40));
        proptest::collection::vec(document, 2..40).prop_map(|documents| {
            let mut reader = Reader::default();
            documents.into_iter().map(|(title, day)| (reader.read(&title, ""), day.map(|day| day * DAY))).unzip()
        })
    }

    /// Whether what is told of two clusters makes them one.
    fn is_one(fit: &Fit, params: &Params) -> bool {
        fit.score >= f64::from(params.threshold) || fit.is_connected && fit.mend >= f64::from(params.mend)
    }

    /// Sources of so many documents.
    fn sources(documents: usize) -> Vec<Option<u32>> {
        (0..documents as u32).map(|document| Some(document % 5).filter(|&source| source > 0)).collect()
    }

    /// The edges as the clustering makes them.
    fn edges(features: &[Features], bylines: Bylines, params: &Params) -> HashMap<(usize, usize), f32> {
        let distinct = Distinct::new(features, bylines);
        let vectors = Vectors::new(&distinct.features, &Frequencies::new(&distinct.features), params);
        let near = neighbours::neighbours(&vectors, None, &distinct.published, params);
        let edges = Similarities::new(&near, distinct.bylines(), params).edges();
        let kept = &distinct.kept;
        edges.iter().map(|edge| ((kept[edge.a as usize], kept[edge.b as usize]), edge.similarity)).collect()
    }

    proptest! {
        #[test]
        fn a_reported_edge_has_the_similarity_that_the_clustering_gave_it(
            (features, published) in corpus(), neighbours in 1usize..6,
        ) {
            let params = Params { neighbours, ..Params::default() };
            let sources = sources(features.len());
            let bylines = Bylines { published: &published, sources: &sources };
            let (evidence, edges) = (Evidence::new(&features, bylines, &params), edges(&features, bylines, &params));
            let Events { event, .. } = cluster(&features, bylines, &params);
            for a in 0..features.len() {
                prop_assert_eq!(evidence.event(a), event[a]);
                for b in a + 1..features.len() {
                    let Between { bond, is_one_event, fit } = evidence.between(a, b);
                    prop_assert_eq!(is_one_event, event[a] == event[b]);
                    let Some(bond) = bond else {
                        prop_assert!(is_one_event && fit.is_none() && features[a] == features[b]);
                        continue;
                    };
                    let [x, y] = [a, b].map(|at| evidence.first[evidence.place(at)]);
                    let edge = edges.get(&(x.min(y), x.max(y))).copied();
                    prop_assert_eq!(bond.is_edge.then_some(bond.similarity), edge);
                    let shared: f32 = evidence.shared(a, b).iter().map(|&(_, part)| part).sum();
                    prop_assert!((shared - bond.cosine).abs() < 1e-3, "{} {}", shared, bond.cosine);
                    prop_assert_eq!(is_one(&fit.unwrap(), &params), is_one_event, "{:?}", fit);
                }
            }
        }

        #[test]
        fn a_document_fits_its_event_as_well_as_its_edges_say((features, published) in corpus()) {
            let params = Params::default();
            let sources = sources(features.len());
            let bylines = Bylines { published: &published, sources: &sources };
            let (evidence, edges) = (Evidence::new(&features, bylines, &params), edges(&features, bylines, &params));
            let of = |a: usize, b: usize| f64::from(edges.get(&(a.min(b), a.max(b))).copied().unwrap_or(0.0));
            for here in evidence.first.clone() {
                let around = evidence.around(here, 3);
                let (rest, others): (Vec<usize>, Vec<usize>) =
                    evidence.first.iter().filter(|&&at| at != here).partition(|&&at| evidence.event(at) == evidence.event(here));
                let sum: f64 = rest.iter().map(|&at| of(here, at)).sum();
                match around.rest {
                    Some(fit) => {
                        prop_assert!((fit.mean - sum / rest.len() as f64).abs() < 1e-6);
                        prop_assert_eq!(fit.sizes, [1, rest.len()]);
                        prop_assert!(around.joined.is_some_and(|fit| fit.sizes[0] == 1 && is_one(&fit, &params)));
                    }
                    None => prop_assert!(rest.is_empty() && around.joined.is_none()),
                }
                for (found, among) in [
                    (around.inside, rest),
                    (around.outside.into_iter().map(|(at, bond, _)| (at, bond)).collect(), others),
                ] {
                    let mut best: Vec<f64> = among.iter().map(|&at| of(here, at)).filter(|&similarity| similarity > 0.0).collect();
                    best.sort_by(|x, y| y.total_cmp(x));
                    best.truncate(3);
                    let found: Vec<f64> = found.iter().map(|(_, bond)| f64::from(bond.similarity)).collect();
                    prop_assert_eq!(found, best);
                }
            }
        }
    }

    const GENEVA: (&str, &str) = ("Talks in Geneva", "Envoys met in Geneva on the nuclear programme.");
    const AGAIN: (&str, &str) =
        ("Geneva talks end", "The nuclear envoys left Geneva after a day of talks about sanctions.");
    const FLOOD: (&str, &str) = ("Flood in Bihar", "A flood in Bihar has killed nine people near sanctions offices.");

    #[test]
    fn terms_are_written_as_in_the_text() {
        let mut reader = Reader::default();
        let features = [GENEVA, AGAIN, FLOOD, FLOOD].map(|(title, text)| reader.read(title, text));
        let published = [Some(0), Some(0), None, Some(9 * DAY)];
        let params = Params::default();
        let bylines = Bylines { published: &published, sources: &[None; 4] };
        let evidence = Evidence::new(&features, bylines, &params);
        let words = |terms: &[(Term, f32)]| -> Vec<String> {
            written(GENEVA.0, GENEVA.1, terms).into_iter().map(|(form, _)| form).collect()
        };
        let shared = words(&evidence.shared(0, 1));
        assert!(shared.contains(&"Geneva".to_owned()) && shared.contains(&"nuclear".to_owned()), "{shared:?}");
        assert!(words(&evidence.shared(0, 2)).is_empty());
        let against = written(AGAIN.0, AGAIN.1, &evidence.missing(1, 0));
        assert_eq!(against.len(), 1, "{against:?}");
        assert_eq!(against[0].0, "sanctions");
        assert_eq!(evidence.guesses(2).iter().map(|guess| guess.0).collect::<Vec<_>>(), [9 * DAY]);
        assert!(evidence.guesses(0).is_empty());
    }
}
