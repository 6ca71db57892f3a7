//! The ballot box: the one writer of ballots in a process, by group commit.
//!
//! A ballot goes into a bounded queue with a channel for its answer. One task takes all that is queued,
//! writes it in one transaction, and answers each; while one batch goes to disk the next gathers, so
//! there is no timer. Invariants: nobody is told "counted" before the commit; nothing waits without
//! bound. A batch that takes too long is given up with its connection: it may be stored all the same, and its voters
//! are told that it could not be confirmed.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use rocket::tokio::{
    select,
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
};

use crate::{
    db::{Engine, OpenError},
    gather::gather,
    models::{
        self,
        ballot::{self, Cast, NewBallot},
    },
};

/// The most ballots in one transaction: enough to carry any load, few enough to answer soon.
const BATCH: usize = 1024;

/// How long a batch may take, the connection included.
const LIMIT: Duration = Duration::from_millis(5500);

/// How many parts the profile has on PostgreSQL: processes that drew different ones never wait for one row.
const SHARDS: u32 = 32;

/// Why a ballot was not cast. The voter may try again; with the same key it can't count twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CastError {
    /// More ballots wait than the queue holds.
    #[error("too many ballots are waiting")]
    Full,
    /// The batch failed or took too long; the log has the reason. Where the connection to the database
    /// broke during the commit, or the answer is late, the ballot may be stored all the same.
    #[error("the ballot could not be confirmed")]
    Failed,
}

struct Pending {
    ballot: NewBallot,
    answer: oneshot::Sender<Result<Cast, CastError>>,
}

/// How long the writer is called failing after a batch that could not be stored, unless a later one was.
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
        rocket::tokio::spawn(write(engine.with_query_timeout(LIMIT), ballots, Arc::clone(&failed_at)));
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

    /// Casts a ballot: when this returns [`Cast::Counted`], it is on disk and in the tally.
    ///
    /// # Errors
    /// [`CastError`], also when `patience` ends before the answer is there.
    pub async fn cast(&self, ballot: NewBallot, patience: impl Future<Output = ()>) -> Result<Cast, CastError> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Pending { ballot, answer }).map_err(|error| match error {
            TrySendError::Full(_) => CastError::Full,
            TrySendError::Closed(_) => CastError::Failed,
        })?;
        // Only the answer is given up here, never the batch.
        select! {
            biased;
            cast = answered => cast.unwrap_or(Err(CastError::Failed)),
            () = patience => Err(CastError::Failed),
        }
    }
}

async fn write(engine: Engine, mut queue: mpsc::Receiver<Pending>, failed_at: Arc<Mutex<Option<Instant>>>) {
    let shard = shard(&engine);
    let mut lost = Lost::default();
    let mut pending = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut pending, BATCH).await > 0 {
        // Those who are at the door already come along: a sync to disk is worth many ballots.
        gather(|| queue.len() as u64).await;
        while pending.len() < BATCH
            && let Ok(ballot) = queue.try_recv()
        {
            pending.push(ballot);
        }
        let (batch, answers): (Vec<_>, Vec<_>) = pending.drain(..).map(|p| (p.ballot, p.answer)).unzip();
        let casts = commit(&engine, &batch, shard, &mut lost).await;
        let failed = casts.iter().any(Result::is_err).then(Instant::now);
        *failed_at.lock().unwrap_or_else(PoisonError::into_inner) = failed;
        for (answer, cast) in answers.into_iter().zip(casts) {
            // A voter who has left needs no answer.
            let _ = answer.send(cast);
        }
    }
}

/// Commits a batch; one that a single ballot spoils is committed ballot by ballot.
async fn commit(engine: &Engine, batch: &[NewBallot], shard: i32, lost: &mut Lost) -> Vec<Result<Cast, CastError>> {
    match try_commit(engine, batch, shard).await {
        Ok(casts) => casts.into_iter().map(Ok).collect(),
        Err(error) if batch.len() > 1 && error.is_of_one_ballot() => {
            log::warn!("a batch of {} ballots is cast singly: {error}", batch.len());
            let mut casts = Vec::with_capacity(batch.len());
            for ballot in batch {
                casts.extend(Box::pin(commit(engine, std::slice::from_ref(ballot), shard, lost)).await);
            }
            casts
        }
        Err(error) => {
            lost.log(batch.len(), &error);
            vec![Err(CastError::Failed); batch.len()]
        }
    }
}

async fn try_commit(engine: &Engine, batch: &[NewBallot], shard: i32) -> Result<Vec<Cast>, WriteError> {
    let mut db = engine.connection().await?;
    Ok(ballot::cast(&mut db, batch, models::now(), shard).await?)
}

/// What failed since the log last told of it: an outage must not fill the disk with its own story.
#[derive(Default)]
struct Lost {
    ballots: usize,
    told: Option<Instant>,
}

impl Lost {
    fn log(&mut self, ballots: usize, error: &WriteError) {
        self.ballots += ballots;
        if self.told.is_none_or(|told| told.elapsed() >= Duration::from_secs(1)) {
            log::error!("{} ballots could not be stored, and their voters were told so: {error}", self.ballots);
            *self = Self { ballots: 0, told: Some(Instant::now()) };
        }
    }
}

/// This process's part of the profile, drawn at its start: in containers all processes have the same number.
/// SQLite has one writer at a time whatever the part.
fn shard(engine: &Engine) -> i32 {
    match engine.is_postgres() {
        false => 0,
        // Without random bytes a part is shared, which is right and only slower.
        true => (getrandom::u32().unwrap_or(0) % SHARDS).cast_signed(),
    }
}

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl WriteError {
    /// Whether a single ballot can be the cause: only a violated constraint can, and it certainly stored nothing.
    fn is_of_one_ballot(&self) -> bool {
        use DatabaseErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
        matches!(
            self,
            Self::Query(QueryError::DatabaseError(
                CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation,
                _
            ))
        )
    }
}
