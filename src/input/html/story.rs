//! The story among a page's lines.
//!
//! A line is worth its letters if it is written as prose is: it ends as a sentence, has commas, or is long. A line of
//! links costs what it is long. What its names or tags say to be furniture, comments, a dialog or hidden is left out,
//! unless most of the page's prose is in it, as names often tell of a part's neighbours. Of the parts that are left the
//! one that is worth most is the story's; one that holds it and much more prose than links takes its place. If hardly
//! anything was found, less is left out, and then nothing.
//!
//! Of the story's part the prose is taken, what stands in its lists, quotes and tables, and headings that something
//! follows. Sums go once from the last part to the first; linear in parts and lines.

use super::facts::same;
use super::hints::Hints;
use super::soup::{Line, Part, Soup};
use super::tag::Tag;
use std::ops::Range;

/// A line with a larger share of links is a way to elsewhere.
const LINKED: f64 = 0.5;
/// A sentence of fewer letters is no prose by itself.
const SENTENCE: u32 = 25;
/// With a comma or the like, prose from here on.
const CLAUSE: u32 = 60;
/// Prose from here on without any mark.
const LONG: u32 = 140;
/// What a short line without links costs.
const CRUMB: i64 = 5;
/// An item of a list is worth so much less than a paragraph, and so is what stands before the headline.
const LISTED: f64 = 0.3;
const AHEAD: f64 = 0.2;
/// A part with a larger share of the page's prose is not left out for its name.
const MOST: f64 = 0.6;
/// A body that says so, with a larger share of the prose, keeps what is around it.
const BODY: i64 = 3;
/// More prose than this is no byline.
const BYLINE: i64 = 150;
/// What being called the body, or an article, adds to a part's worth.
const CALLED_BODY: f64 = 0.3;
const CALLED_ARTICLE: f64 = 0.2;
/// A part takes the place of one in it if it has so much more prose, and fewer links than that prose.
const MORE: f64 = 0.2;
const LINKS_TO_MORE: f64 = 0.5;
/// A part in it that has such a share of its prose ends the story; an article among others, already this share.
const SHARE: f64 = 0.85;
const ARTICLE_SHARE: f64 = 0.5;
/// A line in a paragraph of fewer letters, or elsewhere, that is no prose, is left out.
const IN_PARAGRAPH: u32 = 12;
const ELSEWHERE: u32 = 60;
/// A cell of more letters is a paragraph of its own.
const CELL: u32 = 40;
/// A story of fewer letters is doubted.
const ENOUGH: u32 = 150;
/// And one of fewer is none.
const SOME: u32 = 40;

/// How much is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Rigour {
    Names,
    Sure,
    Nothing,
}

/// What is known of a part, with what is around it, as bits.
mod shape {
    pub(super) const HEADING: u8 = 1;
    pub(super) const ITEM: u8 = 2;
    pub(super) const QUOTE: u8 = 4;
    pub(super) const ROW: u8 = 8;
    pub(super) const PARAGRAPH: u8 = 16;
    pub(super) const BODY: u8 = 32;
    pub(super) const STRICT: u8 = 64;
}

/// Hints that are sure.
const STRICT: Hints = Hints::COMMENTS.with(Hints::DIALOG).with(Hints::HIDDEN);

/// Finds stories, one after another, in the same buffers.
#[derive(Debug, Default)]
pub(super) struct Reader {
    shapes: Vec<u8>,
    holds_body: Vec<bool>,
    left_out: Vec<bool>,
    headline: usize,
    values: Vec<i64>,
    prose: Vec<i64>,
    links: Vec<i64>,
}

impl Reader {
    /// Writes the story of a page with this headline, a line a paragraph; tells its letters.
    pub(super) fn read(&mut self, soup: &Soup, title: &str, out: &mut String) -> u32 {
        self.see(soup);
        self.value(soup, title);
        let (mut best, mut most, mut other) = (String::new(), 0, String::new());
        for (rigour, doubted) in [(Rigour::Names, u32::MAX), (Rigour::Sure, ENOUGH), (Rigour::Nothing, SOME)] {
            if most >= doubted {
                break;
            }
            self.leave_out(soup, rigour);
            let part = self.best(soup, rigour);
            other.clear();
            let letters = self.write(soup, self.lines(soup, part), title, &mut other);
            if letters > most {
                most = letters;
                std::mem::swap(&mut best, &mut other);
            }
        }
        out.push_str(&best);
        most
    }

