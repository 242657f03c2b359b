//! What there is of object stores in a program that was built without them: a word.

use super::Object;
use crate::error::Error;
use std::io::{self, Empty};

fn refused() -> io::Error {
    let why = "this newsfold was built without object stores: build it with --features objects";
    io::Error::new(io::ErrorKind::Unsupported, why)
}

pub(in crate::input) fn find(address: &str) -> Result<Vec<Object>, Error> {
    Err(Error::Input { path: address.to_owned(), source: refused() })
}

pub(in crate::input) fn start(_: &Object) -> io::Result<Vec<u8>> {
    Err(refused())
}

pub(in crate::input) fn open(_: &str) -> io::Result<Empty> {
    Err(refused())
}
