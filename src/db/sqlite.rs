//! SQLite: opening a file so that an acknowledged vote survives a power failure.

mod wait;

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

use super::disk_space;

/// SQLite behind diesel-async: each query runs on a blocking thread.
pub type AsyncSqliteConnection = SyncConnectionWrapper<SqliteConnection, BlockingThreads>;

/// The blocking threads of the runtime. When the future of a query is dropped, the query continues there. The
/// implementation of diesel-async would block the dropping thread until the query ends.
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

/// How often the switch to WAL is tried, and the pause between two tries.
const WAL_TRIES: usize = 100;
const WAL_PAUSE: Duration = Duration::from_millis(20);

/// Opens the file, or creates it, with the pragmas that every connection needs. Queries wait about `wait` for a lock.
/// Blocks.
///
/// `synchronous` is `FULL`, because with `NORMAL` a power failure loses the last commits of a WAL.
///
/// # Errors
/// Those of SQLite, such as for a file that can't be opened or is no database.
pub fn open(path: &str, wait: Duration) -> ConnectionResult<SqliteConnection> {
    create_private(Path::new(path));
    let mut conn = wait::with_limit(wait, || SqliteConnection::establish(path))?;
    let setup = ConnectionError::CouldntSetupConfiguration;
    // When two processes switch a new file at once, SQLite fails with a lock for which it does not wait.
    let mut tries = 1;
    while let Err(error) = conn.batch_execute("PRAGMA journal_mode = WAL") {
        if tries == WAL_TRIES || !error.to_string().contains("locked") {
            return Err(setup(error));
        }
        tries += 1;
        sleep(WAL_PAUSE);
    }
    conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON").map_err(setup)?;
    Ok(conn)
}

/// Opens a file for reading when its disk is full or read-only; `None` where it can be written, or can't be read either.
///
/// After a clean shutdown the files that SQLite shares between its connections (`-wal`, `-shm`) are gone, and to read it
/// would create them. So the file is then opened as `immutable`.
pub async fn open_unwritable(file: PathBuf) -> Option<SqliteConnection> {
    let opened = spawn_blocking(move || {
        if disk_space::check(&file).is_ok() {
            return None;
        }
        let path = file.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let open = |how| {
            let mut conn = SqliteConnection::establish(&format!("file:{path}?{how}")).ok()?;
            conn.batch_execute("SELECT count(*) FROM sqlite_schema").ok()?;
            Some(conn)
        };
        // An immutable file is read without its log, so the log must be empty.
        let is_whole = || fs::metadata(format!("{}-wal", file.display())).map_or(true, |log| log.len() == 0);
        open("mode=ro").or_else(|| if is_whole() { open("immutable=1") } else { None })
    });
    opened.await.ok().flatten()
}

/// Creates the file, where it is missing, so that only its owner can read it; SQLite gives its other files the same mode.
/// Where that fails, opening the file returns the error.
fn create_private(file: &Path) {
    // Closing a file releases all locks that this process holds on it (POSIX), so no other thread may open the new file
    // before this one has closed it.
    static LOCK: Mutex<()> = Mutex::new(());
    let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.write(true).create_new(true).open(file);
}
