//! The limit of votes from one network: so many at once, then so many a second, in this process.
//!
//! A token bucket for each network. It limits votes that need nothing but a browser, not those with an invitation; a
//! vote that adds no ballot takes no token. Large bursts are stored for the organiser, whether or not votes were refused.

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

/// So many votes of a poll from one network at once are a burst, which its organiser is shown.
const BURST: u32 = 100;

/// The most networks that have a bucket; one whose bucket is full again needs none.
const MAX_NETWORKS: usize = 100_000;

/// The most bursts that wait to be stored.
const MAX_BURSTS: usize = 10_000;

/// The votes that each network may send.
pub struct VoteLimit {
    at_once: f64,
    per_second: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
    bursts: Mutex<HashMap<(i64, NaiveDateTime), Burst>>,
}

struct Bucket {
    tokens: f64,
    updated_at: Instant,
    /// The votes taken since it was full, by poll.
    taken: Vec<Taken>,
}

struct Taken {
    poll_id: i64,
    votes: u32,
    is_burst: bool,
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
        self.make_room(&mut buckets, network, now);
        let new = || Bucket { tokens: self.at_once, updated_at: now, taken: Vec::new() };
        let bucket = buckets.entry(network).or_insert_with(new);
        self.refill(bucket, now);
        let is_allowed = bucket.tokens >= 1.0;
        if is_allowed {
            bucket.tokens -= 1.0;
        }
        if let Some(votes) = bucket.count(poll_id, is_allowed) {
            self.add_to_burst(poll_id, votes.into(), i64::from(!is_allowed));
        }
        if is_allowed {
            return Ok(());
        }
        REFUSED.warn(|count| format!("{count} votes were refused: too many at once from one network"));
        let wait = (1.0 - bucket.tokens) / self.per_second;
        // A duration of this kind fits, and one second is the least that can be announced.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded and not negative")]
        Err(wait.ceil().clamp(1.0, 3600.0) as u64)
    }

    /// Gives back a vote that added no ballot.
    pub fn give_back(&self, network: Option<IpAddr>, poll_id: i64) {
        let Some(network) = network else { return };
        let mut buckets = lock(&self.buckets);
        let Some(bucket) = buckets.get_mut(&network) else { return };
        bucket.tokens = (bucket.tokens + 1.0).min(self.at_once);
        if let Some(taken) = bucket.taken.iter_mut().find(|taken| taken.poll_id == poll_id) {
            taken.votes = taken.votes.saturating_sub(1);
            if taken.is_burst {
                self.add_to_burst(poll_id, -1, 0);
            }
        }
    }

    /// Stores the bursts that wait; those that can't be stored go on waiting.
    pub async fn write(&self, engine: &Engine) {
        let waiting: Vec<Burst> = lock(&self.bursts).drain().map(|(_, burst)| burst).collect();
        if waiting.is_empty() {
            return;
        }
        let mut rest = waiting.as_slice();
        let stored = async {
            let mut db = engine.connection().await.map_err(|error| error.to_string())?;
            while let [burst, more @ ..] = rest {
                burst.add(&mut db).await.map_err(|error| error.to_string())?;
                rest = more;
            }
            Ok::<_, String>(())
        };
        if let Err(error) = stored.await {
            log::warn!("bursts of votes could not be stored: {error}");
            for burst in rest {
                self.add(*burst);
            }
        }
    }

    /// Makes room for the bucket of a network: those that are full again go, or all.
    fn make_room(&self, buckets: &mut HashMap<IpAddr, Bucket>, network: IpAddr, now: Instant) {
        if buckets.len() < MAX_NETWORKS || buckets.contains_key(&network) {
            return;
        }
        buckets.retain(|_, bucket| bucket.tokens + self.earned(bucket, now) < self.at_once);
        if buckets.len() >= MAX_NETWORKS {
            buckets.clear();
        }
    }

    /// Adds the tokens that have come since the bucket was last used.
    fn refill(&self, bucket: &mut Bucket, now: Instant) {
        bucket.tokens += self.earned(bucket, now);
        bucket.updated_at = now;
        if bucket.tokens >= self.at_once {
            bucket.tokens = self.at_once;
            bucket.taken.clear();
        }
    }

    fn earned(&self, bucket: &Bucket, now: Instant) -> f64 {
        now.duration_since(bucket.updated_at).as_secs_f64() * self.per_second
    }

    fn add_to_burst(&self, poll_id: i64, votes: i64, refused: i64) {
        let now = models::now();
        let minute = now.with_second(0).and_then(|now| now.with_nanosecond(0)).unwrap_or(now);
        self.add(Burst { poll_id, minute, votes, refused });
    }

    fn add(&self, burst: Burst) {
        let mut bursts = lock(&self.bursts);
        let key = (burst.poll_id, burst.minute);
        if bursts.len() < MAX_BURSTS || bursts.contains_key(&key) {
            let known = bursts.entry(key).or_insert(Burst { votes: 0, refused: 0, ..burst });
            known.votes += burst.votes;
            known.refused += burst.refused;
        }
    }
}

impl Bucket {
    /// Counts a vote of a poll that is taken, or one that is refused; gives how many votes a burst of the poll grows by,
    /// where there is one.
    fn count(&mut self, poll_id: i64, is_allowed: bool) -> Option<u32> {
        let at = self.taken.iter().position(|taken| taken.poll_id == poll_id).unwrap_or_else(|| {
            self.taken.push(Taken { poll_id, votes: 0, is_burst: false });
            self.taken.len() - 1
        });
        let taken = &mut self.taken[at];
        taken.votes += u32::from(is_allowed);
        if taken.is_burst {
            return Some(is_allowed.into());
        }
        // All votes that came before it became one belong to a burst.
        taken.is_burst = !is_allowed || taken.votes >= BURST;
        taken.is_burst.then_some(taken.votes)
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
