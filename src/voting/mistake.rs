//! A mistake in the marks of a ballot.

use crate::marks::{Kind, MarksError};

/// A mistake in the marks of a ballot, and the choices that it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The keys of the choices; empty where the mistake is in the ballot as a whole.
    pub choices: Vec<String>,
    /// The kind of mistake.
    pub wrong: Wrong,
}

/// The kinds of mistakes. They name choices by their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The submission has a field of another kind of ballot.
    Field(String),
    /// It has the field `marks` and fields of single choices.
    Both,
    /// It has marks, and was sent as a blank ballot.
    BlankWithMarks,
    /// The poll takes no blank ballots.
    NoBlank,
    /// Nothing is marked, and the voter did not ask for a blank ballot.
    Empty,
    /// Several choices are marked where one may be.
    Several,
    /// A text is no rank or no score that a choice can have.
    Number {
        /// Ranks or scores.
        kind: Kind,
        /// The text.
        typed: String,
        /// The choice.
        label: String,
        /// The lowest number that a choice can have.
        lowest: u32,
        /// The highest.
        highest: u32,
    },
    /// Several choices have one rank, which the poll does not allow.
    SharedRank {
        /// The rank.
        rank: u32,
        /// The choices.
        labels: Vec<String>,
    },
    /// More choices are marked than may be.
    TooMany {
        /// How many are marked.
        marked: usize,
        /// How many may be marked.
        most: u32,
    },
    /// The marks are not valid in this poll.
    Marks(MarksError),
}

impl Mistake {
    /// A mistake in the marks of these choices.
    pub fn of<'k>(keys: impl IntoIterator<Item = &'k str>, wrong: Wrong) -> Self {
        Self { choices: keys.into_iter().map(str::to_owned).collect(), wrong }
    }

    /// A mistake in the ballot as a whole.
    pub fn of_ballot(wrong: Wrong) -> Self {
        Self::of([], wrong)
    }
}
