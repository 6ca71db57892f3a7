//! Commits a batch, or says why its ballots are not stored.

use std::time::{Duration, Instant};

use diesel::result::{DatabaseErrorKind, Error as QueryError};

use crate::{
    db::{Engine, OpenError},
    models::{
        self,
        ballot::{self, Cast, NewBallot},
    },
};

/// How many parts the profile has on PostgreSQL: processes that drew different ones never wait for one row.
const SHARDS: u32 = 32;

/// How often the log may say that ballots could not be stored: an outage must not fill the disk.
const LOG_EVERY: Duration = Duration::from_secs(1);

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

/// Commits batches.
pub struct Committer {
    engine: Engine,
    shard: i32,
    failures: Failures,
}

impl Committer {
    /// A committer to `engine`.
    pub fn new(engine: Engine) -> Self {
        Self { shard: shard(&engine), engine, failures: Failures::default() }
    }

    /// Commits a batch, and gives the result of each ballot. A batch that fails because of a single ballot is committed
    /// ballot by ballot.
    pub async fn commit(&mut self, batch: &[NewBallot]) -> Vec<Result<Cast, CastError>> {
        match self.try_commit(batch).await {
            Ok(casts) => casts.into_iter().map(Ok).collect(),
            Err(error) if batch.len() > 1 && error.is_of_one_ballot() => {
                log::warn!("a batch of {} ballots is cast singly: {error}", batch.len());
                let mut casts = Vec::with_capacity(batch.len());
                for ballot in batch.chunks(1) {
                    casts.extend(Box::pin(self.commit(ballot)).await);
                }
                casts
            }
            Err(error) => {
                self.failures.log(batch.len(), &error);
                vec![Err(CastError::Failed); batch.len()]
            }
        }
    }

    async fn try_commit(&self, batch: &[NewBallot]) -> Result<Vec<Cast>, WriteError> {
        let mut db = self.engine.connection().await?;
        Ok(ballot::cast(&mut db, batch, models::now(), self.shard).await?)
    }
}

/// The ballots that could not be stored since the last line in the log.
#[derive(Default)]
struct Failures {
    ballots: usize,
    logged_at: Option<Instant>,
}

impl Failures {
    fn log(&mut self, ballots: usize, error: &WriteError) {
        self.ballots += ballots;
        if self.logged_at.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            log::error!(
                "{} ballots could not be stored, and their voters were asked to try again: {error}",
                self.ballots
            );
            *self = Self { ballots: 0, logged_at: Some(Instant::now()) };
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
