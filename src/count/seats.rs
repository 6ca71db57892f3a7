//! Seats to be filled by a quota: who has one, who is out, and who has the better of a tie.

use super::{
    Contest, Fate, Number, Outcome, Round, Standing, Tie, TieRule,
    transfers::{Decisive, Seniority},
};

/// Where a count of several rounds stands.
pub(super) struct Seats<'c> {
    contest: &'c Contest<'c>,
    fates: Vec<Fate>,
    /// In their order; who came in the same round with the same votes is in one group.
    elected: Vec<Vec<usize>>,
    eliminated: Vec<usize>,
    pub(super) seniority: Seniority,
}

impl<'c> Seats<'c> {
    pub(super) fn new(contest: &'c Contest<'c>) -> Self {
        let choices = contest.choices();
        Self {
            contest,
            fates: vec![Fate::Continues; choices],
            elected: Vec::new(),
            eliminated: Vec::new(),
            seniority: Seniority::new(choices),
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
    pub(super) fn note(&mut self, votes: &[u128], decisive: Decisive) {
        self.seniority.note(&self.counted(votes), decisive);
    }

    /// Elects who has reached the quota, the most votes first, as long as there are seats.
    pub(super) fn elect(&mut self, votes: &[u128], quota: u128, round: &mut Round, outcome: &mut Outcome) {
        let reached: Vec<usize> = self.left().into_iter().filter(|choice| votes[*choice] >= quota).collect();
        let mut order = self.by_votes(&reached, votes);
        let open = self.contest.seats.saturating_sub(self.seated());
        if let Some(first_out) = order.get(open).copied() {
            // Only a quota below Droop's can be reached by more than the seats.
            let tied: Vec<usize> = order.iter().copied().filter(|choice| votes[*choice] == votes[first_out]).collect();
            let better = tied.iter().filter(|choice| order[..open].contains(choice)).count();
            outcome.ties.extend(self.seniority.settle(&tied, better, &self.contest.lots, "for the last seat").1);
            order.truncate(open);
        }
        self.seat(&order, votes);
        if !order.is_empty() {
            let verb = if order.len() == 1 { "has reached the quota and is" } else { "have reached the quota and are" };
            round.said.push(format!("{} {verb} elected.", self.contest.named(&order)));
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
            let verb = if left.len() == 1 { "is elected: nobody else is" } else { "are elected: nobody else is" };
            round.said.push(format!("{} {verb} left for the open {}.", self.contest.named(&order), seats(open)));
        }
        true
    }

    /// Eliminates the one with the fewest votes and says so.
    pub(super) fn eliminate_last(
        &mut self,
        votes: &[u128],
        number: usize,
        round: &mut Round,
        outcome: &mut Outcome,
    ) -> Option<usize> {
        let left = self.left();
        let fewest = left.iter().map(|choice| votes[*choice]).min()?;
        let tied: Vec<usize> = left.into_iter().filter(|choice| votes[*choice] == fewest).collect();
        let place = format!("for elimination in round {number}");
        let (order, tie) = self.seniority.settle(&tied, tied.len() - 1, &self.contest.lots, &place);
        let loser = *order.last()?;
        self.fates[loser] = Fate::Eliminated;
        self.eliminated.push(loser);
        let (label, by) = (self.contest.labels[loser], broken(tie.as_ref()));
        round.said.push(format!("{label} has the fewest votes and is eliminated{by}."));
        outcome.ties.extend(tie);
        Some(loser)
    }

    /// Sets who is elected, the ranking, and the reason, from the last round.
    pub(super) fn finish(&self, votes: &[u128], quota: &Number, outcome: &mut Outcome) {
        outcome.elected = self.elected.concat();
        let left = self.groups(&self.by_votes(&self.left(), votes), votes);
        let eliminated = self.eliminated.iter().rev().map(|choice| vec![*choice]);
        outcome.ranking = self.elected.iter().cloned().chain(left).chain(eliminated).collect();
        outcome.ranking.iter_mut().for_each(|group| group.sort_unstable());
        let last = outcome.rounds.last().into_iter().flat_map(|round| &round.standings);
        let short = last.filter(|standing| standing.fate == Fate::Elected && standing.votes < *quota).count();
        let rounds = outcome.rounds.len();
        outcome.reason = match outcome.elected.len() {
            0 => String::new(),
            _ if short == 0 => format!("in round {rounds} with the quota of {quota} votes"),
            all if short == all => format!("in round {rounds} as the last left"),
            _ => format!("in round {rounds} with the quota of {quota} votes or as the last left"),
        };
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

/// How a tie was broken, to end a sentence.
pub(super) fn broken(tie: Option<&Tie>) -> &'static str {
    match tie.map(|tie| tie.rule) {
        None => "",
        Some(TieRule::Lot) => ", by lot among those with as many",
        Some(TieRule::Method(_)) => ", by the votes in an earlier round among those with as many",
    }
}

fn seats(number: usize) -> String {
    if number == 1 { "seat".into() } else { format!("{number} seats") }
}
