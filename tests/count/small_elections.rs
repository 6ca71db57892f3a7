//! Agreement with elections of our own, which stand in the repository: their winners can be checked by hand.

use std::{collections::BTreeSet, fs};

use urna::{
    count::{Ballots, Contest, Method, count},
    formats::{Election, Format, read},
    marks::Kind,
};

/// What a file expects: a method, its seats, and who is elected.
type Expected = (Method, usize, BTreeSet<String>);

fn expected(text: &str) -> Vec<Expected> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("# expect: "));
    let of_line = |line: &str| {
        let (methods, winners) = line.split_once('=').unwrap_or_else(|| panic!("no winner in {line}"));
        let winners: BTreeSet<String> = winners.split(',').map(|name| name.trim().to_owned()).collect();
        let method = |word: &str| {
            let (name, seats) = word.split_once('/').unwrap_or((word, "1"));
            let method = Method::from_word(name).unwrap_or_else(|| panic!("no method {name}"));
            (method, seats.parse().unwrap(), winners.clone())
        };
        methods.split_whitespace().map(method).collect::<Vec<_>>()
    };
    lines.flat_map(of_line).collect()
}

fn winners(election: &Election, method: Method, seats: usize) -> BTreeSet<String> {
    let (keys, labels) = (election.keys(), election.labels());
    let ballots = Ballots::read(election.kind, &keys, &election.profile).unwrap();
    // Methods of single marks read the first choices of rankings.
    let contest = Contest { seats, ..Contest::new(&keys, &labels) };
    let outcome = count(method, &contest, &ballots).unwrap();
    assert!(!outcome.used_lot(), "a lot decided, and nobody can check that by hand");
    outcome.elected.iter().map(|choice| labels[*choice].to_owned()).collect()
}

#[test]
fn winners_are_those_that_can_be_checked_by_hand() {
    let mut counted = BTreeSet::new();
    let mut files = 0;
    let mut wrong = Vec::new();
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/elections")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "txt") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let usual = text.contains("# marks: approval").then_some(Method::Approval);
        let election = read(text.as_bytes(), Format::Rows, usual).unwrap();
        let expected = expected(&text);
        assert!(!expected.is_empty(), "{} expects nothing", path.display());
        files += 1;
        for (method, seats, who) in expected {
            counted.insert(method.as_str());
            let elected = winners(&election, method, seats);
            if elected != who {
                wrong.push(format!("{}: {} elects {elected:?}, not {who:?}", path.display(), method.as_str()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(files >= 14, "{files} files");
    let missing: Vec<&str> =
        Method::ALL.map(Method::as_str).into_iter().filter(|name| !counted.contains(name)).collect();
    assert!(missing.is_empty(), "no election of our own for {missing:?}");
    assert!(Method::ALL.iter().any(|method| method.kind() == Kind::Score));
}
