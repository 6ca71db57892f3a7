//! The server: everything that answers requests, on one database.

use std::{sync::Arc, time::Duration};

use rocket::{Build, Rocket, fairing::AdHoc};
use rocket_db_pools::Database as _;

use crate::{
    ballot_box::BallotBox,
    config::{Config, Limits, Mode},
    credentials::Secret,
    db::{Address, Db, Engine},
    scoreboard::Scoreboard,
    web::{
        self,
        http::{
            assets::{self, Assets},
            clients,
            cookies::Cookies,
            error, graceful_shutdown, health, protection,
            views::{Operator, ViewError, Views},
        },
        live, organiser,
        page_cache::PageCache,
        results, session, voter,
    },
};

/// How long the ballot box may take to connect before it answers that it can't store.
const WRITER_WAIT: Duration = Duration::from_secs(5);

/// The server, ready to launch on a database that `start::prepare` has prepared.
///
/// # Errors
/// For a template with a mistake.
pub fn rocket(config: Config) -> Result<Rocket<Build>, ViewError> {
    let live = config.mode == Mode::Development;
    let assets = Arc::new(Assets::load(live));
    let views = Views::load(assets.clone(), Operator::from(&config.limits), live)?;
    let (figment, graceful_shutdown) = graceful_shutdown::stage(config.flat());
    Ok(rocket::custom(figment)
        .mount("/", web::routes())
        .manage(config.limits.clone())
        .manage(PageCache::new(config.limits.page_cache_mb * 1_000_000, &views))
        .manage(views)
        .manage(Secret::new(config.secret))
        .attach(Db::init())
        .attach(counting(config.database, &config.limits))
        .attach(graceful_shutdown)
        .attach(protection::stage(!live))
        .attach(error::stage())
        .attach(assets::stage(assets))
        .attach(health::stage())
        .attach(session::stage(Cookies { secure: !live }))
        .attach(session::throttle::stage())
        .attach(voter::ballots::stage(&config.limits))
        .attach(voter::short_addresses::stage())
        .attach(results::stage())
        .attach(live::stage(&config.limits))
        .attach(organiser::polls::stage())
        .attach(organiser::pictures::stage())
        .attach(clients::stage(config.limits)))
}

/// The scoreboard on the pool of the database, and the ballot box on a connection of its own, so that it never waits for
/// readers.
fn counting(address: Address, limits: &Limits) -> AdHoc {
    let (queue, lists_others) = (limits.queue, limits.other_polls);
    AdHoc::try_on_ignite("ballot box", move |rocket| async move {
        let Some(db) = Db::fetch(&rocket) else { return Err(rocket) };
        let engine: Engine = (**db).clone();
        let writer = match Engine::open(&address, 1, WRITER_WAIT) {
            Ok(writer) => writer,
            Err(error) => {
                log::error!("the ballot box has no database: {error}");
                return Err(rocket);
            }
        };
        let ballot_box = BallotBox::open(writer, queue);
        Ok(rocket.manage(ballot_box).manage(Arc::new(Scoreboard::new(engine.clone(), lists_others))).manage(engine))
    })
}
