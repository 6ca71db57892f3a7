//! The writer: takes ballots from the queue, commits them in batches and answers each.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rocket::tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    commit::{CastError, Committer},
    held::Held,
};
use crate::{
    db::Engine,
    gather::gather,
    models::ballot::{Cast, NewBallot},
};

/// The most ballots in one transaction: enough to carry any load, few enough to answer soon.
const BATCH: usize = 1024;

/// How long a batch may take, the connection included, and how long a ballot may wait for a change of its poll.
const LIMIT: Duration = Duration::from_millis(5500);

/// After so long ballots that are held back are tried again, where no other ballot comes before.
const RETRY: Duration = Duration::from_millis(5);

type Answer = Result<Cast, CastError>;

/// A ballot that waits, and the channel for its answer.
pub struct Pending {
    ballot: NewBallot,
    answer: oneshot::Sender<Answer>,
    since: Instant,
}

impl Pending {
    /// A ballot that waits from now on.
    pub fn new(ballot: NewBallot, answer: oneshot::Sender<Answer>) -> Self {
        Self { ballot, answer, since: Instant::now() }
    }

    fn answer(self, answer: Answer) {
        // A voter who has left needs no answer.
        let _ = self.answer.send(answer);
    }
}

/// The task that writes.
pub struct Writer {
    committer: Committer,
    queue: mpsc::Receiver<Pending>,
    capacity: usize,
    /// The next ballots to be cast.
    ready: Vec<Pending>,
    /// Those of polls that were being changed when they were last tried.
    held: Held<Pending>,
    failed_at: Arc<Mutex<Option<Instant>>>,
}

impl Writer {
    /// A writer of the ballots in `queue`, which holds as many as `capacity`. It keeps in `failed_at` when ballots could
    /// not be stored.
    pub fn new(
        engine: Engine,
        queue: mpsc::Receiver<Pending>,
        capacity: usize,
        failed_at: Arc<Mutex<Option<Instant>>>,
    ) -> Self {
        Self {
            committer: Committer::new(engine.with_query_timeout(LIMIT)),
            queue,
            capacity,
            ready: Vec::with_capacity(BATCH),
            held: Held::default(),
            failed_at,
        }
    }

    /// Writes until the queue is closed and empty.
    pub async fn run(mut self) {
        while self.wait().await {
            let batch = self.next_batch().await;
            if !batch.is_empty() {
                self.write(batch).await;
            }
            for expired in self.held.pop_expired(|pending| pending.since.elapsed() > LIMIT) {
                expired.answer(Err(CastError::Failed));
            }
        }
    }

    /// Waits until a ballot is ready, or it is time to try those that are held back; `false` when none will come.
    async fn wait(&mut self) -> bool {
        if !self.ready.is_empty() {
            return true;
        }
        if self.held.len() == 0 {
            return self.queue.recv_many(&mut self.ready, BATCH).await > 0;
        }
        if timeout(RETRY, self.queue.recv_many(&mut self.ready, BATCH)).await == Ok(0) {
            // The queue is closed.
            sleep(RETRY).await;
        }
        true
    }

    /// The ballots that are ready and those on their way, with one of each poll that was being changed.
    async fn next_batch(&mut self) -> Vec<Pending> {
        // One sync to disk is worth many ballots.
        gather(|| self.queue.len() as u64).await;
        while self.ready.len() < BATCH
            && let Ok(pending) = self.queue.try_recv()
        {
            self.ready.push(pending);
        }
        let rest = self.ready.split_off(self.ready.len().min(BATCH));
        let mut batch = self.held.pop_oldest();
        for pending in mem::replace(&mut self.ready, rest) {
            match self.held.contains(pending.ballot.poll_id) {
                true => self.hold(pending),
                false => batch.push(pending),
            }
        }
        batch
    }

    /// Commits a batch and answers each of its ballots, but for those of polls that are being changed.
    async fn write(&mut self, batch: Vec<Pending>) {
        let ballots: Vec<NewBallot> = batch.iter().map(|pending| pending.ballot.clone()).collect();
        let answers = self.committer.commit(&ballots).await;
        let failed = answers.iter().any(Result::is_err).then(Instant::now);
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = failed;
        // The last first, so that the oldest of those that are held back comes to the front.
        for (pending, answer) in batch.into_iter().zip(answers).rev() {
            let poll_id = pending.ballot.poll_id;
            if answer == Ok(Cast::Locked) {
                self.held.push_front(poll_id, pending);
            } else {
                self.ready.extend(self.held.release(poll_id));
                pending.answer(answer);
            }
        }
    }

    /// Holds a ballot back whose poll is being changed, where there is room.
    fn hold(&mut self, pending: Pending) {
        match self.held.len() < self.capacity {
            true => self.held.push(pending.ballot.poll_id, pending),
            false => pending.answer(Err(CastError::Full)),
        }
    }
}
