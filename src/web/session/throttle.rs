//! Throttle: wrong passwords slow down the next one, in this process.
//!
//! An attempt is counted before its password is looked at, so that many at once gain nothing; one that was right is
//! taken back. A device on which the account has signed in before is counted by itself, and nobody else's failures
//! make it wait (OWASP's "device cookies"). All others are counted by the account in their network, and by their
//! network. Unknown accounts are treated as known ones.

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rocket::fairing::AdHoc;

use crate::{
    models::organiser::Organiser,
    passwords,
    web::http::{error::Error, network::Network},
};

/// After how long without an attempt its count begins anew.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// How many counts are kept.
const KEPT: usize = 10_000;

/// So many wrong passwords for one account, from wherever, are an attack by many networks at once.
const ATTACK: u32 = 1000;

/// Who makes an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// A device that signed in to this account before, by its number; or whoever has a session of it.
    Device(String),
    /// Anybody else.
    Stranger(Network),
}

/// What attempts are counted by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Device(String),
    /// The account, from strangers anywhere.
    Account(String),
    /// The account, from strangers of a network.
    AccountFrom(String, Option<IpAddr>),
    Network(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Count {
    attempts: u32,
    last: Instant,
    until: Instant,
}

/// The failed attempts of the last hour.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<Key, Count>>);

/// What became of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the account's.
    Right,
    /// It is not, or there is no such account.
    Wrong,
    /// It was not looked at: come back in so many seconds.
    Wait(u64),
}

impl Throttle {
    /// Whether the password is that of the account `uid`, which is `organiser` where there is one.
    ///
    /// # Errors
    /// [`Error`] when passwords can't be compared right now.
    pub async fn verify(
        &self,
        uid: &str,
        organiser: Option<&Organiser>,
        password: &str,
        client: &Client,
    ) -> Result<Verdict, Error> {
        let keys = keys(uid, client);
        let network = match client {
            Client::Device(_) => "a known device".to_owned(),
            Client::Stranger(Network(Some(address))) => address.to_string(),
            Client::Stranger(Network(None)) => "an unknown address".to_owned(),
        };
        if let Err(wait) = self.begin(&keys, Instant::now()) {
            log::warn!("a sign-in was put off for {} s: too many failed from {network}", wait.as_secs() + 1);
            return Ok(Verdict::Wait(wait.as_secs() + 1));
        }
        if passwords::verify(password, organiser.map(|organiser| organiser.password_hash.as_str())).await? {
            self.forgive(&keys);
            return Ok(Verdict::Right);
        }
        match organiser {
            Some(organiser) => log::warn!("a wrong password for organiser {} from {network}", organiser.id),
            None => log::warn!("a sign-in name that nobody has, from {network}"),
        }
        Ok(Verdict::Wrong)
    }

    /// Counts an attempt by all `keys`, or says how long one of them must wait.
    fn begin(&self, keys: &[Key], now: Instant) -> Result<(), Duration> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = keys.iter().filter_map(|key| counts.get(key)).map(|count| count.until).max();
        if let Some(wait) = longest.and_then(|until| until.checked_duration_since(now)).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        let attack = keys.iter().any(|key| {
            let count = counts.get(key).filter(|count| now.duration_since(count.last) <= FORGOTTEN);
            matches!(key, Key::Account(_)) && count.is_some_and(|count| count.attempts >= ATTACK)
        });
        for key in keys {
            if !counts.contains_key(key) {
                make_room(&mut counts, now);
            }
            let count = counts.entry(key.clone()).or_insert(Count { attempts: 0, last: now, until: now });
            if now.duration_since(count.last) > FORGOTTEN {
                count.attempts = 0;
            }
            count.attempts += 1;
            count.last = now;
            count.until = now + key.wait_after(count.attempts, attack);
        }
        Ok(())
    }

    /// Takes back an attempt that was right. The failures of its device, or of its account in its network, are
    /// forgotten with it; those of others are not.
    fn forgive(&self, keys: &[Key]) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            match (key, counts.get_mut(key)) {
                (Key::Account(_) | Key::Network(_), Some(count)) if count.attempts > 1 => {
                    count.attempts -= 1;
                    count.until = count.last;
                }
                _ => drop(counts.remove(key)),
            }
        }
    }
}

fn keys(uid: &str, client: &Client) -> Vec<Key> {
    match client {
        Client::Device(number) => vec![Key::Device(number.clone())],
        Client::Stranger(Network(network)) => {
            let own = [Key::Account(uid.to_owned()), Key::AccountFrom(uid.to_owned(), *network)];
            own.into_iter().chain(network.map(Key::Network)).collect()
        }
    }
}

impl Key {
    /// 1, 2, 4 … seconds once the free attempts are used up. While an account is attacked, each network has one.
    fn wait_after(&self, attempts: u32, attack: bool) -> Duration {
        let (free, longest) = match self {
            Self::Account(_) => return Duration::ZERO,
            Self::AccountFrom(..) if attack => return Duration::from_secs(900),
            Self::AccountFrom(..) => (5, 900),
            Self::Device(_) => (5, 60),
            Self::Network(_) => (20, 60),
        };
        let doubled = attempts.checked_sub(free).map_or(0, |more| 1 << more.min(10));
        Duration::from_secs(doubled.min(longest))
    }
}

