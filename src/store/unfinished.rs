//! What a night had finished when it was ended, for the next run over the same input.
//!
//! A file a stage, `unfinished-NAME`: what it is of, what came of it, and a checksum. They are gone once a night is
//! remembered, and before anything else in the store changes; one that is not whole, or is of another input, is none.

use super::Store;
use super::half::Half;
use crate::disk;
use crate::error::Error;
use crate::hash;
use std::fs;
use std::path::PathBuf;

/// How the names of these files begin.
pub(super) const UNFINISHED: &str = "unfinished-";

impl Store {
    /// What a night depends on besides its input: the store as it is.
    pub fn state(&self) -> Result<Vec<u8>, Error> {
        self.manifest.json(&self.dir)
    }

    /// What came of a stage `of` an input and a store, if a run that was ended came so far.
    pub fn unfinished(&self, stage: &str, of: &str) -> Option<Vec<u8>> {
        let written = fs::read(self.unfinished_path(stage)).ok()?;
        let (content, checksum) = written.split_last_chunk()?;
        let is_whole = hash::bytes(content).to_le_bytes() == *checksum;
        content.strip_prefix(of.as_bytes()).filter(|_| is_whole).map(<[u8]>::to_vec)
    }

    /// Keeps what came of a stage until the night is remembered.
    pub fn keep_unfinished(&self, stage: &str, of: &str, content: &[u8]) -> Result<(), Error> {
        let path = self.unfinished_path(stage);
        let mut written = [of.as_bytes(), content].concat();
        let checksum = hash::bytes(&written);
        written.extend(checksum.to_le_bytes());
        let growing = path.with_extension("growing");
        let half = Half::file(&growing, &written).map_err(Error::file("write", &path))?;
        disk::rename(&growing, &path).map_err(Error::file("write", &path))?;
        half.stays();
        Ok(())
    }

    /// Removes what was unfinished.
    pub(super) fn clear_unfinished(&self) -> Result<(), Error> {
        for entry in fs::read_dir(&self.dir).map_err(Error::file("look into", &self.dir))? {
            let entry = entry.map_err(Error::file("look into", &self.dir))?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                disk::remove(&entry.path()).map_err(Error::file("remove", &entry.path()))?;
            }
        }
        Ok(())
    }

    fn unfinished_path(&self, stage: &str) -> PathBuf {
        self.dir.join(format!("{UNFINISHED}{stage}"))
    }
}
