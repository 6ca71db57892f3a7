//! The terms of specialists that a count uses, each explained in a line.

use serde::Serialize;

use crate::count::{Event, Method, Outcome, Round, Stage, TieRule};

/// A term and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Term {
    /// The term.
    pub name: &'static str,
    /// What it means, in a sentence or two.
    pub meaning: &'static str,
}

/// The terms that the steps of an outcome use, the most important first; none where no vote counts, as nothing is shown then.
pub fn of(outcome: &Outcome) -> Vec<Term> {
    if outcome.elected.is_empty() {
        return Vec::new();
    }
    let round = |is: &dyn Fn(&Round) -> bool| outcome.rounds.iter().any(is);
    let event = |is: fn(&Event) -> bool| round(&|round| round.events.iter().any(is));
    let any_tie =
        |is: fn(TieRule) -> bool| outcome.ties.iter().chain(&outcome.ties_without_effect).any(|tie| is(tie.rule));
    let by_margins =
        matches!(outcome.method, Method::MinimaxMargins | Method::SchulzeMargins | Method::RankedPairsMargins);
    let terms = [
        (
            round(&|round| round.quota.is_some()),
            "Quota",
            "A choice with this many votes is elected. No more choices can reach it than there are seats.",
        ),
        (
            event(|event| matches!(event, Event::SurplusTransferred { .. })),
            "Surplus",
            "The votes of an elected choice above the quota. They move to the next choices on the same ballots.",
        ),
        (
            event(|event| matches!(event, Event::Keeps { .. })),
            "Keeps a part of each vote",
            "An elected choice keeps as much of each vote as it needs for the quota. The rest moves to the next choice.",
        ),
        (
            round(&|round| round.exhausted.as_ref().is_some_and(|votes| !votes.is_zero())),
            "Ran out of choices",
            "Votes whose every ranked choice is elected or out. They count for nobody from then on.",
        ),
        (
            !outcome.matrices.is_empty(),
            "Head to head",
            "Two choices are compared. The one that more ballots put higher beats the other.",
        ),
        (
            by_margins || any_tie(|rule| matches!(rule, TieRule::MarginsOverAll | TieRule::MarginsOverTied)),
            "Margin",
            "By how many votes one choice beats another.",
        ),
        (
            round(&|round| round.stage == Stage::StrongestPaths),
            "Path",
            "A chain of choices in which each beats the next. A path is as strong as the weakest of its wins.",
        ),
        (
            round(&|round| round.stage == Stage::StrongestDefeats),
            "Locked in",
            "This result counts for the final order.",
        ),
        (
            any_tie(|rule| rule == TieRule::Lot),
            "Lot",
            "A random order of the choices. It decides between those that are level.",
        ),
    ];
    terms.into_iter().filter(|(is_used, ..)| *is_used).map(|(_, name, meaning)| Term { name, meaning }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::count::{Ballots, Contest, Lots, count};

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    fn names(method: Method, seats: usize, profile: &[(&str, u64)]) -> Vec<&'static str> {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { seats, lots: Lots::of(&[0, 1, 2, 3]), ..Contest::new(&KEYS, &KEYS) };
        let ballots = Ballots::read(method.kind(), &KEYS, &profile).unwrap();
        of(&count(method, &contest, &ballots).unwrap()).iter().map(|term| term.name).collect()
    }

    #[test]
    fn each_term_is_explained_where_it_is_used_and_nowhere_else() {
        let rankings = [("a>b", 9), ("c>d", 4), ("d>b", 3), ("b", 2)];
        let cycle = [("a>b>c", 4), ("b>c>a", 3), ("c>a>b", 2)];
        assert_eq!(names(Method::Stv, 2, &rankings), ["Quota", "Surplus", "Ran out of choices"]);
        assert!(names(Method::StvMeek, 2, &rankings).contains(&"Keeps a part of each vote"));
        assert_eq!(names(Method::Irv, 1, &[("a", 9), ("b>a", 2), ("c>b", 1)]), [""; 0]);
        assert_eq!(names(Method::Minimax, 1, &cycle), ["Head to head"]);
        assert_eq!(names(Method::MinimaxMargins, 1, &cycle), ["Head to head", "Margin"]);
        assert_eq!(names(Method::Schulze, 1, &cycle), ["Head to head", "Path"]);
        assert_eq!(names(Method::RankedPairs, 1, &cycle), ["Head to head", "Locked in"]);
        assert_eq!(names(Method::Approval, 1, &[("a", 1), ("b", 1)]), ["Lot"]);
    }

    #[test]
    fn a_count_of_no_votes_needs_no_terms() {
        for method in Method::ALL {
            assert_eq!(names(method, 1, &[]), [""; 0], "{method:?}");
        }
    }
}
