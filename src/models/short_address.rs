//! Short addresses: six letters after the site's own address that lead to a poll.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    eligibility::Eligibility,
    schema::{polls, short_addresses},
};
use crate::db::{Connection, on};

/// The slug of the published poll that a code leads to. A poll by invitation has no short address any more.
///
/// # Errors
/// Those of the database.
pub async fn find(db: &mut Connection, code: &str) -> QueryResult<Option<String>> {
    let published = polls::draft.eq(false).and(polls::credential.ne(Eligibility::Invitation));
    let query = short_addresses::table
        .inner_join(polls::table)
        .filter(short_addresses::code.eq(code).and(published))
        .select(polls::slug);
    on!(db, c => query.first(c).await.optional())
}

/// The code of a poll, where it has one.
///
/// # Errors
/// Those of the database.
pub async fn of(db: &mut Connection, poll_id: i64) -> QueryResult<Option<String>> {
    let query = short_addresses::table.find(poll_id).select(short_addresses::code);
    on!(db, c => query.first(c).await.optional())
}

/// Gives a poll this code, unless the poll has one or another poll has this one.
///
/// # Errors
/// Those of the database.
pub async fn insert(db: &mut Connection, poll_id: i64, code: &str) -> QueryResult<()> {
    let values = (short_addresses::poll_id.eq(poll_id), short_addresses::code.eq(code));
    let insert = diesel::insert_into(short_addresses::table).values(values).on_conflict_do_nothing();
    on!(db, c => insert.execute(c).await)?;
    Ok(())
}
