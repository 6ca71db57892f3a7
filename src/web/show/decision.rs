//! The picture that decides a poll: the last round, the runoff, the duels of the winner, or the tally; the best first.

use serde::Serialize;

use super::numbers::counted;
use crate::{
    count::{Fate, Method, Number, Outcome, Reason, Round, Stage, Unit},
    marks::Kind,
    models::poll::Definition,
    text::{grouped, isolated},
    words::{
        numbers::{share, written},
        story::Story,
    },
};

/// How many rows are shown at once.
const SHOWN: usize = 20;

/// How many rows there are at most, those that are folded away among them.
pub const ROWS: usize = 100;

/// A number and a bar for each choice that it shows.
#[derive(Serialize)]
pub struct Decision<'a> {
    /// What it shows, in a sentence, where that is not the tally of all ballots.
    pub caption: Option<String>,
    /// The headings of its columns.
    pub headings: Vec<String>,
    /// The first rows.
    pub rows: Vec<Row<'a>>,
    /// The next rows, folded away.
    pub rest: Vec<Row<'a>>,
    /// How many choices are left out behind them.
    pub more: usize,
    /// Where a line crosses all bars, in thousandths: half of the votes, or the quota.
    pub line: Option<u64>,
}

/// A choice with its number and its bar.
#[derive(Serialize)]
pub struct Row<'a> {
    /// The place of the choice on the ballot, from 1.
    pub place: usize,
    /// Its label.
    pub label: &'a str,
    /// Its number.
    pub number: String,
    /// The same for programs, nearly exact.
    #[serde(skip)]
    pub value: f64,
    /// The second number: its share, or in a duel the votes for the other.
    pub second: Option<String>,
    /// How long its bar is, in thousandths.
    pub permille: u64,
    /// Its standing, such as `leads`, or how the duel with it ended.
    pub standing: Option<&'static str>,
    /// Whether its bar is that of a winner.
    pub first: bool,
}

/// What is drawn, before the rows are written.
struct Drawn {
    caption: Option<String>,
    heading: &'static str,
    /// The choices with their numbers, the best first.
    numbers: Vec<(usize, Number)>,
    /// The number of a full bar.
    whole: Number,
    /// Where a line crosses the bars, in thousandths.
    line: Option<u64>,
    /// What shares are of, where the numbers have shares.
    shares_of: Option<Number>,
}

impl<'a> Decision<'a> {
    /// The picture of an outcome in which somebody won or leads.
    pub fn new(definition: &'a Definition, outcome: &Outcome, story: &Story<'_>) -> Self {
        match duelist(outcome, story) {
            Some(choice) => Self::of_duels(definition, outcome, choice),
            None => Self::of_numbers(definition, outcome, story),
        }
    }

    fn of_numbers(definition: &'a Definition, outcome: &Outcome, story: &Story<'_>) -> Self {
        let drawn = Drawn::new(definition, outcome);
        let unit = if drawn.caption.is_some() { Unit::Votes } else { outcome.unit };
        let row = |(choice, number): &(usize, Number)| Row {
            place: choice + 1,
            label: &definition.choices[*choice].label,
            number: counted(&definition.poll, unit, number),
            value: number.approximate(),
            second: drawn.shares_of.as_ref().map(|whole| share(number, whole)),
            permille: number.permille(&drawn.whole),
            standing: story.standing(*choice),
            first: story.is_first(*choice),
        };
        let share = drawn.shares_of.is_some().then_some("Share");
        let headings = ["Choice", drawn.heading].into_iter().chain(share).map(str::to_owned).collect();
        let rows: Vec<Row<'_>> = drawn.numbers.iter().take(ROWS).map(row).collect();
        let more = drawn.numbers.len().saturating_sub(ROWS);
        Self { caption: drawn.caption, headings, rows, rest: Vec::new(), more, line: drawn.line }.folded()
    }

