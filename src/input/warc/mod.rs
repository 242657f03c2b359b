//! Archives of the web to blocks of records (WARC 1.0 and 1.1, ISO 28500:2017), plain, compressed, or with a gzip member
//! a record, as Common Crawl writes them.
//!
//! A record is cut by the length that its header gives, and must end there as records do. Where it does not, it is
//! damaged, and reading goes on at the next line that begins as a record does; where records are members, a
//! member's end is the end of its record, whatever the header says. So damage costs the records that it struck, and each
//! is named. Records of other kinds than documents are passed over and counted. Linear in the file; memory a block, or
//! one record of the longest allowed.
//!
//! A large file of members is read in parts at once: a part begins with the first member after its place in the file
//! that begins with a record, and ends where another begins. Should bytes within a record look like that (an archive
//! within an archive, stored as it is), the part before reads through them, and what was made of them is dropped.

mod header;
mod response;
#[cfg(test)]
mod tests;

pub(super) use header::Kind;
pub(super) use response::{Page, page};

use super::blocks::{BLOCK, Cut, Span};
use super::compress::{self, Compression, Passed, read_up_to};
use super::gzip::{Members, Step};
use super::stream::{Filled, Stream, broken};
use super::{Reason, Reject, too_long};
use crate::error::Error;
use crate::hash::Digest;
use header::Header;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A part of an archive has so many compressed bytes.
const PART: u64 = 16 << 20;
/// Bytes asked for at once: some records.
const SIP: usize = 64 << 10;
/// A longer header is none.
const LONGEST_HEADER: usize = 64 << 10;
/// How a record begins.
const START: &[u8] = b"WARC/";
/// A record's first line, without its end.
const VERSION: usize = START.len() + 3;

/// How many parts the archive at `path` is read in.
pub(super) fn parts(path: &Path) -> io::Result<u32> {
    let mut head = [0; 4];
    let mut file = File::open(path)?;
    let filled = read_up_to(&mut file, &mut head)?;
    let is_gzip = Compression::of(&head[..filled]) == Compression::Gzip;
    Ok(if is_gzip { file.metadata()?.len().div_ceil(PART).clamp(1, 1 << 20) as u32 } else { 1 })
}

/// Reads an archive, or a part of one.
pub(super) struct Warc {
    name: String,
    source: Source,
    max_record_bytes: usize,
    /// What was read after the last record.
    left: Vec<u8>,
    /// Decompressed bytes that have been read.
    pub(super) offset: u64,
    /// The member was read to its end: what is held is all there is of it.
    member_ended: bool,
    /// What was met after the last record.
    pending: Option<Reject>,
    /// There is no more to be read.
    source_ended: bool,
    /// Every record has been cut.
    ended: bool,
    place: Option<Place>,
}

/// Where a part stands in its file.
struct Place {
    path: PathBuf,
    /// The place at which another part takes over, if it begins just there.
    until: u64,
    next: Option<u32>,
    /// Where this one began, and its size.
    from: u64,
    size: u64,
}

enum Source {
    Members(Members<Box<dyn Read + Send>>, Passed),
    Stream(Stream),
}

/// What reading on came to.
enum More {
    Some,
    MemberEnd,
    End,
    Broken(Reject),
}

impl Warc {
    /// Of an archive that is compressed as a whole, or not at all.
    pub(super) fn of_stream(stream: Stream, max_record_bytes: usize) -> Self {
        Warc::new(stream.name.clone(), Source::Stream(stream), max_record_bytes)
    }

    /// Of an archive of gzip members.
    pub(super) fn of_members(raw: Box<dyn Read + Send>, passed: Passed, name: String, max_record_bytes: usize) -> Self {
        Warc::new(name, Source::Members(Members::of_records(raw, 0), passed), max_record_bytes)
    }

    /// Of a part of a file of gzip members.
    pub(super) fn part(path: &Path, part: u32, name: &str, max_record_bytes: usize) -> io::Result<Self> {
        Warc::piece(path, part, PART, name, max_record_bytes)
    }

