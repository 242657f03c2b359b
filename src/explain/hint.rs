//! Which id may have been meant.
//!
//! One that differs in case or in space around it; else the shortest that holds what was typed, or is held by it; else one
//! that few letters part from it (Levenshtein 1966). One look at every id, and the square of the letters of those of like
//! length.

/// Ids longer than this are not compared letter by letter.
const LETTERS: usize = 48;
/// Letters that may be wrong.
const WRONG: usize = 2;
/// What is shorter is held by too many.
const LEAST_LETTERS: usize = 3;

/// The id most like the one that was typed, if any is; of several the first in bytes.
pub fn nearest<'a>(typed: &str, ids: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.trim().to_lowercase();
    let likeness = |id: &'a str| {
        let plain = id.to_lowercase();
        let holds = |long: &str, short: &str| short.len() >= LEAST_LETTERS && long.contains(short);
        if plain == typed {
            Some((0, 0, id))
        } else if holds(&plain, &typed) || holds(&typed, &plain) {
            Some((1, plain.len().abs_diff(typed.len()), id))
        } else {
            let wrong = wrong_letters(&typed, &plain)?;
            Some((2, wrong, id))
        }
    };
    ids.filter_map(likeness).min().map(|(.., id)| id)
}

/// Letters to be put in, left out or changed, if they are few.
fn wrong_letters(a: &str, b: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(LETTERS + 1).collect(), b.chars().take(LETTERS + 1).collect());
    if a.len().max(b.len()) > LETTERS || a.len().abs_diff(b.len()) > WRONG || a.len().min(b.len()) < LEAST_LETTERS {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let least = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], least);
        }
    }
    row.last().copied().filter(|&wrong| wrong <= WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_guessed() {
        let ids = ["a07", "iran01", "iran02", "https://x.example/2025/talks-in-geneva", "B"];
        let guess = |typed: &str| nearest(typed, ids.into_iter());
        assert_eq!(guess(" IRAN02"), Some("iran02"));
        assert_eq!(guess("talks-in-geneva"), Some(ids[3]));
        assert_eq!(guess("iran1"), Some("iran01"));
        assert_eq!(guess("irna01"), Some("iran01"));
        assert_eq!(guess("a0"), None, "too short to tell");
        assert_eq!(guess("b"), Some("B"));
        assert_eq!(guess("nothing like it"), None);
        assert_eq!(nearest("x", std::iter::empty()), None);
    }

    #[test]
    fn wrong_letters_are_counted() {
        assert_eq!(wrong_letters("kitten", "sitten"), Some(1));
        assert_eq!(wrong_letters("kitten", "kittens"), Some(1));
        assert_eq!(wrong_letters("kitten", "sitting"), None);
        assert_eq!(wrong_letters("żółw", "żółw"), Some(0));
    }
}
