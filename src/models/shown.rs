//! What a poll has shown: the clock can be set back, and what was seen stays seen.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    poll::{Poll, State},
    schema::polls,
    tally,
};
use crate::db::{Connection, on};

impl Poll {
    /// Whether [`Poll::remember_shown`] has something to remember of a poll that stands at `state` with so many ballots.
    pub fn is_newly_shown(&self, state: State, ballots: u64) -> bool {
        match self.closed_with {
            None => state == State::Closed,
            Some(with) => !self.seed_known && came_later(with, state, ballots),
        }
    }

    /// Remembers that it is shown as closed, before its result and its seed are. If a clock that is set back opens it
    /// again, its seed is known from then on, as after [`Poll::reopen`].
    ///
    /// # Errors
    /// Those of the database, which may be read-only.
    pub async fn remember_shown(&self, db: &mut Connection, state: State) -> QueryResult<()> {
        db.transaction(async |db| {
            // It waits for the ballots that are being written: those that were cast in time are in after that.
            self.touch(db).await?;
            let ballots = tally::turnout(db, self.id).await?;
            let row = polls::table.find(self.id).select((polls::closed_with, polls::seed_known));
            let (with, known): (Option<i64>, bool) = on!(db, c => row.first(c).await)?;
            let known = known || with.is_some_and(|with| came_later(with, state, ballots));
            let now = (state == State::Closed).then(|| i64::try_from(ballots).unwrap_or(i64::MAX));
            let values = (polls::closed_with.eq(with.or(now)), polls::seed_known.eq(known));
            on!(db, c => diesel::update(polls::table.find(self.id)).set(values).execute(c).await)?;
            Ok(())
        })
        .await
    }
}

/// Whether ballots can come, or have come, since a poll was shown as closed with so many.
fn came_later(with: i64, state: State, ballots: u64) -> bool {
    state != State::Closed || ballots > with.unsigned_abs()
}
