//! Ties: what they were for, and how they were broken.

use crate::count::{TieAt, TieRule};

/// What a tie was for, after “tied”.
pub fn place(at: TieAt) -> String {
    match at {
        TieAt::FirstPlace => "for the first place".into(),
        TieAt::LastSeat => "for the last seat".into(),
        TieAt::Elimination(round) => format!("for elimination in round {round}"),
        TieAt::LastTwo(round) => format!("for the first place in round {round}"),
        TieAt::Surplus(round) => format!("for the first transfer of a surplus in round {round}"),
        TieAt::RunoffPlace => "for a place in the runoff".into(),
        TieAt::RunoffWinner => "for the first place in the runoff".into(),
        TieAt::BothFinalists => "for the runoff".into(),
        TieAt::SecondFinalist => "for the second place in the runoff".into(),
        TieAt::AutomaticRunoff => "in the runoff".into(),
        TieAt::EqualDefeats => "between equally strong defeats".into(),
    }
}

/// How a tie was broken, after “by”.
pub fn rule(rule: TieRule) -> String {
    match rule {
        TieRule::NextGrades => "the grades that come next when those in the middle are taken away".into(),
        TieRule::MarginsOverAll => "the sum of the margins over all choices".into(),
        TieRule::MarginsOverTied => "the sum of the margins over the other tied".into(),
        TieRule::FewerDefeats => "fewer lost duels among the tied".into(),
        TieRule::HighestScores => "more ballots with the highest score".into(),
        TieRule::ScoreSum => "the higher sum of scores".into(),
        TieRule::Round(number) => format!("more votes in round {number}"),
        TieRule::BeforeRound(number) => format!("more votes in a count on the way to round {number}"),
        TieRule::Lot => "lot".into(),
        TieRule::Listed => "the order in the file".into(),
    }
}

/// The round that decided a tie, where one did.
pub fn round(rule: TieRule) -> Option<String> {
    match rule {
        TieRule::Round(number) => Some(format!("round {number}")),
        TieRule::BeforeRound(number) => Some(format!("a count on the way to round {number}")),
        _ => None,
    }
}
