//! What a count decides on its way, as facts: choices are positions on the ballot, numbers are exact.

use super::{DefeatSize, Number, Strength, Tie, TieRule};

/// What a round of a count is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// The only step: each choice's votes or points.
    #[default]
    Tally,
    /// Each choice's median grade.
    MedianGrades,
    /// How many duels each choice wins.
    DuelsWon,
    /// Each choice's worst defeat.
    WorstDefeats(Strength),
    /// The strongest path from each choice to each other.
    StrongestPaths,
    /// All defeats, locked in or skipped, the strongest first.
    StrongestDefeats,
    /// The round of this number, from 1.
    Round(usize),
    /// The second round of two.
    Runoff,
    /// The sums of scores in STAR; for the seat of this number, where there are several.
    Scoring {
        /// From 1.
        seat: Option<usize>,
    },
    /// The runoff in STAR.
    AutomaticRunoff {
        /// From 1.
        seat: Option<usize>,
    },
}

/// What is decided in a round, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// No ballot counts for any choice.
    NoVotes,
    /// One has more than half of the votes that still count, in instant runoff.
    Majority {
        /// Who.
        choice: usize,
        /// Its votes.
        votes: Number,
        /// All that still count.
        of: Number,
    },
    /// One has more than half of all votes in the first of two rounds.
    FirstRoundMajority {
        /// Who.
        choice: usize,
        /// Its votes.
        votes: Number,
        /// All of them.
        of: Number,
    },
    /// Nobody has more than half in the first of two rounds, so two meet in the runoff.
    NoFirstRoundMajority {
        /// All votes.
        of: Number,
        /// Who meet.
        finalists: Vec<usize>,
        /// How the tie for the last place in the runoff was broken, if there was one.
        rule: Option<TieRule>,
    },
    /// One wins the runoff of two rounds.
    RunoffWon {
        /// Who.
        choice: usize,
        /// Its votes.
        votes: Number,
        /// Those of both.
        of: Number,
        /// How it was decided where both have as many.
        rule: Option<TieRule>,
    },
    /// The last two have as many votes each, and the first of the tie wins.
    LastTwoTied {
        /// The tie between them.
        tie: Tie,
        /// The votes of each.
        votes: Number,
    },
    /// Who has the fewest votes, or none, is eliminated.
    Eliminated {
        /// Who: several have no votes.
        choices: Vec<usize>,
        /// The tie that they lost, if others have as few votes.
        tie: Option<Tie>,
    },
    /// Who has the fewest points is eliminated, in Baldwin's method.
    FewestPoints {
        /// Who.
        choice: usize,
        /// The tie that it lost, if others have as few points.
        tie: Option<Tie>,
    },
    /// Several have fewer votes together than anybody above them, and are eliminated at once.
    EliminatedTogether {
        /// Who, the fewest votes first.
        choices: Vec<usize>,
    },
    /// The choice that stands for write-ins is eliminated before all others.
    WriteInsEliminated {
        /// Which.
        choice: usize,
    },
    /// Who has reached the quota is elected.
    ReachedQuota {
        /// Who, the most votes first.
        choices: Vec<usize>,
    },
    /// Who is left is elected, as there is nobody else for the open seats.
    LastLeft {
        /// Who, the most votes first.
        choices: Vec<usize>,
        /// How many seats are open.
        seats: usize,
    },
    /// The surplus of an elected choice is transferred.
    SurplusTransferred {
        /// Whose.
        choice: usize,
        /// How many votes.
        surplus: Number,
        /// Why it goes before another that is as large.
        rule: Option<TieRule>,
    },
    /// An elected choice keeps this part of each vote that reaches it.
    Keeps {
        /// Who.
        choice: usize,
        /// The part.
        part: Number,
    },
    /// Who beats every other choice head to head, if there is one.
    CondorcetWinner(Option<usize>),
    /// A choice's worst defeat.
    WorstDefeat {
        /// Whose.
        choice: usize,
        /// By whom; nobody where it is never beaten.
        by: Vec<usize>,
        /// How bad it is.
        size: DefeatSize,
    },
    /// Choices from which no stronger path leads back to another.
    Unbeaten {
        /// Who.
        choices: Vec<usize>,
        /// Whether others are above them and left out.
        among_rest: bool,
    },
    /// A winner loses a duel, but its path to the other is at least as strong as the one back.
    PathOutweighs {
        /// The winner.
        choice: usize,
        /// Who beats it.
        loses_to: usize,
        /// The strength of its path there.
        there: DefeatSize,
        /// The strength of the path back.
        back: DefeatSize,
    },
    /// Equally strong defeats make a cycle and are taken in the order of a tie.
    EqualDefeats(Tie),
    /// A defeat is locked in, or skipped because the loser is above the winner already.
    Defeat {
        /// Who wins the duel.
        winner: usize,
        /// Who loses it.
        loser: usize,
        /// The ballots for the winner.
        won: u64,
        /// The ballots for the loser.
        lost: u64,
        /// Whether it is locked in.
        is_locked: bool,
    },
    /// A tie is broken in STAR.
    TieBroken(Tie),
    /// Two go on to the runoff in STAR.
    Finalists([usize; 2]),
    /// One wins the runoff in STAR.
    AutomaticRunoffWon(usize),
    /// Choices with the same median grade are in this order by the grades next to it.
    NextGrades(Vec<usize>),
}
