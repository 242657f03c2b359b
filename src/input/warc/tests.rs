//! Archives as crawlers write them, whole and damaged.

use super::*;
use crate::input::{Content, Format, Input, Pace, Params, Parts};
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::io::Write;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn record(kind: &str, id: usize, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <{id}>\r\nWARC-Target-URI: https://e.org/{id}\r\n\
         Content-Type: application/http\r\nContent-Length: {}\r\n\r\n",
        content.len()
    );
    [head.as_bytes(), content, b"\r\n\r\n"].concat()
}

/// What was cut: the number among the records, and the id or the reason; and how many were passed over.
type Found = (Vec<(u64, Result<String, Reason>)>, u64);

fn cut(warc: &mut Warc) -> Found {
    let (mut found, mut passed_over, mut lines) = (Vec::new(), 0, 0);
    while let Some(cut) = warc.next_block(vec![1; 3]).unwrap() {
        for span in &cut.spans {
            let id = |range: &std::ops::Range<usize>| {
                let header = header::parse(&cut.bytes[range.clone()]).unwrap().unwrap();
                header.id.unwrap_or_default().trim_matches(['<', '>']).to_owned()
            };
            let content = span.content.as_ref().map(id).map_err(|reject| reject.reason);
            found.push((lines + span.line + 1, content));
        }
        lines += cut.lines;
        passed_over += cut.passed_over;
    }
    (found, passed_over)
}

fn stream(bytes: &[u8], pace: Pace, max: usize) -> Found {
    let (reader, compression, passed) = compress::meter(io::Cursor::new(bytes.to_vec())).unwrap();
    let reader = compress::decompress(reader, compression).unwrap();
    cut(&mut Warc::of_stream(Stream::new(String::new(), reader, passed, pace), max))
}

fn members(bytes: &[u8], max: usize) -> Found {
    let (raw, _, passed) = compress::meter(io::Cursor::new(bytes.to_vec())).unwrap();
    cut(&mut Warc::of_members(raw, passed, String::new(), max))
}

fn noise(seed: usize, len: usize) -> Vec<u8> {
    (0..len).map(|i| (crate::hash::mix((seed * 100_003 + i) as u64) >> 9) as u8).collect()
}

#[test]
fn documents_are_cut_and_other_kinds_passed_over() {
    let kinds = ["warcinfo", "request", "response", "metadata", "response", "revisit", "response"];
    let records: Vec<Vec<u8>> = kinds.iter().enumerate().map(|(i, kind)| record(kind, i, &noise(i, 700 * i))).collect();
    let expected: Vec<(u64, Result<String, Reason>)> = [2, 4, 6].map(|i: u64| (i + 1, Ok(i.to_string()))).into();
    let plain = records.concat();
    for pace in [Pace::Full, Pace::Eager] {
        for pack in [|bytes: &[u8]| bytes.to_vec(), |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap()] {
            assert_eq!(stream(&pack(&plain), pace, 1 << 20), (expected.clone(), 4));
        }
    }
    let packed: Vec<u8> = records.iter().flat_map(|record| gz(record)).collect();
    assert_eq!(members(&packed, 1 << 20), (expected.clone(), 4), "a member a record");
    assert_eq!(members(&gz(&plain), 1 << 20), (expected, 4), "one member for all");
    assert_eq!(members(&[], 1 << 20), (Vec::new(), 0));
    assert_eq!(stream(b"\r\n\r\n", Pace::Full, 1 << 20), (Vec::new(), 0));
}

/// Ways to damage a record.
fn damage(how: usize, record: &[u8]) -> Vec<u8> {
    let text = |from: &str, to: &str| {
        let at = memchr::memmem::find(record, from.as_bytes()).unwrap();
        [&record[..at], to.as_bytes(), &record[at + from.len()..]].concat()
    };
    match how {
        0 => text("WARC/1.0", "WARX/1.0"),
        1 => text("Content-Length: ", "Content-Length: x"),
        2 => text("Content-Length: ", "Content-Longth: "),
        // Too long and too short.
        3 => text("Content-Length: ", "Content-Length: 9"),
        4 => text("Content-Length: 20", "Content-Length: 1"),
        5 => text("WARC-Type: response\r\n", ""),
        6 => text("WARC-Target-URI: ", "WARC Target URI "),
        // What is there of it is the first half.
        _ => record[..record.len() / 2].to_vec(),
    }
}