    /// The choice against each other.
    fn of_duels(definition: &'a Definition, outcome: &Outcome, choice: usize) -> Self {
        let matrix = &outcome.matrices[0].rows;
        let votes = |row: usize, column: usize| matrix[row][column].unsigned_abs();
        let label = isolated(&definition.choices[choice].label);
        let others: Vec<usize> = in_order(outcome).into_iter().filter(|other| *other != choice).collect();
        let row = |other: &usize| {
            let (won, lost) = (votes(choice, *other), votes(*other, choice));
            Row {
                place: other + 1,
                label: &definition.choices[*other].label,
                number: grouped(won),
                value: Number::from(won).approximate(),
                second: Some(grouped(lost)),
                permille: Number::from(won).permille(&Number::from(won + lost)),
                standing: Some(match won.cmp(&lost) {
                    std::cmp::Ordering::Greater => "won",
                    std::cmp::Ordering::Equal => "drawn",
                    std::cmp::Ordering::Less => "lost",
                }),
                first: won > lost,
            }
        };
        Self {
            caption: Some(format!("How many votes rank {label} higher than each other choice, and how many lower.")),
            headings: vec![format!("{label} against"), "Higher".into(), "Lower".into()],
            rows: others.iter().take(ROWS).map(row).collect(),
            rest: Vec::new(),
            more: others.len().saturating_sub(ROWS),
            line: Some(500),
        }
        .folded()
    }

    /// Whether it is the tally of all ballots.
    pub fn is_tally(&self) -> bool {
        self.caption.is_none()
    }

    /// How many choices it has, those left out among them.
    pub fn choices(&self) -> usize {
        self.rows.len() + self.rest.len() + self.more
    }

    fn folded(mut self) -> Self {
        self.rest = self.rows.split_off(self.rows.len().min(SHOWN));
        self
    }
}

impl Drawn {
    fn new(definition: &Definition, outcome: &Outcome) -> Self {
        let last = |is: fn(Stage) -> bool| outcome.rounds.iter().rev().find(|round| is(round.stage));
        let is_decided_by_rounds = outcome.seats == 1 && !outcome.elected.is_empty();
        match outcome.method {
            Method::Irv | Method::TwoRound | Method::Baldwin if is_decided_by_rounds => {
                last(|stage| matches!(stage, Stage::Round(_) | Stage::Runoff))
                    .map(|round| Self::of_round(outcome, round))
            }
            Method::Star if is_decided_by_rounds => {
                last(|stage| matches!(stage, Stage::AutomaticRunoff { .. })).map(|round| Self::of_round(outcome, round))
            }
            Method::Stv | Method::StvMeek => Some(Self::of_quota(outcome)),
            _ => None,
        }
        .filter(|drawn| !drawn.numbers.is_empty())
        .unwrap_or_else(|| Self::of_tally(definition, outcome))
    }

    /// The tally of all ballots.
    fn of_tally(definition: &Definition, outcome: &Outcome) -> Self {
        let highest = definition.poll.settings.highest.unsigned_abs();
        Self {
            caption: None,
            heading: heading(outcome.unit),
            numbers: in_order(outcome).into_iter().map(|choice| (choice, outcome.tally[choice].clone())).collect(),
            whole: whole(outcome, highest),
            line: None,
            shares_of: has_shares(outcome.unit).then(|| outcome.ballots.into()),
        }
    }

    /// The round that decided.
    fn of_round(outcome: &Outcome, round: &Round) -> Self {
        let in_round = |choice: usize| round.standings.iter().find(|standing| standing.choice == choice);
        let numbers: Vec<(usize, Number)> = in_order(outcome)
            .into_iter()
            .filter_map(|choice| in_round(choice).map(|standing| (choice, standing.votes.clone())))
            .collect();
        let of: Number = numbers.iter().map(|(_, number)| number.clone()).sum();
        let votes = written(&of, "vote");
        let (caption, heading, line) = match round.stage {
            Stage::AutomaticRunoff { .. } => {
                ("The runoff: how many votes score one of the two higher than the other.".to_owned(), "Votes", false)
            }
            Stage::Runoff => (format!("The runoff. The line is half of the {votes}."), "Votes", true),
            Stage::Round(number) if outcome.method == Method::Baldwin => {
                (format!("Round {number}, the last: the points of the last choices."), "Points", false)
            }
            Stage::Round(1) => (format!("The first round. The line is half of the {votes}."), "Votes", true),
            Stage::Round(number) => {
                (format!("Round {number}, the last. The line is half of the {votes} left in the count."), "Votes", true)
            }
            _ => (String::new(), "Votes", false),
        };
        Self {
            caption: Some(caption),
            heading,
            numbers,
            line: line.then_some(500),
            shares_of: Some(of.clone()),
            whole: of,
        }
    }

