//! What a page says about itself: headline, day, outlet, language, address.
//!
//! Each is sought where pages say it best, and then where they say it less well:
//! - the headline: the heading that a reader sees and that the page's `<title>`, `og:title` or JSON-LD repeats, as what
//!   stands there alone is often made for search engines or carries the outlet's name; else these, without that name;
//! - the day: JSON-LD of an article, `article:published_time` and its kin, `itemprop`, `<time>`, JSON-LD of a page, and the
//!   address; the first of them that is a date;
//! - the outlet: `og:site_name`, the publisher in JSON-LD or microdata, `application-name`;
//! - the language: `<html lang>`, JSON-LD, `og:locale`, `content-language`.
//!
//! JSON-LD that is not quite JSON (in a comment, with line breaks inside of strings, with commas too many) is mended.
//! Linear in what the page says.

use super::hints::Hints;
use super::soup::{Line, Part, Soup, Where};
use super::tag::Tag;
use serde_json::Value;
use std::borrow::Cow;

/// Names under which a `<meta>` says when, the best first.
const PUBLISHED: [&str; 24] = [
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "article.published",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "og:published_time",
    "og:pubdate",
    "publish-date",
    "publishdate",
    "publish_date",
    "publication_date",
    "published_time",
    "mediator_published_time",
    "weibo:article:create_at",
    "pubdate",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "dcterms.created",
    "dc.date.created",
    "date",
];
/// Names under which a `<meta>` says the headline.
const TITLES: [&str; 7] =
    ["og:title", "twitter:title", "headline", "parsely-title", "dc.title", "dcterms.title", "title"];
/// No headline is longer; what is, is a paragraph in the wrong place.
const LONGEST_TITLE: usize = 300;
/// More words on when it was published tell of other pages.
const MOST_MOMENTS: usize = 50;
/// A heading of a word or two is in many a title.
const SHORTEST_HEADLINE: usize = 8;
/// A headline that nothing marks as one is among so many first lines.
const FIRST_LINES: usize = 60;
/// More things in JSON-LD than this tell of other pages.
const MOST_THINGS: usize = 1000;

/// What a page says about itself.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) title: String,
    /// Every word on when it was published, the best first.
    pub(super) published: Vec<String>,
    pub(super) source: String,
    pub(super) lang: String,
    pub(super) url: String,
    /// The whole story, as some pages have it for machines.
    pub(super) body: String,
}

impl Facts {
    /// What the page at `url` says.
    pub(super) fn of(soup: &Soup, url: &str) -> Facts {
        let data = Data::of(soup);
        let meta = |name: &str| soup.facts.iter().find(|fact| fact.place == Where::Meta && fact.name == name);
        let meta = |name: &str| meta(name).map(|fact| fact.value.as_str());
        let source = first([
            meta("og:site_name"),
            data.publisher.as_deref(),
            meta("publisher"),
            data.site.as_deref(),
            meta("application-name"),
        ]);
        let languages = [said(soup, Where::Language, "").next(), data.language.as_deref()];
        let languages = languages.into_iter().chain([meta("og:locale"), meta("content-language")]);
        let lang = first(languages.map(|lang| lang.filter(|lang| is_language(lang))));
        let title = title(soup, &data, source);
        let published = published(soup, &data, url);
        let address = first([said(soup, Where::Reference, "canonical").next(), meta("og:url")]);
        Facts {
            title,
            published,
            source: clean(source).into_owned(),
            lang: lang.to_owned(),
            url: absolute(address, url),
            body: data.body.unwrap_or_default(),
        }
    }
}

fn first<'a>(choices: impl IntoIterator<Item = Option<&'a str>>) -> &'a str {
    choices.into_iter().flatten().map(str::trim).find(|choice| !choice.is_empty()).unwrap_or_default()
}

fn said<'a>(soup: &'a Soup, place: Where, name: &'a str) -> impl Iterator<Item = &'a str> {
    soup.facts.iter().filter(move |fact| fact.place == place && fact.name == name).map(|fact| fact.value.as_str())
}

/// Whether it can be a language's tag: `de`, `pt-BR`, `zh_CN`.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.trim().split(['-', '_']);
    let is_word = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    parts.next().is_some_and(|first| matches!(first.len(), 2 | 3) && is_word(first)) && parts.all(is_word)
}

