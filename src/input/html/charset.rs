//! A page's bytes to text.
//!
//! In this order: a byte order mark; bytes that are valid UTF-8 and not ASCII alone are UTF-8, whatever is declared, as
//! no other charset makes them by chance; then the charset of the HTTP header, or else the one that the page itself
//! names in a `<meta>` or an XML declaration near its beginning, if the bytes can be it; then what chardetng takes them
//! for, with the top-level domain as a hint. A declared charset cannot be it where some bytes are no character in it; a
//! declared UTF-8 with a few broken characters is UTF-8 all the same, as browsers have it. Linear in the page.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use memchr::memmem;
use std::borrow::Cow;

/// A page names its charset within its first 1024 bytes, says HTML; many do so later.
const NAMED_WITHIN: usize = 16 << 10;
/// What a charset is guessed from.
const GUESSED_FROM: usize = 1 << 20;

/// The text of a page, given the charset of its HTTP header and its address.
pub(super) fn decode<'a>(body: &'a [u8], header: Option<&str>, url: &str) -> Cow<'a, str> {
    if let Some((marked, mark)) = Encoding::for_bom(body) {
        return marked.decode_without_bom_handling(&body[mark..]).0;
    }
    let header = header.and_then(|label| by_label(label.as_bytes()));
    if let Some(wide) = wide(body, header) {
        return wide.decode_without_bom_handling(body).0;
    }
    if let Ok(text) = simdutf8::basic::from_utf8(body) {
        let is_japanese = text.is_ascii() && memmem::find(body, b"\x1b$").is_some();
        return if is_japanese { ISO_2022_JP.decode_without_bom_handling(body).0 } else { Cow::Borrowed(text) };
    }
    let named = || named(&body[..body.len().min(NAMED_WITHIN)]);
    match header.or_else(named).map(|declared| read_as(body, declared)) {
        Some(Ok(text)) => text,
        Some(Err(())) | None => guess(body, url).decode_without_bom_handling(body).0,
    }
}

/// The text, if the bytes can be in the charset that is declared.
fn read_as<'a>(body: &'a [u8], declared: &'static Encoding) -> Result<Cow<'a, str>, ()> {
    let (text, is_broken) = declared.decode_without_bom_handling(body);
    let mostly = || {
        let (mut broken, mut whole) = (0usize, 0usize);
        for c in text.chars().filter(|c| !c.is_ascii()) {
            if c == char::REPLACEMENT_CHARACTER { broken += 1 } else { whole += 1 }
        }
        broken * 2 <= whole
    };
    if !is_broken || mostly() { Ok(text) } else { Err(()) }
}

/// UTF-16 without a mark: declared by the header, or seen in the first sign, which is `<`.
fn wide(body: &[u8], header: Option<&'static Encoding>) -> Option<&'static Encoding> {
    match body {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => header.filter(|&header| header == UTF_16LE || header == UTF_16BE),
    }
}

fn by_label(label: &[u8]) -> Option<&'static Encoding> {
    let label = label.trim_ascii();
    let label = label.strip_prefix(b"\"").or(label.strip_prefix(b"'")).unwrap_or(label);
    let label = label.strip_suffix(b"\"").or(label.strip_suffix(b"'")).unwrap_or(label);
    Encoding::for_label(label).filter(|&known| known != REPLACEMENT)
}

/// The charset that a page names: in a `<meta>` outside of comments, or in an XML declaration.
fn named(start: &[u8]) -> Option<&'static Encoding> {
    let mut rest = start;
    if let Some(end) = memmem::find(start, b"?>").filter(|_| start.trim_ascii_start().starts_with(b"<?xml"))
        && let Some(found) = label_after(&start[..end], b"encoding").and_then(by_label)
    {
        return Some(as_read(found));
    }
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = &rest[at..];
        if rest.starts_with(b"<!--") {
            rest = &rest[memmem::find(rest, b"-->")?..];
        } else if rest.len() > 5 && rest[1..5].eq_ignore_ascii_case(b"meta") {
            let tag = &rest[..memchr::memchr(b'>', rest)?];
            if let Some(found) = label_after(tag, b"charset").and_then(by_label) {
                return Some(as_read(found));
            }
            rest = &rest[tag.len()..];
        } else {
            rest = &rest[1..];
        }
    }
    None
}

/// What a page can have meant that names a charset in which that name could not be read.
fn as_read(named: &'static Encoding) -> &'static Encoding {
    if named == UTF_16LE || named == UTF_16BE {
        UTF_8
    } else if named == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        named
    }
}

