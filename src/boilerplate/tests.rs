//! What is learned of crawls that a criterion for boilerplate may meet.

use super::{Boilerplate, Learner, Outlet, Page, Trimmer};
use crate::document::Document;
use crate::hash;
use crate::text::Story;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A sentence of its own for every seed.
fn sentence(seed: u64, words: u64) -> String {
    let letters = |mut x: u64| -> String {
        let length = 3 + x % 5;
        let mut letter = || {
            x = hash::mix(x);
            (b'a' + (x % 26) as u8) as char
        };
        (0..length).map(|_| letter()).collect()
    };
    let words = (0..words).map(|at| letters(hash::mix(seed << 16 | at)));
    words.collect::<Vec<_>>().join(" ") + "."
}

fn document(source: &str, lines: &[String]) -> Document<'static> {
    Document { source: source.to_owned().into(), text: lines.join("\n\n").into(), ..Document::default() }
}

fn learned<'a, 'b: 'a>(documents: impl IntoIterator<Item = &'a Document<'b>>) -> Boilerplate {
    let (mut learner, mut story) = (Learner::default(), Story::default());
    for document in documents {
        story.read(&document.title, &document.text);
        let page = Page::new(Page::key(hash::sequence(story.words()), &story), &document.title, &story);
        learner.take(Outlet::of(document), page);
    }
    learner.learned()
}

/// The lines left out of each source's documents, with the number of documents.
fn left_out(documents: &[Document]) -> BTreeMap<(String, String), usize> {
    let (boilerplate, mut trimmer) = (learned(documents), Trimmer::default());
    let mut left_out = BTreeMap::new();
    for document in documents {
        let mut trimmed = document.clone();
        let words = trimmer.trim(&mut trimmed, &boilerplate);
        let lines = trimmer.left_out(document, &boilerplate);
        assert_eq!(words, lines.iter().map(|line| line.split(' ').count()).sum::<usize>());
        let kept = document.text.lines().filter(|line| !lines.contains(&line.trim()) && !line.is_empty());
        assert!(kept.eq(trimmed.text.lines().filter(|line| !line.is_empty())));
        for line in lines {
            *left_out.entry((document.source.to_string(), line.to_owned())).or_default() += 1;
        }
    }
    assert_eq!(left_out.len(), boilerplate.lines(), "every line that is learned is left out of something");
    left_out
}

/// An article: some paragraphs of its own.
fn article(seed: u64) -> Vec<String> {
    (0..3 + seed % 5).map(|at| sentence(seed << 20 | at, 25)).collect()
}

/// Articles of a source between `above` and `below`.
fn framed(source: &str, articles: std::ops::Range<u64>, above: &[String], below: &[String]) -> Vec<Document<'static>> {
    let page = |seed| document(source, &[above, &article(seed), below].concat());
    articles.map(page).collect()
}

fn lines(seeds: std::ops::Range<u64>, words: u64) -> Vec<String> {
    seeds.map(|seed| sentence(seed | 1 << 40, words)).collect()
}

#[test]
fn what_a_source_repeats_on_unlike_pages_is_left_out() {
    let (above, below) = (lines(0..2, 12), lines(2..5, 15));
    let found = left_out(&framed("a", 0..20, &above, &below));
    let expected: Vec<_> = above.iter().chain(&below).map(|line| (("a".to_owned(), line.clone()), 20)).collect();
    assert_eq!(found, expected.into_iter().collect());
    // The source is the host of the address where it has no name.
    let mut named_by_host = framed("", 0..20, &above, &below);
    for (at, document) in named_by_host.iter_mut().enumerate() {
        document.url = format!("https://{}e.org/{at}", if at % 2 == 0 { "www." } else { "" }).into();
    }
    assert_eq!(left_out(&named_by_host).into_values().collect::<Vec<_>>(), [20; 5]);
    // Nothing is learned of documents of nowhere, of few, or of a source each.
    assert!(left_out(&framed("", 0..20, &above, &below)).is_empty());
    assert!(left_out(&framed("a", 0..4, &above, &below)).is_empty());
    let strangers = (0..20).flat_map(|at| framed(&format!("s{at}"), at..at + 1, &above, &below));
    assert!(left_out(&strangers.collect::<Vec<_>>()).is_empty());
}

#[test]
fn briefs_may_be_boilerplate_for_the_most_part() {
    let (notices, mut briefs) = (lines(0..8, 15), Vec::new());
    for seed in 0..12 {
        briefs.push(document("a", &[&notices[..4], &[sentence(seed, 30)], &notices[4..]].concat()));
    }
    assert!(left_out(&briefs[..11]).is_empty());
    assert_eq!(left_out(&briefs).into_values().collect::<Vec<_>>(), [12; 8]);
    // Under one title they are one page that changes.
    briefs.iter_mut().for_each(|brief| brief.title = "What is going on".into());
    assert!(left_out(&briefs).is_empty());
    // What has no more of its own than its neighbour is a version of it.
    let versions = (0..12).map(|seed| document("a", &[&notices[..], &[sentence(seed, 16)]].concat()));
    assert!(left_out(&versions.collect::<Vec<_>>()).is_empty());
}

#[test]
fn a_standing_header_of_some_pages_is_left_out_of_those() {
    let header = lines(0..1, 20);
    let found = left_out(&[framed("a", 0..50, &[], &[]), framed("a", 100..110, &header, &[])].concat());
    assert_eq!(found, BTreeMap::from([(("a".to_owned(), header[0].clone()), 10)]));
}

