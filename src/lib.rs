//! Urna, a self-hosted ballot box for the web: the map of the code and its invariants.
//!
//! - [`config`]: Rocket.toml and the environment become one checked configuration.
//! - [`start`]: what must be true before the first request, and serving. [`logging`]: the log of production.
//! - [`cli`]: the operator's commands.
//! - [`db`]: engine, connection and migrations. Knows no table.
//! - [`models`]: rows and queries. Knows no HTTP.
//! - [`passwords`], [`credentials`]: what is kept as a hash only, and how. Know neither database nor HTTP.
//! - [`marks`]: the notation of ballots. [`count`]: counting. [`formats`]: elections as files. [`pictures`]:
//!   cleaning uploaded pictures. All pure: no database, no clock, no Rocket.
//! - [`text`], [`markdown`], [`moments`], [`codes`]: what people type and read, normalised and made safe. Pure too.
//! - [`ballot_box`]: group commit, the one writer of ballots. [`scoreboard`]: group read, the one reader of profiles,
//!   with its [`counter`]. Both wait a moment for requests that come at the same time (`gather`). `lru`: a bounded cache.
//! - [`voting`]: takes votes; all rules of casting. Knows no HTTP. [`words`]: the sentences about results and refusals.
//! - [`server`]: what answers requests, put together. [`web`]: the only part that knows requests. Its `mod.rs` has the
//!   table of all routes; below it are `http` (replies, errors, forms, views, protection: knows no poll), `session` (who
//!   is signed in), `show` (what templates are given), `live` (results that move), and the pages of `voter`, `results` and
//!   `organiser`.
//!
//! Imports go one way: `server` → `web` → `voting`, [`scoreboard`] → [`ballot_box`] → [`models`] → [`db`]. No two files
//! of a part import each other; `tests/` hold both.
//!
//! The way of a vote: `web::voter::ballots` reads the form into a [`voting::Submission`], [`voting::Voting::cast`] checks
//! it by the rules of its poll and reads its [`marks::Marks`], [`ballot_box::BallotBox`] commits the ballot with its
//! credential and the profile's count in one transaction, and only then is it answered. The way of a page:
//! [`scoreboard::Scoreboard`] looks up the poll's version after the request came in, counts the profile if it changed,
//! and `web::voter::polls` draws the page once for everybody, with `web::show::ballot` for the kind of its ballots;
//! `web::page_cache` keeps it until what it shows has changed.
//! `web::live` sends each new result to the pages that are open in browsers.
//! `web::results` shows the reasons and serves the files, on a blocking thread and one at a time.
//!
//! The way of an organiser: a one-time link or the command line creates the first, `web::organiser::sign_in` exchanges a
//! password for a cookie, and a handler that takes `web::session::SignedIn` has its organiser. A page for everybody
//! takes `MaybeSignedIn`, whose `Reader` decides which links to organisers' pages are on it, and nothing else.
//! `web::organiser::poll_form` reads what was typed and fills in templates, `models::lifecycle` changes the poll under a
//! new revision, `web::organiser::edit_page` draws the form with its preview, and `web::organiser::editing` and
//! `web::organiser::polls` answer.
//!
//! The way of a voter: `web::voter::receipts` is what cookies say, `models::eligibility` who may vote,
//! `models::visibility` what is shown to whom; a ballot's credential is a hash of [`credentials`], checked and spent in
//! the batch's own transaction.
//!
//! What must stay true: no answer says "counted" before the commit; no page is older than its request;
//! a vote and a page cost the same with any number of ballots stored; on PostgreSQL no ballot waits for a change of
//! another poll (`models::lock`); a GET changes nothing, but that a poll was shown as closed is remembered.

#![warn(missing_docs)]

pub mod ballot_box;
pub mod cli;
pub mod codes;
pub mod config;
pub mod count;
pub mod counter;
pub mod credentials;
pub mod db;
pub mod formats;
mod gather;
pub mod logging;
mod lru;
pub mod markdown;
pub mod marks;
pub mod models;
pub mod moments;
pub mod passwords;
pub mod pictures;
pub mod scoreboard;
pub mod server;
pub mod start;
pub mod text;
pub mod voting;
pub mod web;
pub mod words;

pub use server::rocket;
