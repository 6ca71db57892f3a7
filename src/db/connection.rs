//! A connection to either engine, the one macro that a query is written in, and transactions.

use std::time::Duration;

use diesel::{
    QueryResult,
    result::{DatabaseErrorKind, Error as QueryError},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection as _, TransactionManager as _};
use rocket::tokio::time::{Instant, timeout_at};

use super::{pool::Pooled, sqlite::AsyncSqliteConnection};

/// A connection to the database, for one task at a time.
///
/// When it is dropped, it goes back to its pool. It is closed instead where a query was cancelled, because the query may
/// still be running, or where a write failed because the connection is read-only: it would stay so.
pub struct Connection {
    inner: Option<Inner>,
    /// When the last query must be answered.
    deadline: Option<Instant>,
    /// Whether a query was started and has not ended.
    is_busy: bool,
    is_read_only: bool,
}

/// The connection of one of the engines.
#[expect(clippy::large_enum_variant, reason = "moved once, out of the pool")]
pub(super) enum Inner {
    /// From a pool of SQLite connections.
    Sqlite(Pooled<AsyncSqliteConnection>),
    /// To a SQLite file that can't be written now; opened for this use only.
    ReadOnlySqlite(Box<AsyncSqliteConnection>),
    /// From a pool of PostgreSQL connections.
    Postgres(Pooled<AsyncPgConnection>),
}

/// The connection that a query runs on.
pub(crate) enum EngineConnection<'a> {
    Sqlite(&'a mut AsyncSqliteConnection),
    Postgres(&'a mut AsyncPgConnection),
}

/// A query that is about to run.
pub(crate) struct Query<'a> {
    is_busy: &'a mut bool,
    is_read_only: &'a mut bool,
    deadline: Option<Instant>,
}

/// Runs a query on either engine: the body, which returns a `QueryResult`, is compiled once for each. Where the engines
/// need different bodies, two are given.
macro_rules! on {
    ($db:expr, $conn:ident => sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {{
        let (connection, query) = $db.begin_query();
        match connection {
            Some($crate::db::connection::EngineConnection::Sqlite($conn)) => query.run(async { $sqlite }).await,
            Some($crate::db::connection::EngineConnection::Postgres($conn)) => query.run(async { $postgres }).await,
            None => Err($crate::db::connection::timed_out()),
        }
    }};
    ($db:expr, $conn:ident => $body:expr) => {
        $crate::db::on!($db, $conn => sqlite: $body, postgres: $body)
    };
}
pub(crate) use on;

impl Connection {
    /// A connection that was requested at `started`; all of its queries must be answered within `timeout` of that.
    pub(super) fn new(inner: Inner, timeout: Option<Duration>, started: Instant) -> Self {
        let deadline = timeout.map(|timeout| started + timeout);
        Self { inner: Some(inner), deadline, is_busy: false, is_read_only: false }
    }

    /// For [`on!`]: the connection to run a query on, or `None` after an earlier query was cancelled.
    pub(crate) fn begin_query(&mut self) -> (Option<EngineConnection<'_>>, Query<'_>) {
        let Self { inner, deadline, is_busy, is_read_only } = self;
        let connection = match inner {
            _ if *is_busy => None,
            Some(Inner::Sqlite(conn)) => Some(EngineConnection::Sqlite(conn)),
            Some(Inner::ReadOnlySqlite(conn)) => Some(EngineConnection::Sqlite(conn)),
            Some(Inner::Postgres(conn)) => Some(EngineConnection::Postgres(conn)),
            None => None,
        };
        (connection, Query { is_busy, is_read_only, deadline: *deadline })
    }

    /// Whether the engine is PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.inner, Some(Inner::Postgres(_)))
    }

    /// Runs `body` in a transaction in which every query sees the same snapshot of the database.
    ///
    /// # Errors
    /// As [`Connection::transaction`].
    pub async fn snapshot<R, E>(&mut self, body: impl AsyncFnOnce(&mut Self) -> Result<R, E>) -> Result<R, E>
    where
        E: From<QueryError>,
    {
        self.transaction(async |db| {
            // Every transaction of SQLite is one.
            if db.is_postgres() {
                on!(db, conn => conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await)?;
            }
            body(db).await
        })
        .await
    }

    /// Runs `body` in a transaction, which is committed when it succeeds and rolled back when it fails.
    ///
    /// # Errors
    /// Those of `body`, and those of the begin and the commit.
    pub async fn transaction<R, E>(&mut self, body: impl AsyncFnOnce(&mut Self) -> Result<R, E>) -> Result<R, E>
    where
        E: From<QueryError>,
    {
        on!(self, conn => begin(conn).await)?;
        match body(self).await {
            Ok(value) => {
                on!(self, conn => commit(conn).await)?;
                Ok(value)
            }
            Err(error) => {
                if let Err(failed) = on!(self, conn => rollback(conn).await) {
                    log::warn!("a transaction could not be rolled back, and its connection is closed: {failed}");
                }
                Err(error)
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.is_busy && !self.is_read_only {
            return;
        }
        match self.inner.take() {
            Some(Inner::Sqlite(conn)) => drop(Pooled::take(conn)),
            Some(Inner::Postgres(conn)) => drop(Pooled::take(conn)),
            Some(Inner::ReadOnlySqlite(_)) | None => {}
        }
    }
}

impl Query<'_> {
    /// The query's result, or an error at the connection's deadline.
    pub(crate) async fn run<T>(self, query: impl Future<Output = QueryResult<T>>) -> QueryResult<T> {
        *self.is_busy = true;
        let result = match self.deadline {
            Some(deadline) => timeout_at(deadline, query).await.map_err(|_| timed_out())?,
            None => query.await,
        };
        *self.is_busy = false;
        *self.is_read_only |= result.as_ref().is_err_and(is_read_only);
        result
    }
}

/// The error of a query that did not answer in time.
pub(crate) fn timed_out() -> QueryError {
    QueryError::DatabaseError(DatabaseErrorKind::UnableToSendCommand, Box::new("no answer in time".to_owned()))
}

fn is_read_only(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => true,
        // Diesel has no kind for this error of SQLite.
        QueryError::DatabaseError(_, info) => info.message().starts_with("attempt to write a readonly database"),
        _ => false,
    }
}

async fn begin<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::begin_transaction(conn).await
}

async fn commit<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(conn).await
}

async fn rollback<C: AsyncConnection>(conn: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(conn).await
}
