//! Ties: what they were for, and by which rule they were broken.

/// A tie that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// What it was for.
    pub at: TieAt,
    /// The tied, in the order that the rule gave: the first has the better of it.
    pub order: Vec<usize>,
    /// The rule.
    pub rule: TieRule,
}

/// What a tie was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TieAt {
    /// The first place, where one is elected.
    FirstPlace,
    /// The last seat, where several are.
    LastSeat,
    /// Elimination in the round of this number.
    Elimination(usize),
    /// The first place of the last two, in the round of this number.
    LastTwo(usize),
    /// Whose surplus is transferred first in the round of this number.
    Surplus(usize),
    /// A place in the second of two rounds.
    RunoffPlace,
    /// The first place in the second of two rounds.
    RunoffWinner,
    /// Both places in the runoff of STAR.
    BothFinalists,
    /// The second place in the runoff of STAR.
    SecondFinalist,
    /// The runoff of STAR.
    AutomaticRunoff,
    /// The order of equally strong defeats.
    EqualDefeats,
}

/// How a tie was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TieRule {
    /// By the grades that come next when those in the middle are taken away.
    NextGrades,
    /// By the sum of the margins over all choices.
    MarginsOverAll,
    /// By the sum of the margins over the other tied.
    MarginsOverTied,
    /// By fewer lost duels among the tied.
    FewerDefeats,
    /// By more ballots with the highest score.
    HighestScores,
    /// By the higher sum of scores.
    ScoreSum,
    /// By more votes in the earlier round of this number.
    Round(usize),
    /// By more votes in a count that is not shown: one of those that led to the round of this number.
    BeforeRound(usize),
    /// By the lot order.
    Lot,
    /// By the order of the choices in the file, for which nobody drew lots.
    Listed,
}

impl TieRule {
    /// Whether it is the last resort, the lot order or what stands for it.
    pub fn is_lot(self) -> bool {
        matches!(self, Self::Lot | Self::Listed)
    }
}
