//! Why ballots can't be counted.

use crate::{
    count::{CountError, MOST_BALLOTS, UnreadableMarks},
    marks::Kind,
    models::counting::ProfileError,
};

/// Why the count of a poll was refused, to go on with.
pub fn profile_error(error: &ProfileError) -> String {
    match error {
        ProfileError::Marks(marks) => unreadable_marks(marks),
        ProfileError::Count(error) => count_error(error),
    }
}

/// Why a count was refused, to go on with.
pub fn count_error(error: &CountError) -> String {
    match error {
        CountError::Kind { method, kind } => {
            format!("{} can’t be counted from {}", method.label(), ballots_of(*kind))
        }
        CountError::Seats { method, seats } => format!("{} elects one, not {seats}", method.label()),
        CountError::TooHigh { score, highest } => {
            format!("a ballot has a score of {score}, above the highest, {highest}")
        }
        CountError::TooMany => format!("there are more than {MOST_BALLOTS} ballots"),
        CountError::Nothing => "a count needs at least one seat and one choice".into(),
    }
}

/// That marks are no ballot among the choices.
pub fn unreadable_marks(UnreadableMarks(marks): &UnreadableMarks) -> String {
    format!("the profile has marks that fit none of the poll's choices: {marks:?}")
}

/// Ballots of a kind, for a sentence.
pub fn ballots_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Pick => "ballots that pick one",
        Kind::Approval => "approvals",
        Kind::Ranking => "rankings",
        Kind::Score => "scores",
    }
}
