//! XXH3 (Collet, xxHash 0.8: 128 bits) of long input, as wide as the processor.
//!
//! Eight sums take in 64 bytes at a time and are scrambled after every [block](BLOCK). The crate `xxhash-rust`, with which
//! this agrees on everything, does so by the vectors it was compiled for, 16 bytes on any x86-64; here AVX-512 is chosen when
//! the program runs, two to three times as fast. Short input is left to the crate. Linear; memory: a block.

use super::fold_product;
#[cfg(target_arch = "x86_64")]
use crate::cpu;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use xxhash_rust::const_xxh3::const_custom_default_secret;
use xxhash_rust::xxh3::xxh3_128;

/// Input of more bytes is long.
const LONG: usize = 240;
/// Bytes taken in at once.
const STRIPE: usize = 64;
/// Bytes between two scramblings: each of their stripes meets the secret eight bytes further on.
const BLOCK: usize = (SECRET.len() - STRIPE) / 8 * STRIPE;
/// That of seed 0.
static SECRET: [u8; 192] = const_custom_default_secret(0);

const PRIME_32_1: u64 = 0x9e37_79b1;
const PRIME_64_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_64_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const PRIME_64_3: u64 = 0x1656_67b1_9e37_79f9;

/// The hash of some bytes.
pub(super) fn hash(bytes: &[u8]) -> u128 {
    match bytes.last_chunk() {
        Some(last) if bytes.len() > LONG && has_wide_form() => {
            let (blocks, rest) = blocks_of(bytes);
            Sums::default().end(blocks, rest, last, bytes.len() as u64)
        }
        _ => xxh3_128(bytes),
    }
}

/// Whether anything is gained over the crate.
fn has_wide_form() -> bool {
    #[cfg(target_arch = "x86_64")]
    return cpu::is_widest();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Whole blocks, and the rest, in which there is something.
fn blocks_of(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len().saturating_sub(1) / BLOCK * BLOCK)
}

/// The same of bytes that come piece by piece.
#[derive(Clone)]
pub(super) struct Pieces {
    sums: Sums,
    /// The last stripe that was taken in, and what was not yet.
    held: Vec<u8>,
    len: u64,
}

impl Default for Pieces {
    fn default() -> Self {
        Pieces { sums: Sums::default(), held: vec![0; STRIPE], len: 0 }
    }
}

impl Pieces {
    /// Takes the next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
        let missing = STRIPE + BLOCK - self.held.len();
        if bytes.len() <= missing {
            return self.held.extend_from_slice(bytes);
        }
        let (first, after) = bytes.split_at(missing);
        self.held.extend_from_slice(first);
        self.sums.take(&self.held[STRIPE..], &[]);
        let (blocks, rest) = blocks_of(after);
        self.sums.take(blocks, &[]);
        self.held.drain(..BLOCK);
        if let Some(last) = blocks.last_chunk::<STRIPE>() {
            self.held.copy_from_slice(last);
        }
        self.held.extend_from_slice(rest);
    }

    /// How many there were.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The hash of all.
    pub(super) fn hash(&self) -> u128 {
        let rest = &self.held[STRIPE..];
        match self.held.last_chunk() {
            Some(last) if self.len > LONG as u64 => self.sums.clone().end(&[], rest, last, self.len),
            _ => xxh3_128(rest),
        }
    }
}

/// What all but the last block comes to.
#[derive(Clone)]
struct Sums([u64; 8]);

impl Default for Sums {
    fn default() -> Self {
        const PRIME_32_2: u64 = 0x85eb_ca77;
        const PRIME_32_3: u64 = 0xc2b2_ae3d;
        const PRIME_64_4: u64 = 0x85eb_ca77_c2b2_ae63;
        const PRIME_64_5: u64 = 0x27d4_eb2f_1656_67c5;
        Sums([PRIME_32_3, PRIME_64_1, PRIME_64_2, PRIME_64_3, PRIME_64_4, PRIME_32_2, PRIME_64_5, PRIME_32_1])
    }
}

impl Sums {
    /// Takes whole blocks in, and the stripes of one that is not.
    fn take(&mut self, blocks: &[u8], stripes: &[u8]) {
        #[cfg(target_arch = "x86_64")]
        if cpu::is_widest() {
            // SAFETY: the processor has AVX-512.
            return unsafe { take_avx512(&mut self.0, blocks, stripes) };
        }
        take(&mut self.0, blocks, stripes);
    }

    /// The hash of so many bytes, `len`, of which these are left and `last` are the last.
    fn end(mut self, blocks: &[u8], rest: &[u8], last: &[u8; STRIPE], len: u64) -> u128 {
        self.take(blocks, &rest[..rest.len().saturating_sub(1)]);
        add(&mut self.0, last, secret(SECRET.len() - STRIPE - 7));
        let low = self.folded(secret(11), len.wrapping_mul(PRIME_64_1));
        let high = self.folded(secret(SECRET.len() - STRIPE - 11), !len.wrapping_mul(PRIME_64_2));
        u128::from(high) << 64 | u128::from(low)
    }

    fn folded(&self, secret: &[u8; STRIPE], from: u64) -> u64 {
        let fold = |(sums, secret): (&[u64; 2], &[u64; 2])| fold_product(sums[0] ^ secret[0], sums[1] ^ secret[1]);
        let pairs =
            self.0.as_chunks().0.iter().zip(numbers(secret).as_chunks().0).map(fold).fold(from, u64::wrapping_add);
        let turned = (pairs ^ pairs >> 37).wrapping_mul(0x1656_6791_9e37_79f9);
        turned ^ turned >> 32
    }
}

