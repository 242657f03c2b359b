//! Gzip, member by member (RFC 1952): a file may be many of them, and an archive of the web has one a record.
//!
//! As a reader it gives the bytes of all members, one after another. Taken by [`Members::step`], it says where a member
//! ends, and after a damaged one [`Members::find_record`] goes on at the next that begins with a WARC record, so that
//! damage costs the records it struck. Zeros after the last member, as tapes and block devices leave them, are no damage.
//! Linear; memory is a piece of the file, and what is kept of a member to look through again.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, Read};

/// Compressed bytes are read in pieces of this size.
const PIECE: usize = 256 << 10;
/// So many compressed bytes of a member are kept, in case it turns out to be damaged.
const KEPT: usize = 4 << 20;
/// How every member starts: the magic, and deflate, the only method there is.
const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
/// How a member starts that holds a record.
const RECORD: &[u8] = b"WARC/";
/// So many compressed bytes are enough to see that.
const GLANCE: usize = 1 << 10;
/// A window of 32 KiB, in a gzip wrapper.
const WINDOW_BITS: u8 = 15;

/// What one step came to.
#[derive(Debug)]
pub(super) enum Step {
    /// So many bytes; more may follow in this member.
    Bytes(usize),
    /// So many bytes, the last of a member.
    Last(usize),
    /// The file has ended, after a whole member.
    End,
    /// The member is damaged, or the file ends within it.
    Damaged(io::Error),
}

/// Reads the members of a file.
pub(super) struct Members<R> {
    raw: R,
    held: Vec<u8>,
    /// Where `held` starts in the file.
    start: u64,
    /// `held[..at]` has been read.
    at: usize,
    /// Where in `held` the member starts that is read, or what is left of it.
    member: usize,
    inflate: Option<Decompress>,
    is_first: bool,
    keeps: bool,
}

impl<R: Read> Members<R> {
    /// For the bytes of all members.
    pub(super) fn new(raw: R) -> Self {
        Members { raw, held: Vec::new(), start: 0, at: 0, member: 0, inflate: None, is_first: true, keeps: false }
    }

    /// For members that hold records: `raw` stands at `start` in its file.
    pub(super) fn of_records(raw: R, start: u64) -> Self {
        Members { start, keeps: true, ..Members::new(raw) }
    }

    /// The place in the file up to which it has been read.
    pub(super) fn position(&self) -> u64 {
        self.start + self.at as u64
    }

    /// Reads on, into `into`, up to the end of the member.
    pub(super) fn step(&mut self, into: &mut [u8]) -> io::Result<Step> {
        if self.inflate.is_none() && !self.open()? {
            return Ok(if self.at == self.held.len() { Step::End } else { Step::Damaged(no_member()) });
        }
        loop {
            let Some(inflate) = &mut self.inflate else { return Ok(Step::End) };
            let (read, made) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(&self.held[self.at..], into, FlushDecompress::None);
            let (read, made) = (inflate.total_in() - read, inflate.total_out() - made);
            self.at += read as usize;
            match status {
                Ok(Status::StreamEnd) => {
                    self.inflate = None;
                    return Ok(Step::Last(made as usize));
                }
                Ok(_) if made > 0 || into.is_empty() => return Ok(Step::Bytes(made as usize)),
                Ok(_) if self.at < self.held.len() && read > 0 => {}
                Ok(_) => {
                    if self.fill()? == 0 {
                        self.inflate = None;
                        return Ok(Step::Damaged(io::ErrorKind::UnexpectedEof.into()));
                    }
                }
                Err(error) => {
                    self.inflate = None;
                    return Ok(Step::Damaged(io::Error::new(io::ErrorKind::InvalidData, error)));
                }
            }
        }
    }

    /// Begins a member, if there is one.
    fn open(&mut self) -> io::Result<bool> {
        loop {
            while !self.is_first && self.held.get(self.at) == Some(&0) {
                self.at += 1;
            }
            self.member = self.at;
            if self.held.len() - self.at >= MAGIC.len() || self.fill()? == 0 {
                break;
            }
        }
        let is_member = self.held[self.at..].starts_with(&MAGIC[..2]);
        if is_member {
            self.inflate = Some(Decompress::new_gzip(WINDOW_BITS));
            self.is_first = false;
        }
        Ok(is_member)
    }

