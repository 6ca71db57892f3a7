//! One read of a poll: its version, and whatever of it has changed since the last read.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use chrono::NaiveDateTime;
use diesel::QueryResult;

use super::{Board, ReadError, Scoreboard, Slot, Snapshot};
use crate::{
    counter::CounterError,
    db::Connection,
    logging::Paced,
    marks::Kind,
    models::{
        self,
        poll::{Definition, Poll, Which},
        profile::{self, Version},
    },
};

/// How often a poll is read again because it changed meanwhile, as it does while an organiser revokes many invitations.
const TRIES: usize = 16;

/// The pause before the next try to store that a poll is shown as closed.
const RETRY: Duration = Duration::from_secs(1);

/// The result of one try to read a poll.
enum Attempt {
    Read(Snapshot),
    NoPoll,
    /// The poll changed while it was read.
    Changed,
}

impl Scoreboard {
    /// Reads the poll at an address as of now.
    pub(super) async fn read_now(&self, which: &Which, slot: &Slot) -> Result<Option<Snapshot>, ReadError> {
        for _ in 0..TRIES {
            match self.attempt(which, slot).await? {
                Attempt::Read(snapshot) => return Ok(Some(snapshot)),
                Attempt::NoPoll => return Ok(None),
                Attempt::Changed => {}
            }
        }
        Err(ReadError("the profile has marks that are no choice of the poll; run `urna check`".into()))
    }

    /// The version, the definition and the profile are read one after the other. A change that comes between them
    /// shows as another revision, or as marks that fit no choice.
    async fn attempt(&self, which: &Which, slot: &Slot) -> Result<Attempt, ReadError> {
        let mut db = self.engine.connection().await?;
        let now = models::now();
        let Some(found) = profile::look_up(&mut db, which).await? else { return Ok(Attempt::NoPoll) };
        let version = found.version;
        let open_polls = self.open_polls.read(&mut db, found.site_revision, now).await?;
        let last = slot.newest();
        if let Some(board) = last.clone()
            && board.is_of(version, now)
            && !board.is_behind()
            && !self.must_store_closing(&board.definition.poll, version.ballots, now)
        {
            return Ok(Attempt::Read(Snapshot { board, open_polls }));
        }
        let Some(definition) = definition(&mut db, which, version, last.as_deref()).await? else {
            return Ok(Attempt::NoPoll);
        };
        let poll = &definition.poll;
        if (poll.id, poll.revision) != (version.poll_id, version.revision) {
            return Ok(Attempt::Changed);
        }
        if self.must_store_closing(poll, version.ballots, now) && self.store_closing(&mut db, poll, now).await {
            return Ok(Attempt::Changed);
        }
        let profile = match found.profile {
            None if poll.settings.marking().form().kind == Kind::Pick => Some(profile::read(&mut db, poll.id).await?),
            profile => profile,
        };
        // A long count needs it no longer, and others may.
        drop(db);
        let state = poll.state(now);
        let count = slot.counter.count(&self.engine, &self.turns, &definition, state, version.ballots, profile);
        let counted = match count.await {
            Ok(counted) => counted,
            Err(CounterError::Failed(why)) => return Err(ReadError(why.into())),
            Err(CounterError::Unreadable) => return Ok(Attempt::Changed),
        };
        // Ballots may have come in since the look-up that were counted already.
        let ballots = version.ballots.max(counted.outcome.ballots);
        let board = match last {
            Some(last) if last.is_of(version, now) && Arc::ptr_eq(&last.counted, &counted) => last,
            _ => Arc::new(Board { definition, ballots, counted, state }),
        };
        Ok(Attempt::Read(Snapshot { board, open_polls }))
    }

    /// Whether to store now that a poll is shown as closed.
    fn must_store_closing(&self, poll: &Poll, ballots: u64, now: NaiveDateTime) -> bool {
        let failed = *self.unstored.lock().unwrap_or_else(PoisonError::into_inner);
        poll.is_newly_shown_closed(now, ballots) && failed.is_none_or(|failed| failed.elapsed() > RETRY)
    }

    /// Stores that a poll is shown as closed. Where nothing can be written now, its result is shown all the same.
    async fn store_closing(&self, db: &mut Connection, poll: &Poll, now: NaiveDateTime) -> bool {
        static PACED: Paced = Paced::new();
        let stored = poll.remember_shown_closed(db, now).await;
        if let Err(error) = &stored {
            PACED.warn(|count| format!("{count} times it could not be stored that a poll is shown as closed: {error}"));
            *self.unstored.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        stored.is_ok()
    }
}

/// The definition of this version, read where the last board has another one.
async fn definition(
    db: &mut Connection,
    which: &Which,
    version: Version,
    last: Option<&Board>,
) -> QueryResult<Option<Arc<Definition>>> {
    let last = last.map(|board| &board.definition);
    let same = last.filter(|last| (last.poll.id, last.poll.revision) == (version.poll_id, version.revision));
    match same {
        Some(definition) => Ok(Some(definition.clone())),
        None => Ok(Definition::find(db, which).await?.map(Arc::new)),
    }
}