#[test]
fn damage_costs_the_record_that_it_struck() {
    for how in 0..8 {
        for struck in [0, 3, 9] {
            let whole: Vec<Vec<u8>> = (0..10).map(|i| record("response", i, &noise(i, 2000))).collect();
            let mut records = whole.clone();
            records[struck] = damage(how, &whole[struck]);
            for (found, way) in [
                (stream(&records.concat(), Pace::Full, 1 << 20).0, "plain"),
                (members(&gz(&records.concat()), 1 << 20).0, "one member"),
                (members(&records.iter().flat_map(|record| gz(record)).collect::<Vec<_>>(), 1 << 20).0, "members"),
            ] {
                let good: Vec<String> = found.iter().filter_map(|(_, content)| content.clone().ok()).collect();
                let expected: Vec<String> = (0..10).filter(|&i| i != struck).map(|i| i.to_string()).collect();
                assert_eq!(good, expected, "{how} {struck} {way}");
                let bad: Vec<_> = found.iter().filter(|(_, content)| content.is_err()).collect();
                assert_eq!(bad.len(), 1, "{how} {struck} {way}: {bad:?}");
                assert_eq!(bad[0].0, struck as u64 + 1, "{how} {struck} {way}");
                let is_named = matches!(bad[0].1, Err(Reason::BadRecord | Reason::Truncated | Reason::TooLong));
                assert!(is_named, "{how} {struck} {way}: {bad:?}");
            }
        }
    }
}

#[test]
fn a_damaged_member_costs_its_record() {
    let packed: Vec<Vec<u8>> = (0..10).map(|i| gz(&record("response", i, &noise(i, 2000)))).collect();
    for struck in [0, 4, 9] {
        let mut damaged = packed.clone();
        let len = damaged[struck].len();
        damaged[struck][len / 2..len / 2 + 20].fill(0);
        let (found, _) = members(&damaged.concat(), 1 << 20);
        assert_eq!(found.len(), 10);
        for (i, (number, content)) in found.into_iter().enumerate() {
            assert_eq!(number, i as u64 + 1);
            assert_eq!(content, if i == struck { Err(Reason::BadArchive) } else { Ok(i.to_string()) });
        }
    }
    let cut_off = packed.concat();
    let (found, _) = members(&cut_off[..cut_off.len() - 100], 1 << 20);
    assert_eq!(found.last(), Some(&(10, Err(Reason::Truncated))));
}

#[test]
fn a_record_that_is_too_long_is_passed_over() {
    let records: Vec<Vec<u8>> =
        (0..5).map(|i| record("response", i, &noise(i, if i == 2 { 3 << 20 } else { 500 }))).collect();
    let expected = |i: u64| (i + 1, if i == 2 { Err(Reason::TooLong) } else { Ok(i.to_string()) });
    let expected: Vec<_> = (0..5).map(expected).collect();
    assert_eq!(stream(&records.concat(), Pace::Full, 1 << 20).0, expected);
    assert_eq!(members(&gz(&records.concat()), 1 << 20).0, expected);
    assert_eq!(members(&records.iter().flat_map(|record| gz(record)).collect::<Vec<_>>(), 1 << 20).0, expected);
    // A length that is not true does not swallow the rest.
    let lies = damage(3, &damage(3, &damage(3, &damage(3, &records[1]))));
    let found = stream(&[&records[0], &*lies, &records[3]].concat(), Pace::Full, 1 << 20).0;
    assert_eq!(found[1..], [(2, Err(Reason::TooLong)), (3, Ok("3".into()))]);
}

