//! The inputs of a finished run, read again: which of its documents an article is.
//!
//! Documents are told by their place: those that were accepted come in the order of `articles.jsonl`, and where one does
//! not bear the next id there, it is one whose id was taken, or the result does not fit. Constant time an article.

use crate::input::{Format, Input};
use crate::result::Groups;

/// Tells documents by their place.
pub(super) struct Roll<'a> {
    groups: &'a Groups,
    inputs: &'a [Input],
    /// The next document of the result.
    next: u32,
    /// The first article that the result does not know.
    stranger: Option<String>,
}

impl<'a> Roll<'a> {
    /// For documents of `groups`, read again from `inputs`.
    pub(super) fn new(groups: &'a Groups, inputs: &'a [Input]) -> Self {
        Roll { groups, inputs, next: 0, stranger: None }
    }

    /// The number of the article on this line; none where its id was taken, or is of no document.
    pub(super) fn number(&mut self, input: u32, line: u64, id: Option<&str>) -> Option<u32> {
        let names = id.map_or_else(|| names(&self.inputs[input as usize], line), |id| vec![id.to_owned()]);
        let next = self.next;
        let is_next = (next as usize) < self.groups.len() && names.iter().any(|name| name == self.groups.id(next));
        if is_next {
            self.next += 1;
            return Some(next);
        }
        let is_taken = names.iter().any(|name| self.groups.find(name).is_some_and(|doc| doc < next));
        if !is_taken && self.stranger.is_none() {
            self.stranger = names.into_iter().next();
        }
        None
    }

    /// The id of a document.
    pub(super) fn id(&self, doc: u32) -> &'a str {
        self.groups.id(doc)
    }

    /// What does not fit, all having been read.
    pub(super) fn end(self) -> Option<String> {
        let is_missing = (self.next as usize) < self.groups.len();
        let missing = || is_missing.then(|| format!("the document {} is not where it was", self.groups.id(self.next)));
        self.stranger.as_ref().map(|id| format!("it lacks the document {id}")).or_else(missing)
    }
}

/// The id that a record gives itself. A text is called by its path below what was named on the command line: its place
/// tells which part that is.
pub(super) fn own_id<T>(input: &Input, id: Option<T>) -> Option<T> {
    id.filter(|_| input.format != Format::PlainText)
}

/// What a document without an id of its own may be called: a text by any end of its path.
fn names(input: &Input, line: u64) -> Vec<String> {
    let mut names = vec![format!("{}#{line}", input.name)];
    if input.format == Format::PlainText {
        let starts = std::iter::once(0).chain(input.name.match_indices('/').map(|(slash, _)| slash + 1));
        names.extend(starts.map(|start| input.name[start..].to_owned()));
    }
    names
}
