//! Ways to make events of one similarity graph, on labelled corpora: which is best at one setting for all of them?
//!
//! `cargo bench --bench clusterings -- [CORPUS.jsonl ...]` prints a Markdown table: each method at the setting with the
//! highest mean BCubed F1; the mean if each corpus had the setting best for the others, and if it had its own best; and
//! the CPU seconds of clustering them all once. The graph is the program's, at its shipped default; the first row is
//! the program itself, which makes the graph in that time too, on all cores. With `--settings` it answers
//! `scripts/train_events.py` instead.
//!
//! On the five development corpora (9,000 documents; AllSides, ECB+, Giveme5W1H, Iran and the E3, OG2021 titles):
//!
//! | method | AllSides | ECB+ | 5W1H | E3 | OG2021 | mean |
//! |---|---|---|---|---|---|---|
//! | newsfold, as shipped: average link, then mended | .920 | .945 | .928 | 1.000 | .651 | .889 |
//! | average link, damped | .921 | .944 | .902 | 1.000 | .631 | .880 |
//! | single link (components) | .888 | .883 | .835 | 1.000 | .395 | .800 |
//! | complete link | .913 | .903 | .904 | 1.000 | .574 | .859 |
//! | Leiden, constant Potts | .916 | .920 | .891 | 1.000 | .633 | .872 |
//!
//! On the graph of a version before, Louvain had .873, label propagation .871, online centroids .837 and Leiden by
//! modularity .668, where average link had .881.
//!
//! Without corpora: those beside the project, or the sample.

#![allow(missing_docs, clippy::expect_used)]

mod corpora;
mod leiden;
mod linkage;
mod methods;
mod numbers;
mod online;
mod propagation;
mod repair;
mod scene;
mod settings;
mod table;

use corpora::Corpus;
use newsfold::event::Params;
use scene::Scene;

fn main() {
    let (options, paths): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let corpora: Vec<Corpus> = corpora::named(&paths).iter().map(|path| Corpus::read(path)).collect();
    if options.iter().any(|option| option == "--settings") {
        return settings::answer(&corpora);
    }
    let ends = |first: [&str; 2], last: [&str; 4], each: &mut dyn Iterator<Item = String>| {
        table::row(first.map(str::to_owned).into_iter().chain(each).chain(last.map(str::to_owned)))
    };
    let names = &mut corpora.iter().map(|corpus| corpus.name.clone());
    println!("{}", ends(["method", "setting"], ["mean", "the others' best", "its own best", "CPU s"], names));
    println!("{}", "|---".repeat(corpora.len() + 6) + "|");
    let (shipped, start) = (Params::default(), std::time::Instant::now());
    let f1 = settings::f1(&corpora, &shipped);
    let (mean, seconds) = (format!("{:.4}", table::mean(&f1)), format!("{:.2}", start.elapsed().as_secs_f64()));
    println!("{}", ends(["newsfold", "as shipped"], [&mean, "", "", &seconds], &mut table::marks(&f1)));
    let scenes: Vec<Scene> = corpora.iter().map(|corpus| Scene::new(corpus, &shipped)).collect();
    table::print(&scenes);
}
