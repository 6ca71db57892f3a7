//! Outcomes as JSON: choices by their labels, numbers exact ([`Number`] says how they are written).

use serde::Serialize;

use super::{events, outcome, report::Heading, story::Story, ties};
use crate::count::{self, Contest, Fate, Number, Outcome};

#[derive(Serialize)]
struct Json<'o> {
    title: &'o str,
    method: &'static str,
    seats: usize,
    ballots: u64,
    blank: u64,
    elected: Vec<&'o str>,
    sentence: String,
    ranking: Vec<Vec<&'o str>>,
    unit: &'static str,
    tally: Vec<Share<'o>>,
    rounds: Vec<Round<'o>>,
    matrices: Vec<Matrix<'o>>,
    distribution: Option<Vec<Scores<'o>>>,
    ties: Vec<Tie<'o>>,
    idle_ties: Vec<Tie<'o>>,
    lots: Vec<&'o str>,
    seed: Option<&'o str>,
    /// The numbers that lots were drawn by from the seed, in the order of the tally, where these are not 1, 2, 3 …
    #[serde(skip_serializing_if = "Option::is_none")]
    lot_numbers: Option<&'o [usize]>,
}

#[derive(Serialize)]
struct Share<'o> {
    choice: &'o str,
    number: &'o Number,
}

#[derive(Serialize)]
struct Round<'o> {
    title: String,
    standings: Vec<Standing<'o>>,
    quota: Option<&'o Number>,
    exhausted: Option<&'o Number>,
    lost: Option<&'o Number>,
    transfers: Vec<Transfer<'o>>,
    said: Vec<String>,
}

#[derive(Serialize)]
struct Standing<'o> {
    choice: &'o str,
    votes: &'o Number,
    fate: Fate,
}

#[derive(Serialize)]
struct Transfer<'o> {
    from: &'o str,
    to: Option<&'o str>,
    votes: &'o Number,
}

#[derive(Serialize)]
struct Matrix<'o> {
    title: &'static str,
    rows: &'o [Vec<i64>],
}

#[derive(Serialize)]
struct Scores<'o> {
    choice: &'o str,
    scores: &'o [u64],
    unscored: u64,
}

#[derive(Serialize)]
struct Tie<'o> {
    place: String,
    order: Vec<&'o str>,
    rule: String,
}

/// An outcome as an object. Rows and columns of matrices, and the tally, are in the order of the ballot.
pub fn object<'o>(outcome: &'o Outcome, heading: &Heading<'o>, contest: &'o Contest<'o>) -> impl Serialize + use<'o> {
    let labels = contest.labels;
    let named = |choices: &[usize]| choices.iter().map(|choice| labels[*choice]).collect::<Vec<&'o str>>();
    let rounds = outcome.rounds.iter().map(|round| Round {
        title: events::title(round.stage),
        standings: (round.standings.iter())
            .map(|one| Standing { choice: labels[one.choice], votes: &one.votes, fate: one.fate })
            .collect(),
        quota: round.quota.as_ref(),
        exhausted: round.exhausted.as_ref(),
        lost: round.lost.as_ref(),
        transfers: (round.flows.iter())
            .map(|flow| Transfer { from: labels[flow.from], to: flow.to.map(|to| labels[to]), votes: &flow.votes })
            .collect(),
        said: round.events.iter().map(|event| events::sentence(event, labels)).collect(),
    });
    let tie =
        |tie: &'o count::Tie| Tie { place: ties::place(tie.at), order: named(&tie.order), rule: ties::rule(tie.rule) };
    let distribution = outcome.distribution.as_ref().map(|distribution| {
        let rows = labels.iter().zip(&distribution.scores).zip(&distribution.unscored);
        rows.map(|((choice, scores), unscored)| Scores { choice, scores, unscored: *unscored }).collect()
    });
    let matrix = |matrix: &'o count::Matrix| Matrix { title: events::table(matrix.kind), rows: &matrix.rows };
    Json {
        title: heading.title,
        method: outcome.method.as_str(),
        seats: outcome.seats,
        ballots: outcome.ballots,
        blank: outcome.blank,
        elected: named(&outcome.elected),
        sentence: Story::new(outcome, labels, true).sentence(),
        ranking: outcome.ranking.iter().map(|group| named(group)).collect(),
        unit: outcome::unit(outcome.unit),
        tally: labels.iter().zip(&outcome.tally).map(|(choice, number)| Share { choice, number }).collect(),
        rounds: rounds.collect(),
        matrices: outcome.matrices.iter().map(matrix).collect(),
        distribution,
        ties: outcome.ties.iter().map(tie).collect(),
        idle_ties: outcome.ties_without_effect.iter().map(tie).collect(),
        lots: named(&contest.lots.sorted(&(0..labels.len()).collect::<Vec<_>>())),
        seed: heading.seed,
        lot_numbers: heading.seed.and(contest.lots.numbers()),
    }
}
