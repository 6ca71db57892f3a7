//! Rounds on random ballots: the number of votes stays the same, never too many are elected, and a slow count of IRV
//! agrees.

use proptest::prelude::*;
use urna::{
    count::{Ballots, Contest, Fate, Lots, Method, Number, Outcome, Overvotes, Profile, Quota, Rules, Skipped, count},
    marks::Kind,
};

const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Rankings with shared and skipped ranks, some of them blank.
fn profiles() -> impl Strategy<Value = Profile> {
    let order = Just(KEYS.to_vec()).prop_shuffle();
    let ballot = (
        order,
        0..=5_usize,
        prop::collection::vec(prop_oneof![4 => Just(">"), 1 => Just("="), 1 => Just(">>")], 5),
        1..20_u64,
    );
    let written = ballot.prop_map(|(order, length, signs, number)| {
        let mut text = String::new();
        for (place, key) in order.iter().take(length).enumerate() {
            text.push_str(if place == 0 { "" } else { signs[place] });
            text.push_str(key);
        }
        (text, number)
    });
    prop::collection::vec(written, 0..12)
}

fn rules() -> impl Strategy<Value = Rules> {
    let overvotes = prop_oneof![Just(Overvotes::Split), Just(Overvotes::Skip), Just(Overvotes::Exhaust)];
    let skipped = prop_oneof![Just(Skipped::CloseUp), Just(Skipped::Exhaust)];
    let quota = prop_oneof![Just(Quota::Droop), Just(Quota::Hare)];
    (overvotes, skipped, quota).prop_map(|(overvotes, skipped, quota)| Rules {
        overvotes,
        skipped,
        quota,
        ..Rules::default()
    })
}

fn counted(method: Method, profile: &Profile, rules: &Rules, seats: usize) -> Outcome {
    let ballots = Ballots::read(Kind::Ranking, &KEYS, profile).unwrap();
    let lots = Lots::of(&[3, 1, 4, 0, 2]);
    count(method, &Contest { seats, rules: rules.clone(), lots, ..Contest::new(&KEYS, &KEYS) }, &ballots).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_vote_is_made_or_lost(profile in profiles(), rules in rules(), seats in 1..5_usize) {
        for method in [Method::TwoRound, Method::Irv, Method::Stv, Method::StvMeek] {
            let seats = if method.takes_seats() { seats } else { 1 };
            let outcome = counted(method, &profile, &rules, seats);
            for round in &outcome.rounds {
                let votes: Number = round.standings.iter().map(|standing| standing.votes.clone()).sum();
                let apart = [&round.exhausted, &round.lost].into_iter().flatten().cloned().sum::<Number>();
                prop_assert_eq!(votes + apart, Number::from(outcome.ballots - outcome.blank), "{:?}", outcome);
            }
            // What flows is what the next round has more, or what it has exhausted.
            for two in outcome.rounds.windows(2).filter(|_| method != Method::StvMeek) {
                for standing in &two[1].standings {
                    let before = two[0].standings.iter().find(|it| it.choice == standing.choice).unwrap();
                    let flows = two[0].flows.iter().filter(|flow| flow.to == Some(standing.choice));
                    let got: Number = flows.map(|flow| flow.votes.clone()).sum();
                    let gave = two[0].flows.iter().any(|flow| flow.from == standing.choice);
                    prop_assert!(gave || before.fate == Fate::Elected || before.votes.clone() + got == standing.votes);
                }
            }
            let mut all: Vec<usize> = outcome.ranking.concat();
            all.sort_unstable();
            prop_assert_eq!(all, [0, 1, 2, 3, 4]);
            prop_assert!(outcome.elected.len() <= seats);
            let some = outcome.tally.iter().any(|votes| !votes.is_zero());
            prop_assert!(outcome.elected.len() == seats || !some || matches!(method, Method::TwoRound | Method::Irv));
            let first: Vec<usize> = outcome.ranking.iter().flatten().copied().take(outcome.elected.len()).collect();
            prop_assert!(outcome.used_lot() || first.iter().all(|choice| outcome.elected.contains(choice)));
        }
    }

    #[test]
    fn instant_runoff_agrees_with_a_count_ballot_by_ballot(profile in profiles()) {
        let rules = Rules { overvotes: Overvotes::Skip, ..Rules::default() };
        let outcome = counted(Method::Irv, &profile, &rules, 1);
        let mut left: Vec<usize> = (0..KEYS.len()).collect();
        for round in &outcome.rounds {
            for choice in &left {
                let mut votes = 0;
                for (text, number) in &profile {
                    let alone = text.split('>').filter(|rank| !rank.is_empty() && !rank.contains('='));
                    let mut places = alone.map(|rank| KEYS.iter().position(|key| *key == rank).unwrap());
                    votes += if places.find(|place| left.contains(place)) == Some(*choice) { *number } else { 0 };
                }
                let standing = round.standings.iter().find(|standing| standing.choice == *choice).unwrap();
                prop_assert_eq!(&standing.votes, &Number::from(votes));
            }
            let fewest = round.standings.iter().map(|standing| &standing.votes).min().unwrap();
            for standing in &round.standings {
                prop_assert!(standing.fate != Fate::Eliminated || standing.votes == *fewest);
            }
            left.retain(|choice| round.standings.iter().any(|it| it.choice == *choice && it.fate != Fate::Eliminated));
        }
    }
}
