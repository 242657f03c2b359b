//! The made-up world that every corpus shares: words, names, topics and outlets.

use super::random::{Rng, Room, Zipf};
use hashbrown::HashSet;
use std::ops::Range;

pub(super) const WORDS: usize = 60_000;
pub(super) const TOPICS: usize = 36;
pub(super) const TOPIC_WORDS: usize = 400;
pub(super) const OUTLETS: usize = 400;
pub(super) const STOCK_PHRASES: usize = 400;

/// The commonest first.
pub(super) const FUNCTION_WORDS: &str = "the of to and a in that for on is it with as was at he by be from said are his but have \
    an has not they who had this which were its will been their more or one her she would when about we there after up \
    out if than new also what some over could two into other last people them all you first most year so no only time \
    these before because while can where may any now such then many against during under between both through just \
    told our those even still since how year should much three being including did until another well very made might \
    around back several without each own down every next off too same later within four despite though among";
pub(super) const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
pub(super) const BODIES: [&str; 16] = [
    "Ministry",
    "Group",
    "Party",
    "Council",
    "Bank",
    "Union",
    "Court",
    "University",
    "Airlines",
    "Agency",
    "Institute",
    "Holdings",
    "United",
    "Commission",
    "Alliance",
    "Energy",
];
pub(super) const UNITS: [&str; 8] =
    ["percent", "million", "people", "billion", "years", "days", "kilometres", "households"];
pub(super) const SPEECH: [&str; 6] =
    ["said", "told reporters", "said in a statement", "added", "wrote", "told the paper"];
pub(super) const ONSETS: [&str; 30] = [
    "b", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl", "pr",
    "r", "s", "sh", "st", "t", "tr", "v", "w", "th",
];
pub(super) const VOWELS: [&str; 12] = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ea", "ou", "ai"];
pub(super) const CODAS: [&str; 16] = ["", "", "", "", "n", "r", "l", "s", "t", "m", "nd", "st", "ck", "rd", "ll", "nt"];
pub(super) const ENDINGS: [&str; 12] = ["s", "ed", "ing", "er", "ly", "ion", "al", "ment", "s", "ed", "ing", "ity"];
pub(super) const OUTLET_ENDINGS: [&str; 10] =
    ["times", "post", "herald", "news", "tribune", "journal", "gazette", "courier", "mirror", "wire"];

/// Words in one string.
#[derive(Default)]
pub(super) struct Lexicon {
    pub(super) letters: String,
    pub(super) ends: Vec<u32>,
}

impl Lexicon {
    pub(super) fn push(&mut self, word: &str) {
        self.letters.push_str(word);
        self.ends.push(self.letters.len() as u32);
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(super) fn get(&self, word: usize) -> &str {
        let start = if word == 0 { 0 } else { self.ends[word - 1] as usize };
        &self.letters[start..self.ends[word] as usize]
    }
}

/// A person or a body: numbers of its two words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Name {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) is_body: bool,
}

pub(super) struct Topic {
    pub(super) words: Vec<u16>,
    pub(super) actors: Vec<Name>,
    pub(super) places: Vec<u16>,
}

pub(super) struct Outlet {
    pub(super) host: String,
    pub(super) head: String,
    pub(super) tail: String,
    /// East of Greenwich, in minutes.
    pub(super) offset: i64,
    pub(super) is_curly: bool,
}

/// What is the same for every seed: the language, the topics, the outlets.
pub(super) struct World {
    pub(super) words: Lexicon,
    pub(super) zipf: Zipf,
    pub(super) function: Lexicon,
    pub(super) function_zipf: Zipf,
    pub(super) names: Lexicon,
    pub(super) phrases: Vec<String>,
    pub(super) topics: Vec<Topic>,
    pub(super) topic_zipf: Zipf,
    pub(super) outlets: Vec<Outlet>,
    pub(super) outlet_zipf: Zipf,
}

impl World {
    pub(super) const SEED: u64 = 0x6e65_7773_666f_6c64;
    pub(super) const NAMES: usize = 6_000;

    pub(super) fn new() -> Self {
        let mut rng = Rng::of(Self::SEED, Room::World, 0);
        let mut function = Lexicon::default();
        FUNCTION_WORDS.split_whitespace().for_each(|word| function.push(word));
        let mut taken: HashSet<String, ahash::RandomState> =
            FUNCTION_WORDS.split_whitespace().map(str::to_owned).collect();
        let words = lexicon(&mut rng, WORDS, &mut taken, |rank| match rank {
            0..400 => 1..3,
            400..6000 => 2..3,
            _ => 2..4,
        });
        let names = capitalised(&lexicon(&mut rng, Self::NAMES, &mut taken, |_| 2..4));
        let mut world = Self {
            zipf: Zipf::new(WORDS, 8),
            function_zipf: Zipf::new(function.len(), 2),
            outlet_zipf: Zipf::new(OUTLETS, 5),
            topic_zipf: Zipf::new(TOPIC_WORDS, 6),
            words,
            function,
            names,
            phrases: Vec::new(),
            topics: Vec::new(),
            outlets: Vec::new(),
        };
        world.phrases = (0..STOCK_PHRASES).map(|_| world.phrase(&mut rng)).collect();
        world.topics = (0..TOPICS).map(|_| Topic::draw(&mut rng)).collect();
        world.outlets = (0..OUTLETS).map(|number| world.outlet(number)).collect();
        world
    }

