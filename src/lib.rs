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
//! - [`text`], [`markdown`], [`moments`], [`codes`]: what people type and read, made regular and harmless. Pure too.
//! - [`ballot_box`]: group commit, the one writer of ballots. [`scoreboard`]: group read, the one reader of profiles,
//!   with its [`counter`]. Both let a crowd at the door come along (`gather`).
//! - [`voting`]: takes votes; all rules of casting. Knows no HTTP. [`words`]: the sentences in which people are told.
//! - [`web`]: routes, forms, views, protection, errors. The only room that knows requests.
//!
//! The way of a vote: `web::ballots` reads the form into a [`voting::Submission`], [`voting::Voting::cast`] checks it by
//! the rules of its poll and reads its [`marks::Marks`], [`ballot_box::BallotBox`] commits the ballot with its credential and the
//! profile's count in one transaction, and only then is it answered. The way of a page: [`scoreboard::Scoreboard`]
//! looks up the poll's version after the request came in, counts the profile if it changed, and `web::polls` draws
//! the page once for everybody, with `web::ballot_view` for the kind of its ballots. `web::results` tells why and hands
//! out the files, both off the threads that answer and one at a time.
//!
//! The way of an organiser: a one-time link or the command line makes the first, `web::sessions` exchanges a
//! password for a cookie, and a handler that takes `web::guards::SignedIn` has its organiser. `web::poll_form`
//! reads what was typed, `models::change` alters the poll under a new revision, `web::editing` and `web::manage` show it.
//!
//! The way of a voter: `web::voter` is what cookies say, `models::rules` what that shows and allows; a ballot's
//! credential is a hash of [`credentials`], checked and spent in the batch's own transaction.
//!
//! What must stay true: nobody is told "counted" before the commit; no page is older than its request;
//! a vote and a page cost the same with any number of ballots stored; a GET changes nothing, but that a poll
//! was shown as closed is remembered.

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
pub mod markdown;
pub mod marks;
pub mod models;
pub mod moments;
pub mod passwords;
pub mod pictures;
pub mod scoreboard;
pub mod start;
pub mod text;
pub mod voting;
pub mod web;
pub mod words;

use std::{sync::Arc, time::Duration};

use rocket::{Build, Rocket, fairing::AdHoc};
use rocket_db_pools::Database as _;

use config::{Config, Mode};
use web::{assets::Assets, views::Views};

/// How long the ballot box may take to connect before it answers that it can't store.
const WRITER_WAIT: Duration = Duration::from_secs(5);

/// The server, ready to launch on a database that [`start::prepare`] has made ready.
///
/// # Errors
/// [`start::StartError::View`] for a template with a mistake.
pub fn rocket(config: Config) -> Result<Rocket<Build>, start::StartError> {
    let live = config.mode == Mode::Development;
    let assets = Arc::new(Assets::load(live));
    let views = Views::load(assets.clone(), live)?;
    let (figment, drain) = web::drain::stage(config.flat());
    Ok(rocket::custom(figment)
        .manage(config.limits.clone())
        .manage(views)
        .manage(credentials::Secret::new(config.secret))
        .attach(db::Db::init())
        .attach(counting(config.database, config.limits.queue))
        .attach(drain)
        .attach(web::protection::stage(!live))
        .attach(web::error::stage())
        .attach(web::assets::stage(assets))
        .attach(web::polls::stage())
        .attach(web::results::stage())
        .attach(web::lists::stage())
        .attach(web::manage::stage())
        .attach(web::editing::stage())
        .attach(web::closure::stage())
        .attach(web::invitations::stage())
        .attach(web::slips::stage())
        .attach(web::ballots::stage(&config.limits))
        .attach(web::guards::stage(web::voter::Cookies { secure: !live }))
        .attach(web::throttle::stage())
        .attach(web::setup::stage())
        .attach(web::sessions::stage())
        .attach(web::organisers::stage())
        .attach(web::pictures::stage())
        .attach(web::health::stage())
        .attach(web::robots::stage())
        .attach(web::clients::stage(config.limits)))
}

/// The scoreboard on the pool of the database, and the ballot box on a connection of its own, for which
/// no reader can make it wait.
fn counting(address: db::Address, queue: usize) -> AdHoc {
    AdHoc::try_on_ignite("ballot box", move |rocket| async move {
        let Some(db) = db::Db::fetch(&rocket) else { return Err(rocket) };
        let engine: db::Engine = (**db).clone();
        let writer = match db::Engine::open(&address, 1, WRITER_WAIT) {
            Ok(writer) => writer,
            Err(error) => {
                log::error!("the ballot box has no database: {error}");
                return Err(rocket);
            }
        };
        let ballot_box = ballot_box::BallotBox::open(writer, queue);
        Ok(rocket.manage(ballot_box).manage(scoreboard::Scoreboard::new(engine.clone())).manage(engine))
    })
}
