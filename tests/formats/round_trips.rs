//! Elections written in every format and read again, and every parser on malformed texts.
//!
//! `URNA_FUZZ` sets how many mutated texts are read (20,000 where it is not set).

use std::{panic, time::Instant};

use proptest::{
    prelude::*,
    test_runner::{Config, TestRng, TestRunner},
};
use urna::{
    count::{Ballots, Elimination, Method, Overvotes, Quota, Rules, Skipped, Unranked, Until, count},
    formats::{self, Election, Format, NamedChoice, read, write},
    marks::{self, Form, Keys, Kind, Marks},
};

const KINDS: [Kind; 4] = [Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Score];
const WRITTEN: [Format; 5] = [Format::Csv, Format::Json, Format::Preflib, Format::Blt, Format::Cef];

/// Labels that some format keeps for itself, or that a spreadsheet would run.
const LABELS: [&str; 24] = [
    "Gummi",
    "Pita, of Bath",
    "Cleo \"the cat\"",
    "=1+1",
    "'=x",
    "''+y",
    "-5",
    "@home",
    "+1",
    "# nine",
    "a>b",
    "a=b",
    "a;b/c",
    "7",
    "Äpfel & Birnen",
    "葛",
    "a:b",
    "C:\\dir\\",
    "*",
    "^2",
    "|| tag ||",
    "{1,2}",
    "(id)",
    "/EMPTY/",
];

/// An election with these labels and ballots, each a list of marks by position.
fn election(kind: Kind, labels: &[&str], ballots: &[(Vec<(usize, u32)>, u64)]) -> Election {
    let mut keys = Keys::new([]);
    let mut election = Election::new(kind);
    election.choices =
        labels.iter().map(|label| NamedChoice { key: keys.create(label), label: (*label).into() }).collect();
    let form = Form { kind, most: if kind == Kind::Score { 9 } else { u32::MAX }, ties: true, blank: true };
    let mut profile = std::collections::BTreeMap::new();
    for (marks, number) in ballots {
        let keys = election.keys();
        let marks: Vec<(&str, u32)> = marks.iter().map(|(choice, value)| (keys[*choice], *value)).collect();
        *profile.entry(Marks::from_marks(&marks, form, keys.clone()).unwrap().to_string()).or_default() += number;
    }
    election.profile = profile.into_iter().collect();
    election.highest = (kind == Kind::Score).then_some(9);
    election
}

/// The formats that hold such an election, and what they hold.
fn back(election: &Election) -> Vec<(Format, String)> {
    let written = WRITTEN.into_iter().filter_map(|format| Some((format, write(election, format).ok()?)));
    written.collect()
}

fn same(election: &Election) {
    for (format, text) in back(election) {
        let name = format!("election.{}", format.extension(election));
        assert_eq!(Format::detect(&text, &name), format, "{text}");
        let again = read(text.as_bytes(), format, None).unwrap_or_else(|error| panic!("{format:?} {error}\n{text}"));
        let mut election = election.clone();
        // BLT and the Condorcet Election Format cannot leave the seats out, or not the title.
        if format == Format::Blt {
            election.seats = election.seats.or(Some(1));
        }
        assert_eq!(again, election, "{format:?}\n{text}");
    }
}

#[test]
fn awkward_labels_come_back() {
    for kind in KINDS {
        let ballots = vec![(vec![], 3), (vec![(1, 1)], 2), (vec![(3, 1)], u64::MAX - 9)];
        let mut election = election(kind, &LABELS, &ballots);
        election.title = "=Which, of \"these\"? # 9 \\ 'x'".into();
        assert_eq!(back(&election).len(), if kind == Kind::Score { 3 } else { 5 });
        same(&election);
    }
}

#[test]
fn all_that_counts_comes_back() {
    let ballots = vec![(vec![(0, 1), (1, 2), (2, 2)], 4), (vec![(2, 1)], 1)];
    let mut election = election(Kind::Ranking, &["a", "b", "c"], &ballots);
    election.method = Some(Method::StvMeek);
    election.seats = Some(2);
    election.lots = Some(vec![2, 0, 1]);
    election.seed = Some("31 of a: seed".into());
    election.rules = Rules {
        overvotes: Overvotes::Exhaust,
        skipped: Skipped::Exhaust,
        unranked: Unranked::Ignored,
        quota: Quota::Hare,
        elimination: Elimination::Batch,
        until: Until::Two,
        write_ins: None,
    };
    assert_eq!(back(&election).len(), 5);
    same(&election);
}

