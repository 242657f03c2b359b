//! CSV and TSV to blocks of rows, and a row to JSON (RFC 4180, as `csv-core` reads it).
//!
//! The first row names the columns. A row ends at a line end outside of quotes; where a quote is never closed, the row
//! is given up at its first line end, so that a stray quote costs a row and not the rest of the file. The delimiter of a
//! `.csv` is whichever of comma, semicolon, tab and bar parts the header into the most columns that are known. Linear;
//! memory a block, or one row of the longest allowed.

use super::blocks::{BLOCK, Cut, Span};
use super::stream::{Filled, Stream};
use super::{Fields, Format, Pace, Reason, Reject, too_long};
use crate::error::Error;
use csv_core::{ReadRecordResult, ReaderBuilder};
use std::ops::Range;
use std::sync::Arc;

/// What may part the fields of a row.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// So often a quote that is never closed is looked past in one file.
const STRAY_QUOTES: usize = 64;

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    delimiter: u8,
    names: Vec<String>,
}

impl Header {
    fn of(row: &[u8], format: Format, fields: &Fields) -> Self {
        let delimiters = if format == Format::Tsv { &b"\t"[..] } else { &DELIMITERS };
        let mut best = Header { delimiter: delimiters[0], names: Vec::new() };
        let mut cells = Cells::default();
        for &delimiter in delimiters {
            cells.read(row, delimiter);
            let names: Vec<String> = cells.iter().map(name).collect();
            let known = |names: &[String]| names.iter().filter(|name| fields.knows(name)).count();
            if (known(&names), names.len()) > (known(&best.names), best.names.len()) {
                best = Header { delimiter, names };
            }
        }
        best
    }

    /// Whether the first line of `head` names columns that articles have.
    pub(super) fn is_one(head: &[u8], fields: &Fields) -> bool {
        let Some(end) = memchr::memchr2(b'\n', b'\r', head) else { return false };
        let Header { names, .. } = Header::of(&head[..=end], Format::Csv, fields);
        names.len() > 1 && names.iter().any(|name| fields.is_story(name))
    }

    /// The columns' names, in their order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The cells of a row, as many as there are columns.
    pub(super) fn cells<'a>(&self, row: &[u8], cells: &'a mut Cells) -> Result<impl Iterator<Item = &'a [u8]>, Reject> {
        cells.read(row, self.delimiter);
        let (found, named) = (cells.ends.len(), self.names.len());
        if found != named {
            let why = format!("a row of {found} cells under a header of {named}");
            return Err(Reject::new(Reason::BadRecord, why));
        }
        Ok(cells.iter())
    }
}

/// A column's name, as it is looked for.
fn name(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_owned()
}

/// The cells of a row, unquoted, one after another.
#[derive(Debug, Default)]
pub(super) struct Cells {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    /// Reads `row`, which ends with its line end.
    fn read(&mut self, row: &[u8], delimiter: u8) {
        // A cell is never longer than it was with its quotes, and every one but the last has a delimiter after it.
        self.bytes.resize(row.len(), 0);
        self.ends.resize(row.len() + 1, 0);
        let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
        let (result, _, _, ends) = reader.read_record(row, &mut self.bytes, &mut self.ends);
        self.ends.truncate(if result == ReadRecordResult::Record { ends } else { 0 });
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.bytes[start..end])
    }
}

/// Looks for line ends outside of quotes, as `csv-core` does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    FieldStart,
    Field,
    Quoted,
    /// After a quote within quotes: a second one is a quote, all else ends the quoted part.
    Closing,
    /// After a carriage return, which ends the row, with a line feed or without.
    Return,
}

impl State {
    /// Where the row ends in `bytes`, its line end included.
    fn scan(&mut self, bytes: &[u8], delimiter: u8) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            let skipped = match self {
                State::Quoted => memchr::memchr(b'"', &bytes[at..]),
                State::Field => memchr::memchr3(delimiter, b'\n', b'\r', &bytes[at..]),
                State::FieldStart | State::Closing | State::Return => Some(0),
            };
            at += skipped?;
            let byte = bytes[at];
            if *self == State::Return {
                *self = State::FieldStart;
                return Some(at + usize::from(byte == b'\n'));
            }
            at += 1;
            *self = match (*self, byte) {
                (State::Quoted, _) => State::Closing,
                (State::FieldStart | State::Closing, b'"') => State::Quoted,
                (_, b'\r') => State::Return,
                (_, b'\n') => {
                    *self = State::FieldStart;
                    return Some(at);
                }
                (_, byte) if byte == delimiter => State::FieldStart,
                _ => State::Field,
            };
        }
        None
    }
}

