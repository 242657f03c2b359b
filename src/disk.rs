//! The steps in which files become lasting, each done before the next relies on it.
//!
//! What is written is there after a loss of power only once its file is synced, and found under its name only once its
//! folder is. Every such step passes here, so that a test can end the process between any two of them: in a build with
//! debug assertions `NEWSFOLD_STOP_AT=n` kills it at its nth step. With `NEWSFOLD_STOP_AS=power-loss` whatever was not
//! synced by then is lost first; with `NEWSFOLD_STOP_AS=torn` what was put in the place of something stays there, and new
//! files and the content of all are lost.

use rustix::fs::{CWD, RenameFlags, renameat_with};
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
    fs::create_dir(path)?;
    stopping::created_folder(path);
    Ok(())
}

/// A folder and all above it, as far as they are not there yet; they last.
pub fn create_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    create_folders(parent(path))?;
    match create_folder(path) {
        // Somebody else made it just now.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
        created => created?,
    }
    sync_folder(parent(path))
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

/// Gives a file another name for good, in the place of whatever bore it.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    stopping::step();
    stopping::renaming(from, to)?;
    fs::rename(from, to)?;
    sync_folder(parent(to))?;
    stopping::step();
    Ok(())
}

/// Puts the folder `new` in its `place` for good; if there is another, that is called `new` then.
pub fn exchange(new: &Path, place: &Path) -> io::Result<()> {
    stopping::step();
    stopping::exchanging(new, place);
    match fs::rename(new, place) {
        // There is something in its place: an empty folder was replaced just now, a full one is not.
        Err(e) if matches!(e.kind(), io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists) => {
            if renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE).is_err() {
                let aside = new.with_extension("earlier");
                fs::rename(place, &aside)?;
                fs::rename(new, place)?;
                fs::rename(aside, new)?;
            }
        }
        renamed => renamed?,
    }
    sync_folder(parent(place))
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

/// Writes a file, whose name lasts once its folder is synced.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(content)?;
    sync_file(&file, path)
}

/// The folder that a path is in.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(not(debug_assertions))]
mod stopping {
    use std::io;
    use std::path::Path;

    pub(super) fn step() {}
    pub(super) fn created(_: &Path) {}
    pub(super) fn created_folder(_: &Path) {}
    pub(super) fn file_synced(_: &Path) {}
    pub(super) fn folder_synced(_: &Path) {}
    pub(super) fn renaming(_: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }
    pub(super) fn exchanging(_: &Path, _: &Path) {}
}

#[cfg(debug_assertions)]
mod stopping {
    use super::parent;
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use std::collections::BTreeSet;
    use std::fs;
    use std::io;
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

    static STEPS: AtomicU64 = AtomicU64::new(0);
    static STOP_AT: LazyLock<Option<u64>> = LazyLock::new(|| std::env::var("NEWSFOLD_STOP_AT").ok()?.parse().ok());
    static LOSS: LazyLock<Loss> = LazyLock::new(|| match std::env::var("NEWSFOLD_STOP_AS").as_deref() {
        Ok("power-loss") => Loss::All,
        Ok("torn") => Loss::New,
        _ => Loss::Nothing,
    });
    static STATE: Mutex<State> = Mutex::new(State { unsynced: Vec::new(), synced: BTreeSet::new() });

    /// What is lost of what was not synced.
    #[derive(PartialEq, Eq)]
    enum Loss {
        Nothing,
        New,
        All,
    }

    struct State {
        /// What a loss of power would undo, in the order in which it was done.
        unsynced: Vec<Unsynced>,
        /// Files and folders that were synced under the path they had then.
        synced: BTreeSet<PathBuf>,
    }

    enum Unsynced {
        /// The content of a file.
        Content(PathBuf),
        /// A new file or folder.
        Name(PathBuf),
        /// A name that another file bore, which is kept under the second.
        Renamed(PathBuf, Option<PathBuf>),
        /// A folder that was put in the place of the second, and whether one was there.
        Exchanged(PathBuf, PathBuf, bool),
    }

    fn state() -> MutexGuard<'static, State> {
        STATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn step() {
        if STOP_AT.is_some_and(|at| STEPS.fetch_add(1, Ordering::Relaxed) + 1 == at) {
            let undone = state().unsynced.drain(..).rev().filter(Unsynced::is_lost).collect::<Vec<_>>();
            // That something is gone already is no harm.
            undone.into_iter().for_each(|undone| _ = undone.lose());
            std::process::abort();
        }
    }