#[test]
fn every_method_counts_the_same_from_every_format() {
    let ballots: [(&[(usize, u32)], u64); 6] = [
        (&[(0, 1), (1, 2), (2, 3)], 5),
        (&[(1, 1), (2, 2), (3, 3)], 5),
        (&[(2, 1), (0, 2), (1, 3)], 4),
        (&[(3, 1), (2, 2)], 4),
        (&[(3, 1)], 1),
        (&[], 2),
    ];
    for method in Method::ALL {
        for seats in [1, 2] {
            let form = method.form(seats, 9, true);
            let ballots = ballots.map(|(marks, number)| {
                let marks = match form.kind {
                    Kind::Pick => marks.iter().take(1).copied().collect(),
                    Kind::Approval => marks.iter().take(2).map(|(choice, _)| (*choice, 1)).collect(),
                    Kind::Ranking | Kind::Score => marks.to_vec(),
                };
                (marks, number)
            });
            let mut election = election(form.kind, &LABELS[..4], &ballots);
            election.method = Some(method);
            election.seats = Some(if method.takes_seats() { seats as usize } else { 1 });
            election.seed = Some("a seed of lots".into());
            let outcome = |election: &Election| {
                let (keys, labels) = (election.keys(), election.labels());
                let ballots = Ballots::read(election.kind, &keys, &election.profile).unwrap();
                count(election.usual_method(), &election.contest(&keys, &labels), &ballots).unwrap()
            };
            let expected = outcome(&election);
            assert_eq!(expected.method, method);
            for (format, text) in back(&election) {
                assert_eq!(outcome(&read(text.as_bytes(), format, None).unwrap()), expected, "{format:?}\n{text}");
            }
        }
    }
}

#[test]
fn skipped_ranks_come_back_or_are_refused() {
    let mut election = election(Kind::Ranking, &["a", "b", "c"], &[]);
    election.profile = vec![(">>b".into(), 4), (">b>a=c".into(), 1), ("a>>>c".into(), 3), ("a>>b".into(), 2)];
    let formats: Vec<Format> = back(&election).into_iter().map(|(format, _)| format).collect();
    assert_eq!(formats, [Format::Csv, Format::Json, Format::Blt]);
    same(&election);
}

#[test]
fn formulas_are_defused_in_tables() {
    let table = write(&election(Kind::Pick, &["=1+1", "-x", "@y", "z"], &[]), Format::Csv).unwrap();
    assert_eq!(table, "\u{feff}ballots (pick),'=1+1,'-x,'@y,z\n");
}

