//! A page of the web to what it says: headline, story, day, outlet, language.
//!
//! ```text
//! bytes    to text: marks, declarations, and what the bytes look like       charset
//! tokens   to parts and lines, in one pass (html5gum)                       soup cook tag bytes hints
//! facts    that the page tells of itself: meta, JSON-LD, headings, times    facts
//! story    the part that prose is in, without what is around it             story
//! ```
//!
//! Law: any bytes are read in time and memory that are linear in them, whatever they nest.

mod bytes;
mod charset;
mod cook;
mod facts;
mod hints;
mod soup;
mod story;
mod tag;

use super::date;
use crate::document::Published;
use facts::Facts;
use soup::Soup;

/// No page is longer; what stands behind is not read.
const LONGEST_PAGE: usize = 64 << 20;
/// The story that a page has for machines is taken where it is so many times longer than the one that it shows.
const HIDDEN_STORY: usize = 2;

/// What a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The headline, or nothing.
    pub title: String,
    /// The story, a line a paragraph.
    pub text: String,
    /// When it was published, as the page writes it, or nothing.
    pub published: String,
    /// The outlet's name, or nothing.
    pub source: String,
    /// Its language, as the page writes it, or nothing.
    pub lang: String,
    /// The address that the page gives itself, or nothing.
    pub url: String,
}

/// Why a page is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing in it reads like a story.
    #[error("the page has no text")]
    NoText,
}

/// Reads pages, one after another, in the same buffers.
#[derive(Debug, Default)]
pub struct Extractor {
    soup: Soup,
    story: story::Reader,
}

impl Extractor {
    /// What a page says: its `body` as it was served, unpacked; the `charset` of its Content-Type header, if that names
    /// one; the address it was found at.
    pub fn page(&mut self, body: &[u8], charset: Option<&str>, url: &str) -> Result<Page, Unreadable> {
        let html = charset::decode(&body[..body.len().min(LONGEST_PAGE)], charset, url);
        self.soup.read(&html);
        let facts = Facts::of(&self.soup, url);
        let mut text = String::new();
        self.story.read(&self.soup, &facts.title, &mut text);
        let hidden = self.lines_of(&facts.body);
        if hidden.len() > text.len() * HIDDEN_STORY {
            text = hidden;
        }
        if text.is_empty() {
            return Err(Unreadable::NoText);
        }
        // Some write the first moment of all time for none.
        let is_moment = |written: &&String| matches!(date::published(written), Published::At(second) if second > 0);
        let published = facts.published.iter().find(is_moment);
        let published = published.or(facts.published.first()).cloned().unwrap_or_default();
        Ok(Page { title: facts.title, text, published, source: facts.source, lang: facts.lang, url: facts.url })
    }

    /// A story that was written for machines, in lines; some write it as HTML.
    fn lines_of(&mut self, body: &str) -> String {
        let mut lines = String::new();
        if body.contains("</") || body.contains("<br") || body.contains("<p") {
            self.soup.read(body);
            self.soup.lines.iter().for_each(|line| push_line(&mut lines, self.soup.line(line)));
        } else {
            body.lines().for_each(|line| push_line(&mut lines, &facts::clean(line)));
        }
        lines
    }
}

fn push_line(lines: &mut String, line: &str) {
    if !line.is_empty() {
        if !lines.is_empty() {
            lines.push('\n');
        }
        lines.push_str(line);
    }
}

#[cfg(test)]
mod tests;
