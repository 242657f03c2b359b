//! Arguments to files: a file, a folder, a glob or `-`, each file with its format.
//!
//! A folder means its files in byte order of their paths, folders within included; hidden ones (`.x`, `_x`, as Hadoop
//! and Spark write beside their data) and those of no known format are passed over and named in the result. What is
//! missing or unreadable is an error here, before anything is read. An [address](is_address) means objects in a store.

use super::blocks::SNIFFED;
use super::compress::{Compression, read_up_to, unpacked};
use super::object::{self, is_address};
use super::{Format, Frame, Params};
use crate::error::Error;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A file to read, an object, or standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What users call it: the path as found, the address of an object, or `-`.
    pub name: String,
    /// Where it is; `None` for an object, and for standard input.
    pub path: Option<PathBuf>,
    /// Its path below the argument that named it: what a document of a one-document file is called.
    pub below: String,
    /// How its bytes make documents.
    pub format: Format,
    /// Whether it can be read again, any part of it.
    pub is_file: bool,
    /// The rows that it has in memory, where it is no file at all.
    pub frame: Option<Frame>,
}

impl Input {
    /// Rows in memory, which documents without an id are named after.
    pub fn of_frame(name: &str, frame: Frame) -> Self {
        let (name, below, format) = (name.to_owned(), name.to_owned(), Format::Any);
        Input { name, below, path: None, format, is_file: true, frame: Some(frame) }
    }
}

/// What the arguments mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The files to read, in order.
    pub inputs: Vec<Input>,
    /// Files in folders that are of no known format.
    pub passed_over: Vec<String>,
}

/// The files that `arguments` mean, in their order.
pub fn find(arguments: &[String], params: &Params) -> Result<Found, Error> {
    let mut finder = Finder { found: Found::default(), params };
    for argument in arguments {
        let path = Path::new(argument);
        if argument == "-" {
            let name = "-".to_owned();
            let format = params.format.unwrap_or(Format::Any);
            finder.found.inputs.push(Input {
                below: name.clone(),
                name,
                path: None,
                format,
                is_file: false,
                frame: None,
            });
        } else if is_address(argument) {
            finder.objects(argument)?;
        } else if !path.exists() && argument.contains(['*', '?', '[']) {
            finder.glob(argument)?;
        } else {
            finder.path(path, None)?;
        }
    }
    let found = finder.found;
    for input in &found.inputs {
        tracing::debug!(file = input.name, format = ?input.format, "found an input");
    }
    found.passed_over.iter().for_each(|file| tracing::debug!(file, "passed over: of no format that is read"));
    let formats = || found.formats().into_iter().map(|(format, count)| format!("{format} {count}")).collect::<Vec<_>>();
    tracing::info!(
        inputs = found.inputs.len(),
        bytes = found.bytes(),
        formats = formats().join(", "),
        passed_over = found.passed_over.len(),
        "inputs are found"
    );
    Ok(found)
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Input { path: path.display().to_string(), source }
}

impl Found {
    /// How many inputs there are of each format, by its name.
    pub fn formats(&self) -> BTreeMap<String, u64> {
        let mut formats = BTreeMap::new();
        for input in &self.inputs {
            let name = serde_json::to_value(input.format).ok();
            let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or("any");
            *formats.entry(name.to_owned()).or_default() += 1;
        }
        formats
    }

    /// The size of all inputs, where it is known.
    pub fn bytes(&self) -> Option<u64> {
        let size = |input: &Input| {
            input.path.as_ref().filter(|_| input.is_file).and_then(|path| path.metadata().ok()).map(|file| file.len())
        };
        self.inputs.iter().map(size).sum()
    }

    /// Passes over what lies in `folder`: a result is not its own input.
    pub fn pass_over_below(&mut self, folder: &Path) {
        let lies_below = |input: &Input| {
            input.path.as_ref().and_then(|path| path.canonicalize().ok()).is_some_and(|path| path.starts_with(folder))
        };
        let (below, inputs) = std::mem::take(&mut self.inputs).into_iter().partition(lies_below);
        self.inputs = inputs;
        self.passed_over.extend(Vec::<Input>::into_iter(below).map(|input| input.name));
    }
}

/// Looks at the files.
struct Finder<'p> {
    found: Found,
    params: &'p Params,
}

