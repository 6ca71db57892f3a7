//! Whether a database is Urna's. One of another program is never migrated nor changed in any way.

use std::path::Path;

use diesel::{Connection as _, QueryResult, SqliteConnection};
use rocket::tokio::task::spawn_blocking;

use super::{Connection, text_query};

/// What a SQLite file of Urna has in its header (`PRAGMA application_id`): `urna` in ASCII.
pub const APPLICATION_ID: i32 = 0x7572_6e61;

/// The version of the first migration; a database that has it is Urna's.
pub const FIRST_MIGRATION: &str = "20261121000001";

/// Diesel's table of the migrations that were run.
pub const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

/// Why a database is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsuitable {
    /// It has this table among others, and none of Urna's.
    #[error("has the table “{0}” and none of Urna’s, so it belongs to another program: name an empty one")]
    Table(String),
    /// Its header has the application id of another program.
    #[error("is marked as a file of another program (application_id {0}): name another one")]
    ApplicationId(String),
    /// Its encoding lacks some characters.
    #[error(
        "has the encoding {0}, which can’t keep every letter: make one with \
         CREATE DATABASE urna ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
}

/// Checks a SQLite file before it is opened for use. A file that can't be read is not refused here: opening it says why.
///
/// # Errors
/// [`Unsuitable`].
pub async fn check_file(path: &Path) -> Result<(), Unsuitable> {
    let path = path.to_owned();
    match spawn_blocking(move || check_file_blocking(&path)).await {
        Ok(Ok(checked)) => checked,
        _ => Ok(()),
    }
}

fn check_file_blocking(path: &Path) -> QueryResult<Result<(), Unsuitable>> {
    if !path.exists() {
        return Ok(Ok(()));
    }
    let Ok(mut conn) = SqliteConnection::establish(&path.to_string_lossy()) else {
        return Ok(Ok(()));
    };
    let mut texts = |query: &str| text_query::load_blocking(&mut conn, query);
    let id = texts("SELECT CAST(application_id AS TEXT) AS value FROM pragma_application_id")?.concat();
    if id == APPLICATION_ID.to_string() {
        return Ok(Ok(()));
    }
    if id != "0" {
        return Ok(Err(Unsuitable::ApplicationId(id)));
    }
    let tables = texts(
        "SELECT name AS value FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY name",
    )?;
    let versions = match tables.iter().any(|table| table == MIGRATIONS_TABLE) {
        true => texts(&format!("SELECT version AS value FROM {MIGRATIONS_TABLE}"))?,
        false => Vec::new(),
    };
    Ok(check_tables(tables, &versions))
}

/// Checks a PostgreSQL database. A SQLite file was checked before it was opened ([`check_file`]).
///
/// # Errors
/// Those of the database.
pub async fn check_server(db: &mut Connection) -> QueryResult<Result<(), Unsuitable>> {
    if !db.is_postgres() {
        return Ok(Ok(()));
    }
    let encoding = text_query::load(db, "SELECT current_setting('server_encoding') AS value").await?.concat();
    if encoding != "UTF8" {
        return Ok(Err(Unsuitable::Encoding(encoding)));
    }
    // Without the tables of extensions.
    let tables = text_query::load(
        db,
        "SELECT c.relname::text AS value FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (current_schemas(false)) AND NOT EXISTS ( \
             SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
         ORDER BY 1",
    )
    .await?;
    let versions = match tables.iter().any(|table| table == MIGRATIONS_TABLE) {
        true => text_query::load(db, &format!("SELECT version::text AS value FROM {MIGRATIONS_TABLE}")).await?,
        false => Vec::new(),
    };
    Ok(check_tables(tables, &versions))
}

/// A database is accepted when it has our first migration or no tables. The table of migrations alone, without a
/// version, is what is left after all migrations were reverted.
fn check_tables(tables: Vec<String>, versions: &[String]) -> Result<(), Unsuitable> {
    let is_ours = versions.iter().any(|version| version == FIRST_MIGRATION);
    let reverted = versions.is_empty();
    match tables.into_iter().find(|table| table != MIGRATIONS_TABLE || !reverted) {
        Some(table) if !is_ours => Err(Unsuitable::Table(table)),
        _ => Ok(()),
    }
}
