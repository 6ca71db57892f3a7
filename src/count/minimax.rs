//! Minimax: the choice whose worst defeat is the smallest is elected. Who is never beaten has none.
//!
//! Sources: Simpson, "On Defining Areas of Voter Choice", *Quarterly Journal of Economics* 83 (1969); Kramer, "A
//! Dynamical Model of Political Equilibrium", *Journal of Economic Theory* 16 (1977). Only defeats count, by the
//! winner's votes or by margins; equal worst defeats are a tie, settled by lots.

use std::cmp::Reverse;

use super::{
    Ballots, Contest, Cost, Event, Family, Method, Number, OpenRule, Outcome, Pairwise, Reason, Round, Spec, Stage,
    Strength,
    condorcet::{self, Found},
    spec::MOST_DUELS,
    tallied,
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "minimax",
    label: "Minimax",
    kind: Kind::Ranking,
    family: Family::Duels,
    several_seats: true,
    shared_ranks: true,
    most_choices: MOST_DUELS,
    open_rules: &[OpenRule::Unranked],
    costs: &[Cost::Pairs],
    is_common: false,
    count: |contest, ballots| count(Method::Minimax, Strength::WinningVotes, contest, ballots),
};

/// The same, by margins.
pub(super) const MARGINS: Spec = Spec {
    name: "minimax-margins",
    label: "Minimax, margins",
    count: |contest, ballots| count(Method::MinimaxMargins, Strength::Margins, contest, ballots),
    ..SPEC
};

/// Counts `ballots`, defeats by `strength`.
fn count(method: Method, strength: Strength, contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let duels = Pairwise::new(contest, ballots);
    let choices = contest.choices();
    let worst: Vec<u64> = (0..choices)
        .map(|one| (0..choices).map(|other| duels.strength(strength, other, one)).max().unwrap_or(0))
        .collect();
    let events = (0..choices).map(|choice| {
        let is_worst = |other: &usize| duels.strength(strength, *other, choice) == worst[choice];
        let by = (0..choices).filter(|other| worst[choice] > 0 && is_worst(other)).collect();
        Event::WorstDefeat { choice, by, size: strength.size(worst[choice]) }
    });
    let round = Round {
        stage: Stage::WorstDefeats(strength),
        standings: condorcet::standings(worst.iter().copied().map(Number::from)),
        events: events.collect(),
        ..Round::default()
    };
    let ranking = tallied::ranked(&worst.iter().copied().map(Reverse).collect::<Vec<_>>());
    let reason = match ranking.first().and_then(|group| group.first()) {
        Some(first) if contest.seats == 1 && worst[*first] > 0 => {
            Reason::SmallestWorstDefeat(strength.size(worst[*first]))
        }
        Some(_) if contest.seats == 1 => Reason::Unbeaten,
        _ => Reason::SmallestWorstDefeats,
    };
    let found = Found { ranking, rounds: vec![round], reason: Some(reason), ..Found::default() };
    condorcet::outcome(method, contest, ballots, &duels, found)
}

#[cfg(test)]
mod tests {
    use super::super::count;
    use super::*;

    fn elected(method: Method, profile: &[(&str, u64)]) -> Vec<usize> {
        let keys = ["a", "b", "c", "d"];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let ballots = Ballots::read(Kind::Ranking, &keys, &profile).unwrap();
        count(method, &Contest::new(&keys, &keys), &ballots).unwrap().elected
    }

    #[test]
    fn winning_votes_and_margins_differ_where_ballots_are_short() {
        // a beats b 5 to 3, b beats c 4 to 2 and c beats a 5 to 4.
        let profile = [("a>b>c", 1), ("b>c>a", 3), ("c>a>b", 1), ("a", 3), ("c", 1)];
        assert_eq!(elected(Method::Minimax, &profile), [2]);
        assert_eq!(elected(Method::MinimaxMargins, &profile), [0]);
    }

    #[test]
    fn only_defeats_count() {
        // 5 ballots are against a, but none of its duels is lost.
        assert_eq!(elected(Method::Minimax, &[("a>b", 6), ("b>a", 5), ("c", 4)]), [0]);
    }
}
