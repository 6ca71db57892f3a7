//! Ranked pairs: defeats are locked in from the strongest down, but for those that would close a cycle.
//!
//! Source: Tideman, "Independence of clones as a criterion for voting rules", *Social Choice and Welfare* 4 (1987).
//! Of defeats that are equally strong, by the winner's votes or by margins, the one with fewer ballots against it
//! goes first. Those that are equal in this too are locked in together, as their order changes nothing, unless they
//! would close a cycle among them: then an order of the choices decides, as Zavist and Tideman have it ("Complete
//! independence of clones in the ranked pairs rule", 1989); it is that of the lots, applied as Eppley and LeGrand do:
//! the defeat whose loser was drawn later goes first, and for one loser the defeat whose winner was drawn earlier.

use std::cmp::Reverse;

use super::{
    Ballots, Contest, Method, Number, Outcome, Pairwise, Round, Strength, Tie, TieRule,
    condorcet::{self, Found},
    pairwise, tallied,
};

/// A defeat: who beats whom.
type Defeat = (usize, usize);

/// Counts `ballots`, defeats by `strength`.
pub fn count(method: Method, strength: Strength, contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let duels = Pairwise::new(contest, ballots);
    let choices = contest.choices();
    let pairs = (0..choices).flat_map(|one| (0..choices).map(move |other| (one, other)));
    let mut defeats: Vec<Defeat> = pairs.filter(|(one, other)| duels.beats(*one, *other)).collect();
    // The stronger first, then the one with fewer ballots against it, then by lots.
    let key = |(one, other): &Defeat| (Reverse(duels.strength(strength, *one, *other)), duels.votes(*other, *one));
    let lot = |(winner, loser): &Defeat| (Reverse(contest.lots.place(*loser)), contest.lots.place(*winner));
    defeats.sort_by_cached_key(|defeat| (key(defeat), lot(defeat)));

    let mut order = Order::new(choices);
    let mut found = Found { reason: "when the strongest defeats count first".into(), ..Found::default() };
    let mut said = Vec::new();
    for equal in defeats.chunk_by(|a, b| key(a) == key(b)) {
        let tie = tie(contest, &order, equal);
        said.extend(tie.as_ref().map(|tie| {
            let tied = contest.named(&tie.order);
            format!("{tied} are in a cycle of equally strong defeats, which are taken in the order of the lots.")
        }));
        found.ties.extend(tie);
        for (winner, loser) in equal {
            let (higher, lower) = (contest.named(&[*winner]), contest.named(&[*loser]));
            let (won, lost) = (Number::from(duels.votes(*winner, *loser)), Number::from(duels.votes(*loser, *winner)));
            let verdict = if order.is_above(*loser, *winner) {
                format!("skipped, as {lower} is above {higher} already")
            } else {
                order.lock(*winner, *loser);
                "locked in".into()
            };
            said.push(format!("{higher} over {lower}, {won} to {lost}: {verdict}."));
        }
    }
    found.ranking = pairwise::layers(choices, |one, other| order.is_above(one, other));
    keep_decisive(contest, &defeats, &mut found);
    found.rounds = vec![Round { title: "Defeats, the strongest first".into(), said, ..Round::default() }];
    condorcet::outcome(method, contest, ballots, &duels, found)
}

/// The tie among equally strong defeats, if those that may be locked in would close a cycle together.
fn tie(contest: &Contest<'_>, order: &Order, equal: &[Defeat]) -> Option<Tie> {
    let open: Vec<&Defeat> = equal.iter().filter(|(winner, loser)| !order.is_above(*loser, *winner)).collect();
    if open.len() < 2 {
        return None;
    }
    let mut together = order.clone();
    for (winner, loser) in &open {
        together.lock(*winner, *loser);
    }
    let cyclic = open.into_iter().filter(|(winner, loser)| together.is_above(*loser, *winner));
    let mut tied: Vec<usize> = cyclic.flat_map(|(winner, loser)| [*winner, *loser]).collect();
    tied.sort_unstable();
    tied.dedup();
    let place = "between equally strong defeats".into();
    (!tied.is_empty()).then(|| Tie { place, order: contest.lots.sorted(&tied), rule: TieRule::Lot })
}

