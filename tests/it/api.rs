//! The small public API as others have built upon it: this file is theirs, and a release that it does not build with is
//! a new major version (Cargo's rules; until 1.0, a new minor one).

use newsfold::error::Error;
use newsfold::event::{self, Bylines, Features};
use newsfold::group::{Keep, Linkage};
use newsfold::input::Reject;
use newsfold::lsh::Shape;
use newsfold::pipeline::Near;
use newsfold::sketch::Slot;
use newsfold::stats::{Unwatched, Watch};
use newsfold::{Events, Groups, Index, Lsh, Outcome, Params, Pipeline, Sketcher, Verb};
use std::path::Path;

/// What is shared between threads and told of in messages stays so.
fn is_a_value<T: Clone + std::fmt::Debug + Send + Sync>() {}

#[test]
fn values_are_values() {
    is_a_value::<Params>();
    is_a_value::<Pipeline>();
    is_a_value::<Outcome>();
    is_a_value::<Verb>();
    is_a_value::<Events>();
    is_a_value::<Shape>();
}

#[test]
fn a_pipeline_is_told_planned_and_run() -> Result<(), Error> {
    let dir = crate::workdir::Workdir::new();
    dir.file("in.jsonl", crate::workdir::record("a", &crate::workdir::prose(1, 60)));
    let out = dir.path("out");
    let mut pipeline: Pipeline = Pipeline::new(Verb::Run, [dir.path("in.jsonl").to_str().unwrap()]);
    let params: &mut Params = &mut pipeline.params;
    params.verify.threshold = 0.7;
    params.group.keep = Keep::Longest;
    params.group.linkage = Linkage::Representative;
    (params.shingle.width, params.sketch.slots) = (4, 64);
    (pipeline.threads, pipeline.memory, pipeline.temp) = (Some(1), Some(1 << 30), std::env::temp_dir());
    (pipeline.tables.edges, pipeline.tables.annotated) = (true, true);
    assert_eq!(pipeline.plan(Some(&out))?.inputs.len(), 1);
    let watch: &dyn Watch = &Unwatched;
    let outcome: Outcome = pipeline.run(&out, watch)?;
    let told: (u64, u64, u64, u64, Option<u64>, f64) =
        (outcome.read, outcome.rejected, outcome.accepted(), outcome.kept, outcome.events, outcome.reject_rate());
    assert_eq!(told, (1, 0, 1, 1, Some(1), 0.0));
    let groups: Groups = Groups::read(&out.join("articles.jsonl"))?;
    assert_eq!(groups.find("a").map(|doc| groups.id(groups.representative(doc)).to_owned()), Some("a".to_owned()));
    let refused: Result<Outcome, Error> = Pipeline::new(Verb::Dedup, ["nowhere.jsonl"]).run(&out, watch);
    assert!(refused.is_err());
    Ok(())
}

#[test]
fn an_index_is_asked_while_it_grows() -> Result<(), Error> {
    let mut index: Index = Index::new(Params::default())?;
    let text = crate::workdir::prose(3, 60);
    let inserted: Result<Vec<Near>, Reject> = index.insert("a", "", &text);
    assert!(inserted.unwrap().is_empty());
    let near: Vec<(&str, f64)> =
        index.query("", &text).unwrap().iter().map(|near| (near.id, near.similarity)).collect();
    assert_eq!(near, [("a", 1.0)]);
    let dir = crate::workdir::Workdir::new();
    let path: &Path = &dir.path("index");
    index.save(path)?;
    let again: Index = Index::load(path)?;
    assert_eq!((again.len(), again.is_empty()), (1, false));
    Ok(())
}

#[test]
fn signatures_meet_in_buckets() {
    let params = Params::default();
    let (mut sketcher, mut lsh): (Sketcher, Lsh) = (Sketcher::new(&params.sketch), Lsh::new(params.shape()));
    let (mut signature, mut found): (Vec<Slot>, Vec<u32>) = (Vec::new(), Vec::new());
    let filled = sketcher.sketch(&[1u64, 2, 3], &mut signature);
    assert!(usize::from(filled) <= 3 && signature.len() == params.sketch.slots);
    lsh.insert(&signature, &mut found);
    assert!(found.is_empty());
    lsh.find(&signature, &mut found);
    assert_eq!(found, [0]);
}

#[test]
fn features_become_events() {
    let mut reader = event::Reader::default();
    let features: Vec<Features> = vec![reader.read("Flood in Bihar", ""), reader.read("Strike in Zambia", "")];
    let bylines = Bylines { published: &[Some(0), None], sources: &[None, Some(1)] };
    let events: Events = event::cluster(&features, bylines, &Params::default().event);
    assert_eq!((&events.event[..], events.events), (&[0u32, 1][..], 2usize));
}
