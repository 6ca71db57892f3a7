//! The log of production: one line a record, on standard output, and nothing in it that was sent to us.
//!
//! Addresses carry invitations and setup links, and what libraries log at some level has addresses, cookies or the
//! values of queries in it. So only Urna's own records are written, and a request is named by its route.

use std::{
    io::{self, Write as _},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{SecondsFormat, Utc};
use log::{LevelFilter, Log, Metadata, Record};
use rocket::{config::LogLevel, fairing::AdHoc};

/// Whose records are written: the modules of this crate.
const OURS: &str = env!("CARGO_PKG_NAME");

struct Logger;

impl Log for Logger {
    fn enabled(&self, record: &Metadata<'_>) -> bool {
        let module = record.target().strip_prefix(OURS);
        record.level() <= log::max_level() && module.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
            // Where nobody takes the log there is nobody to complain to either.
            let _ = writeln!(io::stdout().lock(), "{time} {} {}", record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

/// A warning at most once a second, however often its cause comes: nobody fills the disk with it.
pub struct Paced(Mutex<(u64, Option<Instant>)>);

impl Paced {
    /// None was written yet.
    #[expect(clippy::new_without_default, reason = "for a static, whose value must be const")]
    pub const fn new() -> Self {
        Self(Mutex::new((0, None)))
    }

    /// Writes `line`, which is given how often there was cause since the last one; or only counts.
    pub fn warn(&self, line: impl FnOnce(u64) -> String) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        if state.1.is_none_or(|last| last.elapsed() >= Duration::from_secs(1)) {
            log::warn!("{}", line(state.0));
            *state = (0, Some(Instant::now()));
        }
    }
}

/// Takes over the log of this process: nothing else may write to it from now on.
pub fn init(level: LogLevel) {
    // Only a second server in the same process meets one that is there.
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(match level {
            LogLevel::Off => LevelFilter::Off,
            LogLevel::Critical => LevelFilter::Info,
            LogLevel::Normal => LevelFilter::Debug,
            LogLevel::Debug => LevelFilter::Trace,
        });
    }
}

/// A line for each request at the level `normal`: its method, its route and the status of the answer.
pub fn requests() -> AdHoc {
    AdHoc::on_response("log of requests", |req, response| {
        Box::pin(async move {
            if log::log_enabled!(log::Level::Debug) {
                let route = req.route().map_or_else(|| "no route".to_owned(), |route| route.uri.to_string());
                log::debug!("{} {route}: {}", req.method(), response.status().code);
            }
        })
    })
}
