//! The keys of choices: short, fixed and unique in their poll.

use std::collections::{HashMap, HashSet};

/// The longest choice key, in bytes.
pub const KEY_LENGTH: usize = 64;

/// The key for a label: `Fruit Gummi` gives `fruit-gummi`. A label without any letter or digit gives the empty text.
pub fn key_from_label(label: &str) -> String {
    let mut key = slug::slugify(label);
    key.truncate(KEY_LENGTH);
    key.trim_end_matches('-').to_owned()
}

/// Creates unique keys from labels: `pita`, `pita-2`, `pita-3` …
pub struct Keys {
    taken: HashSet<String>,
    /// For each key without its number, the first number that may be free.
    next: HashMap<String, u32>,
}

impl Keys {
    /// Starts with the keys that are taken already.
    pub fn new(taken: impl IntoIterator<Item = String>) -> Self {
        Self { taken: taken.into_iter().collect(), next: HashMap::new() }
    }

    /// A new key for a label; for one without any letter or digit, `choice`, `choice-2` …
    pub fn create(&mut self, label: &str) -> String {
        let key = key_from_label(label);
        let stem = if key.is_empty() { "choice".to_owned() } else { key };
        let short = stem[..stem.len().min(KEY_LENGTH - 6)].trim_end_matches('-');
        if self.taken.insert(stem.clone()) {
            return stem;
        }
        let next = self.next.entry(short.to_owned()).or_insert(2);
        loop {
            let key = format!("{short}-{next}");
            *next += 1;
            if self.taken.insert(key.clone()) {
                return key;
            }
        }
    }
}

/// Whether a text can be a key or a slug: 1 to 64 small letters, digits and hyphens.
pub fn is_key(text: &str) -> bool {
    (1..=KEY_LENGTH).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_labels_have_different_keys() {
        let mut keys = Keys::new(["pita".to_owned()]);
        assert_eq!(
            ["Pita", "PITA", "!", "?"].map(|label| keys.create(label)),
            ["pita-2", "pita-3", "choice", "choice-2"]
        );
        let long = "a".repeat(80);
        let created = [keys.create(&long), keys.create(&long)];
        assert!(created[0] != created[1] && created.iter().all(|key| is_key(key)), "{created:?}");
    }

    #[test]
    fn keys_are_created_from_labels() {
        assert_eq!(key_from_label("Gummi"), "gummi");
        assert_eq!(key_from_label("Äpfel & Birnen"), "apfel-birnen");
        assert_eq!(key_from_label("!?"), "");
        assert!(is_key(&key_from_label(&"a b".repeat(80))));
    }
}
