//! The keys of choices: short, fixed and unique in their poll.

use std::collections::{HashMap, HashSet};

/// The longest choice key, in bytes.
pub const KEY_LENGTH: usize = 64;

/// The key of a choice that is made from its label: `Fruit Gummi` gives `fruit-gummi`, and a label
/// without any letter or digit gives the empty text.
pub fn key_from_label(label: &str) -> String {
    let mut key = slug::slugify(label);
    key.truncate(KEY_LENGTH);
    key.trim_end_matches('-').to_owned()
}

/// Makes keys from labels, each unlike those before it: `pita`, `pita-2`, `pita-3` …
pub struct Keys {
    taken: HashSet<String>,
    /// By what stands before the number: the first number that may be free.
    next: HashMap<String, u32>,
}

impl Keys {
    /// Keys beside those that are taken.
    pub fn new(taken: impl IntoIterator<Item = String>) -> Self {
        Self { taken: taken.into_iter().collect(), next: HashMap::new() }
    }

    /// The key of one more choice; of a label without any letter or digit, a key that only counts.
    pub fn make(&mut self, label: &str) -> String {
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
    fn equal_labels_have_unlike_keys() {
        let mut keys = Keys::new(["pita".to_owned()]);
        assert_eq!(
            ["Pita", "PITA", "!", "?"].map(|label| keys.make(label)),
            ["pita-2", "pita-3", "choice", "choice-2"]
        );
        let long = "a".repeat(80);
        let made = [keys.make(&long), keys.make(&long)];
        assert!(made[0] != made[1] && made.iter().all(|key| is_key(key)), "{made:?}");
    }

    #[test]
    fn keys_are_made_from_labels() {
        assert_eq!(key_from_label("Gummi"), "gummi");
        assert_eq!(key_from_label("Äpfel & Birnen"), "apfel-birnen");
        assert_eq!(key_from_label("!?"), "");
        assert!(is_key(&key_from_label(&"a b".repeat(80))));
    }
}
