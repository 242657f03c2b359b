//! Copies of a telling: exact, re-spaced, edited, framed, cut, or a mixture.

use super::Kind;
use super::article::{Palette, Press};
use super::random::{Rng, Room};
use super::world::{Outlet, World};
use std::fmt;
use std::fmt::Write as _;

/// Words edited, of 1000.
pub(super) const RATES: [usize; 13] = [2, 5, 10, 15, 20, 30, 40, 50, 80, 100, 150, 200, 300];

impl Press<'_> {
    /// Makes `text` a copy of `base`; its outlet, kind and rate (of 1000).
    pub(super) fn copy(&mut self, family: u32, copy: u32, home: usize, palette: &Palette) -> (usize, Kind, usize) {
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

    pub(super) fn derive(&mut self, rng: &mut Rng, kind: Kind, outlet: usize) -> usize {
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
pub(super) fn edit(rng: &mut Rng, base: &str, rate: usize, world: &World, out: &mut String) {
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
pub(super) fn space(rng: &mut Rng, base: &str, out: &mut String) {
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
pub(super) fn cut(rng: &mut Rng, base: &str, out: &mut String) -> usize {
    let keep = rng.within(500..971);
    let end = base.as_bytes()[..base.len() * keep / 1000].iter().rposition(|&byte| byte == b' ').unwrap_or(base.len());
    out.push_str(base[..end].trim_end());
    1000 - out.len() * 1000 / base.len().max(1)
}

/// Puts the outlet's fixed lines before, after or around; their share, of 1000.
pub(super) fn frame(rng: &mut Rng, outlet: &Outlet, text: &mut String) -> usize {
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
pub(super) fn write_date(out: &mut String, seconds: i64, offset: i64) -> fmt::Result {
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
