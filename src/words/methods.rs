//! The methods, described for people who never heard of them.

use crate::count::Method;

/// A method in plain words.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// How it counts for one seat.
    pub rule: &'static str,
    /// What to use it for.
    pub good_for: &'static str,
}

/// How a method counts for one seat, and what to use it for.
pub fn description(method: Method) -> Description {
    let (rule, good_for) = match method {
        Method::Plurality => (
            "The choice with the most votes wins.",
            "For two choices, or where everybody knows it; similar choices split their votes.",
        ),
        Method::Approval => (
            "Voters approve of as many choices as they like. The choice with the most approvals wins.",
            "For a date, a place or a film that most can live with.",
        ),
        Method::Score => {
            ("Voters score each choice. The highest total wins.", "For ratings in which strong feelings count.")
        }
        Method::Star => (
            "Voters score each choice. The two with the highest totals meet in a runoff: the one that more voters score higher wins.",
            "For scores that nobody gains by exaggerating much.",
        ),
        Method::MajorityJudgment => (
            "Voters grade each choice. The highest median grade wins: the best grade that more than half of the voters give or exceed.",
            "For judging each on its own merits.",
        ),
        Method::Borda => (
            "A choice gets a point for each choice that a voter ranks below it. The most points win.",
            "For what is broadly liked among honest voters.",
        ),
        Method::Dowdall => (
            "A first rank gives one point, a second half a point, a third a third of a point, and so on. The most points win.",
            "For favouring first choices, as Nauru does.",
        ),
        Method::TwoRound => (
            "A choice with more than half of the first choices wins. Otherwise the two with the most meet in a runoff.",
            "For those used to a second round.",
        ),
        Method::Irv => (
            "The choice with the fewest votes is eliminated, and its votes go to the next choice on each ballot, until one has more than half.",
            "For electing one by a ranking that many know.",
        ),
        Method::Stv => (QUOTA, "For committees and councils, in proportion to the votes."),
        Method::StvMeek => {
            (QUOTA, "Every vote is shared out exactly: for committees that trust a computer with the fractions.")
        }
        Method::Copeland => (
            "Each choice is compared with each other. The choice that wins the most comparisons wins.",
            "For a count that anybody can check.",
        ),
        Method::Minimax => (WORST_DEFEAT, "For a compromise that few are against."),
        Method::MinimaxMargins => {
            (WORST_DEFEAT, "Defeats are weighed by their margins. For a compromise where many leave choices unranked.")
        }
        Method::Schulze => (CHAINS, "For groups with many similar choices, as software projects do."),
        Method::SchulzeMargins => (CHAINS, "As Schulze, but comparisons are weighed by their margins."),
        Method::RankedPairs => (LOCKED, "For a whole ranking that explains itself."),
        Method::RankedPairsMargins => (LOCKED, "As ranked pairs, but comparisons are weighed by their margins."),
        Method::Baldwin => (
            "A choice gets a point for each choice that a voter ranks below it. The one with the fewest points is eliminated, and the points are counted again, until one is left.",
            "For a Borda count that always elects whoever beats each other choice.",
        ),
    };
    Description { rule, good_for }
}

/// What people call a method that fills so many seats: with several, nobody picks only one.
pub fn label(method: Method, seats: usize) -> &'static str {
    if method == Method::Plurality && seats > 1 { "Plurality" } else { method.label() }
}

/// How a method counts for so many seats.
pub fn rule(method: Method, seats: usize) -> &'static str {
    let for_several = (seats > 1).then(|| rule_for_several(method)).flatten();
    for_several.unwrap_or(description(method).rule)
}

/// How a method fills several seats; `None` where it fills one only.
fn rule_for_several(method: Method) -> Option<&'static str> {
    Some(match method {
        Method::Plurality => {
            "Voters mark as many choices as there are seats, or fewer. The choices with the most votes are elected."
        }
        Method::Approval => {
            "Voters approve of as many choices as they like. The choices with the most approvals are elected."
        }
        Method::Score => "Voters score each choice. The choices with the highest totals are elected.",
        Method::Star => {
            "Voters score each choice. The two with the highest totals meet in a runoff, and the one that more voters score higher is elected. The same goes on among the others until all seats are filled."
        }
        Method::MajorityJudgment => {
            "Voters grade each choice. The choices with the highest median grades are elected. The median is the best grade that more than half of the voters give or exceed."
        }
        Method::Borda => {
            "A choice gets a point for each choice that a voter ranks below it. The choices with the most points are elected."
        }
        Method::Dowdall => {
            "A first rank gives one point, a second half a point, a third a third of a point, and so on. The choices with the most points are elected."
        }
        Method::Stv | Method::StvMeek => QUOTA,
        Method::Copeland => {
            "Each choice is compared with each other. The choices that win the most comparisons are elected."
        }
        Method::Minimax | Method::MinimaxMargins => {
            "Each choice is compared with each other. The choices whose worst defeats are the smallest are elected."
        }
        Method::Schulze | Method::SchulzeMargins => {
            "Each choice is compared with each other. A choice is above another if it has the stronger chain of wins to it, and the highest are elected."
        }
        Method::RankedPairs | Method::RankedPairsMargins => {
            "Each choice is compared with each other. The clearest results count first, and one that contradicts those before it is skipped. Those who are highest in the order that this gives are elected."
        }
        Method::TwoRound | Method::Irv | Method::Baldwin => return None,
    })
}

/// The whole description, for those who pick a method.
pub fn about(method: Method) -> String {
    let Description { rule, good_for } = description(method);
    format!("{rule} {good_for}")
}

const QUOTA: &str = "A choice that reaches the quota is elected, and its extra votes move on. If none does, the one with the fewest votes is eliminated, and its votes move on.";
const WORST_DEFEAT: &str = "Each choice is compared with each other. The one whose worst defeat is the smallest wins.";
const CHAINS: &str =
    "Each choice is compared with each other. The one with the strongest chain of wins to every other wins.";
const LOCKED: &str = "Each choice is compared with each other. The clearest results count first, and one that contradicts those before it is skipped.";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_method_is_described_in_its_own_words() {
        let uses: BTreeSet<&str> = Method::ALL.into_iter().map(|method| description(method).good_for).collect();
        assert_eq!(uses.len(), Method::ALL.len());
        for method in Method::ALL {
            let Description { rule, good_for } = description(method);
            assert!(rule.ends_with('.') && good_for.ends_with('.'), "{method:?}");
        }
    }

    #[test]
    fn a_rule_for_several_seats_names_no_single_winner() {
        for method in Method::ALL {
            assert_eq!(rule_for_several(method).is_some(), method.takes_seats(), "{method:?}");
            assert_eq!(rule(method, 1), description(method).rule, "{method:?}");
            let words = [" wins.", " win.", " wins:", "Pick one"];
            let several = [rule(method, 2), label(method, 2)].concat();
            assert!(!method.takes_seats() || words.iter().all(|word| !several.contains(word)), "{several}");
        }
    }
}
