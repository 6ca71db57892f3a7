//! Ballots: the one place that writes them, a batch in one transaction with its credentials and counts.
//!
//! # The rules of a batch
//!
//! 1. **Lock.** Its polls can't be changed until it is committed, so that a poll that closes has all ballots that were
//!    cast before and none after. Ballots of a poll that is being changed are left out, for those of other polls must
//!    not wait ([`Cast::Locked`]).
//! 2. **Open.** The poll takes ballots at the moment of the batch, and has still the revision that the marks were read
//!    against ([`Cast::Refused`]).
//! 3. **Invited.** In a poll by invitation, the credential is one of its invitations ([`Cast::Uninvited`]).
//! 4. **Spent.** A credential is stored, and only once a poll ([`Cast::CountedBefore`]).
//! 5. **Mixed.** Nothing in the database leads from a ballot to the one credential that was stored with it.
//! 6. **Stored.** The ballot is a row.
//! 7. **Profile.** The number of ballots with these marks goes up.
//! 8. **Turnout.** The number of the poll's ballots goes up, in all and in this quarter of an hour ([`Cast::Counted`]).
//!
//! This is the hot path, and the one query that each engine has in its own form. In both, every rule is a function of
//! its name: in `sqlite` one that is called, in `postgres` one that writes its part of the one statement. The same tests
//! run on both.

mod load;
mod postgres;
mod sqlite;
mod types;

pub use load::load;
pub use types::{Cast, NewBallot};

use chrono::NaiveDateTime;
use diesel::{dsl::not, prelude::*};
use diesel_async::RunQueryDsl;

use super::schema::{credentials, polls};
use crate::db::{Connection, on};

/// The tables that a ballot is written to, each with a column by which few rows of one poll are picked.
pub const TABLES: [(&str, &str); 5] = [
    ("ballots", "row_id"),
    ("credentials", "hash"),
    ("profile", "marks"),
    ("turnout", "shard"),
    ("votes_over_time", "begins_at"),
];

/// Casts a batch at the moment `cast_at`, all of it or nothing: what became of each, in order. `shard` is the writer's
/// part of the profile and of the turnout.
///
/// # Errors
/// Those of the database; then nothing of the batch is stored, unless the connection broke during the commit.
pub async fn cast(
    db: &mut Connection,
    batch: &[NewBallot],
    cast_at: NaiveDateTime,
    shard: i32,
) -> QueryResult<Vec<Cast>> {
    let mut casts = on!(db, conn =>
        sqlite: sqlite::cast(conn, batch, cast_at, shard).await,
        postgres: postgres::cast(conn, batch, cast_at, shard).await,
    )?;
    // What was stored is stored: an error from here on only leaves a voter refused who need not be.
    if let Err(error) = recognise(db, batch, &mut casts).await {
        log::error!("voters who were refused could not be looked for among those who have voted: {error}");
    }
    Ok(casts)
}

/// Turns a refusal into [`Cast::CountedBefore`] where the credential has voted: the voter only asks again whether the
/// first attempt arrived, perhaps after the poll was closed.
async fn recognise(db: &mut Connection, batch: &[NewBallot], casts: &mut [Cast]) -> QueryResult<()> {
    let refused = || batch.iter().zip(&*casts).filter(|(_, cast)| **cast == Cast::Refused).map(|(ballot, _)| ballot);
    let (poll_ids, hashes): (Vec<i64>, Vec<[u8; 32]>) =
        refused().filter_map(|ballot| Some((ballot.poll_id, ballot.credential?))).unzip();
    if hashes.is_empty() {
        return Ok(());
    }
    let query = credentials::table
        .inner_join(polls::table)
        // A removed poll is a draft too; its credentials go bit by bit.
        .filter(not(polls::draft))
        .filter(credentials::poll_id.eq_any(poll_ids))
        .filter(credentials::hash.eq_any(hashes.iter().map(<[u8; 32]>::as_slice)));
    let query = query.select((credentials::poll_id, credentials::hash));
    let voted: Vec<(i64, Vec<u8>)> = on!(db, conn => query.load(conn).await)?;
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
