//! Elections as they are counted: without choices that are left out, and with rules applied to the ballots themselves.

use std::collections::BTreeMap;

use super::Election;
use crate::{
    count::{Overvotes, Skipped},
    marks::{self, Kind},
    text,
};

/// A rank with the marks that stand in it.
type Rank<'t> = (u32, Vec<(&'t str, u32)>);

impl Election {
    /// The position of the choice with this label or key; labels that look alike are one.
    pub fn position(&self, name: &str) -> Option<usize> {
        let skeleton = text::skeleton(name);
        let exact = self.choices.iter().position(|choice| choice.label == name.trim() || choice.key == name.trim());
        exact.or_else(|| self.choices.iter().position(|choice| text::skeleton(&choice.label) == skeleton))
    }

    /// Leaves a choice out, as if no ballot named it: the ranks below one that it had alone move up.
    pub fn leave_out(&mut self, position: usize) {
        let gone = self.choices.remove(position).key;
        self.lots = self.lots.take().map(|lots| {
            let left = lots.into_iter().filter(|lot| *lot != position);
            left.map(|lot| if lot > position { lot - 1 } else { lot }).collect()
        });
        self.rules.write_ins = match self.rules.write_ins {
            Some(other) if other == position => None,
            Some(other) if other > position => Some(other - 1),
            other => other,
        };
        self.rewrite(|ranks| {
            let mut emptied = 0;
            for rank in ranks.iter_mut() {
                let before = rank.1.len();
                rank.1.retain(|(key, _)| *key != gone);
                rank.0 -= emptied;
                emptied += u32::from(rank.1.is_empty() && before > 0);
            }
        });
    }

    /// Applies the rules for shared and for skipped ranks to the ballots, where that says the same: all but
    /// [`Overvotes::ExhaustSeveral`], which depends on who is still in.
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

    /// Rewrites each ballot by its ranks, or by its marks as one rank where the kind has none.
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
            let sum = profile.entry(super::written(kind, marks)).or_default();
            *sum = sum.saturating_add(*count);
        }
        self.profile = profile.into_iter().collect();
    }
}
