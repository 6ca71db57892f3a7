//! `urna migrate`, and what starts while migrations are pending or unknown.

use std::{collections::BTreeSet, fs, process::Stdio};

use urna::{
    count::Method,
    models::{eligibility::Eligibility, new_poll::NewPoll},
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
    server::{command, output},
    votes::poll_by,
};

on_both!(
    empty:
    up_down_and_up_again,
    the_status_lists_and_changes_nothing,
    processes_that_migrate_at_once_take_turns,
    a_newer_schema_is_refused,
    in_production_a_server_waits_for_the_release_phase,
    reverting_takes_the_newest_first,
    every_migration_keeps_what_its_schema_holds,
    a_new_method_changes_one_check_and_no_row,
);

/// The names of the migrations, oldest first.
pub fn names() -> Vec<String> {
    folder("sqlite").into_iter().collect()
}

fn folder(engine: &str) -> BTreeSet<String> {
    // Not the lock that `diesel migration generate` leaves.
    let folders = fs::read_dir(format!("migrations/{engine}")).unwrap().map(Result::unwrap);
    folders.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn migrate(database: &TestDatabase, args: &[&str]) -> String {
    let (status, stdout, error) = output(command(database).arg("migrate").args(args));
    assert_eq!((status, error.as_str()), (0, ""), "{args:?}");
    stdout
}

fn lines(word: &str, names: &[String]) -> String {
    names.iter().map(|name| format!("{word:8} {name}\n")).collect()
}

/// How many tables of ours there are.
async fn count_tables(database: &TestDatabase) -> i64 {
    let catalogue = if database.is_sqlite() {
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'"
    } else {
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'"
    };
    database.number(catalogue).await
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(folder("sqlite"), folder("postgres"));
    assert!(!names().is_empty());
    // What only this engine has comes first: the diesel CLI changes nothing where it is given the other's files.
    for (engine, guard) in [("sqlite", "SELECT sqlite_version();"), ("postgres", "SELECT version();")] {
        for name in folder(engine) {
            for half in ["up.sql", "down.sql"] {
                let sql = fs::read_to_string(format!("migrations/{engine}/{name}/{half}")).unwrap();
                assert!(sql.starts_with(guard), "{engine}/{name}/{half} begins with {guard}");
                assert!(sql.lines().count() > 1, "{engine}/{name}/{half}");
            }
        }
    }
}

async fn up_down_and_up_again(database: TestDatabase) {
    let names = names();
    assert_eq!(migrate(&database, &[]), lines("ran", &names));
    let all = count_tables(&database).await;
    assert!(all >= 8, "{all} tables");
    assert_eq!(migrate(&database, &[]), "nothing to do\n");
    let created = output(command(&database).args(["poll", "new", "--title", "T", "--choice", "A", "--choice", "B"]));
    assert_eq!(created.0, 0, "{}", created.2);
    assert_eq!(migrate(&database, &["--down", &names.len().to_string()]), lines("reverted", &names));
    assert_eq!(count_tables(&database).await, 0);
    assert_eq!(migrate(&database, &["--down", "1"]), "nothing to do\n");
    assert_eq!(migrate(&database, &[]), lines("ran", &names));
    assert_eq!(count_tables(&database).await, all);
    assert_eq!(database.number("SELECT count(*) FROM polls").await, 0);
    assert_eq!(output(command(&database).arg("check")).0, 0);
}

async fn the_status_lists_and_changes_nothing(database: TestDatabase) {
    let names = names();
    for _ in 0..2 {
        assert_eq!(migrate(&database, &["--status"]), lines("pending", &names));
    }
    assert_eq!(count_tables(&database).await, 0);
    migrate(&database, &[]);
    assert_eq!(migrate(&database, &["--status"]), lines("applied", &names));
}

async fn reverting_takes_the_newest_first(database: TestDatabase) {
    let names = names();
    let (newest, older) = names.split_last().unwrap();
    migrate(&database, &[]);
    assert_eq!(migrate(&database, &["--down", "1"]), format!("reverted {newest}\n"));
    assert_eq!(migrate(&database, &["--status"]), format!("{}pending  {newest}\n", lines("applied", older)));
    assert_eq!(migrate(&database, &[]), format!("ran      {newest}\n"));
    for args in [["--down", "0"], ["--down", "-1"], ["--down", "all"], ["--status", "--down"]] {
        let (status, stdout, error) = output(command(&database).arg("migrate").args(args));
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {error}");
    }
    assert_eq!(migrate(&database, &["--status"]), lines("applied", &names));
}

async fn processes_that_migrate_at_once_take_turns(database: TestDatabase) {
    let start =
        |command: &mut std::process::Command| command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for round in 0..2 {
        let children: Vec<_> = (0..6).map(|_| start(command(&database).arg("migrate"))).collect();
        for child in children {
            let out = child.wait_with_output().unwrap();
            assert!(out.status.success(), "round {round}: {}", String::from_utf8_lossy(&out.stderr));
        }
        assert_eq!(migrate(&database, &["--status"]), lines("applied", &names()));
        assert_eq!(database.number("SELECT count(*) FROM site").await, 1);
        migrate(&database, &["--down", "99"]);
    }
}

async fn a_newer_schema_is_refused(database: TestDatabase) {
    migrate(&database, &[]);
    database
        .execute(
            "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('99991231000001', CURRENT_TIMESTAMP)",
        )
        .await;
    let all: [&[&str]; 7] = [
        &["serve"],
        &[],
        &["migrate"],
        &["migrate", "--down", "1"],
        &["check"],
        &["poll", "list"],
        &["poll", "new", "--title", "T", "--choice", "A", "--choice", "B"],
    ];
    for args in all {
        let (status, stdout, error) = output(command(&database).args(args));
        assert_eq!((status, stdout.as_str()), (78, ""), "{args:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{args:?}: {error}");
        assert!(error.contains("migrated by a newer Urna (99991231000001)"), "{args:?}: {error}");
    }
    assert_eq!(database.number("SELECT count(*) FROM polls").await, 0);
}

async fn in_production_a_server_waits_for_the_release_phase(database: TestDatabase) {
    if database.is_sqlite() {
        // On SQLite there is one machine and no release phase: commands migrate by themselves.
        assert_eq!(output(command(&database).args(["poll", "list"])).0, 0);
        assert_eq!(migrate(&database, &["--status"]), lines("applied", &names()));
        return;
    }
    for pending in [names().len(), 1] {
        let all: [&[&str]; 4] = [&["serve"], &[], &["check"], &["poll", "list"]];
        for args in all {
            let (status, stdout, error) = output(command(&database).args(args));
            assert_eq!((status, stdout.as_str()), (78, ""), "{args:?}: {error}");
            assert_eq!(error.lines().count(), 1, "{args:?}: {error}");
            assert!(
                error.contains(&format!("{pending} migration")) && error.contains("`urna migrate`"),
                "{args:?}: {error}"
            );
        }
        migrate(&database, &[]);
        migrate(&database, &["--down", "1"]);
    }
}

/// All rows of these tables, those whose names end the list being older.
async fn kept(database: &TestDatabase, tables: &[&str]) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in tables {
        counts.push(database.number(&format!("SELECT count(*) FROM {table}")).await);
    }
    counts
}

