//! A batch on PostgreSQL: one statement, in which each rule of [`super`] is a common table expression, written by a
//! function of the rule's name.
//!
//! There are two statements, each prepared once a connection: a batch without credentials has a short one, without
//! rules 3 to 5. Both take the columns of the batch as arrays. Rows are written in the order of their keys, so that two
//! processes never wait for each other in a circle.

mod columns;
mod credentials;

use chrono::NaiveDateTime;
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::types::{Cast, NewBallot};
use columns::Columns;
use credentials::{CredentialColumns, is_invited, spend};

/// Casts a batch in one transaction, that of its statement.
pub(super) async fn cast(
    conn: &mut AsyncPgConnection,
    batch: &[NewBallot],
    cast_at: NaiveDateTime,
    shard: i32,
) -> QueryResult<Vec<Cast>> {
    let columns = Columns::new(batch, cast_at, shard);
    let rows: Vec<(String, Vec<i64>)> = if batch.iter().any(|ballot| ballot.credential.is_some()) {
        WithCredentials { columns, credentials: CredentialColumns::new(batch) }.load(conn).await?
    } else {
        WithoutCredentials { columns }.load(conn).await?
    };
    // A ballot of which the statement says nothing has no poll that is open at its revision.
    let mut casts = vec![Cast::Refused; batch.len()];
    for (cast, places) in rows {
        let cast = match cast.as_str() {
            "counted" => Cast::Counted,
            "counted before" => Cast::CountedBefore,
            "uninvited" => Cast::Uninvited,
            _ => Cast::Locked,
        };
        for place in places {
            // WITH ORDINALITY counts from 1.
            if let Some(place) = usize::try_from(place - 1).ok().and_then(|place| casts.get_mut(place)) {
                *place = cast;
            }
        }
    }
    Ok(casts)
}

/// The statement for a batch without credentials.
#[derive(QueryId)]
struct WithoutCredentials {
    columns: Columns,
}

/// The statement for a batch with credentials; other ballots can be among them.
#[derive(QueryId)]
struct WithCredentials {
    columns: Columns,
    credentials: CredentialColumns,
}

impl QueryFragment<Pg> for WithoutCredentials {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH batch AS (SELECT * FROM unnest(");
        self.columns.push(&mut out)?;
        out.push_sql(") WITH ORDINALITY AS b (poll_id, revision, marks, n)), ");
        self.columns.lock(&mut out)?;
        self.columns.open(&mut out)?;
        out.push_sql("counted AS (SELECT n, poll_id, marks FROM batch JOIN open USING (poll_id, revision)), ");
        self.columns.store(&mut out)?;
        self.columns.add_to_profile(&mut out)?;
        self.columns.add_to_turnout(&mut out)?;
        self.columns.add_to_quarter(&mut out)?;
        out.push_sql("SELECT 'counted', array_agg(n) FROM counted HAVING count(*) > 0");
        push_locked(&mut out);
        Ok(())
    }
}

impl QueryFragment<Pg> for WithCredentials {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH batch AS (SELECT * FROM unnest(");
        self.columns.push(&mut out)?;
        self.credentials.push(&mut out)?;
        out.push_sql(") WITH ORDINALITY AS b (poll_id, revision, marks, hash, by_invitation, secret, repeated, n)), ");
        self.columns.lock(&mut out)?;
        self.columns.open(&mut out)?;
        is_invited(&mut out);
        spend(&mut out);
        self.credentials.mix(&mut out)?;
        out.push_sql("counted AS (SELECT n, poll_id, marks FROM judged WHERE is_counted), ");
        self.columns.store(&mut out)?;
        self.columns.add_to_profile(&mut out)?;
        self.columns.add_to_turnout(&mut out)?;
        self.columns.add_to_quarter(&mut out)?;
        out.push_sql(
            "SELECT CASE WHEN is_counted THEN 'counted' WHEN is_invited THEN 'counted before' ELSE 'uninvited' END,
                    array_agg(n)
               FROM judged GROUP BY 1",
        );
        push_locked(&mut out);
        Ok(())
    }
}

/// Of the ballots that rule 1 leaves out, that they were.
fn push_locked(out: &mut AstPass<'_, '_, Pg>) {
    out.push_sql(
        " UNION ALL SELECT 'locked', array_agg(n) FROM batch JOIN taking USING (poll_id)
           WHERE poll_id NOT IN (SELECT poll_id FROM open) HAVING count(*) > 0",
    );
}

impl Query for WithoutCredentials {
    type SqlType = (Text, Array<BigInt>);
}

impl Query for WithCredentials {
    type SqlType = (Text, Array<BigInt>);
}
