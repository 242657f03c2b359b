//! What jobs must agree on, and the files of those that have sketched.

use super::cut::Shard;
use super::trim::Trims;
use super::{Going, sketch::KIND};
use crate::catalog::Place;
use crate::error::Error;
use crate::hash;
use crate::input::{Format, Found, Input};
use crate::output::InputRow;
use crate::params::Params;
use crate::pipeline::{Pipeline, Tables, Verb};
use crate::records::{Copied, Copies, Records};
use crate::store::Piece;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What all shards have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) verb: Verb,
    pub(super) parameters: Params,
    /// How many inputs there are.
    pub(super) inputs: u32,
    /// A digest of what they are called, and their sizes.
    pub(super) listing: String,
}

/// What is known about a sketch.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) task: Task,
    pub(super) shard: Shard,
    pub(super) files: Vec<File>,
    /// Files of no known format, of all inputs; the first shard has them.
    pub(super) passed_over: Vec<String>,
    /// Where the sample is that boilerplate is learned from.
    pub(super) sample: Range<usize>,
}

/// An input of a shard, or a part of one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct File {
    /// Its place among all inputs.
    pub(super) input: u32,
    pub(super) name: String,
    pub(super) below: String,
    pub(super) path: Option<PathBuf>,
    pub(super) format: Format,
    pub(super) is_file: bool,
    /// Whether its records are read again where they are.
    pub(super) is_plain: bool,
    /// Lines, or records, of this part.
    pub(super) lines: u64,
    /// Where the sketch tells of it.
    pub(super) frames: Range<usize>,
    /// What was read; of an input that is cut, the last part has it.
    pub(super) read: Option<InputRow>,
}

/// The files of all shards, in their order.
pub(super) struct Sketches {
    pub(super) dir: PathBuf,
    pub(super) pieces: Vec<Arc<Piece<About>>>,
    pub(super) job: Pipeline,
    pub(super) inputs: Vec<Input>,
    pub(super) passed_over: Vec<String>,
    pub(super) rows: Vec<InputRow>,
    /// A digest of all that decides what is found: the task, and what was read.
    pub(super) state: String,
}

/// What a job's file is called.
pub(super) fn name(step: &str, shard: Shard) -> String {
    let Shard { first, last, of } = shard;
    if first == last { format!("{step}-{first}-of-{of}") } else { format!("{step}-{first}-{last}-of-{of}") }
}

/// Opens a file of a kind that this newsfold wrote.
pub(super) fn open<T: DeserializeOwned>(path: &Path, kind: &str) -> Result<Piece<T>, Error> {
    let piece = Piece::open(path, kind)?;
    let (theirs, ours) = (&piece.newsfold, env!("CARGO_PKG_VERSION"));
    if theirs != ours {
        let why = format!("newsfold {theirs} made it, and this is {ours}: make it again");
        return Err(Error::Misfit { path: path.to_owned(), why });
    }
    Ok(piece)
}

/// The files in a folder whose names are a word and numbers.
pub(super) fn named(dir: &Path, begins: &str) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(Error::file("look into", dir))?;
    let is_one = |name: &str| name.starts_with(begins) && name.ends_with(|last: char| last.is_ascii_digit());
    let mut names: Vec<_> = entries.iter().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| is_one(name));
    names.sort_unstable();
    Ok(names.iter().map(|name| dir.join(name)).collect())
}

impl Sketches {
    /// Opens those in `dir`; fails where some are missing, or do not go together.
    pub(super) fn open(dir: &Path) -> Result<Self, Error> {
        let open_one = |path: &PathBuf| open(path, KIND);
        let mut pieces: Vec<Piece<About>> = named(dir, "sketch-")?.iter().map(open_one).collect::<Result<_, _>>()?;
        pieces.sort_unstable_by_key(|piece| piece.about.shard);
        let lacking = |what: String| Error::Lacking { dir: dir.to_owned(), what };
        let Some(first) = pieces.first() else {
            let what = "shards: newsfold sketch INPUT... --shard i/n makes them, with --out and this folder";
            return Err(lacking(what.to_owned()));
        };
        let mut next = 1;
        for piece in &pieces {
            let misfit = |why: String| Error::Misfit { path: piece.path.clone(), why };
            if let Some(other) = differs(&first.about, &piece.about) {
                return Err(misfit(format!(
                    "{other} in {}: make it again, or remove one of them",
                    first.path.display()
                )));
            }
            let shard = piece.about.shard;
            if shard.first < next {
                let why = format!("another file has shard {} of {} as well: remove one of them", shard.first, shard.of);
                return Err(misfit(why));
            }
            if shard.first > next {
                break;
            }
            next = shard.last + 1;
        }
        let of = first.about.shard.of;
        if next <= of {
            let missing =
                missing(pieces.iter().map(|piece| piece.about.shard.first..piece.about.shard.last + 1), 1..of + 1);
            let missing: Vec<Shard> =
                missing.into_iter().map(|range| Shard { first: range.start, last: range.end - 1, of }).collect();
            let written = missing.iter().map(Shard::to_string).collect::<Vec<_>>().join(", ");
            let what = format!("the shards {written}: newsfold sketch INPUT... --shard {} makes the first", missing[0]);
            return Err(lacking(what));
        }
        Sketches::of_all(dir, pieces)
    }

