//! Tokens to parts, lines and facts, one after another.
//!
//! End tags that are left out are put in where HTML says so; a part deeper than browsers go counts as one with the
//! deepest. Every token costs at most that depth.

use super::bytes::Cut;
use super::hints::Hints;
use super::soup::{Fact, Line, Part, Soup, Where};
use super::tag::{TAGS, Tag};
use html5gum::{Emitter, Error, State};
use std::convert::Infallible;

/// As deep as browsers let parts nest.
pub(super) const DEEPEST: usize = 512;
/// More attributes of one tag are not read.
const MOST_ATTRIBUTES: usize = 100;
/// A longer value of an attribute is none that is looked for.
const LONGEST_VALUE: usize = 4096;
/// A longer name of a tag or an attribute is none that is known.
const LONGEST_NAME: usize = 32;

/// What the attributes of a start tag say that matters.
#[derive(Debug, Default)]
struct Attributes {
    hints: Hints,
    name: String,
    value: String,
    language: String,
    moment: String,
    title: String,
    prop: String,
    is_link: bool,
    is_data: bool,
    is_pubdate: bool,
}

impl Attributes {
    fn clear(&mut self) {
        let Attributes { hints, name, value, language, moment, title, prop, is_link, is_data, is_pubdate } = self;
        [name, value, language, moment, title, prop].into_iter().for_each(String::clear);
        (*hints, *is_link, *is_data, *is_pubdate) = (Hints::NONE, false, false, false);
    }
}

/// Which attribute is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Other,
    Names,
    Style,
    Prop,
    Name,
    Value,
    Language,
    Moment,
    Title,
    Type,
    AriaHidden,
}

/// Where text goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Sink {
    #[default]
    Lines,
    Nowhere,
    Title,
    Data,
}

/// Makes a soup of tokens.
pub(super) struct Cook<'a> {
    cut: &'a Cut,
    attributes_of_tag: usize,
    soup: Soup,
    /// The parts that are open, from the outermost.
    open: Vec<u32>,
    open_of: [u32; TAGS],
    /// How many parts are open beyond the deepest.
    beyond: u32,
    /// How many of the open ones have no text.
    mute: u32,
    sink: Sink,
    /// What a sink that wants the whole of a text has of it.
    whole: String,
    is_start: bool,
    self_closing: bool,
    name: Vec<u8>,
    /// The start tag whose end tag ends a raw text.
    raw: Vec<u8>,
    tag: Tag,
    attribute_name: Vec<u8>,
    attribute_value: Vec<u8>,
    attribute: Option<Attribute>,
    attributes: Attributes,
    line: Open,
    /// How deep the link is that is open.
    link: Option<usize>,
    /// A fact whose value is the next text.
    wanted: Option<(Where, &'static str)>,
    is_publisher: bool,
}

/// The line that is being read.
#[derive(Debug, Default)]
struct Open {
    start: usize,
    weight: u32,
    linked: u32,
    marks: u32,
    space: bool,
    breaks: u32,
    last_mark: bool,
}

impl Emitter for &mut Cook<'_> {
    type Token = Infallible;

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn init_start_tag(&mut self) {
        self.begin_tag(true);
    }

    fn init_end_tag(&mut self) {
        self.begin_tag(false);
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        push_up_to(&mut self.name, name, LONGEST_NAME + 1);
    }

    fn init_attribute(&mut self) {
        self.end_attribute();
        self.attributes_of_tag += 1;
        self.cut.is_due.set(self.attributes_of_tag > MOST_ATTRIBUTES);
        if self.attribute.is_none() && self.is_start && self.tag == Tag::Inline {
            self.start();
        }
        self.attribute_name.clear();
        self.attribute = Some(Attribute::Other);
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        push_up_to(&mut self.attribute_name, name, LONGEST_NAME + 1);
    }

    fn init_attribute_value(&mut self) {
        self.attribute_value.clear();
        self.attribute = self.attribute.map(|_| self.kind_of_attribute());
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        if !matches!(self.attribute, None | Some(Attribute::Other)) {
            push_up_to(&mut self.attribute_value, value, LONGEST_VALUE + 1);
        }
    }

    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.end_attribute();
        if self.is_start { self.started() } else { self.end() }
    }

    fn set_last_start_tag(&mut self, name: Option<&[u8]>) {
        self.raw.clear();
        self.raw.extend_from_slice(name.unwrap_or_default());
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        !self.is_start && !self.raw.is_empty() && self.raw == self.name
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.is_foreign()
    }

    fn emit_string(&mut self, text: &[u8]) {
        match std::str::from_utf8(text) {
            Ok(text) => self.text(text),
            Err(_) => self.text(&String::from_utf8_lossy(text)),
        }
    }

    fn emit_eof(&mut self) {
        if !self.cut.is_due.get() {
            self.end_whole();
        }
    }

    fn emit_error(&mut self, _: Error) {}
    fn init_comment(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn emit_current_comment(&mut self) {}
    fn init_doctype(&mut self) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn set_force_quirks(&mut self) {}
    fn emit_current_doctype(&mut self) {}
}