/// The secret from a place on.
#[inline(always)]
fn secret(at: usize) -> &'static [u8; STRIPE] {
    SECRET[at..].first_chunk().unwrap_or(&[0; STRIPE])
}

#[inline(always)]
fn numbers(bytes: &[u8; STRIPE]) -> [u64; 8] {
    std::array::from_fn(|at| u64::from_le_bytes(bytes.as_chunks().0[at]))
}

/// [`Sums::take`], on any processor.
fn take(sums: &mut [u64; 8], blocks: &[u8], stripes: &[u8]) {
    let add_all = |sums: &mut _, stripes: &[u8]| {
        stripes.as_chunks().0.iter().zip(0..).for_each(|(stripe, at)| add(sums, stripe, secret(8 * at)));
    };
    for block in blocks.as_chunks::<BLOCK>().0 {
        add_all(sums, block);
        let secret = numbers(secret(SECRET.len() - STRIPE));
        *sums = std::array::from_fn(|at| (sums[at] ^ sums[at] >> 47 ^ secret[at]).wrapping_mul(PRIME_32_1));
    }
    add_all(sums, stripes);
}

/// The same, all sums at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn take_avx512(sums: &mut [u64; 8], blocks: &[u8], stripes: &[u8]) {
    let mut wide = load(bytemuck::cast_ref(sums));
    for block in blocks.as_chunks::<BLOCK>().0 {
        // In two chains, neither of which waits for the other.
        let mut other = _mm512_setzero_si512();
        for (at, two) in block.as_chunks::<{ 2 * STRIPE }>().0.iter().enumerate() {
            let [one, next] = two.as_chunks().0 else { break };
            wide = add_avx512(wide, one, secret(16 * at));
            other = add_avx512(other, next, secret(16 * at + 8));
        }
        wide = _mm512_add_epi64(wide, other);
        wide = _mm512_xor_si512(wide, _mm512_srli_epi64::<47>(wide));
        wide = _mm512_xor_si512(wide, load(secret(SECRET.len() - STRIPE)));
        // By the halves of what is multiplied: the factor is one.
        let prime = _mm512_set1_epi64(PRIME_32_1 as i64);
        let high = _mm512_mul_epu32(_mm512_srli_epi64::<32>(wide), prime);
        wide = _mm512_add_epi64(_mm512_mul_epu32(wide, prime), _mm512_slli_epi64::<32>(high));
    }
    for (at, stripe) in stripes.as_chunks().0.iter().enumerate() {
        wide = add_avx512(wide, stripe, secret(8 * at));
    }
    // SAFETY: there is room for 64 bytes.
    unsafe { _mm512_storeu_si512(sums.as_mut_ptr().cast(), wide) };
}

/// [`add`], likewise.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f")]
fn add_avx512(sums: __m512i, stripe: &[u8; STRIPE], secret: &[u8; STRIPE]) -> __m512i {
    let stripe = load(stripe);
    let keyed = _mm512_xor_si512(stripe, load(secret));
    let product = _mm512_mul_epu32(keyed, _mm512_srli_epi64::<32>(keyed));
    let neighbours = _mm512_shuffle_epi32::<0b01_00_11_10>(stripe);
    _mm512_add_epi64(sums, _mm512_add_epi64(product, neighbours))
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f")]
fn load(bytes: &[u8; STRIPE]) -> __m512i {
    // SAFETY: there are 64 bytes to read.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// Adds a stripe to the sums.
#[inline(always)]
fn add(sums: &mut [u64; 8], stripe: &[u8; STRIPE], secret: &[u8; STRIPE]) {
    let (stripe, secret) = (numbers(stripe), numbers(secret));
    *sums = std::array::from_fn(|at| {
        let keyed = stripe[at] ^ secret[at];
        let product = (keyed & 0xffff_ffff) * (keyed >> 32);
        sums[at].wrapping_add(product).wrapping_add(stripe[at ^ 1])
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_crates(
            len in prop_oneof![0usize..3000, prop::sample::select(vec![LONG, LONG + 1, BLOCK, BLOCK + 1, 5 * BLOCK, 5 * BLOCK + 1])],
            start in 0usize..9, cuts in prop::collection::vec(0usize..3000, 0..6), seed in any::<u64>(),
        ) {
            let bytes: Vec<u8> = (0..(start + len) as u64).map(|at| mix(seed ^ at) as u8).collect();
            let (bytes, mut pieces, mut from) = (&bytes[start..], Pieces::default(), 0usize);
            prop_assert_eq!(hash(bytes), xxh3_128(bytes));
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let to = from.saturating_add(cut).min(len);
                pieces.update(&bytes[from..to]);
                from = to;
                prop_assert_eq!((pieces.hash(), pieces.len()), (xxh3_128(&bytes[..to]), to as u64));
            }
            let (blocks, rest) = blocks_of(bytes);
            let [mut wide, mut narrow] = [(); 2].map(|()| Sums::default());
            wide.take(blocks, rest);
            take(&mut narrow.0, blocks, rest);
            prop_assert_eq!(wide.0, narrow.0);
        }
    }
}
