//! The first of an outcome, in words: who leads or is elected, who is level, and whom a lot chose.

use super::numbers::{counted, share};
use crate::{
    count::{Number, Outcome, Unit},
    models::poll::Definition,
};

/// How many choices that are level are named one by one in a sentence.
const LEVEL: usize = 3;

/// How many that are elected are.
const ELECTED: usize = 20;

/// The first of an outcome: who is elected in any case, and who is tied for what is left but for a lot.
pub struct First {
    sure: Vec<usize>,
    level: Vec<usize>,
    by_lot: Vec<usize>,
}

impl First {
    /// The first of `outcome`; nobody where nobody is elected.
    pub fn of(outcome: &Outcome) -> Self {
        let is_elected = |choice: &usize| outcome.elected.contains(choice);
        let divided =
            outcome.ranking.iter().find(|group| group.iter().any(is_elected) && !group.iter().all(is_elected));
        let level = divided.cloned().unwrap_or_default();
        let (by_lot, sure) = outcome.elected.iter().partition(|choice| level.contains(choice));
        Self { sure, level, by_lot }
    }

    /// Where a choice stands, in a word or two, if it is among the first.
    pub fn standing(&self, outcome: &Outcome, choice: usize, closed: bool) -> Option<&'static str> {
        let level = self.level.contains(&choice);
        match (level, closed) {
            (true, true) if self.by_lot.contains(&choice) => Some("elected by lot"),
            (true, _) => Some("level"),
            (false, _) if !self.sure.contains(&choice) => None,
            (false, false) => Some("leads"),
            (false, true) if outcome.unit == Unit::Votes && outcome.seats == 1 => Some("most votes"),
            (false, true) => Some("elected"),
        }
    }

    /// Who leads or is elected, in a sentence without its full stop; `None` where nobody is.
    pub fn sentence(&self, outcome: &Outcome, definition: &Definition, closed: bool) -> Option<String> {
        let many = |choices: &[usize]| named(definition, choices, ELECTED);
        let named = |choices: &[usize]| named(definition, choices, LEVEL);
        let verb = |leads, won| if closed { won } else { leads };
        if outcome.elected.is_empty() {
            return None;
        }
        if outcome.seats > 1 {
            let seats = outcome.seats.min(definition.choices.len()) - self.sure.len();
            let place = if seats == 1 { "the last seat".to_owned() } else { format!("the last {seats} seats") };
            let (sure, level, lot) = (many(&self.sure), named(&self.level), many(&self.by_lot));
            let (leads, is) = match self.sure.as_slice() {
                [_] => ("leads", "is elected"),
                _ => ("lead", "are elected"),
            };
            return Some(match (self.sure.is_empty(), self.level.is_empty()) {
                (false, true) => format!("{sure} {}{}", verb(leads, is), on_the_way(outcome, closed)),
                (false, false) if closed => {
                    format!("{sure} {is}, and {lot} by lot, as {level} ended level for {place}")
                }
                (false, false) => format!("{sure} {leads}; {level} are level for {place}"),
                (true, _) if closed => format!("{lot} elected by lot: {level} ended level"),
                (true, _) => format!("{level} are level"),
            });
        }
        Some(match (self.sure.as_slice(), outcome.unit) {
            ([], _) if closed => format!("{} won by lot: {} ended level", named(&self.by_lot), named(&self.level)),
            ([], _) => format!("{} are level", named(&self.level)),
            ([one, ..], Unit::Votes) => {
                let share = share(&outcome.tally[*one], &Number::from(outcome.ballots));
                format!("{} {} {share}", named(&self.sure), verb("leads with", "won with"))
            }
            ([one, ..], Unit::Grade) => {
                let grade = counted(&definition.poll, Unit::Grade, &outcome.tally[*one]);
                let told =
                    format!("{} {} the median grade “{grade}”", named(&self.sure), verb("leads with", "won with"));
                told + on_the_way(outcome, closed)
            }
            _ => {
                let told = format!("{} {} {}", named(&self.sure), verb("leads", "won"), outcome.reason);
                told.trim_end().to_owned() + on_the_way(outcome, closed)
            }
        })
    }
}

/// That a lot decided on the way, where nobody is elected by lot in the end.
fn on_the_way(outcome: &Outcome, closed: bool) -> &'static str {
    match (outcome.used_lot(), closed) {
        (false, _) => "",
        (true, true) => ", after a tie that was settled by lot",
        (true, false) => ", after a tie for which the lots are provisional",
    }
}

/// Choices for a sentence: `Gummi, Pita and Cleo`, or where they are more than `most`, how many they are.
pub fn named(definition: &Definition, choices: &[usize], most: usize) -> String {
    let labels: Vec<&str> = choices.iter().map(|choice| definition.choices[*choice].label.as_str()).collect();
    match labels.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if labels.len() <= most => format!("{} and {last}", first.join(", ")),
        _ => format!("{} choices", labels.len()),
    }
}
