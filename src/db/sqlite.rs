//! SQLite: opening the file so that an acknowledged vote survives a power cut.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread::sleep,
    time::Duration,
};

use diesel::{Connection as _, ConnectionError, ConnectionResult, SqliteConnection, connection::SimpleConnection as _};
use diesel_async::sync_connection_wrapper::{SpawnBlocking, SyncConnectionWrapper};
use rocket::{
    futures::{FutureExt as _, TryFutureExt as _, future::BoxFuture},
    tokio::{runtime::Handle, task::spawn_blocking},
};

use super::room;

/// SQLite behind diesel-async: each query is one hop to a blocking thread.
pub type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection, BlockingThreads>;

/// Where SQLite's queries run. One that is given up goes on there by itself; diesel-async's own would stop the thread that
/// gives it up until it ends.
pub struct BlockingThreads(Handle);

impl SpawnBlocking for BlockingThreads {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn Error + Send + Sync>>> {
        self.0.spawn_blocking(task).map_err(Into::into).boxed()
    }

    fn get_runtime() -> Self {
        Self(Handle::current())
    }
}

/// A connection whose queries run on the blocking threads of this runtime.
pub fn wrap(conn: SqliteConnection) -> AsyncSqliteConnection {
    AsyncSqliteConnection::with_runtime(conn, BlockingThreads::get_runtime())
}

/// How often the switch to WAL is tried, and how long after a failure.
const TRIES: usize = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Opens the file, made when missing, with the pragmas that every connection needs; its queries wait at most
/// `wait` for a lock. Blocks.
///
/// `synchronous=FULL`, because NORMAL loses the last commits of a WAL when the power fails.
///
/// # Errors
/// Those of SQLite, for a file that can't be opened or is none of its own.
pub fn open(path: &str, wait: Duration) -> ConnectionResult<SqliteConnection> {
    make_private(Path::new(path));
    let mut conn = SqliteConnection::establish(path)?;
    let setup = ConnectionError::CouldntSetupConfiguration;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", wait.as_millis())).map_err(setup)?;
    // Two processes that switch a new file at once meet a lock for which SQLite does not wait.
    let mut tries = 1;
    while let Err(error) = conn.batch_execute("PRAGMA journal_mode = WAL") {
        if tries == TRIES || !error.to_string().contains("locked") {
            return Err(setup(error));
        }
        tries += 1;
        sleep(PAUSE);
    }
    conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON").map_err(setup)?;
    Ok(conn)
}

/// Opens a file that nobody can write, as its disk is full or read-only, for one reader; `None` where it can be written
/// or not even be read. After a clean end SQLite must be told that nobody writes: it would first make the files beside
/// it that writers share.
pub async fn open_unwritable(file: PathBuf) -> Option<SqliteConnection> {
    let opened = spawn_blocking(move || {
        if room::check(&file).is_ok() {
            return None;
        }
        let path = file.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let open = |how| {
            let mut conn = SqliteConnection::establish(&format!("file:{path}?{how}")).ok()?;
            conn.batch_execute("SELECT count(*) FROM sqlite_schema").ok()?;
            Some(conn)
        };
        // What waits in the log would be missed.
        let is_whole = || fs::metadata(format!("{}-wal", file.display())).map_or(true, |log| log.len() == 0);
        open("mode=ro").or_else(|| if is_whole() { open("immutable=1") } else { None })
    });
    opened.await.ok().flatten()
}

/// Makes the file, where it is missing, for its owner alone; those that SQLite puts beside it get the same mode. Where
/// that fails, opening it says why.
fn make_private(file: &Path) {
    // Closing a file gives up all locks that this process has on it: nobody may have opened it meanwhile.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.write(true).create_new(true).open(file);
}
