//! The words of dates: months and days of the week as twenty languages of news write them, the little words between,
//! and the zones.
//!
//! A month may be cut after three letters wherever all months that begin so are the same one (`déc`, `sept`, `янв`, but not
//! the French `jui`); a day of the week after two. Where an abbreviation names several zones, it is the one of RFC 2822,
//! else the one in which most news is written: BST is British, IST Indian, CST American. A word is looked up in O(1).

use ahash::RandomState;
use hashbrown::HashMap;
use jiff::tz::{Offset, TimeZone};
use std::sync::LazyLock;

/// The names of each month, in the cases that dates have them in.
const MONTHS: [&str; 12] = [
    "january januar jänner janvier enero janeiro gennaio stycznia styczeń ledna leden ocak января январь січня \
     ianuarie január يناير siječnja",
    "february februar feber février fevrier febrero fevereiro febbraio lutego luty února únor şubat февраля \
     февраль лютого február فبراير veljače",
    "march märz maerz mrz mars marzo março marco maart mrt marts maret marca marzec března březen mart марта \
     март березня martie március مارس ožujka",
    "april avril abril aprile kwietnia kwiecień dubna duben nisan апреля апрель квітня aprilie április أبريل \
     travnja",
    "may mai mayo maio maggio mei maj maja května květen mayıs мая май травня május مايو svibnja",
    "june juni juin junio junho giugno czerwca czerwiec června červen haziran июня июнь червня iunie június \
     يونيو lipnja",
    "july juli juillet julio julho luglio lipca lipiec července červenec temmuz июля июль липня iulie július \
     يوليو srpnja",
    "august août aout agosto augustus augusti agustus sierpnia sierpień srpna srpen ağustos августа август \
     серпня augusztus أغسطس kolovoza",
    "september septembre septiembre setiembre setembro settembre września wrzesień září eylül сентября сентябрь \
     вересня septembrie szeptember سبتمبر rujna",
    "october oktober octobre octubre outubro ottobre października październik října říjen ekim октября октябрь \
     жовтня octombrie október أكتوبر listopada listopad",
    "november novembre noviembre novembro listopada listopad listopadu kasım ноября ноябрь листопада noiembrie \
     نوفمبر studenoga",
    "december dezember décembre decembre diciembre dezembro dicembre desember grudnia grudzień prosince prosinec \
     aralık декабря декабрь грудня decembrie ديسمبر prosinca",
];

/// The days of the week, which say nothing that the date does not.
const WEEKDAYS: &str = "\
    monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag \
    sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles miercoles \
    jueves viernes sábado sabado domingo segunda terça quarta quinta sexta lunedì martedì mercoledì giovedì \
    venerdì sabato domenica maandag dinsdag woensdag donderdag vrijdag zaterdag zondag måndag tisdag onsdag \
    torsdag fredag lördag söndag mandag tirsdag lørdag søndag poniedziałek wtorek środa czwartek piątek sobota \
    niedziela pondělí úterý středa čtvrtek pátek neděle pazartesi salı понедельник вторник среда четверг пятница \
    суббота воскресенье среду пятницу субботу п'ятниця";

/// What stands between the parts of a date, and adds nothing.
const BETWEEN: &str = "\
    t at of the on am um den der uhr h hs hrs min le à de del el a la las do às as dia feira il alle ore om kl \
    klo г года год в во v";

/// Zones by their abbreviations, and their minutes east of UTC.
const ZONES: [(i32, &str); 26] = [
    (-600, "hst"),
    (-480, "pst"),
    (-420, "mst pdt"),
    (-360, "cst mdt"),
    (-300, "est cdt"),
    (-240, "ast edt"),
    (-180, "brt art adt"),
    (0, "z utc gmt ut wet"),
    (60, "west bst cet mez met wat"),
    (120, "cest mesz mest eet cat sast"),
    (180, "eest msk trt eat"),
    (210, "irst"),
    (240, "gst"),
    (300, "pkt"),
    (330, "ist"),
    (345, "npt"),
    (360, "bdt"),
    (420, "ict wib"),
    (480, "hkt sgt myt pht awst"),
    (540, "jst kst"),
    (570, "acst"),
    (600, "aest"),
    (630, "acdt"),
    (660, "aedt"),
    (720, "nzst"),
    (780, "nzdt"),
];

