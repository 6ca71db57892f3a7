//! Methods that give each choice one number and elect the highest: what follows from the numbers.

use super::{Ballots, Contest, Fate, Method, Number, Outcome, Round, Standing, Tie, Unit, ballots_written, written};

/// A number for each choice.
pub(super) struct Tallied {
    pub tally: Vec<Number>,
    pub unit: Unit,
}

/// The outcome that elects the highest numbers, ties by lot.
pub(super) fn outcome(
    method: Method,
    contest: &Contest<'_>,
    ballots: &Ballots,
    Tallied { tally, unit }: Tallied,
) -> Outcome {
    let ranking = ranked(&tally);
    let (total, blank) = (ballots.total(), ballots.blank());
    // Every point may be zero, but a vote is for somebody.
    let counts = total > blank && (unit != Unit::Votes || tally.iter().any(|votes| !votes.is_zero()));
    let (elected, ties) = if counts { first(contest, &ranking) } else { (Vec::new(), Vec::new()) };
    let standings = tally.iter().enumerate().map(|(choice, votes)| Standing {
        choice,
        votes: votes.clone(),
        fate: if elected.contains(&choice) { Fate::Elected } else { Fate::Continues },
    });
    let round = Round { title: "The count".into(), standings: standings.collect(), ..Round::default() };
    Outcome {
        reason: reason(&elected, &tally, unit, total),
        elected,
        ranking,
        ties,
        rounds: vec![round],
        unit,
        tally,
        ..contest.outcome(method, ballots)
    }
}

/// The positions in groups of equal numbers, the highest first.
pub(super) fn ranked<N: Ord>(numbers: &[N]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|a, b| numbers[*b].cmp(&numbers[*a]).then(a.cmp(b)));
    order.chunk_by(|a, b| numbers[*a] == numbers[*b]).map(<[usize]>::to_vec).collect()
}

/// The first of a ranking, as many as there are seats. A group that the last seat divides is put in order by lot.
pub(super) fn first(contest: &Contest<'_>, ranking: &[Vec<usize>]) -> (Vec<usize>, Vec<Tie>) {
    let (mut elected, mut ties) = (Vec::new(), Vec::new());
    for group in ranking {
        let left = contest.seats.saturating_sub(elected.len());
        if left >= group.len() {
            elected.extend(group);
        } else if left > 0 {
            let order = contest.lots.sorted(group);
            elected.extend(&order[..left]);
            ties.push(Tie { place: place(contest).into(), order, rule: contest.lots.rule() });
        }
    }
    (elected, ties)
}

/// What hangs on a tie that the last seat divides.
pub(super) fn place(contest: &Contest<'_>) -> &'static str {
    if contest.seats == 1 { "for the first place" } else { "for the last seat" }
}

fn reason(elected: &[usize], tally: &[Number], unit: Unit, total: u64) -> String {
    let [one] = elected else {
        let what = match unit {
            Unit::Approvals => "approvals",
            Unit::Points => "points",
            _ => "votes",
        };
        return if elected.is_empty() { String::new() } else { format!("with the most {what}") };
    };
    let number = &tally[*one];
    match unit {
        Unit::Approvals => format!("with the approval of {number} of {}", ballots_written(total)),
        Unit::Points => format!("with {}", written(number, "point")),
        _ => format!("with {number} of {}", ballots_written(total)),
    }
}
