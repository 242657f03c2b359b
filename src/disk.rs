//! The steps in which files become lasting, each done before the next relies on it.
//!
//! What is written is there after a loss of power only once its file is synced, and found under its name only once its
//! folder is. Every such step passes here, so that a test can end the process between any two of them: in a build with
//! debug assertions `NEWSFOLD_STOP_AT=n` kills it at its nth step, and with `NEWSFOLD_STOP_AS=power-loss` whatever was not
//! synced by then is lost first.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// A new file, to be synced by [`sync_file`], its folder by [`sync_folder`].
pub fn create(path: &Path) -> io::Result<File> {
    let file = File::create(path)?;
    stopping::created(path);
    Ok(file)
}

/// A new folder.
pub fn create_folder(path: &Path) -> io::Result<()> {
    stopping::step();
    fs::create_dir(path)
}

/// Makes the content of a file lasting.
pub fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    stopping::step();
    file.sync_all()?;
    stopping::file_synced(path);
    Ok(())
}

/// Makes the names in a folder lasting.
pub fn sync_folder(dir: &Path) -> io::Result<()> {
    stopping::step();
    File::open(dir)?.sync_all()?;
    stopping::folder_synced(dir);
    Ok(())
}

/// Gives a file another name, in the place of whatever bore it.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    stopping::step();
    stopping::renaming(from, to)?;
    fs::rename(from, to)
}

/// Removes a file or a folder that nobody needs any more, if it is there.
pub fn remove(path: &Path) -> io::Result<()> {
    stopping::step();
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Replaces a file, whole or not at all, by way of its neighbour `beside`.
pub fn replace(path: &Path, beside: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create(beside)?;
    file.write_all(content)?;
    sync_file(&file, beside)?;
    rename(beside, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// A step of somebody else's.
pub fn step() {
    stopping::step();
}

#[cfg(not(debug_assertions))]
mod stopping {
    use std::io;
    use std::path::Path;

    pub(super) fn step() {}
    pub(super) fn created(_: &Path) {}
    pub(super) fn file_synced(_: &Path) {}
    pub(super) fn folder_synced(_: &Path) {}
    pub(super) fn renaming(_: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(debug_assertions)]
mod stopping {
    use std::fs;
    use std::io;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

    static STEPS: AtomicU64 = AtomicU64::new(0);
    static STOP_AT: LazyLock<Option<u64>> = LazyLock::new(|| std::env::var("NEWSFOLD_STOP_AT").ok()?.parse().ok());
    static LOSES: LazyLock<bool> =
        LazyLock::new(|| std::env::var_os("NEWSFOLD_STOP_AS").is_some_and(|as_| as_ == "power-loss"));
    static UNSYNCED: Mutex<Vec<Unsynced>> = Mutex::new(Vec::new());

    /// What a loss of power would undo.
    enum Unsynced {
        /// The content of a file.
        Content(PathBuf),
        /// A new name.
        Name(PathBuf),
        /// A name that another file bore, which is kept under the second.
        Renamed(PathBuf, Option<PathBuf>),
    }

    fn unsynced() -> MutexGuard<'static, Vec<Unsynced>> {
        UNSYNCED.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn step() {
        if STOP_AT.is_some_and(|at| STEPS.fetch_add(1, Ordering::Relaxed) + 1 == at) {
            if *LOSES {
                lose();
            }
            std::process::abort();
        }
    }

    fn lose() {
        for undone in unsynced().drain(..).rev() {
            // That something is gone already is no harm.
            _ = match undone {
                Unsynced::Content(path) => fs::metadata(&path)
                    .and_then(|file| fs::OpenOptions::new().write(true).open(&path)?.set_len(file.len() / 2)),
                Unsynced::Name(path) => fs::remove_file(path),
                Unsynced::Renamed(path, Some(before)) => fs::rename(before, path),
                Unsynced::Renamed(path, None) => fs::remove_file(path),
            };
        }
    }

    pub(super) fn created(path: &Path) {
        if *LOSES {
            unsynced().extend([Unsynced::Name(path.to_owned()), Unsynced::Content(path.to_owned())]);
        }
    }

    pub(super) fn file_synced(path: &Path) {
        unsynced().retain(|one| !matches!(one, Unsynced::Content(unsynced) if unsynced == path));
    }

    pub(super) fn folder_synced(dir: &Path) {
        unsynced().retain(|one| match one {
            Unsynced::Content(_) => true,
            Unsynced::Name(path) => path.parent() != Some(dir),
            Unsynced::Renamed(path, before) => {
                let is_in = path.parent() == Some(dir);
                if let Some(before) = before.as_ref().filter(|_| is_in) {
                    _ = fs::remove_file(before);
                }
                !is_in
            }
        });
    }

    pub(super) fn renaming(from: &Path, to: &Path) -> io::Result<()> {
        if !*LOSES {
            return Ok(());
        }
        let before = to.with_extension("before");
        let before = to.exists().then(|| fs::hard_link(to, &before).map(|()| before)).transpose()?;
        unsynced().retain(|one| !matches!(one, Unsynced::Name(name) if name == from));
        unsynced().push(Unsynced::Renamed(to.to_owned(), before));
        Ok(())
    }
}
