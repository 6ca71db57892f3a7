//! Instant runoff (IRV, the alternative vote): each ballot counts for its highest choice that is still in; the last
//! is eliminated, round by round, until one has more than half of the votes that still count.
//!
//! Source: Ware (1871), as in Robert's Rules of Order, "preferential voting". Rules that others leave open: choices
//! without a vote go at once, for nothing moves with them, and share a place. Tied for the last place, the one with
//! fewer votes in the latest earlier round in which they differ is eliminated, else the later lot; of the last two,
//! tied, that elects the other. A blank ballot
//! counts for nobody from the start. Shared and skipped ranks, how many go out at a time, and when it ends are as
//! [`Rules`](super::Rules) say; divided votes are exact fractions.
//!
//! The ranking is the winner and then the eliminated, the last one first: eliminations go on behind the scenes when
//! the winner is found, and lots that are drawn there are no ties of the outcome. Two whom a lot alone parted and who
//! went out one after the other share a place.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Ballots, Contest, Cost, Elimination, Event, Family, Fate, Method, Number, OpenRule, Outcome, Overvotes, Reason,
    Round, Rules, Spec, Stage, Tie, TieAt, Unit, Until,
    lot_effect::{self, LotTie},
    piles::Piles,
    spec::MOST_RANKED,
    transfers::{Decisive, Out, Seniority, standings, without_votes},
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "irv",
    label: "Instant runoff (IRV)",
    kind: Kind::Ranking,
    family: Family::Rounds,
    several_seats: false,
    shared_ranks: false,
    most_choices: MOST_RANKED,
    open_rules: &[OpenRule::Overvotes, OpenRule::Skipped, OpenRule::Elimination, OpenRule::Until, OpenRule::WriteIns],
    costs: &[Cost::Rounds],
    is_common: true,
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
    let mut lot_ties = Vec::new();
    let mut outcome = Outcome { unit: Unit::FirstChoices, ..contest.outcome(Method::Irv, rankings) };
    outcome.tally = piles.standing().into_iter().map(|(_, votes)| votes).collect();
    let mut seniority = Seniority::new(contest.choices(), Decisive::Latest);
    let mut out = Out::default();
    let mut write_ins = contest.rules.write_ins;
    // A ballot that is exhausted where several of a rank are in is so by who went out before it came there.
    let depends_on_order = contest.rules.overvotes == Overvotes::ExhaustSeveral;
    // Whether all who were tied since the first lot went out in whatever order.
    let mut settled = true;
    loop {
        let votes = piles.standing();
        let number = outcome.rounds.len() + 1;
        seniority.note(&votes, number);
        let counting: Number = votes.iter().map(|(_, votes)| votes.clone()).sum();
        let candidates =
            votes.iter().filter(|(choice, _)| Some(*choice) != contest.rules.write_ins || votes.len() == 1);
        let most = candidates.max_by(|a, b| a.1.cmp(&b.1)).filter(|_| !counting.is_zero());
        let Some((winner, most)) = most else { return (without_votes(outcome, piles.exhausted()), lot_ties) };
        let round = Round { stage: Stage::Round(number), exhausted: Some(piles.exhausted()), ..Round::default() };
        let with_votes = votes.iter().filter(|(_, votes)| !votes.is_zero()).count();
        let may_win = contest.rules.until == Until::Majority || with_votes <= 2;
        if outcome.elected.is_empty() && may_win && most.clone() + most.clone() > counting {
            elect_by_majority(*winner, &votes, number, round.clone(), &mut outcome);
        }
        if votes.len() == 1 {
            out.add(&[*winner], Vec::new());
            break;
        }
        let write_in = write_ins.take().filter(|choice| *choice < contest.choices());
        let batch = if outcome.elected.is_empty() { batch(&votes, &contest.rules) } else { Vec::new() };
        let Going { losers, tie, equals, event } = match write_in {
            Some(choice) => Going::alone(choice),
            None if batch.len() > 1 => Going::together(batch),
            None => Going::last(seniority.last(&votes, votes.len(), || false, &contest.lots, number)),
        };
        if outcome.elected.is_empty() && !equals.is_empty() {
            // The votes follow from who is in.
            let is_in: Vec<usize> = votes.iter().map(|(choice, _)| *choice).collect();
            let state = lot_effect::state_hash((&is_in, seniority.places(&is_in).collect::<Vec<_>>()));
            let state = Some(state).filter(|_| !depends_on_order);
            let (ahead, order) = (equals.len(), equals.iter().chain(&losers).copied().collect());
            lot_ties.push(LotTie { order, ahead, state });
        }
        if outcome.elected.is_empty() && !lot_ties.is_empty() {
            settled &= !depends_on_order && tie.as_ref().is_none_or(|tie| all_go(&votes, tie.order.len()));
        }
        if matches!(event, Event::EliminatedTogether { .. }) {
            let of: FxHashMap<usize, &Number> = votes.iter().map(|(choice, votes)| (*choice, votes)).collect();
            losers.chunk_by(|a, b| of.get(a) == of.get(b)).for_each(|equals| out.add(equals, Vec::new()));
        } else {
            out.add(&losers, equals);
        }
        let flows = piles.eliminate(&losers);
        if let Some(tie) = tie.as_ref().filter(|_| outcome.elected.is_empty() && votes.len() == 2) {
            elect_tied(tie, &votes, number, round, &mut outcome);
        } else if outcome.elected.is_empty() {
            let go: FxHashSet<usize> = losers.iter().copied().collect();
            let fate = |choice| if go.contains(&choice) { Fate::Eliminated } else { Fate::Continues };
            outcome.rounds.push(Round { standings: standings(&votes, fate), events: vec![event], flows, ..round });
            outcome.ties.extend(tie);
        }
    }
    outcome.ranking = out.ranking().collect();
    (outcome, if settled { Vec::new() } else { lot_ties })
}

