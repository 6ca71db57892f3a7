//! Majority judgment: scores are grades, and the choices with the highest median grade are elected.
//!
//! Source: Balinski and Laraki, *Majority Judgment: Measuring, Ranking, and Electing* (2010). The median is the
//! lower one of an even number. Of choices with the same median, one grade equal to it is taken from each, again and
//! again until their medians differ; those whose grades are all equal are tied, settled by lots. Who is not graded
//! on a ballot has the lowest grade from it; blank ballots grade nobody.

use std::cmp::Ordering;

use super::{
    Ballots, Contest, Cost, Event, Family, Fate, Method, Number, Outcome, Reason, Round, Spec, Stage, Standing, Tie,
    TieRule, Unit, score, tallied,
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "majority-judgment",
    label: "Majority judgment",
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
    let before = contest.outcome(Method::MajorityJudgment, ballots);
    let distribution = score::distribution(contest, ballots);
    let graded = distribution.scores.iter().zip(&distribution.unscored).map(|(scores, unscored)| {
        let mut grades = scores.clone();
        grades.iter_mut().take(1).for_each(|lowest| *lowest += unscored);
        MajorityValue::of(&grades)
    });
    let values: Vec<MajorityValue> = graded.collect();
    let medians: Vec<u32> = values.iter().map(MajorityValue::median).collect();
    let ranking = tallied::ranked(&values);

    let (elected, lots) =
        if before.ballots > before.blank { tallied::first(contest, &ranking) } else { (Vec::new(), Vec::new()) };
    let mut ties: Vec<Tie> = next_grades(contest, &medians, &ranking, &elected).into_iter().collect();
    let events = ties.iter().map(|tie| Event::NextGrades(tie.order.clone())).collect();
    let standing = |choice: usize| Standing {
        choice,
        votes: Number::from(u64::from(medians[choice])),
        fate: if elected.contains(&choice) { Fate::Elected } else { Fate::Continues },
    };
    let round = Round {
        stage: Stage::MedianGrades,
        standings: (0..contest.choices()).map(standing).collect(),
        events,
        ..Round::default()
    };
    let level = tallied::level(&lots);
    ties.extend(lots);
    Outcome {
        reason: (!elected.is_empty()).then_some(Reason::MedianGrade { highest: contest.highest }),
        elected,
        ranking,
        tally: medians.iter().map(|median| Number::from(u64::from(*median))).collect(),
        unit: Unit::Grade,
        rounds: vec![round],
        distribution: Some(distribution),
        ties,
        level,
        ..before
    }
}

/// The tie of those who share the median at which the seats end, where the next grades parted the elected from others.
fn next_grades(contest: &Contest<'_>, medians: &[u32], ranking: &[Vec<usize>], elected: &[usize]) -> Option<Tie> {
    let median = medians[*elected.last()?];
    let order: Vec<usize> = ranking.iter().flatten().copied().filter(|choice| medians[*choice] == median).collect();
    let groups = ranking.iter().filter(|group| group.iter().any(|choice| medians[*choice] == median)).count();
    let divided = order.iter().any(|choice| !elected.contains(choice));
    (divided && groups > 1).then(|| Tie { at: tallied::tie_at(contest), order, rule: TieRule::NextGrades })
}

/// The grades of a choice in the order in which medians are taken away: from the middle outwards, by turns the lower
/// and the higher, in runs of equal pairs. An odd number of grades begins with the one in the middle, as a pair of
/// itself; choices have equally many grades.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MajorityValue(Vec<Run>);

/// So many pairs of a lower and a higher grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    pair: (u32, u32),
    length: u64,
}

impl MajorityValue {
    /// Of so many grades of 0, 1, 2 …
    fn of(grades: &[u64]) -> Self {
        let total: u64 = grades.iter().sum();
        let half = total / 2;
        let upwards = || (0..).zip(grades.iter().copied());
        let downwards = (0..grades.len() as u32).rev().zip(grades.iter().rev().copied());
        let (below, above) = (stretch(upwards(), half), stretch(downwards, half));
        let mut runs = Vec::new();
        if total % 2 == 1 {
            let middle = stretch(upwards(), half + 1).last().map_or(0, |(grade, _)| *grade);
            runs.push(Run { pair: (middle, middle), length: 1 });
        }
        // Both halves from the middle outwards, as far as neither grade changes.
        let (mut below, mut above) = (below.into_iter().rev(), above.into_iter().rev());
        let (mut low, mut high) = (below.next(), above.next());
        while let (Some((lower, lows)), Some((higher, highs))) = (low, high) {
            let length = lows.min(highs);
            runs.push(Run { pair: (lower, higher), length });
            low = if lows > length { Some((lower, lows - length)) } else { below.next() };
            high = if highs > length { Some((higher, highs - length)) } else { above.next() };
        }
        Self(runs)
    }

