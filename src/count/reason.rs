//! Why somebody is elected, as facts.

use super::{DefeatSize, Number, TieRule};

/// Why those who are elected are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// There is no other choice.
    OnlyChoice,
    /// The most of what the tally counts: votes, approvals or points.
    MostInTally,
    /// The highest median grade.
    MedianGrade {
        /// The highest grade that there is.
        highest: u32,
    },
    /// It beats every other choice head to head.
    CondorcetWinner,
    /// The most duels won.
    MostDuels {
        /// Whether others won as many, and margins decided.
        by_margins: bool,
    },
    /// It is never beaten head to head.
    Unbeaten,
    /// The smallest worst defeat.
    SmallestWorstDefeat(DefeatSize),
    /// The smallest worst defeats, of several who are elected.
    SmallestWorstDefeats,
    /// The strongest paths.
    StrongestPaths,
    /// The strongest defeats count first.
    StrongestDefeats,
    /// More votes in the runoff of STAR.
    AutomaticRunoff {
        /// Against whom.
        against: usize,
        /// The ballots for the winner.
        won: Number,
        /// The ballots for the other.
        lost: Number,
        /// How a tie in it was broken, if there was one.
        rule: Option<TieRule>,
    },
    /// A scoring round and a runoff of STAR for each seat.
    RunoffForEachSeat,
    /// More than half of the votes in the first of two rounds.
    FirstRoundMajority {
        /// The votes of the winner.
        votes: Number,
        /// All of them.
        of: Number,
    },
    /// More votes in the second of two rounds, or as many.
    Runoff {
        /// The votes of the winner.
        votes: Number,
        /// Those of both.
        of: Number,
        /// How a tie in it was broken, if there was one.
        rule: Option<TieRule>,
    },
    /// More than half of the votes that still count.
    Majority {
        /// In the round of this number.
        round: usize,
        /// The votes of the winner.
        votes: Number,
        /// All that still count.
        of: Number,
    },
    /// As many votes as the other of the last two.
    LastTwoTied {
        /// In the round of this number.
        round: usize,
        /// The votes of each.
        votes: Number,
        /// Who else was tied.
        others: Vec<usize>,
        /// How the tie was broken.
        rule: TieRule,
    },
    /// More points than the last other choice, or as many, in Baldwin's method.
    LastDuel {
        /// In the round of this number.
        round: usize,
        /// Against whom.
        against: usize,
        /// The points of the winner.
        won: Number,
        /// The points of the other.
        lost: Number,
    },
    /// The quota, or that nobody else was left.
    Quota {
        /// After so many rounds.
        rounds: usize,
        /// The quota of the last round.
        quota: Number,
        /// Who reached it.
        reached: Reached,
    },
}

/// Which of the elected reached the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// All of them.
    All,
    /// Some; the others were the last left.
    Some,
    /// None: they were the last left.
    Nobody,
}
