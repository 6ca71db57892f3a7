//! Ballots that are held back because their polls are being changed.

use std::collections::{BTreeMap, VecDeque};

/// Ballots by their polls, the oldest first.
pub struct Held<T> {
    polls: BTreeMap<i64, VecDeque<T>>,
    ballots: usize,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self { polls: BTreeMap::new(), ballots: 0 }
    }
}

impl<T> Held<T> {
    /// How many ballots there are.
    pub fn len(&self) -> usize {
        self.ballots
    }

    /// Whether there are ballots of this poll.
    pub fn contains(&self, poll_id: i64) -> bool {
        self.polls.contains_key(&poll_id)
    }

    /// Adds a ballot that came after all others of its poll.
    pub fn push(&mut self, poll_id: i64, ballot: T) {
        self.polls.entry(poll_id).or_default().push_back(ballot);
        self.ballots += 1;
    }

    /// Adds a ballot that came before all others of its poll.
    pub fn push_front(&mut self, poll_id: i64, ballot: T) {
        self.polls.entry(poll_id).or_default().push_front(ballot);
        self.ballots += 1;
    }

    /// Takes the oldest ballot of each poll: they show whether its change is done.
    pub fn pop_oldest(&mut self) -> Vec<T> {
        let oldest: Vec<T> = self.polls.values_mut().filter_map(VecDeque::pop_front).collect();
        self.ballots -= oldest.len();
        oldest
    }

    /// Takes all ballots of a poll.
    pub fn release(&mut self, poll_id: i64) -> VecDeque<T> {
        let released = self.polls.remove(&poll_id).unwrap_or_default();
        self.ballots -= released.len();
        released
    }

    /// Takes the ballots that have waited too long.
    pub fn pop_expired(&mut self, is_expired: impl Fn(&T) -> bool) -> Vec<T> {
        let mut expired = Vec::new();
        for ballots in self.polls.values_mut() {
            while ballots.front().is_some_and(&is_expired) {
                expired.extend(ballots.pop_front());
            }
        }
        self.polls.retain(|_, ballots| !ballots.is_empty());
        self.ballots -= expired.len();
        expired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballots_are_held_by_their_polls() {
        let mut held = Held::default();
        for (poll_id, ballot) in [(1, "a"), (1, "b"), (2, "c")] {
            held.push(poll_id, ballot);
        }
        assert_eq!(held.pop_oldest(), ["a", "c"]);
        assert_eq!(held.len(), 1);
        // A poll whose only ballot is being tried is still known as held.
        assert!(held.contains(1) && held.contains(2));
        held.push_front(1, "a");
        assert_eq!(held.release(2), [""; 0]);
        assert!(!held.contains(2));
        assert_eq!(held.pop_expired(|ballot| *ballot == "a"), ["a"]);
        assert_eq!(held.release(1), ["b"]);
        assert_eq!((held.len(), held.contains(1)), (0, false));
    }
}
