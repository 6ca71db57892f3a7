//! Creations: what forms have created, so that a form that is sent twice creates it once.
//!
//! A form is known by a keyed hash of all that it says, a random key of its page among it.

use chrono::TimeDelta;
use diesel::{dsl::sql, prelude::*, sql_types::Bool, upsert::excluded};
use diesel_async::RunQueryDsl;

use super::{
    poll::Poll,
    removal::IS_KEPT,
    schema::{creations, polls},
};
use crate::db::{Connection, on};

/// So long a form is remembered, and the invitations of one are shown.
const REMEMBERED: TimeDelta = TimeDelta::hours(1);

/// The poll that the form with this hash has created within the last hour, or created something for.
///
/// # Errors
/// Those of the database.
pub async fn find(db: &mut Connection, form: &[u8; 32]) -> QueryResult<Option<Poll>> {
    let oldest = super::now() - REMEMBERED;
    on!(db, c => creations::table
        .find(form.as_slice())
        .filter(creations::created_at.gt(oldest))
        .inner_join(polls::table)
        .filter(sql::<Bool>(IS_KEPT))
        .select(Poll::as_select())
        .first(c)
        .await
        .optional())
}

/// Remembers what a form has created, in the transaction that creates it, and forgets old ones.
pub(super) async fn insert(db: &mut Connection, form: &[u8; 32], poll_id: i64) -> QueryResult<()> {
    let now = super::now();
    let old = creations::table.filter(creations::created_at.le(now - REMEMBERED));
    on!(db, c => diesel::delete(old).execute(c).await)?;
    let values = (creations::hash.eq(form.as_slice()), creations::poll_id.eq(poll_id), creations::created_at.eq(now));
    // One that is there is of a poll that was deleted since.
    on!(db, c => diesel::insert_into(creations::table)
        .values(values)
        .on_conflict(creations::hash)
        .do_update()
        .set((
            creations::poll_id.eq(excluded(creations::poll_id)),
            creations::created_at.eq(excluded(creations::created_at)),
        ))
        .execute(c)
        .await)?;
    Ok(())
}
