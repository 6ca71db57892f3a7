//! Whether a tie that is broken by lot changes who is elected, and whom other lots elect.
//!
//! A count notes each tie that only the lots break. Here it is repeated with every other result of these ties, one after
//! the other. A tie is reported as decisive if one of them elects others, and also if there are too many results to try
//! them all, since then it may.

use std::{
    hash::{BuildHasher as _, Hash},
    iter,
};

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::{Contest, Lots, Outcome};

/// How many steps all repeated counts take together: some milliseconds.
const STEPS: usize = 1_000_000;

/// How often a count may be repeated: at least so often even where it takes many steps, and at most.
const REPEATS: (usize, usize) = (2, 1_000);

/// How often it is repeated to find more who are elected by other lots, once it is known that they decide.
const MORE: usize = 100;

/// A tie in a count that only the lots break.
#[derive(Debug, Clone)]
pub(super) struct LotTie {
    /// The tied choices, in the order of the lots.
    pub order: Vec<usize>,
    /// How many of them the lots put ahead of the others.
    pub ahead: usize,
    /// A hash of all that the rest of the count depends on, where no earlier tie has two of these choices: counts that
    /// reach the same state need to go on only once.
    pub state: Option<u64>,
}

/// A hash of what the rest of a count depends on.
pub(super) fn state_hash(of: impl Hash) -> u64 {
    FxBuildHasher.hash_one(of)
}

