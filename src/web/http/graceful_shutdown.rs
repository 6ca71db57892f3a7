//! Graceful shutdown: after a signal to end, the server first lets its clients finish.
//!
//! Rocket closes idle connections the moment it is notified, also those on which a request is just arriving: it is
//! cut without an answer. So the signal is ours. For a moment the server goes on and says with each answer that the
//! connection closes after it; only then is Rocket notified, which waits for what is under way.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rocket::{
    Shutdown,
    fairing::AdHoc,
    figment::Figment,
    http::Header,
    tokio::{
        select, spawn,
        time::{Duration, Instant, sleep},
    },
};

use super::clients;

/// How long clients have for their next request, whose answer closes the connection. With the times of Rocket.toml the
/// end comes within five seconds.
const LAST_REQUESTS: Duration = Duration::from_millis(900);

/// How often to check whether a client is left.
const CHECK_EVERY: Duration = Duration::from_millis(20);

/// The signals that end the server.
#[derive(Debug, Clone, Copy)]
struct Signals {
    terminate: bool,
    interrupt: bool,
}

/// Takes SIGTERM and SIGINT from Rocket, as far as the configuration names them: its own configuration without them, and
/// what takes their place.
pub fn stage(figment: Figment) -> (Figment, AdHoc) {
    let named: Vec<String> = figment.extract_inner("shutdown.signals").unwrap_or_default();
    let interrupt = figment.extract_inner("shutdown.ctrlc").unwrap_or(true);
    let (term, others): (Vec<String>, Vec<String>) =
        named.into_iter().partition(|name| name.eq_ignore_ascii_case("term"));
    let signals = Signals { terminate: !term.is_empty(), interrupt };
    let figment = figment.merge(("shutdown.signals", others)).merge(("shutdown.ctrlc", false));
    (figment, shut_down(signals))
}

fn shut_down(signals: Signals) -> AdHoc {
    AdHoc::on_ignite("graceful shutdown", move |rocket| async move {
        let ending = Arc::new(AtomicBool::new(false));
        let answering = ending.clone();
        rocket
            .attach(AdHoc::on_response("last answers", move |_, response| {
                let is_last = answering.load(Ordering::Relaxed);
                Box::pin(async move {
                    if is_last {
                        response.set_header(Header::new("Connection", "close"));
                    }
                })
            }))
            .attach(AdHoc::on_liftoff("end of the server", move |rocket| {
                Box::pin(async move {
                    let (port, shutdown) = (rocket.config().port, rocket.shutdown());
                    spawn(async move {
                        if let Err(error) = end(signals, port, &ending, shutdown).await {
                            log::error!("no signal can end the server: {error}");
                        }
                    });
                })
            }))
    })
}

#[cfg(unix)]
async fn end(signals: Signals, port: u16, ending: &AtomicBool, shutdown: Shutdown) -> std::io::Result<()> {
    use rocket::tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut signalled = async || {
        select! {
            _ = terminate.recv(), if signals.terminate => {}
            _ = interrupt.recv(), if signals.interrupt => {}
            else => std::future::pending().await,
        }
    };
    signalled().await;
    ending.store(true, Ordering::Relaxed);
    let end = Instant::now() + LAST_REQUESTS;
    while Instant::now() < end && clients::connected(port) > 0 {
        select! {
            () = sleep(CHECK_EVERY) => {}
            // A second signal ends it at once.
            () = signalled() => break,
        }
    }
    shutdown.notify();
    Ok(())
}

#[cfg(not(unix))]
async fn end(signals: Signals, _: u16, ending: &AtomicBool, shutdown: Shutdown) -> std::io::Result<()> {
    if signals.interrupt {
        rocket::tokio::signal::ctrl_c().await?;
        ending.store(true, Ordering::Relaxed);
        sleep(LAST_REQUESTS).await;
        shutdown.notify();
    }
    Ok(())
}
