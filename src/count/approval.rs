//! Approval: each ballot marks any number of choices, and those that most approve of are elected.
//!
//! Source: Brams and Fishburn, "Approval Voting", *American Political Science Review* 72 (1978).

use super::{
    Ballots, Contest, Method, Outcome, Unit, plurality,
    tallied::{self, Tallied},
};

/// Counts `ballots`.
pub fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    tallied::outcome(
        Method::Approval,
        contest,
        ballots,
        Tallied { tally: plurality::marked(contest, ballots), unit: Unit::Approvals },
    )
}
