//! Text to words, for every script.
//!
//! [`Tokenizer`] gives the words of a line; [`Story`] reads a whole article and leaves out what is not its story: the
//! title and captions repeated in the body, share-button crumbs alone on a line.
//!
//! Law: normalising twice changes nothing.

mod furniture;
mod normalize;
mod words;

pub use furniture::{Line, Story};
pub use words::Tokenizer;