/// White space once, at most; entities that were written twice over, once.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let mut text = if text.contains(|c: char| c.is_whitespace() && c != ' ') || text.contains("  ") {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(text)
    };
    for (written, meant) in [("&quot;", "\""), ("&#39;", "'"), ("&#039;", "'"), ("&nbsp;", " "), ("&amp;", "&")] {
        if text.contains(written) {
            text = Cow::Owned(text.replace(written, meant));
        }
    }
    text
}

fn absolute(address: &str, url: &str) -> String {
    let base = url::Url::parse(url).ok();
    let joined = match &base {
        Some(base) => base.join(address).ok(),
        None => url::Url::parse(address).ok(),
    };
    let is_web = |url: &url::Url| matches!(url.scheme(), "http" | "https");
    joined.filter(|_| !address.is_empty()).filter(is_web).map(String::from).unwrap_or_default()
}

fn published(soup: &Soup, data: &Data, url: &str) -> Vec<String> {
    let meta = PUBLISHED.iter().flat_map(|name| said(soup, Where::Meta, name));
    let times = ["pubdate", "published", "", "named"].into_iter().flat_map(|name| said(soup, Where::Time, name));
    let (of_article, of_page) =
        (data.published.iter().map(String::as_str), data.page_published.iter().map(String::as_str));
    let day = day_in(url);
    of_article.chain(meta).chain(times).chain(of_page).take(MOST_MOMENTS).map(str::to_owned).chain(day).collect()
}

/// The day in an address such as `/2024/05/17/` or `/2024-05-17-`.
fn day_in(url: &str) -> Option<String> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut numbers = path.split(['/', '-', '_', '.']).peekable();
    while let Some(year) = numbers.next() {
        let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        if digits(year, 8) && is_day(&year[..4], &year[4..6], &year[6..]) {
            return Some(format!("{}-{}-{}", &year[..4], &year[4..6], &year[6..]));
        }
        if !digits(year, 4) {
            continue;
        }
        let mut rest = numbers.clone();
        if let (Some(month), Some(day)) = (rest.next().and_then(month), rest.next())
            && matches!(day.len(), 1 | 2)
            && is_day(year, &month, day)
        {
            return Some(format!("{year}-{month}-{day:0>2}"));
        }
    }
    None
}

/// The number of a month that is written in digits or in English.
fn month(written: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    if matches!(written.len(), 1 | 2) && written.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!("{written:0>2}"));
    }
    let start = written.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).map(|month| format!("{:02}", month + 1))
}

fn is_day(year: &str, month: &str, day: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    (1990..2100).contains(&number(year)) && (1..=12).contains(&number(month)) && (1..=31).contains(&number(day))
}

/// The headline. See the head of this file.
fn title(soup: &Soup, data: &Data, source: &str) -> String {
    let fits = |title: &Cow<'_, str>| !title.is_empty() && title.len() <= LONGEST_TITLE;
    let made = TITLES.iter().filter_map(|name| said(soup, Where::Meta, name).next()).chain(data.headline.as_deref());
    let made: Vec<Cow<'_, str>> = made.map(clean).filter(fits).collect();
    let shown = said(soup, Where::Title, "").next().map(clean).filter(fits);
    let is_headline = |heading: &&str| heading.len() <= LONGEST_TITLE && !same(heading, source);
    let is_made = |heading: &&str| made.iter().any(|title| same(title, heading));
    let is_said = |heading: &&str| made.iter().chain(&shown).any(|title| repeats(title, heading, source));
    let longer = |longest: &'_ str, heading: &'_ str| heading.len() > longest.len();
    let equal = headings(soup).filter(is_headline).find(is_made);
    let repeated =
        || headings(soup).filter(is_headline).filter(is_said).reduce(|a, b| if longer(a, b) { b } else { a });
    if let Some(heading) = equal.or_else(repeated) {
        return clean(heading).into_owned();
    }
    if let Some(title) = made.first() {
        return without(title, source).to_owned();
    }
    match shown {
        Some(title) => opening(soup, &title).unwrap_or_else(|| without_last(&title, source)).to_owned(),
        None => headings(soup).next().filter(is_headline).map(clean).unwrap_or_default().into_owned(),
    }
}

