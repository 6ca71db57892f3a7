//! The cases of the STAR Voting Library, each counted by its own method, and its winners compared.
//!
//! Methods there that Urna does not have are skipped by name. Cases that disagree, each with the rule that makes it:
//!
//! | case | rule |
//! |---|---|
//! | `bv1570-6hv7jf-undecided-plurality` | No ballot marks a choice: nobody is elected. The reference takes the first choice listed. |
//! | `cycle-C10-fewV29-bloc-2` | A, C and F tie for the runoff, and each duel of theirs is drawn. STAR's next rule, more of the highest scores, passes A over (0 ballots, C and F 9); the reference takes A, the first listed. |
//! | `expected-winner-mismatch` | One ballot, Chocolate 5 and Vanilla 3: the reference expects Vanilla on purpose, to test its own test. |
//! | `wrong-winner-set-multiwinner` | Sums of 1, 7 and 15 for two seats: the reference expects the one with 1 on purpose, likewise. |

use std::{collections::BTreeMap, fs};

use serde::Deserialize;
use urna::{
    count::{Ballots, count},
    formats::{Format, read},
};

use crate::helpers::elections;

/// Proportional methods on scores, and one with three steps, that are not counted here.
const SKIPPED: [&str; 4] = ["allocated", "sss", "rrv", "3-2-1"];

/// The cases of the table above.
const EXPLAINED: [&str; 4] = [
    "bv1570-6hv7jf-undecided-plurality",
    "cycle-C10-fewV29-bloc-2",
    "expected-winner-mismatch",
    "wrong-winner-set-multiwinner",
];

#[derive(Deserialize)]
struct Expected {
    voting_method: Option<String>,
    expected_winners: Vec<String>,
}

#[test]
fn winners_are_those_of_the_star_voting_library() {
    let files = elections::files("star-");
    if files.is_empty() {
        return;
    }
    let mut methods: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut skipped = 0;
    let mut different = Vec::new();
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(file).unwrap();
        let expected: Expected = serde_json::from_slice(&bytes).unwrap();
        if expected.voting_method.is_some_and(|method| SKIPPED.contains(&method.as_str())) {
            skipped += 1;
            continue;
        }
        let election = read(&bytes, Format::Json, None).unwrap_or_else(|error| panic!("{name}:{error}"));
        let (keys, labels) = (election.keys(), election.labels());
        let ballots = Ballots::read(election.kind, &keys, &election.profile).unwrap();
        let method = election.usual_method();
        let outcome = count(method, &election.contest(&keys, &labels), &ballots)
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let mut elected: Vec<&str> = outcome.elected.iter().map(|choice| labels[*choice]).collect();
        let mut winners = expected.expected_winners;
        elected.sort_unstable();
        winners.sort_unstable();
        let (agree, all) = methods.entry(method.as_str()).or_default();
        *all += 1;
        *agree += u32::from(elected == winners);
        if elected != winners {
            println!("{name}: {} elects {elected:?}, expected {winners:?}", method.as_str());
            different.push(name.trim_start_matches("star-").trim_end_matches(".json").to_owned());
        }
    }
    for (method, (agree, all)) in &methods {
        println!("{method:10} {agree:3} of {all:3} agree");
    }
    println!("{skipped} skipped, of methods that are not counted here");
    assert_eq!(different, EXPLAINED);
}
