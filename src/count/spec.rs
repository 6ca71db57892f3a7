//! What is to be known of a method before it counts.

use super::{Ballots, Contest, Outcome};
use crate::marks::Kind;

/// What is to be known of a method before it counts.
#[derive(Debug)]
pub struct Spec {
    /// Its name on the command line, in forms and in the database.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What is marked on its ballots.
    pub kind: Kind,
    /// How it comes to its outcome.
    pub family: Family,
    /// Whether it fills more than one seat.
    pub several_seats: bool,
    /// Whether choices may share a rank on its ballots: where a vote goes to one choice at a time, they may not.
    pub shared_ranks: bool,
    /// The most choices of a poll that is counted so: beyond it, what an outcome shows grows out of bounds.
    pub most_choices: usize,
    /// The open rules on which its outcome depends.
    pub open_rules: &'static [OpenRule],
    /// What grows with the choices, so that a count of very many would take too much time or memory.
    pub costs: &'static [Cost],
    /// Whether it is among the first that an organiser is offered.
    pub is_common: bool,
    /// The count itself.
    pub(super) count: fn(&Contest<'_>, &Ballots) -> Outcome,
}

/// How a method comes to its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// By a number for each choice, such as votes, points or a grade.
    Numbers,
    /// Round by round, each without those who were eliminated before.
    Rounds,
    /// By comparing each choice with each other.
    Duels,
}

/// A rule that methods leave open: a field of [`Rules`](super::Rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenRule {
    /// Choices that share a rank.
    Overvotes,
    /// Ranks that were left out.
    Skipped,
    /// Choices that a ballot does not rank.
    Unranked,
    /// How many votes elect.
    Quota,
    /// How many are eliminated at a time.
    Elimination,
    /// How long rounds go on.
    Until,
    /// The choice that stands for all who were written in.
    WriteIns,
}

/// What makes a count of very many choices too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// A number for each choice against each other.
    Pairs,
    /// A number for each choice and each score.
    Scores,
    /// Exact fractions of as many places as a ballot has.
    Fractions,
    /// Votes are kept apart for each choice that somebody ranks first.
    FirstRanks,
    /// As many rounds as choices that somebody ranks first, each with a step for every choice.
    Rounds,
}

/// The most choices where each is compared with each other.
pub(super) const MOST_DUELS: usize = 200;
/// The most choices that are ranked.
pub(super) const MOST_RANKED: usize = 1000;
