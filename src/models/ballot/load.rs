//! The ballots of an election that was held elsewhere.

use chrono::NaiveDateTime;
use diesel::{
    dsl::insert_into,
    prelude::*,
    result::Error as QueryError,
    sql_query,
    sql_types::{BigInt, Text, Timestamp},
};
use diesel_async::RunQueryDsl;

use crate::{
    count::Profile,
    db::{Connection, on},
    models::{
        schema::{profile, turnout, votes_over_time},
        votes_over_time::quarter,
    },
};

/// Loads these ballots into a poll without ballots, all cast at `cast_at`. To be called in the transaction that creates
/// the poll.
///
/// # Errors
/// Those of the database.
pub async fn load(db: &mut Connection, poll_id: i64, profile: &Profile, cast_at: NaiveDateTime) -> QueryResult<()> {
    let number = |count: u64| i64::try_from(count).map_err(|error| QueryError::SerializationError(error.into()));
    let mut total = 0_i64;
    for (text, count) in profile {
        let count = number(*count)?;
        total = total.saturating_add(count);
        let rows = sql_query(
            "WITH RECURSIVE n (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i - 1 FROM n WHERE i > 1) \
             INSERT INTO ballots (poll_id, cast_at, marks) SELECT $2, $3, $4 FROM n",
        );
        let rows = rows.bind::<BigInt, _>(count).bind::<BigInt, _>(poll_id);
        let rows = rows.bind::<Timestamp, _>(cast_at).bind::<Text, _>(text);
        on!(db, conn => rows.execute(conn).await)?;
        let row =
            (profile::poll_id.eq(poll_id), profile::marks.eq(text), profile::shard.eq(0), profile::count.eq(count));
        on!(db, conn => insert_into(profile::table).values(row).execute(conn).await)?;
    }
    if total > 0 {
        let row = (turnout::poll_id.eq(poll_id), turnout::shard.eq(0), turnout::ballots.eq(total));
        on!(db, conn => insert_into(turnout::table).values(row).execute(conn).await)?;
        let row = (
            votes_over_time::poll_id.eq(poll_id),
            votes_over_time::begins_at.eq(quarter(cast_at)),
            votes_over_time::shard.eq(0),
            votes_over_time::votes.eq(total),
        );
        on!(db, conn => insert_into(votes_over_time::table).values(row).execute(conn).await)?;
    }
    Ok(())
}
