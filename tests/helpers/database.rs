//! A database of a test's own, on either engine, gone when the test ends.

use std::{
    fs,
    path::Path,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use diesel::{
    Connection as _, QueryResult, SqliteConnection,
    connection::SimpleConnection as _,
    dsl::sql,
    sql_types::{BigInt, Text},
};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use rocket::tokio::runtime::{Builder, Runtime};
use tempfile::TempDir;
use urna::start;

use super::app::config_for;

/// A database of a test's own: migrated, unless the test asks for an empty one.
pub struct TestDatabase {
    /// Its address, for `DATABASE_URL`.
    pub url: String,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    /// A migrated SQLite file in a temporary folder: a copy of one that is migrated once a run.
    pub fn sqlite() -> Self {
        static MIGRATED: OnceLock<Vec<u8>> = OnceLock::new();
        let migrated = MIGRATED.get_or_init(|| {
            let template = Self::empty_sqlite();
            template.migrate();
            // Moves what is still in the write-ahead log into the file.
            template.sqlite_file().batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
            fs::read(template.sqlite_path()).expect("the file is read")
        });
        let database = Self::empty_sqlite();
        fs::write(database.sqlite_path(), migrated).expect("the file is written");
        database
    }

    /// The address of a SQLite file in a temporary folder; the file does not exist yet.
    pub fn empty_sqlite() -> Self {
        let folder = match memory() {
            Some(memory) => TempDir::new_in(memory),
            None => TempDir::new(),
        };
        let folder = folder.expect("a temporary folder");
        let mut database = Self::sqlite_in(folder.path());
        database._folder = Some(folder);
        database
    }

    /// A SQLite file in a folder that stays.
    pub fn sqlite_in(folder: &Path) -> Self {
        Self { url: format!("sqlite:{}", folder.join("urna.db").display()), _folder: None }
    }

    /// A migrated PostgreSQL database: a copy of one that is migrated once a run. `None`, and the test is skipped, where there is no
    /// server.
    pub fn postgres() -> Option<Self> {
        static MIGRATED: OnceLock<TestDatabase> = OnceLock::new();
        let server = super::postgres::server()?;
        if !super::postgres::is_private() {
            // Nothing would drop the template there at the end of the run.
            let database = Self::create(server, "");
            database.migrate();
            return Some(database);
        }
        let template = MIGRATED.get_or_init(|| {
            let template = Self::create(server, "");
            template.migrate();
            template
        });
        let (_, name) = template.url.rsplit_once('/')?;
        Some(Self::create(server, &format!("TEMPLATE {name}")))
    }

    /// An empty PostgreSQL database; `None`, and the test is skipped, where there is no server.
    pub fn empty_postgres() -> Option<Self> {
        Some(Self::create(super::postgres::server()?, ""))
    }

    fn create(server: &str, template: &str) -> Self {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("urna_test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        execute_blocking(&format!("{server}/postgres"), &format!("CREATE DATABASE {name} {template}"))
            .expect("a new database");
        Self { url: format!("{server}/{name}"), _folder: None }
    }

    fn migrate(&self) {
        runtime().block_on(start::migrate(&config_for(self, &[]))).expect("the migrations run");
    }

    /// The first database of a test's own server.
    pub fn on_server(server: &str) -> Self {
        Self { url: format!("{server}/postgres"), _folder: None }
    }

    /// Whether it is on SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Runs a test's body on a runtime of its own.
    pub fn run<F: Future<Output = ()>>(self, body: impl FnOnce(TestDatabase) -> F) {
        runtime().block_on(body(self));
    }

    /// Runs SQL, of which the app does not know.
    pub async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.expect("the statement runs");
    }

    /// Changes the polls as an organiser would, under a new revision: `change` is what an UPDATE sets.
    pub async fn change_polls(&self, change: &str) {
        self.execute("UPDATE site SET revision = revision + 1").await;
        self.execute(&format!("UPDATE polls SET {change}, revision = (SELECT revision FROM site)")).await;
    }

    /// The same, with the database's error.
    pub async fn try_execute(&self, sql: &str) -> QueryResult<()> {
        if self.is_sqlite() {
            self.sqlite_file().batch_execute(sql)
        } else {
            postgres(&self.url).await.batch_execute(sql).await
        }
    }

    /// The whole number that an expression of SQL gives.
    pub async fn number(&self, expression: &str) -> i64 {
        let query = diesel::select(sql::<BigInt>(&format!("CAST(({expression}) AS BIGINT)")));
        let number = if self.is_sqlite() {
            diesel::RunQueryDsl::get_result(query, &mut self.sqlite_file())
        } else {
            diesel_async::RunQueryDsl::get_result(query, &mut postgres(&self.url).await).await
        };
        number.expect("a number")
    }

    /// The text that an expression of SQL gives.
    pub async fn text(&self, expression: &str) -> String {
        let query = diesel::select(sql::<Text>(&format!("CAST(({expression}) AS TEXT)")));
        let text = if self.is_sqlite() {
            diesel::RunQueryDsl::get_result(query, &mut self.sqlite_file())
        } else {
            diesel_async::RunQueryDsl::get_result(query, &mut postgres(&self.url).await).await
        };
        text.expect("a text")
    }

    /// Every column of every ballot, of the profile and of the turnout, in order.
    pub async fn ballots(&self) -> String {
        let mut all = String::new();
        for (table, columns) in [
            ("ballots", ["row_id", "poll_id", "cast_at", "marks"]),
            ("profile", ["poll_id", "marks", "shard", "count"]),
            ("turnout", ["poll_id", "shard", "ballots", "0"]),
        ] {
            let row = columns.map(|column| format!("CAST({column} AS TEXT)")).join(" || '|' || ");
            let rows = if self.is_sqlite() {
                format!("SELECT coalesce(group_concat(r, ';'), '') FROM (SELECT {row} AS r FROM {table} ORDER BY 1)")
            } else {
                format!("SELECT coalesce(string_agg(r, ';' ORDER BY r), '') FROM (SELECT {row} AS r FROM {table}) AS t")
            };
            all += &format!("{table}: {}\n", self.text(&rows).await);
        }
        all
    }

    /// The numbers of rows that votes have stored.
    pub async fn stored(&self) -> Stored {
        Stored {
            ballots: self.number("SELECT count(*) FROM ballots").await,
            profile: self.number("SELECT coalesce(sum(count), 0) FROM profile").await,
            turnout: self.number("SELECT coalesce(sum(ballots), 0) FROM turnout").await,
            over_time: self.number("SELECT coalesce(sum(votes), 0) FROM votes_over_time").await,
            credentials: self.number("SELECT count(*) FROM credentials").await,
        }
    }

    /// Blocks the storing of ballots until the lock is released; pages can be read.
    pub async fn lock(&self) -> Lock {
        if self.is_sqlite() {
            let mut conn = self.sqlite_file();
            conn.batch_execute("BEGIN EXCLUSIVE").expect("the lock is had");
            Lock::Sqlite(conn)
        } else {
            let mut conn = postgres(&self.url).await;
            conn.batch_execute("BEGIN; LOCK TABLE ballots IN EXCLUSIVE MODE").await.expect("the lock is had");
            Lock::Postgres(conn)
        }
    }

    fn sqlite_path(&self) -> &str {
        self.url.trim_start_matches("sqlite:")
    }

    fn sqlite_file(&self) -> SqliteConnection {
        let mut conn = SqliteConnection::establish(self.sqlite_path()).expect("the file opens");
        conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON").expect("pragmas");
        conn
    }
}

/// The rows that votes have stored: ballots, and the sums of the profile, of the turnout and of the votes over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub ballots: i64,
    pub profile: i64,
    pub turnout: i64,
    pub over_time: i64,
    pub credentials: i64,
}

