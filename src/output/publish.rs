//! A result appears whole or not at all.
//!
//! Everything is written into a hidden folder beside the final one, synced, and exchanged with it in one system call
//! (Linux `renameat2` with `RENAME_EXCHANGE`; elsewhere renames). Whoever reads the final folder sees the old result
//! or the new one. A run that fails removes what it wrote, and so does [one that is stopped](super::stop); what one that was
//! killed has left, a later run to the same folder removes: it is a minute old, and nobody holds a lock on it.

use super::growing::{self, Growing};
use super::{Format, Kind, Table};
use crate::disk;
use crate::error::Error;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// The file that tells a result of newsfold from any other folder.
const MARK: &str = "run.json";
/// All that newsfold writes into a result, without the ending of its format or compression.
const OWN: [&str; 11] =
    ["articles", "groups", "events", "kept", "edges", "annotated", "rejects", "changes", "versions", "run", "report"];
/// How the name of a folder or file ends in which something grows.
pub(crate) const ENDING: &str = ".newsfold";
/// Characters that chance chooses in such a name.
pub(crate) const BY_CHANCE: usize = 6;
/// Time enough to lock a folder after making it.
const LEAST_AGE: Duration = Duration::from_secs(60);

/// What a result is put in place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    New,
    /// An empty folder.
    Empty,
    /// An earlier result.
    Result,
}

/// Whether `dir` may be written, and what is there.
pub fn check(dir: &Path) -> Result<Place, Error> {
    let refused = |why| Err(Error::Refused { dir: dir.to_owned(), why });
    match fs::symlink_metadata(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Place::New),
        Err(e) => return Err(Error::File { doing: "look at", path: dir.to_owned(), source: e }),
        Ok(kind) if kind.is_symlink() => return refused("it is a link; name the folder itself"),
        Ok(kind) if !kind.is_dir() => return refused("it is a file, not a folder"),
        Ok(_) => {}
    }
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(Error::file("look into", dir))?;
    if entries.is_empty() {
        Ok(Place::Empty)
    } else if is_result(dir) && entries.iter().all(is_own) {
        Ok(Place::Result)
    } else {
        refused("it holds files that newsfold did not write")
    }
}

fn is_own(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let stem = name.to_str().and_then(|name| name.split('.').next());
    entry.file_type().is_ok_and(|kind| kind.is_file()) && stem.is_some_and(|stem| OWN.contains(&stem))
}

fn is_result(dir: &Path) -> bool {
    let mark = fs::read(dir.join(MARK)).unwrap_or_default();
    serde_json::from_slice::<serde_json::Value>(&mark).is_ok_and(|run| run.get("newsfold").is_some())
}

/// The folder in which a result grows.
#[derive(Debug)]
pub struct Staging {
    dir: PathBuf,
    growing: TempDir,
    /// Dropped after the folder itself.
    _registered: Growing,
    /// Tells others that a run is at work; where there are no locks, nothing is ever taken for abandoned.
    _lock: File,
    format: Format,
    /// The files that last already.
    synced: Mutex<BTreeSet<PathBuf>>,
}

impl Staging {
    /// Makes one beside `dir`, which may not exist yet, for tables of a format.
    pub fn new(dir: &Path, format: Format) -> Result<Self, Error> {
        check(dir)?;
        let absolute = std::path::absolute(dir).map_err(Error::file("find", dir))?;
        let refused = Error::Refused { dir: dir.to_owned(), why: "it has no name" };
        let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else { return Err(refused) };
        disk::create_folders(parent).map_err(Error::file("make the folder", parent))?;
        let prefix = format!(".{}.", name.to_string_lossy());
        let make = || tempfile::Builder::new().prefix(&prefix).suffix(ENDING).rand_bytes(BY_CHANCE).tempdir_in(parent);
        let (growing, registered) = growing::grow(make).map_err(Error::file("make a folder in", parent))?;
        let lock = File::open(growing.path()).map_err(Error::file("open", growing.path()))?;
        _ = lock.try_lock();
        clear_abandoned(parent, &prefix, &lock);
        Ok(Staging { dir: absolute, growing, _registered: registered, _lock: lock, format, synced: Mutex::default() })
    }

    /// Where the files are until they are published.
    pub fn path(&self) -> &Path {
        self.growing.path()
    }

    /// A new table.
    pub fn table(&self, kind: Kind) -> Result<Table, Error> {
        Table::of(self.path(), kind, self.format)
    }

    /// Syncs every file that is new since the last time: all that are there must be whole.
    pub fn sync(&self) -> Result<(), Error> {
        let grown = self.growing.path();
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in fs::read_dir(grown).map_err(Error::file("look into", grown))? {
            let path = entry.map_err(Error::file("look into", grown))?.path();
            if synced.contains(&path) {
                continue;
            }
            File::open(&path).and_then(|file| disk::sync_file(&file, &path)).map_err(Error::file("write", &path))?;
            synced.insert(path);
        }
        Ok(())
    }

