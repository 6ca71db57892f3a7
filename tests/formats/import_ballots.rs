//! `urna poll import` of files with ballots, by the built binary: a closed poll that counts as the file does.

use crate::{
    formats::import_choices::File,
    helpers::{database::TestDatabase, on_both, server::assert_checks},
    operations::poll_command::{done, migrated, refused, urna},
};

on_both!(
    an_election_becomes_a_closed_poll_with_its_ballots,
    every_format_is_loaded,
    the_command_line_says_what_the_file_does_not,
    what_is_no_election_is_refused_with_its_place,
    a_list_of_names_is_still_a_table,
    rules_for_ranks_are_applied_as_it_is_loaded,
    many_ballots_are_loaded_at_once,
);

/// 42, 26, 15 and 17 of 100 ballots.
const TENNESSEE: &str = include_str!("../../examples/capital.cvotes");

async fn an_election_becomes_a_closed_poll_with_its_ballots(database: TestDatabase) {
    migrated(&database);
    let file = File::new("capital.cvotes", TENNESSEE);
    let (status, stdout, warned) =
        urna(&database, &["poll", "import", file.path(), "--title", "Tennessee’s capital", "--listed"]);
    assert_eq!(
        (status, stdout.as_str()),
        (0, "tennessee-s-capital is created, closed, with 4 choices and 100 votes\n")
    );
    assert!(warned.contains("It has no seed for lots: one is drawn") && warned.lines().count() == 1, "{warned}");
    let shown = done(&database, &["poll", "show", "tennessee-s-capital"]);
    assert!(shown.starts_with("Tennessee’s capital (closed)\n") && shown.contains("\nmethod   irv\n"), "{shown}");
    assert!(shown.contains("\nballots  100\n") && shown.contains("      42 memphis"), "{shown}");
    assert_eq!(database.number("SELECT count(*) FROM ballots WHERE marks LIKE 'memphis>nashville%'").await, 42);
    assert_eq!(database.number("SELECT sum(ballots) FROM turnout").await, 100);
    assert_eq!(database.number("SELECT count(*) FROM polls WHERE closes_at > opens_at AND NOT draft").await, 1);
    let late = "SELECT count(*) FROM ballots JOIN polls ON poll_id = id WHERE cast_at >= closes_at";
    assert_eq!(database.number(late).await, 0);
    assert_checks(&database);
}

async fn every_format_is_loaded(database: TestDatabase) {
    migrated(&database);
    // The content, the extension, the method, the ballots.
    let cases = [
        ("Ada,Ben,Cleo\n5,0,3\n3: 0,5,-\n", "txt", "score", 4),
        ("2:Ada>Ben\n1:Cleo>Ben>Ada\n", "txt", "irv", 3),
        ("ballots (approval),Ada,Ben\n3,1,\n2,1,1\n1,,\n", "csv", "approval", 6),
        ("ballots (pick),Ada,Ben\n3,1,\n2,,1\n", "csv", "plurality", 5),
        ("2 1\n3 1 2 0\n1 2 0\n0\n\"Ada\"\n\"Ben\"\n\"Chair\"\n", "blt", "irv", 4),
        ("3 2\n3 1 2 0\n1 2 0\n2 3 0\n0\n\"Ada\"\n\"Ben\"\n\"Cleo\"\n\"Board\"\n", "blt", "stv", 6),
        ("# ALTERNATIVE NAME 1: Ada\n# ALTERNATIVE NAME 2: Ben\n2: 1,2\n1: {1,2}\n", "toc", "irv", 3),
    ];
    for (n, (content, extension, method, ballots)) in cases.into_iter().enumerate() {
        let file = File::new(&format!("vote.{extension}"), content);
        let slug = format!("vote-{n}");
        let (status, _, error) = urna(&database, &["poll", "import", file.path(), "--slug", &slug]);
        assert_eq!(status, 0, "{content}: {error}");
        let shown = done(&database, &["poll", "show", &slug]);
        assert!(shown.contains(&format!("\nmethod   {method}\n")), "{content}: {shown}");
        assert!(shown.contains(&format!("\nballots  {ballots}\n")), "{content}: {shown}");
    }
    assert_checks(&database);
}

async fn the_command_line_says_what_the_file_does_not(database: TestDatabase) {
    migrated(&database);
    let file = File::new("capital.cvotes", TENNESSEE);
    let more = ["--slug", "capital", "--method", "schulze", "--seats", "2", "--results", "closed", "--comparison"];
    let (status, _, error) = urna(&database, &[&["poll", "import", file.path()][..], &more].concat());
    assert_eq!(status, 0, "{error}");
    let stored =
        "SELECT count(*) FROM polls WHERE method = 'schulze' AND seats = 2 AND comparison AND results = 'closed'";
    assert_eq!(database.number(stored).await, 1);
    refused(
        &database,
        &["poll", "import", file.path(), "--slug", "b", "--method", "approval"],
        "can’t be kept for Approval: name another method with --method",
    );
    refused(&database, &["poll", "import", file.path(), "--slug", "b", "--seats", "9"], "--seats: There are 4 choices");
}

