//! What changes a poll. Every change locks it and gives it a new revision, in the steps of `models::lock`, so that no page
//! and no ballot relies on an old poll. None ever changes a ballot.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use data_encoding::HEXLOWER;
use diesel::{
    dsl::{exists, sql},
    prelude::*,
    result::Error as QueryError,
    select, sql_query,
    sql_types::Bool,
};
use diesel_async::RunQueryDsl;

use super::{
    address, ballot,
    choice::Choice,
    choice::NewChoice,
    constraint::Constraint,
    creation,
    lock::{lock, next_revision},
    new_poll::NewPoll,
    picture,
    poll::{Definition, Poll, Which, folded},
    removal::IS_KEPT,
    schema::{choices, former_addresses, polls},
    settings::Settings,
};
use crate::db::{Connection, on};

/// How often a slug that was free a moment ago is looked for again.
const TRIES: usize = 5;

/// Why a poll was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// It was changed by somebody else since it was read.
    #[error("the poll was changed meanwhile")]
    Conflict,
    /// Ballots are in, and the change would alter what they mean.
    #[error("{0}")]
    Meaning(&'static str),
    /// A choice was to be added to ballots that are in, and nobody has confirmed it.
    #[error("adding a choice while ballots are in must be confirmed")]
    Unconfirmed,
    /// The database refused, perhaps by a constraint.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl Poll {
    /// Creates a poll; a form that has created one gives that.
    ///
    /// Where no poll is featured, a poll that is no draft is, if it is listed or the operator's own: an organiser's unlisted
    /// poll is on no page that others find.
    ///
    /// # Errors
    /// One that [`Constraint::violated_by`] knows, where the new poll breaks a rule.
    pub async fn create(db: &mut Connection, new: &NewPoll) -> QueryResult<Poll> {
        db.transaction(async |db| insert(db, new).await).await
    }

    /// The same under the first free slug of `slug`, `slug-2`, `slug-3` …
    ///
    /// # Errors
    /// As [`Poll::create`].
    pub async fn create_at_free_slug(db: &mut Connection, mut new: NewPoll) -> QueryResult<Poll> {
        let base = new.slug.clone();
        for _ in 1..TRIES {
            new.slug = free_slug(db, &base).await?;
            match Poll::create(db, &new).await {
                // Another poll took it between the query and the insert.
                Err(error) if Constraint::violated_by(&error) == Some(Constraint::PollSlugUnique) => {}
                result => return result,
            }
        }
        Poll::create(db, &new).await
    }

    /// A draft with the same question, choices, pictures and rules, for the same organiser; no ballot comes along.
    ///
    /// It stands at `slug`, or beside that where another poll does. `form` is the hash of the form that asks for it:
    /// sent again, it gives the copy that it has created.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where it was removed or moved meanwhile.
    pub async fn copy(&self, db: &mut Connection, slug: String, form: Option<[u8; 32]>) -> QueryResult<Poll> {
        if let Some(form) = &form
            && let Some(copy) = creation::find(db, form).await?
        {
            // Where the first attempt broke off before its pictures were there.
            picture::copy(db, self.id, copy.id).await?;
            return Ok(copy);
        }
        let found = Definition::find(db, &Which::Slug(self.slug.clone())).await?;
        let same = found.filter(|found| found.poll.id == self.id);
        let Definition { poll, choices, .. } = same.ok_or(QueryError::NotFound)?;
        let new = NewPoll {
            slug,
            settings: Settings { opens_at: super::now(), closes_at: None, ..poll.settings },
            choices: choices.into_iter().map(NewChoice::from).collect(),
            seed: None,
            draft: true,
            organiser_id: poll.organiser_id,
            form,
        };
        let copy = Poll::create_at_free_slug(db, new).await?;
        picture::copy(db, self.id, copy.id).await?;
        Ok(copy)
    }

    /// Makes this the poll of the index.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] where it was removed meanwhile, as for every change below.
    pub async fn feature(&self, db: &mut Connection) -> QueryResult<()> {
        db.transaction(async |db| {
            lock(db, &format!("featured OR id = {}", self.id)).await?;
            let revision = next_revision(db).await?;
            on!(db, c => diesel::update(polls::table.filter(polls::featured))
                .set((polls::featured.eq(false), polls::revision.eq(revision)))
                .execute(c)
                .await)?;
            let still = polls::table.find(self.id).filter(sql::<Bool>(IS_KEPT));
            let query = diesel::update(still).set((polls::featured.eq(true), polls::revision.eq(revision)));
            there(on!(db, c => query.execute(c).await)?)
        })
        .await
    }

    /// Publishes a draft: clears its test ballots and opens it, now or at the date that it has.
    ///
    /// # Errors
    /// [`Constraint::PollClosesAfterOpening`] where its end is past.
    pub async fn publish(&self, db: &mut Connection) -> QueryResult<()> {
        db.transaction(async |db| {
            self.lock(db).await?;
            // As it is now: it may have been updated since it was read.
            let rows = polls::table.find(self.id).select((polls::draft, polls::listed, polls::opens_at));
            let (draft, listed, opens_at): (bool, bool, NaiveDateTime) = on!(db, c => rows.first(c).await)?;
            if !draft {
                // Somebody was faster, and ballots may be in.
                return Ok(());
            }
            self.clear_test_ballots(db).await?;
            self.revise(db).await?;
            let featured = listed && no_featured(db).await?;
            let opens_at = opens_at.max(super::now());
            on!(db, c => diesel::update(polls::table.find(self.id))
                .set((polls::draft.eq(false), polls::featured.eq(featured), polls::opens_at.eq(opens_at)))
                .execute(c)
                .await)?;
            Ok(())
        })
        .await
    }

    /// Takes no ballot from `moment` on, or from now on, and gives that moment; one that has closed meanwhile
    /// stays closed, and its own is given.
    ///
    /// Now is taken once the ballots that are being written are in: every ballot of a poll was cast before it closed.
    pub async fn close(&self, db: &mut Connection, moment: Option<NaiveDateTime>) -> QueryResult<NaiveDateTime> {
        db.transaction(async |db| {
            self.touch(db).await?;
            let now = super::now();
            let row = polls::table.find(self.id).select(polls::closes_at);
            let end: Option<NaiveDateTime> = on!(db, c => row.first(c).await)?;
            if let Some(end) = end.filter(|end| *end <= now) {
                return Ok(end);
            }
            let moment = moment.unwrap_or(now);
            let query = diesel::update(polls::table.find(self.id)).set(polls::closes_at.eq(moment));
            on!(db, c => query.execute(c).await)?;
            Ok(moment)
        })
        .await
    }

    /// Takes ballots again, without an end. Its seed may have been seen: another one is drawn while no ballot is in, and
    /// it stays once there are, or whoever opens it again and again could wait for the lots that suit.
    pub async fn reopen(&self, db: &mut Connection) -> QueryResult<()> {
        db.transaction(async |db| {
            self.touch(db).await?;
            let known = super::profile::turnout(db, self.id).await? > 0;
            let seed = if known { self.seed.clone() } else { drawn_seed()? };
            let end = polls::closes_at.eq(None::<NaiveDateTime>);
            let unshown = polls::closed_with.eq(None::<i64>);
            let values = (end, polls::seed.eq(seed), polls::seed_known.eq(known), unshown);
            let query = diesel::update(polls::table.find(self.id)).set(values);
            on!(db, c => query.execute(c).await)?;
            Ok(())
        })
        .await
    }

    /// Deletes a draft's ballots.
    async fn clear_test_ballots(&self, db: &mut Connection) -> QueryResult<()> {
        for (table, _) in ballot::TABLES {
            let rows = sql_query(format!("DELETE FROM {table} WHERE poll_id = {}", self.id));
            on!(db, c => rows.execute(c).await)?;
        }
        Ok(())
    }

    /// Locks it and gives it a new revision, for a change that takes no time in between.
    pub(super) async fn touch(&self, db: &mut Connection) -> QueryResult<()> {
        self.lock(db).await?;
        self.revise(db).await
    }

    /// Locks it against ballots and other changes.
    pub(super) async fn lock(&self, db: &mut Connection) -> QueryResult<()> {
        let locked = lock(db, &format!("id = {} AND {IS_KEPT}", self.id)).await?;
        if locked == 0 { Err(QueryError::NotFound) } else { Ok(()) }
    }

    /// Gives it a new revision once it is locked.
    pub(super) async fn revise(&self, db: &mut Connection) -> QueryResult<()> {
        let revision = next_revision(db).await?;
        on!(db, c => diesel::update(polls::table.find(self.id)).set(polls::revision.eq(revision)).execute(c).await)?;
        Ok(())
    }
}

