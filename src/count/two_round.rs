//! Two rounds at once: if no first choice has more than half of the votes, the two that have the most meet, and each
//! ballot goes to the one that it ranks higher.
//!
//! Source: the two-round system, as in article 7 of the French constitution of 1958, on one ranking (the contingent
//! vote). Rules that others leave open: exactly two meet; who they are is settled by lot where there is a tie. A tie between
//! them is won by the one with more votes in the first round, then by lot. Shared and skipped ranks are as
//! [`Rules`](super::Rules) say. Behind the two the ranking is that of the first round.

use super::{
    Ballots, Contest, Cost, Event, Family, Fate, Method, Number, OpenRule, Outcome, Reason, Round, Spec, Stage, Tie,
    TieAt, Unit,
    lot_effect::{self, LotTie},
    piles::Piles,
    spec::MOST_RANKED,
    tallied,
    transfers::{Decisive, Seniority, standings, without_votes},
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "two-round",
    label: "Two rounds at once",
    kind: Kind::Ranking,
    family: Family::Rounds,
    several_seats: false,
    shared_ranks: false,
    most_choices: MOST_RANKED,
    open_rules: &[OpenRule::Overvotes, OpenRule::Skipped],
    costs: &[Cost::FirstRanks],
    is_common: false,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let rankings = ballots.as_rankings();
    lot_effect::count(contest, rankings.steps(contest), |contest| by_lots(contest, &rankings))
}

/// Counts rankings by the lots of the contest.
fn by_lots(contest: &Contest<'_>, rankings: &Ballots) -> (Outcome, Vec<LotTie>) {
    let mut piles = Piles::new(contest, rankings);
    let votes = piles.standing();
    let tally: Vec<Number> = votes.iter().map(|(_, votes)| votes.clone()).collect();
    let counting: Number = tally.iter().cloned().sum();
    let ranking = tallied::ranked(&tally);
    let mut outcome =
        Outcome { tally, ranking, unit: Unit::FirstChoices, ..contest.outcome(Method::TwoRound, rankings) };
    let mut round = Round { stage: Stage::Round(1), exhausted: Some(piles.exhausted()), ..Round::default() };
    let leader = votes.iter().max_by(|a, b| a.1.cmp(&b.1)).filter(|(_, most)| !most.is_zero());
    let Some((leader, most)) = leader else { return (without_votes(outcome, piles.exhausted()), Vec::new()) };
    if most.clone() + most.clone() > counting {
        let (most, of) = (most.clone(), counting);
        round.events.push(Event::FirstRoundMajority { choice: *leader, votes: most.clone(), of: of.clone() });
        round.standings = standings(&votes, |choice| if choice == *leader { Fate::Elected } else { Fate::Continues });
        outcome.rounds.push(round);
        outcome.elected = vec![*leader];
        outcome.reason = Some(Reason::FirstRoundMajority { votes: most, of });
        return (outcome, Vec::new());
    }
    let (finalists, tie) = finalists(contest, &outcome.ranking);
    let rule = tie.as_ref().map(|tie| tie.rule);
    round.events.push(Event::NoFirstRoundMajority { of: counting, finalists: finalists.clone(), rule });
    outcome.ties.extend(tie);
    let goes_on = |choice| if finalists.contains(&choice) { Fate::Continues } else { Fate::Eliminated };
    round.standings = standings(&votes, goes_on);
    let losers: Vec<usize> = (0..contest.choices()).filter(|choice| !finalists.contains(choice)).collect();
    round.flows = piles.eliminate(&losers);
    outcome.rounds.push(round);
    let mut seniority = Seniority::new(contest.choices(), Decisive::Latest);
    seniority.note(&votes, 1);
    runoff(contest, &piles, &seniority, &mut outcome);
    let lot_tie = |tie: &Tie| {
        let meeting = tie.order.iter().filter(|choice| finalists.contains(choice)).count();
        // Of the two that meet one goes ahead.
        let ahead = if meeting == tie.order.len() { 1 } else { meeting };
        LotTie { order: tie.order.clone(), ahead, state: None }
    };
    let lot_ties = outcome.ties.iter().filter(|tie| tie.rule.is_lot()).map(lot_tie).collect();
    (outcome, lot_ties)
}

