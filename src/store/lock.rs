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
    let mut file = open(&path, access).map_err(Error::file("open", &path))?;
    let locked = match access {
        Access::Read => file.try_lock_shared(),
        Access::Write => file.try_lock(),
    };
    match locked {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::StoreInUse { dir: store.to_owned(), holder: holder(&mut file) });
        }
        Err(TryLockError::Error(e)) => return Err(Error::file("lock", &path)(e)),
    }
    if access == Access::Write {
        sign(&mut file).map_err(Error::file("write", &path))?;
    }
    Ok(file)
}

/// Who only looks needs no right to write; but a store that was copied may lack the file.
fn open(path: &Path, access: Access) -> io::Result<File> {
    match File::open(path) {
        Ok(file) if access == Access::Read => Ok(file),
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path),
    }
}

/// Who holds a lock that cannot be had. Those who look at the store do not sign, and what stands there then is of somebody
/// who has long ended; whoever changes it lets nobody look.
fn holder(file: &mut File) -> String {
    let mut holder = String::new();
    if file.try_lock_shared().is_ok() {
        return "a process that looks at it".to_owned();
    }
    _ = file.read_to_string(&mut holder);
    let holder = holder.trim();
    if holder.is_empty() { "another process".to_owned() } else { holder.to_owned() }
}

fn sign(file: &mut File) -> io::Result<()> {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let verb = std::env::args().nth(1).unwrap_or_default();
    file.set_len(0)?;
    write!(file, "process {} (newsfold {verb}) on {}", std::process::id(), host.trim())
}
