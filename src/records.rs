//! Records read again: where they stand in a plain file, or from the run's own copy of what came as a stream.
//!
//! Text is not kept in memory; what a later stage needs of it (the shingles of candidates, the words of representatives,
//! the lines to keep) it reads again. Records of plain files are read where they are. Records that came through a
//! decoder or a pipe are copied into one nameless file in `--temp` as they pass, which the system removes with the
//! process, however that ends.

use crate::catalog::Place;
use crate::error::Error;
use crate::input::Input;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The records of a run.
#[derive(Debug)]
pub struct Records {
    files: Vec<PathBuf>,
    temp: PathBuf,
    spool: OnceLock<File>,
    spooled: AtomicU64,
}

impl Records {
    /// No records yet; copies go to `temp`.
    pub fn new(inputs: &[Input], temp: &Path) -> Self {
        let files = inputs.iter().map(|input| input.path.clone().unwrap_or_default()).collect();
        Records { files, temp: temp.to_owned(), spool: OnceLock::new(), spooled: AtomicU64::new(0) }
    }

    /// Copies the bytes of some records; tells where they are now. Any thread may, at any time.
    pub fn copy(&self, bytes: &[u8]) -> Result<Place, Error> {
        let write = || {
            let spool = match self.spool.get() {
                Some(spool) => spool,
                // Two threads may make one at once; one of the files is let go, empty.
                None => {
                    let made = tempfile::tempfile_in(&self.temp)?;
                    self.spool.get_or_init(|| made)
                }
            };
            let offset = self.spooled.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            spool.write_all_at(bytes, offset).map(|()| Place { file: Place::SPOOL, len: bytes.len() as u32, offset })
        };
        write().map_err(Error::file("write a temporary file in", &self.temp))
    }

    /// A reader, one a thread.
    pub fn reader(&self) -> Reader<'_> {
        Reader { records: self, open: None, record: Vec::new() }
    }
}

/// Reads records, one after another, into the same buffer.
#[derive(Debug)]
pub struct Reader<'a> {
    records: &'a Records,
    open: Option<(u32, File)>,
    record: Vec<u8>,
}

impl Reader<'_> {
    /// The record at `place`.
    pub fn read(&mut self, place: Place) -> Result<&[u8], Error> {
        self.record.resize(place.len as usize, 0);
        if place.file == Place::SPOOL {
            let spool = self.records.spool.get().ok_or_else(|| self.changed(place))?;
            let read = spool.read_exact_at(&mut self.record, place.offset);
            read.map_err(Error::file("read a temporary file in", &self.records.temp))?;
            return Ok(&self.record);
        }
        let path = &self.records.files[place.file as usize];
        let file = match &mut self.open {
            Some((file, open)) if *file == place.file => open,
            open => &mut open.insert((place.file, File::open(path).map_err(Error::file("open again", path))?)).1,
        };
        match file.read_exact_at(&mut self.record, place.offset) {
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Err(self.changed(place)),
            read => read.map_err(Error::file("read again", path)).map(|()| &*self.record),
        }
    }

    /// What to say when the record at `place` is not what it was.
    pub fn changed(&self, place: Place) -> Error {
        let path = self.records.files.get(place.file as usize).unwrap_or(&self.records.temp);
        Error::Changed { path: path.display().to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Format;

    #[test]
    fn records_are_read_where_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        std::fs::write(&path, "one\ntwo\n").unwrap();
        let (name, format) = (path.display().to_string(), Format::JsonLines);
        let input = Input { below: name.clone(), name, path: Some(path), format, is_file: true };
        let records = Records::new(&[input], dir.path());
        let copies: Vec<Vec<u8>> = (0..3000u32).map(|i| vec![i as u8; i as usize]).collect();
        let places: Vec<Place> = copies.iter().map(|copy| records.copy(copy).unwrap()).collect();
        let mut reader = records.reader();
        assert_eq!(reader.read(Place { file: 0, len: 3, offset: 4 }).unwrap(), b"two");
        for (copy, &place) in copies.iter().zip(&places).rev() {
            assert_eq!(reader.read(place).unwrap(), copy);
        }
        assert!(matches!(reader.read(Place { file: 0, len: 3, offset: 6 }), Err(Error::Changed { .. })));
    }
}