#[test]
fn a_live_blog_is_its_own_story() {
    let paragraphs: Vec<String> = (0..400).map(|seed| sentence(seed | 2 << 40, 30)).collect();
    for updates in [5, 10, 20, 60, 300] {
        let grows = |at: usize| paragraphs[..=at].iter().rev().cloned().collect::<Vec<_>>();
        let slides = |at: usize| paragraphs[at..at + 12].to_vec();
        let has_a_new_top =
            |at: usize| [&[sentence(at as u64, 30)], &paragraphs[..if updates < 10 { 4 } else { 8 }]].concat();
        let forms: [&dyn Fn(usize) -> Vec<String>; 3] = [&grows, &slides, &has_a_new_top];
        for (form, text) in forms.iter().enumerate() {
            let blog: Vec<_> = (0..updates).map(|at| document("a", &text(at))).collect();
            assert!(left_out(&blog).is_empty(), "form {form}, {updates} updates");
            // Among others, and with what really is boilerplate.
            let footer = lines(0..2, 15);
            let with_footer =
                blog.iter().map(|update| document("a", &[&[update.text.clone().into_owned()][..], &footer].concat()));
            let all: Vec<_> = with_footer.chain(framed("a", 0..40, &[], &footer)).collect();
            let found = left_out(&all);
            let expected = footer.iter().map(|line| (("a".to_owned(), line.clone()), 40 + updates)).collect();
            // Where hardly any page is of another story, it is enough that nothing else is left out.
            let nothing = updates == 300 && found.is_empty();
            assert!(nothing || found == expected, "form {form}, {updates} updates: {found:?}");
        }
    }
}

#[test]
fn a_page_met_again_and_again_is_one_page() {
    let page = article(4);
    let again = |at: u64| {
        let more = match at % 3 {
            0 => Vec::new(),
            1 => vec![format!("Number {at}.")],
            _ => vec![sentence(at, 7)],
        };
        document("a", &[&page[..], &more].concat())
    };
    assert!(left_out(&(0..3000).map(again).collect::<Vec<_>>()).is_empty());
}

#[test]
fn articles_crawled_again_and_again_are_no_boilerplate_but_their_frame_is() {
    let footer = lines(0..3, 15);
    let mut pages = Vec::new();
    for seed in 0..12 {
        for time in 0..6 {
            let comments = vec![format!("{time} comments until now, be the next one.")];
            pages.push(document("a", &[&article(seed)[..], &comments, &footer].concat()));
        }
    }
    let found = left_out(&pages);
    assert!(footer.iter().all(|line| found[&("a".to_owned(), line.clone())] == 72));
    assert!(found.keys().all(|(_, line)| footer.contains(line) || line.contains("comments")));
}

#[test]
fn standing_sentences_of_reports_go_and_the_news_stays() {
    let report = |day: u64, standing: u64, news: u64| {
        let news = (0..news).map(|at| format!("{} {day} points, {}", sentence(at, 9), sentence(day << 8 | at, 3)));
        [news.collect::<Vec<_>>(), lines(0..standing, 12)].concat()
    };
    let reports = |standing, news| (0..30).map(|day| document("a", &report(day, standing, news))).collect::<Vec<_>>();
    assert!(left_out(&reports(4, 6)).keys().all(|(_, line)| !line.contains("points")));
    assert_eq!(left_out(&reports(4, 6)).len(), 4);
    assert!(left_out(&reports(12, 1)).is_empty(), "the same report with another figure");
}

#[test]
fn what_many_sources_print_stays() {
    // A wire prints releases of five firms, each with the firm's own paragraph; others print some of them.
    let about = lines(0..5, 40);
    let release =
        |source: &str, seed: u64| document(source, &[&article(seed)[..], &about[seed as usize % 5..][..1]].concat());
    let mut all: Vec<_> = (0..30).map(|seed| release("wire", seed)).collect();
    assert_eq!(left_out(&all).len(), 5, "without others it cannot be known");
    for paper in 0..8 {
        all.extend((0..4).map(|at| release(&format!("paper{paper}"), (paper * 7 + at * 3) % 30)));
        all.extend(framed(&format!("paper{paper}"), paper * 100 + 50..paper * 100 + 80, &[], &lines(10..12, 15)));
    }
    let found = left_out(&all);
    assert!(found.keys().all(|(_, line)| !about.contains(line)));
    // What all the papers repeat, as those of one chain do, is boilerplate of each.
    assert_eq!(found.len(), 16);
}

#[test]
fn a_text_of_boilerplate_alone_is_taken_whole() {
    let notices = lines(0..3, 15);
    let mut all = framed("a", 0..20, &notices, &[]);
    all.push(document("a", &notices));
    all.push(document("a", &[&notices[..], &["Read this in seven words, not more.".to_owned()]].concat()));
    all.push(document("a", &[&notices[..], &["Read this in eight words and not one more.".to_owned()]].concat()));
    let (boilerplate, mut trimmer) = (learned(&all), Trimmer::default());
    let trimmed: Vec<usize> = (20..23).map(|at| trimmer.trim(&mut all[at].clone(), &boilerplate)).collect();
    assert_eq!(trimmed, [0, 0, 45]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn order_and_repeats_change_nothing(
        pages in prop::collection::vec((0u8..4, prop::collection::vec(0u64..30, 0..6), 0u64..50), 0..120),
        order in any::<u64>(),
    ) {
        let page = |(source, shared, own): &(u8, Vec<u64>, u64)| {
            let shared = shared.iter().map(|&line| sentence(line, 12));
            let lines: Vec<String> = shared.chain([sentence(own | 1 << 30, 20)]).collect();
            document(&format!("s{source}"), &lines)
        };
        let mut documents: Vec<Document> = pages.iter().map(page).collect();
        let before = learned(&documents);
        documents.extend_from_within(..documents.len() / 2);
        let key = |document: &Document| hash::mix(hash::bytes(document.text.as_bytes()) ^ order);
        documents.sort_by_key(key);
        prop_assert_eq!(before, learned(&documents));
    }
}
