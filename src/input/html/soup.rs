//! A page to its parts and their lines, in one pass over its tokens.
//!
//! The tokens are html5gum's, and [`Cook`] makes of them what there is here. Parts are kept in the order of their start
//! tags, each with its parent, so that whatever is in a part stands together; a line is the text between two places where
//! a reader sees the line end. Linear; what is kept is a few times the page.

use super::bytes::{Bytes, Cut};
use super::cook::Cook;
use super::hints::Hints;
use super::tag::Tag;
use html5gum::{Emitter, Readable, State, Tokenizer};
use std::ops::Range;

/// A part of the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// The part around it; the first part is its own.
    pub(super) parent: u32,
    /// One past the last part in it.
    pub(super) end: u32,
    /// The first line in it or after it.
    pub(super) first_line: u32,
    /// What it is.
    pub(super) tag: Tag,
    /// What its names say.
    pub(super) hints: Hints,
}

/// What a reader sees as one line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// The innermost part around it.
    pub(super) part: u32,
    /// Its first byte in [`Soup::text`].
    pub(super) start: u32,
    /// The byte after its last.
    pub(super) end: u32,
    /// Its letters and digits; a sign of a script that writes a word in one or two counts for three.
    pub(super) weight: u32,
    /// How much of that is in links.
    pub(super) linked: u32,
    /// Its marks of sentences and clauses.
    pub(super) marks: u32,
    /// Whether it ends as a sentence does.
    pub(super) is_sentence: bool,
}

/// Something the page says about itself: in which attribute or element, and what.
#[derive(Debug)]
pub(super) struct Fact {
    /// Where it stands.
    pub(super) place: Where,
    /// The name it has there, in small letters.
    pub(super) name: String,
    /// What it says.
    pub(super) value: String,
}

/// Where a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// `<meta name property itemprop http-equiv>`, or `content` under any `itemprop`.
    Meta,
    /// `<link rel>`.
    Reference,
    /// `<html lang>`.
    Language,
    /// `<title>`.
    Title,
    /// `<script type="application/ld+json">`.
    Data,
    /// `<time>`, `<abbr>`; `pubdate`, `published` or nothing as its name; or what else is
    /// called so, as `named`.
    Time,
}

/// A page in parts and lines.
#[derive(Debug, Default)]
pub(super) struct Soup {
    /// The text of all lines.
    pub(super) text: String,
    /// Its parts, in the order of their start tags; the first is around all others.
    pub(super) parts: Vec<Part>,
    /// Its lines, in order.
    pub(super) lines: Vec<Line>,
    /// What it says about itself, in order.
    pub(super) facts: Vec<Fact>,
}

impl Soup {
    /// Reads a page, in the buffers of the last.
    pub(super) fn read(&mut self, page: &str) {
        self.text.clear();
        self.parts.clear();
        self.lines.clear();
        self.facts.clear();
        let cut = Cut::default();
        let mut cook = Cook::new(std::mem::take(self), &cut);
        let (mut rest, mut state) = (page.as_bytes(), State::Data);
        loop {
            let mut tokenizer = Tokenizer::new_with_emitter(Bytes { rest: rest.to_reader(), cut: &cut }, &mut cook);
            tokenizer.set_state(state);
            let Ok(()) = tokenizer.finish();
            if !cut.is_due.replace(false) {
                break;
            }
            rest = &rest[cut.read.replace(0)..];
            rest = memchr::memchr(b'>', rest).map_or(&[], |end| &rest[end + 1..]);
            state = (&mut cook).emit_current_tag().unwrap_or(State::Data);
        }
        *self = cook.finish();
    }

    /// The lines in a part.
    pub(super) fn lines_of(&self, part: usize) -> Range<usize> {
        let part = &self.parts[part];
        let next = self.parts.get(part.end as usize);
        part.first_line as usize..next.map_or(self.lines.len(), |next| next.first_line as usize)
    }