/// The outcome by the lots of the contest. `count` counts by the lots of the contest that it is given, and gives the ties
/// that they broke too; it takes so many `steps`.
pub(super) fn count(
    contest: &Contest<'_>,
    steps: usize,
    count: impl Fn(&Contest<'_>) -> (Outcome, Vec<LotTie>),
) -> Outcome {
    let (mut outcome, lot_ties) = count(contest);
    set_aside_ties_without_effect(&mut outcome, lot_ties, steps, |lots| {
        let (outcome, lot_ties) = count(&Contest { lots: lots.clone(), ..contest.clone() });
        (outcome.elected, lot_ties)
    });
    outcome
}

/// Moves the ties that were broken by lot to [`Outcome::ties_without_effect`] where no other order of the lots elects
/// others; where one does, sets [`Outcome::level`].
///
/// `count` gives who is elected by an order of the lots, and the ties that they broke; it takes so many `steps`.
pub(super) fn set_aside_ties_without_effect(
    outcome: &mut Outcome,
    lot_ties: Vec<LotTie>,
    steps: usize,
    count: impl Fn(&Lots) -> (Vec<usize>, Vec<LotTie>),
) {
    let (least, most) = REPEATS;
    let repeats = STEPS.checked_div(steps).unwrap_or(most).clamp(least, most);
    outcome.level.clear();
    if !outcome.used_lot() {
        return;
    }
    let open = try_lots(&outcome.elected, outcome.tally.len(), lot_ties, repeats, count);
    if open.choices.is_empty() && open.all_tried {
        let ties = std::mem::take(&mut outcome.ties);
        (outcome.ties_without_effect, outcome.ties) = ties.into_iter().partition(|tie| tie.rule.is_lot());
    } else {
        outcome.level = level(outcome, open);
    }
}

/// Who of the `open` was tied by lot for what decided: in a tie of some who are elected and some who are not.
fn level(outcome: &Outcome, open: Open) -> Vec<usize> {
    let among = |choices: &[usize]| {
        let mut among = vec![false; outcome.tally.len()];
        choices.iter().for_each(|choice| among[*choice] = true);
        among
    };
    let elected = among(&outcome.elected);
    let divides = |group: &[usize]| group.iter().any(|one| elected[*one]) && !group.iter().all(|one| elected[*one]);
    // Those who share a place are tied but for a lot.
    let shared = || outcome.ranking.iter().filter(|group| divides(group)).flatten().copied().collect();
    let is_open = among(&if open.all_found { open.choices } else { shared() });
    let mut level: Vec<usize> = Vec::new();
    for tie in outcome.ties.iter().filter(|tie| tie.rule.is_lot()) {
        let tied: Vec<usize> = tie.order.iter().copied().filter(|one| is_open[*one]).collect();
        if divides(&tied) {
            level.extend(tied);
        }
    }
    level.sort_unstable();
    level.dedup();
    level
}

/// What the lots leave open.
struct Open {
    /// Whom some of the orders that were tried elect and others do not.
    choices: Vec<usize>,
    /// Whether every order was tried that may elect others.
    all_tried: bool,
    /// Whether these are probably all: every order was tried, or those in which each of the tied comes first.
    all_found: bool,
}

/// Repeats a count that elects these by other orders of the lots, up to `repeats` times, and less often once another
/// order elects others: then it begins with the orders in which each of the tied comes first.
fn try_lots(
    elected: &[usize],
    choices: usize,
    lot_ties: Vec<LotTie>,
    repeats: usize,
    count: impl Fn(&Lots) -> (Vec<usize>, Vec<LotTie>),
) -> Open {
    // How often each choice is elected.
    let (mut times, mut counts) = (vec![0_usize; choices], 1);
    elected.iter().for_each(|choice| times[*choice] += 1);
    let mut tied: Vec<usize> = lot_ties.iter().flat_map(|lot_tie| &lot_tie.order).copied().collect();
    tied.sort_unstable();
    tied.dedup();
    let (mut left, mut all_tried, mut all_found, mut decides) = (repeats, true, false, false);
    let mut seen = FxHashSet::default();
    let mut branches = vec![Branch::new(lot_ties, 0, &mut seen)];
    while let Some(branch) = branches.last_mut() {
        let Some(at) = branch.next_result() else {
            branches.pop();
            continue;
        };
        if left == 0 {
            all_tried = false;
            break;
        }
        left -= 1;
        // There may be no order with this result and those of the ties before it.
        let Some(order) = branch.order(choices) else { continue };
        let (others, lot_ties) = count(&Lots::of(&order));
        others.iter().for_each(|choice| times[*choice] += 1);
        counts += 1;
        branches.push(Branch::new(lot_ties, at + 1, &mut seen));
        if !decides && !others.iter().all(|choice| elected.contains(choice)) {
            decides = true;
            left = left.min(MORE);
            all_found = tied.len() <= left;
            for first in tied.iter().filter(|_| all_found) {
                let rest = (0..choices).filter(|choice| choice != first);
                let (others, _) = count(&Lots::of(&iter::once(*first).chain(rest).collect::<Vec<_>>()));
                others.iter().for_each(|choice| times[*choice] += 1);
                counts += 1;
            }
            left = left.saturating_sub(tied.len());
        }
    }
    let is_open = |choice: &usize| (1..counts).contains(&times[*choice]);
    Open { choices: (0..choices).filter(is_open).collect(), all_tried, all_found: all_found || all_tried }
}

/// A repeated count, and its ties whose other results are still to try: those of the last tie first.
struct Branch {
    lot_ties: Vec<LotTie>,
    /// The position of the first tie whose results are tried here; those before it belong to earlier branches.
    first: usize,
    /// The present result of the last tie: the places in its order of the choices that go ahead.
    ahead: Vec<usize>,
}

impl Branch {
    /// A branch with these ties, up to the first state that an earlier count has reached too.
    fn new(mut lot_ties: Vec<LotTie>, first: usize, seen: &mut FxHashSet<u64>) -> Self {
        let known =
            lot_ties.iter().skip(first).position(|lot_tie| lot_tie.state.is_some_and(|state| !seen.insert(state)));
        lot_ties.truncate(known.map_or(lot_ties.len(), |known| first + known));
        let mut branch = Self { lot_ties, first, ahead: Vec::new() };
        branch.reset();
        branch
    }

    fn reset(&mut self) {
        self.ahead = (0..self.lot_ties.last().map_or(0, |lot_tie| lot_tie.ahead)).collect();
    }

    /// Sets the next result of the last tie, or of one before it where the last has no more; gives the position of the
    /// tie, `None` after all results.
    fn next_result(&mut self) -> Option<usize> {
        while self.lot_ties.len() > self.first {
            if next_of(&mut self.ahead, self.lot_ties.last()?.order.len()) {
                return Some(self.lot_ties.len() - 1);
            }
            self.lot_ties.pop();
            self.reset();
        }
        None
    }

    /// An order of the lots that gives all ties their present results, if there is one.
    fn order(&self, choices: usize) -> Option<Vec<usize>> {
        let (last, before) = self.lot_ties.split_last()?;
        let places = 0..last.order.len();
        let (ahead, behind): (Vec<usize>, Vec<usize>) = places.partition(|place| self.ahead.contains(place));
        let choice = |places: Vec<usize>| places.into_iter().map(|place| last.order[place]).collect::<Vec<_>>();
        let (ahead, behind) = (choice(ahead), choice(behind));
        let before = before.iter().map(|lot_tie| lot_tie.order.split_at(lot_tie.ahead));
        let rules: Vec<(&[usize], &[usize])> = before.chain([(&ahead[..], &behind[..])]).collect();
        in_order(choices, &rules)
    }
}

/// Advances to the next combination of this size out of `all`, in lexicographic order; false after the last.
fn next_of(chosen: &mut [usize], all: usize) -> bool {
    let number = chosen.len();
    let Some(at) = (0..number).rev().find(|at| chosen[*at] + number - at < all) else { return false };
    let from = chosen[at] + 1;
    chosen[at..].iter_mut().zip(from..).for_each(|(one, next)| *one = next);
    true
}

/// An order of all choices in which, for each rule, the first group comes before the second, if there is one.
fn in_order(choices: usize, rules: &[(&[usize], &[usize])]) -> Option<Vec<usize>> {
    // A topological sort: each rule is a node after all of its first group and before all of its second.
    let mut follows: Vec<Vec<usize>> = vec![Vec::new(); choices];
    let mut waits_for: Vec<usize> = vec![0; choices];
    let mut missing: Vec<usize> = rules.iter().map(|(first, _)| first.len()).collect();
    for (rule, (first, second)) in rules.iter().enumerate() {
        first.iter().for_each(|choice| follows[*choice].push(rule));
        second.iter().for_each(|choice| waits_for[*choice] += 1);
    }
    let mut order: Vec<usize> = (0..choices).filter(|choice| waits_for[*choice] == 0).collect();
    let mut done = 0;
    while let Some(choice) = order.get(done).copied() {
        done += 1;
        for rule in &follows[choice] {
            missing[*rule] -= 1;
            for second in rules[*rule].1.iter().filter(|_| missing[*rule] == 0) {
                waits_for[*second] -= 1;
                if waits_for[*second] == 0 {
                    order.push(*second);
                }
            }
        }
    }
    (order.len() == choices).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::super::{Ballots, Method};
    use super::*;
    use crate::marks::Kind;

    #[test]
    fn every_combination_comes_once() {
        let mut chosen = vec![0, 1];
        let mut all = vec![chosen.clone()];
        while next_of(&mut chosen, 4) {
            all.push(chosen.clone());
        }
        assert_eq!(all, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert!(!next_of(&mut [], 3) && !next_of(&mut [0, 1], 2));
    }

    #[test]
    fn an_order_keeps_every_rule_if_there_is_one() {
        assert_eq!(in_order(4, &[(&[3], &[0, 1]), (&[1], &[0, 2])]), Some(vec![3, 1, 0, 2]));
        assert_eq!(in_order(3, &[(&[0], &[1]), (&[1], &[2]), (&[2], &[0])]), None);
    }

    /// Three are ordered by lot: the last is eliminated, and of the first two the one with the lower number is elected.
    fn line(lots: &Lots) -> (Vec<usize>, Vec<LotTie>) {
        let order = lots.sorted(&[0, 1, 2]);
        (vec![order[0].min(order[1])], vec![LotTie { order, ahead: 2, state: None }])
    }

    #[test]
    fn a_lot_decides_if_another_order_elects_others() {
        let tried = |elected, repeats, count: fn(&Lots) -> (Vec<usize>, Vec<LotTie>)| {
            let open = try_lots(elected, 3, count(&Lots::as_listed(3)).1, repeats, count);
            (open.choices, open.all_tried)
        };
        assert_eq!(tried(&[0], 9, line), (vec![0, 1], true), "the last is elected by no order");
        assert_eq!(tried(&[2], 9, |lots| (vec![2], line(lots).1)), (vec![], true));
        assert_eq!(tried(&[2], 1, |lots| (vec![2], line(lots).1)), (vec![], false));
    }

    #[test]
    fn all_who_are_tied_are_level_or_only_those_who_share_a_place() {
        let level = |method, choices: usize| {
            let keys: Vec<String> = (0..choices).map(|n| format!("c{n}")).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let profile: Vec<(String, u64)> = keys.iter().map(|key| ((*key).to_owned(), 1)).collect();
            let ballots = Ballots::read(Kind::Ranking, &keys, &profile).unwrap();
            super::super::count(method, &Contest::new(&keys, &keys), &ballots).unwrap().level.len()
        };
        for method in [Method::Irv, Method::Stv, Method::Baldwin] {
            assert_eq!(level(method, 10), 10, "{method:?}");
        }
        // So many can't be tried, and a choice that STV elects shares no place.
        assert_eq!((level(Method::Irv, 200), level(Method::Stv, 200)), (200, 0));
    }
}
