//! Single transferable vote by Meek's method: each elected choice keeps of every vote that reaches it only the part
//! that it needs, and the parts are worked out anew until they fit, as are the quota and who is still in.
//!
//! Source: Hill, Wichmann and Woodall, "Algorithm 123: Single transferable vote by Meek's method", *Computer Journal*
//! 30 (1987), with the decimals and rules of New Zealand's Local Electoral Regulations 2001, schedule 1A, part 1:
//! nine decimals; the quota is what is not exhausted by one more than the seats, cut off, and one in the last decimal;
//! keep values are rounded up. The last is eliminated when its votes and the whole surplus are fewer than those of
//! any other, when the surplus is below 0.0001, or when no keep value changes any more.
//!
//! Rules that others leave open: of a vote a choice keeps its part rounded up (clause 10) and the rest goes on, as in
//! Algorithm 123, so that no vote is made or lost. Equal last places are settled by the earliest count in which they
//! differ (clause 40), then by lot, where the schedule has a pseudo-random number. Several that share a rank are taken
//! in every order, each for an equal part of the vote, as in Hill, "Difficulties with equality of preference", *Voting
//! matters* 13 (2001), and in Meek's own papers: what one of them does not keep goes to the others before it goes to
//! the next rank. Else shared and skipped ranks are as [`Rules`](super::Rules) say.
//! [`Quota::Hare`](super::Quota::Hare) divides by the seats. A round is shown for each count that elects or
//! eliminates; votes do not go from one choice to one other, so no flows are. Of choices without a vote, where not all
//! may go, as many as may are eliminated together as soon as no keep value changes any more and no vote would go
//! otherwise without any of them: then the counts between would all be alike.

use super::{
    Ballot, Ballots, Contest, Cost, Event, Family, Fate, Method, Number, OpenRule, Outcome, Round, Rules, Spec, Stage,
    Unit,
    lot_effect::{self, LotTie},
    seats::{Seats, standings},
    spec::MOST_RANKED,
    transfers::{Decisive, next_rank, without_votes},
};
use crate::marks::Kind;

/// The decimals of a vote, and one vote in units of the last of them.
const DECIMALS: u32 = 9;
const WHOLE: u64 = 10_u64.pow(DECIMALS);
/// A surplus below this, 0.0001, is none.
const NONE: u128 = 100_000;
/// One, where parts of a vote are worked out for choices that share a rank.
const FINE: u128 = 10_u128.pow(18);

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "stv-meek",
    label: "Single transferable vote, Meek",
    kind: Kind::Ranking,
    family: Family::Rounds,
    several_seats: true,
    shared_ranks: false,
    most_choices: MOST_RANKED,
    open_rules: &[OpenRule::Overvotes, OpenRule::Skipped, OpenRule::Quota, OpenRule::WriteIns],
    costs: &[Cost::Rounds],
    is_common: false,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let rankings = ballots.as_rankings();
    lot_effect::count(contest, 32 * rankings.steps(contest), |contest| by_lots(contest, &rankings))
}