/// Who goes out of a round.
struct Going {
    /// The first one out first.
    losers: Vec<usize>,
    /// The tie that they lost.
    tie: Option<Tie>,
    /// Whom a lot kept in.
    equals: Vec<usize>,
    /// What is said of it.
    event: Event,
}

impl Going {
    /// The choice that stands for all who were written in.
    fn alone(choice: usize) -> Self {
        let event = Event::WriteInsEliminated { choice };
        Self { losers: vec![choice], tie: None, equals: Vec::new(), event }
    }

    /// Several at once, who can't catch up.
    fn together(losers: Vec<usize>) -> Self {
        let event = Event::EliminatedTogether { choices: losers.clone() };
        Self { losers, tie: None, equals: Vec::new(), event }
    }

    /// Who has the fewest votes.
    fn last((losers, tie, equals): (Vec<usize>, Option<Tie>, Vec<usize>)) -> Self {
        let event = Event::Eliminated { choices: losers.clone(), tie: tie.clone() };
        Self { losers, tie, equals, event }
    }
}

/// Elects the one with more than half of the votes that still count.
fn elect_by_majority(winner: usize, votes: &[(usize, Number)], number: usize, round: Round, outcome: &mut Outcome) {
    let of: Number = votes.iter().map(|(_, votes)| votes.clone()).sum();
    let most = votes.iter().find(|(choice, _)| *choice == winner).map(|(_, votes)| votes.clone()).unwrap_or_default();
    let event = Event::Majority { choice: winner, votes: most.clone(), of: of.clone() };
    let fate = |choice| if choice == winner { Fate::Elected } else { Fate::Continues };
    outcome.rounds.push(Round { standings: standings(votes, fate), events: vec![event], ..round });
    outcome.reason = Some(Reason::Majority { round: number, votes: most, of });
    outcome.elected = vec![winner];
}

/// Whether the last so many, or more of the last, have fewer votes together than anybody before them: then all of
/// them are eliminated before the next, and who is left has the same votes in whatever order they go.
fn all_go(votes: &[(usize, Number)], last: usize) -> bool {
    let mut fewest: Vec<&Number> = votes.iter().map(|(_, votes)| votes).collect();
    fewest.sort_unstable();
    let mut together = Number::default();
    fewest.into_iter().enumerate().any(|(before, votes)| {
        let go = before >= last && together < *votes;
        together += votes.clone();
        go
    })
}

/// The most of the last who together have fewer votes than the next above them, from the fewest votes up; nobody where
/// one goes at a time.
fn batch(votes: &[(usize, Number)], rules: &Rules) -> Vec<usize> {
    if rules.elimination == Elimination::One {
        return Vec::new();
    }
    let left = if rules.until == Until::Two { 2 } else { 1 };
    let mut order: Vec<&(usize, Number)> = votes.iter().collect();
    order.sort_by(|a, b| a.1.cmp(&b.1));
    let (mut together, mut most) = (Number::default(), 0);
    for (before, (_, votes)) in order.iter().enumerate() {
        if together < *votes && before + left <= order.len() {
            most = before;
        }
        together += votes.clone();
    }
    order[..most].iter().map(|(choice, _)| *choice).collect()
}

