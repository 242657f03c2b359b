//! Records read again: where they stand in a plain file, or from the run's own copy of what came as a stream.
//!
//! Text is not kept in memory; what a later stage needs of it (the shingles of candidates, the words of representatives,
//! the lines to keep) it reads again. Records of plain files are read where they are. Records that came through a
//! decoder or a pipe are copied into one nameless file in `--temp` as they pass, which the system removes with the
//! process, however that ends.

use crate::catalog::Place;
use crate::error::Error;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Copied records are written in pieces of this size.
const PIECE: usize = 1 << 20;

/// The records of a run.
#[derive(Debug)]
pub struct Records {
    files: Vec<PathBuf>,
    temp: PathBuf,
    spool: Option<File>,
    spooled: u64,
    unwritten: Vec<u8>,
}

impl Records {
    /// No records yet; copies go to `temp`.
    pub fn new(files: Vec<PathBuf>, temp: &Path) -> Self {
        Records { files, temp: temp.to_owned(), spool: None, spooled: 0, unwritten: Vec::new() }
    }

    /// Copies a record; tells where it is now.
    pub fn copy(&mut self, record: &[u8]) -> Result<Place, Error> {
        let place =
            Place { file: Place::SPOOL, len: record.len() as u32, offset: self.spooled + self.unwritten.len() as u64 };
        self.unwritten.extend_from_slice(record);
        if self.unwritten.len() >= PIECE {
            self.flush()?;
        }
        Ok(place)
    }

    /// Makes the copies so far readable.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let failed = Error::file("write a temporary file in", &self.temp);
        let written = match &mut self.spool {
            Some(file) => file.write_all(&self.unwritten),
            None => {
                tempfile::tempfile_in(&self.temp).and_then(|file| self.spool.insert(file).write_all(&self.unwritten))
            }
        };
        written.map_err(failed)?;
        self.spooled += self.unwritten.len() as u64;
        self.unwritten.clear();
        Ok(())
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
            let spool = self.records.spool.as_ref().ok_or_else(|| self.changed(place))?;
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

    #[test]
    fn records_are_read_where_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        std::fs::write(&path, "one\ntwo\n").unwrap();
        let mut records = Records::new(vec![path], dir.path());
        let copies: Vec<Vec<u8>> = (0..3000u32).map(|i| vec![i as u8; i as usize]).collect();
        let places: Vec<Place> = copies.iter().map(|copy| records.copy(copy).unwrap()).collect();
        records.flush().unwrap();
        let mut reader = records.reader();
        assert_eq!(reader.read(Place { file: 0, len: 3, offset: 4 }).unwrap(), b"two");
        for (copy, &place) in copies.iter().zip(&places).rev() {
            assert_eq!(reader.read(place).unwrap(), copy);
        }
        assert!(matches!(reader.read(Place { file: 0, len: 3, offset: 6 }), Err(Error::Changed { .. })));
    }
}
