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
//! Rules that others leave open: the quota is [`Quota::Droop`] by the Order. Of choices that reach the quota in the
//! same round the one with more votes is elected first. Ballots with shared or skipped ranks, which the Order has
//! not, go as [`Rules`](super::Rules) say: divided votes are cut off after five decimals too. With one seat this is
//! instant runoff, but that it goes on until one has the quota of all valid votes or is the last left.

use super::{
    Ballot, Ballots, Contest, Fate, Flow, Method, Number, Outcome, Quota, Round, Unit,
    seats::{Seats, broken, standings},
    transfers::{Decisive, next_rank},
};

/// The decimals of a vote, and one vote in units of the last of them.
const DECIMALS: u32 = 5;
const WHOLE: u128 = 10_u128.pow(DECIMALS);

/// Counts `ballots`.
pub fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let rankings = ballots.as_rankings();
    let mut count = Count::new(contest, rankings.iter().filter(|ballot| !ballot.marks.is_empty()).collect());
    let mut outcome = Outcome {
        unit: Unit::FirstChoices,
        tally: count.votes.iter().map(|votes| number(*votes)).collect(),
        ..contest.outcome(Method::Stv, ballots)
    };
    if count.ballots.is_empty() {
        outcome.ranking = vec![(0..contest.choices()).collect()];
        return outcome;
    }
    while count.step(&mut outcome) {}
    count.seats.finish(&count.votes, &number(count.quota), &mut outcome);
    outcome
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
        let quota = match contest.rules.quota {
            Quota::Droop => valid / (contest.seats as u128 + 1) + 1,
            Quota::Hare => (valid / contest.seats as u128).max(1),
        };
        let mut count = Self {
            contest,
            seats: Seats::new(contest),
            quota: quota * WHOLE,
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
            title: format!("Round {number_of_round}"),
            quota: Some(number(self.quota)),
            exhausted: Some(number(self.exhausted)),
            lost: Some(number(self.lost)),
            ..Round::default()
        };
        let votes = self.seats.counted(&self.votes);
        self.seats.elect(&self.votes, self.quota, &mut round, outcome);
        self.seats.note(&self.votes, Decisive::Latest);
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
        let place = format!("for the first transfer of a surplus in round {}", outcome.rounds.len() + 1);
        let (order, tie) = self.seats.seniority.settle(&largest, 1, &self.contest.lots, &place);
        let (Some(from), Some(total)) = (order.first().copied(), most) else { return false };
        let surplus = total - self.quota;
        self.votes[from] = self.quota;
        round.flows = self.hand_on(from, surplus, |value| surplus * value / total);
        let (label, surplus) = (self.contest.labels[from], number(surplus));
        round.said.push(format!("{label}’s surplus of {surplus} is transferred{}.", broken(tie.as_ref())));
        outcome.ties.extend(tie);
        true
    }

    /// Rules 50 and 51: eliminates the last.
    fn eliminate(&mut self, number: usize, round: &mut Round, outcome: &mut Outcome) {
        if let Some(loser) = self.seats.eliminate_last(&self.votes, number, round, outcome) {
            let votes = std::mem::take(&mut self.votes[loser]);
            round.flows = self.hand_on(loser, votes, |value| value);
        }
    }

    /// Hands on the ballots of a choice, each with its new value; what that leaves of `all` is lost.
    fn hand_on(&mut self, from: usize, all: u128, value: impl Fn(u128) -> u128) -> Vec<Flow> {
        let (exhausted, mut left) = (self.exhausted, all);
        let mut moved = vec![0; self.votes.len()];
        for parcel in self.take(from) {
            let parcel = Parcel { value: value(parcel.value), ..parcel };
            left -= u128::from(self.ballots[parcel.ballot].count) * parcel.value;
            self.pass(&parcel, |to, votes| moved[to] += votes);
        }
        self.lost += left;
        let to = moved.into_iter().enumerate().map(|(to, votes)| (Some(to), votes));
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

    /// Gives a parcel to the next of its ballots, and tells to whom and how many votes.
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
