//! A seeded corpus of news that never was, with known copies and known events, and its truth.
//!
//! [`write()`] first draws a plan: how many independent tellings each event has, how many copies each telling, and when
//! each document is published and found. The plan is sorted by the time of arrival; then the documents are written one
//! by one, and a text is drawn when its turn comes, again for every copy, from a generator seeded by (seed, room,
//! number): nothing but the plan is held. Numbers are splitmix64 (Steele, Lea and Flood 2014), weighted choices are
//! Walker's aliases (1977, in Vose's form of 1991) over whole numbers; no float decides anything, so that the same
//! seed gives the same bytes on every machine.
//!
//! The language is made up: 60,000 pronounceable words in Zipf's distribution between English function words, names,
//! numbers, quotes and stock phrases; it, the topics with their recurring actors and the outlets are the same for
//! every seed. Tellings of one event share its names, places, key terms, numbers and a quote or two, but hardly a run
//! of five words; events of one topic share actors and words, and one event in five is the next round of an earlier
//! one. A copy is exact, re-spaced, edited word by word, framed by its outlet's fixed lines, cut short, or a mixture.
//!
//! An original is published before all its copies, so it represents its family by the rule of this project.
//!
//! Time: linear, some 27 microseconds a document. Memory: 16 bytes a document and 12 a family, whatever the texts.
//! Bad case: very high copy shares, since every copy draws its original's text again.

use hashbrown::HashSet;
use serde::Serialize;
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::ops::Range;

/// What to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// How many documents, copies included.
    pub docs: u64,
    /// Same seed, same bytes. The ids begin with it, so that corpora of two seeds can be read together.
    pub seed: u64,
    /// The share of documents that are copies of others.
    pub copy_share: f64,
    /// Words in an original, on average; its length is heavy-tailed, from 0.3 to 5 times this.
    pub words: u32,
    /// Documents a day, on average; this sets the span of time (and a week is the least).
    pub docs_per_day: u32,
    /// When the first event can begin, in seconds since 1970.
    pub start: i64,
}

impl Default for Params {
    fn default() -> Self {
        Self { docs: 10_000, seed: 1, copy_share: 0.35, words: 480, docs_per_day: 2_000, start: 1_704_067_200 }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Lines of the corpus, and of the truth.
    pub documents: u64,
    /// Families: an original and its copies.
    pub groups: u64,
    /// Events.
    pub events: u64,
    /// Bytes of the corpus.
    pub bytes: u64,
}

/// How a document came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Kind {
    #[serde(rename = "original")]
    Original,
    #[serde(rename = "exact")]
    Exact,
    #[serde(rename = "spacing")]
    Spacing,
    #[serde(rename = "edit")]
    Edit,
    #[serde(rename = "boilerplate")]
    Boilerplate,
    #[serde(rename = "truncated")]
    Truncated,
    #[serde(rename = "edit+boilerplate")]
    EditBoilerplate,
    #[serde(rename = "truncated+boilerplate")]
    TruncatedBoilerplate,
}

/// A line of the corpus.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    source: &'a str,
    published: &'a str,
    lang: &'a str,
    text: &'a str,
}

/// A line of the truth.
#[derive(Serialize)]
struct Truth<'a> {
    id: &'a str,
    group: &'a str,
    event: &'a str,
    kind: Kind,
    rate: f64,
}

/// Writes a corpus and its truth, both JSON Lines in the same order.
///
/// The corpus has `id`, `url`, `title`, `source`, `published`, `lang` and `text`. The truth has `id`, `group` (the id of
/// the family's original), `event`, `kind` (`original`, `exact`, `spacing`, `edit`, `boilerplate`, `truncated`,
/// `edit+boilerplate`, `truncated+boilerplate`) and `rate`: the share of words edited, of bytes cut, or of boilerplate.
pub fn write(params: &Params, corpus: &mut impl Write, truth: &mut impl Write) -> io::Result<Summary> {
    let plan = Plan::draw(params)?;
    let world = World::new();
    let mut press = Press::new(params, &plan, &world);
    let mut bytes = 0;
    for (row, planned) in plan.rows.iter().enumerate() {
        press.document(row as u32, planned)?;
        corpus.write_all(&press.record)?;
        truth.write_all(&press.truth)?;
        bytes += press.record.len() as u64;
    }
    Ok(Summary {
        documents: plan.rows.len() as u64,
        groups: plan.event_of.len() as u64,
        events: plan.events() as u64,
        bytes,
    })
}

// ---------------------------------------------------------------------------------------------------------- numbers

/// splitmix64.
#[derive(Debug, Clone)]
struct Rng(u64);

/// What a generator is for; two rooms never share one.
#[derive(Debug, Clone, Copy)]
enum Room {
    Plan = 1,
    Event,
    Profile,
    Telling,
    Quote,
    Copy,
    Delay,
    Wait,
    World,
    Boilerplate,
}

impl Rng {
    fn of(seed: u64, room: Room, number: u64) -> Self {
        Self(mix(mix(mix(seed).wrapping_add(room as u64)).wrapping_add(number)))
    }

