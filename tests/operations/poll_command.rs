//! `urna poll …`, by the built binary.

use crate::helpers::{
    app::SECRET,
    database::{Stored, TestDatabase},
    on_both,
    server::{Server, command, output},
};

on_both!(
    the_first_poll_is_featured,
    a_poll_is_shown_with_its_choices,
    keys_are_made_from_labels,
    details_belong_to_the_choice_before_them,
    dates_are_read_in_utc_or_with_their_zone,
    a_poll_is_closed_reopened_and_deleted,
    what_can_not_be_undone_is_asked_first,
    mistakes_are_named_with_their_mend,
    mistakes_on_the_command_line_are_named,
    mistakes_on_the_command_line_are_one_line_too,
    a_poll_that_is_not_there_is_named,
    an_unlisted_poll_is_not_guessed_from_its_title,
    a_new_poll_is_unlisted_and_takes_one_vote_per_browser,
);

/// A poll of the public list, in which anyone can vote any number of times.
#[rustfmt::skip]
pub const DONUT: [&str; 11] = [
    "poll", "new", "--title", "Donut?", "--choice", "Gummi", "--choice", "Pita", "--listed", "--credential", "open",
];

/// Runs a command on a database: exit status, standard output, standard error.
pub fn urna(database: &TestDatabase, args: &[&str]) -> (i32, String, String) {
    output(command(database).args(args))
}

/// The same, which must succeed quietly.
pub fn done(database: &TestDatabase, args: &[&str]) -> String {
    let (status, stdout, error) = urna(database, args);
    assert_eq!((status, error.as_str()), (0, ""), "{args:?}: {stdout}");
    stdout
}

/// The same, which must fail with one line on standard error and change nothing that `poll list` shows.
pub fn refused(database: &TestDatabase, args: &[&str], sentence: &str) {
    let before = done(database, &["poll", "list"]);
    let (status, stdout, error) = urna(database, args);
    assert_eq!((status, stdout.as_str()), (1, ""), "{args:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{args:?}: {error}");
    assert!(error.starts_with("urna: ") && error.contains(sentence), "{args:?}: {error}");
    assert!(!error.contains(SECRET) && !error.contains("DatabaseError"), "{args:?}: {error}");
    assert_eq!(done(database, &["poll", "list"]), before, "{args:?}");
}

pub fn migrated(database: &TestDatabase) {
    done(database, &["migrate"]);
}

async fn the_first_poll_is_featured(database: TestDatabase) {
    migrated(&database);
    assert_eq!(done(&database, &["poll", "list"]), "");
    assert_eq!(done(&database, &DONUT), "donut is created, and on the home page\n");
    let drink =
        ["poll", "new", "--title", "What to drink?", "--slug", "drink", "--choice", "Tea", "--choice", "Coffee"];
    assert_eq!(done(&database, &drink), "drink is created\n");
    let listed = |text: String| {
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(listed(done(&database, &["poll", "list"])), ["open drink What to drink?", "* open donut Donut?"]);
    assert_eq!(done(&database, &["poll", "feature", "drink"]), "drink is on the home page\n");
    assert_eq!(listed(done(&database, &["poll", "list"])), ["* open drink What to drink?", "open donut Donut?"]);
}

async fn a_poll_is_shown_with_its_choices(database: TestDatabase) {
    migrated(&database);
    done(&database, &[&DONUT[..], &["--description", "Two cats."]].concat());
    let mut server = Server::start(&database);
    let reply = server.voter().add("vote=pita").unwrap();
    assert_eq!(reply.status, 303, "{}", reply.body);
    server.kill();
    let stdout = done(&database, &["poll", "show", "donut"]);
    let lines: Vec<String> = stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[..4], ["Donut? (open)", "Two cats.", "slug donut", "method plurality"], "{stdout}");
    assert!(lines[4].starts_with("opens 20") && lines[4].ends_with("UTC"), "{stdout}");
    assert_eq!(lines[5..], ["closes by hand", "ballots 1", "0 gummi Gummi", "1 pita Pita"], "{stdout}");
}

