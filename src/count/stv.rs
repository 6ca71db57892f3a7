//! Single transferable vote (STV), weighted inclusive Gregory: who reaches the quota is elected, and all ballots of
//! an elected choice go on with that part of their value that it did not need; if nobody has a surplus the last is
//! eliminated, and its ballots go on with the value that they have.
//!
//! Source: the Scottish Local Government Elections Order 2011, schedule 1, rules 45 to 52. The transfer value is the
//! surplus times the value of the ballot by all votes of the choice, cut off after five decimals; what is cut off is
//! the `lost` of a round. The largest surplus goes first. Equal surpluses and equal last places are settled by the
//! latest earlier round in which they differ, then by lot. When as many choices are left as seats, they are
//! elected, and nothing more is transferred.
//!
//! The Order excludes one candidate at a time. Those without a vote are eliminated together here, all of them or as many
//! as leave one for each open seat: nothing moves with them, so the rounds between would have the same votes, and the
//! same would be left at their end. A file of a thousand choices that nobody voted for would have a thousand of them.
//!
//! Rules that others leave open: the quota is [`Quota::Droop`](super::Quota::Droop) by the Order. Of choices that reach the quota in the
//! same round the one with more votes is elected first. Ballots with shared or skipped ranks, which the Order has
//! not, go as [`Rules`](super::Rules) say: divided votes are cut off after five decimals too. With one seat this is
//! instant runoff, but that it goes on until one has the quota of all valid votes or is the last left.

use std::collections::BTreeMap;

use super::{
    Ballot, Ballots, Contest, Cost, Event, Family, Fate, Flow, Method, Number, OpenRule, Outcome, Round, Spec, Stage,
    TieAt, Unit,
    lot_effect::{self, LotTie},
    seats::{Seats, standings},
    spec::MOST_RANKED,
    transfers::{Decisive, next_rank, without_votes},
};
use crate::marks::Kind;

/// The decimals of a vote, and one vote in units of the last of them.
const DECIMALS: u32 = 5;
const WHOLE: u128 = 10_u128.pow(DECIMALS);

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "stv",
    label: "Single transferable vote (STV)",
    kind: Kind::Ranking,
    family: Family::Rounds,
    several_seats: true,
    shared_ranks: false,
    most_choices: MOST_RANKED,
    open_rules: &[OpenRule::Overvotes, OpenRule::Skipped, OpenRule::Quota, OpenRule::WriteIns],
    costs: &[Cost::Rounds],
    is_common: true,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let rankings = ballots.as_rankings();
    lot_effect::count(contest, 4 * rankings.steps(contest), |contest| by_lots(contest, &rankings))
}

/// Counts rankings by the lots of the contest.
fn by_lots(contest: &Contest<'_>, rankings: &Ballots) -> (Outcome, Vec<LotTie>) {
    let mut count = Count::new(contest, rankings.iter().filter(|ballot| !ballot.marks.is_empty()).collect());
    let mut outcome = Outcome {
        unit: Unit::FirstChoices,
        tally: count.votes.iter().map(|votes| number(*votes)).collect(),
        ..contest.outcome(Method::Stv, rankings)
    };
    if count.votes.iter().all(|votes| *votes == 0) {
        return (without_votes(outcome, number(count.exhausted)), Vec::new());
    }
    while count.step(&mut outcome) {}
    count.seats.finish(&count.votes, &number(count.quota), &mut outcome);
    (outcome, count.seats.lot_ties)
}

fn number(units: u128) -> Number {
    Number::fixed(units, DECIMALS)
}

/// Equal ballots that a choice has with the same value.
struct Parcel {
    ballot: usize,
    /// Where the rank begins that they count for.
    at: usize,
    /// Of each of them, in units of the last decimal.
    value: u128,
}

struct Count<'c> {
    contest: &'c Contest<'c>,
    ballots: Vec<Ballot<'c>>,
    seats: Seats<'c>,
    /// The quota, what is exhausted and lost, and the votes: in units of the last decimal.
    quota: u128,
    exhausted: u128,
    lost: u128,
    votes: Vec<u128>,
    parcels: Vec<Vec<Parcel>>,
}

impl<'c> Count<'c> {
    /// Rules 45 and 46: the first choices and the quota.
    fn new(contest: &'c Contest<'c>, ballots: Vec<Ballot<'c>>) -> Self {
        let valid: u128 = ballots.iter().map(|ballot| u128::from(ballot.count)).sum();
        let mut count = Self {
            contest,
            seats: Seats::new(contest, Decisive::Latest),
            quota: contest.rules.quota.of(valid, contest.seats) * WHOLE,
            exhausted: 0,
            lost: 0,
            votes: vec![0; contest.choices()],
            parcels: (0..contest.choices()).map(|_| Vec::new()).collect(),
            ballots,
        };
        for ballot in 0..count.ballots.len() {
            count.pass(&Parcel { ballot, at: 0, value: WHOLE }, |_, _| ());
        }
        count
    }

