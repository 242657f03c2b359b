//! A date as people write it: numbers and words in many orders.
//!
//! The text is walked once. A number with a colon behind it is a time of day, a word is a month, a day of the week, a zone
//! or a word that stands [between](Word::Between); anything else makes the whole unreadable. At the end the numbers
//! that are left must tell of themselves which is the year, which the month and which the day: a year has four digits,
//! and of `01/02/2025` nobody knows. With dots the day comes first. Linear; one small allocation.

use super::names::{self, Word};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// The second of a written date, where it can be read.
pub(super) fn second(written: &str) -> Option<i64> {
    let lower = written.to_lowercase();
    let mut reading = Reading { rest: &lower, ..Reading::default() };
    while let Some(first) = reading.rest.chars().next() {
        reading.step(first)?;
    }
    reading.end()
}

/// A number that may be a year, a month or a day.
#[derive(Debug, Clone, Copy, Default)]
struct Number {
    value: i16,
    digits: usize,
    /// What stands behind it.
    mark: char,
}

impl Number {
    fn is_year(self) -> bool {
        self.digits == 4
    }

    fn small(self) -> Option<i8> {
        i8::try_from(self.value).ok().filter(|_| self.digits <= 2)
    }
}

/// What has been found so far, and what is left.
#[derive(Debug, Default)]
struct Reading<'a> {
    rest: &'a str,
    numbers: [Number; 3],
    count: usize,
    /// The month by its name, and whether the word may be a day of the week instead (`mar` is French for both).
    month: Option<(i8, bool)>,
    /// Hour, minute, second.
    clock: Option<(i8, i8, i8)>,
    is_afternoon: Option<bool>,
    zone: Option<TimeZone>,
}

impl<'a> Reading<'a> {
    fn step(&mut self, first: char) -> Option<()> {
        let is_sign = matches!(first, '+' | '-' | '\u{2212}');
        let behind = &self.rest[first.len_utf8()..];
        match first {
            '0'..='9' => self.number(),
            _ if is_sign && behind.starts_with(|c: char| c.is_ascii_digit()) && self.is_offset_awaited() => {
                self.rest = behind;
                self.offset(if first == '+' { 1 } else { -1 })
            }
            // The zone's name, behind its offset.
            '(' if self.zone.is_some() => {
                self.rest = &behind[behind.find(')')? + 1..];
                Some(())
            }
            _ if first.is_alphabetic() => self.word(),
            ' ' | ',' | '.' | '/' | '-' | '|' | '(' | ')' | '（' | '）' | '·' | '•' | '–' | '—' => {
                self.skip(first)
            }
            _ if first.is_whitespace() => self.skip(first),
            _ => None,
        }
    }

    fn skip(&mut self, first: char) -> Option<()> {
        self.rest = &self.rest[first.len_utf8()..];
        Some(())
    }

    /// An offset stands behind the time, or behind the name of the zone it is counted from.
    fn is_offset_awaited(&self) -> bool {
        self.clock.is_some() && self.zone.as_ref().is_none_or(|zone| *zone == TimeZone::UTC)
    }