/// The part of a title, from one separator to another, that a line begins with.
fn opening<'a>(soup: &Soup, title: &'a str) -> Option<&'a str> {
    let begins = |piece: &&str| soup.lines.iter().any(|line| soup.line(line).starts_with(piece));
    let pieces = title.split([':', '|', '»', '«', '·', '–', '—']).map(str::trim);
    pieces.filter(|piece| piece.chars().count() >= SHORTEST_HEADLINE).find(begins)
}

/// The lines that look like headlines, the surest first.
fn headings(soup: &Soup) -> impl Iterator<Item = &str> {
    let of = |line: &Line, wanted: fn(&Part) -> bool| {
        let part = &soup.parts[line.part as usize];
        wanted(part) || wanted(&soup.parts[part.parent as usize])
    };
    let is_heading = move |line: &&Line| of(line, |part| part.tag == Tag::Heading);
    let is_named = move |line: &&Line| of(line, |part| part.hints.any(Hints::HEADLINE)) && !is_heading(line);
    let rest = move |line: &&Line| !is_heading(line) && !is_named(line) && !line.is_sentence;
    let text = |line: &Line| soup.line(line);
    let lines = || soup.lines.iter();
    lines()
        .filter(is_heading)
        .map(text)
        .chain(lines().filter(is_named).map(text))
        .chain(lines().take(FIRST_LINES).filter(rest).map(text))
}

/// Whether a title is this heading, but for the outlet's name around it.
fn repeats(title: &str, heading: &str, source: &str) -> bool {
    if same(title, heading) {
        return true;
    }
    let Some(at) = title.find(heading).filter(|_| heading.chars().count() >= SHORTEST_HEADLINE) else { return false };
    let (before, after) = (title[..at].trim(), title[at + heading.len()..].trim());
    let is_around = |text: &str, separator: Option<char>| {
        text.is_empty() || same(text.trim_matches(is_separator), source) || separator.is_some_and(is_separator)
    };
    is_around(before, before.chars().next_back()) && is_around(after, after.chars().next())
}

fn is_separator(c: char) -> bool {
    matches!(c, '|' | '-' | '–' | '—' | '·' | '•' | ':' | '»' | '«' | '_' | '/' | '~' | '：' | '>' | '<' | '｜')
        || c.is_whitespace()
}

/// Whether two texts have the same letters, and any.
pub(super) fn same(a: &str, b: &str) -> bool {
    let letters = |text| str::chars(text).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    letters(a).next().is_some() && letters(a).eq(letters(b))
}

/// A title without the outlet's name at its end or beginning, where that is known.
fn without<'a>(title: &'a str, source: &str) -> &'a str {
    let cuts = title.char_indices().filter(|&(_, c)| is_separator(c) && c != ' ');
    for (at, c) in cuts {
        let (before, after) = (&title[..at], &title[at + c.len_utf8()..]);
        if same(after, source) {
            return before.trim_end_matches(is_separator);
        }
        if same(before, source) && !after.trim().is_empty() {
            return after.trim_start_matches(is_separator);
        }
    }
    title
}

/// A `<title>` without what follows its last separator: the outlet's name, as a rule.
fn without_last<'a>(title: &'a str, source: &str) -> &'a str {
    let cut = without(title, source);
    if cut.len() < title.len() {
        return cut;
    }
    let apart = [" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " · ", " • ", "｜", "_"];
    let last = apart.iter().filter_map(|mark| title.rfind(mark)).max();
    match last {
        Some(at) if at * 2 > title.len() => title[..at].trim_end_matches(is_separator),
        _ => title,
    }
}

/// What JSON-LD says.
#[derive(Debug, Default)]
struct Data {
    headline: Option<String>,
    published: Option<String>,
    /// Of a page that is no article.
    page_published: Option<String>,
    publisher: Option<String>,
    site: Option<String>,
    language: Option<String>,
    body: Option<String>,
}

