//! What a night costs against so many remembered documents.
//!
//! Without arguments: a night of 2,000 documents against nothing and against 100,000. With them, as `scripts/night_scale.py`
//! asks, it fills a store up: `cargo bench --bench nights -- --store DIR --docs N` adds documents that never were until it
//! remembers N, in nights of [`NIGHT`] that are older than any it has, so that its stories of late stay those of real texts.
//! What is added is dear: each document is a text and a group of its own, with a signature of random slots; only its set
//! of shingles is small, as nobody looks at it who does not share a bucket.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group};
use newsfold::hash;
use newsfold::output::InputRow;
use newsfold::params::Params;
use newsfold::pipeline::{self, Nightly, Pipeline, Tables, Verb};
use newsfold::stats::Unwatched;
use newsfold::store::{Access, Document, Name, Node, Store, pack};
use std::fs;
use std::path::{Path, PathBuf};

/// Documents a night that is added.
const NIGHT: u64 = 500_000;
/// Its documents are of 1997 and after, by days.
const FIRST_DAY: i32 = 10_000;
/// Documents of an event.
const OF_EVENT: u64 = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [store, dir, docs, number] = &arguments[..]
        && (&**store, &**docs) == ("--store", "--docs")
    {
        return fill(Path::new(dir), number.parse().expect("a number of documents"));
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}

/// Fills a store up to so many documents.
fn fill(dir: &Path, docs: u64) {
    let mut store = Store::existing(dir, Access::Write).expect("a store that a night has made");
    let mut known = store.stats().expect("a whole store").documents;
    while known < docs {
        let documents = NIGHT.min(docs - known);
        add(&mut store, documents);
        known += documents;
    }
}

/// Adds a night of so many documents.
fn add(store: &mut Store, documents: u64) {
    let (number, slots) = (store.nights() as u64, Params::default().sketch.slots);
    let day = FIRST_DAY + number as i32;
    let mut growing = store.begin().expect("room for a night");
    let (mut signature, mut set) = (vec![0u16; slots], Vec::new());
    for place in 0..documents {
        let (seed, id) = (hash::mix(number << 32 | place), format!("{number}-{place}"));
        let mut name = |documents| Name { serial: store.new_serial(), name: &id, first_seen: day, documents };
        if place % OF_EVENT == 0 {
            growing.event(&name(OF_EVENT as u32), true).expect("room for an event");
        }
        let event = (place / OF_EVENT) as u32;
        let group = growing.group(&name(1), event, Some(place as u32)).expect("room for a group");
        let published = Some(i64::from(day) * 86_400);
        let document = Document { id: &id, published, content: seed, group, node: Some(place as u32) };
        let document = growing.document(&document).expect("room for a document");
        for (four, at) in signature.chunks_mut(4).zip(1..) {
            let random = hash::mix(seed ^ at);
            four.iter_mut().zip([0, 16, 32, 48]).for_each(|(slot, shift)| *slot = (random >> shift) as u16);
        }
        set.clear();
        pack(&[seed], &mut set);
        let node = Node { content: seed, document, filled: slots as u16, signature: &signature, set: &set };
        growing.node(&node).expect("room for a text");
    }
    let input = InputRow { path: "-".to_owned(), bytes: 0, digest: format!("night {number}") };
    let ready = store.ready(growing, day, vec![input], None).expect("a night is written");
    store.remember(ready).expect("a night is added");
}

fn night(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let (earlier, tonight) = (dir.path().join("earlier.jsonl"), dir.path().join("tonight.jsonl"));
    let corpus = corpus::jsonl(4000);
    let cut = corpus.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1999).expect("4000 lines").0 + 1;
    fs::write(&earlier, &corpus[..cut]).expect("room for the corpus");
    fs::write(&tonight, &corpus[cut..]).expect("room for the corpus");
    let (filled, store, out) = (dir.path().join("filled"), dir.path().join("store"), dir.path().join("out"));
    let mut group = c.benchmark_group("nights");
    let bytes = (corpus.len() - cut) as u64;
    group.throughput(Throughput::ElementsAndBytes { elements: 2000, bytes }).sample_size(10);
    for remembered in [0, 100_000] {
        if remembered > 0 {
            pipeline::nightly(&nightly(&earlier, filled.clone()), &out, &Unwatched).expect("a night");
            fill(&filled, remembered);
        }
        let (begin, nightly) = (|| again(&filled, &store), nightly(&tonight, store.clone()));
        group.bench_function(BenchmarkId::from_parameter(remembered), |b| {
            let a_night = |()| pipeline::nightly(&nightly, &out, &Unwatched).expect("a night");
            b.iter_batched(begin, a_night, BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn nightly(input: &Path, store: PathBuf) -> Nightly {
    let job = Pipeline {
        verb: Verb::Nightly,
        inputs: vec![input.display().to_string()],
        params: Params::default(),
        temp: std::env::temp_dir(),
        memory: None,
        threads: None,
        tables: Tables::default(),
    };
    Nightly { job, store, night: None, keep_days: None }
}

/// The store `to` as `from` is, in which files are written once; nothing, where that is nothing.
fn again(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("a folder that can go");
    }
    if !from.exists() {
        return;
    }
    fs::create_dir(to).expect("room for a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a folder");
        let (path, there) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { again(&path, &there) } else { fs::hard_link(&path, &there).expect("another name") }
    }
}

criterion_group!(benches, night);