impl Definition {
    /// Turns the poll into what `new` says, and its choices into `new`'s by their keys.
    ///
    /// A draft, or a poll without ballots, may become anything. Once ballots are in, only what does not change
    /// their meaning does: words, pictures, listing and a later end; a choice may be added where `confirmed`.
    ///
    /// # Errors
    /// [`UpdateError`]; then nothing is changed.
    pub async fn update(&self, db: &mut Connection, new: &NewPoll, confirmed: bool) -> Result<(), UpdateError> {
        let poll = &self.poll;
        db.transaction(async |db| {
            poll.lock(db).await?;
            let revision: i64 = on!(db, c => polls::table.find(poll.id).select(polls::revision).first(c).await)?;
            if revision != poll.revision {
                return Err(UpdateError::Conflict);
            }
            if !poll.draft && super::profile::turnout(db, poll.id).await? > 0 {
                self.check_update(new, confirmed)?;
            }
            if poll.draft
                && !(self.keeps_choices(new) && poll.settings.marking().keeps_meaning(&new.settings.marking()))
            {
                // Nothing could count a test ballot for a choice that goes, or one that is marked otherwise.
                poll.clear_test_ballots(db).await?;
            }
            // No ballot refers to these rows: all of them anew costs nothing and can't clash on the way.
            on!(db, c => diesel::delete(choices::table.filter(choices::poll_id.eq(poll.id))).execute(c).await)?;
            Choice::insert(db, poll.id, &new.choices).await?;
            picture::sweep(db, poll.id).await?;
            poll.revise(db).await?;
            let values =
                (polls::slug.eq(&new.slug), polls::folded.eq(folded(&new.settings.title)), new.settings.clone());
            on!(db, c => diesel::update(polls::table.find(poll.id)).set(values).execute(c).await)?;
            address::change(db, poll, new).await?;
            Ok(())
        })
        .await
    }
}

