//! Outcomes: what a count gives, for every method in the same form, with each step shown.
//!
//! Facts only, choices by their positions on the ballot: `crate::words` has the sentences.

use super::{Event, Method, Number, Reason, Stage, Tie, TieRule};

/// The outcome of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it was counted.
    pub method: Method,
    /// How many were to be elected.
    pub seats: usize,
    /// All ballots, the blank ones included.
    pub ballots: u64,
    /// The ballots on which nothing was marked.
    pub blank: u64,
    /// Who is elected, in that order, the tied in that of the ballot or of the lots; nobody where no vote counts.
    pub elected: Vec<usize>,
    /// Why; `None` where nobody is elected.
    pub reason: Option<Reason>,
    /// All choices, the best first; those in a group are tied but for a lot.
    pub ranking: Vec<Vec<usize>>,
    /// One number for each choice, in the order of the ballot: what a bar shows.
    pub tally: Vec<Number>,
    /// What the tally's numbers are.
    pub unit: Unit,
    /// Each step of the count, in order.
    pub rounds: Vec<Round>,
    /// Comparisons of each choice with each other.
    pub matrices: Vec<Matrix>,
    /// How often each choice got each score.
    pub distribution: Option<Distribution>,
    /// The ties that were broken and that may have decided who is elected. One that was settled by lot is among them
    /// where another order of the lots elects others, or where so many orders are possible that not all were tried.
    pub ties: Vec<Tie>,
    /// Ties that were settled by lot, though every order of the lots elects the same.
    pub ties_without_effect: Vec<Tie>,
    /// Who is level for the last places, in the order of the ballot: tied by lot with each other, and elected by some
    /// orders of the lots and not by others. Where there are very many orders, it is who shares a place with somebody
    /// elected.
    pub level: Vec<usize>,
}

/// What the numbers of a tally are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Ballots that name the choice.
    Votes,
    /// Ballots that approve of it.
    Approvals,
    /// Points or the sum of scores.
    Points,
    /// Ballots that have it first, before anything is transferred.
    FirstChoices,
    /// Duels won; a draw is a half.
    Wins,
    /// The grade in the middle, as a score.
    Grade,
}

/// One step of a count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// What it is.
    pub stage: Stage,
    /// The numbers at its start, in the order of the ballot, of the choices that are in it.
    pub standings: Vec<Standing>,
    /// How many votes elect, where that is fixed.
    pub quota: Option<Number>,
    /// Votes that count for nobody any more; with the standings and `lost`, all votes that are not blank.
    pub exhausted: Option<Number>,
    /// What the prescribed decimals have cut off so far.
    pub lost: Option<Number>,
    /// Where votes went at its end.
    pub flows: Vec<Flow>,
    /// What was decided and by which rule, in order.
    pub events: Vec<Event>,
}

/// A choice in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The choice.
    pub choice: usize,
    /// Its votes or points.
    pub votes: Number,
    /// What the round made of it.
    pub fate: Fate,
}

/// What a round makes of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// It stays in the count.
    Continues,
    /// It is elected, now or in an earlier round.
    Elected,
    /// It is out.
    Eliminated,
}

/// Votes that went from one choice to another, or to none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Whose votes they were.
    pub from: usize,
    /// Whose they are; `None` where they are exhausted.
    pub to: Option<usize>,
    /// How many.
    pub votes: Number,
}

/// A number for each choice against each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// What the numbers are.
    pub kind: MatrixKind,
    /// By row and column, in the order of the ballot; the diagonal is nothing. A margin may be negative.
    pub rows: Vec<Vec<i64>>,
}

/// What the numbers of a matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatrixKind {
    /// The ballots that prefer the row to the column.
    Preferences,
    /// The strength of the strongest path from the row to the column.
    StrongestPaths,
}

/// How often each choice got each score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// For each choice, the ballots with score 0, 1, 2 …
    pub scores: Vec<Vec<u64>>,
    /// For each choice, the marked ballots that don't score it.
    pub unscored: Vec<u64>,
}

impl Outcome {
    /// Whether the lot order may have decided who is elected.
    pub fn used_lot(&self) -> bool {
        self.lot().is_some()
    }

    /// What was the last resort in a tie, the lot order or what stands for it, if there was such a tie.
    pub fn lot(&self) -> Option<TieRule> {
        self.ties.iter().map(|tie| tie.rule).find(|rule| rule.is_lot())
    }
}
