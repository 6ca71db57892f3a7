//! Moments: what people type and read in their own time zone, and what is stored in UTC. Pure.

use chrono::{Datelike as _, LocalResult, NaiveDateTime, TimeZone as _, Timelike as _};
use chrono_tz::{TZ_VARIANTS, Tz};

/// The parts of the world whose zones are named by their cities.
const AREAS: [&str; 10] =
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];

/// Names of old for zones that have another: in the IANA database’s `backward`, and not in its `zone.tab`.
#[rustfmt::skip]
const LEGACY: [&str; 71] = [
    "Africa/Asmera", "Africa/Timbuktu", "America/Argentina/ComodRivadavia", "America/Atka", "America/Buenos_Aires",
    "America/Catamarca", "America/Coral_Harbour", "America/Cordoba", "America/Ensenada", "America/Fort_Wayne",
    "America/Godthab", "America/Indianapolis", "America/Jujuy", "America/Knox_IN", "America/Louisville",
    "America/Mendoza", "America/Montreal", "America/Nipigon", "America/Pangnirtung", "America/Porto_Acre",
    "America/Rainy_River", "America/Rosario", "America/Santa_Isabel", "America/Shiprock", "America/Thunder_Bay",
    "America/Virgin", "America/Yellowknife", "Antarctica/South_Pole", "Asia/Ashkhabad", "Asia/Calcutta",
    "Asia/Choibalsan", "Asia/Chongqing", "Asia/Chungking", "Asia/Dacca", "Asia/Harbin", "Asia/Istanbul",
    "Asia/Kashgar", "Asia/Katmandu", "Asia/Macao", "Asia/Rangoon", "Asia/Saigon", "Asia/Tel_Aviv", "Asia/Thimbu",
    "Asia/Ujung_Pandang", "Asia/Ulan_Bator", "Atlantic/Faeroe", "Atlantic/Jan_Mayen", "Australia/ACT",
    "Australia/Canberra", "Australia/Currie", "Australia/LHI", "Australia/NSW", "Australia/North",
    "Australia/Queensland", "Australia/South", "Australia/Tasmania", "Australia/Victoria", "Australia/West",
    "Australia/Yancowinna", "Europe/Belfast", "Europe/Kiev", "Europe/Nicosia", "Europe/Tiraspol", "Europe/Uzhgorod",
    "Europe/Zaporozhye", "Pacific/Enderbury", "Pacific/Johnston", "Pacific/Ponape", "Pacific/Samoa", "Pacific/Truk",
    "Pacific/Yap",
];

/// Why a text is no moment in a zone, in words for who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// Not a date with a time.
    #[error("Write the date and the time like 2026-05-03T09:00.")]
    Form,
    /// A year that is a slip.
    #[error("The year {0} is not from 2000 to 2999. Mend it.")]
    Year(i32),
    /// The clocks go forward over it.
    #[error(
        "The clocks in {zone} go forward over {moment}, so that time does not come. Pick an earlier or a later one."
    )]
    Skipped {
        /// The zone.
        zone: Tz,
        /// What was typed.
        moment: String,
    },
}

/// The zone with this IANA name, legacy ones too.
pub fn zone(name: &str) -> Option<Tz> {
    name.parse().ok()
}

/// The zones to pick from, by name: one a city, and UTC.
pub fn zones() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<_> = TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| is_offered(name)).collect();
    names.sort_unstable();
    names.into_iter()
}

/// Reads a moment as `datetime-local` fields write it, in UTC. One that comes twice, because the clocks
/// go back, is the first.
///
/// # Errors
/// [`MomentError`].
pub fn parse(local: &str, zone: Tz) -> Result<NaiveDateTime, MomentError> {
    let text = local.trim().replacen(' ', "T", 1);
    let moment = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
        .and_then(|moment| moment.with_nanosecond(0))
        .ok_or(MomentError::Form)?;
    if !(2000..=2999).contains(&moment.year()) {
        return Err(MomentError::Year(moment.year()));
    }
    match zone.from_local_datetime(&moment) {
        LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => Ok(found.naive_utc()),
        LocalResult::None => Err(MomentError::Skipped { zone, moment: moment.format("%-d %B %Y, %H:%M").to_string() }),
    }
}

/// A moment for readers in a zone: `3 May 2026, 09:00 CEST`; where the zone’s time has no name, `… UTC-03:00`.
pub fn written(utc: NaiveDateTime, zone: Tz) -> String {
    in_zone(utc, zone, "%-d %B %Y, %H:%M")
}