/// The records of a file read part by part, as a walk takes them.
fn by_parts(path: &Path, size: u64) -> Vec<Result<String, Reason>> {
    let count = std::fs::metadata(path).unwrap().len().div_ceil(size) as u32;
    let (mut found, mut part) = (Vec::new(), 0);
    while part < count {
        let mut warc = Warc::piece(path, part, size, "x", 1 << 20).unwrap();
        found.extend(cut(&mut warc).0.into_iter().map(|(_, content)| content));
        part = warc.next_part(part);
    }
    found
}

/// What headers are made of.
const PIECES: &[&[u8]] = &[
    b"WARC/1.0\r\n",
    b"WARC-Type: response\r\n",
    b"Content-Length: 9\r\n",
    b"Content-Length: 2000000\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"\r\n",
    b"\n",
    b"x",
    b"\xff\x00",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn parts_are_the_file(
        sizes in prop::collection::vec((0usize..4000, 0u32..8), 1..30), size in 500u64..20_000, struck in any::<prop::sample::Index>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.warc.gz");
        let inner: Vec<u8> = (100..104).flat_map(|i| gz(&record("response", i, &noise(i, 900)))).collect();
        let pack = |(i, &(len, kind)): (usize, &(usize, u32))| {
            let content = [&noise(i, len)[..], if kind == 0 { &inner } else { &[] }].concat();
            let record = record("response", i, &content);
            // An archive within an archive, stored as it is, looks like records where there are none.
            let mut encoder = GzEncoder::new(Vec::new(), Level::new(if kind == 0 { 0 } else { 6 }));
            encoder.write_all(&record).unwrap();
            encoder.finish().unwrap()
        };
        let mut packed: Vec<Vec<u8>> = sizes.iter().enumerate().map(pack).collect();
        std::fs::write(&path, packed.concat()).unwrap();
        let expected: Vec<_> = (0..sizes.len()).map(|i| Ok(i.to_string())).collect();
        prop_assert_eq!(by_parts(&path, size), expected);

        let struck = struck.index(packed.len());
        if sizes[struck].1 != 0 {
            let len = packed[struck].len();
            packed[struck][len - 6] ^= 1;
            std::fs::write(&path, packed.concat()).unwrap();
            let good: Vec<_> = (0..sizes.len()).filter(|&i| i != struck).map(|i| Ok(i.to_string())).collect();
            let found = by_parts(&path, size);
            prop_assert_eq!(found.iter().filter(|content| content.is_err()).count(), 1);
            prop_assert_eq!(found.into_iter().filter(Result::is_ok).collect::<Vec<_>>(), good);
        }
    }

    #[test]
    fn any_bytes_are_cut(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40), packed in any::<bool>()) {
        let bytes = pieces.concat();
        if packed { members(&gz(&bytes), 1 << 20); } else { stream(&bytes, Pace::Full, 1 << 20); }
    }
}

#[test]
fn a_walk_over_the_parts_of_a_file_has_its_digest() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.warc.gz");
    let content: Vec<u8> = (0..40).flat_map(|i| gz(&record("response", i, &noise(i, 1 << 20)))).collect();
    std::fs::write(&path, &content).unwrap();
    let name = path.display().to_string();
    let input = Input { below: name.clone(), name, path: Some(path), format: Format::Warc, is_file: true, frame: None };
    let params = Params::default();
    let parts = Parts::of(&input, &params).unwrap();
    assert_eq!(parts.count(), 4);
    let (mut records, mut digest) = (0, None);
    for part in 0..parts.count() {
        let mut blocks = parts.open(part, &params, Pace::Full).unwrap();
        while let Some(block) = blocks.next_block(Vec::new()).unwrap() {
            records += block.records().filter(|record| matches!(record.content, Ok(Content::Warc(_)))).count();
        }
        digest = blocks.digest();
    }
    assert_eq!((records, digest.unwrap().len()), (40, content.len() as u64));
}
