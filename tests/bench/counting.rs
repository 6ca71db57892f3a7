//! How long counts take on one core: reading the profile, and each method, in milliseconds.

use std::{collections::BTreeSet, time::Instant};

use urna::{
    count::{Ballots, Contest, Method, Profile, count},
    marks::Kind,
};

/// 1,000,000 ballots by every method; many choices by those that many choices are hard for.
pub fn methods() {
    println!("\n## Counting on one core, in milliseconds: the profile read, and counted");
    println!("1,000,000 ballots, 100,000 of them distinct, of 10 choices: each method is to take less than 2,000");
    let mut dice = Dice(1);
    for kind in [Kind::Pick, Kind::Approval, Kind::Ranking, Kind::Score] {
        // So few picks can be distinct that plurality is timed on rankings, too.
        let distinct = if kind == Kind::Pick {
            10
        } else if kind == Kind::Approval {
            1_000
        } else {
            100_000
        };
        let profile = profile(&mut dice, kind, 10, 10, distinct, 1_000_000);
        for method in Method::ALL.into_iter().filter(|method| method.reads(kind)) {
            time(method, kind, 10, 1, &profile);
            if [Method::Stv, Method::StvMeek].contains(&method) {
                time(method, kind, 10, 4, &profile);
            }
        }
    }
    println!("100,000 ballots, 10,000 of them distinct, of 100 choices, all ranked: less than 1,000");
    let hundred = profile(&mut dice, Kind::Ranking, 100, 100, 10_000, 100_000);
    for method in [Method::Schulze, Method::SchulzeMargins, Method::RankedPairs, Method::RankedPairsMargins] {
        time(method, Kind::Ranking, 100, 1, &hundred);
    }
    println!("100,000 distinct ballots of 1,000 choices, 20 of them ranked: less than 5,000");
    let thousand = profile(&mut dice, Kind::Ranking, 1_000, 20, 100_000, 100_000);
    time(Method::Irv, Kind::Ranking, 1_000, 1, &thousand);
}

fn time(method: Method, kind: Kind, choices: usize, seats: usize, profile: &Profile) {
    let keys: Vec<String> = (0..choices).map(key).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let started = Instant::now();
    let ballots = Ballots::read(kind, &keys, profile).expect("ballots of these choices");
    let read = started.elapsed();
    let contest = Contest { seats, ..Contest::new(&keys, &keys) };
    let outcome = count(method, &contest, &ballots).expect("it reads such ballots");
    let counted = started.elapsed() - read;
    assert_eq!(outcome.elected.len(), seats);
    let (read, counted) = (read.as_secs_f64() * 1000.0, counted.as_secs_f64() * 1000.0);
    println!("{read:8.1} + {counted:8.1}  {}, {kind:?}, {seats} to elect", method.as_str());
}

/// So many ballots that mark `marked` of the choices each, `distinct` of them, equally often.
fn profile(dice: &mut Dice, kind: Kind, choices: usize, marked: usize, distinct: usize, ballots: u64) -> Profile {
    let mut texts = BTreeSet::new();
    let mut order: Vec<usize> = (0..choices).collect();
    while texts.len() < distinct {
        for place in 0..marked {
            order.swap(place, place + dice.below(choices - place));
        }
        let marks = order[..marked].iter();
        texts.insert(match kind {
            Kind::Pick => key(order[0]),
            Kind::Approval => {
                let approved: Vec<String> = marks.filter(|_| dice.below(2) == 0).map(|choice| key(*choice)).collect();
                approved.join(",")
            }
            Kind::Ranking => marks.map(|choice| key(*choice)).collect::<Vec<_>>().join(">"),
            Kind::Score => {
                let scored: Vec<String> = marks.map(|choice| format!("{}:{}", key(*choice), dice.below(6))).collect();
                scored.join(",")
            }
        });
    }
    texts.into_iter().map(|text| (text, ballots / distinct as u64)).collect()
}

fn key(choice: usize) -> String {
    format!("choice-{choice}")
}

/// The same throws on every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) % limit as u64) as usize
    }
}