    /// Takes up to `most` digits; more than that are no number of a date.
    fn digits(&mut self, most: usize) -> Option<(i32, usize)> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let value = self.rest[..digits].parse().ok().filter(|_| digits <= most)?;
        self.rest = &self.rest[digits..];
        Some((value, digits))
    }

    fn two_digits(&mut self) -> Option<i8> {
        self.digits(2).filter(|&(_, digits)| digits == 2).and_then(|(value, _)| i8::try_from(value).ok())
    }

    fn number(&mut self) -> Option<()> {
        let (value, digits) = self.digits(8)?;
        if self.clock.is_none() && digits <= 2 && self.is_hour() {
            return self.time(i8::try_from(value).ok()?);
        }
        if digits == 8 {
            let (year, rest) = (value / 10_000, value % 10_000);
            self.put(year, 4, '-')?;
            self.put(rest / 100, 2, '-')?;
            return self.put(rest % 100, 2, ' ');
        }
        let ordinals = ["st", "nd", "rd", "th", "er", "º", "ª", "°"];
        if let Some(rest) = ordinals.iter().find_map(|ordinal| self.rest.strip_prefix(ordinal)) {
            self.rest = rest;
        }
        let mark = self.rest.chars().next().unwrap_or(' ');
        match mark {
            '/' | '-' | '.' | '年' | '月' | '日' | '년' | '월' | '일' => self.skip(mark)?,
            // A server's log joins day and time so.
            ':' if digits == 4 => self.skip(mark)?,
            _ => {}
        }
        self.put(value, digits, mark)
    }

    fn put(&mut self, value: i32, digits: usize, mark: char) -> Option<()> {
        *self.numbers.get_mut(self.count)? = Number { value: i16::try_from(value).ok()?, digits, mark };
        self.count += 1;
        Some(())
    }

    /// Whether the number before `rest` is an hour.
    fn is_hour(&self) -> bool {
        let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let near = self.rest.trim_start();
        match near.chars().next() {
            Some(':') => self.rest.strip_prefix(':').is_some_and(digit),
            Some('h') => !near[1..].starts_with(char::is_alphabetic),
            Some('時' | '时' | '点' | '點' | '시') => true,
            Some('.') => {
                self.rest.get(3..).is_some_and(|rest| rest.trim_start().starts_with("uhr")) && near == self.rest
            }
            _ => half_day(near).is_some(),
        }
    }

    /// Takes what is left of a time of day behind its hour.
    fn time(&mut self, hour: i8) -> Option<()> {
        let (mut minute, mut second) = (0, 0);
        let mark = self.rest.trim_start().chars().next()?;
        match mark {
            ':' | '.' => {
                self.skip(mark)?;
                minute = self.two_digits()?;
                if let Some(rest) =
                    self.rest.strip_prefix(mark).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
                {
                    self.rest = rest;
                    second = self.two_digits()?;
                    self.fraction();
                }
            }
            'h' | '時' | '时' | '点' | '點' | '시' => {
                self.rest = self.rest.trim_start()[mark.len_utf8()..].trim_start();
                if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                    minute = self.two_digits()?;
                }
                self.rest = self.rest.strip_prefix(['分', '분']).unwrap_or(self.rest);
            }
            // Only a half of the day is behind it.
            _ => {}
        }
        // A leap second is told as the one before it, as clocks do.
        self.clock = Some((hour, minute, if second == 60 { 59 } else { second }));
        Some(())
    }

    /// Passes over the fraction of a second.
    fn fraction(&mut self) {
        if let Some(rest) = self.rest.strip_prefix(['.', ',']) {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            self.rest = if end > 0 { &rest[end..] } else { self.rest };
        }
    }

    /// Takes an offset behind its sign: `1`, `01`, `0100` or `01:00`.
    fn offset(&mut self, sign: i32) -> Option<()> {
        let (value, digits) = self.digits(4)?;
        let (hours, minutes) = match (digits, self.rest.strip_prefix(':')) {
            (1 | 2, Some(rest)) => {
                self.rest = rest;
                (value, self.two_digits()?.into())
            }
            (1 | 2, None) => (value, 0),
            (4, None) => (value / 100, value % 100),
            _ => return None,
        };
        // No place on earth is farther from UTC.
        let seconds = Some(3600 * hours + 60 * minutes).filter(|&seconds| minutes < 60 && seconds <= 14 * 3600)?;
        self.zone = Some(TimeZone::fixed(Offset::from_seconds(sign * seconds).ok()?));
        Some(())
    }

    fn word(&mut self) -> Option<()> {
        // "am 14. Januar" is no time.
        let is_timed = self.clock.is_some() || !self.rest.starts_with(|c: char| c.is_ascii_alphabetic());
        if let Some((is_afternoon, rest)) = half_day(self.rest).filter(|_| is_timed) {
            (self.is_afternoon, self.rest) = (Some(is_afternoon), rest);
            return Some(());
        }
        let end = self.rest.find(|c: char| !c.is_alphabetic() && c != '\'').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if rest.starts_with('/') && self.clock.is_some() {
            let is_of_name = |c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_' | '-' | '+');
            let end = self.rest.find(|c| !is_of_name(c)).unwrap_or(self.rest.len());
            let (name, rest) = self.rest.split_at(end);
            self.rest = rest;
            return self.zone.replace(names::place(name)?).is_none().then_some(());
        }
        self.rest = rest;
        match (names::word(word), self.month) {
            (Some(Word::Between | Word::Weekday), _) => Some(()),
            (Some(Word::Zone(zone)), _) => self.zone.replace(zone).is_none().then_some(()),
            (Some(Word::Month(month, is_weekday)), None | Some((_, true))) => {
                self.month = Some((month, is_weekday));
                Some(())
            }
            // The month has been named, so it is a day.
            (Some(Word::Month(_, is_weekday)), Some(_)) => is_weekday.then_some(()),
            (None, _) => is_weekday_sign(word).then_some(()),
        }
    }

    fn end(self) -> Option<i64> {
        let (hour, minute, second) = self.clock.unwrap_or_default();
        let hour = match (hour, self.is_afternoon) {
            (12, Some(false)) => 0,
            (1..=11, Some(true)) => hour + 12,
            (13.., Some(false)) | (0, Some(true)) => return None,
            _ => hour,
        };
        let moment = DateTime::from_parts(self.date()?, Time::new(hour, minute, second, 0).ok()?);
        Some(super::second(moment, &self.zone.unwrap_or(TimeZone::UTC)))
    }

    fn date(&self) -> Option<Date> {
        let numbers = &self.numbers[..self.count];
        let month = self.month.filter(|&(_, is_weekday)| !is_weekday || numbers.len() < 3);
        let (year, month, day) = match (month, numbers) {
            (Some((month, _)), &[year, day] | &[day, year]) if year.is_year() && !day.is_year() => {
                (year.value, month, day.small()?)
            }
            (None, &[year, month, day]) if year.is_year() && goes_together(year.mark, month.mark) => {
                (year.value, month.small()?, day.small()?)
            }
            (None, &[a, b, year]) if year.is_year() && a.mark == b.mark => {
                let (day, month) = order(a.mark, a.small()?, b.small()?)?;
                (year.value, month, day)
            }
            _ => return None,
        };
        Date::new(year, month, day).ok()
    }
}

