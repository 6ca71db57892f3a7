//! Preference profiles, and the versions of polls that pages are cached by.

use std::collections::HashMap;

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

/// Everything that a poll's own pages depend on, but for the clock: equal versions, equal pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The poll.
    pub poll_id: i64,
    /// The poll's own revision.
    pub revision: i64,
    /// How many ballots are in.
    pub ballots: u64,
}

/// What one look-up finds of a poll.
#[derive(Debug)]
pub struct LookUp {
    /// The poll's version.
    pub version: Version,
    /// The site's revision, for what a page tells of other polls.
    pub site_revision: i64,
    /// The profile, where it is small.
    pub profile: Option<Profile>,
}

/// The most rows of a profile that are read with its version.
const SMALL: usize = 256;

/// A poll's version now, with its profile where that is small: one query, and its cost is bounded
/// whatever number of ballots is stored. A large profile comes without, and its version costs a second query.
pub async fn look_up(db: &mut Connection, which: &Which) -> QueryResult<Option<LookUp>> {
    type Row = (i64, i64, i64, Option<(String, i64)>);
    let rows: Vec<Row> = on!(db, c => which!(
            which,
            polls::table.inner_join(site::table.on(site::id.eq(1))).left_join(profile::table)
        )
        .select((polls::id, polls::revision, site::revision, (profile::marks, profile::count).nullable()))
        .limit(SMALL as i64 + 1)
        .load(c)
        .await)?;
    let Some(&(poll_id, revision, site_revision, _)) = rows.as_slice().first() else { return Ok(None) };
    let small = rows.len() <= SMALL;
    let (ballots, profile) = if small {
        let profile = merged(rows.into_iter().filter_map(|row| row.3).collect());
        (profile.iter().map(|(_, count)| count).sum(), Some(profile))
    } else {
        (turnout(db, poll_id).await?, None)
    };
    Ok(Some(LookUp { version: Version { poll_id, revision, ballots }, site_revision, profile }))
}

/// How many ballots are in, by the table that writers keep.
pub async fn turnout(db: &mut Connection, poll_id: i64) -> QueryResult<u64> {
    let shards: Vec<i64> = on!(db, c => turnout::table
        .filter(turnout::poll_id.eq(poll_id))
        .select(turnout::ballots)
        .load(c)
        .await)?;
    Ok(shards.into_iter().map(i64::unsigned_abs).sum())
}

/// The same for several polls at once; those without a ballot may be missing.
pub async fn turnouts(db: &mut Connection, poll_ids: &[i64]) -> QueryResult<HashMap<i64, u64>> {
    let shards: Vec<(i64, i64)> = on!(db, c => turnout::table
        .filter(turnout::poll_id.eq_any(poll_ids))
        .select((turnout::poll_id, turnout::ballots))
        .load(c)
        .await)?;
    let mut turnouts = HashMap::new();
    for (poll_id, ballots) in shards {
        *turnouts.entry(poll_id).or_default() += ballots.unsigned_abs();
    }
    Ok(turnouts)
}

/// A poll's preference profile, its shards added up.
pub async fn read(db: &mut Connection, poll_id: i64) -> QueryResult<Profile> {
    let rows: Vec<(String, i64)> = on!(db, c => profile::table
        .filter(profile::poll_id.eq(poll_id))
        .select((profile::marks, profile::count))
        .load(c)
        .await)?;
    Ok(merged(rows))
}

/// The shards of each marks text added up.
fn merged(mut rows: Vec<(String, i64)>) -> Profile {
    rows.sort_unstable();
    let mut profile = Profile::new();
    for (marks, count) in rows {
        match profile.last_mut() {
            Some(last) if last.0 == marks => last.1 += count.unsigned_abs(),
            _ => profile.push((marks, count.unsigned_abs())),
        }
    }
    profile
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
