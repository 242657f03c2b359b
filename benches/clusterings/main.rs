//! Ways to cluster.

#![allow(missing_docs, clippy::expect_used)]

mod corpora;

use corpora::Corpus;
use newsfold::event::{self, Params};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let corpora: Vec<Corpus> = corpora::named(&args).iter().map(|path| Corpus::read(path)).collect();
    for c in &corpora {
        let t = std::time::Instant::now();
        let clusters = event::cluster(&c.features, &c.published, &Params::default());
        println!("{} {} {:?} {:?} {}", c.name, c.features.len(), c.scores(&clusters.event), t.elapsed(), clusters.events);
    }
}
