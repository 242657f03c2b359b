//! A table as lines, and the first rows of an order.
//!
//! [`Lines`] holds one line of a file, plain or compressed; [`First`] the smallest keys of all that were offered, in a
//! B-tree whose last key leaves for a smaller one: O(log limit) a row. Bad case: a table in reverse order.

use super::ReportError;
use crate::output;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::PathBuf;

/// A file of one JSON value a line, one line in memory.
pub(super) struct Lines {
    pub(super) path: PathBuf,
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
    pub(super) number: u64,
}

impl Lines {
    /// Opens a table, as it was written; none where there is no such file.
    pub(super) fn open(path: PathBuf) -> Result<Option<Self>, ReportError> {
        let (path, reader) = match output::open(&path) {
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ReportError::Unreadable { path, line: 1, source }),
            Ok(opened) => opened,
        };
        Ok(Some(Self { path, reader, line: Vec::new(), number: 0 }))
    }

    /// Reads the next line; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, ReportError> {
        self.line.clear();
        match self.reader.read_until(b'\n', &mut self.line) {
            Err(source) => Err(ReportError::Unreadable { path: self.path.clone(), line: self.number + 1, source }),
            Ok(0) => Ok(false),
            Ok(_) => {
                self.number += 1;
                Ok(true)
            }
        }
    }

    /// The line just read.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.line
    }

    /// The line just read, as a row.
    pub(super) fn row<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ReportError> {
        // One look at the whole line costs less than one at each of its strings; who is no text is named by the parser.
        let row = match simdutf8::basic::from_utf8(&self.line) {
            Ok(line) => serde_json::from_str(line),
            Err(_) => serde_json::from_slice(&self.line),
        };
        row.map_err(|source| ReportError::Malformed { path: self.path.clone(), line: self.number, source })
    }
}

/// The `limit` smallest keys of all that were offered, with what belongs to them, in order.
#[derive(Debug)]
pub(super) struct First<K, V> {
    limit: usize,
    /// Apart from their keys, which move whenever others come before them.
    pub(super) held: BTreeMap<K, Box<V>>,
}

impl<K: Ord, V> First<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, held: BTreeMap::new() }
    }

    pub(super) fn wants(&self, key: &K) -> bool {
        self.held.len() < self.limit || self.held.last_key_value().is_some_and(|(last, _)| key < last)
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        self.held.insert(key, Box::new(value));
        if self.held.len() > self.limit {
            self.held.pop_last();
        }
    }
}
