//! A file of the same form that stands alone, its manifest behind it: what one job of many leaves for those that go on.
//!
//! ```text
//! head | content | checksums | manifest: a line of JSON, a line with its digest | bytes of the manifest (8)
//! ```
//!
//! It grows under a hidden name beside its place and is renamed once it is synced: of jobs that are killed, done twice or
//! at the same time, one whole file is left. What a killed one left is cleared away by the next for the same place.

use super::file::{Checked, Entry, Writer, damaged, map};
use super::manifest::{FORMAT, read_signed, signed};
use crate::disk;
use crate::error::Error;
use crate::output::{self, BY_CHANCE, ENDING, clear_abandoned, grow};
use memmap2::Mmap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempPath;

/// Bytes that are looked at before the memory of a piece is let go.
const LOOKED_AT: usize = 4 << 20;

/// What stands behind the checksums.
#[derive(Serialize, Deserialize)]
struct Manifest<T> {
    format: u32,
    newsfold: String,
    entry: Entry,
    about: T,
}

/// A piece being written.
pub(crate) struct GrowingPiece {
    place: PathBuf,
    writer: Writer,
    growing: TempPath,
    /// Dropped after the file itself.
    _registered: output::Growing,
    _lock: File,
}

impl GrowingPiece {
    /// A new one of a kind, which will be called `name` in `dir`.
    pub(crate) fn create(dir: &Path, name: &str, kind: &str) -> Result<Self, Error> {
        let prefix = format!(".{name}.");
        let make = || {
            let file =
                tempfile::Builder::new().prefix(&prefix).suffix(ENDING).rand_bytes(BY_CHANCE).tempfile_in(dir)?;
            output::open_up(file.path())?;
            Ok(file.into_temp_path())
        };
        let (growing, registered) = grow(make).map_err(Error::file("make a file in", dir))?;
        let lock = File::open(&growing).map_err(Error::file("open", &growing))?;
        _ = lock.try_lock();
        clear_abandoned(dir, &prefix, &lock);
        let writer = Writer::create_at(growing.to_path_buf(), kind)?;
        Ok(GrowingPiece { place: dir.join(name), writer, growing, _registered: registered, _lock: lock })
    }

    /// Appends some bytes; tells how many there are now.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<u64, Error> {
        self.writer.write(bytes)
    }

    /// Puts it in its place, with what is known `about` it; from then on the process is not [stopped](output::stop).
    pub(crate) fn finish<T: Serialize>(self, about: &T) -> Result<(), Error> {
        let tail = |entry: &Entry| {
            let newsfold = env!("CARGO_PKG_VERSION").to_owned();
            let json = serde_json::to_vec(&Manifest { format: FORMAT, newsfold, entry: entry.clone(), about })?;
            let mut tail = signed(&json);
            tail.extend((tail.len() as u64).to_le_bytes());
            Ok(tail)
        };
        self.writer.finish_with(tail)?;
        output::publishing();
        disk::rename(&self.growing, &self.place).map_err(Error::file("put in place", &self.place))?;
        // Nothing is called so any more.
        _ = self.growing.keep();
        Ok(())
    }
}

/// A finished piece, and what is known about it.
pub(crate) struct Piece<T> {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The newsfold that wrote it.
    pub(crate) newsfold: String,
    /// What is known about it.
    pub(crate) about: T,
    content: Checked,
    looked_at: AtomicUsize,
}

impl<T: DeserializeOwned> Piece<T> {
    /// Opens one of a kind; its content is checked as it is looked at.
    pub(crate) fn open(path: &Path, kind: &str) -> Result<Self, Error> {
        let map = map(path)?;
        let Manifest { newsfold, entry, about, .. } = read_signed::<Manifest<T>>(tail(&map, path)?, path)?;
        let tail = tail(&map, path)?.len() as u64 + 8;
        if entry.size().checked_add(tail) != Some(map.len() as u64) {
            return Err(damaged(path, &format!("it has {} bytes, and should have others", map.len())));
        }
        let content = Checked::of(path.to_owned(), map, kind, &entry)?;
        Ok(Piece { path: path.to_owned(), newsfold, about, content, looked_at: AtomicUsize::new(0) })
    }
}

/// The manifest of a piece.
fn tail<'a>(map: &'a Mmap, path: &Path) -> Result<&'a [u8], Error> {
    let tail = map.split_last_chunk().and_then(|(rest, len)| {
        let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
        rest.get(rest.len().checked_sub(len)?..)
    });
    tail.ok_or_else(|| damaged(path, "it has no end"))
}

impl<T> Piece<T> {
    /// Some bytes of the content.
    pub(crate) fn bytes(&self, range: Range<usize>) -> Result<&[u8], Error> {
        let len = range.len();
        if self.looked_at.fetch_add(len, Ordering::Relaxed) > LOOKED_AT {
            self.looked_at.store(0, Ordering::Relaxed);
            self.content.let_go();
        }
        self.content.bytes(range)
    }

    /// What to say where the content makes no sense.
    pub(crate) fn damaged(&self, why: &str) -> Error {
        damaged(&self.path, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn write(dir: &Path, content: &[u8], about: &str) {
        let mut growing = GrowingPiece::create(dir, "piece", "kind").unwrap();
        growing.write(content).unwrap();
        growing.finish(&about).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_written_is_read_and_what_is_flipped_is_named(
            content in prop::collection::vec(any::<u8>(), 0..200_000), at in any::<prop::sample::Index>(), bit in 0u8..8,
        ) {
            let dir = tempfile::tempdir().unwrap();
            write(dir.path(), b"an earlier one", "");
            write(dir.path(), &content, "all about it");
            let path = dir.path().join("piece");
            let open = || Piece::<String>::open(&path, "kind");
            {
                let piece = open().unwrap();
                prop_assert_eq!((&*piece.about, piece.bytes(0..content.len()).unwrap()), ("all about it", &content[..]));
                prop_assert!(piece.bytes(0..content.len() + 1).is_err());
            }
            prop_assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
            let mut bytes = std::fs::read(&path).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            std::fs::write(&path, &bytes).unwrap();
            let found = open().and_then(|piece| piece.bytes(0..content.len()).map(drop));
            let named = matches!(&found, Err(Error::Damaged { path: seen, .. }) if *seen == path);
            prop_assert!(named, "{}: {:?}", at, found);
        }
    }

    #[test]
    fn a_piece_that_is_cut_or_of_another_kind_is_named() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[7; 1000], "x");
        let path = dir.path().join("piece");
        assert!(matches!(Piece::<String>::open(&path, "other"), Err(Error::Damaged { .. })));
        let whole = std::fs::read(&path).unwrap();
        for len in [0, 7, 8, 64, 1000, whole.len() - 1] {
            std::fs::write(&path, &whole[..len]).unwrap();
            assert!(matches!(Piece::<String>::open(&path, "kind"), Err(Error::Damaged { .. })), "{len}");
        }
    }
}
