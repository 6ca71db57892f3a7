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
    Ballots, Contest, Cost, Event, Family, Method, OpenRule, Outcome, Pairwise, Reason, Round, Spec, Stage, Strength,
    Tie, TieAt,
    condorcet::{self, Found},
    lot_effect::{self, LotTie},
    pairwise,
    spec::MOST_DUELS,
    tallied,
};
use crate::marks::Kind;

/// A defeat: who beats whom.
type Defeat = (usize, usize);

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "ranked-pairs",
    label: "Ranked pairs",
    kind: Kind::Ranking,
    family: Family::Duels,
    several_seats: true,
    shared_ranks: true,
    most_choices: MOST_DUELS,
    open_rules: &[OpenRule::Unranked],
    costs: &[Cost::Pairs],
    is_common: false,
    count: |contest, ballots| count(Method::RankedPairs, Strength::WinningVotes, contest, ballots),
};

/// The same, by margins.
pub(super) const MARGINS: Spec = Spec {
    name: "ranked-pairs-margins",
    label: "Ranked pairs, margins",
    count: |contest, ballots| count(Method::RankedPairsMargins, Strength::Margins, contest, ballots),
    ..SPEC
};

/// Counts `ballots`, defeats by `strength`.
fn count(method: Method, strength: Strength, contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let duels = Pairwise::new(contest, ballots);
    let choices = contest.choices();
    let pairs = (0..choices).flat_map(|one| (0..choices).map(move |other| (one, other)));
    let mut defeats: Vec<Defeat> = pairs.filter(|(one, other)| duels.beats(*one, *other)).collect();
    // The stronger first, then the one with fewer ballots against it.
    let key = |(one, other): &Defeat| (Reverse(duels.strength(strength, *one, *other)), duels.votes(*other, *one));
    defeats.sort_by_cached_key(key);
    let equals: Vec<&[Defeat]> = defeats.chunk_by(|a, b| key(a) == key(b)).collect();

    let decisive = divided(&duels, contest.seats);
    let locked = Locked::by(contest, &equals);
    let events = locked.events(&duels);
    let ranking = locked.order.ranking();
    let lot_ties = locked.lot_ties(contest, &ranking, &decisive);
    let ties = locked.steps.into_iter().filter_map(|step| step.tie).filter(|tie| decisive.contains(&tie.order[0]));
    let found = Found {
        ties: ties.collect(),
        rounds: vec![Round { stage: Stage::StrongestDefeats, events, ..Round::default() }],
        reason: Some(Reason::StrongestDefeats),
        ranking,
        ..Found::default()
    };
    let mut outcome = condorcet::outcome(method, contest, ballots, &duels, found);
    lot_effect::set_aside_ties_without_effect(&mut outcome, lot_ties, choices.pow(3), |lots| {
        let contest = Contest { lots: lots.clone(), ..contest.clone() };
        let locked = Locked::by(&contest, &equals);
        let ranking = locked.order.ranking();
        (tallied::first(&contest, &ranking).0, locked.lot_ties(&contest, &ranking, &decisive))
    });
    outcome
}

/// The choices of whom some are elected and some are not, whatever the lots are: where all of a group beat all others,
/// the group is above them, and how they stand among themselves changes nothing in it.
fn divided(duels: &Pairwise, seats: usize) -> Vec<usize> {
    let half_wins = duels.half_wins();
    let (choices, order) = (half_wins.len() as u64, tallied::ranked(&half_wins).concat());
    let (mut from, mut wins) = (0, 0);
    for (one, number) in order.iter().zip(1_u64..) {
        wins += half_wins[*one];
        // A duel among them is a win, one with another is two halves.
        if wins == number * (number - 1) + 2 * number * (choices - number) {
            let to = number as usize;
            if to > seats {
                return order[from..to].to_vec();
            }
            from = to;
        }
        if from == seats {
            break;
        }
    }
    Vec::new()
}

/// Defeats that are equally strong, in the order in which they were taken.
struct Step {
    /// Those in a cycle of them, if there is one.
    tie: Option<Tie>,
    /// With whether each was locked in.
    defeats: Vec<(Defeat, bool)>,
}

/// All defeats, locked in or skipped.
struct Locked {
    order: Order,
    steps: Vec<Step>,
}

