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

/// A session ends after so long however much it is used.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// How old the time of its last use may get before it is written again.
const TOUCH: TimeDelta = TimeDelta::minutes(5);

/// The longest text about a browser, in characters.
const BROWSER_LENGTH: usize = 100;

/// A session of an organiser, for its owner's eyes.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// The keyed hash of the cookie's token.
    pub hash: Vec<u8>,
    /// When it started, UTC; unknown where a process from before this column started it.
    pub created_at: Option<NaiveDateTime>,
    /// When it was used last, UTC, to within minutes.
    pub seen_at: NaiveDateTime,
    /// The browser in which it was started, in a few words, or empty.
    pub browser: String,
}

/// The sessions that are not over.
macro_rules! alive {
    ($query:expr, $now:expr) => {
        $query
            .filter(sessions::seen_at.gt($now - IDLE))
            .filter(sessions::created_at.is_null().or(sessions::created_at.gt($now - LIFETIME)))
    };
}

/// Starts a session of an organiser whose password is still the one with this hash, in a browser that is described in
/// a few words, and forgets sessions that are over; `false` where the password was changed meanwhile.
pub async fn start(db: &mut Connection, hash: &[u8; 32], organiser: &Organiser, browser: &str) -> QueryResult<bool> {
    let now = super::now();
    let over = sessions::seen_at.le(now - IDLE).or(sessions::created_at.le(now - LIFETIME).assume_not_null());
    on!(db, c => diesel::delete(sessions::table.filter(over)).execute(c).await)?;
    let browser: String = browser.chars().take(BROWSER_LENGTH).collect();
    db.transaction(async |db| {
        // Written as it is: that waits for a change of the password, which ends all sessions.
        let password = organisers::password_hash.eq(&organiser.password_hash);
        let lock = diesel::update(organisers::table.find(organiser.id).filter(password)).set(password);
        if on!(db, c => lock.execute(c).await)? == 0 {
            return Ok(false);
        }
        let values = (
            sessions::hash.eq(hash.as_slice()),
            sessions::organiser_id.eq(organiser.id),
            sessions::seen_at.eq(now),
            sessions::created_at.eq(now),
            sessions::browser.eq(&browser),
        );
        on!(db, c => diesel::insert_into(sessions::table).values(values).execute(c).await)?;
        Ok(true)
    })
    .await
}

/// Whose session it is; `None` where there is none or it is over.
pub async fn find(db: &mut Connection, hash: &[u8; 32]) -> QueryResult<Option<Organiser>> {
    type Found = Option<(Organiser, NaiveDateTime, Option<NaiveDateTime>)>;
    let now = super::now();
    let query = sessions::table.inner_join(organisers::table).filter(sessions::hash.eq(hash.as_slice()));
    let query = alive!(query, now);
    let found: Found = on!(db, c => query
        .select((Organiser::as_select(), sessions::seen_at, sessions::created_at))
        .first(c)
        .await
        .optional())?;
    let Some((organiser, seen_at, created_at)) = found else { return Ok(None) };
    if seen_at < now - TOUCH || created_at.is_none() {
        let session = sessions::table.filter(sessions::hash.eq(hash.as_slice()));
        let values = (sessions::seen_at.eq(now), sessions::created_at.eq(created_at.unwrap_or(now)));
        // Pages can be read while nothing can be written.
        if let Err(error) = on!(db, c => diesel::update(session).set(values).execute(c).await) {
            log::warn!("the last use of a session could not be stored: {error}");
        }
    }
    Ok(Some(organiser))
}

/// The sessions of an organiser, the one that was used last first.
pub async fn of(db: &mut Connection, organiser_id: i64) -> QueryResult<Vec<Session>> {
    let query = alive!(sessions::table.filter(sessions::organiser_id.eq(organiser_id)), super::now());
    on!(db, c => query.order(sessions::seen_at.desc()).select(Session::as_select()).load(c).await)
}

/// Ends a session of an organiser; nothing where it is another's.
pub async fn end_of(db: &mut Connection, organiser_id: i64, hash: &[u8]) -> QueryResult<()> {
    let session = sessions::table.filter(sessions::organiser_id.eq(organiser_id)).filter(sessions::hash.eq(hash));
    on!(db, c => diesel::delete(session).execute(c).await)?;
    Ok(())
}

/// Ends a session.
pub async fn end(db: &mut Connection, hash: &[u8; 32]) -> QueryResult<()> {
    let session = sessions::table.filter(sessions::hash.eq(hash.as_slice()));
    on!(db, c => diesel::delete(session).execute(c).await)?;
    Ok(())
}
