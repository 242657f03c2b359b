//! What a store consists of: one file, replaced whole, with its own checksum.
//!
//! A line of JSON, and a line with its digest. A night is part of the store from the moment this file names it.

use super::file::{Entry, damaged};
use super::half::Half;
use crate::disk;
use crate::error::Error;
use crate::hash;
use crate::output::InputRow;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// The file's name.
pub(super) const MANIFEST: &str = "manifest";
/// What it is called until it is whole.
pub(super) const GROWING: &str = "manifest.growing";
/// The format that is written and read. That of number 1 packed shingles in another way.
pub(super) const FORMAT: u32 = 2;

/// How documents are read to signatures and terms: stores are of one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Words in a shingle.
    pub width: usize,
    /// Slots in a signature.
    pub slots: usize,
    /// A digest of what some sentences are read to: another one if words are told apart in another way.
    pub sample: String,
}

/// What a store consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    pub(super) newsfold: String,
    pub(super) reading: Reading,
    pub(super) next_serial: u64,
    pub(super) next_segment: u64,
    /// In the order in which they were added.
    pub(super) nights: Vec<NightEntry>,
}

/// A night in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NightEntry {
    pub(super) segment: u64,
    /// Its day, counted from 1970.
    pub(super) day: i32,
    pub(super) inputs: Vec<InputRow>,
    pub(super) documents: u64,
    pub(super) nodes: u64,
    pub(super) groups: u64,
    pub(super) events: u64,
    pub(super) files: BTreeMap<String, Entry>,
}

impl NightEntry {
    pub(super) fn new(day: i32, inputs: Vec<InputRow>) -> Self {
        NightEntry { segment: 0, day, inputs, documents: 0, nodes: 0, groups: 0, events: 0, files: BTreeMap::new() }
    }

    /// The digests of its inputs, in order.
    pub(super) fn digests(inputs: &[InputRow]) -> Vec<&str> {
        let mut digests: Vec<&str> = inputs.iter().map(|input| &*input.digest).collect();
        digests.sort_unstable();
        digests
    }
}

impl Manifest {
    pub(super) fn new(reading: Reading) -> Self {
        let newsfold = env!("CARGO_PKG_VERSION").to_owned();
        Manifest { format: FORMAT, newsfold, reading, next_serial: 0, next_segment: 1, nights: Vec::new() }
    }

    /// Reads that of a store; nothing, where there is none.
    pub(super) fn read(store: &Path) -> Result<Option<Self>, Error> {
        let path = store.join(MANIFEST);
        let text = match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(Error::file("read", &path))?,
        };
        read_signed(&text, &path).map(Some)
    }

    /// Writes it beside that of a store, to be put in place by [`put`].
    pub(super) fn write(&self, store: &Path) -> Result<Half, Error> {
        let (path, json) = (store.join(GROWING), self.json(store)?);
        Half::file(&path, &signed(&json)).map_err(Error::file("write", &path))
    }

    /// All of it, in a line.
    pub(super) fn json(&self, store: &Path) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(io::Error::from).map_err(Error::file("write", &store.join(MANIFEST)))
    }
}

/// Replaces the manifest of a store by what was written beside it.
pub(super) fn put(store: &Path) -> Result<(), Error> {
    let path = store.join(MANIFEST);
    disk::rename(&store.join(GROWING), &path).map_err(Error::file("write", &path))
}

/// Reads a line of JSON that is [`signed`], and of the format that is known.
pub(super) fn read_signed<T: DeserializeOwned>(text: &[u8], path: &Path) -> Result<T, Error> {
    let json = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if signed(json) != text {
        return Err(damaged(path, "its checksum is not that of its content"));
    }
    let format = serde_json::from_slice::<serde_json::Value>(json).ok().and_then(|json| json.get("format")?.as_u64());
    if format != Some(FORMAT.into()) {
        let seen = format.map_or("unknown".to_owned(), |format| format.to_string());
        return Err(damaged(path, &format!("its format is {seen}, and this newsfold knows format {FORMAT}")));
    }
    serde_json::from_slice(json).map_err(|e| damaged(path, &e.to_string()))
}

/// A line of JSON, and one with its digest.
pub(super) fn signed(json: &[u8]) -> Vec<u8> {
    [json, b"\n", hash::digest(json).as_bytes(), b"\n"].concat()
}
