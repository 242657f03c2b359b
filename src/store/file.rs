//! A file of a store: written once, mapped, and believed only as far as its checksums go.
//!
//! ```text
//! head (64 bytes) | content | XXH3-64 of every 64 KiB of content, and of its number
//! ```
//!
//! The manifest holds a digest of the head and all checksums, so opening a file reads a ten-thousandth of it, and a part is
//! checked when it is looked at for the first time. A byte that is not as it was written is an error that names the file
//! and the place; nothing is read past it. Numbers are little-endian, as the machines are that this runs on.

use crate::disk;
use crate::error::Error;
use bytemuck::Pod;
use memmap2::{Mmap, UncheckedAdvice};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

/// Bytes under one checksum.
const BLOCK: usize = 64 << 10;
const HEAD: usize = 64;
const MAGIC: &[u8; 16] = b"newsfold store 1";

/// What the manifest knows of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Bytes of content.
    pub(super) bytes: u64,
    /// Digest of head and checksums.
    digest: String,
}

impl Entry {
    /// The bytes of the file, head and checksums too.
    pub(super) fn size(&self) -> u64 {
        HEAD as u64 + self.bytes + 8 * self.bytes.div_ceil(BLOCK as u64)
    }
}

/// A file being written.
pub(super) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    head: [u8; HEAD],
    block: Vec<u8>,
    sums: Vec<u64>,
    len: u64,
}

fn head(kind: &str) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..MAGIC.len()].copy_from_slice(MAGIC);
    let name = &kind.as_bytes()[..kind.len().min(HEAD - MAGIC.len())];
    head[MAGIC.len()..MAGIC.len() + name.len()].copy_from_slice(name);
    head
}

fn digest(head: &[u8], sums: &[u8]) -> String {
    let mut state = Xxh3::new();
    state.update(head);
    state.update(sums);
    format!("{:032x}", state.digest128())
}

impl Writer {
    /// A new file of a kind, in `dir`.
    pub(super) fn create(dir: &Path, kind: &str) -> Result<Self, Error> {
        Writer::create_at(dir.join(kind), kind)
    }

    /// A new file of a kind, at `path`.
    pub(super) fn create_at(path: PathBuf, kind: &str) -> Result<Self, Error> {
        let head = head(kind);
        let open = || {
            let mut file = BufWriter::with_capacity(BLOCK, disk::create(&path)?);
            file.write_all(&head)?;
            Ok(file)
        };
        let file = open().map_err(Error::file("write", &path))?;
        Ok(Writer { path, file, head, block: Vec::new(), sums: Vec::new(), len: 0 })
    }

    /// Appends some bytes; tells how many there are now.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<u64, Error> {
        self.file.write_all(bytes).map_err(Error::file("write", &self.path))?;
        self.len += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - self.block.len()));
            self.block.extend_from_slice(now);
            bytes = later;
            if self.block.len() == BLOCK {
                self.seal();
            }
        }
        Ok(self.len)
    }

    /// Appends a row.
    pub(super) fn row<T: Pod>(&mut self, row: &T) -> Result<u64, Error> {
        self.write(bytemuck::bytes_of(row))
    }

    fn seal(&mut self) {
        self.sums.push(sum(&self.block, self.sums.len()));
        self.block.clear();
    }

    /// Writes the checksums and syncs the file.
    pub(super) fn finish(self) -> Result<Entry, Error> {
        self.finish_with(|_| Ok(Vec::new()))
    }

    /// Writes the checksums and what `tail` makes of them, and syncs the file.
    pub(super) fn finish_with(mut self, tail: impl FnOnce(&Entry) -> io::Result<Vec<u8>>) -> Result<Entry, Error> {
        if !self.block.is_empty() {
            self.seal();
        }
        let sums: &[u8] = bytemuck::cast_slice(&self.sums);
        let entry = Entry { bytes: self.len, digest: digest(&self.head, sums) };
        let finish = |file: &mut BufWriter<File>| {
            file.write_all(sums)?;
            file.write_all(&tail(&entry)?)?;
            file.flush()?;
            disk::sync_file(file.get_ref(), &self.path)
        };
        finish(&mut self.file).map_err(Error::file("write", &self.path))?;
        Ok(entry)
    }
}

fn sum(block: &[u8], number: usize) -> u64 {
    xxh3_64_with_seed(block, number as u64)
}

/// A finished file, mapped whole.
pub(super) fn map(path: &Path) -> Result<Mmap, Error> {
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => damaged(path, "it is missing"),
        _ => Error::File { doing: "read", path: path.to_owned(), source },
    })?;
    // SAFETY: nobody but newsfold writes to a store, and it writes a file once; should somebody cut it short meanwhile,
    // the process is ended by the system, and nothing is taken from it.
    unsafe { Mmap::map(&file) }.map_err(Error::file("read", path))
}

/// A finished file, mapped.
pub(super) struct Checked {
    path: PathBuf,
    map: Mmap,
    len: usize,
    /// A bit for every block that has been checked.
    checked: Vec<AtomicU64>,
}

impl Checked {
    /// Opens the file of a kind in `dir` that the manifest has as `entry`.
    pub(super) fn open(dir: &Path, kind: &str, entry: &Entry) -> Result<Self, Error> {
        let path = dir.join(kind);
        let map = map(&path)?;
        if map.len() as u64 != entry.size() {
            return Err(damaged(&path, &format!("it has {} bytes, and should have others", map.len())));
        }
        Checked::of(path, map, kind, entry)
    }