/// The word after `name` and an equals sign, with or without quotes.
fn label_after<'a>(tag: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let found = tag.windows(name.len()).enumerate().filter(|(_, window)| window.eq_ignore_ascii_case(name));
    found.map(|(at, _)| &tag[at + name.len()..]).find_map(|rest| {
        let rest = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
        let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b';' | b'/' | b'>' | b'?');
        Some(&rest[..rest.iter().position(ends).unwrap_or(rest.len())])
    })
}

fn guess(body: &[u8], url: &str) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&body[..body.len().min(GUESSED_FROM)], true);
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_ascii_lowercase));
    let domain = host.as_deref().and_then(|host| host.rsplit('.').next());
    let is_domain =
        |domain: &&str| !domain.is_empty() && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    detector.guess(domain.filter(is_domain).map(str::as_bytes), Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &[u8], header: Option<&str>) -> String {
        decode(body, header, "https://news.example/").into_owned()
    }

    #[test]
    fn a_mark_says_more_than_a_header() {
        assert_eq!(read(b"\xef\xbb\xbf\xc3\xa9", Some("latin1")), "é");
        assert_eq!(read(b"\xff\xfea\0\xe9\0", Some("utf-8")), "aé");
        assert_eq!(read(b"\xfe\xff\0a\0\xe9", None), "aé");
    }

    #[test]
    fn utf_16_without_a_mark() {
        assert_eq!(read(b"<\0p\0>\0\xe9\0", None), "<p>é");
        assert_eq!(read(b"\0<\0p\0>\0\xe9", Some("iso-8859-1")), "<p>é");
        assert_eq!(read(b"a\0\xe9\0", Some("UTF-16LE")), "aé");
    }

    #[test]
    fn what_is_valid_utf_8_is_utf_8() {
        assert_eq!(read("é “quoted”".as_bytes(), Some("ISO-8859-1")), "é “quoted”");
        assert_eq!(read(b"plain", Some("utf-16")), "\u{6c70}\u{6961}\u{fffd}", "a header that says UTF-16 is believed");
    }

    #[test]
    fn a_header_says_more_than_the_page() {
        assert_eq!(read(b"<meta charset=koi8-r>\xcf\xf0", Some("windows-1251")), "<meta charset=koi8-r>Пр");
        assert_eq!(read(b"\xcf\xf0", Some("\"Windows-1251\"")), "Пр");
    }

    #[test]
    fn the_ways_a_page_names_its_charset() {
        for page in [
            "<meta charset=windows-1251>",
            "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=windows-1251'>",
            "<meta content=\"text/html;charset = windows-1251 \" http-equiv=Content-Type>",
            "<!-- <meta charset=utf-8> --><meta name=charset content=x><meta charset='cp1251'/>",
            "<?xml version=\"1.0\" encoding=\"windows-1251\"?>",
        ] {
            let body = [page.as_bytes(), b"\xcf\xf0\xe8\xe2\xe5\xf2"].concat();
            assert_eq!(read(&body, None), format!("{page}Привет"));
        }
        let late = [" ".repeat(3000).as_bytes(), b"<meta charset=windows-1251>\xcf"].concat();
        assert!(read(&late, None).ends_with("П"));
        assert_eq!(named(b"<meta charset=utf-16>"), Some(UTF_8));
        assert_eq!(named(b"<!-- <meta charset=utf-8>"), None);
    }

    #[test]
    fn what_is_declared_and_cannot_be_is_not_believed() {
        let (german, _, _) = WINDOWS_1252.encode("Die Behörde schließt das Ufer für Radfahrer; „heute“ früh");
        assert_eq!(read(&german, Some("utf-8")), "Die Behörde schließt das Ufer für Radfahrer; „heute“ früh");
        let mut cut = "Die Behörde schließt das Ufer für Radfahrer".as_bytes().to_vec();
        cut.push(0xc3);
        assert_eq!(read(&cut, Some("utf-8")), "Die Behörde schließt das Ufer für Radfahrer\u{fffd}");
    }

    #[test]
    fn japanese_that_switches_within_ascii() {
        let (bytes, _, _) = ISO_2022_JP.encode("<p>橋</p>");
        assert_eq!(read(&bytes, None), "<p>橋</p>");
    }

    proptest! {
        #[test]
        fn any_bytes_are_some_text(body in proptest::collection::vec(any::<u8>(), 0..300), header in "[a-z0-9-]{0,12}", url in ".{0,30}") {
            decode(&body, Some(&header), &url);
            decode(&body, None, &url);
        }
    }
}
