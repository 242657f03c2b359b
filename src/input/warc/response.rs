//! The HTTP message of a record to the page that a browser would have shown.
//!
//! Crawlers store a message as it came, or take chunks and compression away and leave the headers that name them: what a
//! header says of the body is done where the body agrees, and the body is taken as it is where it does not. A body that
//! unpacks to more than a record may have is too long, and unpacked no further.

use super::header::{self, Kind};
use super::{bad, too_long};
use crate::input::{Reason, Reject};
use std::borrow::Cow;
use std::io::{self, Read};

/// A page, and what the archive says of it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::input) struct Page<'a> {
    /// `WARC-Record-ID`, as it is written.
    pub(in crate::input) id: Option<String>,
    /// Its address.
    pub(in crate::input) url: String,
    /// When it was fetched, as it is written.
    pub(in crate::input) date: String,
    /// The charset that the server named.
    pub(in crate::input) charset: Option<String>,
    pub(in crate::input) body: Cow<'a, [u8]>,
    pub(in crate::input) is_html: bool,
}

/// The most fields that a message's header may have.
const FIELDS: usize = 256;

/// The page in a record that was cut.
pub(in crate::input) fn page(record: &[u8], max_record_bytes: usize) -> Result<Page<'_>, Reject> {
    let header = header::parse(record).ok_or_else(|| bad("its header does not end"))??;
    let content = record.get(header.bytes..).unwrap_or_default();
    let refused = |reject: Reject| Reject { id: header.id.clone(), ..reject };
    let (content_type, body) = match header.kind {
        Kind::Page => (header.content_type.clone(), Cow::Borrowed(content)),
        Kind::Response | Kind::Other => message(content, max_record_bytes).map_err(refused)?,
    };
    let is_html = content_type.contains("html") || (content_type.is_empty() && looks_like_html(&body));
    if !is_html && !content_type.starts_with("text/plain") {
        let what = if content_type.is_empty() { "of no named type" } else { &content_type };
        return Err(refused(Reject::new(Reason::NotHtml, format!("the page is {}", shortened(what)))));
    }
    let charset = content_type.split("charset=").nth(1).map(|rest| {
        let name = rest.split(';').next().unwrap_or(rest);
        name.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'').to_owned()
    });
    let charset = charset.filter(|charset| !charset.is_empty());
    Ok(Page { id: header.id, url: header.uri, date: header.date, charset, body, is_html })
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

fn looks_like_html(body: &[u8]) -> bool {
    let head = body[..body.len().min(1024)].to_ascii_lowercase();
    [&b"<html"[..], b"<!doctype html", b"<head", b"<body"].iter().any(|tag| memchr::memmem::find(&head, tag).is_some())
}

/// Whether a body begins as markup does, so that it is not packed.
fn is_markup(body: &[u8]) -> bool {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().starts_with(b"<")
}

/// The type and the body of an HTTP message.
fn message(content: &[u8], max_record_bytes: usize) -> Result<(String, Cow<'_, [u8]>), Reject> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let mut config = httparse::ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_space_before_first_header_name(true)
        .ignore_invalid_headers_in_responses(true);
    let head = match config.parse_response(&mut response, content) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Err(bad_http("its header does not end")),
        Err(e) => return Err(bad_http(&format!("its header cannot be read: {e}"))),
    };
    let status = response.code.unwrap_or_default();
    if !(200..300).contains(&status) {
        return Err(Reject::new(Reason::HttpStatus, format!("the server answered {status}")));
    }
    let field = |name: &str| {
        let named = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| String::from_utf8_lossy(field.value).trim().to_ascii_lowercase())
    };
    let content_type = field("content-type").unwrap_or_default();
    let mut body = Cow::Borrowed(&content[head..]);
    let is_chunked = field("transfer-encoding").is_some_and(|coding| coding.contains("chunked"));
    if let Some(whole) = if is_chunked { unchunked(&body)? } else { None } {
        body = Cow::Owned(whole);
    }
    for coding in field("content-encoding").unwrap_or_default().split(',').map(str::trim).rev() {
        if let Some(unpacked) = unpacked(coding, &body, max_record_bytes)? {
            body = Cow::Owned(unpacked);
        }
    }
    Ok((content_type, body))
}

