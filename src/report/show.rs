//! How numbers, times and crawled text are written for the eye.
//!
//! The filters of the template, and the one door through which every text goes: control characters and the characters
//! that turn the reading direction of what follows become U+FFFD, line breaks become spaces; then HTML is escaped.
//! Linear in the text. Bad case: a stack of combining marks stays one, up to the cap of characters.

use jiff::Timestamp;
use minijinja::value::ValueKind;
use minijinja::{Output, State, Value, escape_formatter};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// Writes a value of the template: text neutralised and escaped, all else as minijinja does.
pub(super) fn formatter(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if value.kind() == ValueKind::String && !value.is_safe() => match plain(text) {
            Cow::Borrowed(_) => escape_formatter(out, state, value),
            Cow::Owned(text) => escape_formatter(out, state, &Value::from(text)),
        },
        _ => escape_formatter(out, state, value),
    }
}

/// The text without anything that acts instead of being read.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let is_printed = |byte: u8| matches!(byte, b' '..=b'~');
    // Most texts are, which is seen many bytes at a time.
    if text.bytes().fold(true, |all, byte| all & is_printed(byte)) || text.chars().all(|c| neutral(c) == c) {
        return Cow::Borrowed(text);
    }
    text.chars().map(neutral).collect()
}

/// A character as it is shown.
fn neutral(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        // Embeddings, overrides and isolates; marks (U+200E, U+200F, U+061C) turn nothing but themselves.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        // Deprecated format controls, annotations, the byte order mark, and code points that are no characters.
        '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// At most `limit` characters of the text, cut between what a reader takes for letters, with an ellipsis if cut.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    let text = text.trim();
    if text.len() <= limit {
        return text.to_owned();
    }
    let Some((end, _)) = text.char_indices().nth(limit) else { return text.to_owned() };
    let whole = text[..end].grapheme_indices(true).next_back().map_or(0, |(start, _)| start);
    let cut = if whole == 0 { end } else { whole };
    format!("{}…", text[..cut].trim_end())
}

/// Text from the crawl as it is shown: nothing in it acts, and it is bounded.
pub(super) fn shown(text: &str, limit: usize) -> String {
    clip(&plain(text), limit)
}

/// `1234567` as `1,234,567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1536` as `1.5 KiB`.
pub(super) fn bytes(number: f64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if number < 1024.0 {
        return format!("{number:.0} B");
    }
    let mut scaled = number / 1024.0;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    let decimals = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.decimals$} {}", UNITS[unit])
}

/// `75.2` as `1 min 15 s`.
pub(super) fn seconds(number: f64) -> String {
    match number {
        s if s <= 0.0 => "0 s".to_owned(),
        s if s < 0.0005 => "<1 ms".to_owned(),
        s if s < 0.9995 => format!("{:.0} ms", s * 1000.0),
        s if s < 9.995 => format!("{s:.2} s"),
        s if s < 59.95 => format!("{s:.1} s"),
        s if s < 3599.5 => format!("{:.0} min {:02.0} s", (s.round() / 60.0).floor(), s.round() % 60.0),
        s => format!("{:.0} h {:02.0} min", ((s / 60.0).round() / 60.0).floor(), (s / 60.0).round() % 60.0),
    }
}

/// `12.345` (in hundredths of the whole) as `12.3%`, and never a nought for something.
pub(super) fn percent(number: f64) -> String {
    match number {
        p if p > 0.0 && p < 0.1 => "<0.1%".to_owned(),
        p if p > 99.9 && p < 100.0 => ">99.9%".to_owned(),
        p => format!("{p:.1}%"),
    }
}

/// Three decimals, rounded down: what is not the same is never written as 1.
pub(crate) fn similarity(number: f64) -> String {
    // The nudge is below any Jaccard of real sets and above the error of the product.
    format!("{:.3}", (number * 1000.0 + 1e-9).floor() / 1000.0)
}

/// Seconds since 1970 as `6 Jun 2024, 17:20`, the time left out at midnight, where it is seldom one.
pub(crate) fn when(at: i64) -> String {
    let pattern = if at.rem_euclid(86_400) == 0 { "%-d %b %Y" } else { "%-d %b %Y, %H:%M" };
    Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.strftime(pattern).to_string())
}

/// Seconds since 1970 for machines.
pub(super) fn rfc3339(at: i64) -> String {
    Timestamp::from_second(at).map_or_else(|_| String::new(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_neutralised_and_what_is_read_stays() {
        assert_eq!(
            plain("a\u{1b}[31mb\u{202e}c\u{2066}d\0e\nf\u{9b}"),
            "a\u{fffd}[31mb\u{fffd}c\u{fffd}d\u{fffd}e f\u{fffd}"
        );
        for kept in ["naïve 東京 עברית", "می\u{200c}خواهم", "👩\u{200d}🚀", "a\u{200f}b"] {
            assert!(matches!(plain(kept), Cow::Borrowed(_)), "{kept}");
        }
    }

    #[test]
    fn a_cut_is_between_letters() {
        assert_eq!(clip("  short ", 5), "short");
        assert_eq!(clip("abcdefgh", 4), "abc…");
        assert_eq!(clip("ab👩\u{200d}🚀👩\u{200d}🚀", 5), "ab…");
        assert_eq!(clip(&format!("e{}", "\u{301}".repeat(50)), 5).chars().count(), 6);
        assert_eq!(clip("", 5), "");
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 1023.0, 1536.0, 1e9].map(bytes), ["0 B", "1023 B", "1.50 KiB", "954 MiB"]);
        assert_eq!(
            [0.0, 1e-4, 0.0123, 1.5, 75.2, 3599.9].map(seconds),
            ["0 s", "<1 ms", "12 ms", "1.50 s", "1 min 15 s", "1 h 00 min"]
        );
        assert_eq!([0.0, 0.01, 12.345, 99.99, 100.0].map(percent), ["0.0%", "<0.1%", "12.3%", ">99.9%", "100.0%"]);
        assert_eq!([1.0, 0.9999, 0.65, 0.29].map(similarity), ["1.000", "0.999", "0.650", "0.290"]);
        assert_eq!([1_717_694_400, 1_717_632_000].map(when), ["6 Jun 2024, 17:20", "6 Jun 2024"]);
        assert_eq!(when(i64::MAX), i64::MAX.to_string());
    }
}
