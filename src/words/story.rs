//! Who won and why: what a page says first, and the sentence that reports and files have too.

use super::{
    numbers::{named, named_up_to},
    outcome::{each, reason},
    ties,
};
use crate::count::{Outcome, Reason, TieRule};

/// How many choices that are level are named one by one.
const LEVEL: usize = 3;

/// How many that are elected are named in large letters.
const ELECTED: usize = 12;

/// Who won a poll, or leads it while it is open.
pub struct Story<'o> {
    outcome: &'o Outcome,
    labels: &'o [&'o str],
    closed: bool,
    /// Who is elected in any case.
    sure: Vec<usize>,
    /// Who is level for the places that are left.
    level: Vec<usize>,
    /// Whom a lot elects of these.
    by_lot: Vec<usize>,
}

impl<'o> Story<'o> {
    /// The story of `outcome`, whose choices have these labels. While a poll is not `closed`, somebody leads and nobody
    /// has won.
    pub fn new(outcome: &'o Outcome, labels: &'o [&'o str], closed: bool) -> Self {
        let is_elected = |choice: &usize| outcome.elected.contains(choice);
        let divided =
            outcome.ranking.iter().find(|group| group.iter().any(is_elected) && !group.iter().all(is_elected));
        let level = divided.cloned().unwrap_or_default();
        let (by_lot, sure) = outcome.elected.iter().partition(|choice| level.contains(choice));
        Self { outcome, labels, closed, sure, level, by_lot }
    }

    /// The names of who won or leads; of who is level where nobody leads. `None` where no vote counts.
    pub fn who(&self) -> Option<String> {
        match (self.closed, self.sure.is_empty()) {
            _ if self.outcome.elected.is_empty() => None,
            (true, _) => Some(named_up_to(self.labels, &self.outcome.elected, ELECTED)),
            (false, false) => Some(named_up_to(self.labels, &self.sure, ELECTED)),
            (false, true) => Some(named_up_to(self.labels, &self.level, LEVEL)),
        }
    }

    /// What they did, in a word or three: `wins`, `leads`.
    pub fn verdict(&self) -> &'static str {
        match (self.closed, self.outcome.seats > 1, self.sure.is_empty()) {
            (true, true, _) => "elected",
            (true, false, true) => "wins by lot",
            (true, false, false) => "wins",
            (false, _, true) => "level",
            (false, _, false) if self.sure.len() == 1 => "leads",
            (false, ..) => "lead",
        }
    }

    /// The same for one choice; `None` where it is not among the first.
    pub fn standing(&self, choice: usize) -> Option<&'static str> {
        let level = self.level.contains(&choice);
        match (level, self.closed) {
            (true, true) if !self.by_lot.contains(&choice) => Some("level"),
            (true, true) if self.outcome.seats > 1 => Some("elected by lot"),
            (true, true) => Some("wins by lot"),
            (true, false) => Some("level"),
            (false, _) if !self.sure.contains(&choice) => None,
            (false, false) => Some("leads"),
            (false, true) => Some(if self.outcome.seats > 1 { "elected" } else { "wins" }),
        }
    }

    /// Who won or leads and why, in a sentence that can be printed.
    pub fn sentence(&self) -> String {
        let outcome = self.outcome;
        match outcome.elected.is_empty() {
            true if outcome.ballots == 0 => if self.closed { "There are no votes." } else { "No votes yet." }.into(),
            true => {
                let verb = match (self.closed, outcome.seats > 1) {
                    (false, _) => "leads",
                    (true, false) => "wins",
                    (true, true) => "is elected",
                };
                let why = if outcome.ballots == outcome.blank { ": no ballot is marked" } else { "" };
                format!("Nobody {verb}{why}.")
            }
            false if self.level.is_empty() => self.of_all(),
            false if outcome.seats > 1 => self.of_seats(),
            false => self.of_a_tie(),
        }
    }

    /// Where no tie divides those who are elected from others.
    fn of_all(&self) -> String {
        let verb = match (self.closed, self.outcome.seats > 1, self.sure.len()) {
            (true, false, _) => "wins",
            (true, true, 1) => "is elected",
            (true, true, _) => "are elected",
            (false, _, 1) => "leads",
            (false, ..) => "lead",
        };
        let lots = match self.outcome.lot() {
            None => String::new(),
            Some(_) if !self.closed => ", after a tie for which the lots are provisional".into(),
            Some(rule) => format!(", after a tie that {}", settled(rule)),
        };
        format!("{} {verb}{}{lots}.", named(self.labels, &self.sure), self.reason())
    }

    /// Where the first are level for one seat.
    fn of_a_tie(&self) -> String {
        let (outcome, level) = (self.outcome, named_up_to(self.labels, &self.level, LEVEL));
        match outcome.lot().filter(|_| self.closed) {
            None => format!("{level} are level{}.", each(outcome, self.level[0])),
            Some(rule) => {
                let who = named(self.labels, &outcome.elected);
                let others: Vec<usize> =
                    self.level.iter().copied().filter(|choice| !outcome.elected.contains(choice)).collect();
                // The reason of the last two says with whom.
                let with = match outcome.reason {
                    Some(Reason::LastTwoTied { .. }) => String::new(),
                    _ => format!(" with {}", named_up_to(self.labels, &others, LEVEL)),
                };
                format!("{who} wins{}, after a tie{with} that {}.", self.reason(), settled(rule))
            }
        }
    }

    /// Where some are level for the last of several seats.
    fn of_seats(&self) -> String {
        let seats = self.outcome.seats.min(self.labels.len()) - self.sure.len();
        let place = if seats == 1 { "the last seat".to_owned() } else { format!("the last {seats} seats") };
        let (sure, lot) = (named(self.labels, &self.sure), named(self.labels, &self.by_lot));
        let level = named_up_to(self.labels, &self.level, LEVEL);
        let (lead, are) = if self.sure.len() == 1 { ("leads", "is elected") } else { ("lead", "are elected") };
        let by = match self.outcome.lot() {
            Some(TieRule::Listed) => "by the order in the file, as nobody drew lots",
            _ => "by lot",
        };
        let is = if self.by_lot.len() == 1 { "is" } else { "are" };
        match (self.sure.is_empty(), self.closed) {
            (false, true) => format!("{sure} {are}, and {lot} {by}, as {level} were level for {place}."),
            (false, false) => format!("{sure} {lead}; {level} are level for {place}."),
            (true, true) => format!("{lot} {is} elected {by}, as {level} were level."),
            (true, false) => format!("{level} are level."),
        }
    }

    /// Why, with a space before it; nothing where there is no reason.
    fn reason(&self) -> String {
        let reason = reason(self.outcome, self.labels);
        if reason.is_empty() { reason } else { format!(" {reason}") }
    }
}

