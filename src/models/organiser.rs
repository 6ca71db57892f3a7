//! Organisers, who create polls and run them. Of a password only its hash is known here.

use chrono::NaiveDateTime;
use diesel::{
    dsl::{exists, not, sql},
    prelude::*,
    sql_types::BigInt,
};
use diesel_async::RunQueryDsl;

use super::{
    lock::{lock, next_revision},
    removal,
    schema::{organisers, polls, sessions, site, turnout},
};
use crate::{
    db::{Connection, on},
    text,
};

/// The most characters of a sign-in name.
pub const UID_LENGTH: usize = 64;

/// The most characters of a name.
pub const NAME_LENGTH: usize = 100;

/// An organiser.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = organisers)]
pub struct Organiser {
    /// The row's number.
    pub id: i64,
    /// The sign-in name, in small letters.
    pub uid: String,
    /// The name.
    pub name: String,
    /// The hash of the password.
    pub password_hash: String,
    /// Since when, UTC.
    pub created_at: NaiveDateTime,
}

/// An organiser to create.
#[derive(Debug, Clone)]
pub struct NewOrganiser {
    /// The sign-in name, out of [`uid`].
    pub uid: String,
    /// The name, out of [`name`].
    pub name: String,
    /// The hash of the password.
    pub password_hash: String,
}

/// What goes with an organiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Holdings {
    /// Polls.
    pub polls: i64,
    /// Ballots in them.
    pub ballots: i64,
}

/// Why a text is no sign-in name or no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No sign-in name.
    #[error("Enter a sign-in name.")]
    NoUid,
    /// Too long.
    #[error("The sign-in name must have at most {UID_LENGTH} characters.")]
    LongUid,
    /// Other characters.
    #[error("The sign-in name can have letters from a to z, digits and . - _ @ + only. An email address works.")]
    UidLetters,
}

/// A sign-in name as it is kept: in small letters.
///
/// # Errors
/// [`NameError`].
pub fn uid(text: &str) -> Result<String, NameError> {
    let uid = text.trim().to_ascii_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || ".-_@+".contains(c);
    match uid.chars().count() {
        0 => Err(NameError::NoUid),
        _ if !uid.chars().all(fits) => Err(NameError::UidLetters),
        length if length > UID_LENGTH => Err(NameError::LongUid),
        _ => Ok(uid),
    }
}

/// A name as it is kept: one line.
///
/// # Errors
/// A sentence.
pub fn name(text: &str) -> Result<String, String> {
    text::line(text, NAME_LENGTH).map_err(|error| error.sentence("name"))
}

impl Organiser {
    /// Makes an organiser; the one-time link for the first is void from then on.
    ///
    /// # Errors
    /// [`Constraint::OrganiserUidUnique`](super::constraint::Constraint) where another has this sign-in name.
    pub async fn create(db: &mut Connection, new: &NewOrganiser) -> QueryResult<Organiser> {
        db.transaction(async |db| {
            let setups = diesel::update(site::table).set(site::setups.eq(site::setups + 1));
            on!(db, c => setups.execute(c).await)?;
            insert(db, new).await
        })
        .await
    }

    /// Makes the first organiser by the link of this number; `None` where that is void, as it is for all
    /// but one of those who use it at once.
    pub async fn create_first(db: &mut Connection, new: &NewOrganiser, link: i64) -> QueryResult<Option<Organiser>> {
        db.transaction(async |db| {
            let setups = diesel::update(
                site::table.filter(site::setups.eq(link)).filter(not(exists(organisers::table.select(organisers::id)))),
            )
            .set(site::setups.eq(site::setups + 1));
            match on!(db, c => setups.execute(c).await)? {
                0 => Ok(None),
                _ => insert(db, new).await.map(Some),
            }
        })
        .await
    }

    /// The number of the one-time link that creates the first organiser; `None` where there is one.
    pub async fn link(db: &mut Connection) -> QueryResult<Option<i64>> {
        let query = site::table.filter(not(exists(organisers::table.select(organisers::id)))).select(site::setups);
        on!(db, c => query.first(c).await.optional())
    }

