//! Which databases are used: every command refuses another program's database unchanged, and one whose encoding can't
//! store every letter.

use std::fs;

use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use tempfile::TempDir;

use crate::helpers::{
    database::{TestDatabase, execute_blocking},
    on_both,
    server::{command, output},
};

on_both!(
    empty:
    a_database_of_another_program_is_not_touched,
    a_database_that_was_ours_is_ours,
    an_empty_database_becomes_ours,
);

const COMMANDS: [&[&str]; 7] = [
    &["serve"],
    &["migrate"],
    &["migrate", "--status"],
    &["migrate", "--down", "1"],
    &["check"],
    &["poll", "list"],
    &["organiser", "list"],
];

/// What the database has, by its catalogue.
async fn catalogue(database: &TestDatabase) -> String {
    let query = if database.is_sqlite() {
        "SELECT coalesce(group_concat(name || sql), '') FROM (SELECT * FROM sqlite_schema ORDER BY name)"
    } else {
        "SELECT coalesce(string_agg(table_name || ' ' || column_name, ',' ORDER BY 1), '') FROM \
         (SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2) AS c"
    };
    database.text(query).await
}

fn refused(database: &TestDatabase, args: &[&str], profile: &str, part: &str) {
    let (status, stdout, error) = output(command(database).args(args).env("ROCKET_PROFILE", profile));
    assert_eq!((status, stdout.as_str()), (78, ""), "{args:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{args:?}: {error}");
    assert!(error.contains(part) && error.contains("DATABASE_URL"), "{args:?}: {error}");
}

async fn a_database_of_another_program_is_not_touched(database: TestDatabase) {
    for (table, rows) in [
        ("CREATE TABLE orders (id INTEGER)", "orders"),
        // Diesel's table is any Diesel program's.
        ("CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY, run_on TIMESTAMP)", "__diesel"),
    ] {
        database.execute(table).await;
        if rows == "__diesel" {
            database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20200101000000')").await;
            database.execute("DROP TABLE orders").await;
        }
        let before = catalogue(&database).await;
        for profile in ["production", "development"] {
            for args in COMMANDS {
                refused(&database, args, profile, &format!("has the table “{rows}"));
            }
            refused(&database, &["serve"], profile, "belongs to another program");
        }
        assert_eq!(catalogue(&database).await, before);
        if database.is_sqlite() {
            // Not even the way in which it keeps its file.
            assert_eq!(database.text("SELECT journal_mode FROM pragma_journal_mode").await, "delete");
        }
    }
}

async fn a_database_that_was_ours_is_ours(database: TestDatabase) {
    let migrate = |args: &[&str]| {
        let (status, _, error) = output(command(&database).arg("migrate").args(args));
        assert_eq!((status, error.as_str()), (0, ""), "{args:?}");
    };
    migrate(&[]);
    let reset = "PRAGMA application_id = 0";
    if database.is_sqlite() {
        assert_eq!(database.number("SELECT application_id FROM pragma_application_id").await, 0x7572_6e61);
        // As an Urna from before the mark has left it.
        database.execute(reset).await;
    }
    migrate(&["--down", "2"]);
    // A table that somebody has added is theirs to keep.
    database.execute("CREATE TABLE notes (id INTEGER)").await;
    if database.is_sqlite() {
        database.execute(reset).await;
    }
    migrate(&[]);
    assert_eq!(output(command(&database).arg("check")).0, 0);
    database.execute("DROP TABLE notes").await;
    migrate(&["--down", "99"]);
    if database.is_sqlite() {
        database.execute(reset).await;
    }
    migrate(&[]);
    if database.is_sqlite() {
        database.execute("PRAGMA application_id = 1234").await;
        refused(&database, &["serve"], "production", "marked as a file of another program (application_id 1234)");
    }
}

async fn an_empty_database_becomes_ours(database: TestDatabase) {
    if database.is_sqlite() {
        // An empty file is a database without tables.
        fs::write(database.url.trim_start_matches("sqlite:"), "").unwrap();
    }
    assert_eq!(output(command(&database).arg("migrate")).0, 0);
    assert_eq!(output(command(&database).arg("check")).0, 0);
}

#[test]
fn a_postgres_database_in_another_encoding_is_refused() {
    let Some(database) = TestDatabase::empty_postgres() else { return };
    let (server, name) = database.url.rsplit_once('/').unwrap();
    for encoding in ["SQL_ASCII", "LATIN1"] {
        let other = format!("{name}_{}", encoding.to_lowercase());
        let make = format!("CREATE DATABASE {other} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        execute_blocking(&format!("{server}/postgres"), &make).unwrap();
        for args in [&["migrate"][..], &["serve"], &["migrate", "--status"]] {
            let mut urna = command(&database);
            let (status, stdout, error) = output(urna.args(args).env("DATABASE_URL", format!("{server}/{other}")));
            assert_eq!((status, stdout.as_str(), error.lines().count()), (78, "", 1), "{encoding} {args:?}: {error}");
            for part in [encoding, "ENCODING 'UTF8' TEMPLATE template0"] {
                assert!(error.contains(part), "no {part} in {error}");
            }
        }
        execute_blocking(&format!("{server}/postgres"), &format!("DROP DATABASE {other} WITH (FORCE)")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn ballots_in_a_file_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    let migrate = |path: &str| {
        let database = TestDatabase::empty_sqlite();
        let url = format!("sqlite:{}", folder.path().join(path).display());
        let (status, _, error) = output(command(&database).arg("migrate").env("DATABASE_URL", url));
        assert_eq!((status, error.as_str()), (0, ""), "{path}");
    };
    migrate("data/urna.db");
    assert_eq!((mode("data"), mode("data/urna.db")), (0o700, 0o600));
    // What is there keeps the mode that its owner has set, and SQLite's other files follow it.
    fs::create_dir(folder.path().join("shared")).unwrap();
    fs::set_permissions(folder.path().join("shared"), fs::Permissions::from_mode(0o750)).unwrap();
    fs::write(folder.path().join("shared/urna.db"), "").unwrap();
    fs::set_permissions(folder.path().join("shared/urna.db"), fs::Permissions::from_mode(0o640)).unwrap();
    migrate("shared/urna.db");
    assert_eq!((mode("shared"), mode("shared/urna.db")), (0o750, 0o640));
    let path = folder.path().join("data/urna.db");
    let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA user_version = 1").unwrap();
    assert_eq!((mode("data/urna.db-wal"), mode("data/urna.db-shm")), (0o600, 0o600));
}