    /// The votes of each choice when it was elected, or in its last round, with the quota.
    fn of_quota(outcome: &Outcome) -> Self {
        // Of each choice the last votes so far, and what the round made of it.
        let mut latest: Vec<Option<(&Number, Fate)>> = vec![None; outcome.tally.len()];
        for standing in outcome.rounds.iter().flat_map(|round| &round.standings) {
            let latest = &mut latest[standing.choice];
            if latest.is_none_or(|(_, fate)| fate == Fate::Continues) {
                *latest = Some((&standing.votes, standing.fate));
            }
        }
        let when_decided = |choice: usize| latest[choice].map(|(votes, _)| (choice, votes.clone()));
        let numbers: Vec<(usize, Number)> = in_order(outcome).into_iter().filter_map(when_decided).collect();
        let quota = match &outcome.reason {
            Some(Reason::Quota { quota, .. }) => Some(quota.clone()),
            _ => None,
        };
        let line = quota.as_ref().map(|quota| format!(" The line is the quota of {}.", written(quota, "vote")));
        let most = numbers.iter().map(|(_, number)| number.clone()).chain(quota.clone()).max().unwrap_or_default();
        Self {
            caption: Some(format!(
                "The votes of each choice when it was elected, or else in its last round.{}",
                line.unwrap_or_default()
            )),
            heading: "Votes",
            numbers,
            line: quota.map(|quota| quota.permille(&most)),
            whole: most,
            shares_of: None,
        }
    }
}

/// All choices, those elected first and the others as they are ranked.
pub fn in_order(outcome: &Outcome) -> Vec<usize> {
    let rest = outcome.ranking.iter().flatten().filter(|choice| !outcome.elected.contains(choice));
    outcome.elected.iter().chain(rest).copied().collect()
}

/// Whose duels decide: the winner's, where a method that compares pairs has one.
fn duelist(outcome: &Outcome, story: &Story<'_>) -> Option<usize> {
    let by_pairs = outcome.unit == Unit::Wins && !outcome.matrices.is_empty() && outcome.tally.len() > 1;
    match outcome.elected[..] {
        [one] if by_pairs && outcome.seats == 1 && !story.is_level(one) => Some(one),
        _ => None,
    }
}

/// Whether the numbers of a tally count ballots, so that they have shares of all ballots.
pub fn has_shares(unit: Unit) -> bool {
    matches!(unit, Unit::Votes | Unit::Approvals | Unit::FirstChoices)
}

/// The heading of the column with the numbers of a tally.
pub fn heading(unit: Unit) -> &'static str {
    match unit {
        Unit::Votes => "Votes",
        Unit::Approvals => "Approvals",
        Unit::Points => "Points",
        Unit::FirstChoices => "First choices",
        Unit::Wins => "Head-to-head wins",
        Unit::Grade => "Median grade",
    }
}

/// The number of a full bar: the most that a choice can have, or the first choice's number where that is more.
pub fn whole(outcome: &Outcome, highest: u32) -> Number {
    let (choices, marked) = (outcome.tally.len() as u64, outcome.ballots - outcome.blank);
    let most = match outcome.unit {
        Unit::Votes | Unit::Approvals | Unit::FirstChoices => outcome.ballots,
        Unit::Points if outcome.method.kind() == Kind::Score => marked * u64::from(highest),
        Unit::Points if outcome.method == Method::Dowdall => marked,
        Unit::Points => marked * choices.saturating_sub(1),
        Unit::Wins => choices.saturating_sub(1),
        Unit::Grade => u64::from(highest),
    };
    outcome.tally.iter().cloned().fold(Number::from(most), Ord::max)
}