/// An app on a migrated database with rows in every table that has polls or organisers in it.
async fn filled(database: TestDatabase) -> App {
    migrate(&database, &[]);
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let organiser_id = Some(app.database.number("SELECT id FROM organisers").await);
    // A ranking of so many choices fits into no entry of an index.
    let keys: Vec<String> = (0..1000).map(|n| format!("a-choice-with-a-long-key-{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let ranked = app.create(&NewPoll { organiser_id, ..poll_by(Method::Irv, &keys) }).await;
    let reversed: Vec<&str> = keys.iter().rev().copied().collect();
    app.cast_marks(&ranked, &[(&keys.join(">"), 2), (&reversed.join(">"), 1)]).await;
    for (method, marks) in [(Method::Plurality, "a"), (Method::Approval, "a,b"), (Method::Star, "a:5,b:3")] {
        let poll = app.create(&NewPoll { organiser_id, ..poll_by(method, &["a", "b", "c"]) }).await;
        app.cast_marks(&poll, &[(marks, 3)]).await;
    }
    let invited =
        NewPoll { organiser_id, ..new_poll("invited", &["a", "b"]).with(|s| s.eligibility = Eligibility::Invitation) };
    let invited = app.create(&invited).await;
    invited.invite(&mut app.db().await, (1..=5).map(|n| [n; 32]).collect(), None).await.unwrap();
    app.create(&NewPoll { draft: true, organiser_id, ..new_poll("draft", &["a", "b"]) }).await;
    assert_eq!(ada.get("/organiser").await.status, rocket::http::Status::Ok);
    let rows = [
        "credentials (poll_id, hash) SELECT poll_id, hash FROM invitations",
        "pictures (hash, poll_id, media_type, small, large) SELECT 'h', id, 'image/png', 'x', 'y' FROM polls",
        "bursts (poll_id, minute, votes, refused) SELECT id, created_at, 9, 1 FROM polls",
        "former_addresses (slug, poll_id, listed) SELECT 'former-' || slug, id, listed FROM polls",
    ];
    for rows in rows {
        app.database.execute(&format!("INSERT INTO {rows}")).await;
    }
    app
}

async fn every_migration_keeps_what_its_schema_holds(database: TestDatabase) {
    let database = filled(database).await.database.clone();
    // By migration, the tables that are there while it is applied; the newest first.
    let tables = ["polls", "choices", "organisers", "ballots", "credentials", "sessions", "invitations", "pictures"];
    let (ballots, all) = (database.ballots().await, kept(&database, &tables).await);
    assert!(all.iter().all(|rows| *rows > 0), "{all:?}");
    let names = names();
    let position = |part: &str| names.iter().position(|name| name.ends_with(part)).unwrap();
    let (of_ballots, of_organising) = (position("_ballots"), position("_organising"));
    for applied in (0..names.len()).rev() {
        assert_eq!(migrate(&database, &["--down", "1"]), format!("reverted {}\n", names[applied]));
        if applied > of_ballots {
            assert_eq!(database.ballots().await, ballots, "without {}", names[applied]);
            assert_eq!(kept(&database, &tables[..5]).await, all[..5], "without {}", names[applied]);
        }
        if applied > of_organising {
            assert_eq!(kept(&database, &tables).await, all, "without {}", names[applied]);
            // Up again from here, and down to here.
            migrate(&database, &[]);
            assert_eq!(database.ballots().await, ballots, "with {} again", names[applied]);
            assert_eq!(kept(&database, &tables).await, all, "with {} again", names[applied]);
            assert_eq!(output(command(&database).arg("check")).0, 0);
            migrate(&database, &["--down", &(names.len() - applied).to_string()]);
        }
    }
    assert_eq!(count_tables(&database).await, 0);
    migrate(&database, &[]);
    assert_eq!(output(command(&database).arg("check")).0, 0);
}

/// Every column of every row of the tables that a poll is kept in.
async fn rows(database: &TestDatabase) -> String {
    let tables = "polls choices ballots credentials profile turnout pictures invitations bursts former_addresses";
    let mut all = String::new();
    for table in tables.split(' ') {
        let rows = if database.is_sqlite() {
            let row = "SELECT group_concat('quote(' || name || ')', '||') FROM pragma_table_info";
            let row = database.text(&format!("{row}('{table}')")).await;
            format!("SELECT group_concat(r, ';') FROM (SELECT {row} AS r FROM {table} ORDER BY 1)")
        } else {
            format!("SELECT string_agg(t::text, ';' ORDER BY t::text) FROM {table} AS t")
        };
        all += &format!("{table}: {}\n", database.text(&rows).await);
    }
    all
}

/// Every table, column, default, constraint and index, as the database describes them.
async fn schema(database: &TestDatabase) -> String {
    let all = if database.is_sqlite() {
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY type, name)"
    } else {
        "SELECT string_agg(line, ';' ORDER BY line) FROM (
             SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable, column_default)
             FROM information_schema.columns WHERE table_schema = 'public'
             UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
         ) AS lines (line)"
    };
    let all = database.text(all).await;
    // SQLite keeps the text as it was written, and quotes the name of a table that was renamed.
    all.split_whitespace().collect::<Vec<_>>().join(" ").replace("CREATE TABLE \"polls\"", "CREATE TABLE polls")
}

