//! How a poll's preference profile is counted, and what its lots are drawn from.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::{
    poll::{Definition, Poll},
    state::State,
};
use crate::count::{self, Ballots, Contest, CountError, Lots, Outcome, Rules, UnreadableMarks};

impl Poll {
    /// What its lots are drawn from, as it may be known at a state: the seed once it is closed, and before that
    /// what commits to it, so that nobody can tell the lots and no ballot is cast in their knowledge.
    pub fn public_seed(&self, state: State) -> String {
        if state == State::Closed { self.seed.clone() } else { self.commitment() }
    }

    /// The SHA-256 of its seed, in hexadecimal: shown from the start, so that nobody can pick another seed later.
    pub fn commitment(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(&self.seed))
    }
}

/// Why a profile was not counted.
#[derive(Debug)]
pub enum ProfileError {
    /// It has marks that are none of the poll's.
    Marks(UnreadableMarks),
    /// The poll's method can't count so.
    Count(CountError),
}

/// What is counted of a poll, but for the ballots: its choices' keys and labels.
pub struct Names<'d> {
    keys: Vec<&'d str>,
    labels: Vec<&'d str>,
}

impl Definition {
    /// The choices' labels, in the order of the ballot.
    pub fn labels(&self) -> Vec<&str> {
        self.choices.iter().map(|choice| choice.label.as_str()).collect()
    }

    /// The choices' keys and labels, which a contest refers to.
    pub fn names(&self) -> Names<'_> {
        Names { keys: self.keys().collect(), labels: self.labels() }
    }

    /// The outcome of this profile at a state of the poll.
    ///
    /// # Errors
    /// [`ProfileError`] where the profile is not of this definition.
    pub fn count(&self, state: State, profile: &[(String, u64)]) -> Result<Outcome, ProfileError> {
        let names = self.names();
        let contest = self.contest(&names, state);
        let ballots = Ballots::read(self.poll.settings.marking().form().kind, contest.keys, profile)
            .map_err(ProfileError::Marks)?;
        count::count(self.poll.settings.method, &contest, &ballots).map_err(ProfileError::Count)
    }

    /// What is counted at a state of the poll, but for the ballots.
    pub fn contest<'n>(&self, names: &'n Names<'_>, state: State) -> Contest<'n> {
        let marking = self.poll.settings.marking();
        Contest {
            keys: &names.keys,
            labels: &names.labels,
            seats: marking.seats.unsigned_abs() as usize,
            highest: marking.highest.unsigned_abs(),
            rules: Rules::default(),
            lots: Lots::drawn(&self.poll.public_seed(state), self.choices.len()),
        }
    }
}
