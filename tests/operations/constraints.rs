//! The schema's constraints: each refuses the rows that its name says.

use std::collections::BTreeSet;

use urna::models::{ballot, constraint::Constraint};

use crate::helpers::{app::App, database::TestDatabase, on_both};

on_both!(
    each_constraint_of_polls_refuses,
    each_constraint_of_choices_refuses,
    each_constraint_of_ballots_refuses,
    lengths_are_counted_in_characters,
    with_a_poll_goes_all_that_is_its,
    with_an_organiser_go_their_polls,
    there_is_one_site,
    every_constraint_is_known_or_out_of_reach,
);

/// Constraints that nothing which people enter can violate, and why.
const OUT_OF_REACH: [(&str, &str); 32] = [
    // Read as one of the words, or within bounds, before anything is stored.
    ("choices_alt_length", "the form of a picture has the bound"),
    ("polls_credential_known", "an enum"),
    ("polls_highest_bounded", "Marking::check has the bounds"),
    ("polls_method_known", "an enum"),
    ("polls_results_known", "an enum"),
    ("polls_seats_positive", "Marking::check has the bounds"),
    ("polls_turnout_known", "an enum"),
    ("polls_zone_length", "a zone is one of the list"),
    ("sessions_browser_length", "cut to the bound"),
    // Numbers and rows of our own.
    ("bursts_natural", "only counted up"),
    ("bursts_pkey", "an upsert"),
    ("choices_position_unique", "numbered as they are inserted"),
    ("creations_pkey", "an upsert"),
    ("credentials_pkey", "left out where it is there"),
    ("former_addresses_pkey", "an older row of the address goes first"),
    ("pictures_pkey", "left out where it is there"),
    ("polls_invited_natural", "counted with the invitations"),
    ("polls_one_featured", "changes of polls take turns"),
    ("profile_count_positive", "only counted up"),
    ("profile_pkey", "an upsert"),
    ("short_addresses_code_unique", "left out where it is there"),
    ("short_addresses_pkey", "left out where it is there"),
    ("site_is_one_row", "written by a migration"),
    ("turnout_ballots_positive", "only counted up"),
    ("turnout_pkey", "an upsert"),
    ("votes_over_time_pkey", "an upsert"),
    ("votes_over_time_votes_positive", "only counted up"),
    // Numbered by the database, or random.
    ("ballots_pkey", "numbered"),
    ("organisers_pkey", "numbered"),
    ("polls_pkey", "numbered"),
    ("sessions_pkey", "random"),
    ("site_pkey", "written by a migration"),
];

const POLL: &str = "(SELECT id FROM polls WHERE slug = 'donut')";

async fn app(database: TestDatabase) -> App {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app
}

/// A row for `polls` with one column changed.
fn poll(column: &str, value: &str) -> String {
    let mut row = [
        ("slug", "'new'"),
        ("title", "'T'"),
        ("description", "''"),
        ("method", "'plurality'"),
        ("seats", "1"),
        ("credential", "'open'"),
        ("results", "'always'"),
        ("featured", "FALSE"),
        ("opens_at", "'2026-01-01 00:00:00'"),
        ("closes_at", "NULL"),
        ("created_at", "'2026-01-01 00:00:00'"),
        ("organiser_id", "NULL"),
        ("revision", "1"),
    ];
    row.iter_mut().find(|(name, _)| *name == column).unwrap().1 = value;
    let (names, values): (Vec<&str>, Vec<&str>) = row.into_iter().unzip();
    format!("INSERT INTO polls ({}) VALUES ({})", names.join(", "), values.join(", "))
}

/// A row for `choices`.
fn choice(poll: &str, key: &str, position: i32, label: &str, description: &str) -> String {
    format!(
        "INSERT INTO choices (poll_id, key, position, label, description) VALUES ({poll}, {key}, {position}, {label}, {description})"
    )
}

