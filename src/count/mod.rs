//! Counting: a pure function from a preference profile and a method to an outcome; a file a method.
//!
//! Never touches a database, a clock, chance or HTTP.

pub mod plurality;

/// A poll's preference profile: each distinct marks text with how many ballots bear it.
pub type Profile = Vec<(String, u64)>;

/// Marks in the profile that are no ballot among the choices given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the profile has marks that fit none of the poll's choices: {0:?}")]
pub struct UnreadableMarks(pub String);