async fn what_is_no_election_is_refused_with_its_place(database: TestDatabase) {
    migrated(&database);
    for (name, content, sentence) in [
        ("a.blt", "2 1\n1 7 0\n0\n\"Ada\"\n\"Ben\"\n\"Chair\"\n", "a.blt:2:3: "),
        ("a.json", "{\"choices\": [", "a.json:1:"),
        ("a.txt", "Ada,Ben\n5,x\n", "a.txt:2:3: "),
        ("a.txt", "99999999999:Ada>Ben\n", "it has 99,999,999,999 ballots; 50,000,000 are the most"),
    ] {
        let file = File::new(name, content);
        refused(&database, &["poll", "import", file.path()], sentence);
    }
    assert_eq!(database.number("SELECT count(*) FROM polls").await, 0);
    assert_eq!(database.number("SELECT count(*) FROM ballots").await, 0);
}

async fn a_list_of_names_is_still_a_table(database: TestDatabase) {
    migrated(&database);
    for name in ["films.csv", "films.txt", "films.tsv"] {
        let file = File::new(name, "label\nMetropolis\nNosferatu\n");
        let slug = name.replace('.', "-");
        let stdout = done(&database, &["poll", "import", file.path(), "--slug", &slug]);
        assert!(stdout.contains("is created with 2 choices"), "{stdout}");
    }
}

async fn rules_for_ranks_are_applied_as_it_is_loaded(database: TestDatabase) {
    migrated(&database);
    let file = File::new("paper.txt", "5: Ada>Ben>Ada>Cleo\n3: Ben=Cleo>Ada\n2: Cleo>>>Ben\n1: Dora>Ada\n");
    let import = |slug: &str, args: &[&str]| {
        let first = ["poll", "import", file.path(), "--method", "irv", "--slug", slug];
        urna(&database, &[&first, args].concat())
    };
    let (status, _, error) = import("refused", &[]);
    assert!(status == 1 && error.contains("say with --repeats what a repeat means"), "{error}");
    let holds = async |slug: &str, ballots: &[(&str, i64)]| {
        let of = format!("FROM ballots JOIN polls ON poll_id = id WHERE slug = '{slug}'");
        assert_eq!(database.number(&format!("SELECT count(*) {of}")).await, 11);
        for (marks, number) in ballots {
            let sql = format!("SELECT count(*) {of} AND marks = '{marks}'");
            assert_eq!(database.number(&sql).await, *number, "{slug}: {marks}");
        }
    };
    let args = ["--repeats", "skip", "--skipped-ranks", "exhaust-two", "--overvotes", "exhaust"];
    assert_eq!(import("one", &args).0, 0);
    holds("one", &[("ada>ben>cleo", 5), ("", 3), ("cleo", 2), ("dora>ada", 1)]).await;
    let args = ["--repeats", "exhaust", "--overvotes", "skip", "--ranks", "3", "--without", "Dora"];
    assert_eq!(import("two", &args).0, 0);
    holds("two", &[("ada>ben", 5), ("ada", 4), ("cleo", 2)]).await;
    // What the method does not heed changes no ballot.
    let args = ["--repeats", "skip", "--overvotes", "skip", "--method", "schulze"];
    let (status, _, error) =
        urna(&database, &[&["poll", "import", file.path(), "--slug", "schulze"], &args[..]].concat());
    assert!(status == 0 && error.contains("urna: --overvotes means nothing in Schulze\n"), "{error}");
    holds("schulze", &[("ben=cleo>ada", 3)]).await;
    let list = File::new("list.txt", "label\nAda\nBen\n");
    let (status, _, error) = urna(&database, &["poll", "import", list.path(), "--slug", "list", "--without", "Ada"]);
    assert!(status == 0 && error.contains("--without means nothing in a table of choices"), "{error}");
    let (status, _, error) = import("three", &["--repeats", "skip", "--overvotes", "exhaust-several"]);
    assert!(status == 1 && error.contains("a poll can’t keep the rule exhaust-several"), "{error}");
    assert_checks(&database);
}

async fn many_ballots_are_loaded_at_once(database: TestDatabase) {
    migrated(&database);
    let file = File::new("many.txt", "200000:Ada>Ben>Cleo\n100000:Ben>Cleo\n1:Cleo\n");
    let (status, stdout, error) =
        urna(&database, &["poll", "import", file.path(), "--method", "schulze", "--slug", "many"]);
    assert_eq!(
        (status, stdout.as_str()),
        (0, "many is created, closed, with 3 choices and 300,001 votes\n"),
        "{error}"
    );
    assert_eq!(database.number("SELECT count(*) FROM ballots").await, 300_001);
    assert_checks(&database);
}