/// Drops the ties on which no seat hangs: a cycle changes nothing for those outside of it, and those in it who are
/// all elected, or none of them, are so whichever of its defeats is skipped.
fn keep_decisive(contest: &Contest<'_>, defeats: &[Defeat], found: &mut Found) {
    if found.ties.is_empty() {
        return;
    }
    let elected = tallied::first(contest, &found.ranking).0;
    let mut beats = Order::new(contest.choices());
    defeats.iter().for_each(|(winner, loser)| beats.lock(*winner, *loser));
    found.ties.retain(|tie| {
        tie.order.iter().any(|one| {
            let cycle = (0..contest.choices()).filter(|it| beats.is_above(*one, *it) && beats.is_above(*it, *one));
            let (inside, outside): (Vec<_>, Vec<_>) = cycle.partition(|it| elected.contains(it));
            !inside.is_empty() && !outside.is_empty()
        })
    });
}

/// Who is above whom by the defeats that are locked in, directly or by way of others: a row of bits for each choice.
#[derive(Clone)]
struct Order {
    below: Vec<Vec<u64>>,
}

impl Order {
    fn new(choices: usize) -> Self {
        Self { below: vec![vec![0; choices.div_ceil(64)]; choices] }
    }

    fn is_above(&self, one: usize, other: usize) -> bool {
        self.below[one][other / 64] >> (other % 64) & 1 == 1
    }

    /// Puts `winner`, and all that are above it, above `loser` and all that are below that.
    fn lock(&mut self, winner: usize, loser: usize) {
        if self.is_above(winner, loser) {
            return;
        }
        let mut gained = self.below[loser].clone();
        gained[loser / 64] |= 1 << (loser % 64);
        for (one, below) in self.below.iter_mut().enumerate() {
            if one == winner || below[winner / 64] >> (winner % 64) & 1 == 1 {
                below.iter_mut().zip(&gained).for_each(|(word, gained)| *word |= gained);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, count};
    use super::*;
    use crate::marks::Kind;

    fn counted(method: Method, lots: &[usize], profile: &[(&str, u64)]) -> Outcome {
        let keys = ["a", "b", "c", "d"];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { lots: Lots::of(lots), ..Contest::new(&keys, &keys) };
        count(method, &contest, &Ballots::read(Kind::Ranking, &keys, &profile).unwrap()).unwrap()
    }

    #[test]
    fn the_weakest_defeat_of_a_cycle_is_skipped() {
        for method in [Method::RankedPairs, Method::RankedPairsMargins] {
            let outcome = counted(method, &[0, 1, 2, 3], &[("a>b>c>d", 4), ("b>c>a>d", 3), ("c>a>b>d", 2)]);
            assert_eq!(outcome.ranking, [[0], [1], [2], [3]]);
            let said = &outcome.rounds[1].said;
            assert_eq!(said.last().unwrap(), "c over a, 5 to 4: skipped, as a is above c already.");
            assert_eq!(said.len(), 6);
            assert!(outcome.ties.is_empty());
        }
    }

    #[test]
    fn a_cycle_of_equals_is_cut_by_lots_and_says_so() {
        let cycle = [("a>b>c>d", 1), ("b>c>a>d", 1), ("c>a>b>d", 1)];
        for (lots, first) in [([0, 1, 2, 3], 0), ([1, 3, 0, 2], 1), ([3, 2, 1, 0], 2)] {
            let outcome = counted(Method::RankedPairs, &lots, &cycle);
            assert_eq!(outcome.elected, [first]);
            assert_eq!(outcome.ties.len(), 1);
            assert!(outcome.used_lot());
        }
    }

    #[test]
    fn a_cycle_on_which_no_seat_hangs_is_no_tie() {
        let outcome = counted(Method::RankedPairs, &[2, 1, 0, 3], &[("d>a>b>c", 1), ("d>b>c>a", 1), ("d>c>a>b", 1)]);
        assert_eq!((outcome.ranking, outcome.ties), (vec![vec![3], vec![2], vec![0], vec![1]], vec![]));
        let said = "c, b and a are in a cycle of equally strong defeats, which are taken in the order of the lots.";
        assert!(outcome.rounds[1].said.iter().any(|it| it == said), "{:?}", outcome.rounds[1].said);
    }
}
