//! A file to blocks: whole records, of bounded size, each knowing where it stood.
//!
//! A block is read, cut after its last line end, and what is left over opens the next one. A record longer than allowed
//! is read past without being held; a compressed file that breaks ends with the record that broke. Time linear; memory
//! one block, or one record of the longest allowed.

use super::compress::{Compression, Passed, decompress};
use super::{Format, Input, Reason, Reject};
use crate::error::Error;
use crate::hash::Digest;
use std::fs::File;
use std::io::{self, Read};

/// Bytes of a block, as long as its records are not longer: few enough that they are still in a core's cache when they
/// are parsed.
const BLOCK: usize = 512 << 10;
/// Bytes asked for at once where none may wait.
const SIP: usize = 64 << 10;

/// Some whole records of a file.
#[derive(Debug)]
pub struct Block {
    /// Where it starts in the decompressed file.
    pub offset: u64,
    bytes: Vec<u8>,
    /// A record after them that could not be read; it starts where they end.
    pub tail: Option<Reject>,
    format: Format,
    max_record_bytes: usize,
}

/// A record of a block, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its line, counted from 0 at the start of the block.
    pub line: u64,
    /// Where it starts in the decompressed file.
    pub offset: u64,
    /// Its bytes without the line end.
    pub content: Result<&'a [u8], Reject>,
}

impl Block {
    /// The bytes of its whole records.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its memory, for another block.
    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    /// Its records; blank lines are none.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let is_whole = self.format == Format::PlainText && self.tail.is_none();
        let bom = if self.offset == 0 && self.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut at = bom;
        let cut_here = move |bytes: &[u8]| match self.format {
            Format::JsonLines => memchr::memchr(b'\n', bytes),
            Format::PlainText => None,
        };
        let mut is_first = is_whole;
        let lines = std::iter::from_fn(move || {
            let rest = self.bytes.get(at..).filter(|rest| is_first || !rest.is_empty())?;
            is_first = false;
            let len = cut_here(rest).unwrap_or(rest.len());
            let start = at;
            at += len + 1;
            Some((start, &rest[..len]))
        });
        let records = (0..).zip(lines).map(|(line, (start, bytes))| {
            let content =
                if bytes.len() > self.max_record_bytes { Err(too_long(self.max_record_bytes)) } else { Ok(bytes) };
            Record { line, offset: self.offset + start as u64, content }
        });
        let tail = self.tail.iter().map(|reject| Record {
            line: self.whole_lines(),
            offset: self.offset + self.bytes.len() as u64,
            content: Err(reject.clone()),
        });
        let is_blank = move |record: &Record| {
            !is_whole && record.content.as_ref().is_ok_and(|bytes| bytes.trim_ascii().is_empty())
        };
        records.filter(move |record| !is_blank(record)).chain(tail)
    }

    /// How many lines it takes up in the file.
    pub fn lines(&self) -> u64 {
        self.whole_lines() + u64::from(self.tail.is_some())
    }

    fn whole_lines(&self) -> u64 {
        match self.format {
            Format::JsonLines => memchr::memchr_iter(b'\n', &self.bytes).count() as u64,
            Format::PlainText => 0,
        }
    }
}

fn too_long(max: usize) -> Reject {
    Reject::new(Reason::TooLong, format!("longer than {max} bytes"))
}

/// Reads one file, block after block.
pub struct Blocks {
    name: String,
    reader: Box<dyn Read + Send>,
    compression: Compression,
    passed: Passed,
    format: Format,
    max_record_bytes: usize,
    /// What was read after the last whole record.
    left: Vec<u8>,
    /// Where `left` starts.
    offset: u64,
    ended: bool,
    pace: Pace,
}

/// How long a block waits for more bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Until it is full: fewest blocks.
    Full,
    /// Until it holds a whole record: what came down a pipe is handed on at once.
    Eager,
}

/// How filling a buffer ended.
enum Filled {
    Enough,
    End,
    Broken(Reject),
}

impl Blocks {
    /// Opens `input`.
    pub fn open(input: &Input, max_record_bytes: usize, pace: Pace) -> Result<Self, Error> {
        let failed = |source| Error::Input { path: input.name.clone(), source };
        let (reader, compression, passed) = match &input.path {
            Some(path) => decompress(File::open(path).map_err(failed)?),
            None => decompress(io::stdin()),
        }
        .map_err(failed)?;
        Ok(Blocks {
            name: input.name.clone(),
            reader,
            compression,
            passed,
            format: input.format,
            max_record_bytes,
            left: Vec::new(),
            offset: 0,
            ended: false,
            pace,
        })
    }

    /// Whether a record's place in the blocks is its place in the file.
    pub fn is_plain(&self) -> bool {
        self.compression == Compression::None
    }

    /// The digest of what has been read of the file, compressed as it is.
    pub fn digest(&self) -> Digest {
        self.passed.digest()
    }

