//! Duels: how many ballots prefer each choice to each other.
//!
//! Source: Condorcet, *Essai sur l'application de l'analyse à la probabilité des décisions* (1785). What a ballot
//! says of choices that it does not rank is [`Unranked`]; those that share a rank are not preferred to each other.

use std::cmp::Reverse;

use super::{Ballots, Contest, Mark, Matrix, MatrixKind, Unranked};

/// For each two choices, how many ballots prefer the one to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairwise {
    choices: usize,
    votes: Vec<u64>,
}

/// What a defeat counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// The ballots for the winner of the duel.
    WinningVotes,
    /// Those less the ballots for its loser.
    Margins,
}

/// How much a defeat counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefeatSize {
    /// The ballots for the winner of the duel.
    Votes(u64),
    /// Those less the ballots for its loser.
    Margin(u64),
}

impl Pairwise {
    /// The duels of rankings, or of scores read as rankings: a score of 0 is still more than none.
    pub fn new(contest: &Contest<'_>, ballots: &Ballots) -> Self {
        let mut seen = Seen::new(contest.choices());
        for ballot in ballots.as_rankings().iter() {
            seen.add(ballot.marks, ballot.count);
        }
        seen.duels(contest.rules.unranked)
    }

    /// The duels of scores where no score is a score of 0, as in STAR.
    pub fn by_scores(contest: &Contest<'_>, ballots: &Ballots) -> Self {
        let (mut seen, mut marks) = (Seen::new(contest.choices()), Vec::new());
        for ballot in ballots.iter() {
            marks.clear();
            marks.extend(ballot.marks.iter().copied().filter(|mark| mark.value > 0));
            marks.sort_unstable_by_key(|mark| Reverse(mark.value));
            seen.add(&marks, ballot.count);
        }
        seen.duels(Unranked::Last)
    }

    /// How many choices there are.
    pub fn choices(&self) -> usize {
        self.choices
    }

    /// The ballots that prefer `one` to `other`.
    pub fn votes(&self, one: usize, other: usize) -> u64 {
        self.votes[one * self.choices + other]
    }

    /// Whether more ballots prefer `one` to `other` than the other way round.
    pub fn beats(&self, one: usize, other: usize) -> bool {
        self.votes(one, other) > self.votes(other, one)
    }

    /// How many more ballots prefer `one` to `other` than the other way round.
    pub fn margin(&self, one: usize, other: usize) -> i128 {
        i128::from(self.votes(one, other)) - i128::from(self.votes(other, one))
    }

    /// What the defeat of `other` by `one` counts for; 0 where it is none.
    pub fn strength(&self, strength: Strength, one: usize, other: usize) -> u64 {
        match strength {
            _ if !self.beats(one, other) => 0,
            Strength::WinningVotes => self.votes(one, other),
            Strength::Margins => self.votes(one, other) - self.votes(other, one),
        }
    }

    /// The duels that each choice has won, in halves: a draw is one.
    pub fn half_wins(&self) -> Vec<u64> {
        let half_wins = |one: usize| -> u64 {
            let duels = (0..self.choices).filter(|other| *other != one);
            duels.map(|other| 1 + self.margin(one, other).signum()).map(|halves| halves.unsigned_abs() as u64).sum()
        };
        (0..self.choices).map(half_wins).collect()
    }

    /// The choice that beats every other, if there is one.
    pub fn condorcet_winner(&self) -> Option<usize> {
        (0..self.choices).find(|one| (0..self.choices).all(|other| other == *one || self.beats(*one, other)))
    }

    /// The table of the duels.
    pub fn matrix(&self) -> Matrix {
        matrix(MatrixKind::Preferences, self.choices, &self.votes)
    }
}

/// What ballots say of the choices that they rank; row by row, by two choices.
struct Seen {
    /// How many rank each choice.
    ranked: Vec<u64>,
    /// How many rank one above the other.
    above: Vec<u64>,
    /// How many have both at one rank.
    level: Vec<u64>,
}

impl Seen {
    fn new(choices: usize) -> Self {
        Self { ranked: vec![0; choices], above: vec![0; choices * choices], level: vec![0; choices * choices] }
    }

    /// Adds ballots whose marks are in order, the best first.
    fn add(&mut self, marks: &[Mark], count: u64) {
        let choices = self.ranked.len();
        let mut lower = marks;
        for rank in marks.chunk_by(|a, b| a.value == b.value) {
            lower = &lower[rank.len()..];
            for mark in rank {
                let one = mark.choice as usize;
                self.ranked[one] += count;
                let row = one * choices..(one + 1) * choices;
                let above = &mut self.above[row.clone()];
                lower.iter().for_each(|other| above[other.choice as usize] += count);
                let level = &mut self.level[row];
                rank.iter().for_each(|other| level[other.choice as usize] += count);
            }
        }
    }

