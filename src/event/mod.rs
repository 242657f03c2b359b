//! Documents to events: whose articles are about one real-world happening.
//!
//! Law: every document is in exactly one event; the answer ignores the order of edges and the number of threads.
//!
//! | file | takes | hands on |
//! |---|---|---|
//! | `terms` | a line | words and pairs of words, across inflections and alphabets |
//! | `language` | words | what language a text is in |
//! | [`features`](Features) | an article | its terms, counted |
//! | `copies` | features and times | which documents are the same |
//! | `vector` | the features of all | unit vectors |
//! | `table` | terms | a number of each |
//! | [`embedding`](Embedding) | vectors that somebody's model made | what they add to a cosine |
//! | `neighbours` | vectors | for each document the most similar ones, and how similar strangers are to it |
//! | `time` | neighbours and times | how much times speak for one event, also where dates are missing |
//! | `similarity` | neighbours, times, sources | a graph of documents |
//! | `cluster` | the graph | events, by average link and what mends it |
//! | [`label`] | an event's features and texts | its central document and keywords |
//! | [`phases()`] | an event's times | its rounds, where they can be told apart |
//! | [`evidence`] | what was clustered | why two documents are in one event, or are not |
//!
//! What counts as similar differs between a stream of headlines and a set of features, so that no threshold on cosines
//! fits both. Here a cosine is measured in units of what is usual between a document and strangers to it:
//!
//! `s(i, j) = cos(i, j) (0.1 / m_i)^density (0.1 / m_j)^density time(i, j)`
//!
//! where `m` is the tenth highest cosine to documents of other weeks. What a mean similarity between clusters is worth is
//! told again by what each of them holds together by: that mends the fragments of an event whose reports differ.
//!
//! The default of [`Params`] was learned on five labelled corpora together (`scripts/train_events.py`).

mod cluster;
mod copies;
mod embedding;
pub mod evidence;
mod features;
pub mod label;
mod language;
mod neighbours;
mod phases;
mod similarity;
mod table;
mod terms;
mod time;
mod vector;

pub use embedding::Embedding;
pub use features::{Features, Reader};
pub use phases::phases;
pub use terms::Term;

/// What may be tuned about events.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// The mean similarity that two clusters need to be one event; higher makes smaller events. About 0.05 to 0.2.
    pub threshold: f32,
    /// Documents this many days apart are as good as strangers in time: the scale of the fall of the time factor.
    pub days: f32,
    /// The time factor that remains however far apart two documents are, in [0, 1].
    pub time_floor: f32,
    /// The time factor where a date is missing, in [0, 1].
    pub undated: f32,
    /// How much of what is usual for a document is taken out of its similarities: 0 nothing, 0.5 all.
    pub density: f32,
    /// How much harder it is for two grown clusters to merge.
    pub damping: f32,
    /// The cosine of two clusters' centroids that makes them fragments of one event, in [0, 1].
    pub mend: f32,
    /// What such a cosine counts where dates are missing, in [0, 1].
    pub mend_undated: f32,
    /// What the similarity of two documents of one source counts, in [0, 1].
    pub same_source: f32,
    /// What pairs of words weigh against words.
    pub pairs: f32,
    /// What the likeness of models' vectors weighs in a cosine, where both documents have one, in [0, 1].
    pub embedding: f32,
    /// The heaviest terms of a document that are compared.
    pub terms: usize,
    /// The most similar documents of each that are remembered.
    pub neighbours: usize,
    /// The most documents of one term that are looked at for one document.
    pub postings: usize,
    /// The most that are looked at for one document altogether.
    pub budget: usize,
}

impl Default for Params {
    fn default() -> Self {
        Params {
            threshold: 0.0945,
            days: 1.586,
            time_floor: 0.297,
            undated: 0.9455,
            density: 0.28,
            damping: 0.233,
            mend: 0.2434,
            mend_undated: 0.36,
            same_source: 0.664,
            pairs: 0.5346,
            embedding: 0.5,
            terms: 80,
            neighbours: 48,
            postings: 128,
            budget: 1600,
        }
    }
}