    /// The text of a line.
    pub(super) fn line(&self, line: &Line) -> &str {
        &self.text[line.start as usize..line.end as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::super::cook::DEEPEST;
    use super::*;

    /// The lines, each with the tags around it.
    fn lines(page: &str) -> Vec<String> {
        let mut soup = Soup::default();
        soup.read(page);
        let around = |mut part: u32| {
            let mut tags = Vec::new();
            while part > 0 {
                tags.push(format!("{:?}", soup.parts[part as usize].tag));
                part = soup.parts[part as usize].parent;
            }
            tags.reverse();
            tags.join(" ")
        };
        soup.lines.iter().map(|line| format!("{}: {}", around(line.part), soup.line(line))).collect()
    }

    #[test]
    fn what_a_reader_sees_as_lines() {
        assert_eq!(
            lines("<div>one <b>and</b>\n two<p>three<p>four<br>five<br> <br>six</div>sev&eacute;n"),
            [
                "Block: one and two",
                "Block Paragraph: three",
                "Block Paragraph: four five",
                "Block Paragraph: six",
                ": sevén"
            ],
        );
        assert_eq!(lines("<pre>one\ntwo\n\nthree</pre>"), ["Pre: one two", "Pre: three"]);
        assert_eq!(lines("a<hr>b<!-- c -->d &lt;p&gt;"), [": a", ": bd <p>"]);
    }

    #[test]
    fn end_tags_that_are_left_out() {
        assert_eq!(
            lines("<ul><li>a<ul><li>b<li>c</ul><li>d</ul>e"),
            ["List Item: a", "List Item List Item: b", "List Item List Item: c", "List Item: d", ": e"],
        );
        assert_eq!(
            lines("<table><tr><td>a<td>b<tr><td><div>c</table>d"),
            ["Table Row Cell: a", "Table Row Cell: b", "Table Row Cell Block: c", ": d"],
        );
        assert_eq!(lines("<div><table><td></div>a</table>b</div>c"), ["Block Table Cell: a", "Block: b", ": c"]);
        assert_eq!(lines("</p></div></x>a"), [": a"]);
    }

    #[test]
    fn what_is_no_text() {
        assert_eq!(
            lines(
                "<script>if (a < b) '<p>x</p>'</script><style>p{}</style><noscript><p>x</noscript><template>x</template>\
                 <svg><title/><style>x</style><text>x</text></svg><button>x</button><textarea><p>x</textarea>a"
            ),
            [": a"],
        );
        assert_eq!(lines("<svg><g>x<p>a"), ["Paragraph: a"], "a paragraph ends a drawing");
        assert_eq!(lines("<div><button>x</div>a"), [": a"], "a part ends what was not closed in it");
    }

    #[test]
    fn links_are_weighed() {
        let mut soup = Soup::default();
        soup.read("<p>abc <a href=x>de</a> <a name=y>fg</a><p><a href=x>h<div>i</div></p><p>橋 j.</p>");
        let weights: Vec<(u32, u32)> = soup.lines.iter().map(|line| (line.weight, line.linked)).collect();
        assert_eq!(weights, [(7, 2), (1, 1), (1, 0), (4, 0)]);
        assert!(soup.lines[3].is_sentence && !soup.lines[0].is_sentence);
    }

    #[test]
    fn parts_are_in_the_order_of_their_start_tags() {
        let mut soup = Soup::default();
        soup.read("<div><p>a</p><p>b</p></div><div>c</div>");
        let spans: Vec<_> = (0..soup.parts.len()).map(|part| soup.lines_of(part)).collect();
        assert_eq!(spans, [0..3, 0..2, 0..1, 1..2, 2..3]);
    }

    #[test]
    fn deeper_than_browsers_go() {
        let page = format!("{}a{}b", "<div>".repeat(2000), "</div>".repeat(2000));
        let mut soup = Soup::default();
        soup.read(&page);
        assert_eq!((soup.parts.len(), soup.lines.len()), (DEEPEST, 2));
        assert_eq!((soup.lines[0].part as usize, soup.lines[1].part), (DEEPEST - 1, 0));
    }

    #[test]
    fn the_first_of_two_equal_attributes_counts() {
        let mut soup = Soup::default();
        soup.read("<meta name=a name=b content=1 content=2>");
        assert_eq!((soup.facts[0].name.as_str(), soup.facts[0].value.as_str()), ("a", "1"));
    }
}
