//! Sessions: who is signed in. A row has the keyed hash of a cookie's token, so that nobody signs in with the database alone.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    organiser::Organiser,
    schema::{organisers, sessions},
};
use crate::db::{Connection, on};

/// A session that was not used for so long is over.
pub const IDLE: TimeDelta = TimeDelta::hours(12);

/// How old the time of its last use may get before it is written again.
const TOUCH: TimeDelta = TimeDelta::minutes(5);

/// Starts a session of an organiser whose password is still the one with this hash, and forgets sessions that
/// are over; `false` where the password was changed meanwhile.
pub async fn start(db: &mut Connection, hash: &[u8; 32], organiser_id: i64, password: &str) -> QueryResult<bool> {
    let now = super::now();
    on!(db, c => diesel::delete(sessions::table.filter(sessions::seen_at.le(now - IDLE))).execute(c).await)?;
    db.transaction(async |db| {
        // Written as it is: that waits for a change of the password, which ends all sessions.
        let same = organisers::table.find(organiser_id).filter(organisers::password_hash.eq(password));
        let lock = diesel::update(same).set(organisers::password_hash.eq(password));
        if on!(db, c => lock.execute(c).await)? == 0 {
            return Ok(false);
        }
        let values =
            (sessions::hash.eq(hash.as_slice()), sessions::organiser_id.eq(organiser_id), sessions::seen_at.eq(now));
        on!(db, c => diesel::insert_into(sessions::table).values(values).execute(c).await)?;
        Ok(true)
    })
    .await
}

/// Whose session it is; `None` where there is none or it is over.
pub async fn find(db: &mut Connection, hash: &[u8; 32]) -> QueryResult<Option<Organiser>> {
    let now = super::now();
    let query = sessions::table
        .inner_join(organisers::table)
        .filter(sessions::hash.eq(hash.as_slice()))
        .filter(sessions::seen_at.gt(now - IDLE));
    let found: Option<(Organiser, NaiveDateTime)> =
        on!(db, c => query.select((Organiser::as_select(), sessions::seen_at)).first(c).await.optional())?;
    let Some((organiser, seen_at)) = found else { return Ok(None) };
    if seen_at < now - TOUCH {
        let session = sessions::table.filter(sessions::hash.eq(hash.as_slice()));
        on!(db, c => diesel::update(session).set(sessions::seen_at.eq(now)).execute(c).await)?;
    }
    Ok(Some(organiser))
}

/// Ends a session.
pub async fn end(db: &mut Connection, hash: &[u8; 32]) -> QueryResult<()> {
    let session = sessions::table.filter(sessions::hash.eq(hash.as_slice()));
    on!(db, c => diesel::delete(session).execute(c).await)?;
    Ok(())
}

/// Ends all sessions of an organiser.
pub async fn end_all(db: &mut Connection, organiser_id: i64) -> QueryResult<()> {
    let all = sessions::table.filter(sessions::organiser_id.eq(organiser_id));
    on!(db, c => diesel::delete(all).execute(c).await)?;
    Ok(())
}
