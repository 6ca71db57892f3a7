//! The rules for ballots with a credential: 3, 4 and 5.

use std::collections::HashSet;

use diesel::{
    pg::Pg,
    query_builder::{AstPass, QueryId},
    result::QueryResult,
    sql_types::{Array, Binary, Bool, Nullable},
};

use crate::models::{ballot::types::NewBallot, eligibility::Eligibility};

/// What ballots with a credential have.
#[derive(QueryId)]
pub struct CredentialColumns {
    hashes: Vec<Option<Vec<u8>>>,
    by_invitation: Vec<bool>,
    /// Whether nothing may show which ballot a credential was stored with.
    secret: Vec<bool>,
    /// Whether the same credential comes earlier in the batch, which no constraint of the table sees.
    repeated: Vec<bool>,
    /// Where among the hashes of a poll those are taken that are written again.
    point: Vec<u8>,
}

impl CredentialColumns {
    /// The columns of a batch.
    pub fn new(batch: &[NewBallot]) -> Self {
        let mut seen = HashSet::new();
        let mut is_repeated = |ballot: &NewBallot| {
            ballot.credential.is_some_and(|hash| !seen.insert((ballot.poll_id, ballot.revision, hash)))
        };
        let has = |ballot: &NewBallot, rule: fn(Eligibility) -> bool| ballot.credential.is_some() && rule(ballot.rule);
        Self {
            hashes: batch.iter().map(|ballot| ballot.credential.map(Vec::from)).collect(),
            by_invitation: batch.iter().map(|ballot| has(ballot, |rule| rule == Eligibility::Invitation)).collect(),
            secret: batch.iter().map(|ballot| has(ballot, |rule| rule != Eligibility::Open)).collect(),
            repeated: batch.iter().map(&mut is_repeated).collect(),
            point: any_hash(),
        }
    }

    /// Writes the arrays.
    pub fn push<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Binary>>, _>(&self.hashes)?;
        for column in [&self.by_invitation, &self.secret, &self.repeated] {
            out.push_sql(", ");
            out.push_bind_param::<Array<Bool>, _>(column)?;
        }
        Ok(())
    }

    /// Rule 5: PostgreSQL marks each row with the transaction that wrote it (`xmin`). Where a secret poll has fewer than
    /// eight voters in the batch, other credentials of the poll are written again beside theirs: those next to any point
    /// among its hashes, on both sides. Those that another batch is writing are passed over. They are written by an insert
    /// that conflicts, for that finds them in the index, where an update might read the whole table.
    pub fn mix<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "few AS (
                SELECT poll_id, 8 - count(*) AS missing FROM judged WHERE is_counted AND secret
                 GROUP BY poll_id HAVING count(*) < 8),
            mixed AS (
                INSERT INTO credentials (poll_id, hash)
                SELECT few.poll_id, others.hash FROM few, LATERAL (
                    SELECT * FROM (
                        SELECT c.hash FROM credentials c WHERE c.poll_id = few.poll_id AND c.hash >= ",
        );
        out.push_bind_param::<Binary, _>(&self.point)?;
        out.push_sql(
            " ORDER BY c.hash LIMIT few.missing FOR UPDATE SKIP LOCKED) AS after
                    UNION ALL
                    SELECT * FROM (
                        SELECT c.hash FROM credentials c WHERE c.poll_id = few.poll_id AND c.hash < ",
        );
        out.push_bind_param::<Binary, _>(&self.point)?;
        out.push_sql(
            " ORDER BY c.hash DESC LIMIT few.missing FOR UPDATE SKIP LOCKED) AS before) AS others
                ON CONFLICT (poll_id, hash) DO UPDATE SET hash = excluded.hash), ",
        );
        Ok(())
    }
}

/// Rule 3, and for rule 4 whether the credential is there already. In a secret poll that is looked up before the insert,
/// which would wait for a batch that is writing the same row again by rule 5. Both are subqueries that give one value,
/// so that they are always looked up in the index.
pub fn is_invited(out: &mut AstPass<'_, '_, Pg>) {
    out.push_sql(
        "valid AS (
            SELECT b.*,
                   NOT by_invitation OR (
                       SELECT true FROM invitations i WHERE i.hash = b.hash AND i.poll_id = b.poll_id
                   ) IS TRUE AS is_invited,
                   secret AND (
                       SELECT true FROM credentials c WHERE c.poll_id = b.poll_id AND c.hash = b.hash
                   ) IS TRUE AS is_known
              FROM batch b JOIN open USING (poll_id, revision)), ",
    );
}

/// Rule 4: stores the credentials that are not there, and says of each ballot whether it counts.
pub fn spend(out: &mut AstPass<'_, '_, Pg>) {
    out.push_sql(
        "spent AS (
            INSERT INTO credentials (poll_id, hash)
            SELECT poll_id, hash FROM valid
             WHERE hash IS NOT NULL AND is_invited AND NOT is_known AND NOT repeated ORDER BY poll_id, hash
            ON CONFLICT DO NOTHING RETURNING poll_id, hash),
        judged AS (
            SELECT n, poll_id, marks, secret, is_invited, is_invited AND NOT repeated AND
                   (hash IS NULL OR (poll_id, hash) IN (SELECT poll_id, hash FROM spent)) AS is_counted
              FROM valid), ",
    );
}

/// Any of all hashes; without random bytes, always the same one.
fn any_hash() -> Vec<u8> {
    let mut hash = vec![0x80; 32];
    let _ = getrandom::fill(&mut hash);
    hash
}
