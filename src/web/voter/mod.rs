//! The pages of voters: polls, their lists, and casting a ballot.

pub mod about;
pub mod ballots;
pub mod calendar;
pub mod lists;
pub mod polls;
pub mod receipts;
pub mod screen;
pub mod short_addresses;

use super::http::error::Error;
use crate::{scoreboard::ReadError, voting::Refusal, words};

impl From<ReadError> for Error {
    /// The reader of the board has written the reason to the log.
    fn from(_: ReadError) -> Self {
        Self::Unavailable("The votes can’t be read right now.")
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoPoll => Self::no_such_poll(),
            Refusal::Unread(error) => error.into(),
            Refusal::Busy => Self::Unavailable("This poll is being changed right now, and your vote was not taken."),
            // Only casting gives these, and it has pages of its own for them.
            Refusal::Refused { .. } => Self::Unavailable("Your vote was not taken."),
            Refusal::Unstored { error, .. } => Self::Unavailable(words::voting::unstored(error)),
        }
    }
}
