//! Labelled corpora, read as the program reads them.
//!
//! Documents stand in the order of time, undated ones last, as `cluster` takes them; those it would reject, and those
//! without a label, are left out. Of several records with one id the first counts.

use newsfold::document::DocId;
use newsfold::eval;
use newsfold::event::{Bylines, Features, Reader};
use newsfold::input::Fields;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Documents and what they are about.
pub(crate) struct Corpus {
    pub(crate) name: String,
    pub(crate) features: Vec<Features>,
    pub(crate) published: Vec<Option<i64>>,
    sources: Vec<Option<u32>>,
    /// The label of each document.
    gold: Vec<String>,
}

impl Corpus {
    pub(crate) fn read(path: &Path) -> Corpus {
        let labels = eval::read_labels(path, eval::Field::Event).expect("labels can be read").rows;
        let mut labels: HashMap<String, String> = labels.into_iter().rev().collect();
        let (bytes, fields, mut reader) =
            (std::fs::read(path).expect("a corpus"), Fields::default(), Reader::default());
        let (mut rows, mut numbers) = (Vec::new(), HashMap::new());
        for document in bytes.split(|&b| b == b'\n').filter_map(|record| fields.document(record).ok()) {
            if let Some(label) = document.id.and_then(|id| labels.remove(&*id)) {
                let next = numbers.len() as u32;
                let source =
                    (!document.source.is_empty()).then(|| *numbers.entry(document.source.into_owned()).or_insert(next));
                let features = reader.read(&document.title, &document.text);
                rows.push((document.published.seconds(), source, features, label));
            }
        }
        rows.sort_by_key(|row| row.0.unwrap_or(i64::MAX));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut corpus = Corpus { name, features: vec![], published: vec![], sources: vec![], gold: vec![] };
        for (published, source, features, label) in rows {
            corpus.published.push(published);
            corpus.sources.push(source);
            corpus.features.push(features);
            corpus.gold.push(label);
        }
        corpus
    }

    /// When and by whom the documents were published.
    pub(crate) fn bylines(&self) -> Bylines<'_> {
        Bylines { published: &self.published, sources: &self.sources }
    }

    /// The BCubed F1 of these events.
    pub(crate) fn f1(&self, event: &[u32]) -> f64 {
        let ids = || 0..self.gold.len() as DocId;
        eval::score(ids().zip(&self.gold), ids().zip(event)).bcubed.f1
    }
}

/// The corpora named; or those of the folder where they lie beside the project; or the sample.
pub(crate) fn named(paths: &[String]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_json_lines = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jsonl");
    let beside = std::fs::read_dir(root.join("../shared/corpora/events"));
    let mut found: Vec<PathBuf> = match (paths, beside) {
        ([], Ok(files)) => files.filter_map(|file| Some(file.ok()?.path())).filter(is_json_lines).collect(),
        ([], Err(_)) => vec![root.join("tests/data/sample.jsonl")],
        (paths, _) => return paths.iter().map(PathBuf::from).collect(),
    };
    found.sort();
    found
}
