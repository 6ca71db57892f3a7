//! Who leads a poll, or has won it, as its page says it: who is tied, and whom a lot chose.

use super::{
    numbers::{named_up_to, share},
    outcome::reason,
};
use crate::count::{Number, Outcome, Unit};

/// How many choices that are level are named one by one in a sentence.
const LEVEL: usize = 3;

/// How many that are elected are.
const ELECTED: usize = 20;

/// The first of an outcome: who is elected in any case, and who is tied for what is left but for a lot.
pub struct Leaders<'o> {
    outcome: &'o Outcome,
    /// Whether the poll is closed, so that they have won.
    closed: bool,
    sure: Vec<usize>,
    level: Vec<usize>,
    by_lot: Vec<usize>,
}

impl<'o> Leaders<'o> {
    /// The first of `outcome`; nobody where nobody is elected.
    pub fn new(outcome: &'o Outcome, closed: bool) -> Self {
        let is_elected = |choice: &usize| outcome.elected.contains(choice);
        let divided =
            outcome.ranking.iter().find(|group| group.iter().any(is_elected) && !group.iter().all(is_elected));
        let level = divided.cloned().unwrap_or_default();
        let (by_lot, sure) = outcome.elected.iter().partition(|choice| level.contains(choice));
        Self { outcome, closed, sure, level, by_lot }
    }

    /// Where a choice stands, in a word or two, if it is among the first.
    pub fn standing(&self, choice: usize) -> Option<&'static str> {
        let level = self.level.contains(&choice);
        match (level, self.closed) {
            (true, true) if self.by_lot.contains(&choice) => Some("elected by lot"),
            (true, _) => Some("level"),
            (false, _) if !self.sure.contains(&choice) => None,
            (false, false) => Some("leads"),
            (false, true) if self.outcome.unit == Unit::Votes && self.outcome.seats == 1 => Some("most votes"),
            (false, true) => Some("elected"),
        }
    }

    /// Who leads or is elected, in a sentence without its full stop; `None` where nobody is. `grade` writes a grade.
    pub fn sentence(&self, labels: &[&str], grade: impl Fn(&Number) -> String) -> Option<String> {
        match self.outcome.elected.len() {
            0 => None,
            _ if self.outcome.seats > 1 => Some(self.of_several_seats(labels)),
            _ => Some(self.of_one_seat(labels, grade)),
        }
    }

    fn of_one_seat(&self, labels: &[&str], grade: impl Fn(&Number) -> String) -> String {
        let (outcome, closed) = (self.outcome, self.closed);
        let named = |choices: &[usize]| named_up_to(labels, choices, LEVEL);
        let verb = |leads, won| if closed { won } else { leads };
        match (self.sure.as_slice(), outcome.unit) {
            ([], _) if closed => format!("{} won by lot: {} ended level", named(&self.by_lot), named(&self.level)),
            ([], _) => format!("{} are level", named(&self.level)),
            ([one, ..], Unit::Votes) => {
                let share = share(&outcome.tally[*one], &Number::from(outcome.ballots));
                format!("{} {} {share}", named(&self.sure), verb("leads with", "won with"))
            }
            ([one, ..], Unit::Grade) => {
                let (who, leads, grade) = (named(&self.sure), verb("leads", "won"), grade(&outcome.tally[*one]));
                format!("{who} {leads} with the median grade “{grade}”{}", self.after_lots())
            }
            _ => {
                let who = format!("{} {} {}", named(&self.sure), verb("leads", "won"), reason(outcome, labels));
                who.trim_end().to_owned() + self.after_lots()
            }
        }
    }

    fn of_several_seats(&self, labels: &[&str]) -> String {
        let many = |choices: &[usize]| named_up_to(labels, choices, ELECTED);
        let seats = self.outcome.seats.min(labels.len()) - self.sure.len();
        let place = if seats == 1 { "the last seat".to_owned() } else { format!("the last {seats} seats") };
        let (sure, level, lot) = (many(&self.sure), named_up_to(labels, &self.level, LEVEL), many(&self.by_lot));
        let (lead, are) = if self.sure.len() == 1 { ("leads", "is elected") } else { ("lead", "are elected") };
        match (self.sure.is_empty(), self.level.is_empty()) {
            (false, true) => format!("{sure} {}{}", if self.closed { are } else { lead }, self.after_lots()),
            (false, false) if self.closed => {
                format!("{sure} {are}, and {lot} by lot, as {level} ended level for {place}")
            }
            (false, false) => format!("{sure} {lead}; {level} are level for {place}"),
            (true, _) if self.closed => format!("{lot} elected by lot: {level} ended level"),
            (true, _) => format!("{level} are level"),
        }
    }

    /// That a lot decided on the way, where nobody is elected by lot in the end.
    fn after_lots(&self) -> &'static str {
        match (self.outcome.used_lot(), self.closed) {
            (false, _) => "",
            (true, true) => ", after a tie that was settled by lot",
            (true, false) => ", after a tie for which the lots are provisional",
        }
    }
}