/// Whether these stand behind a year and the month after it.
fn goes_together(year: char, month: char) -> bool {
    matches!((year, month), ('/', '/') | ('-', '-') | ('.', '.') | ('年', '月') | ('년', '월'))
}

/// Which of two numbers before a year is the day and which the month, where that is certain.
fn order(mark: char, a: i8, b: i8) -> Option<(i8, i8)> {
    match mark {
        '.' => Some((a, b)),
        '/' | '-' if a == b || a > 12 => Some((a, b)),
        '/' | '-' if b > 12 => Some((b, a)),
        _ => None,
    }
}

/// The half of the day that a text begins with (true: after noon), and what follows.
fn half_day(text: &str) -> Option<(bool, &str)> {
    if text.starts_with(|c: char| c.is_ascii() && !matches!(c, 'a' | 'p')) {
        return None;
    }
    let latin = ["a.m.", "a.m", "a. m.", "am", "p.m.", "p.m", "p. m.", "pm"];
    let ends = |rest: &&str| !rest.starts_with(char::is_alphabetic);
    let latin = latin.iter().find_map(|half| text.strip_prefix(half).filter(ends).map(|rest| (half, rest)));
    if let Some((half, rest)) = latin {
        return Some((half.starts_with('p'), rest));
    }
    let others = [("上午", false), ("下午", true), ("午前", false), ("午後", true), ("오전", false), ("오후", true)];
    others.iter().find_map(|&(half, is_afternoon)| text.strip_prefix(half).map(|rest| (is_afternoon, rest)))
}

/// A day of the week in Chinese, Japanese or Korean.
fn is_weekday_sign(word: &str) -> bool {
    let day = word.trim_start_matches("星期").trim_start_matches(['周', '週']);
    let day = day.trim_end_matches("曜日").trim_end_matches("요일");
    let mut signs = day.chars();
    signs.next().is_some_and(|sign| "一二三四五六日天月火水木金土월화수목금토일".contains(sign))
        && signs.next().is_none()
}
