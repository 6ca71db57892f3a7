//! STAR: the two choices with the highest sums of scores are in the runoff, and the one that more ballots score
//! higher than the other is elected. With several seats (bloc STAR) this is repeated without those elected.
//!
//! Source: the Equal Vote Coalition's rules at starvoting.org, for ties the "Official Tiebreaker Protocol" at
//! starvoting.org/ties. A tie in the scoring round: of the tied, those that lost the most duels among them fall
//! back, again and again; where that parts nobody, those with the most scores of the highest (five stars) go ahead,
//! and if they are too many, those with the fewest fall back; then lots. A tie in the runoff: the higher sum, then
//! the most of the highest score, then lots. Who is not scored on a ballot gets 0 from it.

use super::{
    Ballots, Contest, Fate, Method, Number, Outcome, Pairwise, Round, Standing, Tie, TieRule, Unit, score, tallied,
};

const DUELS: TieRule = TieRule::Method("fewer lost duels among the tied");
const HIGHEST_SCORES: TieRule = TieRule::Method("more ballots with the highest score");
const SUM: TieRule = TieRule::Method("the higher sum of scores");

/// Counts `ballots`.
pub fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let before = contest.outcome(Method::Star, ballots);
    let distribution = score::distribution(contest, ballots);
    let sums = score::sums(&distribution);
    let highest = distribution.scores.iter().map(|scores| scores.last().copied().unwrap_or(0)).collect();
    let star = Star { contest, sums, highest, duels: Pairwise::by_scores(contest, ballots) };

    let seats = if before.ballots > before.blank { contest.seats.min(contest.choices()) } else { 0 };
    let mut rest: Vec<usize> = (0..contest.choices()).collect();
    let (mut places, mut rounds, mut ties) = (Vec::new(), Vec::new(), Vec::new());
    while !rest.is_empty() {
        let place = star.place(&rest, places.len());
        rest.retain(|choice| *choice != place.winner);
        if places.len() < seats {
            rounds.extend(place.rounds.iter().cloned());
            ties.extend(place.ties.iter().cloned());
        }
        places.push(place);
    }
    let elected: Vec<usize> = places.iter().take(seats).map(|place| place.winner).collect();
    Outcome {
        reason: star.reason(&elected, &places),
        elected,
        ranking: if seats == 0 { tallied::ranked(&star.sums) } else { ranking(&places) },
        tally: star.sums.iter().map(|sum| Number::ratio(*sum, 1)).collect(),
        unit: Unit::Points,
        rounds,
        matrices: vec![star.duels.matrix()],
        distribution: Some(distribution),
        ties,
        ..before
    }
}

/// The winners of the places in order; those of neighbouring places that a lot alone parted are one group.
fn ranking(places: &[Place]) -> Vec<Vec<usize>> {
    let parted_by_lot = |place: &Place, next: &Place| {
        let tied = |choice| place.ties.iter().any(|tie| tie.rule == TieRule::Lot && tie.order.contains(&choice));
        tied(place.winner) && tied(next.winner)
    };
    let mut ranking: Vec<Vec<usize>> =
        places.chunk_by(parted_by_lot).map(|group| group.iter().map(|place| place.winner).collect()).collect();
    ranking.iter_mut().for_each(|group| group.sort_unstable());
    ranking
}

/// What a STAR count goes by.
struct Star<'s> {
    contest: &'s Contest<'s>,
    sums: Vec<u128>,
    /// How many ballots give each choice the highest score.
    highest: Vec<u64>,
    duels: Pairwise,
}

/// One place filled: who wins it, against whom, and how.
struct Place {
    winner: usize,
    other: Option<usize>,
    rounds: Vec<Round>,
    ties: Vec<Tie>,
}