/// That the database refuses `statement` by the constraint, which SQLite calls by another name where it is no CHECK.
async fn assert_refused(app: &App, statement: &str, postgres: &str, sqlite: &str) {
    let error = app.database.try_execute(statement).await.expect_err(statement);
    let known = Constraint::ALL.into_iter().find(|constraint| constraint.name() == postgres);
    assert_eq!(Constraint::violated_by(&error), known, "{statement}: {error}");
    let error = error.to_string();
    let named = if app.database.is_sqlite() { format!("failed: {sqlite}") } else { format!("\"{postgres}\"") };
    assert!(
        error.contains(&named) || (sqlite == "FOREIGN KEY" && error.contains("FOREIGN KEY constraint failed")),
        "{statement}: {error}"
    );
}

async fn each_constraint_of_polls_refuses(database: TestDatabase) {
    let app = app(database).await;
    let long = |letters: usize| format!("'{}'", "x".repeat(letters));
    let checks = [
        ("slug", "''".into(), "polls_slug_length"),
        ("slug", long(65), "polls_slug_length"),
        ("title", "''".into(), "polls_title_length"),
        ("title", long(201), "polls_title_length"),
        ("description", long(10_001), "polls_description_length"),
        ("method", "'divination'".into(), "polls_method_known"),
        ("seats", "0".into(), "polls_seats_positive"),
        ("credential", "'passport'".into(), "polls_credential_known"),
        ("results", "'never'".into(), "polls_results_known"),
        ("closes_at", "'2026-01-01 00:00:00'".into(), "polls_closes_after_opening"),
        ("closes_at", "'2025-12-31 23:59:59'".into(), "polls_closes_after_opening"),
    ];
    for (column, value, name) in checks {
        assert_refused(&app, &poll(column, &value), name, name).await;
    }
    assert_refused(&app, &poll("slug", "'donut'"), "polls_slug_unique", "polls.slug").await;
    assert_refused(&app, &poll("featured", "TRUE"), "polls_one_featured", "polls.featured").await;
    assert_refused(&app, &poll("organiser_id", "99"), "polls_organiser_exists", "FOREIGN KEY").await;
    for column in [
        "slug",
        "title",
        "description",
        "method",
        "seats",
        "credential",
        "results",
        "featured",
        "opens_at",
        "created_at",
        "revision",
    ] {
        assert_refused(&app, &poll(column, "NULL"), column, &format!("polls.{column}")).await;
    }
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 1);
    for (column, value) in [
        ("slug", long(64)),
        ("title", long(200)),
        ("description", long(10_000)),
        ("closes_at", "'2026-01-01 00:00:01'".into()),
    ] {
        app.database.execute(&format!("{}; DELETE FROM polls WHERE slug <> 'donut'", poll(column, &value))).await;
    }
}

async fn each_constraint_of_choices_refuses(database: TestDatabase) {
    let app = app(database).await;
    let long = |letters: usize| format!("'{}'", "x".repeat(letters));
    let refusals = [
        (choice(POLL, "'gummi'", 7, "'L'", "''"), "choices_pkey", "choices.poll_id, choices.key"),
        (choice(POLL, "'new'", 0, "'L'", "''"), "choices_position_unique", "choices.poll_id, choices.position"),
        (choice(POLL, "'new'", 7, "'gummi'", "''"), "choices_label_unique", "choices.poll_id, choices.label"),
        (choice("99", "'new'", 7, "'L'", "''"), "choices_poll_exists", "FOREIGN KEY"),
        (choice(POLL, "''", 7, "'L'", "''"), "choices_key_length", "choices_key_length"),
        (choice(POLL, &long(65), 7, "'L'", "''"), "choices_key_length", "choices_key_length"),
        (choice(POLL, "'new'", 7, "''", "''"), "choices_label_length", "choices_label_length"),
        (choice(POLL, "'new'", 7, &long(201), "''"), "choices_label_length", "choices_label_length"),
        (choice(POLL, "'new'", 7, "'L'", &long(1_001)), "choices_description_length", "choices_description_length"),
        (choice(POLL, "NULL", 7, "'L'", "''"), "key", "choices.key"),
        (choice(POLL, "'new'", 7, "NULL", "''"), "label", "choices.label"),
    ];
    for (statement, postgres, sqlite) in refusals {
        assert_refused(&app, &statement, postgres, sqlite).await;
    }
    assert_eq!(app.database.number("SELECT count(*) FROM choices").await, 2);
    app.database.execute(&choice(POLL, &long(64), 7, &long(200), &long(1_000))).await;
}

