//! Health checks for the platform: `/healthz` answers while the process runs, `/readyz` while votes can be taken.

use std::time::{Duration, Instant};

use rocket::{
    State,
    fairing::AdHoc,
    get,
    http::Status,
    tokio::{sync::Mutex, time::timeout},
};

use crate::{
    ballot_box::BallotBox,
    db::Engine,
    models::{poll::Poll, site},
};

#[get("/healthz")]
pub fn healthz() -> &'static str {
    "ok\n"
}

/// How long `/readyz` waits for the database: platforms wait little longer for the answer.
const DATABASE_TIMEOUT: Duration = Duration::from_millis(1500);

/// The last check, and when it began. Requests that come during a check share the next one, as each check writes.
#[derive(Default)]
pub struct LastCheck(Mutex<Option<(Instant, Result<(), &'static str>)>>);

/// What keeps it from being ready goes to the log, and to strangers in general words only.
#[get("/readyz")]
pub async fn readyz(
    engine: &State<Engine>,
    ballot_box: &State<BallotBox>,
    last: &State<LastCheck>,
) -> (Status, &'static str) {
    let asked = Instant::now();
    let check = async {
        let mut last = last.0.lock().await;
        if let Some((began, found)) = *last
            && began >= asked
        {
            return found;
        }
        let began = Instant::now();
        let found = self::check(engine, ballot_box).await;
        *last = Some((began, found));
        found
    };
    match timeout(DATABASE_TIMEOUT, check).await.unwrap_or(Err("the database does not answer in time\n")) {
        Ok(()) => (Status::Ok, "ready\n"),
        Err(why) => (Status::ServiceUnavailable, why),
    }
}

/// Whether pages can be read and votes be stored.
async fn check(engine: &Engine, ballot_box: &BallotBox) -> Result<(), &'static str> {
    let unready = |error: &dyn std::fmt::Display, why| {
        log::error!("not ready: {error}");
        Err(why)
    };
    if !ballot_box.is_open() {
        return Err("the ballot box has stopped: restart this process\n");
    }
    let mut db = match engine.connection().await {
        Ok(db) => db,
        Err(error) => return unready(&error, "the database can't be reached\n"),
    };
    if let Err(error) = Poll::newest(&mut db, 1).await {
        return unready(&error, "the database does not answer as it should\n");
    }
    if let Err(error) = engine.check_disk_space().await {
        return unready(&error, "the disk is full or read-only, so no vote can be taken\n");
    }
    if let Err(error) = site::try_writing(&mut db).await {
        return unready(&error, "the database can't be written, so no vote can be taken\n");
    }
    match ballot_box.is_failing() {
        true => Err("the last votes could not be stored\n"),
        false => Ok(()),
    }
}

/// Tells of the process's health.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("health", |rocket| async { rocket.manage(LastCheck::default()) })
}
