use super::*;
use crate::shingle::Set;
use crate::verify::Overlap;
use proptest::prelude::*;
use std::path::Path;

fn params(width: usize) -> Params {
    let mut params = Params::default();
    params.shingle.width = width;
    params
}

/// A text of these words, and its shingle set.
fn text(words: &[u32], width: usize) -> (String, Set) {
    let text = words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    let (mut story, mut shingles) = (Story::default(), Vec::new());
    story.read("", &text);
    shingle::shingles(story.words(), width, &mut shingles);
    (text, Set::of(&shingles))
}

fn saved(index: &Index, path: &Path) -> Index {
    index.save(path).unwrap();
    Index::load(path).unwrap()
}

fn owned(near: Vec<Near>) -> Vec<(String, f64)> {
    near.into_iter().map(|near| (near.id.to_owned(), near.similarity)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_found_is_near_and_copies_are_always_found(
        texts in prop::collection::vec(prop::collection::vec(0u32..6, 1..20), 1..40), saves_at in 0usize..40,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::new(params(2)).unwrap();
        let made: Vec<(String, Set)> = texts.iter().map(|words| text(words, 2)).collect();
        for (at, (story, set)) in made.iter().enumerate() {
            if at == saves_at {
                index = saved(&index, &dir.path().join("index"));
            }
            let asked = owned(index.query("", story).unwrap());
            let found = owned(index.insert(&at.to_string(), "", story).unwrap());
            prop_assert_eq!(&asked, &found);
            prop_assert!(found.windows(2).all(|two| two[0].1 >= two[1].1));
            for (id, similarity) in &found {
                let exact = Overlap::of(set, &made[id.parse::<usize>().unwrap()].1).similarity();
                prop_assert!((exact - similarity).abs() < 1e-9 && exact >= 0.65, "{} {}", exact, similarity);
            }
            let copies = (0..at).filter(|&earlier| texts[earlier] == texts[at]);
            let missed: Vec<usize> = copies.filter(|copy| !found.iter().any(|(id, _)| *id == copy.to_string())).collect();
            prop_assert!(missed.is_empty(), "{:?}", missed);
        }
        prop_assert_eq!(index.len(), texts.len());
    }
}

#[test]
fn what_is_not_inserted_changes_nothing() {
    let mut index = Index::new(params(2)).unwrap();
    index.insert("a", "", "one two three").unwrap();
    assert_eq!(index.insert("a", "", "four five six").unwrap_err().reason, Reason::DuplicateId);
    assert_eq!(index.insert("b", "", " .. ").unwrap_err().reason, Reason::EmptyText);
    assert_eq!(index.query("", "").unwrap_err().reason, Reason::EmptyText);
    assert!((index.len(), index.contains("a"), index.contains("b")) == (1, true, false));
    assert!(index.query("", "four five six").unwrap().is_empty());
    let mut contained = params(2);
    contained.verify.containment = Some(0.9);
    assert!(matches!(Index::new(contained), Err(Error::Param { flag: "containment", .. })));
}

#[test]
fn a_hundred_copies_hide_no_other() {
    let mut index = Index::new(params(2)).unwrap();
    let words: Vec<u32> = (0..60).collect();
    let (other, _) = text(&[&words[..], &[99]].concat(), 2);
    index.insert("other", "", &other).unwrap();
    let (copy, _) = text(&words, 2);
    for number in 0..100 {
        let found = index.insert(&number.to_string(), "", &copy).unwrap();
        assert_eq!((found.len(), found.last().unwrap().id), (number + 1, "other"));
    }
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("index");
    let mut index = Index::new(params(2)).unwrap();
    for (id, text) in [("a", "one two three"), ("b", "four five six"), ("c", "one two three")] {
        index.insert(id, "", text).unwrap();
    }
    assert_eq!(saved(&index, &path).query("", "one two three").unwrap(), index.query("", "one two three").unwrap());
    let whole = std::fs::read(&path).unwrap();
    let why = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        match Index::load(&path) {
            Err(Error::Damaged { why, .. }) => why,
            other => panic!("{:?}", other.map(|index| index.len())),
        }
    };
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        why(&bytes);
        why(&whole[..at]);
    }
    assert!(why(&[&MAGIC_1[..], &whole[16..]].concat()).contains("index of version 1"));
    // One that somebody has summed up anew, at every place.
    for at in 16..whole.len() - 16 {
        let mut bytes = whole[..whole.len() - 16].to_vec();
        bytes[at] ^= 0x81;
        bytes.extend(xxhash_rust::xxh3::xxh3_128(&bytes).to_le_bytes());
        std::fs::write(&path, &bytes).unwrap();
        if let Ok(index) = Index::load(&path) {
            index.query("", "one two three").unwrap();
        }
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    assert!(matches!(Index::load(&dir.path().join("none")), Err(Error::File { .. })));
}

const MAGIC_1: [u8; 16] = *b"newsfold index 1";