    fn piece(path: &Path, part: u32, size: u64, name: &str, max_record_bytes: usize) -> io::Result<Self> {
        let from = u64::from(part) * size;
        let At { members, passed, found } = members_at(path, from)?;
        let mut warc = Warc::new(name.to_owned(), Source::Members(members, passed), max_record_bytes);
        warc.ended = !found;
        warc.place = Some(Place { path: path.to_owned(), until: from + size, next: None, from, size });
        Ok(warc)
    }

    fn new(name: String, source: Source, max_record_bytes: usize) -> Self {
        Warc {
            name,
            source,
            max_record_bytes,
            left: Vec::new(),
            offset: 0,
            member_ended: false,
            pending: None,
            source_ended: false,
            ended: false,
            place: None,
        }
    }

    /// Bytes of the file that have been read for this part.
    pub(super) fn passed(&self) -> u64 {
        match (&self.source, &self.place) {
            (Source::Stream(stream), _) => stream.digest().len(),
            (Source::Members(_, passed), None) => passed.digest().len(),
            (Source::Members(members, _), Some(place)) => members.position().saturating_sub(place.from),
        }
    }

    /// What it reads, where that is not cut into members.
    pub(super) fn stream(&self) -> Option<&Stream> {
        if let Source::Stream(stream) = &self.source { Some(stream) } else { None }
    }

    /// The digest of a file that was read whole.
    pub(super) fn digest(&self) -> Option<Digest> {
        match (&self.source, &self.place) {
            (_, Some(_)) => None,
            (Source::Stream(stream), None) => Some(stream.digest()),
            (Source::Members(_, passed), None) => Some(passed.digest()),
        }
    }

    /// The part that goes on where this one ended.
    pub(super) fn next_part(&self, part: u32) -> u32 {
        self.place.as_ref().and_then(|place| place.next).unwrap_or(part + 1)
    }

    /// The next block, in the memory of `buffer`, or `None` at the end.
    pub(super) fn next_block(&mut self, buffer: Vec<u8>) -> Result<Option<Cut>, Error> {
        let mut bytes = buffer;
        bytes.clear();
        bytes.append(&mut self.left);
        let mut cut = Cut { offset: self.offset - bytes.len() as u64, bytes, ..Cut::default() };
        let mut at = 0;
        while !self.ended && at < BLOCK {
            at = self.record(&mut cut, at)?;
        }
        self.left.extend_from_slice(&cut.bytes[at..]);
        cut.bytes.truncate(at);
        Ok((cut.lines > 0 || !self.ended).then_some(cut))
    }

    /// Cuts the record that starts at `at`, or notes that there is none; tells where the next one starts.
    fn record(&mut self, cut: &mut Cut, start: usize) -> Result<usize, Error> {
        let Some(start) = self.skip_blank(&mut cut.bytes, start)? else {
            if let Some(reject) = self.pending.take() {
                self.push(cut, start, Err(reject));
            }
            return Ok(cut.bytes.len());
        };
        let header = match self.header(&mut cut.bytes, start)? {
            Ok(header) => header,
            Err(reject) => return self.damaged(cut, start, start, reject),
        };
        let end = start + header.bytes + usize::try_from(header.content_length).unwrap_or(usize::MAX / 2);
        if header.content_length > self.max_record_bytes as u64 {
            return self.too_long(cut, start, end - start, header.id);
        }
        while cut.bytes.len() < end {
            let why = match self.more(&mut cut.bytes)? {
                More::Some => continue,
                More::MemberEnd => bad("the record ends before its Content-Length"),
                More::End => Reject::new(Reason::Truncated, "the file ends within the record"),
                More::Broken(reject) => reject,
            };
            return self.damaged(cut, start, start + header.bytes, Reject { id: header.id, ..why });
        }
        if !self.is_followed(&mut cut.bytes, end)? {
            let why = bad("what follows the record is none: its Content-Length is wrong");
            return self.damaged(cut, start, start + header.bytes, Reject { id: header.id, ..why });
        }
        match header.kind {
            Kind::Other => {
                cut.lines += 1;
                cut.passed_over += 1;
            }
            _ => self.push(cut, start, Ok(end)),
        }
        Ok(end)
    }

