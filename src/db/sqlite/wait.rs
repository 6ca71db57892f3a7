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
    time::{Duration, Instant},
};

use libsqlite3_sys::{SQLITE_OK, sqlite3, sqlite3_api_routines, sqlite3_auto_extension, sqlite3_busy_handler};

const PAUSE: Duration = Duration::from_millis(1);

thread_local! {
    /// How long the connection that this thread opens waits, in milliseconds.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
    /// When the wait that goes on in this thread began.
    static SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Opens a connection by `open`, on this thread, whose statements wait at most `limit` for the lock.
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

/// SQLite calls this when the file is locked, with how often it did so for this statement: 0 gives up.
unsafe extern "C" fn wait(limit: *mut c_void, attempts: c_int) -> c_int {
    if attempts == 0 {
        SINCE.set(Some(Instant::now()));
    }
    let limit = Duration::from_millis(u64::try_from(limit.addr()).unwrap_or(u64::MAX));
    if SINCE.get().is_none_or(|since| since.elapsed() >= limit) {
        return 0;
    }
    sleep(PAUSE);
    1
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};

    use super::*;

    #[test]
    fn a_locked_file_is_waited_for_and_given_up() {
        const LIMIT: Duration = Duration::from_millis(300);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("urna.db");
        let open = || with_limit(LIMIT, || SqliteConnection::establish(path.to_str().unwrap()).unwrap());
        let (mut one, mut other) = (open(), open());
        one.batch_execute("BEGIN IMMEDIATE").unwrap();
        let started = Instant::now();
        assert!(other.batch_execute("BEGIN IMMEDIATE").unwrap_err().to_string().contains("locked"));
        assert!(started.elapsed() >= LIMIT, "{:?}", started.elapsed());
        let released = std::thread::spawn(move || {
            sleep(LIMIT / 3);
            one.batch_execute("COMMIT").unwrap();
        });
        other.batch_execute("BEGIN IMMEDIATE; COMMIT").unwrap();
        released.join().unwrap();
    }
}
