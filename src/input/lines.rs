//! JSON Lines and plain texts to blocks: cut after the last line end, the rest opens the next block.
//!
//! A record longer than allowed is read past without being held; a compressed file that breaks ends with the record that
//! broke. Time linear; memory one block, or one record of the longest allowed.

use super::blocks::{BLOCK, Record};
use super::compress::{self, Compression, read_up_to};
use super::stream::{Filled, Stream};
use super::{Content, Format, Input, Pace, Reject, too_long};
use crate::error::Error;
use std::cell::OnceCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

/// Some whole lines of a file, or a whole file that is one document.
#[derive(Debug)]
pub(super) struct LineBlock {
    /// Where it starts in the decompressed file.
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
    /// A record after them that could not be read; it starts where they end.
    tail: Option<Reject>,
    format: Format,
    max_record_bytes: usize,
    /// Where its lines end, once somebody has asked.
    ends: OnceCell<Vec<usize>>,
}

impl LineBlock {
    /// Its records; blank lines are none.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let is_whole = self.format == Format::PlainText && self.tail.is_none();
        let bom = if self.offset == 0 && self.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let (mut start, last) = (bom, self.bytes.len());
        // What follows the last line end is a line only if there is something.
        let rest = is_whole || self.ends().last().map_or(bom, |end| end + 1) < last;
        let ends = self.ends().iter().copied().chain(rest.then_some(last));
        let lines = ends.map(move |end| (std::mem::replace(&mut start, end + 1), end));
        let lines = lines.map(|(start, end)| (start, &self.bytes[start..end]));
        let records = (0..).zip(lines).map(|(line, (start, bytes))| {
            let content = match self.format {
                _ if bytes.len() > self.max_record_bytes => Err(too_long(self.max_record_bytes)),
                Format::PlainText => Ok(Content::Text(bytes)),
                _ => Ok(Content::Json(bytes)),
            };
            Record { line, offset: self.offset + start as u64, content }
        });
        let tail = self.tail.iter().map(|reject| Record {
            line: self.whole_lines(),
            offset: self.offset + self.bytes.len() as u64,
            content: Err(reject.clone()),
        });
        let is_blank =
            |record: &Record| matches!(record.content, Ok(Content::Json(bytes)) if bytes.trim_ascii().is_empty());
        records.filter(move |record| !is_blank(record)).chain(tail)
    }

    /// How many lines it takes up in the file.
    pub(super) fn lines(&self) -> u64 {
        self.whole_lines() + u64::from(self.tail.is_some())
    }

    fn whole_lines(&self) -> u64 {
        self.ends().len() as u64
    }

    /// Where its lines end; nowhere in a text that is one document.
    fn ends(&self) -> &[usize] {
        self.ends.get_or_init(|| match self.format {
            Format::PlainText => Vec::new(),
            _ => memchr::memchr_iter(b'\n', &self.bytes).collect(),
        })
    }
}

/// Reads one file, block after block.
pub(super) struct Lines {
    pub(super) stream: Stream,
    format: Format,
    max_record_bytes: usize,
    /// What was read after the last whole record.
    left: Vec<u8>,
    /// Where `left` starts.
    pub(super) offset: u64,
    ended: bool,
}

impl Lines {
    /// Of JSON Lines, or of a plain text.
    pub(super) fn new(stream: Stream, format: Format, max_record_bytes: usize) -> Self {
        Lines { stream, format, max_record_bytes, left: Vec::new(), offset: 0, ended: false }
    }