/// How the last resort settled a tie.
fn settled(rule: TieRule) -> String {
    match rule {
        TieRule::Listed => "the order in the file settled, as nobody drew lots".into(),
        rule => format!("was settled by {}", ties::rule(rule)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        count::{Ballots, Contest, Lots, Method, count},
        marks::Kind,
    };

    const LABELS: [&str; 3] = ["Gummi", "Pita", "Cléo"];

    /// Names, verdict and sentence of approvals, while the poll is open and when it is closed.
    fn stories(profile: &[(&str, u64)], seats: usize) -> [(String, &'static str, String); 2] {
        let keys = ["g", "p", "c"];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { seats, lots: Lots::of(&[0, 1, 2]), ..Contest::new(&keys, &LABELS) };
        let ballots = Ballots::read(Kind::Approval, &keys, &profile).unwrap();
        let outcome = count(Method::Approval, &contest, &ballots).unwrap();
        [false, true].map(|closed| {
            let story = Story::new(&outcome, &LABELS, closed);
            (story.who().unwrap_or_default(), story.verdict(), story.sentence())
        })
    }

    fn is(story: &(String, &'static str, String), who: &str, verdict: &str, sentence: &str) {
        assert_eq!((story.0.as_str(), story.1, story.2.as_str()), (who, verdict, sentence));
    }

    #[test]
    fn one_leads_and_then_wins() {
        let [open, closed] = stories(&[("g", 2), ("p", 1)], 1);
        is(&open, "Gummi", "leads", "Gummi leads with the approval of 2 of 3 ballots.");
        is(&closed, "Gummi", "wins", "Gummi wins with the approval of 2 of 3 ballots.");
    }

    #[test]
    fn nobody_wins_without_votes() {
        let [open, closed] = stories(&[], 1);
        assert_eq!((open.2.as_str(), closed.2.as_str()), ("No votes yet.", "There are no votes."));
        let [open, closed] = stories(&[("", 2)], 1);
        assert_eq!(
            (open.2.as_str(), closed.2.as_str()),
            ("Nobody leads: no ballot is marked.", "Nobody wins: no ballot is marked.")
        );
        assert_eq!(closed.0, "");
        assert_eq!(stories(&[("", 2)], 2)[1].2, "Nobody is elected: no ballot is marked.");
    }

    #[test]
    fn a_tie_is_named_and_how_it_was_settled() {
        let [open, closed] = stories(&[("g", 2), ("p", 2)], 1);
        is(&open, "Gummi and Pita", "level", "Gummi and Pita are level with 2 approvals each.");
        let sentence = "Gummi wins with the approval of 2 of 4 ballots, after a tie with Pita that was settled by lot.";
        is(&closed, "Gummi", "wins by lot", sentence);
    }

    #[test]
    fn several_are_elected() {
        let [open, closed] = stories(&[("c,g", 2), ("p", 1)], 2);
        is(&open, "Gummi and Cléo", "lead", "Gummi and Cléo lead with the most approvals.");
        is(&closed, "Gummi and Cléo", "elected", "Gummi and Cléo are elected with the most approvals.");
        let [open, closed] = stories(&[("c", 3), ("g", 2), ("p", 2)], 2);
        is(&open, "Cléo", "leads", "Cléo leads; Gummi and Pita are level for the last seat.");
        let sentence = "Cléo is elected, and Gummi by lot, as Gummi and Pita were level for the last seat.";
        is(&closed, "Cléo and Gummi", "elected", sentence);
        let [open, closed] = stories(&[("c", 2), ("g", 2), ("p", 2)], 2);
        is(&open, "Gummi, Pita and Cléo", "level", "Gummi, Pita and Cléo are level.");
        let sentence = "Gummi and Pita are elected by lot, as Gummi, Pita and Cléo were level.";
        is(&closed, "Gummi and Pita", "elected", sentence);
    }
}
