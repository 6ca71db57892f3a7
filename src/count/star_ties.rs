//! Who is ahead in STAR, and the protocol for ties.
//!
//! Source: the Equal Vote Coalition's "Official Tiebreaker Protocol" (starvoting.org/ties). A tie in the scoring
//! round: of the tied, those that lost the most duels among them fall back, again and again; where that parts nobody,
//! those with the most scores of the highest (five stars) go ahead, and if they are too many, those with the fewest
//! fall back; then lots. A tie in the runoff: the higher sum, then the most of the highest score, then lots.

use super::{Ballots, Contest, Distribution, Lots, Pairwise, Tie, TieAt, TieRule, score};

/// What a STAR count goes by.
pub(super) struct Field {
    /// The sum of each choice's scores.
    pub sums: Vec<u128>,
    /// How many ballots give each choice the highest score.
    pub highest: Vec<u64>,
    pub duels: Pairwise,
}

impl Field {
    pub fn new(contest: &Contest<'_>, ballots: &Ballots, distribution: &Distribution) -> Self {
        Self {
            sums: score::sums(distribution),
            highest: distribution.scores.iter().map(|scores| scores.last().copied().unwrap_or(0)).collect(),
            duels: Pairwise::by_scores(contest, ballots),
        }
    }

    /// The two of `rest` that go on to the runoff; all, where they are no more. Adds the ties that had to be broken.
    pub fn finalists(&self, rest: &[usize], lots: &Lots, ties: &mut Vec<Tie>) -> Vec<usize> {
        let mut order = rest.to_vec();
        order.sort_by(|a, b| self.sums[*b].cmp(&self.sums[*a]).then(a.cmp(b)));
        let mut finalists: Vec<usize> = Vec::new();
        for group in order.chunk_by(|a, b| self.sums[*a] == self.sums[*b]) {
            let need = 2_usize.saturating_sub(finalists.len());
            if need > 0 {
                finalists.extend(self.ahead(group.to_vec(), need, lots, ties));
            }
        }
        finalists
    }

    /// Those `need` of the tied that go ahead, by the protocol for ties in the scoring round.
    fn ahead(&self, tied: Vec<usize>, need: usize, lots: &Lots, ties: &mut Vec<Tie>) -> Vec<usize> {
        if tied.len() <= need {
            return tied;
        }
        let losses = |one: usize| tied.iter().filter(|other| self.duels.beats(**other, one)).count();
        let most_losses = tied.iter().map(|one| losses(*one)).max();
        let most = tied.iter().map(|one| self.highest[*one]).max();
        let fewest = tied.iter().map(|one| self.highest[*one]).min();
        let of =
            |keep: &dyn Fn(usize) -> bool| -> (Vec<usize>, Vec<usize>) { tied.iter().partition(|one| keep(**one)) };

        let (mut first, mut back) = of(&|one| Some(losses(one)) < most_losses);
        let mut rule = TieRule::FewerDefeats;
        if first.is_empty() {
            rule = TieRule::HighestScores;
            (first, back) = of(&|one| Some(self.highest[one]) == most);
            if first.len() > need {
                (first, back) = of(&|one| Some(self.highest[one]) > fewest);
            }
        }
        if first.is_empty() || back.is_empty() {
            rule = lots.rule();
            let order = lots.sorted(&tied);
            let (drawn, rest) = order.split_at(need);
            (first, back) = (drawn.to_vec(), rest.to_vec());
        }
        let at = if need == 2 { TieAt::BothFinalists } else { TieAt::SecondFinalist };
        ties.push(Tie { at, order: [&first[..], &back[..]].concat(), rule });
        let mut ahead = self.ahead(first, need, lots, ties);
        let left = need - ahead.len();
        if left > 0 {
            ahead.extend(self.ahead(back, left, lots, ties));
        }
        ahead
    }

