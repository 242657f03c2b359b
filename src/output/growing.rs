//! What is half written, so that a run that is told to stop leaves nothing of it behind.
//!
//! Folders and files that grow beside their final place are made by [`grow`], which keeps a list of them for the whole
//! process. [`stop`] removes what is on the list, and lets nothing more grow or be published while what it returns is
//! held: whoever calls it ends the process then. Before a result is put in place, [`publishing`] is called, and from
//! then on there is nothing to stop: the run has won, and ends by itself. Whoever publishes several things that belong
//! together (a result, then the store that remembers it) calls it before the first.
//!
//! One lock orders all of it, so a stop comes before the first step of a publication or not at all.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What this process has half written.
struct State {
    growing: BTreeSet<PathBuf>,
    is_publishing: bool,
}

static STATE: Mutex<State> = Mutex::new(State { growing: BTreeSet::new(), is_publishing: false });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// On the list until it is dropped.
#[derive(Debug)]
pub(crate) struct Growing(PathBuf);

impl Drop for Growing {
    fn drop(&mut self) {
        state().growing.remove(&self.0);
    }
}

/// Makes a folder or file that is to grow. What comes with it is to be dropped when it is gone, or in its place.
pub(crate) fn grow<T: AsRef<Path>>(make: impl FnOnce() -> io::Result<T>) -> io::Result<(T, Growing)> {
    let mut state = state();
    let made = make()?;
    // The working folder may be another when it is removed.
    let path = std::path::absolute(made.as_ref())?;
    state.growing.insert(path.clone());
    Ok((made, Growing(path)))
}

/// From here on the process publishes, or has done all it was to do, and [`stop`] leaves it alone. Where it was stopped
/// already, this does not return.
pub fn publishing() {
    state().is_publishing = true;
}

/// While it is held, nothing more grows, and nothing is published.
pub struct Stopped {
    _state: MutexGuard<'static, State>,
}

/// Removes all that grows, unless something is being published or has been.
pub fn stop() -> Option<Stopped> {
    let state = state();
    if state.is_publishing {
        return None;
    }
    state.growing.iter().for_each(|path| remove(path));
    Some(Stopped { _state: state })
}

/// Removes a file or folder, into which other threads may go on to write.
fn remove(path: &Path) {
    const TRIES: usize = 100;
    for _ in 0..TRIES {
        let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match removed {
            Err(e) if e.kind() != io::ErrorKind::NotFound => thread::sleep(Duration::from_millis(5)),
            _ => return,
        }
    }
}
