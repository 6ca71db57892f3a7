//! Rows and queries. Knows no HTTP; `schema` is private to it.

pub mod address;
mod allowed_update;
pub mod ballot;
pub mod burst;
pub mod choice;
pub mod constraint;
pub mod counting;
pub mod creation;
pub mod eligibility;
pub mod invitation;
pub mod lifecycle;
pub mod listing;
mod lock;
pub mod marking;
pub mod new_poll;
pub mod organiser;
pub mod picture;
pub mod poll;
pub mod profile;
pub mod removal;
mod schema;
pub mod session;
pub mod settings;
pub mod short_address;
mod shown_closed;
pub mod single_ballots;
pub mod site;
pub mod state;
mod text_enum;
pub mod visibility;
pub mod votes_over_time;

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};

/// The moment that both engines can keep: UTC, cut to microseconds.
pub fn now() -> NaiveDateTime {
    stored(Utc::now())
}

/// A moment as it is stored: UTC, cut to microseconds.
pub fn stored(moment: DateTime<Utc>) -> NaiveDateTime {
    moment.naive_utc().trunc_subsecs(6)
}