/// The two first of a ranking, in the order of the ballot; by lot where more have as many votes.
fn finalists(contest: &Contest<'_>, ranking: &[Vec<usize>]) -> (Vec<usize>, Option<Tie>) {
    let (mut finalists, mut tie): (Vec<usize>, _) = (Vec::new(), None);
    for group in ranking {
        let left = 2_usize.saturating_sub(finalists.len());
        if group.len() <= left {
            finalists.extend(group);
        } else if left > 0 {
            let order = contest.lots.sorted(group);
            finalists.extend(order.iter().take(left));
            tie = Some(Tie { at: TieAt::RunoffPlace, order, rule: contest.lots.rule() });
        }
    }
    finalists.sort_unstable();
    (finalists, tie)
}

/// Counts the second round into the outcome.
fn runoff(contest: &Contest<'_>, piles: &Piles<'_>, seniority: &Seniority, outcome: &mut Outcome) {
    let votes = piles.standing();
    let counting: Number = votes.iter().map(|(_, votes)| votes.clone()).sum();
    let most = votes.iter().map(|(_, votes)| votes).max();
    let tied: Vec<usize> = votes.iter().filter(|(_, votes)| Some(votes) == most).map(|(choice, _)| *choice).collect();
    let (order, tie) = seniority.settle(&tied, 1, &contest.lots, TieAt::RunoffWinner);
    let (Some(winner), Some(most)) = (order.first().copied(), most) else { return };
    let (rule, won) = (tie.as_ref().map(|tie| tie.rule), most.clone());
    outcome.rounds.push(Round {
        stage: Stage::Runoff,
        standings: standings(&votes, |choice| if choice == winner { Fate::Elected } else { Fate::Continues }),
        exhausted: Some(piles.exhausted()),
        events: vec![Event::RunoffWon { choice: winner, votes: won.clone(), of: counting.clone(), rule }],
        ..Round::default()
    });
    outcome.elected = vec![winner];
    outcome.reason = Some(Reason::Runoff { votes: won, of: counting, rule });
    let finalists: Vec<usize> = votes.iter().map(|(choice, _)| *choice).collect();
    outcome.ranking.iter_mut().for_each(|group| group.retain(|choice| !finalists.contains(choice)));
    outcome.ranking.retain(|group| !group.is_empty());
    let by_lot = tie.as_ref().is_some_and(|tie| tie.rule.is_lot());
    let second = finalists.iter().filter(|finalist| **finalist != winner).map(|finalist| vec![*finalist]);
    let first = if by_lot { vec![finalists.clone()] } else { [vec![winner]].into_iter().chain(second).collect() };
    outcome.ranking.splice(0..0, first);
    outcome.ties.extend(tie);
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, TieRule};
    use super::*;

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    fn counted(profile: &[(&str, u64)], lots: Lots) -> Outcome {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let ballots = Ballots::read(Kind::Ranking, &KEYS, &profile).unwrap();
        count(&Contest { lots, ..Contest::new(&KEYS, &KEYS) }, &ballots)
    }

    fn votes(round: &Round) -> Vec<String> {
        round.standings.iter().map(|standing| standing.votes.plain()).collect()
    }

    #[test]
    fn the_two_first_meet_unless_one_has_more_than_half() {
        let outcome = counted(&[("a>c", 4), ("b>c", 3), ("c>b", 2), ("d", 1)], Lots::as_listed(4));
        assert_eq!(outcome.rounds.iter().map(votes).collect::<Vec<_>>(), [vec!["4", "3", "2", "1"], vec!["4", "5"]]);
        assert_eq!(outcome.rounds[1].exhausted, Some(Number::from(1)));
        assert_eq!((outcome.elected, outcome.ranking), (vec![1], vec![vec![1], vec![0], vec![2], vec![3]]));
        let outcome = counted(&[("a>c", 4), ("b>c", 3)], Lots::as_listed(4));
        assert_eq!((outcome.elected, outcome.rounds.len()), (vec![0], 1));
    }

    #[test]
    fn ties_are_broken_by_the_first_round_and_then_by_lot() {
        let outcome = counted(&[("a", 3), ("b", 2), ("c>b", 1)], Lots::of(&[1, 0, 2, 3]));
        assert_eq!((outcome.elected, outcome.ties[0].rule), (vec![0], TieRule::Round(1)));
        let outcome = counted(&[("a", 2), ("b", 1), ("c", 1)], Lots::of(&[2, 1, 0, 3]));
        assert_eq!(votes(&outcome.rounds[1]), ["2", "1"]);
        assert_eq!(
            (outcome.rounds[1].standings[1].choice, outcome.ties_without_effect[0].order.clone()),
            (2, vec![2, 1])
        );
        assert!(!outcome.used_lot(), "a beats both");
        assert!(counted(&[("", 3)], Lots::as_listed(4)).elected.is_empty());
    }
}
