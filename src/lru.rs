//! A cache that is bounded in bytes: the least recently used entries are evicted first.

use std::{collections::HashMap, hash::Hash};

/// The bytes of an entry beside its value: its key and its place in the map.
const ENTRY: usize = 256;

/// Values by key, of a number of bytes in all; a single value may be larger.
pub struct Lru<K, V> {
    capacity: usize,
    bytes: usize,
    /// Counts the uses.
    clock: u64,
    entries: HashMap<K, Entry<V>>,
}

struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V> Lru<K, V> {
    /// An empty cache for so many bytes.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, bytes: 0, clock: 0, entries: HashMap::new() }
    }

    /// How many bytes its entries take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The value of this key, which counts as a use.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(&entry.value)
    }

    /// Caches a value of so many bytes. Others are evicted where there is no room for it.
    pub fn insert(&mut self, key: K, value: V, bytes: usize) {
        self.remove(&key);
        self.clock += 1;
        let entry = Entry { value, bytes: bytes + ENTRY, used: self.clock };
        self.bytes += entry.bytes;
        self.entries.insert(key, entry);
        if self.bytes > self.capacity {
            self.evict();
        }
    }

    /// Removes a value.
    pub fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
        }
    }

    /// Evicts more than is needed now, because that sorts all entries. The newest stays, however large it is.
    fn evict(&mut self) {
        let enough = self.capacity / 8 * 7;
        let mut keys: Vec<(u64, K)> = self.entries.iter().map(|(key, entry)| (entry.used, key.clone())).collect();
        keys.sort_unstable_by_key(|(used, _)| *used);
        keys.pop();
        for (_, key) in keys {
            if self.bytes <= enough {
                break;
            }
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_go_first() {
        let mut cache = Lru::new(10 * (ENTRY + 100));
        for n in 0..10 {
            cache.insert(n, n, 100);
        }
        assert_eq!(cache.bytes(), 10 * (ENTRY + 100));
        assert_eq!(cache.get(&0), Some(&0));
        cache.insert(10, 10, 100);
        let left: Vec<i32> = (0..=10).filter(|n| cache.get(n).is_some()).collect();
        assert_eq!(left, [0, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(cache.bytes(), 8 * (ENTRY + 100));
    }

    #[test]
    fn the_bytes_are_those_of_the_entries() {
        let mut cache = Lru::new(100_000);
        cache.insert("a", 1, 100);
        cache.insert("a", 2, 300);
        assert_eq!(cache.get(&"a"), Some(&2));
        assert_eq!(cache.bytes(), ENTRY + 300);
        cache.remove(&"a");
        assert_eq!(cache.get(&"a"), None);
        assert_eq!(cache.bytes(), 0);
    }

    #[test]
    fn one_that_is_larger_than_all_room_is_kept_alone() {
        let mut cache = Lru::new(1_000);
        cache.insert("a", 1, 100);
        cache.insert("b", 2, 5_000);
        assert_eq!(cache.get(&"a"), None);
        assert_eq!(cache.get(&"b"), Some(&2));
        cache.insert("c", 3, 100);
        assert_eq!(cache.get(&"b"), None);
        assert_eq!(cache.get(&"c"), Some(&3));
    }
}
