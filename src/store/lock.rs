//! One at a time: whoever changes a store holds a lock on it, which ends with the process, however that ends.

use crate::error::Error;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;

/// The file that is locked; it says who holds it.
pub(super) const LOCK: &str = "lock";

/// What is wanted of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To look at it, as others may.
    Read,
    /// To change it, alone.
    Write,
}

/// Takes the lock; fails at once where another process has it, and says which.
pub(super) fn lock(store: &Path, access: Access) -> Result<File, Error> {
    let path = store.join(LOCK);
    let open = match access {
        Access::Read => File::open(&path),
        Access::Write => OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path),
    };
    let mut file = open.map_err(Error::file("open", &path))?;
    let locked = match access {
        Access::Read => file.try_lock_shared(),
        Access::Write => file.try_lock(),
    };
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "another process".to_owned() } else { holder.trim().to_owned() };
            return Err(Error::StoreRefused { dir: store.to_owned(), why: format!("it is in use by {holder}") });
        }
        Err(TryLockError::Error(e)) => return Err(Error::file("lock", &path)(e)),
    }
    if access == Access::Write {
        sign(&mut file).map_err(Error::file("write", &path))?;
    }
    Ok(file)
}

fn sign(file: &mut File) -> io::Result<()> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let verb = std::env::args().nth(1).unwrap_or_default();
    file.set_len(0)?;
    write!(file, "process {} (newsfold {verb}) on {}", std::process::id(), host.trim())
}