    /// The grade in the middle; the lower one of two.
    fn median(&self) -> u32 {
        self.0.first().map_or(0, |run| run.pair.0)
    }
}

/// The first `wanted` of grades that come so many times each.
fn stretch(grades: impl Iterator<Item = (u32, u64)>, wanted: u64) -> Vec<(u32, u64)> {
    let mut left = wanted;
    let mut taken = Vec::new();
    for (grade, n) in grades {
        let n = n.min(left);
        left -= n;
        if n > 0 {
            taken.push((grade, n));
        }
    }
    taken
}

impl Ord for MajorityValue {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut ours, mut theirs) = (self.0.iter().copied(), other.0.iter().copied());
        let (mut our, mut their) = (ours.next(), theirs.next());
        while let (Some(a), Some(b)) = (our, their) {
            let length = a.length.min(b.length);
            if a.pair != b.pair {
                return a.pair.cmp(&b.pair);
            }
            our = if a.length > length { Some(Run { length: a.length - length, ..a }) } else { ours.next() };
            their = if b.length > length { Some(Run { length: b.length - length, ..b }) } else { theirs.next() };
        }
        Ordering::Equal
    }
}

impl PartialOrd for MajorityValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::super::count;
    use super::*;

    const KEYS: [&str; 3] = ["a", "b", "c"];

    fn counted(profile: &[(&str, u64)]) -> Outcome {
        let profile: Vec<(String, u64)> = profile.iter().map(|(marks, n)| ((*marks).to_owned(), *n)).collect();
        let ballots = Ballots::read(Kind::Score, &KEYS, &profile).unwrap();
        count(Method::MajorityJudgment, &Contest::new(&KEYS, &KEYS), &ballots).unwrap()
    }

    /// The grades as their medians are taken away one by one.
    fn one_by_one(grades: &[u64]) -> Vec<u32> {
        let mut left: Vec<u32> =
            (0..).zip(grades).flat_map(|(grade, n)| std::iter::repeat_n(grade, *n as usize)).collect();
        let mut taken = Vec::new();
        while !left.is_empty() {
            taken.push(left.remove((left.len() - 1) / 2));
        }
        taken
    }

    #[test]
    fn runs_compare_as_the_grades_taken_one_by_one() {
        for total in 0..=6_u64 {
            let mut all = Vec::new();
            for a in 0..=total {
                for b in 0..=total - a {
                    for c in 0..=total - a - b {
                        all.push([a, b, c, total - a - b - c]);
                    }
                }
            }
            for one in &all {
                assert_eq!(MajorityValue::of(one).median(), one_by_one(one).first().copied().unwrap_or(0));
                for other in &all {
                    let runs = MajorityValue::of(one).cmp(&MajorityValue::of(other));
                    assert_eq!(runs, one_by_one(one).cmp(&one_by_one(other)), "{one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn the_median_decides_and_no_grade_is_the_lowest() {
        let outcome = counted(&[("a:5,b:3", 2), ("b:4,c:5", 3), ("", 4)]);
        assert_eq!(outcome.tally, [0, 4, 5].map(Number::from));
        assert_eq!((outcome.elected, outcome.reason), (vec![2], Some(Reason::MedianGrade { highest: 5 })));
    }

    #[test]
    fn equal_medians_are_parted_by_the_grades_next_to_them() {
        let outcome = counted(&[("a:3,b:3,c:0", 3), ("a:2,b:1,c:0", 2)]);
        assert_eq!(outcome.ranking, [[0], [1], [2]]);
        assert_eq!((outcome.ties[0].rule, outcome.used_lot()), (TieRule::NextGrades, false));
        let outcome = counted(&[("a:3,b:3,c:0", 3)]);
        assert_eq!((outcome.ranking, outcome.elected), (vec![vec![0, 1], vec![2]], vec![0]));
        assert_eq!((outcome.ties.len(), outcome.ties[0].rule), (1, TieRule::Listed));
    }
}
