//! An event to its title and keywords.
//!
//! The central document is the one whose terms agree best with those of all members; its headline is the event's title.
//! Keywords are the terms that members share and other documents lack. Features hold no spelling, so the caller reads
//! a few members' texts again: [`plan`] says which and what to look for, [`Speller`] finds how it is written there and
//! chooses. Two words are a keyword where they belong together: a name, or words that are seldom met apart; and no word
//! is told twice.
//!
//! `score(t) = mean over members of (count(t)) rarity(t)`, counted once more for each member that has it, as Rocchio's
//! centroids are (1971). Linear in the features; memory: the terms of one event and the frequencies of all. Bad case:
//! an event of one document, whose keywords are the rarest words of it and not always the telling ones.

use super::Events;
use super::features::{Extent, Features, beginning};
use super::terms::{Term, Terms, sort_by_term};
use super::vector::Frequencies;
use crate::text::Story;
use rayon::prelude::*;
use std::ops::Range;

/// Keywords an event has.
pub const KEYWORDS: usize = 5;
/// Terms that are looked for: more than keywords, as not every one can stand alone.
const WANTED: usize = 32;
/// Members that are read again.
const READ_AGAIN: usize = 3;
/// How much of their stories: what tells of the event stands first.
const READ: Extent = Extent { words: 80, bytes: 1 << 10 };
/// Members of a large event that are looked at: enough to tell what it is about.
const LOOKED_AT: usize = 1000;
/// Two words belong together where they meet this often, against the geometric mean of how often either comes.
const TOGETHER: f32 = 0.6;

/// What is known of an event's label before texts are read again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The members to read again, the most central first: its headline is the title.
    pub read_again: Vec<u32>,
    /// The terms to look for, the most telling first.
    wanted: Vec<Term>,
}

/// Appends what is read again of a story: its first lines.
pub fn excerpt(story: &Story, text: &str, out: &mut String) {
    for (at, line) in beginning(story, text, READ).enumerate() {
        out.push_str(if at > 0 { "\n" } else { "" });
        out.push_str(line);
    }
}

/// A plan for each event, in the order of events.
pub fn plan(features: &[Features], clusters: &Events) -> Vec<Plan> {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); clusters.events];
    for (document, &event) in clusters.event.iter().enumerate() {
        members[event as usize].push(document as u32);
    }
    let with = |room: &mut Room, members: &Vec<u32>| plan_one(features, &clusters.frequencies, members, room);
    members.par_iter().map_init(Room::default, with).collect()
}

/// Scratch of one thread.
#[derive(Default)]
struct Room {
    /// The terms of members, in order: a term, a member, and how much it speaks of it in one number.
    came: Vec<u64>,
    sorted: Vec<u64>,
    terms: Vec<Term>,
    numbers: Vec<Option<u32>>,
    /// Of each member, the cosine with the sums of all, but for a constant.
    agreement: Vec<f32>,
}

fn plan_one(features: &[Features], frequencies: &Frequencies, members: &[u32], room: &mut Room) -> Plan {
    let Room { came, sorted, terms, numbers, agreement } = room;
    // Most events are of one document.
    if let &[only] = members {
        let document = &features[only as usize];
        frequencies.numbers(&document.terms, numbers);
        let score = |((&term, &count), &number): ((&Term, &u8), &Option<u32>)| {
            (term, f32::from(count) * frequencies.rarity_of(number))
        };
        let scored = document.weighed().zip(&*numbers).map(score).collect();
        return Plan { read_again: vec![only], wanted: most_telling(scored) };
    }
    let looked_at = &members[..members.len().min(LOOKED_AT)];
    came.clear();
    for (&member, at) in looked_at.iter().zip(0u64..) {
        came.extend(
            features[member as usize]
                .weighed()
                .map(|(term, &count)| u64::from(term.0) << 32 | at << 8 | u64::from(count)),
        );
    }
    sort_by_term(came, sorted);
    let count = |one: u64| f32::from(one as u8);
    let same_term = |a: &u64, b: &u64| a >> 32 == b >> 32;
    terms.clear();
    terms.extend(came.chunk_by(same_term).map(|same| Term((same[0] >> 32) as u32)));
    frequencies.numbers(terms, numbers);
    agreement.clear();
    agreement.resize(looked_at.len(), 0.0);
    let mut scored = Vec::with_capacity(terms.len());
    for (same, (&term, &number)) in came.chunk_by(same_term).zip(terms.iter().zip(&*numbers)) {
        let sum = same.iter().map(|&one| count(one)).sum::<f32>() * frequencies.rarity_of(number);
        scored.push((term, sum * same.len() as f32));
        // What only one member has says nothing about the others.
        if same.len() > 1 {
            same.iter().for_each(|&one| agreement[(one >> 8) as usize & 0xff_ffff] += count(one) * sum);
        }
    }
    let mut central: Vec<(bool, f32, u32)> = looked_at
        .iter()
        .zip(&*agreement)
        .map(|(&member, &dot)| {
            let document = &features[member as usize];
            (document.is_titled, dot / document.length(), member)
        })
        .collect();
    central.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    let read_again: Vec<u32> = central.iter().take(READ_AGAIN).map(|&(.., member)| member).collect();
    Plan { read_again, wanted: most_telling(scored) }
}