    fn see(&mut self, soup: &Soup) {
        self.shapes.clear();
        for part in &soup.parts {
            let around = self.shapes.get(part.parent as usize).copied().unwrap_or(0);
            let own = match part.tag {
                Tag::Heading => shape::HEADING,
                Tag::Item | Tag::Term => shape::ITEM,
                Tag::Quote => shape::QUOTE,
                Tag::Row => shape::ROW,
                Tag::Paragraph | Tag::Pre => shape::PARAGRAPH,
                _ => 0,
            };
            let body = if part.hints.any(Hints::BODY) { shape::BODY } else { 0 };
            let strict = if part.hints.any(STRICT) && part.tag != Tag::Article { shape::STRICT } else { 0 };
            self.shapes.push(around | own | body | strict);
        }
    }

    fn value(&mut self, soup: &Soup, title: &str) {
        let headline = soup.lines.iter().position(|line| line.linked == 0 && same(soup.line(line), title)).unwrap_or(0);
        self.headline = headline;
        let value = |(place, line): (usize, &Line)| {
            let shape = self.shapes[line.part as usize];
            let value = worth(line, shape);
            if value > 0 && place < headline { (value as f64 * AHEAD) as i64 } else { value }
        };
        self.values.clear();
        self.values.extend(soup.lines.iter().enumerate().map(value));
    }

    fn leave_out(&mut self, soup: &Soup, rigour: Rigour) {
        self.sum(soup, |reader, part| reader.shapes[part] & shape::STRICT == 0);
        let total = self.prose.first().copied().unwrap_or(0).max(1);
        self.sum(soup, |_, _| true);
        self.holds_body.clear();
        self.holds_body.resize(soup.parts.len(), false);
        for (place, part) in soup.parts.iter().enumerate().skip(1).rev() {
            let is_called_so = part.hints.any(Hints::BODY) || matches!(part.tag, Tag::Article | Tag::Main);
            let is_strict = self.shapes[place] & shape::STRICT != 0;
            self.holds_body[place] |= is_called_so && self.prose[place] * BODY > total && !is_strict;
            self.holds_body[part.parent as usize] |= self.holds_body[place];
        }
        self.left_out.clear();
        for (place, part) in soup.parts.iter().enumerate() {
            let around = self.left_out.get(part.parent as usize).copied().unwrap_or(false);
            let share = self.prose[place] as f64 / total as f64;
            let own = !self.holds_body[place] && is_left_out(part, share, rigour)
                || part.hints.any(Hints::BYLINE) && self.prose[place] < BYLINE;
            self.left_out.push(around || own && place > 0);
        }
        self.sum(soup, |reader, part| !reader.left_out[part]);
    }

    /// The prose and the links of every part and all in it, of those parts whose lines count.
    fn sum(&mut self, soup: &Soup, counts: impl Fn(&Reader, usize) -> bool) {
        let (mut prose, mut links) = (std::mem::take(&mut self.prose), std::mem::take(&mut self.links));
        for sums in [&mut prose, &mut links] {
            sums.clear();
            sums.resize(soup.parts.len(), 0);
        }
        for (line, &value) in soup.lines.iter().zip(&self.values) {
            let part = line.part as usize;
            if counts(self, part) {
                prose[part] += value.max(0);
                links[part] -= value.min(0);
            }
        }
        for (place, part) in soup.parts.iter().enumerate().skip(1).rev() {
            prose[part.parent as usize] += prose[place];
            links[part.parent as usize] += links[place];
        }
        (self.prose, self.links) = (prose, links);
    }

    /// The part that the story is in.
    fn best(&self, soup: &Soup, rigour: Rigour) -> usize {
        let links = if rigour == Rigour::Names { 1.0 } else { 0.2 };
        let worth = |place: usize| {
            let part = &soup.parts[place];
            let body = if part.hints.any(Hints::BODY) { CALLED_BODY } else { 0.0 };
            let article = if part.tag == Tag::Article { CALLED_ARTICLE } else { 0.0 };
            self.prose[place] as f64 * (1.0 + body + article) - links * self.links[place] as f64
        };
        let parts =
            (0..soup.parts.len()).filter(|&place| !self.left_out[place] && holds_stories(soup.parts[place].tag));
        // The innermost of equals: the last.
        let best = parts.max_by(|&a, &b| worth(a).total_cmp(&worth(b))).unwrap_or(0);
        let (mut best, mut place) = (best, best);
        while place > 0 {
            place = soup.parts[place].parent as usize;
            let part = &soup.parts[place];
            let is_called_so = part.hints.any(Hints::BODY) || matches!(part.tag, Tag::Article | Tag::Main);
            let most_links = if is_called_so { 1.0 } else { LINKS_TO_MORE };
            let more = (self.prose[place] - self.prose[best]) as f64;
            let links = (self.links[place] - self.links[best]) as f64;
            if more > MORE * self.prose[best] as f64 && links < most_links * more {
                best = place;
            }
        }
        best
    }

