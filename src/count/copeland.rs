//! Copeland, known as Ranked Robin: the choices that win the most duels are elected; a draw is half a win.
//!
//! Source: Copeland, *A "reasonable" social welfare function* (1951). Of those who win the most duels, the one with the
//! greatest sum of margins over all choices goes first, as Dasgupta and Maskin have it ("The Fairest Vote of All",
//! *Scientific American* 290, 2004: their rank-order score orders alike); then the one with the greatest sum of margins
//! over the other tied; then lots. These are the first two degrees of ties of the Equal Vote Coalition's Ranked Robin
//! (electowiki.org/wiki/Ranked_Robin), whose page names them in the other order. A tie on which no seat hangs
//! stays a tie.

use std::cmp::Reverse;

use super::{
    Ballots, Contest, Cost, Family, Method, OpenRule, Outcome, Pairwise, Reason, Spec, Tie, TieRule,
    condorcet::{self, Found},
    spec::MOST_DUELS,
    tallied,
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "copeland",
    label: "Ranked Robin (Copeland)",
    kind: Kind::Ranking,
    family: Family::Duels,
    several_seats: true,
    shared_ranks: true,
    most_choices: MOST_DUELS,
    open_rules: &[OpenRule::Unranked],
    costs: &[Cost::Pairs],
    is_common: true,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let duels = Pairwise::new(contest, ballots);
    let wins = duels.half_wins();
    let all: Vec<usize> = (0..contest.choices()).collect();
    let mut found = Found::default();
    let mut left = contest.seats;
    for group in tallied::ranked(&wins) {
        let tied = group.len();
        let mut degrees = Vec::new();
        if left > 0 && left < tied {
            degrees.push((TieRule::MarginsOverAll, sums(&duels, &all)));
            degrees.push((TieRule::MarginsOverTied, sums(&duels, &group)));
        }
        part(contest, group, left, &degrees, &mut found);
        left = left.saturating_sub(tied);
    }
    found.reason = Some(Reason::MostDuels { by_margins: !found.ties.is_empty() });
    condorcet::outcome(Method::Copeland, contest, ballots, &duels, found)
}

/// One degree of a tie: the rule, and a sum for each choice.
type Degree = (TieRule, Vec<i128>);

/// Ranks a group that is tied. Where `left` seats divide it, the next degree parts it as far as it can.
fn part(contest: &Contest<'_>, group: Vec<usize>, left: usize, degrees: &[Degree], found: &mut Found) {
    let Some(((rule, sums), lower)) = degrees.split_first().filter(|_| left > 0 && left < group.len()) else {
        found.ranking.push(group);
        return;
    };
    let mut order = group;
    order.sort_by_key(|choice| (Reverse(sums[*choice]), *choice));
    let parts: Vec<&[usize]> = order.chunk_by(|a, b| sums[*a] == sums[*b]).collect();
    if parts.len() > 1 {
        found.ties.push(Tie { at: tallied::tie_at(contest), order: order.clone(), rule: *rule });
    }
    let mut left = left;
    for group in parts {
        part(contest, group.to_vec(), left, lower, found);
        left = left.saturating_sub(group.len());
    }
}

/// Of each choice the sum of its margins over `others`.
fn sums(duels: &Pairwise, others: &[usize]) -> Vec<i128> {
    (0..duels.choices()).map(|one| others.iter().map(|other| duels.margin(one, *other)).sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, Number, count};
    use super::*;

    const KEYS: [&str; 5] = ["a", "b", "c", "d", "e"];

    fn counted(choices: usize, seats: usize, profile: &[(&str, u64)]) -> Outcome {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let keys = &KEYS[..choices];
        let lots = Lots::of(&(0..choices).rev().collect::<Vec<_>>());
        let contest = Contest { seats, lots, ..Contest::new(keys, keys) };
        count(Method::Copeland, &contest, &Ballots::read(Kind::Ranking, keys, &profile).unwrap()).unwrap()
    }

    #[test]
    fn a_tie_goes_by_the_margins_over_all_then_by_those_over_the_tied() {
        // Each wins a duel; the margins are 2, 0 and -2.
        let outcome = counted(3, 1, &[("a>b>c", 3), ("b>c>a", 2), ("c>a>b", 2)]);
        assert_eq!(outcome.tally, [1, 1, 1].map(Number::from));
        assert_eq!((outcome.elected, outcome.ranking), (vec![0], vec![vec![0], vec![1], vec![2]]));
        assert_eq!(outcome.ties[0].rule, TieRule::MarginsOverAll);
        assert_eq!(outcome.reason, Some(Reason::MostDuels { by_margins: true }));
        // a and d win two duels each and have equal margins over all, but a beats d.
        let outcome = counted(4, 1, &[("c>a>b>d", 1), ("d>b>c>a", 1), ("a>d>b>c", 1)]);
        assert_eq!((outcome.ties.len(), outcome.ties[0].order.as_slice()), (1, [0, 3].as_slice()));
        assert_eq!(outcome.ties[0].rule, TieRule::MarginsOverTied);
        assert_eq!(outcome.elected, [0]);
    }

    #[test]
    fn lots_come_last_and_only_where_a_seat_hangs_on_them() {
        let cycle = [("a>b>c", 1), ("b>c>a", 1), ("c>a>b", 1)];
        let outcome = counted(3, 1, &cycle);
        assert_eq!((outcome.elected, outcome.ranking.len()), (vec![2], 1));
        assert!(outcome.ties.iter().all(|tie| tie.rule == TieRule::Lot));
        assert!(counted(3, 3, &cycle).ties.is_empty());
    }
}