    fn of_all(dir: &Path, pieces: Vec<Piece<About>>) -> Result<Self, Error> {
        let task = pieces[0].about.task.clone();
        let passed_over = pieces[0].about.passed_over.clone();
        let (mut inputs, mut rows) = (Vec::new(), Vec::new());
        for piece in &pieces {
            for file in &piece.about.files {
                let (input, is_read) = (file.input as usize, rows.len() == inputs.len());
                // An input ends before the next begins.
                if input == inputs.len() && is_read {
                    let File { name, below, path, format, is_file, .. } = file;
                    let (name, below, path) = (name.clone(), below.clone(), path.clone());
                    inputs.push(Input { name, path, below, format: *format, is_file: *is_file, frame: None });
                } else if input + 1 != inputs.len() || is_read {
                    return Err(piece.damaged("its inputs do not follow those of the shard before"));
                }
                rows.extend(file.read.clone());
            }
        }
        let last = &pieces[pieces.len() - 1];
        if inputs.len() != task.inputs as usize || rows.len() != inputs.len() {
            return Err(last.damaged("the last of the inputs is not in it"));
        }
        let written =
            serde_json::to_vec(&(env!("CARGO_PKG_VERSION"), &task, &rows)).map_err(|e| Error::Output(e.into()))?;
        let Task { verb, parameters: params, .. } = task;
        let job = Pipeline { params, ..Pipeline::new(verb, Vec::<String>::new()) };
        job.params.validate()?;
        let pieces = pieces.into_iter().map(Arc::new).collect();
        Ok(Sketches { dir: dir.to_owned(), pieces, job, inputs, passed_over, rows, state: hash::digest(&written) })
    }

    /// The job that they are parts of, to be gone about so.
    pub(super) fn job(&self, going: &Going, tables: Tables) -> Pipeline {
        let Going { temp, memory, threads } = going.clone();
        Pipeline { temp, memory, threads, tables, ..self.job.clone() }
    }

    /// The sketch of a shard, and its place among all.
    pub(super) fn of(&self, shard: Shard) -> Result<(usize, &Piece<About>), Error> {
        let at = self.pieces.iter().position(|piece| piece.about.shard == shard);
        at.map(|at| (at, &*self.pieces[at])).ok_or_else(|| {
            let written = self.pieces.iter().map(|piece| piece.about.shard.to_string()).collect::<Vec<_>>().join(", ");
            let what = format!("a shard {shard}: it has {written}");
            Error::Lacking { dir: self.dir.clone(), what }
        })
    }

    /// The input that the sketch at a place begins with, and how many lines of it the sketches before have.
    pub(super) fn lines_before(&self, at: usize) -> (u32, u64) {
        let Some(first) = self.pieces[at].about.files.first() else { return (u32::MAX, 0) };
        let before = self.pieces[..at].iter().flat_map(|piece| &piece.about.files);
        (first.input, before.filter(|file| file.input == first.input).map(|file| file.lines).sum())
    }

    /// What was trimmed of each shard; nothing, where every line is kept.
    pub(super) fn trims(&self) -> Result<Vec<Trims>, Error> {
        if !self.job.params.boilerplate.learn {
            return Ok(Vec::new());
        }
        let shards = self.pieces.iter().map(|piece| piece.about.shard);
        let missing: Vec<Shard> =
            shards.clone().filter(|&shard| !self.dir.join(name("trim", shard)).exists()).collect();
        if let Some(first) = missing.first() {
            let written = missing.iter().map(Shard::to_string).collect::<Vec<_>>().join(", ");
            let what = format!(
                "what is left of the shards {written} without boilerplate: newsfold trim {} --shard {first} makes the first",
                self.dir.display()
            );
            return Err(Error::Lacking { dir: self.dir.clone(), what });
        }
        shards.map(|shard| Trims::open(self, shard)).collect()
    }

