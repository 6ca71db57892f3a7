//! Removing a poll: it is gone from every page at once, and its rows go bit by bit, so that a poll with
//! millions of ballots keeps nobody waiting.

use diesel::{
    dsl::{not, sql},
    prelude::*,
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl;

use super::{
    ballot,
    lock::{lock, next_revision},
    poll::Poll,
    schema::polls,
};
use crate::db::{Connection, on};

/// How many rows go in one statement.
const ROWS: usize = 5000;

/// Whether a poll is not removed, as SQL. Processes of version 0.1.0, which may still run beside this one, mark a removed
/// poll by its address alone; no other poll's has a slash.
pub(super) const IS_KEPT: &str = "removed_at IS NULL AND slug NOT LIKE 'removed/%'";

/// What a poll's row becomes: one that no page finds, and whose address is free.
macro_rules! removed {
    ($revision:expr) => {
        (
            polls::removed_at.eq(super::now()),
            polls::slug.eq(sql::<Text>("'removed/' || id")),
            polls::organiser_id.eq(None::<i64>),
            polls::draft.eq(true),
            polls::listed.eq(false),
            polls::featured.eq(false),
            polls::revision.eq($revision),
        )
    };
}

impl Poll {
    /// Takes it from every page, for good. [`remove_some`] then deletes its rows.
    pub async fn remove(&self, db: &mut Connection) -> QueryResult<()> {
        db.transaction(async |db| {
            lock(db, &format!("id = {}", self.id)).await?;
            let revision = next_revision(db).await?;
            on!(db, c => diesel::update(polls::table.find(self.id)).set(removed!(revision)).execute(c).await)?;
            Ok(())
        })
        .await
    }

    /// The same, and waits until all its rows are gone.
    pub async fn delete(&self, db: &mut Connection) -> QueryResult<()> {
        self.remove(db).await?;
        while remove_some(db).await? {}
        Ok(())
    }
}

/// The same for all polls of an organiser, in the transaction that deletes the account.
pub(super) async fn remove_all(db: &mut Connection, organiser_id: i64) -> QueryResult<()> {
    lock(db, &format!("organiser_id = {organiser_id}")).await?;
    let revision = next_revision(db).await?;
    let theirs = polls::table.filter(polls::organiser_id.eq(organiser_id));
    on!(db, c => diesel::update(theirs).set(removed!(revision)).execute(c).await)?;
    Ok(())
}

/// Deletes some rows of removed polls; whether there may be more.
pub async fn remove_some(db: &mut Connection) -> QueryResult<bool> {
    let query = polls::table.filter(not(sql::<Bool>(IS_KEPT))).select(polls::id);
    let poll: Option<i64> = on!(db, c => query.first(c).await.optional())?;
    let Some(id) = poll else { return Ok(false) };
    let mut gone = 0;
    // The tables that can have millions of rows of a poll.
    for (table, key) in ballot::TABLES.into_iter().chain([("invitations", "hash")]) {
        // Diesel does not take a subquery on the table that is deleted from; both engines do, in the same words.
        let query = diesel::sql_query(format!(
            "DELETE FROM {table} WHERE poll_id = {id} AND {key} IN \
             (SELECT {key} FROM {table} WHERE poll_id = {id} LIMIT {ROWS})"
        ));
        gone += on!(db, c => query.execute(c).await)?;
    }
    if gone == 0 {
        // The few rows that are left go with the poll's own.
        on!(db, c => diesel::delete(polls::table.find(id)).execute(c).await)?;
    }
    Ok(true)
}
