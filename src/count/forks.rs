//! Whether a lot decides: what other orders of the lots make of the same ballots.
//!
//! A count notes each place at which nothing but the lots says who goes ahead. Here the count is repeated with every
//! other answer there, one place after the other, until one elects otherwise. A lot is told where one does; and
//! where so many answers are possible that they can't all be looked at, for then one may.

use std::hash::{BuildHasher as _, Hash};

use rustc_hash::{FxBuildHasher, FxHashSet};

use super::{Lots, Outcome};

/// The steps that repeated counts take together: some milliseconds' worth.
const STEPS: usize = 1_000_000;

/// How many times a count is repeated at least, if it must, and at most.
const REPEATS: (usize, usize) = (2, 1_000);

/// A place in a count at which nothing but the lots says who goes ahead.
#[derive(Debug, Clone)]
pub(super) struct Fork {
    /// The tied, in the order of the lots.
    pub order: Vec<usize>,
    /// How many of them go ahead of the others.
    pub ahead: usize,
    /// A hash of all that the rest of the count depends on, where none of the tied meets another of an earlier fork
    /// again: what follows from one state need not be looked at twice.
    pub state: Option<u64>,
}

/// A hash of what a count depends on.
pub(super) fn state(of: impl Hash) -> u64 {
    FxBuildHasher.hash_one(of)
}

/// Moves the ties that were settled by lot to those without effect where no other order of the lots elects others.
///
/// `count` tells who is elected by an order, and the forks on the way; it takes so many `steps`.
pub(super) fn part_idle(
    outcome: &mut Outcome,
    forks: Vec<Fork>,
    steps: usize,
    count: impl Fn(&Lots) -> (Vec<usize>, Vec<Fork>),
) {
    let (least, most) = REPEATS;
    let repeats = STEPS.checked_div(steps).unwrap_or(most).clamp(least, most);
    if outcome.used_lot() && !decide(&outcome.elected, outcome.tally.len(), forks, repeats, count) {
        let ties = std::mem::take(&mut outcome.ties);
        (outcome.ties_without_effect, outcome.ties) = ties.into_iter().partition(|tie| tie.rule.is_lot());
    }
}

/// Whether another order elects otherwise, or more than `repeats` counts were needed to know.
fn decide(
    elected: &[usize],
    choices: usize,
    forks: Vec<Fork>,
    repeats: usize,
    count: impl Fn(&Lots) -> (Vec<usize>, Vec<Fork>),
) -> bool {
    let sorted = |mut choices: Vec<usize>| {
        choices.sort_unstable();
        choices
    };
    let elected = sorted(elected.to_vec());
    let mut seen = FxHashSet::default();
    let mut ways = vec![Way::new(forks, 0, &mut seen)];
    let mut repeated = 0;
    while let Some(way) = ways.last_mut() {
        let Some(at) = way.turn() else {
            ways.pop();
            continue;
        };
        repeated += 1;
        if repeated > repeats {
            return true;
        }
        // No order gives this answer after those before it.
        let Some(order) = way.order(choices) else { continue };
        let (others, forks) = count(&Lots::of(&order));
        if sorted(others) != elected {
            return true;
        }
        ways.push(Way::new(forks, at + 1, &mut seen));
    }
    false
}

/// One way through a count, and which of its forks were taken otherwise: the last one first.
struct Way {
    forks: Vec<Fork>,
    /// The forks before this one were turned at on earlier ways.
    first: usize,
    /// Who goes ahead at the last fork, by their places in its order.
    ahead: Vec<usize>,
}

impl Way {
    /// A way by these forks, without those that an earlier one came by.
    fn new(mut forks: Vec<Fork>, first: usize, seen: &mut FxHashSet<u64>) -> Self {
        let known = forks.iter().skip(first).position(|fork| fork.state.is_some_and(|state| !seen.insert(state)));
        forks.truncate(known.map_or(forks.len(), |known| first + known));
        let mut way = Self { forks, first, ahead: Vec::new() };
        way.reset();
        way
    }

    fn reset(&mut self) {
        self.ahead = (0..self.forks.last().map_or(0, |fork| fork.ahead)).collect();
    }

    /// Takes the next way at the last fork, or at one before it where there is none; tells at which.
    fn turn(&mut self) -> Option<usize> {
        while self.forks.len() > self.first {
            if next_of(&mut self.ahead, self.forks.last()?.order.len()) {
                return Some(self.forks.len() - 1);
            }
            self.forks.pop();
            self.reset();
        }
        None
    }

    /// An order of the lots that goes this way, if there is one.
    fn order(&self, choices: usize) -> Option<Vec<usize>> {
        let (last, before) = self.forks.split_last()?;
        let places = 0..last.order.len();
        let (ahead, behind): (Vec<usize>, Vec<usize>) = places.partition(|place| self.ahead.contains(place));
        let choice = |places: Vec<usize>| places.into_iter().map(|place| last.order[place]).collect::<Vec<_>>();
        let (ahead, behind) = (choice(ahead), choice(behind));
        let before = before.iter().map(|fork| fork.order.split_at(fork.ahead));
        let rules: Vec<(&[usize], &[usize])> = before.chain([(&ahead[..], &behind[..])]).collect();
        in_order(choices, &rules)
    }
}

/// The next choice of so many of `all`, in the order of a dictionary; false after the last.
fn next_of(chosen: &mut [usize], all: usize) -> bool {
    let number = chosen.len();
    let Some(at) = (0..number).rev().find(|at| chosen[*at] + number - at < all) else { return false };
    let from = chosen[at] + 1;
    chosen[at..].iter_mut().zip(from..).for_each(|(one, next)| *one = next);
    true
}

/// All choices in an order that puts the first of each two groups before the second, if there is one.
fn in_order(choices: usize, rules: &[(&[usize], &[usize])]) -> Option<Vec<usize>> {
    // Each rule is a step of its own, after all of its first and before all of its second.
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
    use super::*;

    #[test]
    fn every_choice_of_some_comes_once() {
        let mut chosen = vec![0, 1];
        let mut all = vec![chosen.clone()];
        while next_of(&mut chosen, 4) {
            all.push(chosen.clone());
        }
        assert_eq!(all, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert!(!next_of(&mut [], 3) && !next_of(&mut [0, 1], 2));
    }

    #[test]
    fn an_order_keeps_every_rule_or_there_is_none() {
        assert_eq!(in_order(4, &[(&[3], &[0, 1]), (&[1], &[0, 2])]), Some(vec![3, 1, 0, 2]));
        assert_eq!(in_order(3, &[(&[0], &[1]), (&[1], &[2]), (&[2], &[0])]), None);
    }

    /// Three stand in line by lot; who is last is out, then the first two meet.
    fn line(lots: &Lots) -> (Vec<usize>, Vec<Fork>) {
        let order = lots.sorted(&[0, 1, 2]);
        (vec![order[0].min(order[1])], vec![Fork { order, ahead: 2, state: None }])
    }

    #[test]
    fn a_lot_decides_if_another_order_elects_otherwise() {
        let decides = |elected, repeats, count: fn(&Lots) -> (Vec<usize>, Vec<Fork>)| {
            decide(elected, 3, count(&Lots::as_listed(3)).1, repeats, count)
        };
        assert!(decides(&[0], 9, line));
        assert!(!decides(&[7], 9, |lots| (vec![7], line(lots).1)));
        assert!(decides(&[7], 1, |lots| (vec![7], line(lots).1)), "not all could be looked at");
    }
}
