//! Files of every format that is read, made by hand.

use serde_json::Value;
use std::io::Write;

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zst(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Rows of these columns, each cell in quotes, a header first.
pub fn table(records: &[Value], columns: &[&str], delimiter: char) -> String {
    let cell = |value: &Value| format!("\"{}\"", value.as_str().unwrap_or_default().replace('"', "\"\""));
    let line = |cells: Vec<String>| cells.join(&delimiter.to_string()) + "\r\n";
    let header = line(columns.iter().map(ToString::to_string).collect());
    let rows = records.iter().map(|record| line(columns.iter().map(|&column| cell(&record[column])).collect()));
    header + &rows.collect::<String>()
}

/// A record of an archive of the web.
pub fn warc_record(kind: &str, id: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{id}>\r\nWARC-Date: 2025-03-01T02:00:00Z\r\n\
         WARC-Target-URI: https://www.daily.example/{id}\r\nContent-Type: application/http; msgtype={kind}\r\n\
         Content-Length: {}\r\n\r\n",
        content.len()
    );
    [head.as_bytes(), content, b"\r\n\r\n"].concat()
}

/// An answer of a server.
pub fn http(header: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n").as_bytes(), body].concat()
}

pub const HTML: &str = "Content-Type: text/html; charset=utf-8";

/// An article as a site serves it.
pub fn page(title: &str, published: &str, text: &str) -> String {
    let paragraphs: String =
        text.lines().filter(|line| !line.is_empty()).map(|line| format!("<p>{line}</p>\n")).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} | The Daily</title>\
         <meta property=\"og:title\" content=\"{title}\"><meta property=\"og:site_name\" content=\"The Daily\">\
         <meta property=\"article:published_time\" content=\"{published}\"></head>\n<body><nav><ul><li><a href=\"/\">Home</a>\
         <li><a href=\"/world\">World</a><li><a href=\"/sport\">Sport</a></ul></nav>\n<main><article><h1>{title}</h1>\n\
         {paragraphs}</article></main>\n<aside><h2>Most read</h2><ul><li><a href=\"/a\">Another story of the day</a>\
         </ul></aside>\n<footer><p>© The Daily. <a href=\"/terms\">Terms</a> <a href=\"/privacy\">Privacy</a></p></footer></body></html>\n"
    )
}