/// Appends as much as there is room for.
fn push_up_to(out: &mut Vec<u8>, bytes: &[u8], most: usize) {
    let room = most.saturating_sub(out.len()).min(bytes.len());
    out.extend_from_slice(&bytes[..room]);
}

impl<'a> Cook<'a> {
    /// Takes over a soup that holds nothing yet.
    pub(super) fn new(soup: Soup, cut: &'a Cut) -> Cook<'a> {
        let mut cook = Cook {
            cut,
            attributes_of_tag: 0,
            soup,
            open: Vec::new(),
            open_of: [0; TAGS],
            beyond: 0,
            mute: 0,
            sink: Sink::Lines,
            whole: String::new(),
            is_start: false,
            self_closing: false,
            name: Vec::new(),
            raw: Vec::new(),
            tag: Tag::Inline,
            attribute_name: Vec::new(),
            attribute_value: Vec::new(),
            attribute: None,
            attributes: Attributes::default(),
            line: Open::default(),
            link: None,
            wanted: None,
            is_publisher: false,
        };
        cook.push(Tag::Body, Hints::NONE);
        cook
    }

    /// The page is read.
    pub(super) fn finish(mut self) -> Soup {
        self.end_line();
        self.pop_to(0);
        self.soup
    }

    fn begin_tag(&mut self, is_start: bool) {
        (self.is_start, self.self_closing, self.attribute, self.tag) = (is_start, false, None, Tag::Inline);
        self.attributes_of_tag = 0;
        self.name.clear();
        self.attributes.clear();
    }

    /// The name of a start tag is read.
    fn start(&mut self) {
        self.tag = if self.name.len() > LONGEST_NAME { Tag::Inline } else { Tag::of(&self.name) };
    }

    /// The name of an attribute is read: which one it is.
    fn kind_of_attribute(&self) -> Attribute {
        match (self.attribute_name.as_slice(), self.tag) {
            (b"class" | b"id" | b"role", _) => Attribute::Names,
            (b"style", _) => Attribute::Style,
            (b"aria-hidden", _) => Attribute::AriaHidden,
            (b"itemprop", _) => Attribute::Prop,
            (b"name" | b"property" | b"http-equiv", Tag::Meta) | (b"rel", Tag::Reference) => Attribute::Name,
            (b"content", _) | (b"href", Tag::Reference) => Attribute::Value,
            (b"lang" | b"xml:lang", Tag::Html) => Attribute::Language,
            (b"datetime", Tag::Time) => Attribute::Moment,
            (b"title", Tag::Abbreviation) => Attribute::Title,
            (b"type", Tag::Script) => Attribute::Type,
            _ => Attribute::Other,
        }
    }

    /// An attribute is read, if one was being read.
    fn end_attribute(&mut self) {
        let Some(attribute) = self.attribute.filter(|_| self.is_start) else { return };
        let at = &mut self.attributes;
        let value = self.attribute_value.as_slice();
        let text = || std::str::from_utf8(value).unwrap_or_default().trim();
        match attribute {
            Attribute::Other => match self.attribute_name.as_slice() {
                b"hidden" => at.hints = at.hints.with(Hints::HIDDEN),
                b"href" => at.is_link = true,
                b"pubdate" => at.is_pubdate = true,
                _ => {}
            },
            Attribute::Names => at.hints = at.hints.with(Hints::of(value)),
            Attribute::Style if hides(value) => at.hints = at.hints.with(Hints::HIDDEN),
            Attribute::AriaHidden if value == b"true" => at.hints = at.hints.with(Hints::HIDDEN),
            Attribute::Type => at.is_data = text().eq_ignore_ascii_case("application/ld+json"),
            _ if value.len() > LONGEST_VALUE => {}
            Attribute::Prop => {
                set(&mut at.prop, text());
                at.prop.make_ascii_lowercase();
                match at.prop.as_str() {
                    "articlebody" => at.hints = at.hints.with(Hints::BODY),
                    "headline" => at.hints = at.hints.with(Hints::HEADLINE),
                    _ => {}
                }
            }
            Attribute::Name => {
                set(&mut at.name, text());
                at.name.make_ascii_lowercase();
            }
            Attribute::Value => set(&mut at.value, text()),
            Attribute::Language => set(&mut at.language, text()),
            Attribute::Moment => set(&mut at.moment, text()),
            Attribute::Title => set(&mut at.title, text()),
            Attribute::Style | Attribute::AriaHidden => {}
        }
        self.attribute_value.clear();
    }

    fn fact(&mut self, place: Where, name: &str, value: &str) {
        if !value.is_empty() {
            self.soup.facts.push(Fact { place, name: name.to_owned(), value: value.to_owned() });
        }
    }

    /// A start tag is read with its attributes; tells how what follows is read.
    fn started(&mut self) -> Option<State> {
        if self.attribute.is_none() {
            self.start();
        }
        let at = std::mem::take(&mut self.attributes);
        self.note(&at);
        let next = self.begin(&at);
        self.attributes = at;
        next
    }

    /// Puts what a start tag begins where it belongs; tells how what follows is read.
    fn begin(&mut self, at: &Attributes) -> Option<State> {
        let tag = self.tag;
        if self.is_foreign() {
            if tag == Tag::Foreign && !self.self_closing {
                self.push(tag, Hints::NONE);
            }
            // Text and blocks end a drawing that was not closed.
            if !matches!(tag, Tag::Block | Tag::Paragraph | Tag::Heading | Tag::List | Tag::Item | Tag::Table) {
                return None;
            }
            while self.is_foreign() {
                self.pop_to(self.open.len() - 1);
            }
        }
        match tag {
            Tag::Break => self.line_break(),
            Tag::Rule => self.end_line(),
            Tag::Script => {
                self.sink = if at.is_data { Sink::Data } else { Sink::Nowhere };
                return self.read_raw(State::ScriptData);
            }
            Tag::Title => {
                self.sink = Sink::Title;
                return self.read_raw(State::RcData);
            }
            Tag::Link => self.link = if at.is_link { Some(self.open.len()) } else { None },
            // What a whole page is called seldom tells of its parts.
            Tag::Html | Tag::Body => {}
            Tag::Void | Tag::Meta | Tag::Reference | Tag::Inline | Tag::Time | Tag::Abbreviation => {}
            _ => {
                self.close_implied(tag);
                if !(self.self_closing && matches!(tag, Tag::Custom | Tag::Foreign)) {
                    self.push(tag, at.hints);
                }
                if tag == Tag::Mute || tag == Tag::Pre {
                    return html5gum::naive_next_state(&self.name).and_then(|state| self.read_raw(state));
                }
            }
        }
        None
    }

    /// What follows is text up to the end tag.
    fn read_raw(&mut self, state: State) -> Option<State> {
        self.raw.clone_from(&self.name);
        Some(state)
    }

    fn is_foreign(&self) -> bool {
        self.top() == Tag::Foreign
    }

    /// What a start tag says about the page.
    fn note(&mut self, at: &Attributes) {
        match self.tag {
            Tag::Meta => {
                let name = if at.name.is_empty() { &at.prop } else { &at.name };
                if self.is_publisher && at.prop == "name" {
                    self.is_publisher = false;
                    self.fact(Where::Meta, "publisher", &at.value);
                } else if !name.is_empty() {
                    self.fact(Where::Meta, name, &at.value);
                }
            }
            Tag::Reference => self.fact(Where::Reference, &at.name, &at.value),
            Tag::Html => self.fact(Where::Language, "", &at.language),
            Tag::Abbreviation if at.prop == "datepublished" || at.hints.any(Hints::PUBLISHED) => {
                self.fact(Where::Time, "published", &at.title);
            }
            Tag::Time => {
                let named = at.prop == "datepublished" || at.hints.any(Hints::PUBLISHED);
                let name = match (at.is_pubdate, named) {
                    (true, _) => "pubdate",
                    (_, true) => "published",
                    _ => "",
                };
                if at.moment.is_empty() {
                    self.wanted = Some((Where::Time, name));
                } else {
                    self.fact(Where::Time, name, &at.moment);
                }
            }
            _ if at.hints.any(Hints::PUBLISHED) && at.value.is_empty() => self.wanted = Some((Where::Time, "named")),
            _ if at.prop == "publisher" => self.is_publisher = true,
            _ if at.prop == "datepublished" && at.value.is_empty() => {
                self.wanted = Some((Where::Meta, "datepublished"));
            }
            _ if at.prop == "name" && self.is_publisher => {
                self.is_publisher = false;
                self.wanted = Some((Where::Meta, "publisher"));
            }
            _ if !at.prop.is_empty() => self.fact(Where::Meta, &at.prop, &at.value),
            _ => {}
        }
    }

    /// Closes what the start of a part closes by itself.
    fn close_implied(&mut self, tag: Tag) {
        if self.open_of[Tag::Paragraph as usize] > 0 {
            self.close(Tag::Paragraph);
        }
        match tag {
            Tag::Item | Tag::Term | Tag::Row | Tag::Cell => self.close(tag),
            Tag::Heading if self.top() == Tag::Heading => self.close(tag),
            _ => {}
        }
    }

    fn top(&self) -> Tag {
        self.open.last().map_or(Tag::Body, |&part| self.soup.parts[part as usize].tag)
    }

    fn push(&mut self, tag: Tag, hints: Hints) {
        self.end_line();
        if self.open.len() >= DEEPEST {
            self.beyond += 1;
            return;
        }
        let part = self.soup.parts.len() as u32;
        let parent = self.open.last().copied().unwrap_or(0);
        let first_line = self.soup.lines.len() as u32;
        self.soup.parts.push(Part { parent, end: 0, first_line, tag, hints });
        self.open.push(part);
        self.open_of[tag as usize] += 1;
        self.mute += u32::from(tag.is_mute());
    }

    fn end(&mut self) -> Option<State> {
        let tag = if self.name.len() > LONGEST_NAME { Tag::Inline } else { Tag::of(&self.name) };
        match tag {
            Tag::Script | Tag::Title => self.end_whole(),
            Tag::Link => self.link = None,
            Tag::Break => self.line_break(),
            _ if tag.nests() => {
                self.end_line();
                if self.beyond > 0 {
                    self.beyond -= 1;
                } else {
                    self.close(tag);
                }
            }
            _ => {}
        }
        None
    }

    /// Closes the innermost open part of its kind, with all in it, if it is not outside of what bounds it.
    fn close(&mut self, tag: Tag) {
        if self.open_of[tag as usize] == 0 {
            return;
        }
        for place in (1..self.open.len()).rev() {
            let found = self.soup.parts[self.open[place] as usize].tag;
            if found == tag {
                self.pop_to(place);
                return;
            }
            if found.bounds(tag) {
                return;
            }
        }
    }

    fn pop_to(&mut self, depth: usize) {
        self.end_line();
        let end = self.soup.parts.len() as u32;
        while self.open.len() > depth {
            let Some(part) = self.open.pop() else { return };
            let part = &mut self.soup.parts[part as usize];
            part.end = end;
            self.open_of[part.tag as usize] -= 1;
            self.mute -= u32::from(part.tag.is_mute());
        }
        // A link that was not closed ends with the part that it began in.
        self.link = self.link.filter(|&link| link <= depth);
    }

    fn line_break(&mut self) {
        self.line.breaks += 1;
        self.line.space = true;
        if self.line.breaks > 1 {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let Soup { text, lines, .. } = &mut self.soup;
        let line = std::mem::take(&mut self.line);
        if line.weight > 0 {
            let part = self.open.last().copied().unwrap_or(0);
            lines.push(Line {
                part,
                start: line.start as u32,
                end: text.len() as u32,
                weight: line.weight,
                linked: line.linked,
                marks: line.marks,
                is_sentence: line.last_mark,
            });
        } else {
            text.truncate(line.start);
        }
        self.line.start = text.len();
    }

    fn text(&mut self, text: &str) {
        match self.sink {
            Sink::Nowhere => {}
            Sink::Data | Sink::Title => self.whole.push_str(text),
            Sink::Lines => {
                if self.wanted.is_some() && !text.trim().is_empty() {
                    self.take_wanted(text.trim());
                }
                if self.mute == 0 {
                    self.words(text);
                }
            }
        }
    }

    fn take_wanted(&mut self, text: &str) {
        if let Some((place, name)) = self.wanted.take()
            && text.len() <= LONGEST_VALUE
            && (place != Where::Time || text.bytes().any(|b| b.is_ascii_digit()))
        {
            self.fact(place, name, text);
        }
    }

    /// A text that is wanted as a whole has ended.
    fn end_whole(&mut self) {
        let whole = std::mem::take(&mut self.whole);
        match std::mem::take(&mut self.sink) {
            Sink::Data => self.fact(Where::Data, "", &whole),
            Sink::Title => self.fact(Where::Title, "", whole.trim()),
            Sink::Lines | Sink::Nowhere => {}
        }
    }

    fn words(&mut self, value: &str) {
        let pre = self.open_of[Tag::Pre as usize] > 0;
        for c in value.chars() {
            if c.is_whitespace() {
                if pre && c == '\n' {
                    self.line_break();
                }
                self.line.space = true;
                continue;
            }
            let line = &mut self.line;
            let out = &mut self.soup.text;
            if line.space && out.len() > line.start {
                out.push(' ');
            }
            (line.space, line.breaks) = (false, 0);
            out.push(c);
            match weight(c) {
                0 => match mark(c) {
                    Mark::Sentence => (line.marks, line.last_mark) = (line.marks + 1, true),
                    Mark::Clause => (line.marks, line.last_mark) = (line.marks + 1, false),
                    Mark::Closing => {}
                    Mark::None => line.last_mark = false,
                },
                weight => {
                    line.weight += weight;
                    line.linked += if self.link.is_some() { weight } else { 0 };
                    line.last_mark = false;
                }
            }
        }
    }
}

fn weight(c: char) -> u32 {
    match c {
        '0'..='9' | 'a'..='z' | 'A'..='Z' => 1,
        '\0'..='\u{7f}' => 0,
        '\u{3005}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}' => 3,
        _ => u32::from(c.is_alphanumeric()),
    }
}

fn set(field: &mut String, value: &str) {
    if field.is_empty() {
        field.push_str(value);
    }
}

enum Mark {
    Sentence,
    Clause,
    Closing,
    None,
}

fn mark(c: char) -> Mark {
    match c {
        '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．' | '｡' | '؟' | '۔' | '।' | '॥' | '።' | '։' => {
            Mark::Sentence
        }
        ',' | ';' | ':' | '、' | '，' | '；' | '：' | '،' | '؛' => Mark::Clause,
        '"' | '\'' | '’' | '”' | '“' | '»' | '«' | '›' | '」' | '』' | ')' | ']' | '）' | '*' => {
            Mark::Closing
        }
        _ => Mark::None,
    }
}

/// Whether a style says that a part is not seen.
fn hides(style: &[u8]) -> bool {
    if style.len() > LONGEST_VALUE {
        return false;
    }
    let plain: Vec<u8> = style.iter().filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    [&b"display:none"[..], b"visibility:hidden"].iter().any(|hiding| memchr::memmem::find(&plain, hiding).is_some())
}
