//! Outcomes as JSON: choices by their labels, numbers exact ([`Number`] tells how).

use serde::Serialize;

use super::{Contest, Fate, Heading, Number, Outcome};

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
    title: &'o str,
    standings: Vec<Standing<'o>>,
    quota: Option<&'o Number>,
    exhausted: Option<&'o Number>,
    lost: Option<&'o Number>,
    transfers: Vec<Transfer<'o>>,
    said: &'o [String],
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
    title: &'o str,
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
    place: &'o str,
    order: Vec<&'o str>,
    rule: String,
}

impl Outcome {
    /// The outcome as an object. Rows and columns of matrices, and the tally, are in the order of the ballot.
    pub fn json<'o>(&'o self, heading: &Heading<'o>, contest: &'o Contest<'o>) -> impl Serialize + use<'o> {
        let labels = contest.labels;
        let named = |choices: &[usize]| choices.iter().map(|choice| labels[*choice]).collect::<Vec<&'o str>>();
        let rounds = self.rounds.iter().map(|round| Round {
            title: &round.title,
            standings: (round.standings.iter())
                .map(|one| Standing { choice: labels[one.choice], votes: &one.votes, fate: one.fate })
                .collect(),
            quota: round.quota.as_ref(),
            exhausted: round.exhausted.as_ref(),
            lost: round.lost.as_ref(),
            transfers: (round.flows.iter())
                .map(|flow| Transfer { from: labels[flow.from], to: flow.to.map(|to| labels[to]), votes: &flow.votes })
                .collect(),
            said: &round.said,
        });
        let tie = |tie: &'o super::Tie| Tie { place: &tie.place, order: named(&tie.order), rule: tie.rule.to_string() };
        let distribution = self.distribution.as_ref().map(|distribution| {
            let rows = labels.iter().zip(&distribution.scores).zip(&distribution.unscored);
            rows.map(|((choice, scores), unscored)| Scores { choice, scores, unscored: *unscored }).collect()
        });
        Json {
            title: heading.title,
            method: self.method.as_str(),
            seats: self.seats,
            ballots: self.ballots,
            blank: self.blank,
            elected: named(&self.elected),
            sentence: self.sentence(labels),
            ranking: self.ranking.iter().map(|group| named(group)).collect(),
            unit: self.unit.as_str(),
            tally: labels.iter().zip(&self.tally).map(|(choice, number)| Share { choice, number }).collect(),
            rounds: rounds.collect(),
            matrices: self.matrices.iter().map(|m| Matrix { title: &m.title, rows: &m.rows }).collect(),
            distribution,
            ties: self.ties.iter().map(tie).collect(),
            idle_ties: self.idle.iter().map(tie).collect(),
            lots: named(&contest.lots.sorted(&(0..labels.len()).collect::<Vec<_>>())),
            seed: heading.seed,
            lot_numbers: heading.seed.and(contest.lots.numbers()),
        }
    }
}
