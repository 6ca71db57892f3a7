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
fn report_of(name: &str, text: &str, args: &[&str]) -> String {
    let (status, stdout, error) = counted(name, text, args);
    assert_eq!((status, error.as_str()), (0, ""), "{args:?}: {stdout}");
    stdout
}

fn json(name: &str, text: &str, args: &[&str]) -> Value {
    serde_json::from_str(&report_of(name, text, &[args, &["--json"]].concat())).unwrap()
}

/// The same, which must fail with one line.
fn refused(name: &str, text: &str, args: &[&str], expected: (i32, &str)) {
    let (status, stdout, error) = counted(name, text, args);
    assert_eq!((status, stdout.as_str(), error.lines().count()), (expected.0, "", 1), "{args:?}: {error}");
    assert!(error.starts_with(expected.1), "{args:?}: {error}");
}

#[test]
fn a_file_is_counted_by_the_plainest_method() {
    let report = report_of("capital.txt", TENNESSEE, &[]);
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[..3], ["Instant runoff (IRV), 1 seat", "100 ballots, none of them blank", ""], "{report}");
    assert!(lines[3].starts_with("Knoxville wins ") && lines[3].ends_with('.'), "{report}");
    assert!(report.contains("Chattanooga → Knoxville: 15"), "{report}");
    assert_eq!(report, report_of("capital.txt", TENNESSEE, &["--method", "irv"]));
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
    let report = report_of("capital.txt", TENNESSEE, &["--all"]);
    let table = report.split("Who is elected by which method\n").nth(1).unwrap();
    for line in
        ["  plurality             Memphis", "  irv                   Knoxville", "  schulze               Nashville"]
    {
        assert!(table.lines().any(|row| row == line), "{table}");
    }
    assert!(
        table.contains("They disagree:\n  Memphis by plurality\n  Nashville by borda, dowdall, two-round, "),
        "{table}"
    );
    let outcomes = json("capital.txt", TENNESSEE, &["--all"]);
    let methods: Vec<&str> = outcomes.as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap()).collect();
    assert_eq!(methods.len(), 15, "{methods:?}");
    assert!(report_of("a.txt", "A,B\n5,0\n", &["--all"]).ends_with("All of them agree.\n"));
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
fn a_tie_of_the_last_two_is_reported_as_one() {
    let report = report_of("a.txt", "2:Ada\n2:Ben\n", &["--seed", "it's"]);
    let (winner, other) = if report.contains("\nAda wins") { ("Ada", "Ben") } else { ("Ben", "Ada") };
    for line in [
        format!("{winner} wins in round 1 with 2 votes, as many as {other}, after a tie that was settled by lot."),
        format!("  {winner} and {other} have 2 votes each; {winner} wins by lot."),
        r"    printf '%s' 'it'\''s:1' | sha256sum".to_owned(),
    ] {
        assert!(report.lines().any(|row| row == line), "{line}: {report}");
    }
    assert!(!report.contains("Round 2") && !report.contains("more than half"), "{report}");
    let given = report_of("a.txt", "2:Ada\n2:Ben\n", &["--lots", "2,1"]);
    assert!(given.contains("The lot order: Ben, Ada.") && !given.contains("sha256sum"), "{given}");
}

#[test]
fn a_file_without_lots_says_that_its_order_decides_and_how_to_draw() {
    let report = report_of("a.txt", "2:Ada>Ben\n2:Ben>Cleo\n2:Cleo>Ada\n", &["--method", "schulze"]);
    for part in [
        "after a tie with Ben and Cleo that the order in the file settled, as nobody drew lots.",
        "Nobody drew lots for this file, so the order of its choices decides: Ada, Ben, Cleo.",
        "`urna count --seed TEXT` draws from any text, `--lots 3,1,2` gives an order.",
    ] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(!report.contains("by lot"), "{report}");
}

