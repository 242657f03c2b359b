//! A file to blocks: whole records, of bounded size, each knowing where it stood.
//!
//! Files that can be read from many places at once, archives of the web whose every record is a gzip member of its own
//! and Parquet files of several row groups, have several [`Parts`]; all others have one. A part is read block after
//! block, and parts may be read at the same time: taken in their order, their blocks are those of the file. Memory: one
//! block, or one record of the longest allowed.

use super::compress::{self, Compression, Passed};
use super::frame::{self, Frame, Row};
use super::lines::{LineBlock, Lines, line_start};
use super::object::{self, is_address};
use super::parquet::{self, Groups, Rows};
use super::stream::Stream;
use super::table::{Header, Table};
use super::warc::{self, Warc};
use super::{Format, Input, Params, Reject};
use crate::error::Error;
use crate::hash::Digest;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a block, as long as its records are not longer: few enough that they are still in a core's cache when they
/// are parsed.
pub(super) const BLOCK: usize = 512 << 10;

/// A record of a block, or what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'a> {
    /// Its line, or its number among the records, counted from 0 at the start of the block.
    pub line: u64,
    /// Where it starts in the decompressed part of the file.
    pub offset: u64,
    /// What it is.
    pub content: Result<Content<'a>, Reject>,
}

/// The bytes of a record, in the form of its file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Content<'a> {
    /// A JSON object, without the line end.
    Json(&'a [u8]),
    /// A whole text.
    Text(&'a [u8]),
    /// The row of a table, under its header.
    Row(&'a [u8], &'a Header),
    /// A record of an archive of the web, its header first.
    Warc(&'a [u8]),
    /// A row that is in memory, and stays there.
    Held(Row<'a>),
}

/// Some whole records of a file.
#[derive(Debug)]
pub struct Block(Body);

#[derive(Debug)]
enum Body {
    Lines(LineBlock),
    Cut(Cut),
    Rows(Rows),
    Held(frame::Part),
}

/// Records that were cut one by one.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Where it starts in the decompressed part of the file.
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) spans: Vec<Span>,
    /// Records in it, with those that are passed over.
    pub(super) lines: u64,
    pub(super) passed_over: u64,
    /// Of a table.
    pub(super) header: Option<Arc<Header>>,
}

/// Where a record is.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) line: u64,
    pub(super) offset: u64,
    pub(super) content: Result<Range<usize>, Reject>,
}

impl Cut {
    fn records<'a>(&'a self, content: impl Fn(&'a [u8]) -> Content<'a>) -> impl Iterator<Item = Record<'a>> {
        self.spans.iter().map(move |span| Record {
            line: span.line,
            offset: span.offset,
            content: span.content.clone().map(|range| content(&self.bytes[range])),
        })
    }
}

impl Block {
    /// Where it starts in the decompressed part of the file.
    pub fn offset(&self) -> u64 {
        match &self.0 {
            Body::Lines(block) => block.offset,
            Body::Cut(cut) => cut.offset,
            Body::Rows(_) => 0,
            Body::Held(part) => part.first(),
        }
    }

    /// The bytes of its records, where they are lines as they stand in the file; else none.
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Body::Lines(block) => &block.bytes,
            Body::Cut(_) | Body::Rows(_) | Body::Held(_) => &[],
        }
    }

    /// Its memory, for another block.
    pub fn into_buffer(self) -> Vec<u8> {
        match self.0 {
            Body::Lines(block) => block.bytes,
            Body::Cut(cut) => cut.bytes,
            Body::Rows(_) | Body::Held(_) => Vec::new(),
        }
    }

    /// Its records; blank lines are none.
    pub fn records(&self) -> Box<dyn Iterator<Item = Record<'_>> + '_> {
        match &self.0 {
            Body::Lines(block) => Box::new(block.records()),
            Body::Cut(cut) => match &cut.header {
                Some(header) => Box::new(cut.records(|bytes| Content::Row(bytes, header))),
                None => Box::new(cut.records(Content::Warc)),
            },
            Body::Rows(rows) => Box::new(rows.records()),
            Body::Held(part) => Box::new(part.records()),
        }
    }

    /// How many lines, or records, it takes up in the file.
    pub fn lines(&self) -> u64 {
        match &self.0 {
            Body::Lines(block) => block.lines(),
            Body::Cut(cut) => cut.lines,
            Body::Rows(rows) => rows.len(),
            Body::Held(part) => part.len(),
        }
    }

    /// Records in it that are no documents by their kind: requests and descriptions in an archive.
    pub fn passed_over(&self) -> u64 {
        if let Body::Cut(cut) = &self.0 { cut.passed_over } else { 0 }
    }

    /// Does what need not be done while the file is held: whoever works on the block calls it first.
    pub fn unpack(&mut self) {
        if let Body::Rows(rows) = &mut self.0 {
            rows.unpack();
        }
    }
}