    /// The lines of the story in a part.
    fn lines(&self, soup: &Soup, part: usize) -> Range<usize> {
        let all = soup.lines_of(part);
        let inner = (part + 1..soup.parts[part].end as usize).rev().find(|&inner| {
            let needed = if soup.parts[inner].tag == Tag::Article { ARTICLE_SHARE } else { SHARE };
            !self.left_out[inner]
                && holds_stories(soup.parts[inner].tag)
                && self.prose[inner] as f64 >= needed * self.prose[part] as f64
        });
        let Some(inner) = inner else { return all };
        let inner = soup.lines_of(inner);
        if all.contains(&self.headline) && self.headline < inner.start { self.headline..inner.end } else { inner }
    }

    /// Writes the story in a part; tells its letters.
    fn write(&self, soup: &Soup, lines: Range<usize>, title: &str, out: &mut String) -> u32 {
        let (mut letters, mut headings, mut last_row) = (0, 0..0, None);
        for place in lines {
            let line = &soup.lines[place];
            let shape = self.shapes[line.part as usize];
            if self.left_out[line.part as usize] || same(soup.line(line), title) {
                continue;
            }
            if shape & shape::HEADING != 0 {
                if headings.is_empty() {
                    headings = place..place;
                }
                headings.end = place + 1;
                continue;
            }
            let is_begun = letters > 0;
            if !belongs(line, shape, self.values[place], is_begun) {
                continue;
            }
            for heading in soup.lines[headings.clone()].iter().filter(|_| is_begun) {
                let is_heading = self.shapes[heading.part as usize] & shape::HEADING != 0;
                if is_heading && !self.left_out[heading.part as usize] && !same(soup.line(heading), title) {
                    out.push('\n');
                    out.push_str(soup.line(heading));
                }
            }
            headings = place..place;
            let row = if shape & shape::ROW != 0 && line.weight < CELL { row_of(soup, line) } else { None };
            if is_begun {
                out.push(if row.is_some() && row == last_row { ' ' } else { '\n' });
            }
            out.push_str(soup.line(line));
            (last_row, letters) = (row, letters + line.weight);
        }
        letters
    }
}

/// What a line is worth: its letters if it is prose, less than nothing if it is links.
fn worth(line: &Line, shape: u8) -> i64 {
    let weight = i64::from(line.weight);
    if share_of_links(line) > LINKED {
        return -(weight + 10);
    }
    let is_prose =
        line.is_sentence && line.weight >= SENTENCE || line.marks > 0 && line.weight >= CLAUSE || line.weight >= LONG;
    if is_prose {
        let prose = weight - i64::from(line.linked);
        return if shape & shape::ITEM != 0 { (prose as f64 * LISTED) as i64 } else { prose };
    }
    let is_expected = line.linked == 0 && shape & (shape::HEADING | shape::ROW | shape::BODY) != 0;
    if line.weight >= SENTENCE || line.is_sentence || is_expected { 0 } else { -CRUMB }
}

fn share_of_links(line: &Line) -> f64 {
    f64::from(line.linked) / f64::from(line.weight.max(1))
}

fn is_left_out(part: &Part, share: f64, rigour: Rigour) -> bool {
    let soft = matches!(part.tag, Tag::Aside | Tag::Footer) || part.hints.any(Hints::FURNITURE.with(Hints::CAPTION));
    let hard = matches!(part.tag, Tag::Nav | Tag::Caption | Tag::Address) || part.hints.any(STRICT);
    soft && share < MOST && rigour == Rigour::Names || hard && rigour < Rigour::Nothing
}

/// Whether a story can be in such a part, rather than such a part in a story.
fn holds_stories(tag: Tag) -> bool {
    !matches!(
        tag,
        Tag::Paragraph
            | Tag::Heading
            | Tag::Item
            | Tag::Term
            | Tag::List
            | Tag::Quote
            | Tag::Row
            | Tag::Figure
            | Tag::Table
            | Tag::Pre
    )
}

/// Whether a line in the story's part is of the story.
fn belongs(line: &Line, shape: u8, value: i64, is_begun: bool) -> bool {
    let is_item = shape & shape::ITEM != 0;
    if share_of_links(line) > LINKED && (is_item || !line.is_sentence || line.weight <= CLAUSE) {
        return false;
    }
    let is_prose = value > 0;
    let is_inset = shape & (shape::ITEM | shape::QUOTE | shape::ROW) != 0;
    let is_paragraph = shape & shape::PARAGRAPH != 0 && line.weight >= IN_PARAGRAPH || line.weight >= ELSEWHERE;
    // A story begins with prose, not with a table.
    is_prose || is_inset && (is_begun || shape & shape::ROW == 0) || is_paragraph && is_begun
}

fn row_of(soup: &Soup, line: &Line) -> Option<u32> {
    let mut part = line.part;
    while part > 0 {
        if soup.parts[part as usize].tag == Tag::Row {
            return Some(part);
        }
        part = soup.parts[part as usize].parent;
    }
    None
}
