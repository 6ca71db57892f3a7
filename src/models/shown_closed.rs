//! What a poll has shown: the clock can be set back, and what was seen stays seen.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{poll::Poll, profile, schema::polls, state::State, votes_over_time};
use crate::db::{Connection, on};

/// By how much the clocks of two servers may differ: within it nobody has set one back.
const SKEW: TimeDelta = TimeDelta::seconds(10);

impl Poll {
    /// Whether [`Poll::remember_shown_closed`] has something to remember of a poll with so many ballots.
    pub fn is_newly_shown_closed(&self, now: NaiveDateTime, ballots: u64) -> bool {
        match self.closed_with {
            None => self.state(now) == State::Closed,
            Some(with) => !self.seed_known && self.came_later(with, now, ballots),
        }
    }

    /// Remembers that it is shown as closed, before its result and its seed are, and gives the poll as it is after that.
    /// If a clock that is set back opens it again, its seed is known from then on, as after [`Poll::reopen`].
    ///
    /// # Errors
    /// Those of the database, which may be read-only.
    pub async fn remember_shown_closed(&self, db: &mut Connection, now: NaiveDateTime) -> QueryResult<Poll> {
        db.transaction(async |db| {
            // Its new revision waits for the ballots that are being written: those that were cast in time are in after
            // that, and none that was begun before comes later.
            self.touch(db).await?;
            let mut poll: Poll = on!(db, c => polls::table.find(self.id).select(Poll::as_select()).first(c).await)?;
            let ballots = profile::turnout(db, self.id).await?;
            if !poll.is_newly_shown_closed(now, ballots) {
                return Ok(poll);
            }
            match poll.closed_with {
                None => {
                    poll.closed_with = Some(i64::try_from(ballots).unwrap_or(i64::MAX));
                    votes_over_time::complete(db, self.id, ballots).await?;
                }
                Some(_) => poll.seed_known = true,
            }
            let values = (polls::closed_with.eq(poll.closed_with), polls::seed_known.eq(poll.seed_known));
            on!(db, c => diesel::update(polls::table.find(self.id)).set(values).execute(c).await)?;
            Ok(poll)
        })
        .await
    }

    /// Whether ballots can come, or have come, since it was shown as closed with so many.
    fn came_later(&self, with: i64, now: NaiveDateTime, ballots: u64) -> bool {
        let is_open_again = self.settings.closes_at.is_none_or(|end| end > now + SKEW);
        is_open_again || ballots > with.unsigned_abs()
    }
}