impl Locked {
    /// Takes groups of equally strong defeats, the strongest first; in each by the lots.
    fn by(contest: &Contest<'_>, equals: &[&[Defeat]]) -> Self {
        let mut order = Order::new(contest.choices());
        let lot = |(winner, loser): &Defeat| (Reverse(contest.lots.place(*loser)), contest.lots.place(*winner));
        let mut step = |equal: &&[Defeat]| {
            let mut equal = equal.to_vec();
            equal.sort_by_cached_key(lot);
            let tie = tie(contest, &order, &equal);
            let mut lock = |(winner, loser): Defeat| {
                let may = !order.is_above(loser, winner);
                if may {
                    order.lock(winner, loser);
                }
                ((winner, loser), may)
            };
            Step { tie, defeats: equal.into_iter().map(&mut lock).collect() }
        };
        let steps = equals.iter().map(&mut step).collect();
        Self { order, steps }
    }

    /// Each defeat, and each tie among them before those that it orders.
    fn events(&self, duels: &Pairwise) -> Vec<Event> {
        let mut events = Vec::new();
        for Step { tie, defeats } in &self.steps {
            events.extend(tie.clone().map(Event::EqualDefeats));
            events.extend(defeats.iter().map(|((winner, loser), is_locked)| Event::Defeat {
                winner: *winner,
                loser: *loser,
                won: duels.votes(*winner, *loser),
                lost: duels.votes(*loser, *winner),
                is_locked: *is_locked,
            }));
        }
        events
    }

    /// The ties that only the lots break: each one among the `decisive`, of all its choices, then of all but the first,
    /// and so on; and at last a tie for the last seat among the first in the ranking.
    fn lot_ties(&self, contest: &Contest<'_>, ranking: &[Vec<usize>], decisive: &[usize]) -> Vec<LotTie> {
        let ties = self.steps.iter().filter_map(|step| step.tie.as_ref());
        let ties = ties.filter(|tie| decisive.contains(&tie.order[0]));
        let mut lot_ties: Vec<LotTie> = Vec::new();
        for tie in ties {
            let from = 0..tie.order.len() - 1;
            lot_ties.extend(from.map(|from| LotTie { order: tie.order[from..].to_vec(), ahead: 1, state: None }));
        }
        let (elected, last) = tallied::first(contest, ranking);
        let ahead = |tie: &Tie| tie.order.iter().filter(|choice| elected.contains(choice)).count();
        lot_ties.extend(last.into_iter().map(|tie| LotTie { ahead: ahead(&tie), order: tie.order, state: None }));
        lot_ties
    }
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
    (!tied.is_empty()).then(|| Tie {
        at: TieAt::EqualDefeats,
        order: contest.lots.sorted(&tied),
        rule: contest.lots.rule(),
    })
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

    /// All choices, the best first.
    fn ranking(&self) -> Vec<Vec<usize>> {
        pairwise::layers(self.below.len(), |one, other| self.is_above(one, other))
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
    use super::super::{Lots, TieRule, count};
    use super::*;

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
            let events = &outcome.rounds[1].events;
            let skipped = Event::Defeat { winner: 2, loser: 0, won: 5, lost: 4, is_locked: false };
            assert_eq!((events.last(), events.len()), (Some(&skipped), 6));
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
    fn a_lot_on_the_way_that_decides_is_told() {
        // Draws bind choices that are in no cycle together to those that are.
        let profile = ["a>b>d>c", "b>c>d>a", "a>d>b>c", "c>a>d>b", "b>d>c>a", "d>c>a>b"].map(|marks| (marks, 1));
        for (lots, first) in [([3, 2, 1, 0], 3), ([0, 1, 2, 3], 0), ([1, 0, 2, 3], 1)] {
            let outcome = counted(Method::RankedPairs, &lots, &profile);
            assert_eq!((outcome.elected.as_slice(), outcome.used_lot()), ([first].as_slice(), true), "{lots:?}");
        }
    }

    #[test]
    fn a_cycle_on_which_no_seat_hangs_is_no_tie() {
        let outcome = counted(Method::RankedPairs, &[2, 1, 0, 3], &[("d>a>b>c", 1), ("d>b>c>a", 1), ("d>c>a>b", 1)]);
        assert_eq!((outcome.ranking, outcome.ties), (vec![vec![3], vec![2], vec![0], vec![1]], vec![]));
        let tie = Tie { at: TieAt::EqualDefeats, order: vec![2, 1, 0], rule: TieRule::Lot };
        let events = &outcome.rounds[1].events;
        assert!(events.contains(&Event::EqualDefeats(tie)), "{events:?}");
    }
}