impl Finder<'_> {
    fn glob(&mut self, pattern: &str) -> Result<(), Error> {
        let bad = |why: String| Error::Input { path: pattern.to_owned(), source: io::Error::other(why) };
        let mut paths = Vec::new();
        for path in glob::glob(pattern).map_err(|e| bad(e.to_string()))? {
            paths.push(path.map_err(|e| bad(e.to_string()))?);
        }
        paths.sort_unstable_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
        if paths.is_empty() {
            return Err(Error::NoMatch { pattern: pattern.to_owned() });
        }
        let root = fixed_part(pattern);
        paths.iter().try_for_each(|path| self.path(path, Some(&root)))
    }

    /// A file or folder; the ids of its documents are below `root`, where a glob has one.
    fn path(&mut self, path: &Path, root: Option<&Path>) -> Result<(), Error> {
        let kind = fs::metadata(path).map_err(unreadable(path))?;
        if kind.is_dir() {
            return self.folder(path, root.unwrap_or(path));
        }
        let root = root.or(path.parent()).unwrap_or(Path::new(""));
        let is_file = kind.is_file();
        // A pipe's first bytes could not be read twice. Named by hand, so meant: a file that says nothing of itself is
        // read as JSON Lines.
        let told = if is_file { self.sniff(path)?.or(Some(Format::JsonLines)) } else { self.params.format };
        self.push(path, root, told.unwrap_or(Format::Any), is_file);
        Ok(())
    }

    fn folder(&mut self, folder: &Path, root: &Path) -> Result<(), Error> {
        let mut files = Vec::new();
        files_below(folder, &mut files)?;
        files.sort_unstable_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
        for path in files {
            match self.sniff(&path)? {
                Some(format) => self.push(&path, root, format, true),
                None => self.found.passed_over.push(path.display().to_string()),
            }
        }
        Ok(())
    }

    fn push(&mut self, path: &Path, root: &Path, format: Format, is_file: bool) {
        let below = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
        let name = path.display().to_string();
        self.found.inputs.push(Input { name, path: Some(path.to_owned()), below, format, is_file, frame: None });
    }

    fn objects(&mut self, address: &str) -> Result<(), Error> {
        let objects = object::find(address)?;
        let is_named = matches!(&objects[..], [object] if object.address == address);
        for object in objects {
            let start =
                || object::start(&object).map_err(|source| Error::Input { path: object.address.clone(), source });
            match self.judge(object.file_name(), start)?.or(is_named.then_some(Format::JsonLines)) {
                Some(format) => {
                    let (name, below) = (object.address, object.below);
                    self.found.inputs.push(Input { name, path: None, below, format, is_file: false, frame: None });
                }
                None => self.found.passed_over.push(object.address),
            }
        }
        Ok(())
    }

    /// The format of a file; that it can be read is seen in any case.
    fn sniff(&self, path: &Path) -> Result<Option<Format>, Error> {
        let mut file = File::open(path).map_err(unreadable(path))?;
        let start = || {
            let mut head = vec![0u8; SNIFFED];
            let filled = read_up_to(&mut file, &mut head).map_err(unreadable(path))?;
            head.truncate(filled);
            Ok(head)
        };
        self.judge(&path.file_name().unwrap_or_default().to_string_lossy(), start)
    }

    /// The format of what is called so: as told, else by its name, else by what it starts with.
    fn judge(&self, name: &str, start: impl FnOnce() -> Result<Vec<u8>, Error>) -> Result<Option<Format>, Error> {
        let mut name = PathBuf::from(name.to_ascii_lowercase());
        if name.extension().and_then(OsStr::to_str).is_some_and(Compression::is_ending) {
            name.set_extension("");
        }
        if let Some(format) = self.params.format.or_else(|| Format::of_name(&name)) {
            return Ok(Some(format));
        }
        let head = start()?;
        let is_packed = Compression::of(&head) != Compression::None;
        let told = Format::of(&unpacked(&head), &self.params.fields);
        // What is packed, and says no more, was meant to be read.
        Ok(told.or(is_packed.then_some(Format::JsonLines)))
    }
}

/// The folders of a glob before its first wildcard.
fn fixed_part(pattern: &str) -> PathBuf {
    let is_fixed = |part: &std::path::Component| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
    Path::new(pattern).components().take_while(is_fixed).collect()
}

/// Every file below `folder` that is not hidden. Links to folders are not followed, so the walk ends.
fn files_below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        if entry.file_name().as_encoded_bytes().starts_with(b".")
            || entry.file_name().as_encoded_bytes().starts_with(b"_")
        {
            continue;
        }
        let path = entry.path();
        if entry.file_type().map_err(unreadable(&path))?.is_dir() {
            files_below(&path, files)?;
        } else if fs::metadata(&path).map_err(unreadable(&path))?.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(arguments: &[String]) -> Result<Found, Error> {
        super::find(arguments, &Params::default())
    }

    #[test]
    fn folders_are_read_in_byte_order_and_without_what_is_no_crawl() {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("b.jsonl", "{}"),
            ("B.txt", "x"),
            ("a/z.ndjson.gz", ""),
            ("a/notes.md", "# x"),
            ("a-0", " {\"text\": 1}"),
            ("_SUCCESS", ""),
            (".hidden.jsonl", "{}"),
            ("c", "id;title;text\n"),
            ("t.csv.xz", ""),
            ("deep/er/x.TXT", ""),
            ("w", "WARC/1.0"),
            ("packed", "\x1f\u{0}"),
        ] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let found = find(&[dir.path().display().to_string()]).unwrap();
        let below: Vec<&str> = found.inputs.iter().map(|input| input.below.as_str()).collect();
        assert_eq!(below, ["B.txt", "a-0", "a/z.ndjson.gz", "b.jsonl", "c", "deep/er/x.TXT", "t.csv.xz", "w"]);
        assert_eq!(found.passed_over.len(), 2);
        let formats = [Format::PlainText, Format::JsonLines, Format::JsonLines, Format::JsonLines, Format::Csv];
        assert_eq!(found.inputs.iter().map(|input| input.format).collect::<Vec<_>>()[..5], formats);
        assert_eq!(found.inputs[7].format, Format::Warc);
        let globbed = find(&[dir.path().join("*.[jt]*").display().to_string()]).unwrap();
        assert_eq!(globbed.inputs.len(), 2 + 1, "a glob that names a hidden file means it");
    }

    #[test]
    fn what_is_missing_or_not_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        assert!(matches!(find(&[path("none.jsonl")]), Err(Error::Input { path: p, .. }) if p == path("none.jsonl")));
        assert!(matches!(find(&[path("*.jsonl")]), Err(Error::NoMatch { .. })));
        assert_eq!(find(&["-".to_owned()]).unwrap().inputs[0].path, None);
    }
}
