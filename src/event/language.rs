//! A text to its language, as far as it bears on events: whose stop words it has, and in which script.
//!
//! What a word tells of an article is a matter of how rare it is among articles of its language: in a crawl of many
//! languages each one's everyday words come seldom. So the documents of each language are counted for themselves
//! ([`Languages`]). Most words decide on a script, stop words on one of its languages: a stop word of several speaks for
//! each of them a little. A text for which two speak alike, or none, counts as of the one that is the most common.
//!
//! Stop words as the sign of a language: Grefenstette 1995, "Comparing two language identification schemes". Linear in the
//! words. Bad case: headlines of close languages (Spanish and Portuguese), an eighth of which are taken for the other.

use super::features::Features;
use crate::hash;
use crate::text::Tokenizer;
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// So many languages of a crawl are told apart, the most common ones.
const LANGUAGES: usize = 32;
/// Fewer documents do not show what is rare in their language: they count with the most common one.
const LEAST: u32 = 10;

/// Words of some twenty languages that say nothing of what an article is about.
///
/// Every second word of a text is such a word, and nothing tells which: so each stands at one of two places that its hash
/// says, and both are looked at (Pagh and Rodler 2001, "Cuckoo hashing"), without a branch.
pub(super) struct StopWords {
    places: Box<[StopWord; StopWords::PLACES]>,
    /// Of each number that words may have, the languages, a bit for each; of none, for 0.
    languages: Vec<u32>,
    /// The script of each language.
    scripts: Vec<Script>,
}

/// The upper half of a hash, and the number of a set of languages.
#[derive(Clone, Copy, Default)]
struct StopWord {
    hash: u32,
    number: u16,
}

pub(super) static STOP_WORDS: LazyLock<StopWords> = LazyLock::new(StopWords::read);

impl StopWords {
    /// Four times as many as there are words.
    const PLACES: usize = 1 << 12;

    fn read() -> StopWords {
        let (mut tokenizer, mut scripts) = (Tokenizer::default(), Vec::new());
        let mut words: BTreeMap<u64, u32> = BTreeMap::new();
        for (language, line) in include_str!("stopwords.txt").lines().enumerate() {
            let (_, list) = line.split_once(':').unwrap_or_default();
            let mut script = Script::LATIN;
            tokenizer.hashed(list, |word| {
                script = Script::of(word.bytes);
                *words.entry(word.hash).or_default() |= 1 << language;
            });
            scripts.push(script);
        }
        let mut stop = StopWords { places: Box::new([StopWord::default(); Self::PLACES]), languages: vec![0], scripts };
        let mut hash_at = vec![None; Self::PLACES];
        for (mut hash, languages) in words {
            let known = stop.languages.iter().position(|&known| known == languages).unwrap_or(stop.languages.len());
            if known == stop.languages.len() {
                stop.languages.push(languages);
            }
            let mut word = StopWord { hash: (hash >> 32) as u32, number: known as u16 };
            // Who stands where another must goes to the other place that is its.
            let mut at = Self::places_of(hash)[0];
            loop {
                std::mem::swap(&mut stop.places[at], &mut word);
                let Some(moved) = hash_at[at].replace(hash) else { break };
                hash = moved;
                let [first, second] = Self::places_of(hash);
                at = if at == first { second } else { first };
            }
        }
        stop
    }

    #[inline]
    fn places_of(hash: u64) -> [usize; 2] {
        [hash as usize % Self::PLACES, (hash >> 12) as usize % Self::PLACES]
    }

    /// The number of the languages of which a word is a stop word; 0 where it is none.
    #[inline]
    pub(super) fn number(&self, word: u64) -> u16 {
        let upper = (word >> 32) as u32;
        let at = |place: usize| {
            let StopWord { hash, number } = self.places[place];
            if hash == upper { number } else { 0 }
        };
        let [first, second] = Self::places_of(word);
        at(first) | at(second)
    }

    /// The languages of which a word is a stop word.
    #[cfg(test)]
    fn languages(&self, word: u64) -> u32 {
        self.languages[usize::from(self.number(word))]
    }
}

/// A number for each script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Script(u16);

impl Script {
    const LATIN: Script = Script(0);
    const KANA: Script = Script(0x61);

    /// The script of a word in UTF-8.
    #[inline]
    fn of(word: &[u8]) -> Script {
        // Leads of letters other than Latin are not less.
        const NOT_LATIN: u8 = 0xcd;
        if word.first().is_none_or(|&lead| lead < NOT_LATIN) { Script::LATIN } else { Script::of_letter(first(word)) }
    }