    /// Counts one round; whether another follows.
    fn step(&mut self, outcome: &mut Outcome) -> bool {
        let number_of_round = outcome.rounds.len() + 1;
        let mut round = Round {
            stage: Stage::Round(number_of_round),
            quota: Some(number(self.quota)),
            exhausted: Some(number(self.exhausted)),
            lost: Some(number(self.lost)),
            ..Round::default()
        };
        let votes = self.seats.counted(&self.votes);
        self.seats.elect(&self.votes, self.quota, &mut round, outcome);
        self.seats.note(&self.votes, number_of_round);
        let over = self.seats.filled(&self.votes, &mut round);
        if !over && !self.transfer(&votes, &mut round, outcome) {
            self.eliminate(number_of_round, &mut round, outcome);
        }
        round.standings = standings(&votes, &self.seats, DECIMALS);
        outcome.rounds.push(round);
        !over
    }

    /// Rules 48 and 49: transfers the largest surplus, if there is one.
    fn transfer(&mut self, votes: &[(usize, u128)], round: &mut Round, outcome: &mut Outcome) -> bool {
        let surpluses =
            votes.iter().filter(|(choice, votes)| self.seats.fate(*choice) == Fate::Elected && *votes > self.quota);
        let most = surpluses.clone().map(|(_, votes)| *votes).max();
        let largest: Vec<usize> =
            surpluses.filter(|(_, votes)| Some(*votes) == most).map(|(choice, _)| *choice).collect();
        let at = TieAt::Surplus(outcome.rounds.len() + 1);
        let (order, tie) = self.seats.seniority.settle(&largest, 1, &self.contest.lots, at);
        let (Some(from), Some(total)) = (order.first().copied(), most) else { return false };
        if tie.as_ref().is_some_and(|tie| tie.rule.is_lot()) {
            let state = self.seats.state(&self.votes, moving(&self.parcels));
            self.seats.lot_ties.extend(self.seats.seniority.lot_tie(&order, 1, state));
        }
        let surplus = total - self.quota;
        self.votes[from] = self.quota;
        round.flows = self.hand_on(from, surplus, |value| surplus * value / total);
        let rule = tie.as_ref().map(|tie| tie.rule);
        round.events.push(Event::SurplusTransferred { choice: from, surplus: number(surplus), rule });
        outcome.ties.extend(tie);
        true
    }

    /// Rules 50 and 51: eliminates the last.
    fn eliminate(&mut self, number: usize, round: &mut Round, outcome: &mut Outcome) {
        let moving = || moving(&self.parcels);
        // There is no surplus, and with no votes nothing moves.
        for loser in self.seats.eliminate_last(&self.votes, number, round, outcome, || true, moving) {
            let votes = std::mem::take(&mut self.votes[loser]);
            round.flows.extend(self.hand_on(loser, votes, |value| value));
        }
    }

    /// Hands on the ballots of a choice, each with its new value; what that leaves of `all` is lost.
    fn hand_on(&mut self, from: usize, all: u128, value: impl Fn(u128) -> u128) -> Vec<Flow> {
        let (exhausted, mut left) = (self.exhausted, all);
        let mut moved: BTreeMap<usize, u128> = BTreeMap::new();
        for parcel in self.take(from) {
            let parcel = Parcel { value: value(parcel.value), ..parcel };
            left -= u128::from(self.ballots[parcel.ballot].count) * parcel.value;
            self.pass(&parcel, |to, votes| *moved.entry(to).or_default() += votes);
        }
        self.lost += left;
        let to = moved.into_iter().map(|(to, votes)| (Some(to), votes));
        to.chain([(None, self.exhausted - exhausted)])
            .filter(|(_, votes)| *votes > 0)
            .map(|(to, votes)| Flow { from, to, votes: number(votes) })
            .collect()
    }

    /// The parcels of a choice; those of the same ballots, which came by several ways, as one.
    fn take(&mut self, choice: usize) -> Vec<Parcel> {
        let mut parcels = std::mem::take(&mut self.parcels[choice]);
        parcels.sort_by_key(|parcel| parcel.ballot);
        parcels.dedup_by(|next, kept| {
            let same = next.ballot == kept.ballot;
            kept.value += if same { next.value } else { 0 };
            same
        });
        parcels
    }

