//! The hot path on PostgreSQL: a batch of ballots as one statement, with its credentials, profile and turnout.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Binary, Bool, Integer, Nullable, Text, Timestamp},
};

use super::{ballot::NewBallot, eligibility::Eligibility};

/// The batch as one statement for PostgreSQL, prepared once: columns as arrays.
///
/// Rows are written in key order, so that two writers never wait for each other in a circle. PostgreSQL marks
/// each row with the transaction that wrote it: where few voters of a secret poll are in a batch, other credentials
/// of the poll are written again beside theirs, so that no mark leads from a ballot to the one credential.
#[derive(QueryId)]
pub(super) struct CastBatch {
    poll_ids: Vec<i64>,
    revisions: Vec<i64>,
    marks: Vec<String>,
    credentials: Vec<Option<Vec<u8>>>,
    invited: Vec<bool>,
    /// Whether nothing may tell which ballot a credential was spent with.
    secret: Vec<bool>,
    /// Whether the same credential comes earlier in this batch, which no constraint of the table can tell.
    repeated: Vec<bool>,
    cast_at: NaiveDateTime,
    shard: i32,
    /// Where among the hashes those are taken that are written again.
    point: Vec<u8>,
}

impl CastBatch {
    /// The statement that casts `batch`; it gives the place from 1, whether it was welcome and whether it was counted, of each ballot not refused.
    pub(super) fn new(batch: &[NewBallot], cast_at: NaiveDateTime, shard: i32) -> Self {
        let mut seen = HashSet::new();
        let mut repeats = |b: &NewBallot| b.credential.is_some_and(|hash| !seen.insert((b.poll_id, b.revision, hash)));
        Self {
            poll_ids: batch.iter().map(|b| b.poll_id).collect(),
            revisions: batch.iter().map(|b| b.revision).collect(),
            marks: batch.iter().map(|b| b.marks.to_string()).collect(),
            credentials: batch.iter().map(|b| b.credential.map(Vec::from)).collect(),
            invited: batch.iter().map(|b| b.credential.is_some() && b.rule == Eligibility::Invitation).collect(),
            secret: batch.iter().map(|b| b.credential.is_some() && b.rule != Eligibility::Open).collect(),
            repeated: batch.iter().map(&mut repeats).collect(),
            cast_at,
            shard,
            point: point(),
        }
    }
}

/// Any place among the hashes; without random bytes, always the same one.
fn point() -> Vec<u8> {
    let mut point = vec![0x80; 32];
    let _ = getrandom::fill(&mut point);
    point
}

impl QueryFragment<Pg> for CastBatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH batch AS (SELECT * FROM unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&self.poll_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.revisions)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.marks)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Binary>>, _>(&self.credentials)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.invited)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.secret)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Bool>, _>(&self.repeated)?;
        out.push_sql(
            ") WITH ORDINALITY AS b (poll_id, revision, marks, hash, invited, secret, repeated, n)), moment AS (SELECT ",
        );
        out.push_bind_param::<Timestamp, _>(&self.cast_at)?;
        out.push_sql(" AS cast_at, ");
        out.push_bind_param::<Integer, _>(&self.shard)?;
        out.push_sql(" AS shard, ");
        out.push_bind_param::<Binary, _>(&self.point)?;
        out.push_sql(
            " AS point),
            open AS (
                SELECT id, polls.revision FROM polls, moment
                 WHERE id IN (SELECT poll_id FROM batch)
                   AND (draft OR opens_at <= moment.cast_at AND (closes_at IS NULL OR closes_at > moment.cast_at))
                 ORDER BY id FOR SHARE OF polls),
            valid AS (
                SELECT b.*, NOT b.invited OR (
                    SELECT true FROM invitations i WHERE i.hash = b.hash AND i.poll_id = b.poll_id) IS TRUE AS welcome,
                    b.secret AND (
                    SELECT true FROM credentials c WHERE c.poll_id = b.poll_id AND c.hash = b.hash) IS TRUE AS voted
                  FROM batch b JOIN open o ON o.id = b.poll_id AND o.revision = b.revision),
            spent AS (
                INSERT INTO credentials (poll_id, hash)
                SELECT poll_id, hash FROM valid WHERE hash IS NOT NULL AND welcome AND NOT voted AND NOT repeated ORDER BY poll_id, hash
                ON CONFLICT DO NOTHING RETURNING poll_id, hash),
            few AS (
                SELECT s.poll_id, 8 - count(*) AS more FROM spent s JOIN valid v USING (poll_id, hash)
                 WHERE v.secret GROUP BY s.poll_id HAVING count(*) < 8),
            mixed AS (
                UPDATE credentials c SET hash = c.hash FROM few, moment, LATERAL (
                    SELECT * FROM (SELECT poll_id, hash FROM credentials
                         WHERE poll_id = few.poll_id AND hash >= moment.point
                         ORDER BY hash LIMIT few.more FOR UPDATE SKIP LOCKED) after
                    UNION ALL
                    SELECT * FROM (SELECT poll_id, hash FROM credentials
                         WHERE poll_id = few.poll_id AND hash < moment.point
                         ORDER BY hash DESC LIMIT few.more FOR UPDATE SKIP LOCKED) before) other
                 WHERE c.poll_id = other.poll_id AND c.hash = other.hash),
            counted AS (
                SELECT v.n, v.poll_id, v.marks FROM valid v LEFT JOIN spent s ON s.poll_id = v.poll_id AND s.hash = v.hash
                 WHERE v.welcome AND NOT v.repeated AND (v.hash IS NULL OR s.hash IS NOT NULL)),
            stored AS (
                INSERT INTO ballots (poll_id, cast_at, marks)
                SELECT poll_id, cast_at, marks FROM counted, moment ORDER BY n),
            profiled AS (
                INSERT INTO profile (poll_id, marks, shard, count)
                SELECT poll_id, marks, min(moment.shard), count(*) FROM counted, moment
                 GROUP BY poll_id, marks ORDER BY poll_id, marks
                ON CONFLICT (poll_id, sha256(decode(marks, 'escape')), shard) DO UPDATE SET count = profile.count + excluded.count),
            turned AS (
                INSERT INTO turnout (poll_id, shard, ballots)
                SELECT poll_id, min(moment.shard), count(*) FROM counted, moment GROUP BY poll_id ORDER BY poll_id
                ON CONFLICT (poll_id, shard) DO UPDATE SET ballots = turnout.ballots + excluded.ballots)
            SELECT v.n, v.welcome, c.n IS NOT NULL FROM valid v LEFT JOIN counted c ON c.n = v.n",
        );
        Ok(())
    }
}

impl Query for CastBatch {
    type SqlType = (BigInt, Bool, Bool);
}
