//! An event to its title and keywords.
//!
//! The central document is the one whose terms agree best with those of all members; its headline is the event's title.
//! Keywords are the terms that members share and other documents lack. Features hold no spelling, so the caller reads
//! a few members' texts again: [`plan`] says which and what to look for, [`spell`] finds how it is written in one of
//! them, [`keywords`] chooses.
//!
//! `score(t) = mean over members of (count(t)) rarity(t)`, counted once more for each member that has it, as Rocchio's
//! centroids are (1971). Linear in the features; memory: the terms of one event and the frequencies of all. Bad case:
//! an event of one document, whose keywords are the rarest words of it and not always the telling ones.

use super::Clusters;
use super::features::{Features, beginning};
use super::terms::{Term, Terms};
use super::vector::Frequencies;
use crate::text::Story;
use hashbrown::HashMap;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Keywords an event has.
pub const KEYWORDS: usize = 5;
/// Terms that are looked for: more than keywords, as some are fragments of others.
const WANTED: usize = 40;
/// Members that are read again.
const READ_AGAIN: usize = 4;
/// Members of a large event that are looked at: enough to tell what it is about.
const LOOKED_AT: usize = 1000;

/// What is known of an event's label before texts are read again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The member whose headline is the title.
    pub central: u32,
    /// The members to read again, the most central first.
    pub read_again: Vec<u32>,
    /// The terms to look for, the most telling first, with their scores.
    pub wanted: Vec<(Term, f32)>,
}

/// A term as a text writes it, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// Which term.
    pub term: Term,
    /// As written, without punctuation around it.
    pub form: String,
    /// How often it is written so.
    pub count: u32,
}

/// A plan for each event, in the order of events.
pub fn plan(features: &[Features], clusters: &Clusters) -> Vec<Plan> {
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); clusters.events];
    for (document, &event) in clusters.event.iter().enumerate() {
        members[event as usize].push(document as u32);
    }
    members.par_iter().map(|members| plan_one(features, &clusters.frequencies, members)).collect()
}

fn plan_one(features: &[Features], frequencies: &Frequencies, members: &[u32]) -> Plan {
    let looked_at = &members[..members.len().min(LOOKED_AT)];
    let mut sums: HashMap<Term, (f32, u32), ahash::RandomState> = HashMap::default();
    for &member in looked_at {
        for (&term, &count) in features[member as usize].weighed() {
            let sum = sums.entry(term).or_default();
            *sum = (sum.0 + f32::from(count), sum.1 + 1);
        }
    }
    for (&term, (sum, _)) in &mut sums {
        *sum *= frequencies.rarity(term);
    }
    let mut central: Vec<(bool, f32, u32)> = looked_at
        .iter()
        .map(|&member| (features[member as usize].is_titled, agreement(&features[member as usize], &sums), member))
        .collect();
    central.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    let read_again: Vec<u32> = central.iter().take(READ_AGAIN).map(|&(.., member)| member).collect();
    let len = looked_at.len() as f32;
    let score = |&(sum, having): &(f32, u32)| sum / len * having as f32 / len;
    let mut wanted: Vec<(Term, f32)> = sums.iter().map(|(&term, sum)| (term, score(sum))).collect();
    wanted.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    wanted.truncate(WANTED);
    Plan { central: read_again.first().copied().unwrap_or_default(), read_again, wanted }
}

/// How well a member speaks for the sums of all: a cosine, but for a constant.
fn agreement(member: &Features, sums: &HashMap<Term, (f32, u32), ahash::RandomState>) -> f32 {
    let (mut dot, mut square) = (0.0, f32::MIN_POSITIVE);
    for (term, &count) in member.weighed() {
        let (sum, having) = sums.get(term).copied().unwrap_or_default();
        // What only this member has says nothing about the others.
        dot += if having > 1 { f32::from(count) * sum } else { 0.0 };
        square += f32::from(count) * f32::from(count);
    }
    dot / square.sqrt()
}

/// How an article writes the terms of a plan, in its own order of first appearance. The headline is asked only for
/// what the story lacks, as headlines capitalise at will.
pub fn spell(title: &str, text: &str, wanted: &[(Term, f32)]) -> Vec<Spelling> {
    let mut found: Vec<Spelling> = Vec::new();
    let mut terms = Terms::default();
    let mut story = Story::default();
    let text = beginning(text);
    story.read(title, text);
    let lines: Vec<&str> = story.lines().map(|line| &text[line.bytes.clone()]).collect();
    lines.iter().for_each(|line| spell_line(&mut terms, line, wanted, &mut found));
    let missing: Vec<(Term, f32)> =
        wanted.iter().filter(|(term, _)| found.iter().all(|known| known.term != *term)).copied().collect();
    spell_line(&mut terms, title, &missing, &mut found);
    found
}