    /// Syncs what is left and puts the folder in its place; from the latter on, the run is not [stopped](super::stop).
    pub fn publish(self) -> Result<(), Error> {
        self.sync()?;
        let grown = self.growing.path();
        // A temporary folder is its owner's alone; a result is as readable as the one before, or as any new folder.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let earlier = fs::metadata(&self.dir).map(|folder| folder.permissions());
            let mode = earlier.unwrap_or_else(|_| fs::Permissions::from_mode(0o777 & !umask()));
            fs::set_permissions(grown, mode).map_err(Error::file("open up", grown))?;
        }
        disk::sync_folder(grown).map_err(Error::file("sync", grown))?;
        check(&self.dir)?;
        growing::publishing();
        disk::exchange(grown, &self.dir).map_err(Error::file("put the result in place as", &self.dir))?;
        tracing::info!(folder = %self.dir.display(), "the result is in its place");
        // That is the earlier result now, if there was one; what cannot be removed is no reason to fail.
        _ = disk::remove(grown);
        Ok(())
    }
}

/// Removes the folders and files beside `new` in which nothing grows any more, and whose names begin like its own.
pub(crate) fn clear_abandoned(parent: &Path, prefix: &str, new: &File) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let by_chance = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(ENDING));
        let is_alike =
            by_chance.is_some_and(|it| it.len() == BY_CHANCE && it.bytes().all(|b| b.is_ascii_alphanumeric()));
        if is_alike && is_abandoned(&entry.path(), new).unwrap_or(false) {
            // What cannot be removed is no reason to fail.
            _ = disk::remove(&entry.path());
        }
    }
}

/// Whether no run holds a folder's lock, and none is about to. Its age is by the clock of the file system.
fn is_abandoned(dir: &Path, new: &File) -> io::Result<bool> {
    let folder = File::open(dir)?;
    let age = new.metadata()?.modified()?.duration_since(folder.metadata()?.modified()?).unwrap_or_default();
    Ok(age > LEAST_AGE && folder.try_lock().is_ok())
}

/// What new files of this process are denied.
#[cfg(unix)]
fn umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("Umask:")?.trim(), 8).ok());
    mask.unwrap_or(0o022)
}

/// Makes a temporary file, which is its owner's alone, as readable as any new file.
pub(crate) fn open_up(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file, fs::Permissions::from_mode(0o666 & !umask()))?;
    }
    Ok(())
}

/// Replaces one file of a result, whole or not at all.
pub fn replace_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    replace_file_by(path, |file| file.write_all(content))
}

/// Replaces a file by what `write` writes, whole or not at all.
pub fn replace_file_by(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let replace = || {
        let (beside, _registered) = growing::grow(|| tempfile::NamedTempFile::new_in(folder))?;
        open_up(beside.path())?;
        let mut file = BufWriter::new(disk::create(beside.path())?);
        write(&mut file)?;
        file.flush()?;
        disk::sync_file(file.get_ref(), beside.path())?;
        disk::rename(beside.path(), path)
    };
    replace().map_err(Error::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(dir: &Path, content: &str) -> Result<(), Error> {
        let staging = Staging::new(dir, Format::Jsonl)?;
        fs::write(staging.path().join(MARK), format!("{{\"newsfold\":\"{content}\"}}")).unwrap();
        staging.publish()
    }

    #[test]
    fn a_result_replaces_nothing_but_a_result() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("deep/er/out");
        grow(&dir, "1").unwrap();
        fs::write(dir.join("kept.jsonl.zst"), "x").unwrap();
        grow(&dir, "2").unwrap();
        assert_eq!(fs::read_to_string(dir.join(MARK)).unwrap(), "{\"newsfold\":\"2\"}");
        assert!(!dir.join("kept.jsonl.zst").exists());
        fs::write(dir.join("notes.txt"), "x").unwrap();
        assert!(matches!(grow(&dir, "3"), Err(Error::Refused { .. })), "somebody's notes are not replaced");
        fs::remove_file(dir.join("notes.txt")).unwrap();
        assert_eq!(fs::read_dir(dir.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");

        let own = temp.path().join("own");
        fs::create_dir(&own).unwrap();
        grow(&own, "into an empty folder").unwrap();
        fs::write(own.join(MARK), "{}").unwrap();
        assert!(matches!(grow(&own, "x"), Err(Error::Refused { .. })));
        let file = temp.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(grow(&file, "x"), Err(Error::Refused { .. })));
    }

    #[test]
    fn what_is_not_published_leaves_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let staging = Staging::new(&temp.path().join("out"), Format::Jsonl).unwrap();
        fs::write(staging.path().join("half"), "x").unwrap();
        drop(staging);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }
}