async fn keys_are_made_from_labels(database: TestDatabase) {
    migrated(&database);
    done(
        &database,
        &[
            "poll",
            "new",
            "--title",
            "Où manger?",
            "--choice",
            "Fruit Gummi",
            "--choice",
            "Äpfel & Birnen",
            "--choice",
            "C++",
            "--slug",
            "ou-manger",
        ],
    );
    let choices =
        database.number("SELECT count(*) FROM choices WHERE key IN ('fruit-gummi', 'apfel-birnen', 'c')").await;
    assert_eq!(choices, 3, "{}", done(&database, &["poll", "show", "ou-manger"]));
}

async fn details_belong_to_the_choice_before_them(database: TestDatabase) {
    migrated(&database);
    let args = [
        "poll",
        "new",
        "--title",
        "T",
        "--choice",
        "One",
        "--choice",
        "Two",
        "--about",
        "Second",
        "--key",
        "ii",
        "--picture",
        "pita.svg",
        "--choice",
        "Three",
        "--picture",
        "gummi.svg",
        "--choice",
        "Four",
        "--about",
        "Last",
    ];
    done(&database, &args);
    for row in [
        "position = 0 AND key = 'one' AND label = 'One' AND description = '' AND picture IS NULL",
        "position = 1 AND key = 'ii' AND label = 'Two' AND description = 'Second' AND picture = 'pita.svg'",
        "position = 2 AND key = 'three' AND label = 'Three' AND description = '' AND picture = 'gummi.svg'",
        "position = 3 AND key = 'four' AND label = 'Four' AND description = 'Last' AND picture IS NULL",
    ] {
        assert_eq!(database.number(&format!("SELECT count(*) FROM choices WHERE {row}")).await, 1, "{row}");
    }
}

async fn dates_are_read_in_utc_or_with_their_zone(database: TestDatabase) {
    migrated(&database);
    for (n, (opens, closes, state)) in [
        ("2020-05-03T09:00:00+02:00", "2020-05-03T07:00:01Z", "closed"),
        ("2020-05-03 07:00", "2020-05-03 07:00:01", "closed"),
        ("2020-05-03T07:00", "2999-05-03T07:00:01", "open"),
        ("2999-05-03 07:00", "2999-05-03 07:00:01", "upcoming"),
    ]
    .into_iter()
    .enumerate()
    {
        let slug = format!("poll-{n}");
        done(&database, &[&DONUT[..], &["--slug", &slug, "--opens", opens, "--closes", closes]].concat());
        let shown = done(&database, &["poll", "show", &slug]);
        let year = if state == "upcoming" { "2999" } else { "2020" };
        assert!(shown.contains(&format!("opens    {year}-05-03 07:00:00 UTC")), "{opens}: {shown}");
        assert!(shown.contains("-05-03 07:00:01 UTC"), "{closes}: {shown}");
        assert!(shown.contains(&format!("({state})")), "{shown}");
    }
    for date in ["tomorrow", "2026-02-30 10:00", "2026-05-03", "1777800000", "2026-05-03 25:00", ""] {
        let (status, stdout, error) = urna(&database, &[&DONUT[..], &["--opens", date]].concat());
        assert_eq!((status, stdout.as_str()), (2, ""), "{date}");
        assert!(error.contains("write 2026-05-03T09:00:00+02:00, or 2026-05-03 09:00 in UTC"), "{date}: {error}");
    }
}

async fn a_poll_is_closed_reopened_and_deleted(database: TestDatabase) {
    migrated(&database);
    done(&database, &DONUT);
    let server = Server::start(&database);
    let mut voter = server.voter();
    let mut vote = |expected: u16| assert_eq!(voter.add("vote=gummi").unwrap().status, expected);
    vote(303);
    assert!(done(&database, &["poll", "close", "donut"]).starts_with("donut takes no votes from 20"));
    vote(409);
    assert_eq!(done(&database, &["poll", "reopen", "donut"]), "donut takes votes again\n");
    vote(303);
    done(&database, &["poll", "close", "donut", "--at", "2999-01-01 00:00"]);
    vote(303);
    refused(&database, &["poll", "close", "donut", "--at", "2001-01-01 00:00"], "that time is in the past");
    vote(303);
    assert_eq!(database.stored().await, Stored::of(4, 0));
    assert_eq!(done(&database, &["poll", "delete", "donut", "--yes"]), "donut is deleted\n");
    vote(404);
    assert_eq!(done(&database, &["poll", "list"]), "");
    assert_eq!(database.stored().await, Stored::of(0, 0));
}

