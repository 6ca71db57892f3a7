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
    /// A picture: the name of a static file, or the hash of one in the database.
    pub picture: Option<String>,
    /// What the picture shows, for those who don't see it.
    pub alt: String,
}
