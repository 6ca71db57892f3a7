//! The statements that write a batch on SQLite. They are written by hand so that Diesel keeps them prepared, by their
//! types: an upsert that it writes itself is parsed again at each execution.

use chrono::NaiveDateTime;
use diesel::{
    prelude::*,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Binary, Integer, Text, Timestamp},
    sqlite::Sqlite,
};

/// Rule 4: stores a credential, unless it is there.
#[derive(QueryId)]
pub(super) struct Spend {
    pub poll_id: i64,
    pub hash: [u8; 32],
}

impl QueryFragment<Sqlite> for Spend {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO credentials (poll_id, hash) VALUES (");
        out.push_bind_param::<BigInt, _>(&self.poll_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(&self.hash)?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for Spend {}

/// Rules 3 and 4: stores a credential that is an invitation of the poll, unless it is there.
#[derive(QueryId)]
pub(super) struct SpendInvitation {
    pub poll_id: i64,
    pub hash: [u8; 32],
}

impl QueryFragment<Sqlite> for SpendInvitation {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO credentials (poll_id, hash) SELECT poll_id, hash FROM invitations WHERE hash = ");
        out.push_bind_param::<Binary, _>(&self.hash)?;
        out.push_sql(" AND poll_id = ");
        out.push_bind_param::<BigInt, _>(&self.poll_id)?;
        out.push_sql(" ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for SpendInvitation {}

/// Rule 6: stores ballots in this order.
#[derive(QueryId)]
pub(super) struct Store {
    pub poll_id: i64,
    pub cast_at: NaiveDateTime,
    /// An array of JSON.
    pub marks: String,
}

impl QueryFragment<Sqlite> for Store {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ballots (poll_id, cast_at, marks) SELECT ");
        out.push_bind_param::<BigInt, _>(&self.poll_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Timestamp, _>(&self.cast_at)?;
        out.push_sql(", value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.marks)?;
        out.push_sql(") ORDER BY key");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for Store {}

/// Rule 7: adds ballots to the count of their marks.
#[derive(QueryId)]
pub(super) struct AddToProfile {
    pub poll_id: i64,
    pub marks: String,
    pub shard: i32,
    pub count: i64,
}

impl QueryFragment<Sqlite> for AddToProfile {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO profile (poll_id, marks, shard, count) VALUES (");
        out.push_bind_param::<BigInt, _>(&self.poll_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.marks)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.shard)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.count)?;
        out.push_sql(") ON CONFLICT (poll_id, marks, shard) DO UPDATE SET count = profile.count + excluded.count");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for AddToProfile {}

/// Rule 8, its second half: adds ballots to those of a quarter of an hour.
#[derive(QueryId)]
pub(super) struct AddToQuarter {
    pub poll_id: i64,
    pub begins_at: NaiveDateTime,
    pub shard: i32,
    pub votes: i64,
}

impl QueryFragment<Sqlite> for AddToQuarter {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO votes_over_time (poll_id, begins_at, shard, votes) VALUES (");
        out.push_bind_param::<BigInt, _>(&self.poll_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Timestamp, _>(&self.begins_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.shard)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.votes)?;
        out.push_sql(
            ") ON CONFLICT (poll_id, begins_at, shard) DO UPDATE SET votes = votes_over_time.votes + excluded.votes",
        );
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for AddToQuarter {}

/// Rule 8: adds ballots to the number of all.
#[derive(QueryId)]
pub(super) struct AddToTurnout {
    pub poll_id: i64,
    pub shard: i32,
    pub ballots: i64,
}

impl QueryFragment<Sqlite> for AddToTurnout {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO turnout (poll_id, shard, ballots) VALUES (");
        out.push_bind_param::<BigInt, _>(&self.poll_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Integer, _>(&self.shard)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.ballots)?;
        out.push_sql(") ON CONFLICT (poll_id, shard) DO UPDATE SET ballots = turnout.ballots + excluded.ballots");
        Ok(())
    }
}

impl RunQueryDsl<SqliteConnection> for AddToTurnout {}
