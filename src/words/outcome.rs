//! Who is elected and why, in a sentence.

use super::{
    numbers::{ballots, defeat, named, written},
    ties,
};
use crate::{
    count::{Outcome, Reached, Reason, TieRule, Unit},
    text::isolated,
};

/// What the numbers of a tally are, in one word for many.
pub fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Votes => "votes",
        Unit::Approvals => "approvals",
        Unit::Points => "points",
        Unit::FirstChoices => "first choices",
        Unit::Wins => "wins",
        Unit::Grade => "grade",
    }
}

/// Who is elected and why, fit to print.
pub fn sentence(outcome: &Outcome, labels: &[&str]) -> String {
    let who = named(labels, &outcome.elected);
    let verb = match outcome.elected.len() {
        0 if outcome.ballots == outcome.blank => return "Nobody is elected: no ballot is marked.".into(),
        0 => return "Nobody is elected.".into(),
        1 if outcome.seats == 1 => "wins",
        1 => "is elected",
        _ => "are elected",
    };
    let reason = reason(outcome, labels);
    let space = if reason.is_empty() { "" } else { " " };
    let lot = match outcome.lot() {
        None => String::new(),
        Some(TieRule::Listed) => ", after a tie that the order in the file settled, as nobody drew lots".into(),
        Some(lot) => format!(", after a tie that was settled by {}", ties::rule(lot)),
    };
    format!("{who} {verb}{space}{reason}{lot}.")
}

