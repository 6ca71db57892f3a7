//! The limit of votes from one network: so many at once, then so many a second, in this process.
//!
//! A token bucket for each network. It limits votes that need nothing but a browser, not those with an invitation; a
//! vote that adds no ballot takes nothing. Large bursts are kept for the organiser, whether or not votes were refused.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use chrono::{NaiveDateTime, Timelike as _};

use crate::{
    config::Limits,
    db::Engine,
    logging::Paced,
    models::{self, burst::Burst},
};

/// So many votes of a poll from one network at once are a burst that its organiser hears of.
const BURST: u32 = 100;

/// How many networks are kept; a network whose bucket is full again need not be.
const KEPT: usize = 100_000;

/// How many bursts wait to be written.
const WAITING: usize = 10_000;

/// The votes that each network may send.
pub struct VoteLimit {
    at_once: f64,
    per_second: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
    bursts: Mutex<HashMap<(i64, NaiveDateTime), Burst>>,
}

struct Bucket {
    left: f64,
    at: Instant,
    /// The votes taken since it was full, by poll, and whether they are among the bursts.
    taken: Vec<(i64, u32, bool)>,
}

impl VoteLimit {
    /// The limit of the configuration; none where no vote may come at once.
    pub fn new(limits: &Limits) -> Self {
        Self {
            at_once: limits.votes_at_once.into(),
            per_second: limits.votes_per_second.into(),
            buckets: Mutex::default(),
            bursts: Mutex::default(),
        }
    }

    /// Takes a vote of a poll from a network; `None` is one that can't be told from others, and has no limit.
    ///
    /// # Errors
    /// After how many seconds the next one may come.
    pub fn take(&self, network: Option<IpAddr>, poll_id: i64, now: Instant) -> Result<(), u64> {
        static REFUSED: Paced = Paced::new();
        let Some(network) = network else { return Ok(()) };
        if self.at_once == 0.0 {
            return Ok(());
        }
        let mut buckets = lock(&self.buckets);
        if buckets.len() >= KEPT && !buckets.contains_key(&network) {
            buckets.retain(|_, bucket| bucket.left + self.since(bucket, now) < self.at_once);
            if buckets.len() >= KEPT {
                buckets.clear();
            }
        }
        let new = || Bucket { left: self.at_once, at: now, taken: Vec::new() };
        let bucket = buckets.entry(network).or_insert_with(new);
        bucket.left += self.since(bucket, now);
        bucket.at = now;
        if bucket.left >= self.at_once {
            bucket.left = self.at_once;
            bucket.taken.clear();
        }
        let of_poll = match bucket.taken.iter().position(|(id, ..)| *id == poll_id) {
            Some(place) => place,
            None => {
                bucket.taken.push((poll_id, 0, false));
                bucket.taken.len() - 1
            }
        };
        let is_refused = bucket.left < 1.0;
        let (_, taken, noted) = &mut bucket.taken[of_poll];
        if !is_refused {
            bucket.left -= 1.0;
            *taken += 1;
        }
        if *noted || is_refused || *taken >= BURST {
            // The first time, all that came before it belongs to the burst.
            let votes = if !*noted { *taken } else { u32::from(!is_refused) };
            *noted = true;
            self.note(poll_id, votes.into(), i64::from(is_refused));
        }
        if !is_refused {
            return Ok(());
        }
        REFUSED.warn(|count| format!("{count} votes were refused: too many at once from one network"));
        let wait = (1.0 - bucket.left) / self.per_second;
        // A duration of this kind fits, and one second is the least that can be said.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded and not negative")]
        Err(wait.ceil().clamp(1.0, 3600.0) as u64)
    }

    /// Gives back a vote that added no ballot.
    pub fn give_back(&self, network: Option<IpAddr>, poll_id: i64) {
        let Some(network) = network else { return };
        let mut buckets = lock(&self.buckets);
        let Some(bucket) = buckets.get_mut(&network) else { return };
        bucket.left = (bucket.left + 1.0).min(self.at_once);
        if let Some((_, taken, noted)) = bucket.taken.iter_mut().find(|(id, ..)| *id == poll_id) {
            *taken = taken.saturating_sub(1);
            if *noted {
                self.note(poll_id, -1, 0);
            }
        }
    }

