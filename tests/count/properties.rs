//! Properties of every count, on random polls from a fixed seed: methods are fair to choices and to ballots, lose no
//! vote, and agree with a slow count by the definitions.

mod poll;
mod slowly;

use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};
use urna::{
    count::{Elimination, Fate, Method, Number, Outcome, Rules, Until},
    marks::Kind,
};

use super::CONDORCET;
use poll::{Poll, any_poll, order, orders, poll_of, strict_poll};

/// The methods that copies of a choice make no difference to.
const CLONE_PROOF: [Method; 4] =
    [Method::Schulze, Method::SchulzeMargins, Method::RankedPairs, Method::RankedPairsMargins];

fn config() -> Config {
    Config { cases: 256, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn other_names_elect_the_same((names, poll) in any_poll().prop_flat_map(|poll| (order(poll.choices), Just(poll)))) {
        let mut renamed = poll.clone();
        renamed.lots.iter_mut().for_each(|choice| *choice = names[*choice]);
        renamed.rules.write_ins = poll.rules.write_ins.map(|choice| names[choice]);
        renamed.rows.iter_mut().flat_map(|(marked, _)| marked).for_each(|(choice, _)| *choice = names[*choice]);
        let same: Vec<usize> = (0..poll.choices).collect();
        for (method, outcome) in poll.counts() {
            let other = Kept::of(&renamed.count(method).unwrap(), &same);
            prop_assert_eq!(Kept::of(&outcome, &names), other, "{:?}", method);
        }
    }

    #[test]
    fn how_many_go_at_a_time_changes_no_winner(poll in any_poll()) {
        let elected = |elimination, until| {
            let poll = Poll { rules: Rules { elimination, until, ..poll.rules.clone() }, seats: 1, ..poll.clone() };
            poll.count(Method::Irv).filter(|outcome| outcome.ties.is_empty()).map(|outcome| outcome.elected)
        };
        let plain = elected(Elimination::One, Until::Majority);
        for (elimination, until) in [
            (Elimination::Batch, Until::Majority),
            (Elimination::One, Until::Two),
            (Elimination::Batch, Until::Two),
        ] {
            if let (Some(plain), Some(other)) = (&plain, elected(elimination, until)) {
                prop_assert_eq!(plain, &other, "{:?} {:?}", elimination, until);
            }
        }
    }

    #[test]
    fn only_the_number_of_equal_ballots_counts(poll in any_poll(), turn in 0..9_usize) {
        let mut turned = poll.clone();
        turned.rows.reverse();
        let turn = turn.min(turned.rows.len());
        turned.rows.rotate_left(turn);
        let one_by_one: Vec<_> = poll.ballots().map(|marked| (marked.clone(), 1)).collect();
        let mut merged: BTreeMap<_, u64> = BTreeMap::new();
        for (marked, n) in &poll.rows {
            *merged.entry(marked.clone()).or_default() += n;
        }
        for (method, outcome) in poll.counts() {
            for rows in [turned.rows.clone(), one_by_one.clone(), merged.clone().into_iter().collect()] {
                let other = Poll { rows, ..poll.clone() }.count(method).unwrap();
                prop_assert_eq!(&outcome, &other, "{:?}", method);
            }
        }
    }

    #[test]
    fn no_vote_is_lost(poll in any_poll()) {
        for (method, outcome) in poll.counts() {
            for round in outcome.rounds.iter().filter(|round| round.exhausted.is_some()) {
                let standing: Number = round.standings.iter().map(|standing| standing.votes.clone()).sum();
                let gone: Number = [&round.exhausted, &round.lost].into_iter().flatten().cloned().sum();
                prop_assert_eq!(standing + gone, Number::from(poll.valid()), "{:?}, {:?}", method, round.stage);
            }
        }
    }

    #[test]
    fn the_elected_are_the_first_of_the_ranking(poll in any_poll()) {
        for (method, outcome) in poll.counts() {
            let mut ranked = outcome.ranking.concat();
            let place = |choice: &usize| outcome.ranking.iter().position(|group| group.contains(choice));
            let places: Vec<_> = outcome.elected.iter().map(place).collect();
            prop_assert!(places.is_sorted(), "{:?}: {:?} of {:?}", method, outcome.elected, outcome.ranking);
            let first_missed = (0..poll.choices).filter(|choice| !outcome.elected.contains(choice)).map(|it| place(&it)).min();
            let passed_over = first_missed.is_some_and(|first| places.iter().any(|place| *place > first));
            prop_assert!(!passed_over, "{:?}: {:?} of {:?}", method, outcome.elected, outcome.ranking);
            ranked.sort_unstable();
            prop_assert_eq!(ranked, (0..poll.choices).collect::<Vec<_>>());
            prop_assert_eq!(outcome.elected.iter().collect::<BTreeSet<_>>().len(), outcome.elected.len());
            prop_assert_eq!(outcome.reason.is_none(), outcome.elected.is_empty());
            prop_assert_eq!(outcome.tally.len(), poll.choices);
        }
    }

    #[test]
    fn as_many_are_elected_as_there_are_seats(poll in any_poll()) {
        for (method, outcome) in poll.counts() {
            prop_assert!(outcome.elected.len() <= poll.seats, "{:?}", method);
        }
        let poll = Poll { rules: Rules::default(), ..poll };
        let seats = if poll.valid() == 0 { 0 } else { poll.seats.min(poll.choices) };
        for (method, outcome) in poll.counts() {
            prop_assert_eq!(outcome.elected.len(), seats, "{:?}", method);
        }
        let blank = Poll { rows: vec![(Vec::new(), 3)], ..poll };
        prop_assert!(blank.counts().all(|(_, outcome)| outcome.elected.is_empty() && outcome.blank == 3));
    }

    #[test]
    fn who_beats_every_other_is_elected(poll in any_poll()) {
        let poll = Poll { seats: 1, ..poll };
        let winner = slowly::condorcet_winner(&slowly::duels(&poll)).filter(|_| poll.valid() > 0);
        for outcome in CONDORCET.into_iter().filter_map(|method| poll.count(method)).filter(|_| winner.is_some()) {
            prop_assert_eq!(outcome.elected.first().copied(), winner, "{:?}", outcome.method);
            prop_assert!(!outcome.used_lot());
        }
    }

    #[test]
    fn a_lot_is_reported_exactly_where_another_order_elects_otherwise(poll in poll_of(4)) {
        let elected = |outcome: Outcome| outcome.elected.into_iter().collect::<BTreeSet<_>>();
        for (method, outcome) in poll.counts() {
            let (used_lot, by_these) = (outcome.used_lot(), elected(outcome));
            let mut orders = orders(poll.choices).into_iter();
            let other = orders.find(|lots| {
                let other = Poll { lots: lots.clone(), ..poll.clone() };
                other.count(method).is_some_and(|outcome| elected(outcome) != by_these)
            });
            prop_assert_eq!(used_lot, other.is_some(), "{:?} elects {:?}, by lots {:?} others", method, by_these, other);
        }
    }

    #[test]
    fn who_is_level_is_elected_by_some_orders_of_the_lots_only(poll in poll_of(4)) {
        for (method, outcome) in poll.counts().filter(|(_, outcome)| !outcome.level.is_empty()) {
            let polls = orders(poll.choices).into_iter().map(|lots| Poll { lots, ..poll.clone() });
            let elected: Vec<Vec<usize>> = polls.filter_map(|poll| Some(poll.count(method)?.elected)).collect();
            for choice in &outcome.level {
                let times = elected.iter().filter(|elected| elected.contains(choice)).count();
                prop_assert!((1..elected.len()).contains(&times), "{:?}: {:?}, {}", method, outcome.level, choice);
            }
            let by_lot = outcome.level.iter().filter(|choice| outcome.elected.contains(choice)).count();
            prop_assert!((1..outcome.level.len()).contains(&by_lot), "{:?}: {:?}", method, outcome.level);
        }
    }

    #[test]
    fn clones_change_nothing(poll in strict_poll(), of in 0..4_usize, turns in prop::collection::vec(0..3_usize, 9)) {
        let (of, first) = (of % poll.choices, poll.choices);
        let mut cloned = Poll { choices: first + 2, ..poll.clone() };
        for ((marked, _), turn) in cloned.rows.iter_mut().zip(turns) {
            let rank = marked.iter().find(|(choice, _)| *choice == of).map_or(0, |(_, rank)| *rank);
            marked.retain(|(choice, _)| *choice != of);
            marked.iter_mut().filter(|(_, below)| *below > rank).for_each(|(_, below)| *below += 2);
            // Three in a row, in an order that may make a cycle of them.
            let mut three = [of, first, first + 1];
            three.rotate_left(turn);
            marked.extend(three.into_iter().zip(rank..));
        }
        cloned.lots.extend([first, first + 1]);
        for method in CLONE_PROOF {
            let (outcome, with_clones) = (poll.count(method).unwrap(), cloned.count(method).unwrap());
            if outcome.ties.is_empty() && with_clones.ties.is_empty() {
                let winner = with_clones.elected[0];
                prop_assert_eq!(outcome.elected[0], if winner < first { winner } else { of }, "{:?}", method);
            }
        }
    }

    #[test]
    fn a_slow_count_agrees_on_marks_and_scores(poll in any_poll()) {
        let whole = |numbers: Vec<u64>| Some(numbers.into_iter().map(Number::from).collect::<Vec<_>>());
        let tally = |method| poll.count(method).map(|outcome: Outcome| outcome.tally);
        match poll.kind {
            Kind::Pick | Kind::Approval => {
                prop_assert_eq!(tally(Method::Plurality), whole(slowly::marks(&poll)));
                prop_assert_eq!(tally(Method::Approval), whole(slowly::marks(&poll)));
            }
            Kind::Score => {
                prop_assert_eq!(tally(Method::Score), whole(slowly::scores(&poll)));
                prop_assert_eq!(tally(Method::Star), whole(slowly::scores(&poll)));
                prop_assert_eq!(tally(Method::MajorityJudgment), whole(slowly::median_grades(&poll)));
            }
            Kind::Ranking => {}
        }
    }

    #[test]
    fn a_slow_count_agrees_on_duels_and_paths(poll in any_poll()) {
        let duels = slowly::duels(&poll);
        if let Some(outcome) = poll.count(Method::Copeland) {
            let halves: Vec<Number> = slowly::half_wins(&duels).into_iter().map(|n| Number::ratio(n, 2)).collect();
            prop_assert_eq!(&outcome.tally, &halves);
            prop_assert_eq!(&outcome.matrices[0].rows, &duels);
        }
        for (method, margins) in [(Method::Schulze, false), (Method::SchulzeMargins, true)] {
            if let Some(outcome) = poll.count(method).filter(|_| poll.choices <= 4) {
                let paths = slowly::strongest_paths(&duels, margins);
                prop_assert_eq!(&outcome.matrices[1].rows, &paths);
                prop_assert_eq!(outcome.ranking, slowly::unbeaten(&paths));
            }
        }
    }

    #[test]
    fn a_slow_count_agrees_on_points_and_runoffs(poll in strict_poll()) {
        if let Some(outcome) = poll.count(Method::Borda) {
            let points = slowly::borda(&poll);
            let by_points = |one: &usize, other: &usize| points[*one] >= points[*other];
            prop_assert!(outcome.ranking.concat().is_sorted_by(by_points), "{:?} of {:?}", outcome.ranking, points);
        }
        if let (Some(outcome), Some(winner)) = (poll.count(Method::Irv), slowly::instant_runoff(&poll)) {
            prop_assert_eq!(outcome.elected, [winner]);
        }
        if let (Some(outcome), Some(winner)) = (poll.count(Method::Baldwin), slowly::baldwin(&poll)) {
            prop_assert_eq!(outcome.elected, [winner]);
        }
    }
}

/// What is to be the same of an outcome when choices get other names.
#[derive(Debug, PartialEq)]
struct Kept {
    elected: BTreeSet<usize>,
    ranking: Vec<BTreeSet<usize>>,
    tally: BTreeMap<usize, Number>,
    rounds: Vec<BTreeMap<usize, (Number, Fate)>>,
}

impl Kept {
    fn of(outcome: &Outcome, names: &[usize]) -> Self {
        let name = |choice: &usize| names[*choice];
        let rounds = outcome.rounds.iter().map(|round| {
            let standings = round.standings.iter();
            standings.map(|standing| (name(&standing.choice), (standing.votes.clone(), standing.fate))).collect()
        });
        Self {
            elected: outcome.elected.iter().map(name).collect(),
            ranking: outcome.ranking.iter().map(|group| group.iter().map(name).collect()).collect(),
            tally: names.iter().copied().zip(outcome.tally.iter().cloned()).collect(),
            rounds: rounds.collect(),
        }
    }
}
