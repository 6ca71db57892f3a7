//! Moments for programs and for readers.

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::{
    models::poll::Poll,
    moments::{self, Zone},
};

/// A moment for a page: for programs, and for readers with its zone.
#[derive(Debug, Serialize)]
pub struct Moment {
    iso: String,
    text: String,
}

impl Moment {
    /// A moment as `poll` writes it: in its zone.
    pub fn of(poll: &Poll, moment: NaiveDateTime) -> Self {
        let iso = moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { iso, text: moments::written(moment, &moments::of_poll(&poll.settings.zone)) }
    }

    /// A moment that belongs to no poll.
    pub fn in_utc(moment: NaiveDateTime) -> Self {
        let iso = moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { iso, text: moments::written(moment, &Zone::utc()) }
    }

    /// The same with its second.
    pub fn to_the_second(poll: &Poll, moment: NaiveDateTime) -> Self {
        let text = moments::to_the_second(moment, &moments::of_poll(&poll.settings.zone));
        Self { text, ..Self::of(poll, moment) }
    }
}
