//! How texts of one group, and of one page over time, differ: for people, of the largest groups and pages.
//!
//! A member is held against its representative; the versions of a page each against the one before. Records are read
//! again, two at a time in each thread. Bad case: many more groups than [`GROUPS`]; of those only the numbers are told.

use super::duplicates::Groups;
use super::pages::Pages;
use super::read::Remembered;
use crate::catalog::Place;
use crate::difference::Difference;
use crate::document::{DocId, Document};
use crate::error::Error;
use crate::input::{Fields, rfc3339};
use crate::output::{Table, VersionRow};
use crate::records::Reader;
use crate::report::show::clip;
use rayon::prelude::*;
use std::cmp::Reverse;

/// Groups whose members are compared, and members of each: few, as this takes as long as reading some hundred documents
/// thrice, whatever the size of the crawl.
const GROUPS: usize = 60;
const MEMBERS: usize = 2;
/// Pages whose versions are compared, and versions of each.
const PAGES: usize = 50;
const VERSIONS: usize = 6;
/// Characters of a title, a source or a URL.
const CHARS: usize = 200;

/// A document and the one that it is held against.
struct Pair {
    why: &'static str,
    doc: DocId,
    of: Option<DocId>,
}

/// Writes the table.
pub(super) fn write(
    memory: &Remembered,
    groups: &Groups,
    pages: &Pages,
    fields: &Fields,
    mut table: Table,
) -> Result<(), Error> {
    let pairs: Vec<Pair> = of_pages(memory, pages).into_iter().chain(of_groups(memory, groups)).collect();
    let readers = || (memory.records.reader(), memory.records.reader());
    let row = |(one, other): &mut (Reader, Reader), pair: &Pair| row(memory, fields, pair, one, other);
    let rows: Vec<VersionRow> = pairs.par_iter().map_init(readers, row).collect::<Result<_, Error>>()?;
    rows.iter().try_for_each(|row| table.row(row))?;
    table.finish()
}

fn row(
    memory: &Remembered,
    fields: &Fields,
    pair: &Pair,
    one: &mut Reader,
    other: &mut Reader,
) -> Result<VersionRow, Error> {
    let catalog = &memory.catalog;
    let new = read(one, catalog.place(pair.doc), fields)?;
    let difference = match pair.of {
        Some(of) => Difference::of(read(other, catalog.place(of), fields)?.body(), new.body()),
        None => Difference::default(),
    };
    Ok(VersionRow {
        id: catalog.id(pair.doc).to_owned(),
        why: pair.why,
        of: pair.of.map(|of| catalog.id(of).to_owned()),
        title: clip(&new.title, CHARS),
        source: clip(&new.source, CHARS),
        published: catalog.published(pair.doc).and_then(rfc3339),
        url: clip(&new.url, CHARS),
        difference,
    })
}

fn read<'a>(reader: &'a mut Reader, place: Place, fields: &Fields) -> Result<Document<'a>, Error> {
    let changed = reader.changed(place);
    fields.document(reader.read(place)?).map_err(|_| changed)
}

/// The least similar members of the largest groups; of those whose representative an earlier night had, which is not at
/// hand, their members alone.
fn of_groups(memory: &Remembered, groups: &Groups) -> Vec<Pair> {
    let members = groups.members();
    let mut of_many: Vec<&[DocId]> = members.chunk_by(|&a, &b| groups.are_together(a, b)).collect();
    of_many.retain(|members| members.len() > 1 || !groups.is_representative(members[0]));
    of_many.sort_by_key(|members| Reverse(members.len()));
    of_many.truncate(GROUPS);
    let pairs = |members: &[DocId]| {
        let of = Some(members[0]).filter(|&doc| groups.is_representative(doc));
        let content = of.map(|of| memory.catalog.content(of));
        let is_changed = |doc: &DocId| Some(memory.catalog.content(*doc)) != content;
        let mut others: Vec<DocId> = members.iter().copied().filter(is_changed).collect();
        others.sort_by(|&a, &b| groups.similarity[a as usize].total_cmp(&groups.similarity[b as usize]));
        others.truncate(MEMBERS);
        others.into_iter().map(|doc| Pair { why: "group", doc, of }).collect::<Vec<_>>()
    };
    of_many.into_iter().flat_map(pairs).collect()
}

/// The versions of the pages that have most of them.
fn of_pages(memory: &Remembered, pages: &Pages) -> Vec<Pair> {
    let catalog = &memory.catalog;
    let mut versions: Vec<Vec<DocId>> = pages.all();
    for page in &mut versions {
        page.sort_by_key(|&doc| (catalog.published(doc).is_none(), catalog.published(doc), catalog.id(doc)));
        page.dedup_by_key(|doc| catalog.content(*doc));
    }
    versions.retain(|page| page.len() > 1);
    versions.sort_by_key(|page| (Reverse(page.len()), catalog.id(page[0])));
    versions.truncate(PAGES);
    let pairs = |page: Vec<DocId>| {
        let before = std::iter::once(None).chain(page.clone().into_iter().map(Some));
        let pairs = page.into_iter().zip(before).map(|(doc, of)| Pair { why: "url", doc, of });
        pairs.take(VERSIONS).collect::<Vec<_>>()
    };
    versions.into_iter().flat_map(pairs).collect()
}
