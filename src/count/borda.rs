//! Borda count: on each ballot a choice has a point for each other that is ranked below it; the most points win.
//!
//! Source: Borda, "Mémoire sur les élections au scrutin" (1784). Rules that others leave open: choices that share a
//! rank share its points evenly (half a point for each other in the rank). With [`Unranked::Last`] those that a
//! ballot leaves out share a last rank. With [`Unranked::Ignored`] they have nothing, the ranked keep the points of a
//! full ballot, and each has one more for being ranked: a last rank is worth more than none. Skipped ranks close up;
//! blank ballots give nothing.

use super::{
    Ballots, Contest, Family, Method, Number, OpenRule, Outcome, Spec, Unit, Unranked,
    spec::MOST_RANKED,
    tallied::{self, Tallied},
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "borda",
    label: "Borda count",
    kind: Kind::Ranking,
    family: Family::Numbers,
    several_seats: true,
    shared_ranks: true,
    most_choices: MOST_RANKED,
    open_rules: &[OpenRule::Unranked],
    costs: &[],
    is_common: false,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let choices = contest.choices() as i128;
    // In half points. What everybody gets as unranked is counted once, and the ranked get the rest.
    let (mut everybody, mut beyond) = (0, vec![0_i128; contest.choices()]);
    for ballot in ballots.as_rankings().iter().filter(|ballot| !ballot.marks.is_empty()) {
        let count = i128::from(ballot.count);
        let (unranked, bonus) = match contest.rules.unranked {
            Unranked::Last => ((choices - ballot.marks.len() as i128 - 1).max(0), 0),
            Unranked::Ignored => (0, 2),
        };
        everybody += unranked * count;
        let mut above = 0;
        for rank in ballot.ranks() {
            let size = rank.len() as i128;
            let points = 2 * (choices - above - size) + (size - 1) + bonus;
            for mark in rank {
                beyond[mark.choice as usize] += (points - unranked) * count;
            }
            above += size;
        }
    }
    let tally = beyond.into_iter().map(|points| Number::ratio(everybody + points, 2)).collect();
    tallied::outcome(Method::Borda, contest, ballots, Tallied { tally, unit: Unit::Points })
}

#[cfg(test)]
mod tests {
    use super::super::{Rules, count};
    use super::*;

    fn tally(profile: &[(&str, u64)], unranked: Unranked) -> Vec<String> {
        let keys = ["a", "b", "c", "d"];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { rules: Rules { unranked, ..Rules::default() }, ..Contest::new(&keys, &keys) };
        let outcome = count(Method::Borda, &contest, &Ballots::read(Kind::Ranking, &keys, &profile).unwrap()).unwrap();
        outcome.tally.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_point_for_each_choice_below() {
        assert_eq!(tally(&[("a>b>c>d", 2), ("d>a>b>c", 1), ("", 5)], Unranked::Last), ["8", "5", "2", "3"]);
    }

    #[test]
    fn shared_ranks_share_their_points() {
        // 3 for a, (2 + 1) / 2 for b and c, none for d.
        assert_eq!(tally(&[("a>b=c>d", 1)], Unranked::Last), ["3", "1.5", "1.5", "0"]);
    }

    #[test]
    fn the_unranked_share_the_last_rank_or_have_nothing() {
        // (2 + 1 + 0) / 3 each.
        assert_eq!(tally(&[("a", 1)], Unranked::Last), ["3", "1", "1", "1"]);
        assert_eq!(tally(&[("a>b", 1)], Unranked::Ignored), ["4", "3", "0", "0"]);
        assert_eq!(tally(&[("a>b>c>d", 1)], Unranked::Ignored), ["4", "3", "2", "1"]);
    }
}