fn ballot(choices: usize) -> impl Strategy<Value = Vec<(usize, u32)>> {
    proptest::collection::vec(proptest::option::of(1..9_u32), choices)
        .prop_map(|marks| marks.into_iter().enumerate().filter_map(|(choice, mark)| Some((choice, mark?))).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn every_election_comes_back(
        kind in proptest::sample::select(&KINDS[..]),
        labels in proptest::sample::subsequence(&LABELS[..], 1..LABELS.len()),
        ballots in proptest::collection::vec((ballot(LABELS.len()), 1..1_000_000_u64), 0..20),
    ) {
        let ballots: Vec<_> = ballots.into_iter().map(|(mut marks, number)| {
            marks.retain(|(choice, _)| *choice < labels.len());
            match kind {
                Kind::Pick => marks.truncate(1),
                Kind::Approval => {}
                _ => return (marks, number),
            }
            (marks.into_iter().map(|(choice, _)| (choice, 1)).collect(), number)
        }).collect();
        same(&election(kind, &labels, &ballots));
    }
}

/// Files as others write them.
const FOREIGN: [(&str, &str); 12] = [
    (
        "a.blt",
        "4 2\n-2\n3 1 3 4 0\n(id 1) 4 1 3 2 0 # told\n2 4 1=3 0\n1 2 0\n2 2=4=3 - 1 0\n0\n\"Adam\"\n\"Basil\"\nCharlotte\n\"Donald\"\n\"Title\"\n",
    ),
    (
        "b.toi",
        "# FILE NAME: b.toi\n# TITLE: B\n# DATA TYPE: toi\n# NUMBER ALTERNATIVES: 3\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B, C\n# ALTERNATIVE NAME 3: D\n5: 1,{2,3}\n2: 3, 1\n",
    ),
    ("c.soi", "3\n1,A\n2,B\n3,C\n9,9,2\n5,1,2,3\n4,{2,3}\n"),
    (
        "d.cat",
        "# DATA TYPE: cat\n# NUMBER ALTERNATIVES: 3\n# NUMBER CATEGORIES: 3\n# CATEGORY NAME 1: Yes\n# CATEGORY NAME 2: Maybe\n# CATEGORY NAME 3: No\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n# ALTERNATIVE NAME 3: C\n1: 1,3,{}\n86: {},1,{2,3}\n",
    ),
    (
        "e.cvotes",
        "# Mine\n#/Candidates: Candidate A;Candidate B ; Candidate C\n#/Number of Seats: 2\n#/Implicit Ranking: false\n#/Weight allowed: true\n\nCandidate A > Candidate B > Candidate C * 42\njulien@condorcet.vote , signature:55 || Candidate A > Candidate B # Same\nCandidate C > Candidate A = Candidate B ^7 * 8\n/EMPTY/ * 2\nCandidate C\n",
    ),
    ("f.txt", "Count:Ada,Ben,Cara\n35:5,0,0   # 2 voters\n25 × 0,5,0\n-,&,~\n5, ,1\n"),
    ("g.txt", "6:April>Bruce>Clara\n4:Bruce=Clara>>April\nApril\n3:\n"),
    ("h.csv", "ballots (ranking);Gummi;\"Pita; of Bath\"\r\n3;1;2\r\n1;;1\r\n# urna method: irv;;\r\n"),
    ("i.csv", "\u{FEFF}ballots (score),Gummi,'=1+1,,\n\"3\",0,5,,\n,,\n"),
    (
        "j.json",
        "{\"voting_method\": \"Bloc STAR\", \"num_winners\": 2, \"lot_numbers\": [\"B\", \"A\"], \"ballots\": \"A,B,C\\n3: 5,4,0\\n\"}",
    ),
    (
        "k.json",
        "{\"format\":\"urna-election\",\"version\":1,\"kind\":\"score\",\"highest\":10,\"lots\":[2, 1],\n\"choices\":[{\"label\":\"A\"},{\"key\":\"bee\",\"label\":\"B\\u00e9\"}],\"ballots\":[{\"count\":3,\"marks\":\"a:3,bee:10\"}]}",
    ),
    ("l.txt", "A > B = C\ntag || C * 3\n"),
];

fn parsed(file: usize) -> Result<Election, formats::FormatError> {
    let (name, text) = FOREIGN[file];
    read(text.as_bytes(), Format::detect(text, name), None)
}

#[test]
fn what_others_write_is_read() {
    type Read<'r> = (&'r [&'r str], Kind, &'r [(&'r str, u64)]);
    let expected: [Read<'_>; 9] = [
        (
            &["Adam", "Charlotte", "Donald"],
            Kind::Ranking,
            &[
                ("", 1),
                ("adam>charlotte", 4),
                ("adam>charlotte>donald", 3),
                ("charlotte=donald>>adam", 2),
                ("donald>adam=charlotte", 2),
            ],
        ),
        (&["A", "B, C", "D"], Kind::Ranking, &[("a>b-c=d", 5), ("d>a", 2)]),
        (&["A", "B", "C"], Kind::Ranking, &[("a>b>c", 5), ("b=c", 4)]),
        (&["A", "B", "C"], Kind::Score, &[("a:1,b:0,c:0", 86), ("a:2,c:1", 1)]),
        (
            &["Candidate A", "Candidate B", "Candidate C"],
            Kind::Ranking,
            &[
                ("", 2),
                ("candidate-a>candidate-b", 1),
                ("candidate-a>candidate-b>candidate-c", 42),
                ("candidate-c", 1),
                ("candidate-c>candidate-a=candidate-b", 56),
            ],
        ),
        (
            &["Ada", "Ben", "Cara"],
            Kind::Score,
            &[("", 1), ("ada:0,ben:5,cara:0", 25), ("ada:5,ben:0,cara:0", 35), ("ada:5,cara:1", 1)],
        ),
        (
            &["April", "Bruce", "Clara"],
            Kind::Ranking,
            &[("", 3), ("april", 1), ("april>bruce>clara", 6), ("bruce=clara>>april", 4)],
        ),
        (&["Gummi", "Pita; of Bath"], Kind::Ranking, &[("gummi>pita-of-bath", 3), ("pita-of-bath", 1)]),
        (&["Gummi", "=1+1"], Kind::Score, &[("1-1:5,gummi:0", 3)]),
    ];
    for (file, (labels, kind, profile)) in expected.into_iter().enumerate() {
        let election = parsed(file).unwrap_or_else(|error| panic!("{} {error}", FOREIGN[file].0));
        assert_eq!((election.labels(), election.kind), (labels.to_vec(), kind), "{}", FOREIGN[file].0);
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).into(), *n)).collect();
        assert_eq!(election.profile, profile, "{}", FOREIGN[file].0);
    }
    assert_eq!(parsed(0).unwrap().notes, ["“Basil” withdrew and is passed over."]);
    assert_eq!(parsed(4).unwrap().rules.unranked, Unranked::Ignored);
    assert_eq!(parsed(7).unwrap().method, Some(Method::Irv));
    let case = parsed(9).unwrap();
    assert_eq!((case.method, case.seats, case.lots), (Some(Method::Star), Some(2), Some(vec![1, 0, 2])));
    let own = parsed(10).unwrap();
    assert_eq!((own.keys(), own.labels(), own.lots.clone()), (vec!["a", "bee"], vec!["A", "Bé"], Some(vec![1, 0])));
    assert_eq!(parsed(11).unwrap().profile, [("a>b=c".to_owned(), 1), ("c".to_owned(), 3)]);
}

/// What is read of a text by a file's name: choices, ballots and notes.
#[expect(clippy::type_complexity, reason = "three things, taken apart at once")]
fn read_text(
    name: &str,
    text: &str,
    method: Option<Method>,
) -> Result<(Vec<String>, Vec<(String, u64)>, Vec<String>), String> {
    let election = read(text.as_bytes(), Format::detect(text, name), method).map_err(|error| error.to_string())?;
    let labels = election.labels().into_iter().map(str::to_owned).collect();
    Ok((labels, election.profile, election.notes))
}

#[test]
fn columns_that_are_no_choices_are_not_counted() {
    let irv = Some(Method::Irv);
    let ballots = |all: &[(&str, u64)]| all.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect::<Vec<_>>();
    for (text, labels, profile, note) in [
        (
            "Voter,Ada,Ben,Cleo\n1,1,2,3\n2,1,2,3\n3,2,1,3\n",
            vec!["Ada", "Ben", "Cleo"],
            ballots(&[("ada>ben>cleo", 2), ("ben>ada>cleo", 1)]),
            "“Voter”",
        ),
        (
            "Timestamp;Ada;Ben\n2026-05-01 10:00;1;2\n;2;1\n",
            vec!["Ada", "Ben"],
            ballots(&[("ada>ben", 1), ("ben>ada", 1)]),
            "“Timestamp”",
        ),
        ("Ada,Ben,Votes\n1,2,5\n2,1,3\n", vec!["Ada", "Ben"], ballots(&[("ada>ben", 5), ("ben>ada", 3)]), "“Votes”"),
        (
            "Ada\tBen\tPrecinct\n1\t2\tNorth\n2\t\tSouth\n",
            vec!["Ada", "Ben"],
            ballots(&[(">ada", 1), ("ada>ben", 1)]),
            "“Precinct”",
        ),
    ] {
        let (names, read, notes) = read_text("a.csv", text, irv).unwrap_or_else(|error| panic!("{text}{error}"));
        assert_eq!((names, read), (labels.into_iter().map(str::to_owned).collect(), profile), "{text}");
        assert!(notes.iter().any(|line| line.contains(note)), "{text}{notes:?}");
    }
    for (text, expected) in [
        ("Lfd,Ada,Ben\n1001,1,2\n1002,2,1\n", "1:1: The numbers in the column “Lfd”"),
        ("Ada,Ben,Jahre\n1,2,34\n2,1,57\n", "1:9: The numbers in the column “Jahre”"),
        ("Pos,Ada,Ben\n1,1,2\n2,2,1\n3,1,2\n", "1:1: The numbers in the column “Pos”"),
        ("Where,Ada,Ben\nNorth,1,2\n", "2:1: “North” in the column “Where”"),
        ("Ada,Ben,Votes,Count\n1,2,3,4\n", "1:15: “Count” is a second column"),
    ] {
        let error = read_text("a.csv", text, irv).unwrap_err();
        assert!(error.starts_with(expected), "{text}{error}");
    }
    for (text, expected) in [
        ("Ward,Ada,Ben,Cleo\n1,1,2,\n1,2,1,\n2,1,,2\n1,,1,2\n", "1:1: “Ward” may be a choice or not."),
        ("Bezirk,Ada,Ben,Cleo\n1,1,2,\n1,2,1,\n2,1,,2\n1,,1,2\n", "1:1: The numbers in the column “Bezirk”"),
        ("Anz.,Ada,Ben,Cleo\n5,1,2,\n3,,1,2\n", "1:1: The numbers in the column “Anz.”"),
        ("Times,Arial,Garamond\n1,2,3\n2,1,3\n", "1:1: “Times” may be a choice or not. If it tells how many"),
        ("1,2,3\n2,1,3\n3,2,1\n", "1:1: The first row has only numbers."),
    ] {
        let error = read_text("a.csv", text, irv).unwrap_err();
        assert!(error.starts_with(expected), "{text}{error}");
    }
    for (text, expected) in [
        ("Who,Ada,Ben\n101,5,0\n", "1:1: The numbers in the column “Who” don’t look like scores"),
        ("Who,Ada,Ben\n1,5,0\n2,3,4\n3,0,4\n", "1:1: The numbers in the column “Who” don’t look like scores"),
        ("Ada,Ben,Punkte\n5,0,34\n4,1,57\n", "1:9: The numbers in the column “Punkte”"),
    ] {
        let error = read_text("a.csv", text, Some(Method::Score)).unwrap_err();
        assert!(error.starts_with(expected), "{text}{error}");
    }
    let error = read_text("a.csv", "Yes,No\n0,1\n0,1\n0,1\n1,0\n", Some(Method::Plurality)).unwrap_err();
    assert!(
        error.starts_with("1:5: “No” may be a choice or not. If it is none, take the column out; if it"),
        "{error}"
    );
    // Each cure that is named works.
    let cured = "ballots (pick),Yes,No\n1,0,1\n1,0,1\n1,0,1\n1,1,0\n";
    let (_, profile, _) = read_text("a.csv", cured, None).unwrap();
    assert_eq!(profile, ballots(&[("no", 3), ("yes", 1)]));
    let (_, profile, _) = read_text("a.csv", "Ballots,Arial,Garamond\n5,1,2\n4,2,1\n", irv).unwrap();
    assert_eq!(profile, ballots(&[("arial>garamond", 5), ("garamond>arial", 4)]));
    let (labels, ..) = read_text("a.csv", "Date,Ada,Ben\n2026-11-26,1,2\n,2,1\n", irv).unwrap();
    assert_eq!(labels, ["Ada", "Ben"]);
    // A first cell that counts says that all others are choices.
    let (labels, ..) = read_text("a.csv", "ballots (ranking),Voter,Ada\n2,1,2\n", None).unwrap();
    assert_eq!(labels, ["Voter", "Ada"]);
}

#[test]
fn tables_are_read_as_spreadsheets_and_forms_write_them() {
    let (labels, profile, _) = read_text("a.csv", "sep=;\nballots (ranking);A;B\n3;1;2\n2;2;1\n", None).unwrap();
    assert_eq!((labels, profile), (vec!["A".into(), "B".into()], vec![("a>b".into(), 3), ("b>a".into(), 2)]));
    let error = read_text("a.csv", "sep=;\nballots (ranking);A\n3;x\n", None).unwrap_err();
    assert!(error.starts_with("3:3: “x” in the column “A”"), "{error}");
    let cells = "1st,2nd,3rd\nAda,Ben,Cleo\nBen,ada,\nBen,,Ada\n";
    let (labels, profile, _) = read_text("a.csv", cells, None).unwrap();
    assert_eq!(labels, ["Ada", "Ben", "Cleo"]);
    assert_eq!(profile, [("ada>ben>cleo".to_owned(), 1), ("ben>>ada".to_owned(), 1), ("ben>ada".to_owned(), 1)]);
    let error = read_text("a.csv", "Rank 1,Rank 2\nAda,Ben\nАda,Ben\n", None).unwrap_err();
    assert!(error.starts_with("3:1: “Аda” looks like “Ada”."), "{error}");
    let civs = "Ada,Ben,Cleo\n1,No opinion,2\n1,No opinion,2\n1,No opinion,2\n2,1,3\nNo opinion,1,2\n";
    let election = read(civs.as_bytes(), Format::Csv, Some(Method::Schulze)).unwrap();
    assert_eq!((election.rules.unranked, election.notes.len()), (Unranked::Ignored, 1));
    assert_eq!(election.profile[0], ("ada>cleo".to_owned(), 3));
}

/// A ballot or a choice may begin with what a comment does.
#[test]
fn no_row_of_a_table_is_lost() {
    let irv = Some(Method::Irv);
    let (labels, profile, _) = read_text("a.csv", "Voter,Ada,Ben\n#1,1,2\n#2,1,2\n3,2,1\n", irv).unwrap();
    assert_eq!(labels, ["Ada", "Ben"]);
    assert_eq!(profile, [("ada>ben".to_owned(), 2), ("ben>ada".to_owned(), 1)]);
    let (labels, profile, _) = read_text("a.csv", "#Ada,Ben,Cleo\n1,2,3\n2,1,3\n", irv).unwrap();
    assert_eq!((labels, profile.len()), (vec!["#Ada".to_owned(), "Ben".into(), "Cleo".into()], 2));
    let (labels, profile, notes) =
        read_text("a.csv", "# of Monday\n# urna title: Lunch\n1st,2nd\n#1 Fan,Ben\nBen,#1 Fan\n", None).unwrap();
    assert_eq!((labels, profile.len()), (vec!["#1 Fan".to_owned(), "Ben".into()], 2));
    assert_eq!(notes, ["Lines passed over that begin with #: 1, the first is “# of Monday”."]);
    for (text, expected) in [
        ("1st,2nd\nAda,Ben\n\"Ben,Ada\nBen,Ada\n", "3:1: The quotation mark that begins this cell is not closed."),
        ("Why,1st,2nd\n\"so,Ada,Ben\nso,Ben,Ada\n\"so\",Ben,Ada\n", "2:1: Something stands behind the quotation mark"),
        ("1st,2nd\nAda,Ben\nBen,No opinion\n", "3:5: “No opinion” doesn’t tell what was marked."),
        ("1st,2nd\nAda,Ben\novervote,Ben\n", "3:1: “overvote” doesn’t tell what was marked."),
    ] {
        let error = read_text("a.csv", text, None).unwrap_err();
        assert!(error.starts_with(expected), "{text}{error}");
    }
    let (labels, profile, notes) =
        read_text("a.csv", "1st,2nd\nAda,Ben\nundervote,\"Ada\"\n-,5\" nail\n", None).unwrap();
    assert_eq!(labels, ["Ada", "Ben", "5\" nail"]);
    assert_eq!(profile.iter().map(|(marks, _)| marks.as_str()).collect::<Vec<_>>(), [">5-nail", ">ada", "ada>ben"]);
    assert_eq!(notes, ["“undervote” is read as a rank that was left blank."]);
    // Old Macs end lines with a carriage return alone.
    for text in ["Ada,Ben,Votes\r1,2,5\r2,1,3\r", "5: Ada > Ben\r3: Ben > Ada\r"] {
        let name = if text.contains('>') { "a.txt" } else { "a.csv" };
        let (_, profile, _) = read_text(name, text, irv).unwrap();
        assert_eq!(profile, [("ada>ben".to_owned(), 5), ("ben>ada".to_owned(), 3)]);
    }
}

/// PrefLib goes by number: a name that no choice could have keeps no file from being counted.
#[test]
fn any_name_of_an_alternative_is_counted_with_a_note() {
    let long = "x".repeat(300);
    let text = format!(
        "# ALTERNATIVE NAME 1: Ada\n# ALTERNATIVE NAME 2: Ada\n# ALTERNATIVE NAME 3: B\u{1}en\n# ALTERNATIVE NAME 4: {long}\n\
         # ALTERNATIVE NAME 5:\n# ALTERNATIVE NAME 6: {long}\n3: 1,2,3,4,5,6\n"
    );
    let (labels, profile, notes) = read_text("a.soc", &text, None).unwrap();
    assert_eq!(labels[..3], ["Ada", "Ada (2)", "B en"]);
    assert!(labels[3].ends_with("x…") && labels[3].chars().count() == 200 && labels[5].ends_with("(2)"), "{labels:?}");
    assert_eq!((labels[4].as_str(), profile.len(), notes.len()), ("Alternative 5", 1, 5));
}

#[test]
fn only_what_is_surely_rows_is_an_election() {
    for text in [
        "10x Ada > Ben\n6x Ben > Ada\n",
        "10 × Ada > Ben\n6 * Ben>Ada\n",
        "10 Ada > Ben\n6 Ben > Ada\n",
        "10:Ada>ben\n6: ben > Ada\n",
    ] {
        let (labels, profile, _) = read_text("a.txt", text, None).unwrap_or_else(|error| panic!("{text}{error}"));
        assert_eq!(labels.len(), 2, "{text}");
        assert_eq!(profile.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [10, 6], "{text}");
    }
    // Names may begin with a number, or be known from other rows.
    let (labels, ..) = read_text("a.txt", "7up > Cola\nCola\n3: Fanta\n", None).unwrap();
    assert_eq!(labels, ["7up", "Cola", "Fanta"]);
    // Choices stand in the order in which the file names them: without lots, that order decides ties.
    let (labels, ..) = read_text("a.txt", "6:Ada\n4: Ben\nCleo\n3:Cleo>Ben>Ada\n", None).unwrap();
    assert_eq!(labels, ["Ada", "Ben", "Cleo"]);
    for text in [
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin/nologin\n",
        "Ada=1&Ben=2",
        "<?xml version=\"1.0\"?>\n<results><a>1</a></results>\n",
        "Dear all,\nthe meeting is on Monday.\n",
        "Dear all,\n",
        "> quoted\n> mail\n",
        "Ada\nBen\n",
        "if (a > b) { return; }\n",
        "if a > b:\n",
        "I went home -> slept\n",
        "12 people came.\n",
        "hello",
    ] {
        let error = read_text("notes.txt", text, None).unwrap_err();
        assert!(error.contains("What is read: tables (CSV)"), "{text}: {error}");
    }
    let (labels, profile, _) = read_text("a.txt", "C# > Java > F# # typed\n2: F# > C#\n#typed too\n", None).unwrap();
    assert_eq!(labels, ["C#", "Java", "F#"]);
    assert_eq!(profile.len(), 2);
    for (text, expected) in [
        ("12 Angry Men > Alien\n", "1:1: “12 Angry Men” may be a name or begin with a number of ballots."),
        ("18:00 > 19:00\n", "1:1: “18:00” may be a name"),
        ("Ada > Ben\n1,000: Ada > Ben\n", "2:1: “1,000: Ada” may be a name"),
        ("Ada > #1 Fan\n", "1:7: “#1 Fan” may be a name or a comment."),
        ("#1 Fan > Ada\n", "1:1: “#1 Fan > Ada” may be a name or a comment."),
        ("3:ada/5=ben/5\n", "1:1: This is ABIF"),
        ("3:ada/5\n", "1:1: This is ABIF"),
        ("3:ada/5>ben\n", "1:1: This is ABIF"),
    ] {
        let error = read_text("a.txt", text, None).unwrap_err();
        assert!(error.starts_with(expected), "{text}{error}");
    }
    for (name, bytes, expected) in [
        ("a.txt", &b"%PDF-1.7\n\xE2\xE3"[..], "1:1: This is a PDF."),
        ("a.xlsx", b"PK\x03\x04\x14\0\xFF", "1:1: This is a spreadsheet"),
        ("a.csv", b"\xFF\xFEA\0,\0", "1:1: This is UTF-16."),
        ("a.csv", b"Ada,B\xE9n\n1,2\n", "1:6: This is not UTF-8."),
        ("a.csv", b"<?xml version=\"1.0\"?>\n<a/>\n", "1:1: This is XML or HTML"),
    ] {
        let format = Format::detect(&String::from_utf8_lossy(bytes), name);
        let error = read(bytes, format, None).unwrap_err().to_string();
        assert!(error.starts_with(expected) && error.contains("What is read: tables (CSV)"), "{error}");
    }
    let error = read_text("a.txt", "Ada > Ben\nBen > Аda\n", None).unwrap_err();
    assert!(error.starts_with("2:7: “Аda” looks like “Ada”."), "{error}");
}

#[test]
fn mistakes_are_reported_with_their_place() {
    let cases = [
        (Format::Csv, "ballots (score),A,B\n1,2,3\n1,2,x\n", "3:5: “x” in the column “B” is no whole number"),
        (
            Format::Csv,
            "ballots (ranking),\"A, \"\"a\"\"\",B\n1,\"1\",x\n",
            "2:7: “x” in the column “B” is no whole number",
        ),
        (Format::Csv, "ballots (pick),A,B\n1,1,1\n", "2:1: More than one choice is marked."),
        (Format::Csv, "A,B\n1,2\n", "1:1: Nothing tells whether the numbers are ranks or scores."),
        (Format::Csv, "ballots (pick),A,A\n", "1:18: “A” is there twice."),
        (Format::Csv, "ballots (pick),A,B\n18446744073709551615,1,\n1,,1\n", "3:1: All ballots together are more than"),
        (Format::Json, "{\"format\": \"urna-election\",\n \"version\": 1, \"kind\": 7}", "2:"),
        (
            Format::Json,
            "{\"format\": \"urna-election\", \"version\": 1, \"kind\": \"pick\",\n\"choices\": [{\"label\": \"A\"}], \"ballots\": [{\"count\": 1, \"marks\": \"b\"}]}",
            "2:64: “b” are no marks",
        ),
        (
            Format::Preflib,
            "# ALTERNATIVE NAME 1: A\n3: 1,{2}\n",
            "2:7: “2” is no choice’s number. The choices are 1 to 1.",
        ),
        (Format::Preflib, "# ALTERNATIVE NAME 1: A\n3: {1\n", "2:4: A “}” is missing."),
        (Format::Blt, "2 1\n3 1 2 1 0\n0\n\"A\"\n\"B\"\n\"T\"", "2:1: “A” is marked twice."),
        (Format::Blt, "2 1\n3 1 3 0\n0\n\"A\"\n\"B\"\n", "2:5: “3” is no choice’s number."),
        (Format::Blt, "99999999999999 1\n", "1:1: “99999999999999” is no number of choices."),
        (Format::Blt, "2 1\n3 1 2", "2:6: The file ends before a 0"),
        (Format::Cef, "#/Candidates: A ; B\nA > B > A\n", "2:1: “A” is marked twice."),
        (
            Format::Cef,
            "#/Candidates: A ; B\n#/Weight Allowed: true\nA ^9999999999 * 9999999999\n",
            "3:1: The weight and the number",
        ),
        (Format::Rows, "A,B\n3: 1,2,3\n", "2:8: This row has more numbers than the 2 choices."),
        (Format::Rows, "A,B\n1,2000\n", "2:1: The score of “B” is above 1000."),
        (Format::Rows, "A,B\n1,2\n# urna lots: 2,2\n", "3:14: The lots need each number from 1 to 2 once"),
        (Format::Rows, "", "1:1: There are no choices in it."),
    ];
    for (format, text, expected) in cases {
        let error = read(text.as_bytes(), format, None).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}\n{error}\n{expected}");
    }
}

