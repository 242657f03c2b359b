//! Documents of one page: those whose URLs have one canonical form.
//!
//! Pages are told by the hashes of their addresses, sorted; of the documents of one page the first is the one that would
//! represent them by the default rule, whatever that of groups is: the earliest published, then the longest, then the
//! smallest id. Time O(n log n); memory 16 bytes a document with a URL while they are sorted, 8 a document that shares one.

use crate::catalog::Catalog;
use crate::document::DocId;
use crate::group;
use crate::sort;

/// Which documents share their page with others.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// Each such document and the first of its page, in the order of arrival.
    first: Vec<(DocId, DocId)>,
}

impl Pages {
    /// The pages of all documents.
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut pages: Vec<(u64, DocId)> =
            catalog.documents().filter_map(|doc| catalog.page(doc).map(|page| (page, doc))).collect();
        sort::by_key(&mut pages, |&page| page);
        let rule = group::Params::default();
        let mut first = Vec::new();
        for page in pages.chunk_by(|a, b| a.0 == b.0).filter(|page| page.len() > 1) {
            let claim = |&&(_, doc): &&(u64, DocId)| (catalog.claim(doc, &rule), catalog.id(doc).as_bytes());
            let office = page.iter().min_by_key(claim).map(|&(_, doc)| doc);
            first.extend(page.iter().zip(office.into_iter().cycle()).map(|(&(_, doc), office)| (doc, office)));
        }
        first.sort_unstable();
        Pages { first }
    }

    /// The first document of the page of `doc`, where that has others.
    pub(super) fn first(&self, doc: DocId) -> Option<DocId> {
        self.first.binary_search_by_key(&doc, |&(doc, _)| doc).ok().map(|at| self.first[at].1)
    }

    /// The documents of each page that has several, in the order of arrival.
    pub(super) fn all(&self) -> Vec<Vec<DocId>> {
        let mut of_pages: Vec<(DocId, DocId)> = self.first.iter().map(|&(doc, first)| (first, doc)).collect();
        of_pages.sort_unstable();
        of_pages.chunk_by(|a, b| a.0 == b.0).map(|page| page.iter().map(|&(_, doc)| doc).collect()).collect()
    }

    /// How many documents share their page with others.
    pub(super) fn documents(&self) -> u64 {
        self.first.len() as u64
    }
}
