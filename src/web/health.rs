//! Health, for the platform: `/healthz` tells of the process, `/readyz` of the database and its schema too.

use rocket::{fairing::AdHoc, get, http::Status, routes};
use rocket_db_pools::Connection as Pooled;

use crate::{db::Db, models::poll::Poll};

#[get("/healthz")]
fn healthz() -> &'static str {
    "ok\n"
}

/// Reads through the pool that voters use; what keeps it from doing so goes to the log, not to strangers.
#[get("/readyz")]
async fn readyz(db: Option<Pooled<Db>>) -> (Status, &'static str) {
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
