//! A table of a finished result, opened again as JSON lines, whatever it was written as.

use super::parquet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What a table may be written as, beside lines as they are.
const ENDINGS: [&str; 4] = ["jsonl", "jsonl.zst", "jsonl.gz", "parquet"];

/// Opens the table `path`, or the same table as it was written instead: compressed, or as Parquet. Tells which it is.
pub fn open(path: &Path) -> io::Result<(PathBuf, Box<dyn BufRead>)> {
    let others = ENDINGS.iter().map(|ending| path.with_extension(ending));
    let found = std::iter::once(path.to_owned()).chain(others).find(|path| path.is_file());
    let path = found.unwrap_or_else(|| path.to_owned());
    let file = File::open(&path)?;
    let reader: Box<dyn BufRead> = match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => Box::new(BufReader::new(parquet::Lines::open(file)?)),
        Some("gz") => Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(file)))),
        Some("zst") => Box::new(BufReader::new(zstd::Decoder::new(file)?)),
        _ => Box::new(BufReader::with_capacity(1 << 16, file)),
    };
    Ok((path, reader))
}
