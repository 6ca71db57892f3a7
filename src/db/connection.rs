//! A connection to either engine, the one macro that a query is written in, and transactions.

use std::time::Duration;

use deadpool::managed::Object;
use diesel::{
    QueryResult,
    result::{DatabaseErrorKind, Error as QueryError},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection as _, TransactionManager as _};
use rocket::tokio::time::{Instant, timeout_at};

use super::{engine::Manager, sqlite::AsyncSqliteConnection};

/// A connection to the database, for one task at a time.
///
/// It goes back to its pool when it is dropped, but not where a query was given up midway, which may still be running,
/// nor where it turned out to be read-only, which it would stay.
pub struct Connection {
    link: Option<Link>,
    /// When the queries of whoever holds it must have answered.
    deadline: Option<Instant>,
    is_asked: bool,
    is_read_only: bool,
}

/// Where a connection comes from.
#[expect(clippy::large_enum_variant, reason = "moved once, out of the pool")]
pub(super) enum Link {
    /// A pool of SQLite.
    Sqlite(Object<Manager<AsyncSqliteConnection>>),
    /// A SQLite file that can't be written now, opened for this one reader.
    Unwritable(Box<AsyncSqliteConnection>),
    /// A pool of PostgreSQL.
    Postgres(Object<Manager<AsyncPgConnection>>),
}

/// What a query is asked on.
pub(crate) enum Side<'a> {
    Sqlite(&'a mut AsyncSqliteConnection),
    Postgres(&'a mut AsyncPgConnection),
}

/// A query that is about to be asked.
pub(crate) struct Asking<'a> {
    is_asked: &'a mut bool,
    is_read_only: &'a mut bool,
    deadline: Option<Instant>,
}

/// Writes a query once: the body is expanded, and type-checked, for the connection of each engine. Where the engines
/// need different bodies, there are two. A body must give a `QueryResult`.
macro_rules! on {
    ($db:expr, $conn:ident => sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {{
        let (side, asking) = $db.ask();
        match side {
            Some($crate::db::connection::Side::Sqlite($conn)) => asking.within(async { $sqlite }).await,
            Some($crate::db::connection::Side::Postgres($conn)) => asking.within(async { $postgres }).await,
            None => Err($crate::db::connection::late()),
        }
    }};
    ($db:expr, $conn:ident => $body:expr) => {
        $crate::db::on!($db, $conn => sqlite: $body, postgres: $body)
    };
}
pub(crate) use on;

impl Connection {
    pub(super) fn new(link: Link, limit: Option<Duration>, asked_at: Instant) -> Self {
        Self { link: Some(link), deadline: limit.map(|limit| asked_at + limit), is_asked: false, is_read_only: false }
    }

    /// For [`on!`]: where to ask, unless an earlier query was given up.
    pub(crate) fn ask(&mut self) -> (Option<Side<'_>>, Asking<'_>) {
        let Self { link, deadline, is_asked, is_read_only } = self;
        let side = match link {
            _ if *is_asked => None,
            Some(Link::Sqlite(conn)) => Some(Side::Sqlite(conn)),
            Some(Link::Unwritable(conn)) => Some(Side::Sqlite(conn)),
            Some(Link::Postgres(conn)) => Some(Side::Postgres(conn)),
            None => None,
        };
        (side, Asking { is_asked, is_read_only, deadline: *deadline })
    }

    /// Whether it is to PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        matches!(self.link, Some(Link::Postgres(_)))
    }

    /// Runs `body` in a transaction in which every query reads the database as of one moment.
    ///
    /// # Errors
    /// As [`Connection::transaction`].
    pub async fn snapshot<R, E>(&mut self, body: impl AsyncFnOnce(&mut Self) -> Result<R, E>) -> Result<R, E>
    where
        E: From<QueryError>,
    {
        self.transaction(async |db| {
            // SQLite's transactions are snapshots as they are.
            if db.is_postgres() {
                on!(db, conn => conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").await)?;
            }
            body(db).await
        })
        .await
    }

    /// Runs `body` in one transaction: committed when it succeeds, rolled back when it fails.
    ///
    /// # Errors
    /// Those of `body`, and those of beginning and committing.
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
                    log::warn!("a transaction could not be rolled back, and its connection goes: {failed}");
                }
                Err(error)
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.is_asked && !self.is_read_only {
            return;
        }
        match self.link.take() {
            Some(Link::Sqlite(conn)) => drop(Object::take(conn)),
            Some(Link::Postgres(conn)) => drop(Object::take(conn)),
            Some(Link::Unwritable(_)) | None => {}
        }
    }
}

impl Asking<'_> {
    /// The query's result, or an error when the time of this connection is over.
    pub(crate) async fn within<T>(self, query: impl Future<Output = QueryResult<T>>) -> QueryResult<T> {
        *self.is_asked = true;
        let answered = match self.deadline {
            Some(deadline) => timeout_at(deadline, query).await.map_err(|_| late())?,
            None => query.await,
        };
        *self.is_asked = false;
        *self.is_read_only |= answered.as_ref().is_err_and(is_read_only);
        answered
    }
}

/// The error of a query that did not answer in time.
pub(crate) fn late() -> QueryError {
    QueryError::DatabaseError(DatabaseErrorKind::UnableToSendCommand, Box::new("no answer in time".to_owned()))
}

fn is_read_only(error: &QueryError) -> bool {
    match error {
        QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => true,
        // Diesel has no kind for that of SQLite.
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