    /// Of the lines that stand between two places of a plain file of JSON lines.
    pub(super) fn between(
        path: &Path,
        range: &Range<u64>,
        name: &str,
        max_record_bytes: usize,
        pace: Pace,
    ) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(range.start))?;
        // What the first line begins with says nothing of the file's compression, of which there is none.
        let (reader, _, passed) = compress::meter(file.take(range.end - range.start))?;
        let stream = Stream::new(name.to_owned(), reader, passed, pace);
        let lines = Lines::new(stream, Format::JsonLines, max_record_bytes);
        Ok(Lines { offset: range.start, ..lines })
    }

    /// Whether records are JSON as it stands.
    pub(super) fn is_json(&self) -> bool {
        self.format != Format::PlainText
    }

    /// The next block, in the memory of `buffer`, or `None` at the end.
    pub(super) fn next_block(&mut self, buffer: Vec<u8>) -> Result<Option<LineBlock>, Error> {
        if self.ended {
            return Ok(None);
        }
        let (mut bytes, mut held) = (buffer, self.left.len());
        bytes.resize(bytes.len().max(held), 0);
        bytes[..held].copy_from_slice(&self.left);
        self.left.clear();
        let mut wanted = match self.format {
            Format::PlainText => self.max_record_bytes + 1,
            _ => BLOCK,
        };
        loop {
            let filled = self.stream.fill_after(&mut bytes, held, wanted)?;
            held = bytes.len();
            match filled {
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
            Format::PlainText => None,
            _ => memchr::memrchr(b'\n', bytes).map(|at| at + 1),
        }
    }

    fn block(&mut self, bytes: Vec<u8>, tail: Option<Reject>) -> Option<LineBlock> {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        let (format, max_record_bytes, ends) = (self.format, self.max_record_bytes, OnceCell::new());
        let block = LineBlock { offset, bytes, tail, format, max_record_bytes, ends };
        // A file that is one document is one also where it is empty.
        (!block.bytes.is_empty() || block.tail.is_some() || self.format == Format::PlainText).then_some(block)
    }

    /// Passes over a record of which `start` is too much already.
    fn read_past(&mut self, start: Vec<u8>) -> Result<Option<LineBlock>, Error> {
        let mut length = start.len() as u64;
        let mut piece = start;
        while !self.ended {
            piece.clear();
            let filled = self.stream.fill(&mut piece, BLOCK)?;
            self.ended = !matches!(filled, Filled::Enough);
            if let Some(at) = memchr::memchr(b'\n', &piece).filter(|_| self.format != Format::PlainText) {
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
}

/// Whether a file is of JSON lines as they stand, so that some of them can be read apart from the others.
pub fn are_plain_lines(input: &Input) -> Result<bool, Error> {
    let Some(path) = input.path.as_deref().filter(|_| input.is_file && input.format == Format::JsonLines) else {
        return Ok(false);
    };
    let mut head = vec![0; 16];
    let read = File::open(path).and_then(|mut file| read_up_to(&mut file, &mut head));
    head.truncate(read.map_err(|source| Error::Input { path: input.name.clone(), source })?);
    Ok(Compression::of(&head) == Compression::None)
}

/// Where the first line starts that starts at `at` or later, in a file of so many bytes.
pub(super) fn line_start(mut file: &File, at: u64, len: u64) -> io::Result<u64> {
    if at == 0 || at >= len {
        return Ok(at.min(len));
    }
    // A line that starts here has its end before it.
    let (mut place, mut piece) = (at - 1, vec![0; 64 << 10]);
    file.seek(SeekFrom::Start(place))?;
    loop {
        let read = read_up_to(&mut file, &mut piece)?;
        match memchr::memchr(b'\n', &piece[..read]) {
            Some(end) => return Ok(place + end as u64 + 1),
            None if read < piece.len() => return Ok(len),
            None => place += read as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_start_after_line_ends(lines in prop::collection::vec(0usize..40, 0..30)) {
            let dir = tempfile::tempdir().unwrap();
            let (path, bytes) = (dir.path().join("x"), lines.iter().map(|&len| "x".repeat(len)).collect::<Vec<_>>().join("\n"));
            std::fs::write(&path, &bytes).unwrap();
            let (file, len) = (File::open(&path).unwrap(), bytes.len());
            for at in 0..len + 2 {
                let start = (at..len).find(|&at| at == 0 || bytes.as_bytes()[at - 1] == b'\n').unwrap_or(len);
                prop_assert_eq!(line_start(&file, at as u64, len as u64).unwrap(), start as u64);
            }
        }
    }
}
