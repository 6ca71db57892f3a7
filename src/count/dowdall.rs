//! Dowdall (the system of Nauru): 1 point for the first rank, 1/2 for the second, 1/3 for the third …; the most
//! points win.
//!
//! Source: Nauru's Electoral Act 1971, by Desmond Dowdall; Fraenkel and Grofman, *Australian Journal of Political
//! Science* 49 (2014). Nauru has every choice ranked. Rules that others leave open: choices that share a rank share
//! its points evenly. With [`Unranked::Last`] those that a ballot leaves out share a last rank, with
//! [`Unranked::Ignored`] they have nothing. Skipped ranks close up; blank ballots give nothing.

use std::collections::BTreeMap;

use num_bigint::{BigInt, BigUint};
use num_traits::One as _;

use super::{
    Ballots, Contest, Cost, Family, Method, Number, OpenRule, Outcome, Spec, Unit, Unranked,
    spec::MOST_RANKED,
    tallied::{self, Tallied},
};
use crate::marks::Kind;

/// The ranks of one choice.
#[derive(Clone, Default)]
struct Ranks {
    /// How many ballots have it alone in the first, second … place.
    alone: Vec<u64>,
    /// How many share a rank: by how many choices are above it and how many share it.
    shared: BTreeMap<(usize, usize), u64>,
    /// How many leave others out: by how many they rank.
    leaving: BTreeMap<usize, u64>,
}

/// How many places give points: as many as the longest ballot has, or one for each choice where the unranked share the
/// last of them. The points are fractions with about three digits for every two of these, for each choice.
pub fn places(contest: &Contest<'_>, ballots: &Ballots) -> usize {
    let lengths = || ballots.iter().map(|ballot| ballot.marks.len()).filter(|length| *length > 0);
    let leaves_out = contest.rules.unranked == Unranked::Last && lengths().any(|length| length < contest.choices());
    if leaves_out { contest.choices() } else { lengths().max().unwrap_or(0) }
}

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "dowdall",
    label: "Dowdall",
    kind: Kind::Ranking,
    family: Family::Numbers,
    several_seats: true,
    shared_ranks: true,
    most_choices: MOST_RANKED,
    open_rules: &[OpenRule::Unranked],
    costs: &[Cost::Fractions],
    is_common: false,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let choices = contest.choices();
    // What everybody gets as unranked is counted once, and taken from the ranked again.
    let (mut leaving, mut own) = (BTreeMap::<usize, u64>::new(), vec![Ranks::default(); choices]);
    for ballot in ballots.as_rankings().iter().filter(|ballot| !ballot.marks.is_empty()) {
        let ranked = ballot.marks.len();
        let left_over = contest.rules.unranked == Unranked::Last && ranked < choices;
        if left_over {
            *leaving.entry(ranked).or_default() += ballot.count;
        }
        let mut above = 0;
        for rank in ballot.ranks() {
            for mark in rank {
                let ranks = &mut own[mark.choice as usize];
                if rank.len() == 1 {
                    ranks.alone.resize(ranks.alone.len().max(above + 1), 0);
                    ranks.alone[above] += ballot.count;
                } else {
                    *ranks.shared.entry((above, rank.len())).or_default() += ballot.count;
                }
                if left_over {
                    *ranks.leaving.entry(ranked).or_default() += ballot.count;
                }
            }
            above += rank.len();
        }
    }
    let points = Points::new(places(contest, ballots));
    let last: BTreeMap<usize, BigInt> =
        leaving.keys().map(|ranked| (*ranked, points.shared(*ranked, choices - ranked))).collect();
    let unranked = |leaving: &BTreeMap<usize, u64>| {
        leaving.iter().filter_map(|(ranked, ballots)| Some(last.get(ranked)? * ballots)).sum::<BigInt>()
    };
    let everybody = unranked(&leaving);
    let number = |ranks: &Ranks| {
        let shared = ranks.shared.iter().map(|((above, size), ballots)| points.shared(*above, *size) * ballots);
        let own = shared.sum::<BigInt>() + points.alone(&ranks.alone);
        Number::ratio(&everybody - unranked(&ranks.leaving) + own, points.denominator.clone())
    };
    let tally = own.iter().map(number).collect();
    tallied::outcome(Method::Dowdall, contest, ballots, Tallied { tally, unit: Unit::Points })
}

/// The points of ranks as whole numbers of one small part.
struct Points {
    /// The least common multiple of 1, 2, … to the number of places; the part is one by its square.
    multiple: BigInt,
    denominator: BigInt,
    /// The points of the first, second … place, in parts of one by the multiple.
    places: Vec<BigInt>,
    /// The sum of the first points, in parts of one by the multiple.
    sums: Vec<BigInt>,
}

impl Points {
    fn new(places: usize) -> Self {
        let multiple = BigInt::from((1..=places).fold(BigUint::one(), |multiple, n| lcm(&multiple, n)));
        let places: Vec<BigInt> = (1..=places).map(|n| &multiple / n).collect();
        let mut sums = vec![BigInt::ZERO];
        for points in &places {
            sums.extend(sums.last().map(|sum| sum + points));
        }
        Self { denominator: &multiple * &multiple, multiple, places, sums }
    }

    /// The points of a rank that `size` share below `above` others: each has the mean of its places.
    fn shared(&self, above: usize, size: usize) -> BigInt {
        (&self.sums[above + size] - &self.sums[above]) * &self.places[size - 1]
    }

    /// The points of so many ballots for each place alone.
    fn alone(&self, ballots: &[u64]) -> BigInt {
        let given = self.places.iter().zip(ballots).filter(|(_, ballots)| **ballots > 0);
        given.map(|(points, ballots)| points * ballots).sum::<BigInt>() * &self.multiple
    }
}

fn lcm(multiple: &BigUint, n: usize) -> BigUint {
    let (mut a, mut b) = (n, usize::try_from(multiple % n).unwrap_or(0));
    while b > 0 {
        (a, b) = (b, a % b);
    }
    multiple * (n / a)
}

#[cfg(test)]
mod tests {
    use super::super::{Rules, count};
    use super::*;

    fn tally(profile: &[(&str, u64)], unranked: Unranked) -> Vec<String> {
        let keys = ["a", "b", "c", "d"];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { rules: Rules { unranked, ..Rules::default() }, ..Contest::new(&keys, &keys) };
        let ballots = Ballots::read(Kind::Ranking, &keys, &profile).unwrap();
        count(Method::Dowdall, &contest, &ballots).unwrap().tally.iter().map(Number::plain).collect()
    }

    #[test]
    fn the_nth_rank_has_an_nth_of_a_point() {
        assert_eq!(tally(&[("a>b>c>d", 2), ("d>a>b>c", 1)], Unranked::Last), ["2.5", "4/3", "11/12", "1.5"]);
    }

    #[test]
    fn shared_ranks_share_their_points() {
        // (1/2 + 1/3) / 2
        assert_eq!(tally(&[("a>b=c>d", 6)], Unranked::Last), ["6", "2.5", "2.5", "1.5"]);
    }

    #[test]
    fn the_unranked_share_the_last_rank_or_have_nothing() {
        // (1/2 + 1/3 + 1/4) / 3 = 13/36
        assert_eq!(tally(&[("a", 36), ("", 4)], Unranked::Last), ["36", "13", "13", "13"]);
        assert_eq!(tally(&[("a>b", 36)], Unranked::Ignored), ["36", "18", "0", "0"]);
    }
}
