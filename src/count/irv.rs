//! Instant runoff (IRV, the alternative vote): each ballot counts for its highest choice that is still in; the last
//! is eliminated, round by round, until one has more than half of the votes that still count.
//!
//! Source: Ware (1871), as in Robert's Rules of Order, "preferential voting". Rules that others leave open: choices
//! without a vote go at once, for nothing moves with them, and share a place. Tied for the last place, the one with
//! fewer votes in the latest earlier round in which they differ is eliminated, else the later lot. A blank ballot
//! counts for nobody from the start. Shared and skipped ranks are as [`Rules`](super::Rules) say; divided votes are
//! exact fractions.
//!
//! The ranking is the winner and then the eliminated, the last one first: eliminations go on behind the scenes when
//! the winner is found, and lots that are drawn there are no ties of the outcome. Two whom a lot alone parted and who
//! went out one after the other share a place.

use super::{
    Ballots, Contest, Fate, Method, Number, Outcome, Round, Unit,
    piles::Piles,
    transfers::{Decisive, Out, Seniority, standings, told, without_votes},
    written,
};

/// Counts `ballots`.
pub fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let rankings = ballots.as_rankings();
    let mut piles = Piles::new(contest, &rankings);
    let mut outcome = Outcome { unit: Unit::FirstChoices, ..contest.outcome(Method::Irv, ballots) };
    outcome.tally = piles.standing().into_iter().map(|(_, votes)| votes).collect();
    let mut seniority = Seniority::new(contest.choices());
    let mut out = Out::default();
    loop {
        let votes = piles.standing();
        seniority.note(&votes, Decisive::Latest);
        let number = outcome.rounds.len() + 1;
        let counting: Number = votes.iter().map(|(_, votes)| votes.clone()).sum();
        let most = votes.iter().max_by(|a, b| a.1.cmp(&b.1)).filter(|(_, most)| !most.is_zero());
        let Some((winner, most)) = most else { return without_votes(outcome, piles.exhausted()) };
        let mut round =
            Round { title: format!("Round {number}"), exhausted: Some(piles.exhausted()), ..Round::default() };
        if outcome.elected.is_empty() && most.clone() + most.clone() > counting {
            let (label, of) = (contest.labels[*winner], written(&counting, "vote"));
            round.said.push(format!("{label} has {most} of the {of} left in the count, more than half."));
            round.standings =
                standings(&votes, |choice| if choice == *winner { Fate::Elected } else { Fate::Continues });
            outcome.rounds.push(std::mem::take(&mut round));
            outcome.reason = format!("in round {number} with {most} of the {of} left in the count");
            outcome.elected = vec![*winner];
        }
        if votes.len() == 1 {
            out.add(&[*winner], Vec::new());
            break;
        }
        let (losers, tie, equals) = seniority.last(&votes, votes.len(), &contest.lots, number);
        out.add(&losers, equals);
        let flows = piles.eliminate(&losers);
        if outcome.elected.is_empty() {
            round.said.push(told(contest, &losers, tie.as_ref()));
            round.standings =
                standings(&votes, |choice| if losers.contains(&choice) { Fate::Eliminated } else { Fate::Continues });
            round.flows = flows;
            outcome.rounds.push(round);
            outcome.ties.extend(tie);
        }
    }
    outcome.ranking = out.ranking().collect();
    outcome
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, Overvotes, Rules, Tie, TieRule};
    use super::*;
    use crate::marks::Kind;

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    fn counted(profile: &[(&str, u64)], rules: Rules) -> Outcome {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let ballots = Ballots::read(Kind::Ranking, &KEYS, &profile).unwrap();
        count(&Contest { rules, lots: Lots::of(&[3, 2, 1, 0]), ..Contest::new(&KEYS, &KEYS) }, &ballots)
    }

    fn votes(round: &Round) -> Vec<String> {
        round.standings.iter().map(|standing| standing.votes.plain()).collect()
    }

    #[test]
    fn a_tie_is_broken_by_the_latest_round_that_differs_and_then_by_lot() {
        // d goes out and gives b its vote; b and c have three, but b had fewer.
        let outcome = counted(&[("a", 4), ("b", 2), ("c", 3), ("d>b", 1)], Rules::default());
        assert_eq!(
            outcome.rounds[1].said,
            ["c and b are tied with the fewest votes; b is eliminated with fewer votes in an earlier round."]
        );
        let rule = TieRule::Method("more votes in an earlier round");
        let tie = Tie { place: "for elimination in round 2".into(), order: vec![2, 1], rule };
        assert_eq!(outcome.ties, [tie]);
        assert_eq!((outcome.elected, outcome.ranking), (vec![0], vec![vec![0], vec![2], vec![1], vec![3]]));
        // By lot c comes before b before a.
        let outcome = counted(&[("a", 1), ("b", 1)], Rules::default());
        assert_eq!(outcome.rounds[0].said, ["c and d have no votes and are eliminated."]);
        assert_eq!((outcome.elected.clone(), outcome.used_lot()), (vec![1], true));
        assert_eq!(outcome.ranking, [[0, 1], [2, 3]]);
    }

    #[test]
    fn a_shared_rank_is_divided_exactly_among_those_still_in() {
        // A third each for a, b and c; when c is out a half each, then all of it for a, and at last for d.
        let profile = [("a=b=c>d", 1), ("a", 2), ("b", 1), ("d", 3)];
        let outcome = counted(&profile, Rules::default());
        let rounds: Vec<_> = outcome.rounds.iter().map(votes).collect();
        assert_eq!(rounds, [vec!["7/3", "4/3", "1/3", "3"], vec!["2.5", "1.5", "3"], vec!["3", "3"], vec!["4"]]);
        let flows: Vec<_> = outcome.rounds[0].flows.iter().map(|flow| (flow.to, flow.votes.plain())).collect();
        assert_eq!(flows, [(Some(0), "1/6".into()), (Some(1), "1/6".into())]);
        assert_eq!(outcome.elected, [3], "a had fewer before");
        let skip = counted(&profile, Rules { overvotes: Overvotes::Skip, ..Rules::default() });
        assert_eq!(votes(&skip.rounds[0]), ["2", "1", "0", "4"]);
        let exhaust = counted(&profile, Rules { overvotes: Overvotes::Exhaust, ..Rules::default() });
        assert_eq!(votes(&exhaust.rounds[0]), ["2", "1", "0", "3"]);
        assert_eq!(exhaust.rounds[0].exhausted, Some(Number::from(1)));
    }

    #[test]
    fn the_order_goes_on_behind_the_winner() {
        let outcome = counted(&[("a", 6), ("b", 2), ("c>d", 1), ("d>c", 2), ("", 9)], Rules::default());
        assert_eq!(
            (outcome.rounds.len(), outcome.reason.as_str()),
            (1, "in round 1 with 6 of the 11 votes left in the count")
        );
        assert_eq!(outcome.ranking, [[0], [3], [1], [2]]);
        assert!(counted(&[("", 3)], Rules::default()).elected.is_empty());
    }
}
