//! Queries whose rows are one text each, named `value`: for tables that have no schema in the code.

use diesel::{QueryResult, QueryableByName, SqliteConnection, sql_query, sql_types::Text};

use super::{Connection, on};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

/// The texts that a query returns.
///
/// # Errors
/// Those of the database.
pub async fn load(db: &mut Connection, query: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<Row> = on!(db, conn => diesel_async::RunQueryDsl::load(sql_query(query), conn).await)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}

/// The same on a SQLite connection that blocks.
///
/// # Errors
/// Those of the database.
pub fn load_blocking(conn: &mut SqliteConnection, query: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<Row> = diesel::RunQueryDsl::load(sql_query(query), conn)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}
