//! The integration tests, one binary: a folder an area of the site, through HTTP, each test body on both engines.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod browser;
mod count;
mod formats;
mod helpers;
mod http;
mod layout;
mod operations;
mod organiser;
mod polls;
mod results;
mod voting;
