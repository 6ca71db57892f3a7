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

/// Why no ballot is in.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such poll, or not for this voter.
    NoPoll,
    /// The poll can't be read.
    Unread(ReadError),
    /// The poll changed each time that the ballot was read.
    Busy,
    /// The poll does not take such a ballot from this voter now.
    Refused {
        /// The poll as it is.
        snapshot: Snapshot,
        /// Why.
        reason: RefusalReason,
    },
    /// The ballot was not taken, or it is not known whether it is stored.
    Unstored {
        /// The poll and its choices.
        definition: Arc<Definition>,
        /// What was marked.
        marks: Marks,
        /// Which of the two.
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
    /// It was changed since the voter looked the ballot over.
    Changed,
    /// Too many votes come from the network.
    TooMany {
        /// After so many seconds the next one may come.
        seconds: u64,
    },
    /// The key of the submission is none.
    Key,
    /// The browser has no number.
    NoBrowser,
    /// There is no code of an invitation.
    NoCode,
    /// The code can be none.
    Code(CodeError),
    /// The code is that of no invitation.
    Uninvited,
    /// The marks do not fit the ballot; never none.
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
    /// The part of the form that is to be changed.
    pub fn field(&self) -> Field {
        match self {
            Self::NoCode | Self::Code(_) | Self::Uninvited => Field::Code,
            _ => Field::Vote,
        }
    }
}
