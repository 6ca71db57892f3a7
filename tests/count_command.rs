//! `urna count`, by the built binary: without a database, a configuration or a variable.

use std::{fs, io::Write as _, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::helpers::server::{bare_command, output};

/// Tennessee's capital: everybody prefers what is near.
const TENNESSEE: &str = "\
42:Memphis>Nashville>Chattanooga>Knoxville
26:Nashville>Chattanooga>Knoxville>Memphis
15:Chattanooga>Knoxville>Nashville>Memphis
17:Knoxville>Chattanooga>Nashville>Memphis
";

/// A folder with one file in it.
fn folder(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

/// Counts a file of this name and text: exit status, standard output, standard error.
fn counted(name: &str, text: &str, args: &[&str]) -> (i32, String, String) {
    let folder = folder(name, text);
    output(bare_command().current_dir(folder.path()).arg("count").arg(name).args(args))
}

/// The same, which must succeed quietly.
fn told(name: &str, text: &str, args: &[&str]) -> String {
    let (status, said, error) = counted(name, text, args);
    assert_eq!((status, error.as_str()), (0, ""), "{args:?}: {said}");
    said
}

fn json(name: &str, text: &str, args: &[&str]) -> Value {
    serde_json::from_str(&told(name, text, &[args, &["--json"]].concat())).unwrap()
}

/// The same, which must fail with one line.
fn refused(name: &str, text: &str, args: &[&str], expected: (i32, &str)) {
    let (status, said, error) = counted(name, text, args);
    assert_eq!((status, said.as_str(), error.lines().count()), (expected.0, "", 1), "{args:?}: {error}");
    assert!(error.starts_with(expected.1), "{args:?}: {error}");
}

#[test]
fn a_file_is_counted_by_the_plainest_method() {
    let report = told("capital.txt", TENNESSEE, &[]);
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[..3], ["Instant runoff (IRV), 1 seat", "100 ballots, none of them blank", ""], "{report}");
    assert!(lines[3].starts_with("Knoxville wins ") && lines[3].ends_with('.'), "{report}");
    assert!(report.contains("Chattanooga → Knoxville: 15"), "{report}");
    assert_eq!(report, told("capital.txt", TENNESSEE, &["--method", "irv"]));
}

#[test]
fn json_has_what_programs_need() {
    let outcome = json("capital.txt", TENNESSEE, &["--method", "borda"]);
    assert_eq!(outcome["method"], "borda");
    assert_eq!(outcome["seats"], 1);
    assert_eq!(outcome["ballots"], 100);
    assert_eq!(outcome["elected"], serde_json::json!(["Nashville"]));
    let ranking = serde_json::json!([["Nashville"], ["Chattanooga"], ["Memphis"], ["Knoxville"]]);
    assert_eq!(outcome["ranking"], ranking);
    assert_eq!(outcome["ties"], serde_json::json!([]));
    assert!(outcome["rounds"].as_array().is_some_and(|rounds| !rounds.is_empty()));
}

#[test]
fn all_methods_are_compared_and_disagreements_named() {
    let report = told("capital.txt", TENNESSEE, &["--all"]);
    let table = report.split("Who is elected by which method\n").nth(1).unwrap();
    for line in
        ["  plurality             Memphis", "  irv                   Knoxville", "  schulze               Nashville"]
    {
        assert!(table.lines().any(|told| told == line), "{table}");
    }
    assert!(
        table.contains("They disagree:\n  Memphis by plurality\n  Nashville by borda, dowdall, two-round, "),
        "{table}"
    );
    let outcomes = json("capital.txt", TENNESSEE, &["--all"]);
    let methods: Vec<&str> = outcomes.as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap()).collect();
    assert_eq!(methods.len(), 14, "{methods:?}");
    assert!(told("a.txt", "A,B\n5,0\n", &["--all"]).ends_with("All of them agree.\n"));
}

#[test]
fn what_the_file_says_is_taken_and_what_the_command_says_is_stronger() {
    let tied = "# urna method: star\n# urna seats: 2\n# urna lots: 3,2,1\nA,B,C\n5,5,5\n";
    assert_eq!(json("a.txt", tied, &[])["elected"], serde_json::json!(["C", "B"]));
    assert_eq!(json("a.txt", tied, &[])["method"], "star");
    assert_eq!(json("a.txt", tied, &["--lots", "2,1,3", "--seats", "1"])["elected"], serde_json::json!(["B"]));
    // for n in 1 2 3; do printf '%s' "seed:$n" | sha256sum; done
    let outcome = json("a.txt", tied, &["--seed", "seed", "--method", "score"]);
    assert_eq!((&outcome["elected"], &outcome["seed"]), (&serde_json::json!(["C", "A"]), &Value::from("seed")));
    assert_eq!(json("a.txt", "A,B\n9,0\n", &[])["distribution"][0]["scores"].as_array().map(Vec::len), Some(10));
}

#[test]
fn a_tie_of_the_last_two_is_told_as_one() {
    let report = told("a.txt", "2:Ada\n2:Ben\n", &["--seed", "it's"]);
    let (winner, other) = if report.contains("\nAda wins") { ("Ada", "Ben") } else { ("Ben", "Ada") };
    for line in [
        format!("{winner} wins in round 1 with 2 votes, as many as {other}, after a tie that was settled by lot."),
        format!("  {winner} and {other} have 2 votes each; {winner} wins by lot."),
        r"    printf '%s' 'it'\''s:1' | sha256sum".to_owned(),
    ] {
        assert!(report.lines().any(|told| told == line), "{line}: {report}");
    }
    assert!(!report.contains("Round 2") && !report.contains("more than half"), "{report}");
    let given = told("a.txt", "2:Ada\n2:Ben\n", &["--lots", "2,1"]);
    assert!(given.contains("The lot order: Ben, Ada.") && !given.contains("sha256sum"), "{given}");
}

