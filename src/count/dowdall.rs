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
    Ballots, Contest, Method, Number, Outcome, Unit, Unranked,
    tallied::{self, Tallied},
};

/// How many ballots give each rank: by how many choices are above it and how many share it.
type Shared = BTreeMap<(usize, usize), i128>;

/// The ranks of one choice.
#[derive(Clone, Default)]
struct Ranks {
    /// How many ballots have it alone in the first, second … place.
    alone: Vec<u64>,
    shared: Shared,
}

/// Counts `ballots`.
pub fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let choices = contest.choices();
    // What everybody gets as unranked is counted once, and taken from the ranked again.
    let (mut everybody, mut own) = (Shared::new(), vec![Ranks::default(); choices]);
    for ballot in ballots.as_rankings().iter().filter(|ballot| !ballot.marks.is_empty()) {
        let count = i128::from(ballot.count);
        let ranked = ballot.marks.len();
        let last = (ranked, choices - ranked);
        let left_over = contest.rules.unranked == Unranked::Last && ranked < choices;
        if left_over {
            *everybody.entry(last).or_default() += count;
        }
        let mut above = 0;
        for rank in ballot.ranks() {
            for mark in rank {
                let ranks = &mut own[mark.choice as usize];
                if rank.len() == 1 {
                    ranks.alone.resize(ranks.alone.len().max(above + 1), 0);
                    ranks.alone[above] += ballot.count;
                } else {
                    *ranks.shared.entry((above, rank.len())).or_default() += count;
                }
                if left_over {
                    *ranks.shared.entry(last).or_default() -= count;
                }
            }
            above += rank.len();
        }
    }
    let points = Points::new(choices);
    let everybody = points.shared(&everybody);
    let number = |ranks: &Ranks| {
        Number::ratio(
            &everybody + points.shared(&ranks.shared) + points.alone(&ranks.alone),
            points.denominator.clone(),
        )
    };
    let tally = own.iter().map(number).collect();
    tallied::outcome(Method::Dowdall, contest, ballots, Tallied { tally, unit: Unit::Points })
}

/// The points of ranks as whole numbers of one small part.
struct Points {
    /// The least common multiple of 1, 2, … to the number of choices; the part is one by its square.
    multiple: BigInt,
    denominator: BigInt,
    /// The sum of the first points, in parts of one by the multiple.
    sums: Vec<BigInt>,
}

impl Points {
    fn new(choices: usize) -> Self {
        let multiple = BigInt::from((1..=choices).fold(BigUint::one(), |multiple, n| lcm(&multiple, n)));
        let mut sums = vec![BigInt::ZERO];
        for n in 1..=choices {
            sums.extend(sums.last().map(|sum| sum + &multiple / n));
        }
        Self { denominator: &multiple * &multiple, multiple, sums }
    }

    /// The points of ranks that are shared: each has the mean of its places.
    fn shared(&self, ranks: &Shared) -> BigInt {
        let points =
            |above: usize, size: usize| (&self.sums[above + size] - &self.sums[above]) * (&self.multiple / size);
        ranks.iter().map(|((above, size), ballots)| points(*above, *size) * ballots).sum()
    }

    /// The points of ranks that are not.
    fn alone(&self, places: &[u64]) -> BigInt {
        let points = (1_usize..).zip(places).map(|(n, ballots)| &self.multiple / n * ballots);
        points.sum::<BigInt>() * &self.multiple
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
    use crate::marks::Kind;

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
