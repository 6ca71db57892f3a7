//! Score: the choices with the highest sums of scores are elected. Who is not scored on a ballot gets 0 from it.
//!
//! Source: Smith, *Range Voting* (2000). Equal sums are a tie, settled by lots.

use super::{
    Ballots, Contest, Cost, Distribution, Family, Method, Number, Outcome, Spec, Unit,
    tallied::{self, Tallied},
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "score",
    label: "Score",
    kind: Kind::Score,
    family: Family::Numbers,
    several_seats: true,
    shared_ranks: false,
    most_choices: usize::MAX,
    open_rules: &[],
    costs: &[Cost::Scores],
    is_common: true,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let distribution = distribution(contest, ballots);
    let tally = sums(&distribution).into_iter().map(|sum| Number::ratio(sum, 1)).collect();
    let outcome = tallied::outcome(Method::Score, contest, ballots, Tallied { tally, unit: Unit::Points });
    Outcome { distribution: Some(distribution), ..outcome }
}

/// How often each choice got each score.
pub(super) fn distribution(contest: &Contest<'_>, ballots: &Ballots) -> Distribution {
    let marked = ballots.total() - ballots.blank();
    let mut scores = vec![vec![0_u64; contest.highest as usize + 1]; contest.choices()];
    for ballot in ballots.iter() {
        for mark in ballot.marks {
            scores[mark.choice as usize][mark.value as usize] += ballot.count;
        }
    }
    let unscored = scores.iter().map(|scores| marked - scores.iter().sum::<u64>()).collect();
    Distribution { scores, unscored }
}

/// The sum of each choice's scores.
pub(super) fn sums(distribution: &Distribution) -> Vec<u128> {
    let sum =
        |scores: &Vec<u64>| (0..).zip(scores).map(|(score, ballots): (u128, _)| score * u128::from(*ballots)).sum();
    distribution.scores.iter().map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{CountError, Reason, count};
    use super::*;

    const KEYS: [&str; 3] = ["a", "b", "c"];

    fn counted(highest: u32, profile: &[(&str, u64)]) -> Result<Outcome, CountError> {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let contest = Contest { highest, ..Contest::new(&KEYS, &KEYS) };
        count(Method::Score, &contest, &Ballots::read(Kind::Score, &KEYS, &profile).unwrap())
    }

    #[test]
    fn sums_decide_and_no_score_is_nothing() {
        let outcome = counted(5, &[("a:5,b:4", 2), ("b:4,c:5", 1), ("", 7)]).unwrap();
        assert_eq!(outcome.tally, [10, 12, 5].map(Number::from));
        assert_eq!((outcome.elected, outcome.reason), (vec![1], Some(Reason::MostInTally)));
        let distribution = outcome.distribution.unwrap();
        assert_eq!(distribution.scores[1], [0, 0, 0, 0, 3, 0]);
        assert_eq!(distribution.unscored, [1, 0, 2]);
    }

    #[test]
    fn a_score_above_the_highest_is_an_error() {
        assert_eq!(counted(4, &[("a:5", 1)]), Err(CountError::TooHigh { score: 5, highest: 4 }));
    }
}
