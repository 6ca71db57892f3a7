//! Seats to be filled by a quota: who has one, who is out, and who has the better of a tie.

use super::{
    Contest, Event, Fate, Number, Outcome, Reached, Reason, Round, Standing, TieAt,
    lot_effect::{self, LotTie},
    transfers::{Decisive, Out, Seniority},
};

/// Where a count of several rounds stands.
pub(super) struct Seats<'c> {
    contest: &'c Contest<'c>,
    fates: Vec<Fate>,
    /// In their order; who came in the same round with the same votes is in one group.
    elected: Vec<Vec<usize>>,
    out: Out,
    pub(super) seniority: Seniority,
    /// The ties that only the lots broke.
    pub(super) lot_ties: Vec<LotTie>,
}

impl<'c> Seats<'c> {
    pub(super) fn new(contest: &'c Contest<'c>, decisive: Decisive) -> Self {
        let choices = contest.choices();
        Self {
            contest,
            fates: vec![Fate::Continues; choices],
            elected: Vec::new(),
            out: Out::default(),
            seniority: Seniority::new(choices, decisive),
            lot_ties: Vec::new(),
        }
    }

    pub(super) fn fate(&self, choice: usize) -> Fate {
        self.fates[choice]
    }

    pub(super) fn continues(&self, choice: usize) -> bool {
        self.fates[choice] == Fate::Continues
    }

    /// Who is neither elected nor eliminated, in the order of the ballot.
    pub(super) fn left(&self) -> Vec<usize> {
        (0..self.fates.len()).filter(|choice| self.continues(*choice)).collect()
    }

    /// The votes of all but the eliminated.
    pub(super) fn counted(&self, votes: &[u128]) -> Vec<(usize, u128)> {
        let counted = votes.iter().copied().enumerate();
        counted.filter(|(choice, _)| self.fates[*choice] != Fate::Eliminated).collect()
    }

    /// Notes the votes of a round, for ties in later ones.
    pub(super) fn note(&mut self, votes: &[u128], round: usize) {
        self.seniority.note(&self.counted(votes), round);
    }

    /// Elects who has reached the quota, the most votes first, as long as there are seats.
    pub(super) fn elect(&mut self, votes: &[u128], quota: u128, round: &mut Round, outcome: &mut Outcome) {
        let is_candidate = |choice: &usize| Some(*choice) != self.contest.rules.write_ins;
        let reached: Vec<usize> =
            self.left().into_iter().filter(|choice| votes[*choice] >= quota && is_candidate(choice)).collect();
        let mut order = self.by_votes(&reached, votes);
        let open = self.contest.seats.saturating_sub(self.seated());
        if let Some(first_out) = order.get(open).copied() {
            // Only a quota below Droop's can be reached by more than the seats.
            let tied: Vec<usize> = order.iter().copied().filter(|choice| votes[*choice] == votes[first_out]).collect();
            let better = tied.iter().filter(|choice| order[..open].contains(choice)).count();
            let (tied, tie) = self.seniority.settle(&tied, better, &self.contest.lots, TieAt::LastSeat);
            // Whoever has it, the count is over.
            self.lot_ties
                .extend(self.seniority.lot_tie(&tied, better, 0).map(|lot_tie| LotTie { state: None, ..lot_tie }));
            outcome.ties.extend(tie);
            order.truncate(open);
        }
        self.seat(&order, votes);
        if !order.is_empty() {
            round.events.push(Event::ReachedQuota { choices: order });
        }
    }

    /// Whether the count is over: if as many are left as there are open seats, they are elected.
    pub(super) fn filled(&mut self, votes: &[u128], round: &mut Round) -> bool {
        let left = self.left();
        let open = self.contest.seats.saturating_sub(self.seated());
        if open > 0 && left.len() > open {
            return false;
        }
        if open > 0 && !left.is_empty() {
            let order = self.by_votes(&left, votes);
            self.seat(&order, votes);
            round.events.push(Event::LastLeft { choices: order, seats: open });
        }
        true
    }

    /// A hash of all that the rest of the count depends on, but for what moves with the votes.
    pub(super) fn state(&self, votes: &[u128], moving: u64) -> u64 {
        let in_it: Vec<usize> =
            (0..self.fates.len()).filter(|choice| self.fates[*choice] != Fate::Eliminated).collect();
        let fates = in_it.iter().map(|choice| (*choice, self.continues(*choice), votes[*choice]));
        lot_effect::state_hash((fates.collect::<Vec<_>>(), self.seniority.places(&in_it).collect::<Vec<_>>(), moving))
    }

