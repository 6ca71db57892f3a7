//! Addresses of polls: what a mistyped or a former one leads to. Nobody learns of a draft by them.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{
    new_poll::NewPoll,
    poll::Poll,
    schema::{former_addresses, polls, short_addresses},
};
use crate::{
    db::{Connection, on},
    marks, text,
};

/// The slug of the published poll that somebody means who asks for `typed`, where no poll is published there: with
/// capital letters, or with what a sentence has put behind it; or the one that stood there before.
pub async fn find(db: &mut Connection, typed: &str) -> QueryResult<Option<String>> {
    let meant = text::bare(typed).to_ascii_lowercase();
    if !marks::is_key(&meant) {
        return Ok(None);
    }
    let published = polls::draft.eq(false);
    if meant != typed {
        let query = polls::table.filter(polls::slug.eq(&meant).and(published)).select(polls::slug);
        let found: Option<String> = on!(db, c => query.first(c).await.optional())?;
        if found.is_some() {
            return Ok(found);
        }
    }
    // Who takes a poll off the list does not want it found by the addresses that everybody knows.
    let leads = polls::listed.or(former_addresses::listed.eq(false));
    let former = former_addresses::table.find(&meant).inner_join(polls::table).filter(published.and(leads));
    let former = former.select(polls::slug);
    on!(db, c => former.first(c).await.optional())
}

/// Remembers where a poll stood, in the transaction that gives it a new address or takes it off the list. Nobody has the
/// link of a draft.
pub(super) async fn change(db: &mut Connection, old: &Poll, new: &NewPoll) -> QueryResult<()> {
    let is_moved = old.slug != new.slug;
    if old.draft || !is_moved && (new.settings.listed || !old.settings.listed) {
        return Ok(());
    }
    if old.settings.listed && !new.settings.listed {
        let code = short_addresses::table.find(old.id);
        on!(db, c => diesel::delete(code).execute(c).await)?;
    }
    let here = former_addresses::table.find(&old.slug);
    let known = here.filter(former_addresses::poll_id.eq(old.id)).select(former_addresses::listed);
    let was_listed: Option<bool> = on!(db, c => known.first(c).await.optional())?;
    on!(db, c => diesel::delete(here).execute(c).await)?;
    let values = (
        former_addresses::slug.eq(&old.slug),
        former_addresses::poll_id.eq(old.id),
        former_addresses::listed.eq(old.settings.listed || was_listed == Some(true)),
    );
    on!(db, c => diesel::insert_into(former_addresses::table).values(values).execute(c).await)?;
    Ok(())
}