/// The same with its second.
pub fn to_the_second(utc: NaiveDateTime, zone: Tz) -> String {
    in_zone(utc, zone, "%-d %B %Y, %H:%M:%S")
}

fn in_zone(utc: NaiveDateTime, zone: Tz, format: &str) -> String {
    let moment = zone.from_utc_datetime(&utc);
    let name = moment.format("%Z").to_string();
    let name = if name.starts_with(['+', '-']) { moment.format("UTC%:z").to_string() } else { name };
    format!("{} {name}", moment.format(format))
}

/// A moment as the value of a `datetime-local` field: [`parse`] reads it again.
pub fn field(utc: NaiveDateTime, zone: Tz) -> String {
    zone.from_utc_datetime(&utc).format("%Y-%m-%dT%H:%M").to_string()
}

fn is_offered(name: &str) -> bool {
    name == "UTC" || name.split_once('/').is_some_and(|(area, _)| AREAS.contains(&area)) && !LEGACY.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Tz {
        zone("Europe/Berlin").unwrap()
    }

    fn utc(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn moments_are_read_in_their_zone() {
        for text in ["2026-05-03T09:00", "2026-05-03T09:00:00", "2026-05-03 09:00", " 2026-05-03T09:00:00.000 "] {
            assert_eq!(parse(text, berlin()), Ok(utc("2026-05-03T07:00:00")), "{text}");
        }
        assert_eq!(parse("2026-05-03T09:00", zone("Asia/Kathmandu").unwrap()), Ok(utc("2026-05-03T03:15:00")));
        assert_eq!(parse("2026-12-31T23:59:59", Tz::UTC), Ok(utc("2026-12-31T23:59:59")));
    }

    #[test]
    fn changes_of_the_clocks_are_minded() {
        assert!(matches!(parse("2026-03-29T02:30", berlin()), Err(MomentError::Skipped { .. })));
        // The first 02:30 is summer time still, west and east of Greenwich.
        assert_eq!(parse("2026-10-25T02:30", berlin()), Ok(utc("2026-10-25T00:30:00")));
        assert_eq!(parse("2026-11-01T01:30", zone("America/New_York").unwrap()), Ok(utc("2026-11-01T05:30:00")));
        let said = parse("2026-03-29T02:30", berlin()).unwrap_err().to_string();
        assert!(said.contains("Europe/Berlin go forward over 29 March 2026, 02:30"), "{said}");
    }

    #[test]
    fn rubbish_is_refused() {
        for text in [
            "",
            "soon",
            "2026-02-30T09:00",
            "2026-05-03",
            "09:00",
            "2026-05-03T24:00",
            "2026-05-03T09:00Z",
            "2026-05-03T09:00+02:00",
        ] {
            assert_eq!(parse(text, Tz::UTC), Err(MomentError::Form), "{text}");
        }
        assert_eq!(parse("0026-05-03T09:00", Tz::UTC), Err(MomentError::Year(26)));
        assert_eq!(parse("3000-01-01T00:00", Tz::UTC), Err(MomentError::Year(3000)));
        assert_eq!(zone("Atlantis/Capital"), None);
    }

    #[test]
    fn moments_read_well() {
        let moment = utc("2026-05-03T07:00:00");
        assert_eq!(written(moment, berlin()), "3 May 2026, 09:00 CEST");
        assert_eq!(written(moment, Tz::UTC), "3 May 2026, 07:00 UTC");
        assert_eq!(written(moment, zone("America/Sao_Paulo").unwrap()), "3 May 2026, 04:00 UTC-03:00");
        assert_eq!(field(moment, berlin()), "2026-05-03T09:00");
        assert_eq!(parse(&field(moment, berlin()), berlin()), Ok(moment));
    }

    #[test]
    fn the_zones_to_pick_from_are_one_a_city() {
        let names: Vec<_> = zones().collect();
        assert!(names.is_sorted());
        for name in [
            "UTC",
            "Europe/Berlin",
            "Europe/Stockholm",
            "Europe/Kyiv",
            "America/Argentina/Buenos_Aires",
            "Asia/Kolkata",
        ] {
            assert!(names.contains(&name), "{name}");
        }
        for name in ["US/Eastern", "Etc/GMT+3", "Europe/Kiev", "Asia/Calcutta", "CET", "EST5EDT", "GMT", "Japan"] {
            assert!(!names.contains(&name) && zone(name).is_some(), "{name}");
        }
        assert_eq!(names.len(), 419);
    }
}
