//! Counting: a pure function from ballots and a method to an outcome; a file a method.
//!
//! Never touches a database, a clock, chance or HTTP, and uses no floating point: the same ballots give the same
//! outcome on every machine, in whatever order they come. An outcome is made of facts; `crate::words` has the sentences.

mod approval;
mod baldwin;
mod ballots;
mod borda;
mod comparison;
mod condorcet;
mod copeland;
mod dowdall;
mod event;
mod irv;
mod lot_effect;
mod majority;
mod meek;
mod method;
mod minimax;
mod number;
mod outcome;
mod pairwise;
mod piles;
mod plurality;
mod ranked_pairs;
mod reason;
mod rules;
mod schulze;
mod score;
mod seats;
mod spec;
mod star;
mod star_ties;
mod stv;
mod tallied;
mod ties;
mod transfers;
mod two_round;

pub use ballots::{Ballot, Ballots, Mark};
pub use comparison::{Compared, compare, is_too_long};
pub use dowdall::places as dowdall_places;
pub use event::{Event, Stage};
pub use method::Method;
pub use number::Number;
pub use outcome::{Distribution, Fate, Flow, Matrix, MatrixKind, Outcome, Round, Standing, Unit};
pub use pairwise::{DefeatSize, Strength};
pub use reason::{Reached, Reason};
pub use rules::{Elimination, Lots, Overvotes, Quota, Rules, Skipped, Unranked, Until};
pub use spec::{Cost, Family, OpenRule, Spec};
pub use ties::{Tie, TieAt, TieRule};

use crate::marks::Kind;
use pairwise::Pairwise;

/// The most ballots that are counted: a table of duels holds no greater number.
pub const MOST_BALLOTS: u64 = i64::MAX.unsigned_abs();

/// A preference profile: each distinct marks text with how many ballots bear it.
pub type Profile = Vec<(String, u64)>;

/// What is counted but for the ballots: the choices, how many of them are to be elected, and the open rules.
#[derive(Debug, Clone)]
pub struct Contest<'c> {
    /// The choices' keys, in the order of the ballot.
    pub keys: &'c [&'c str],
    /// Their labels, for sentences.
    pub labels: &'c [&'c str],
    /// How many are to be elected.
    pub seats: usize,
    /// The highest score of a ballot of scores; each of those up to it is counted apart.
    pub highest: u32,
    /// The rules that the method leaves open.
    pub rules: Rules,
    /// The last resort in every tie.
    pub lots: Lots,
}

impl<'c> Contest<'c> {
    /// One seat, scores to 5, every rule at its default and lots in the order of the ballot.
    pub fn new(keys: &'c [&'c str], labels: &'c [&'c str]) -> Self {
        Self { keys, labels, seats: 1, highest: 5, rules: Rules::default(), lots: Lots::as_listed(keys.len()) }
    }

    /// How many choices there are.
    pub fn choices(&self) -> usize {
        self.keys.len()
    }

    /// The outcome before anything is counted: the numbers of ballots, and nobody elected.
    fn outcome(&self, method: Method, ballots: &Ballots) -> Outcome {
        Outcome {
            method,
            seats: self.seats,
            ballots: ballots.total(),
            blank: ballots.blank(),
            elected: Vec::new(),
            reason: None,
            ranking: Vec::new(),
            tally: Vec::new(),
            unit: Unit::Votes,
            rounds: Vec::new(),
            matrices: Vec::new(),
            distribution: None,
            ties: Vec::new(),
            ties_without_effect: Vec::new(),
            level: Vec::new(),
        }
    }
}

/// Why ballots can't be counted so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountError {
    /// The method reads no ballots of this kind.
    Kind {
        /// The method.
        method: Method,
        /// What is marked on the ballots.
        kind: Kind,
    },
    /// The method elects one only.
    Seats {
        /// The method.
        method: Method,
        /// How many were to be elected.
        seats: usize,
    },
    /// A score above the highest that the contest takes.
    TooHigh {
        /// The score.
        score: u32,
        /// The highest.
        highest: u32,
    },
    /// More ballots than [`MOST_BALLOTS`].
    TooMany,
    /// There is nothing to elect, or nobody to be elected.
    Nothing,
}

/// Marks in the profile that are no ballot among the choices given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableMarks(pub String);

/// Counts `ballots` by `method`.
///
/// # Errors
/// [`CountError`] where the method does not read such ballots or so many of them, or fills no such number of seats.
pub fn count(method: Method, contest: &Contest<'_>, ballots: &Ballots) -> Result<Outcome, CountError> {
    if contest.seats == 0 || contest.choices() == 0 {
        return Err(CountError::Nothing);
    }
    if contest.seats > 1 && !method.takes_seats() {
        return Err(CountError::Seats { method, seats: contest.seats });
    }
    if !method.reads(ballots.kind()) {
        return Err(CountError::Kind { method, kind: ballots.kind() });
    }
    if ballots.total() > MOST_BALLOTS {
        return Err(CountError::TooMany);
    }
    if ballots.kind() == Kind::Score {
        let highest = contest.highest;
        let scores = ballots.iter().flat_map(|ballot| ballot.marks).map(|mark| mark.value);
        if let Some(score) = scores.max().filter(|score| *score > highest) {
            return Err(CountError::TooHigh { score, highest });
        }
    }
    Ok((method.spec().count)(contest, ballots))
}
