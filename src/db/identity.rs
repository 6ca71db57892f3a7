//! Whose database it is: one of another program is never filled with our tables, nor changed in any way.

use std::path::Path;

use diesel::{QueryResult, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_types::Text};
use rocket::tokio::task::spawn_blocking;

use super::{Connection, migrations::FIRST, on};

/// What a SQLite file of ours has in its header (`PRAGMA application_id`): `urna` in ASCII.
pub const APPLICATION_ID: i32 = 0x7572_6e61;

/// Why a database is not used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// It is another program's, with this table among others.
    #[error("has the table “{0}” and none of Urna’s, so it belongs to another program: name an empty one")]
    Table(String),
    /// It is marked as another program's.
    #[error("is marked as a file of another program (application_id {0}): name another one")]
    Mark(String),
    /// It can't keep every character.
    #[error(
        "has the encoding {0}, which can’t keep every letter: make one with \
         CREATE DATABASE urna ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// Looks at a SQLite file before anything else opens it; what is no database shows when it is opened.
pub async fn check_file(path: &Path) -> Result<(), Stranger> {
    let path = path.to_owned();
    let look = move || -> QueryResult<Result<(), Stranger>> {
        if !path.exists() {
            return Ok(Ok(()));
        }
        let Ok(mut conn) = <SqliteConnection as diesel::Connection>::establish(&path.to_string_lossy()) else {
            return Ok(Ok(()));
        };
        let mut words = |query: &str| -> QueryResult<Vec<String>> {
            Ok(diesel::sql_query(query).load::<Word>(&mut conn)?.into_iter().map(|row| row.word).collect())
        };
        let id = words("SELECT CAST(application_id AS TEXT) AS word FROM pragma_application_id")?.concat();
        if id == APPLICATION_ID.to_string() {
            return Ok(Ok(()));
        }
        if id != "0" {
            return Ok(Err(Stranger::Mark(id)));
        }
        let tables = words(
            "SELECT name AS word FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             ORDER BY name",
        )?;
        let versions = match tables.iter().any(|table| table == HISTORY) {
            true => words(&format!("SELECT version AS word FROM {HISTORY}"))?,
            false => Vec::new(),
        };
        Ok(judge(tables, &versions))
    };
    match spawn_blocking(look).await {
        Ok(Ok(judged)) => judged,
        _ => Ok(()),
    }
}

/// Diesel's own table of the migrations that were run.
const HISTORY: &str = "__diesel_schema_migrations";

/// Looks at a PostgreSQL database; of SQLite there is nothing left to be looked at once it is open.
///
/// # Errors
/// Those of the database.
pub async fn check_server(db: &mut Connection) -> QueryResult<Result<(), Stranger>> {
    if !db.is_postgres() {
        return Ok(Ok(()));
    }
    let mut words = async |query: &str| -> QueryResult<Vec<String>> {
        let query = diesel::sql_query(query);
        let rows: Vec<Word> = on!(db, conn => diesel_async::RunQueryDsl::load(query, conn).await)?;
        Ok(rows.into_iter().map(|row| row.word).collect())
    };
    let encoding = words("SELECT current_setting('server_encoding') AS word").await?.concat();
    if encoding != "UTF8" {
        return Ok(Err(Stranger::Encoding(encoding)));
    }
    // Not those that belong to an extension.
    let tables = words(
        "SELECT c.relname::text AS word FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (current_schemas(false)) AND NOT EXISTS ( \
             SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
         ORDER BY 1",
    )
    .await?;
    let versions = match tables.iter().any(|table| table == HISTORY) {
        true => words(&format!("SELECT version::text AS word FROM {HISTORY}")).await?,
        false => Vec::new(),
    };
    Ok(judge(tables, &versions))
}

/// A database is ours where our first migration was run in it, and may become ours while it is empty.
fn judge(tables: Vec<String>, versions: &[String]) -> Result<(), Stranger> {
    let is_ours = versions.iter().any(|version| version == FIRST);
    let reverted = versions.is_empty();
    match tables.into_iter().find(|table| table != HISTORY || !reverted) {
        Some(table) if !is_ours => Err(Stranger::Table(table)),
        _ => Ok(()),
    }
}