/// Zones named without saying whether summer time holds.
const PLACES: [(&str, &str); 4] =
    [("et", "America/New_York"), ("ct", "America/Chicago"), ("mt", "America/Denver"), ("pt", "America/Los_Angeles")];

/// What a word says in a date.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    /// The month, from 1; it may be a day of the week too (`mar` is French for both).
    Month(i8, bool),
    Weekday,
    Zone(TimeZone),
    /// Nothing.
    Between,
}

type Words = HashMap<&'static str, Word, RandomState>;

/// What a lower-case word says.
pub(super) fn word(word: &str) -> Option<Word> {
    static WORDS: LazyLock<Words> = LazyLock::new(words);
    WORDS.get(word).cloned()
}

/// A zone of the time zone database.
pub(super) fn place(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

fn words() -> Words {
    let names = || (1..).zip(MONTHS).flat_map(|(number, names)| names.split(' ').map(move |name| (name, number)));
    let mut months = sole(names().flat_map(|(name, number)| cuts(name, 3).map(move |cut| (cut, number))));
    // A whole name may begin that of another month (June and July in Czech), but not be it (`listopada` is October in
    // Croatian, November in Polish).
    months.extend(sole(names()));
    let month = |(word, month): (&'static str, Option<i8>)| Some((word, Word::Month(month?, false)));
    let mut words: Words = months.into_iter().filter_map(month).collect();
    for cut in WEEKDAYS.split(' ').flat_map(|day| cuts(day, 2)) {
        let word = words.entry(cut).or_insert(Word::Weekday);
        if let Word::Month(_, is_weekday) = word {
            *is_weekday = true;
        }
    }
    let fixed = |minutes: i32| Offset::from_seconds(60 * minutes).ok().map(TimeZone::fixed);
    let zones = ZONES.iter().flat_map(|&(minutes, names)| names.split(' ').map(move |name| (name, fixed(minutes))));
    let zones = zones.chain(PLACES.iter().map(|&(name, of)| (name, place(of))));
    words.extend(zones.filter_map(|(name, zone)| Some((name, Word::Zone(zone?)))));
    words.extend(BETWEEN.split(' ').map(|word| (word, Word::Between)));
    words
}

/// Of each text the month, or none where it is of several.
fn sole<'a>(texts: impl Iterator<Item = (&'a str, i8)>) -> HashMap<&'a str, Option<i8>, RandomState> {
    texts.fold(HashMap::default(), |mut months, (text, number)| {
        let month = months.entry(text).or_insert(Some(number));
        *month = month.filter(|&month| month == number);
        months
    })
}

/// The beginnings of a word of `least` letters or more.
fn cuts(word: &'static str, least: usize) -> impl Iterator<Item = &'static str> {
    let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
    ends.skip(least - 1).map(move |end| &word[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_month_is_known_by_its_names_and_their_beginnings() {
        let month = |name: &str| match word(name) {
            Some(Word::Month(month, _)) => Some(month),
            _ => None,
        };
        for (number, names) in (1..).zip(MONTHS) {
            for name in names.split(' ') {
                assert_eq!(name.to_lowercase(), name);
                assert!(month(name) == Some(number) || name.starts_with("listopad"), "{name}");
                let of_another = |cut: &&str| month(cut).is_some_and(|month| month != number);
                assert!(cuts(name, 3).filter(of_another).all(|cut| cut == "červen"), "{name}");
            }
        }
        for word in ["jan", "fév", "mär", "abr", "mayo", "giu", "juil", "aug", "sept", "okt", "ноя", "dez"] {
            assert!(month(word).is_some(), "{word}");
        }
        for word in ["jui", "ju", "ma", "červ", "listopada", "srpn", "smarch", ""] {
            assert_eq!(month(word), None, "{word}");
        }
        assert_eq!(word("mar"), Some(Word::Month(3, true)));
    }

    #[test]
    fn no_word_says_two_things_but_for_days() {
        let split = |names: &'static str| names.split(' ');
        let days = MONTHS.into_iter().chain([WEEKDAYS]).flat_map(split);
        let days: Vec<&str> = days.flat_map(|name| cuts(name, 2)).chain(split(BETWEEN)).collect();
        for name in ZONES.iter().flat_map(|&(_, names)| split(names)).chain(PLACES.map(|(name, _)| name)) {
            assert!(!days.contains(&name) && matches!(word(name), Some(Word::Zone(_))), "{name}");
        }
        assert!(place("europe/berlin").is_some() && place("nowhere/land").is_none());
    }
}
