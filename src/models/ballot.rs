//! Ballots: the one place that writes them, a batch in one transaction with its credentials and profile.
//!
//! This is the hot path, and the one query with an arm for each engine: SQLite takes the whole batch in
//! one hop to a blocking thread, PostgreSQL as one prepared statement. The same tests run on both.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDateTime;
use diesel::{
    dsl::{exists, insert_into, not},
    prelude::*,
    result::Error as QueryError,
    select, sql_query,
    sql_types::{BigInt, Text, Timestamp},
    upsert::excluded,
};

use super::{
    cast_batch::CastBatch,
    eligibility::Eligibility,
    schema::{ballots, credentials, invitations, polls, profile, turnout},
};
use crate::{
    count::Profile,
    db::{Connection, on},
    marks::Marks,
};

/// A ballot on its way to the disk.
#[derive(Debug, Clone)]
pub struct NewBallot {
    /// The poll it is cast in.
    pub poll_id: i64,
    /// The poll's revision that its marks were read against.
    pub revision: i64,
    /// What the voter marked.
    pub marks: Marks,
    /// The keyed hash of the voter's credential, where there is one.
    pub credential: Option<[u8; 32]>,
    /// What makes a voter one voter in its poll: by invitation, the credential must be among the invitations.
    pub rule: Eligibility,
}

/// What became of a ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// It is on disk and in the tally.
    Counted,
    /// Its credential had voted already; that ballot counts, this one does not.
    CountedBefore,
    /// Its credential is none of the poll's invitations.
    Uninvited,
    /// Its poll takes no ballot at this moment, or is not at the revision any more that the marks were read against.
    Refused,
}

/// Casts a batch at the moment `cast_at`, all of it or nothing: what became of each, in order.
///
/// The polls are locked against a change until the batch is in, so a poll that closes has the ballots
/// before the bell and none after. `shard` is the writer's part of the profile.
///
/// # Errors
/// Those of the database; then nothing of the batch is stored, unless the connection broke during the commit.
pub async fn cast(
    db: &mut Connection,
    batch: &[NewBallot],
    cast_at: NaiveDateTime,
    shard: i32,
) -> QueryResult<Vec<Cast>> {
    let mut casts = store(db, batch, cast_at, shard).await?;
    // What was stored is stored: an error from here on only leaves a voter refused who need not be.
    if let Err(error) = recognise(db, batch, &mut casts).await {
        log::error!("voters who were refused could not be looked for among those who have voted: {error}");
    }
    Ok(casts)
}

/// Loads the ballots of an election that was held elsewhere into a poll without ballots, all cast at `cast_at`.
/// To be called in the transaction that makes the poll.
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
        on!(db, conn => diesel_async::RunQueryDsl::execute(rows, conn).await)?;
        let row =
            (profile::poll_id.eq(poll_id), profile::marks.eq(text), profile::shard.eq(0), profile::count.eq(count));
        let row = insert_into(profile::table).values(row);
        on!(db, conn => diesel_async::RunQueryDsl::execute(row, conn).await)?;
    }
    if total > 0 {
        let row = (turnout::poll_id.eq(poll_id), turnout::shard.eq(0), turnout::ballots.eq(total));
        let row = insert_into(turnout::table).values(row);
        on!(db, conn => diesel_async::RunQueryDsl::execute(row, conn).await)?;
    }
    Ok(())
}

/// A credential that has voted is answered so even where its poll takes no ballot any more: the voter
/// only asks again whether the first attempt arrived.
async fn recognise(db: &mut Connection, batch: &[NewBallot], casts: &mut [Cast]) -> QueryResult<()> {
    let refused = || batch.iter().zip(&*casts).filter(|(_, cast)| **cast == Cast::Refused).map(|(ballot, _)| ballot);
    let (poll_ids, hashes): (Vec<i64>, Vec<[u8; 32]>) =
        refused().filter_map(|ballot| Some((ballot.poll_id, ballot.credential?))).unzip();
    if hashes.is_empty() {
        return Ok(());
    }
    let query = credentials::table
        .inner_join(polls::table)
        // A removed poll is a draft whose credentials go bit by bit, and its address may be another poll's.
        .filter(not(polls::draft))
        .filter(credentials::poll_id.eq_any(poll_ids))
        .filter(credentials::hash.eq_any(hashes.iter().map(<[u8; 32]>::as_slice)));
    let query = query.select((credentials::poll_id, credentials::hash));
    let voted: Vec<(i64, Vec<u8>)> = on!(db, conn => diesel_async::RunQueryDsl::load(query, conn).await)?;
    for (ballot, cast) in batch.iter().zip(casts) {
        let has_voted = |hash: &[u8; 32]| {
            voted.iter().any(|(poll_id, known)| (*poll_id, known.as_slice()) == (ballot.poll_id, hash))
        };
        if *cast == Cast::Refused && ballot.credential.as_ref().is_some_and(has_voted) {
            *cast = Cast::CountedBefore;
        }
    }
    Ok(())
}