impl Data {
    fn of(soup: &Soup) -> Data {
        let mut data = Data::default();
        let values: Vec<Value> = said(soup, Where::Data, "").filter_map(parse).collect();
        let mut things = Vec::new();
        values.iter().for_each(|value| gather(value, &mut things));
        for thing in things.iter().filter(|thing| is_article(thing)) {
            data.headline = data.headline.take().or_else(|| text(thing, "headline").or_else(|| text(thing, "name")));
            data.published = data.published.take().or_else(|| text(thing, "datePublished"));
            data.publisher = data.publisher.take().or_else(|| name(thing.get("publisher")?, &things));
            data.language = data.language.take().or_else(|| text(thing, "inLanguage"));
            data.body = data.body.take().or_else(|| text(thing, "articleBody"));
        }
        for thing in &things {
            let kind = kinds(thing).last().unwrap_or_default();
            if kind == "WebSite" {
                data.site = data.site.take().or_else(|| text(thing, "name"));
            }
            data.page_published = data.page_published.take().or_else(|| text(thing, "datePublished"));
            data.language = data.language.take().or_else(|| text(thing, "inLanguage"));
        }
        data
    }
}

/// The things that a page is about: those at the top, in a list or a graph, and the main thing of a page; not those that
/// it only points to.
fn gather<'a>(value: &'a Value, things: &mut Vec<&'a Value>) {
    match value {
        _ if things.len() >= MOST_THINGS => {}
        Value::Array(list) => list.iter().for_each(|value| gather(value, things)),
        Value::Object(members) => {
            things.push(value);
            for inner in ["@graph", "mainEntity", "mainEntityOfPage"] {
                members.get(inner).into_iter().for_each(|value| gather(value, things));
            }
        }
        _ => {}
    }
}

fn kinds(thing: &Value) -> impl Iterator<Item = &str> {
    let kind = thing.get("@type");
    let many = kind.and_then(Value::as_array).into_iter().flatten();
    many.chain(kind.filter(|kind| kind.is_string())).filter_map(Value::as_str)
}

fn is_article(thing: &Value) -> bool {
    kinds(thing).any(|kind| {
        kind.ends_with("Article") || kind.ends_with("Posting") || kind == "Report" || kind == "AnalysisNewsArticle"
    })
}

