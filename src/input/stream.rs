//! A file's bytes, decompressed, in the pieces that whoever cuts them asks for.

use super::compress::Passed;
use super::{Pace, Reason, Reject};
use crate::error::Error;
use crate::hash::Digest;
use std::io::{self, Read};

/// Bytes asked for at once where none may wait.
const SIP: usize = 64 << 10;

/// How filling a buffer ended.
#[derive(Debug)]
pub(super) enum Filled {
    Enough,
    End,
    Broken(Reject),
}

/// Reads one file.
pub(super) struct Stream {
    pub(super) name: String,
    pub(super) reader: Box<dyn Read + Send>,
    pub(super) passed: Passed,
    pub(super) pace: Pace,
    /// The decoder gave up: the rest of the file has not been read.
    pub(super) is_broken: bool,
}

impl Stream {
    pub(super) fn new(name: String, reader: Box<dyn Read + Send>, passed: Passed, pace: Pace) -> Self {
        Stream { name, reader, passed, pace, is_broken: false }
    }

    /// Reads until `bytes` holds `wanted`, or as much as there is where nobody waits for a full buffer.
    pub(super) fn fill(&mut self, bytes: &mut Vec<u8>, wanted: usize) -> Result<Filled, Error> {
        let held = bytes.len();
        self.fill_after(bytes, held, wanted)
    }

    /// The same, after the first `held` of `bytes`: what stands there is overwritten, so that it need not be cleared.
    pub(super) fn fill_after(&mut self, bytes: &mut Vec<u8>, held: usize, wanted: usize) -> Result<Filled, Error> {
        let mut end = held;
        let filled = self.read_into(bytes, &mut end, wanted);
        bytes.truncate(end);
        filled
    }

    fn read_into(&mut self, bytes: &mut Vec<u8>, end: &mut usize, wanted: usize) -> Result<Filled, Error> {
        while *end < wanted {
            let missing = wanted - *end;
            let most = if self.pace == Pace::Full { missing } else { missing.min(SIP) };
            bytes.resize(bytes.len().max(*end + most), 0);
            match read_once(&mut self.reader, &mut bytes[*end..*end + most]) {
                Ok(0) => return Ok(Filled::End),
                Ok(read) => *end += read,
                Err(error) => {
                    self.is_broken = true;
                    return broken(&self.name, &self.passed, &error).map(Filled::Broken);
                }
            }
            if self.pace == Pace::Eager {
                break;
            }
        }
        Ok(Filled::Enough)
    }

    /// The digest of what has been read of the file, compressed as it is.
    pub(super) fn digest(&self) -> Digest {
        self.passed.digest()
    }
}

/// A decoder's complaint as a reject; the disk's own as an error.
pub(super) fn broken(name: &str, passed: &Passed, error: &io::Error) -> Result<Reject, Error> {
    match passed.take_failure() {
        Some(source) => Err(Error::Input { path: name.to_owned(), source }),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            Ok(Reject::new(Reason::Truncated, "the compressed file ends in the middle"))
        }
        None => Ok(Reject::new(Reason::BadArchive, format!("the compressed file is damaged: {error}"))),
    }
}

/// What one read gives.
fn read_once(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(into) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
