//! The integration tests, one binary: a file a resource, through HTTP, each test body on both engines.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod helpers;
mod ballots;