/// An error where no row was there to be changed.
fn there(rows: usize) -> QueryResult<()> {
    if rows == 0 { Err(QueryError::NotFound) } else { Ok(()) }
}

async fn insert(db: &mut Connection, new: &NewPoll) -> QueryResult<Poll> {
    let revision = next_revision(db).await?;
    if let Some(form) = &new.form
        && let Some(poll) = creation::find(db, form).await?
    {
        return Ok(poll);
    }
    let for_all = new.settings.listed || new.organiser_id.is_none();
    let featured = !new.draft && for_all && no_featured(db).await?;
    let values = (
        polls::slug.eq(&new.slug),
        polls::folded.eq(folded(&new.settings.title)),
        new.settings.clone(),
        polls::seed.eq(new.seed.clone().map_or_else(drawn_seed, Ok)?),
        polls::seed_known.eq(new.seed.is_some()),
        polls::featured.eq(featured),
        polls::draft.eq(new.draft),
        polls::created_at.eq(super::now()),
        polls::organiser_id.eq(new.organiser_id),
        polls::revision.eq(revision),
    );
    let poll: Poll = on!(db, c => diesel::insert_into(polls::table)
        .values(values)
        .returning(Poll::as_returning())
        .get_result(c)
        .await)?;
    Choice::insert(db, poll.id, &new.choices).await?;
    if let Some(form) = &new.form {
        creation::insert(db, form, poll.id).await?;
    }
    Ok(poll)
}

/// 32 random bytes in hexadecimal.
fn drawn_seed() -> QueryResult<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| QueryError::SerializationError(error.into()))?;
    Ok(HEXLOWER.encode(&bytes))
}

async fn no_featured(db: &mut Connection) -> QueryResult<bool> {
    on!(db, c => select(exists(polls::table.filter(polls::featured))).get_result::<bool>(c).await).map(|any| !any)
}

/// `base`, or the first of `base-2`, `base-3` … that no poll has or had.
async fn free_slug(db: &mut Connection, base: &str) -> QueryResult<String> {
    let stem: String = base.chars().take(56).collect();
    // A slug has nothing that LIKE reads as more than itself.
    let query = polls::table.filter(polls::slug.like(format!("{stem}%"))).select(polls::slug);
    let mut known: HashSet<String> = on!(db, c => query.load::<String>(c).await)?.into_iter().collect();
    // Links that were handed out for another poll go on leading to that.
    let former = former_addresses::table.filter(former_addresses::slug.like(format!("{stem}%")));
    known.extend(on!(db, c => former.select(former_addresses::slug).load::<String>(c).await)?);
    let is_free = |slug: &String| !known.contains(slug);
    let numbered = (2..=known.len() + 2).map(|n| format!("{}-{n}", stem.trim_end_matches('-')));
    Ok(std::iter::once(base.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| base.to_owned()))
}
