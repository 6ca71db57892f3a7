//! What is kept of the site as a whole: here, by what its secret is known, and whether it can be written.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::schema::site;
use crate::db::{Connection, on};

/// Keeps the fingerprint of the secret where none is kept yet, and gives the one that is: of processes that start at
/// once, all get the same.
///
/// # Errors
/// Those of the database.
pub async fn keep_fingerprint(db: &mut Connection, fingerprint: &str) -> QueryResult<String> {
    // Only the first start writes: later ones come up beside a database that is locked or read-only.
    if let Some(kept) = self::fingerprint(db).await? {
        return Ok(kept);
    }
    let first = diesel::update(site::table.filter(site::secret_fingerprint.is_null()));
    on!(db, c => first.set(site::secret_fingerprint.eq(fingerprint)).execute(c).await)?;
    Ok(self::fingerprint(db).await?.unwrap_or_default())
}

/// Writes a row as it is, to see whether anything can be written.
///
/// # Errors
/// Those of the database: read-only, full, locked.
pub async fn try_writing(db: &mut Connection) -> QueryResult<()> {
    let query = diesel::update(site::table).set(site::revision.eq(site::revision));
    on!(db, c => query.execute(c).await)?;
    Ok(())
}

async fn fingerprint(db: &mut Connection) -> QueryResult<Option<String>> {
    on!(db, c => site::table.select(site::secret_fingerprint).first(c).await)
}

/// Keeps this fingerprint in place of the one that is kept.
///
/// # Errors
/// Those of the database.
pub async fn replace_fingerprint(db: &mut Connection, fingerprint: &str) -> QueryResult<()> {
    let query = diesel::update(site::table).set(site::secret_fingerprint.eq(fingerprint));
    on!(db, c => query.execute(c).await)?;
    Ok(())
}
