//! What somebody searches for.

use crate::text;

/// The longest text to search for, in characters.
pub const SEARCH_LENGTH: usize = 100;

/// The text to search for, where there is one.
///
/// # Errors
/// A sentence.
pub fn search(q: &str) -> Result<Option<String>, String> {
    match text::line(q, SEARCH_LENGTH) {
        Ok(q) => Ok(Some(q)),
        Err(text::TextError::Empty) => Ok(None),
        Err(error) => Err(error.sentence("text to search for")),
    }
}

/// What was typed, as far as a field can show it again.
pub fn typed(q: &str) -> String {
    q.chars().filter(|c| !c.is_control()).take(SEARCH_LENGTH).collect()
}
