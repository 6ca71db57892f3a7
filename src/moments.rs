//! stub
use chrono::NaiveDateTime;
use chrono_tz::Tz;
pub fn zone(name: &str) -> Option<Tz> { name.parse().ok() }
pub fn written(utc: NaiveDateTime, zone: Tz) -> String { utc.and_utc().with_timezone(&zone).format("%-d %B %Y, %H:%M %Z").to_string() }