    /// The number of the last link that created an organiser.
    pub async fn used_link(db: &mut Connection) -> QueryResult<i64> {
        let setups: i64 = on!(db, c => site::table.select(site::setups).first(c).await)?;
        Ok(setups - 1)
    }

    /// The organiser with this sign-in name, as [`uid`] gives it.
    pub async fn find(db: &mut Connection, uid: &str) -> QueryResult<Option<Organiser>> {
        let query = organisers::table.filter(organisers::uid.eq(uid));
        on!(db, c => query.select(Organiser::as_select()).first(c).await.optional())
    }

    /// All of them, by their sign-in names.
    pub async fn all(db: &mut Connection) -> QueryResult<Vec<Organiser>> {
        on!(db, c => organisers::table.order(organisers::uid).select(Organiser::as_select()).load(c).await)
    }

    /// Gives it another name, which the pages of its polls show too.
    pub async fn rename(&self, db: &mut Connection, name: &str) -> QueryResult<()> {
        if name == self.name {
            return Ok(());
        }
        db.transaction(async |db| {
            lock(db, &format!("organiser_id = {}", self.id)).await?;
            let query = diesel::update(organisers::table.find(self.id)).set(organisers::name.eq(name));
            on!(db, c => query.execute(c).await)?;
            let revision = next_revision(db).await?;
            let polls = diesel::update(polls::table.filter(polls::organiser_id.eq(self.id)));
            on!(db, c => polls.set(polls::revision.eq(revision)).execute(c).await)?;
            Ok(())
        })
        .await
    }

    /// Gives it another password and ends all its sessions.
    pub async fn set_password_hash(&self, db: &mut Connection, hash: &str) -> QueryResult<()> {
        db.transaction(async |db| {
            let query = diesel::update(organisers::table.find(self.id)).set(organisers::password_hash.eq(hash));
            on!(db, c => query.execute(c).await)?;
            let sessions = sessions::table.filter(sessions::organiser_id.eq(self.id));
            on!(db, c => diesel::delete(sessions).execute(c).await)?;
            Ok(())
        })
        .await
    }

    /// Deletes it, and takes its polls from every page; [`removal::remove_some`] then deletes their rows.
    pub async fn delete(&self, db: &mut Connection) -> QueryResult<()> {
        db.transaction(async |db| {
            removal::remove_all(db, self.id).await?;
            on!(db, c => diesel::delete(organisers::table.find(self.id)).execute(c).await)?;
            Ok(())
        })
        .await
    }

    /// What goes when it is deleted.
    pub async fn holdings(&self, db: &mut Connection) -> QueryResult<Holdings> {
        let ballots = turnout::table.inner_join(polls::table).filter(polls::organiser_id.eq(self.id)).select(sql::<
            BigInt,
        >(
            "CAST(COALESCE(SUM(turnout.ballots), 0) AS BIGINT)",
        ));
        let ballots = on!(db, c => ballots.get_result(c).await)?;
        Ok(Holdings { polls: self.count_polls(db).await?, ballots })
    }

    /// How many polls it has.
    pub async fn count_polls(&self, db: &mut Connection) -> QueryResult<i64> {
        on!(db, c => polls::table.filter(polls::organiser_id.eq(self.id)).count().get_result(c).await)
    }
}

async fn insert(db: &mut Connection, new: &NewOrganiser) -> QueryResult<Organiser> {
    let values = (
        organisers::uid.eq(&new.uid),
        organisers::name.eq(&new.name),
        organisers::password_hash.eq(&new.password_hash),
        organisers::created_at.eq(super::now()),
    );
    on!(db, c => diesel::insert_into(organisers::table)
        .values(values)
        .returning(Organiser::as_returning())
        .get_result(c)
        .await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_name_is_kept_in_small_letters() {
        assert_eq!(uid(" Ada.Lovelace+urna@Example.ORG ").unwrap(), "ada.lovelace+urna@example.org");
        assert_eq!(uid(" "), Err(NameError::NoUid));
        for text in ["ada lovelace", "ада", "a\0", "a/b", "ada\u{202e}", "ſ"] {
            assert_eq!(uid(text), Err(NameError::UidLetters), "{text:?}");
        }
        assert_eq!(uid(&"a".repeat(65)), Err(NameError::LongUid));
    }
}
