//! Pages whose story is known, and pages made to break things.

use super::*;
use crate::text::Tokenizer;
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Pages where a line stands with the story that nothing in their form tells apart from it; and one whose story begins
/// with a heading, as other pages' mastheads and kickers are ahead of theirs.
const ALIKE: [&str; 6] =
    ["boxes.html", "pre.html", "russian_koi8.html", "tables2002.html", "xhtml.html", "liveblog.html"];

struct Known {
    file: String,
    body: Vec<u8>,
    row: serde_json::Value,
}

impl Known {
    fn says(&self, name: &str) -> &str {
        self.row[name].as_str().unwrap_or_default()
    }

    fn is_article(&self) -> bool {
        self.row["article"] != false
    }

    fn text(&self) -> String {
        let lines: Vec<&str> = self.row["text"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        lines.join("\n")
    }

    fn read(&self, extractor: &mut Extractor) -> Result<Page, Unreadable> {
        extractor.page(&self.body, self.row["charset"].as_str(), self.says("url"))
    }
}

fn known() -> Vec<Known> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pages");
    let truth = std::fs::read_to_string(folder.join("truth.jsonl")).unwrap();
    let known = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = row["file"].as_str().unwrap().to_owned();
        Known { body: std::fs::read(folder.join(&file)).unwrap(), file, row }
    };
    truth.lines().map(known).collect()
}

/// F1 of the words of two texts, each word as often as it stands there.
fn word_f1(a: &str, b: &str) -> f64 {
    let count = |text: &str| {
        let (mut words, mut all) = (HashMap::new(), 0);
        Tokenizer::default().words(text, |word| {
            all += 1;
            *words.entry(word.to_owned()).or_insert(0) += 1;
        });
        (words, all)
    };
    let ((a, in_a), (b, in_b)) = (count(a), count(b));
    let shared: i32 = a.iter().map(|(word, &n)| n.min(b.get(word).copied().unwrap_or(0))).sum();
    2.0 * f64::from(shared) / f64::from(in_a + in_b)
}

#[test]
fn pages_say_what_they_are_known_to_say() {
    let (known, mut extractor) = (known(), Extractor::default());
    assert!(known.len() >= 55);
    let mut sum = 0.0;
    for page in known.iter().filter(|page| page.is_article()) {
        let file = &page.file;
        let found = page.read(&mut extractor).unwrap();
        assert_eq!(found.title, page.says("title"), "{file}");
        assert_eq!(
            date::published(&found.published),
            date::published(page.says("published")),
            "{file}: {}",
            found.published
        );
        assert_eq!(found.source, page.says("source"), "{file}");
        assert_eq!(found.lang, page.says("lang"), "{file}");
        if !page.says("canonical").is_empty() {
            assert_eq!(found.url, page.says("canonical"), "{file}");
        }
        let f1 = word_f1(&found.text, &page.text());
        assert!(f1 >= if ALIKE.contains(&file.as_str()) { 0.93 } else { 1.0 }, "{file}: {f1}\n{}", found.text);
        if !ALIKE.contains(&file.as_str()) {
            assert_eq!(found.text.replace('\u{ad}', ""), page.text(), "{file}: the same paragraphs");
        }
        sum += f1;
    }
    let articles = known.iter().filter(|page| page.is_article()).count();
    assert!(sum / articles as f64 > 0.995, "{}", sum / articles as f64);
}

#[test]
fn a_front_page_is_read_and_a_shell_is_not() {
    let (known, mut extractor) = (known(), Extractor::default());
    let mut read = |file: &str| known.iter().find(|page| page.file == file).unwrap().read(&mut extractor);
    let front = read("front_page.html").unwrap();
    // Five teasers, and the headings between them.
    assert_eq!((front.title.as_str(), front.text.lines().count()), ("Daily Plain", 9));
    assert_eq!(read("shell.html"), Err(Unreadable::NoText));
    assert_eq!(Extractor::default().page(b"", None, ""), Err(Unreadable::NoText));
    assert_eq!(Extractor::default().page(b"<title>Just a moment...</title>", None, ""), Err(Unreadable::NoText));
}

