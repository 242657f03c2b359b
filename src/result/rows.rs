//! A table, row after row.
//!
//! Linear; memory: the longest line.

use crate::error::Error;
use crate::output;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Hands what is wanted of every row of the table `path` to `take`, in order; a table that is not there has none.
pub fn rows<T: DeserializeOwned>(path: &Path, mut take: impl FnMut(T)) -> Result<(), Error> {
    let mut table = match output::open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(Error::file("read", path))?.1,
    };
    let (mut line, mut number) = (Vec::new(), 0);
    while table.read_until(b'\n', &mut line).map_err(Error::file("read", path))? > 0 {
        number += 1;
        let wrong = |e: serde_json::Error| Error::Table { path: path.to_owned(), line: number, why: e.to_string() };
        take(serde_json::from_slice(&line).map_err(wrong)?);
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_in_order_and_a_broken_one_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.jsonl");
        let read = || {
            let mut all = Vec::new();
            rows(&path, |row: Vec<u32>| all.extend(row)).map(|()| all)
        };
        assert!(read().unwrap().is_empty());
        std::fs::write(&path, "[1]\n[2,3]\n[]").unwrap();
        assert_eq!(read().unwrap(), [1, 2, 3]);
        std::fs::write(&path, "[1]\n{").unwrap();
        assert!(matches!(read(), Err(Error::Table { line: 2, .. })));
    }
}
