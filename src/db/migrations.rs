//! Migrations: the same names in `migrations/sqlite` and `migrations/postgres`, embedded in the binary.

use diesel::{
    ConnectionError, RunQueryDsl as _, SqliteConnection,
    backend::Backend,
    migration::{MigrationSource, MigrationVersion},
};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rocket::tokio::{runtime::Handle, task};

use super::{Address, postgres, sqlite};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that nothing else in the database locks: processes that migrate at once take turns on it.
const ADVISORY_LOCK: i64 = 0x7572_6e61;

/// What to do with the migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Look only.
    Status,
    /// Run what is pending.
    Up,
    /// Revert the newest so many.
    Down(usize),
}

/// The migrations of a database, after a [`Task`].
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Each migration of this binary, oldest first, and whether the database has it.
    pub migrations: Vec<(String, bool)>,
    /// Versions in the database that this binary does not know: a newer Urna has been here.
    pub unknown: Vec<String>,
}

impl Status {
    /// The names of those that the database does not have yet.
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

/// Looks at, runs or reverts the migrations of the database at `address`.
///
/// Processes that do so at once take turns: SQLite by its one writer, PostgreSQL by an advisory lock.
///
/// # Errors
/// [`MigrationError`]; a migration that fails is rolled back, those before it stay.
pub async fn run(address: &Address, job: Task) -> Result<Status, MigrationError> {
    let failed = |e: &dyn std::fmt::Display| MigrationError::Failed(e.to_string());
    match address.clone() {
        Address::Sqlite(path) => task::spawn_blocking(move || {
            let mut conn = sqlite::open(&path.to_string_lossy())?;
            if job == Task::Status {
                return perform(&mut conn, &SQLITE, job);
            }
            conn.exclusive_transaction(|conn: &mut SqliteConnection| perform(conn, &SQLITE, job).map_err(Rollback))
                .map_err(|Rollback(e)| e)
        })
        .await
        .map_err(|e| failed(&e))?,
        Address::Postgres(url) => {
            let conn = postgres::connect(&url).await?;
            let runtime = Handle::current();
            task::spawn_blocking(move || {
                let _entered = runtime.enter();
                let mut conn = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
                // To run them is worth any wait for those who are at it; to look is not.
                if job != Task::Status {
                    diesel::sql_query("SET lock_timeout TO 0").execute(&mut conn).map_err(|e| failed(&e))?;
                }
                // Even a look makes Diesel's own table. Held until the connection closes at the end of this closure.
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

/// Lets a transaction return our error: Diesel asks for one that is made from its own.
struct Rollback(MigrationError);

impl From<diesel::result::Error> for Rollback {
    fn from(error: diesel::result::Error) -> Self {
        Self(MigrationError::Failed(error.to_string()))
    }
}

fn perform<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: &EmbeddedMigrations,
    job: Task,
) -> Result<Status, MigrationError> {
    let failed = |e: Box<dyn std::error::Error + Send + Sync>| MigrationError::Failed(e.to_string());
    let all = MigrationSource::<DB>::migrations(source).map_err(failed)?;
    match job {
        Task::Status => {}
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
    let applied = conn.applied_migrations().map_err(failed)?;
    let mut migrations: Vec<(String, bool)> =
        all.iter().map(|m| (m.name().to_string(), applied.contains(&m.name().version()))).collect();
    migrations.sort();
    let known = |version: &MigrationVersion<'_>| all.iter().any(|m| m.name().version() == *version);
    let unknown = applied.iter().filter(|version| !known(version)).map(ToString::to_string).collect();
    Ok(Status { migrations, unknown })
}