/// A text with something changed, as accidents and attackers do.
fn mutated(text: &[u8], rng: &mut TestRng) -> Vec<u8> {
    const WORDS: [&str; 26] = [
        "18446744073709551615",
        "99999999999999999999",
        "4294967296",
        "-1",
        "0",
        "1e9",
        "#",
        "# urna lots: ",
        "# urna kind: score",
        "#/",
        "\"",
        "\\",
        "{",
        "}",
        ">>>",
        "=",
        ",",
        ";",
        ":",
        "\u{202E}",
        "é",
        "\n",
        "\r\n",
        "\t",
        "*",
        "^",
    ];
    let mut bytes = text.to_vec();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..=bytes.len());
        match rng.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 => {
                let word = WORDS[rng.random_range(0..WORDS.len())];
                bytes.splice(at..at, word.bytes());
            }
            2 => {
                let end = (at + rng.random_range(0..20)).min(bytes.len());
                bytes.drain(at..end);
            }
            3 if !text.is_empty() => {
                let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
                bytes.splice(at..at, lines[rng.random_range(0..lines.len())].iter().copied());
            }
            4 => {
                let line: Vec<u8> = bytes.iter().skip(at).take(40).copied().collect();
                (0..rng.random_range(1..30)).for_each(|_| drop(bytes.splice(at..at, line.iter().copied())));
            }
            5 => {
                let digits = bytes.iter().skip(at).position(u8::is_ascii_digit);
                let word = WORDS[rng.random_range(0..6)];
                let _ = digits.map(|n| bytes.splice(at + n..=at + n, word.bytes()).count());
            }
            _ => bytes.truncate(at),
        }
        bytes.truncate(4096);
    }
    bytes
}

