//! What the methods share in which a vote goes from choice to choice: where it goes next, and who has the better of
//! a tie.

use super::{
    Event, Fate, Lots, Mark, Number, Outcome, Overvotes, Round, Rules, Skipped, Stage, Standing, Tie, TieAt, TieRule,
    lot_effect::LotTie,
};

/// The next rank of a ballot with a choice that is still in, searched from the rank that begins at `from`, and
/// where it begins; `None` where the ballot is exhausted.
///
/// Of several marks the vote is to be divided among those that are still in.
pub(super) fn next_rank<'b>(
    marks: &'b [Mark],
    from: usize,
    rules: &Rules,
    is_in: impl Fn(usize) -> bool,
) -> Option<(usize, &'b [Mark])> {
    let mut start = from;
    let mut above = start.checked_sub(1).map_or(0, |last| marks[last].value);
    for rank in marks[start..].chunk_by(|a, b| a.value == b.value) {
        let left_out = rank[0].value.saturating_sub(above + 1);
        let most = match rules.skipped {
            Skipped::CloseUp => u32::MAX,
            Skipped::Exhaust => 0,
            Skipped::ExhaustTwo => 1,
        };
        if left_out > most {
            return None;
        }
        above = rank[0].value;
        match rules.overvotes {
            Overvotes::Exhaust if rank.len() > 1 => return None,
            Overvotes::Skip if rank.len() > 1 => {}
            Overvotes::ExhaustSeveral if rank.iter().filter(|mark| is_in(mark.choice as usize)).count() > 1 => {
                return None;
            }
            _ if rank.iter().any(|mark| is_in(mark.choice as usize)) => return Some((start, rank)),
            _ => {}
        }
        start += rank.len();
    }
    None
}

/// The numbers of a round, each with what it makes of the choice.
pub(super) fn standings(votes: &[(usize, Number)], fate: impl Fn(usize) -> Fate) -> Vec<Standing> {
    let standing =
        |(choice, votes): &(usize, Number)| Standing { choice: *choice, votes: votes.clone(), fate: fate(*choice) };
    votes.iter().map(standing).collect()
}

/// The outcome where no ballot counts for any choice: nobody is elected.
pub(super) fn without_votes(outcome: Outcome, exhausted: Number) -> Outcome {
    let choices = 0..outcome.tally.len();
    let standings = choices.clone().map(|choice| Standing { choice, votes: Number::default(), fate: Fate::Continues });
    let round = Round {
        stage: Stage::Round(1),
        standings: standings.collect(),
        exhausted: Some(exhausted),
        events: vec![Event::NoVotes],
        ..Round::default()
    };
    Outcome { ranking: vec![choices.collect()], rounds: vec![round], ..outcome }
}

/// The eliminated in groups, the first one out first; those whom a lot alone parted are in one.
#[derive(Default)]
pub(super) struct Out {
    groups: Vec<Vec<usize>>,
    /// Who was equal with the last one out in all rounds.
    equals: Vec<usize>,
}

impl Out {
    /// Adds who goes out, or is left at last, and whom a lot kept in.
    pub(super) fn add(&mut self, losers: &[usize], equals: Vec<usize>) {
        let before = std::mem::replace(&mut self.equals, equals);
        match self.groups.last_mut() {
            Some(group) if losers.iter().all(|loser| before.contains(loser)) => group.extend(losers),
            _ => self.groups.push(losers.to_vec()),
        }
    }

    /// Notes whom a lot kept in when the last ones went out.
    pub(super) fn keep(&mut self, equals: Vec<usize>) {
        self.equals = equals;
    }

    /// The last one out first, each group in the order of the ballot.
    pub(super) fn ranking(&self) -> impl Iterator<Item = Vec<usize>> {
        self.groups.iter().rev().map(|group| {
            let mut group = group.clone();
            group.sort_unstable();
            group
        })
    }
}

/// Who has the better of a tie by the rounds before.
pub(super) struct Seniority {
    decisive: Decisive,
    /// A place for each choice, the higher the better, equal where they were equal in all rounds.
    places: Vec<usize>,
    /// The number of the round of each count so far: several where only the last one is shown.
    counts: Vec<usize>,
    /// The places by the votes of a count alone, with which of the counts it was: each of those who were in it, by
    /// their positions. Counts that part nobody are left out.
    noted: Vec<(usize, Vec<(usize, u32)>)>,
}

/// Which round decides a tie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Decisive {
    /// The latest in which the tied differ.
    Latest,
    /// The earliest.
    Earliest,
}

impl Seniority {
    /// Before the first round: all alike.
    pub(super) fn new(choices: usize, decisive: Decisive) -> Self {
        Self { decisive, places: vec![0; choices], counts: Vec::new(), noted: Vec::new() }
    }

