//! Columns: a value a document, appended as documents arrive, read anywhere at any time.
//!
//! A column lives in memory until it is told to [`Column::spill`]: then it moves into a nameless file in `--temp`, which
//! the system removes with the process, and is mapped. Whoever reads it sees no difference. Pages of a mapped column count
//! as memory of the process as long as they are mapped, so after every few MiB that were touched all are let go; what is
//! read again comes back from the system's cache or the disk. Time O(1) a value; memory its bytes, or [`MAPPED`] at most.

use crate::cpu;
use crate::error::Error;
use bytemuck::Pod;
use memmap2::{MmapMut, UncheckedAdvice};
use rustix::fs::{FallocateFlags, fallocate};
use std::fmt;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the system maps at one touch, at most (`fault_around_bytes` of Linux).
const WINDOW: usize = 64 << 10;
/// Bytes of a mapped column that are resident at most.
pub const MAPPED: usize = 4 << 20;
/// A file grows by this much at least.
const GROWTH: usize = 1 << 20;

/// A value a document.
#[derive(Debug)]
pub enum Column<T> {
    /// In memory.
    Held(Vec<T>),
    /// In a file.
    Mapped(Mapped<T>),
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Column::Held(Vec::new())
    }
}

impl<T: Pod> Column<T> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        match self {
            Column::Held(values) => values.len(),
            Column::Mapped(mapped) => mapped.len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes it holds in memory.
    pub fn held_bytes(&self) -> usize {
        match self {
            Column::Held(values) => size_of_val(&**values),
            Column::Mapped(_) => 0,
        }
    }

    /// The value at a place.
    #[inline]
    pub fn get(&self, at: usize) -> T {
        self.slice(at..at + 1)[0]
    }

    /// Some values in a row.
    #[inline]
    pub fn slice(&self, range: Range<usize>) -> &[T] {
        match self {
            Column::Held(values) => &values[range],
            Column::Mapped(mapped) => mapped.slice(range),
        }
    }

    /// Brings some values near, for who will look at them soon; what has spilled is not touched for that.
    #[inline]
    pub(crate) fn bring_near(&self, range: Range<usize>) {
        if let Column::Held(values) = self {
            cpu::bring_all_near(&values[range]);
        }
    }

    /// Appends a value; fails only where a file must grow and cannot.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), Error> {
        self.extend(&[value])
    }

    /// Appends values; fails only where a file must grow and cannot.
    #[inline]
    pub fn extend(&mut self, values: &[T]) -> Result<(), Error> {
        match self {
            Column::Held(held) => held.extend_from_slice(values),
            Column::Mapped(mapped) => mapped.extend(values)?,
        }
        Ok(())
    }

    /// Puts `values` in the place of as many from `at` on.
    pub fn put(&mut self, at: usize, values: &[T]) {
        match self {
            Column::Held(held) => held[at..at + values.len()].copy_from_slice(values),
            Column::Mapped(mapped) => mapped.put(at, values),
        }
    }

    /// Moves into a file in `temp`, if it has not yet.
    pub fn spill(&mut self, temp: &Path) -> Result<(), Error> {
        if let Column::Held(held) = self {
            let mut mapped = Mapped::new(temp)?;
            mapped.extend(held)?;
            *self = Column::Mapped(mapped);
        }
        Ok(())
    }
}

/// A column in a file that nobody else can see.
pub struct Mapped<T> {
    temp: PathBuf,
    file: File,
    map: MmapMut,
    len: usize,
    /// The window touched last, and how many were touched since all were let go.
    window: AtomicUsize,
    touched: AtomicUsize,
    values: PhantomData<T>,
}

impl<T: Pod> Mapped<T> {
    fn new(temp: &Path) -> Result<Self, Error> {
        let open = || {
            let file = tempfile::tempfile_in(temp)?;
            let map = grown(&file, 0, GROWTH)?;
            Ok((file, map))
        };
        let (file, map) = open().map_err(Error::file("write a temporary file in", temp))?;
        let (window, touched) = (AtomicUsize::new(usize::MAX), AtomicUsize::new(0));
        Ok(Mapped { temp: temp.to_owned(), file, map, len: 0, window, touched, values: PhantomData })
    }

