//! Migrations on SQLite: in one transaction, with foreign keys off until its end.

use diesel::{
    QueryableByName, RunQueryDsl as _, SqliteConnection, connection::SimpleConnection as _, migration::MigrationSource,
    sql_types::Text, sqlite::Sqlite,
};

use super::{super::identity::APPLICATION_ID, MigrationError, Status, Task, applied, perform};

/// Runs migrations on SQLite with foreign keys off, so that a table can be rebuilt: while they are on, dropping the old
/// table deletes every row that refers to it. The pragma has no effect inside a transaction, so it comes before, and the
/// foreign keys are checked before the commit.
pub(super) fn run(
    conn: &mut SqliteConnection,
    source: &impl MigrationSource<Sqlite>,
    job: Task,
) -> Result<Status, MigrationError> {
    let failed = |e: diesel::result::Error| MigrationError::Failed(e.to_string());
    conn.batch_execute("PRAGMA foreign_keys = OFF").map_err(failed)?;
    let run = conn.exclusive_transaction(|conn| {
        let before = applied(conn, source).map_err(Rollback)?;
        let after = perform(conn, source, job).map_err(Rollback)?;
        if after != before {
            check_foreign_keys(conn).map_err(Rollback)?;
        }
        conn.batch_execute(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
        Ok(after)
    });
    let status = run.map_err(|Rollback(e)| e);
    conn.batch_execute("PRAGMA foreign_keys = ON").map_err(failed)?;
    status
}

/// A table with a row that refers to no row of its parent.
#[derive(QueryableByName)]
struct Orphan {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    parent: String,
}

fn check_foreign_keys(conn: &mut SqliteConnection) -> Result<(), MigrationError> {
    let query = "SELECT \"table\" AS child, parent FROM pragma_foreign_key_check LIMIT 1";
    let orphans: Vec<Orphan> =
        diesel::sql_query(query).load(conn).map_err(|e| MigrationError::Failed(e.to_string()))?;
    match orphans.first() {
        None => Ok(()),
        Some(Orphan { child, parent }) => Err(MigrationError::Failed(format!(
            "it would leave rows in {child} that refer to no row of {parent}, so nothing was changed"
        ))),
    }
}

/// The error type of the transaction, which Diesel requires to be convertible from its own.
struct Rollback(MigrationError);

impl From<diesel::result::Error> for Rollback {
    fn from(error: diesel::result::Error) -> Self {
        Self(MigrationError::Failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
