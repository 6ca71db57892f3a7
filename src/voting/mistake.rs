//! What is wrong with the marks of a ballot.

use crate::marks::{Kind, MarksError};

/// What is wrong, and with the marks of which choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The keys of the choices; none where it is the ballot as a whole.
    pub choices: Vec<String>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What can be wrong. Choices have their labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// The submission has a field of another kind of ballot.
    Field(String),
    /// It has whole marks and single ones.
    Both,
    /// It has marks, and was sent as blank.
    BlankWithMarks,
    /// The poll takes no blank ballots.
    NoBlank,
    /// Nothing is marked where a blank ballot is cast on purpose only.
    Empty,
    /// Several choices came where one is marked.
    Several,
    /// What was typed is no rank or no score of a choice.
    Number {
        /// Ranks or scores.
        kind: Kind,
        /// What was typed.
        typed: String,
        /// The choice.
        label: String,
        /// The lowest that can be given.
        lowest: u32,
        /// The highest.
        highest: u32,
    },
    /// Choices share a rank where none may.
    SharedRank {
        /// The rank.
        rank: u32,
        /// The choices.
        labels: Vec<String>,
    },
    /// More choices are marked than may be.
    TooMany {
        /// How many are.
        marked: usize,
        /// How many may be.
        most: u32,
    },
    /// The marks are none of this poll.
    Marks(MarksError),
}

impl Mistake {
    /// With the marks of these choices.
    pub fn of<'k>(keys: impl IntoIterator<Item = &'k str>, wrong: Wrong) -> Self {
        Self { choices: keys.into_iter().map(str::to_owned).collect(), wrong }
    }

    /// With the ballot as a whole.
    pub fn of_ballot(wrong: Wrong) -> Self {
        Self::of([], wrong)
    }
}