    #[inline]
    fn slice(&self, range: Range<usize>) -> &[T] {
        // The file is larger than its values.
        assert!(range.end <= self.len, "the values end at {}", self.len);
        let bytes = range.start * size_of::<T>()..range.end * size_of::<T>();
        self.touch(&bytes);
        bytemuck::cast_slice(&self.map[bytes])
    }

    fn put(&mut self, at: usize, values: &[T]) {
        assert!(at + values.len() <= self.len, "the values end at {}", self.len);
        let start = at * size_of::<T>();
        let bytes = start..start + size_of_val(values);
        self.map[bytes.clone()].copy_from_slice(bytemuck::cast_slice(values));
        self.touch(&bytes);
    }

    fn extend(&mut self, values: &[T]) -> Result<(), Error> {
        // A piece at a time, so that no more is resident than may be.
        for piece in values.chunks((MAPPED / 4 / size_of::<T>()).max(1)) {
            let start = self.len * size_of::<T>();
            let bytes = start..start + size_of_val(piece);
            if bytes.end > self.map.len() {
                let more = self.map.len() / 2 + bytes.len() + GROWTH;
                let map = grown(&self.file, self.map.len(), more);
                self.map = map.map_err(Error::file("write a temporary file in", &self.temp))?;
            }
            self.map[bytes.clone()].copy_from_slice(bytemuck::cast_slice(piece));
            self.len += piece.len();
            self.touch(&bytes);
        }
        Ok(())
    }

    /// Takes note that bytes are touched, and lets all pages go when they have become many.
    #[inline]
    fn touch(&self, bytes: &Range<usize>) {
        let window = bytes.start / WINDOW;
        if self.window.load(Ordering::Relaxed) == window && bytes.len() <= WINDOW {
            return;
        }
        self.window.store(window, Ordering::Relaxed);
        if self.touched.fetch_add(1 + bytes.len() / WINDOW, Ordering::Relaxed) >= MAPPED / WINDOW {
            self.touched.store(0, Ordering::Relaxed);
            self.let_go();
        }
    }

    #[cold]
    fn let_go(&self) {
        // SAFETY: the mapping is shared with its file, so pages that are let go come back as they were. A system that
        // does not know the advice keeps them, which costs memory and nothing else.
        _ = unsafe { self.map.unchecked_advise(UncheckedAdvice::DontNeed) };
    }
}

impl<T> fmt::Debug for Mapped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mapped({} values in {})", self.len, self.temp.display())
    }
}

/// The file `more` bytes larger, mapped. Its blocks are set aside first: writing to a mapped page of a file that has none,
/// on a full disk, would end the process.
fn grown(file: &File, len: usize, more: usize) -> io::Result<MmapMut> {
    match fallocate(file, FallocateFlags::empty(), len as u64, more as u64) {
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {
            let zeros = vec![0; GROWTH];
            for start in (len..len + more).step_by(GROWTH) {
                file.write_all_at(&zeros[..GROWTH.min(len + more - start)], start as u64)?;
            }
        }
        done => done?,
    }
    // SAFETY: the file has no name, so no other process can change it, and this one does so through the map alone.
    unsafe { MmapMut::map_mut(file) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_spilled_column_is_the_same(
            pieces in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..9000), 1..40), spilled_at in 0usize..40,
        ) {
            let temp = tempfile::tempdir().unwrap();
            let (mut column, mut held) = (Column::default(), Vec::new());
            for (at, piece) in pieces.iter().enumerate() {
                if at == spilled_at % pieces.len() {
                    column.spill(temp.path()).unwrap();
                }
                column.extend(piece).unwrap();
                column.push(at as u64).unwrap();
                held.extend_from_slice(piece);
                held.push(at as u64);
            }
            for (at, piece) in pieces.iter().enumerate() {
                let at = at * 97 % (held.len() - piece.len());
                column.put(at, piece);
                held[at..at + piece.len()].copy_from_slice(piece);
            }
            prop_assert_eq!(column.held_bytes(), 0);
            prop_assert_eq!(column.len(), held.len());
            prop_assert_eq!(column.slice(0..held.len()), &held[..]);
            for at in (0..held.len()).rev().step_by(997) {
                prop_assert_eq!(column.get(at), held[at]);
            }
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let mut column: Column<u8> = Column::default();
        column.push(1).unwrap();
        assert!(
            matches!(column.spill(Path::new("/nowhere/at/all")), Err(Error::File { path, .. }) if path.ends_with("all"))
        );
        assert_eq!(column.get(0), 1);
    }
}
