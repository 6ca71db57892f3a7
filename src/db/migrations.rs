//! Migrations: the same names in `migrations/sqlite` and `migrations/postgres`, embedded in the binary.

mod on_sqlite;

use std::time::Duration;

use diesel::{ConnectionError, RunQueryDsl as _, backend::Backend, migration::MigrationSource, pg::Pg, sqlite::Sqlite};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rocket::tokio::{runtime::Handle, task};

use super::{Address, Connection, identity::MIGRATIONS_TABLE, liveness::Liveness, postgres, sqlite, text_query};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The advisory lock that lets one process at a time migrate: a number that nothing else in the database locks.
const ADVISORY_LOCK: i64 = 0x7572_6e61;

/// How long a statement on SQLite waits for a lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// What to do with the migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Run all pending migrations.
    Up,
    /// Revert this many of the newest.
    Down(usize),
}

/// The migrations of a database.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Each migration of this binary, oldest first, and whether the database has it.
    pub migrations: Vec<(String, bool)>,
    /// Versions in the database that this binary does not know: a newer Urna migrated it.
    pub unknown: Vec<String>,
}

impl Status {
    /// The names of the migrations that the database does not have yet.
    pub fn pending(&self) -> Vec<&str> {
        self.migrations.iter().filter(|(_, applied)| !applied).map(|(name, _)| name.as_str()).collect()
    }
}

/// Why the migrations could not be read or run.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// No connection.
    #[error("no connection to the database: {0}")]
    Connection(#[from] ConnectionError),
    /// A statement failed.
    #[error("a migration failed: {0}")]
    Failed(String),
}

/// Runs or reverts migrations of the database at `address`.
///
/// Processes that do so at the same time take turns: on SQLite by its one writer, on PostgreSQL by an advisory lock.
///
/// # Errors
/// [`MigrationError`]. A migration that fails is rolled back; those before it stay applied on PostgreSQL, and on SQLite
/// all are rolled back together.
pub async fn run(address: &Address, job: Task) -> Result<Status, MigrationError> {
    let failed = |e: &dyn std::fmt::Display| MigrationError::Failed(e.to_string());
    match address.clone() {
        Address::Sqlite(path) => task::spawn_blocking(move || {
            let mut conn = sqlite::open(&path.to_string_lossy(), LOCK_TIMEOUT)?;
            on_sqlite::run(&mut conn, &SQLITE, job)
        })
        .await
        .map_err(|e| failed(&e))?,
        Address::Postgres(url) => {
            let conn = postgres::connect(&url, &Liveness::new(), LOCK_TIMEOUT).await?;
            let runtime = Handle::current();
            task::spawn_blocking(move || {
                let _entered = runtime.enter();
                let mut conn = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
                // Unlike other queries, a migration waits for its locks as long as it takes.
                diesel::sql_query("SET lock_timeout TO 0").execute(&mut conn).map_err(|e| failed(&e))?;
                // The lock is held until the connection closes at the end of this closure.
                diesel::sql_query(format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))
                    .execute(&mut conn)
                    .map_err(|e| failed(&e))?;
                perform(&mut conn, &POSTGRES, job)
            })
            .await
            .map_err(|e| failed(&e))?
        }
    }
}

/// Runs or reverts the migrations of `source`.
fn perform<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: &impl MigrationSource<DB>,
    job: Task,
) -> Result<Status, MigrationError> {
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| MigrationError::Failed(e.to_string());
    let all = source.migrations().map_err(failed)?;
    match job {
        Task::Up => {
            let applied = conn.applied_migrations().map_err(failed)?;
            for migration in all.iter().filter(|m| !applied.contains(&m.name().version())) {
                conn.run_migration(migration.as_ref()).map_err(failed)?;
            }
        }
        Task::Down(count) => {
            let applied = conn.applied_migrations().map_err(failed)?;
            for version in applied.iter().take(count) {
                let migration = all.iter().find(|m| m.name().version() == *version).ok_or_else(|| {
                    MigrationError::Failed(format!(
                        "{version} is newer than this Urna, so only a newer one can revert it"
                    ))
                })?;
                conn.revert_migration(migration.as_ref()).map_err(failed)?;
            }
        }
    }
    applied(conn, source)
}

/// Which migrations of `source` the database has.
fn applied<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: &impl MigrationSource<DB>,
) -> Result<Status, MigrationError> {
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| MigrationError::Failed(e.to_string());
    let applied: Vec<_> = conn.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect();
    compare(source, &applied)
}

/// The migrations of `source`, and which of them are among the `applied` versions.
fn compare<DB: Backend>(source: &dyn MigrationSource<DB>, applied: &[String]) -> Result<Status, MigrationError> {
    let all = source.migrations().map_err(|e| MigrationError::Failed(e.to_string()))?;
    let versions: Vec<_> = all.iter().map(|m| (m.name().to_string(), m.name().version().to_string())).collect();
    let unknown = applied.iter().filter(|one| versions.iter().all(|(_, version)| version != *one)).cloned().collect();
    let mut migrations: Vec<_> =
        versions.into_iter().map(|(name, version)| (name, applied.contains(&version))).collect();
    migrations.sort();
    Ok(Status { migrations, unknown })
}

/// Reads which migrations a database has. Writes nothing, because the database may be read-only or its disk full.
///
/// # Errors
/// [`MigrationError`].
pub async fn status(db: &mut Connection) -> Result<Status, MigrationError> {
    let failed = |e: diesel::result::Error| MigrationError::Failed(e.to_string());
    let table = match db.is_postgres() {
        true => format!("SELECT 'exists' AS value WHERE to_regclass('{MIGRATIONS_TABLE}') IS NOT NULL"),
        false => format!("SELECT name AS value FROM sqlite_schema WHERE name = '{MIGRATIONS_TABLE}'"),
    };
    let versions = format!("SELECT CAST(version AS TEXT) AS value FROM {MIGRATIONS_TABLE}");
    let applied = match text_query::load(db, &table).await.map_err(failed)?.is_empty() {
        true => Vec::new(),
        false => text_query::load(db, &versions).await.map_err(failed)?,
    };
    match db.is_postgres() {
        true => compare::<Pg>(&POSTGRES, &applied),
        false => compare::<Sqlite>(&SQLITE, &applied),
    }
}
