//! Why a vote was not taken.

use std::sync::Arc;

use super::Mistake;
use crate::{
    ballot_box::CastError,
    codes::CodeError,
    marks::Marks,
    models::poll::Definition,
    scoreboard::{ReadError, Snapshot},
};

/// Why no ballot was cast.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such poll, or this voter may not see it.
    NoPoll,
    /// The poll could not be read.
    Unread(ReadError),
    /// The poll changed during each try.
    Busy,
    /// The poll does not take this ballot from this voter now.
    Refused {
        /// The poll as it is now.
        snapshot: Snapshot,
        /// Why.
        reason: RefusalReason,
    },
    /// The ballot was not stored, or nobody knows whether it was.
    Unstored {
        /// The poll and its choices.
        definition: Arc<Definition>,
        /// The marks of the ballot.
        marks: Marks,
        /// Which of the two it is.
        error: CastError,
    },
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self::Unread(error)
    }
}

/// Why a poll does not take a ballot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalReason {
    /// It opens later.
    NotOpen,
    /// It is closed.
    Closed,
    /// It was changed after the voter reviewed the ballot.
    Changed,
    /// Too many votes came from the voter's network.
    TooMany {
        /// The seconds until the next one may come.
        seconds: u64,
    },
    /// The submission's key is malformed.
    Key,
    /// The browser sent no cookie with its number.
    NoBrowser,
    /// The invitation's code is missing.
    NoCode,
    /// The invitation's code is malformed.
    Code(CodeError),
    /// No invitation has this code.
    Uninvited,
    /// The marks have mistakes, at least one.
    Marks(Vec<Mistake>),
}

/// A part of a ballot's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The marks.
    Vote,
    /// The code of an invitation.
    Code,
}

impl RefusalReason {
    /// The part of the form that the voter has to correct.
    pub fn field(&self) -> Field {
        match self {
            Self::NoCode | Self::Code(_) | Self::Uninvited => Field::Code,
            _ => Field::Vote,
        }
    }
}
