//! An election as files tell it.

use crate::{
    count::{Contest, Lots, Method, Profile, Rules},
    marks::{self, Kind},
};

/// Choices, ballots and what a file says of their count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    /// What was asked, or empty.
    pub title: String,
    /// In the order of the ballot.
    pub choices: Vec<Named>,
    /// What is marked.
    pub kind: Kind,
    /// Marks in canonical form, but with a rank that was skipped (`a>>b`); each once, sorted.
    pub profile: Profile,
    /// How it is to be counted.
    pub method: Option<Method>,
    /// How many are to be elected.
    pub seats: Option<usize>,
    /// The highest score that could be given.
    pub highest: Option<u32>,
    /// The lot order: positions from 0, the first drawn first.
    pub lots: Option<Vec<usize>>,
    /// What lots are drawn from, where their order is not told.
    pub seed: Option<String>,
    /// The rules that methods leave open; each at its default where the file says nothing of it.
    pub rules: Rules,
    /// The choices that were on the ballot and are left out: their positions there from 0, sorted.
    pub left_out: Vec<usize>,
    /// What was passed over on reading, a sentence each.
    pub notes: Vec<String>,
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its key in marks.
    pub key: String,
    /// Its name.
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

    /// What is counted but for the ballots, as the file says it: one seat where it says nothing, lots by their order,
    /// else by the seed and the numbers on the whole ballot, else in the order of the ballot; the highest score 5 or what was given.
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

    /// The method that the file names, or the plainest one for its kind of marks and number of seats.
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
