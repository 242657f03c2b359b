//! Parts of an explanation as lines for the eye: a name, and what is said under it.

use crate::explain::{Document, Fit, Guess, Word};
use crate::input;
use crate::report::show::{clip, similarity, when};

/// Named lines; the name is left out where a line goes on with what the one before said.
pub(super) type Lines = Vec<(&'static str, String)>;

/// Characters of a headline, and of one at the end of a line.
const TITLE_CHARS: usize = 80;
const SHORT_TITLE_CHARS: usize = 48;
/// Terms on a line.
const TERMS_A_LINE: usize = 5;

/// An empty line.
pub(super) const BREAK: (&str, String) = ("", String::new());

/// What stands for groups where they were not sought.
pub(super) fn no_groups(verb: &str) -> (&'static str, String) {
    ("group", format!("{verb} looks for no near-duplicates: every document is its own group"))
}

/// What stands for events where they were not sought.
pub(super) fn no_events(verb: &str) -> (&'static str, String) {
    ("event", format!("{verb} looks for no events"))
}

/// A headline on a line of its own.
pub(super) fn title(title: &str) -> String {
    one_line(title, TITLE_CHARS)
}

/// A headline at the end of a line.
pub(super) fn short_title(title: &str) -> String {
    one_line(title, SHORT_TITLE_CHARS)
}

fn one_line(title: &str, chars: usize) -> String {
    clip(&title.split_whitespace().collect::<Vec<_>>().join(" "), chars)
}

/// A number up to one, never rounded up.
pub(super) fn share(number: impl Into<f64>) -> String {
    similarity(number.into())
}

/// A time in words.
pub(super) fn time(written: &str) -> String {
    input::published(written).seconds().map_or_else(|| written.to_owned(), when)
}

/// When and by whom.
pub(super) fn origin(document: &Document) -> String {
    let time = document.published.as_deref().map_or_else(|| "no date".to_owned(), time);
    match &document.source {
        Some(source) => format!("{time}, {source}"),
        None => time,
    }
}

/// The lines of `name`, the first of which bears it.
pub(super) fn named(name: &'static str, lines: impl IntoIterator<Item = String>) -> Lines {
    let mut name = Some(name);
    lines.into_iter().map(|line| (name.take().unwrap_or_default(), line)).collect()
}

/// Records with the id of `document` that were not accepted.
pub(super) fn rejected(document: &Document) -> Lines {
    let name = if document.accepted { "also" } else { "rejected" };
    let line = |record: &crate::explain::RejectedRecord| {
        let again = if document.accepted { "a record with this id was rejected, " } else { "" };
        format!("{again}{}:{}: {} ({})", record.file, record.line, record.reason, record.detail)
    };
    named(name, document.rejected_records.iter().map(line))
}

/// The lines of `document` that were left out as boilerplate, the first of them as they are.
pub(super) fn left_out(document: &Document) -> Lines {
    const SHOWN: usize = 3;
    let all = document.left_out.len();
    if all == 0 {
        return Vec::new();
    }
    let more = (all > SHOWN).then(|| format!("and {} more", all - SHOWN));
    let head = format!("{} left out, which its source repeats", count(all, "line"));
    let shown = document.left_out.iter().take(SHOWN).map(|line| title(line));
    named("boilerplate", [head].into_iter().chain(shown).chain(more))
}

/// Terms with their weights, a few on a line.
pub(super) fn terms(words: &[Word], weight: impl Fn(f32) -> String) -> Vec<String> {
    let term = |word: &Word| format!("{} {}", word.term, weight(word.weight));
    words.chunks(TERMS_A_LINE).map(|line| line.iter().map(term).collect::<Vec<_>>().join(", ")).collect()
}

/// When an undated document is taken to be of: the dates of what is most like it, by weight.
pub(super) fn guess(guesses: &[Guess]) -> String {
    const SHOWN: usize = 3;
    if guesses.is_empty() {
        return "no date, and nothing dated is like it".to_owned();
    }
    let one = |guess: &Guess| {
        let time = guess.published.as_deref().map_or_else(|| "?".to_owned(), time);
        format!("{time} ({})", share(guess.cosine))
    };
    let more = guesses.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let first: Vec<String> = guesses.iter().take(SHOWN).map(one).collect();
    format!("no date: what is most like it is of {}{more}", first.join(", "))
}

/// The mean similarity of two clusters, and what decides.
pub(super) fn mean(fit: &Fit) -> String {
    let (mean, score) = (share(fit.mean_similarity), share(fit.score));
    if fit.sizes.contains(&1) {
        format!("mean similarity {mean}")
    } else {
        format!("mean similarity {mean}, damped to {score}")
    }
}

/// So many of something.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
