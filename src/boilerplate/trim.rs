//! A text without the lines that its outlet repeats.

use super::{Boilerplate, Line, OWN_WORDS};
use crate::document::Document;
use crate::text::{Lines, Tokenizer};
use std::borrow::Cow;
use std::ops::Range;

/// Leaves out boilerplate of texts, one after another, in the same buffers.
#[derive(Debug, Default)]
pub struct Trimmer {
    tokenizer: Tokenizer,
    words: Vec<u64>,
    lines: Lines,
    left_out: Vec<Range<usize>>,
}

impl Trimmer {
    /// Leaves the lines that its outlet repeats out of a document's text; tells how many words they had. A text of which
    /// too little would be left stays as it is.
    pub fn trim(&mut self, document: &mut Document, boilerplate: &Boilerplate) -> usize {
        let words = self.find(document, boilerplate);
        if words > 0 {
            document.text = Cow::Owned(self.rest(&document.text));
        }
        words
    }

    /// The lines that are left out of a document's text.
    pub fn left_out<'a>(&mut self, document: &'a Document, boilerplate: &Boilerplate) -> Vec<&'a str> {
        self.find(document, boilerplate);
        self.left_out.iter().map(|line| document.text[line.clone()].trim()).collect()
    }

    /// Finds what is to be left out of a document's text, and tells how many words it has.
    fn find(&mut self, document: &Document, boilerplate: &Boilerplate) -> usize {
        let Trimmer { tokenizer, words, lines, left_out } = self;
        left_out.clear();
        let repeated = boilerplate.of(document);
        if repeated.is_empty() {
            return 0;
        }
        let text = &*document.text;
        lines.read(text, tokenizer, words);
        let mut found = 0;
        for (bytes, of_line) in lines.with_words() {
            if repeated.binary_search(&Line::of(&words[of_line.clone()])).is_ok() {
                // With its end, if it has one.
                left_out.push(bytes.start..text.len().min(bytes.end + 1));
                found += of_line.len();
            }
        }
        if words.len() - found < OWN_WORDS {
            left_out.clear();
            return 0;
        }
        found
    }

    /// The rest of a text.
    fn rest(&self, text: &str) -> String {
        let mut rest = String::with_capacity(text.len());
        let mut from = 0;
        for left_out in &self.left_out {
            rest.push_str(&text[from..left_out.start]);
            from = left_out.end;
        }
        rest + &text[from..]
    }
}
