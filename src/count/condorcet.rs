//! What the pairwise methods share: the duels as a round, and the outcome that follows from an order.

use super::{
    Ballots, Contest, Event, Fate, Matrix, Method, Number, Outcome, Pairwise, Reason, Round, Stage, Standing, Tie,
    Unit, tallied,
};

/// What a method makes of the duels.
#[derive(Default)]
pub(super) struct Found {
    /// All choices, the best first, in groups that the method leaves tied.
    pub ranking: Vec<Vec<usize>>,
    /// The ties that it broke on its way.
    pub ties: Vec<Tie>,
    /// Its rounds, after that of the duels.
    pub rounds: Vec<Round>,
    /// Its tables, after that of the duels.
    pub matrices: Vec<Matrix>,
    /// Why its first are elected where none beats every other.
    pub reason: Option<Reason>,
}

/// The outcome that elects the first of a ranking, ties by lot.
pub(super) fn outcome(
    method: Method,
    contest: &Contest<'_>,
    ballots: &Ballots,
    duels: &Pairwise,
    found: Found,
) -> Outcome {
    let before = contest.outcome(method, ballots);
    let tally: Vec<Number> = duels.half_wins().into_iter().map(|halves| Number::ratio(halves, 2)).collect();
    let (mut elected, mut ties, mut level) = (Vec::new(), Vec::new(), Vec::new());
    if before.ballots > before.blank {
        ties = found.ties;
        let (first, lots) = tallied::first(contest, &found.ranking);
        elected = first;
        level = tallied::level(&lots);
        ties.extend(lots);
    }
    let mut rounds = vec![duels_round(contest, duels, &tally)];
    rounds.extend(found.rounds);
    let last = rounds.iter_mut().rev().find(|round| !round.standings.is_empty());
    for standing in last.into_iter().flat_map(|round| &mut round.standings) {
        standing.fate = if elected.contains(&standing.choice) { Fate::Elected } else { Fate::Continues };
    }
    let mut matrices = vec![duels.matrix()];
    matrices.extend(found.matrices);
    Outcome {
        reason: reason(contest, duels, &elected, found.reason),
        elected,
        ranking: found.ranking,
        tally,
        unit: Unit::Wins,
        rounds,
        matrices,
        ties,
        level,
        ..before
    }
}

/// The duels that each has won, and whether one won all of them.
fn duels_round(contest: &Contest<'_>, duels: &Pairwise, tally: &[Number]) -> Round {
    let events = match contest.choices() {
        1 => Vec::new(),
        _ => vec![Event::CondorcetWinner(duels.condorcet_winner())],
    };
    Round { stage: Stage::DuelsWon, standings: standings(tally.iter().cloned()), events, ..Round::default() }
}

/// A number for each choice, all of which continue.
pub(super) fn standings(numbers: impl IntoIterator<Item = Number>) -> Vec<Standing> {
    let standing = |(choice, votes)| Standing { choice, votes, fate: Fate::Continues };
    numbers.into_iter().enumerate().map(standing).collect()
}

fn reason(contest: &Contest<'_>, duels: &Pairwise, elected: &[usize], otherwise: Option<Reason>) -> Option<Reason> {
    match elected {
        [] => None,
        [_] if contest.choices() == 1 => Some(Reason::OnlyChoice),
        [one] if duels.condorcet_winner() == Some(*one) => Some(Reason::CondorcetWinner),
        _ => otherwise,
    }
}