    fn push(&self, cut: &mut Cut, start: usize, content: Result<usize, Reject>) {
        let offset = self.offset - (cut.bytes.len() - start) as u64;
        cut.spans.push(Span { line: cut.lines, offset, content: content.map(|end| start..end) });
        cut.lines += 1;
    }

    /// Where the next byte is that is no line end; none at the end, or at what is pending.
    fn skip_blank(&mut self, bytes: &mut Vec<u8>, start: usize) -> Result<Option<usize>, Error> {
        if self.pending.is_some() {
            return Ok(None);
        }
        loop {
            let blank = bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if start + blank < bytes.len() {
                return Ok(Some(start + blank));
            }
            bytes.truncate(start);
            match self.more(bytes)? {
                More::Some => {}
                More::MemberEnd => {
                    self.member_ended = false;
                    if self.another_goes_on()? {
                        self.ended = true;
                        return Ok(None);
                    }
                }
                More::End => {
                    self.ended = true;
                    if let Some(place) = &mut self.place {
                        // Nothing is left for another part: what looked like its beginning was within a record.
                        place.next = Some(u32::MAX);
                    }
                    return Ok(None);
                }
                More::Broken(reject) => {
                    self.pending = Some(reject);
                    return Ok(None);
                }
            }
        }
    }

    /// The header at `start`.
    fn header(&mut self, bytes: &mut Vec<u8>, start: usize) -> Result<Result<Header, Reject>, Error> {
        loop {
            let held = &bytes[start..];
            if !held.starts_with(&START[..START.len().min(held.len())]) {
                return Ok(Err(bad("it does not begin as a record does")));
            }
            if let Some(header) = header::parse(held) {
                return Ok(header);
            }
            if held.len() > LONGEST_HEADER {
                return Ok(Err(bad("its header does not end")));
            }
            match self.more(bytes)? {
                More::Some => {}
                More::MemberEnd => return Ok(Err(bad("its header does not end"))),
                More::End => return Ok(Err(Reject::new(Reason::Truncated, "the file ends within the header"))),
                More::Broken(reject) => return Ok(Err(reject)),
            }
        }
    }

    /// Whether what stands at `end` ends a record: two line ends, or another record, or nothing.
    fn is_followed(&mut self, bytes: &mut Vec<u8>, end: usize) -> Result<bool, Error> {
        let mut at = end;
        loop {
            at += bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if bytes[end..].starts_with(b"\r\n\r\n") {
                return Ok(true);
            }
            let held = &bytes[at..];
            if held.len() >= START.len() || !START.starts_with(held) {
                return Ok(held.starts_with(START));
            }
            match self.more(bytes)? {
                More::Some => {}
                More::MemberEnd | More::End => return Ok(bytes.len() == at),
                More::Broken(reject) => {
                    self.pending = Some(reject);
                    return Ok(true);
                }
            }
        }
    }

    /// Notes a record that is damaged, and looks for the next from `from` on; tells where it starts.
    fn damaged(&mut self, cut: &mut Cut, start: usize, from: usize, reject: Reject) -> Result<usize, Error> {
        self.push(cut, start, Err(reject));
        // What breaks on the way is part of the damage, which has been named.
        self.pass_over(cut, start, from, usize::MAX).map(|(next, _)| next)
    }

    /// Passes over a record of `length` bytes without holding it.
    fn too_long(&mut self, cut: &mut Cut, start: usize, length: usize, id: Option<String>) -> Result<usize, Error> {
        let reject = Reject { id, ..too_long(self.max_record_bytes) };
        self.push(cut, start, Err(reject));
        let (next, broken) = self.pass_over(cut, start, start, length)?;
        self.pending = broken;
        Ok(next)
    }

