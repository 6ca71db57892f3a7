//! STAR: the two choices with the highest sums of scores are in the runoff, and the one that more ballots score
//! higher than the other is elected. With several seats (bloc STAR) this is repeated without those elected.
//!
//! Source: the Equal Vote Coalition's rules (starvoting.org); for ties see `star_ties.rs`. Who is not scored on a
//! ballot gets 0 from it.

use super::{
    Ballots, Contest, Cost, Event, Family, Fate, Lots, Method, Number, Outcome, Reason, Round, Spec, Stage, Standing,
    Tie, Unit,
    lot_effect::{self, LotTie},
    score,
    star_ties::Field,
    tallied,
};
use crate::marks::Kind;

/// What is to be known of it before it counts.
pub(super) const SPEC: Spec = Spec {
    name: "star",
    label: "STAR",
    kind: Kind::Score,
    family: Family::Numbers,
    several_seats: true,
    shared_ranks: false,
    most_choices: usize::MAX,
    open_rules: &[],
    costs: &[Cost::Pairs, Cost::Scores],
    is_common: true,
    count,
};

/// Counts `ballots`.
fn count(contest: &Contest<'_>, ballots: &Ballots) -> Outcome {
    let before = contest.outcome(Method::Star, ballots);
    let distribution = score::distribution(contest, ballots);
    let field = Field::new(contest, ballots, &distribution);
    let seats = if before.ballots > before.blank { contest.seats.min(contest.choices()) } else { 0 };
    let places = fill(&field, contest.choices(), contest.choices(), &contest.lots);
    let mut rest: Vec<usize> = (0..contest.choices()).collect();
    let mut rounds = Vec::new();
    for (place, seat) in places[..seats].iter().zip(1..) {
        rounds.extend(place.rounds(contest, &field, &rest, seat));
        rest.retain(|choice| *choice != place.winner);
    }
    let filled = &places[..seats];
    let (elected, lot_ties) = elected_by(&field, filled);
    let mut outcome = Outcome {
        reason: match filled {
            [] => None,
            [place] => Some(place.reason(&field)),
            _ => Some(Reason::RunoffForEachSeat),
        },
        ties: filled.iter().flat_map(|place| place.ties(&field)).cloned().collect(),
        elected,
        ranking: if seats == 0 { tallied::ranked(&field.sums) } else { ranking(&field, &places) },
        tally: field.sums.iter().map(|sum| Number::ratio(*sum, 1)).collect(),
        unit: Unit::Points,
        rounds,
        matrices: vec![field.duels.matrix()],
        distribution: Some(distribution),
        ..before
    };
    lot_effect::set_aside_ties_without_effect(&mut outcome, lot_ties, contest.choices() * contest.choices(), |lots| {
        elected_by(&field, &fill(&field, contest.choices(), seats, lots))
    });
    outcome
}

/// Fills so many places, one after the other.
fn fill(field: &Field, choices: usize, places: usize, lots: &Lots) -> Vec<Place> {
    let mut rest: Vec<usize> = (0..choices).collect();
    let next = |_| {
        let place = Place::fill(field, &rest, lots);
        rest.retain(|choice| *choice != place.winner);
        place
    };
    (0..places).map(next).collect()
}

/// The winners of places, and where a lot decided among those tied.
fn elected_by(field: &Field, places: &[Place]) -> (Vec<usize>, Vec<LotTie>) {
    let lots = places.iter().flat_map(|place| place.ties(field).map(move |tie| (place, tie)));
    let lot_tie = |(place, tie): (&Place, &Tie)| {
        let finalists = |choice: &&usize| **choice == place.winner || Some(**choice) == place.other;
        let ahead = tie.order.iter().filter(finalists).count().min(tie.order.len() - 1);
        LotTie { order: tie.order.clone(), ahead, state: None }
    };
    let lot_ties = lots.filter(|(_, tie)| tie.rule.is_lot()).map(lot_tie);
    (places.iter().map(|place| place.winner).collect(), lot_ties.collect())
}

/// The winners of the places in order; those of neighbouring places that a lot alone parted are one group.
fn ranking(field: &Field, places: &[Place]) -> Vec<Vec<usize>> {
    let parted_by_lot = |place: &Place, next: &Place| {
        let tied = |choice| place.ties(field).any(|tie| tie.rule.is_lot() && tie.order.contains(&choice));
        tied(place.winner) && tied(next.winner)
    };
    let mut ranking: Vec<Vec<usize>> =
        places.chunk_by(parted_by_lot).map(|group| group.iter().map(|place| place.winner).collect()).collect();
    ranking.iter_mut().for_each(|group| group.sort_unstable());
    ranking
}

