//! The counter: counts a poll's profile for its pages, in the background where that takes long.
//!
//! A quick count has all ballots that were stored when a page was requested. Long ones run in the background, one at a
//! time in a process and with pauses between them; meanwhile pages show the last count and its time.

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use chrono::NaiveDateTime;
use rocket::tokio::{
    self,
    sync::{Notify, Semaphore},
    task::spawn_blocking,
    time::timeout_at,
};

use crate::{
    count::{Compared, Outcome, Profile},
    db::Engine,
    marks::Kind,
    models::{self, poll::Definition, profile, state::State},
};

/// The longest count that readers wait for, so that they see their own vote.
const QUICK: Duration = Duration::from_millis(100);

/// The pause after a long count, in lengths of that count: so it takes a fifth of a processor at most.
const PAUSE: u32 = 4;

/// How long the first readers wait for a long count.
const COUNT_TIMEOUT: Duration = Duration::from_secs(30);

/// The most steps of a count that is not run in the background: some milliseconds.
const AT_ONCE: usize = 1_000_000;

/// The bytes of a profile's entry beside its marks, and those of an exact number, roughly.
const ENTRY: usize = 48;
const NUMBER: usize = 128;

/// A count, and what was counted.
#[derive(Debug)]
pub struct Counted {
    /// The outcome.
    pub outcome: Outcome,
    /// When its ballots were read, in UTC.
    pub at: NaiveDateTime,
    /// The profile that was counted.
    pub profile: Profile,
    /// The same ballots counted by other methods, from the first request for that on.
    pub comparison: OnceLock<Vec<Compared>>,
    /// The sizes of its files in bytes, from the first request for them on.
    pub sizes: OnceLock<Vec<u64>>,
    of: Subject,
}

impl Counted {
    /// How much memory it takes, roughly.
    pub fn bytes(&self) -> usize {
        let outcome = &self.outcome;
        let profile: usize = self.profile.iter().map(|(marks, _)| ENTRY + marks.len()).sum();
        let rounds: usize = outcome.rounds.iter().map(|round| round.standings.len() + round.flows.len()).sum();
        let pairs: usize = outcome.matrices.iter().flat_map(|matrix| &matrix.rows).map(Vec::len).sum();
        let scores: usize = outcome.distribution.iter().flat_map(|scores| &scores.scores).map(Vec::len).sum();
        profile + (outcome.tally.len() + rounds) * NUMBER + (pairs + scores) * size_of::<u64>()
    }
}

/// What a count is for: a count of one subject has the same choices, rules and lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Subject {
    poll_id: i64,
    revision: i64,
    closed: bool,
}

/// Why there is no count.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CounterError {
    /// The profile has marks that do not fit the poll, perhaps because its definition is an old one.
    #[error("the profile has marks that do not fit the poll")]
    Unreadable,
    /// It takes too long, or the database failed.
    #[error("{0}")]
    Failed(String),
}

/// The counts of one poll.
#[derive(Default)]
pub struct Counter {
    state: Mutex<Counts>,
    done: Notify,
}

#[derive(Default)]
struct Counts {
    last: Option<Arc<Counted>>,
    took: Duration,
    running: bool,
    paused_until: Option<Instant>,
    failure: Option<CounterError>,
}

impl Counter {
    /// The count of a poll in this `state` with so many `ballots`; a small `profile` is counted at once.
    ///
    /// # Errors
    /// [`CounterError`].
    pub async fn count(
        self: &Arc<Self>,
        engine: &Engine,
        turns: &Arc<Semaphore>,
        definition: &Arc<Definition>,
        state: State,
        ballots: u64,
        profile: Option<Profile>,
    ) -> Result<Arc<Counted>, CounterError> {
        let of =
            Subject { poll_id: definition.poll.id, revision: definition.poll.revision, closed: state == State::Closed };
        if let Some(profile) = profile.filter(|profile| is_small(definition, profile.len())) {
            let counted = counted(definition, state, of, models::now(), profile)?;
            return Ok(Arc::new(counted));
        }
        let deadline = tokio::time::Instant::now() + COUNT_TIMEOUT;
        loop {
            // Asked for before looking, so that a count that ends in between is not missed.
            let done = self.done.notified();
            {
                let mut counts = self.counts();
                let fits = counts.last.clone().filter(|last| last.of == of);
                if let Some(last) = fits.as_ref().filter(|last| last.outcome.ballots >= ballots) {
                    return Ok(last.clone());
                }
                let may_start = counts.paused_until.is_none_or(|until| until <= Instant::now()) || fits.is_none();
                if !counts.running && may_start {
                    counts.running = true;
                    counts.failure = None;
                    self.start(engine.clone(), turns.clone(), definition.clone(), state, of);
                }
                if let Some(last) = fits.filter(|_| counts.took > QUICK) {
                    return Ok(last);
                }
            }
            if timeout_at(deadline, done).await.is_err() {
                return Err(CounterError::Failed("a long count is still under way".into()));
            }
            if let Some(failure) = self.counts().failure.take() {
                return Err(failure);
            }
        }
    }

    fn start(
        self: &Arc<Self>,
        engine: Engine,
        turns: Arc<Semaphore>,
        definition: Arc<Definition>,
        state: State,
        of: Subject,
    ) {
        let counter = self.clone();
        tokio::spawn(async move {
            let turn = turns.acquire().await;
            let began = Instant::now();
            let result = count_now(&engine, definition, state, of).await;
            let took = began.elapsed();
            drop(turn);
            let mut counts = counter.counts();
            counts.running = false;
            counts.took = took;
            counts.paused_until = (took > QUICK).then(|| Instant::now() + took * PAUSE);
            match result {
                Ok(counted) => counts.last = Some(Arc::new(counted)),
                Err(why) => counts.failure = Some(why),
            }
            drop(counts);
            counter.done.notify_waiters();
        });
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn count_now(
    engine: &Engine,
    definition: Arc<Definition>,
    state: State,
    of: Subject,
) -> Result<Counted, CounterError> {
    let failed = |error: String| CounterError::Failed(error);
    let mut db = engine.without_query_timeout().connection().await.map_err(|error| failed(error.to_string()))?;
    let at = models::now();
    let profile = profile::read(&mut db, of.poll_id).await.map_err(|error| failed(error.to_string()))?;
    drop(db);
    let count = spawn_blocking(move || counted(&definition, state, of, at, profile));
    count.await.map_err(|error| failed(error.to_string()))?
}

fn counted(
    definition: &Definition,
    state: State,
    of: Subject,
    at: NaiveDateTime,
    profile: Profile,
) -> Result<Counted, CounterError> {
    let outcome = definition.count(state, &profile).map_err(|_| CounterError::Unreadable)?;
    Ok(Counted { outcome, at, profile, comparison: OnceLock::new(), sizes: OnceLock::new(), of })
}

/// Whether a count is quick, by the most steps that any method of its kind takes.
fn is_small(definition: &Definition, rows: usize) -> bool {
    let choices = definition.choices.len();
    let steps = match definition.poll.settings.marking().form().kind {
        Kind::Pick | Kind::Approval => 0,
        Kind::Score => rows * choices,
        Kind::Ranking => (rows + choices) * choices * choices,
    };
    steps <= AT_ONCE
}