    /// Gives a parcel to the next of its ballots, and returns to whom and how many votes.
    fn pass(&mut self, parcel: &Parcel, mut passed: impl FnMut(usize, u128)) {
        let Ballot { marks, count } = self.ballots[parcel.ballot];
        let count = u128::from(count);
        let next = next_rank(marks, parcel.at, &self.contest.rules, |choice| self.seats.continues(choice));
        let Some((at, rank)) = next else {
            self.exhausted += count * parcel.value;
            return;
        };
        let heirs = rank.iter().map(|mark| mark.choice as usize);
        let heirs: Vec<usize> = heirs.filter(|choice| self.seats.continues(*choice)).collect();
        let parts = heirs.len() as u128;
        let value = parcel.value / parts;
        self.lost += count * (parcel.value % parts);
        for heir in heirs {
            self.parcels[heir].push(Parcel { ballot: parcel.ballot, at, value });
            self.votes[heir] += count * value;
            passed(heir, count * value);
        }
    }
}

/// A hash of the parcels that is the same in whatever order they came.
fn moving(parcels: &[Vec<Parcel>]) -> u64 {
    let of = |(choice, parcels): (usize, &Vec<Parcel>)| {
        let hashes =
            parcels.iter().map(|parcel| lot_effect::state_hash((choice, parcel.ballot, parcel.at, parcel.value)));
        hashes.fold(0, u64::wrapping_add)
    };
    parcels.iter().enumerate().map(of).fold(0, u64::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, Reached, Reason, Tie, TieRule};
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
    fn a_surplus_goes_on_in_five_decimals_cut_off() {
        // Quota 34. a has 60: 26 over, so each ballot goes on with 26/60 = 0.43333 and 60 × 0.00000333… is lost.
        let outcome = counted(&[("a>b", 45), ("a", 15), ("b", 10), ("c", 20), ("d>c", 10)], 2);
        assert_eq!(votes(&outcome.rounds[1]), ["34", "29.49985", "20", "10"]);
        let second = &outcome.rounds[1];
        assert_eq!(second.exhausted, Some(Number::fixed(649_995, 5)));
        assert_eq!(second.lost, Some(Number::fixed(20, 5)));
        assert_eq!(
            outcome.rounds[0].flows,
            [
                Flow { from: 0, to: Some(1), votes: Number::fixed(1_949_985, 5) },
                Flow { from: 0, to: None, votes: Number::fixed(649_995, 5) },
            ]
        );
        // d goes out, c has 30; b is the last, and c is left.
        assert_eq!(votes(&outcome.rounds[2]), ["34", "29.49985", "30"]);
        assert_eq!(
            (outcome.elected, outcome.reason),
            (vec![0, 2], Some(Reason::Quota { rounds: 4, quota: Number::from(34), reached: Reached::Some }))
        );
    }

    #[test]
    fn ballots_that_came_by_a_surplus_go_on_with_their_value() {
        // Quota 7. a: 12, 5 over, each 0.41666; b has 3 + 4.99992 = 7.99992, 0.99992 over.
        let outcome = counted(&[("a>b>c", 12), ("b>d", 3), ("c", 3), ("d", 2)], 2);
        assert_eq!(votes(&outcome.rounds[1]), ["7", "7.99992", "3", "2"]);
        assert_eq!(outcome.elected, [0, 1]);
        let outcome = counted(&[("a>b>c", 12), ("b>d", 3), ("c", 3), ("d", 2)], 3);
        // Quota 6: a goes on with 6/12; b has 9, 3 over: each of a's ballots with 0.5 × 3/9, each of b's with 3/9.
        assert_eq!(votes(&outcome.rounds[2]), ["6", "6", "4.99992", "2.99999"]);
        assert_eq!(outcome.elected, [0, 1, 2]);
    }

    #[test]
    fn who_has_no_votes_goes_out_together_as_one_by_one() {
        // Of b, c and d two go, by lot.
        let outcome = counted(&[("a", 3)], 2);
        assert_eq!((outcome.elected.clone(), outcome.rounds.len()), (vec![0, 3], 3));
        let tie = Tie { at: TieAt::Elimination(2), order: vec![3, 2, 1], rule: TieRule::Lot };
        assert_eq!(outcome.rounds[1].events, [Event::Eliminated { choices: vec![1, 2], tie: Some(tie) }]);
        assert_eq!(outcome.ranking, [vec![0], vec![3], vec![1, 2]]);
        assert_eq!((outcome.ties.len(), outcome.ties[0].order.clone()), (1, vec![3, 2, 1]));
        // Where all go but those who had votes before, no lot decides.
        let outcome = counted(&[("a", 5), ("b", 2), ("c", 1)], 4);
        assert!(outcome.ties.is_empty());
    }

    #[test]
    fn one_seat_is_instant_runoff_and_too_many_seats_elect_all() {
        let profile = [("a", 4), ("b", 2), ("c>b", 3), ("d>b", 1)];
        let one = counted(&profile, 1);
        assert_eq!((one.ties[0].order.clone(), one.elected), (vec![2, 1], vec![0]), "b had fewer votes than c before");
        assert_eq!(counted(&profile, 5).elected, [0, 2, 1, 3]);
        assert!(counted(&[("", 2)], 2).elected.is_empty());
    }
}
