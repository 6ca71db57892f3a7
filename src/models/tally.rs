//! What pages read: versions in one look-up, and a poll's preference profile.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    poll::{Which, which},
    schema::{ballots, polls, profile, site, turnout},
};
use crate::{
    count::Profile,
    db::{Connection, on},
};

/// Everything that a poll's page depends on, but for the clock: equal versions, equal pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The poll.
    pub poll_id: i64,
    /// The poll's own revision.
    pub revision: i64,
    /// The site's revision, for what a page tells of other polls.
    pub site: i64,
    /// How many ballots are in.
    pub ballots: u64,
}

impl Version {
    /// The version of a poll's page now: one look-up, the same cost at any number of ballots.
    pub async fn find(db: &mut Connection, which: &Which) -> QueryResult<Option<Version>> {
        let rows: Vec<(i64, i64, i64, Option<i64>)> = on!(db, c => which!(
                which,
                polls::table.inner_join(site::table.on(site::id.eq(1))).left_join(turnout::table)
            )
            .select((polls::id, polls::revision, site::revision, turnout::ballots.nullable()))
            .load(c)
            .await)?;
        let ballots = rows.iter().filter_map(|row| row.3).map(i64::unsigned_abs).sum();
        Ok(rows.as_slice().first().map(|&(poll_id, revision, site, _)| Version { poll_id, revision, site, ballots }))
    }
}

/// A poll's preference profile, its shards added up.
pub async fn profile(db: &mut Connection, poll_id: i64) -> QueryResult<Profile> {
    let rows: Vec<(String, i64)> = on!(db, c => profile::table
        .filter(profile::poll_id.eq(poll_id))
        .order(profile::marks)
        .select((profile::marks, profile::count))
        .load(c)
        .await)?;
    let mut merged = Profile::new();
    for (marks, count) in rows {
        match merged.last_mut() {
            Some(last) if last.0 == marks => last.1 += count.unsigned_abs(),
            _ => merged.push((marks, count.unsigned_abs())),
        }
    }
    Ok(merged)
}

/// The same from the ballots themselves, counted one by one: what `urna check` compares with.
pub async fn recount(db: &mut Connection, poll_id: i64) -> QueryResult<Profile> {
    let rows: Vec<(String, i64)> = on!(db, c => ballots::table
        .filter(ballots::poll_id.eq(poll_id))
        .group_by(ballots::marks)
        .order(ballots::marks)
        .select((ballots::marks, diesel::dsl::count_star()))
        .load(c)
        .await)?;
    Ok(rows.into_iter().map(|(marks, count)| (marks, count.unsigned_abs())).collect())
}
