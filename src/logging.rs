//! The log of production: one line a record, on standard output, and nothing in it that was sent to us.
//!
//! Addresses carry invitations and setup links, and what libraries log at some level has addresses, cookies or the
//! values of queries in it. So only Urna's own records are written, and a request is named by its route.

use std::io::{self, Write as _};

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

/// Takes over the log of this process: nothing else may write to it from now on.
pub fn init(level: LogLevel) {
    // Only a second server in the same process meets one that is there.
    if log::set_logger(&Logger).is_ok() {
        log::set_max_level(match level {
            LogLevel::Off => LevelFilter::Off,
            LogLevel::Critical => LevelFilter::Warn,
            LogLevel::Normal => LevelFilter::Info,
            LogLevel::Debug => LevelFilter::Trace,
        });
    }
}

/// A line for each request at the level `normal`: its method, its route and the status of the answer.
pub fn requests() -> AdHoc {
    AdHoc::on_response("log of requests", |req, response| {
        Box::pin(async move {
            if log::log_enabled!(log::Level::Info) {
                let route = req.route().map_or_else(|| "no route".to_owned(), |route| route.uri.to_string());
                log::info!("{} {route}: {}", req.method(), response.status().code);
            }
        })
    })
}
