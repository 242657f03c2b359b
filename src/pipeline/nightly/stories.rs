//! Tonight's new stories among those of late: events that go on, grow together, or begin.
//!
//! The stories that earlier nights remember ([`crate::store::WINDOW`]) and tonight's are clustered together, as one run
//! would cluster them. A remembered event is taken for the cluster that most of its stories are in; two that are taken
//! for one cluster are one from now on, by the name that came up first. What is new in a cluster belongs to the event that
//! was taken for it, or is a new event. So a story may change its event only together with all of it, and what a night
//! joins no later one parts: it asks for more than one run over all nights would ([`STRICTER`]).
//!
//! Time and memory are those of clustering the window and tonight.

use super::Change;
use crate::document::DocId;
use crate::error::Error;
use crate::event::{self, Bylines, Features};
use crate::group::{Claim, Keep};
use crate::params::Params;
use crate::pipeline::duplicates::Groups;
use crate::pipeline::events::{self, Events, Told};
use crate::pipeline::notes::Notes;
use crate::pipeline::read::Remembered;
use crate::stats::{Stages, Unit};
use crate::store::{Earlier, Store, StoryAgain, source_number};
use ahash::{HashMap, HashSet};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How much more alike than in one run stories must be to be one event. One run sees what comes after and takes back what
/// looked alike in the first days; a night cannot. Chosen on `synth` and the development corpora, cut into thirty nights
/// (`scripts/nights.py`), where 1.2 to 1.4 come nearest to one run.
const STRICTER: f32 = 1.2;

/// What a night's events come to.
#[derive(Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) events: Events,
    /// Of each event of tonight, its serial and the day on which it came up.
    pub(super) serials: Vec<(u64, i32)>,
    /// The names that ended.
    pub(super) changes: Vec<Change>,
    /// The events whose names took the place of others, by serial.
    pub(super) stayed: HashMap<u64, Earlier>,
    /// The serial that the next name gets.
    pub(super) next_serial: u64,
}

/// Tonight's stories: who stands for its groups.
pub(super) struct Stories {
    /// All documents, the earliest first.
    order: Vec<DocId>,
    heads: Vec<DocId>,
    told: Told,
}

impl Stories {
    /// By what was noted of all documents.
    pub(super) fn read(
        memory: &Remembered,
        notes: Option<Notes>,
        groups: &Groups,
        params: &Params,
        stages: &mut Stages,
    ) -> Result<Self, Error> {
        let (order, heads) = events::stories(memory, groups, params);
        let told = events::told(memory, notes, params, &heads, stages)?;
        Ok(Stories { order, heads, told })
    }

    /// Those that are new, in order of time, and their terms.
    pub(super) fn into_new(self, groups: &Groups) -> Vec<(DocId, Features)> {
        let is_new = |(head, _): &(DocId, Features)| groups.is_representative(*head);
        self.heads.into_iter().zip(self.told.features).filter(is_new).collect()
    }
}

/// Finds the events of tonight's documents, which are of the night of a `day`; `merged` are events whose groups have become
/// one.
#[allow(clippy::too_many_arguments, reason = "all that a night knows by then")]
pub(super) fn find(
    stories: &mut Stories,
    store: &mut Store,
    memory: &Remembered,
    groups: &Groups,
    merged: &[(u64, u64)],
    day: i32,
    params: &Params,
    stages: &mut Stages,
) -> Result<Found, Error> {
    let Stories { order, heads, told } = stories;
    let (clusters, whose) = stages.stage("events", None, Unit::Steps, |_| {
        let remembered = store.stories()?;
        let all = (heads.len() + remembered.len()) as u64;
        Ok::<_, Error>((cluster(memory, groups, heads, told, &remembered, params)?, all, 0))
    })?;
    let taken = Taken::new(&whose, &clusters.event, merged);
    let mut belongs: Vec<Belongs> = heads
        .iter()
        .map(|head| {
            groups.earlier.get(head).map_or(Belongs::New(0), |earlier| Belongs::Known(taken.now(earlier.event)))
        })
        .collect();
    for (whose, &cluster) in whose.iter().zip(&clusters.event) {
        if let Whose::Tonight(head) = *whose {
            belongs[head] = taken.event_of(cluster).map_or(Belongs::New(cluster), Belongs::Known);
        }
    }
    let mut numbered = Numbered::new(order, groups, heads, &belongs);
    // An event that is named after a document that is forgotten, should such a document come again.
    let named: HashMap<&str, usize> = (numbered.of.iter().enumerate())
        .filter(|(_, belongs)| matches!(belongs, Belongs::New(_)))
        .map(|(number, _)| (memory.catalog.id(numbered.name[number]), number))
        .collect();
    let namesakes = store.named(&named.keys().copied().collect(), true)?;
    if !namesakes.is_empty() {
        let known: HashMap<Belongs, u64> =
            namesakes.iter().filter_map(|(name, &serial)| Some((numbered.of[*named.get(&**name)?], serial))).collect();
        belongs
            .iter_mut()
            .for_each(|one| *one = known.get(one).map_or(*one, |&serial| Belongs::Known(taken.now(serial))));
        numbered = Numbered::new(order, groups, heads, &belongs);
    }
    let Numbered { event, name, of } = numbered;
    let ended = taken.ended();
    let wanted = of.iter().filter_map(|belongs| belongs.known()).chain(ended.iter().flat_map(|&(old, now)| [old, now]));
    let mut known = store.events(&wanted.collect::<HashSet<u64>>())?;
    let changes = ended.iter().map(|&serials| Change::of("event", serials, &known)).collect();
    let serial = |belongs: &Belongs| match belongs.known().and_then(|serial| known.get(&serial)) {
        Some(earlier) => (earlier.serial, earlier.first_seen),
        None => (store.new_serial(), day),
    };
    let serials = of.iter().map(serial).collect();
    let earlier = |(number, belongs): (u32, &Belongs)| Some((number, known.get(&belongs.known()?)?.clone()));
    let earlier = (0..).zip(&of).filter_map(earlier).collect();
    let of_heads: Vec<u32> = heads.iter().map(|&head| event[head as usize]).collect();
    let counts = told.counts(&clusters);
    let labels = events::labels(told, &clusters.regrouped(of_heads), stages)?;
    let events = Events { event, name, labels, order: order.clone(), counts, earlier };
    let stays: HashSet<u64> = ended.iter().map(|&(_, now)| now).collect();
    known.retain(|serial, _| stays.contains(serial));
    Ok(Found { events, serials, changes, stayed: known, next_serial: store.next_serial() })
}