/// How long a block waits for more bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Until it is full: fewest blocks.
    Full,
    /// Until it holds a whole record: what came down a pipe is handed on at once.
    Eager,
}

/// The places from which a file can be read at once.
pub struct Parts {
    input: Input,
    plan: Plan,
}

enum Plan {
    Whole,
    /// So many pieces of an archive of the web, and one for the digest.
    Members(u32),
    /// The row groups, and one for the digest.
    RowGroups(Box<Groups>),
    /// Lines between two places, and the digest of the whole file, if they are its last.
    Lines(Range<u64>, bool),
    /// Rows that are in memory.
    Held(Frame),
}

impl Parts {
    /// Looks at the file.
    pub fn of(input: &Input, params: &Params) -> Result<Self, Error> {
        if let Some(plan) = input.frame.clone().map(Plan::Held) {
            return Ok(Parts { input: input.clone(), plan });
        }
        let plan = match (&input.path, input.format) {
            (Some(path), Format::Parquet) => {
                Plan::RowGroups(Box::new(Groups::open(path, &input.name, &params.fields)?))
            }
            (Some(path), Format::Warc) if input.is_file => match warc::parts(path).map_err(failed(input))? {
                1 => Plan::Whole,
                parts => Plan::Members(parts),
            },
            _ => Plan::Whole,
        };
        Ok(Parts { input: input.clone(), plan })
    }

    /// The lines of a file of [plain lines](super::are_plain_lines) that begin in a range of its bytes; the digest comes with the last of them.
    pub fn lines(input: &Input, range: Range<u64>) -> Result<Self, Error> {
        let look = || {
            let file = File::open(input.path.as_deref().ok_or(io::ErrorKind::NotFound)?)?;
            let len = file.metadata()?.len();
            Ok(Plan::Lines(line_start(&file, range.start, len)?..line_start(&file, range.end, len)?, range.end >= len))
        };
        Ok(Parts { input: input.clone(), plan: look().map_err(failed(input))? })
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        match &self.plan {
            Plan::Whole | Plan::Held(_) => 1,
            Plan::Members(parts) => parts + 1,
            Plan::RowGroups(groups) => groups.count() + 1,
            Plan::Lines(_, are_last) => 1 + u32::from(*are_last),
        }
    }

    /// Opens one of them.
    pub fn open(&self, part: u32, params: &Params, pace: Pace) -> Result<Blocks, Error> {
        let (input, failed) = (&self.input, failed(&self.input));
        if part == 0 {
            tracing::debug!(file = input.name, parts = self.count(), "opens an input");
        }
        let is_last = part + 1 == self.count();
        let cutter = match (&self.plan, &input.path) {
            (Plan::Held(frame), _) => Cutter::Held(frame.parts(params.max_record_bytes)),
            (Plan::Whole, Some(path)) => of_whole(File::open(path).map_err(failed)?, input, params, pace)?,
            (Plan::Whole, None) if is_address(&input.name) => {
                of_whole(object::open(&input.name).map_err(failed)?, input, params, pace)?
            }
            (Plan::Whole, None) => of_whole(io::stdin(), input, params, pace)?,
            (Plan::Lines(range, _), Some(path)) if part == 0 => {
                let lines = Lines::between(path, range, &input.name, params.max_record_bytes, pace);
                Cutter::Lines(lines.map_err(failed)?, Compression::None)
            }
            (_, Some(path)) if is_last => Cutter::Digest(Hashing::open(path).map_err(failed)?),
            (Plan::Members(_), Some(path)) => {
                Cutter::Warc(Warc::part(path, part, &input.name, params.max_record_bytes).map_err(failed)?)
            }
            (Plan::RowGroups(groups), _) => Cutter::Rows(groups.read(part, params.max_record_bytes)?),
            (Plan::Members(_) | Plan::Lines(..), _) => return Err(failed(io::ErrorKind::NotFound.into())),
        };
        let path = input.path.clone().filter(|_| input.is_file);
        Ok(Blocks { cutter, part, path, name: input.name.clone() })
    }
}