    /// Fails where a file that is read again is not as it was.
    pub(super) fn check_inputs(&self) -> Result<(), Error> {
        let files = self.pieces.iter().flat_map(|piece| &piece.about.files);
        for file in files.filter(|file| file.is_plain) {
            let (row, path) = (&self.rows[file.input as usize], file.path.clone().unwrap_or_default());
            let again = |source| Error::Again { path: row.path.clone(), source };
            if fs::metadata(&path).map_err(again)?.len() != row.bytes {
                return Err(Error::Changed { path: row.path.clone() });
            }
        }
        Ok(())
    }

    /// All records, where they are or where they were copied; what does not fit goes to `temp`.
    pub(super) fn records(&self, temp: &Path) -> Records {
        let copies = self.pieces.iter().map(|piece| Arc::clone(piece) as Copies).collect();
        Records::new(&self.inputs, temp).with_copies(copies)
    }

    /// The file by whose number records are found that the sketch at a place has copied.
    pub(super) fn copies_of(&self, at: usize) -> Result<u32, Error> {
        u32::try_from(self.inputs.len() + at).ok().filter(|&file| file < Place::NOWHERE).ok_or(Error::TooMany)
    }

    /// All inputs as one run would have found them.
    pub(super) fn found(&self) -> Found {
        Found { inputs: self.inputs.clone(), passed_over: self.passed_over.clone() }
    }
}

impl Copied for Piece<About> {
    fn bytes(&self, start: u64, len: usize) -> Result<&[u8], Error> {
        let start = start as usize;
        Piece::bytes(self, start..start + len)
    }
}

/// Fails where a file was made of other sketches than these.
pub(super) fn check_state<T>(piece: &Piece<T>, of: &str, sketches: &Sketches) -> Result<(), Error> {
    if of == sketches.state {
        return Ok(());
    }
    let why =
        "it was made of other inputs or with other options than the sketches beside it: remove it, or make it again";
    Err(Error::Misfit { path: piece.path.clone(), why: why.to_owned() })
}

/// The parts of `all` that no range has.
pub(super) fn missing<T: Copy + Ord>(ranges: impl Iterator<Item = Range<T>>, all: Range<T>) -> Vec<Range<T>> {
    let mut ranges: Vec<Range<T>> = ranges.collect();
    ranges.sort_unstable_by_key(|range| range.start);
    let (mut missing, mut next) = (Vec::new(), all.start);
    for range in ranges {
        if range.start > next {
            missing.push(next..range.start);
        }
        next = next.max(range.end);
    }
    if next < all.end {
        missing.push(next..all.end);
    }
    missing
}

/// In what a sketch differs from another that it should go together with.
fn differs(one: &About, other: &About) -> Option<String> {
    if one.task.listing != other.task.listing {
        return Some("its inputs are not called or sized as those".to_owned());
    }
    let values = [one, other].map(|about| serde_json::to_value(&about.task).unwrap_or_default());
    let different = different("", &values[0], &values[1]);
    different.or_else(|| {
        let (one, other) = (one.shard.of, other.shard.of);
        (one != other).then(|| format!("it is of {other} shards, and not of {one} as"))
    })
}

/// The first value in which two trees differ, and how.
fn different(path: &str, one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys());
            names.into_iter().find_map(|name| {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                different(&below, one.get(name).unwrap_or(&Value::Null), other.get(name).unwrap_or(&Value::Null))
            })
        }
        (one, other) => (one != other).then(|| format!("its {path} is {other}, and not {one} as")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_differs_is_named() {
        let missing = |ranges: &[Range<u32>]| missing(ranges.iter().cloned(), 1..8);
        assert_eq!(missing(&[4..5, 1..2, 4..6]), [2..4, 6..8]);
        assert!(missing(&[1..3, 3..8]).is_empty());
        let (one, other) = (serde_json::json!({"a": {"b": 1, "c": 2}}), serde_json::json!({"a": {"b": 1, "c": 3}}));
        assert_eq!(different("", &one, &other).unwrap(), "its a.c is 3, and not 2 as");
        assert_eq!(different("", &one, &one), None);
    }
}
