//! Bursts: many votes of a poll that came from one network at once, minute by minute, for its organiser to judge.

use chrono::NaiveDateTime;
use diesel::{prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;

use super::schema::bursts;
use crate::db::{Connection, on};

/// What came of a poll within a minute from networks that sent many votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = bursts)]
pub struct Burst {
    /// The poll.
    pub poll_id: i64,
    /// The start of the minute, UTC.
    pub minute: NaiveDateTime,
    /// How many of the votes were counted.
    pub votes: i64,
    /// How many were refused.
    pub refused: i64,
}

impl Burst {
    /// Adds it to what is known of its poll and minute; nothing where the poll is gone.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add(&self, db: &mut Connection) -> QueryResult<()> {
        let added = on!(db, c => diesel::insert_into(bursts::table)
            .values(self)
            .on_conflict((bursts::poll_id, bursts::minute))
            .do_update()
            .set((
                bursts::votes.eq(bursts::votes + excluded(bursts::votes)),
                bursts::refused.eq(bursts::refused + excluded(bursts::refused)),
            ))
            .execute(c)
            .await);
        match added {
            Err(diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::ForeignKeyViolation, _))
            | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The largest bursts of a poll, at most `most`, in the order of time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn largest(db: &mut Connection, poll_id: i64, most: i64) -> QueryResult<Vec<Burst>> {
        let mut found: Vec<Burst> = on!(db, c => bursts::table
            .filter(bursts::poll_id.eq(poll_id))
            .order((bursts::votes + bursts::refused).desc())
            .limit(most)
            .select(Burst::as_select())
            .load(c)
            .await)?;
        found.sort_by_key(|burst| burst.minute);
        Ok(found)
    }
}
