//! The program's own clusters under many settings: what `scripts/train_events.py` learns from.
//!
//! On each line of standard input an array of settings, as objects (what is not named is as shipped); for each line an
//! array of arrays comes back, the BCubed F1 of each setting on each corpus.

use crate::corpora::Corpus;
use newsfold::event::{self, Params};
use rayon::prelude::*;
use std::io::Write;

/// The F1 of one setting on each corpus.
pub(crate) fn f1(corpora: &[Corpus], params: &Params) -> Vec<f64> {
    let of = |corpus: &Corpus| corpus.f1(&event::cluster(&corpus.features, corpus.bylines(), params).event);
    corpora.iter().map(of).collect()
}

/// Answers until the input ends.
pub(crate) fn answer(corpora: &[Corpus]) {
    for line in std::io::stdin().lines() {
        let settings: Vec<Params> = serde_json::from_str(&line.expect("lines of UTF-8")).expect("an array of settings");
        settings.iter().for_each(|params| params.validate().expect("settings that make sense"));
        let answer: Vec<Vec<f64>> = settings.par_iter().map(|params| f1(corpora, params)).collect();
        println!("{}", serde_json::to_string(&answer).expect("numbers"));
        std::io::stdout().flush().expect("someone listens");
    }
}