/// Reads a text by every parser. What was read is fit to be counted and comes back from every format.
fn survive(bytes: &[u8], name: &str, kind: Kind) {
    let text = String::from_utf8_lossy(bytes);
    let detected = Format::detect(&text, name);
    for format in Format::ALL.into_iter().filter(|format| *format == detected || bytes.len().is_multiple_of(7)) {
        let Ok(election) = read(bytes, format, None) else { continue };
        let keys = election.keys();
        let labels = election.labels();
        let ballots = Ballots::read(election.kind, &keys, &election.profile).unwrap();
        if election.kind == Kind::Approval && bytes.len().is_multiple_of(16) {
            let _ = count(Method::Approval, &election.contest(&keys, &labels), &ballots);
        }
        for (format, text) in back(&election) {
            let again =
                read(text.as_bytes(), format, None).unwrap_or_else(|error| panic!("{format:?} {error}\n{text}"));
            assert_eq!((again.labels(), again.kind), (labels.clone(), election.kind), "{format:?}\n{text}");
            assert_eq!(again.profile.iter().map(|(_, n)| n).sum::<u64>(), ballots.total(), "{format:?}\n{text}");
        }
    }
    let form = Form { kind, most: 5, ties: bytes.len().is_multiple_of(2), blank: true };
    let read: Option<Vec<_>> = marks::read(kind, &text).collect();
    if let Ok(canonical) = Marks::parse(&text, form, ["a", "b", "c"]) {
        assert!(read.is_some() || text.trim().len() < text.len());
        assert_eq!(Marks::parse(canonical.as_str(), form, ["a", "b", "c"]).as_ref(), Ok(&canonical));
    }
    let _ = Ballots::read(kind, &["a", "b", "c"], &[(text.into_owned(), 1)]);
}

