//! Choices: what can be voted for in a poll.

use diesel::prelude::*;

use super::schema::choices;

/// A choice of a poll. Its key is fixed; its label may be mended.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = choices)]
pub struct Choice {
    /// Its poll.
    pub poll_id: i64,
    /// Short, fixed and unique in the poll.
    pub key: String,
    /// Its place on the ballot, from 0.
    pub position: i32,
    /// What the voter reads.
    pub label: String,
    /// One line more, or empty.
    pub description: String,
    /// The name of a picture among the static files.
    pub picture: Option<String>,
}
