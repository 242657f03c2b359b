//! Articles to sparse vectors.
use super::Params;
use crate::hash;
use crate::text::{Story, Tokenizer};
use hashbrown::HashMap;

/// Reading constants.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Reading {
    /// title weight
    pub title: f32,
    /// first line weight without title
    pub lead: f32,
    /// words of body read
    pub words: usize,
    /// name boost
    pub name: f32,
    /// number boost
    pub number: f32,
    /// stem length
    pub stem: usize,
    /// max terms
    pub terms: usize,
    /// pairs in body within this many words
    pub pair_words: usize,
    /// fold
    pub fold: usize,
    /// word decay: tf weight at position p = 1/(1+p/decay)
    pub decay: f32,
}

impl Default for Reading {
    fn default() -> Self {
        Reading {
            title: 3.0,
            lead: 2.0,
            words: 400,
            name: 0.2,
            number: 0.2,
            stem: 6,
            terms: 400,
            pair_words: 1,
            decay: 150.0,
            fold: 1,
        }
    }
}

/// Per-thread scratch.
#[derive(Default)]
pub struct Reader {
    /// constants
    pub reading: Reading,
    story: Story,
    tokenizer: Tokenizer,
    counts: HashMap<u32, (f32, f32, u32), ahash::RandomState>,
    stop: HashMap<u64, (), ahash::RandomState>,
}

/// Features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    pub(super) terms: Box<[u32]>,
    pub(super) weights: Box<[u8]>,
}

/// Pair terms have the lowest bit.
pub(super) fn is_pair(term: u32) -> bool {
    term & 1 == 1
}

fn word_term(hash: u64) -> u32 {
    (hash >> 32) as u32 & !1
}

fn pair_term(a: u64, b: u64) -> u32 {
    (hash::mix(a.rotate_left(1) ^ hash::mix(b)) >> 32) as u32 | 1
}

fn is_spaceless(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

fn fold(w: &str, level: usize, out: &mut String) {
    use unicode_normalization::UnicodeNormalization;
    if w.is_ascii() {
        out.push_str(w);
    } else {
        for c in w.nfd() {
            match c {
                '\u{300}'..='\u{36f}' => {}
                'ø' => out.push('o'),
                'đ' => out.push('d'),
                'ł' => out.push('l'),
                'ı' => out.push('i'),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                'ß' => out.push_str("ss"),
                'а'..='я' => out.push_str(
                    [
                        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t",
                        "u", "f", "h", "ts", "ch", "sh", "shch", "", "i", "", "e", "iu", "ia",
                    ]
                    .get(c as usize - 'а' as usize)
                    .copied()
                    .unwrap_or(""),
                ),
                'ё' => out.push('e'),
                'є' => out.push('e'),
                'і' => out.push('i'),
                'ї' => out.push('i'),
                'ґ' => out.push('g'),
                'ђ' => out.push('d'),
                'ј' => out.push('i'),
                'љ' => out.push('l'),
                'њ' => out.push('n'),
                'ћ' => out.push('c'),
                'џ' => out.push_str("dz"),
                'α'..='ω' => out.push_str(
                    [
                        "a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "s",
                        "t", "u", "f", "h", "ps", "o",
                    ]
                    .get(c as usize - 'α' as usize)
                    .copied()
                    .unwrap_or(""),
                ),
                c => out.push(c),
            }
        }
    }
    if level > 1 && out.is_ascii() {
        let b = out.as_bytes();
        let mut r: Vec<u8> = vec![];
        let mut i = 0;
        while i < b.len() {
            let n = b.get(i + 1).copied().unwrap_or(0);
            let x = match (b[i], n) {
                (b'p', b'h') => {
                    i += 1;
                    b'f'
                }
                (b't', b'h') => {
                    i += 1;
                    b't'
                }
                (b'k', b'h') => {
                    i += 1;
                    b'h'
                }
                (b'c', b'k') => {
                    i += 1;
                    b'k'
                }
                (b'c', b'h') => {
                    i += 1;
                    b'h'
                }
                (b's', b'h') => {
                    i += 1;
                    b's'
                }
                (b'z', b'h') => {
                    i += 1;
                    b'z'
                }
                (b'c', b'e' | b'i' | b'y') => b's',
                (b'c' | b'q', _) => b'k',
                (b'y' | b'j', _) => b'i',
                (b'w', _) => b'v',
                (c, _) => c,
            };
            if r.last() != Some(&x) {
                r.push(x);
            }
            i += 1;
        }
        *out = String::from_utf8(r).unwrap_or_default();
    }
}

const STOP: &str = include_str!("stopwords.txt");

impl Reader {
    /// Reads.
    pub fn read(&mut self, title: &str, text: &str) -> Features {
        if self.stop.is_empty() {
            self.stop = STOP.split_whitespace().map(|w| (hash::bytes(w.as_bytes()), ())).collect();
        }
        self.counts.clear();
        let body = if text.trim().is_empty() { "" } else { text };
        let mut order = 0u32;
        let rd = self.reading.clone();
        let has_title = !title.trim().is_empty();
        if has_title {
            self.line(title, rd.title, true, &mut order, usize::MAX);
        }
        if !body.is_empty() {
            let mut story = std::mem::take(&mut self.story);
            let mut end = body.len().min(rd.words * 8 + 1024);
            while !body.is_char_boundary(end) {
                end -= 1;
            }
            let body = &body[..end];
            story.read(title, body);
            let mut left = rd.words;
            let mut first = !has_title;
            for line in story.lines() {
                if left == 0 {
                    break;
                }
                let w = if first { rd.lead } else { 1.0 };
                first = false;
                left -= self.line(&body[line.bytes.clone()], w, false, &mut order, left);
            }
            self.story = story;
        }
        let mut terms: Vec<(u32, f32, u32)> = self
            .counts
            .iter()
            .map(|(&t, &(tf, boost, first))| (t, (1.0 + tf.max(1e-3).ln()).max(0.2) * boost, first))
            .collect();
        if terms.len() > rd.terms {
            terms.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)).then(a.0.cmp(&b.0)));
            terms.truncate(rd.terms);
        }
        terms.sort_unstable_by_key(|t| t.0);
        Features {
            terms: terms.iter().map(|t| t.0).collect(),
            weights: terms.iter().map(|t| (t.1 * 24.0).round().clamp(1.0, 255.0) as u8).collect(),
        }
    }

    fn line(&mut self, line: &str, weight: f32, is_title: bool, order: &mut u32, limit: usize) -> usize {
        let Reader { reading: rd, tokenizer, counts, stop, .. } = self;
        let mut last: Option<(u64, bool, bool)> = None; // hash, stop, spaceless
        let mut count = 0;
        let mut start = true;
        for piece in line.split_ascii_whitespace() {
            if count >= limit {
                break;
            }
            let capital =
                !is_title && !start && piece.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase);
            start = piece.ends_with(['.', '!', '?', '”', '"', ':']);
            tokenizer.words(piece, |word| {
                count += 1;
                let mut w = word.strip_suffix("'s").unwrap_or(word);
                let is_stop = stop.contains_key(&hash::bytes(w.as_bytes()));
                let mut chars = w.chars();
                let spaceless = chars.next().is_some_and(|c| !c.is_ascii() && is_spaceless(c));
                let number = w.as_bytes()[0].is_ascii_digit();
                let mut folded = String::new();
                if rd.fold > 0 && !w.is_ascii() && !number && !spaceless {
                    fold(w, rd.fold, &mut folded);
                    w = &folded;
                }
                if rd.stem > 0
                    && !number
                    && let Some((at, _)) = w.char_indices().nth(rd.stem)
                {
                    w = &w[..at];
                }
                let h = hash::bytes(w.as_bytes());
                let weight = weight / (1.0 + *order as f32 / rd.decay);
                let mut add = |term: u32, boost: f32| {
                    let e = counts.entry(term).or_insert((0.0, 1.0, *order));
                    e.0 += weight;
                    e.1 = e.1.max(1.0 + boost);
                };
                if !is_stop && !spaceless && w.len() > 1 {
                    let boost = if number {
                        rd.number
                    } else if capital {
                        rd.name
                    } else {
                        0.0
                    };
                    add(word_term(h), boost);
                }
                if let Some((lh, lstop, lspaceless)) = last {
                    if spaceless && lspaceless {
                        add(pair_term(lh, h) & !1, 0.0);
                    } else if !is_stop && !lstop && (*order as usize) < rd.pair_words {
                        add(pair_term(lh, h), 0.0);
                    }
                }
                *order += 1;
                last = Some((h, is_stop, spaceless));
            });
        }
        count
    }
}

