//! The result as tables, in the staging folder.

use super::duplicates::Groups;
use super::events::Events;
use super::nightly::Night;
use super::pages::Pages;
use super::read::{Counts, Remembered};
use super::{Outcome, Pipeline, versions};
use crate::document::{DocId, Vector};
use crate::error::Error;
use crate::input::{Found, Reason, rfc3339, with_members};
use crate::output::{
    ArticleRow, DayRow, EarlierRow, EdgeRow, EventRow, Format, GroupRow, Kind, MemberRow, PhaseRow, RecordRow, RunFile,
    Staging, Table,
};
use crate::records::Reader;
use crate::report::{AtHand, ReportError};
use crate::stats::{Stages, Unit, peak_memory_bytes};
use crate::store::{Earlier, day_name};
use crate::{event, report, stats};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Mutex;

/// All that a run found.
pub(super) struct Result<'a> {
    pub(super) job: &'a Pipeline,
    pub(super) found: &'a Found,
    pub(super) memory: &'a Remembered,
    pub(super) groups: &'a Groups,
    pub(super) events: Option<&'a Events>,
    /// What makes a night of it.
    pub(super) night: Option<&'a Night>,
}

/// What the reading and the stages came to.
pub(super) fn outcome(counts: &Counts, stages: &Stages) -> Outcome {
    Outcome {
        read: counts.read,
        rejected: counts.all_rejected(),
        already_seen: counts.rejected.get(Reason::AlreadySeen.name()).copied().unwrap_or_default(),
        rejected_by_reason: counts.rejected.iter().map(|(&reason, &count)| (reason, count)).collect(),
        bad_date: counts.bad_date,
        implausible_date: counts.implausible_date,
        bytes: stages.ended().iter().map(|stage| stage.bytes).sum(),
        seconds: stages.seconds(),
        peak_memory_bytes: peak_memory_bytes(),
        stages: stages.ended().to_vec(),
        ..Outcome::default()
    }
}

