//! The bytes of a page to the tokenizer, which is cut short where a tag would make it call itself without end.

use html5gum::{Readable, Reader};
use std::cell::Cell;
use std::convert::Infallible;

/// How far the tokenizer has read, and whether it is to stop there.
///
/// It calls itself for every quoted attribute of a tag, so that a tag with very many would take all of the stack: such a
/// tag is cut, and the page read on behind it.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub(super) read: Cell<usize>,
    pub(super) is_due: Cell<bool>,
}

/// The bytes of a page, up to where it is cut.
pub(super) struct Bytes<'a> {
    pub(super) rest: <&'a [u8] as Readable<'a>>::Reader,
    pub(super) cut: &'a Cut,
}

impl Bytes<'_> {
    fn count(&self, bytes: usize) {
        self.cut.read.set(self.cut.read.get() + bytes);
    }
}

impl Reader for Bytes<'_> {
    type Error = Infallible;

    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        if self.cut.is_due.get() {
            return Ok(None);
        }
        let byte = self.rest.read_byte()?;
        self.count(usize::from(byte.is_some()));
        Ok(byte)
    }

    fn try_read_string(&mut self, wanted: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        let is_there = !self.cut.is_due.get() && self.rest.try_read_string(wanted, case_sensitive)?;
        self.count(if is_there { wanted.len() } else { 0 });
        Ok(is_there)
    }

    fn read_until<'b>(&'b mut self, ends: &[u8], buffer: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Infallible> {
        if self.cut.is_due.get() {
            return Ok(None);
        }
        let read = self.rest.read_until(ends, buffer)?;
        self.cut.read.set(self.cut.read.get() + read.map_or(0, <[u8]>::len));
        Ok(read)
    }
}
