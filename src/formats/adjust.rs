//! Changes to an election before it is counted: leaving choices out, and applying the rules for ranks to the ballots.

use std::collections::{BTreeMap, HashSet};

use super::{Election, NamedChoice};
use crate::{
    count::{Overvotes, Skipped},
    marks::{self, Kind},
    text,
};

/// A rank and its marks.
type Rank<'t> = (u32, Vec<(&'t str, u32)>);

impl Election {
    /// The position of the choice with this label, else with this key, else with a similar label (by its skeleton).
    pub fn position(&self, name: &str) -> Option<usize> {
        let skeleton = text::skeleton(name);
        let first = |is_it: &dyn Fn(&NamedChoice) -> bool| self.choices.iter().position(is_it);
        first(&|choice| choice.label == name.trim())
            .or_else(|| first(&|choice| choice.key == name.trim()))
            .or_else(|| first(&|choice| text::skeleton(&choice.label) == skeleton))
    }

    /// Leaves out the choices at these positions, as if no ballot had named them: the ranks below a rank that only they had
    /// move up. The other choices keep their lot order, and the numbers that are used to draw lots.
    pub fn leave_out(&mut self, positions: &[usize]) {
        if positions.is_empty() {
            return;
        }
        let numbers = self.numbers();
        let (removed, remaining): (Vec<usize>, Vec<usize>) =
            (0..self.choices.len()).partition(|position| positions.contains(position));
        self.left_out.extend(removed.iter().map(|position| numbers[*position] - 1));
        self.left_out.sort_unstable();
        let new_position = |position: usize| remaining.binary_search(&position).ok();
        self.lots = self.lots.take().map(|lots| lots.into_iter().filter_map(new_position).collect());
        self.rules.write_ins = self.rules.write_ins.and_then(new_position);
        let removed: HashSet<String> = removed.into_iter().map(|position| self.choices[position].key.clone()).collect();
        self.choices.retain(|choice| !removed.contains(&choice.key));
        self.rewrite(|ranks| {
            let mut emptied = 0;
            for rank in ranks.iter_mut() {
                let before = rank.1.len();
                rank.1.retain(|(key, _)| !removed.contains(*key));
                rank.0 -= emptied;
                emptied += u32::from(rank.1.is_empty() && before > 0);
            }
        });
    }

    /// The choices' numbers on the ballot, from 1. Choices that are left out keep their numbers, which are skipped here.
    pub fn numbers(&self) -> Vec<usize> {
        let all = 0..self.choices.len() + self.left_out.len();
        all.filter(|position| self.left_out.binary_search(position).is_err()).map(|position| position + 1).collect()
    }

    /// Parses a lot order such as `3,1,2`, by these numbers: of all choices, or of all but those that are left out. `None`
    /// where it is neither.
    pub fn lot_order(&self, text: &str) -> Option<Vec<usize>> {
        let numbers = self.numbers();
        let all = numbers.len() + self.left_out.len();
        let left_out: String = self.left_out.iter().map(|position| format!(",{}", position + 1)).collect();
        let order = super::lot_order(text, all).or_else(|| super::lot_order(&format!("{text}{left_out}"), all))?;
        Some(order.into_iter().filter_map(|position| numbers.binary_search(&(position + 1)).ok()).collect())
    }

    /// Applies the rules for shared and for skipped ranks to the ballots, and sets the rules to their defaults. Only
    /// [`Overvotes::ExhaustSeveral`] stays: it depends on the course of the count.
    pub fn apply_rank_rules(&mut self) {
        let (overvotes, skipped) = (self.rules.overvotes, self.rules.skipped);
        if self.kind != Kind::Ranking || (overvotes, skipped) == Default::default() {
            return;
        }
        let most = match skipped {
            Skipped::CloseUp => u32::MAX,
            Skipped::Exhaust => 0,
            Skipped::ExhaustTwo => 1,
        };
        self.rewrite(|ranks| {
            let mut above = 0;
            let end = ranks.iter().position(|(rank, marks)| {
                let left_out = rank - above - 1;
                above = *rank;
                left_out > most || (overvotes == Overvotes::Exhaust && marks.len() > 1)
            });
            ranks.truncate(end.unwrap_or(ranks.len()));
            if overvotes == Overvotes::Skip {
                ranks.retain(|(_, marks)| marks.len() == 1);
            }
        });
        self.rules.skipped = Skipped::CloseUp;
        if matches!(overvotes, Overvotes::Skip | Overvotes::Exhaust) {
            self.rules.overvotes = Overvotes::Split;
        }
    }

    /// Changes the ranks of each ballot; where the kind has no ranks, all marks are one rank.
    fn rewrite(&mut self, change: impl Fn(&mut Vec<Rank<'_>>)) {
        let kind = self.kind;
        let mut profile: BTreeMap<String, u64> = BTreeMap::new();
        for (text, count) in &self.profile {
            let mut ranks: Vec<Rank<'_>> = Vec::new();
            for (key, value) in marks::read(kind, text).flatten() {
                let rank = if kind == Kind::Ranking { value } else { 1 };
                match ranks.last_mut() {
                    Some((last, marks)) if *last == rank => marks.push((key, value)),
                    _ => ranks.push((rank, vec![(key, value)])),
                }
            }
            change(&mut ranks);
            let ranked = |rank: u32, value: u32| if kind == Kind::Ranking { rank } else { value };
            let marks = ranks
                .iter()
                .flat_map(|(rank, marks)| marks.iter().map(move |(key, value)| (*key, ranked(*rank, *value))));
            let sum = profile.entry(super::marks_text(kind, marks)).or_default();
            *sum = sum.saturating_add(*count);
        }
        self.profile = profile.into_iter().collect();
    }
}
