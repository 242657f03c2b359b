//! Stands for `frame.rs` in a build without Arrow: no rows are in memory.

use super::Reject;
use super::blocks::Record;
use crate::document::Document;
use std::convert::Infallible;
use std::marker::PhantomData;

/// Nothing that can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {}

/// Nothing that can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a>(Infallible, PhantomData<&'a ()>);

/// No rows.
#[derive(Debug)]
pub(super) struct Parts;

/// Nothing that can be.
#[derive(Debug)]
pub(super) enum Part {}

impl Frame {
    /// Never called.
    pub fn row(&self, _: u64) -> Option<Row<'_>> {
        match *self {}
    }

    pub(super) fn parts(&self, _: usize) -> Parts {
        match *self {}
    }
}

impl<'a> Row<'a> {
    /// Never called.
    pub fn document(self) -> Result<Document<'a>, Reject> {
        match self.0 {}
    }
}

impl Parts {
    pub(super) fn next(&mut self) -> Option<Part> {
        None
    }
}

impl Part {
    pub(super) fn first(&self) -> u64 {
        match *self {}
    }

    pub(super) fn len(&self) -> u64 {
        match *self {}
    }

    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        match *self {}
        #[allow(unreachable_code)]
        std::iter::empty()
    }
}