async fn store(db: &mut Connection, batch: &[NewBallot], cast_at: NaiveDateTime, shard: i32) -> QueryResult<Vec<Cast>> {
    on!(db, conn =>
        sqlite: {
            let batch = batch.to_vec();
            conn.spawn_blocking(move |conn| {
                conn.immediate_transaction(|conn| cast_on_sqlite(conn, &batch, cast_at, shard))
            })
            .await
        },
        postgres: {
            let statement = CastBatch::new(batch, cast_at, shard);
            let rows: Vec<(i64, bool, bool)> = diesel_async::RunQueryDsl::load(statement, conn).await?;
            let mut casts = vec![Cast::Refused; batch.len()];
            for (n, welcome, counted) in rows {
                // WITH ORDINALITY counts from 1.
                if let Some(cast) = usize::try_from(n - 1).ok().and_then(|n| casts.get_mut(n)) {
                    *cast = match (welcome, counted) {
                        (false, _) => Cast::Uninvited,
                        (true, false) => Cast::CountedBefore,
                        (true, true) => Cast::Counted,
                    };
                }
            }
            Ok(casts)
        },
    )
}

fn cast_on_sqlite(
    conn: &mut SqliteConnection,
    batch: &[NewBallot],
    cast_at: NaiveDateTime,
    shard: i32,
) -> QueryResult<Vec<Cast>> {
    let ids: HashSet<i64> = batch.iter().map(|ballot| ballot.poll_id).collect();
    let mut open = HashSet::new();
    for id in ids {
        let revision: Option<i64> = polls::table
            .find(id)
            .filter(
                polls::draft.or(polls::opens_at
                    .le(cast_at)
                    .and(polls::closes_at.is_null().or(polls::closes_at.gt(cast_at)).assume_not_null())),
            )
            .select(polls::revision)
            .first(conn)
            .optional()?;
        open.extend(revision.map(|revision| (id, revision)));
    }
    let mut casts = Vec::with_capacity(batch.len());
    let mut counts: BTreeMap<(i64, &str), i64> = BTreeMap::new();
    for ballot in batch {
        if !open.contains(&(ballot.poll_id, ballot.revision)) {
            casts.push(Cast::Refused);
            continue;
        }
        if let Some(hash) = &ballot.credential {
            let invitation = invitations::table.find(hash.as_slice()).filter(invitations::poll_id.eq(ballot.poll_id));
            if ballot.rule == Eligibility::Invitation && !select(exists(invitation)).get_result::<bool>(conn)? {
                casts.push(Cast::Uninvited);
                continue;
            }
            let values = (credentials::poll_id.eq(ballot.poll_id), credentials::hash.eq(hash.as_slice()));
            if insert_into(credentials::table).values(values).on_conflict_do_nothing().execute(conn)? == 0 {
                casts.push(Cast::CountedBefore);
                continue;
            }
        }
        insert_into(ballots::table)
            .values((
                ballots::poll_id.eq(ballot.poll_id),
                ballots::cast_at.eq(cast_at),
                ballots::marks.eq(ballot.marks.as_str()),
            ))
            .execute(conn)?;
        *counts.entry((ballot.poll_id, ballot.marks.as_str())).or_default() += 1;
        casts.push(Cast::Counted);
    }
    let mut turnouts: BTreeMap<i64, i64> = BTreeMap::new();
    for ((poll_id, marks), count) in counts {
        *turnouts.entry(poll_id).or_default() += count;
        insert_into(profile::table)
            .values((
                profile::poll_id.eq(poll_id),
                profile::marks.eq(marks),
                profile::shard.eq(shard),
                profile::count.eq(count),
            ))
            .on_conflict((profile::poll_id, profile::marks, profile::shard))
            .do_update()
            .set(profile::count.eq(profile::count + excluded(profile::count)))
            .execute(conn)?;
    }
    for (poll_id, count) in turnouts {
        insert_into(turnout::table)
            .values((turnout::poll_id.eq(poll_id), turnout::shard.eq(shard), turnout::ballots.eq(count)))
            .on_conflict((turnout::poll_id, turnout::shard))
            .do_update()
            .set(turnout::ballots.eq(turnout::ballots + excluded(turnout::ballots)))
            .execute(conn)?;
    }
    Ok(casts)
}
