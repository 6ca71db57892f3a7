//! SQLite: opening the file so that an acknowledged vote survives a power cut.

use std::{fs, path::Path, thread::sleep, time::Duration};

use diesel::{Connection as _, ConnectionError, ConnectionResult, SqliteConnection, connection::SimpleConnection as _};

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

/// Makes the file, where it is missing, for its owner alone; those that SQLite puts beside it get the same mode. Where
/// that fails, opening it says why.
fn make_private(file: &Path) {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.write(true).create_new(true).open(file);
}
