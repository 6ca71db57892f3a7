//! Locks: how changes of polls and the ballots that are cast in them keep out of each other's way.
//!
//! A change takes three steps, in one transaction:
//!
//! 1. It locks its polls. It waits for the batches with ballots of them that are being written; batches that come later
//!    leave such ballots out and try them again (rule 1 of `models::ballot`).
//! 2. It does what may take long, in tables of its own polls.
//! 3. It takes the site's row for its new revision, so that changes take turns, and writes to `polls`. From here on it
//!    waits for no lock and no ballot, so it holds no other change up, and no ballot of another poll.
//!
//! What needs no lock and takes long can come before the first step.

use diesel::{prelude::*, sql_query};
use diesel_async::RunQueryDsl;

use super::schema::site;
use crate::db::{Connection, on};

/// Locks the polls for which a condition in SQL is true, until the transaction ends; gives how many they are.
///
/// On SQLite it takes the lock of the whole file, as every write does, and must come before any read.
pub(super) async fn lock(db: &mut Connection, condition: &str) -> QueryResult<usize> {
    if db.is_postgres() {
        // In the order of their ids: two changes never wait for each other in a circle.
        let advisory = sql_query(format!(
            "SELECT pg_advisory_xact_lock(id) FROM (SELECT id FROM polls WHERE {condition} ORDER BY id) AS locked"
        ));
        on!(db, c => advisory.execute(c).await)?;
    }
    let rows = sql_query(format!("UPDATE polls SET revision = revision WHERE {condition}"));
    on!(db, c => rows.execute(c).await)
}

/// Counts the site's revision up and gives the new one: the third step of a change.
pub(super) async fn next_revision(db: &mut Connection) -> QueryResult<i64> {
    on!(db, c => diesel::update(site::table)
        .set(site::revision.eq(site::revision + 1))
        .returning(site::revision)
        .get_result(c)
        .await)
}
