//! How many votes came when, by quarters of an hour: the smallest step in which every time zone has whole hours and days.

use chrono::{DurationRound as _, NaiveDateTime, TimeDelta};
use diesel::{prelude::*, sql_query, sql_types::BigInt};
use diesel_async::RunQueryDsl;

use super::schema::votes_over_time;
use crate::db::{Connection, on};

/// A quarter of an hour.
pub const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// The start of the quarter of an hour that a moment is in.
pub fn quarter(moment: NaiveDateTime) -> NaiveDateTime {
    // It fails only for years that nanoseconds since 1970 do not reach.
    moment.duration_trunc(QUARTER).unwrap_or(moment)
}

/// The quarters in which ballots of a poll were cast, the first one first: the start of each, UTC, and how many.
///
/// # Errors
/// Those of the database.
pub async fn read(db: &mut Connection, poll_id: i64) -> QueryResult<Vec<(NaiveDateTime, u64)>> {
    let rows: Vec<(NaiveDateTime, i64)> = on!(db, c => votes_over_time::table
        .filter(votes_over_time::poll_id.eq(poll_id))
        .order(votes_over_time::begins_at)
        .select((votes_over_time::begins_at, votes_over_time::votes))
        .load(c)
        .await)?;
    let mut quarters: Vec<(NaiveDateTime, u64)> = Vec::new();
    for (begins_at, votes) in rows {
        match quarters.last_mut() {
            Some(last) if last.0 == begins_at => last.1 += votes.unsigned_abs(),
            _ => quarters.push((begins_at, votes.unsigned_abs())),
        }
    }
    Ok(quarters)
}

/// The quarter of an hour of a ballot, in the SQL of each engine.
const SQLITE_QUARTER: &str = "datetime(unixepoch(cast_at) / 900 * 900, 'unixepoch')";
const POSTGRES_QUARTER: &str =
    "date_trunc('hour', cast_at) + INTERVAL '15 minutes' * floor(extract(minute FROM cast_at) / 15)";

/// Counts the votes of a poll over time again from its ballots, where they are not as many: while a new version is rolled
/// out, processes of the version before it do not keep this table. To be called in a transaction that has locked the poll.
///
/// # Errors
/// Those of the database.
pub(super) async fn complete(db: &mut Connection, poll_id: i64, ballots: u64) -> QueryResult<()> {
    if read(db, poll_id).await?.iter().map(|(_, votes)| votes).sum::<u64>() == ballots {
        return Ok(());
    }
    let rows = votes_over_time::table.filter(votes_over_time::poll_id.eq(poll_id));
    on!(db, c => diesel::delete(rows).execute(c).await)?;
    let quarter = if db.is_postgres() { POSTGRES_QUARTER } else { SQLITE_QUARTER };
    let query = sql_query(format!(
        "INSERT INTO votes_over_time (poll_id, begins_at, shard, votes) \
         SELECT poll_id, {quarter}, 0, count(*) FROM ballots WHERE poll_id = $1 GROUP BY 1, 2"
    ));
    let query = query.bind::<BigInt, _>(poll_id);
    on!(db, c => query.execute(c).await)?;
    Ok(())
}