    /// Who wins the runoff, and how a tie in it was broken.
    pub fn runoff(&self, one: usize, other: usize, lots: &Lots) -> (usize, Option<Tie>) {
        let margin = self.duels.margin(one, other);
        if margin != 0 {
            return (if margin > 0 { one } else { other }, None);
        }
        let (order, rule) = if self.sums[one] != self.sums[other] {
            (self.sums[one].cmp(&self.sums[other]), TieRule::ScoreSum)
        } else if self.highest[one] != self.highest[other] {
            (self.highest[one].cmp(&self.highest[other]), TieRule::HighestScores)
        } else {
            let order = lots.sorted(&[one, other]);
            return (order[0], Some(Tie { at: TieAt::AutomaticRunoff, order, rule: lots.rule() }));
        };
        let order = if order.is_gt() { vec![one, other] } else { vec![other, one] };
        (order[0], Some(Tie { at: TieAt::AutomaticRunoff, order, rule }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ballots, Contest, Method, Number, Outcome, count};
    use super::*;
    use crate::marks::Kind;

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    /// Each row is the scores of one ballot, in the order of the choices; lots are drawn from the last.
    fn with<T>(choices: usize, rows: &[&[u32]], then: impl Fn(&Contest<'_>, &Ballots) -> T) -> T {
        let keys = &KEYS[..choices];
        let scored = |row: &&[u32]| {
            let marks: Vec<String> = keys.iter().zip(*row).map(|(key, score)| format!("{key}:{score}")).collect();
            (marks.join(","), 1)
        };
        let profile: Vec<(String, u64)> = rows.iter().map(scored).collect();
        let lots = Lots::of(&(0..choices).rev().collect::<Vec<_>>());
        then(&Contest { lots, ..Contest::new(keys, keys) }, &Ballots::read(Kind::Score, keys, &profile).unwrap())
    }

    fn counted(choices: usize, rows: &[&[u32]]) -> Outcome {
        with(choices, rows, |contest, ballots| count(Method::Star, contest, ballots).unwrap())
    }

    /// The ties in the scoring round.
    fn ties(choices: usize, rows: &[&[u32]]) -> Vec<(Vec<usize>, TieRule)> {
        with(choices, rows, |contest, ballots| {
            let mut ties = Vec::new();
            let field = Field::new(contest, ballots, &score::distribution(contest, ballots));
            field.finalists(&(0..choices).collect::<Vec<_>>(), &contest.lots, &mut ties);
            ties.into_iter().map(|tie| (tie.order, tie.rule)).collect()
        })
    }

    fn rules(outcome: &Outcome) -> Vec<TieRule> {
        outcome.ties.iter().map(|tie| tie.rule).collect()
    }

    #[test]
    fn a_tie_for_the_runoff_goes_by_duels_then_by_the_highest_scores_then_by_lots() {
        // b and c have 4 each; b wins their duel 2 to 1.
        let rows: [&[u32]; 3] = [&[5, 2, 1], &[5, 2, 0], &[5, 0, 3]];
        assert_eq!(ties(3, &rows), [(vec![1, 2], TieRule::FewerDefeats)]);
        assert!(counted(3, &rows).ties.is_empty(), "a beats both");
        // They have 5 each and a duel each; b has the only five.
        assert_eq!(ties(3, &[&[5, 5, 1], &[5, 0, 4]]), [(vec![1, 2], TieRule::HighestScores)]);
        assert_eq!(ties(3, &[&[5, 4, 0], &[5, 0, 4]]), [(vec![2, 1], TieRule::Lot)]);
    }

    #[test]
    fn of_many_tied_the_losers_of_most_duels_fall_back_first() {
        // d loses two duels. Of the rest a loses none and is through, b and c one each; b beats c.
        let rows: [&[u32]; 5] = [&[3, 2, 1, 0], &[3, 2, 1, 0], &[0, 2, 1, 0], &[0, 0, 3, 1], &[0, 0, 0, 5]];
        assert_eq!(
            ties(4, &rows),
            [
                (vec![0, 1, 2, 3], TieRule::FewerDefeats),
                (vec![0, 1, 2], TieRule::FewerDefeats),
                (vec![1, 2], TieRule::FewerDefeats)
            ]
        );
        let outcome = counted(4, &rows);
        assert_eq!(outcome.tally, [6, 6, 6, 6].map(Number::from));
        assert_eq!(outcome.elected, [0]);
    }

    #[test]
    fn a_tie_in_the_runoff_goes_by_sums_then_by_the_highest_scores_then_by_lots() {
        let outcome = counted(2, &[&[0, 5], &[3, 2]]);
        assert_eq!((outcome.elected.as_slice(), rules(&outcome)), ([1].as_slice(), vec![TieRule::ScoreSum]));
        let outcome = counted(2, &[&[5, 1], &[0, 4]]);
        assert_eq!((outcome.elected.as_slice(), rules(&outcome)), ([0].as_slice(), vec![TieRule::HighestScores]));
        let outcome = counted(2, &[&[4, 0], &[0, 4]]);
        assert_eq!((outcome.elected.as_slice(), rules(&outcome)), ([1].as_slice(), vec![TieRule::Lot]));
        assert_eq!(outcome.ranking, [[0, 1]]);
    }
}