/// One place filled: who wins it, against whom, and the ties that were broken on the way.
struct Place {
    winner: usize,
    /// Who lost the runoff; nobody where the winner was the last one left.
    other: Option<usize>,
    scoring_ties: Vec<Tie>,
    runoff_tie: Option<Tie>,
}

impl Place {
    fn fill(field: &Field, rest: &[usize], lots: &Lots) -> Self {
        let mut scoring_ties = Vec::new();
        match field.finalists(rest, lots, &mut scoring_ties)[..] {
            [one, other] => {
                let (winner, runoff_tie) = field.runoff(one, other, lots);
                Self { winner, other: Some(if winner == one { other } else { one }), scoring_ties, runoff_tie }
            }
            _ => Self { winner: rest[0], other: None, scoring_ties, runoff_tie: None },
        }
    }

    /// The ties that may have decided who wins: who is second changes nothing where the winner beats all who were tied.
    fn ties(&self, field: &Field) -> impl Iterator<Item = &Tie> {
        let beaten = |other: &usize| field.duels.beats(self.winner, *other);
        let decisive = move |tie: &&Tie| tie.order.contains(&self.winner) || !tie.order.iter().all(beaten);
        self.scoring_ties.iter().filter(decisive).chain(&self.runoff_tie)
    }

    /// The scoring round and the runoff.
    fn rounds(&self, contest: &Contest<'_>, field: &Field, rest: &[usize], seat: usize) -> Vec<Round> {
        let seat = (contest.seats > 1).then_some(seat);
        let standing = |choice, votes, fate| Standing { choice, votes, fate };
        let scored = |choice: &usize| {
            let fate = match self.other {
                None => Fate::Elected,
                Some(other) if [self.winner, other].contains(choice) => Fate::Continues,
                Some(_) => Fate::Eliminated,
            };
            standing(*choice, Number::ratio(field.sums[*choice], 1), fate)
        };
        let mut scoring = Round {
            stage: Stage::Scoring { seat },
            standings: rest.iter().map(scored).collect(),
            events: self.scoring_ties.iter().cloned().map(Event::TieBroken).collect(),
            ..Round::default()
        };
        let Some(other) = self.other else { return vec![scoring] };
        scoring.events.push(Event::Finalists([self.winner, other]));
        let votes = |one, other| Number::from(field.duels.votes(one, other));
        let mut runoff = Round {
            stage: Stage::AutomaticRunoff { seat },
            standings: vec![
                standing(self.winner, votes(self.winner, other), Fate::Elected),
                standing(other, votes(other, self.winner), Fate::Eliminated),
            ],
            events: self.runoff_tie.iter().cloned().map(Event::TieBroken).collect(),
            ..Round::default()
        };
        runoff.events.push(Event::AutomaticRunoffWon(self.winner));
        vec![scoring, runoff]
    }

    fn reason(&self, field: &Field) -> Reason {
        let Some(against) = self.other else { return Reason::OnlyChoice };
        let votes = |one, other| Number::from(field.duels.votes(one, other));
        Reason::AutomaticRunoff {
            against,
            won: votes(self.winner, against),
            lost: votes(against, self.winner),
            rule: self.runoff_tie.as_ref().map(|tie| tie.rule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::count;
    use super::*;

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

    #[test]
    fn the_runoff_may_overturn_the_scores() {
        let outcome = counted(3, 1, &[&[5, 4, 0], &[0, 1, 0], &[0, 1, 5], &[5, 3, 0], &[1, 2, 0]]);
        assert_eq!(outcome.tally, [11, 11, 5].map(Number::from));
        assert_eq!((outcome.elected, outcome.ranking), (vec![1], vec![vec![1], vec![0], vec![2]]));
        let (won, lost) = (Number::from(3), Number::from(2));
        assert_eq!(outcome.reason, Some(Reason::AutomaticRunoff { against: 0, won, lost, rule: None }));
        assert!(outcome.ties.is_empty());
    }

    #[test]
    fn several_seats_are_filled_one_after_the_other() {
        let outcome = counted(4, 2, &[&[1, 0, 4, 5], &[1, 2, 4, 5]]);
        assert_eq!(outcome.elected, [3, 2]);
        assert_eq!(outcome.ranking, [vec![3], vec![2], vec![0, 1]]);
        let stages: Vec<Stage> = outcome.rounds.iter().map(|round| round.stage).collect();
        let of_seat = |seat| [Stage::Scoring { seat: Some(seat) }, Stage::AutomaticRunoff { seat: Some(seat) }];
        assert_eq!(stages, [of_seat(1), of_seat(2)].concat());
        assert_eq!(counted(2, 3, &[&[1, 2]]).elected, [1, 0]);
        assert!(counted(2, 1, &[]).elected.is_empty());
    }
}
