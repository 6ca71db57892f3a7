//! Invitations: who may vote in a poll by invitation, by the keyed hash of a code.
//!
//! A used one is among the credentials too, by the same hash; nothing says when it was used or for what.

use std::collections::HashSet;

use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
    result::{DatabaseErrorKind::ForeignKeyViolation, Error as QueryError},
};
use diesel_async::RunQueryDsl;

use super::{
    creation,
    poll::Poll,
    schema::{credentials, invitations, polls},
};
use crate::db::{Connection, on};

/// The most rows in one statement on PostgreSQL, which takes 65,535 values.
const ROWS: usize = 1000;

/// An invitation that somebody came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The slug of its poll.
    pub slug: String,
    /// Whether its ballot is in.
    pub used: bool,
}

/// The invitation with this hash.
pub async fn find(db: &mut Connection, hash: &[u8; 32]) -> QueryResult<Option<Found>> {
    let used = exists(
        credentials::table
            .filter(credentials::poll_id.eq(invitations::poll_id))
            .filter(credentials::hash.eq(invitations::hash)),
    );
    let query = invitations::table.find(hash.as_slice()).inner_join(polls::table).select((polls::slug, used));
    let found: Option<(String, bool)> = on!(db, c => query.first(c).await.optional())?;
    Ok(found.map(|(slug, used)| Found { slug, used }))
}

impl Poll {
    /// Creates invitations with these hashes, all or none; `false` where the form with this hash has created them
    /// already.
    pub async fn invite(
        &self,
        db: &mut Connection,
        hashes: Vec<[u8; 32]>,
        form: Option<[u8; 32]>,
    ) -> QueryResult<bool> {
        let created = db
            .transaction(async |db| {
                // Before the lock: ballots of the poll do not wait for them.
                let number = i64::try_from(hashes.len()).unwrap_or(i64::MAX);
                insert(db, self.id, hashes).await?;
                self.lock(db).await?;
                if let Some(form) = &form {
                    if creation::find(db, form).await?.is_some() {
                        return Err(QueryError::RollbackTransaction);
                    }
                    creation::insert(db, form, self.id).await?;
                }
                self.revise(db).await?;
                let row = polls::table.find(self.id);
                let query = diesel::update(row).set(polls::invited.eq(polls::invited + number));
                on!(db, c => query.execute(c).await)?;
                Ok(())
            })
            .await;
        match (created, &form) {
            (Ok(()), _) => Ok(true),
            (Err(error), Some(form)) => match creation::find(db, form).await? {
                // It was sent twice, perhaps at once.
                Some(_) => Ok(false),
                None => Err(error),
            },
            (Err(error), None) => Err(error),
        }
    }

    /// Which of these hashes are of invitations that were not revoked.
    pub async fn find_invited(&self, db: &mut Connection, hashes: &[[u8; 32]]) -> QueryResult<HashSet<Vec<u8>>> {
        let mut found = HashSet::new();
        for hashes in hashes.chunks(ROWS) {
            let hashes = hashes.iter().map(|hash| hash.as_slice());
            let query = invitations::table
                .filter(invitations::poll_id.eq(self.id).and(invitations::hash.eq_any(hashes)))
                .select(invitations::hash);
            found.extend(on!(db, c => query.load::<Vec<u8>>(c).await)?);
        }
        Ok(found)
    }

    /// Revokes the unused invitations, or the one with this hash if it is unused; gives how many.
    ///
    /// The lock waits for the ballots that are being written, so that none of them is half used.
    pub async fn revoke(&self, db: &mut Connection, one: Option<[u8; 32]>) -> QueryResult<usize> {
        db.transaction(async |db| {
            self.lock(db).await?;
            let used = credentials::table
                .filter(credentials::poll_id.eq(self.id))
                .filter(credentials::hash.eq(invitations::hash));
            let unused = invitations::table.filter(invitations::poll_id.eq(self.id)).filter(not(exists(used)));
            let revoked = match one {
                Some(hash) => {
                    let query = diesel::delete(unused.filter(invitations::hash.eq(hash.to_vec())));
                    on!(db, c => query.execute(c).await)?
                }
                None => on!(db, c => diesel::delete(unused).execute(c).await)?,
            };
            let left = invitations::table.filter(invitations::poll_id.eq(self.id)).select(count_star());
            let left: i64 = on!(db, c => left.first(c).await)?;
            self.revise(db).await?;
            let query = diesel::update(polls::table.find(self.id)).set(polls::invited.eq(left));
            on!(db, c => query.execute(c).await)?;
            Ok(revoked)
        })
        .await
    }
}

async fn insert(db: &mut Connection, poll_id: i64, hashes: Vec<[u8; 32]>) -> QueryResult<()> {
    let row = move |hash: &[u8; 32]| (invitations::poll_id.eq(poll_id), invitations::hash.eq(hash.to_vec()));
    let inserted = on!(db, conn =>
        sqlite: conn.spawn_blocking(move |conn| {
            hashes.iter().try_for_each(|hash| {
                let insert = diesel::insert_into(invitations::table).values(row(hash));
                diesel::RunQueryDsl::execute(insert, conn).map(drop)
            })
        }).await,
        postgres: {
            for hashes in hashes.chunks(ROWS) {
                let rows: Vec<_> = hashes.iter().map(row).collect();
                diesel::insert_into(invitations::table).values(rows).execute(conn).await?;
            }
            Ok(())
        },
    );
    inserted.map_err(|error| match error {
        // Its poll was removed meanwhile.
        QueryError::DatabaseError(ForeignKeyViolation, _) => QueryError::NotFound,
        error => error,
    })
}