fn failed(input: &Input) -> impl Fn(io::Error) -> Error {
    let path = input.name.clone();
    move |source| Error::Input { path: path.clone(), source }
}

/// Reads one part of a file, block after block.
pub struct Blocks {
    cutter: Cutter,
    part: u32,
    name: String,
    /// Where it can be read again.
    path: Option<PathBuf>,
}

enum Cutter {
    Lines(Lines, Compression),
    Table(Table),
    Warc(Warc),
    Rows(parquet::Reader),
    Held(frame::Parts),
    Digest(Hashing),
}

/// Reads a file for its digest alone.
struct Hashing {
    reader: Box<dyn Read + Send>,
    passed: Passed,
}

impl Hashing {
    fn open(path: &Path) -> io::Result<Self> {
        let (reader, _, passed) = compress::meter(File::open(path)?)?;
        Ok(Hashing { reader, passed })
    }

    fn read(&mut self) -> io::Result<()> {
        io::copy(&mut BufReader::with_capacity(BLOCK, &mut self.reader), &mut io::sink()).map(drop)
    }
}

/// The reader of a file of one part.
fn of_whole(raw: impl Read + Send + 'static, input: &Input, params: &Params, pace: Pace) -> Result<Cutter, Error> {
    let (failed, name, most) = (failed(input), input.name.clone(), params.max_record_bytes);
    let (mut whole, mut compression, passed) = compress::meter(raw).map_err(&failed)?;
    let mut format = input.format;
    if format == Format::Any {
        // Of gzip the first bytes tell what is in it, and members must be told apart later; others are unpacked first.
        let is_opaque = !matches!(compression, Compression::None | Compression::Gzip);
        if is_opaque {
            whole =
                compress::decompress(whole, std::mem::replace(&mut compression, Compression::None)).map_err(&failed)?;
        }
        // The compression was told from the first read; one more tells the format. Who reads a pipe waits for no more.
        let mut head = vec![0; SNIFFED];
        let mut filled = 0;
        for _ in 0..2 {
            match whole.read(&mut head[filled..]) {
                Ok(read) => filled += read,
                // A decoder's complaint is a record's, not the input's: it comes again where records are read.
                Err(error) if is_opaque => {
                    whole = Box::new(Failing(Some(error)));
                    break;
                }
                Err(source) => return Err(failed(source)),
            }
        }
        head.truncate(filled);
        format = Format::of(&compress::unpacked(&head), &params.fields).unwrap_or(Format::JsonLines);
        whole = Box::new(Cursor::new(head).chain(whole));
    }
    if format == Format::Parquet {
        return Groups::of_stream(whole, passed, &name, &params.fields, most).map(Cutter::Rows);
    }
    if format == Format::Warc && compression == Compression::Gzip {
        return Ok(Cutter::Warc(Warc::of_members(whole, passed, name, most)));
    }
    let reader = compress::decompress(whole, compression).map_err(&failed)?;
    let stream = Stream::new(name, reader, passed, pace);
    Ok(match format {
        Format::Warc => Cutter::Warc(Warc::of_stream(stream, most)),
        Format::Csv | Format::Tsv => Cutter::Table(Table::new(stream, format, &params.fields, most)),
        _ => Cutter::Lines(Lines::new(stream, format, most), compression),
    })
}

/// A reader that fails, once.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// So many bytes, compressed as they are, tell a format: a block of what zstd, bzip2 and xz give at once.
pub(super) const SNIFFED: usize = 1 << 20;

impl Blocks {
    /// Of what `reader` gives, which is no file that could be read in parts.
    pub fn of(reader: impl Read + Send + 'static, input: &Input, params: &Params, pace: Pace) -> Result<Self, Error> {
        Ok(Blocks { cutter: of_whole(reader, input, params, pace)?, part: 0, path: None, name: input.name.clone() })
    }

    /// Whether a record's place in the blocks is its place in the file.
    pub fn is_in_place(&self) -> bool {
        match &self.cutter {
            Cutter::Lines(lines, Compression::None) => lines.is_json(),
            cutter => matches!(cutter, Cutter::Held(_)),
        }
    }

    /// What is read from start to end, where the file is.
    fn stream(&self) -> Option<&Stream> {
        match &self.cutter {
            Cutter::Lines(lines, _) => Some(&lines.stream),
            Cutter::Table(table) => Some(&table.stream),
            Cutter::Warc(warc) => warc.stream(),
            Cutter::Rows(_) | Cutter::Held(_) | Cutter::Digest(_) => None,
        }
    }