/// The terms to look for, of those with these scores.
fn most_telling(mut terms: Vec<(Term, f32)>) -> Vec<Term> {
    let best_first = |a: &(Term, f32), b: &(Term, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if terms.len() > WANTED {
        terms.select_nth_unstable_by(WANTED, best_first);
        terms.truncate(WANTED);
    }
    terms.sort_unstable_by(best_first);
    terms.into_iter().map(|(term, _)| term).collect()
}

/// A wanted term as a text writes it.
#[derive(Debug)]
struct Form {
    /// Its place among the wanted.
    rank: u8,
    /// Its words.
    words: [Option<Term>; 2],
    /// How it is written: these bytes of what all are.
    written: Range<usize>,
    count: u32,
    in_story: bool,
}

impl Form {
    /// How it is written, of what all are.
    fn of<'w>(&self, written: &'w str) -> &'w str {
        &written[self.written.clone()]
    }
}

/// Finds how the terms of a plan are written, event after event, in the same buffers.
#[derive(Debug, Default)]
pub struct Speller {
    story: Story,
    terms: Terms,
    /// The terms looked for, in order, with their ranks.
    wanted: Vec<(Term, u8)>,
    /// A bit for each of them: most terms are told by it to be none.
    may_be: [u64; 8],
    forms: Vec<Form>,
    /// How they are written, one after another.
    written: String,
    /// The words that came, as often as they came.
    words: Vec<Term>,
}

impl Speller {
    /// Begins with an event.
    pub fn begin(&mut self, plan: &Plan) {
        self.look_for(plan.wanted.iter().copied());
    }

    /// Begins with terms, at most 256 of them.
    pub(super) fn look_for(&mut self, terms: impl Iterator<Item = Term>) {
        self.wanted.clear();
        self.wanted.extend(terms.zip(0..=u8::MAX));
        self.wanted.sort_unstable();
        self.may_be = [0; 8];
        for &(term, _) in &self.wanted {
            let (word, bit) = place(term);
            self.may_be[word] |= bit;
        }
        self.forms.clear();
        self.written.clear();
        self.words.clear();
    }

    /// Reads a member: its title, and of its story what [`excerpt`] gives.
    pub fn read(&mut self, title: &str, excerpt: &str) {
        self.read_line(title, true);
        excerpt.split('\n').for_each(|line| self.read_line(line, false));
    }

    /// Reads so much of a document.
    pub(super) fn read_so_far(&mut self, title: &str, text: &str, extent: Extent) {
        let mut story = std::mem::take(&mut self.story);
        story.read(title, text);
        self.read_line(title, true);
        beginning(&story, text, extent).for_each(|line| self.read_line(line, false));
        self.story = story;
    }

