//! SQLite: opening the file so that an acknowledged vote survives a power cut.

use diesel::{Connection as _, ConnectionError, ConnectionResult, SqliteConnection, connection::SimpleConnection as _};

/// Opens the file, made when missing, with the pragmas that every connection needs.
///
/// `busy_timeout` comes first, because the switch to WAL may itself meet a lock. `synchronous=FULL`,
/// because NORMAL loses the last commits of a WAL when the power fails.
pub fn open(path: &str) -> ConnectionResult<SqliteConnection> {
    let mut conn = SqliteConnection::establish(path)?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;",
    )
    .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}
