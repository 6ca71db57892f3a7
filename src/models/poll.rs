//! Polls: a question, its choices and its settings, as they are read; `lifecycle` has what changes them.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    choice::Choice,
    schema::{ballots, choices, organisers, polls},
    settings::Settings,
    state::State,
};
use crate::{
    db::{Connection, on},
    marks,
};

/// A poll, as far as voters and pages need it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = polls)]
pub struct Poll {
    /// The row's number.
    pub id: i64,
    /// Its name in addresses.
    pub slug: String,
    /// What its organiser can set.
    #[diesel(embed)]
    pub settings: Settings,
    /// Whether it is the poll of the index.
    pub featured: bool,
    /// Whether only its organiser sees it.
    pub draft: bool,
    /// Who runs it; nobody but the operator where there is none.
    pub organiser_id: Option<i64>,
    /// How many invitations are out.
    pub invited: i64,
    /// When it was created, UTC.
    pub created_at: NaiveDateTime,
    /// Counts the changes by organisers.
    pub revision: i64,
    /// What lots for ties are drawn from; secret until the poll is closed.
    pub seed: String,
    /// Whether the seed was known before the last ballots could be cast: the poll was opened again, by its organiser or by
    /// a clock that was set back, or imported.
    pub seed_known: bool,
    /// How many ballots were in when it was first shown as closed.
    pub closed_with: Option<i64>,
}

/// A poll with its choices in the order of the ballot: what a ballot is checked against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The poll.
    pub poll: Poll,
    /// Its choices.
    pub choices: Vec<Choice>,
    /// The name of the organiser who runs it; nobody where only the operator does.
    pub asker: Option<String>,
}

/// Which poll is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Which {
    /// The poll of the index.
    Featured,
    /// The poll with this slug.
    Slug(String),
}

/// The filter for a poll, the same for every query that asks for one.
macro_rules! which {
    ($which:expr, $query:expr) => {
        match $which {
            Which::Featured => $query.filter(polls::featured).into_boxed(),
            Which::Slug(slug) => $query.filter(polls::slug.eq(slug.clone())).into_boxed(),
        }
    };
}
pub(super) use which;

impl Poll {
    /// Where it stands at `now`.
    pub fn state(&self, now: NaiveDateTime) -> State {
        if self.draft {
            State::Draft
        } else if now < self.settings.opens_at {
            State::Upcoming
        } else if self.settings.closes_at.is_some_and(|closes_at| now >= closes_at) {
            State::Closed
        } else {
            State::Open
        }
    }

    /// Whether its slug comes from its title, perhaps with a number after it, so that it can be guessed.
    pub fn has_slug_of_title(&self) -> bool {
        let rest = self.slug.strip_prefix(&marks::key_from_label(&self.settings.title));
        rest.is_some_and(|rest| rest.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()))
    }

    /// When [`Poll::state`] changes next after `now` by itself.
    pub fn next_change(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        [Some(self.settings.opens_at), self.settings.closes_at]
            .into_iter()
            .flatten()
            .filter(|moment| *moment > now)
            .min()
    }

    /// The newest polls, newest first, at most `most`.
    pub async fn newest(db: &mut Connection, most: i64) -> QueryResult<Vec<Poll>> {
        on!(db, c => polls::table.order(polls::id.desc()).limit(most).select(Poll::as_select()).load(c).await)
    }

    /// The listed open polls, newest first, at most `most`.
    pub async fn open(db: &mut Connection, now: NaiveDateTime, most: i64) -> QueryResult<Vec<Poll>> {
        on!(db, c => polls::table
            .filter(polls::listed.and(polls::draft.eq(false)))
            .filter(polls::opens_at.le(now))
            .filter(polls::closes_at.is_null().or(polls::closes_at.gt(now)))
            .order(polls::id.desc())
            .limit(most)
            .select(Poll::as_select())
            .load(c)
            .await)
    }

    /// When, after `now`, a poll opens or closes by its date next.
    pub async fn next_opening_or_closing(
        db: &mut Connection,
        now: NaiveDateTime,
    ) -> QueryResult<Option<NaiveDateTime>> {
        use diesel::dsl::min;
        let opens: Option<NaiveDateTime> = on!(db, c => polls::table
            .filter(polls::opens_at.gt(now))
            .select(min(polls::opens_at))
            .first(c)
            .await)?;
        let closes: Option<NaiveDateTime> = on!(db, c => polls::table
            .filter(polls::closes_at.gt(now))
            .select(min(polls::closes_at))
            .first(c)
            .await)?;
        Ok([opens, closes].into_iter().flatten().min())
    }

    /// The poll with this slug.
    pub async fn find_by_slug(db: &mut Connection, slug: &str) -> QueryResult<Option<Poll>> {
        on!(db, c => polls::table.filter(polls::slug.eq(slug)).select(Poll::as_select()).first(c).await.optional())
    }

    /// The time zone of an organiser's newest poll.
    pub async fn zone_of(db: &mut Connection, organiser_id: i64) -> QueryResult<Option<String>> {
        on!(db, c => polls::table
            .filter(polls::organiser_id.eq(organiser_id))
            .order(polls::id.desc())
            .select(polls::zone)
            .first(c)
            .await
            .optional())
    }

    /// The slugs of the polls before and after it that the same organiser has published.
    pub async fn neighbours(&self, db: &mut Connection) -> QueryResult<[Option<String>; 2]> {
        let published = || {
            polls::table
                .filter(polls::organiser_id.eq(self.organiser_id).and(polls::draft.eq(false)))
                .select(polls::slug)
        };
        let before = on!(db, c => published()
            .filter(polls::id.lt(self.id))
            .order(polls::id.desc())
            .first(c)
            .await
            .optional())?;
        let after = on!(db, c => published()
            .filter(polls::id.gt(self.id))
            .order(polls::id.asc())
            .first(c)
            .await
            .optional())?;
        Ok([before, after])
    }

    /// How many of its ballots are stored, counted one by one.
    pub async fn ballots(&self, db: &mut Connection) -> QueryResult<i64> {
        on!(db, c => ballots::table.filter(ballots::poll_id.eq(self.id)).count().get_result(c).await)
    }
}

impl Definition {
    /// A poll with its choices and its organiser's name, read in one statement and so at one moment.
    pub async fn find(db: &mut Connection, which: &Which) -> QueryResult<Option<Definition>> {
        type Row = (Poll, Choice, Option<String>);
        let tables = polls::table.inner_join(choices::table).left_join(organisers::table);
        let rows: Vec<Row> = on!(db, c => which!(which, tables)
            .order(choices::position)
            .select((Poll::as_select(), Choice::as_select(), organisers::name.nullable()))
            .load(c)
            .await)?;
        let mut definition: Option<Definition> = None;
        for (poll, choice, asker) in rows {
            definition.get_or_insert_with(|| Definition { poll, choices: Vec::new(), asker }).choices.push(choice);
        }
        Ok(definition)
    }

    /// The choices' keys, in the order of the ballot.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.choices.iter().map(|choice| choice.key.as_str())
    }
}

/// A title as it is searched: small letters without marks, so that `apfel` finds `Äpfel` and `strasse` finds `Straße`.
pub fn folded(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
    let bare = text.nfkd().filter(|c| !is_combining_mark(*c));
    // A letter may be written by two in capitals: ß, and ẞ, as SS.
    bare.flat_map(char::to_lowercase).flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// The words of a search. What it finds has all of them, in any order.
pub fn words(q: &str) -> Vec<String> {
    folded(q).split_whitespace().map(str::to_owned).collect()
}