    fn of_letter(first: Option<char>) -> Script {
        // Most scripts have 128 places to themselves.
        Script(first.map_or(0, |first| match first {
            'Ḁ'..='ỿ' => 0,
            '\u{400}'..='\u{52F}' => 8,
            '\u{600}'..='\u{77F}' => 12,
            '\u{1000}'..='\u{109F}' => 0x20,
            '\u{1200}'..='\u{139F}' => 0x24,
            '\u{3040}'..='\u{30FF}' => Script::KANA.0,
            '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => 0x9c,
            '\u{AC00}'..='\u{D7FF}' => 0x158,
            ..'\u{3040}' => (first as u32 >> 7) as u16,
            _ => u16::MAX,
        }))
    }
}

/// The first character of a word in UTF-8.
pub(super) fn first(word: &[u8]) -> Option<char> {
    word.utf8_chunks().next()?.valid().chars().next()
}

/// The language of a text: its script, and which of those with stop words it may be, a bit for each, if any of them comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Language {
    script: Script,
    lists: u32,
}

impl Language {
    /// The numbers of its script and lists; [`Language::of_numbers`] is the way back.
    pub(super) fn numbers(self) -> (u16, u32) {
        (self.script.0, self.lists)
    }

    pub(super) fn of_numbers(script: u16, lists: u32) -> Language {
        Language { script: Script(script), lists }
    }

    /// A number of its own.
    pub(super) fn hash(self) -> u64 {
        hash::mix(u64::from(self.script.0) << 32 | u64::from(self.lists))
    }

    /// Whether it is one, as far as is known.
    fn is_one(self) -> bool {
        self.lists.count_ones() < 2
    }

    /// Whether a text of which this is known may be in `other`.
    fn may_be(self, other: Language) -> bool {
        self.script == other.script && (self.lists == 0 || self.lists & other.lists != 0)
    }
}

/// Lists of stop words, one a bit.
const STOP_LISTS: usize = 32;

/// What words speak for each language.
#[derive(Debug)]
pub(super) struct Votes {
    latin: u32,
    /// Other scripts.
    scripts: Vec<(Script, u32)>,
    /// How often a word of each [number](StopWords::number) came.
    stop_words: Vec<u32>,
}

impl Default for Votes {
    fn default() -> Self {
        Votes { latin: 0, scripts: Vec::new(), stop_words: vec![0; STOP_WORDS.languages.len()] }
    }
}

impl Votes {
    /// A stop word of one language counts so much, one of several that much together.
    const STOP: u32 = 60;
    /// Japanese has so many Han characters for each kana at most.
    const KANA: u32 = 4;

    /// Takes a word, and its [number](StopWords::number) among stop words.
    #[inline]
    pub(super) fn word(&mut self, word: &[u8], stop_word: u16) {
        self.stop_words[usize::from(stop_word)] += 1;
        let script = Script::of(word);
        if script == Script::LATIN {
            self.latin += 1;
            return;
        }
        let weight = if script == Script::KANA { Votes::KANA } else { 1 };
        match self.scripts.iter_mut().find(|(known, _)| *known == script) {
            Some((_, votes)) => *votes += weight,
            None => self.scripts.push((script, weight)),
        }
    }

    /// The language for which the most speaks; forgets what was told.
    pub(super) fn take(&mut self) -> Language {
        let language = self.language();
        self.latin = 0;
        self.scripts.clear();
        self.stop_words.fill(0);
        language
    }

    fn language(&self) -> Language {
        let scripts = self.scripts.iter().copied().chain([(Script::LATIN, self.latin)]);
        let most = scripts.max_by_key(|&(script, votes)| (votes, Reverse(script)));
        let script = most.map_or(Script::LATIN, |(script, _)| script);
        let mut lists = [0; STOP_LISTS];
        for (&languages, &came) in
            STOP_WORDS.languages.iter().zip(&self.stop_words).skip(1).filter(|(_, came)| **came > 0)
        {
            let (votes, mut left) = (came * (Votes::STOP / languages.count_ones()), languages);
            while left != 0 {
                lists[left.trailing_zeros() as usize] += votes;
                left &= left - 1;
            }
        }
        let of_script = || (0..).zip(&lists).filter(|&(list, _)| STOP_WORDS.scripts.get(list) == Some(&script));
        let most = of_script().map(|(_, &votes)| votes).max().unwrap_or_default();
        let equals = of_script().filter(|&(_, &votes)| votes == most && votes > 0);
        Language { script, lists: equals.map(|(list, _)| 1 << list).sum() }
    }
}

/// The languages of some documents: of each document, which one, and how many documents each has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Languages {
    of: Vec<u8>,
    documents: Vec<u32>,
}