/// Reads a table, block after block.
pub(super) struct Table {
    pub(super) stream: Stream,
    format: Format,
    fields: Fields,
    max_record_bytes: usize,
    header: Option<Arc<Header>>,
    /// What was read after the last row.
    left: Vec<u8>,
    /// Decompressed bytes that have been read.
    pub(super) offset: u64,
    stray_quotes: usize,
    ended: bool,
}

impl Table {
    /// Of a stream that has a header.
    pub(super) fn new(stream: Stream, format: Format, fields: &Fields, max_record_bytes: usize) -> Self {
        Table {
            stream,
            format,
            fields: fields.clone(),
            max_record_bytes,
            header: None,
            left: Vec::new(),
            offset: 0,
            stray_quotes: 0,
            ended: false,
        }
    }

    /// The next block, in the memory of `buffer`, or `None` at the end.
    pub(super) fn next_block(&mut self, buffer: Vec<u8>) -> Result<Option<Cut>, Error> {
        let mut bytes = buffer;
        bytes.clear();
        bytes.append(&mut self.left);
        let mut cut = Cut { offset: self.offset - bytes.len() as u64, bytes, ..Cut::default() };
        let (mut row, mut at, mut state) = (0, 0, State::default());
        while !self.ended && row < BLOCK {
            // While there is no header every delimiter may be one.
            let delimiter = self.header.as_ref().map_or(b'\n', |header| header.delimiter);
            if let Some(len) = state.scan(&cut.bytes[at..], delimiter) {
                at += len;
                self.take(&mut cut, row..at);
                row = at;
                continue;
            }
            at = cut.bytes.len();
            if at - row > self.max_record_bytes {
                self.read_past(&mut cut, row, state)?;
                (at, state) = (row, State::default());
                continue;
            }
            if cut.lines > 0 && (at >= BLOCK || self.stream.pace == Pace::Eager) {
                break;
            }
            match self.fill(&mut cut.bytes)? {
                Filled::Enough => {}
                Filled::End if cut.bytes.len() > at => {}
                Filled::End if row == at => self.ended = true,
                Filled::End if state == State::Quoted => {
                    let line = memchr::memchr(b'\n', &cut.bytes[row..]);
                    let end = line.filter(|_| self.stray_quotes < STRAY_QUOTES).map_or(at, |len| row + len + 1);
                    self.stray_quotes += 1;
                    let why = "a quote that opens here is never closed";
                    self.push(&mut cut, row..end, Err(Reject::new(Reason::BadRecord, why)));
                    (row, at, state) = (end, end, State::default());
                }
                Filled::End => {
                    cut.bytes.push(b'\n');
                    self.offset += 1;
                }
                Filled::Broken(reject) => {
                    self.push(&mut cut, row..at, Err(reject));
                    (row, self.ended) = (cut.bytes.len(), true);
                }
            }
        }
        self.left.extend_from_slice(&cut.bytes[row..]);
        cut.bytes.truncate(row);
        cut.header.clone_from(&self.header);
        cut.header.get_or_insert_default();
        Ok((cut.lines > 0 || !self.ended).then_some(cut))
    }

    fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<Filled, Error> {
        let len = bytes.len();
        let filled = self.stream.fill(bytes, len + BLOCK)?;
        self.offset += (bytes.len() - len) as u64;
        Ok(filled)
    }