    /// How many bytes of the file have been read, compressed as it is.
    pub fn passed(&self) -> u64 {
        match &self.cutter {
            Cutter::Warc(warc) => warc.passed(),
            Cutter::Rows(rows) => rows.passed(),
            Cutter::Held(_) | Cutter::Digest(_) => 0,
            Cutter::Lines(..) | Cutter::Table(_) => self.digest().map_or(0, |digest| digest.len()),
        }
    }

    /// The digest of what has been read of the file, compressed as it is; of a file of several parts, the last one has it.
    pub fn digest(&self) -> Option<Digest> {
        match &self.cutter {
            Cutter::Warc(warc) => warc.digest(),
            Cutter::Rows(rows) => rows.digest(),
            Cutter::Held(_) => None,
            Cutter::Digest(hashing) => Some(hashing.passed.digest()),
            Cutter::Lines(..) | Cutter::Table(_) => self.stream().map(Stream::digest),
        }
    }

    /// How many bytes of the part, decompressed, the blocks had in all; at its end.
    pub fn bytes(&self) -> u64 {
        match &self.cutter {
            Cutter::Lines(lines, _) => lines.offset,
            Cutter::Table(table) => table.offset,
            Cutter::Warc(warc) => warc.offset,
            Cutter::Rows(_) | Cutter::Held(_) | Cutter::Digest(_) => 0,
        }
    }

    /// The part that goes on where this one ended: the next, unless that had begun within this one's last record.
    pub fn next_part(&self) -> u32 {
        if let Cutter::Warc(warc) = &self.cutter { warc.next_part(self.part) } else { self.part + 1 }
    }

