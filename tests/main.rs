//! The integration tests, one binary: a folder an area of the site, through HTTP, each test body on both engines.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod browser;
mod count;
mod every_file_is_listed;
mod formats;
mod helpers;
mod http;
mod live;
mod operations;
mod organiser;
mod polls;
mod results;
mod voting;