/// Elects the first of the last two, who have equally many votes.
fn elect_tied(tie: &Tie, votes: &[(usize, Number)], number: usize, mut round: Round, outcome: &mut Outcome) {
    let (Some(winner), Some((_, each))) = (tie.order.first(), votes.first()) else { return };
    let tie = Tie { at: TieAt::LastTwo(number), ..tie.clone() };
    round.events.push(Event::LastTwoTied { tie: tie.clone(), votes: each.clone() });
    round.standings = standings(votes, |choice| if choice == *winner { Fate::Elected } else { Fate::Eliminated });
    outcome.rounds.push(round);
    let (votes, others) = (each.clone(), tie.order[1..].to_vec());
    outcome.reason = Some(Reason::LastTwoTied { round: number, votes, others, rule: tie.rule });
    outcome.elected = vec![*winner];
    outcome.ties.push(tie);
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, TieRule};
    use super::*;

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    fn counted(profile: &[(&str, u64)], rules: Rules) -> Outcome {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let ballots = Ballots::read(Kind::Ranking, &KEYS, &profile).unwrap();
        count(&Contest { rules, lots: Lots::of(&[3, 2, 1, 0]), ..Contest::new(&KEYS, &KEYS) }, &ballots)
    }

    fn votes(round: &Round) -> Vec<String> {
        round.standings.iter().map(|standing| standing.votes.plain()).collect()
    }

    fn majority(round: usize, votes: u64, of: u64) -> Option<Reason> {
        Some(Reason::Majority { round, votes: votes.into(), of: of.into() })
    }

    #[test]
    fn a_tie_is_broken_by_the_latest_round_that_differs_and_then_by_lot() {
        // d goes out and gives b its vote; b and c have three, but b had fewer.
        let outcome = counted(&[("a", 4), ("b", 2), ("c", 3), ("d>b", 1)], Rules::default());
        let tie = Tie { at: TieAt::Elimination(2), order: vec![2, 1], rule: TieRule::Round(1) };
        let expected = Event::Eliminated { choices: vec![1], tie: Some(tie.clone()) };
        assert_eq!((outcome.rounds[1].events.as_slice(), outcome.ties), ([expected].as_slice(), vec![tie]));
        assert_eq!((outcome.elected, outcome.ranking), (vec![0], vec![vec![0], vec![2], vec![1], vec![3]]));
        // By lot c comes before b before a.
        let outcome = counted(&[("a", 1), ("b", 1)], Rules::default());
        assert_eq!(outcome.rounds[0].events, [Event::Eliminated { choices: vec![2, 3], tie: None }]);
        assert_eq!((outcome.elected.clone(), outcome.used_lot()), (vec![1], true));
        assert_eq!(outcome.ranking, [[0, 1], [2, 3]]);
        let (rule, votes) = (TieRule::Lot, Number::from(1));
        let tie = Tie { at: TieAt::LastTwo(2), order: vec![1, 0], rule };
        assert_eq!(outcome.rounds[1].events, [Event::LastTwoTied { tie, votes: votes.clone() }]);
        let reason = Reason::LastTwoTied { round: 2, votes, others: vec![0], rule };
        assert_eq!((outcome.rounds.len(), outcome.reason), (2, Some(reason)));
    }

    #[test]
    fn a_shared_rank_is_divided_exactly_among_those_still_in() {
        // A third each for a, b and c; when c is out a half each, then all of it for a, and at last for d.
        let profile = [("a=b=c>d", 1), ("a", 2), ("b", 1), ("d", 3)];
        let outcome = counted(&profile, Rules::default());
        let rounds: Vec<_> = outcome.rounds.iter().map(votes).collect();
        assert_eq!(rounds, [vec!["7/3", "4/3", "1/3", "3"], vec!["2.5", "1.5", "3"], vec!["3", "3"]]);
        let flows: Vec<_> = outcome.rounds[0].flows.iter().map(|flow| (flow.to, flow.votes.plain())).collect();
        assert_eq!(flows, [(Some(0), "1/6".into()), (Some(1), "1/6".into())]);
        assert_eq!(outcome.elected, [3], "a had fewer before");
        let (rule, each) = (TieRule::Round(2), Number::from(3));
        let tie = Tie { at: TieAt::LastTwo(3), order: vec![3, 0], rule };
        assert_eq!(outcome.rounds[2].events, [Event::LastTwoTied { tie, votes: each.clone() }]);
        assert_eq!(outcome.reason, Some(Reason::LastTwoTied { round: 3, votes: each, others: vec![0], rule }));
        let skip = counted(&profile, Rules { overvotes: Overvotes::Skip, ..Rules::default() });
        assert_eq!(votes(&skip.rounds[0]), ["2", "1", "0", "4"]);
        let exhaust = counted(&profile, Rules { overvotes: Overvotes::Exhaust, ..Rules::default() });
        assert_eq!(votes(&exhaust.rounds[0]), ["2", "1", "0", "3"]);
        assert_eq!(exhaust.rounds[0].exhausted, Some(Number::from(1)));
    }

    #[test]
    fn a_lot_among_those_who_all_go_is_idle_however_many_they_are() {
        let keys: Vec<String> = (0..40).map(|n| format!("c{n}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let few = (2..40).map(|n| (format!("c{n}>c0"), 1));
        for (most, by_lot) in [(39, false), (38, true)] {
            let profile: Vec<(String, u64)> =
                [("c0>c1".into(), 60), ("c1>c0".into(), most)].into_iter().chain(few.clone()).collect();
            let ballots = Ballots::read(Kind::Ranking, &keys, &profile).unwrap();
            let outcome = count(&Contest { lots: Lots::of(&[]), ..Contest::new(&keys, &keys) }, &ballots);
            assert_eq!((outcome.elected.as_slice(), outcome.used_lot()), ([0].as_slice(), by_lot), "{most}");
        }
    }

    #[test]
    fn all_who_cant_catch_up_go_at_once() {
        let profile = [("a", 9), ("b>a", 6), ("c>b", 2), ("d>b", 1)];
        let rules = Rules { elimination: Elimination::Batch, ..Rules::default() };
        let outcome = counted(&profile, rules.clone());
        assert_eq!(outcome.rounds[0].events, [Event::EliminatedTogether { choices: vec![3, 2] }]);
        assert_eq!(
            (outcome.rounds.len(), outcome.elected, outcome.ranking),
            (2, vec![0], vec![vec![0], vec![1], vec![2], vec![3]])
        );
        // The three last have as many votes as the first: two of them go, and two are left until the end.
        let outcome = counted(&[("a", 9), ("b>a", 6), ("c>b", 2), ("d>b", 1)], Rules { until: Until::Two, ..rules });
        assert_eq!((votes(&outcome.rounds[1]), outcome.rounds.len()), (vec!["9".into(), "9".into()], 2));
    }

    #[test]
    fn it_goes_on_until_two_are_left() {
        let profile = [("a", 7), ("b>a", 3), ("c>b", 2), ("d", 0)];
        let rules = Rules { until: Until::Two, ..Rules::default() };
        let outcome = counted(&profile, rules.clone());
        assert_eq!((outcome.rounds.len(), outcome.elected.as_slice()), (3, [0].as_slice()));
        assert_eq!(outcome.reason, majority(3, 7, 12));
        assert_eq!(counted(&profile, Rules::default()).rounds.len(), 1);
        // One who has all votes needs nobody to beat.
        assert_eq!(counted(&[("a", 7)], rules).elected, [0]);
    }

    #[test]
    fn write_ins_go_out_first_and_never_win() {
        let rules = Rules { write_ins: Some(0), ..Rules::default() };
        let outcome = counted(&[("a>b", 7), ("b", 2), ("c", 3)], rules.clone());
        assert_eq!(outcome.rounds[0].events, [Event::WriteInsEliminated { choice: 0 }]);
        assert_eq!((outcome.elected.as_slice(), outcome.ranking.last()), ([1].as_slice(), Some(&vec![0])));
        assert_eq!(votes(&outcome.rounds[1]), ["9", "3", "0"]);
        assert!(counted(&[("a", 7)], rules).elected.is_empty());
    }

    #[test]
    fn the_order_goes_on_behind_the_winner() {
        let outcome = counted(&[("a", 6), ("b", 2), ("c>d", 1), ("d>c", 2), ("", 9)], Rules::default());
        assert_eq!((outcome.rounds.len(), outcome.reason), (1, majority(1, 6, 11)));
        assert_eq!(outcome.ranking, [[0], [3], [1], [2]]);
        assert!(counted(&[("", 3)], Rules::default()).elected.is_empty());
    }
}
