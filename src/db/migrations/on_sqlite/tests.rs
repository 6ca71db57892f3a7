use std::{fs, path::Path};

use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use tempfile::TempDir;

use super::{super::SQLITE, *};

/// The project's migrations with one more.
fn with(up: &str) -> (TempDir, FileBasedMigrations) {
    let folder = TempDir::new().unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    for entry in fs::read_dir(ours).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let copy = folder.path().join(entry.file_name());
        fs::create_dir(&copy).unwrap();
        for half in ["up.sql", "down.sql"] {
            fs::copy(entry.path().join(half), copy.join(half)).unwrap();
        }
    }
    let more = folder.path().join("2999-01-01-000000_more");
    fs::create_dir(&more).unwrap();
    fs::write(more.join("up.sql"), up).unwrap();
    fs::write(more.join("down.sql"), "SELECT 1;").unwrap();
    let source = FileBasedMigrations::from_path(folder.path()).unwrap();
    (folder, source)
}

/// A migrated database with a poll, a choice and two ballots.
fn filled() -> SqliteConnection {
    let mut conn = diesel::Connection::establish(":memory:").unwrap();
    run(&mut conn, &SQLITE, Task::Up).unwrap();
    conn.batch_execute(
        "INSERT INTO polls (id, slug, title, description, method, seats, credential, results, featured, opens_at,
             created_at, revision)
         VALUES (1, 'a', 'A', '', 'plurality', 1, 'open', 'always', 1, '2026-01-01', '2026-01-01', 1);
         INSERT INTO choices VALUES (1, 'x', 0, 'X', '', NULL, '');
         INSERT INTO ballots (poll_id, cast_at, marks) VALUES (1, '2026-01-02', 'x'), (1, '2026-01-03', 'x');
         INSERT INTO profile VALUES (1, 'x', 0, 2);
         INSERT INTO turnout VALUES (1, 0, 2);",
    )
    .unwrap();
    conn
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

fn text(conn: &mut SqliteConnection, expression: &str) -> String {
    let query = format!("SELECT CAST(({expression}) AS TEXT) AS word");
    diesel::sql_query(query).get_result::<Word>(conn).unwrap().word
}

fn rows(conn: &mut SqliteConnection) -> String {
    ["polls", "choices", "ballots", "profile", "turnout"]
        .map(|table| text(conn, &format!("SELECT count(*) FROM {table}")))
        .join(" ")
}

/// As https://www.sqlite.org/lang_altertable.html, section 7, says it.
#[test]
fn a_table_is_rebuilt_and_nothing_that_refers_to_it_is_lost() {
    let mut conn = filled();
    let table = text(&mut conn, "SELECT sql FROM sqlite_schema WHERE name = 'polls'");
    let indexes = "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE tbl_name = 'polls' AND type = 'index'";
    let indexes = text(&mut conn, indexes);
    let table = table.replacen("CREATE TABLE \"polls\"", "CREATE TABLE polls_new", 1);
    // As migrations/README.md has it.
    let (_folder, source) = with(&format!(
        "CREATE TEMP TABLE guard (foreign_keys INTEGER CONSTRAINT run_this_with_urna_migrate CHECK (NOT foreign_keys));
         INSERT INTO guard SELECT foreign_keys FROM pragma_foreign_keys WHERE EXISTS (SELECT 1 FROM polls);
         DROP TABLE guard;
         {table};
         INSERT INTO polls_new SELECT * FROM polls;
         DROP TABLE polls;
         ALTER TABLE polls_new RENAME TO polls;
         {indexes};"
    ));
    let before = rows(&mut conn);
    // A tool that leaves foreign keys on would lose the ballots: it changes nothing.
    let error = conn.run_pending_migrations(source.clone()).unwrap_err().to_string();
    assert!(error.contains("run_this_with_urna_migrate"), "{error}");
    assert_eq!(rows(&mut conn), before);
    let status = run(&mut conn, &source, Task::Up).unwrap();
    assert_eq!((status.pending().len(), rows(&mut conn)), (0, before));
    assert_eq!(text(&mut conn, "SELECT group_concat(marks) FROM ballots"), "x,x");
    // Foreign keys are on again, and lead to the new table.
    assert!(conn.batch_execute("INSERT INTO ballots (poll_id, cast_at, marks) VALUES (2, '2026', 'x')").is_err());
    conn.batch_execute("DELETE FROM polls").unwrap();
    assert_eq!(rows(&mut conn), "0 0 0 0 0");
}

#[test]
fn a_migration_that_leaves_an_orphan_is_rolled_back() {
    let mut conn = filled();
    for up in ["DELETE FROM polls;", "UPDATE polls SET id = 7;", "INSERT INTO turnout VALUES (9, 0, 1);"] {
        let (_folder, source) = with(&format!("CREATE TABLE left_over (a INTEGER); {up}"));
        let before = rows(&mut conn);
        let error = run(&mut conn, &source, Task::Up).unwrap_err().to_string();
        assert!(error.contains("refer to no row of polls, so nothing was changed"), "{up}: {error}");
        assert_eq!(rows(&mut conn), before, "{up}");
        assert_eq!(text(&mut conn, "SELECT count(*) FROM sqlite_schema WHERE name = 'left_over'"), "0", "{up}");
        assert_eq!(text(&mut conn, "SELECT foreign_keys FROM pragma_foreign_keys"), "1", "{up}");
    }
}
