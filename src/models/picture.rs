//! Pictures (placeholder for the merge).

use diesel::QueryResult;

use crate::db::Connection;

/// Copies.
pub async fn copy(_: &mut Connection, _: i64, _: i64) -> QueryResult<()> {
    Ok(())
}

/// Sweeps.
pub async fn sweep(_: &mut Connection, _: i64) -> QueryResult<()> {
    Ok(())
}