async fn what_can_not_be_undone_is_asked_first(database: TestDatabase) {
    migrated(&database);
    done(&database, &DONUT);
    refused(&database, &["poll", "delete", "donut"], "This deletes “Donut?” with 0 votes. Nothing was done: say --yes");
    let development = output(command(&database).env("ROCKET_PROFILE", "development").args(["database", "reset"]));
    assert_eq!((development.0, development.2.lines().count()), (1, 1), "{}", development.2);
    assert!(development.2.contains("say --yes"), "{}", development.2);
    assert_eq!(database.number("SELECT count(*) FROM polls").await, 1);
}

async fn mistakes_are_named_with_their_mend(database: TestDatabase) {
    migrated(&database);
    done(&database, &DONUT);
    let new = |rest: &[&'static str]| [&["poll", "new", "--title", "New"], rest].concat();
    let long: &'static str = Box::leak("x".repeat(10_001).into_boxed_str());
    let cases = [
        (DONUT.to_vec(), "another poll has this slug"),
        (new(&["--choice", "A"]), "a poll needs at least two choices"),
        (new(&["--choice", "A", "--choice", "A"]), "look alike"),
        (new(&["--choice", "A", "--choice", "a"]), "look alike"),
        (new(&["--choice", "A", "--credential", "invitation", "--choice", "B"]), "name one with --organiser"),
        (new(&["--choice", "A", "--organiser", "nobody", "--choice", "B"]), "there is no organiser “nobody”"),
        (new(&["--choice", "A", "--zone", "Mars/Base", "--choice", "B"]), "there is no time zone “Mars/Base”"),
        (new(&["--choice", "A\u{202e}", "--choice", "B"]), "can’t be seen or turns text around"),
        (new(&["--choice", "A", "--choice", "B", "--key", "a"]), "two choices have the same key"),
        (new(&["--choice", "A", "--choice", "B", "--key", "No key"]), "the key “No key” of “B”"),
        (new(&["--choice", "A", "--choice", " "]), "Enter the label."),
        (new(&["--choice", "A", "--choice", &long[..201]]), "The label has 201 characters; 200 are the most."),
        (new(&["--choice", "A", "--choice", "B", "--about", &long[..1001]]), "The line about a choice has "),
        (new(&["--choice", "A", "--choice", "B", "--description", long]), "The description has "),
        (
            new(&["--choice", "A", "--choice", "B", "--picture", "../Cargo.toml"]),
            "there is no picture static/../Cargo.toml",
        ),
        (new(&["--choice", "A", "--choice", "B", "--picture", "cleo.svg"]), "there is no picture static/cleo.svg"),
        (new(&["--choice", "A", "--choice", "B", "--slug", "No slug"]), "give another with --slug"),
        (new(&["--choice", "A", "--choice", "B", "--slug", &long[..65]]), "give another with --slug"),
        (new(&["--choice", "A", "--choice", "B", "--closes", "2001-01-01 00:00"]), "a poll closes after it opens"),
        (vec!["poll", "new", "--title", "?", "--choice", "A", "--choice", "B", "--listed"], "give another with --slug"),
        (
            vec!["poll", "new", "--title", &long[..201], "--choice", "A", "--choice", "B"],
            "The title has 201 characters; 200 are the most.",
        ),
    ];
    for (args, sentence) in cases {
        refused(&database, &args, sentence);
    }
    assert_eq!(database.number("SELECT count(*) FROM choices").await, 2);
}

async fn mistakes_on_the_command_line_are_named(database: TestDatabase) {
    migrated(&database);
    let two: [&str; 8] = ["poll", "new", "--title", "New", "--choice", "A", "--choice", "B"];
    let cases: [(Vec<&str>, &str); 8] = [
        (vec!["poll", "new", "--title", "T", "--key", "a", "--choice", "A"], "--key a stands before any --choice"),
        ([&two[..], &["--key", "x", "--key", "y"]].concat(), "--key stands twice behind --choice B"),
        (vec!["poll", "new", "--choice", "A", "--choice", "B"], "--title"),
        (vec!["poll", "new", "--title", "T"], "--choice"),
        (vec!["poll", "show"], "<SLUG>"),
        (vec!["vote"], "vote"),
        (vec!["serve", "--port", "1"], "--port"),
        ([&two[..], &["--opens", "tomorrow"]].concat(), "tomorrow"),
    ];
    for (args, part) in cases {
        let (status, stdout, error) = urna(&database, &args);
        assert_eq!((status, stdout.as_str()), (2, ""), "{args:?}: {error}");
        assert!(error.contains(part), "{args:?}: {error}");
        assert!(!error.contains(SECRET), "{error}");
    }
    assert_eq!(done(&database, &["poll", "list"]), "");
}

async fn mistakes_on_the_command_line_are_one_line_too(database: TestDatabase) {
    migrated(&database);
    let cases: [&[&str]; 6] = [
        &["poll", "new", "--title", "T", "--key", "a", "--choice", "A"],
        &["poll", "show"],
        &["vote"],
        &["serve", "--port", "1"],
        &["migrate", "--down", "0"],
        &["poll", "close", "donut", "--at", "tomorrow"],
    ];
    for args in cases {
        let (_, stdout, error) = urna(&database, args);
        assert_eq!((stdout.as_str(), error.trim_end().lines().count()), ("", 1), "{args:?}: {error}");
    }
}

async fn a_poll_that_is_not_there_is_named(database: TestDatabase) {
    migrated(&database);
    for verb in ["show", "feature", "close", "reopen", "delete"] {
        refused(&database, &["poll", verb, "elsewhere"], "there is no poll “elsewhere”: `urna poll list` names them");
    }
}

async fn an_unlisted_poll_is_not_guessed_from_its_title(database: TestDatabase) {
    migrated(&database);
    let slug_of = |args: &[&str]| {
        let stdout = done(&database, &[&DONUT[..8], args].concat());
        stdout.split(' ').next().unwrap().to_owned()
    };
    let first = slug_of(&[]);
    let tail = first.strip_prefix("donut-").unwrap_or_else(|| panic!("{first}"));
    assert!(tail.len() == 32 && tail.bytes().all(|byte| byte.is_ascii_hexdigit()), "{first}");
    assert_ne!(slug_of(&[]), first);
    assert_eq!(slug_of(&["--slug", "chosen"]), "chosen");
}

async fn a_new_poll_is_unlisted_and_takes_one_vote_per_browser(database: TestDatabase) {
    migrated(&database);
    let polls = async |what: &str| database.number(&format!("SELECT count(*) FROM polls WHERE {what}")).await;
    assert_eq!(
        done(&database, &[&DONUT[..8], &["--slug", "plain"]].concat()),
        "plain is created, and on the home page\n"
    );
    assert_eq!(polls("slug = 'plain' AND credential = 'browser' AND NOT listed AND featured").await, 1);
    done(&database, &DONUT);
    assert_eq!(polls("slug = 'donut' AND credential = 'open' AND listed AND NOT featured").await, 1);
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/films.csv");
    done(&database, &["poll", "import", table, "--slug", "films"]);
    assert_eq!(polls("slug = 'films' AND credential = 'browser' AND NOT listed").await, 1);
    // Ballots from elsewhere come without credentials.
    let election = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/capital.cvotes");
    let (status, _, error) = urna(&database, &["poll", "import", election, "--title", "Capital", "--slug", "capital"]);
    assert_eq!(status, 0, "{error}");
    assert_eq!(polls("slug = 'capital' AND credential = 'open' AND NOT listed").await, 1);
    let (_, help, _) = urna(&database, &["poll", "new", "--help"]);
    assert!(help.contains("one person can decide the result"), "{help}");
}