/// Counts rankings by the lots of the contest.
fn by_lots(contest: &Contest<'_>, rankings: &Ballots) -> (Outcome, Vec<LotTie>) {
    let ballots: Vec<Ballot<'_>> = rankings.iter().filter(|ballot| !ballot.marks.is_empty()).collect();
    let mut outcome = Outcome { unit: Unit::FirstChoices, ..contest.outcome(Method::StvMeek, rankings) };
    let mut seats = Seats::new(contest, Decisive::Earliest);
    let mut keep = vec![WHOLE; contest.choices()];
    let mut votes = Votes::count(&ballots, &keep, &contest.rules);
    outcome.tally = votes.votes.iter().map(|votes| number(*votes)).collect();
    if votes.votes.iter().all(|votes| *votes == 0) {
        return (without_votes(outcome, number(votes.exhausted)), Vec::new());
    }
    loop {
        let quota = votes.quota(contest);
        let number_of_round = outcome.rounds.len() + 1;
        let mut round = Round {
            stage: Stage::Round(number_of_round),
            quota: Some(number(quota)),
            exhausted: Some(number(votes.exhausted)),
            events: kept(&seats, &keep),
            ..Round::default()
        };
        let before = round.events.len();
        let counted = seats.counted(&votes.votes);
        seats.elect(&votes.votes, quota, &mut round, &mut outcome);
        seats.note(&votes.votes, number_of_round);
        let over = seats.filled(&votes.votes, &mut round);
        let new = votes.keep(&seats, &keep, quota);
        if !over && votes.decided(&seats, quota, new == keep) {
            let moving = || lot_effect::state_hash(&keep);
            let left = seats.left();
            let still = || new == keep && votes.stay_without(&left, &ballots, &keep, &contest.rules);
            seats.eliminate_last(&votes.votes, number_of_round, &mut round, &mut outcome, still, moving);
        }
        if round.events.len() > before {
            round.standings = standings(&counted, &seats, DECIMALS);
            outcome.rounds.push(round);
        }
        if over {
            seats.finish(&votes.votes, &number(quota), &mut outcome);
            return (outcome, seats.lot_ties);
        }
        keep = new;
        for (choice, keep) in keep.iter_mut().enumerate().filter(|(choice, _)| seats.fate(*choice) == Fate::Eliminated)
        {
            (*keep, votes.votes[choice]) = (0, 0);
        }
        votes = Votes::count(&ballots, &keep, &contest.rules);
    }
}

fn number(units: u128) -> Number {
    Number::fixed(units, DECIMALS)
}

/// Who keeps how much of a vote.
fn kept(seats: &Seats<'_>, keep: &[u64]) -> Vec<Event> {
    let elected = (0..keep.len()).filter(|choice| seats.fate(*choice) == Fate::Elected && keep[*choice] < WHOLE);
    elected.map(|choice| Event::Keeps { choice, part: number(u128::from(keep[choice])) }).collect()
}

/// The votes of one count, in units of the last decimal.
#[derive(PartialEq)]
struct Votes {
    votes: Vec<u128>,
    exhausted: u128,
}

