//! One extractor on many pages: `extractors NAME PAGES.jsonl OUT.jsonl ROUNDS`.
//!
//! A line of PAGES has `id`, `url`, `charset`, `html` (the text of the page) and `file` (its bytes, as they were served;
//! only newsfold reads these, the others read text alone). A line of OUT has what was found. CPU seconds of the fastest
//! round go to standard output; a page on which an extractor panics is empty, and counted.

use html5gum::{Token, Tokenizer};
use newsfold::input::html::Extractor;
use std::io::{BufRead, Write};

#[derive(Default)]
struct Found {
    title: String,
    text: String,
    date: String,
    site: String,
}

struct Page {
    id: String,
    url: String,
    charset: Option<String>,
    html: String,
    bytes: Vec<u8>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, name, list, out, rounds] = arguments.as_slice() else { return Err("NAME PAGES OUT ROUNDS".into()) };
    let lines = std::io::BufReader::new(std::fs::File::open(list)?).lines();
    let pages = lines.map(|line| page(&line?)).collect::<Result<Vec<_>, _>>()?;
    let before = memory("VmRSS");
    // From here on the peak is that of the extractor; where the system does not offer this, none is told.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let mut newsfold = Extractor::default();
    let (mut fastest, mut panics) = (f64::INFINITY, 0);
    let mut out = std::io::BufWriter::new(std::fs::File::create(out)?);
    std::panic::set_hook(Box::new(|_| {}));
    for round in 0..rounds.parse()? {
        let (start, mut writing) = (cpu_seconds(), 0.0);
        for page in &pages {
            let read = std::panic::AssertUnwindSafe(|| extract(name, page, &mut newsfold));
            let found = std::panic::catch_unwind(read).unwrap_or_else(|_| {
                panics += 1;
                Found::default()
            });
            if round == 0 {
                let begin = cpu_seconds();
                let Found { title, text, date, site } = found;
                let row =
                    serde_json::json!({ "id": page.id, "title": title, "text": text, "date": date, "site": site });
                writeln!(out, "{row}")?;
                writing += cpu_seconds() - begin;
            }
        }
        fastest = fastest.min(cpu_seconds() - start - writing);
    }
    let peak = memory("VmHWM").zip(before).map(|(peak, before)| peak.saturating_sub(before));
    println!("{}", serde_json::json!({ "seconds": fastest, "panics": panics, "peak_bytes": peak }));
    Ok(())
}

fn page(line: &str) -> Result<Page, Box<dyn std::error::Error>> {
    let row: serde_json::Value = serde_json::from_str(line)?;
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let html = text("html");
    let bytes = match row["file"].as_str() {
        Some(file) => std::fs::read(file)?,
        None => html.clone().into_bytes(),
    };
    Ok(Page { id: text("id"), url: text("url"), charset: row["charset"].as_str().map(str::to_owned), html, bytes })
}

