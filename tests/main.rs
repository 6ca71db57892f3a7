//! The integration tests, one binary: a file a resource, through HTTP, each test body on both engines.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod assets;
mod ballot_box;
mod ballots;
mod bell;
mod browser;
mod cli;
mod clients;
mod config;
mod constraints;
mod count_command;
mod counter;
mod credentials;
mod endings;
mod every_profile;
mod famous;
mod formats;
mod helpers;
mod hostile;
mod import;
mod import_ballots;
mod kills;
mod lists;
mod manage;
mod many_choices;
mod mending;
mod methods;
mod migrations;
mod operations;
mod organisers;
mod pictures;
mod polls;
mod processes;
mod profiles;
mod properties;
mod protection;
mod rounds;
mod rubbish;
mod scoreboard;
mod secrecy;
mod sessions;
mod star_library;
mod tideman;
mod visibility;
mod wire;
