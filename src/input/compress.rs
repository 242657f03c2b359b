//! Compressed bytes to bytes: gzip of any number of members, zstd of any number of frames, or nothing to do.
//!
//! What a file is, its first bytes tell, never its name. The bytes pass a [`Meter`] on their way in, so that the digest
//! and the size in `run.json` are those of the file as it is on disk, and a failing disk is told from a damaged archive.

use crate::hash::Digest;
use std::io::{self, BufReader, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// By the first bytes (RFC 1952; RFC 8878, skippable frames included).
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// Compressed input is handed to its decoder in pieces of this size.
const PIECE: usize = 256 << 10;

/// What passed a [`Meter`].
#[derive(Clone, Default)]
pub(super) struct Passed {
    state: Arc<Mutex<(Digest, Option<io::Error>)>>,
}

impl Passed {
    fn with<T>(&self, look: impl FnOnce(&mut (Digest, Option<io::Error>)) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The digest of what passed.
    pub(super) fn digest(&self) -> Digest {
        self.with(|(digest, _)| digest.clone())
    }

    /// The failure of the file itself, if it failed.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.with(|(_, failure)| failure.take())
    }
}

/// A reader that takes note of what it hands on.
struct Meter<R> {
    inner: R,
    passed: Passed,
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(into) {
            Ok(n) => {
                self.passed.with(|(digest, _)| digest.update(&into[..n]));
                Ok(n)
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Err(e),
            Err(e) => {
                let shown = io::Error::new(e.kind(), e.to_string());
                self.passed.with(|(_, failure)| *failure = Some(e));
                Err(shown)
            }
        }
    }
}

/// The decompressed bytes of `raw`, how it was compressed, and what of it has passed.
pub(super) fn decompress(raw: impl Read + Send + 'static) -> io::Result<(Box<dyn Read + Send>, Compression, Passed)> {
    let passed = Passed::default();
    let mut metered = Meter { inner: raw, passed: passed.clone() };
    let mut head = [0u8; 4];
    let filled = read_up_to(&mut metered, &mut head)?;
    let whole = Cursor::new(head).take(filled as u64).chain(metered);
    let compression = Compression::of(&head[..filled]);
    let plain: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(PIECE, whole))),
        Compression::Zstd => Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(PIECE, whole))?),
    };
    Ok((plain, compression, passed))
}

/// Fills `into` as far as the reader goes.
pub(super) fn read_up_to(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match reader.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