async fn a_new_method_changes_one_check_and_no_row(database: TestDatabase) {
    let app = filled(database).await;
    let database = app.database.clone();
    let names = names();
    let newer = names.iter().rev().take_while(|name| !name.ends_with("_baldwin")).count();
    let to_baldwin = || {
        migrate(&database, &[]);
        if newer > 0 {
            migrate(&database, &["--down", &newer.to_string()]);
        }
    };
    to_baldwin();
    let (rows_before, with) = (rows(&database).await, schema(&database).await);
    migrate(&database, &["--down", "1"]);
    let without = schema(&database).await;
    assert!(with.contains("'baldwin'") && !without.contains("'baldwin'"));
    assert_eq!(rows(&database).await, rows_before);
    to_baldwin();
    assert_eq!(schema(&database).await, with);
    assert_eq!(with.replace(", 'baldwin'::text", "").replace(", 'baldwin'", ""), without);
    assert_eq!(rows(&database).await, rows_before);
    // The older schema can't hold a poll that is counted so: nothing is reverted.
    migrate(&database, &[]);
    let poll = app.create(&poll_by(Method::Baldwin, &["a", "b", "c"])).await;
    app.cast_marks(&poll, &[("a>b=c", 2), ("b>c", 1)]).await;
    to_baldwin();
    let rows_before = rows(&database).await;
    let (status, said, error) = output(command(&database).args(["migrate", "--down", "1"]));
    assert_eq!((status, said.as_str()), (78, ""), "{error}");
    assert!(error.contains("polls_method_known"), "{error}");
    assert_eq!((rows(&database).await, schema(&database).await), (rows_before, with));
}
