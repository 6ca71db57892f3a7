//! A batch on SQLite: one hop to a blocking thread, and a function for each rule of [`super`].

mod statements;

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use chrono::NaiveDateTime;
use diesel::{dsl::exists, prelude::*, result::Error as QueryError, select};

use super::types::{Cast, NewBallot};
use crate::{
    db::AsyncSqliteConnection,
    models::{
        eligibility::Eligibility,
        schema::{invitations, polls},
        votes_over_time::quarter,
    },
};
use statements::{AddToProfile, AddToQuarter, AddToTurnout, Spend, SpendInvitation, Store};

/// Casts a batch in one transaction.
///
/// It takes the lock of the whole file, so rule 1 holds by itself. Rule 5 does too: the table of credentials is ordered
/// by their hashes, and nothing in the file says which rows a transaction wrote.
pub(super) async fn cast(
    conn: &mut AsyncSqliteConnection,
    batch: &[NewBallot],
    cast_at: NaiveDateTime,
    shard: i32,
) -> QueryResult<Vec<Cast>> {
    let batch = batch.to_vec();
    conn.spawn_blocking(move |conn| conn.immediate_transaction(|conn| cast_in_order(conn, &batch, cast_at, shard)))
        .await
}

fn cast_in_order(
    conn: &mut SqliteConnection,
    batch: &[NewBallot],
    cast_at: NaiveDateTime,
    shard: i32,
) -> QueryResult<Vec<Cast>> {
    let mut revisions = HashMap::new();
    let mut casts = Vec::with_capacity(batch.len());
    let mut counted: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for ballot in batch {
        let cast = judge(conn, ballot, cast_at, &mut revisions)?;
        if cast == Cast::Counted {
            counted.entry(ballot.poll_id).or_default().push(ballot.marks.as_str());
        }
        casts.push(cast);
    }
    for (poll_id, marks) in counted {
        store(conn, poll_id, cast_at, &marks)?;
        add_to_profile(conn, poll_id, &marks, shard)?;
        add_to_turnout(conn, poll_id, marks.len(), cast_at, shard)?;
    }
    Ok(casts)
}

/// Rules 2 to 4.
fn judge(
    conn: &mut SqliteConnection,
    ballot: &NewBallot,
    cast_at: NaiveDateTime,
    revisions: &mut HashMap<i64, Option<i64>>,
) -> QueryResult<Cast> {
    let open = match revisions.entry(ballot.poll_id) {
        Entry::Occupied(known) => *known.get(),
        Entry::Vacant(unknown) => *unknown.insert(open(conn, ballot.poll_id, cast_at)?),
    };
    if open != Some(ballot.revision) {
        return Ok(Cast::Refused);
    }
    let Some(hash) = ballot.credential else { return Ok(Cast::Counted) };
    let (poll_id, by_invitation) = (ballot.poll_id, ballot.rule == Eligibility::Invitation);
    let stored = match by_invitation {
        true => SpendInvitation { poll_id, hash }.execute(conn)?,
        false => Spend { poll_id, hash }.execute(conn)?,
    };
    Ok(match stored {
        0 if by_invitation && !is_invited(conn, poll_id, &hash)? => Cast::Uninvited,
        0 => Cast::CountedBefore,
        _ => Cast::Counted,
    })
}

/// Rule 2: the revision of a poll that takes ballots.
fn open(conn: &mut SqliteConnection, poll_id: i64, cast_at: NaiveDateTime) -> QueryResult<Option<i64>> {
    let has_begun = polls::opens_at.le(cast_at);
    let goes_on = polls::closes_at.is_null().or(polls::closes_at.gt(cast_at)).assume_not_null();
    let open = polls::table.find(poll_id).filter(polls::draft.or(has_begun.and(goes_on)));
    open.select(polls::revision).first(conn).optional()
}

/// Rule 3: whether a credential is an invitation of the poll.
fn is_invited(conn: &mut SqliteConnection, poll_id: i64, hash: &[u8; 32]) -> QueryResult<bool> {
    let invitation = invitations::table.find(hash.as_slice()).filter(invitations::poll_id.eq(poll_id));
    select(exists(invitation)).get_result(conn)
}

/// Rule 6: stores ballots in this order, all by one statement.
fn store(conn: &mut SqliteConnection, poll_id: i64, cast_at: NaiveDateTime, marks: &[&str]) -> QueryResult<()> {
    let marks = serde_json::to_string(marks).map_err(|error| QueryError::SerializationError(error.into()))?;
    Store { poll_id, cast_at, marks }.execute(conn)?;
    Ok(())
}

/// Rule 7: adds ballots to the counts of their marks.
fn add_to_profile(conn: &mut SqliteConnection, poll_id: i64, marks: &[&str], shard: i32) -> QueryResult<()> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for marks in marks {
        *counts.entry(marks).or_default() += 1;
    }
    for (marks, count) in counts {
        AddToProfile { poll_id, marks: marks.to_owned(), shard, count }.execute(conn)?;
    }
    Ok(())
}

/// Rule 8: adds so many ballots to the number of all, and of those of this quarter of an hour.
fn add_to_turnout(
    conn: &mut SqliteConnection,
    poll_id: i64,
    ballots: usize,
    cast_at: NaiveDateTime,
    shard: i32,
) -> QueryResult<()> {
    let ballots = i64::try_from(ballots).map_err(|error| QueryError::SerializationError(error.into()))?;
    AddToTurnout { poll_id, shard, ballots }.execute(conn)?;
    AddToQuarter { poll_id, begins_at: quarter(cast_at), shard, votes: ballots }.execute(conn)?;
    Ok(())
}