/// Why, to end a sentence that begins with who is elected: `with 42 of 100 votes`; empty where nobody is.
pub fn reason(outcome: &Outcome, labels: &[&str]) -> String {
    let Some(reason) = &outcome.reason else { return String::new() };
    let one = match outcome.elected[..] {
        [one] => outcome.tally.get(one),
        _ => None,
    };
    match (reason, one) {
        (Reason::OnlyChoice, _) => "as the only choice".into(),
        (Reason::MostInTally, None) => format!("with the most {}", unit(outcome.unit)),
        (Reason::MostInTally, Some(number)) => match outcome.unit {
            Unit::Approvals => format!("with the approval of {number} of {}", ballots(outcome.ballots)),
            Unit::Points => format!("with {}", written(number, "point")),
            _ => format!("with {number} of {}", ballots(outcome.ballots)),
        },
        (Reason::MedianGrade { .. }, None) => "with the highest median grades".into(),
        (Reason::MedianGrade { highest }, Some(grade)) => format!("with a median grade of {grade} out of {highest}"),
        (Reason::CondorcetWinner, _) => "by beating every other choice head to head".into(),
        (Reason::MostDuels { .. }, None) => "with the most duels won".into(),
        (Reason::MostDuels { by_margins }, Some(won)) => {
            let margins = if *by_margins { " and the greatest margins" } else { "" };
            format!("with {won} of {} duels won{margins}", outcome.tally.len() - 1)
        }
        (Reason::Unbeaten, _) => "unbeaten head to head".into(),
        (Reason::SmallestWorstDefeat(size), _) => format!("with the smallest worst defeat ({})", defeat(*size)),
        (Reason::SmallestWorstDefeats, _) => "with the smallest worst defeats".into(),
        (Reason::StrongestPaths, _) => "by the strongest chains of wins".into(),
        (Reason::StrongestDefeats, _) => "when the strongest defeats count first".into(),
        (Reason::AutomaticRunoff { against, won, lost, rule }, _) => {
            let rule = rule.filter(|rule| !rule.is_lot());
            let by = rule.map(|rule| format!(", and by {}", ties::rule(rule))).unwrap_or_default();
            format!("in the runoff against {}, {won} to {lost}{by}", isolated(labels[*against]))
        }
        (Reason::RunoffForEachSeat, _) => "with a scoring round and a runoff for each seat".into(),
        (Reason::FirstRoundMajority { votes, of }, _) => {
            format!("in the first round with {votes} of the {}", written(of, "vote"))
        }
        (Reason::Runoff { votes, of, rule }, _) => {
            let first = if rule.is_some_and(|rule| !rule.is_lot()) { " and more in the first round" } else { "" };
            format!("in the runoff with {votes} of the {}{first}", written(of, "vote"))
        }
        (Reason::Majority { round, votes, of }, _) => {
            format!("in round {round} with {votes} of the {} left in the count", written(of, "vote"))
        }
        (Reason::LastTwoTied { round, votes, others, rule }, _) => {
            let before = ties::round(*rule).map(|round| format!(", and more in {round}")).unwrap_or_default();
            format!("in round {round} with {}, as many as {}{before}", written(votes, "vote"), named(labels, others))
        }
        (Reason::LastDuel { round, against, won, lost }, _) => {
            let (points, other) = (written(won, "point"), isolated(labels[*against]));
            let compared =
                if won == lost { format!(", as many as {other}") } else { format!(" against {lost} for {other}") };
            format!("in round {round} with {points}{compared}")
        }
        (Reason::Quota { rounds, quota, reached }, _) => {
            let rounds = written(&(*rounds as u64).into(), "round");
            let quota = written(quota, "vote");
            match reached {
                Reached::All => format!("in {rounds} with the quota of {quota}"),
                Reached::Some => format!("in {rounds} with the quota of {quota} or as the last left"),
                Reached::Nobody => format!("in {rounds} as the last left"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        count::{Ballots, Contest, Lots, Method, Number, count},
        marks::Kind,
    };

    #[test]
    fn sentences_are_fit_to_print() {
        let (keys, labels) = (["g", "p", "c"], ["Gummi", "Pita", "Cléo"]);
        let sentence_of = |profile: &[(&str, u64)], seats| {
            let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
            let contest = Contest { seats, lots: Lots::of(&[0, 1, 2]), ..Contest::new(&keys, &labels) };
            let ballots = Ballots::read(Kind::Approval, &keys, &profile).unwrap();
            sentence(&count(Method::Approval, &contest, &ballots).unwrap(), &labels)
        };
        assert_eq!(sentence_of(&[("g", 2), ("p", 1)], 1), "Gummi wins with the approval of 2 of 3 ballots.");
        assert_eq!(sentence_of(&[("", 2)], 1), "Nobody is elected: no ballot is marked.");
        assert_eq!(sentence_of(&[("c,g", 2), ("p", 1)], 2), "Gummi and Cléo are elected with the most approvals.");
        assert!(sentence_of(&[("g", 2), ("p", 2)], 1).ends_with(", after a tie that was settled by lot."));
    }

    #[test]
    fn reasons_end_the_sentence() {
        let (keys, labels) = (["g", "p", "c"], ["Gummi", "Pita", "Cléo"]);
        let ballots = Ballots::read(Kind::Pick, &keys, &[("g".to_owned(), 5)]).unwrap();
        let outcome = count(Method::Plurality, &Contest::new(&keys, &labels), &ballots).unwrap();
        let why = |why: Reason| reason(&Outcome { reason: Some(why), ..outcome.clone() }, &labels);
        let (votes, of) = (Number::from(7), Number::from(12));
        let duel = |won: u64, lost: u64| Reason::LastDuel { round: 2, against: 1, won: won.into(), lost: lost.into() };
        assert_eq!(why(duel(6, 3)), "in round 2 with 6 points against 3 for Pita");
        assert_eq!(why(duel(1, 1)), "in round 2 with 1 point, as many as Pita");
        let majority = Reason::Majority { round: 3, votes: votes.clone(), of: of.clone() };
        assert_eq!(why(majority), "in round 3 with 7 of the 12 votes left in the count");
        let tied = |votes: u64, rule| Reason::LastTwoTied { round: 2, votes: votes.into(), others: vec![1], rule };
        assert_eq!(why(tied(1, TieRule::Lot)), "in round 2 with 1 vote, as many as Pita");
        assert_eq!(why(tied(3, TieRule::Round(1))), "in round 2 with 3 votes, as many as Pita, and more in round 1");
        let runoff = |rule| Reason::Runoff { votes: votes.clone(), of: of.clone(), rule };
        assert_eq!(why(runoff(Some(TieRule::Lot))), "in the runoff with 7 of the 12 votes");
        assert_eq!(
            why(runoff(Some(TieRule::Round(1)))),
            "in the runoff with 7 of the 12 votes and more in the first round"
        );
        let quota = |reached| Reason::Quota { rounds: 4, quota: Number::from(34), reached };
        assert_eq!(why(quota(Reached::All)), "in 4 rounds with the quota of 34 votes");
        assert_eq!(why(quota(Reached::Some)), "in 4 rounds with the quota of 34 votes or as the last left");
        assert_eq!(why(quota(Reached::Nobody)), "in 4 rounds as the last left");
        assert_eq!(why(Reason::MedianGrade { highest: 5 }), "with a median grade of 5 out of 5");
        let (won, lost, rule) = (Number::from(3), Number::from(3), Some(TieRule::ScoreSum));
        let star = Reason::AutomaticRunoff { against: 1, won, lost, rule };
        assert_eq!(why(star), "in the runoff against Pita, 3 to 3, and by the higher sum of scores");
    }
}
