//! Baldwin: the choice with the fewest points of a Borda count is eliminated, and the points are counted anew among
//! those who are left, until one is.
//!
//! Source: Baldwin, "The technique of the Nanson preferential majority system of election", *Proceedings of the Royal
//! Society of Victoria* 39 (1926). Whoever beats every other head to head has more than the mean of the points in every
//! round, and so is elected. Rules that others leave open: a choice has a point for each other that a ballot ranks
//! below it and half a point for each that it ranks alike; what a ballot says of choices that it does not rank is
//! [`Unranked`](super::Unranked), and where that is nothing they are alike on it. Blank ballots give nothing. Of those
//! who are tied for the fewest points, the one with the last lot is eliminated.
//!
//! The ranking is the winner and then the eliminated, the last one first. Two whom a lot alone decided between, and who
//! were eliminated one after the other, share a place.

use super::{
    Ballots, Contest, Cost, Event, Family, Fate, Method, Number, OpenRule, Outcome, Pairwise, Reason, Round, Spec,
    Stage, Standing, Tie, TieAt, Unit,
    lot_effect::{self, LotTie},
    spec::MOST_DUELS,
    transfers::{Out, without_votes},
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "baldwin",
    label: "Baldwin",
    kind: Kind::Ranking,
    family: Family::Rounds,
    several_seats: false,
    shared_ranks: true,
    most_choices: MOST_DUELS,
    open_rules: &[OpenRule::Unranked],
    costs: &[Cost::Pairs],
    is_common: false,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let duels = Pairwise::new(contest, ballots);
    let before =
        Outcome { unit: Unit::Points, matrices: vec![duels.matrix()], ..contest.outcome(Method::Baldwin, ballots) };
    lot_effect::count(contest, contest.choices().pow(2), |contest| by_lots(contest, &duels, before.clone()))
}

/// Counts by the lots of the contest.
fn by_lots(contest: &Contest<'_>, duels: &Pairwise, before: Outcome) -> (Outcome, Vec<LotTie>) {
    let marked = before.ballots - before.blank;
    // The points of a duel in halves: one for each ballot, and one more or less for each that prefers one of the two.
    let duel = |one: usize, other: usize| i128::from(marked) + duels.margin(one, other);
    let mut left: Vec<usize> = (0..contest.choices()).collect();
    let others = |one: usize| left.iter().copied().filter(move |other| *other != one);
    let mut points: Vec<i128> = left.iter().map(|one| others(*one).map(|other| duel(*one, other)).sum()).collect();
    let number = |halves: i128| Number::ratio(halves, 2);
    let mut outcome = Outcome { tally: points.iter().map(|halves| number(*halves)).collect(), ..before };
    if marked == 0 {
        return (without_votes(outcome, Number::default()), Vec::new());
    }
    let (mut out, mut lot_ties) = (Out::default(), Vec::new());
    loop {
        let round = outcome.rounds.len() + 1;
        let (order, tie) = fewest(contest, &left, &points, round);
        let Some((last, ahead)) = order.split_last().filter(|_| left.len() > 1) else { break };
        if !ahead.is_empty() {
            lot_ties.push(LotTie {
                order: order.clone(),
                ahead: ahead.len(),
                state: Some(lot_effect::state_hash(&left)),
            });
        }
        let standing = |choice: &usize| Standing {
            choice: *choice,
            votes: number(points[*choice]),
            fate: match choice {
                _ if choice == last => Fate::Eliminated,
                _ if left.len() == 2 => Fate::Elected,
                _ => Fate::Continues,
            },
        };
        outcome.rounds.push(Round {
            stage: Stage::Round(round),
            standings: left.iter().map(standing).collect(),
            events: vec![Event::FewestPoints { choice: *last, tie: tie.clone() }],
            ..Round::default()
        });
        outcome.ties.extend(tie);
        out.add(&[*last], ahead.to_vec());
        left.retain(|choice| choice != last);
        if let [winner] = left[..] {
            let (won, lost) = (number(points[winner]), number(points[*last]));
            outcome.reason = Some(Reason::LastDuel { round, against: *last, won, lost });
        }
        left.iter().for_each(|one| points[*one] -= duel(*one, *last));
    }
    if outcome.rounds.is_empty() {
        let standing = |choice: &usize| Standing { choice: *choice, votes: Number::default(), fate: Fate::Elected };
        outcome.rounds.push(Round { standings: left.iter().map(standing).collect(), ..Round::default() });
        outcome.reason = Some(Reason::OnlyChoice);
    }
    out.add(&left, Vec::new());
    outcome.elected = left;
    outcome.ranking = out.ranking().collect();
    (outcome, lot_ties)
}

