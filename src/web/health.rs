//! Health, for the platform: `/healthz` tells of the process, `/readyz` of the database and its schema too.

use std::time::Duration;

use rocket::{
    State,
    fairing::AdHoc,
    get,
    http::Status,
    routes,
    tokio::{spawn, time::timeout},
};

use crate::{ballot_box::BallotBox, db::Engine, models::poll::Poll, scoreboard::ReadError};

#[get("/healthz")]
fn healthz() -> &'static str {
    "ok\n"
}

/// How long a platform waits for `/readyz`.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Reads through the pool that voters use; what keeps it from doing so goes to the log, not to strangers.
#[get("/readyz")]
async fn readyz(engine: &State<Engine>, ballot_box: &State<BallotBox>) -> (Status, &'static str) {
    if !ballot_box.is_open() {
        return (Status::ServiceUnavailable, "the ballot box has stopped: restart this process\n");
    }
    // In a task of its own: a query is never dropped midway.
    match timeout(PATIENCE, spawn(look(engine.inner().clone()))).await {
        Ok(Ok(Ok(true))) => (Status::Ok, "ready\n"),
        Ok(Ok(Ok(false))) => (Status::ServiceUnavailable, "the database is read-only, so no vote can be taken\n"),
        Ok(Ok(Err(error))) => {
            log::error!("not ready: {error}");
            (Status::ServiceUnavailable, "the database does not answer as it should\n")
        }
        Ok(Err(_)) | Err(_) => (Status::ServiceUnavailable, "the database does not answer in time\n"),
    }
}

/// Whether the tables can be read and the database takes writes.
async fn look(engine: Engine) -> Result<bool, ReadError> {
    let mut db = engine.connection().await?;
    Poll::newest(&mut db, 1).await?;
    Ok(db.takes_writes().await?)
}

/// Tells of the process's health.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("health", |rocket| async { rocket.mount("/", routes![healthz, readyz]) })
}
