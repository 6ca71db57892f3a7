//! Why somebody is elected, in words that end a sentence.

use super::{
    grades,
    numbers::{ballots, defeat, named, share, written},
    ties,
};
use crate::{
    count::{Number, Outcome, Reached, Reason, TieRule, Unit},
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

/// What each of those who are level has, to end a sentence: ` with 2 votes each`; nothing where that is no reason.
pub fn each(outcome: &Outcome, level: usize) -> String {
    match (&outcome.reason, outcome.tally.get(level)) {
        (Some(Reason::MostInTally), Some(number)) => {
            let unit = unit(outcome.unit);
            let unit = if *number == Number::from(1) { unit.trim_end_matches('s') } else { unit };
            format!(" with {} {unit} each", number.short())
        }
        _ => String::new(),
    }
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
        (Reason::MostInTally, Some(number)) => most_in_tally(outcome, number),
        (Reason::MedianGrade { .. }, None) => "with the highest median grades".into(),
        (Reason::MedianGrade { highest }, Some(grade)) => median(outcome, *highest, grade),
        (Reason::CondorcetWinner, _) => "by beating every other choice head to head".into(),
        (Reason::MostDuels { .. }, None) => "with the most head-to-head wins".into(),
        (Reason::MostDuels { by_margins }, Some(won)) => most_duels(outcome, won, *by_margins),
        (Reason::Unbeaten, _) => "unbeaten head to head".into(),
        (Reason::SmallestWorstDefeat(size), _) => {
            format!("with the smallest worst defeat ({}){}", defeat(*size), no_condorcet_winner(outcome))
        }
        (Reason::SmallestWorstDefeats, _) => "with the smallest worst defeats".into(),
        (Reason::StrongestPaths, _) => format!("by the strongest chains of wins{}", no_condorcet_winner(outcome)),
        (Reason::StrongestDefeats, _) => {
            format!("when the strongest defeats count first{}", no_condorcet_winner(outcome))
        }
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

fn most_in_tally(outcome: &Outcome, number: &Number) -> String {
    match outcome.unit {
        Unit::Approvals => format!("with the approval of {number} of {}", ballots(outcome.ballots)),
        Unit::Points => format!("with {}", written(number, "point")),
        _ => {
            let whole = Number::from(outcome.ballots);
            format!("with {number} of {} ({})", written(&whole, "vote"), share(number, &whole))
        }
    }
}

fn most_duels(outcome: &Outcome, won: &Number, by_margins: bool) -> String {
    let duels = Number::from((outcome.tally.len() as u64).saturating_sub(1));
    let margins = if by_margins { " and the greatest margins" } else { "" };
    format!("with {} in {}{margins}", written(won, "win"), written(&duels, "head-to-head comparison"))
}

/// That no choice wins all its duels, so that the rule which follows is needed; nothing where several are elected.
fn no_condorcet_winner(outcome: &Outcome) -> &'static str {
    if outcome.seats == 1 { ", as no choice beats every other head to head" } else { "" }
}

fn median(outcome: &Outcome, highest: u32, grade: &Number) -> String {
    let score = grade.plain().parse().ok().filter(|_| grades::are_named(outcome.method, highest));
    let next = outcome.ties.iter().any(|tie| tie.rule == TieRule::NextGrades);
    let next = if next { " and the better grades next to it" } else { "" };
    match score {
        Some(score) => format!("with the median grade “{}”{next}", grades::named(outcome.method, highest, score)),
        None => format!("with a median grade of {grade} out of {highest}{next}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        count::{Ballots, Contest, Method, Tie, TieAt, count},
        marks::Kind,
    };

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
        let graded = |highest| {
            let outcome = Outcome { method: Method::MajorityJudgment, ..outcome.clone() };
            reason(&Outcome { reason: Some(Reason::MedianGrade { highest }), ..outcome }, &labels)
        };
        assert_eq!(graded(5), "with the median grade “Excellent”");
        assert_eq!(graded(9), "with a median grade of 5 out of 9");
        let tie = Tie { at: TieAt::FirstPlace, order: vec![0, 1], rule: TieRule::NextGrades };
        let parted = Outcome { method: Method::MajorityJudgment, ties: vec![tie], ..outcome.clone() };
        let parted = Outcome { reason: Some(Reason::MedianGrade { highest: 5 }), ..parted };
        assert_eq!(reason(&parted, &labels), "with the median grade “Excellent” and the better grades next to it");
        let duels = |by_margins| why(Reason::MostDuels { by_margins });
        assert_eq!(duels(false), "with 5 wins in 2 head-to-head comparisons");
        let few = Outcome {
            tally: vec![1.into(), 0.into()],
            reason: Some(Reason::MostDuels { by_margins: true }),
            ..outcome.clone()
        };
        assert_eq!(reason(&few, &labels), "with 1 win in 1 head-to-head comparison and the greatest margins");
        let (won, lost, rule) = (Number::from(3), Number::from(3), Some(TieRule::ScoreSum));
        let star = Reason::AutomaticRunoff { against: 1, won, lost, rule };
        assert_eq!(why(star), "in the runoff against Pita, 3 to 3, and by the higher sum of scores");
    }
}
