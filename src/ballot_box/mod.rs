//! The ballot box: the one writer of ballots in a process, by group commit.
//!
//! A ballot goes into a bounded queue with a channel for its answer. One task takes all that is queued, writes it in one
//! transaction, and answers each; while one batch goes to disk the next gathers, so there is no timer. Ballots of a poll
//! that is being changed are held back and tried again, so that those of other polls do not wait for it.
//!
//! Invariants: no answer says "counted" before the commit; nothing waits without bound. A batch that takes too long is
//! given up with its connection: it may be stored all the same, so its voters read that it could not be confirmed.

mod commit;
mod held;
mod writer;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rocket::tokio::{
    select,
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
};

use crate::{
    db::Engine,
    models::ballot::{Cast, NewBallot},
};
use writer::{Pending, Writer};

pub use commit::CastError;

/// How long the writer counts as failing after a batch that was not stored, unless a later one is stored.
const FAILING: Duration = Duration::from_secs(5);

/// A handle to the writer. It ends, its queue empty, when the last handle is dropped.
pub struct BallotBox {
    queue: mpsc::Sender<Pending>,
    failed_at: Arc<Mutex<Option<Instant>>>,
}

impl BallotBox {
    /// Starts the writer, with room for `capacity` ballots that wait.
    pub fn open(engine: Engine, capacity: usize) -> Self {
        let (queue, ballots) = mpsc::channel(capacity);
        let failed_at = Arc::default();
        rocket::tokio::spawn(Writer::new(engine, ballots, capacity, Arc::clone(&failed_at)).run());
        Self { queue, failed_at }
    }

    /// Whether the last ballots could not be stored, a moment ago.
    pub fn is_failing(&self) -> bool {
        let failed_at = *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|at| at.elapsed() < FAILING)
    }

    /// Whether the writer is there; where it is not, only a new process has one.
    pub fn is_open(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Casts a ballot: when this returns [`Cast::Counted`], it is on disk and in the profile. It never returns
    /// [`Cast::Locked`]: such a ballot is tried again.
    ///
    /// # Errors
    /// [`CastError`], also when `timeout` ends before the answer is there.
    pub async fn cast(&self, ballot: NewBallot, timeout: impl Future<Output = ()>) -> Result<Cast, CastError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Pending::new(ballot, answer)).map_err(|error| match error {
            TrySendError::Full(_) => CastError::Full,
            TrySendError::Closed(_) => CastError::Failed,
        })?;
        // Only the answer is given up here, never the batch.
        select! {
            biased;
            cast = answered => cast.unwrap_or(Err(CastError::Failed)),
            () = timeout => Err(CastError::Failed),
        }
    }
}