    fn read_line(&mut self, line: &str, is_title: bool) {
        let Speller { terms, wanted, may_be, forms, written, words, .. } = self;
        let (mut before, mut here) = (None, None);
        terms.written(line, |term, first, last| {
            if !term.is_pair() {
                (before, here) = (here, Some(term));
                words.push(term);
            }
            let (word, bit) = place(term);
            if may_be[word] & bit == 0 {
                return;
            }
            let Ok(at) = wanted.binary_search_by_key(&term, |&(wanted, _)| wanted) else { return };
            let (rank, from) = (wanted[at].1, written.len());
            let gap = if term.is_pair() { " " } else { "" };
            [first.unwrap_or_default(), gap, last].into_iter().for_each(|part| written.push_str(part));
            let (known, new) = written.split_at(from);
            let is_form = |form: &&mut Form| form.rank == rank && form.of(known) == new;
            if let Some(known) = forms.iter_mut().find(is_form) {
                known.count += 1;
                known.in_story |= !is_title;
                written.truncate(from);
            } else {
                let words = if term.is_pair() { [before, here] } else { [Some(term), None] };
                forms.push(Form { rank, words, written: from..written.len(), count: 1, in_story: !is_title });
            }
        });
    }

    /// The keywords of the event: the terms of its plan that were found, the most telling first, each as it is written
    /// most often, outside of headlines where it can be; those that stand alone and repeat no word of another.
    pub fn keywords(&mut self) -> Vec<String> {
        self.choose();
        let mut chosen: Vec<&Form> = Vec::new();
        for form in &self.forms {
            let has_any = |other: &&Form| form.words.iter().flatten().any(|&word| other.words.contains(&Some(word)));
            let repeated: Vec<usize> = (0..chosen.len()).filter(|&at| has_any(&chosen[at])).collect();
            // Of words and the two of them together, the two.
            let is_of_two = form.words[1].is_some() && repeated.iter().all(|&at| chosen[at].words[1].is_none());
            let has_place = if repeated.is_empty() { chosen.len() < KEYWORDS } else { is_of_two };
            if !has_place || !self.is_telling(form) {
                continue;
            }
            let Some(&first) = repeated.first() else {
                chosen.push(form);
                continue;
            };
            chosen[first] = form;
            for &at in repeated[1..].iter().rev() {
                chosen.remove(at);
            }
        }
        chosen.into_iter().map(|form| form.of(&self.written).to_owned()).collect()
    }

    /// Keeps of each term the form that is written most often, outside of headlines where it can be.
    fn choose(&mut self) {
        let of = |form: &Form| (form.rank, !form.in_story, u32::MAX - form.count);
        let Speller { forms, written, .. } = self;
        forms.sort_unstable_by(|a, b| of(a).cmp(&of(b)).then_with(|| a.of(written).cmp(b.of(written))));
        forms.dedup_by_key(|form| form.rank);
    }

    /// How the terms that were found are written, with their places among those looked for.
    pub(super) fn written(mut self) -> Vec<(usize, String)> {
        self.choose();
        self.forms.iter().map(|form| (form.rank.into(), form.of(&self.written).to_owned())).collect()
    }

    /// Whether a form can stand alone: not a number in letters or a bare figure, and, of two words, no chance meeting
    /// ("hold nuclear", "near Moon").
    fn is_telling(&self, form: &Form) -> bool {
        let is_name = |word: &str| word.starts_with(char::is_uppercase);
        let written = form.of(&self.written);
        match written.split_once(' ') {
            None => !is_numeral(written),
            Some((first, last)) if is_numeral(first) || is_numeral(last) || is_name(first) != is_name(last) => false,
            Some((first, _)) if is_name(first) && form.in_story => true,
            Some(_) => {
                let times = |word: Option<Term>| {
                    let came = word.map_or(0, |word| self.words.iter().filter(|&&other| other == word).count());
                    came.max(1) as f32
                };
                form.count > 1 && form.count as f32 >= TOGETHER * (times(form.words[0]) * times(form.words[1])).sqrt()
            }
        }
    }
}

/// One of the bits for a term.
fn place(term: Term) -> (usize, u64) {
    ((term.0 >> 7) as usize % 8, 1 << (term.0 >> 1 & 63))
}

fn is_numeral(word: &str) -> bool {
    const NUMERALS: [&str; 22] = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "dozen",
        "dozens",
        "hundred",
        "hundreds",
        "thousand",
        "thousands",
        "million",
        "millions",
        "billion",
        "billions",
    ];
    NUMERALS.iter().any(|numeral| numeral.eq_ignore_ascii_case(word))
        || word.chars().all(|c| c.is_numeric() || c.is_ascii_punctuation())
}

#[cfg(test)]
mod tests {
    use super::super::{Bylines, Params, Reader, cluster};
    use super::*;

