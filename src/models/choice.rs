//! Choices: what can be voted for in a poll.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::schema::choices;
use crate::db::{Connection, on};

/// The most choices of a poll.
pub const MOST_CHOICES: usize = 2000;

/// The most rows in one statement on PostgreSQL, which takes 65,535 values.
const ROWS: usize = 1000;

/// A choice of a poll. Its key is fixed; its label may be edited.
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

/// A choice that is to be created.
#[derive(Debug, Clone, Default)]
pub struct NewChoice {
    /// Short, fixed and unique in the poll.
    pub key: String,
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

    /// Adds `new` to a poll without choices, in this order.
    pub(super) async fn insert(db: &mut Connection, poll_id: i64, new: &[NewChoice]) -> QueryResult<()> {
        let rows: Vec<Choice> = (0..)
            .zip(new)
            .map(|(position, new)| Choice {
                poll_id,
                key: new.key.clone(),
                position,
                label: new.label.clone(),
                description: new.description.clone(),
                picture: new.picture.clone(),
                alt: new.alt.clone(),
            })
            .collect();
        on!(db, conn =>
            sqlite: conn.spawn_blocking(move |conn| {
                rows.iter().try_for_each(|row| {
                    let insert = diesel::insert_into(choices::table).values(row);
                    diesel::RunQueryDsl::execute(insert, conn).map(drop)
                })
            }).await,
            postgres: {
                for rows in rows.chunks(ROWS) {
                    diesel::insert_into(choices::table).values(rows).execute(conn).await?;
                }
                Ok(())
            },
        )
    }
}

impl From<Choice> for NewChoice {
    fn from(choice: Choice) -> Self {
        let Choice { key, label, description, picture, alt, .. } = choice;
        Self { key, label, description, picture, alt }
    }
}