impl Result<'_> {
    /// Writes every table.
    pub(super) fn write(&self, staging: &Staging, stages: &mut Stages) -> std::result::Result<Outcome, Error> {
        let documents = self.memory.catalog.len() as u64;
        let pages = stages.stage("write", Some(documents), Unit::Documents, |watch| {
            let (labels, records) = rayon::join(|| self.labels(staging), || self.records(staging, watch));
            records.and(labels).map(|pages| (pages, documents, 0))
        })?;
        let outcome = self.outcome(stages);
        self.run_file(&outcome, &pages, stages, Table::create(&staging.path().join("run.json"))?)?;
        stages.stage("report", None, Unit::Steps, |_| {
            // The disk syncs the tables while the processor makes the page.
            let (synced, page) = rayon::join(|| staging.sync(), || self.page(staging));
            let page = synced.and(page)?;
            let path = staging.path().join("report.html");
            std::fs::write(&path, page).map_err(Error::file("write", &path))?;
            Ok::<_, Error>(((), 1, 0))
        })?;
        Ok(Outcome { seconds: stages.seconds(), stages: stages.ended().to_vec(), ..outcome })
    }

    /// The page for people.
    fn page(&self, staging: &Staging) -> std::result::Result<String, Error> {
        let documents = self.memory.catalog.documents();
        let kept = documents.filter(|&doc| self.groups.is_representative(doc)).collect();
        let (members, reader) = (self.groups.members(), Mutex::new(self.memory.records.reader()));
        let written = Written { result: self, members, kept, reader };
        Ok(report::render_with(staging.path(), Some(&written))?)
    }

    /// The tables of what was found; and which documents are of one page.
    fn labels(&self, staging: &Staging) -> std::result::Result<Pages, Error> {
        let pages = Pages::of(&self.memory.catalog);
        let fields = &self.job.params.input.fields;
        let articles = || self.articles(&pages, staging.table(Kind::Articles)?);
        let groups = || self.groups(staging.table(Kind::Groups)?);
        let versions = || versions::write(self.memory, self.groups, &pages, fields, staging.table(Kind::Versions)?);
        let (articles, (groups, versions)) = rayon::join(articles, || rayon::join(groups, versions));
        articles.and(groups).and(versions)?;
        if let Some(events) = self.events {
            self.events(events, staging.table(Kind::Events)?)?;
        }
        if self.job.tables.edges {
            self.edges(staging.table(Kind::Edges)?)?;
        }
        if let Some(night) = self.night {
            let mut table = staging.table(Kind::Changes)?;
            night.changes.iter().try_for_each(|change| table.row(&change.row()))?;
            table.finish()?;
        }
        Ok(pages)
    }

    fn id(&self, doc: DocId) -> &str {
        self.memory.catalog.id(doc)
    }

    fn source(&self, doc: DocId) -> Option<&str> {
        Some(self.memory.catalog.source(doc)).filter(|source| !source.is_empty())
    }

    fn group(&self, doc: DocId) -> &str {
        let earlier = self.groups.earlier(doc).map(|earlier| &*earlier.name);
        earlier.unwrap_or_else(|| self.id(self.groups.representative[doc as usize]))
    }

    fn event(&self, doc: DocId) -> Option<&str> {
        self.events.map(|events| self.event_name(events, events.event[doc as usize]))
    }

    fn event_name<'e>(&'e self, events: &'e Events, event: u32) -> &'e str {
        let earlier = events.earlier.get(&event).map(|earlier| &*earlier.name);
        earlier.unwrap_or_else(|| self.id(events.name[event as usize]))
    }

    /// The night on which a group or an event came up, of which earlier nights know so much.
    fn first_seen(&self, earlier: Option<&Earlier>) -> Option<Cow<'_, str>> {
        let tonight = Cow::Borrowed(&*self.night?.name);
        Some(earlier.map_or(tonight, |earlier| day_name(earlier.first_seen).into()))
    }

    fn earlier(&self, earlier: Option<&Earlier>) -> EarlierRow<'_> {
        let documents = self.night.map(|_| earlier.map_or(0, |earlier| earlier.documents));
        EarlierRow { earlier: documents, first_seen: self.first_seen(earlier) }
    }

    fn articles(&self, pages: &Pages, mut table: Table) -> std::result::Result<(), Error> {
        self.memory.catalog.documents().try_for_each(|doc| table.row(&self.article(doc, pages)))?;
        table.finish()
    }

    /// What is told of a document.
    pub(super) fn article<'r>(&'r self, doc: DocId, pages: &Pages) -> ArticleRow<'r> {
        ArticleRow {
            id: self.id(doc),
            group: self.group(doc),
            representative: self.groups.is_representative(doc),
            similarity: self.groups.similarity[doc as usize],
            event: self.event(doc),
            same_url: pages.first(doc).map(|first| self.id(first)),
            first_seen: self.first_seen(self.groups.earlier(doc)),
            new: self.night.map(|_| self.groups.earlier(doc).is_none()),
        }
    }

    /// The members of each group of two or more, and of one that an earlier night knows, however many.
    fn groups_of_two<'m>(&self, members: &'m [DocId]) -> impl Iterator<Item = &'m [DocId]> {
        let is_of_two = |members: &&[DocId]| members.len() > 1 || self.groups.earlier(members[0]).is_some();
        members.chunk_by(|&a, &b| self.groups.are_together(a, b)).filter(is_of_two)
    }

    fn groups(&self, mut table: Table) -> std::result::Result<(), Error> {
        for members in self.groups_of_two(&self.groups.members()) {
            let row = |&doc: &DocId| MemberRow {
                id: self.id(doc),
                similarity: self.groups.similarity[doc as usize],
                published: self.memory.catalog.published(doc).and_then(rfc3339),
                source: self.source(doc),
            };
            let group = self.group(members[0]);
            table.row(&GroupRow {
                group,
                size: members.len(),
                representative: group,
                members: members.iter().map(row).collect(),
                earlier: self.earlier(self.groups.earlier(members[0])),
            })?;
        }
        table.finish()
    }

    fn events(&self, events: &Events, mut table: Table) -> std::result::Result<(), Error> {
        let catalog = &self.memory.catalog;
        let mut documents = events.order.clone();
        documents.sort_by_key(|&doc| events.event[doc as usize]);
        for members in documents.chunk_by(|&a, &b| events.event[a as usize] == events.event[b as usize]) {
            let event = events.event[members[0] as usize] as usize;
            let mut dated: Vec<(i64, DocId)> =
                members.iter().filter_map(|&doc| catalog.published(doc).map(|time| (time, doc))).collect();
            dated.sort_by_key(|&(time, _)| time);
            let sources: BTreeSet<&str> =
                members.iter().map(|&doc| catalog.source(doc)).filter(|s| !s.is_empty()).collect();
            table.row(&EventRow {
                event: self.event_name(events, event as u32),
                size: members.len(),
                groups: members.iter().filter(|&&doc| self.groups.stands(doc)).count(),
                title: &events.labels[event].title,
                keywords: &events.labels[event].keywords,
                first_published: dated.first().and_then(|&(time, _)| rfc3339(time)),
                last_published: dated.last().and_then(|&(time, _)| rfc3339(time)),
                sources: sources.into_iter().collect(),
                timeline: timeline(&dated),
                phases: self.phases(&dated),
                members: members.iter().map(|&doc| self.id(doc)).collect(),
                earlier: self.earlier(events.earlier.get(&(event as u32))),
            })?;
        }
        table.finish()
    }

    /// The phases of an event, of whose dated documents the earliest comes first.
    fn phases(&self, dated: &[(i64, DocId)]) -> Vec<PhaseRow<'_>> {
        let times: Vec<i64> = dated.iter().map(|&(time, _)| time).collect();
        let row = |phase: Range<usize>| PhaseRow {
            first_published: rfc3339(times[phase.start]),
            last_published: rfc3339(times[phase.end - 1]),
            size: phase.len(),
            first: self.id(dated[phase.start].1),
        };
        event::phases(&times).into_iter().map(row).collect()
    }

    fn edges(&self, mut table: Table) -> std::result::Result<(), Error> {
        let threshold = self.job.params.verify.threshold;
        for &(a, b, overlap) in &self.groups.edges {
            let similarity = overlap.similarity();
            let containment = (similarity < threshold).then(|| overlap.containment());
            table.row(&EdgeRow { a: self.id(a), b: self.id(b), similarity, containment })?;
        }
        table.finish()
    }

    /// The tables that repeat input records.
    fn records(&self, staging: &Staging, watch: &dyn stats::Watch) -> std::result::Result<(), Error> {
        let mut kept = match self.job.tables.kept {
            None => None,
            Some(None) => Some(staging.table(Kind::Kept)?),
            Some(Some(compression)) => Some(Table::create_compressed(&staging.path().join("kept.jsonl"), compression)?),
        };
        let mut annotated = self.job.tables.annotated.then(|| staging.table(Kind::Annotated)).transpose()?;
        let mut records = self.memory.records.reader_ahead();
        for doc in self.memory.catalog.documents() {
            if annotated.is_none() && !(kept.is_some() && self.groups.is_representative(doc)) {
                continue;
            }
            let place = self.memory.catalog.place(doc);
            let record = records.read(place)?;
            if let Some(kept) = kept.as_mut().filter(|_| self.groups.is_representative(doc)) {
                match self.job.tables.format {
                    Format::Jsonl => kept.line(record)?,
                    Format::Parquet => self.columns(doc, record, false, kept)?,
                }
            }
            match (&mut annotated, self.job.tables.format) {
                (None, _) => {}
                (Some(table), Format::Parquet) => self.columns(doc, record, true, table)?,
                (Some(table), Format::Jsonl) => {
                    let mut added = vec![("group", self.group(doc))];
                    added.extend(self.event(doc).map(|event| ("event", event)));
                    let line = str::from_utf8(record).ok().and_then(|record| with_members(record, &added).ok());
                    table.line(line.ok_or_else(|| records.changed(place))?.as_bytes())?;
                }
            }
            watch.advance(1);
        }
        [kept, annotated].into_iter().flatten().try_for_each(Table::finish)
    }

    /// Writes what is known of a document's record as columns.
    fn columns(
        &self,
        doc: DocId,
        record: &[u8],
        with_labels: bool,
        table: &mut Table,
    ) -> std::result::Result<(), Error> {
        // A record that was accepted once is read again; one that has changed since is named by whoever compares digests.
        let document = self.job.params.input.fields.document(record).unwrap_or_default();
        let embedding = if let Vector::Json(json) = document.embedding { json } else { "" };
        table.row(&RecordRow {
            id: self.id(doc),
            title: &document.title,
            text: &document.text,
            published: self.memory.catalog.published(doc).and_then(rfc3339),
            source: &document.source,
            url: &document.url,
            lang: &document.lang,
            embedding: serde_json::from_str(embedding).ok(),
            group: with_labels.then(|| self.group(doc)),
            event: self.event(doc).filter(|_| with_labels),
        })
    }

    fn outcome(&self, stages: &Stages) -> Outcome {
        Outcome {
            passed_over: self.found.passed_over.clone(),
            left_out: self.memory.left_out,
            exact_copies: Some(self.groups.counts.exact_copies),
            groups_of_two_or_more: Some(self.groups.of_two_or_more()),
            kept: self.memory.catalog.documents().filter(|&doc| self.groups.is_representative(doc)).count() as u64,
            events: self.events.map(|events| events.name.len() as u64),
            ..outcome(&self.memory.counts, stages)
        }
    }

    fn run_file(
        &self,
        outcome: &Outcome,
        pages: &Pages,
        stages: &Stages,
        mut table: Table,
    ) -> std::result::Result<(), Error> {
        let threshold = self.job.params.verify.threshold;
        let far = self.groups.similarity.iter().filter(|&&similarity| similarity < threshold).count();
        let duplicates = &self.groups.counts;
        let mut counts: BTreeMap<&str, Value> = BTreeMap::from([
            ("read", outcome.read.into()),
            ("accepted", outcome.accepted().into()),
            ("rejected", outcome.rejected.into()),
            ("rejected_by_reason", outcome.rejected_by_reason.iter().map(|&(reason, n)| (reason, n)).collect()),
            ("bad_date", outcome.bad_date.into()),
            ("implausible_date", outcome.implausible_date.into()),
            ("groups", self.memory.catalog.documents().filter(|&doc| self.groups.stands(doc)).count().into()),
            ("groups_of_two_or_more", outcome.groups_of_two_or_more.into()),
            ("kept", outcome.kept.into()),
            ("boilerplate_sources", outcome.left_out.sources.into()),
            ("boilerplate_lines", outcome.left_out.lines.into()),
            ("boilerplate_documents", outcome.left_out.documents.into()),
            ("boilerplate_words", outcome.left_out.words.into()),
            ("exact_copies", duplicates.exact_copies.into()),
            ("candidates", duplicates.candidates.into()),
            ("verified_pairs", duplicates.verified.into()),
            ("edges", duplicates.edges.into()),
            ("far_members", far.into()),
            ("same_url", pages.documents().into()),
            ("capped_bucket_pairs", duplicates.capped_bucket_pairs.into()),
            ("capped_shingle_lists", duplicates.long_lists.into()),
            ("passed_over_records", self.memory.counts.passed_over.into()),
            ("passed_over_files", outcome.passed_over.len().into()),
        ]);
        if let Some(night) = self.night {
            counts.insert("already_seen", outcome.already_seen.into());
            counts.insert("new_versions", self.memory.met.versions.len().into());
            counts.insert("groups_of_earlier_nights", self.groups.earlier.len().into());
            counts.insert("events_of_earlier_nights", self.events.map_or(0, |events| events.earlier.len()).into());
            counts.insert("changes", night.changes.len().into());
        }
        if let Some(events) = self.events {
            counts.insert("events", events.name.len().into());
            counts.extend(events.counts.iter().map(|(name, count)| (&**name, (*count).into())));
        }
        table.row(&RunFile {
            newsfold: env!("CARGO_PKG_VERSION"),
            verb: self.job.verb.name(),
            night: self.night.map(|night| &*night.name),
            parameters: &self.job.params,
            fingerprint: self.job.params.fingerprint(),
            shape: self.job.params.shape(),
            inputs: &self.memory.inputs,
            passed_over: &self.found.passed_over,
            counts,
            stages: stages.ended(),
            seconds: stages.seconds(),
            threads: rayon::current_num_threads(),
            peak_memory_bytes: peak_memory_bytes(),
        })?;
        table.finish()
    }
}