#[test]
fn no_cell_of_a_table_is_parted_into_a_formula() {
    let named = |key: &str, label: &str| NamedChoice { key: key.into(), label: label.into() };
    let hostile = [
        "Ben;=1+2",
        "=1;=2;;@3",
        "Cleo;\"=1+1\"",
        "\"=1\"",
        "it's; '-5",
        "Dora; ＝1",
        "''=1;'x;''-",
        "a;b",
        "-",
        "; +1",
    ];
    let labels: Vec<&str> = std::iter::once("Ada").chain(hostile).collect();
    let choices = labels.iter().enumerate().map(|(at, label)| named(&format!("c{at}"), label)).collect();
    let election = Election {
        choices,
        profile: vec![("c0>c1".into(), 2)],
        title: "=1;=2, \"=3\";-4".into(),
        ..Election::new(Kind::Ranking)
    };
    let table = write(&election, Format::Csv).unwrap();
    assert_eq!(read(table.as_bytes(), Format::Csv, None).unwrap().labels(), labels);
    assert!(table.starts_with('\u{feff}'));
    for separator in [b',', b';', b'\t'] {
        let mut cells = csv::ReaderBuilder::new();
        let mut cells = cells.delimiter(separator).has_headers(false).flexible(true).from_reader(table.as_bytes());
        for cell in cells.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
            let start = cell.trim_start_matches(['"', ' ']);
            assert!(!start.starts_with(['=', '+', '-', '@', '＝']), "{cell:?} in {table}");
        }
    }
}

