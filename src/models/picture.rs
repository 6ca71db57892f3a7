//! Pictures of choices, each kept once a poll in two sizes. Every change is one of the poll, with a new revision.

use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::RunQueryDsl;

use super::{
    poll::Poll,
    schema::{choices, pictures},
};
use crate::{
    db::{Connection, on},
    pictures::Picture,
};

/// Which size of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For phones.
    Small,
    /// For desktops.
    Large,
}

/// A picture's media type and one of its sizes, by the hash of its file.
pub async fn find(db: &mut Connection, hash: &str, size: Size) -> QueryResult<Option<(String, Vec<u8>)>> {
    // The same file in several polls gives the same bytes.
    let row = pictures::table.filter(pictures::hash.eq(hash)).limit(1);
    match size {
        Size::Small => {
            on!(db, c => row.select((pictures::media_type, pictures::small)).first(c).await.optional())
        }
        Size::Large => {
            on!(db, c => row.select((pictures::media_type, pictures::large)).first(c).await.optional())
        }
    }
}

/// Gives a choice of the poll a picture, and says what it shows. `false` where there is no such choice.
pub async fn set(db: &mut Connection, poll: &Poll, key: &str, picture: &Picture, alt: &str) -> QueryResult<bool> {
    db.transaction(async |db| {
        poll.lock(db).await?;
        insert(db, poll.id, picture).await?;
        let choice = choices::table.find((poll.id, key));
        let query = diesel::update(choice).set((choices::picture.eq(&picture.hash), choices::alt.eq(alt)));
        let found = on!(db, c => query.execute(c).await)?;
        sweep(db, poll.id).await?;
        poll.revise(db).await?;
        Ok(found > 0)
    })
    .await
}

/// Says anew what the picture of a choice shows.
pub async fn describe(db: &mut Connection, poll: &Poll, key: &str, alt: &str) -> QueryResult<()> {
    db.transaction(async |db| {
        poll.touch(db).await?;
        let choice = choices::table.find((poll.id, key)).filter(choices::picture.is_not_null());
        let query = diesel::update(choice).set(choices::alt.eq(alt));
        on!(db, c => query.execute(c).await)?;
        Ok(())
    })
    .await
}

/// Takes the picture of a choice away.
pub async fn remove(db: &mut Connection, poll: &Poll, key: &str) -> QueryResult<()> {
    db.transaction(async |db| {
        poll.touch(db).await?;
        let choice = choices::table.find((poll.id, key));
        let query = diesel::update(choice).set((choices::picture.eq(None::<&str>), choices::alt.eq("")));
        on!(db, c => query.execute(c).await)?;
        sweep(db, poll.id).await
    })
    .await
}

/// Gives a poll the pictures of another too: for a copy of it.
pub async fn copy(db: &mut Connection, from: i64, to: i64) -> QueryResult<()> {
    let rows = pictures::table.filter(pictures::poll_id.eq(from)).select((
        pictures::hash,
        to.into_sql::<BigInt>(),
        pictures::media_type,
        pictures::small,
        pictures::large,
    ));
    let columns = (pictures::hash, pictures::poll_id, pictures::media_type, pictures::small, pictures::large);
    on!(db, c => diesel::insert_into(pictures::table)
        .values(rows)
        .into_columns(columns)
        .on_conflict_do_nothing()
        .execute(c)
        .await)?;
    Ok(())
}

/// Keeps a picture for a poll; one that is there already stays as it is.
pub async fn insert(db: &mut Connection, poll_id: i64, picture: &Picture) -> QueryResult<()> {
    let values = (
        pictures::hash.eq(&picture.hash),
        pictures::poll_id.eq(poll_id),
        pictures::media_type.eq(picture.media_type),
        pictures::small.eq(&picture.small),
        pictures::large.eq(&picture.large),
    );
    on!(db, c => diesel::insert_into(pictures::table).values(values).on_conflict_do_nothing().execute(c).await)?;
    Ok(())
}

/// Drops the pictures of a poll that no choice of it shows any more.
pub(super) async fn sweep(db: &mut Connection, poll_id: i64) -> QueryResult<()> {
    let shown = choices::table
        .filter(choices::poll_id.eq(poll_id).and(choices::picture.is_not_null()))
        .select(choices::picture.assume_not_null());
    let unused = pictures::table.filter(pictures::poll_id.eq(poll_id)).filter(pictures::hash.ne_all(shown));
    on!(db, c => diesel::delete(unused).execute(c).await)?;
    Ok(())
}