impl Stored {
    /// So many ballots, so many of them with a credential.
    pub fn of(ballots: i64, credentials: i64) -> Stored {
        Stored { ballots, profile: ballots, turnout: ballots, over_time: ballots, credentials }
    }
}

/// A locked database.
#[expect(clippy::large_enum_variant, reason = "lives for one test")]
pub enum Lock {
    Sqlite(SqliteConnection),
    Postgres(AsyncPgConnection),
}

impl Lock {
    /// Lets everybody write again.
    pub async fn release(self) {
        match self {
            Self::Sqlite(mut conn) => conn.batch_execute("ROLLBACK"),
            Self::Postgres(mut conn) => conn.batch_execute("ROLLBACK").await,
        }
        .expect("the lock is released");
    }
}

/// Where files are kept in memory, with room for all tests: there a disk that is busy with something else keeps no test
/// waiting. What is on it outlives a process that is killed, but no power cut, so a benchmark uses the disk.
fn memory() -> Option<&'static Path> {
    const ROOM: u64 = 1 << 30;
    let folder = Path::new("/dev/shm");
    let is_durable = super::postgres::DURABLE.load(Ordering::Relaxed);
    let room = rustix::fs::statvfs(folder).map_or(0, |disk| disk.f_bavail * disk.f_frsize);
    (!is_durable && room >= ROOM).then_some(folder)
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((server, name)) = self.url.rsplit_once('/').filter(|_| !self.is_sqlite()) {
            let (server, name) = (format!("{server}/postgres"), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            let dropping = std::thread::spawn(move || execute_blocking(&server, &name));
            // A private server is deleted as a whole at the end of the run, so no test waits for that.
            if !super::postgres::is_private() {
                let _ = dropping.join();
            }
        }
    }
}

/// Runs SQL on the PostgreSQL database at `url`.
pub fn execute_blocking(url: &str, sql: &str) -> Result<(), String> {
    runtime().block_on(execute(url, sql))
}

async fn execute(url: &str, sql: &str) -> Result<(), String> {
    let mut conn = AsyncPgConnection::establish(url).await.map_err(|e| e.to_string())?;
    conn.batch_execute(sql).await.map_err(|e| e.to_string())
}

async fn postgres(url: &str) -> AsyncPgConnection {
    AsyncPgConnection::establish(url).await.expect("a connection")
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}
