//! The hashes that outlive a process: the same on every machine, thread and day.
//!
//! Words, shingles, signatures and names of parameters are stored and compared across runs, so they use XXH3 (Collet,
//! xxHash 0.8: 64 and 128 bits) over little-endian bytes and fixed mixers. Tables that live in memory only use `ahash`.

mod long;

use xxhash_rust::xxh3::xxh3_64;

/// The 64-bit hash of some bytes.
#[inline]
pub fn bytes(bytes: &[u8]) -> u64 {
    xxh3_64(bytes)
}

/// A bijection of the 64-bit numbers in which every input bit reaches every output bit (splitmix64's finaliser,
/// Steele, Lea and Flood 2014).
#[inline]
pub const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Spreads every bit of a number over 64: one full multiplication, its halves folded (as wyhash does; Wang Yi 2019). Two
/// numbers agree by chance with a probability of about 2^-64.
#[inline]
pub const fn fold(x: u64) -> u64 {
    fold_product(x ^ SECRET[1], SPREAD)
}

/// The halves of a full product, folded.
#[inline(always)]
const fn fold_product(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

/// The factor of [`fold`]: 2^64 over the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// [`fold`] by the halves of its factors, as a processor multiplies many numbers at once.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) const fn fold_by_halves(x: u64) -> u64 {
    const LOW: u64 = 0xffff_ffff;
    let (x, factor) = (x ^ SECRET[1], SPREAD);
    let low = (x & LOW) * (factor & LOW);
    let middle = (x & LOW) * (factor >> 32) + (low >> 32);
    let other = (x >> 32) * (factor & LOW) + (middle & LOW);
    let high = (x >> 32) * (factor >> 32) + (middle >> 32) + (other >> 32);
    (other << 32 | low & LOW) ^ high
}

/// Secrets of [`word`]: digits of the fractional part of pi. Each holds bytes that no word does (below 0x27 or over
/// 0xf4), so that no word can make a factor zero.
const SECRET: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];

/// The 64-bit hash of a word's bytes: 16 at a time, little-endian and filled up with zeros, folded by one full
/// multiplication (as wyhash and XXH3 do for short input; Wang Yi 2019), so that all but the longest words cost the same.
#[inline]
pub fn word(bytes: &[u8]) -> u64 {
    let step = |state, block| {
        let number = u128::from_le_bytes(block);
        word_block(state, number as u64, (number >> 64) as u64)
    };
    let (blocks, rest) = bytes.as_chunks::<16>();
    let state = blocks.iter().fold(bytes.len() as u64, |state, &block| step(state, block));
    if rest.is_empty() {
        return state;
    }
    let mut filled = [0u8; 16];
    filled[..rest.len()].copy_from_slice(rest);
    step(state, filled)
}

/// One step of [`word`]: `state` is the word's length at first, then what the block before gave.
#[inline(always)]
fn word_block(state: u64, low: u64, high: u64) -> u64 {
    state.wrapping_mul(SECRET[0] | 1) ^ fold_product(low ^ SECRET[0], high ^ SECRET[1] ^ state.rotate_left(32))
}

/// What [`word`] makes of a short word by its length alone: a loop over many looks it up, and multiplies once a word.
#[cfg(target_arch = "x86_64")]
#[repr(align(64))]
pub(crate) struct Short {
    /// Which bits of 16 bytes are the word's.
    own: u128,
    /// What these are turned by ahead of the multiplication, and the product after it.
    key: u128,
    state: u64,
}

/// For words of 0 to 16 bytes.
#[cfg(target_arch = "x86_64")]
pub(crate) static SHORT: [Short; 17] = {
    let mut short = [const { Short { own: 0, key: 0, state: 0 } }; 17];
    let mut len = 0;
    while len <= 16 {
        let state = len as u64;
        short[len] = Short {
            own: if len == 16 { u128::MAX } else { (1 << (8 * len)) - 1 },
            key: ((SECRET[1] ^ state.rotate_left(32)) as u128) << 64 | SECRET[0] as u128,
            state: state.wrapping_mul(SECRET[0] | 1),
        };
        len += 1;
    }
    short
};

#[cfg(target_arch = "x86_64")]
impl Short {
    /// The [hash](word) of a word of this length, and its first eight bytes, of 16 bytes that it begins, the first one
    /// lowest.
    #[inline(always)]
    pub(crate) fn word(&self, bytes: u128) -> (u64, u64) {
        let own = bytes & self.own;
        let keyed = own ^ self.key;
        (self.state ^ fold_product(keyed as u64, (keyed >> 64) as u64), own as u64)
    }
}

/// The 128-bit hash of a sequence of numbers: equal sequences, equal hash; two different ones agree with probability
/// 2^-128.
pub fn sequence(numbers: &[u64]) -> u128 {
    if cfg!(target_endian = "little") {
        return long::hash(bytemuck::cast_slice(numbers));
    }
    long::hash(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>())
}

/// The digest of a stream, fed as it passes: what `run.json` says of an input.
#[derive(Clone, Default)]
pub struct Digest(long::Pieces);

impl Digest {
    /// Takes the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// How many bytes it was fed.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether it was fed nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The digest as users see it: the method's name and 32 hexadecimal digits.
    pub fn name(&self) -> String {
        format!("xxh3-128:{:032x}", self.0.hash())
    }
}

/// The [digest](Digest::name) of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    let mut digest = Digest::default();
    digest.update(bytes);
    digest.name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_fixed() {
        assert_eq!(bytes(b""), 0x2d06_8005_38d3_94c2);
        assert_eq!(mix(1), 0x5692_161d_100b_05e5);
        assert_eq!(sequence(&[]), 0x99aa_06d3_0147_98d8_6001_c324_468d_497f);
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn folding_by_halves_is_folding() {
        for x in [0, 1, u64::MAX, u64::MAX << 32, SECRET[1], !SECRET[1]].into_iter().chain((0..10_000).map(mix)) {
            assert_eq!(fold_by_halves(x), fold(x));
        }
    }

    #[test]
    fn words_differ_from_one_another() {
        let mut seen = std::collections::HashSet::new();
        for length in 0..40usize {
            for byte in 0..length.max(1) {
                for letter in b'a'..=b'z' {
                    let mut text = vec![b'e'; length];
                    text.iter_mut().skip(byte).take(1).for_each(|place| *place = letter);
                    if letter != b'e' || byte == 0 {
                        assert!(seen.insert(word(&text)) || length == 0, "{text:?}");
                    }
                }
            }
        }
        // Every bit of the hash is set for about half of the words.
        let count = seen.len() as i64;
        for bit in 0..64 {
            let set = seen.iter().filter(|&&hash| hash >> bit & 1 == 1).count() as i64;
            assert!((2 * set - count).pow(2) < 25 * count, "bit {bit}: {set} of {count}");
        }
    }

    #[test]
    fn a_sequence_is_hashed_as_its_bytes() {
        let numbers: Vec<u64> = (0..100).map(mix).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        assert_eq!(sequence(&numbers), xxhash_rust::xxh3::xxh3_128(&bytes));
        let mut digest = Digest::default();
        bytes.chunks(7).for_each(|part| digest.update(part));
        assert_eq!(digest.name(), format!("xxh3-128:{:032x}", sequence(&numbers)));
        assert_eq!(digest.len(), 800);
    }
}
