//! Written times to seconds since 1970.
//!
//! ISO 8601 and RFC 3339 (with `T` or a space, with or without zone, a day alone), RFC 2822, seconds, milliseconds and
//! microseconds since 1970, compact days, and days with month names. No zone means UTC; a day alone is its first second.

use crate::document::Published;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::{rfc2822, strtime, temporal};
use jiff::tz::TimeZone;

/// Days as people write them.
const DAYS: [&str; 9] = [
    "%Y/%m/%d",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%A, %B %d, %Y",
    "%a, %d %b %Y",
    "%Y%m%d",
    "%d.%m.%Y",
];
/// Moments as tools write them.
const MOMENTS: [&str; 6] = [
    "%Y%m%d%H%M%S",
    "%Y/%m/%d %H:%M:%S",
    "%d-%b-%Y %H:%M:%S%.f",
    "%B %d, %Y %H:%M",
    "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S",
];

/// What a date field's text says.
pub fn published(written: &str) -> Published {
    let written = written.trim();
    if written.is_empty() {
        return Published::Unknown;
    }
    moment(written).map_or(Published::Unreadable, Published::At)
}

/// What a number in a date field says: seconds, or finer by its size; too small a number is none.
pub(super) fn epoch(number: f64) -> Published {
    let seconds = match number.abs() {
        // A year, a day or nothing: no crawl is so old.
        n if n < 1e8 => return Published::Unreadable,
        n if n < 1e11 => number,
        n if n < 1e14 => number / 1e3,
        n if n < 1e17 => number / 1e6,
        n if n < 1e20 => number / 1e9,
        _ => return Published::Unreadable,
    };
    if seconds.is_finite() { Published::At(seconds.floor() as i64) } else { Published::Unreadable }
}

fn moment(written: &str) -> Option<i64> {
    static ISO: temporal::DateTimeParser = temporal::DateTimeParser::new();
    let utc =
        |moment: DateTime| moment.to_zoned_datetime(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_second());
    if written.len() > 64 {
        return None;
    }
    let written = written.strip_suffix(" UTC").or(written.strip_suffix(" GMT")).unwrap_or(written);
    if let Ok(timestamp) = Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", written) {
        return Some(timestamp.as_second());
    }
    if let Ok(timestamp) = ISO.parse_timestamp(written) {
        return Some(timestamp.as_second());
    }
    let digits = written.bytes().all(|b| b.is_ascii_digit());
    if digits && !matches!(written.len(), 8 | 14) {
        return written.parse().ok().and_then(|number| epoch(number).seconds());
    }
    if !digits && let Ok(moment) = ISO.parse_datetime(written) {
        return utc(moment);
    }
    if let Ok(zoned) = rfc2822::parse(written) {
        return Some(zoned.timestamp().as_second());
    }
    let moment = MOMENTS.iter().find_map(|form| DateTime::strptime(form, written).ok());
    let day = || DAYS.iter().find_map(|form| Date::strptime(form, written).ok()).map(|day| day.at(0, 0, 0, 0));
    moment.or_else(day).and_then(utc)
}

/// Seconds since 1970 as RFC 3339 in UTC; `None` outside the years 0 to 9999.
pub fn rfc3339(seconds: i64) -> Option<String> {
    let timestamp = Timestamp::from_second(seconds).ok()?;
    (0..=9999)
        .contains(&timestamp.to_zoned_datetime(TimeZone::UTC).year())
        .then(|| strtime::format("%Y-%m-%dT%H:%M:%SZ", timestamp).unwrap_or_else(|_| timestamp.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_crawls_write_a_moment() {
        for written in [
            "2025-01-14T08:30:00Z",
            "2025-01-14 08:30:00",
            "2025-01-14T08:30:00",
            "2025-01-14T09:30:00+01:00",
            "2025-01-14 09:30:00+0100",
            "2025-01-14 09:30:00 +0100",
            "2025-01-14 08:30:00 UTC",
            "2025-01-14T08:30:00.000Z",
            "2025-01-14T08:30",
            "Tue, 14 Jan 2025 08:30:00 GMT",
            "Tue, 14 Jan 2025 03:30:00 -0500",
            "14-JAN-2025 08:30:00.79",
            "14-Jan-2025 08:30:00",
            "1736843400",
            "1736843400000",
            "20250114083000",
            " 2025-01-14T08:30:00Z\n",
        ] {
            assert_eq!(published(written), Published::At(1_736_843_400), "{written}");
        }
        for written in ["2025-01-14", "20250114", "January 14, 2025", "14 Jan 2025", "2025/01/14"] {
            assert_eq!(published(written), Published::At(1_736_812_800), "{written}");
        }
        assert_eq!(epoch(1_736_843_400_999.0), Published::At(1_736_843_400));
        assert_eq!(published("  "), Published::Unknown);
        for written in [
            "yesterday",
            "2025-13-01",
            "31/31/31",
            "NaN",
            "2025",
            "12",
            "0",
            "99999999999999999999999",
            &"1".repeat(1000),
        ] {
            assert_eq!(published(written), Published::Unreadable, "{written}");
        }
    }

    #[test]
    fn moments_are_shown_in_utc() {
        assert_eq!(rfc3339(1_736_843_400).as_deref(), Some("2025-01-14T08:30:00Z"));
        assert_eq!(rfc3339(-1).as_deref(), Some("1969-12-31T23:59:59Z"));
        assert_eq!(rfc3339(i64::MAX), None);
    }
}
