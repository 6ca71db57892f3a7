//! The Tideman collection: 56 real elections, each counted twice by another program (Condorcet PHP 4.5), once with
//! the choices left off a ballot ignored and once with them last. Every method that both have is compared, in full.
//!
//! Reads `tideman-*.json` in `../shared/elections` or `$URNA_ELECTIONS`. Where the folder is missing the
//! test is skipped. Disagreements must be exactly those of `tideman/explained.rs`.

mod explained;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde::Deserialize;
use urna::{
    count::{Ballots, Contest, Method, Outcome, Overvotes, Profile, Rules, Unranked, count},
    marks::Kind,
};

use crate::helpers::elections;

#[derive(Deserialize)]
struct Election {
    id: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    unranked: String,
    candidates: Vec<String>,
    ballots: Vec<(u64, Vec<Vec<String>>)>,
    expected: BTreeMap<String, serde_json::Value>,
}

/// A count of ours beside theirs; choices by their positions.
struct Compared<'c> {
    contest: &'c Contest<'c>,
    ballots: &'c Ballots,
    ours: &'c Outcome,
    theirs: &'c [Vec<usize>],
}

/// What was found of one expectation, by file and run.
#[derive(Default)]
struct Found {
    agree: usize,
    disagree: BTreeSet<String>,
}

#[test]
fn every_count_agrees_but_for_what_a_rule_explains() {
    let files = elections::files("tideman-");
    if files.is_empty() {
        return;
    }
    let (mut found, mut untrue) = (BTreeMap::<String, Found>::new(), Vec::new());
    for file in &files {
        let election: Election = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        for run in &election.runs {
            untrue.extend(compare(&format!("{} {}", election.id, run.unranked), run, &mut found));
        }
    }
    for (expectation, Found { agree, disagree }) in &found {
        let disagreeing: Vec<&str> = disagree.iter().map(String::as_str).collect();
        println!("{expectation}: {agree} agree, {} do not: {}", disagree.len(), disagreeing.join(", "));
    }
    let explained = |expectation: &str| -> BTreeSet<String> {
        let of_it = explained::all().filter(|explained| explained.expectation == expectation);
        of_it.flat_map(|explained| explained.runs).map(|run| (*run).to_owned()).collect()
    };
    let unexplained: Vec<_> = found.iter().filter(|(expectation, it)| it.disagree != explained(expectation)).collect();
    let unexplained: Vec<&String> = unexplained.into_iter().map(|(expectation, _)| expectation).collect();
    assert!(unexplained.is_empty(), "not as the table says: {unexplained:?}");
    assert!(untrue.is_empty(), "explained by a rule that makes no such difference: {untrue:#?}");
}

/// Compares one run, and returns the explanations that are untrue of it.
fn compare(name: &str, run: &Run, found: &mut BTreeMap<String, Found>) -> Vec<String> {
    let keys: Vec<String> = (1..=run.candidates.len()).map(|number| number.to_string()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let labels: Vec<&str> = run.candidates.iter().map(String::as_str).collect();
    let position = |label: &str| labels.iter().position(|other| *other == label).unwrap();
    let written = |rank: &Vec<String>| rank.iter().map(|label| keys[position(label)]).collect::<Vec<_>>().join("=");
    let marks = |ranks: &[Vec<String>]| ranks.iter().map(written).collect::<Vec<_>>().join(">");
    let profile: Profile = run.ballots.iter().map(|(number, ranks)| (marks(ranks), *number)).collect();
    let ballots = Ballots::read(Kind::Ranking, &keys, &profile).unwrap();
    let unranked = if run.unranked == "ignored" { Unranked::Ignored } else { Unranked::Last };
    let mut untrue = Vec::new();
    for (expectation, value) in &run.expected {
        let Some(method) = method(expectation) else { continue };
        let seats = if method == Method::Stv { run.expected["stv_seats"].as_u64().unwrap() as usize } else { 1 };
        // Its documentation: in the transfer methods a shared rank counts as if it were not there.
        let transfers = matches!(method, Method::Irv | Method::Stv);
        let overvotes = if transfers { Overvotes::Skip } else { Overvotes::Split };
        let rules = Rules { unranked, overvotes, ..Rules::default() };
        let contest = Contest { seats, rules, ..Contest::new(&keys, &labels) };
        let it = found.entry(expectation.clone()).or_default();
        let ours = count(method, &contest, &ballots).unwrap();
        let theirs: Vec<Vec<usize>> = match value {
            serde_json::Value::Array(groups) => {
                let names = groups.iter().map(|group| group.as_array().unwrap());
                names.map(|group| group.iter().map(|label| position(label.as_str().unwrap())).collect()).collect()
            }
            name => name.as_str().map(position).into_iter().map(|choice| vec![choice]).collect(),
        };
        let compared = Compared { contest: &contest, ballots: &ballots, ours: &ours, theirs: &theirs };
        if agrees(expectation, &compared) {
            it.agree += 1;
            continue;
        }
        it.disagree.insert(name.to_owned());
        let mut explained = explained::all().filter(|explained| explained.expectation == expectation);
        match explained.find(|explained| explained.runs.contains(&name)) {
            Some(explained) if (explained.holds)(&compared) => {}
            Some(explained) => untrue.push(format!("{name}, {expectation}: {}", explained.why)),
            None => println!("{name}, {expectation}: ours {:?}, theirs {theirs:?}", ours.ranking),
        }
    }
    untrue
}

/// Our method for an expectation; minimax by opposition is not one of ours.
fn method(expectation: &str) -> Option<Method> {
    Some(match expectation {
        "borda" => Method::Borda,
        "condorcet_winner" | "copeland" => Method::Copeland,
        "dowdall" => Method::Dowdall,
        "irv" => Method::Irv,
        "minimax_margin" => Method::MinimaxMargins,
        "minimax_winning" => Method::Minimax,
        "plurality" => Method::Plurality,
        "ranked_pairs_margin" => Method::RankedPairsMargins,
        "ranked_pairs_winning" => Method::RankedPairs,
        "schulze_margin" => Method::SchulzeMargins,
        "schulze_winning" => Method::Schulze,
        "stv" => Method::Stv,
        "two_round" => Method::TwoRound,
        "minimax_opposition" | "stv_seats" => return None,
        unknown => panic!("an expectation that nothing is known of: {unknown}"),
    })
}

fn agrees(expectation: &str, compared: &Compared<'_>) -> bool {
    match expectation {
        "condorcet_winner" => compared.theirs.iter().flatten().copied().eq(condorcet_winner(compared.ours)),
        "stv" => as_set(std::slice::from_ref(&compared.ours.elected)) == as_set(compared.theirs),
        _ => sorted(&compared.ours.ranking) == sorted(compared.theirs),
    }
}

/// Who beats everybody in the first matrix, that of the duels.
fn condorcet_winner(outcome: &Outcome) -> Option<usize> {
    let duels = &outcome.matrices[0].rows;
    let beats = |one: usize, other: usize| one == other || duels[one][other] > duels[other][one];
    (0..duels.len()).find(|one| (0..duels.len()).all(|other| beats(*one, other)))
}

fn as_set(groups: &[Vec<usize>]) -> BTreeSet<usize> {
    groups.iter().flatten().copied().collect()
}

fn sorted(groups: &[Vec<usize>]) -> Vec<BTreeSet<usize>> {
    groups.iter().map(|group| group.iter().copied().collect()).collect()
}
