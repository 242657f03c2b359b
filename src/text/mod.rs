//! Text to words, for every script.
//!
//! [`Tokenizer`] gives the words of a line; [`Story`] reads a whole article and leaves out what is not its story: the
//! title and captions repeated in the body, share-button crumbs alone on a line.
//!
//! For events a word is text; for shingles only its hash matters, and there [`Tokenizer::hashes`] is the kernel: `spell`
//! makes lower-case bytes of which `scan` finds and hashes the words, both many bytes at a time where the processor can.
//!
//! Law: normalising twice changes nothing.

mod characters;
mod furniture;
mod letters;
mod lines;
mod normalize;
mod scan;
mod spell;
#[cfg(target_arch = "x86_64")]
mod wide;
mod words;

pub use furniture::{Line, Story, line_hash};
pub use lines::Lines;
pub use words::Tokenizer;
pub(crate) use words::Word;
