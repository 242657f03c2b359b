//! Why is a document in its group and its event, and why are two of them together, or apart? The answers, as data.
//!
//! [`crate::pipeline`] reads the input of a finished run again, compares the documents asked for exactly, and has from
//! [`crate::event::evidence`] what the clustering took them for; here is what it says of them: [`One`] document, or [`Two`].
//! [`chain`] finds how edges lead from one member of a group to another, [`passages`] what two texts share in words,
//! [`verdict`] puts a decision into one sentence and [`hint`] guesses which id was meant. The names of the fields are keys
//! of `--json`, and stay.
//!
//! Law: every number is exact, or is what the run itself used. Constant size, whatever the group or event.

pub mod chain;
pub mod hint;
pub mod passages;
pub mod verdict;

use crate::event::evidence;
use passages::Passage;
use serde::{Deserialize, Serialize};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Why a document is where it is.
    One(Box<One>),
    /// Why two are together, or apart.
    Two(Box<Two>),
}

/// Why a document is where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct One {
    /// The verb that made the result.
    pub verb: String,
    /// Which one.
    pub document: Document,
    /// Its near-duplicates; none where they were not sought, or it was rejected.
    pub group: Option<Group>,
    /// Its event; likewise.
    pub event: Option<Event>,
}

/// Why two documents are together, or apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Two {
    /// The verb that made the result.
    pub verb: String,
    /// The first.
    pub a: Document,
    /// The second.
    pub b: Document,
    /// What was decided, in a sentence.
    pub verdict: String,
    /// As near-duplicates; none where these were not sought, or one was rejected.
    pub near_duplicates: Option<NearDuplicates>,
    /// As of one event; likewise.
    pub events: Option<Events>,
}

/// A document of the input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Whether it is in the result.
    pub accepted: bool,
    /// Its headline, or what stands for it.
    pub title: Option<String>,
    /// When it was published.
    pub published: Option<String>,
    /// Its outlet.
    pub source: Option<String>,
    /// Where it was found.
    pub url: Option<String>,
    /// Its lines that were left out, since its source repeats them.
    pub left_out: Vec<String>,
    /// Its group, where groups were sought.
    pub group: Option<String>,
    /// Its event, where events were sought.
    pub event: Option<String>,
    /// Records with its id that were rejected: itself, or later ones.
    pub rejected_records: Vec<RejectedRecord>,
}

/// A record that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedRecord {
    /// Its file.
    pub file: String,
    /// Its line there, from 1.
    pub line: u64,
    /// The stable word for why.
    pub reason: String,
    /// What was seen.
    pub detail: String,
}

/// A document's group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Its name, which is its representative's id.
    pub group: String,
    /// Documents in it.
    pub size: usize,
    /// The document against its representative; none where it is that.
    pub representative: Option<Neighbour>,
    /// Similarity from which two are near-duplicates.
    pub threshold: f64,
    /// Containment from which they are as well, where that is on.
    pub containment_threshold: Option<f64>,
    /// Bands of a signature.
    pub bands: usize,
    /// The most similar others of the group.
    pub nearest: Vec<Neighbour>,
    /// The most similar documents of other groups.
    pub outside: Vec<Neighbour>,
}

/// Another document, compared exactly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbour {
    /// Its id.
    pub id: String,
    /// Its headline, or what stands for it.
    pub title: String,
    /// Jaccard of the two shingle sets.
    pub similarity: f64,
    /// The share of the smaller set that the other holds.
    pub containment: f64,
    /// Bands that both share.
    pub shared_bands: usize,
    /// Whether both have the same words.
    pub same_text: bool,
}

/// Two documents as near-duplicates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearDuplicates {
    /// Whether they are in one group.
    pub same_group: bool,
    /// Why, in a sentence.
    pub verdict: String,
    /// Whether they are near-duplicates of each other.
    pub near: bool,
    /// Whether both have the same words.
    pub same_text: bool,
    /// Jaccard of the two shingle sets.
    pub similarity: f64,
    /// Similarity from which two are near-duplicates.
    pub threshold: f64,
    /// Shingles in both.
    pub shared_shingles: u32,
    /// Shingles in either.
    pub all_shingles: u32,
    /// Shingles of each.
    pub shingles: [usize; 2],
    /// The share of the smaller set that the other holds.
    pub containment: f64,
    /// Containment from which they are near-duplicates as well, where that is on.
    pub containment_threshold: Option<f64>,
    /// The similarity that their signatures promise.
    pub estimate: f64,
    /// Equal slots of their signatures.
    pub equal_slots: usize,
    /// Slots of a signature.
    pub slots: usize,
    /// Bands that both share: one makes a candidate.
    pub shared_bands: usize,
    /// Bands of a signature.
    pub bands: usize,
    /// Slots of a band.
    pub rows: usize,
    /// The edges that lead from the first to the second within their group; none where they are not in one, have the same
    /// words, or the group is too large to look.
    pub chain: Option<Vec<ChainEdge>>,
    /// Longest passages of the first that the second has as well.
    pub in_both: Vec<Passage>,
    /// Longest passages that only the first has.
    pub only_a: Vec<Passage>,
    /// Longest passages that only the second has.
    pub only_b: Vec<Passage>,
}

