//! Lists of polls, a page at a time: those that everybody may know of, and those of an organiser.

use chrono::NaiveDateTime;
use diesel::{dsl::sql, prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;

use super::{
    poll::{Poll, words},
    schema::polls,
};
use crate::db::{Connection, on};

/// Which polls are listed. Drafts and unlisted ones are in the list of their organiser only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    /// Open ones, newest first.
    Open,
    /// Those that open later, soonest first.
    Upcoming,
    /// Closed ones, latest first.
    Closed,
    /// Those with all words of a text in their title, newest first.
    Named(String),
    /// Those of the organiser with this number, newest first; with a text, only those with all its words in their title.
    Of(i64, String),
}

/// A title as it is searched. Earlier versions, which may still run beside this one, do not fold these letters.
const FOLDED: &str = "replace(replace(replace(polls.folded, 'ß', 'ss'), 'ς', 'σ'), 'ı', 'i')";

/// Those of a query with all words of a text in their title.
macro_rules! titled {
    ($query:expr, $text:expr) => {
        words($text)
            .iter()
            .fold($query, |query, word| query.filter(sql::<Text>(FOLDED).like(containing(word)).escape('\\')))
    };
}

/// The filter of a listing at a moment, the same for counting and for reading.
macro_rules! listed {
    ($listing:expr, $now:expr) => {{
        let listed = || polls::table.filter(polls::listed.eq(true).and(polls::draft.eq(false))).into_boxed();
        match $listing {
            Listing::Open => listed()
                .filter(polls::opens_at.le($now))
                .filter(polls::closes_at.is_null().or(polls::closes_at.gt($now))),
            Listing::Upcoming => listed().filter(polls::opens_at.gt($now)),
            Listing::Closed => listed().filter(polls::opens_at.le($now)).filter(polls::closes_at.le($now)),
            Listing::Named(text) => titled!(listed(), text),
            Listing::Of(organiser, text) => {
                titled!(polls::table.filter(polls::organiser_id.eq(*organiser)).into_boxed(), text)
            }
        }
    }};
}

impl Listing {
    /// How many polls it has at `now`.
    pub async fn count(&self, db: &mut Connection, now: NaiveDateTime) -> QueryResult<i64> {
        on!(db, c => listed!(self, now).count().get_result(c).await)
    }

    /// Its polls at `now`, at most `most` after the first `skipped`.
    pub async fn read(
        &self,
        db: &mut Connection,
        now: NaiveDateTime,
        skipped: i64,
        most: i64,
    ) -> QueryResult<Vec<Poll>> {
        // By number first: an index has all that this needs, and long descriptions stay where they are.
        let ids: Vec<i64> = on!(db, c => {
            let listed = listed!(self, now).limit(most).offset(skipped).select(polls::id);
            match self {
                Self::Open | Self::Named(_) | Self::Of(..) => listed.order(polls::id.desc()),
                Self::Upcoming => listed.order((polls::opens_at, polls::id)),
                Self::Closed => listed.order((polls::closes_at.desc(), polls::id.desc())),
            }
            .load(c)
            .await
        })?;
        let mut found: Vec<Poll> = on!(db, c => polls::table
            .filter(polls::id.eq_any(&ids))
            .select(Poll::as_select())
            .load(c)
            .await)?;
        found.sort_by_key(|poll| ids.iter().position(|id| *id == poll.id));
        Ok(found)
    }
}

/// The pattern of LIKE for titles that contain a word, each of its characters standing for itself.
fn containing(word: &str) -> String {
    format!("%{}%", word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