    /// Three to six words that stand together in many articles.
    pub(super) fn phrase(&self, rng: &mut Rng) -> String {
        let mut phrase = String::new();
        for at in 0..rng.within(3..7) {
            let gap = if at == 0 { "" } else { " " };
            let word = if rng.permille(600) {
                self.function.get(self.function_zipf.draw(rng))
            } else {
                self.words.get(rng.skewed(0..2000))
            };
            phrase.push_str(gap);
            phrase.push_str(word);
        }
        phrase
    }

    pub(super) fn outlet(&self, number: usize) -> Outlet {
        let mut rng = Rng::of(Self::SEED, Room::Boilerplate, number as u64);
        let name = self.names.get(rng.below(self.names.len())).to_ascii_lowercase();
        let host = format!("{name}-{}{number}.example", rng.pick(&OUTLET_ENDINGS));
        let lines = |rng: &mut Rng, sentences: usize| {
            let mut out = String::new();
            for at in 0..sentences {
                out.push_str(if at == 0 { "" } else { " " });
                let start = out.len();
                (0..rng.within(8..24)).for_each(|_| self.any_word(rng, &mut out));
                end_sentence(&mut out, start, ".");
            }
            out
        };
        let (head, tail) = (rng.within(1..3), rng.within(1..5));
        Outlet {
            head: lines(&mut rng, head),
            tail: lines(&mut rng, tail),
            offset: rng.pick(&[0, 0, 0, 60, 120, -300, -480, 330, 540]),
            is_curly: rng.permille(500),
            host,
        }
    }

    /// A word as running text has them, and a space.
    pub(super) fn any_word(&self, rng: &mut Rng, out: &mut String) {
        out.push_str(if rng.permille(430) {
            self.function.get(self.function_zipf.draw(rng))
        } else {
            self.words.get(self.zipf.draw(rng))
        });
        out.push(' ');
    }
}

impl Topic {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        Self {
            words: (0..TOPIC_WORDS).map(|_| rng.skewed(150..WORDS / 2) as u16).collect(),
            actors: (0..60).map(|_| Name::draw(rng)).collect(),
            places: (0..25).map(|_| rng.below(World::NAMES) as u16).collect(),
        }
    }
}

impl Name {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let is_body = rng.permille(350);
        // the first tenth of the names are given names
        let first = if is_body { rng.below(World::NAMES) } else { rng.skewed(0..World::NAMES / 10) };
        let last = if is_body { rng.below(BODIES.len()) } else { rng.within(World::NAMES / 10..World::NAMES) };
        Self { first: first as u16, last: last as u16, is_body }
    }

    pub(super) fn write(self, world: &World, whole: bool, out: &mut String) {
        let (first, last) = match self.is_body {
            true => (world.names.get(self.first as usize), BODIES[self.last as usize]),
            false => (world.names.get(self.first as usize), world.names.get(self.last as usize)),
        };
        if whole || self.is_body {
            out.push_str(first);
            out.push(' ');
        }
        out.push_str(last);
    }
}

/// As many new words, of as many syllables as their rank allows.
pub(super) fn lexicon(
    rng: &mut Rng,
    count: usize,
    taken: &mut HashSet<String, ahash::RandomState>,
    syllables: impl Fn(usize) -> Range<usize>,
) -> Lexicon {
    let mut words = Lexicon::default();
    let mut word = String::new();
    while words.len() < count {
        word.clear();
        let last = rng.within(syllables(words.len())) - 1;
        for syllable in 0..=last {
            let coda = rng.pick(&CODAS);
            [rng.pick(&ONSETS), rng.pick(&VOWELS)].iter().for_each(|part| word.push_str(part));
            word.push_str(if syllable == last || rng.permille(150) { coda } else { "" });
        }
        if rng.permille(200) {
            word.push_str(rng.pick(&ENDINGS));
        }
        if taken.insert(word.clone()) {
            words.push(&word);
        }
    }
    words
}

pub(super) fn capitalised(words: &Lexicon) -> Lexicon {
    let mut names = Lexicon::default();
    for at in 0..words.len() {
        let mut name = words.get(at).to_owned();
        capitalise(&mut name, 0);
        names.push(&name);
    }
    names
}

/// The letter at `start` becomes a capital.
pub(super) fn capitalise(text: &mut str, start: usize) {
    if let Some(letter) = text.get_mut(start..start + 1) {
        letter.make_ascii_uppercase();
    }
}

/// Takes back spaces and commas, closes with `mark`, and begins the sentence with a capital.
pub(super) fn end_sentence(text: &mut String, start: usize, mark: &str) {
    let end = text.trim_end_matches([' ', ',']).len();
    text.truncate(end.max(start));
    text.push_str(mark);
    capitalise(text, start);
}
