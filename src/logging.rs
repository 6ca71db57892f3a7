//! The log in production: one line for each record, on standard output, and nothing in it that clients sent.
//!
//! URLs contain invitations and setup links, and libraries log URLs, cookies and the values of queries. So only Urna's own
//! records are written, and a request is named by its route.

use std::{
    io::{self, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{SecondsFormat, Utc};
use log::{LevelFilter, Log, Metadata, Record};
use rocket::{config::LogLevel, fairing::AdHoc};

/// The crate whose records are written.
const CRATE: &str = env!("CARGO_PKG_NAME");

struct Logger;

impl Log for Logger {
    fn enabled(&self, record: &Metadata<'_>) -> bool {
        let module = record.target().strip_prefix(CRATE);
        record.level() <= log::max_level() && module.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
            // Where standard output can't be written, there is no place to report that.
            let _ = writeln!(io::stdout().lock(), "{time} {} {}", record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

/// A warning that is written at most once a second, so that frequent causes do not fill the disk.
pub struct Paced(Mutex<(u64, Option<Instant>)>);

impl Paced {
    /// A warning that was not written yet.
    #[expect(clippy::new_without_default, reason = "for a static, whose value must be const")]
    pub const fn new() -> Self {
        Self(Mutex::new((0, None)))
    }

    /// Counts an event, and writes `line`, which gets the number of events since the last line, unless the last line is
    /// less than a second old.
    pub fn warn(&self, line: impl FnOnce(u64) -> String) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        if state.1.is_none_or(|last| last.elapsed() >= Duration::from_secs(1)) {
            log::warn!("{}", line(state.0));
            *state = (0, Some(Instant::now()));
        }
    }
}

/// Installs the logger of this process.
pub fn init(level: LogLevel) {
    // A second server in the same process finds the logger installed.
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(match level {
            LogLevel::Off => LevelFilter::Off,
            LogLevel::Critical => LevelFilter::Info,
            LogLevel::Normal => LevelFilter::Debug,
            LogLevel::Debug => LevelFilter::Trace,
        });
    }
}

/// Logs a line for each request at the level `normal`: its method, its route and the status of the response.
pub fn requests() -> AdHoc {
    AdHoc::on_response("request log", |req, response| {
        Box::pin(async move {
            if log::log_enabled!(log::Level::Debug) {
                let route = req.route().map_or_else(|| "no route".to_owned(), |route| route.uri.to_string());
                log::debug!("{} {route}: {}", req.method(), response.status().code);
            }
        })
    })
}