    /// Goes to the first record that begins after `start`, where one is passed over, and not before `from`; or to where
    /// `length` bytes end, if none begins within them: a length that is not true must not swallow what comes after. Tells
    /// where that is, and what broke on the way.
    fn pass_over(
        &mut self,
        cut: &mut Cut,
        start: usize,
        from: usize,
        length: usize,
    ) -> Result<(usize, Option<Reject>), Error> {
        let (mut from, mut missing) = (from.max(start + 1).min(cut.bytes.len()), length);
        loop {
            if cut.bytes.len() - start >= missing {
                return Ok((start + missing, None));
            }
            if let Some(place) = next_record(&cut.bytes[from..]) {
                return Ok((from + place, None));
            }
            // What cannot hold the start of a record is let go.
            let keep = cut.bytes.len().saturating_sub(VERSION).max(from);
            cut.bytes.drain(start..keep);
            (from, missing) = (start, missing - (keep - start));
            let broken = match self.more(&mut cut.bytes)? {
                More::Some => continue,
                // A record of the next member begins with it.
                More::MemberEnd | More::End => None,
                More::Broken(reject) => Some(reject),
            };
            cut.bytes.truncate(start);
            return Ok((start, broken));
        }
    }

    /// Reads on, up to the end of the member.
    fn more(&mut self, bytes: &mut Vec<u8>) -> Result<More, Error> {
        if self.member_ended {
            return Ok(More::MemberEnd);
        }
        if self.source_ended {
            return Ok(More::End);
        }
        let len = bytes.len();
        match &mut self.source {
            Source::Stream(stream) => match stream.fill(bytes, len + SIP)? {
                Filled::Broken(reject) => {
                    self.offset += (bytes.len() - len) as u64;
                    self.source_ended = true;
                    return Ok(More::Broken(reject));
                }
                Filled::End if bytes.len() == len => return Ok(More::End),
                Filled::End | Filled::Enough => {}
            },
            Source::Members(members, passed) => {
                bytes.resize(len + SIP, 0);
                let step = members.step(&mut bytes[len..]);
                let step = step.map_err(|source| Error::Input { path: self.name.clone(), source })?;
                let made = if let Step::Bytes(made) | Step::Last(made) = step { made } else { 0 };
                bytes.truncate(len + made);
                match step {
                    Step::Bytes(_) => {}
                    Step::Last(_) => self.member_ended = true,
                    Step::End => return Ok(More::End),
                    Step::Damaged(error) => {
                        let reject = broken(&self.name, passed, &error)?;
                        let found = members.find_record(members.after_damage());
                        let found = found.map_err(|source| Error::Input { path: self.name.clone(), source })?;
                        (self.member_ended, self.source_ended) = (true, !found);
                        return Ok(More::Broken(reject));
                    }
                }
            }
        }
        self.offset += (bytes.len() - len) as u64;
        Ok(More::Some)
    }

    /// Whether the member that would be read next is the first of another part.
    fn another_goes_on(&mut self) -> Result<bool, Error> {
        let (Source::Members(members, _), Some(place)) = (&self.source, &mut self.place) else { return Ok(false) };
        let (here, size) = (members.position(), place.size);
        while here >= place.until {
            let next = (place.until / size) as u32;
            let first = members_at(&place.path, place.until);
            let first = first.map_err(|source| Error::Input { path: self.name.clone(), source })?;
            if !first.found || first.members.position() >= here {
                place.next = Some(next);
                return Ok(first.found && first.members.position() == here);
            }
            // That part began within a record of this one.
            place.until += size;
            place.next = Some((place.until / size) as u32);
        }
        Ok(false)
    }
}

/// A file from a place on.
struct At {
    members: Members<Box<dyn Read + Send>>,
    passed: Passed,
    /// Whether a record is there.
    found: bool,
}

/// The file from the first member at or after `from` on that holds a record.
fn members_at(path: &Path, from: u64) -> io::Result<At> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let (raw, _, passed) = compress::meter(file)?;
    let mut members = Members::of_records(raw, from);
    let found = from == 0 || members.find_record(from)?;
    Ok(At { members, passed, found })
}

/// Where the first line of a record stands.
fn next_record(bytes: &[u8]) -> Option<usize> {
    let is_version =
        |&at: &usize| matches!(&bytes[at + START.len()..], [b'0' | b'1', b'.', b'0'..=b'9', b'\r' | b'\n', ..]);
    memchr::memmem::find_iter(bytes, START).find(is_version)
}

fn bad(why: &str) -> Reject {
    Reject::new(Reason::BadRecord, why)
}
