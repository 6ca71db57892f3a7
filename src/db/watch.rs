//! A PostgreSQL server that hangs (frozen, its disk stalled, cut off) is noticed by a probe on a connection of
//! its own. Then all connections to it are aborted, so that whoever waits on one gets an error now.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};
use rocket::{
    futures::FutureExt as _,
    tokio::{
        self,
        sync::watch,
        task::AbortHandle,
        time::{Instant, sleep, timeout},
    },
};

use super::postgres;

/// How often connections in use are looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a probe may take, a new connection included.
const PROBE: Duration = Duration::from_secs(2);

/// A probe that fails sooner was answered, by a refusal.
const REFUSED: Duration = Duration::from_millis(1500);

/// Whether a server answers, and the tasks that drive the connections to it.
pub struct Watch {
    drivers: Mutex<Vec<AbortHandle>>,
    up: watch::Sender<bool>,
}

impl Watch {
    /// A watch over a server that is taken to answer.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { drivers: Mutex::default(), up: watch::Sender::new(true) })
    }

    /// Drives a connection in a task that can be aborted.
    pub fn drive<E: std::fmt::Display>(&self, connection: impl Future<Output = Result<(), E>> + Send + 'static) {
        let driver = tokio::spawn(connection.map(|ended| {
            if let Err(error) = ended {
                log::warn!("a connection to the database broke: {error}");
            }
        }));
        let mut drivers = self.drivers.lock().unwrap_or_else(PoisonError::into_inner);
        drivers.retain(|driver| !driver.is_finished());
        drivers.push(driver.abort_handle());
    }

    /// Ends when the server is known not to answer; at once where it is known already.
    pub async fn down(&self) {
        // The sender is a part of `self`, so it is not gone.
        let _ = self.up.subscribe().wait_for(|up| !up).await;
    }

    fn abort_all(&self) {
        for driver in self.drivers.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            driver.abort();
        }
    }
}

/// Watches as long as the pool lives; asks nothing of the server while `is_used` says no.
pub async fn run(watch: Weak<Watch>, url: String, is_used: impl Fn() -> bool) {
    let mut kept = None;
    loop {
        sleep(PAUSE).await;
        let Some(watch) = watch.upgrade() else { return };
        let was_up = *watch.up.borrow();
        if was_up && !is_used() {
            continue;
        }
        let asked = Instant::now();
        let probed = timeout(PROBE, probe(&mut kept, &url)).await.unwrap_or_else(|_| Err("no answer in time".into()));
        // A server that refuses, because it has too many connections or is just starting, is one that answers: what is
        // connected to it goes on.
        let is_up = probed.is_ok() || asked.elapsed() < REFUSED;
        match probed {
            Ok(()) if !was_up => log::warn!("the database answers again"),
            Ok(()) => {}
            Err(why) => {
                kept = None;
                if was_up && !is_up {
                    log::error!("the database does not answer, and its connections are given up: {why}");
                }
            }
        }
        watch.up.send_replace(is_up);
        if !is_up {
            watch.abort_all();
        }
    }
}

/// Asks on the connection that was kept, or where that broke on a new one.
async fn probe(kept: &mut Option<AsyncPgConnection>, url: &str) -> Result<(), String> {
    if let Some(conn) = kept.as_mut()
        && conn.batch_execute(postgres::PROBE).await.is_ok()
    {
        return Ok(());
    }
    // Not watched itself: its connection ends with the probe.
    *kept = None;
    let mut conn = postgres::connect(url, &Watch::new(), PROBE).await.map_err(|e| e.to_string())?;
    conn.batch_execute(postgres::PROBE).await.map_err(|e| e.to_string())?;
    *kept = Some(conn);
    Ok(())
}
