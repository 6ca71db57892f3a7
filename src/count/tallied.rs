//! Methods that give each choice one number and elect the highest: what follows from the numbers.

use super::{Ballots, Contest, Fate, Method, Number, Outcome, Reason, Round, Standing, Tie, TieAt, Unit};

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
    let round = Round { standings: standings.collect(), ..Round::default() };
    Outcome {
        reason: (!elected.is_empty()).then_some(Reason::MostInTally),
        elected,
        ranking,
        level: level(&ties),
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
            ties.push(Tie { at: tie_at(contest), order, rule: contest.lots.rule() });
        }
    }
    (elected, ties)
}

/// Who is level for the last places by these ties of [`first`].
pub(super) fn level(ties: &[Tie]) -> Vec<usize> {
    let mut level: Vec<usize> = ties.iter().flat_map(|tie| &tie.order).copied().collect();
    level.sort_unstable();
    level
}

/// What a tie is for that the last seat divides.
pub(super) fn tie_at(contest: &Contest<'_>) -> TieAt {
    if contest.seats == 1 { TieAt::FirstPlace } else { TieAt::LastSeat }
}