fn bad_http(why: &str) -> Reject {
    Reject::new(Reason::BadHttp, format!("the HTTP message: {why}"))
}

/// The chunks of a body put together; `None` where it is not in chunks, whatever its header says.
fn unchunked(body: &[u8]) -> Result<Option<Vec<u8>>, Reject> {
    let (mut rest, mut whole) = (body, Vec::new());
    loop {
        let (skip, size) = match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete(sized)) => sized,
            _ if rest.len() == body.len() => return Ok(None),
            Ok(httparse::Status::Partial) => return Err(bad_http("its chunks do not end")),
            Err(_) => return Err(bad_http("its chunks are damaged")),
        };
        if size == 0 {
            return Ok(Some(whole));
        }
        rest = &rest[skip..];
        let chunk = usize::try_from(size).ok().and_then(|size| rest.get(..size));
        let Some(chunk) = chunk else {
            // A page may begin with what reads as the size of a chunk.
            return if whole.is_empty() && looks_like_html(body) {
                Ok(None)
            } else {
                Err(bad_http("its chunks do not end"))
            };
        };
        whole.extend_from_slice(chunk);
        rest = &rest[chunk.len()..];
        rest = rest.strip_prefix(b"\r\n").or(rest.strip_prefix(b"\n")).unwrap_or(rest);
    }
}

/// The body unpacked; `None` where it is not packed so, whatever its header says.
fn unpacked(coding: &str, body: &[u8], most: usize) -> Result<Option<Vec<u8>>, Reject> {
    let read = |reader: &mut dyn Read| {
        let mut unpacked = Vec::new();
        match reader.take(most as u64 + 1).read_to_end(&mut unpacked) {
            Ok(_) if unpacked.len() > most => Err(too_long(most)),
            Ok(_) => Ok(Some(unpacked)),
            Err(e) => Err(bad_http(&format!("its {coding} body is damaged: {}", plain(&e)))),
        }
    };
    match coding {
        "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => read(&mut flate2::read::MultiGzDecoder::new(body)),
        // A zlib stream, as the standard has it, or deflate alone, as some servers do.
        "deflate" if body.first().is_some_and(|first| first & 0x0f == 8) && !is_markup(body) => {
            read(&mut flate2::read::ZlibDecoder::new(body))
        }
        "deflate" if !is_markup(body) && !body.is_empty() => read(&mut flate2::read::DeflateDecoder::new(body)),
        "br" if !is_markup(body) && !body.is_empty() => {
            read(&mut brotli_decompressor::Decompressor::new(body, 64 << 10))
        }
        "zstd" if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => match zstd::Decoder::new(body) {
            Ok(mut decoder) => read(&mut decoder),
            Err(e) => Err(bad_http(&format!("its zstd body is damaged: {}", plain(&e)))),
        },
        _ => Ok(None),
    }
}

