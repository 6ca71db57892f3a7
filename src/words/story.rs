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

/// How many the sentence of a page names.
const NAMED: usize = 20;

/// Who won a poll, or leads it while it is open.
pub struct Story<'o> {
    outcome: &'o Outcome,
    labels: &'o [&'o str],
    closed: bool,
    /// Who is elected and is level with nobody.
    sure: Vec<usize>,
    /// Whom a lot elects of those who are level.
    by_lot: Vec<usize>,
}

impl<'o> Story<'o> {
    /// The story of `outcome`, whose choices have these labels. While a poll is not `closed`, somebody leads and nobody
    /// has won.
    pub fn new(outcome: &'o Outcome, labels: &'o [&'o str], closed: bool) -> Self {
        let (by_lot, sure) = outcome.elected.iter().partition(|choice| outcome.level.contains(choice));
        Self { outcome, labels, closed, sure, by_lot }
    }

    /// The names of who won or leads; of who is level where nobody leads. `None` where no vote counts.
    pub fn who(&self) -> Option<String> {
        match (self.closed, self.sure.is_empty()) {
            _ if self.outcome.elected.is_empty() => None,
            (true, _) => Some(named_up_to(self.labels, &self.outcome.elected, ELECTED)),
            (false, false) => Some(named_up_to(self.labels, &self.sure, ELECTED)),
            (false, true) => Some(named_up_to(self.labels, &self.outcome.level, LEVEL)),
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

    /// Whether a choice won or leads, or is level with those who lead.
    pub fn is_first(&self, choice: usize) -> bool {
        self.outcome.elected.contains(&choice) || self.is_level(choice)
    }

    /// Whether a lot has yet to decide on a choice.
    pub fn is_level(&self, choice: usize) -> bool {
        !self.closed && self.outcome.level.contains(&choice)
    }

    /// The same as the verdict for one choice; `None` where it is not among the first or tied with them.
    pub fn standing(&self, choice: usize) -> Option<&'static str> {
        let level = self.outcome.level.contains(&choice);
        match (level, self.closed) {
            (true, true) if !self.by_lot.contains(&choice) => Some("lost by lot"),
            (true, true) if self.outcome.seats > 1 => Some("elected by lot"),
            (true, true) => Some("wins by lot"),
            (true, false) => Some("level"),
            (false, _) if !self.sure.contains(&choice) => None,
            (false, false) => Some("leads"),
            (false, true) => Some(if self.outcome.seats > 1 { "elected" } else { "wins" }),
        }
    }

    /// Who won or leads and why, in a sentence that names all who are elected.
    pub fn sentence(&self) -> String {
        self.naming(usize::MAX)
    }

    /// The same for a page: where very many are elected, it says how many.
    pub fn short_sentence(&self) -> String {
        self.naming(NAMED)
    }

    /// The sentence, with the names of up to `most` choices at a time.
    fn naming(&self, most: usize) -> String {
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
            false if self.outcome.level.is_empty() => self.of_all(most),
            false if outcome.seats > 1 => self.of_seats(most),
            false => self.of_a_tie(),
        }
    }

    /// Where no tie divides those who are elected from others.
    fn of_all(&self, most: usize) -> String {
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
        format!("{} {verb}{}{lots}.", named_up_to(self.labels, &self.sure, most), self.reason())
    }

    /// Where the first are level for one seat.
    fn of_a_tie(&self) -> String {
        let (outcome, level) = (self.outcome, named_up_to(self.labels, &self.outcome.level, LEVEL));
        match outcome.lot().filter(|_| self.closed) {
            None => format!("{level} are level{}.", each(outcome, self.outcome.level[0])),
            Some(rule) => {
                let who = named(self.labels, &outcome.elected);
                let others: Vec<usize> =
                    self.outcome.level.iter().copied().filter(|choice| !outcome.elected.contains(choice)).collect();
                let with = format!(" with {}", named_up_to(self.labels, &others, LEVEL));
                let (why, with) = match outcome.reason {
                    // The others have as strong ones.
                    Some(Reason::StrongestPaths | Reason::StrongestDefeats) => (String::new(), with),
                    // It says with whom.
                    Some(Reason::LastTwoTied { .. }) => (self.reason(), String::new()),
                    Some(Reason::LastDuel { ref won, ref lost, .. }) if won == lost => (self.reason(), String::new()),
                    _ => (self.reason(), with),
                };
                format!("{who} wins{why}, after a tie{with} that {}.", settled(rule))
            }
        }
    }

    /// Where some are level for the last of several seats.
    fn of_seats(&self, most: usize) -> String {
        let seats = self.outcome.seats.min(self.labels.len()) - self.sure.len();
        let place = if seats == 1 { "the last seat".to_owned() } else { format!("the last {seats} seats") };
        let [sure, lot] = [&self.sure, &self.by_lot].map(|choices| named_up_to(self.labels, choices, most));
        let level = named_up_to(self.labels, &self.outcome.level, LEVEL);
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
        count::{Ballots, Contest, Lots, Method, Rules, Unranked, count},
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

    /// Headline and sentence of rankings of a, b and c, while the poll is open and when it is closed.
    fn of_rankings(method: Method, profile: &[(&str, u64)], lots: &[usize]) -> [(String, &'static str, String); 2] {
        let keys = &["a", "b", "c"][..lots.len()];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let rules = Rules { unranked: Unranked::Ignored, ..Rules::default() };
        let contest = Contest { lots: Lots::of(lots), rules, ..Contest::new(keys, keys) };
        let outcome = count(method, &contest, &Ballots::read(Kind::Ranking, keys, &profile).unwrap()).unwrap();
        [false, true].map(|closed| {
            let story = Story::new(&outcome, keys, closed);
            (story.who().unwrap_or_default(), story.verdict(), story.sentence())
        })
    }

    #[test]
    fn only_who_may_win_by_another_lot_is_level() {
        // a and b have a vote each of the other, a beats c by 4 and c beats b by 2: b and c have the fewest points. Where
        // c goes, b and a are tied; where b goes, a beats c.
        let profile = [("a>c", 4), ("c>b", 2), ("a>b", 1), ("b>a", 1)];
        let [open, closed] = of_rankings(Method::Baldwin, &profile, &[1, 0, 2]);
        is(&open, "a and b", "level", "a and b are level.");
        let sentence = "b wins in round 2 with 4 points, as many as a, after a tie that was settled by lot.";
        is(&closed, "b", "wins by lot", sentence);
        // The lot that keeps b in decides, though b and a have different votes.
        let profile = [("a", 3), ("b>c", 2), ("c>b", 2)];
        let [open, closed] = of_rankings(Method::Irv, &profile, &[1, 0, 2]);
        is(&open, "b and c", "level", "b and c are level.");
        let sentence =
            "b wins in round 2 with 4 of the 7 votes left in the count, after a tie with c that was settled by lot.";
        is(&closed, "b", "wins by lot", sentence);
    }

    #[test]
    fn a_lot_is_not_given_a_reason_that_holds_for_all_who_are_level() {
        for method in [Method::Schulze, Method::RankedPairs] {
            let [open, closed] = of_rankings(method, &[("a>b", 1), ("b>a", 1)], &[0, 1]);
            is(&open, "a and b", "level", "a and b are level.");
            is(&closed, "a", "wins by lot", "a wins, after a tie with b that was settled by lot.");
        }
        let [_, closed] = of_rankings(Method::Minimax, &[("a>b", 1), ("b>a", 1)], &[0, 1]);
        assert_eq!(closed.2, "a wins unbeaten head to head, after a tie with b that was settled by lot.");
    }

    #[test]
    fn a_page_does_not_name_very_many() {
        let labels: Vec<String> = (0..21).map(|n| format!("c{n}")).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let ballots = Ballots::read(Kind::Approval, &labels, &[(labels.join(","), 1)]).unwrap();
        let contest = Contest { seats: 21, ..Contest::new(&labels, &labels) };
        let outcome = count(Method::Approval, &contest, &ballots).unwrap();
        let story = Story::new(&outcome, &labels, true);
        assert_eq!(story.short_sentence(), "21 choices are elected with the most approvals.");
        assert!(story.sentence().starts_with("c0, c1, "));
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