impl Languages {
    pub(super) fn new(features: &[&Features]) -> Languages {
        let mut counts: HashMap<Language, u32, ahash::RandomState> = HashMap::default();
        features.iter().for_each(|features| *counts.entry(features.language).or_default() += 1);
        let mut counts: Vec<(Language, u32)> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|&(language, count)| (Reverse(count), language));
        counts.retain(|&(language, count)| language.is_one() && count >= LEAST);
        counts.truncate(LANGUAGES);
        let place = |language: Language| counts.iter().position(|&(known, _)| language.may_be(known));
        let of: Vec<u8> = features.iter().map(|features| place(features.language).unwrap_or_default() as u8).collect();
        let mut documents = vec![0; counts.len().max(1)];
        of.iter().for_each(|&language| documents[usize::from(language)] += 1);
        Languages { of, documents }
    }

    /// How many documents are in the language of this one.
    pub(super) fn peers(&self, document: usize) -> usize {
        self.documents[usize::from(self.of[document])] as usize
    }

    /// Each language: how many documents are in it, and which ones.
    pub(super) fn each(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = usize>)> {
        self.documents.iter().zip(0u8..).filter(|&(&documents, _)| documents > 0).map(|(&documents, language)| {
            let is_in = move |&(_, &of): &(usize, &u8)| of == language;
            (documents as usize, self.of.iter().enumerate().filter(is_in).map(|(document, _)| document))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;
    use proptest::prelude::*;

    fn language(text: &str) -> Language {
        Reader::default().read("", text).language
    }

    #[test]
    fn texts_of_one_language_are_told_from_those_of_others() {
        let texts = [
            ["The talks were held in Geneva on Monday", "It was not the first time that he had been there"],
            ["Die Gespräche wurden am Montag in Genf geführt", "Es ist nicht das erste Mal, dass er dort gewesen ist"],
            ["Les pourparlers ont eu lieu lundi à Genève", "Ce n’est pas la première fois qu’il est dans cette ville"],
            ["Las conversaciones fueron el lunes en Ginebra", "No es la primera vez que ha estado en la ciudad"],
            ["Переговоры прошли в понедельник в Женеве", "Это не первый раз, когда он был в этом городе"],
            ["جرت المحادثات يوم الاثنين في جنيف", "قالت إن هذا ليس أول اجتماع إلى الآن على ما يبدو"],
            ["वार्ता सोमवार को जिनेवा में हुई", "उन्होंने कहा कि यह पहली बार नहीं है"],
            ["伊朗与欧洲三国星期一在日内瓦会谈", "这不是他第一次来到这座城市"],
            ["協議は月曜日にジュネーブで行われた", "首相は東京で記者会見し、方針を発表した"],
            ["การเจรจาจัดขึ้นเมื่อวันจันทร์ที่เจนีวา", "ไม่ใช่ครั้งแรกที่เขามาที่เมืองนี้"],
            ["회담은 월요일 제네바에서 열렸다", "그가 이 도시에 온 것은 처음이 아니다"],
        ];
        let told = texts.map(|texts| texts.map(language));
        for (at, [one, other]) in told.into_iter().enumerate() {
            assert_eq!(one, other, "{:?}", texts[at]);
            assert!(told[..at].iter().all(|[known, _]| *known != one), "{:?}", texts[at]);
        }
    }

    #[test]
    fn a_text_of_which_little_is_known_counts_with_the_most_common_language() {
        let texts = [
            ("Die Wahl ist vorbei", 30),
            ("the vote", 20),
            ("на выборах", 10),
            ("選挙", 9),
            ("Berlin 2025", 1),
            ("Выборы", 1),
        ];
        let read = |(text, times)| std::iter::repeat_n(Reader::default().read("", text), times);
        let features: Vec<Features> = texts.into_iter().flat_map(read).collect();
        let languages = Languages::new(&features.iter().collect::<Vec<_>>());
        assert_eq!([0, 30, 50, 60, 69, 70].map(|at| languages.peers(at)), [40, 20, 11, 40, 40, 11]);
    }

    #[test]
    fn stop_lists_fit_into_their_bits() {
        assert!(STOP_WORDS.scripts.len() <= STOP_LISTS);
        assert!(
            STOP_WORDS.languages[1..]
                .iter()
                .all(|&languages| languages != 0 && languages < 1 << STOP_WORDS.scripts.len())
        );
        // Written as people write them, found as texts have them.
        for word in ["إلى", "για", "ещё", "daß", "isn’t"] {
            let mut languages = 0;
            Tokenizer::default().hashed(word, |word| languages = STOP_WORDS.languages(word.hash));
            assert_eq!(languages.count_ones(), 1, "{word}");
        }
    }

    proptest! {
        #[test]
        fn every_document_has_one_language(texts in proptest::collection::vec("\\PC{0,12}|[a-z ]{0,9}", 0..80)) {
            let features: Vec<Features> = texts.iter().map(|text| Reader::default().read("", text)).collect();
            let languages = Languages::new(&features.iter().collect::<Vec<_>>());
            let mut seen: Vec<usize> = Vec::new();
            for (count, documents) in languages.each() {
                let documents: Vec<usize> = documents.collect();
                prop_assert_eq!(documents.len(), count);
                prop_assert!(documents.iter().all(|&document| languages.peers(document) == count));
                seen.extend(documents);
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..texts.len()).collect::<Vec<_>>());
        }
    }
}