#[test]
fn a_story_for_machines_may_be_html_and_has_entities() {
    let body = r"<p>The first &amp; second line of it.</p><p>And the third, which is the last.</p>";
    let page = |body: &str| {
        let data = serde_json::json!({ "@type": "NewsArticle", "articleBody": body });
        let page = format!("<script type='application/ld+json'>{data}</script><div id=app></div>");
        Extractor::default().page(page.as_bytes(), None, "").unwrap().text
    };
    assert_eq!(page(body), "The first & second line of it.\nAnd the third, which is the last.");
    assert_eq!(page(" one &quot;two&quot;\n\n three  four "), "one \"two\"\nthree four");
}

#[test]
fn the_first_moment_of_all_is_no_day() {
    let page =
        b"<meta property=article:published_time content='0001-01-01T00:00:00Z'><time datetime=2024-05-17>x</time>\
                 <p>It rained for the first time since March, the office said.";
    assert_eq!(Extractor::default().page(page, None, "").unwrap().published, "2024-05-17");
}

/// A megabyte or so of each kind of page that costs some readers the square of it, or their stack.
fn hostile() -> Vec<(&'static str, String)> {
    let numbered = |count: usize, each: fn(usize) -> String| (0..count).map(each).collect::<String>();
    let nested = |open: &str, close: &str| {
        format!("{}<p>Some words, of a story.{}", open.repeat(100_000), close.repeat(100_000))
    };
    vec![
        ("deep", nested("<div>", "</div>")),
        ("deep, never closed", nested("<div>", "")),
        ("deep in many kinds", nested("<section><ul><li><b><table><tr><td><svg>", "")),
        ("closed, never open", nested("", "</div></li></td></svg>")),
        ("items that look for their list", format!("<li><ul>{}{}", "<div>".repeat(500), "</li>".repeat(200_000))),
        ("names cut off", "<a".repeat(500_000)),
        ("names with no end", "<a ".repeat(300_000)),
        ("many attributes", format!("<p {}>x", numbered(100_000, |i| format!("a{i}=1 ")))),
        ("many of one attribute", format!("<p {}>x", "class=\"a b c\" ".repeat(70_000))),
        (
            "formats that are opened again and again",
            numbered(20_000, |i| format!("<b id={i}>")) + &"<p>x".repeat(100_000),
        ),
        ("a long comment", format!("<!--{}", "-".repeat(1 << 20))),
        ("many comments", "<!--".repeat(250_000)),
        ("a long name", format!("<{} {}=\"{}\">", "x".repeat(300_000), "y".repeat(300_000), "z".repeat(300_000))),
        (
            "a picture in the page",
            format!("<img src='data:image/png;base64,{}'><p>A line of text, of a story.", "QUJD".repeat(1 << 19)),
        ),
        ("entities", "&amp;&#x41;&notanentity;&".repeat(50_000)),
        ("one long line", "word ".repeat(200_000)),
        ("many short lines", "<p>word word, word</p>".repeat(50_000)),
        ("many headings", format!("<title>{}</title>{}", "ab ".repeat(90), "<h1>ab ab ab ab</h1>".repeat(50_000))),
        ("many titles", "<meta property=og:title content=x><h1>y</h1>".repeat(25_000)),
        ("many days", "<meta name=date content=x><time datetime=y></time>".repeat(20_000)),
        (
            "much JSON",
            format!(
                "<script type='application/ld+json'>[{}0]",
                "{\"@type\":\"Article\",\"publisher\":{\"@id\":\"x\"}},".repeat(20_000)
            ),
        ),
        ("deep JSON", format!("<script type='application/ld+json'>{}</script>", "[".repeat(500_000))),
        ("many scripts", "<script type='application/ld+json'>{}</script>".repeat(25_000)),
        ("tables in tables", "<table><tr><td>".repeat(60_000)),
        ("zeros", "\0".repeat(1 << 20)),
    ]
}

