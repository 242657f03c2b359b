//! What is written and not yet part of the store: it goes again unless it becomes so, whether the run fails or is told to
//! stop. What a run leaves that is killed, [`Store::clear`](super::Store) finds.

use crate::disk;
use crate::output::{self, grow};
use std::io;
use std::path::{Path, PathBuf};

pub(super) struct Half {
    path: Option<PathBuf>,
    _registered: output::Growing,
}

impl Half {
    /// A new folder.
    pub(super) fn folder(path: &Path) -> io::Result<Self> {
        Half::of(path, disk::create_folder)
    }

    /// A new file.
    pub(super) fn file(path: &Path, content: &[u8]) -> io::Result<Self> {
        Half::of(path, |path| {
            // What does not fit on the disk leaves no part of it.
            disk::write(path, content).inspect_err(|_| _ = disk::remove(path))
        })
    }

    fn of(path: &Path, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<Self> {
        let (path, _registered) = grow(|| make(path).map(|()| path.to_owned()))?;
        Ok(Half { path: Some(path), _registered })
    }

    /// It is about to be part of the store.
    pub(super) fn stays(mut self) {
        self.path = None;
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        _ = self.path.take().map(|path| disk::remove(&path));
    }
}