    const FLOOD: [(&str, &str); 3] = [
        ("Bihar flood kills nine", "A flood in Bihar has killed nine people. The Kosi river broke its banks."),
        ("Kosi river floods Bihar", "The Kosi river broke its banks and flooded Bihar, killing nine people."),
        ("Weather", "After the flood in Bihar, troops reached villages along the Kosi river."),
    ];

    fn labelled(documents: &[(&str, &str)]) -> Vec<(u32, Vec<String>)> {
        let mut reader = Reader::default();
        let features: Vec<_> = documents.iter().map(|(title, text)| reader.read(title, text)).collect();
        let bylines = Bylines { published: &vec![None; documents.len()], sources: &vec![None; documents.len()] };
        let clusters = cluster(&features, bylines, &Params::default());
        let mut speller = Speller::default();
        let mut label = |plan: &Plan| {
            speller.begin(plan);
            plan.read_again.iter().for_each(|&at| speller.read(documents[at as usize].0, documents[at as usize].1));
            (plan.read_again[0], speller.keywords())
        };
        plan(&features, &clusters).iter().map(&mut label).collect()
    }

    #[test]
    fn an_event_is_named_by_what_its_members_share() {
        let labels = labelled(&FLOOD);
        assert_eq!(labels.len(), 1);
        assert_ne!(labels[0].0, 2, "the odd one out is not central");
        let keywords = labels[0].1.join(" / ");
        assert!(keywords.contains("Bihar") && keywords.contains("Kosi"), "{keywords}");
        assert!(labels[0].1.len() <= KEYWORDS);
    }

    /// The keywords that such terms have in such texts.
    fn keywords(wanted: &[&str], texts: &[(&str, &str)]) -> Vec<String> {
        let mut terms = Terms::default();
        let mut last = |form: &&str| {
            let mut found = Term(0);
            terms.each(form, usize::MAX, |[(word, _), (two, is_two)], _| found = if is_two { two } else { word });
            found
        };
        let mut speller = Speller::default();
        speller.begin(&Plan { read_again: vec![], wanted: wanted.iter().map(&mut last).collect() });
        texts.iter().for_each(|(title, text)| speller.read(title, text));
        speller.keywords()
    }

    #[test]
    fn keywords_are_written_as_most_often_and_no_fragments() {
        let texts = [("GENEVA TALKS", "The geneva talks with the E3 were held. Geneva talks. Geneva talks again.")];
        assert_eq!(keywords(&["geneva", "talks", "geneva talks", "e3"], &texts), ["Geneva", "talks", "E3"]);
        assert_eq!(
            keywords(&["geneva", "mora", "enrique mora"], &[("", "In Geneva spoke Enrique Mora. Mora left.")]),
            ["Geneva", "Enrique Mora"]
        );
    }

    #[test]
    fn chance_meetings_are_no_keywords() {
        let text =
            "They hold nuclear talks. Nuclear power, nuclear waste and nuclear arms. The fiscal cliff, a fiscal cliff.";
        assert_eq!(keywords(&["hold nuclear", "fiscal cliff"], &[("", text)]), ["fiscal cliff"]);
        assert_eq!(keywords(&["site woes", "site"], &[("Health Site Woes", "The site failed. A site.")]), ["site"]);
    }

    #[test]
    fn a_lone_document_and_a_script_without_spaces_have_keywords() {
        let labels = labelled(&[("伊朗与英法德在日内瓦会谈", "伊朗与英法德在日内瓦会谈。"), ("Flood", "")]);
        assert_eq!(labels.len(), 2);
        assert!(labels.iter().all(|(_, keywords)| !keywords.is_empty()), "{labels:?}");
        assert!(labels[0].1.iter().all(|word| word.chars().count() >= 2), "{labels:?}");
    }

    #[test]
    fn numerals_and_pairs_across_the_edge_of_a_name_are_no_keywords() {
        let text = "Three dead near Moon in 2024, said Marco Rubio at Geneva.";
        let wanted = ["three dead", "three", "near moon", "2024", "marco rubio", "geneva"];
        assert_eq!(keywords(&wanted, &[("", text)]), ["Marco Rubio", "Geneva"]);
    }

    #[test]
    fn a_document_without_words_has_no_keywords() {
        assert_eq!(labelled(&[("", "")]), [(0, vec![])]);
    }
}
