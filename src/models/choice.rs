//! Choices: what can be voted for in a poll.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::schema::choices;
use crate::db::{Connection, on};

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

impl Choice {
    /// One choice of a poll.
    pub async fn find(db: &mut Connection, poll_id: i64, key: &str) -> QueryResult<Option<Choice>> {
        on!(db, c => choices::table.find((poll_id, key)).select(Choice::as_select()).first(c).await.optional())
    }

    /// Whether its picture is one in the database: the name of a static file has an ending.
    pub fn has_stored_picture(&self) -> bool {
        self.picture.as_deref().is_some_and(|picture| !picture.contains('.'))
    }
}