fn spell_line(terms: &mut Terms, line: &str, wanted: &[(Term, f32)], found: &mut Vec<Spelling>) {
    terms.written(line, |term, first, last| {
        if !wanted.iter().any(|(wanted, _)| *wanted == term) {
            return;
        }
        let between = if term.is_pair() { " " } else { "" };
        let form = first.map(|first| first.to_owned() + between).unwrap_or_default() + last;
        match found.iter_mut().find(|known| known.term == term && known.form == form) {
            Some(known) => known.count += 1,
            None => found.push(Spelling { term, form, count: 1 }),
        }
    });
}

/// The keywords of an event: the terms of its plan that were found, the most telling first, each as it is written most
/// often; of two that are fragments of each other the longer.
pub fn keywords(wanted: &[(Term, f32)], spellings: &[Spelling]) -> Vec<String> {
    let mut forms: HashMap<Term, BTreeMap<&str, u32>, ahash::RandomState> = HashMap::default();
    for Spelling { term, form, count } in spellings {
        *forms.entry(*term).or_default().entry(form).or_insert(0) += count;
    }
    let mut chosen: Vec<&str> = Vec::new();
    for (term, _) in wanted {
        // The last of the maxima, walking backwards: of equals the first in bytes.
        let form = forms.get(term).and_then(|forms| forms.iter().rev().max_by_key(|(_, count)| **count));
        let Some((&form, _)) = form else { continue };
        if !is_telling(form) {
            continue;
        }
        if chosen.iter().any(|other| has_part(other, form)) {
            continue;
        }
        match chosen.iter().position(|other| has_part(form, other)) {
            Some(place) => {
                chosen[place] = form;
                let mut at = 0;
                chosen.retain(|other| {
                    at += 1;
                    at <= place + 1 || !has_part(form, other)
                });
            }
            None if chosen.len() < KEYWORDS => chosen.push(form),
            None => {}
        }
    }
    chosen.into_iter().map(str::to_owned).collect()
}

/// Whether a form can stand alone: not a number in letters or a bare figure, and no pair that straddles the edge of a name
/// ("near Moon", "England trims").
fn is_telling(form: &str) -> bool {
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
    let is_numeral = |word: &str| {
        word.chars().all(|c| c.is_numeric() || c.is_ascii_punctuation())
            || NUMERALS.iter().any(|n| n.eq_ignore_ascii_case(word))
    };
    let is_name = |word: &str| word.starts_with(char::is_uppercase);
    match form.split_once(' ') {
        Some((first, last)) => is_name(first) == is_name(last) && !is_numeral(first) && !is_numeral(last),
        None => !is_numeral(form),
    }
}

/// Whether `part` is `whole` or a fragment of it, whatever the case.
fn has_part(whole: &str, part: &str) -> bool {
    whole.to_lowercase().contains(&part.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::{Dated, Params, Reader, cluster};
    use super::*;

    const FLOOD: [(&str, &str); 3] = [
        ("Bihar flood kills nine", "A flood in Bihar has killed nine people. The Kosi river broke its banks."),
        ("Kosi river floods Bihar", "The Kosi river broke its banks and flooded Bihar, killing nine people."),
        ("Weather", "After the flood in Bihar, troops reached villages along the Kosi river."),
    ];

    fn labelled(documents: &[(&str, &str)]) -> Vec<(u32, Vec<String>)> {
        let mut reader = Reader::default();
        let features: Vec<_> = documents.iter().map(|(title, text)| reader.read(title, text)).collect();
        let dated = Dated { published: &vec![None; documents.len()], sources: &vec![None; documents.len()] };
        let clusters = cluster(&features, dated, &Params::default());
        plan(&features, &clusters)
            .iter()
            .map(|plan| {
                let spellings: Vec<_> = (plan.read_again.iter())
                    .flat_map(|&at| spell(documents[at as usize].0, documents[at as usize].1, &plan.wanted))
                    .collect();
                (plan.central, keywords(&plan.wanted, &spellings))
            })
            .collect()
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

    #[test]
    fn keywords_are_written_as_most_often_and_no_fragments() {
        let terms: Vec<(Term, f32)> = (0..4).map(|n| (Term(2 * n), 1.0)).collect();
        let spelling = |n: u32, form: &str, count| Spelling { term: Term(2 * n), form: form.to_owned(), count };
        let spellings = [
            spelling(0, "geneva", 1),
            spelling(0, "Geneva", 2),
            spelling(1, "talks", 1),
            spelling(2, "Geneva Talks", 1),
            spelling(3, "E3", 1),
        ];
        assert_eq!(keywords(&terms, &spellings), ["Geneva Talks", "E3"]);
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
        assert!(
            ["Geneva", "Geneva talks", "near Moon", "three", "2024", "three dead"].map(is_telling)
                == [true, false, false, false, false, false]
        );
        assert!(is_telling("Marco Rubio") && is_telling("nuclear talks") && is_telling("E3"));
    }

    #[test]
    fn a_document_without_words_has_no_keywords() {
        assert_eq!(labelled(&[("", "")]), [(0, vec![])]);
    }
}