    /// The next block, in the memory of `buffer`, or `None` at the end.
    pub fn next_block(&mut self, buffer: Vec<u8>) -> Result<Option<Block>, Error> {
        let body = match &mut self.cutter {
            Cutter::Lines(lines, _) => lines.next_block(buffer)?.map(Body::Lines),
            Cutter::Table(table) => table.next_block(buffer)?.map(Body::Cut),
            Cutter::Warc(warc) => warc.next_block(buffer)?.map(Body::Cut),
            Cutter::Rows(rows) => rows.next_block()?.map(Body::Rows),
            Cutter::Held(parts) => parts.next().map(Body::Held),
            Cutter::Digest(hashing) => {
                hashing.read().map_err(|source| Error::Input { path: self.name.clone(), source })?;
                None
            }
        };
        let is_broken = self.stream().is_some_and(|stream| stream.is_broken);
        if let (None, Some(path)) = (&body, self.path.as_ref().filter(|_| is_broken)) {
            // What stands after the break belongs to the digest, too.
            let hashed = Hashing::open(path).and_then(|mut hashing| hashing.read().map(|()| hashing));
            let hashing = hashed.map_err(|source| Error::Input { path: self.name.clone(), source })?;
            self.cutter = Cutter::Digest(hashing);
        }
        Ok(body.map(Block))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reason;
    use super::*;
    use flate2::{Compression as Level, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;
    use std::path::Path;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zst(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.include_checksum(true).unwrap();
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn bz2(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    type Pack = fn(&[u8]) -> Vec<u8>;
    const PACKERS: [Pack; 4] = [gz, zst, bz2, xz];

    fn open(path: &Path, content: &[u8], format: Format, params: &Params, pace: Pace) -> Blocks {
        std::fs::write(path, content).unwrap();
        let name = path.display().to_string();
        let input =
            Input { below: name.clone(), name, path: Some(path.to_owned()), format, is_file: true, frame: None };
        Parts::of(&input, params).unwrap().open(0, params, pace).unwrap()
    }

    /// Line (from 1), offset and content or reason of every record.
    fn read(content: &[u8], format: Format, max: usize) -> Vec<(u64, u64, Result<Vec<u8>, Reason>)> {
        let full = read_at(Pace::Full, content, format, max);
        assert_eq!(full, read_at(Pace::Eager, content, format, max));
        full
    }

    fn read_at(pace: Pace, content: &[u8], format: Format, max: usize) -> Vec<(u64, u64, Result<Vec<u8>, Reason>)> {
        let dir = tempfile::tempdir().unwrap();
        let params = Params { max_record_bytes: max, ..Params::default() };
        let mut blocks = open(&dir.path().join("x"), content, format, &params, pace);
        let (mut found, mut lines) = (Vec::new(), 0);
        while let Some(block) = blocks.next_block(vec![7; 9]).unwrap() {
            for record in block.records() {
                let bytes = |content| match content {
                    Content::Json(bytes) | Content::Text(bytes) | Content::Row(bytes, _) | Content::Warc(bytes) => {
                        bytes
                    }
                    Content::Held(_) => panic!("no file holds its rows in memory"),
                };
                let content = record.content.map(|content| bytes(content).to_vec()).map_err(|reject| reject.reason);
                found.push((lines + record.line + 1, record.offset, content));
            }
            lines += block.lines();
        }
        assert_eq!(blocks.digest().unwrap().len(), content.len() as u64);
        found
    }

    fn naive(content: &[u8], max: usize) -> Vec<(u64, u64, Result<Vec<u8>, Reason>)> {
        let (mut found, mut offset) = (Vec::new(), 0);
        for (line, bytes) in content.split(|&b| b == b'\n').enumerate() {
            let kept = if bytes.len() > max { Err(Reason::TooLong) } else { Ok(bytes.to_vec()) };
            if !bytes.trim_ascii().is_empty() || bytes.len() > max {
                found.push((line as u64 + 1, offset, kept));
            }
            offset += bytes.len() as u64 + 1;
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn records_are_the_lines(
            lines in prop::collection::vec((0usize..4, 1usize..600_000), 0..12), max in 1000usize..1_500_000, ends in any::<bool>(),
        ) {
            let long = lines.iter().map(|&(kind, len)| match kind { 0 => String::new(), 1 => "ab c".into(), 2 => " \r".into(), _ => "x".repeat(len * 3) });
            let mut content = long.collect::<Vec<_>>().join("\n").into_bytes();
            if ends { content.push(b'\n'); }
            let expected = naive(&content, max);
            prop_assert_eq!(&read(&content, Format::JsonLines, max), &expected);
            let (start, end) = content.split_at(content.len() / 3);
            for pack in PACKERS {
                prop_assert_eq!(&read(&[pack(start), pack(end)].concat(), Format::JsonLines, max), &expected);
            }
        }
    }

    #[test]
    fn a_broken_archive_is_kept_up_to_the_break() {
        let lines: String = (0..200_000).map(|i| format!("record {i} {}\n", crate::hash::mix(i))).collect();
        for pack in PACKERS {
            let packed = pack(lines.as_bytes());
            let found = read(&packed[..packed.len() / 2], Format::JsonLines, 1000);
            let (last, whole) = found.split_last().unwrap();
            assert_eq!(last.2, Err(Reason::Truncated), "{}", last.1);
            assert!(whole.len() > 50_000 && whole.iter().all(|record| record.2.is_ok()));
            assert_eq!(last.0, whole.len() as u64 + 1);
            let mut damaged = packed.clone();
            damaged[packed.len() / 2..][..64].fill(0xa5);
            // How much a decoder hands on before it sees the damage depends on how much it is asked for.
            for pace in [Pace::Full, Pace::Eager] {
                let found = read_at(pace, &damaged, Format::JsonLines, 1000);
                assert_eq!(found.last().unwrap().2, Err(Reason::BadArchive), "{}", found.len());
            }
        }
        let trailing = [gz(b"one\ntwo\n"), b"more bytes that are no member of it".to_vec()].concat();
        assert_eq!(read(&trailing, Format::JsonLines, 1000).last().unwrap().2, Err(Reason::BadArchive));
    }

    #[test]
    fn a_plain_text_is_one_record() {
        assert_eq!(read(b"Title\n\nBody\n", Format::PlainText, 100), [(1, 0, Ok(b"Title\n\nBody\n".to_vec()))]);
        assert_eq!(read(&[b'x'; 101], Format::PlainText, 100), [(1, 0, Err(Reason::TooLong))]);
        assert_eq!(read(&gz(&[b'x'; 3_000_000]), Format::PlainText, 100), [(1, 0, Err(Reason::TooLong))]);
        assert_eq!(read(b"\xef\xbb\xbfTitle", Format::PlainText, 100), [(1, 3, Ok(b"Title".to_vec()))]);
        assert_eq!(read(b"", Format::PlainText, 100), [(1, 0, Ok(Vec::new()))]);
        assert_eq!(read(b" \n", Format::PlainText, 100), [(1, 0, Ok(b" \n".to_vec()))]);
    }
}