/// What stands at a place among the stories that are clustered.
enum Whose {
    /// A head of tonight's, by its place among those.
    Tonight(usize),
    /// A story of a remembered event.
    Earlier(u64),
}

/// Clusters tonight's new stories and the remembered ones.
fn cluster(
    memory: &Remembered,
    groups: &Groups,
    heads: &[DocId],
    told: &mut Told,
    remembered: &[StoryAgain],
    params: &Params,
) -> Result<(event::Events, Vec<Whose>), Error> {
    let catalog = &memory.catalog;
    let new = (0..heads.len()).filter(|&at| groups.is_representative(heads[at]));
    let of_tonight = new.map(|at| {
        let (doc, source) = (heads[at], source_number(catalog.source(heads[at])));
        let claim = Claim::new(Keep::Earliest, 0, catalog.published(doc), catalog.words(doc), 0);
        (claim, catalog.id(doc), Whose::Tonight(at), catalog.published(doc), source)
    });
    let of_earlier = remembered.iter().map(|story| {
        let claim = Claim::new(Keep::Earliest, 0, story.published, story.words, 0);
        (claim, story.id, Whose::Earlier(story.event), story.published, story.source)
    });
    let mut all: Vec<_> = of_tonight.chain(of_earlier).zip(0usize..).collect();
    let new = all.len() - remembered.len();
    all.par_sort_by(|((x, one, ..), _), ((y, other, ..), _)| (x, one.as_bytes()).cmp(&(y, other.as_bytes())));
    let mut numbers: HashMap<u64, u32> = HashMap::default();
    let mut source = |source: u64| {
        let next = numbers.len() as u32;
        (source != 0).then(|| *numbers.entry(source).or_insert(next))
    };
    let (mut published, mut sources) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
    for ((_, _, _, time, from), _) in &all {
        published.push(*time);
        sources.push(source(*from));
    }
    let parsed: Vec<Features> = remembered.par_iter().map(StoryAgain::features).collect::<Result<_, Error>>()?;
    let mut parsed: Vec<Option<Features>> = parsed.into_iter().map(Some).collect();
    let mut features: Vec<Features> = Vec::with_capacity(all.len());
    for ((_, _, whose, ..), at) in &all {
        features.push(match whose {
            Whose::Tonight(head) => std::mem::take(&mut told.features[*head]),
            Whose::Earlier(_) => parsed[at - new].take().unwrap_or_default(),
        });
    }
    let bylines = Bylines { published: &published, sources: &sources };
    let stricter = event::Params {
        threshold: STRICTER * params.event.threshold,
        mend: STRICTER * params.event.mend,
        ..params.event.clone()
    };
    let clusters = event::cluster(&features, bylines, &stricter);
    let whose: Vec<Whose> = all.into_iter().map(|((_, _, whose, ..), _)| whose).collect();
    for (whose, features) in whose.iter().zip(features) {
        if let Whose::Tonight(head) = *whose {
            told.features[head] = features;
        }
    }
    Ok((clusters, whose))
}

/// Which remembered events are taken for which clusters.
struct Taken {
    /// The event of each cluster that has remembered stories.
    of_cluster: HashMap<u32, u64>,
    /// Events that are another now.
    into: HashMap<u64, u64>,
}