    /// Notes the votes of those who are in the round of this number.
    pub(super) fn note<N: Ord>(&mut self, votes: &[(usize, N)], round: usize) {
        let mut order: Vec<_> = votes.iter().map(|(choice, votes)| (*choice, votes, self.places[*choice])).collect();
        order.sort_by_key(|(_, votes, _)| *votes);
        let mut alone: Vec<(usize, u32)> = Vec::with_capacity(order.len());
        for (place, equals) in (0..).zip(order.chunk_by(|a, b| a.1 == b.1)) {
            alone.extend(equals.iter().map(|(choice, ..)| (*choice, place)));
        }
        alone.sort_unstable();
        let compare = |a: &(usize, &N, usize), b: &(usize, &N, usize)| match self.decisive {
            Decisive::Latest => (a.1, a.2).cmp(&(b.1, b.2)),
            Decisive::Earliest => (a.2, a.1).cmp(&(b.2, b.1)),
        };
        order.sort_by(compare);
        let parts = order.windows(2).any(|two| match self.decisive {
            Decisive::Latest => two[0].1 != two[1].1,
            Decisive::Earliest => two[0].2 == two[1].2 && two[0].1 != two[1].1,
        });
        for (place, equals) in order.chunk_by(|a, b| compare(a, b).is_eq()).enumerate() {
            for (choice, ..) in equals {
                self.places[*choice] = place;
            }
        }
        if parts {
            self.noted.push((self.counts.len(), alone));
        }
        self.counts.push(round);
    }

    /// The places of these choices: what later ties depend on.
    pub(super) fn places<'s>(&'s self, of: &'s [usize]) -> impl Iterator<Item = usize> + 's {
        of.iter().map(|choice| self.places[*choice])
    }

    /// The tie, if there is one, in which the lots decided who is among the first `ahead` of an order: choices that were
    /// equal in all rounds.
    pub(super) fn lot_tie(&self, order: &[usize], ahead: usize, state: u64) -> Option<LotTie> {
        let last = *order.get(ahead.checked_sub(1)?)?;
        let equals: Vec<usize> = order.iter().copied().filter(|choice| self.equal(*choice, last)).collect();
        let ahead = order[..ahead].iter().filter(|choice| self.equal(**choice, last)).count();
        (equals.len() > ahead).then_some(LotTie { order: equals, ahead, state: Some(state) })
    }

    /// Whether two were equal in all rounds so far.
    pub(super) fn equal(&self, one: usize, other: usize) -> bool {
        self.places[one] == self.places[other]
    }

    /// Which round decides between two that were not equal in all of them.
    fn decided(&self, one: usize, other: usize) -> TieRule {
        let place = |places: &[(usize, u32)], choice: usize| {
            places.binary_search_by_key(&choice, |(choice, _)| *choice).map_or(0, |at| places[at].1)
        };
        let mut differing =
            self.noted.iter().filter(|(_, at)| place(at, one) != place(at, other)).map(|(count, _)| *count);
        let count = match self.decisive {
            Decisive::Latest => differing.next_back(),
            Decisive::Earliest => differing.next(),
        };
        let count = count.unwrap_or(0);
        let round = self.counts.get(count).copied().unwrap_or(1);
        let is_shown = self.counts.get(count + 1) != Some(&round);
        if is_shown { TieRule::Round(round) } else { TieRule::BeforeRound(round) }
    }

    /// Who goes out of those with these votes, the first one out first: the one with the fewest, with the tie that it
    /// lost and whom a lot kept in. Who has no votes goes out together, for nothing moves with them, if so many `may`;
    /// if not, as many of them as may, where the votes of the others stay `still`. One at a time, round after round, the
    /// same would go in the same order: each round would have the same votes, and the places by which they are tied.
    pub(super) fn last<N: Ord + Default>(
        &self,
        votes: &[(usize, N)],
        may: usize,
        still: impl FnOnce() -> bool,
        lots: &Lots,
        round: usize,
    ) -> (Vec<usize>, Option<Tie>, Vec<usize>) {
        let fewest = votes.iter().map(|(_, votes)| votes).min();
        let tied: Vec<usize> =
            votes.iter().filter(|(_, votes)| Some(votes) == fewest).map(|(choice, _)| *choice).collect();
        let voteless = fewest == Some(&N::default());
        if voteless && tied.len() <= may {
            return (tied, None, Vec::new());
        }
        let number = if voteless && may > 1 && still() { may } else { 1 };
        let better = tied.len().saturating_sub(number);
        let (mut order, tie) = self.settle(&tied, better, lots, TieAt::Elimination(round));
        let mut losers = order.split_off(better);
        order.retain(|choice| losers.first().is_some_and(|best| self.equal(*choice, *best)));
        losers.reverse();
        (losers, tie, order)
    }