    #[inline]
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`; 0 if there is none.
    #[inline]
    fn below(&mut self, end: usize) -> usize {
        scale(self.next() >> 32, end)
    }

    fn within(&mut self, range: Range<usize>) -> usize {
        range.start + self.below(range.end.saturating_sub(range.start))
    }

    /// A number of the range, small ones likelier (the square of an even one).
    fn skewed(&mut self, range: Range<usize>) -> usize {
        let even = self.next() >> 32;
        range.start + scale((even * even) >> 32, range.end.saturating_sub(range.start))
    }

    fn permille(&mut self, share: usize) -> bool {
        self.below(1000) < share
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

#[inline]
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// 32 bits to a number below `end`.
#[inline]
fn scale(bits: u64, end: usize) -> usize {
    ((u128::from(bits) * end as u128) >> 32) as usize
}

/// Choice by rank with weight 1 / (rank + flat), in constant time.
struct Zipf {
    slots: Vec<(u32, u32)>,
}

impl Zipf {
    fn new(ranks: usize, flat: u64) -> Self {
        let mut weights: Vec<u64> = (0..ranks as u64).map(|rank| ((1 << 40) / (rank + flat)) * ranks as u64).collect();
        let even = weights.iter().sum::<u64>() / ranks as u64;
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..ranks).partition(|&rank| weights[rank] < even);
        let mut slots: Vec<(u32, u32)> = (0..ranks as u32).map(|rank| (u32::MAX, rank)).collect();
        while let (Some(low), Some(&high)) = (small.pop(), large.last()) {
            slots[low] = (((u128::from(weights[low]) << 32) / u128::from(even)) as u32, high as u32);
            weights[high] -= even - weights[low];
            if weights[high] < even {
                large.pop();
                small.push(high);
            }
        }
        Self { slots }
    }

    #[inline]
    fn draw(&self, rng: &mut Rng) -> usize {
        let bits = rng.next();
        let rank = scale(bits >> 32, self.slots.len());
        let (threshold, alias) = self.slots[rank];
        if (bits as u32) < threshold { rank } else { alias as usize }
    }
}

// ------------------------------------------------------------------------------------------------------------- plan

const HOUR: usize = 3600;
const DAY: usize = 24 * HOUR;

/// A document to come: copy 0 is the original.
struct Planned {
    arrival: i64,
    family: u32,
    copy: u32,
}

/// Which documents there are, in the order of the file.
struct Plan {
    seed: u64,
    start: i64,
    span: usize,
    rows: Vec<Planned>,
    /// An event's families are neighbours; this is the first of each, and the end.
    first_family: Vec<u32>,
    event_of: Vec<u32>,
    /// The row of each family's original.
    original: Vec<u32>,
}

impl Plan {
    fn draw(params: &Params) -> io::Result<Self> {
        let docs = u32::try_from(params.docs)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "more documents than 4294967295"))?;
        let copies = ((f64::from(docs) * params.copy_share.clamp(0.0, 1.0)) as u32).min(docs.saturating_sub(1));
        let mut rng = Rng::of(params.seed, Room::Plan, 0);
        let first_family = tellings(&mut rng, docs - copies);
        let mut event_of = Vec::with_capacity((docs - copies) as usize);
        for (event, range) in first_family.windows(2).enumerate() {
            event_of.resize(range[1] as usize, event as u32);
        }
        let days = params.docs.div_ceil(u64::from(params.docs_per_day.max(1))).max(7) as usize;
        let original = vec![0; event_of.len()];
        let mut plan = Self {
            seed: params.seed,
            start: params.start,
            span: days * DAY,
            rows: Vec::with_capacity(docs as usize),
            first_family,
            event_of,
            original,
        };
        plan.arrange(&copies_of(&mut rng, docs - copies, copies));
        Ok(plan)
    }

    /// Puts all documents in the order of their arrival.
    fn arrange(&mut self, copies: &[u32]) {
        for (family, &copies) in (0u32..).zip(copies) {
            for copy in 0..=copies {
                let mut rng = self.copy_rng(Room::Wait, family, copy);
                let wait = if rng.permille(750) { rng.below(2 * HOUR) } else { rng.below(30 * HOUR) };
                let arrival = self.published(family, copy) + wait as i64;
                self.rows.push(Planned { arrival, family, copy });
            }
        }
        self.rows.sort_unstable_by_key(|row| (row.arrival, mix(u64::from(row.family) << 32 | u64::from(row.copy))));
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| row.copy == 0) {
            self.original[row.family as usize] = at as u32;
        }
    }

    fn events(&self) -> usize {
        self.first_family.len() - 1
    }

    fn copy_rng(&self, room: Room, family: u32, copy: u32) -> Rng {
        Rng::of(self.seed, room, u64::from(family) << 32 | u64::from(copy))
    }

    /// When a document is published, in seconds since 1970: an original within its event, a copy after its original.
    fn published(&self, family: u32, copy: u32) -> i64 {
        let event = self.event_of[family as usize];
        let (begin, lasts) = self.time_of(event);
        let mut rng = Rng::of(self.seed, Room::Telling, u64::from(family) << 1 | 1);
        let into = if family == self.first_family[event as usize] { 0 } else { rng.skewed(1..lasts) };
        let later = if copy == 0 { 0 } else { delay(&mut self.copy_rng(Room::Delay, family, copy)) };
        self.start + (begin + into + later) as i64
    }

    /// When an event begins, in seconds after the start, and how long it lasts.
    fn time_of(&self, event: u32) -> (usize, usize) {
        let mut rng = Rng::of(self.seed, Room::Event, u64::from(event));
        let own = rng.below(self.span);
        let lasts = match rng.below(1000) {
            0..500 => rng.within(2 * HOUR..DAY),
            500..850 => rng.within(DAY..4 * DAY),
            _ => rng.within(4 * DAY..14 * DAY),
        };
        let begin = match self.earlier_round(event) {
            Some(round) => {
                let before = Rng::of(self.seed, Room::Event, u64::from(round)).below(self.span);
                (before + rng.within(4 * DAY..40 * DAY)) % self.span
            }
            None => own,
        };
        (begin, lasts)
    }

    /// The event that this one continues, if it is the next round of one.
    fn earlier_round(&self, event: u32) -> Option<u32> {
        let mut rng = Rng::of(self.seed, Room::Event, u64::from(event) | 1 << 40);
        let back = 1 + rng.below(event.min(500) as usize) as u32;
        (event > 0 && rng.permille(200)).then(|| event - back)
    }

    /// How far into its event a telling stands, of `whole`.
    fn phase(&self, family: u32, whole: usize) -> usize {
        let (begin, lasts) = self.time_of(self.event_of[family as usize]);
        let into = self.published(family, 0) - self.start - begin as i64;
        into as usize * whole / lasts.max(1)
    }
}

/// How long a copy follows its original, in seconds.
fn delay(rng: &mut Rng) -> usize {
    match rng.below(1000) {
        0..500 => rng.within(60..2 * HOUR),
        500..850 => rng.within(2 * HOUR..DAY),
        _ => rng.within(DAY..3 * DAY),
    }
}

/// Shares families out to events: the first family of each event, and the end.
fn tellings(rng: &mut Rng, families: u32) -> Vec<u32> {
    let most = (families / 40).max(12);
    let (mut firsts, mut at) = (vec![0], 0);
    while at < families {
        let size = match rng.below(1000) {
            0..600 => 1,
            600..770 => 2,
            770..860 => 3,
            860..940 => rng.within(4..11),
            940..990 => rng.skewed(11..41),
            990..999 => rng.skewed(41..151),
            _ => rng.skewed(151..401),
        };
        at += (size as u32).min(most).min(families - at);
        firsts.push(at);
    }
    firsts
}

/// Shares copies out to families; heavy-tailed, as wire stories are.
fn copies_of(rng: &mut Rng, families: u32, copies: u32) -> Vec<u32> {
    let mut of = vec![0; families as usize];
    let most = (copies / 20).max(8);
    let mut left = copies;
    while left > 0 {
        let count = match rng.below(1000) {
            0..550 => 1,
            550..750 => 2,
            750..950 => rng.within(3..9),
            950..998 => rng.within(9..41),
            _ => rng.within(100..301),
        };
        let count = (count as u32).min(most).min(left);
        let family = rng.below(of.len());
        if of[family] == 0 || rng.permille(50) {
            of[family] += count;
            left -= count;
        }
    }
    of
}

// ------------------------------------------------------------------------------------------------------------ world

const WORDS: usize = 60_000;
const TOPICS: usize = 36;
const TOPIC_WORDS: usize = 400;
const OUTLETS: usize = 400;
const STOCK_PHRASES: usize = 400;

/// The commonest first.
const FUNCTION_WORDS: &str = "the of to and a in that for on is it with as was at he by be from said are his but have \
    an has not they who had this which were its will been their more or one her she would when about we there after up \
    out if than new also what some over could two into other last people them all you first most year so no only time \
    these before because while can where may any now such then many against during under between both through just \
    told our those even still since how year should much three being including did until another well very made might \
    around back several without each own down every next off too same later within four despite though among";
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const BODIES: [&str; 16] = [
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
const UNITS: [&str; 8] = ["percent", "million", "people", "billion", "years", "days", "kilometres", "households"];
const SPEECH: [&str; 6] = ["said", "told reporters", "said in a statement", "added", "wrote", "told the paper"];
const ONSETS: [&str; 30] = [
    "b", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl", "pr",
    "r", "s", "sh", "st", "t", "tr", "v", "w", "th",
];
const VOWELS: [&str; 12] = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "ea", "ou", "ai"];
const CODAS: [&str; 16] = ["", "", "", "", "n", "r", "l", "s", "t", "m", "nd", "st", "ck", "rd", "ll", "nt"];
const ENDINGS: [&str; 12] = ["s", "ed", "ing", "er", "ly", "ion", "al", "ment", "s", "ed", "ing", "ity"];
const OUTLET_ENDINGS: [&str; 10] =
    ["times", "post", "herald", "news", "tribune", "journal", "gazette", "courier", "mirror", "wire"];

/// Words in one string.
#[derive(Default)]
struct Lexicon {
    letters: String,
    ends: Vec<u32>,
}

impl Lexicon {
    fn push(&mut self, word: &str) {
        self.letters.push_str(word);
        self.ends.push(self.letters.len() as u32);
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    fn get(&self, word: usize) -> &str {
        let start = if word == 0 { 0 } else { self.ends[word - 1] as usize };
        &self.letters[start..self.ends[word] as usize]
    }
}

/// A person or a body: numbers of its two words.
#[derive(Debug, Clone, Copy, Default)]
struct Name {
    first: u16,
    last: u16,
    is_body: bool,
}

struct Topic {
    words: Vec<u16>,
    actors: Vec<Name>,
    places: Vec<u16>,
}

struct Outlet {
    host: String,
    head: String,
    tail: String,
    /// East of Greenwich, in minutes.
    offset: i64,
    is_curly: bool,
}

/// What is the same for every seed: the language, the topics, the outlets.
struct World {
    words: Lexicon,
    zipf: Zipf,
    function: Lexicon,
    function_zipf: Zipf,
    names: Lexicon,
    phrases: Vec<String>,
    topics: Vec<Topic>,
    topic_zipf: Zipf,
    outlets: Vec<Outlet>,
    outlet_zipf: Zipf,
}

impl World {
    const SEED: u64 = 0x6e65_7773_666f_6c64;
    const NAMES: usize = 6_000;

    fn new() -> Self {
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
    fn phrase(&self, rng: &mut Rng) -> String {
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

    fn outlet(&self, number: usize) -> Outlet {
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
    fn any_word(&self, rng: &mut Rng, out: &mut String) {
        out.push_str(if rng.permille(430) {
            self.function.get(self.function_zipf.draw(rng))
        } else {
            self.words.get(self.zipf.draw(rng))
        });
        out.push(' ');
    }
}

impl Topic {
    fn draw(rng: &mut Rng) -> Self {
        Self {
            words: (0..TOPIC_WORDS).map(|_| rng.skewed(150..WORDS / 2) as u16).collect(),
            actors: (0..60).map(|_| Name::draw(rng)).collect(),
            places: (0..25).map(|_| rng.below(World::NAMES) as u16).collect(),
        }
    }
}

impl Name {
    fn draw(rng: &mut Rng) -> Self {
        let is_body = rng.permille(350);
        // the first tenth of the names are given names
        let first = if is_body { rng.below(World::NAMES) } else { rng.skewed(0..World::NAMES / 10) };
        let last = if is_body { rng.below(BODIES.len()) } else { rng.within(World::NAMES / 10..World::NAMES) };
        Self { first: first as u16, last: last as u16, is_body }
    }

    fn write(self, world: &World, whole: bool, out: &mut String) {
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
fn lexicon(
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

fn capitalised(words: &Lexicon) -> Lexicon {
    let mut names = Lexicon::default();
    for at in 0..words.len() {
        let mut name = words.get(at).to_owned();
        capitalise(&mut name, 0);
        names.push(&name);
    }
    names
}

/// The letter at `start` becomes a capital.
fn capitalise(text: &mut str, start: usize) {
    if let Some(letter) = text.get_mut(start..start + 1) {
        letter.make_ascii_uppercase();
    }
}

/// Takes back spaces and commas, closes with `mark`, and begins the sentence with a capital.
fn end_sentence(text: &mut String, start: usize, mark: &str) {
    let end = text.trim_end_matches([' ', ',']).len();
    text.truncate(end.max(start));
    text.push_str(mark);
    capitalise(text, start);
}

// ------------------------------------------------------------------------------------------------------------ event

/// A number of the news: `4,120 people`, `3.7 percent`.
#[derive(Debug, Clone, Copy, Default)]
struct Figure {
    value: u32,
    unit: u8,
}

impl Figure {
    fn draw(rng: &mut Rng) -> Self {
        let value = if rng.permille(500) { rng.within(2..100) } else { rng.skewed(100..90_000) };
        Self { value: value as u32, unit: rng.below(UNITS.len() * 2) as u8 }
    }

    fn write(self, out: &mut String) -> fmt::Result {
        let Self { value, unit } = self;
        match unit {
            0 | 1 => write!(out, "{}.{}", value / 10 % 100, value % 10)?,
            _ if value >= 1000 => write!(out, "{},{:03}", value / 1000, value % 1000)?,
            _ => write!(out, "{value}")?,
        }
        if let Some(unit) = UNITS.get(unit as usize) {
            write!(out, " {unit}")?;
        }
        Ok(())
    }
}

/// What tellings of one event have in common.
struct Profile {
    topic: usize,
    actors: [Name; 5],
    places: [u16; 3],
    /// Words of every telling.
    core: [u16; 8],
    /// Words that come and go as the event unfolds.
    ring: [u16; 16],
    figures: [Figure; 6],
    weekday: &'static str,
}

impl Profile {
    /// An event's profile; the next round of an event keeps its topic, most of its actors, a place and half its core.
    fn of(plan: &Plan, world: &World, event: u32) -> Self {
        let own = Self::draw(plan, world, event, None);
        let Some(round) = plan.earlier_round(event) else { return own };
        let before = Self::draw(plan, world, round, None);
        let mut next = Self::draw(plan, world, event, Some(before.topic));
        next.actors[..3].copy_from_slice(&before.actors[..3]);
        next.places[0] = before.places[0];
        next.core[..4].copy_from_slice(&before.core[..4]);
        next
    }

    fn draw(plan: &Plan, world: &World, event: u32, topic: Option<usize>) -> Self {
        let mut rng = Rng::of(plan.seed, Room::Profile, u64::from(event));
        let drawn = rng.skewed(0..TOPICS);
        let topic = topic.unwrap_or(drawn);
        let Topic { words, actors, places } = &world.topics[topic];
        let mut word = || {
            let own = rng.skewed(1000..WORDS) as u16;
            let shared = words[rng.skewed(0..words.len())];
            if rng.permille(600) { own } else { shared }
        };
        let (core, ring) = (std::array::from_fn(|_| word()), std::array::from_fn(|_| word()));
        Self {
            topic,
            core,
            ring,
            actors: std::array::from_fn(|_| {
                let (known, new) = (actors[rng.skewed(0..actors.len())], Name::draw(&mut rng));
                if rng.permille(650) { known } else { new }
            }),
            places: std::array::from_fn(|_| {
                let (known, new) = (rng.pick(places), rng.below(World::NAMES) as u16);
                if rng.permille(500) { known } else { new }
            }),
            figures: std::array::from_fn(|_| Figure::draw(&mut rng)),
            weekday: rng.pick(&WEEKDAYS),
        }
    }
}

// ---------------------------------------------------------------------------------------------------------- telling

/// Of 1000 content words, in sums: common, of the topic, of the event, of this telling, names; the rest are numbers.
type Mix = [usize; 5];

/// One reporter's choice among the things of an event.
struct Palette {
    profile: Profile,
    key: Vec<u16>,
    angle: [u16; 24],
    names: Vec<Name>,
    places: usize,
    figures: usize,
    has_quote: [bool; 3],
    event: u32,
    mix: Mix,
    /// The same for the first two sentences.
    lead: Mix,
}

impl Palette {
    fn draw(rng: &mut Rng, plan: &Plan, world: &World, family: u32) -> Self {
        let event = plan.event_of[family as usize];
        let profile = Profile::of(plan, world, event);
        let ring = profile.ring.iter().cycle().skip(plan.phase(family, profile.ring.len() - 1)).take(8);
        let mut key: Vec<u16> = profile.core.iter().chain(ring).copied().collect();
        let kept = rng.within(300..950);
        key.retain(|_| rng.permille(kept));
        key.push(profile.core[0]);
        let mut names = profile.actors.to_vec();
        names.retain(|_| rng.permille(750));
        names.push(profile.actors[0]);
        names.push(Name::draw(rng));
        let close = rng.within(20..280);
        Self {
            mix: [360, 620, 620 + close, 910, 980],
            lead: [220, 400, 500 + close, 790, 950],
            angle: std::array::from_fn(|_| rng.skewed(300..WORDS) as u16),
            places: rng.within(1..profile.places.len() + 1),
            figures: rng.within(2..profile.figures.len() + 1),
            has_quote: std::array::from_fn(|_| rng.permille(450)),
            profile,
            key,
            names,
            event,
        }
    }
}

/// Writes documents, one after another, in the same buffers.
struct Press<'a> {
    params: &'a Params,
    plan: &'a Plan,
    world: &'a World,
    base: String,
    text: String,
    title: String,
    id: String,
    group: String,
    event: String,
    url: String,
    published: String,
    record: Vec<u8>,
    truth: Vec<u8>,
}

impl<'a> Press<'a> {
    fn new(params: &'a Params, plan: &'a Plan, world: &'a World) -> Self {
        let text = String::new;
        Self {
            params,
            plan,
            world,
            base: text(),
            text: text(),
            title: text(),
            id: text(),
            group: text(),
            event: text(),
            url: text(),
            published: text(),
            record: Vec::new(),
            truth: Vec::new(),
        }
    }

    /// Fills `record` and `truth` with the next document's lines.
    fn document(&mut self, row: u32, planned: &Planned) -> io::Result<()> {
        let &Planned { family, copy, .. } = planned;
        let mut rng = Rng::of(self.plan.seed, Room::Telling, u64::from(family) << 1);
        let home = self.world.outlet_zipf.draw(&mut rng);
        let palette = Palette::draw(&mut rng, self.plan, self.world, family);
        self.headline(&mut rng, &palette);
        self.body(&mut rng, &palette, self.world.outlets[home].is_curly);
        let (outlet, kind, rate) = match copy {
            0 => {
                std::mem::swap(&mut self.text, &mut self.base);
                (home, Kind::Original, 0)
            }
            _ => self.copy(family, copy, home, &palette),
        };
        self.name(row, family, copy, palette.event, outlet).map_err(io::Error::other)?;
        self.lines(outlet, kind, rate)
    }

    /// The ids, the address and the date.
    fn name(&mut self, row: u32, family: u32, copy: u32, event: u32, outlet: usize) -> fmt::Result {
        let (seed, outlet) = (self.plan.seed, &self.world.outlets[outlet]);
        for text in [&mut self.id, &mut self.group, &mut self.event, &mut self.url, &mut self.published] {
            text.clear();
        }
        write!(self.id, "s{seed}-{row}")?;
        write!(self.group, "s{seed}-{}", self.plan.original[family as usize])?;
        write!(self.event, "s{seed}-e{event}")?;
        write_date(&mut self.published, self.plan.published(family, copy), outlet.offset)?;
        let day = self.published[..10].replace('-', "/");
        write!(self.url, "https://{}/{day}/", outlet.host)?;
        for letter in self.title.bytes() {
            match letter {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => self.url.push(letter.to_ascii_lowercase().into()),
                b' ' => self.url.push('-'),
                _ => {}
            }
        }
        write!(self.url, "-{row}")
    }

    fn lines(&mut self, outlet: usize, kind: Kind, permille: usize) -> io::Result<()> {
        let record = Record {
            id: &self.id,
            url: &self.url,
            title: &self.title,
            source: &self.world.outlets[outlet].host,
            published: &self.published,
            lang: "en",
            text: &self.text,
        };
        let rate = permille as f64 / 1000.0;
        let truth = Truth { id: &self.id, group: &self.group, event: &self.event, kind, rate };
        self.record.clear();
        self.truth.clear();
        serde_json::to_writer(&mut self.record, &record)?;
        serde_json::to_writer(&mut self.truth, &truth)?;
        self.record.push(b'\n');
        self.truth.push(b'\n');
        Ok(())
    }

    /// Six to ten words, most of them the event's.
    fn headline(&mut self, rng: &mut Rng, palette: &Palette) {
        let world = self.world;
        let out = &mut self.title;
        out.clear();
        rng.pick(&palette.names[..palette.names.len() - 1]).write(world, false, out);
        out.push(' ');
        let (mut next, mut place) = (rng.below(6), Some(palette.profile.places[0]));
        for _ in 0..rng.within(4..8) {
            match rng.below(1000) {
                0..520 => {
                    out.push_str(world.words.get(palette.profile.core[next % 6] as usize));
                    next += 1;
                }
                520..640 => out.push_str(world.words.get(rng.pick(&palette.angle) as usize)),
                640..760 => match place.take() {
                    Some(place) => out.push_str(world.names.get(place as usize)),
                    None => out.push_str(world.words.get(world.zipf.draw(rng))),
                },
                760..810 => {
                    let _ = rng.pick(&palette.profile.figures[..2]).write(out);
                }
                _ => out.push_str(world.function.get(world.function_zipf.draw(rng))),
            }
            out.push(' ');
        }
        out.truncate(out.trim_end().len());
        capitalise(out, 0);
    }

    /// The article: paragraphs of sentences, some of them quotes.
    fn body(&mut self, rng: &mut Rng, palette: &Palette, is_curly: bool) {
        let target = length(rng, self.params.words as usize);
        let mut out = std::mem::take(&mut self.base);
        out.clear();
        let (open, close) = if is_curly { ("“", "”") } else { ("\"", "\"") };
        let mut quotes = palette.has_quote;
        let (mut words, mut sentences) = (0, 0);
        while words < target {
            if sentences > 0 {
                out.push_str("\n\n");
            }
            for at in 0..rng.within(1..5) {
                if at > 0 {
                    out.push(' ');
                }
                let mix = if sentences < 2 { &palette.lead } else { &palette.mix };
                words += match rng.below(1000) {
                    0..130 if sentences > 1 => {
                        out.push_str(open);
                        let shared = quotes.iter().position(|&has| has).filter(|_| rng.permille(600));
                        let count = self.quote(rng, palette, shared, &mut out);
                        if let Some(quote) = shared {
                            quotes[quote] = false;
                        }
                        out.push_str(close);
                        count + self.speaker(rng, palette, &mut out)
                    }
                    _ => self.sentence(rng, palette, mix, &mut out),
                };
                sentences += 1;
            }
        }
        self.base = out;
    }

    fn sentence(&self, rng: &mut Rng, palette: &Palette, mix: &Mix, out: &mut String) -> usize {
        let start = out.len();
        let count = 6 + rng.below(16) + rng.below(14);
        let words = self.words(rng, palette, mix, count, out);
        end_sentence(out, start, if rng.permille(970) { "." } else { "?" });
        words
    }

    /// What was said: in the same words wherever the event's quote of this number stands.
    fn quote(&self, rng: &mut Rng, palette: &Palette, shared: Option<usize>, out: &mut String) -> usize {
        let start = out.len();
        let number = u64::from(palette.event) << 2 | shared.unwrap_or(3) as u64;
        let mut said = Rng::of(self.plan.seed, Room::Quote, number);
        let count = if shared.is_some() { said.within(8..16) } else { rng.within(6..24) };
        match shared {
            Some(_) => (0..count).for_each(|_| self.world.any_word(&mut said, out)),
            None => {
                self.words(rng, palette, &palette.mix, count, out);
            }
        }
        end_sentence(out, start, ",");
        count
    }

    fn speaker(&self, rng: &mut Rng, palette: &Palette, out: &mut String) -> usize {
        out.push(' ');
        let name = rng.pick(&palette.names);
        if rng.permille(500) {
            name.write(self.world, rng.permille(400), out);
            out.push(' ');
            out.push_str(rng.pick(&SPEECH));
        } else {
            out.push_str("said ");
            name.write(self.world, rng.permille(400), out);
        }
        out.push('.');
        3
    }

    /// Running text, a space after every word.
    fn words(&self, rng: &mut Rng, palette: &Palette, mix: &Mix, count: usize, out: &mut String) -> usize {
        let world = self.world;
        let (mut after_function, mut written) = (true, 0);
        while written < count {
            let bits = rng.next();
            let kind = scale(bits & 0xffff_ffff, 1000);
            if kind < if after_function { 250 } else { 540 } {
                out.push_str(world.function.get(world.function_zipf.draw(rng)));
                after_function = true;
            } else if kind > 990 {
                let phrase = &world.phrases[scale(bits >> 32, STOCK_PHRASES)];
                out.push_str(phrase);
                written += 3;
                after_function = false;
            } else {
                written += self.content(rng, palette, mix, scale(bits >> 32, 1000), out);
                after_function = false;
                if kind > 950 && written + 3 < count {
                    out.push(',');
                }
            }
            out.push(' ');
            written += 1;
        }
        written
    }

    /// A content word of the given kind; how many words it has beyond one.
    #[inline]
    fn content(&self, rng: &mut Rng, palette: &Palette, mix: &Mix, kind: usize, out: &mut String) -> usize {
        let world = self.world;
        if kind < mix[0] {
            out.push_str(world.words.get(world.zipf.draw(rng)));
        } else if kind < mix[1] {
            let words = &world.topics[palette.profile.topic].words;
            out.push_str(world.words.get(words[world.topic_zipf.draw(rng)] as usize));
        } else if kind < mix[2] {
            out.push_str(world.words.get(palette.key[rng.skewed(0..palette.key.len())] as usize));
        } else if kind < mix[3] {
            out.push_str(world.words.get(palette.angle[rng.skewed(0..palette.angle.len())] as usize));
        } else if kind < mix[4] {
            return self.proper(rng, palette, out);
        } else {
            let known = rng.pick(&palette.profile.figures[..palette.figures]);
            let figure = if rng.permille(500) { known } else { Figure::draw(rng) };
            let _ = figure.write(out);
            return 1;
        }
        0
    }

    /// A person, a body, a place or a day.
    fn proper(&self, rng: &mut Rng, palette: &Palette, out: &mut String) -> usize {
        match rng.below(1000) {
            0..620 => {
                let whole = rng.permille(400);
                palette.names[rng.skewed(0..palette.names.len())].write(self.world, whole, out);
                usize::from(whole)
            }
            620..900 => {
                let place = palette.profile.places[rng.skewed(0..palette.places)];
                out.push_str(self.world.names.get(place as usize));
                0
            }
            _ => {
                out.push_str(palette.profile.weekday);
                0
            }
        }
    }
}

/// An original's length in words.
fn length(rng: &mut Rng, mean: usize) -> usize {
    let permille = match rng.below(1000) {
        0..200 => rng.within(315..570),
        200..750 => rng.within(570..1240),
        750..970 => rng.within(1240..1715),
        _ => rng.skewed(1715..4760),
    };
    mean * permille / 1000
}

// ----------------------------------------------------------------------------------------------------------- copies

/// Words edited, of 1000.
const RATES: [usize; 13] = [2, 5, 10, 15, 20, 30, 40, 50, 80, 100, 150, 200, 300];

impl Press<'_> {
    /// Makes `text` a copy of `base`; its outlet, kind and rate (of 1000).
    fn copy(&mut self, family: u32, copy: u32, home: usize, palette: &Palette) -> (usize, Kind, usize) {
        let mut rng = self.plan.copy_rng(Room::Copy, family, copy);
        let drawn = [(); 3].map(|()| self.world.outlet_zipf.draw(&mut rng));
        let outlet = drawn.into_iter().find(|&outlet| outlet != home).unwrap_or(home);
        let kind = match rng.below(1000) {
            0..120 => Kind::Exact,
            120..200 => Kind::Spacing,
            200..600 => Kind::Edit,
            600..780 => Kind::Boilerplate,
            780..920 => Kind::Truncated,
            920..970 => Kind::EditBoilerplate,
            _ => Kind::TruncatedBoilerplate,
        };
        let rate = self.derive(&mut rng, kind, outlet);
        if kind != Kind::Exact && rng.permille(350) {
            self.headline(&mut rng, palette);
        }
        (outlet, kind, rate)
    }

    fn derive(&mut self, rng: &mut Rng, kind: Kind, outlet: usize) -> usize {
        let Self { base, text, world, .. } = self;
        let world = *world;
        text.clear();
        match kind {
            Kind::Original | Kind::Exact => {
                text.push_str(base);
                0
            }
            Kind::Spacing => {
                space(rng, base, text);
                0
            }
            Kind::Edit => {
                let rate = rng.pick(&RATES);
                edit(rng, base, rate, world, text);
                rate
            }
            Kind::Boilerplate => {
                text.push_str(base);
                frame(rng, &world.outlets[outlet], text)
            }
            Kind::Truncated => cut(rng, base, text),
            Kind::EditBoilerplate => {
                let rate = rng.pick(&RATES[..6]);
                edit(rng, base, rate, world, text);
                frame(rng, &world.outlets[outlet], text);
                rate
            }
            Kind::TruncatedBoilerplate => {
                let rate = cut(rng, base, text);
                frame(rng, &world.outlets[outlet], text);
                rate
            }
        }
    }
}

/// Each word is, with a chance of `rate` in 1000, replaced (half of them), followed by another, or left out.
fn edit(rng: &mut Rng, base: &str, rate: usize, world: &World, out: &mut String) {
    for piece in base.split_inclusive([' ', '\n']) {
        let word = piece.trim_end_matches([' ', '\n']);
        if word.is_empty() || !rng.permille(rate) {
            out.push_str(piece);
            continue;
        }
        match rng.below(4) {
            0 | 1 => world.any_word(rng, out),
            2 => {
                out.push_str(word);
                out.push(' ');
                world.any_word(rng, out);
            }
            _ => {
                out.push_str(&piece[word.len()..]);
                continue;
            }
        }
        out.pop();
        out.push_str(&piece[word.len()..]);
    }
}

/// Same words, other white space: one line, tight paragraphs, hard-wrapped lines, or wide gaps with CRLF.
fn space(rng: &mut Rng, base: &str, out: &mut String) {
    match rng.below(4) {
        0 => base.split_whitespace().for_each(|word| {
            out.push_str(word);
            out.push(' ');
        }),
        1 => out.push_str(&base.replace("\n\n", "\n")),
        2 => {
            let mut column = 0;
            for word in base.split_inclusive([' ', '\n']) {
                column = if word.ends_with('\n') { 0 } else { column + word.len() };
                out.push_str(word);
                if column > 70 && word.ends_with(' ') {
                    out.pop();
                    out.push('\n');
                    column = 0;
                }
            }
        }
        _ => out.push_str(&base.replace(' ', "  ").replace('\n', "\r\n")),
    }
    out.truncate(out.trim_end().len());
}

/// Keeps 50 to 97 % of the bytes, up to a word's end; what was cut, of 1000.
fn cut(rng: &mut Rng, base: &str, out: &mut String) -> usize {
    let keep = rng.within(500..971);
    let end = base.as_bytes()[..base.len() * keep / 1000].iter().rposition(|&byte| byte == b' ').unwrap_or(base.len());
    out.push_str(base[..end].trim_end());
    1000 - out.len() * 1000 / base.len().max(1)
}

/// Puts the outlet's fixed lines before, after or around; their share, of 1000.
fn frame(rng: &mut Rng, outlet: &Outlet, text: &mut String) -> usize {
    let (length, place) = (text.len(), rng.below(1000));
    if !(350..700).contains(&place) {
        text.insert_str(0, "\n\n");
        text.insert_str(0, &outlet.head);
    }
    if place >= 350 {
        text.push_str("\n\n");
        text.push_str(&outlet.tail);
    }
    1000 - length * 1000 / text.len().max(1)
}

/// RFC 3339 with the offset, `Z` for none; the calendar is Hinnant's days-to-civil (2013).
fn write_date(out: &mut String, seconds: i64, offset: i64) -> fmt::Result {
    let local = seconds + offset * 60;
    let (day, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let z = day + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let date = of_year - (153 * shifted + 2) / 5 + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    write!(out, "{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}")?;
    match offset {
        0 => out.write_char('Z'),
        _ => write!(out, "{}{:02}:{:02}", if offset < 0 { '-' } else { '+' }, offset.abs() / 60, offset.abs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hashbrown::HashMap;
    use serde_json::Value;

    type Set<T> = HashSet<T, ahash::RandomState>;
    type Map<K, V> = HashMap<K, V, ahash::RandomState>;

    /// A document with its truth.
    struct Known {
        record: Value,
        truth: Value,
    }

    impl Known {
        fn of(&self, field: &str) -> &str {
            self.record[field].as_str().unwrap()
        }

        fn is(&self, field: &str) -> &str {
            self.truth[field].as_str().unwrap()
        }

        fn published(&self) -> i64 {
            self.of("published").parse::<jiff::Timestamp>().unwrap().as_second()
        }

        /// Runs of five words, by white space.
        fn shingles(&self) -> Set<Vec<String>> {
            let words: Vec<String> = self.of("text").split_whitespace().map(str::to_lowercase).collect();
            words.windows(5).map(<[String]>::to_vec).collect()
        }
    }

    fn params(docs: u64, seed: u64) -> Params {
        Params { docs, seed, ..Params::default() }
    }

    fn bytes(params: &Params) -> (Vec<u8>, Vec<u8>, Summary) {
        let (mut corpus, mut truth) = (Vec::new(), Vec::new());
        let summary = write(params, &mut corpus, &mut truth).unwrap();
        (corpus, truth, summary)
    }

    fn known(params: &Params) -> (Vec<Known>, Summary) {
        let (corpus, truth, summary) = bytes(params);
        let lines = |text: Vec<u8>| -> Vec<Value> {
            String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let (records, truths) = (lines(corpus), lines(truth));
        assert_eq!(records.len(), truths.len());
        (records.into_iter().zip(truths).map(|(record, truth)| Known { record, truth }).collect(), summary)
    }

    fn jaccard<T: Eq + std::hash::Hash>(a: &Set<T>, b: &Set<T>) -> f64 {
        let both = a.intersection(b).count();
        both as f64 / (a.len() + b.len() - both).max(1) as f64
    }

    /// Each copy beside its original.
    fn copies(known: &[Known]) -> Vec<(&Known, &Known)> {
        let by_id: Map<&str, &Known> = known.iter().map(|one| (one.of("id"), one)).collect();
        let copies = known.iter().filter(|one| one.is("kind") != "original");
        copies.map(|copy| (by_id[copy.is("group")], copy)).collect()
    }

    #[test]
    fn bytes_are_fixed() {
        let (corpus, truth, summary) = bytes(&params(500, 7));
        assert_eq!(summary, Summary { documents: 500, groups: 325, events: 141, bytes: corpus.len() as u64 });
        let digests = [xxhash_rust::xxh3::xxh3_64(&corpus), xxhash_rust::xxh3::xxh3_64(&truth)];
        assert_eq!(digests, [0xedd3_37e2_1c01_fcc0, 0x2c8c_4ff9_4975_9da9]);
    }

    #[test]
    fn same_seed_same_bytes_and_other_seed_other_text() {
        assert_eq!(bytes(&params(200, 1)), bytes(&params(200, 1)));
        let ((one, _), (two, _)) = (known(&params(200, 1)), known(&params(200, 2)));
        let titles: Set<&str> = one.iter().map(|one| one.of("title")).collect();
        assert!(two.iter().all(|other| !titles.contains(other.of("title"))));
        let ids: Set<&str> = one.iter().map(|one| one.of("id")).collect();
        assert!(two.iter().all(|other| !ids.contains(other.of("id"))));
    }

    #[test]
    fn counts_add_up_at_every_size() {
        for docs in [0, 1, 2, 3, 10, 500] {
            for copy_share in [0.0, 0.35, 0.6, 0.95, 1.0, f64::NAN] {
                let (known, summary) = known(&Params { copy_share, words: 40, ..params(docs, 3) });
                let different = |field| known.iter().map(|one| one.is(field)).collect::<Set<_>>().len() as u64;
                assert_eq!(known.len() as u64, docs);
                assert_eq!(summary.documents, docs);
                assert_eq!(summary.groups, different("group"));
                assert_eq!(summary.events, different("event"));
                assert_eq!(different("id"), docs);
                let copies = (docs as f64 * copy_share) as u64;
                assert_eq!(docs - summary.groups, copies.min(docs.saturating_sub(1)));
            }
        }
    }

    #[test]
    fn truth_names_every_document_in_order_and_families_keep_to_their_event() {
        let (known, _) = known(&params(2000, 5));
        let mut event_of: Map<&str, &str> = Map::default();
        let mut urls = Set::default();
        for one in &known {
            assert_eq!(one.of("id"), one.is("id"));
            assert_eq!(*event_of.entry(one.is("group")).or_insert(one.is("event")), one.is("event"));
            assert_eq!(one.is("kind") == "original", one.is("group") == one.is("id"));
            assert!(urls.insert(one.of("url")));
        }
    }

    #[test]
    fn originals_are_the_earliest_of_their_family() {
        let (known, _) = known(&params(2000, 5));
        let copies = copies(&known);
        assert_eq!(copies.len(), 700);
        assert!(copies.iter().all(|(original, copy)| original.published() < copy.published()));
    }

    #[test]
    fn neighbours_in_the_file_are_strangers() {
        let (known, _) = known(&params(5000, 5));
        let together = |field| known.windows(2).filter(|pair| pair[0].is(field) == pair[1].is(field)).count();
        assert!(together("event") < 400);
        assert!(together("group") < 150);
        let backwards = known.windows(2).filter(|pair| pair[0].published() > pair[1].published()).count();
        assert!(backwards > 1000);
        assert!(known[0].published() < known[4999].published());
    }

    #[test]
    fn texts_look_like_news() {
        let (known, summary) = known(&params(2000, 11));
        assert!((3000..4200).contains(&(summary.bytes / summary.documents)));
        let mut lengths: Vec<usize> = known
            .iter()
            .filter(|one| one.is("kind") == "original")
            .map(|one| one.of("text").split(' ').count())
            .collect();
        lengths.sort_unstable();
        assert!(lengths[0] >= 100 && (350..550).contains(&lengths[lengths.len() / 2]));
        assert!(lengths[lengths.len() - 1] > 1000);
        for one in &known {
            assert!(!one.of("title").is_empty() && one.of("source").ends_with(".example"));
            if one.is("kind") == "original" {
                assert!(one.of("text").starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()));
                assert!(one.of("text").contains("\n\n") && one.of("text").ends_with(['.', '?']));
                assert!(!one.of("text").contains("  ") && !one.of("text").contains(" ."));
            }
        }
    }

    #[test]
    fn copies_are_as_similar_as_their_kind_says() {
        let (known, _) = known(&params(1500, 23));
        let mut by_rate: Map<usize, Vec<f64>> = Map::default();
        for (original, copy) in copies(&known) {
            let similarity = jaccard(&original.shingles(), &copy.shingles());
            let rate = copy.truth["rate"].as_f64().unwrap();
            match copy.is("kind") {
                "exact" => {
                    assert_eq!(original.of("text"), copy.of("text"));
                    assert_eq!(similarity, 1.0);
                }
                "spacing" => assert_eq!(similarity, 1.0),
                "truncated" | "boilerplate" => {
                    assert!((similarity - (1.0 - rate)).abs() < 0.08, "{similarity} {}", copy.truth);
                }
                "edit" => by_rate.entry((rate * 1000.0).round() as usize).or_default().push(similarity),
                _ => assert!(similarity > 0.25),
            }
        }
        assert_eq!(by_rate.len(), RATES.len());
        for (rate, similar) in by_rate {
            let rate = rate as f64 / 1000.0;
            let survives = (1.0 - 0.75 * rate).powi(5) * (1.0 - 0.25 * rate).powi(4);
            let (mean, expected) = (similar.iter().sum::<f64>() / similar.len() as f64, survives / (2.0 - survives));
            assert!((mean - expected).abs() < 0.06, "{rate}: {mean}, expected {expected}");
        }
    }

    #[test]
    fn independent_tellings_share_words_and_hardly_a_shingle() {
        let (known, _) = known(&params(600, 29));
        let originals: Vec<&Known> = known.iter().filter(|one| one.is("kind") == "original").collect();
        let shingles: Vec<_> = originals.iter().map(|one| one.shingles()).collect();
        let vocabulary: Vec<Set<&str>> =
            originals.iter().map(|one| one.of("text").split_whitespace().collect()).collect();
        let (mut within, mut across, mut shared) = (Vec::new(), Vec::new(), 0);
        for a in 0..originals.len() {
            for b in 0..a {
                let similarity = jaccard(&shingles[a], &shingles[b]);
                let same = originals[a].is("event") == originals[b].is("event");
                assert!(similarity < if same { 0.1 } else { 0.05 });
                shared += usize::from(same && similarity > 0.0);
                if same { &mut within } else { &mut across }.push(jaccard(&vocabulary[a], &vocabulary[b]));
            }
        }
        let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
        assert!(mean(&within) > 1.3 * mean(&across));
        assert!(shared > 0);
    }

    #[test]
    fn events_are_mostly_small_and_some_are_large() {
        let plan = Plan::draw(&params(100_000, 1)).unwrap();
        let mut sizes = vec![0; plan.events()];
        plan.rows.iter().for_each(|row| sizes[plan.event_of[row.family as usize] as usize] += 1);
        let share = |range: Range<usize>| sizes.iter().filter(|size| range.contains(size)).count() * 100 / sizes.len();
        assert!((70..85).contains(&share(1..4)) && (10..25).contains(&share(5..41)));
        assert!((30..300).contains(&sizes.iter().filter(|&&size| size >= 100).count()));
        assert!(sizes.iter().all(|&size| size < 1000));
        assert!(plan.span == 50 * DAY);
    }

    #[test]
    fn zipf_draws_each_rank_as_often_as_it_should() {
        let (zipf, mut rng, mut counts) = (Zipf::new(50, 3), Rng(1), [0usize; 50]);
        (0..1_000_000).for_each(|_| counts[zipf.draw(&mut rng)] += 1);
        let whole: f64 = (0..50).map(|rank| 1.0 / f64::from(rank + 3)).sum();
        for (rank, count) in counts.into_iter().enumerate() {
            let expected = 1e6 / (rank as f64 + 3.0) / whole;
            assert!((count as f64 - expected).abs() < 6.0 * expected.sqrt(), "{rank}: {count}, {expected}");
        }
    }

    #[test]
    fn dates_are_rfc_3339() {
        for (seconds, offset) in [(0, 0), (951_782_400, 330), (1_709_164_799, -480), (4_107_542_400, 60), (-1, 0)] {
            let mut date = String::new();
            write_date(&mut date, seconds, offset).unwrap();
            assert_eq!(date.parse::<jiff::Timestamp>().unwrap().as_second(), seconds, "{date}");
        }
        let mut date = String::new();
        write_date(&mut date, 951_782_400, 330).unwrap();
        assert_eq!(date, "2000-02-29T05:30:00+05:30");
    }

    #[test]
    fn too_many_documents_are_refused() {
        let refused = write(&params(1 << 32, 1), &mut Vec::new(), &mut Vec::new()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
    }
}