impl Votes {
    /// Clauses 8 to 10: shares all ballots out by the keep values; the eliminated keep nothing.
    fn count(ballots: &[Ballot<'_>], keep: &[u64], rules: &Rules) -> Self {
        let (mut votes, mut exhausted) = (vec![0; keep.len()], 0);
        for Ballot { marks, count } in ballots {
            let (mut rest, mut at) = (WHOLE, 0);
            while rest > 0 {
                let Some((start, rank)) = next_rank(marks, at, rules, |choice| keep[choice] > 0) else { break };
                let heirs = rank.iter().map(|mark| mark.choice as usize).filter(|choice| keep[*choice] > 0);
                let (all, some): (Vec<usize>, Vec<usize>) = heirs.partition(|heir| keep[*heir] == WHOLE);
                let mut give = |heir: usize, part: u64, rest: &mut u64| {
                    votes[heir] += u128::from(*count) * u128::from(part);
                    *rest -= part;
                };
                let reaching = u128::from(rest);
                for (heir, part) in some.iter().zip(parts(&some, all.len(), keep)) {
                    let kept = u64::try_from((reaching * part).div_ceil(FINE)).unwrap_or(rest);
                    give(*heir, kept.min(rest), &mut rest);
                }
                // The others share evenly what is left: they keep all of it.
                let share = rest.checked_div(all.len() as u64).unwrap_or(0);
                all.into_iter().for_each(|heir| give(heir, share, &mut rest));
                at = start + rank.len();
            }
            exhausted += u128::from(*count) * u128::from(rest);
        }
        Self { votes, exhausted }
    }

    /// Whether every vote goes as it does without all who are left and have none, and so without any of them: the
    /// parts of a shared rank only grow with each that is gone.
    fn stay_without(&self, left: &[usize], ballots: &[Ballot<'_>], keep: &[u64], rules: &Rules) -> bool {
        let mut without = keep.to_vec();
        left.iter().filter(|choice| self.votes[**choice] == 0).for_each(|choice| without[*choice] = 0);
        *self == Self::count(ballots, &without, rules)
    }

    /// Clauses 5 and 11.
    fn quota(&self, contest: &Contest<'_>) -> u128 {
        let active: u128 = self.votes.iter().sum();
        contest.rules.quota.of(active, contest.seats)
    }

    /// Clause 17: the keep values of the elected by what they have and need.
    fn keep(&self, seats: &Seats<'_>, keep: &[u64], quota: u128) -> Vec<u64> {
        let new = |(choice, keep): (usize, &u64)| {
            let votes = self.votes[choice];
            if seats.fate(choice) != Fate::Elected || votes <= quota {
                return *keep;
            }
            let needed = (u128::from(*keep) * quota).div_ceil(u128::from(WHOLE));
            u64::try_from((needed * u128::from(WHOLE)).div_ceil(votes)).map_or(*keep, |new| new.min(*keep))
        };
        keep.iter().enumerate().map(new).collect()
    }

    /// Clauses 13 and 23: whether the last can be eliminated.
    fn decided(&self, seats: &Seats<'_>, quota: u128, stable: bool) -> bool {
        let elected = (0..self.votes.len()).filter(|choice| seats.fate(*choice) == Fate::Elected);
        let surplus: u128 = elected.map(|choice| self.votes[choice].saturating_sub(quota)).sum();
        let mut left: Vec<u128> = seats.left().into_iter().map(|choice| self.votes[choice]).collect();
        left.sort_unstable();
        let sure = matches!(left[..], [last, next, ..] if last + surplus < next);
        stable || sure || surplus < NONE
    }
}

/// What each of `some`, who share a rank with `all` who keep all that reaches them, keeps of a vote, in parts of
/// [`FINE`]: the mean of all orders in which the vote may go from one to the next.
///
/// Put each at a random place between 0 and 1. Where one is at t, another is before it and passes on all but its part
/// k with a chance of t: it leaves 1 - tk = (1 - k) + k(1 - t). The product over the others is a sum of powers of
/// 1 - t, and of the nth of them the mean is 1 / (n + 1).
fn parts(some: &[usize], all: usize, keep: &[u64]) -> Vec<u128> {
    let kept = |choice: &usize| u128::from(keep[*choice]);
    let times = |a: u128, k: u128| a * k / u128::from(WHOLE);
    // The means of all later ones, by how many powers those before have given.
    let mut later = vec![(0..=some.len()).map(|n| FINE / (all + n + 1) as u128).collect::<Vec<_>>()];
    for choice in some.iter().skip(1).rev() {
        let (k, next) = (kept(choice), &later[later.len() - 1]);
        let means = next.windows(2).map(|two| times(two[0], u128::from(WHOLE) - k) + times(two[1], k));
        let means = means.collect();
        later.push(means);
    }
    // The powers that those before give.
    let mut before = vec![FINE];
    let mut parts = Vec::with_capacity(some.len());
    for (choice, means) in some.iter().zip(later.iter().rev()) {
        let k = kept(choice);
        let mean: u128 = before.iter().zip(means).map(|(a, b)| a * b / FINE).sum();
        parts.push(times(mean, k));
        before.push(0);
        for n in (0..before.len()).rev() {
            let lower = n.checked_sub(1).map_or(0, |lower| before[lower]);
            before[n] = times(before[n], u128::from(WHOLE) - k) + times(lower, k);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, TieRule};
    use super::*;

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    fn counted(profile: &[(&str, u64)], seats: usize) -> Outcome {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let ballots = Ballots::read(Kind::Ranking, &KEYS, &profile).unwrap();
        count(&Contest { seats, lots: Lots::of(&[3, 2, 1, 0]), ..Contest::new(&KEYS, &KEYS) }, &ballots)
    }

    fn votes(round: &Round) -> Vec<String> {
        round.standings.iter().map(|standing| standing.votes.plain()).collect()
    }

    #[test]
    fn the_elected_keep_what_they_need() {
        // Quota 40.000000001. a needs 40.000000001 of 60, rounded up 0.666666667, so 60 × 0.333333333 go on to b.
        let outcome = counted(&[("a>b", 60), ("b", 26), ("c", 34)], 2);
        assert_eq!(outcome.rounds[0].quota, Some(Number::fixed(40_000_000_001_u64, 9)));
        assert_eq!(votes(&outcome.rounds[0]), ["60", "26", "34", "0"]);
        assert_eq!(votes(&outcome.rounds[1]), ["40.00000002", "45.99999998", "34"]);
        assert_eq!(outcome.rounds[1].events[0], Event::Keeps { choice: 0, part: Number::fixed(666_666_667_u64, 9) });
        assert_eq!(outcome.elected, [0, 1]);
    }

    #[test]
    fn the_quota_falls_as_ballots_are_exhausted() {
        // Quota 3.333333334: d is out, and a keeps 0.833333334 and passes the rest of 4 votes on to nobody.
        let outcome = counted(&[("a", 4), ("b", 3), ("c", 2), ("d", 1)], 2);
        assert_eq!(outcome.rounds[1].quota, Some(Number::fixed(2_777_777_779_u64, 9)));
        assert_eq!(outcome.rounds[1].exhausted, Some(Number::fixed(1_666_666_664_u64, 9)));
        assert_eq!(outcome.elected, [0, 1]);
    }

    #[test]
    fn what_one_of_a_shared_rank_does_not_keep_goes_to_the_others_of_it() {
        // a keeps 0.5875 of 80 votes, so b has 30 and the rest of the 30 that come by a.
        let outcome = counted(&[("a=b>c", 60), ("a", 50), ("c", 31)], 2);
        assert_eq!(outcome.elected, [0, 1]);
        let rounds: Vec<_> = outcome.rounds.iter().map(votes).collect();
        assert_eq!(rounds[0], ["80", "30", "31", "0"]);
        assert!(rounds[1][1].starts_with("42.37"), "{rounds:?}");
    }

    /// What each keeps of a vote, by every order of them all.
    fn by_every_order(order: &mut Vec<usize>, keep: &[u64], rest: f64, parts: &mut [f64]) {
        for at in 0..order.len() {
            let choice = order.remove(at);
            let (part, each) = (keep[choice] as f64 / WHOLE as f64, rest / (order.len() + 1) as f64);
            parts[choice] += each * part;
            by_every_order(order, keep, each * (1.0 - part), parts);
            order.insert(at, choice);
        }
    }

    #[test]
    fn a_shared_rank_is_every_order_of_it() {
        let keep = [250_000_000, 900_000_000, 600_000_001, WHOLE, WHOLE];
        for all in 0..=2 {
            for some in 1..=3 {
                let mut slowly = [0.0; 5];
                by_every_order(&mut (0..some).chain(3..3 + all).collect(), &keep, 1.0, &mut slowly);
                let some: Vec<usize> = (0..some).collect();
                for (one, part) in some.iter().zip(parts(&some, all, &keep)) {
                    assert!((part as f64 / FINE as f64 - slowly[*one]).abs() < 1e-12, "{some:?} {all}");
                }
            }
        }
    }

    #[test]
    fn a_tie_is_broken_by_the_earliest_count_that_differs() {
        let outcome = counted(&[("a", 5), ("b", 2), ("c", 3), ("d>b", 1)], 1);
        assert_eq!(outcome.ties[0].rule, TieRule::Round(1));
        assert_eq!((outcome.ties[0].order.clone(), outcome.elected), (vec![2, 1], vec![0]));
        assert!(counted(&[("", 2)], 2).elected.is_empty());
    }
}
