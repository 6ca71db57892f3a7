//! Migrations: the same names in `migrations/sqlite` and `migrations/postgres`, embedded in the binary.

use std::time::Duration;

use diesel::{
    ConnectionError, QueryableByName, RunQueryDsl as _, SqliteConnection, backend::Backend,
    connection::SimpleConnection as _, migration::MigrationSource, pg::Pg, sql_types::Text, sqlite::Sqlite,
};
use diesel_async::{AsyncPgConnection, async_connection_wrapper::AsyncConnectionWrapper};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rocket::tokio::{runtime::Handle, task};

use super::{
    Address, Connection,
    identity::{APPLICATION_ID, MIGRATIONS_TABLE},
    liveness::Liveness,
    postgres, sqlite, text_query,
};

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
            run_on_sqlite(&mut conn, &SQLITE, job)
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

/// Runs migrations on SQLite with foreign keys off, so that a table can be rebuilt: while they are on, dropping the old
/// table deletes every row that refers to it. The pragma has no effect inside a transaction, so it comes before, and the
/// foreign keys are checked before the commit.
fn run_on_sqlite(
    conn: &mut SqliteConnection,
    source: &impl MigrationSource<Sqlite>,
    job: Task,
) -> Result<Status, MigrationError> {
    let failed = |e: diesel::result::Error| MigrationError::Failed(e.to_string());
    conn.batch_execute("PRAGMA foreign_keys = OFF").map_err(failed)?;
    let run = conn.exclusive_transaction(|conn| {
        let before = applied(conn, source).map_err(Rollback)?;
        let after = perform(conn, source, job).map_err(Rollback)?;
        if after != before {
            check_foreign_keys(conn).map_err(Rollback)?;
        }
        conn.batch_execute(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
        Ok(after)
    });
    let status = run.map_err(|Rollback(e)| e);
    conn.batch_execute("PRAGMA foreign_keys = ON").map_err(failed)?;
    status
}

/// A table with a row that refers to no row of its parent.
#[derive(QueryableByName)]
struct Orphan {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

fn check_foreign_keys(conn: &mut SqliteConnection) -> Result<(), MigrationError> {
    let query = "SELECT \"table\" AS child, parent FROM pragma_foreign_key_check LIMIT 1";
    let orphans: Vec<Orphan> =
        diesel::sql_query(query).load(conn).map_err(|e| MigrationError::Failed(e.to_string()))?;
    match orphans.first() {
        None => Ok(()),
        Some(Orphan { child, parent }) => Err(MigrationError::Failed(format!(
            "it would leave rows in {child} that refer to no row of {parent}, so nothing was changed"
        ))),
    }
}

/// The error type of the transaction, which Diesel requires to be convertible from its own.
struct Rollback(MigrationError);

impl From<diesel::result::Error> for Rollback {
    fn from(error: diesel::result::Error) -> Self {
        Self(MigrationError::Failed(error.to_string()))
    }
}

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

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use diesel_migrations::FileBasedMigrations;
    use tempfile::TempDir;

    use super::*;

    /// The project's migrations with one more.
    fn with(up: &str) -> (TempDir, FileBasedMigrations) {
        let folder = TempDir::new().unwrap();
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
        for entry in fs::read_dir(ours).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
            let copy = folder.path().join(entry.file_name());
            fs::create_dir(&copy).unwrap();
            for half in ["up.sql", "down.sql"] {
                fs::copy(entry.path().join(half), copy.join(half)).unwrap();
            }
        }
        let more = folder.path().join("2999-01-01-000000_more");
        fs::create_dir(&more).unwrap();
        fs::write(more.join("up.sql"), up).unwrap();
        fs::write(more.join("down.sql"), "SELECT 1;").unwrap();
        let source = FileBasedMigrations::from_path(folder.path()).unwrap();
        (folder, source)
    }

    /// A migrated database with a poll, a choice and two ballots.
    fn filled() -> SqliteConnection {
        let mut conn = diesel::Connection::establish(":memory:").unwrap();
        run_on_sqlite(&mut conn, &SQLITE, Task::Up).unwrap();
        conn.batch_execute(
            "INSERT INTO polls (id, slug, title, description, method, seats, credential, results, featured, opens_at,
                 created_at, revision)
             VALUES (1, 'a', 'A', '', 'plurality', 1, 'open', 'always', 1, '2026-01-01', '2026-01-01', 1);
             INSERT INTO choices VALUES (1, 'x', 0, 'X', '', NULL, '');
             INSERT INTO ballots (poll_id, cast_at, marks) VALUES (1, '2026-01-02', 'x'), (1, '2026-01-03', 'x');
             INSERT INTO profile VALUES (1, 'x', 0, 2);
             INSERT INTO turnout VALUES (1, 0, 2);",
        )
        .unwrap();
        conn
    }

    #[derive(QueryableByName)]
    struct Word {
        #[diesel(sql_type = Text)]
        word: String,
    }

    fn text(conn: &mut SqliteConnection, expression: &str) -> String {
        let query = format!("SELECT CAST(({expression}) AS TEXT) AS word");
        diesel::sql_query(query).get_result::<Word>(conn).unwrap().word
    }

    fn rows(conn: &mut SqliteConnection) -> String {
        ["polls", "choices", "ballots", "profile", "turnout"]
            .map(|table| text(conn, &format!("SELECT count(*) FROM {table}")))
            .join(" ")
    }

    /// As https://www.sqlite.org/lang_altertable.html, section 7, says it.
    #[test]
    fn a_table_is_rebuilt_and_nothing_that_refers_to_it_is_lost() {
        let mut conn = filled();
        let table = text(&mut conn, "SELECT sql FROM sqlite_schema WHERE name = 'polls'");
        let indexes = "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE tbl_name = 'polls' AND type = 'index'";
        let indexes = text(&mut conn, indexes);
        let table = table.replacen("CREATE TABLE \"polls\"", "CREATE TABLE polls_new", 1);
        // As migrations/README.md has it.
        let (_folder, source) = with(&format!(
            "CREATE TEMP TABLE guard (foreign_keys CONSTRAINT run_this_with_urna_migrate CHECK (NOT foreign_keys));
             INSERT INTO guard SELECT foreign_keys FROM pragma_foreign_keys WHERE EXISTS (SELECT 1 FROM polls);
             DROP TABLE guard;
             {table};
             INSERT INTO polls_new SELECT * FROM polls;
             DROP TABLE polls;
             ALTER TABLE polls_new RENAME TO polls;
             {indexes};"
        ));
        let before = rows(&mut conn);
        // A tool that leaves foreign keys on would lose the ballots: it changes nothing.
        let error = conn.run_pending_migrations(source.clone()).unwrap_err().to_string();
        assert!(error.contains("run_this_with_urna_migrate"), "{error}");
        assert_eq!(rows(&mut conn), before);
        let status = run_on_sqlite(&mut conn, &source, Task::Up).unwrap();
        assert_eq!((status.pending().len(), rows(&mut conn)), (0, before));
        assert_eq!(text(&mut conn, "SELECT group_concat(marks) FROM ballots"), "x,x");
        // Foreign keys are on again, and lead to the new table.
        assert!(conn.batch_execute("INSERT INTO ballots (poll_id, cast_at, marks) VALUES (2, '2026', 'x')").is_err());
        conn.batch_execute("DELETE FROM polls").unwrap();
        assert_eq!(rows(&mut conn), "0 0 0 0 0");
    }

    #[test]
    fn a_migration_that_leaves_an_orphan_is_rolled_back() {
        let mut conn = filled();
        for up in ["DELETE FROM polls;", "UPDATE polls SET id = 7;", "INSERT INTO turnout VALUES (9, 0, 1);"] {
            let (_folder, source) = with(&format!("CREATE TABLE left_over (a INTEGER); {up}"));
            let before = rows(&mut conn);
            let error = run_on_sqlite(&mut conn, &source, Task::Up).unwrap_err().to_string();
            assert!(error.contains("refer to no row of polls, so nothing was changed"), "{up}: {error}");
            assert_eq!(rows(&mut conn), before, "{up}");
            assert_eq!(text(&mut conn, "SELECT count(*) FROM sqlite_schema WHERE name = 'left_over'"), "0", "{up}");
            assert_eq!(text(&mut conn, "SELECT foreign_keys FROM pragma_foreign_keys"), "1", "{up}");
        }
    }
}
