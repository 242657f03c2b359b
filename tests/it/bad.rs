//! Bad records, one at a time, among good ones: the reason that the contract gives, the place in the file, the exit
//! status, and the good records around it unharmed.

use crate::files::{HTML, bz2, gz, http, page, table, warc_record, xz, zst};
use crate::workdir::{Workdir, prose, record};
use serde_json::{Value, json};

/// A file with something wrong in it.
struct Bad {
    name: &'static str,
    bytes: Vec<u8>,
    /// The reject's line or record, and its offset.
    place: (u64, u64),
    /// Good records that must have come through.
    good: Vec<String>,
}

/// Runs over it: the one reject has this reason and its place, and all good documents are there.
#[track_caller]
fn rejected(reason: &str, bad: &Bad) {
    let dir = Workdir::new();
    dir.file(bad.name, &bad.bytes);
    let run =
        |more: &[&str]| dir.run(&[&["run", bad.name, "--out", "out", "--max-record-bytes", "20000"], more].concat());
    let ended = run(&["--strict"]);
    assert_eq!(ended.status(), 3, "{}", ended.stderr);
    let rejects = dir.table("out", "rejects.jsonl");
    assert_eq!(rejects.len(), 1, "{rejects:?}");
    let reject = &rejects[0];
    assert_eq!(reject["reason"], reason, "{reject}");
    assert_eq!(
        (reject["line"].as_u64(), reject["offset"].as_u64()),
        (Some(bad.place.0), Some(bad.place.1)),
        "{reject}"
    );
    assert_eq!(reject["file"], bad.name);
    assert!(reject["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{reject}");
    let counts = dir.counts("out");
    assert_eq!(counts["rejected_by_reason"], json!({reason: 1}));
    assert_eq!((&counts["read"], &counts["accepted"]), (&(bad.good.len() + 1).into(), &bad.good.len().into()));
    let ids: Vec<Value> = dir.table("out", "articles.jsonl").into_iter().map(|row| row["id"].clone()).collect();
    assert_eq!(ids, bad.good);
    assert_eq!(run(&["--max-reject-rate", "1"]).status(), 0);
}

fn good(n: u64) -> String {
    record(&format!("g{n}"), &prose(n, 40))
}

fn ids(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|n| format!("g{n}")).collect()
}

/// A line among others.
fn line(bad: impl AsRef<[u8]>) -> Bad {
    let (before, after) = (good(1) + "\n" + &good(2), good(3));
    let place = (4, before.len() as u64);
    let bytes = [before.as_bytes(), bad.as_ref(), b"\n", after.as_bytes()].concat();
    Bad { name: "in.jsonl", bytes, place, good: ids(1..=3) }
}

#[track_caller]
fn rejected_line(reason: &str, bad: impl AsRef<[u8]>) {
    rejected(reason, &line(bad));
}