/// Forgets what is an hour old; where that is not enough, the one with the fewest attempts, the oldest of these.
fn make_room(counts: &mut HashMap<Key, Count>, now: Instant) {
    if counts.len() < KEPT {
        return;
    }
    counts.retain(|_, count| now.duration_since(count.last) <= FORGOTTEN);
    if counts.len() >= KEPT
        && let Some(least) =
            counts.iter().max_by_key(|(_, count)| Reverse((count.attempts, count.last))).map(|(key, _)| key.clone())
    {
        counts.remove(&least);
    }
}

/// Limits the attempts to sign in, so that passwords can't be guessed.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("throttle", |rocket| async { rocket.manage(Throttle::default()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(uid: &str, last: u8) -> Vec<Key> {
        keys(uid, &Client::Stranger(Network(Some([192, 0, 2, last].into()))))
    }

    fn device(number: &str) -> Vec<Key> {
        keys("ada", &Client::Device(number.into()))
    }

    fn waits(throttle: &Throttle, keys: &[Key], attempts: usize) -> (Vec<u64>, Instant) {
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..attempts {
            assert_eq!(throttle.begin(keys, now), Ok(()));
            let until = keys.iter().map(|key| throttle.0.lock().unwrap()[key].until).max().unwrap();
            assert!(until == now || throttle.begin(keys, now).is_err());
            waits.push((until - now).as_secs());
            now = until;
        }
        (waits, now)
    }

    #[test]
    fn waits_double_and_are_forgotten_after_an_hour() {
        let throttle = Throttle::default();
        let (ada, now) = waits(&throttle, &stranger("ada", 1), 16);
        assert_eq!(ada, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(waits(&throttle, &device("1"), 12).0, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(throttle.begin(&stranger("bob", 2), now), Ok(()));
        let later = now + FORGOTTEN + Duration::from_secs(1);
        assert_eq!(
            (throttle.begin(&stranger("ada", 1), later), throttle.begin(&stranger("ada", 1), later)),
            (Ok(()), Ok(()))
        );
    }

    #[test]
    fn strangers_keep_out_neither_a_known_device_nor_another_network() {
        let throttle = Throttle::default();
        let mut now = Instant::now();
        for second in 0..3600_u32 {
            for network in 1..=4 {
                let _ = throttle.begin(&stranger("ada", network), now);
            }
            if second % 60 == 0 {
                assert_eq!(throttle.begin(&device("1"), now), Ok(()), "after {second} s");
                throttle.forgive(&device("1"));
                let elsewhere = stranger("ada", 9);
                assert_eq!(throttle.begin(&elsewhere, now), Ok(()), "after {second} s");
                throttle.forgive(&elsewhere);
            }
            now += Duration::from_secs(1);
        }
    }

    #[test]
    fn an_attack_by_many_networks_has_one_attempt_each() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let network = |n: u32| keys("ada", &Client::Stranger(Network(Some(IpAddr::from(n.to_be_bytes())))));
        for n in 0..ATTACK {
            assert_eq!(throttle.begin(&network(n), now), Ok(()));
        }
        let fresh = network(ATTACK);
        assert_eq!(throttle.begin(&fresh, now), Ok(()));
        assert_eq!(throttle.begin(&fresh, now), Err(Duration::from_secs(900)));
        assert_eq!(throttle.begin(&device("1"), now), Ok(()));
        assert_eq!(throttle.begin(&stranger("bob", 1), now), Ok(()));
    }

    #[test]
    fn the_right_password_forgives_its_account_and_not_the_network() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..19 {
            assert_eq!(throttle.begin(&stranger(&n.to_string(), 1), now), Ok(()));
        }
        for _ in 0..3 {
            assert_eq!(throttle.begin(&stranger("ada", 1), now), Ok(()));
            throttle.forgive(&stranger("ada", 1));
        }
        assert_eq!(throttle.begin(&stranger("ada", 1), now), Ok(()));
        assert!(throttle.begin(&stranger("bob", 1), now).is_err());
        assert!(throttle.begin(&stranger("bob", 2), now).is_ok());
    }

    #[test]
    fn a_flood_of_names_is_not_kept_and_does_not_wash_away_the_others() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for _ in 0..5 {
            throttle.begin(&stranger("ada", 1), now).unwrap();
        }
        for n in 0..u32::try_from(KEPT).unwrap() {
            throttle.begin(&keys("bob", &Client::Stranger(Network(Some(IpAddr::from(n.to_be_bytes()))))), now).unwrap();
        }
        assert_eq!(throttle.0.lock().unwrap().len(), KEPT);
        assert!(throttle.begin(&stranger("ada", 1), now).is_err());
    }
}