#[test]
fn no_page_costs_more_than_its_length() {
    // A small stack, as a reader on a thread of its own may have.
    let reader = std::thread::Builder::new().stack_size(512 << 10).spawn(|| {
        for (kind, page) in hostile() {
            let (start, mut extractor) = (Instant::now(), Extractor::default());
            let _ = extractor.page(page.as_bytes(), None, "https://a.example/");
            // It takes some hundredths of a second; what grows with the square takes minutes.
            assert!(start.elapsed() < Duration::from_secs(10), "{kind}: {:?}", start.elapsed());
            let soup = &extractor.soup;
            let kept = soup.text.len() + size_of_val(&*soup.parts) + size_of_val(&*soup.lines);
            assert!(kept < 32 * (page.len() + 1024), "{kind}: {kept} bytes are kept of {}", page.len());
        }
    });
    reader.unwrap().join().unwrap();
}

#[test]
fn a_story_behind_what_is_hostile_is_found() {
    let story = "<article><p>The minister met her colleague on Tuesday, aides said.</p><p>They spoke for two hours.</p></article>";
    for (kind, page) in
        hostile().into_iter().filter(|(kind, _)| ["deep in many kinds", "a picture in the page"].contains(kind))
    {
        let page = Extractor::default().page(format!("{page}{story}").as_bytes(), None, "").unwrap();
        assert!(page.text.contains("met her colleague"), "{kind}: {}", page.text);
    }
}

#[test]
fn what_stands_behind_the_longest_page_is_not_read() {
    let mut page = b"<p>It rained for the first time since March, the office said.</p><!--".to_vec();
    page.resize(LONGEST_PAGE, b'x');
    page.extend_from_slice(b"--><p>And then, at last, it stopped raining again.");
    let text = Extractor::default().page(&page, None, "").unwrap().text;
    assert_eq!(text, "It rained for the first time since March, the office said.");
}

/// Tag soup, of pieces that mean something to a reader.
fn soup() -> impl Strategy<Value = String> {
    let pieces = "<div>|</div>|<p>|</p>|<p class=\"comment\">|<article>|</article>|<h1>|</h1>|<a href=x>|</a>|<li>|<ul>|</ul>|<table>\
                  |<tr>|<td>|</table>|<br>|<svg>|</svg>|<title>|</title>|<script>|</script>|<script type='application/ld+json'>\
                  |{\"@type\":\"Article\",|\"headline\":\"A rainy day in May\"}|<meta property=og:title content='|'>|<time datetime=|>\
                  |<!--|-->|<![CDATA[|]]>|&amp;|&#0;|A rainy day in May|It rained, and then it rained again in May. |é|橋は。|\u{1f327}\
                  |<div style='display:none'>|<footer>|<button>|<pre>|\n\n|<textarea>|</textarea>|<plaintext>|<template>|<x-y>|</x-y>";
    let pieces: Vec<&str> = pieces.split('|').collect();
    proptest::collection::vec(proptest::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_soup_is_lines_or_nothing(before in soup(), page in soup()) {
        let mut extractor = Extractor::default();
        let _ = extractor.page(before.as_bytes(), None, "https://a.example/2024/05/17/x");
        let found = extractor.page(page.as_bytes(), None, "https://a.example/2024/05/17/x");
        let alone = Extractor::default().page(page.as_bytes(), None, "https://a.example/2024/05/17/x");
        prop_assert_eq!(&found, &alone, "pages leave nothing behind");
        if let Ok(found) = found {
            prop_assert!(!found.text.is_empty());
            for line in found.text.split('\n') {
                prop_assert!(!line.is_empty() && line.trim() == line && line.chars().any(char::is_alphanumeric), "{:?}", line);
            }
        }
    }

    #[test]
    fn any_bytes_are_a_page_or_none(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Extractor::default().page(&body, None, "");
    }
}