#[test]
fn no_parser_panics() {
    let runs: u64 = std::env::var("URNA_FUZZ").map_or(20_000, |runs| runs.parse().unwrap());
    let mut files: Vec<(String, Vec<u8>)> =
        FOREIGN.iter().map(|(name, text)| ((*name).into(), text.as_bytes().to_vec())).collect();
    for kind in KINDS {
        let ballots = [(vec![], 3), (vec![(1, 1)], 2), (vec![(0, 1)], 900)];
        let election = election(kind, &LABELS[..4], &ballots);
        files.extend(
            back(&election)
                .into_iter()
                .map(|(format, text)| (format!("x.{}", format.extension(&election)), text.into_bytes())),
        );
    }
    files.extend(["a", "a,b", "b>a=c", "a:5,b:0", ""].map(|marks| (String::new(), marks.as_bytes().to_vec())));
    let mut runner = TestRunner::new(Config::default());
    let rng = runner.rng();
    let started = Instant::now();
    for run in 0..runs {
        let (name, text) = &files[run as usize % files.len()];
        let bytes = mutated(text, rng);
        let kind = KINDS[(run / files.len() as u64) as usize % KINDS.len()];
        let survived = panic::catch_unwind(|| survive(&bytes, name, kind));
        assert!(survived.is_ok(), "{name}: {:?}", String::from_utf8_lossy(&bytes));
    }
    println!("{runs} texts of {} files in {:?}", files.len(), started.elapsed());
}
