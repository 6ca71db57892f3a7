//! Schulze: a choice is above another if its strongest path of defeats to it is stronger than the one back.
//!
//! Source: Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner
//! election method", *Social Choice and Welfare* 36 (2011). A path is as strong as its weakest defeat, by the
//! winner's votes or by margins. The order is made by taking the unbeaten choices again and again; those that are
//! unbeaten together are tied, settled by lots.

use super::{
    Ballots, Contest, Cost, Event, Family, MatrixKind, Method, OpenRule, Outcome, Pairwise, Reason, Round, Spec, Stage,
    Strength,
    condorcet::{self, Found},
    pairwise,
    spec::MOST_DUELS,
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "schulze",
    label: "Schulze",
    kind: Kind::Ranking,
    family: Family::Duels,
    several_seats: true,
    shared_ranks: true,
    most_choices: MOST_DUELS,
    open_rules: &[OpenRule::Unranked],
    costs: &[Cost::Pairs],
    is_common: true,
    count: |contest, ballots| count(Method::Schulze, Strength::WinningVotes, contest, ballots),
};

/// The same, by margins.
pub(super) const MARGINS: Spec = Spec {
    name: "schulze-margins",
    label: "Schulze, margins",
    is_common: false,
    count: |contest, ballots| count(Method::SchulzeMargins, Strength::Margins, contest, ballots),
    ..SPEC
};

/// Counts `ballots`, defeats by `strength`.
fn count(method: Method, strength: Strength, contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let duels = Pairwise::new(contest, ballots);
    let choices = contest.choices();
    let paths = strongest_paths(&duels, strength);
    let path = |one: usize, other: usize| paths[one * choices + other];
    let ranking = pairwise::layers(choices, |one, other| path(one, other) > path(other, one));
    let mut events: Vec<Event> = Vec::new();
    for (place, group) in ranking.iter().enumerate() {
        events.push(Event::Unbeaten { choices: group.clone(), among_rest: place > 0 });
    }
    // The duels that the winners lost need a word: which path outweighs each of them.
    for choice in ranking.first().into_iter().flatten().copied() {
        for loses_to in (0..choices).filter(|by| duels.beats(*by, choice)) {
            let (there, back) = (strength.size(path(choice, loses_to)), strength.size(path(loses_to, choice)));
            events.push(Event::PathOutweighs { choice, loses_to, there, back });
        }
    }
    let found = Found {
        ranking,
        rounds: vec![Round { stage: Stage::StrongestPaths, events, ..Round::default() }],
        matrices: vec![pairwise::matrix(MatrixKind::StrongestPaths, choices, &paths)],
        reason: Some(Reason::StrongestPaths),
        ..Found::default()
    };
    condorcet::outcome(method, contest, ballots, &duels, found)
}

/// The strongest path from each choice to each other, row by row, as Floyd and Warshall find it; 0 where none is.
fn strongest_paths(duels: &Pairwise, strength: Strength) -> Vec<u64> {
    let choices = duels.choices();
    let pairs = (0..choices).flat_map(|one| (0..choices).map(move |other| (one, other)));
    let strengths: Vec<u64> = pairs.map(|(one, other)| duels.strength(strength, one, other)).collect();
    // By their places in order, which are small: many are compared in one step of the machine.
    let mut known = [&[0], &strengths[..]].concat();
    known.sort_unstable();
    known.dedup();
    let place = |strength: &u64| known.partition_point(|other| other < strength) as i32;
    let mut paths: Vec<i32> = strengths.iter().map(place).collect();
    for by in 0..choices {
        let onward = paths[by * choices..(by + 1) * choices].to_vec();
        for one in (0..choices).filter(|one| *one != by) {
            let row = &mut paths[one * choices..(one + 1) * choices];
            let here = row[by];
            for (path, onward) in row.iter_mut().zip(&onward) {
                *path = (*path).max(here.min(*onward));
            }
            row[one] = 0;
        }
    }
    paths.into_iter().map(|place| known[place as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{DefeatSize, count};
    use super::*;

    /// Example 1 of the paper, section 3: 21 voters; the order is d, a, c, b.
    #[test]
    fn the_papers_first_example() {
        let keys = ["a", "b", "c", "d"];
        let profile = [("a>c>d>b", 8), ("b>a>d>c", 2), ("c>d>b>a", 4), ("d>b>a>c", 4), ("d>c>b>a", 3)];
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let ballots = Ballots::read(Kind::Ranking, &keys, &profile).unwrap();
        let outcome = |method| count(method, &Contest::new(&keys, &keys), &ballots).unwrap();
        let votes = outcome(Method::Schulze);
        assert_eq!(votes.ranking, [[3], [0], [2], [1]]);
        assert_eq!(votes.matrices[1].rows, [[0, 14, 14, 12], [13, 0, 13, 12], [13, 15, 0, 12], [13, 19, 13, 0]]);
        assert_eq!(outcome(Method::SchulzeMargins).ranking, votes.ranking);
        let (there, back) = (DefeatSize::Votes(13), DefeatSize::Votes(12));
        let lost = Event::PathOutweighs { choice: 3, loses_to: 2, there, back };
        assert_eq!(votes.rounds[1].events.last(), Some(&lost));
    }

    #[test]
    fn choices_that_are_unbeaten_together_are_tied() {
        let keys = ["a", "b", "c"];
        let profile = [("a>b>c".to_owned(), 2), ("b>a>c".to_owned(), 2)];
        let ballots = Ballots::read(Kind::Ranking, &keys, &profile).unwrap();
        let outcome = count(Method::Schulze, &Contest::new(&keys, &keys), &ballots).unwrap();
        assert_eq!(outcome.ranking, [vec![0, 1], vec![2]]);
        assert!(outcome.used_lot());
    }
}
