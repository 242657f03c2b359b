#![no_main]

use newsfold::hash;
use newsfold::text::{Story, Tokenizer};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (mut words, mut hashes, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    Tokenizer::default().words(text, |word| words.push(word.to_owned()));
    Tokenizer::default().hashes(text, &mut hashes, &mut lines);
    assert!(words.iter().map(|word| hash::word(word.as_bytes())).eq(hashes.iter().copied()));
    let (title, body) = text.split_once('\n').unwrap_or(("", text));
    let mut story = Story::default();
    story.read(title, body);
    assert!(story.words().len() <= hashes.len());
});
