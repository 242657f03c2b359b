//! Labels of a file: (id, label) from JSON Lines.
//!
//! Law: each line that is not blank is either one row or counted as skipped. Ids and labels are strings, or numbers as
//! they are written, so that `7` and `"7"` are one id, as the ids of a result are text. All else in a line is looked
//! over and not held. Time: one pass. Memory: the ids and labels, and the longest line. Bad case: a line of a gigabyte
//! is read whole.

use crate::output;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

/// What of a result is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field {
    /// The event a document is about.
    #[default]
    Event,
    /// The near-duplicate group it is in.
    Group,
}

impl Field {
    /// The field's name in the files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Group => "group",
        }
    }
}

/// Why labels could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A folder that is no result.
    #[error("{}: not a result of newsfold: it holds no articles.jsonl", .0.display())]
    NotAResult(PathBuf),
    /// A file that cannot be opened or read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The labels of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Id and label, in the order of the file; of an id that stands there twice, [`score`](super::score) takes the
    /// first.
    pub rows: Vec<(String, String)>,
    /// How many lines are not JSON objects, or lack the id or the label; blank lines are not lines.
    pub skipped: u64,
    /// The first of them, counted from 1.
    pub first_skipped: Option<u64>,
}

/// Reads id and label from the JSON Lines at `path`: a result's folder (then its `articles.jsonl`) or a file.
///
/// Ids and labels are strings, or numbers as they are written. Lines without them are skipped and counted.
pub fn read_labels(path: &Path, field: Field) -> Result<Labels, Error> {
    let file = if path.is_dir() { path.join("articles.jsonl") } else { path.to_path_buf() };
    match output::open(&file).and_then(|(_, opened)| labels_of(opened, field)) {
        Err(e) if path.is_dir() && e.kind() == io::ErrorKind::NotFound => Err(Error::NotAResult(path.to_path_buf())),
        read => read.map_err(|source| Error::Read { path: file, source }),
    }
}

/// What [`read_labels`] does, from anything that can be read.
fn labels_of(mut input: impl BufRead, field: Field) -> io::Result<Labels> {
    let (mut labels, mut line, mut number) = (Labels::default(), Vec::new(), 0);
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(labels);
        }
        number += 1;
        let record = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&line).trim_ascii();
        if record.is_empty() {
            continue;
        }
        match row(record, field) {
            Some(row) => labels.rows.push(row),
            None => {
                labels.skipped += 1;
                labels.first_skipped.get_or_insert(number);
            }
        }
    }
}

/// The fields that are looked at; all others are skipped without being held.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    group: Option<&'a RawValue>,
}

fn row(record: &[u8], field: Field) -> Option<(String, String)> {
    // serde would read an array as the struct's fields in order
    if record.first() != Some(&b'{') {
        return None;
    }
    let record: Record = serde_json::from_slice(record).ok()?;
    let label = match field {
        Field::Event => record.event,
        Field::Group => record.group,
    };
    Some((written(record.id?)?, written(label?)?))
}

/// A string's content, a number as it is written; nothing else names anything.
fn written(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => serde_json::from_str(value.get()).ok(),
        b'-' | b'0'..=b'9' => Some(value.get().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_where_they_can_be() {
        let lines = "\u{feff}{\"id\": \"a\", \"event\": \"x\", \"text\": \"\\ud800\"}\r\n\
            {\"id\": 7, \"group\": \"g\", \"event\": 1.50}\n\n\
            not json\n[\"a\", \"b\", \"c\"]\n{\"id\": \"b\"}\n{\"id\": null, \"event\": \"x\"}\n\
            {\"id\": \"c\", \"event\": {\"x\": 1}}\n{\"event\": \"q\\\"\\u00e9\", \"id\": \"a\"}";
        let labels = labels_of(lines.as_bytes(), Field::Event).unwrap();
        let row = |id: &str, label: &str| (id.to_owned(), label.to_owned());
        assert_eq!(labels.rows, [row("a", "x"), row("7", "1.50"), row("a", "q\"é")]);
        assert_eq!((labels.skipped, labels.first_skipped), (5, Some(4)));
        assert_eq!(labels_of(lines.as_bytes(), Field::Group).unwrap().rows, [row("7", "g")]);
        assert_eq!(labels_of(&b"{\"id\": \"\xff\", \"event\": 1}\n"[..], Field::Event).unwrap().skipped, 1);
    }

    #[test]
    fn a_result_is_its_folder_or_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let refused = read_labels(folder.path(), Field::Event).unwrap_err();
        assert!(matches!(refused, Error::NotAResult(_)));
        let file = folder.path().join("articles.jsonl");
        let absent = read_labels(&file, Field::Event).unwrap_err();
        assert!(absent.to_string().contains("articles.jsonl"));
        std::fs::write(&file, "{\"id\": \"a\", \"group\": \"a\", \"event\": \"e\"}\n").unwrap();
        assert_eq!(read_labels(folder.path(), Field::Group).unwrap().rows.len(), 1);
        assert_eq!(read_labels(folder.path(), Field::Group).unwrap(), read_labels(&file, Field::Group).unwrap());
    }
}
