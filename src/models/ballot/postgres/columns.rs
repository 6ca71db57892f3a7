//! The rules for all ballots of a batch: 1, 2, 6, 7 and 8.

use chrono::NaiveDateTime;
use diesel::{
    pg::Pg,
    query_builder::{AstPass, QueryId},
    result::QueryResult,
    sql_types::{Array, BigInt, Integer, Text, Timestamp},
};

use crate::models::{ballot::types::NewBallot, votes_over_time::quarter};

/// What every ballot has, and what is the same for all.
#[derive(QueryId)]
pub struct Columns {
    poll_ids: Vec<i64>,
    revisions: Vec<i64>,
    marks: Vec<String>,
    cast_at: NaiveDateTime,
    quarter: NaiveDateTime,
    shard: i32,
}

impl Columns {
    /// The columns of a batch.
    pub fn new(batch: &[NewBallot], cast_at: NaiveDateTime, shard: i32) -> Self {
        Self {
            poll_ids: batch.iter().map(|ballot| ballot.poll_id).collect(),
            revisions: batch.iter().map(|ballot| ballot.revision).collect(),
            marks: batch.iter().map(|ballot| ballot.marks.as_str().to_owned()).collect(),
            cast_at,
            quarter: quarter(cast_at),
            shard,
        }
    }

    /// Writes the arrays.
    pub fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_bind_param::<Array<BigInt>, _>(&self.poll_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.revisions)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.marks)
    }

    /// Rule 1, its first half: the polls that take ballots, and whether each is free of a change. A change takes the
    /// same advisory lock for itself alone (`models::lock`): it waits for the batches that hold the lock, and those that
    /// come after leave the poll's ballots out. A lock of the row would be shared by one batch after the other, and the
    /// change would wait for ever.
    pub fn lock<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "taking AS (
                SELECT id AS poll_id, pg_try_advisory_xact_lock_shared(id) AS is_free FROM polls
                 WHERE id IN (SELECT poll_id FROM batch) AND ",
        );
        self.push_is_open(out)?;
        out.push_sql("), ");
        Ok(())
    }

    /// Rule 1, its second half, and rule 2: the polls at their newest revision, which the lock of the row keeps. A change
    /// that was committed since the statement began is seen here, and by nothing else in the statement.
    pub fn open<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "open AS (
                SELECT id AS poll_id, revision FROM polls
                 WHERE id = ANY (ARRAY(SELECT poll_id FROM taking WHERE is_free)) AND ",
        );
        self.push_is_open(out)?;
        out.push_sql(" FOR SHARE SKIP LOCKED), ");
        Ok(())
    }

    fn push_is_open<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(draft OR opens_at <= ");
        out.push_bind_param::<Timestamp, _>(&self.cast_at)?;
        out.push_sql(" AND (closes_at IS NULL OR closes_at > ");
        out.push_bind_param::<Timestamp, _>(&self.cast_at)?;
        out.push_sql("))");
        Ok(())
    }

    /// Rule 6.
    pub fn store<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("stored AS (INSERT INTO ballots (poll_id, cast_at, marks) SELECT poll_id, ");
        out.push_bind_param::<Timestamp, _>(&self.cast_at)?;
        out.push_sql(", marks FROM counted ORDER BY n), ");
        Ok(())
    }

    /// Rule 7.
    pub fn add_to_profile<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("profiled AS (INSERT INTO profile (poll_id, marks, shard, count) SELECT poll_id, marks, ");
        out.push_bind_param::<Integer, _>(&self.shard)?;
        out.push_sql(
            ", count(*) FROM counted GROUP BY poll_id, marks ORDER BY poll_id, marks
                ON CONFLICT (poll_id, sha256(decode(marks, 'escape')), shard)
                DO UPDATE SET count = profile.count + excluded.count), ",
        );
        Ok(())
    }

    /// Rule 8, its first half.
    pub fn add_to_turnout<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("turned_out AS (INSERT INTO turnout (poll_id, shard, ballots) SELECT poll_id, ");
        out.push_bind_param::<Integer, _>(&self.shard)?;
        out.push_sql(
            ", count(*) FROM counted GROUP BY poll_id ORDER BY poll_id
                ON CONFLICT (poll_id, shard) DO UPDATE SET ballots = turnout.ballots + excluded.ballots), ",
        );
        Ok(())
    }

    /// Rule 8, its second half.
    pub fn add_to_quarter<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("of_quarter AS (INSERT INTO votes_over_time (poll_id, begins_at, shard, votes) SELECT poll_id, ");
        out.push_bind_param::<Timestamp, _>(&self.quarter)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.shard)?;
        out.push_sql(
            ", count(*) FROM counted GROUP BY poll_id ORDER BY poll_id
                ON CONFLICT (poll_id, begins_at, shard)
                DO UPDATE SET votes = votes_over_time.votes + excluded.votes) ",
        );
        Ok(())
    }
}
