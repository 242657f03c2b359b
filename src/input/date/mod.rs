//! Written times to seconds since 1970.
//!
//! Most crawls write ISO 8601 (RFC 3339, with `T` or a space, with or without zone, a day alone, weeks), which `jiff` reads;
//! next come numbers: seconds, or finer ones by their size, since 1970, and compact days and moments; then what
//! [people write](written). No zone means UTC; a day alone is its first second.
//!
//! What cannot be the time is [`Published::Implausible`]: the days that tools write where they know none, a year before
//! newspapers or of no crawl yet, and what is later than the crawl itself, of which [`newest`] tells by the crawl alone:
//! no clock is asked, so the same input gives the same result on any day. Constant time a date.

mod names;
mod written;

use crate::document::Published;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal;
use jiff::tz::TimeZone;
use std::ops::Range;

/// The seconds of which there may be news: from 1605, the year of the first newspaper, up to 2050; whoever reads crawls of
/// later years will have a later version of this.
const PLAUSIBLE: Range<i64> = -11_518_243_200..2_524_608_000;
/// Days since 1970 that tools write where they know none: 1970-01-01 (zero), 2038-01-19 (the most that 31 bits hold),
/// 1900-01-01, 1899-12-30 and 1904-01-01 (spreadsheets), 1753-01-01 (a database's least).
const UNKNOWN_DAYS: [i64; 6] = [0, 24_855, -25_567, -25_569, -24_107, -79_257];

const DAY: i64 = 86_400;

/// The first second of the year 0.
const YEAR_0: i64 = -62_167_219_200;

/// A longer text is no date.
const LONGEST: usize = 96;

/// What a date field's text says.
pub fn published(written: &str) -> Published {
    let written = written.trim();
    if written.is_empty() {
        return Published::Unknown;
    }
    if written.len() > LONGEST {
        return Published::Unreadable;
    }
    iso(written).or_else(|| digits(written)).or_else(|| written::second(written)).map_or(Published::Unreadable, judged)
}

/// What a number in a date field says.
pub(super) fn number(number: f64) -> Published {
    let whole = Some(number).filter(|number| (1e7..1e15).contains(number) && number.fract() == 0.0);
    let compact = whole.and_then(|number| compact(&(number as u64).to_string()));
    compact.or_else(|| epoch(number)).map_or(Published::Unreadable, judged)
}

/// The second of ISO 8601, where a text looks like it.
fn iso(written: &str) -> Option<i64> {
    static PARSER: temporal::DateTimeParser = temporal::DateTimeParser::new();
    let bytes = written.as_bytes();
    if bytes.get(4) != Some(&b'-') && !matches!(bytes.get(8), Some(b'T' | b't')) {
        return None;
    }
    if matches!(written.len(), 8 | 10) && !matches!(bytes.get(7), Some(b'-')) {
        return day_of_year_or_week(written);
    }
    let pieces = PARSER.parse_pieces(written).ok()?;
    let moment = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or(Time::midnight()));
    let zone = match pieces.to_numeric_offset() {
        Some(offset) => TimeZone::fixed(offset),
        None => pieces.to_time_zone().ok()?.unwrap_or(TimeZone::UTC),
    };
    Some(second(moment, &zone))
}

/// The first second of a day written as `2025-014` or `2025-W03-2`.
fn day_of_year_or_week(written: &str) -> Option<i64> {
    let date = ["%Y-%j", "%G-W%V-%u"].iter().find_map(|form| Date::strptime(form, written).ok())?;
    Some(second(date.at(0, 0, 0, 0), &TimeZone::UTC))
}

/// The second of a text that is a number.
fn digits(written: &str) -> Option<i64> {
    let is_number = |c: u8| c.is_ascii_digit() || c == b'.';
    if !written.starts_with(|c: char| c.is_ascii_digit()) || !written.bytes().all(is_number) {
        return None;
    }
    compact(written).or_else(|| epoch(written.parse().ok()?))
}

/// The second of `20250114`, `202501140830` or `20250114083000`.
fn compact(written: &str) -> Option<i64> {
    let moment = match written.len() {
        8 => Date::strptime("%Y%m%d", written).ok()?.at(0, 0, 0, 0),
        12 => DateTime::strptime("%Y%m%d%H%M", written).ok()?,
        14 => DateTime::strptime("%Y%m%d%H%M%S", written).ok()?,
        _ => return None,
    };
    // Twelve digits may be milliseconds of long ago.
    Some(second(moment, &TimeZone::UTC)).filter(|second| written.len() != 12 || PLAUSIBLE.contains(second))
}

