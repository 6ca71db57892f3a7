//! Approval: each ballot marks any number of choices, and those that most approve of are elected.
//!
//! Source: Brams and Fishburn, "Approval Voting", *American Political Science Review* 72 (1978).

use super::{
    Ballots, Contest, Family, Method, Outcome, Spec, Unit, plurality,
    tallied::{self, Tallied},
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "approval",
    label: "Approval",
    kind: Kind::Approval,
    family: Family::Numbers,
    several_seats: true,
    shared_ranks: false,
    most_choices: usize::MAX,
    open_rules: &[],
    costs: &[],
    is_common: true,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    tallied::outcome(
        Method::Approval,
        contest,
        ballots,
        Tallied { tally: plurality::marked(contest, ballots), unit: Unit::Approvals },
    )
}