/// Those with the fewest points, the last of them by lot at the end, and their tie if they are several.
fn fewest(contest: &Contest<'_>, left: &[usize], points: &[i128], round: usize) -> (Vec<usize>, Option<Tie>) {
    let least = left.iter().map(|choice| points[*choice]).min();
    let tied: Vec<usize> = left.iter().copied().filter(|choice| Some(points[*choice]) == least).collect();
    let order = contest.lots.sorted(&tied);
    let at = if left.len() == 2 { TieAt::LastTwo(round) } else { TieAt::Elimination(round) };
    let tie = (order.len() > 1).then(|| Tie { at, order: order.clone(), rule: contest.lots.rule() });
    (order, tie)
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, TieRule, count};
    use super::*;

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    fn counted(choices: usize, profile: &[(&str, u64)], lots: &[usize]) -> Outcome {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let keys = &KEYS[..choices];
        let contest = Contest { lots: Lots::of(lots), ..Contest::new(keys, keys) };
        count(Method::Baldwin, &contest, &Ballots::read(Kind::Ranking, keys, &profile).unwrap()).unwrap()
    }

    fn points(round: &Round) -> Vec<String> {
        round.standings.iter().map(|standing| standing.votes.plain()).collect()
    }

    #[test]
    fn points_are_counted_anew_without_the_last() {
        // A cycle: a beats b by 3, b beats c by 5, c beats a by 1. Of nine ballots' 27 points a has 10, b 10 and c 7.
        let outcome = counted(3, &[("a>b>c", 4), ("b>c>a", 3), ("c>a>b", 2)], &[0, 1, 2]);
        assert_eq!(outcome.rounds.iter().map(points).collect::<Vec<_>>(), [vec!["10", "10", "7"], vec!["6", "3"]]);
        let reason = Reason::LastDuel { round: 2, against: 1, won: Number::from(6), lost: Number::from(3) };
        assert_eq!((outcome.elected, outcome.reason), (vec![0], Some(reason)));
        assert_eq!((outcome.ranking, outcome.ties), (vec![vec![0], vec![1], vec![2]], vec![]));
    }

    #[test]
    fn alike_and_unranked_choices_share_their_points() {
        // a has 2 and 1 and a half, b and c share the rest.
        let outcome = counted(3, &[("a", 1), ("a=b>c", 1)], &[0, 1, 2]);
        assert_eq!(points(&outcome.rounds[0]), ["3.5", "2", "0.5"]);
        assert_eq!(outcome.elected, [0]);
    }

    #[test]
    fn a_tie_for_the_fewest_points_goes_by_lot() {
        let cycle = [("a>b>c", 1), ("b>c>a", 1), ("c>a>b", 1)];
        // c is out, and a beats b.
        let outcome = counted(3, &cycle, &[0, 1, 2]);
        let tie = Tie { at: TieAt::Elimination(1), order: vec![0, 1, 2], rule: TieRule::Lot };
        assert_eq!((outcome.elected, outcome.ties), (vec![0], vec![tie]));
        // a is out, and b beats c.
        assert_eq!(counted(3, &cycle, &[2, 1, 0]).elected, [1]);
        // b and c are tied for the last place, and a beats both.
        let outcome = counted(3, &[("a>b>c", 1), ("a>c>b", 1)], &[0, 1, 2]);
        assert_eq!((outcome.used_lot(), outcome.ties_without_effect.len()), (false, 1));
        assert_eq!(outcome.ranking, [vec![0], vec![1, 2]]);
        assert!(counted(3, &[("", 2)], &[0, 1, 2]).elected.is_empty());
    }
}
