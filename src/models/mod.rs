//! Rows and queries. Knows no HTTP; `schema` is private to this room.

pub mod address;
pub mod ballot;
pub mod burst;
mod cast_batch;
pub mod change;
pub mod choice;
pub mod constraint;
pub mod creation;
pub mod invitation;
pub mod listing;
pub mod marking;
mod meaning;
pub mod organiser;
pub mod picture;
pub mod poll;
pub mod removal;
pub mod rules;
mod schema;
pub mod session;
pub mod shown;
pub mod single_ballots;
pub mod site;
pub mod tally;

use chrono::{DateTime, NaiveDateTime, SubsecRound as _, Utc};

/// The moment that both engines can keep: UTC, cut to microseconds.
pub fn now() -> NaiveDateTime {
    stored(Utc::now())
}

/// A moment as it is stored: UTC, cut to microseconds.
pub fn stored(moment: DateTime<Utc>) -> NaiveDateTime {
    moment.naive_utc().trunc_subsecs(6)
}