/// What was written, for the page.
struct Written<'r> {
    result: &'r Result<'r>,
    /// Put in order once, though the page looks at the groups several times.
    members: Vec<DocId>,
    kept: Vec<DocId>,
    reader: Mutex<Reader<'r>>,
}

impl AtHand for Written<'_> {
    fn articles(
        &self,
        each: &mut dyn FnMut(report::ArticleRow) -> std::result::Result<(), ReportError>,
    ) -> std::result::Result<(), ReportError> {
        let Result { memory, groups, night, .. } = self.result;
        memory.catalog.documents().try_for_each(|doc| {
            each(report::ArticleRow {
                id: self.result.id(doc).into(),
                group: Some(self.result.group(doc).into()),
                representative: groups.is_representative(doc),
                similarity: Some(groups.similarity[doc as usize]),
                new: night.map(|_| groups.earlier(doc).is_none()),
            })
        })
    }

    fn groups(&self, each: &mut dyn FnMut(report::GroupRow)) {
        let Result { memory, groups, .. } = self.result;
        let member = |&doc: &DocId| report::Member {
            id: self.result.id(doc).into(),
            similarity: Some(groups.similarity[doc as usize]),
            published: memory.catalog.published(doc),
            source: self.result.source(doc).map(Cow::Borrowed),
        };
        for members in self.result.groups_of_two(&self.members) {
            let EarlierRow { earlier, first_seen } = self.result.earlier(groups.earlier(members[0]));
            each(report::GroupRow {
                group: self.result.group(members[0]).into(),
                size: members.len() as u64,
                representative: None,
                members: members.iter().map(member).collect(),
                earlier,
                first_seen,
            });
        }
    }

    fn kept(&self, nth: u64) -> Option<Vec<u8>> {
        let place = self.result.memory.catalog.place(*self.kept.get(nth as usize)?);
        self.reader.lock().ok()?.read(place).ok().map(<[u8]>::to_vec)
    }
}

/// How many documents are of each day.
fn timeline(dated: &[(i64, DocId)]) -> Vec<DayRow> {
    const SECONDS: i64 = 86_400;
    let of_one_day = dated.chunk_by(|a, b| a.0.div_euclid(SECONDS) == b.0.div_euclid(SECONDS));
    let row = |members: &[(i64, DocId)]| {
        let time = rfc3339(members[0].0)?;
        Some(DayRow { day: time.split_once('T')?.0.to_owned(), size: members.len() })
    };
    of_one_day.filter_map(row).collect()
}
