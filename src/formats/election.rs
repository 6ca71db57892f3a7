//! An election as it is read from a file.

use crate::{
    count::{Contest, Lots, Method, Profile, Rules},
    marks::{self, Kind},
};

/// Choices, ballots and what a file says about the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    /// The question, or empty.
    pub title: String,
    /// In the order of the ballot.
    pub choices: Vec<NamedChoice>,
    /// The kind of the marks.
    pub kind: Kind,
    /// Each distinct marks text once, sorted: in canonical form, but with skipped ranks (`a>>b`).
    pub profile: Profile,
    /// The method that counts it.
    pub method: Option<Method>,
    /// How many choices win.
    pub seats: Option<usize>,
    /// The highest score that could be given.
    pub highest: Option<u32>,
    /// The lot order: positions from 0, the first drawn first.
    pub lots: Option<Vec<usize>>,
    /// The seed that lots are drawn from, where the file has no lot order.
    pub seed: Option<String>,
    /// The rules that methods leave open; the default for each that the file does not have.
    pub rules: Rules,
    /// The choices that were on the ballot and are left out: their positions there from 0, sorted.
    pub left_out: Vec<usize>,
    /// A sentence for each thing that the reader ignored or changed.
    pub notes: Vec<String>,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedChoice {
    /// The key, which marks refer to.
    pub key: String,
    /// The label.
    pub label: String,
}

impl Election {
    /// An election without choices and ballots.
    pub fn new(kind: Kind) -> Self {
        Self {
            title: String::new(),
            choices: Vec::new(),
            kind,
            profile: Vec::new(),
            method: None,
            seats: None,
            highest: None,
            lots: None,
            seed: None,
            rules: Rules::default(),
            left_out: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The choices' keys.
    pub fn keys(&self) -> Vec<&str> {
        self.choices.iter().map(|choice| choice.key.as_str()).collect()
    }

    /// The choices' labels.
    pub fn labels(&self) -> Vec<&str> {
        self.choices.iter().map(|choice| choice.label.as_str()).collect()
    }

    /// Everything that a count needs beside the ballots. Defaults: one seat; lots by the seed and the choices' numbers on
    /// the ballot, or without a seed in the order of the ballot; the highest score 5, or the highest on any ballot.
    pub fn contest<'c>(&self, keys: &'c [&'c str], labels: &'c [&'c str]) -> Contest<'c> {
        let lots = match (&self.lots, &self.seed) {
            (Some(order), _) => Lots::of(order),
            (None, Some(seed)) => Lots::drawn_by(seed, &self.numbers()),
            (None, None) => Lots::as_listed(keys.len()),
        };
        let contest = Contest::new(keys, labels);
        let highest = self.highest.unwrap_or_else(|| contest.highest.max(self.highest_given()));
        Contest { seats: self.seats.unwrap_or(1), highest, rules: self.rules.clone(), lots, ..contest }
    }

    /// The method of the file, or the simplest for its kind of marks and number of seats.
    pub fn usual_method(&self) -> Method {
        self.method.unwrap_or(match self.kind {
            Kind::Pick => Method::Plurality,
            Kind::Approval => Method::Approval,
            Kind::Score => Method::Score,
            Kind::Ranking if self.seats.is_some_and(|seats| seats > 1) => Method::Stv,
            Kind::Ranking => Method::Irv,
        })
    }

    /// The highest score on any ballot; 0 where there are no scores.
    pub(super) fn highest_given(&self) -> u32 {
        let scores = self.profile.iter().filter(|_| self.kind == Kind::Score);
        scores.flat_map(|(text, _)| marks::read(self.kind, text)).flatten().map(|(_, score)| score).max().unwrap_or(0)
    }
}
