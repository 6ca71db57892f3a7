//! A board: what a poll's own pages show, as of one moment.

use std::{mem::size_of, sync::Arc};

use chrono::NaiveDateTime;

use crate::{
    counter::Counted,
    models::{choice::Choice, poll::Definition, profile::Version, state::State},
};

/// What a poll's own pages show, as of one moment.
#[derive(Debug)]
pub struct Board {
    /// The poll and its choices.
    pub definition: Arc<Definition>,
    /// How many ballots are in.
    pub ballots: u64,
    /// The count: of all of them, unless a long one is under way.
    pub counted: Arc<Counted>,
    /// Where the poll stood at that moment.
    pub state: State,
}

/// What the content of a board depends on: boards of equal versions have the same content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardVersion {
    pub(crate) poll: Version,
    pub(crate) state: State,
    /// Of which moment the count is, where it is not of all ballots.
    pub(crate) counted_at: Option<NaiveDateTime>,
}

impl BoardVersion {
    /// The same with no votes, for content that does not depend on them.
    #[must_use]
    pub fn of_any_vote(self) -> Self {
        Self { poll: Version { ballots: 0, ..self.poll }, counted_at: None, ..self }
    }

    /// Whether it is surely of an earlier moment than another version of the same poll.
    pub fn is_older_than(self, other: Self) -> bool {
        let counted_at = |version: Self| version.counted_at.unwrap_or(NaiveDateTime::MAX);
        let moment = |version: Self| (version.poll.revision, version.poll.ballots, counted_at(version));
        moment(self) < moment(other)
    }
}

impl Board {
    /// Whether ballots are in that its count does not have yet.
    pub fn is_behind(&self) -> bool {
        self.counted.outcome.ballots < self.ballots
    }

    /// What its content depends on.
    pub fn version(&self) -> BoardVersion {
        BoardVersion {
            poll: self.poll_version(),
            state: self.state,
            counted_at: self.is_behind().then_some(self.counted.at),
        }
    }

    /// The version of its poll.
    pub(super) fn poll_version(&self) -> Version {
        let poll = &self.definition.poll;
        Version { poll_id: poll.id, revision: poll.revision, ballots: self.ballots }
    }

    /// Whether it is what a poll of this version shows at `now`.
    pub(super) fn is_of(&self, version: Version, now: NaiveDateTime) -> bool {
        self.poll_version() == version && self.state == self.definition.poll.state(now)
    }

    /// How much memory it takes, roughly.
    pub(super) fn bytes(&self) -> usize {
        let Definition { poll, choices, asker } = &*self.definition;
        let texts = |choice: &Choice| {
            choice.key.len()
                + choice.label.len()
                + choice.description.len()
                + choice.alt.len()
                + choice.picture.as_ref().map_or(0, String::len)
        };
        let choices: usize = choices.iter().map(|choice| size_of::<Choice>() + texts(choice)).sum();
        size_of::<Definition>()
            + poll.settings.title.len()
            + poll.settings.description.len()
            + asker.as_ref().map_or(0, String::len)
            + choices
            + self.counted.bytes()
    }
}
