//! Marks: what a voter put on a ballot, as canonical text; the domain's only notation.
//!
//! Never touches a database, a clock or HTTP. Parsing normalises, so that equal ballots are equal texts.

use std::{collections::HashSet, fmt};

/// The longest choice key, in bytes.
pub const KEY_LENGTH: usize = 64;

/// The marks of one ballot, in canonical form. `Marks::parse` is the only way to have them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marks(String);

impl Marks {
    /// Reads a pick-one ballot: the key of one of `choices`.
    ///
    /// # Errors
    /// [`MarksError`] when the text is empty, too long for a key, or names none of the choices.
    pub fn parse<'c>(text: &str, choices: impl IntoIterator<Item = &'c str>) -> Result<Self, MarksError> {
        let key = text.trim();
        match key {
            "" => Err(MarksError::Empty),
            _ if key.len() > KEY_LENGTH => Err(MarksError::TooLong),
            _ if choices.into_iter().any(|choice| choice == key) => Ok(Self(key.to_owned())),
            _ => Err(MarksError::UnknownChoice),
        }
    }

    /// The canonical text, as it is stored, exported and counted.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no ballot in its poll, in words for the voter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MarksError {
    /// Nothing was marked.
    #[error("No choice was marked. Pick one of the choices below.")]
    Empty,
    /// Longer than any key can be.
    #[error("That is too long to be one of the choices. Pick one of those below.")]
    TooLong,
    /// Not a choice of this poll.
    #[error("That is not one of the choices in this poll. Pick one of those below.")]
    UnknownChoice,
}

/// The key of a choice that is made from its label: `Fruit Gummi` gives `fruit-gummi`, and a label
/// without any letter or digit gives the empty text.
pub fn key_from_label(label: &str) -> String {
    let mut key = slug::slugify(label);
    key.truncate(KEY_LENGTH);
    key.trim_end_matches('-').to_owned()
}

/// Makes keys from labels, each unlike those before it: `pita`, `pita-2`, `pita-3` …
pub struct Keys(HashSet<String>);

impl Keys {
    /// Keys beside those that are taken.
    pub fn new(taken: impl IntoIterator<Item = String>) -> Self {
        Self(taken.into_iter().collect())
    }

    /// The key of one more choice; of a label without any letter or digit, a key that only counts.
    pub fn make(&mut self, label: &str) -> String {
        let key = key_from_label(label);
        let stem = if key.is_empty() { "choice".to_owned() } else { key };
        let short = stem[..stem.len().min(KEY_LENGTH - 6)].trim_end_matches('-');
        let mut key = stem.clone();
        for n in 2_u32.. {
            if self.0.insert(key.clone()) {
                break;
            }
            key = format!("{short}-{n}");
        }
        key
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

    const CATS: [&str; 2] = ["gummi", "pita"];

    #[test]
    fn equal_ballots_are_equal_texts() {
        assert_eq!(Marks::parse(" gummi\n", CATS), Marks::parse("gummi", CATS));
    }

    #[test]
    fn rubbish_is_refused_by_its_reason() {
        assert_eq!(Marks::parse("  ", CATS), Err(MarksError::Empty));
        assert_eq!(Marks::parse("Gummi", CATS), Err(MarksError::UnknownChoice));
        assert_eq!(Marks::parse("gummi,pita", CATS), Err(MarksError::UnknownChoice));
        assert_eq!(Marks::parse(&"g".repeat(65), CATS), Err(MarksError::TooLong));
    }

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