impl Star<'_> {
    /// The scoring round and the runoff among `rest`, after so many places were filled.
    fn place(&self, rest: &[usize], filled: usize) -> Place {
        let mut ties = Vec::new();
        let finalists = self.finalists(rest, &mut ties);
        let mut said: Vec<String> = ties.iter().map(|tie| self.said(tie)).collect();
        let (winner, other) = match finalists[..] {
            [one, other] => {
                said.push(format!("{} go on to the runoff.", self.contest.named(&[one, other])));
                let (winner, tie) = self.runoff(one, other);
                ties.extend(tie);
                (winner, Some(if winner == one { other } else { one }))
            }
            _ => (rest.first().copied().unwrap_or(0), None),
        };
        let seat = if self.contest.seats == 1 { String::new() } else { format!(", seat {}", filled + 1) };
        let scoring = Round {
            title: format!("Scoring round{seat}"),
            standings: rest
                .iter()
                .map(|choice| self.scored(*choice, finalists.contains(choice) || other.is_none()))
                .collect(),
            said,
            ..Round::default()
        };
        let mut rounds = vec![scoring];
        if let Some(other) = other {
            rounds.push(self.runoff_round(format!("Automatic runoff{seat}"), winner, other, ties.last()));
        }
        Place { winner, other, rounds, ties }
    }

    /// The two of `rest` that go on to the runoff; all, where they are no more.
    fn finalists(&self, rest: &[usize], ties: &mut Vec<Tie>) -> Vec<usize> {
        let mut order = rest.to_vec();
        order.sort_by(|a, b| self.sums[*b].cmp(&self.sums[*a]).then(a.cmp(b)));
        let mut finalists: Vec<usize> = Vec::new();
        for group in order.chunk_by(|a, b| self.sums[*a] == self.sums[*b]) {
            let need = 2_usize.saturating_sub(finalists.len());
            if need > 0 {
                finalists.extend(self.ahead(group.to_vec(), need, ties));
            }
        }
        finalists
    }

    /// Those `need` of the tied that go ahead, by the protocol for ties in the scoring round.
    fn ahead(&self, tied: Vec<usize>, need: usize, ties: &mut Vec<Tie>) -> Vec<usize> {
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
        let mut rule = DUELS;
        if first.is_empty() {
            rule = HIGHEST_SCORES;
            (first, back) = of(&|one| Some(self.highest[one]) == most);
            if first.len() > need {
                (first, back) = of(&|one| Some(self.highest[one]) > fewest);
            }
        }
        if first.is_empty() || back.is_empty() {
            rule = TieRule::Lot;
            let lots = self.contest.lots.sorted(&tied);
            let (drawn, rest) = lots.split_at(need);
            (first, back) = (drawn.to_vec(), rest.to_vec());
        }
        let place = if need == 2 { "for the runoff" } else { "for the second place in the runoff" };
        ties.push(Tie { place: place.into(), order: [&first[..], &back[..]].concat(), rule });
        let mut ahead = self.ahead(first, need, ties);
        let left = need - ahead.len();
        if left > 0 {
            ahead.extend(self.ahead(back, left, ties));
        }
        ahead
    }

    /// Who wins the runoff, and how a tie in it was broken.
    fn runoff(&self, one: usize, other: usize) -> (usize, Option<Tie>) {
        let margin = self.duels.margin(one, other);
        if margin != 0 {
            return (if margin > 0 { one } else { other }, None);
        }
        let (order, rule) = if self.sums[one] != self.sums[other] {
            (self.sums[one].cmp(&self.sums[other]), SUM)
        } else if self.highest[one] != self.highest[other] {
            (self.highest[one].cmp(&self.highest[other]), HIGHEST_SCORES)
        } else {
            (self.contest.lots.place(other).cmp(&self.contest.lots.place(one)), TieRule::Lot)
        };
        let order = if order.is_gt() { vec![one, other] } else { vec![other, one] };
        (order[0], Some(Tie { place: "in the runoff".into(), order, rule }))
    }

    fn scored(&self, choice: usize, stays: bool) -> Standing {
        let fate = if stays { Fate::Continues } else { Fate::Eliminated };
        Standing { choice, votes: Number::ratio(self.sums[choice], 1), fate }
    }

    fn runoff_round(&self, title: String, winner: usize, other: usize, tie: Option<&Tie>) -> Round {
        let votes = |one, other| Number::from(self.duels.votes(one, other));
        let standing = |choice, votes, fate| Standing { choice, votes, fate };
        let tie = tie.filter(|tie| tie.place == "in the runoff");
        let mut said: Vec<String> = tie.map(|tie| self.said(tie)).into_iter().collect();
        said.push(format!("{} wins the runoff.", self.contest.named(&[winner])));
        Round {
            title,
            standings: vec![
                standing(winner, votes(winner, other), Fate::Elected),
                standing(other, votes(other, winner), Fate::Eliminated),
            ],
            said,
            ..Round::default()
        }
    }

    /// A tie as a sentence of its round.
    fn said(&self, tie: &Tie) -> String {
        let (tied, rule) = (
            self.contest.named(&tie.order),
            match tie.rule {
                TieRule::Method(rule) => rule,
                TieRule::Lot => "lot",
            },
        );
        format!("{tied} are tied {}; the tie is broken by {rule}, in this order.", tie.place)
    }

    fn reason(&self, elected: &[usize], places: &[Place]) -> String {
        match (elected, places.first().and_then(|place| place.other)) {
            ([], _) => String::new(),
            ([_], None) => "as the only choice".into(),
            ([winner], Some(other)) => {
                let votes = |one, other| Number::from(self.duels.votes(one, other));
                let other_label = self.contest.named(&[other]);
                format!("in the runoff against {other_label}, {} to {}", votes(*winner, other), votes(other, *winner))
            }
            _ => "in as many STAR rounds as there are seats".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Lots, count};
    use super::*;
    use crate::marks::Kind;

    const KEYS: [&str; 4] = ["a", "b", "c", "d"];

    /// Each row is the scores of one ballot, in the order of the choices; lots are drawn from the last.
    fn counted(choices: usize, seats: usize, rows: &[&[u32]]) -> Outcome {
        let keys = &KEYS[..choices];
        let scored = |row: &&[u32]| {
            let marks: Vec<String> = keys.iter().zip(*row).map(|(key, score)| format!("{key}:{score}")).collect();
            (marks.join(","), 1)
        };
        let profile: Vec<(String, u64)> = rows.iter().map(scored).collect();
        let lots = Lots::of(&(0..choices).rev().collect::<Vec<_>>());
        let contest = Contest { seats, lots, ..Contest::new(keys, keys) };
        count(Method::Star, &contest, &Ballots::read(Kind::Score, keys, &profile).unwrap()).unwrap()
    }

    fn rules(outcome: &Outcome) -> Vec<TieRule> {
        outcome.ties.iter().map(|tie| tie.rule).collect()
    }

    #[test]
    fn the_runoff_may_overturn_the_scores() {
        let outcome = counted(3, 1, &[&[5, 4, 0], &[0, 1, 0], &[0, 1, 5], &[5, 3, 0], &[1, 2, 0]]);
        assert_eq!(outcome.tally, [11, 11, 5].map(Number::from));
        assert_eq!((outcome.elected, outcome.ranking), (vec![1], vec![vec![1], vec![0], vec![2]]));
        assert_eq!(outcome.reason, "in the runoff against a, 3 to 2");
        assert!(outcome.ties.is_empty());
    }

    #[test]
    fn a_tie_for_the_runoff_goes_by_duels_then_by_the_highest_scores_then_by_lots() {
        // b and c have 4 each; b wins their duel 2 to 1.
        let outcome = counted(3, 1, &[&[5, 2, 1], &[5, 2, 0], &[5, 0, 3]]);
        assert_eq!((outcome.ties[0].order.as_slice(), rules(&outcome)), ([1, 2].as_slice(), vec![DUELS]));
        // They have 5 each and a duel each; b has the only five.
        let outcome = counted(3, 1, &[&[5, 5, 1], &[5, 0, 4]]);
        assert_eq!((outcome.ties[0].order.as_slice(), rules(&outcome)), ([1, 2].as_slice(), vec![HIGHEST_SCORES]));
        let outcome = counted(3, 1, &[&[5, 4, 0], &[5, 0, 4]]);
        assert_eq!((outcome.ties[0].order.as_slice(), rules(&outcome)), ([2, 1].as_slice(), vec![TieRule::Lot]));
    }

    #[test]
    fn of_many_tied_the_losers_of_most_duels_fall_back_first() {
        // d loses two duels. Of the rest a loses none and is through, b and c one each; b beats c.
        let outcome = counted(4, 1, &[&[3, 2, 1, 0], &[3, 2, 1, 0], &[0, 2, 1, 0], &[0, 0, 3, 1], &[0, 0, 0, 5]]);
        assert_eq!(outcome.tally, [6, 6, 6, 6].map(Number::from));
        let orders: Vec<&[usize]> = outcome.ties.iter().map(|tie| tie.order.as_slice()).collect();
        assert_eq!(orders, [&[0, 1, 2, 3][..], &[0, 1, 2], &[1, 2]]);
        assert_eq!(rules(&outcome), [DUELS; 3]);
        assert_eq!(outcome.elected, [0]);
    }

    #[test]
    fn a_tie_in_the_runoff_goes_by_sums_then_by_the_highest_scores_then_by_lots() {
        let outcome = counted(2, 1, &[&[0, 5], &[3, 2]]);
        assert_eq!((outcome.elected.as_slice(), rules(&outcome)), ([1].as_slice(), vec![SUM]));
        let outcome = counted(2, 1, &[&[5, 1], &[0, 4]]);
        assert_eq!((outcome.elected.as_slice(), rules(&outcome)), ([0].as_slice(), vec![HIGHEST_SCORES]));
        let outcome = counted(2, 1, &[&[4, 0], &[0, 4]]);
        assert_eq!((outcome.elected.as_slice(), rules(&outcome)), ([1].as_slice(), vec![TieRule::Lot]));
        assert_eq!(outcome.ranking, [[0, 1]]);
    }

    #[test]
    fn several_seats_are_filled_one_after_the_other() {
        let outcome = counted(4, 2, &[&[1, 0, 4, 5], &[1, 2, 4, 5]]);
        assert_eq!(outcome.elected, [3, 2]);
        assert_eq!(outcome.ranking, [vec![3], vec![2], vec![0, 1]]);
        let titles: Vec<&str> = outcome.rounds.iter().map(|round| round.title.as_str()).collect();
        assert_eq!(
            titles,
            ["Scoring round, seat 1", "Automatic runoff, seat 1", "Scoring round, seat 2", "Automatic runoff, seat 2"]
        );
        assert_eq!(counted(2, 3, &[&[1, 2]]).elected, [1, 0]);
        assert!(counted(2, 1, &[]).elected.is_empty());
    }
}
