//! Voting: casts what a voter sends as a ballot, or refuses it with a reason.
//!
//! All rules of casting are here, for forms and programs alike. Knows no HTTP, no HTML and no sentence.

mod limit;
mod marking;
mod mistake;
mod refusal;

pub use limit::VoteLimit;
pub use marking::{Action, Submission};
pub use mistake::{Mistake, Wrong};
pub use refusal::{Field, Refusal, RefusalReason};

use std::{net::IpAddr, sync::Arc, time::Instant};

use crate::{
    ballot_box::BallotBox,
    credentials::{Purpose, Secret, is_submission_key},
    marks::Marks,
    models::{
        ballot::{Cast, NewBallot},
        eligibility::Eligibility,
        poll::{Definition, Poll, Which},
        state::State,
    },
    scoreboard::{Scoreboard, Snapshot},
    text,
};

/// How often a vote is tried, where its poll changes meanwhile.
const TRIES: usize = 8;

/// What is known of a voter.
#[derive(Debug, Clone, Default)]
pub struct VoterFacts {
    /// The organiser who is signed in.
    pub organiser: Option<i64>,
    /// The random number in the browser's cookie.
    pub browser: Option<String>,
    /// The network that the vote comes from; `None` where it is unknown.
    pub network: Option<IpAddr>,
}

/// The result of a submission.
#[derive(Debug)]
pub enum Vote {
    /// A ballot is stored: this one, or an earlier one of the same voter.
    Cast {
        /// The poll and its choices.
        definition: Arc<Definition>,
        /// Whether it is an earlier one.
        before: bool,
    },
    /// Nothing is stored yet: the voter reviews the marks first.
    Review {
        /// The poll and its choices.
        definition: Arc<Definition>,
        /// The marks to review.
        marks: Marks,
    },
    /// Nothing is stored: the voter asked for the ballot again, to change it.
    Edit(Snapshot),
}

/// Takes votes.
#[derive(Clone, Copy)]
pub struct Voting<'s> {
    /// Reads polls.
    pub scoreboard: &'s Scoreboard,
    /// Writes ballots.
    pub ballot_box: &'s BallotBox,
    /// Hashes credentials.
    pub secret: &'s Secret,
    /// Limits votes by network.
    pub limit: &'s VoteLimit,
}

