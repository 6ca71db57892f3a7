//! A database of a test's own, on either engine, gone when the test ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use rocket::tokio::runtime::{Builder, Runtime};
use tempfile::TempDir;

/// A database of one's own.
pub struct TestDatabase {
    /// Its address, for `DATABASE_URL`.
    pub url: String,
    folder: Option<TempDir>,
}

impl TestDatabase {
    /// A SQLite file in a temporary folder.
    pub fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("urna.db").display());
        Self { url, folder: Some(folder) }
    }

    /// A PostgreSQL database; `None`, said aloud, where there is no server.
    pub fn postgres() -> Option<Self> {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        let server = super::postgres::server()?;
        let name = format!("urna_test_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        execute_blocking(&format!("{server}/postgres"), &format!("CREATE DATABASE {name}")).expect("a new database");
        Some(Self { url: format!("{server}/{name}"), folder: None })
    }

    /// Whether it is on SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// Runs a test's body on a runtime of its own.
    pub fn run<F: Future<Output = ()>>(self, body: impl FnOnce(TestDatabase) -> F) {
        runtime().block_on(body(self));
    }

    /// Runs SQL behind the app's back.
    pub async fn execute(&self, sql: &str) {
        if self.is_sqlite() {
            use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
            let mut conn = SqliteConnection::establish(self.url.trim_start_matches("sqlite:")).expect("the file opens");
            conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON").expect("pragmas");
            conn.batch_execute(sql).expect("the statement runs");
        } else {
            execute(&self.url, sql).await.expect("the statement runs");
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some((server, name)) = self.url.rsplit_once('/').filter(|_| self.folder.is_none()) {
            // Best effort: the private cluster goes as a whole.
            let (server, name) = (format!("{server}/postgres"), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            let _ = std::thread::spawn(move || execute_blocking(&server, &name)).join();
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

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}