impl Params {
    /// Whether the values make sense, and if not, which one does not.
    pub fn validate(&self) -> Result<(), String> {
        let within = |name: &str, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} is {value}, not in {low} to {high}"))
            }
        };
        let some = |name: &str, value: usize| if value > 0 { Ok(()) } else { Err(format!("{name} is 0")) };
        within("threshold", self.threshold, 0.001, 10.0)?;
        within("days", self.days, 0.01, 10_000.0)?;
        within("time_floor", self.time_floor, 0.0, 1.0)?;
        within("undated", self.undated, 0.0, 1.0)?;
        within("density", self.density, 0.0, 1.0)?;
        within("damping", self.damping, 0.0, 10.0)?;
        within("mend", self.mend, 0.001, 10.0)?;
        within("mend_undated", self.mend_undated, 0.0, 1.0)?;
        within("same_source", self.same_source, 0.0, 1.0)?;
        within("pairs", self.pairs, 0.0, 10.0)?;
        within("embedding", self.embedding, 0.0, 1.0)?;
        some("terms", self.terms)?;
        some("neighbours", self.neighbours)?;
        some("postings", self.postings)?;
        some("budget", self.budget)
    }
}

/// The events found, and what was left undone to find them in time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    /// The event of each document: numbers from 0, in the order of first members.
    pub event: Vec<u32>,
    /// How many events there are.
    pub events: usize,
    /// Lists of a term's documents that were cut short or passed over.
    pub lists_capped: u64,
    /// Pairs of documents that share rare terms and were not compared.
    pub candidates_capped: u64,
    /// Pairs of similar documents.
    pub edges: u64,
    frequencies: vector::Frequencies,
}

impl Events {
    /// Other documents, each in one of the events from 0, whose terms are as frequent as those of all these.
    pub fn regrouped(self, event: Vec<u32>) -> Events {
        let events = event.iter().max().map_or(0, |&last| last as usize + 1);
        Events { event, events, ..self }
    }
}

/// What is known of documents before they are clustered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The first document equal to each one; copies that are not the first are in no pair.
    pub firsts: Vec<u32>,
    /// Pairs of documents, the earlier first; their similarity, and the time factor in it.
    pub pairs: Vec<(u32, u32, f32, f32)>,
    /// Of each document, terms and weights of its unit vector; of copies, nothing.
    pub vectors: Vec<Vec<(u32, f32)>>,
}

/// What [`cluster`] clusters, for other ways to do so: the similar documents among some that come in order of time.
pub fn graph(features: &[Features], bylines: Bylines, params: &Params) -> Graph {
    let distinct = Distinct::new(features, bylines);
    let known = vector::Vectors::new(&distinct.features, &vector::Frequencies::new(&distinct.features), params);
    let mixing = mixing(&distinct.features, params);
    let near = neighbours::neighbours(&known, mixing.as_ref(), &distinct.published, params);
    let similarities = similarity::Similarities::new(&near, distinct.bylines(), params);
    let pair = |(edge, time): (similarity::Edge, f32)| {
        (distinct.kept[edge.a as usize] as u32, distinct.kept[edge.b as usize] as u32, edge.similarity, time)
    };
    let pairs = similarities.timed_edges().into_iter().map(pair).collect();
    let mut vectors = vec![Vec::new(); features.len()];
    for (at, &document) in distinct.kept.iter().enumerate() {
        let (terms, weights) = known.get(at);
        let weights = weights.iter().map(|&weight| f32::from(weight) / f32::from(u16::MAX));
        vectors[document] = std::iter::zip(terms.iter().copied(), weights).collect();
    }
    Graph { firsts: distinct.firsts, pairs, vectors }
}

/// The documents that differ, and what is known of them.
struct Distinct<'a> {
    /// Of each document, the first one equal to it.
    firsts: Vec<u32>,
    /// The first ones; all that follows is of them.
    kept: Vec<usize>,
    features: Vec<&'a Features>,
    published: Vec<Option<i64>>,
    sources: Vec<Option<u32>>,
}

impl<'a> Distinct<'a> {
    fn new(features: &'a [Features], bylines: Bylines) -> Distinct<'a> {
        assert_eq!(features.len(), bylines.published.len(), "one time of publication a document");
        assert_eq!(features.len(), bylines.sources.len(), "one source a document");
        let firsts = copies::firsts(features, bylines.published);
        let kept: Vec<usize> = (0..features.len()).filter(|&at| firsts[at] as usize == at).collect();
        Distinct {
            features: kept.iter().map(|&at| &features[at]).collect(),
            published: kept.iter().map(|&at| bylines.published[at]).collect(),
            sources: kept.iter().map(|&at| bylines.sources[at]).collect(),
            firsts,
            kept,
        }
    }

    fn bylines(&self) -> Bylines<'_> {
        Bylines { published: &self.published, sources: &self.sources }
    }
}

