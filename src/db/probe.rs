//! The background task that asks a PostgreSQL server, on a connection of its own, whether it still answers.

use std::{sync::Weak, time::Duration};

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use rocket::tokio::time::{Instant, sleep, timeout};

use super::{liveness::Liveness, postgres};

/// How often the server is asked while connections are in use.
const INTERVAL: Duration = Duration::from_millis(500);

/// How long a probe may take, including a new connection.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A probe that fails sooner than this was refused, so the server is running.
const REFUSED_WITHIN: Duration = Duration::from_millis(1500);

const QUERY: &str = "SELECT 1";

/// Probes the server until the pool is dropped, while it is in use or known to be down.
pub async fn run(liveness: Weak<Liveness>, url: String, is_used: impl Fn() -> bool) {
    let mut connection = None;
    loop {
        sleep(INTERVAL).await;
        let Some(liveness) = liveness.upgrade() else { return };
        let was_up = liveness.is_up();
        if was_up && !is_used() {
            continue;
        }
        let started = Instant::now();
        let result =
            timeout(TIMEOUT, probe(&mut connection, &url)).await.unwrap_or_else(|_| Err("no answer in time".into()));
        // A server that refuses, because it has too many connections or is just starting, does answer: existing
        // connections are kept.
        let is_up = result.is_ok() || started.elapsed() < REFUSED_WITHIN;
        match result {
            Ok(()) if !was_up => log::warn!("the database answers again"),
            Ok(()) => {}
            Err(error) => {
                connection = None;
                if was_up && !is_up {
                    log::error!("the database does not answer, and its connections are closed: {error}");
                }
            }
        }
        liveness.set(is_up);
    }
}

/// Asks on the connection of the last probe, or on a new one where that is broken.
async fn probe(connection: &mut Option<AsyncPgConnection>, url: &str) -> Result<(), String> {
    if let Some(conn) = connection.as_mut()
        && conn.batch_execute(QUERY).await.is_ok()
    {
        return Ok(());
    }
    *connection = None;
    // A `Liveness` of its own, because this connection must not be aborted with the others.
    let mut conn = postgres::connect(url, &Liveness::new(), TIMEOUT).await.map_err(|e| e.to_string())?;
    conn.batch_execute(QUERY).await.map_err(|e| e.to_string())?;
    *connection = Some(conn);
    Ok(())
}