#[test]
fn the_round_that_decides_a_tie_is_named() {
    let report = report_of("a.txt", "4:Ada\n2:Ben\n3:Cleo\n1:Dov>Ben\n", &[]);
    let sentence = "Cleo and Ben are tied with the fewest votes; Ben is eliminated with fewer votes in round 1.";
    assert!(report.contains(sentence), "{report}");
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
    let (status, stdout, error) = output(bare_command().args(["count", "-"]).stdin(file));
    assert_eq!((status, error.as_str()), (0, "urna: standard input: “B” withdrew and is passed over.\n"), "{stdout}");
    assert!(stdout.starts_with("T\n=\n\n"), "{stdout}");
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

#[test]
fn repeats_ranks_and_choices_are_left_out_by_options() {
    // By the one ballot with a repeat: refused, passed over, or exhausted.
    let file = "3: Ada>Ben\n2: Ben>Cleo\n2: Cleo>Cleo>Ada>Ben\n";
    let what = "“Cleo” is marked twice. Mark each choice once, or say with --repeats what a repeat means.";
    refused("a.txt", file, &[], (1, &format!("urna: a.txt:3:1: {what}")));
    let elected = |args: &[&str]| json("a.txt", file, args)["elected"].clone();
    assert_eq!(elected(&["--repeats", "skip"]), serde_json::json!(["Ada"]));
    let last = |args: &[&str]| {
        let rounds = json("a.txt", file, args)["rounds"].clone();
        let rounds = rounds.as_array().unwrap();
        rounds.last().unwrap()["exhausted"].clone()
    };
    assert_eq!(last(&["--repeats", "skip", "--until", "two"]), 0);
    assert_eq!(last(&["--repeats", "exhaust", "--until", "two", "--without", "Ben"]), 0);
    // A repeat is no rank that was left out.
    let two = ["--repeats", "skip", "--skipped-ranks", "exhaust-two"];
    let gap = "3: Ada\n2: Ben>Ada\n1: Cleo>Cleo>>Ben\n1: Ben\n";
    assert_eq!(json("a.txt", gap, &two)["elected"], serde_json::json!(["Ben"]));
    // Only the first ranks count.
    let long = "3: Ada\n2: Ben\n2: Cleo>Dora>Ben\n";
    assert_eq!(json("a.txt", long, &[])["elected"], serde_json::json!(["Ben"]));
    assert_eq!(json("a.txt", long, &["--ranks", "2"])["elected"], serde_json::json!(["Ada"]));
    // One who withdrew, by every method.
    for method in ["irv", "schulze", "borda", "plurality", "stv", "stv-meek", "two-round"] {
        let args = ["--method", method, "--without", "Ada", "--without", "dora"];
        let outcome = json("a.txt", long, &args);
        assert_eq!(outcome["ranking"].to_string().matches("Ada").count(), 0, "{outcome}");
        assert!(["Ben", "Cleo"].contains(&outcome["elected"][0].as_str().unwrap()), "{method}");
    }
    let all = ["--without", "Ada", "--without", "Ben", "--without", "Cleo", "--without", "Dora"];
    refused("a.txt", long, &all, (1, "urna: --without leaves no choice"));
    refused("a.txt", long, &["--without", "Eve"], (1, "urna: --without: there is no choice “Eve”; there are Ada, Ben"));
    refused("a.txt", long, &["--write-ins", "Eve"], (1, "urna: --write-ins: there is no choice “Eve”"));
    // Scores and approvals too, and lots that the file has.
    let scores = "Ada,Ben,Cleo\n5,3,0\n5,2,2\n";
    let outcome = json("a.txt", scores, &["--method", "star", "--without", "Ada", "--lots", "3,2"]);
    assert_eq!(outcome["elected"], serde_json::json!(["Ben"]));
    let lots = "{\"format\":\"urna-election\",\"version\":1,\"kind\":\"pick\",\"lots\":[3,1,2],\"choices\":[{\"label\":\"A\"},\
                {\"label\":\"B\"},{\"label\":\"C\"}],\"ballots\":[{\"count\":1,\"marks\":\"a\"},{\"count\":1,\"marks\":\"c\"}]}";
    assert_eq!(json("a.json", lots, &["--without", "B"])["elected"], serde_json::json!(["C"]));
}

#[test]
fn the_lots_of_those_who_stay_are_the_same_without_others() {
    let file = "2: Ada\n2: Ben\n2: Cleo\n2: Dora\n";
    for seed in ["one", "two", "three", "four"] {
        let order = |args: &[&str]| json("a.txt", file, &[&["--seed", seed][..], args].concat())["lots"].clone();
        let mut all: Vec<Value> = order(&[]).as_array().unwrap().clone();
        all.retain(|name| name != "Ben");
        assert_eq!(order(&["--without", "Ben"]), Value::from(all.clone()));
        let of_file = format!("# urna seed: {seed}\n{file}");
        assert_eq!(json("a.txt", &of_file, &["--without", "Ben"])["lots"], Value::from(all));
    }
    // for n in 2 3 4; do printf '%s' "seed:$n" | sha256sum; done
    let report = report_of("a.txt", file, &["--method", "borda", "--without", "Ada", "--seed", "seed"]);
    let places =
        "the choice’s place on the ballot, where those that are left out have theirs too: Ben 2, Cleo 3, Dora 4.";
    assert!(report.contains(places) && report.contains("printf '%s' 'seed:2' | sha256sum"), "{report}");
    let outcome = json("a.txt", file, &["--without", "Ada", "--seed", "seed"]);
    assert_eq!(outcome["lot_numbers"], serde_json::json!([2, 3, 4]));
    assert_eq!(json("a.txt", file, &["--seed", "seed"])["lot_numbers"], Value::Null);
    // An order names the choices by their numbers in the file.
    for lots in ["4,2,1,3", "4 1 3"] {
        let outcome = json("a.txt", file, &["--without", "Ben", "--lots", lots]);
        assert_eq!(outcome["lots"], serde_json::json!(["Dora", "Ada", "Cleo"]), "{lots}");
    }
    let what = "urna: --lots needs each number from 1 to 4 once, with or without those of --without, such as 2,1,3";
    refused("a.txt", file, &["--without", "Ben", "--lots", "3,2,1"], (1, what));
}

#[test]
fn who_is_left_out_is_the_one_that_is_named_and_repeats_nothing() {
    let elected = |file: &str, name: &str| json("a.json", file, &["--without", name])["elected"][0].clone();
    let file = "{\"format\":\"urna-election\",\"version\":1,\"kind\":\"pick\",\"choices\":[{\"label\":\"B\",\"key\":\"b\"},\
                {\"label\":\"b\",\"key\":\"x\"}],\"ballots\":[{\"count\":1,\"marks\":\"b\"},{\"count\":1,\"marks\":\"x\"}]}";
    assert_eq!((elected(file, "b"), elected(file, "B"), elected(file, "x")), ("B".into(), "b".into(), "B".into()));
    let repeats = "1: Ben > Ada > Ben\n1: Cleo > Ben\n1: Ben > Ada > Ben > Cleo\n";
    let without = json("a.txt", repeats, &["--method", "irv", "--without", "Ben"]);
    assert_eq!((&without["elected"][0], &without["tally"][0]["number"]), (&"Ada".into(), &2.into()), "{without}");
    let mine = "1: Ben > Ada\n1: Ada > Ben > Ada\n";
    refused("a.txt", mine, &["--without", "Ben"], (1, "urna: a.txt:2:1: “Ada” is marked twice."));
    refused("a.txt", repeats, &["--without", "Ada"], (1, "urna: a.txt:1:1: “Ben” is marked twice."));
    // The same for approvals, and for names that nobody has.
    let approvals = "{\"format\":\"urna-election\",\"version\":1,\"kind\":\"pick\",\"choices\":[{\"label\":\"A\"},\
                     {\"label\":\"B\"}],\"ballots\":[{\"count\":1,\"marks\":\"a\"},{\"count\":1,\"marks\":\"b\"}]}";
    assert_eq!(json("a.json", approvals, &["--without", "A", "--without", "a"])["tally"][0]["number"], 1);
    refused("a.txt", repeats, &["--without", "Eve"], (1, "urna: a.txt:1:1: “Ben” is marked twice."));
}

#[test]
fn options_without_effect_are_reported() {
    let notes = |file: &str, args: &[&str]| {
        let (status, _, error) = counted("a.txt", file, args);
        assert_eq!(status, 0, "{args:?}: {error}");
        error.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (scores, rankings) = ("A,B\n5,0\n", "2: Ada > Ben\n1: Ben\n");
    let approvals = "ballots (approval),Ada,Ben\n2,1,\n1,,1\n";
    let all = ["--ranks", "1", "--repeats", "skip", "--overvotes", "skip", "--skipped-ranks", "exhaust"];
    for (file, method, on) in [(scores, "score", "scores"), (approvals, "approval", "approvals")] {
        let lines = notes(file, &[&["--method", method][..], &all].concat());
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines.contains(&format!("urna: --ranks means nothing on {on}")), "{lines:?}");
    }
    assert!(notes(rankings, &[&["--method", "irv"][..], &all].concat()).is_empty());
    let irv = notes(rankings, &["--method", "irv", "--unranked", "ignored", "--highest", "5", "--quota", "hare"]);
    assert_eq!(
        irv,
        [
            "urna: --highest means nothing on rankings",
            "urna: --unranked means nothing in Instant runoff (IRV)",
            "urna: --quota means nothing in Instant runoff (IRV)"
        ]
    );
    let compared = notes(rankings, &["--all", "--quota", "hare", "--ranks", "2", "--highest", "5"]);
    assert_eq!(
        compared,
        ["urna: --highest means nothing on rankings", "urna: --quota means something in stv, stv-meek only"]
    );
}

#[test]
fn rules_of_elimination_are_options() {
    let file = "9: Ada\n6: Ben>Ada\n2: Cleo>Ben\n1: Dora>Ben\n8: Write-in>Ben\n";
    let rounds = |args: &[&str]| json("a.txt", file, args)["rounds"].as_array().unwrap().len();
    assert_eq!(rounds(&["--method", "irv"]), 4);
    assert_eq!(rounds(&["--method", "irv", "--elimination", "batch"]), 3);
    let first = ["--method", "irv", "--write-ins", "Write-in"];
    let report = report_of("a.txt", file, &first);
    assert!(report.contains("Write-in stands for those who are no candidates, and is eliminated first."), "{report}");
    assert_eq!(rounds(&first), 2, "then Ben has a majority");
    assert_eq!(rounds(&[&first[..], &["--until", "two"]].concat()), 4);
    for method in ["stv", "stv-meek"] {
        let report = report_of("a.txt", file, &["--method", method, "--seats", "2", "--write-ins", "write-in"]);
        assert!(report.contains("Write-in stands for those who are no candidates"), "{report}");
    }
    // An option that a method has no use for is reported.
    let (status, _, error) = counted("a.txt", file, &["--method", "schulze", "--until", "two", "--quota", "hare"]);
    assert_eq!(status, 0);
    assert!(
        error.contains("--until means nothing in Schulze") && error.contains("--quota means nothing in"),
        "{error}"
    );
}

#[test]
fn what_a_lot_decides_is_reported_under_every_rule_and_no_write_in_is_elected() {
    // Whether the last ballot is exhausted hangs on who went out before.
    let file = "0: A > B > C > D\n3: D\n3: C\n1: B > A\n1: A > C = B\n";
    let count = |lots: &str| {
        let args = ["--method", "irv", "--overvotes", "exhaust-several", "--lots", lots];
        (json("a.txt", file, &args)["elected"][0].clone(), report_of("a.txt", file, &args))
    };
    let ((one, report), (other, _)) = (count("1,2,3,4"), count("2,1,4,3"));
    assert_ne!(one, other);
    assert!(!report.contains("Every other order of the lots elects the same."), "{report}");
    let file = "10: Write-in > Ada\n3: Ada\n3: Ben\n2: Cleo\n";
    for (method, seats) in [("stv", "2"), ("stv-meek", "2"), ("stv", "1"), ("irv", "1")] {
        let args = ["--method", method, "--seats", seats, "--write-ins", "Write-in"];
        assert!(!json("a.txt", file, &args)["elected"].to_string().contains("Write-in"), "{method}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_format() {
    let files = [
        "\u{feff}ballots (ranking),Ada,Ben\n3,1,2\n2,2,1\n",
        "\u{feff}2 1\n3 1 2 0\n2 2 1 0\n0\n\"Ada\"\n\"Ben\"\n\"T\"\n",
        "\u{feff}3: Ada > Ben\n2: Ben > Ada\n",
    ];
    for file in files {
        let outcome = json("a.txt", file, &["--method", "irv"]);
        assert_eq!((&outcome["elected"][0], &outcome["ballots"]), (&"Ada".into(), &5.into()), "{file}");
    }
}

#[test]
fn many_choices_are_counted_within_bounds() {
    let names: Vec<String> = (0..5000).map(|n| format!("choice {n}")).collect();
    let ballot = |first: usize, step: usize| {
        let order: Vec<&str> = (0..5000).map(|n| names[(first + n * step) % 5000].as_str()).collect();
        order.join(">")
    };
    let file = format!("3: {}\n2: {}\n2: {}\n", ballot(0, 1), ballot(7, 3), ballot(9, 7));
    for method in ["irv", "stv", "two-round", "plurality", "borda"] {
        assert_eq!(json("a.txt", &file, &["--method", method])["ballots"], 7, "{method}");
    }
    let what =
        "urna: a.txt: Dowdall gives points for 5,000 places, and the fractions are too long; 2,000 places are the";
    refused("a.txt", &file, &["--method", "dowdall"], (1, what));
    // Where the unranked get nothing, short ballots have few places.
    let short = format!("{}\n3: choice 7 > choice 9\n", file.replace("3: ", "0: ").replace("2: ", "0: "));
    let outcome = json("a.txt", &short, &["--method", "dowdall", "--unranked", "ignored"]);
    assert_eq!(outcome["elected"], serde_json::json!(["choice 7"]));
    refused("a.txt", &short, &["--method", "dowdall"], (1, "urna: a.txt: Dowdall gives points for 5,000 places"));
    let many = format!("{}\n", names.iter().map(|name| format!("0: {name} > {name} b")).collect::<Vec<_>>().join("\n"));
    let outcome = json("a.txt", &many.replacen("0: ", "1: ", 1), &["--method", "dowdall", "--unranked", "ignored"]);
    assert_eq!(outcome["tally"][1]["number"], "0.5");
    let wide = format!("{}\n{}\n", names.join(","), vec!["1"; 5000].join(","));
    let what =
        "urna: a.txt: Score shows how often each choice has each score, and 5,000 choices with scores up to 1,000";
    refused("a.txt", &wide, &["--method", "score", "--highest", "1000"], (1, what));
    assert_eq!(json("a.txt", &wide, &["--method", "score"])["ballots"], 1);
    // Who has no votes goes out together, even where not all may.
    for method in ["stv", "stv-meek"] {
        let outcome = json("a.txt", &file, &["--method", method, "--seats", "10"]);
        assert_eq!(outcome["elected"].as_array().map(Vec::len), Some(10), "{method}");
        assert!(outcome["rounds"].as_array().is_some_and(|rounds| rounds.len() < 20), "{method}");
    }
    let remarks: String = (0..8000).map(|n| format!("# urna choice x{n}: y\n")).collect();
    assert_eq!(json("a.txt", &format!("{remarks}3: Ada > Ben\n"), &[])["ballots"], 3);
    // Equal names are made different one after the other.
    let alike: String = (1..=20_000).map(|n| format!("# ALTERNATIVE NAME {n}: ?\n")).collect();
    let (status, _, error) = counted("a.soi", &format!("{alike}3: 1,2\n"), &["--method", "plurality"]);
    assert!(status == 0 && error.contains("The name of alternative 20000 is changed to “? (20000)”."));
    let what = "urna: a.txt: Schulze compares each choice with each other, and 5,000 are too many";
    refused("a.txt", &file, &["--method", "schulze"], (1, what));
    // A poll takes fewer, and so does a comparison.
    let names = &names[..1200];
    let file = format!("3: {}\n2: {}\n", names.join(">"), names[7]);
    let (status, table, error) = counted("a.txt", &file, &["--all"]);
    assert_eq!(status, 0, "{error}");
    assert!(error.contains("1,200 choices are too many to compare by borda, dowdall, two-round, irv"), "{error}");
    assert!(table.contains("  plurality  choice 0") && table.len() < 1000, "{table}");
    let each: String = (0..2500).map(|n| format!("choice {n} > choice {}\n", n + 1)).collect();
    let what =
        "urna: a.txt: 2,500 choices are ranked first by somebody; 2,000 are the most that Instant runoff (IRV) counts";
    refused("a.txt", &each, &["--method", "irv"], (1, what));
    refused("a.txt", &each, &["--all"], (1, "urna: a.txt: 2,500 different ballots with 2,501 choices are too many"));
}

#[test]
fn formats_that_are_not_read_are_named() {
    for file in [
        "=ada:[Ada Lovelace]\n=ben:[Ben]\n3:ada>ben\n",
        "{\"version\": \"0.1\"}\n3:ada>ben\n",
        "# from abiftool\n3:ada/5>ben/0\n2:ben/5>ada/1\n",
        "3:ada/5,ben/0\n",
        "3:ada/5>ben/0 # from a tool\n",
    ] {
        let (status, stdout, error) = counted("a.abif", file, &[]);
        assert!(status == 1 && stdout.is_empty() && error.contains("This is ABIF, which is not read."), "{error}");
    }
    assert_eq!(json("a.txt", "3: 24/7 > Other\n", &[])["elected"], serde_json::json!(["24/7"]));
}