fn extract(name: &str, page: &Page, newsfold: &mut Extractor) -> Found {
    let Page { url, html, .. } = page;
    let or_nothing = Option::unwrap_or_default;
    let found = match name {
        "newsfold" => newsfold.page(&page.bytes, page.charset.as_deref(), url).ok().map(|page| Found {
            title: page.title,
            text: page.text,
            date: page.published,
            site: page.source,
        }),
        "all <p>" => Some(Found { text: lines(html, true), ..Found::default() }),
        "dom_smoothie" => {
            let formatted = dom_smoothie::Config { text_mode: dom_smoothie::TextMode::Formatted, ..Default::default() };
            let reader = dom_smoothie::Readability::new(html.as_str(), Some(url), Some(formatted));
            reader.and_then(|mut reader| reader.parse()).ok().map(|article| Found {
                title: article.title,
                text: article.text_content.to_string(),
                date: or_nothing(article.published_time),
                site: or_nothing(article.site_name),
            })
        }
        "legible" => legible::parse(html, Some(url), None).ok().map(|article| Found {
            title: article.title,
            text: lines(&article.content, false),
            date: or_nothing(article.published_time),
            site: or_nothing(article.site_name),
        }),
        "libreadability" => libreadability::extract(html, Some(url)).ok().map(|article| Found {
            title: article.title,
            text: lines(&article.content, false),
            date: article.published_time,
            site: article.site_name,
        }),
        "readability" => {
            let url = url::Url::parse(url).ok();
            let article = url.and_then(|url| readability::extractor::extract(&mut html.as_bytes(), &url).ok());
            article.map(|article| Found {
                title: article.title,
                text: lines(&article.content, false),
                ..Found::default()
            })
        }
        "readability-rust" => {
            let reader = readability_rust::Readability::new(html, None).ok();
            reader.and_then(|mut reader| reader.parse()).map(|article| Found {
                title: or_nothing(article.title),
                text: lines(&or_nothing(article.content), false),
                date: or_nothing(article.published_time),
                site: or_nothing(article.site_name),
            })
        }
        "readabilityrs" => {
            let reader = readabilityrs::Readability::new(html, Some(url), None).ok();
            reader.and_then(|reader| reader.parse()).map(|article| Found {
                title: or_nothing(article.title),
                text: lines(&or_nothing(article.content), false),
                date: or_nothing(article.published_time),
                site: or_nothing(article.site_name),
            })
        }
        "readable-readability" => {
            let (story, facts) = readable_readability::Readability::new().parse(html);
            let title = or_nothing(facts.article_title.or(facts.page_title));
            Some(Found { title, text: lines(&story.to_string(), false), ..Found::default() })
        }
        "rs-trafilatura" => rs_trafilatura::extract(html).ok().map(|article| Found {
            title: or_nothing(article.metadata.title),
            text: article.content_text,
            date: article.metadata.date.map(|date| date.to_rfc3339()).unwrap_or_default(),
            site: or_nothing(article.metadata.sitename),
        }),
        "trafilatura" => {
            let options = trafilatura::Options::default().with_fallback(true);
            trafilatura::extract(html, &options).ok().map(|article| Found {
                title: article.metadata.title,
                text: article.content_text,
                date: article.metadata.date.map(|date| date.to_string()).unwrap_or_default(),
                site: article.metadata.sitename,
            })
        }
        _ => panic!("no extractor is called {name}"),
    };
    found.unwrap_or_default()
}

/// The text of HTML, a line a block; of its paragraphs alone, if so asked.
fn lines(html: &str, paragraphs_alone: bool) -> String {
    const INLINE: [&str; 18] = [
        "a", "abbr", "b", "cite", "code", "del", "em", "font", "i", "ins", "mark", "q", "s", "small", "span", "strong",
        "sub", "time",
    ];
    let mut emitter = html5gum::DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let (mut out, mut is_paragraph, mut is_hidden) = (String::new(), false, false);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        let (name, is_start) = match &token {
            Token::StartTag(tag) => (&tag.name, true),
            Token::EndTag(tag) => (&tag.name, false),
            Token::String(text) => {
                if !is_hidden && (is_paragraph || !paragraphs_alone) {
                    out.push_str(&String::from_utf8_lossy(text).replace(['\n', '\r', '\t'], " "));
                }
                continue;
            }
            _ => continue,
        };
        match name.as_slice() {
            b"script" | b"style" | b"noscript" => is_hidden = is_start,
            name if !INLINE.iter().any(|inline| inline.as_bytes() == name) => {
                is_paragraph = name == b"p" && is_start || is_paragraph && name == b"br";
                out.push('\n');
            }
            _ => {}
        }
    }
    out
}

/// Bytes of memory, as Linux has them.
fn memory(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim_matches([':', ' ', '\t']).split(' ').next()?.parse().ok().map(|kib: u64| kib << 10)
}

fn cpu_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock writes into `time`, which lives here.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