    /// The duels. A ballot that ranks only one of two prefers it, if the unranked are last.
    fn duels(self, unranked: Unranked) -> Pairwise {
        let choices = self.ranked.len();
        let mut votes = self.above.clone();
        if unranked == Unranked::Last {
            for one in 0..choices {
                for other in (0..choices).filter(|other| *other != one) {
                    let (there, back) = (one * choices + other, other * choices + one);
                    votes[there] += self.ranked[one] - self.above[there] - self.above[back] - self.level[there];
                }
            }
        }
        Pairwise { choices, votes }
    }
}

impl Strength {
    /// A defeat that counts for so much.
    pub(super) fn size(self, strength: u64) -> DefeatSize {
        match self {
            Self::WinningVotes => DefeatSize::Votes(strength),
            Self::Margins => DefeatSize::Margin(strength),
        }
    }
}

/// A table of numbers that are row by row.
pub(super) fn matrix(kind: MatrixKind, choices: usize, numbers: &[u64]) -> Matrix {
    let rows = numbers.chunks(choices.max(1));
    let rows = rows.map(|row| row.iter().map(|number| i64::try_from(*number).unwrap_or(i64::MAX)).collect());
    Matrix { kind, rows: rows.collect() }
}

/// All choices in layers: first those that no other is above, then those that no other of the rest is above.
///
/// `above` is to be free of cycles.
pub(super) fn layers(choices: usize, above: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let mut over: Vec<usize> =
        (0..choices).map(|one| (0..choices).filter(|other| above(*other, one)).count()).collect();
    let mut rest: Vec<usize> = (0..choices).collect();
    let mut layers = Vec::new();
    while !rest.is_empty() {
        let (layer, below): (Vec<usize>, Vec<usize>) = rest.iter().partition(|one| over[**one] == 0);
        if layer.is_empty() {
            layers.push(below);
            break;
        }
        for one in &below {
            over[*one] -= layer.iter().filter(|other| above(**other, *one)).count();
        }
        layers.push(layer);
        rest = below;
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::super::Rules;
    use super::*;
    use crate::marks::Kind;

    const KEYS: [&str; 3] = ["a", "b", "c"];

    fn duels(kind: Kind, unranked: Unranked, profile: &[(&str, u64)]) -> Vec<Vec<i64>> {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { rules: Rules { unranked, ..Rules::default() }, ..Contest::new(&KEYS, &KEYS) };
        Pairwise::new(&contest, &Ballots::read(kind, &KEYS, &profile).unwrap()).matrix().rows
    }

    #[test]
    fn the_unranked_share_the_last_rank_or_meet_nobody() {
        let profile = [("b>a", 2), ("a=c", 3), ("", 9), ("c>>a>b", 1)];
        assert_eq!(duels(Kind::Ranking, Unranked::Last, &profile), [[0, 4, 2], [2, 0, 2], [1, 4, 0]]);
        assert_eq!(duels(Kind::Ranking, Unranked::Ignored, &profile), [[0, 1, 0], [2, 0, 0], [1, 1, 0]]);
    }

    #[test]
    fn scores_are_read_as_rankings_and_in_star_no_score_is_zero() {
        let profile = [("a:0,b:3".to_owned(), 1)];
        let contest = Contest::new(&KEYS, &KEYS);
        let ballots = Ballots::read(Kind::Score, &KEYS, &profile).unwrap();
        assert_eq!(Pairwise::new(&contest, &ballots).matrix().rows, [[0, 0, 1], [1, 0, 1], [0, 0, 0]]);
        assert_eq!(Pairwise::by_scores(&contest, &ballots).matrix().rows, [[0, 0, 0], [1, 0, 1], [0, 0, 0]]);
    }

    #[test]
    fn who_beats_every_other_is_the_condorcet_winner() {
        let winner = |profile: &[(&str, u64)]| {
            let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
            let ballots = Ballots::read(Kind::Ranking, &KEYS, &profile).unwrap();
            Pairwise::new(&Contest::new(&KEYS, &KEYS), &ballots).condorcet_winner()
        };
        assert_eq!(winner(&[("a>b>c", 3), ("c>b>a", 2), ("b>c>a", 2)]), Some(1));
        assert_eq!(winner(&[("a>b>c", 1), ("b>c>a", 1), ("c>a>b", 1)]), None);
        assert_eq!(winner(&[("a=b>c", 1)]), None);
    }
}
