//! The header of a record: a version, and fields as mail and HTTP write them.

use super::{LONGEST_HEADER, bad};
use crate::input::Reject;
use memchr::memmem;

/// What is read of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::input) struct Header {
    /// Its length, with the blank line.
    pub(super) bytes: usize,
    pub(super) kind: Kind,
    pub(super) content_length: u64,
    /// `WARC-Record-ID`, as it is written.
    pub(super) id: Option<String>,
    /// `WARC-Target-URI`.
    pub(super) uri: String,
    /// `WARC-Date`.
    pub(super) date: String,
    /// `Content-Type`.
    pub(super) content_type: String,
}

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::input) enum Kind {
    /// An HTTP message with a page in it.
    Response,
    /// A page, or the text made of one, without the message around it.
    Page,
    /// No document: the archive's description, a request, a page seen before.
    Other,
}

/// The most fields that a header may have.
const FIELDS: usize = 64;

/// The header that `bytes` start with, or what is wrong with it; `None` if it does not end in them.
pub(super) fn parse(bytes: &[u8]) -> Option<Result<Header, Reject>> {
    let seen = &bytes[..bytes.len().min(LONGEST_HEADER)];
    let end = |mark: &[u8]| memmem::find(seen, mark).map(|at| at + mark.len());
    // Line ends without a carriage return are no WARC, but are met.
    let end = match (end(b"\r\n\r\n"), end(b"\n\n")) {
        (Some(a), Some(b)) => a.min(b),
        (a, b) => a.or(b)?,
    };
    Some(fields(&seen[..end]))
}

fn fields(head: &[u8]) -> Result<Header, Reject> {
    let line = memchr::memchr(b'\n', head).map_or(head.len(), |at| at + 1);
    let version = str::from_utf8(&head[..line]).ok().and_then(|line| line.trim().strip_prefix("WARC/"));
    if !version.is_some_and(|version| version.bytes().all(|b| b.is_ascii_digit() || b == b'.')) {
        return Err(bad("its version cannot be read"));
    }
    let mut parsed = [httparse::EMPTY_HEADER; FIELDS];
    let wrong = |e: httparse::Error| bad(&format!("its header cannot be read: {e}"));
    let fields = match httparse::parse_headers(&head[line..], &mut parsed).map_err(wrong)? {
        httparse::Status::Complete((_, fields)) => fields,
        httparse::Status::Partial => return Err(bad("its header does not end")),
    };
    let field = |name: &str| {
        let named = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        named.map(|field| String::from_utf8_lossy(field.value).trim().to_owned())
    };
    let id = field("WARC-Record-ID").filter(|id| !id.is_empty());
    let refused = |why: &str| Reject { id: id.clone(), ..bad(why) };
    let length = field("Content-Length").ok_or_else(|| refused("it has no Content-Length"))?;
    let content_length = length.parse().map_err(|_| refused("its Content-Length is no number"))?;
    let kind = field("WARC-Type").ok_or_else(|| refused("it has no WARC-Type"))?;
    let uri = field("WARC-Target-URI").unwrap_or_default();
    let uri = uri.trim_start_matches('<').trim_end_matches('>').to_owned();
    let content_type = field("Content-Type").unwrap_or_default().to_ascii_lowercase();
    let is_text =
        ["text/html", "application/xhtml+xml", "text/plain"].iter().any(|kind| content_type.starts_with(kind));
    let kind = match kind.to_ascii_lowercase().as_str() {
        // A name looked up, a line spoken: what a crawler notes beside its pages.
        "response" if !uri.starts_with("dns:") => Kind::Response,
        "resource" | "conversion" if is_text => Kind::Page,
        _ => Kind::Other,
    };
    let date = field("WARC-Date").unwrap_or_default();
    Ok(Header { bytes: head.len(), kind, content_length, id, uri, date, content_type })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_crawlers_write_it() {
        let head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nwarc-target-uri: <https://e.org/ü>\r\n\
                    Content-Length:  12 \r\nContent-Type: application/http; msgtype=response\r\nWARC-Date: 2025-01-14T08:30:00Z\r\n\r\nrest";
        let header = parse(head.as_bytes()).unwrap().unwrap();
        assert_eq!((header.bytes, header.kind, header.content_length), (head.len() - 4, Kind::Response, 12));
        assert_eq!((header.id.as_deref(), &*header.uri), (Some("<urn:uuid:1>"), "https://e.org/ü"));
        assert_eq!(parse(&head.as_bytes()[..100]), None);
        assert_eq!(parse(head.replace("\r\n", "\n").as_bytes()).unwrap().unwrap().kind, Kind::Response);
        let kind = |kind: &str, content: &str| {
            let head = format!("WARC/1.1\r\nWARC-Type: {kind}\r\nContent-Length: 0\r\nContent-Type: {content}\r\n\r\n");
            parse(head.as_bytes()).unwrap().unwrap().kind
        };
        assert_eq!((kind("conversion", "text/plain"), kind("resource", "text/html")), (Kind::Page, Kind::Page));
        assert_eq!(
            (kind("warcinfo", "application/warc-fields"), kind("resource", "image/png")),
            (Kind::Other, Kind::Other)
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (head, why) in [
            ("WARC/x\r\nContent-Length: 0\r\n\r\n", "its version cannot be read"),
            ("WARC/1.0\r\nWARC-Type: response\r\n\r\n", "it has no Content-Length"),
            ("WARC/1.0\r\nContent-Length: -1\r\n\r\n", "its Content-Length is no number"),
            ("WARC/1.0\r\nContent-Length: 1\r\n\r\n", "it has no WARC-Type"),
            ("WARC/1.0\r\nno field\r\n\r\n", "its header cannot be read: invalid header name"),
        ] {
            assert_eq!(parse(head.as_bytes()).unwrap().unwrap_err().detail, why);
        }
    }
}
