//! The hashes that outlive a process: the same on every machine, thread and day.
//!
//! Words, shingles, signatures and names of parameters are stored and compared across runs, so they use XXH3 (Collet,
//! xxHash 0.8: 64 and 128 bits) over little-endian bytes and fixed mixers. Tables that live in memory only use `ahash`.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

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

/// The 128-bit hash of a sequence of numbers: equal sequences, equal hash; two different ones agree with probability
/// 2^-128.
pub fn sequence(numbers: &[u64]) -> u128 {
    let mut state = Xxh3::new();
    let mut block = [0u8; 256];
    for part in numbers.chunks(block.len() / 8) {
        for (place, number) in block.as_chunks_mut::<8>().0.iter_mut().zip(part) {
            *place = number.to_le_bytes();
        }
        state.update(&block[..part.len() * 8]);
    }
    state.digest128()
}

/// The digest of a stream, fed as it passes: what `run.json` says of an input.
#[derive(Clone, Default)]
pub struct Digest {
    state: Xxh3,
    len: u64,
}

impl Digest {
    /// Takes the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
        self.len += bytes.len() as u64;
    }

    /// How many bytes it was fed.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it was fed nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The digest as users see it: the method's name and 32 hexadecimal digits.
    pub fn name(&self) -> String {
        format!("xxh3-128:{:032x}", self.state.digest128())
    }
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
