//! What must hold of any bytes: a law a target. The tests check it of what was found.

use newsfold::hash;
use newsfold::input::{
    Blocks, Extractor, Fields, Format, Input, Maker, Pace, Params, Spare, canonical, published, rfc3339, with_members,
};
use newsfold::text::{Story, Tokenizer};

/// A file is read to its end, as a run reads it: records come in their order, within the block that counts them.
pub fn file(bytes: &[u8], format: Format) {
    let params = Params { max_record_bytes: 64 << 10, ..Params::default() };
    let name = "x".to_owned();
    let input = Input { below: name.clone(), name, path: None, format, is_file: false, frame: None };
    for pace in [Pace::Full, Pace::Eager] {
        let reader = std::io::Cursor::new(bytes.to_vec());
        let Ok(mut blocks) = Blocks::of(reader, &input, &params, pace) else { return };
        let (mut maker, fields) = (Maker::new(&params), Fields::default());
        let (mut buffer, mut spare) = (Vec::new(), Spare::default());
        while let Ok(Some(mut block)) = blocks.next_block(buffer) {
            block.unpack();
            let (mut line, mut offset) = (None, 0);
            for record in block.records() {
                assert!(line.is_none_or(|line| line < record.line) && offset <= record.offset);
                (line, offset) = (Some(record.line), record.offset);
                // A last line without its end is not counted.
                assert!(record.line <= block.lines());
                if let Ok(made) = record.content.and_then(|content| maker.make(content, "x")) {
                    // The same whatever was read before.
                    let [first, next] =
                        [&mut Spare::default(), &mut spare].map(|spare| fields.document_of(made.raw(), spare));
                    assert_eq!(format!("{first:?}"), format!("{next:?}"));
                }
            }
            buffer = block.into_buffer();
        }
    }
}

/// What is a document is JSON that takes members.
pub fn json(bytes: &[u8]) {
    let is_document = Fields::default().document(bytes).is_ok();
    let Ok(text) = str::from_utf8(bytes) else { return assert!(!is_document) };
    if is_document {
        let with = with_members(text, &[("group", "g\"\u{1}")]).expect("what is an object takes members");
        assert!(Fields::default().document(with.as_bytes()).is_ok());
    }
}

/// A time that is shown is read as the same.
pub fn date(text: &str) {
    if let Some(shown) = published(text).seconds().and_then(rfc3339) {
        assert_eq!(published(&shown).seconds(), published(text).seconds(), "{shown}");
    }
}

/// A canonical form is its own.
pub fn url(text: &str) {
    if let Some(form) = canonical(text) {
        assert_eq!(canonical(&form).as_ref(), Some(&form));
    }
}

/// The words and the hashes of a text are of the same words, and a story has no more.
pub fn words(text: &str) {
    let (mut words, mut hashes, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    Tokenizer::default().words(text, |word| words.push(word.to_owned()));
    Tokenizer::default().hashes(text, &mut hashes, &mut lines);
    assert!(words.iter().map(|word| hash::word(word.as_bytes())).eq(hashes.iter().copied()));
    let (title, body) = text.split_once('\n').unwrap_or(("", text));
    let mut story = Story::default();
    story.read(title, body);
    assert!(story.words().len() <= hashes.len());
}

/// A page is read.
pub fn html(bytes: &[u8]) {
    _ = Extractor::default().page(bytes, None, "https://www.daily.example/2025/01/14/x");
}