    /// Takes a row with its line end: the header, or a record unless it is blank.
    fn take(&mut self, cut: &mut Cut, row: Range<usize>) {
        let bytes = &cut.bytes[row.clone()];
        if self.header.is_some() {
            if bytes.trim_ascii().is_empty() {
                cut.lines += lines(bytes);
            } else if row.len() > self.max_record_bytes {
                self.push(cut, row, Err(too_long(self.max_record_bytes)));
            } else {
                self.push(cut, row.clone(), Ok(row));
            }
            return;
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if !bytes.trim_ascii().is_empty() {
            self.header = Some(Arc::new(Header::of(bytes, self.format, &self.fields)));
        }
        cut.lines += lines(&cut.bytes[row]);
    }

    fn push(&self, cut: &mut Cut, row: Range<usize>, content: Result<Range<usize>, Reject>) {
        let offset = self.offset - (cut.bytes.len() - row.start) as u64;
        cut.spans.push(Span { line: cut.lines, offset, content });
        cut.lines += lines(&cut.bytes[row]);
    }

    /// Passes over the row at `row`, which is too long, without holding it. Quotes that stay open for long are stray.
    fn read_past(&mut self, cut: &mut Cut, row: usize, mut state: State) -> Result<(), Error> {
        let delimiter = self.header.as_ref().map_or(b'\n', |header| header.delimiter);
        let end = cut.bytes.len();
        self.push(cut, row..end, Err(too_long(self.max_record_bytes)));
        let mut passed = end - row;
        loop {
            cut.bytes.truncate(row);
            match self.fill(&mut cut.bytes)? {
                Filled::Enough => {}
                Filled::End if cut.bytes.len() > row => {}
                Filled::End => {
                    self.ended = true;
                    return Ok(());
                }
                Filled::Broken(reject) => {
                    let end = cut.bytes.len();
                    self.push(cut, row..end, Err(reject));
                    cut.bytes.truncate(row);
                    self.ended = true;
                    return Ok(());
                }
            }
            if passed > GIVEN_UP * self.max_record_bytes && state == State::Quoted {
                state = State::Field;
            }
            let piece = &cut.bytes[row..];
            let ended = state.scan(piece, delimiter);
            let length = ended.unwrap_or(piece.len());
            cut.lines += memchr::memchr_iter(b'\n', &piece[..length]).count() as u64;
            passed += length;
            if ended.is_some() {
                cut.bytes.drain(row..row + length);
                return Ok(());
            }
        }
    }
}

/// A quote that is not closed within so many records of the longest allowed is no quote.
const GIVEN_UP: usize = 4;

/// How many lines a row takes up: one at least, also where a carriage return alone ends it.
fn lines(row: &[u8]) -> u64 {
    (memchr::memchr_iter(b'\n', row).count() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rows of a text by `csv-core` alone.
    fn oracle(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let (mut reader, mut rest, mut rows) = (csv_core::Reader::new(), text, Vec::new());
        let (mut bytes, mut ends) = (vec![0; text.len() + 1], vec![0; text.len() + 2]);
        loop {
            let (mut written, mut ended) = (0, 0);
            loop {
                let (result, read, wrote, more) = reader.read_record(rest, &mut bytes[written..], &mut ends[ended..]);
                (rest, written, ended) = (&rest[read..], written + wrote, ended + more);
                match result {
                    ReadRecordResult::InputEmpty => {}
                    ReadRecordResult::Record => break,
                    _ => return rows,
                }
            }
            let starts = std::iter::once(0).chain(ends[..ended].iter().copied());
            rows.push(starts.zip(&ends[..ended]).map(|(start, &end)| bytes[start..end].to_vec()).collect());
        }
    }

    proptest! {
        #[test]
        fn rows_end_where_they_end(text in "[a,\"\n\r]{0,40}") {
            let text = [text.as_bytes(), b"\n\n"].concat();
            let (mut state, mut rest, mut rows) = (State::default(), &text[..], Vec::new());
            let mut cells = Cells::default();
            while let Some(len) = state.scan(rest, b',') {
                if !rest[..len].trim_ascii().is_empty() {
                    cells.read(&rest[..len], b',');
                    rows.push(cells.iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
                }
                rest = &rest[len..];
            }
            let mut expected = oracle(&text);
            if !rest.is_empty() {
                // The last has a quote that is never closed.
                prop_assert_eq!(state, State::Quoted);
                expected.pop();
            }
            prop_assert_eq!(rows, expected);
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_finds_columns() {
        let header = |row: &str, format| Header::of(format!("{row}\n").as_bytes(), format, &Fields::default());
        for (row, delimiter) in [
            ("id,text", b','),
            ("id;title;text,more", b';'),
            ("id\ttext", b'\t'),
            ("\"a|b\"|text", b'|'),
            ("text", b','),
        ] {
            assert_eq!(header(row, Format::Csv).delimiter, delimiter, "{row}");
        }
        assert_eq!(header("id,text", Format::Tsv).names, ["id,text"]);
        assert!(Header::is_one(b"id,headline,body\n1,a,b", &Fields::default()));
        assert!(!Header::is_one(b"Title\n\nText, and more", &Fields::default()));
    }
}