    /// Eliminates the one with the fewest votes, or all who have none, or as many of them as may go where the votes of
    /// the others stay `still` without them. `moving` is a hash of what moves with the votes.
    pub(super) fn eliminate_last(
        &mut self,
        votes: &[u128],
        number: usize,
        round: &mut Round,
        outcome: &mut Outcome,
        still: impl FnOnce() -> bool,
        moving: impl FnOnce() -> u64,
    ) -> Vec<usize> {
        let left: Vec<(usize, u128)> = self.left().into_iter().map(|choice| (choice, votes[choice])).collect();
        let may = left.len().saturating_sub(self.contest.seats.saturating_sub(self.seated()));
        let write_ins = self.contest.rules.write_ins.filter(|choice| left.iter().any(|(other, _)| other == choice));
        let (losers, tie, equals) = match write_ins {
            Some(choice) => (vec![choice], None, Vec::new()),
            None => self.seniority.last(&left, may, still, &self.contest.lots, number),
        };
        if let Some(kept) = equals.first() {
            let behind = losers.iter().rev().filter(|loser| self.seniority.equal(**loser, *kept));
            let (ahead, order) = (equals.len(), equals.iter().chain(behind).copied().collect());
            self.lot_ties.push(LotTie { order, ahead, state: Some(self.state(votes, moving())) });
        }
        losers.iter().for_each(|loser| self.fates[*loser] = Fate::Eliminated);
        round.events.push(match write_ins {
            Some(choice) => Event::WriteInsEliminated { choice },
            None => Event::Eliminated { choices: losers.clone(), tie: tie.clone() },
        });
        let together = tie.is_none();
        outcome.ties.extend(tie);
        for group in losers.chunk_by(|a, b| together || self.seniority.equal(*a, *b)) {
            self.out.add(group, Vec::new());
        }
        self.out.keep(equals);
        losers
    }

    /// Sets who is elected, the ranking, and the reason, from the last round.
    pub(super) fn finish(&self, votes: &[u128], quota: &Number, outcome: &mut Outcome) {
        outcome.elected = self.elected.concat();
        let left = self.groups(&self.by_votes(&self.left(), votes), votes);
        outcome.ranking = self.elected.iter().cloned().chain(left).chain(self.out.ranking()).collect();
        outcome.ranking.iter_mut().for_each(|group| group.sort_unstable());
        let last = outcome.rounds.last().into_iter().flat_map(|round| &round.standings);
        let short = last.filter(|standing| standing.fate == Fate::Elected && standing.votes < *quota).count();
        let reached = match outcome.elected.len() {
            _ if short == 0 => Reached::All,
            all if short == all => Reached::Nobody,
            _ => Reached::Some,
        };
        outcome.reason = Some(Reason::Quota { rounds: outcome.rounds.len(), quota: quota.clone(), reached });
    }

    fn seated(&self) -> usize {
        self.elected.iter().map(Vec::len).sum()
    }

    fn seat(&mut self, order: &[usize], votes: &[u128]) {
        for choice in order {
            self.fates[*choice] = Fate::Elected;
        }
        let groups = self.groups(order, votes);
        self.elected.extend(groups);
    }

    /// The most votes first, then who was ahead before, then by lot.
    fn by_votes(&self, choices: &[usize], votes: &[u128]) -> Vec<usize> {
        let mut order = self.seniority.order(choices, &self.contest.lots);
        order.sort_by(|a, b| votes[*b].cmp(&votes[*a]));
        order
    }

    /// An order in groups that only a lot parts.
    fn groups(&self, order: &[usize], votes: &[u128]) -> Vec<Vec<usize>> {
        let equal = |a: &usize, b: &usize| votes[*a] == votes[*b] && self.seniority.equal(*a, *b);
        order.chunk_by(equal).map(<[usize]>::to_vec).collect()
    }
}

/// The numbers of a round, of so many decimals.
pub(super) fn standings(votes: &[(usize, u128)], seats: &Seats<'_>, decimals: u32) -> Vec<Standing> {
    let standing = |(choice, votes): &(usize, u128)| Standing {
        choice: *choice,
        votes: Number::fixed(*votes, decimals),
        fate: seats.fate(*choice),
    };
    votes.iter().map(standing).collect()
}