/// The second of a number since 1970: seconds, or finer by its size; too small a number is none, but for zero.
fn epoch(number: f64) -> Option<i64> {
    let seconds = match number.abs() {
        0.0 => 0.0,
        // A year, a day or nothing: no crawl is so old.
        n if n < 1e8 => return None,
        n if n < 1e11 => number,
        n if n < 1e14 => number / 1e3,
        n if n < 1e17 => number / 1e6,
        n if n < 1e20 => number / 1e9,
        _ => return None,
    };
    seconds.is_finite().then(|| seconds.floor() as i64)
}

/// The second of a moment; those at the ends of all years, which cannot be counted, are as implausible as any other.
fn second(moment: DateTime, zone: &TimeZone) -> i64 {
    zone.to_timestamp(moment).map_or(i64::MAX, Timestamp::as_second)
}

/// A second that was read, unless nothing can have been published then.
pub(super) fn judged(second: i64) -> Published {
    let day = second.div_euclid(DAY);
    // Zero east of Greenwich is the day before.
    let is_unknown = UNKNOWN_DAYS.contains(&day) || UNKNOWN_DAYS.contains(&(day + 1));
    if PLAUSIBLE.contains(&second) && !is_unknown { Published::At(second) } else { Published::Implausible }
}

/// No more than one in so many dated documents is of the future.
const ONE_IN: usize = 100;
/// So many seconds later than all others a document may always be.
const LEEWAY: i64 = 7 * DAY;

/// The newest time that is plausible in a crawl whose dated documents have these `times`, which are put in another order.
///
/// The crawl ends where all but one in a hundred of its documents are over. What is later than that by more than a week,
/// and by more than the newer half of the crawl is long, is from the future: a year mistyped, a day and a month exchanged,
/// the date of what is announced. So no more than one in a hundred loses its date, and none in a crawl of fewer.
pub fn newest(times: &mut [i64]) -> i64 {
    let Some(last) = times.len().checked_sub(1) else { return i64::MAX };
    let over = times.len() / ONE_IN;
    let mut at = |rank: usize| *times.select_nth_unstable(rank).1;
    let (end, middle) = (at(last - over), at(last / 2));
    end.saturating_add(end.saturating_sub(middle).max(LEEWAY))
}

/// The last second of a day that is written `2025-01-14`.
pub fn last_second(day: &str) -> Option<i64> {
    let day: Date = day.trim().parse().ok()?;
    Some(second(day.at(23, 59, 59, 0), &TimeZone::UTC))
}