/// An edge on the way from one document to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChainEdge {
    /// Where it starts.
    pub a: String,
    /// Where it ends.
    pub b: String,
    /// Jaccard of the two shingle sets.
    pub similarity: f64,
    /// The share of the smaller set that the other holds.
    pub containment: f64,
}

/// A document's event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// What the event is.
    pub about: About,
    /// The document that stands for the one asked for: its group's representative, or itself.
    pub compared: String,
    /// The cosine that is usual between it and strangers.
    pub usual: f32,
    /// What that makes of its cosines: it multiplies them.
    pub scale: f32,
    /// Whether it does not say when it was published.
    pub undated: bool,
    /// When it may have been, if it does not.
    pub guessed: Vec<Guess>,
    /// Other representatives with the same terms on the same day: all of them count as one.
    pub same_terms: usize,
    /// Score from which two clusters are one event.
    pub threshold: f32,
    /// Cosine of centroids from which they are, when no score is left.
    pub mend_threshold: f32,
    /// How it fits the rest of its event; none where it is alone.
    pub rest: Option<Fit>,
    /// The merge that brought it into company.
    pub joined: Option<Fit>,
    /// The most similar documents of its event.
    pub nearest: Vec<Kin>,
    /// The most similar documents of other events.
    pub others: Vec<Kin>,
}

/// What an event is, by its table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name.
    pub event: String,
    /// Its title.
    pub title: String,
    /// Documents in it.
    pub size: usize,
    /// Groups in it.
    pub groups: usize,
    /// Its first time.
    pub first_published: Option<String>,
    /// Its last time.
    pub last_published: Option<String>,
}

/// A time that an undated document may be of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guess {
    /// The time of a document like it.
    pub published: Option<String>,
    /// How much like it that is: its cosine.
    pub cosine: f32,
}

/// A document like another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kin {
    /// Its id.
    pub id: String,
    /// Its headline, or what stands for it.
    pub title: String,
    /// What speaks for one event.
    #[serde(flatten)]
    pub bond: Bond,
    /// The terms that give most to the cosine.
    pub terms: Vec<Word>,
    /// Its event, where that is another one.
    pub about: Option<About>,
    /// The fit of the two events, where it is another one.
    pub fit: Option<Fit>,
}

/// What speaks for two documents being about one event: `similarity = cosine x scales x time_factor x source_factor`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bond {
    /// The cosine of their terms, mixed with the likeness of their vectors.
    pub cosine: f32,
    /// How alike the vectors are that a model made of them, if both have one.
    pub embedding_likeness: Option<f32>,
    /// The cosine that is usual between each of them and strangers.
    pub usual: [f32; 2],
    /// What that makes of the cosine: each multiplies it.
    pub scales: [f32; 2],
    /// Days between them, where both say.
    pub days: Option<f64>,
    /// What these make of it.
    pub time_factor: f32,
    /// What is made of it where both are of one source; else 1.
    pub source_factor: f32,
    /// What comes of it.
    pub similarity: f32,
    /// Whether it counted. If not, neither was among the other's most similar, and it was taken for 0.
    pub counted: bool,
}

/// A term as it is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Word {
    /// As written.
    pub term: String,
    /// What it gives to the cosine; of one document's own, the share of the document that it is.
    pub weight: f32,
}

/// Two clusters, and what speaks for making them one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fit {
    /// Representatives in each, those with the same terms on the same day counted once.
    pub sizes: [usize; 2],
    /// The mean similarity of their representatives.
    pub mean_similarity: f64,
    /// That, damped by the size of the smaller: at `threshold` they are linked.
    pub score: f64,
    /// The cosine of their centroids, less where dates are missing: at `mend_threshold` they are fragments of one event.
    pub centroid_cosine: f64,
    /// Whether similar pairs lead from one to the other; else nothing makes them one.
    pub connected: bool,
}

impl From<evidence::Fit> for Fit {
    fn from(evidence::Fit { sizes, mean, score, mend, is_connected }: evidence::Fit) -> Self {
        Fit { sizes, mean_similarity: mean, score, centroid_cosine: mend, connected: is_connected }
    }
}

/// Two documents as of one event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Events {
    /// Whether they are in one.
    pub same_event: bool,
    /// Why, in a sentence.
    pub verdict: String,
    /// The documents that stand for the two: their groups' representatives, or themselves.
    pub compared: [String; 2],
    /// The event of each.
    pub about: Vec<About>,
    /// What speaks for one event; none where one document stands for both, or both have the same terms on the same day.
    pub bond: Option<Bond>,
    /// Score from which two clusters are one event.
    pub threshold: f32,
    /// Cosine of centroids from which they are, when no score is left.
    pub mend_threshold: f32,
    /// How much of what is usual is taken out of the cosine.
    pub density: f32,
    /// Whether each does not say when it was published.
    pub undated: [bool; 2],
    /// When each may have been, if it does not.
    pub guessed: [Vec<Guess>; 2],
    /// The terms that give most to the cosine.
    pub terms: Vec<Word>,
    /// The heaviest terms of each that the other lacks.
    pub missing: [Vec<Word>; 2],
    /// The clusters whose merging brought them together, or their two events.
    pub fit: Option<Fit>,
}
