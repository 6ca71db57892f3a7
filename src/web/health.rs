//! Health, for the platform: `/healthz` tells of the process, `/readyz` of the database and its schema too.

use rocket::{State, fairing::AdHoc, get, http::Status, routes};
use rocket_db_pools::Connection as Pooled;

use crate::{ballot_box::BallotBox, db::Db, models::poll::Poll};

#[get("/healthz")]
fn healthz() -> &'static str {
    "ok\n"
}

/// Reads through the pool that voters use; what keeps it from doing so goes to the log, not to strangers.
#[get("/readyz")]
async fn readyz(db: Option<Pooled<Db>>, ballot_box: &State<BallotBox>) -> (Status, &'static str) {
    if !ballot_box.is_open() {
        return (Status::ServiceUnavailable, "the ballot box has stopped: restart this process\n");
    }
    let Some(mut db) = db else { return (Status::ServiceUnavailable, "no connection to the database\n") };
    match Poll::newest(&mut db, 1).await {
        Ok(_) => (Status::Ok, "ready\n"),
        Err(error) => {
            log::error!("not ready: {error}");
            (Status::ServiceUnavailable, "the database does not answer as it should\n")
        }
    }
}

/// Tells of the process's health.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("health", |rocket| async { rocket.mount("/", routes![healthz, readyz]) })
}
