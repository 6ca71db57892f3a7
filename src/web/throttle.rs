//! Throttle: passwords that were wrong slow down the next one, per account and per address, in this process.
//!
//! An attempt is held against both before its password is looked at, so that many at once gain nothing;
//! one that was right is forgiven. Unknown accounts are held to the same.

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rocket::fairing::AdHoc;

use super::error::Error;
use crate::{models::organiser::Organiser, passwords};

/// How many wrong passwords are free.
const ACCOUNT_FREE: u32 = 5;
const ADDRESS_FREE: u32 = 20;

/// The longest wait.
const LONGEST: Duration = Duration::from_secs(60);

/// After how long all is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// How many accounts and addresses are remembered.
const REMEMBERED: usize = 10_000;

/// What failed attempts are held against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Culprit {
    Account(String),
    Address(IpAddr),
}

#[derive(Debug, Clone, Copy)]
struct Record {
    attempts: u32,
    last: Instant,
    until: Instant,
}

/// The failed attempts of the last hour.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<Culprit, Record>>);

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
        address: Option<IpAddr>,
    ) -> Result<Verdict, Error> {
        let culprits = [Some(Culprit::Account(uid.to_owned())), address.map(|ip| Culprit::Address(network(ip)))];
        let culprits: Vec<Culprit> = culprits.into_iter().flatten().collect();
        if let Err(wait) = self.begin(&culprits, Instant::now()) {
            return Ok(Verdict::Wait(wait.as_secs() + 1));
        }
        if passwords::verify(password, organiser.map(|organiser| organiser.password_hash.as_str())).await? {
            self.forgive(&culprits);
            return Ok(Verdict::Right);
        }
        Ok(Verdict::Wrong)
    }

    /// Holds an attempt against all `culprits`, or says how long one of them must wait.
    fn begin(&self, culprits: &[Culprit], now: Instant) -> Result<(), Duration> {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = culprits.iter().filter_map(|culprit| records.get(culprit)).map(|record| record.until).max();
        if let Some(wait) = longest.and_then(|until| until.checked_duration_since(now)).filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        for culprit in culprits {
            if !records.contains_key(culprit) {
                make_room(&mut records, now);
            }
            let free = if matches!(culprit, Culprit::Account(_)) { ACCOUNT_FREE } else { ADDRESS_FREE };
            let record = records.entry(culprit.clone()).or_insert(Record { attempts: 0, last: now, until: now });
            if now.duration_since(record.last) > FORGOTTEN {
                record.attempts = 0;
            }
            record.attempts += 1;
            record.last = now;
            record.until = now + wait_after(record.attempts, free);
        }
        Ok(())
    }

    /// Takes back an attempt that was right; the account starts anew.
    fn forgive(&self, culprits: &[Culprit]) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for culprit in culprits {
            match (culprit, records.get_mut(culprit)) {
                (Culprit::Address(_), Some(record)) if record.attempts > 1 => {
                    record.attempts -= 1;
                    record.until = record.last;
                }
                _ => drop(records.remove(culprit)),
            }
        }
    }
}

/// 1, 2, 4 … seconds once the free attempts are used up.
fn wait_after(attempts: u32, free: u32) -> Duration {
    match attempts.checked_sub(free) {
        None => Duration::ZERO,
        Some(more) => LONGEST.min(Duration::from_secs(1 << more.min(6))),
    }
}

/// Forgets what is an hour old; where that is not enough, the one with the fewest attempts, the oldest of these.
fn make_room(records: &mut HashMap<Culprit, Record>, now: Instant) {
    if records.len() < REMEMBERED {
        return;
    }
    records.retain(|_, record| now.duration_since(record.last) <= FORGOTTEN);
    if records.len() >= REMEMBERED
        && let Some(least) =
            records.iter().max_by_key(|(_, record)| Reverse((record.attempts, record.last))).map(|(c, _)| c.clone())
    {
        records.remove(&least);
    }
}

/// Whoever has one address of IPv6 has the whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Slows down whoever guesses passwords.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("throttle", |rocket| async { rocket.manage(Throttle::default()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(uid: &str) -> [Culprit; 1] {
        [Culprit::Account(uid.into())]
    }

    #[test]
    fn waits_double_up_to_a_minute_and_are_forgotten_after_an_hour() {
        let (throttle, ada) = (Throttle::default(), account("ada"));
        let mut now = Instant::now();
        let mut waits = Vec::new();
        for _ in 0..12 {
            assert_eq!(throttle.begin(&ada, now), Ok(()));
            let until = throttle.0.lock().unwrap()[&ada[0]].until;
            assert!(until == now || throttle.begin(&ada, now).is_err());
            waits.push((until - now).as_secs());
            now = until;
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(throttle.begin(&account("bob"), now), Ok(()));
        now += FORGOTTEN + Duration::from_secs(1);
        assert_eq!((throttle.begin(&ada, now), throttle.begin(&ada, now)), (Ok(()), Ok(())));
    }

    #[test]
    fn the_right_password_forgives_its_account_and_not_the_address() {
        let throttle = Throttle::default();
        let now = Instant::now();
        let address = Culprit::Address([192, 0, 2, 1].into());
        for n in 0..19 {
            assert_eq!(throttle.begin(&[Culprit::Account(n.to_string()), address.clone()], now), Ok(()));
        }
        let ada = [Culprit::Account("ada".into()), address.clone()];
        for _ in 0..3 {
            assert_eq!(throttle.begin(&ada, now), Ok(()));
            throttle.forgive(&ada);
        }
        assert_eq!(throttle.begin(&ada, now), Ok(()));
        assert!(throttle.begin(&account("ada"), now).is_ok());
        assert!(throttle.begin(&[address], now).is_err());
    }

    #[test]
    fn a_flood_of_names_is_not_remembered_and_does_not_wash_away_the_guilty() {
        let (throttle, ada) = (Throttle::default(), account("ada"));
        let now = Instant::now();
        for _ in 0..5 {
            throttle.begin(&ada, now).unwrap();
        }
        for n in 0..REMEMBERED + 50 {
            throttle.begin(&account(&n.to_string()), now).unwrap();
        }
        assert_eq!(throttle.0.lock().unwrap().len(), REMEMBERED);
        assert!(throttle.begin(&ada, now).is_err());
    }

    #[test]
    fn an_address_of_ipv6_is_its_network() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
