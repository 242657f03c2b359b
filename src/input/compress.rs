//! Compressed bytes to bytes: gzip of any number of members, zstd of any number of frames, bzip2 and xz of any number of
//! streams, or nothing to do.
//!
//! What a file is, its first bytes tell, never its name. The bytes pass a [`Meter`] on their way in, so that the digest
//! and the size in `run.json` are those of the file as it is on disk, and a failing disk is told from a damaged archive.
//! A decoder holds its window and nothing else, whatever the archive says of itself: [`MOST_WINDOW`] at most.

use super::gzip::Members;
use crate::hash::Digest;
use std::io::{self, BufReader, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
}

impl Compression {
    /// By the first bytes (RFC 1952; RFC 8878, skippable frames included; bzip2 and xz by their formats' descriptions).
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Compression::Bzip2,
            [0xfd, b'7', b'z', b'X', ..] => Compression::Xz,
            _ => Compression::None,
        }
    }

    /// Whether a file of this name says that it is compressed.
    pub(super) fn is_ending(ending: &str) -> bool {
        matches!(ending, "gz" | "gzip" | "zst" | "zstd" | "bz2" | "xz")
    }
}

/// The most memory that a decoder may take: what `xz -9` and `zstd --ultra` ask for, with room to spare.
const MOST_WINDOW: u64 = 256 << 20;

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

/// The bytes of `raw` as they are, how they are compressed, and what of them has passed.
pub(super) fn meter(raw: impl Read + Send + 'static) -> io::Result<(Box<dyn Read + Send>, Compression, Passed)> {
    let passed = Passed::default();
    let mut metered = Meter { inner: raw, passed: passed.clone() };
    let mut head = [0u8; 4];
    let filled = read_up_to(&mut metered, &mut head)?;
    let whole = Cursor::new(head).take(filled as u64).chain(metered);
    Ok((Box::new(whole), Compression::of(&head[..filled]), passed))
}

/// The decompressed bytes of `whole`.
pub(super) fn decompress(
    whole: impl Read + Send + 'static,
    compression: Compression,
) -> io::Result<Box<dyn Read + Send>> {
    Ok(match compression {
        Compression::None => Box::new(whole),
        Compression::Gzip => Box::new(Members::new(whole)),
        Compression::Zstd => Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(PIECE, whole))?),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(BufReader::with_capacity(PIECE, whole))),
        Compression::Xz => {
            let (limit, streams) = (MOST_WINDOW, liblzma::stream::CONCATENATED);
            let decoder = liblzma::stream::Stream::new_stream_decoder(limit, streams).map_err(io::Error::other)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(BufReader::with_capacity(PIECE, whole), decoder))
        }
    })
}

/// What the first bytes of a file, compressed as they are, unpack to; whatever the decoder says of the missing rest.
pub(super) fn unpacked(head: &[u8]) -> Vec<u8> {
    let mut plain = vec![0; head.len()];
    let mut filled = 0;
    if let Ok(mut reader) = decompress(Cursor::new(head.to_vec()), Compression::of(head)) {
        while let Ok(read @ 1..) = reader.read(&mut plain[filled..]) {
            filled += read;
        }
    }
    plain.truncate(filled);
    plain
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