    impl Unsynced {
        fn is_lost(&self) -> bool {
            match self {
                Unsynced::Content(_) | Unsynced::Name(_) => *LOSS != Loss::Nothing,
                Unsynced::Renamed(..) | Unsynced::Exchanged(..) => *LOSS == Loss::All,
            }
        }

        fn lose(self) -> io::Result<()> {
            match self {
                Unsynced::Content(path) => {
                    let len = fs::metadata(&path)?.len();
                    fs::OpenOptions::new().write(true).open(&path)?.set_len(len / 2)
                }
                Unsynced::Name(path) if path.is_dir() => fs::remove_dir_all(path),
                Unsynced::Name(path) | Unsynced::Renamed(path, None) => fs::remove_file(path),
                Unsynced::Renamed(path, Some(before)) => fs::rename(before, path),
                Unsynced::Exchanged(new, place, true) if new.exists() => {
                    Ok(renameat_with(CWD, new, CWD, place, RenameFlags::EXCHANGE)?)
                }
                Unsynced::Exchanged(new, place, was_there) => {
                    fs::rename(&place, new)?;
                    if was_there { fs::create_dir(place) } else { Ok(()) }
                }
            }
        }
    }

    pub(super) fn created(path: &Path) {
        if *LOSS != Loss::Nothing {
            let mut state = state();
            state.synced.remove(path);
            state.unsynced.extend([Unsynced::Name(path.to_owned()), Unsynced::Content(path.to_owned())]);
        }
    }

    pub(super) fn created_folder(path: &Path) {
        if *LOSS != Loss::Nothing {
            state().unsynced.push(Unsynced::Name(path.to_owned()));
        }
    }

    pub(super) fn file_synced(path: &Path) {
        let mut state = state();
        state.synced.insert(path.to_owned());
        state.unsynced.retain(|one| !matches!(one, Unsynced::Content(unsynced) if unsynced == path));
    }

    pub(super) fn folder_synced(dir: &Path) {
        let mut state = state();
        state.synced.insert(dir.to_owned());
        state.unsynced.retain(|one| match one {
            Unsynced::Content(_) => true,
            Unsynced::Name(path) | Unsynced::Exchanged(_, path, _) => parent(path) != dir,
            Unsynced::Renamed(path, before) => {
                let is_in = parent(path) == dir;
                if let Some(before) = before.as_ref().filter(|_| is_in) {
                    _ = fs::remove_file(before);
                }
                !is_in
            }
        });
    }

    pub(super) fn renaming(from: &Path, to: &Path) -> io::Result<()> {
        if *LOSS == Loss::Nothing {
            return Ok(());
        }
        let before = to.with_extension("before");
        let keeps = *LOSS == Loss::All && to.exists();
        let before = keeps.then(|| fs::hard_link(to, &before).map(|()| before)).transpose()?;
        let mut state = state();
        state.unsynced.retain(|one| !matches!(one, Unsynced::Name(name) if name == from));
        state.unsynced.push(Unsynced::Renamed(to.to_owned(), before));
        let unsynced = state.unsynced.len();
        state.unsynced.retain(|one| !matches!(one, Unsynced::Content(path) if path == from));
        if state.unsynced.len() < unsynced {
            state.unsynced.push(Unsynced::Content(to.to_owned()));
        }
        Ok(())
    }

    pub(super) fn exchanging(new: &Path, place: &Path) {
        if *LOSS == Loss::Nothing {
            return;
        }
        let mut state = state();
        state.unsynced.push(Unsynced::Exchanged(new.to_owned(), place.to_owned(), place.exists()));
        // Whoever wrote what is in it, what was not synced here was not.
        for file in fs::read_dir(new).into_iter().flatten().flatten().map(|entry| entry.path()) {
            let Some(name) = file.file_name() else { continue };
            let lost = [(new, Unsynced::Name(place.join(name))), (&*file, Unsynced::Content(place.join(name)))];
            let lost = lost.into_iter().filter(|(synced, _)| !state.synced.contains(*synced));
            let lost: Vec<Unsynced> = lost.map(|(_, lost)| lost).collect();
            state.unsynced.extend(lost);
        }
    }
}