/// A module of tests, each of which hands to `check` the reason that is expected and what is wrong.
macro_rules! named {
    ($module:ident by $check:ident: $($name:ident: $($bad:expr),+ => $reason:literal;)+) => {
        mod $module {
            use super::*;
            $(#[test] fn $name() { $check($reason, $($bad),+); })+
        }
    };
}

named! { a_line by rejected_line:
    of_an_empty_object: "{}" => "no_text";
    of_a_list: r#"["id", "text"]"# => "not_json";
    of_a_text: r#""text""# => "not_json";
    of_a_number: "12" => "not_json";
    of_null: "null" => "not_json";
    cut_off_in_a_text: r#"{"id":"x","text":"cut"# => "not_json";
    cut_off_after_a_member: r#"{"id":"x","text":"cut","# => "not_json";
    with_more_after_its_end: r#"{"id":"x","text":"words"} x"# => "not_json";
    of_two_objects: r#"{"id":"x","text":"words"}{"id":"y","text":"words"}"# => "not_json";
    in_single_quotes: "{'id':'x','text':'words'}" => "not_json";
    with_a_trailing_comma: r#"{"id":"x","text":"words",}"# => "not_json";
    with_bare_names: r#"{id:"x",text:"words"}"# => "not_json";
    with_nan: r#"{"id":"x","text":"words","score":NaN}"# => "not_json";
    with_a_raw_tab_in_a_text: "{\"id\":\"x\",\"text\":\"two\twords\"}" => "not_json";
    with_a_lone_surrogate: r#"{"id":"x","text":"\ud800 words"}"# => "not_json";
    with_an_unknown_escape: r#"{"id":"x","text":"\x41"}"# => "not_json";
    with_a_comment: r#"{"id":"x", /* y */ "text":"words"}"# => "not_json";
    with_a_byte_order_mark_within_the_file: "\u{feff}{\"id\":\"x\",\"text\":\"words\"}" => "not_json";
    nested_a_hundred_thousand_deep: format!("{{\"text\":\"t\",\"x\":{}", "[".repeat(9000)) => "not_json";
    of_html: "<html><body><h1>502 Bad Gateway</h1></body></html>" => "not_json";
    of_a_log: "2025-01-14 08:30:00 ERROR timed out" => "not_json";
    of_a_table: "x,Title,words" => "not_json";
    of_zeros: [0u8; 40] => "not_json";
    in_latin_1: b"{\"id\":\"x\",\"text\":\"caf\xe9\"}" => "not_utf8";
    with_half_a_character: b"{\"id\":\"x\",\"text\":\"caf\xc3\"}" => "not_utf8";
    with_an_overlong_character: b"{\"id\":\"x\",\"text\":\"\xc0\xaf\"}" => "not_utf8";
    with_a_surrogate_in_utf8: b"{\"id\":\"x\",\"text\":\"\xed\xa0\x80\"}" => "not_utf8";
    whose_text_is_a_number: r#"{"id":"x","text":5}"# => "field_type";
    whose_text_is_a_list: r#"{"id":"x","text":["words"]}"# => "field_type";
    whose_text_is_an_object: r#"{"id":"x","text":{"html":"words"}}"# => "field_type";
    whose_text_is_true: r#"{"id":"x","text":true}"# => "field_type";
    whose_title_is_a_number: r#"{"id":"x","title":7,"text":"words"}"# => "field_type";
    whose_id_is_a_list: r#"{"id":["x"],"text":"words"}"# => "field_type";
    whose_id_is_an_object: r#"{"id":{"$oid":"x"},"text":"words"}"# => "field_type";
    whose_id_is_true: r#"{"id":true,"text":"words"}"# => "field_type";
    without_title_and_text: r#"{"id":"x","url":"https://e.example/x"}"# => "no_text";
    whose_title_and_text_are_null: r#"{"id":"x","title":null,"text":null}"# => "no_text";
    whose_text_is_blank: r#"{"id":"x","text":" \n\t "}"# => "empty_text";
    whose_text_is_punctuation: r#"{"id":"x","text":"--- *** !!!","title":"..."}"# => "empty_text";
    whose_text_is_emoji: r#"{"id":"x","text":"😀 🎉"}"# => "empty_text";
    whose_text_is_invisible: r#"{"id":"x","text":"\u200b\u200d\ufeff\u00ad"}"# => "empty_text";
    whose_id_was_there_before: r#"{"id":"g1","text":"other words"}"# => "duplicate_id";
    that_is_too_long: format!("{{\"id\":\"x\",\"text\":\"{}\"}}", "word ".repeat(5000)) => "too_long";
}

#[test]
fn a_number_and_a_text_are_the_same_id() {
    let mut bad = line(r#"{"id":"7","text":"other words"}"#);
    let first = r#"{"id":7,"text":"some words"}"#.to_owned() + "\n";
    bad.bytes = [first.as_bytes(), &bad.bytes].concat();
    bad.place = (5, bad.place.1 + first.len() as u64);
    bad.good.insert(0, "7".to_owned());
    rejected("duplicate_id", &bad);
}

#[test]
fn two_records_of_one_page_without_ids_have_one_id() {
    let mut bad = line(r#"{"url":"https://www.e.example/a/?utm_source=x","text":"other words"}"#);
    let first = r#"{"url":"http://e.example/a","text":"some words"}"#.to_owned() + "\n";
    bad.bytes = [first.as_bytes(), &bad.bytes].concat();
    bad.place = (5, bad.place.1 + first.len() as u64);
    bad.good.insert(0, "https://e.example/a".to_owned());
    rejected("duplicate_id", &bad);
}

/// A packed file that is damaged: what was whole before the break is kept.
#[track_caller]
fn broken_archive(reason: &str, ending: &str, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    let dir = Workdir::new();
    let name = format!("in.jsonl{ending}");
    dir.file(&name, bytes);
    dir.file("other.jsonl", good(900_001));
    assert_eq!(dir.run(&["dedup", &name, "other.jsonl", "--out", "out", "--strict"]).status(), 3);
    let (rejects, articles) = (dir.table("out", "rejects.jsonl"), dir.table("out", "articles.jsonl"));
    let last = rejects.last().unwrap();
    assert_eq!((&last["reason"], &last["file"]), (&reason.into(), &name.clone().into()));
    let (whole, other) = articles.split_at(articles.len() - 1);
    assert_eq!(other[0]["id"], "g900001", "the next file is read");
    let inputs = &dir.run_json("out")["inputs"];
    assert_eq!(inputs[0]["bytes"], bytes.len(), "the digest is of the whole file");
    let is_good = |(row, n): (&Value, u64)| row["id"] == format!("g{n}");
    if rejects.len() > 1 {
        // Letters may be damaged before a decoder sees it, at the checksum.
        assert!(whole.len() > 3000 && whole[..3000].iter().zip(0..).all(is_good));
        return;
    }
    let offset: usize = (0..whole.len() as u64).map(|n| good(n).len()).sum();
    assert!(whole.iter().zip(0..).all(is_good));
    let place = (last["line"].as_u64(), last["offset"].as_u64());
    assert_eq!(place, (Some(whole.len() as u64 + 1), Some(offset as u64)));
}

/// Enough of them that a decoder has handed on some before it meets the middle.
fn many() -> Vec<u8> {
    (0..8000).map(good).collect::<String>().into_bytes()
}

fn half(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len() / 2]
}

fn struck(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xa5);
    bytes
}

named! { an_archive by broken_archive:
    of_gzip_cut_off: ".gz", half(&gz(&many())) => "truncated";
    of_zstd_cut_off: ".zst", half(&zst(&many())) => "truncated";
    of_bzip2_cut_off: ".bz2", half(&bz2(&many())) => "truncated";
    of_xz_cut_off: ".xz", half(&xz(&many())) => "truncated";
    of_gzip_damaged: ".gz", struck(gz(&many())) => "bad_archive";
    of_zstd_damaged: ".zst", struck(zst(&many())) => "bad_archive";
    of_bzip2_damaged: ".bz2", struck(bz2(&many())) => "bad_archive";
    of_xz_damaged: ".xz", struck(xz(&many())) => "bad_archive";
    of_gzip_with_something_else_after_it: ".gz", [&gz(&many())[..], b"<html>"].concat() => "bad_archive";
    of_gzip_with_half_a_member_after_it: ".gz", [&gz(&many())[..], half(&gz(b"more"))].concat() => "truncated";
}

/// A row among others.
fn row(bad: impl AsRef<[u8]>) -> Bad {
    let records: Vec<Value> = (1..=3).map(|n| serde_json::from_str(&good(n)).unwrap()).collect();
    let columns = ["id", "title", "text"];
    let before = table(&records[..2], &columns, ',');
    let after = table(&records[2..], &columns, ',');
    let after = after.split_once("\r\n").unwrap().1;
    let place = (4, before.len() as u64);
    let bytes = [before.as_bytes(), bad.as_ref(), b"\r\n", after.as_bytes()].concat();
    Bad { name: "in.csv", bytes, place, good: ids(1..=3) }
}

#[track_caller]
fn rejected_row(reason: &str, bad: impl AsRef<[u8]>) {
    rejected(reason, &row(bad));
}

named! { a_row by rejected_row:
    of_too_few_cells: "x,words" => "bad_record";
    of_too_many_cells: "x,Title,some words, and more" => "bad_record";
    of_a_quote_in_the_wrong_place: "x,Title,\"a\",\"b\"" => "bad_record";
    in_latin_1: b"x,Title,caf\xe9" => "not_utf8";
    without_words: "x,,..." => "empty_text";
    without_title_and_text: "x,," => "no_text";
    whose_id_was_there_before: "g2,Title,other words" => "duplicate_id";
    that_is_too_long: format!("x,Title,\"{}\"", "word\n".repeat(5000).replace('\n', " ")) => "too_long";
}

#[test]
fn a_quote_that_is_never_closed_costs_its_row() {
    let records: Vec<Value> = (1..=3).map(|n| serde_json::from_str(&good(n)).unwrap()).collect();
    let plain = |record: &Value| {
        format!("{},{},{}\n", record["id"].as_str().unwrap(), "Title", record["text"].as_str().unwrap())
    };
    let before = "id,title,text\n".to_owned() + &plain(&records[0]);
    let after: String = records[1..].iter().map(plain).collect();
    let place = (3, before.len() as u64);
    let bytes = [before.as_bytes(), b"x,Title,\"never closed\n", after.as_bytes()].concat();
    rejected("bad_record", &Bad { name: "in.csv", bytes, place, good: ids(1..=3) });
}

fn urn(n: u64) -> String {
    format!("<urn:uuid:g{n}>")
}

fn warc_page(n: u64) -> Vec<u8> {
    let html = page(&format!("Title of {n}"), "2025-01-14T08:30:00Z", &prose(n, 200).replace(". ", ".\n"));
    warc_record("response", &format!("g{n}"), &http(HTML, html.as_bytes()))
}

/// A record among others, in a plain archive and in one with a member a record.
#[track_caller]
fn rejected_record(reason: &str, bad: impl AsRef<[u8]>) {
    let records = [
        warc_record("warcinfo", "info", b"software: x\r\n"),
        warc_page(1),
        bad.as_ref().to_vec(),
        warc_page(2),
        warc_page(3),
    ];
    let place = (3, (records[0].len() + records[1].len()) as u64);
    let good: Vec<String> = (1..=3).map(urn).collect();
    let members: Vec<u8> = records.iter().flat_map(|record| gz(record)).collect();
    for (name, bytes) in [("in.warc", records.concat()), ("in.warc.gz", members)] {
        rejected(reason, &Bad { name, bytes, place, good: good.clone() });
    }
}

/// A record with a piece of it replaced.
fn warc_with(from: &str, to: &str) -> Vec<u8> {
    let record = String::from_utf8(warc_page(9)).unwrap();
    assert!(record.contains(from), "{from}");
    record.replacen(from, to, 1).into_bytes()
}

fn answer(header: &str, body: &[u8]) -> Vec<u8> {
    warc_record("response", "x", &http(header, body))
}

named! { a_record by rejected_record:
    whose_first_line_is_none: warc_with("WARC/1.0", "WERC/1.0") => "bad_record";
    without_a_length: warc_with("Content-Length: ", "Content-Langth: ") => "bad_record";
    whose_length_is_no_number: warc_with("Content-Length: ", "Content-Length: about ") => "bad_record";
    whose_length_is_negative: warc_with("Content-Length: ", "Content-Length: -") => "bad_record";
    whose_length_is_too_small: warc_page(9).with_length(500) => "bad_record";
    whose_length_is_too_large: warc_record("response", "x", &[b'x'; 900]).with_length(1500) => "bad_record";
    without_a_type: warc_with("WARC-Type: response\r\n", "") => "bad_record";
    with_a_broken_field: warc_with("WARC-Target-URI: ", "WARC Target URI ") => "bad_record";
    that_is_cut_off: half(&warc_page(9)) => "bad_record";
    of_a_page_that_was_not_found: warc_record("response", "x", b"HTTP/1.1 404 Not Found\r\n\r\n<html>No such page") => "http_status";
    of_a_page_that_has_moved: warc_record("response", "x", b"HTTP/1.1 301 Moved\r\nLocation: /y\r\n\r\n") => "http_status";
    of_a_picture: answer("Content-Type: image/png", b"\x89PNG") => "not_html";
    of_a_feed: answer("Content-Type: application/rss+xml", b"<rss>") => "not_html";
    of_no_http: warc_record("response", "x", b"SSH-2.0-OpenSSH_9.6\r\n") => "bad_http";
    whose_http_header_does_not_end: warc_record("response", "x", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n") => "bad_http";
    whose_chunks_are_damaged: answer(&format!("{HTML}\r\nTransfer-Encoding: chunked"), b"4\r\nabcd\r\nzz\r\n") => "bad_http";
    whose_body_is_damaged: answer(&format!("{HTML}\r\nContent-Encoding: gzip"), half(&gz(&many()[..9000]))) => "bad_http";
    whose_body_is_a_bomb: answer(&format!("{HTML}\r\nContent-Encoding: gzip"), &gz(&vec![b'x'; 3_000_000])) => "too_long";
    that_is_too_long: warc_record("response", "x", &vec![b'x'; 50_000]) => "too_long";
    of_an_empty_page: answer(HTML, b"") => "no_text";
    of_a_page_without_words: answer(HTML, b"<html><body><img src=x></body></html>") => "no_text";
    whose_id_was_there_before: warc_page(1) => "duplicate_id";
}

/// Lengths that lie.
trait Lying {
    fn with_length(&self, length: usize) -> Vec<u8>;
}

impl Lying for Vec<u8> {
    fn with_length(&self, length: usize) -> Vec<u8> {
        let text = String::from_utf8(self.clone()).unwrap();
        let (head, rest) = text.split_once("Content-Length: ").unwrap();
        let (_, rest) = rest.split_once("\r\n").unwrap();
        format!("{head}Content-Length: {length}\r\n{rest}").into_bytes()
    }
}

#[test]
fn a_member_that_is_damaged_costs_its_record() {
    let pages: Vec<Vec<u8>> = (1..=4).map(warc_page).collect();
    let mut members: Vec<Vec<u8>> = pages.iter().map(|page| gz(page)).collect();
    let middle = members[1].len() / 2;
    members[1][middle..middle + 20].fill(0);
    let place = (2, pages[0].len() as u64);
    let good = [1, 3, 4].map(urn).into();
    // Where a decoder sees the damage depends on it, and with that where later records are said to stand.
    rejected("bad_archive", &Bad { name: "in.warc.gz", bytes: members.concat(), place, good });
}

#[test]
fn an_archive_that_is_cut_off_keeps_what_is_whole() {
    let pages: Vec<Vec<u8>> = (1..=3).map(warc_page).collect();
    let place = (3, (pages[0].len() + pages[1].len()) as u64);
    let (whole, members) = (pages.concat(), pages.iter().flat_map(|page| gz(page)).collect::<Vec<u8>>());
    for (name, bytes) in [("in.warc", &whole), ("in.warc.gz", &members)] {
        let bytes = bytes[..bytes.len() - 100].to_vec();
        rejected("truncated", &Bad { name, bytes, place, good: vec![urn(1), urn(2)] });
    }
}

mod a_text {
    use super::*;

    #[track_caller]
    fn rejected_text(reason: &str, bytes: &[u8]) {
        let bad = Bad { name: "in.txt", bytes: bytes.to_vec(), place: (1, 0), good: Vec::new() };
        rejected(reason, &bad);
    }

    #[test]
    fn in_latin_1() {
        rejected_text("not_utf8", b"Title\n\ncaf\xe9");
    }

    #[test]
    fn without_words() {
        rejected_text("empty_text", b"...\n\n---\n");
    }

    #[test]
    fn that_is_empty() {
        rejected_text("empty_text", b"");
    }

    #[test]
    fn that_is_too_long() {
        rejected_text("too_long", &[b'x'; 30_000]);
    }
}

#[cfg(feature = "parquet")]
mod a_parquet_file {
    use super::*;

    /// A file of three documents, as the program writes it.
    fn whole() -> Vec<u8> {
        let dir = Workdir::new();
        dir.file("in.jsonl", (1..=3).map(good).collect::<String>());
        assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--format", "parquet"]).status(), 0);
        std::fs::read(dir.path("out/kept.parquet")).unwrap()
    }

    #[track_caller]
    fn rejected_file(line: u64, offset: u64, bytes: Vec<u8>) {
        let bad = Bad { name: "in.parquet", bytes, place: (line, offset), good: Vec::new() };
        let dir = Workdir::new();
        dir.file("in.parquet", &bad.bytes).file("in2.jsonl", good(4));
        assert_eq!(dir.run(&["dedup", "in.parquet", "in2.jsonl", "--out", "out", "--strict"]).status(), 3);
        let rejects = dir.table("out", "rejects.jsonl");
        assert_eq!(rejects.len(), 1, "{rejects:?}");
        assert_eq!(rejects[0]["reason"], "bad_archive");
        assert_eq!((&rejects[0]["line"], &rejects[0]["offset"]), (&line.into(), &offset.into()));
        assert_eq!(dir.labels("out", "group").keys().collect::<Vec<_>>(), ["g4"], "the next file is read");
    }

    #[test]
    fn that_is_none() {
        rejected_file(1, 0, b"PAR1 and then nothing of the kind".to_vec());
    }

    #[test]
    fn that_is_cut_off() {
        rejected_file(1, 0, half(&whole()).to_vec());
    }

    #[test]
    fn whose_footer_is_damaged() {
        let mut bytes = whole();
        let end = bytes.len();
        bytes[end - 60..end - 20].fill(0xff);
        rejected_file(1, 0, bytes);
    }

    #[test]
    fn whose_pages_are_damaged() {
        let mut bytes = whole();
        bytes[4..300].fill(0xee);
        rejected_file(1, 4, bytes);
    }
}