/// Seconds since 1970 as RFC 3339 in UTC; `None` outside the years 0 to 9999.
pub fn rfc3339(seconds: i64) -> Option<String> {
    static PRINTER: temporal::DateTimePrinter = temporal::DateTimePrinter::new();
    // What is later jiff does not know.
    let timestamp = Timestamp::from_second(seconds).ok().filter(|_| seconds >= YEAR_0)?;
    Some(PRINTER.timestamp_to_string(&timestamp))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOMENT: i64 = 1_736_843_400;
    const MORNING: i64 = 1_736_812_800;

    #[test]
    fn the_ways_a_moment_is_written() {
        for written in [
            // ISO 8601 and what looks like it.
            "2025-01-14T08:30:00Z",
            "2025-01-14t08:30:00z",
            "2025-01-14 08:30:00",
            "2025-01-14T08:30:00",
            "2025-01-14T08:30",
            "2025-01-14T08:30Z",
            "2025-01-14T09:30:00+01:00",
            "2025-01-14T09:30:00+01",
            "2025-01-14T09:30:00+0100",
            "2025-01-14 09:30:00+0100",
            "2025-01-14 09:30:00 +0100",
            "2025-01-14 09:30:00 +01:00",
            "2025-01-14T03:30:00\u{2212}05:00",
            "2025-01-14T08:30:00.000Z",
            "2025-01-14T08:30:00,999Z",
            "2025-01-14 08:30:00.123456789",
            "2025-01-14 08:30:00.123 UTC",
            "2025-01-14 08:30:00 UTC",
            "2025-01-14 08:30 GMT",
            "2025-01-14T09:30:00+01:00[Europe/Berlin]",
            "2025-01-14T09:30:00[Europe/Berlin]",
            "2025-01-14 09:30:00 Europe/Berlin",
            "2025-01-14 03:30:00 America/New_York",
            "20250114T083000Z",
            "20250114T093000+0100",
            "2025-01-14, 08:30",
            "2025/01/14 08:30:00",
            "2025.01.14 08:30",
            // Numbers.
            "1736843400",
            "1736843400000",
            "1736843400123456",
            "1736843400123456789",
            "1736843400.25",
            "20250114083000",
            "202501140830",
            // RFC 2822, RFC 850 with a whole year, asctime, and what languages print.
            "Tue, 14 Jan 2025 08:30:00 GMT",
            "Tue, 14 Jan 2025 03:30:00 -0500",
            "14 Jan 2025 03:30 EST",
            "Tuesday, 14-Jan-2025 08:30:00 GMT",
            "Tue Jan 14 08:30:00 2025",
            "Tue Jan 14 08:30:00 UTC 2025",
            "Tue Jan 14 09:30:00 CET 2025",
            "Tue Jan 14 09:30:00 +0100 2025",
            "Tue Jan 14 2025 09:30:00 GMT+0100 (Central European Standard Time)",
            "14-JAN-2025 08:30:00.79",
            "14/Jan/2025:08:30:00 +0000",
            // People.
            "Jan. 14, 2025 3:30 a.m. ET",
            "January 14, 2025 at 3:30 AM EST",
            "Tuesday, January 14th, 2025, 3:30am ET",
            "3:30 a.m. ET, January 14, 2025",
            "Jan 14, 2025, 2:30 AM CT",
            "14 January 2025, 08:30",
            "14th January 2025 8.30 Uhr",
            "08:30, 14 January 2025",
            "14 Jan 2025 | 14:00 IST",
            "8:30\u{202f}AM · Jan 14, 2025",
            "01/14/2025 8:30 AM",
            "14.01.2025 08:30",
            "14.01.2025, 9:30 Uhr MEZ",
            "Dienstag, 14. Januar 2025 um 08:30 Uhr",
            "14 janvier 2025 à 08h30",
            "mar. 14 janv. 2025 à 8 h 30",
            "martes, 14 de enero de 2025 a las 8:30",
            "14 de janeiro de 2025, às 8h30",
            "martedì 14 gennaio 2025 alle ore 08:30",
            "14 января 2025 г., 11:30 MSK",
            "14 stycznia 2025 08:30",
            "2025年1月14日 08:30",
            "2025年1月14日(火) 8時30分",
            "2025年1月14日 星期二 上午8:30",
            "2025년 1월 14일 오전 8시 30분",
            " 2025-01-14T08:30:00Z\n",
        ] {
            assert_eq!(published(written), Published::At(MOMENT), "{written}");
        }
    }

    #[test]
    fn the_ways_a_day_is_written() {
        for written in [
            "2025-01-14",
            "2025-014",
            "2025-W03-2",
            "20250114",
            "2025/1/14",
            "2025. 1. 14.",
            "14.1.2025",
            "14/01/2025",
            "01/14/2025",
            "14-01-2025",
            "January 14, 2025",
            "Jan 14 2025",
            "Sept. 14, 2025",
            "14 Jan 2025",
            "14-Jan-2025",
            "2025 January 14",
            "Tuesday 14 January 2025",
            "the 14th of January, 2025",
            "14. Jänner 2025",
            "1er janvier 2025",
            "14 Ocak 2025",
            "14 ledna 2025",
            "14 січня 2025",
            "2025年01月14日",
            "2025年1月14日（火）",
        ] {
            let day = match written {
                "Sept. 14, 2025" => MORNING + 243 * DAY,
                "1er janvier 2025" => MORNING - 13 * DAY,
                _ => MORNING,
            };
            assert_eq!(published(written), Published::At(day), "{written}");
        }
    }

    #[test]
    fn what_names_no_second_is_not_read() {
        assert_eq!(published("  "), Published::Unknown);
        for written in [
            // Of which nobody knows the order, or the century.
            "01/02/2025",
            "1-2-2025",
            "01/02/2025 08:30",
            "13/02/25",
            "14 Jan 25",
            "Tue, 14 Jan 25 08:30:00 GMT",
            "25-01-14",
            // Of no whole day.
            "2025",
            "2025-01",
            "January 2025",
            "14 January",
            "08:30",
            "Tuesday",
            "2025-W03",
            // Of no day there is.
            "2025-13-01",
            "2025-02-29",
            "2025-00-00",
            "0000-00-00 00:00:00",
            "31/31/2025",
            "February 30, 2025",
            "2025-01-14T25:00:00Z",
            "14 January 2025 13:30 am",
            "2025-01-14 08:30:00 +15:00",
            "2025-01-14T08:30:00[Mars/Olympus]",
            // Of two, or of something else besides.
            "14 January 15 February 2025",
            "14 January 2025 08:30 09:30",
            "2025-01-14 2025-01-15",
            "Published: 14 January 2025",
            "14 January 2025 by Jane Doe",
            "14 jui 2025",
            "yesterday",
            "2 hours ago",
            "now",
            "NaN",
            "inf",
            "1e9",
            "12",
            "1.5.2",
            "1736843400 UTC",
            "99999999999999999999999",
            "{\"$date\": 5}",
            &"1".repeat(1000),
        ] {
            assert_eq!(published(written), Published::Unreadable, "{written}");
        }
    }

    #[test]
    fn what_tools_write_for_no_date_is_none() {
        for written in [
            "0",
            "1970-01-01",
            "1970-01-01T00:00:00Z",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "1970-01-01T00:00:00+01:00",
            "Wed Dec 31 19:00:00 EST 1969",
            "1969-12-31 16:00:00",
            "1900-01-01",
            "1899-12-30T00:00:00",
            "1904-01-01",
            "1753-01-01",
            "1601-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
            "2038-01-19T03:14:07Z",
            "2099-12-31",
            "9999-12-31T23:59:59Z",
            "99991231235959",
            "4102444800",
        ] {
            assert_eq!(published(written), Published::Implausible, "{written}");
        }
        for written in ["26-FEB-1987 15:01:01.79", "1969-07-21 02:56:20", "1851-09-18", "1605-07-01", "1970-01-02"] {
            assert!(matches!(published(written), Published::At(_)), "{written}");
        }
        assert_eq!(rfc3339(PLAUSIBLE.start).as_deref(), Some("1605-01-01T00:00:00Z"));
        assert_eq!(rfc3339(PLAUSIBLE.end).as_deref(), Some("2050-01-01T00:00:00Z"));
        let days = UNKNOWN_DAYS.map(|day| rfc3339(DAY * day).unwrap()[..10].to_owned());
        assert_eq!(days, ["1970-01-01", "2038-01-19", "1900-01-01", "1899-12-30", "1904-01-01", "1753-01-01"]);
    }

    #[test]
    fn numbers_are_read_by_their_size() {
        for written in [1_736_843_400.0, 1_736_843_400_999.0, 1_736_843_400_000_999.0, 2.025_011_408_3e13] {
            assert_eq!(number(written), Published::At(MOMENT), "{written}");
        }
        assert_eq!(number(20_250_114.0), Published::At(MORNING));
        assert_eq!(number(541_350_000.0), Published::At(541_350_000), "of 1987");
        assert_eq!(number(0.0), Published::Implausible);
        for written in [2025.0, -1.0, f64::NAN, f64::INFINITY, 1e30, 20_251_399.0] {
            assert_eq!(number(written), Published::Unreadable, "{written}");
        }
    }

    #[test]
    fn the_future_is_what_is_far_after_the_crawl() {
        let day = |day: i64| MORNING + day * DAY;
        let lost = |days: &mut dyn Iterator<Item = i64>| {
            let times: Vec<i64> = days.map(day).collect();
            let newest = newest(&mut times.clone());
            times.into_iter().filter(|&time| time > newest).count()
        };
        assert_eq!(lost(&mut std::iter::empty()), 0);
        assert_eq!(lost(&mut (0..10).map(|year| 400 * year)), 0, "a few of many years");
        assert_eq!(lost(&mut (0..99).map(|i| if i == 7 { 9000 } else { i % 3 })), 0, "too few to say");
        assert_eq!(lost(&mut (0..400).map(|i| if i % 100 == 7 { 40 + i } else { i % 3 })), 4);
        assert_eq!(lost(&mut (0..400).map(|i| if i % 100 == 7 { 6 } else { i % 3 })), 0, "soon");
        assert_eq!(lost(&mut (0..400).map(|i| if i % 50 == 7 { 400 } else { i % 3 })), 0, "too many to be wrong");
        assert_eq!(lost(&mut (0..3000)), 0, "years of news");
        assert_eq!(lost(&mut (0..3000).chain([4000, 4400, 5000, 20_000])), 2);
    }

    #[test]
    fn moments_are_shown_in_utc() {
        assert_eq!(rfc3339(MOMENT).as_deref(), Some("2025-01-14T08:30:00Z"));
        assert_eq!(rfc3339(-1).as_deref(), Some("1969-12-31T23:59:59Z"));
        assert_eq!(rfc3339(YEAR_0).as_deref(), Some("0000-01-01T00:00:00Z"));
        assert_eq!([YEAR_0 - 1, i64::MIN, i64::MAX].map(rfc3339), [None, None, None]);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(second in PLAUSIBLE) {
            prop_assume!(judged(second) == Published::At(second));
            prop_assert_eq!(published(&rfc3339(second).unwrap()), Published::At(second));
        }

        #[test]
        fn no_more_than_one_in_a_hundred_is_of_the_future(times in prop::collection::vec(any::<i64>(), 0..500), turn in 0usize..500) {
            let newest_of = |times: &[i64]| newest(&mut times.to_vec());
            let limit = newest_of(&times);
            prop_assert!(times.iter().filter(|&&time| time > limit).count() <= times.len() / 100);
            let mut turned = times.clone();
            turned.rotate_left(turn.min(times.len()));
            prop_assert_eq!(newest_of(&turned), limit);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), date in "([0-9]{1,4}|[-+:./, ]|Jan|mar|a\\.m\\.|pm|GMT|uhr|h|年|月|日|시|\u{a0}){0,12}") {
            let _ = published(&text);
            let _ = published(&date);
        }
    }
}
