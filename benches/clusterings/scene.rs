//! What every method starts from: the similarity graph of one corpus, as the program makes it, without copies.

use crate::corpora::Corpus;
use newsfold::event::{self, Params};

/// Another document, how similar it is, and the time factor in that.
#[derive(Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) to: u32,
    pub(crate) similarity: f32,
    pub(crate) time: f32,
}

/// The distinct documents of a corpus, in the order of time, and how similar they are.
pub(crate) struct Scene<'c> {
    corpus: &'c Corpus,
    pub(crate) published: Vec<Option<i64>>,
    /// Terms and weights of each document's unit vector.
    pub(crate) vectors: Vec<Vec<(u32, f32)>>,
    /// The edges of each document, in order; every edge is seen from both ends.
    pub(crate) near: Vec<Vec<Edge>>,
    /// Of each document of the corpus, the number of the distinct one equal to it.
    number: Vec<u32>,
}

impl<'c> Scene<'c> {
    pub(crate) fn new(corpus: &'c Corpus, params: &Params) -> Scene<'c> {
        let mut graph = event::graph(&corpus.features, corpus.bylines(), params);
        let (mut number, mut published, mut vectors) = (Vec::new(), Vec::new(), Vec::new());
        for (at, &first) in graph.firsts.iter().enumerate() {
            if first as usize == at {
                number.push(vectors.len() as u32);
                published.push(corpus.published[at]);
                vectors.push(std::mem::take(&mut graph.vectors[at]));
            } else {
                number.push(number[first as usize]);
            }
        }
        let mut near = vec![Vec::new(); vectors.len()];
        for (a, b, similarity, time) in graph.pairs {
            let (a, b) = (number[a as usize], number[b as usize]);
            near[a as usize].push(Edge { to: b, similarity, time });
            near[b as usize].push(Edge { to: a, similarity, time });
        }
        near.iter_mut().for_each(|edges| edges.sort_unstable_by_key(|edge| edge.to));
        Scene { corpus, published, vectors, near, number }
    }

    /// The same documents with other edges.
    pub(crate) fn with(&self, near: Vec<Vec<Edge>>) -> Scene<'c> {
        let (published, vectors, number) = (self.published.clone(), self.vectors.clone(), self.number.clone());
        Scene { corpus: self.corpus, published, vectors, near, number }
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.near.len()
    }

    /// The BCubed F1 of these clusters of the documents.
    pub(crate) fn f1(&self, cluster: &[u32]) -> f64 {
        self.corpus.f1(&self.number.iter().map(|&number| cluster[number as usize]).collect::<Vec<_>>())
    }
}
