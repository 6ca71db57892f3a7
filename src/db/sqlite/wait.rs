//! How a connection to a SQLite file waits for the file's lock.
//!
//! SQLite's own way (`PRAGMA busy_timeout`) sleeps longer before each new attempt, up to 100 ms. Beside processes that
//! store ballots without a pause, a change of a poll can then miss every short moment in which the lock is free. Here
//! all try again each millisecond, so all have the same chance.

use std::{
    cell::Cell,
    ffi::{c_char, c_int, c_void},
    ptr,
    sync::Once,
    thread::sleep,
    time::Duration,
};

use libsqlite3_sys::{SQLITE_OK, sqlite3, sqlite3_api_routines, sqlite3_auto_extension, sqlite3_busy_handler};

/// A limit of so many milliseconds is so many pauses.
const PAUSE: Duration = Duration::from_millis(1);

thread_local! {
    /// How long the connection that this thread opens waits, in milliseconds.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
}

/// Opens a connection by `open`, on this thread, whose statements wait about `limit` for the lock: a pause for each of its
/// milliseconds, and a pause takes a little longer than one.
pub fn with_limit<T>(limit: Duration, open: impl FnOnce() -> T) -> T {
    static REGISTERED: Once = Once::new();
    // SAFETY: `install` has the signature of an extension's entry point and is there as long as the program.
    // It fails only without memory; then a connection does not wait, and a statement says that the file is locked.
    REGISTERED.call_once(|| unsafe {
        sqlite3_auto_extension(Some(install));
    });
    LIMIT.set(usize::try_from(limit.as_millis()).unwrap_or(usize::MAX));
    let opened = open();
    LIMIT.set(0);
    opened
}

/// SQLite calls this, on the same thread, for each connection that is opened.
unsafe extern "C" fn install(conn: *mut sqlite3, _: *mut *mut c_char, _: *const sqlite3_api_routines) -> c_int {
    match LIMIT.get() {
        0 => SQLITE_OK,
        // SAFETY: the connection is open. The handler's argument is a number, which nobody reads as a pointer.
        limit => unsafe { sqlite3_busy_handler(conn, Some(wait), ptr::without_provenance_mut(limit)) },
    }
}

/// SQLite calls this when the file is locked, with how often it did so before: 0 gives up.
///
/// SQLite does not say when a wait begins: where a statement waits twice, or the next one waits while it is prepared, it
/// counts on. So this counts the pauses, as SQLite's own way does, and looks at no clock and no other state.
unsafe extern "C" fn wait(limit: *mut c_void, attempts: c_int) -> c_int {
    if usize::try_from(attempts).is_ok_and(|attempts| attempts < limit.addr()) {
        sleep(PAUSE);
        return 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use std::{
        thread::{JoinHandle, spawn},
        time::Instant,
    };

    use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
    use tempfile::TempDir;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(2);

    fn open(folder: &TempDir) -> SqliteConnection {
        let path = folder.path().join("urna.db");
        with_limit(LIMIT, || SqliteConnection::establish(path.to_str().unwrap()).unwrap())
    }

    /// Locks the file against reading too, for a short part of the limit, without a wait for the disk.
    fn lock_for_a_while(mut conn: SqliteConnection) -> JoinHandle<SqliteConnection> {
        conn.batch_execute("PRAGMA synchronous = OFF; BEGIN EXCLUSIVE").unwrap();
        spawn(move || {
            sleep(LIMIT / 20);
            conn.batch_execute("COMMIT").unwrap();
            conn
        })
    }

    #[test]
    fn a_locked_file_is_waited_for_and_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (open(&folder), open(&folder));
        one.batch_execute("BEGIN IMMEDIATE").unwrap();
        let started = Instant::now();
        assert!(other.batch_execute("BEGIN IMMEDIATE").unwrap_err().to_string().contains("locked"));
        assert!(started.elapsed() >= LIMIT, "{:?}", started.elapsed());
        one.batch_execute("COMMIT").unwrap();
        let released = lock_for_a_while(one);
        other.batch_execute("BEGIN IMMEDIATE; COMMIT").unwrap();
        released.join().unwrap();
    }

    #[test]
    fn a_wait_on_another_thread_counts_on() {
        let folder = tempfile::tempdir().unwrap();
        let (one, mut other) = (open(&folder), open(&folder));
        let released = lock_for_a_while(one);
        other.batch_execute("PRAGMA user_version = 1").unwrap();
        let released = lock_for_a_while(released.join().unwrap());
        // It waits while it is prepared, because it reads the schema first.
        spawn(move || other.batch_execute("SELECT count(*) FROM sqlite_schema").unwrap()).join().unwrap();
        released.join().unwrap();
    }
}