    /// What stands at the beginning of a map, which is no shorter.
    pub(super) fn of(path: PathBuf, map: Mmap, kind: &str, entry: &Entry) -> Result<Self, Error> {
        let len = entry.bytes as usize;
        let blocks = len.div_ceil(BLOCK);
        if digest(&map[..HEAD], &map[HEAD + len..entry.size() as usize]) != entry.digest || map[..HEAD] != head(kind) {
            return Err(damaged(&path, "its head or its checksums are not those in the manifest"));
        }
        let checked = (0..blocks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Checked { path, map, len, checked })
    }

    /// Some bytes of the content.
    #[inline]
    pub(super) fn bytes(&self, range: Range<usize>) -> Result<&[u8], Error> {
        if range.start > range.end || range.end > self.len {
            return Err(damaged(&self.path, &format!("bytes {range:?} are wanted of {}", self.len)));
        }
        for block in range.start / BLOCK..range.end.div_ceil(BLOCK) {
            let (word, bit) = (&self.checked[block / 64], 1 << (block % 64));
            if word.load(Ordering::Relaxed) & bit == 0 {
                self.check_block(block)?;
                word.fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(&self.map[HEAD + range.start..HEAD + range.end])
    }

    #[cold]
    fn check_block(&self, block: usize) -> Result<(), Error> {
        let range = block * BLOCK..self.len.min((block + 1) * BLOCK);
        let stored = &self.map[HEAD + self.len + 8 * block..][..8];
        if sum(&self.map[HEAD + range.start..HEAD + range.end], block).to_le_bytes() == *stored {
            return Ok(());
        }
        Err(damaged(
            &self.path,
            &format!("a byte from {} to {} is not what was written", HEAD + range.start, HEAD + range.end),
        ))
    }

    /// How many rows there are.
    pub(super) fn count<T: Pod>(&self) -> usize {
        self.len / size_of::<T>()
    }

    /// Some rows.
    #[inline]
    pub(super) fn rows<T: Pod>(&self, range: Range<usize>) -> Result<&[T], Error> {
        let bytes = self.bytes(range.start * size_of::<T>()..range.end * size_of::<T>())?;
        bytemuck::try_cast_slice(bytes).map_err(|_| damaged(&self.path, "its rows are of another size"))
    }

    /// All rows.
    pub(super) fn all<T: Pod>(&self) -> Result<&[T], Error> {
        self.rows(0..self.count::<T>())
    }

    /// One row.
    #[inline]
    pub(super) fn row<T: Pod>(&self, at: usize) -> Result<T, Error> {
        Ok(self.rows(at..at + 1)?[0])
    }

    /// Lets the memory of some rows go that have been looked at; they come back when they are wanted.
    pub(super) fn let_go(&self) {
        // SAFETY: the mapping is private, and nothing is written to it, so its pages come back from the file.
        _ = unsafe { self.map.unchecked_advise(UncheckedAdvice::DontNeed) };
    }

    /// Checks every byte.
    pub(super) fn check(&self) -> Result<(), Error> {
        for block in 0..self.len.div_ceil(BLOCK) {
            self.check_block(block)?;
            if block % 1024 == 1023 {
                self.let_go();
            }
        }
        Ok(())
    }
}

/// What to say of a file that is not as it was written.
pub(super) fn damaged(path: &Path, why: &str) -> Error {
    Error::Damaged { path: path.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(dir: &Path, pieces: &[Vec<u8>]) -> Entry {
        let mut writer = Writer::create(dir, "signatures").unwrap();
        pieces.iter().for_each(|piece| _ = writer.write(piece).unwrap());
        writer.finish().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_written_is_read_and_what_is_flipped_is_named(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90_000), 0..5), at in any::<prop::sample::Index>(), bit in 0u8..8,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let entry = write(dir.path(), &pieces);
            let whole = pieces.concat();
            let file = Checked::open(dir.path(), "signatures", &entry).unwrap();
            prop_assert_eq!(file.bytes(0..whole.len()).unwrap(), &whole[..]);
            prop_assert!(file.check().is_ok() && file.bytes(0..whole.len() + 1).is_err());
            let path = dir.path().join("signatures");
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            std::fs::write(&path, &bytes).unwrap();
            let found = Checked::open(dir.path(), "signatures", &entry).and_then(|file| file.bytes(0..whole.len()).map(drop));
            let named = matches!(&found, Err(Error::Damaged { path: seen, .. }) if *seen == path);
            prop_assert!(named, "{}: {:?}", at, found);
        }
    }

    #[test]
    fn a_file_that_is_cut_or_gone_or_another_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let entry = write(dir.path(), &[vec![7; 100_000]]);
        let path = dir.path().join("signatures");
        let whole = std::fs::read(&path).unwrap();
        let open = |kind: &str| Checked::open(dir.path(), kind, &entry).map(drop);
        std::fs::copy(&path, dir.path().join("groups")).unwrap();
        assert!(matches!(open("groups"), Err(Error::Damaged { .. })), "one kind is not taken for another");
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(open("signatures"), Err(Error::Damaged { .. })));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(open("signatures"), Err(Error::Damaged { .. })));
    }
}
