//! Short addresses: six letters that lead to a poll's page.
//!
//! Polls that are in no list have them too. So that nobody finds such polls by trying codes, each network may miss a few
//! times only; then it is answered nothing, right or wrong, until it has waited.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use rocket::{State, fairing::AdHoc, get, http::Status};

use crate::{
    codes,
    db::Engine,
    lru::Lru,
    models::short_address,
    web::http::{error::Error, network::Network, reply::Reply},
};

/// How many wrong codes a network may send at once, and how many seconds it then waits for each other one.
const AT_ONCE: f64 = 20.0;
const SECONDS: f64 = 6.0;

/// The bytes for the networks that have sent wrong codes.
const MEMORY: usize = 8 * 1024 * 1024;

/// The wrong codes of each network.
pub struct Misses(Mutex<Lru<IpAddr, Misser>>);

/// How many more wrong codes a network may send.
#[derive(Clone, Copy)]
struct Misser {
    left: f64,
    at: Instant,
}

impl Misses {
    fn of(&self, network: IpAddr, now: Instant) -> f64 {
        let mut missers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        missers.get(&network).map_or(AT_ONCE, |misser| {
            (misser.left + now.duration_since(misser.at).as_secs_f64() / SECONDS).min(AT_ONCE)
        })
    }

    /// Whether a network may ask.
    fn may_ask(&self, network: IpAddr, now: Instant) -> bool {
        self.of(network, now) >= 1.0
    }

    /// Counts a wrong code.
    fn count(&self, network: IpAddr, now: Instant) {
        let misser = Misser { left: self.of(network, now) - 1.0, at: now };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(network, misser, size_of::<Misser>());
    }
}

/// Not for ever: the poll may get another address.
#[get("/<code>")]
pub async fn lead(
    code: &str,
    network: Network,
    misses: &State<Misses>,
    engine: &State<Engine>,
) -> Result<Reply, Error> {
    let code = codes::read_short_address(code).ok_or(Error::Unrouted(Status::NotFound))?;
    // Clients that can't be told apart are one network.
    let (network, now) = (network.0.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), Instant::now());
    if !misses.may_ask(network, now) {
        return Err(Error::plain(
            Status::TooManyRequests,
            "Too many short addresses from your network were wrong.",
            "Wait a minute, and check the six letters.",
        ));
    }
    match short_address::find(&mut engine.connection().await?, &code).await? {
        Some(slug) => Ok(Reply::html("").status(Status::Found).header("Location", format!("/polls/{slug}"))),
        None => {
            misses.count(network, now);
            Err(Error::plain(
                Status::NotFound,
                "There is no poll at this short address.",
                "Check its six letters. If they are right, the poll may be gone: ask whoever gave you the address.",
            ))
        }
    }
}

/// Counts wrong codes.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("short addresses", |rocket| async { rocket.manage(Misses(Mutex::new(Lru::new(MEMORY)))) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_network_misses_twenty_times_and_then_ten_times_a_minute() {
        let (misses, mut now) = (Misses(Mutex::new(Lru::new(MEMORY))), Instant::now());
        let (one, other): (IpAddr, IpAddr) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        for n in 0..20 {
            assert!(misses.may_ask(one, now), "{n}");
            misses.count(one, now);
        }
        assert!(!misses.may_ask(one, now) && misses.may_ask(other, now));
        let mut asked = 0;
        for _ in 0..120 {
            now += Duration::from_millis(500);
            if misses.may_ask(one, now) {
                asked += 1;
                misses.count(one, now);
            }
        }
        assert!((9..=10).contains(&asked), "{asked} in a minute");
        now += Duration::from_secs(3600);
        assert!((0..20).all(|_| {
            let may = misses.may_ask(one, now);
            misses.count(one, now);
            may
        }));
    }
}