    /// The next block, in the memory of `buffer`, or `None` at the end.
    pub fn next_block(&mut self, buffer: Vec<u8>) -> Result<Option<Block>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut bytes = buffer;
        bytes.clear();
        bytes.append(&mut self.left);
        let mut wanted = match self.format {
            Format::JsonLines => BLOCK,
            Format::PlainText => self.max_record_bytes + 1,
        };
        loop {
            match self.fill(&mut bytes, wanted)? {
                Filled::End => {
                    self.ended = true;
                    let is_too_long = self.format == Format::PlainText && bytes.len() > self.max_record_bytes;
                    return Ok(if is_too_long { self.read_past(bytes)? } else { self.block(bytes, None) });
                }
                Filled::Broken(reject) => {
                    self.ended = true;
                    bytes.truncate(self.cut(&bytes).unwrap_or(0));
                    return Ok(self.block(bytes, Some(reject)));
                }
                Filled::Enough => {}
            }
            match self.cut(&bytes) {
                Some(end) => {
                    self.left.extend_from_slice(&bytes[end..]);
                    bytes.truncate(end);
                    return Ok(self.block(bytes, None));
                }
                None if bytes.len() > self.max_record_bytes => return self.read_past(bytes),
                None => wanted = (bytes.len() * 2).min(self.max_record_bytes + 1).max(bytes.len() + 1),
            }
        }
    }

    /// Where the last whole record of `bytes` ends.
    fn cut(&self, bytes: &[u8]) -> Option<usize> {
        match self.format {
            Format::JsonLines => memchr::memrchr(b'\n', bytes).map(|at| at + 1),
            Format::PlainText => None,
        }
    }

    fn block(&mut self, bytes: Vec<u8>, tail: Option<Reject>) -> Option<Block> {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        let block = Block { offset, bytes, tail, format: self.format, max_record_bytes: self.max_record_bytes };
        // A file that is one document is one also where it is empty.
        (!block.bytes.is_empty() || block.tail.is_some() || self.format == Format::PlainText).then_some(block)
    }

    /// Passes over a record of which `start` is too much already.
    fn read_past(&mut self, start: Vec<u8>) -> Result<Option<Block>, Error> {
        let mut length = start.len() as u64;
        let mut piece = start;
        while !self.ended {
            piece.clear();
            let filled = self.fill(&mut piece, BLOCK)?;
            self.ended = !matches!(filled, Filled::Enough);
            if let (Format::JsonLines, Some(at)) = (self.format, memchr::memchr(b'\n', &piece)) {
                self.left = piece.split_off(at + 1);
                length += piece.len() as u64;
                // The end was reached, but not yet handed on.
                self.ended = false;
                break;
            }
            length += piece.len() as u64;
        }
        let block = self.block(Vec::new(), Some(too_long(self.max_record_bytes)));
        self.offset += length;
        Ok(block)
    }

    /// Reads until `bytes` holds `wanted`.
    fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> Result<Filled, Error> {
        while bytes.len() < wanted {
            let missing = wanted - bytes.len();
            let most = if self.pace == Pace::Full { missing } else { missing.min(SIP) };
            match read_once(&mut self.reader, most, bytes) {
                Ok(0) => return Ok(Filled::End),
                Ok(_) if self.pace == Pace::Eager => return Ok(Filled::Enough),
                Ok(_) => {}
                Err(error) => return self.broken(&error).map(Filled::Broken),
            }
        }
        Ok(Filled::Enough)
    }

    /// A decoder's complaint as a reject; the disk's own as an error.
    fn broken(&self, error: &io::Error) -> Result<Reject, Error> {
        match self.passed.take_failure() {
            Some(source) => Err(Error::Input { path: self.name.clone(), source }),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                Ok(Reject::new(Reason::Truncated, "the compressed file ends in the middle"))
            }
            None => Ok(Reject::new(Reason::BadArchive, format!("the compressed file is damaged: {error}"))),
        }
    }
}

/// Appends what one read gives.
fn read_once(reader: &mut impl Read, most: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let start = bytes.len();
    bytes.resize(start + most, 0);
    let read = loop {
        match reader.read(&mut bytes[start..]) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            read => break read,
        }
    };
    bytes.truncate(start + read.as_ref().copied().unwrap_or(0));
    read
}

#[cfg(test)]
mod tests {
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

    fn open(path: &Path, content: &[u8], format: Format, max: usize, pace: Pace) -> Blocks {
        std::fs::write(path, content).unwrap();
        let name = path.display().to_string();
        Blocks::open(
            &Input { below: name.clone(), name, path: Some(path.to_owned()), format, is_file: true },
            max,
            pace,
        )
        .unwrap()
    }

    /// Line (from 1), offset and content or reason of every record.
    fn read(content: &[u8], format: Format, max: usize) -> Vec<(u64, u64, Result<Vec<u8>, Reason>)> {
        let full = read_at(Pace::Full, content, format, max);
        assert_eq!(full, read_at(Pace::Eager, content, format, max));
        full
    }

    fn read_at(pace: Pace, content: &[u8], format: Format, max: usize) -> Vec<(u64, u64, Result<Vec<u8>, Reason>)> {
        let dir = tempfile::tempdir().unwrap();
        let mut blocks = open(&dir.path().join("x"), content, format, max, pace);
        let (mut found, mut lines) = (Vec::new(), 0);
        while let Some(block) = blocks.next_block(vec![7; 9]).unwrap() {
            for record in block.records() {
                let content = record.content.map(<[u8]>::to_vec).map_err(|reject| reject.reason);
                found.push((lines + record.line + 1, record.offset, content));
            }
            lines += block.lines();
        }
        assert_eq!(blocks.digest().len(), content.len() as u64);
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
            let two_members = [gz(&content[..content.len() / 2]), gz(&content[content.len() / 2..])].concat();
            prop_assert_eq!(&read(&two_members, Format::JsonLines, max), &expected);
            let two_frames = [zst(&content[..content.len() / 3]), zst(&content[content.len() / 3..])].concat();
            prop_assert_eq!(&read(&two_frames, Format::JsonLines, max), &expected);
        }
    }

    #[test]
    fn a_broken_archive_is_kept_up_to_the_break() {
        let lines: String = (0..200_000).map(|i| format!("record {i} {}\n", crate::hash::mix(i))).collect();
        for pack in [gz, zst] {
            let packed = pack(lines.as_bytes());
            let found = read(&packed[..packed.len() / 2], Format::JsonLines, 1000);
            let (last, whole) = found.split_last().unwrap();
            assert_eq!(last.2, Err(Reason::Truncated));
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