impl Taken {
    fn new(whose: &[Whose], clusters: &[u32], merged: &[(u64, u64)]) -> Taken {
        let mut stories: Vec<(u64, u32)> = whose
            .iter()
            .zip(clusters)
            .filter_map(|(whose, &cluster)| match whose {
                Whose::Earlier(serial) => Some((*serial, cluster)),
                Whose::Tonight(_) => None,
            })
            .collect();
        stories.sort_unstable();
        let (mut shares, mut most) = (Vec::new(), Vec::new());
        for of_event in stories.chunk_by(|a, b| a.0 == b.0) {
            for here in of_event.chunk_by(|a, b| a.1 == b.1) {
                let (serial, cluster) = here[0];
                shares.push((cluster, here.len(), serial));
                if 2 * here.len() > of_event.len() {
                    most.push((cluster, serial));
                }
            }
        }
        let mut taken = Taken { of_cluster: HashMap::default(), into: HashMap::default() };
        merged.iter().for_each(|&(one, other)| taken.join(one, other));
        most.sort_unstable();
        for of_cluster in most.chunk_by(|a, b| a.0 == b.0) {
            let (cluster, first) = of_cluster[0];
            of_cluster.iter().for_each(|&(_, serial)| taken.join(first, serial));
            taken.of_cluster.insert(cluster, first);
        }
        // A part of an event that most of it has left: what is new there belongs to the event that has most of the part.
        shares.sort_unstable_by_key(|&(cluster, share, serial)| (cluster, std::cmp::Reverse(share), serial));
        for of_cluster in shares.chunk_by(|a, b| a.0 == b.0) {
            taken.of_cluster.entry(of_cluster[0].0).or_insert(of_cluster[0].2);
        }
        taken
    }

    fn join(&mut self, one: u64, other: u64) {
        let (one, other) = (self.now(one), self.now(other));
        if one != other {
            self.into.insert(one.max(other), one.min(other));
        }
    }

    /// What an event is now.
    fn now(&self, mut serial: u64) -> u64 {
        while let Some(&into) = self.into.get(&serial) {
            serial = into;
        }
        serial
    }

    /// The remembered event of a cluster.
    fn event_of(&self, cluster: u32) -> Option<u64> {
        self.of_cluster.get(&cluster).map(|&serial| self.now(serial))
    }

    /// The events that end, each with the one that it becomes part of.
    fn ended(&self) -> Vec<(u64, u64)> {
        let mut ended: Vec<(u64, u64)> = self.into.keys().map(|&serial| (serial, self.now(serial))).collect();
        ended.sort_unstable();
        ended
    }
}

/// Whose event a head is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Belongs {
    /// A remembered one.
    Known(u64),
    /// A new one, which is a cluster.
    New(u32),
}

impl Belongs {
    fn known(self) -> Option<u64> {
        match self {
            Belongs::Known(serial) => Some(serial),
            Belongs::New(_) => None,
        }
    }
}

/// Tonight's events by number, in the order of their earliest documents.
struct Numbered {
    /// Of each document.
    event: Vec<u32>,
    /// The earliest document of each.
    name: Vec<DocId>,
    of: Vec<Belongs>,
}

impl Numbered {
    fn new(order: &[DocId], groups: &Groups, heads: &[DocId], belongs: &[Belongs]) -> Numbered {
        let mut place = vec![0u32; order.len()];
        heads.iter().zip(0..).for_each(|(&head, at)| place[head as usize] = at);
        let mut numbered = Numbered { event: vec![0; order.len()], name: Vec::new(), of: Vec::new() };
        let mut numbers: HashMap<Belongs, u32> = HashMap::default();
        for &doc in order {
            let belongs = belongs[place[groups.representative[doc as usize] as usize] as usize];
            numbered.event[doc as usize] = *numbers.entry(belongs).or_insert_with(|| {
                numbered.name.push(doc);
                numbered.of.push(belongs);
                numbered.of.len() as u32 - 1
            });
        }
        numbered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(stories: &[(u64, u32)], merged: &[(u64, u64)]) -> Taken {
        let whose: Vec<Whose> = stories.iter().map(|&(serial, _)| Whose::Earlier(serial)).collect();
        let clusters: Vec<u32> = stories.iter().map(|&(_, cluster)| cluster).collect();
        Taken::new(&whose, &clusters, merged)
    }

    #[test]
    fn an_event_is_taken_for_the_cluster_that_most_of_it_is_in() {
        let events = taken(&[(1, 0), (1, 0), (1, 5), (2, 5), (2, 5), (3, 7), (3, 8)], &[]);
        assert_eq!([0, 5, 7, 8, 9].map(|cluster| events.event_of(cluster)), [Some(1), Some(2), Some(3), Some(3), None]);
        assert!(events.ended().is_empty());
    }

    #[test]
    fn events_of_one_cluster_are_one_by_the_name_that_came_up_first() {
        let events = taken(&[(4, 0), (2, 0), (9, 1), (6, 1), (2, 0)], &[(6, 4)]);
        assert_eq!(events.ended(), [(4, 2), (6, 2), (9, 2)]);
        assert_eq!((events.event_of(1), events.now(9), events.now(3)), (Some(2), 2, 3));
    }
}
