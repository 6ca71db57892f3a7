//! Plurality: the choices that most ballots name are elected. With several seats each ballot names as many
//! choices as there are seats (the bloc vote).
//!
//! Source: Duverger, *Les partis politiques* (1951), there "scrutin majoritaire à un tour". Read off rankings, a
//! vote goes to the first rank; shared and skipped ranks are as [`Rules`](super::Rules) say.

use super::{
    Ballots, Contest, Family, Method, Number, OpenRule, Outcome, Spec, Unit,
    tallied::{self, Tallied},
    transfers,
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "plurality",
    label: "Pick one (plurality)",
    kind: Kind::Pick,
    family: Family::Numbers,
    several_seats: true,
    shared_ranks: false,
    most_choices: usize::MAX,
    open_rules: &[OpenRule::Overvotes, OpenRule::Skipped],
    costs: &[],
    is_common: true,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let tally = if ballots.kind() == Kind::Ranking { first_ranks(contest, ballots) } else { marked(contest, ballots) };
    tallied::outcome(Method::Plurality, contest, ballots, Tallied { tally, unit: Unit::Votes })
}

/// How many ballots mark each choice.
pub(super) fn marked(contest: &Contest<'_>, ballots: &Ballots) -> Vec<Number> {
    let mut votes = vec![0_u64; contest.choices()];
    for ballot in ballots.iter() {
        for mark in ballot.marks {
            votes[mark.choice as usize] += ballot.count;
        }
    }
    votes.into_iter().map(Number::from).collect()
}

/// The votes of the first ranks, in fractions where choices share one and a vote is divided.
fn first_ranks(contest: &Contest<'_>, ballots: &Ballots) -> Vec<Number> {
    let mut whole = vec![0_u64; contest.choices()];
    let mut shared = vec![Number::default(); contest.choices()];
    for ballot in ballots.iter() {
        match transfers::next_rank(ballot.marks, 0, &contest.rules, |_| true) {
            Some((_, [one])) => whole[one.choice as usize] += ballot.count,
            Some((_, rank)) => {
                for mark in rank {
                    shared[mark.choice as usize] += Number::ratio(ballot.count, rank.len());
                }
            }
            None => {}
        }
    }
    whole.into_iter().map(Number::from).zip(shared).map(|(whole, shared)| whole + shared).collect()
}

#[cfg(test)]
mod tests {
    use super::super::count;
    use super::*;

    fn counted(text: &[(&str, u64)], kind: Kind, seats: usize) -> Outcome {
        let keys = ["gummi", "pita", "cleo"];
        let profile: Vec<(String, u64)> = text.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { seats, ..Contest::new(&keys, &keys) };
        count(Method::Plurality, &contest, &Ballots::read(kind, &keys, &profile).unwrap()).unwrap()
    }

    fn whole(numbers: &[u64]) -> Vec<Number> {
        numbers.iter().copied().map(Number::from).collect()
    }

    #[test]
    fn the_parts_add_up_and_the_most_named_is_elected() {
        let outcome = counted(&[("pita", 3), ("gummi", 5), ("", 1)], Kind::Pick, 1);
        assert_eq!(outcome.tally, whole(&[5, 3, 0]));
        assert_eq!((outcome.ballots, outcome.blank), (9, 1));
        assert_eq!(outcome.elected, [0]);
        assert_eq!(outcome.ranking, [[0], [1], [2]]);
        assert!(outcome.ties.is_empty());
    }

    #[test]
    fn a_tie_is_settled_by_lot_and_said() {
        let outcome = counted(&[("pita", 2), ("gummi", 2)], Kind::Pick, 1);
        assert_eq!(outcome.elected, [0]);
        assert_eq!(outcome.ranking, [vec![0, 1], vec![2]]);
        assert!(outcome.used_lot());
    }

    #[test]
    fn nobody_is_elected_without_a_vote() {
        for profile in [&[][..], &[("", 3)]] {
            assert!(counted(profile, Kind::Pick, 1).elected.is_empty());
        }
    }

    #[test]
    fn several_seats_are_a_bloc_vote() {
        let outcome = counted(&[("cleo,pita", 2), ("gummi,pita", 1)], Kind::Approval, 2);
        assert_eq!(outcome.elected, [1, 2]);
    }

    #[test]
    fn a_shared_first_rank_is_divided() {
        let outcome = counted(&[("gummi=pita=cleo", 1), ("pita>gummi", 1)], Kind::Ranking, 1);
        assert_eq!(outcome.tally, [Number::ratio(1, 3), Number::ratio(4, 3), Number::ratio(1, 3)]);
    }
}