impl Voting<'_> {
    /// Casts the ballot of a submission in a poll, as the poll is when the ballot is written. `timeout` gives for each
    /// try what ends the wait for the database.
    ///
    /// # Errors
    /// [`Refusal`] where no ballot was cast, or nobody knows whether one was.
    pub async fn cast<P: Future<Output = ()>>(
        self,
        poll: Which,
        voter: &VoterFacts,
        submission: &Submission<'_>,
        timeout: impl Fn() -> P,
    ) -> Result<Vote, Refusal> {
        let mut which = poll;
        let mut definition = match self.scoreboard.definition(&which).await? {
            Some(definition) => definition,
            None => self.find(&mut which).await?.board.definition.clone(),
        };
        for _ in 0..TRIES {
            let attempt = self.attempt(voter, submission, &definition, &timeout).await?;
            if let Attempt::Cast(before) = attempt {
                return Ok(Vote::Cast { definition, before });
            }
            // Not cast, but perhaps only by an old definition.
            let snapshot = self.visible(&mut which, voter).await?;
            let board = &snapshot.board;
            let is_open = matches!(board.state, State::Draft | State::Open);
            if is_open && !Arc::ptr_eq(&board.definition, &definition) {
                definition = board.definition.clone();
                continue;
            }
            if submission.action == Action::Edit {
                return Ok(Vote::Edit(snapshot));
            }
            let reason = match (board.state, attempt) {
                (State::Upcoming, _) => RefusalReason::NotOpen,
                (State::Closed, _) => RefusalReason::Closed,
                (_, Attempt::Review(marks)) => return Ok(Vote::Review { definition, marks }),
                (_, Attempt::Refused(reason)) => reason,
                (_, Attempt::Outdated | Attempt::Cast(_)) => continue,
            };
            return Err(Refusal::Refused { snapshot, reason });
        }
        Err(Refusal::Busy)
    }

    /// A poll that this voter may see, also where it has moved to another address.
    ///
    /// # Errors
    /// [`Refusal::NoPoll`], or that it can't be read.
    pub async fn visible(self, which: &mut Which, voter: &VoterFacts) -> Result<Snapshot, Refusal> {
        let snapshot = self.find(which).await?;
        if voter.may_see(&snapshot.board.definition.poll) {
            return Ok(snapshot);
        }
        // Another organiser's draft now has the address that the poll had.
        self.follow(which).await?;
        let snapshot = self.find(which).await?;
        if voter.may_see(&snapshot.board.definition.poll) { Ok(snapshot) } else { Err(Refusal::NoPoll) }
    }

    /// Tries to cast the ballot by this definition of its poll.
    async fn attempt<P: Future<Output = ()>>(
        self,
        voter: &VoterFacts,
        submission: &Submission<'_>,
        definition: &Arc<Definition>,
        timeout: &impl Fn() -> P,
    ) -> Result<Attempt, Refusal> {
        let poll = &definition.poll;
        let ballot = match self.ballot(voter, submission, definition) {
            Ok(ballot) => ballot,
            Err(reason) => return Ok(Attempt::Refused(reason)),
        };
        match submission.action {
            _ if !voter.may_see(poll) => return Ok(Attempt::Outdated),
            Action::Edit => return Ok(Attempt::Outdated),
            Action::Cast if poll.settings.review => return Ok(Attempt::Review(ballot.marks)),
            Action::Cast | Action::Confirmed => {}
        }
        let is_limited = !poll.draft && poll.settings.eligibility != Eligibility::Invitation;
        if is_limited && let Err(seconds) = self.limit.take(voter.network, poll.id, Instant::now()) {
            return Ok(Attempt::Refused(RefusalReason::TooMany { seconds }));
        }
        let cast = self.ballot_box.cast(ballot.clone(), timeout()).await;
        if is_limited && !matches!(cast, Ok(Cast::Counted)) {
            self.limit.give_back(voter.network, poll.id);
        }
        match cast {
            Ok(Cast::Counted) => Ok(Attempt::Cast(false)),
            Ok(Cast::CountedBefore) => Ok(Attempt::Cast(true)),
            Ok(Cast::Uninvited) => Ok(Attempt::Refused(RefusalReason::Uninvited)),
            Ok(Cast::Refused | Cast::Locked) => Ok(Attempt::Outdated),
            Err(error) => Err(Refusal::Unstored { definition: definition.clone(), marks: ballot.marks, error }),
        }
    }

    /// The ballot that a submission casts by this definition of its poll.
    fn ballot(
        self,
        voter: &VoterFacts,
        submission: &Submission<'_>,
        definition: &Definition,
    ) -> Result<NewBallot, RefusalReason> {
        let poll = &definition.poll;
        let credential = match poll.settings.eligibility {
            // A draft's test ballots come from its organiser, any number of them.
            _ if poll.draft => None,
            Eligibility::Open => match submission.key {
                Some(key) if !is_submission_key(key) => return Err(RefusalReason::Key),
                key => key.map(|key| self.secret.hash(Purpose::SubmissionKey { poll: poll.id, key })),
            },
            Eligibility::Browser => {
                let number = voter.browser.as_deref().ok_or(RefusalReason::NoBrowser)?;
                Some(self.secret.hash(Purpose::Browser { poll: poll.id, number }))
            }
            Eligibility::Invitation => {
                let code = submission.code.filter(|code| !text::is_empty(code)).ok_or(RefusalReason::NoCode)?;
                Some(self.secret.invitation(code).map_err(RefusalReason::Code)?)
            }
        };
        let marks = submission.marks(definition).map_err(RefusalReason::Marks)?;
        if submission.revision.is_some_and(|seen| seen != poll.revision.to_string()) {
            return Err(RefusalReason::Changed);
        }
        Ok(NewBallot { poll_id: poll.id, revision: poll.revision, marks, credential, rule: poll.settings.eligibility })
    }

    /// A poll, also where it has moved to another address.
    async fn find(self, which: &mut Which) -> Result<Snapshot, Refusal> {
        if let Some(snapshot) = self.scoreboard.read(which).await? {
            return Ok(snapshot);
        }
        self.follow(which).await?;
        self.scoreboard.read(which).await?.ok_or(Refusal::NoPoll)
    }

    /// Changes `which` to the present address of the poll that had this one before.
    async fn follow(self, which: &mut Which) -> Result<(), Refusal> {
        let now = match which {
            Which::Slug(slug) => self.scoreboard.find_slug(slug).await?,
            Which::Featured => None,
        };
        *which = Which::Slug(now.ok_or(Refusal::NoPoll)?);
        Ok(())
    }
}

impl VoterFacts {
    fn may_see(&self, poll: &Poll) -> bool {
        !poll.draft || (self.organiser.is_some() && self.organiser == poll.organiser_id)
    }
}

/// The result of one try to cast a ballot.
enum Attempt {
    /// A ballot is stored; whether it was stored before.
    Cast(bool),
    /// The voter reviews the marks first.
    Review(Marks),
    Refused(RefusalReason),
    /// Nothing was cast: the voter edits the marks, or the poll changed meanwhile.
    Outdated,
}