/// All documents as unit vectors.
pub(super) struct Vectors {
    pub(super) starts: Vec<usize>,
    pub(super) terms: Vec<u32>,
    pub(super) weights: Vec<u16>,
    pub(super) vocabulary: usize,
}

impl Vectors {
    pub(super) fn new(features: &[Features], p: &Params) -> Vectors {
        let n = features.len();
        let mut df: HashMap<u32, (u32, u32), ahash::RandomState> = HashMap::default();
        for f in features {
            for &t in &f.terms {
                df.entry(t).or_default().0 += 1;
            }
        }
        let nf = n as f32;
        let mut next = 0;
        let mut v = Vectors { starts: vec![0], terms: vec![], weights: vec![], vocabulary: 0 };
        let mut one: Vec<(u32, f32)> = vec![];
        let limit = (p.common * nf).max(8.0);
        for f in features {
            one.clear();
            let mut norm = 0f32;
            for (&t, &w) in f.terms.iter().zip(&f.weights) {
                let Some(e) = df.get_mut(&t) else { continue };
                let d = e.0 as f32;
                if d > limit {
                    continue;
                }
                let idf = (((nf + 1.0 + p.prior) / (d + 1.0)).ln() + 0.0).max(0.0).powf(p.idf_power);
                let x = w as f32 * idf * if is_pair(t) { p.pair } else { 1.0 };
                if e.0 < 2 {
                    norm += x * x * p.single;
                    continue;
                }
                norm += x * x;
                if e.1 == 0 {
                    next += 1;
                    e.1 = next;
                }
                one.push((e.1 - 1, x));
            }
            if one.len() > p.terms {
                one.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                one.truncate(p.terms);
            }
            one.sort_unstable_by_key(|t| t.0);
            let scale = if norm > 0.0 { norm.sqrt().recip() } else { 0.0 };
            v.terms.extend(one.iter().map(|t| t.0));
            v.weights.extend(one.iter().map(|t| (t.1 * scale * 65535.0).round() as u16));
            v.starts.push(v.terms.len());
        }
        v.vocabulary = next as usize;
        v
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn get(&self, i: usize) -> (&[u32], &[u16]) {
        let r = self.starts[i]..self.starts[i + 1];
        (&self.terms[r.clone()], &self.weights[r])
    }
}