    /// The tied, the best first: by the rounds before, then by lot.
    pub(super) fn order(&self, tied: &[usize], lots: &Lots) -> Vec<usize> {
        let mut order = lots.sorted(tied);
        order.sort_by(|a, b| self.places[*b].cmp(&self.places[*a]));
        order
    }

    /// The tied, the best first, and the tie if there is one; `better` of them have the better of it.
    pub(super) fn settle(&self, tied: &[usize], better: usize, lots: &Lots, at: TieAt) -> (Vec<usize>, Option<Tie>) {
        let order = self.order(tied, lots);
        let Some((last, first)) = better.checked_sub(1).and_then(|last| order.get(last..)?.split_first()) else {
            return (order, None);
        };
        let rule = match first.first() {
            None => return (order, None),
            Some(first) if self.equal(*last, *first) => lots.rule(),
            Some(first) => self.decided(*last, *first),
        };
        (order.clone(), Some(Tie { at, order, rule }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(marks: &[(u32, u32)], rules: Rules, is_in: &[usize]) -> Option<Vec<u32>> {
        let marks: Vec<Mark> = marks.iter().map(|(choice, value)| Mark { choice: *choice, value: *value }).collect();
        let (_, rank) = next_rank(&marks, 0, &rules, |choice| is_in.contains(&choice))?;
        Some(rank.iter().map(|mark| mark.choice).collect())
    }

    #[test]
    fn a_vote_goes_to_the_next_rank_that_is_in() {
        let marks = [(0, 1), (1, 2), (2, 2), (3, 4)];
        assert_eq!(next(&marks, Rules::default(), &[0, 1]), Some(vec![0]));
        assert_eq!(next(&marks, Rules::default(), &[1, 3]), Some(vec![1, 2]));
        assert_eq!(next(&marks, Rules::default(), &[3]), Some(vec![3]));
        assert_eq!(next(&marks, Rules::default(), &[4]), None);
        let skip = Rules { overvotes: Overvotes::Skip, ..Rules::default() };
        assert_eq!(next(&marks, skip, &[1, 3]), Some(vec![3]));
        let exhaust = Rules { overvotes: Overvotes::Exhaust, ..Rules::default() };
        assert_eq!(next(&marks, exhaust, &[1, 3]), None);
        let gap = Rules { skipped: Skipped::Exhaust, ..Rules::default() };
        assert_eq!(next(&marks, gap, &[3]), None);
        let two = Rules { skipped: Skipped::ExhaustTwo, ..Rules::default() };
        assert_eq!(next(&marks, two.clone(), &[3]), Some(vec![3]));
        assert_eq!(next(&[(0, 1), (1, 4)], two.clone(), &[1]), None);
        assert_eq!(next(&[(0, 3)], two, &[0]), None);
        let several = Rules { overvotes: Overvotes::ExhaustSeveral, ..Rules::default() };
        assert_eq!(next(&marks, several.clone(), &[1, 2]), None);
        assert_eq!(next(&marks, several.clone(), &[2, 3]), Some(vec![1, 2]));
        assert_eq!(next(&marks, several, &[3]), Some(vec![3]));
    }

    #[test]
    fn a_count_that_is_not_shown_is_named_by_the_round_that_it_led_to() {
        let mut seniority = Seniority::new(2, Decisive::Earliest);
        for (votes, round) in [(5, 1), (4, 2), (5, 2), (4, 3)] {
            seniority.note(&[(0, 5), (1, votes)], round);
        }
        let rule = seniority.settle(&[0, 1], 1, &Lots::as_listed(2), TieAt::FirstPlace).1.map(|tie| tie.rule);
        assert_eq!(rule, Some(TieRule::BeforeRound(2)));
    }

    #[test]
    fn the_decisive_round_is_the_latest_or_the_earliest_that_differs() {
        for (decisive, first) in [(Decisive::Latest, 1), (Decisive::Earliest, 0)] {
            let mut seniority = Seniority::new(3, decisive);
            seniority.note(&[(0, 5), (1, 4), (2, 4)], 1);
            seniority.note(&[(0, 6), (1, 7), (2, 7)], 2);
            seniority.note(&[(0, 8), (1, 8), (2, 8)], 3);
            let (order, tie) = seniority.settle(&[0, 1], 1, &Lots::as_listed(3), TieAt::FirstPlace);
            assert_eq!(order[0], first);
            assert_eq!(tie.map(|tie| tie.rule), Some(TieRule::Round(if first == 1 { 2 } else { 1 })));
            let (order, tie) = seniority.settle(&[1, 2], 1, &Lots::of(&[2, 0, 1]), TieAt::FirstPlace);
            assert_eq!((order, tie.map(|tie| tie.rule)), (vec![2, 1], Some(TieRule::Lot)));
        }
    }
}