/// What is known of documents besides their features.
#[derive(Clone, Copy, Debug)]
pub struct Bylines<'a> {
    /// When each was published, in Unix seconds.
    pub published: &'a [Option<i64>],
    /// Who published it: equal numbers for one source.
    pub sources: &'a [Option<u32>],
}

/// The events among documents that come in order of time: `features` of each, and when and by whom they were published.
///
/// A document without a time stands anywhere, and the order among equals decides ties only.
pub fn cluster(features: &[Features], bylines: Bylines, params: &Params) -> Events {
    let distinct = Distinct::new(features, bylines);
    let mut clusters = cluster_distinct(&distinct.features, distinct.bylines(), params);
    let mut event = vec![0; features.len()];
    distinct.kept.iter().zip(&clusters.event).for_each(|(&at, &label)| event[at] = label);
    (0..features.len()).for_each(|at| event[at] = event[distinct.firsts[at] as usize]);
    clusters.event = event;
    clusters
}

/// What models' vectors add to cosines, if documents have them.
fn mixing<'a>(features: &[&'a Features], params: &Params) -> Option<embedding::Mixing<'a>> {
    embedding::Mixing::new(features.iter().map(|features| &features.embedding).collect(), params.embedding)
}

fn cluster_distinct(features: &[&Features], bylines: Bylines, params: &Params) -> Events {
    let frequencies = vector::Frequencies::new(features);
    let near = {
        let vectors = vector::Vectors::new(features, &frequencies, params);
        neighbours::neighbours(&vectors, mixing(features, params).as_ref(), bylines.published, params)
    };
    let lists_capped = near.iter().map(|near| u64::from(near.lists_capped)).sum();
    let candidates_capped = near.iter().map(|near| u64::from(near.candidates_capped)).sum();
    let edges = similarity::Similarities::new(&near, bylines, params).edges();
    drop(near);
    let count = edges.len() as u64;
    let components = similarity::Components::new(features.len(), edges, params.threshold);
    let is_dated = |document: u32| bylines.published[document as usize].is_some();
    let event = cluster::label(features.len(), &cluster::merges(&components, is_dated, params));
    let events = event.iter().max().map_or(0, |&last| last as usize + 1);
    Events { event, events, lists_capped, candidates_capped, edges: count, frequencies }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(titles: &[String]) -> Vec<Features> {
        let mut reader = Reader::default();
        titles.iter().map(|title| reader.read(title, "")).collect()
    }

    fn at(features: &[Features], published: &[Option<i64>], params: &Params) -> Events {
        cluster(features, Bylines { published, sources: &vec![None; features.len()] }, params)
    }

    fn undated(features: &[Features]) -> Events {
        at(features, &vec![None; features.len()], &Params::default())
    }

    #[test]
    fn the_default_is_valid_and_nonsense_is_not() {
        assert_eq!(Params::default().validate(), Ok(()));
        let nonsense = Params { threshold: f32::NAN, ..Params::default() };
        assert!(nonsense.validate().unwrap_err().contains("threshold"));
        assert!(Params { budget: 0, ..Params::default() }.validate().is_err());
    }

    #[test]
    fn nothing_and_little_are_clustered() {
        assert_eq!(undated(&[]).events, 0);
        let empty = vec![Features::default(); 3];
        assert_eq!(undated(&empty).event, [0, 1, 2], "no words, no event");
    }

    #[test]
    fn two_events_are_two() {
        let titles =
            ["Flood in Bihar kills nine", "Nine dead in Bihar flood", "Quake shakes Noto", "Noto quake: toll rises"];
        let features = read(&titles.map(str::to_owned));
        assert_eq!(at(&features, &[Some(0); 4], &Params::default()).event, [0, 0, 1, 1]);
    }

    const TALKS: (&str, &str) = (
        "Envoys meet in Geneva over nuclear programme",
        "Diplomats from four countries met in Geneva on Monday for talks about the nuclear programme. The meeting lasted \
         three hours, officials said, and both sides described the talks as frank. A further round is expected next \
         month. The deputy foreign minister told reporters that sanctions remain the main issue for his government.",
    );
    const TALKS_AGAIN: (&str, &str) = (
        "Nuclear talks held in Geneva",
        "Four countries held talks on the nuclear programme in Geneva on Monday. Diplomats called the meeting frank, and \
         the deputy foreign minister said that sanctions were the main issue. Officials expect another round within \
         weeks, people familiar with the three-hour meeting told reporters.",
    );
    const VISIT: (&str, &str) = (
        "Minister visits tank factory near Paris",
        "The foreign minister visited a factory near Paris on Tuesday that repairs armoured vehicles. He told reporters \
         that the government would send more ammunition within weeks. Officials said the visit was a sign of support, \
         and that the two countries would meet again next month to discuss production of shells.",
    );

    #[test]
    fn two_articles_alone_are_one_event_only_if_they_tell_of_one() {
        let mut reader = Reader::default();
        let [talks, again, visit] = [TALKS, TALKS_AGAIN, VISIT].map(|(title, text)| reader.read(title, text));
        let events = |documents: &[&Features]| {
            let features: Vec<Features> = documents.iter().map(|&features| features.clone()).collect();
            undated(&features).event
        };
        assert_eq!(events(&[&talks, &visit]), [0, 1]);
        assert_eq!(events(&[&talks, &talks, &visit, &visit, &visit]), [0, 0, 1, 1, 1]);
        assert_eq!(events(&[&talks, &again]), [0, 0]);
        assert_eq!(events(&[&talks, &visit, &again]), [0, 1, 0]);
    }

    #[test]
    fn weeks_of_coverage_are_one_event_and_last_years_summit_is_another() {
        const DAY: i64 = 86_400;
        let told = [
            [
                "Leaders gather in Evian for summit of seven on trade and climate",
                "Summit of seven in Evian opens with dispute over trade",
                "Evian summit: leaders of seven agree on climate, not on trade",
                "Protesters march near Evian as leaders of seven end summit",
            ],
            [
                "Banff prepares for yearly summit of seven",
                "Leaders of seven reach Banff, sanctions first on summit agenda",
                "Banff summit of seven backs new sanctions",
                "Sanctions pledge closes Banff summit of seven",
            ],
        ];
        let strike = ["Miners strike in Zambezi copper pits goes on", "Copper miners strike in Zambezi: no deal"];
        let (mut titles, mut published) = (Vec::new(), Vec::new());
        for (year, told) in told.into_iter().enumerate() {
            titles.extend(told.map(str::to_owned));
            published.extend((0..4).map(|day| Some((365 * year as i64 + day) * DAY)));
        }
        for day in 0..24 {
            titles.push(format!("{}, day {day}", strike[day % 2]));
            published.push(Some((100 + day as i64) * DAY));
        }
        let event = at(&read(&titles), &published, &Params::default()).event;
        assert_eq!(event[8..], vec![event[8]; 24], "weeks of daily coverage");
        assert_eq!((&event[..4], &event[4..8]), (&[event[0]; 4][..], &[event[4]; 4][..]));
        assert_ne!(event[0], event[4], "a year apart");
    }

    #[test]
    fn one_headline_a_thousand_times_stays_bounded() {
        let features = read(&vec!["The same headline for everyone".to_owned(); 5000]);
        let params = Params { budget: 300, postings: 100, neighbours: 16, ..Params::default() };
        let clusters = at(&features, &vec![None; 5000], &params);
        assert_eq!(clusters.event.len(), 5000);
        assert_eq!((clusters.events, clusters.edges), (1, 0), "copies are one document");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn threads_change_nothing(titles in proptest::collection::vec("([k-t][aeo][lmn] ){1,6}", 0..60), days in 1i64..30) {
            let features = read(&titles);
            let published: Vec<_> = (0..titles.len() as i64).map(|n| (n % 7 > 0).then_some(n * 86_400 / days)).collect();
            let with = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| at(&features, &published, &Params::default()))
            };
            let (one, two) = (with(1), with(2));
            prop_assert_eq!(one.event.len(), titles.len());
            prop_assert_eq!(one, two);
        }
    }
}
