//! An index as a file: whole or not at all, and believed only if it is as it was written.
//!
//! ```text
//! "newsfold index 2" | sections, each its length (8 bytes) and its bytes | XXH3-128 of all before
//! ```
//!
//! The sections are the parameters as JSON, the ids with where they end, the text of each document; and of each text the
//! hash of its words, its filled slots, its signature, its packed shingles with where they end. Buckets are made again.
//! Numbers are little-endian, as the machines are that this runs on.

use super::{Documents, Index};
use crate::error::Error;
use crate::output::replace_file_by;
use crate::params::Params;
use bytemuck::{Pod, pod_read_unaligned};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

const MAGIC: &[u8] = b"newsfold index ";
/// That of number 1 packed shingles in another way.
const VERSION: u8 = b'2';
/// Bytes of the checksum.
const SUM: usize = 16;

impl Index {
    /// Writes it to a file, which is replaced whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        replace_file_by(path, |file| {
            let mut out = Summed { file, sum: Xxh3::new() };
            out.write(MAGIC)?;
            out.write(&[VERSION])?;
            out.section(&serde_json::to_vec(&self.params)?)?;
            let Documents { ids, text, .. } = &self.documents;
            let ends = ids.iter().scan(0, |end, id| {
                *end += id.len() as u64;
                Some(*end)
            });
            let ends: Vec<u64> = ends.collect();
            out.begin(ends.last().copied().unwrap_or(0))?;
            ids.iter().try_for_each(|id| out.write(id.as_bytes()))?;
            out.column(&ends)?;
            out.column(text)?;
            let texts = &self.texts;
            out.column(&texts.content)?;
            out.column(&texts.filled)?;
            out.begin((texts.content.len() * self.params.sketch.slots * 2) as u64)?;
            let rows = 0..texts.content.len() as u32;
            rows.into_iter().try_for_each(|text| out.write(bytemuck::cast_slice(texts.signatures.row(text))))?;
            out.section(&texts.packed)?;
            out.column(&texts.packed_ends)?;
            let sum = out.sum.digest128().to_le_bytes();
            out.file.write_all(&sum)
        })
    }

    /// Reads one from a file; fails with [`Error::Damaged`] where that is not as [`Index::save`] wrote it.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = fs::read(path).map_err(Error::file("read", path))?;
        Index::read(&bytes).map_err(|why| Error::Damaged { path: path.to_owned(), why })
    }

    fn read(bytes: &[u8]) -> Result<Self, String> {
        let told = |why: &str| Err(why.to_owned());
        let Some((version, body)) = bytes.strip_prefix(MAGIC).and_then(<[u8]>::split_first) else {
            return told("it does not begin as an index of newsfold does");
        };
        if *version != VERSION {
            let [version, read] = [version, &VERSION].map(|version| version.escape_ascii());
            return Err(format!(
                "it is an index of version {version}, and this newsfold reads version {read}: make it anew"
            ));
        }
        let Some((body, sum)) = body.split_last_chunk::<SUM>() else { return told("it is cut short") };
        if xxh3_128(&bytes[..bytes.len() - SUM]).to_le_bytes() != *sum {
            return told("its bytes are not those that were written");
        }
        Index::of_sections(Sections(body)).ok_or_else(|| "its parts do not fit together".to_owned())
    }

    fn of_sections(mut sections: Sections) -> Option<Self> {
        let params: Params = serde_json::from_slice(sections.next()?).ok()?;
        let (slots, mut index) = (params.sketch.slots, Index::new(params).ok()?);
        let (ids, ends) = (sections.next()?, sections.column::<u64>()?);
        let text = sections.column::<u32>()?;
        let (content, filled) = (sections.column::<u128>()?, sections.column::<u16>()?);
        let signatures = sections.column::<u16>()?;
        index.texts.packed = sections.next()?.to_vec();
        index.texts.packed_ends = sections.column()?;
        let texts = content.len();
        let fits = ends.len() == text.len()
            && filled.len() == texts
            && Some(signatures.len()) == texts.checked_mul(slots)
            && index.texts.packed_ends.len() == texts
            && index.texts.packed_ends.is_sorted()
            && index.texts.packed_ends.last().is_none_or(|&end| end == index.texts.packed.len() as u64)
            && filled.iter().all(|&filled| usize::from(filled) <= slots)
            && text.iter().all(|&text| (text as usize) < texts);
        if !fits {
            return None;
        }
        index.texts.newest = vec![super::NONE; texts];
        for ((content, filled), signature) in content.into_iter().zip(filled).zip(signatures.chunks_exact(slots)) {
            index.enter(content, filled, signature);
        }
        let mut start = 0;
        for (end, text) in ends.into_iter().zip(text) {
            let end = usize::try_from(end).ok()?;
            let id = str::from_utf8(ids.get(start..end)?).ok()?;
            if index.contains(id) {
                return None;
            }
            index.documents.push(id, text, &mut index.texts.newest);
            start = end;
        }
        // A text without documents is none that was ever added.
        (!index.texts.newest.contains(&super::NONE)).then_some(index)
    }
}

/// Writes, and sums up what is written.
struct Summed<'a> {
    file: &'a mut dyn Write,
    sum: Xxh3,
}

impl Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.file.write_all(bytes)
    }

    /// Begins a section of so many bytes.
    fn begin(&mut self, len: u64) -> io::Result<()> {
        self.write(&len.to_le_bytes())
    }

    fn section(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.begin(bytes.len() as u64)?;
        self.write(bytes)
    }

    fn column<T: Pod>(&mut self, values: &[T]) -> io::Result<()> {
        self.section(bytemuck::cast_slice(values))
    }
}

/// The sections that have not been read.
struct Sections<'a>(&'a [u8]);

impl<'a> Sections<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let (len, rest) = self.0.split_first_chunk::<8>()?;
        let (section, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
        self.0 = rest;
        Some(section)
    }

    fn column<T: Pod>(&mut self) -> Option<Vec<T>> {
        let bytes = self.next()?;
        let values = bytes.chunks_exact(size_of::<T>());
        values.remainder().is_empty().then(|| values.map(pod_read_unaligned).collect())
    }
}