/// A member that is a text, or the first text of a list.
fn text(thing: &Value, member: &str) -> Option<String> {
    let value = thing.get(member)?;
    let value = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The name of an organisation: itself, in it, or in another thing that it points to.
fn name(organisation: &Value, things: &[&Value]) -> Option<String> {
    let organisation = organisation.as_array().and_then(|list| list.first()).unwrap_or(organisation);
    if let Some(name) = organisation.as_str() {
        return Some(name.to_owned());
    }
    text(organisation, "name").or_else(|| {
        let id = organisation.get("@id")?;
        things.iter().filter(|thing| thing.get("@id") == Some(id)).find_map(|thing| text(thing, "name"))
    })
}

fn parse(written: &str) -> Option<Value> {
    serde_json::from_str(written.trim()).or_else(|_| serde_json::from_str(&mend(written))).ok()
}

/// JSON of what is not quite JSON.
fn mend(written: &str) -> String {
    let written = written.split_once("<![CDATA[").map_or(written, |(_, rest)| rest);
    let written = written.rsplit_once("]]>").map_or(written, |(rest, _)| rest);
    let start = written.find(['{', '[']).unwrap_or(0);
    let end = written.rfind(['}', ']']).map_or(written.len(), |end| end + 1);
    let mut out = String::with_capacity(written.len());
    let (mut is_string, mut is_escaped) = (false, false);
    for c in written.get(start..end).unwrap_or_default().chars() {
        match c {
            '"' if !is_escaped => is_string = !is_string,
            '}' | ']' if !is_string => {
                let kept = out.trim_end();
                out.truncate(kept.strip_suffix(',').unwrap_or(kept).len());
            }
            _ => {}
        }
        is_escaped = is_string && c == '\\' && !is_escaped;
        out.push(if c.is_control() { ' ' } else { c });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(page: &str, url: &str) -> Facts {
        let mut soup = Soup::default();
        soup.read(page);
        Facts::of(&soup, url)
    }

    fn of(page: &str) -> Facts {
        facts(page, "https://www.gazette.example/news/item")
    }

    #[test]
    fn the_headline_is_the_heading_that_the_title_repeats() {
        for (page, headline) in [
            ("<title>Rain at last | Gazette</title><h1>Gazette</h1><h2>Rain at last</h2>", "Rain at last"),
            (
                "<title>Rain at last - Gazette</title><meta property=og:title content='You will not believe it'><h1>Rain at last</h1>",
                "Rain at last",
            ),
            (
                "<title>x</title><meta property=og:title content='Rain at last - Gazette'><meta property=og:site_name content=Gazette>",
                "Rain at last",
            ),
            ("<title>Rain at last - Gazette</title><p>No heading.", "Rain at last"),
            ("<title>Gazette: Rain at last</title><b>Rain at last</b><br>by Ann<br><br>It rained.", "Rain at last"),
            ("<title>Gazette</title><h1>Rain at last</h1>", "Gazette"),
            ("<h1>Rain at last</h1>", "Rain at last"),
            ("<title>Rain &amp;amp; wind</title>", "Rain & wind"),
            ("<svg><title>logo</title></svg>", ""),
        ] {
            assert_eq!(of(page).title, headline, "{page}");
        }
    }

    #[test]
    fn every_word_on_the_day_the_best_first() {
        let page = r#"<meta name=date content=3><meta property=article:published_time content=2>
            <time datetime=6>x</time><time pubdate datetime=4></time><span class="post-date">5 May</span>
            <script type="application/ld+json">{"@type":"WebPage","datePublished":"7"}</script>
            <script type="application/ld+json">{"@graph":[{"@type":["Thing","NewsArticle"],"datePublished":"1"}]}</script>"#;
        let found = facts(page, "https://gazette.example/2024/05/17/rain").published;
        assert_eq!(found, ["1", "2", "3", "4", "6", "5 May", "7", "2024-05-17"]);
        let found = of("<div itemprop=datePublished>4 May 2024</div><abbr title='World'>W</abbr>").published;
        assert_eq!(found, ["4 May 2024"]);
    }

    #[test]
    fn days_in_addresses() {
        for (url, day) in [
            ("https://a.example/2024/05/17/x", Some("2024-05-17")),
            ("https://a.example/news/2024-5-7-x.html", Some("2024-05-07")),
            ("https://a.example/2024/may/17/x", Some("2024-05-17")),
            ("https://a.example/a/20240517/x", Some("2024-05-17")),
            ("https://a.example/2024/13/17/x", None),
            ("https://a.example/2024/05/x", None),
            ("https://a.example/x?day=2024-05-17", None),
            ("https://a.example/article/19991234", None),
        ] {
            assert_eq!(day_in(url).as_deref(), day, "{url}");
        }
    }

    #[test]
    fn outlets_languages_and_addresses() {
        let page = r##"<html lang=" de-AT "><link rel=canonical href="/a?b=1"><meta name=application-name content=App>
            <script type="application/ld+json">{"@graph":[{"@type":"Article","publisher":{"@id":"#org"}},
            {"@type":"Organization","@id":"#org","name":"The Gazette"}]}</script>"##;
        let facts = of(page);
        assert_eq!((facts.source.as_str(), facts.lang.as_str()), ("The Gazette", "de-AT"));
        assert_eq!(facts.url, "https://www.gazette.example/a?b=1");
        let facts =
            of("<html lang='the page'><meta property=og:locale content=pt_BR><link rel=canonical href='javascript:x'>");
        assert_eq!((facts.lang.as_str(), facts.url.as_str()), ("pt_BR", ""));
        let facts = of("<i itemprop=publisher itemscope><meta itemprop=name content=Gazette></i>");
        assert_eq!(facts.source, "Gazette");
    }

    #[test]
    fn json_that_is_not_quite_json() {
        for written in [
            "<!-- {\"a\": \"b\",} -->",
            "//<![CDATA[\n[{\"a\": \"b\", }, ]\n//]]>",
            "{\"a\": \"b\", \"c\": \"two\nlines, ] and \\\"}\"}",
        ] {
            let value = parse(written).unwrap();
            let thing = value.get(0).unwrap_or(&value);
            assert_eq!(text(thing, "a").as_deref(), Some("b"), "{written}");
        }
        assert_eq!(parse("var x = 1;"), None);
        assert_eq!(parse("}{"), None);
    }
}