    /// Writes the bursts that wait; those that can't be written go on waiting.
    pub async fn write(&self, engine: &Engine) {
        let waiting: Vec<Burst> = lock(&self.bursts).drain().map(|(_, burst)| burst).collect();
        if waiting.is_empty() {
            return;
        }
        let mut rest = waiting.as_slice();
        let written = async {
            let mut db = engine.connection().await.map_err(|error| error.to_string())?;
            while let [burst, more @ ..] = rest {
                burst.add(&mut db).await.map_err(|error| error.to_string())?;
                rest = more;
            }
            Ok::<_, String>(())
        };
        if let Err(error) = written.await {
            log::warn!("bursts of votes could not be written: {error}");
            for burst in rest {
                self.add(*burst);
            }
        }
    }

    /// The tokens that have come since the bucket was used.
    fn since(&self, bucket: &Bucket, now: Instant) -> f64 {
        now.duration_since(bucket.at).as_secs_f64() * self.per_second
    }

    fn note(&self, poll_id: i64, votes: i64, refused: i64) {
        let now = models::now();
        let minute = now.with_second(0).and_then(|now| now.with_nanosecond(0)).unwrap_or(now);
        self.add(Burst { poll_id, minute, votes, refused });
    }

    fn add(&self, burst: Burst) {
        let mut bursts = lock(&self.bursts);
        let key = (burst.poll_id, burst.minute);
        if bursts.len() < WAITING || bursts.contains_key(&key) {
            let known = bursts.entry(key).or_insert(Burst { votes: 0, refused: 0, ..burst });
            known.votes += burst.votes;
            known.refused += burst.refused;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limit() -> VoteLimit {
        VoteLimit { at_once: 600.0, per_second: 10.0, buckets: Mutex::default(), bursts: Mutex::default() }
    }

    fn network(last: u8) -> Option<IpAddr> {
        Some([192, 0, 2, last].into())
    }

    fn bursts(limit: &VoteLimit, poll_id: i64) -> (i64, i64) {
        let bursts = lock(&limit.bursts);
        let of_poll = bursts.values().filter(|burst| burst.poll_id == poll_id);
        of_poll.fold((0, 0), |(votes, refused), burst| (votes + burst.votes, refused + burst.refused))
    }

    #[test]
    fn a_network_sends_six_hundred_at_once_and_then_ten_a_second() {
        let (limit, mut now) = (limit(), Instant::now());
        for n in 0..600 {
            assert_eq!(limit.take(network(1), 1, now), Ok(()), "{n}");
        }
        assert_eq!(limit.take(network(1), 1, now), Err(1));
        assert_eq!(limit.take(network(2), 1, now), Ok(()), "another network");
        let mut taken = 0;
        for _ in 0..100 {
            now += Duration::from_millis(50);
            taken += u32::from(limit.take(network(1), 1, now).is_ok());
        }
        assert_eq!(taken, 50, "in five seconds");
        assert_eq!(bursts(&limit, 1), (650, 51));
        now += Duration::from_secs(60);
        for n in 0..600 {
            assert_eq!(limit.take(network(1), 2, now), Ok(()), "{n}");
        }
    }

    #[test]
    fn what_adds_no_ballot_takes_nothing() {
        let (limit, now) = (limit(), Instant::now());
        for n in 0..5000 {
            assert_eq!(limit.take(network(1), 1, now), Ok(()), "{n}");
            limit.give_back(network(1), 1);
        }
        assert_eq!(bursts(&limit, 1), (0, 0));
    }

    #[test]
    fn a_hundred_at_once_are_a_burst_of_their_poll() {
        let (limit, now) = (limit(), Instant::now());
        for poll in [1, 2] {
            for _ in 0..99 {
                assert_eq!(limit.take(network(1), poll, now), Ok(()));
            }
        }
        assert_eq!((bursts(&limit, 1), bursts(&limit, 2)), ((0, 0), (0, 0)));
        for _ in 0..3 {
            assert_eq!(limit.take(network(1), 2, now), Ok(()));
        }
        assert_eq!((bursts(&limit, 1), bursts(&limit, 2)), ((0, 0), (102, 0)));
        limit.give_back(network(1), 2);
        assert_eq!(bursts(&limit, 2), (101, 0));
    }

    #[test]
    fn clients_that_can_not_be_told_apart_are_not_limited() {
        let (limit, now) = (limit(), Instant::now());
        assert!((0..5000).all(|_| limit.take(None, 1, now).is_ok()));
        let off = VoteLimit { at_once: 0.0, ..limit };
        assert!((0..5000).all(|_| off.take(network(1), 1, now).is_ok()));
    }
}