    /// Lets go of what will not be looked at again, and reads a piece; tells how many bytes came.
    fn fill(&mut self) -> io::Result<usize> {
        if !self.keeps || self.at - self.member > KEPT {
            self.member = self.at;
        }
        self.held.drain(..self.member);
        self.start += self.member as u64;
        self.at -= self.member;
        self.member = 0;
        let len = self.held.len();
        self.held.resize(len + PIECE, 0);
        let read = loop {
            match self.raw.read(&mut self.held[len..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.held.truncate(len + read.as_ref().copied().unwrap_or(0));
        read
    }

    /// Goes to the first member at or after `from` that holds a record; tells whether there is one.
    pub(super) fn find_record(&mut self, from: u64) -> io::Result<bool> {
        self.inflate = None;
        self.is_first = false;
        self.at = (from.saturating_sub(self.start) as usize).clamp(self.member, self.held.len());
        loop {
            match memchr::memmem::find(&self.held[self.at..], &MAGIC) {
                Some(place) => {
                    self.at += place;
                    self.member = self.at;
                    while self.held.len() - self.at < GLANCE && self.fill()? > 0 {}
                    if begins_a_record(&self.held[self.at..]) {
                        return Ok(true);
                    }
                    self.at += 1;
                }
                None => {
                    self.at = self.at.max(self.held.len().saturating_sub(MAGIC.len() - 1));
                    self.member = self.at;
                    if self.fill()? == 0 {
                        self.at = self.held.len();
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Where the damaged member starts, or what is left of it to look through, and one byte more.
    pub(super) fn after_damage(&self) -> u64 {
        self.start + self.member as u64 + 1
    }
}

/// Whether these bytes are a member that begins with a record: what looks like a member's start within another's
/// compressed bytes, by chance, does not.
fn begins_a_record(member: &[u8]) -> bool {
    let mut head = [0; RECORD.len()];
    let mut inflate = Decompress::new_gzip(WINDOW_BITS);
    let glance = &member[..member.len().min(GLANCE)];
    _ = inflate.decompress(glance, &mut head, FlushDecompress::None);
    head == RECORD
}

fn no_member() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "bytes that are no gzip member")
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.step(into)? {
                // A member may be empty, or end where a reader's buffer did.
                Step::Last(0) => {}
                Step::Bytes(made) | Step::Last(made) => return Ok(made),
                Step::End => return Ok(0),
                Step::Damaged(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn gz(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// The members, each with what was read of it: `None` at a damaged one.
    fn members(file: &[u8], sip: usize) -> Vec<Option<Vec<u8>>> {
        let mut members = Members::of_records(file, 0);
        let (mut found, mut member, mut piece) = (Vec::new(), Vec::new(), vec![0; sip]);
        loop {
            match members.step(&mut piece).unwrap() {
                Step::Bytes(made) => member.extend_from_slice(&piece[..made]),
                Step::Last(made) => {
                    member.extend_from_slice(&piece[..made]);
                    found.push(Some(std::mem::take(&mut member)));
                }
                Step::End => return found,
                Step::Damaged(_) => {
                    member.clear();
                    found.push(None);
                    if !members.find_record(members.after_damage()).unwrap() {
                        return found;
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn damage_costs_the_member_it_struck(
            sizes in prop::collection::vec(0usize..3000, 1..12), level in 0u32..9, sip in 1usize..5000, at in any::<prop::sample::Index>(),
        ) {
            // Words that do not compress to nothing, in records that quote a whole archive.
            let record = |(i, size): (usize, &usize)| {
                let noise: Vec<u8> = (0..*size).map(|j| (crate::hash::mix((i * 7919 + j) as u64) >> 7) as u8).collect();
                [b"WARC/1.0 ", &*gz(b"no record", 0), &noise].concat()
            };
            let records: Vec<Vec<u8>> = sizes.iter().enumerate().map(record).collect();
            let packed: Vec<Vec<u8>> = records.iter().map(|record| gz(record, level)).collect();
            let whole: Vec<Option<Vec<u8>>> = records.iter().cloned().map(Some).collect();
            let padded = [packed.concat(), vec![0; sip]].concat();
            prop_assert_eq!(&members(&padded, sip), &whole);
            let mut plain = Vec::new();
            Members::new(&*padded).read_to_end(&mut plain).unwrap();
            prop_assert_eq!(plain, records.concat());

            let struck = at.index(records.len());
            let mut damaged = packed.clone();
            let checksum = damaged[struck].len() - 8;
            damaged[struck][checksum] ^= 1;
            let mut expected = whole.clone();
            expected[struck] = None;
            prop_assert_eq!(members(&damaged.concat(), sip), expected.clone());
            // Its second half is missing.
            damaged[struck].truncate(checksum / 2);
            let found = members(&damaged.concat(), sip);
            prop_assert_eq!(found.iter().flatten().collect::<Vec<_>>(), expected.iter().flatten().collect::<Vec<_>>());
            prop_assert!(found.len() > expected.iter().flatten().count());
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..300), start in any::<bool>()) {
            let bytes = if start { [&MAGIC[..], &bytes].concat() } else { bytes };
            members(&bytes, 100);
        }
    }
}