#[test]
fn a_file_without_lots_says_that_its_order_decides_and_how_to_draw() {
    let report = told("a.txt", "2:Ada>Ben\n2:Ben>Cleo\n2:Cleo>Ada\n", &["--method", "schulze"]);
    for part in [
        "after a tie that the order in the file settled, as nobody drew lots.",
        "Nobody drew lots for this file, so the order of its choices decides: Ada, Ben, Cleo.",
        "`urna count --seed TEXT` draws from any text, `--lots 3,1,2` gives an order.",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(!report.contains("by lot"), "{report}");
}

#[test]
fn the_round_that_decides_a_tie_is_named() {
    let report = told("a.txt", "4:Ada\n2:Ben\n3:Cleo\n1:Dov>Ben\n", &[]);
    let said = "Cleo and Ben are tied with the fewest votes; Ben is eliminated with fewer votes in round 1.";
    assert!(report.contains(said), "{report}");
    assert!(report.contains("was settled by more votes in round 1: Cleo, Ben."), "{report}");
}

#[test]
fn rules_are_options() {
    let ballots = "ballots (ranking),A,B,C\n5,1,3,\n4,,1,2\n3,,,1\n";
    let elected = |args: &[&str]| json("a.csv", ballots, args)["tally"].clone();
    assert_eq!(elected(&["--skipped-ranks", "close-up"]), elected(&[]));
    let ignored = json("a.csv", ballots, &["--method", "copeland", "--unranked", "ignored"]);
    assert_ne!(ignored["matrices"], json("a.csv", ballots, &["--method", "copeland"])["matrices"]);
    let stv = ["--method", "stv", "--seats", "2"];
    let quota =
        |quota: &str| json("a.csv", ballots, &[&stv[..], &["--quota", quota]].concat())["rounds"][0]["quota"].clone();
    assert_eq!((quota("droop"), quota("hare")), (Value::from(5), Value::from(6)));
}

#[test]
fn standard_input_is_read() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"2 1\n-2\n3 1 2 0\n0\n\"A\"\n\"B\"\n\"T\"\n").unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let (status, said, error) = output(bare_command().args(["count", "-"]).stdin(file));
    assert_eq!((status, error.as_str()), (0, "urna: standard input: “B” withdrew and is passed over.\n"), "{said}");
    assert!(said.starts_with("T\n=\n\n"), "{said}");
}

#[test]
fn no_configuration_is_looked_at() {
    let folder = folder("a.txt", "A,B\n5,0\n");
    fs::write(folder.path().join("Rocket.toml"), "nonsense [").unwrap();
    fs::write(folder.path().join(".env"), "DATABASE_URL=mysql://nowhere").unwrap();
    let (status, _, error) = output(bare_command().current_dir(folder.path()).args(["count", "a.txt"]));
    assert_eq!((status, error.as_str()), (0, ""));
    assert!(!Path::new(folder.path()).join("data").exists());
}

#[test]
fn mistakes_are_one_line_with_their_place() {
    refused(
        "a.csv",
        "ballots (score),A,B\n1,2,x\n",
        &[],
        (1, "urna: a.csv:2:5: “x” in the column “B” is no whole number"),
    );
    refused("a.txt", "A,B\n1,2\n", &["--format", "blt"], (1, "urna: a.txt:1:1: “A,B” is no number of choices."));
    refused("a.txt", "A,B\n1,2\n", &["--lots", "1,1"], (1, "urna: --lots needs each number from 1 to 2 once"));
    refused("a.txt", "A,B\n1,2\n", &["--highest", "1"], (1, "urna: a.txt: a ballot has a score of 2, above"));
    refused(
        "a.txt",
        "A>B\n",
        &["--method", "irv", "--seats", "2"],
        (1, "urna: a.txt: Instant runoff (IRV) elects one"),
    );
    refused("a.txt", "A>B\n", &["--method", "star"], (1, "urna: a.txt: STAR can’t be counted from rankings"));
    refused("a.txt", "A>B\n", &["--method", "best"], (2, "urna: invalid value 'best' for '--method <NAME>'"));
    refused("a.txt", "A>B\n", &["--seats", "0"], (2, "urna: invalid value '0'"));
    refused("a.txt", "A>B\n", &["--all", "--method", "irv"], (2, "urna: the argument '--all' cannot be used"));
    let (status, _, error) = output(bare_command().args(["count", "/nowhere"]));
    assert!(status == 1 && error.starts_with("urna: /nowhere can’t be read: "), "{error}");
}

/// The rules of public elections in the United States: Maine's statute lets one rank be skipped and not two.
#[test]
fn skipped_ranks_and_overvotes_exhaust_as_statutes_say() {
    let file = |ballot: &str| format!("3 1\n5 2 0\n4 3 0\n{ballot} 0\n0\n\"A\"\n\"B\"\n\"C\"\n\"Skips\"\n");
    let elected = |ballot: &str, args: &[&str]| json("a.blt", &file(ballot), args)["elected"][0].clone();
    let two = ["--method", "irv", "--skipped-ranks", "exhaust-two"];
    assert_eq!(elected("2 1 - 3", &two), "C");
    assert_eq!(elected("2 1 - - 3", &two), "B");
    assert_eq!(elected("2 1 - - - 3", &two), "B");
    assert_eq!(elected("2 1 - - 3", &["--method", "irv"]), "C");
    let several = ["--method", "irv", "--overvotes", "exhaust-several"];
    assert_eq!(elected("2 1=3", &several), "B");
}