async fn each_constraint_of_ballots_refuses(database: TestDatabase) {
    let app = app(database).await;
    let hash = if app.database.is_sqlite() { "x'00'" } else { "'\\x00'::bytea" };
    let now = "'2026-01-01 00:00:00'";
    app.database.execute(&format!("INSERT INTO credentials (poll_id, hash) VALUES ({POLL}, {hash})")).await;
    app.database
        .execute(&format!("INSERT INTO profile (poll_id, marks, shard, count) VALUES ({POLL}, 'gummi', 0, 1)"))
        .await;
    app.database.execute(&format!("INSERT INTO turnout (poll_id, shard, ballots) VALUES ({POLL}, 0, 1)")).await;
    app.database.execute(&format!("INSERT INTO votes_over_time VALUES ({POLL}, '2026-01-01 00:00:00', 0, 1)")).await;
    let refusals = [
        (
            format!("ballots (poll_id, cast_at, marks) VALUES (99, {now}, 'gummi')"),
            "ballots_poll_exists",
            "FOREIGN KEY",
        ),
        (format!("ballots (poll_id, cast_at, marks) VALUES ({POLL}, NULL, 'gummi')"), "cast_at", "ballots.cast_at"),
        (format!("ballots (poll_id, cast_at, marks) VALUES ({POLL}, {now}, NULL)"), "marks", "ballots.marks"),
        (format!("credentials (poll_id, hash) VALUES (99, {hash})"), "credentials_poll_exists", "FOREIGN KEY"),
        (
            format!("credentials (poll_id, hash) VALUES ({POLL}, {hash})"),
            "credentials_pkey",
            "credentials.poll_id, credentials.hash",
        ),
        (
            "profile (poll_id, marks, shard, count) VALUES (99, 'gummi', 0, 1)".into(),
            "profile_poll_exists",
            "FOREIGN KEY",
        ),
        (
            format!("profile (poll_id, marks, shard, count) VALUES ({POLL}, 'gummi', 0, 1)"),
            "profile_pkey",
            "profile.poll_id, profile.marks, profile.shard",
        ),
        (
            format!("profile (poll_id, marks, shard, count) VALUES ({POLL}, 'pita', 0, 0)"),
            "profile_count_positive",
            "profile_count_positive",
        ),
        ("turnout (poll_id, shard, ballots) VALUES (99, 0, 1)".into(), "turnout_poll_exists", "FOREIGN KEY"),
        (
            format!("turnout (poll_id, shard, ballots) VALUES ({POLL}, 0, 1)"),
            "turnout_pkey",
            "turnout.poll_id, turnout.shard",
        ),
        (
            format!("turnout (poll_id, shard, ballots) VALUES ({POLL}, 1, 0)"),
            "turnout_ballots_positive",
            "turnout_ballots_positive",
        ),
        ("short_addresses VALUES (99, 'bcdfgh')".into(), "short_addresses_poll_exists", "FOREIGN KEY"),
        (format!("votes_over_time VALUES (99, {now}, 0, 1)"), "votes_over_time_poll_exists", "FOREIGN KEY"),
        (
            format!("votes_over_time VALUES ({POLL}, '2026-01-01 00:00:00', 0, 1)"),
            "votes_over_time_pkey",
            "votes_over_time.poll_id, votes_over_time.begins_at, votes_over_time.shard",
        ),
        (
            format!("votes_over_time VALUES ({POLL}, {now}, 1, 0)"),
            "votes_over_time_votes_positive",
            "votes_over_time_votes_positive",
        ),
    ];
    for (statement, postgres, sqlite) in refusals {
        assert_refused(&app, &format!("INSERT INTO {statement}"), postgres, sqlite).await;
    }
}

