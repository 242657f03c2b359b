//! Records read again: where they stand in a plain file, or from the run's own copy of what came as a stream.
//!
//! Text is not kept in memory; what a later stage needs of it (the shingles of candidates, the words of representatives,
//! the lines to keep) it reads again. Records of plain files are read where they are. Records that came through a
//! decoder or a pipe are copied into one nameless file in `--temp` as they pass, which the system removes with the
//! process, however that ends.

use crate::catalog::Place;
use crate::error::Error;
use crate::input::{Frame, Input, Raw};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// The records of a run.
pub struct Records {
    files: Vec<PathBuf>,
    /// What others have copied, numbered after the files.
    copies: Vec<Copies>,
    /// Rows that are in memory, of the inputs that are such.
    frames: Vec<Option<Frame>>,
    temp: PathBuf,
    spool: OnceLock<File>,
    spooled: AtomicU64,
}

impl Records {
    /// No records yet; copies go to `temp`.
    pub fn new(inputs: &[Input], temp: &Path) -> Self {
        let files = inputs.iter().map(|input| input.path.clone().unwrap_or_default()).collect();
        let frames = inputs.iter().map(|input| input.frame.clone()).collect();
        let (copies, spool, spooled) = (Vec::new(), OnceLock::new(), AtomicU64::new(0));
        Records { files, copies, frames, temp: temp.to_owned(), spool, spooled }
    }

    /// With what others have copied: places in it are of the files that are numbered after all inputs.
    pub(crate) fn with_copies(self, copies: Vec<Copies>) -> Self {
        Records { copies, ..self }
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

    fn copies_of(&self, place: Place) -> Option<&dyn Copied> {
        self.copies.get((place.file as usize).checked_sub(self.files.len())?).map(|copies| &**copies)
    }

    /// The folder where copies go.
    pub(crate) fn temp(&self) -> &Path {
        &self.temp
    }

    /// A reader, one a thread.
    pub fn reader(&self) -> Reader<'_> {
        Reader { records: self, open: None, file: Place::NOWHERE, offset: 0, held: Vec::new(), ahead: 0 }
    }

    /// A reader for one who reads most records, in their order.
    pub fn reader_ahead(&self) -> Reader<'_> {
        Reader { ahead: AHEAD, ..self.reader() }
    }
}

/// Records that others have copied.
pub(crate) trait Copied: Send + Sync {
    /// Some bytes of theirs.
    fn bytes(&self, start: u64, len: usize) -> Result<&[u8], Error>;
}

/// Shared with whoever else looks into the same file.
pub(crate) type Copies = Arc<dyn Copied>;

/// So much is read at once by one who reads ahead.
const AHEAD: usize = 256 << 10;

/// Reads records, one after another, into the same buffer.
pub struct Reader<'a> {
    records: &'a Records,
    open: Option<(u32, File)>,
    /// What is in the buffer: of this file, from here on.
    file: u32,
    offset: u64,
    held: Vec<u8>,
    ahead: usize,
}

impl Reader<'_> {
    /// The record at `place`, in whichever form it is.
    pub fn record(&mut self, place: Place) -> Result<Raw<'_>, Error> {
        match self.records.frames.get(place.file as usize) {
            Some(Some(frame)) => frame.row(place.offset).map(Raw::Row).ok_or_else(|| self.changed(place)),
            _ => self.read(place).map(Raw::Json),
        }
    }

    /// The JSON record at `place`, of a file or a stream.
    pub fn read(&mut self, place: Place) -> Result<&[u8], Error> {
        let len = place.len as usize;
        let start = place.offset.checked_sub(self.offset).filter(|_| self.file == place.file);
        if let Some(start) = start.map(|start| start as usize).filter(|start| start + len <= self.held.len()) {
            return Ok(&self.held[start..start + len]);
        }
        self.fill(place)?;
        self.held.get(..len).ok_or_else(|| self.changed(place))
    }

    /// Fills the buffer from `place` on, with the whole record if the file still has it.
    fn fill(&mut self, place: Place) -> Result<(), Error> {
        let Reader { records, open, held, .. } = self;
        self.file = Place::NOWHERE;
        if let Some(copies) = records.copies_of(place) {
            held.clear();
            held.extend_from_slice(copies.bytes(place.offset, place.len as usize)?);
            (self.file, self.offset) = (place.file, place.offset);
            return Ok(());
        }
        held.resize((place.len as usize).max(self.ahead), 0);
        let (file, failed): (&File, _) = if place.file == Place::SPOOL {
            let failed = Error::file("read a temporary file in", &records.temp);
            match records.spool.get() {
                Some(spool) => (spool, failed),
                None => return Err(self.changed(place)),
            }
        } else {
            let path = &records.files[place.file as usize];
            let file = match open {
                Some((file, open)) if *file == place.file => open,
                open => &mut open.insert((place.file, File::open(path).map_err(Error::file("open again", path))?)).1,
            };
            (file, Error::file("read again", path))
        };
        let filled = read_up_to_at(file, held, place.offset).map_err(failed)?;
        held.truncate(filled);
        (self.file, self.offset) = (place.file, place.offset);
        Ok(())
    }

    /// What to say when the record at `place` is not what it was.
    pub fn changed(&self, place: Place) -> Error {
        let path = self.records.files.get(place.file as usize).unwrap_or(&self.records.temp);
        Error::Changed { path: path.display().to_string() }
    }
}

/// Fills `into` from `offset` on, as far as the file goes.
fn read_up_to_at(file: &File, into: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match file.read_at(&mut into[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
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
        let input = Input { below: name.clone(), name, path: Some(path), format, is_file: true, frame: None };
        let records = Records::new(&[input], dir.path());
        let copies: Vec<Vec<u8>> = (0..3000u32).map(|i| vec![i as u8; i as usize]).collect();
        let places: Vec<Place> = copies.iter().map(|copy| records.copy(copy).unwrap()).collect();
        for mut reader in [records.reader(), records.reader_ahead()] {
            assert_eq!(reader.read(Place { file: 0, len: 3, offset: 4 }).unwrap(), b"two");
            for (copy, &place) in copies.iter().zip(&places).rev().chain(copies.iter().zip(&places)) {
                assert_eq!(reader.read(place).unwrap(), copy);
            }
            assert!(matches!(reader.read(Place { file: 0, len: 3, offset: 6 }), Err(Error::Changed { .. })));
        }
        let mut reader = records.reader();
        assert!(matches!(reader.read(Place { file: 0, len: 3, offset: 6 }), Err(Error::Changed { .. })));
    }
}
