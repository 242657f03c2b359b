//! Stands for `parquet.rs` in a build without it: says so.

use super::Kind;
use std::fs::File;
use std::io::{self, Read};

/// Nothing that can be.
pub(super) enum Rows {}

/// Nothing that can be.
pub(super) enum Lines {}

fn left_out<T>() -> io::Result<T> {
    Err(io::Error::other("this newsfold was built without Parquet: build it with --features parquet"))
}

impl Rows {
    pub(super) fn create(_: File, _: Kind) -> io::Result<Self> {
        left_out()
    }

    pub(super) fn row(&mut self, _: &[u8]) -> io::Result<()> {
        match *self {}
    }

    pub(super) fn finish(self) -> io::Result<()> {
        match self {}
    }
}

impl Lines {
    pub(super) fn open(_: File) -> io::Result<Self> {
        left_out()
    }
}

impl Read for Lines {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}
