//! Single ballots with their times, a part at a time: for the files of polls that keep nobody's credential.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::schema::ballots;
use crate::db::{Connection, on};

/// How many ballots a part has at most.
const PART: i64 = 2_000;

/// A ballot as it is stored: its row, when it was cast (UTC), and its marks.
pub type SingleBallot = (i64, NaiveDateTime, String);

/// The next ballots of a poll after a row, up to a last one; none at the end. Rows are in the order in which one
/// writer stored them.
pub async fn after(db: &mut Connection, poll_id: i64, row: i64, last: i64) -> QueryResult<Vec<SingleBallot>> {
    on!(db, c => ballots::table
        .filter(ballots::poll_id.eq(poll_id))
        .filter(ballots::row_id.gt(row).and(ballots::row_id.le(last)))
        .order(ballots::row_id)
        .limit(PART)
        .select((ballots::row_id, ballots::cast_at, ballots::marks))
        .load(c)
        .await)
}

/// A poll's last row; 0 where it has no ballot.
pub async fn last(db: &mut Connection, poll_id: i64) -> QueryResult<i64> {
    let last: Option<i64> = on!(db, c => ballots::table
        .filter(ballots::poll_id.eq(poll_id))
        .select(diesel::dsl::max(ballots::row_id))
        .first(c)
        .await)?;
    Ok(last.unwrap_or(0))
}