fn plain(error: &io::Error) -> String {
    shortened(&error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use proptest::prelude::*;
    use std::io::Write;

    fn record(http: &str, body: &[u8]) -> Vec<u8> {
        let content = [http.as_bytes(), b"\r\n\r\n", body].concat();
        let head = format!(
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <u>\r\nWARC-Target-URI: https://e.org/\r\nContent-Length: {}\r\n\r\n",
            content.len()
        );
        [head.as_bytes(), &content].concat()
    }

    fn body(http: &str, body: &[u8]) -> Result<String, (Reason, String)> {
        let record = record(http, body);
        let page = page(&record, 100_000).map_err(|reject| (reject.reason, reject.detail))?;
        Ok(String::from_utf8(page.body.into_owned()).unwrap())
    }

    const PAGE: &str = "<html><p>Talks";
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=\"UTF-8\"";

    #[test]
    fn bodies_are_unpacked_as_their_headers_say() {
        let with = |coding: &str| format!("{HEAD}\r\n{coding}");
        let chunked = format!("6;x=1\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", &PAGE[..6], PAGE.len() - 6, &PAGE[6..]);
        assert_eq!(body(HEAD, PAGE.as_bytes()), Ok(PAGE.into()));
        assert_eq!(body(&with("Transfer-Encoding: chunked"), chunked.as_bytes()), Ok(PAGE.into()));
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(PAGE.as_bytes()).unwrap();
        let gz = gz.finish().unwrap();
        assert_eq!(body(&with("Content-Encoding: gzip"), &gz), Ok(PAGE.into()));
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(PAGE.as_bytes()).unwrap();
        assert_eq!(body(&with("Content-Encoding: deflate"), &zlib.finish().unwrap()), Ok(PAGE.into()));
        let zst = zstd::encode_all(PAGE.as_bytes(), 1).unwrap();
        assert_eq!(body(&with("Content-Encoding: zstd"), &zst), Ok(PAGE.into()));
        let br = b"\x8b\x06\x80\x3c\x68\x74\x6d\x6c\x3e\x3c\x70\x3e\x54\x61\x6c\x6b\x73\x03";
        assert_eq!(body(&with("Content-Encoding: br"), br), Ok(PAGE.into()));
        let both = format!("{:x}\r\n", gz.len()).into_bytes();
        let both = [&both, &gz[..], b"\r\n0\r\n\r\n"].concat();
        assert_eq!(body(&with("Transfer-Encoding: chunked\r\nContent-Encoding: gzip"), &both), Ok(PAGE.into()));
    }

    #[test]
    fn what_was_unpacked_before_it_was_stored_is_taken_as_it_is() {
        for coding in [
            "Transfer-Encoding: chunked",
            "Content-Encoding: gzip",
            "Content-Encoding: br",
            "Content-Encoding: deflate",
        ] {
            assert_eq!(body(&format!("{HEAD}\r\n{coding}"), PAGE.as_bytes()), Ok(PAGE.into()), "{coding}");
        }
    }

    #[test]
    fn what_is_no_page_is_named() {
        let reason = |http: &str, content: &[u8]| body(http, content).unwrap_err().0;
        assert_eq!(reason("HTTP/1.1 404 Not Found\r\nContent-Type: text/html", b"x"), Reason::HttpStatus);
        assert_eq!(reason("HTTP/1.1 200 OK\r\nContent-Type: image/png", b"x"), Reason::NotHtml);
        assert_eq!(reason("HTTP/1.1 200 OK", b"x"), Reason::NotHtml);
        assert_eq!(body("HTTP/1.1 200 OK", PAGE.as_bytes()), Ok(PAGE.into()));
        assert_eq!(reason("SSH-2.0", b"x"), Reason::BadHttp);
        let chunked = format!("{HEAD}\r\nTransfer-Encoding: chunked");
        assert_eq!(reason(&chunked, b"4\r\nabcd\r\nzz\r\n"), Reason::BadHttp);
        assert_eq!(reason(&chunked, b"4\r\nabcd\r\nff\r\n"), Reason::BadHttp);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(&[b'x'; 200_000]).unwrap();
        let bomb = gz.finish().unwrap();
        assert_eq!(reason(&format!("{HEAD}\r\nContent-Encoding: gzip"), &bomb), Reason::TooLong);
        assert_eq!(reason(&format!("{HEAD}\r\nContent-Encoding: gzip"), &bomb[..bomb.len() / 2]), Reason::BadHttp);
    }

    #[test]
    fn a_page_without_a_message_is_taken_as_it_is() {
        let record = b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nTalks";
        let page = page(record, 100).unwrap();
        assert_eq!((&*page.body, page.is_html), (&b"Talks"[..], false));
    }

    proptest! {
        #[test]
        fn any_message_is_a_page_or_a_reject(
            head in "(HTTP/1.1 200 OK\r\n)?(Content-Encoding: (gzip|br|zstd|deflate)\r\n)?(Transfer-Encoding: chunked\r\n)?",
            bytes in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let record = [record(&head, &bytes), bytes].concat();
            _ = page(&record, 1000);
        }
    }
}
