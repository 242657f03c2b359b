//! Tags of HTML to what they do to the lines and parts of a page.

/// What a part is, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Tag {
    /// Is within a line, or not known.
    Inline,
    // From here to `Foreign` they nest.
    /// A part and no more.
    Block,
    /// Of the site's own making.
    Custom,
    Paragraph,
    Heading,
    Item,
    Term,
    List,
    Quote,
    Pre,
    Table,
    Row,
    Cell,
    Article,
    Main,
    Aside,
    Nav,
    Footer,
    Figure,
    Caption,
    Address,
    /// Its content is no text.
    Mute,
    /// A drawing or a formula, with a grammar of its own.
    Foreign,
    Html,
    Body,
    Link,
    Time,
    Abbreviation,
    Break,
    Rule,
    Meta,
    Reference,
    Script,
    Title,
    /// Has no content.
    Void,
}

/// How many kinds of tags there are.
pub(super) const TAGS: usize = Tag::Void as usize + 1;

impl Tag {
    /// By its name, in small letters.
    pub(super) fn of(name: &[u8]) -> Tag {
        match name {
            b"p" => Tag::Paragraph,
            b"a" => Tag::Link,
            b"br" => Tag::Break,
            b"div" | b"section" | b"header" | b"center" | b"form" | b"fieldset" | b"details" | b"summary"
            | b"hgroup" | b"dir" | b"search" | b"caption" | b"legend" | b"thead" | b"tbody" | b"tfoot"
            | b"frameset" | b"noframes" | b"dialog" => Tag::Block,
            b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Tag::Heading,
            b"li" => Tag::Item,
            b"dt" | b"dd" => Tag::Term,
            b"ul" | b"ol" | b"dl" | b"menu" => Tag::List,
            b"blockquote" => Tag::Quote,
            b"pre" | b"xmp" | b"listing" | b"plaintext" => Tag::Pre,
            b"table" => Tag::Table,
            b"tr" => Tag::Row,
            b"td" | b"th" => Tag::Cell,
            b"article" => Tag::Article,
            b"main" => Tag::Main,
            b"aside" => Tag::Aside,
            b"nav" => Tag::Nav,
            b"footer" => Tag::Footer,
            b"figure" => Tag::Figure,
            b"figcaption" => Tag::Caption,
            b"address" => Tag::Address,
            b"svg" | b"math" => Tag::Foreign,
            b"template" | b"object" | b"video" | b"audio" | b"canvas" | b"select" | b"datalist" | b"button"
            | b"map" | b"textarea" | b"iframe" | b"noscript" | b"style" | b"applet" | b"noembed" => Tag::Mute,
            b"html" => Tag::Html,
            b"body" => Tag::Body,
            b"time" => Tag::Time,
            b"abbr" => Tag::Abbreviation,
            b"hr" => Tag::Rule,
            b"meta" => Tag::Meta,
            b"link" => Tag::Reference,
            b"script" => Tag::Script,
            b"title" => Tag::Title,
            b"img" | b"input" | b"source" | b"track" | b"wbr" | b"area" | b"base" | b"col" | b"embed" | b"param"
            | b"keygen" | b"frame" | b"basefont" | b"bgsound" | b"amp-img" | b"head" => Tag::Void,
            _ if name.contains(&b'-') => Tag::Custom,
            _ => Tag::Inline,
        }
    }

    /// Whether a part of it can be open.
    pub(super) fn nests(self) -> bool {
        (Tag::Block..=Tag::Foreign).contains(&self)
    }

    /// Whether its content is no text.
    pub(super) fn is_mute(self) -> bool {
        matches!(self, Tag::Mute | Tag::Foreign)
    }

    /// An end tag looks for its part no further out than this.
    pub(super) fn bounds(self, closing: Tag) -> bool {
        match closing {
            Tag::Item => self == Tag::List,
            Tag::Term => self == Tag::List,
            Tag::Row => self == Tag::Table,
            Tag::Cell => matches!(self, Tag::Table | Tag::Row),
            Tag::Table => false,
            _ => matches!(self, Tag::Table | Tag::Cell),
        }
    }
}
