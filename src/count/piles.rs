//! Whole ballots in piles by the choice that they count for, so that a round touches only those that move.

use std::collections::BTreeMap;

use super::{Ballot, Ballots, Contest, Flow, Number, transfers::next_rank};

/// The ballots of a count in which a vote keeps its value. One whose rank several share is on the pile of each, and
/// divided evenly.
pub(super) struct Piles<'b> {
    contest: &'b Contest<'b>,
    ballots: Vec<Ballot<'b>>,
    /// For each ballot where the rank begins that it counts for, and by how many it is divided.
    at: Vec<(usize, u64)>,
    is_in: Vec<bool>,
    piles: Vec<Vec<usize>>,
    votes: Vec<Votes>,
    exhausted: u64,
}

impl<'b> Piles<'b> {
    /// The first choices of the ballots that are not blank.
    pub(super) fn new(contest: &'b Contest<'b>, ballots: &'b Ballots) -> Self {
        let choices = contest.choices();
        let ballots: Vec<Ballot<'b>> = ballots.iter().filter(|ballot| !ballot.marks.is_empty()).collect();
        let mut piles = Self {
            contest,
            at: vec![(0, 0); ballots.len()],
            ballots,
            is_in: vec![true; choices],
            piles: vec![Vec::new(); choices],
            votes: vec![Votes::default(); choices],
            exhausted: 0,
        };
        for ballot in 0..piles.ballots.len() {
            piles.lay(ballot);
        }
        piles
    }

    /// The votes of those who are still in, in the order of the ballot.
    pub(super) fn standing(&self) -> Vec<(usize, Number)> {
        let is_in = self.is_in.iter().enumerate().filter(|(_, is_in)| **is_in);
        is_in.map(|(choice, _)| (choice, self.votes[choice].number())).collect()
    }

    /// The ballots that count for nobody any more.
    pub(super) fn exhausted(&self) -> Number {
        Number::from(self.exhausted)
    }

    /// Takes choices out, all at once, and moves their ballots; gives where the votes went.
    pub(super) fn eliminate(&mut self, losers: &[usize]) -> Vec<Flow> {
        let mut leaving = vec![false; self.is_in.len()];
        let mut moving = Vec::new();
        for loser in losers {
            (leaving[*loser], self.is_in[*loser]) = (true, false);
            moving.append(&mut self.piles[*loser]);
        }
        moving.sort_unstable();
        moving.dedup();
        let mut flows: BTreeMap<(usize, Option<usize>), Votes> = BTreeMap::new();
        for ballot in moving {
            let Ballot { marks, count } = self.ballots[ballot];
            let (start, parts) = self.at[ballot];
            let rank = marks[start..].chunk_by(|a, b| a.value == b.value).next().unwrap_or_default();
            let members = || rank.iter().map(|mark| mark.choice as usize);
            let staying = members().filter(|choice| self.is_in[*choice]).count() as u64;
            let (heirs, shares) = if staying > 0 {
                let heirs: Vec<usize> = members().filter(|choice| self.is_in[*choice]).collect();
                for heir in &heirs {
                    self.votes[*heir].take(count, parts);
                    self.votes[*heir].add(count, staying);
                }
                self.at[ballot].1 = staying;
                (heirs, staying)
            } else {
                self.lay(ballot)
            };
            for loser in members().filter(|choice| leaving[*choice]) {
                let heirs = heirs.iter().map(|heir| Some(*heir)).chain(heirs.is_empty().then_some(None));
                for heir in heirs {
                    flows.entry((loser, heir)).or_default().add(count, parts * shares);
                }
            }
        }
        let mut flows: Vec<Flow> =
            flows.into_iter().map(|((from, to), votes)| Flow { from, to, votes: votes.number() }).collect();
        flows.sort_by_key(|flow| (flow.from, flow.to.is_none()));
        flows
    }

    /// Lays a ballot on the piles of its next rank; gives whose it is now and by how many it is divided.
    fn lay(&mut self, ballot: usize) -> (Vec<usize>, u64) {
        let Ballot { marks, count } = self.ballots[ballot];
        let next = next_rank(marks, self.at[ballot].0, &self.contest.rules, |choice| self.is_in[choice]);
        let Some((start, rank)) = next else {
            self.exhausted += count;
            return (Vec::new(), 1);
        };
        let heirs: Vec<usize> =
            rank.iter().map(|mark| mark.choice as usize).filter(|choice| self.is_in[*choice]).collect();
        let parts = heirs.len() as u64;
        self.at[ballot] = (start, parts);
        for heir in &heirs {
            self.piles[*heir].push(ballot);
            self.votes[*heir].add(count, parts);
        }
        (heirs, parts)
    }
}

/// Votes: whole ballots, and by how many parts others are divided.
#[derive(Clone, Default)]
struct Votes {
    whole: u64,
    parts: BTreeMap<u64, u64>,
}

impl Votes {
    /// Adds a part of each of `ballots`, which are divided into `parts`.
    fn add(&mut self, ballots: u64, parts: u64) {
        match parts {
            1 => self.whole += ballots,
            _ => *self.parts.entry(parts).or_default() += ballots,
        }
    }

    /// Takes away what was added.
    fn take(&mut self, ballots: u64, parts: u64) {
        if let Some(divided) = self.parts.get_mut(&parts) {
            *divided -= ballots;
        }
    }

    fn number(&self) -> Number {
        let parts = self.parts.iter().filter(|(_, ballots)| **ballots > 0);
        parts.fold(Number::from(self.whole), |sum, (parts, ballots)| sum + Number::ratio(*ballots, *parts))
    }
}