async fn lengths_are_counted_in_characters(database: TestDatabase) {
    let app = app(database).await;
    let donuts = |n: usize| format!("'{}'", "🍩".repeat(n));
    app.database.execute(&poll("title", &donuts(200))).await;
    assert_refused(&app, &poll("title", &donuts(201)), "polls_title_length", "polls_title_length").await;
}

async fn with_a_poll_goes_all_that_is_its(database: TestDatabase) {
    let app = app(database).await;
    let other = app.poll("other", &["a", "b"]).await;
    assert_eq!(app.add("vote=gummi&key=one").await.status.code, 303);
    assert_eq!(app.add("vote=a&key=one&poll=other").await.status.code, 303);
    app.database.execute("DELETE FROM polls WHERE slug = 'donut'").await;
    for table in ballot::TABLES.map(|(table, _)| table).into_iter().chain(["choices"]) {
        let gone = format!("SELECT count(*) FROM {table} WHERE poll_id <> {}", other.id);
        let kept = format!("SELECT count(*) FROM {table} WHERE poll_id = {}", other.id);
        assert_eq!(app.database.number(&gone).await, 0, "{table}");
        assert!(app.database.number(&kept).await > 0, "{table}");
    }
}

async fn with_an_organiser_go_their_polls(database: TestDatabase) {
    let app = app(database).await;
    let organiser = "INSERT INTO organisers (uid, name, password_hash, created_at) VALUES ('ada', 'Ada', 'x', '2026-01-01 00:00:00')";
    app.database.execute(organiser).await;
    assert_refused(&app, organiser, "organisers_uid_unique", "organisers.uid").await;
    app.database.execute(&poll("organiser_id", "(SELECT id FROM organisers WHERE uid = 'ada')")).await;
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 2);
    app.database.execute("DELETE FROM organisers").await;
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 1);
}

async fn there_is_one_site(database: TestDatabase) {
    let app = app(database).await;
    assert_refused(&app, "INSERT INTO site (id, revision) VALUES (2, 0)", "site_is_one_row", "site_is_one_row").await;
    assert_refused(&app, "INSERT INTO site (id, revision) VALUES (1, 0)", "site_pkey", "site.id").await;
}

/// Every CHECK, UNIQUE and PRIMARY KEY of the schema: a primary key has no name on SQLite.
async fn constraints(database: &TestDatabase) -> BTreeSet<String> {
    let ours = "name NOT LIKE '\\_\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'";
    let text = if database.is_sqlite() {
        let schema = database.text("SELECT group_concat(sql, ' ') FROM sqlite_schema").await;
        let words: Vec<&str> = schema.split_whitespace().collect();
        let named = words.windows(3).filter_map(|words| match words {
            ["CONSTRAINT", name, "CHECK" | "UNIQUE"] | ["UNIQUE", "INDEX", name] => Some(*name),
            _ => None,
        });
        let tables =
            format!("SELECT group_concat(name || '_pkey', ' ') FROM sqlite_schema WHERE type = 'table' AND {ours}");
        format!("{} {}", named.collect::<Vec<_>>().join(" "), database.text(&tables).await)
    } else {
        // A UNIQUE and a PRIMARY KEY are indexes of the same name.
        let all = "SELECT conname AS name FROM pg_constraint
            WHERE contype = 'c' AND connamespace = 'public'::regnamespace
            UNION SELECT indexrelid::regclass::text FROM pg_index
            JOIN pg_class ON pg_class.oid = indexrelid WHERE indisunique AND relnamespace = 'public'::regnamespace";
        database.text(&format!("SELECT string_agg(name, ' ') FROM ({all}) AS found WHERE {ours}")).await
    };
    text.split_whitespace().map(str::to_owned).collect()
}

async fn every_constraint_is_known_or_out_of_reach(database: TestDatabase) {
    let known = Constraint::ALL.map(Constraint::name);
    let out_of_reach = OUT_OF_REACH.map(|(name, _)| name);
    let listed: Vec<String> = known.into_iter().chain(out_of_reach).map(str::to_owned).collect();
    assert_eq!(constraints(&database).await, listed.iter().cloned().collect());
    assert_eq!(listed.iter().collect::<BTreeSet<_>>().len(), listed.len(), "one is listed twice");
}
