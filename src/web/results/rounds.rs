//! The steps of a count: a table with a column a round where it goes by rounds, else a section a step.

use serde::Serialize;

use crate::{
    count::{Fate, Number, Outcome, Round, Stage},
    models::poll::Definition,
    web::show::decision::{ROWS, in_order, whole},
    words::{events, story::Story},
};

/// The most rounds that the table has; of more it has the last.
const ROUNDS: usize = 40;

/// The most sentences that a step has.
pub const SENTENCES: usize = 60;

/// The row of what the prescribed decimals have cut off.
const LOST: &str = "Lost to rounding";

/// How many choices have a colour of their own.
const COLOURS: usize = 8;

/// The colour of each choice in pictures, from 1, by its place in the result; the last, grey, is that of all who have no
/// colour of their own.
pub fn colours(outcome: &Outcome) -> Vec<usize> {
    let mut colours = vec![COLOURS + 1; outcome.tally.len()];
    for (i, choice) in in_order(outcome).into_iter().take(COLOURS).enumerate() {
        colours[choice] = i + 1;
    }
    colours
}

/// The table of the rounds.
#[derive(Serialize)]
pub struct RoundsTable<'a> {
    titles: Vec<String>,
    rows: Vec<Row<'a>>,
    sums: Vec<Row<'a>>,
    /// How many rounds before the first are left out.
    earlier: usize,
    /// How many choices are left out.
    more: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    label: &'a str,
    /// For a choice.
    colour: usize,
    cells: Vec<Cell>,
}

/// What a choice has in a round; empty where it is not in it.
#[derive(Serialize, Default)]
struct Cell {
    number: String,
    /// By how much more or less than in the round before, with its sign.
    change: String,
    fate: &'static str,
    /// Whether the fate is of this round.
    news: bool,
}

impl<'a> RoundsTable<'a> {
    /// The table of a count that goes by rounds.
    pub fn new(definition: &'a Definition, outcome: &'a Outcome, story: &Story<'_>) -> Option<Self> {
        if !outcome.method.has_rounds() {
            return None;
        }
        let earlier = outcome.rounds.len().saturating_sub(ROUNDS);
        let rounds = outcome.rounds.get(earlier..).filter(|rounds| !rounds.is_empty())?;
        let is_in = |choice: usize| rounds.iter().any(|round| votes(round, choice).is_some());
        let mut choices: Vec<usize> = in_order(outcome).into_iter().filter(|choice| is_in(*choice)).collect();
        let more = choices.len().saturating_sub(ROWS);
        choices.truncate(ROWS);
        let colours = colours(outcome);
        let row = |choice: usize| {
            let numbers = rounds.iter().map(|round| votes(round, choice));
            let mut cells = cells(numbers);
            let mut before = "";
            for (cell, round) in cells.iter_mut().zip(rounds) {
                cell.fate = fate(story, round, choice);
                cell.news = cell.fate != before;
                before = cell.fate;
            }
            Row { label: &definition.choices[choice].label, colour: colours[choice], cells }
        };
        let sum = |label, number: fn(&Round) -> Option<&Number>| {
            let mut cells = cells(rounds.iter().map(number));
            // What is cut off is less than two decimals show.
            for (cell, round) in cells.iter_mut().zip(rounds).filter(|_| label == LOST) {
                cell.number = round.lost.as_ref().map(Number::to_string).unwrap_or_default();
            }
            let is_there = rounds.iter().filter_map(number).any(|number| !number.is_zero());
            is_there.then_some(Row { label, colour: 0, cells })
        };
        let sums = [
            sum("Ran out of choices", |round| round.exhausted.as_ref()),
            sum(LOST, |round| round.lost.as_ref()),
            sum("Quota", |round| round.quota.as_ref()),
        ];
        Some(Self {
            titles: rounds.iter().map(|round| events::title(round.stage)).collect(),
            rows: choices.into_iter().map(row).collect(),
            sums: sums.into_iter().flatten().collect(),
            earlier,
            more,
        })
    }
}

/// A choice's votes in a round that it is in.
pub fn votes(round: &Round, choice: usize) -> Option<&Number> {
    round.standings.iter().find(|standing| standing.choice == choice).map(|standing| &standing.votes)
}

/// What a round made of a choice: `out`, or the standing that it has in the story. Who is out by a lot that is not yet
/// drawn is level.
fn fate(story: &Story<'_>, round: &Round, choice: usize) -> &'static str {
    let standing = round.standings.iter().find(|standing| standing.choice == choice);
    match standing.map(|standing| standing.fate) {
        Some(Fate::Eliminated) if !story.is_level(choice) => "out",
        Some(Fate::Eliminated | Fate::Elected) => story.standing(choice).unwrap_or_default(),
        _ => "",
    }
}

fn cells<'n>(numbers: impl Iterator<Item = Option<&'n Number>>) -> Vec<Cell> {
    let mut before: Option<&Number> = None;
    let mut cells = Vec::new();
    for number in numbers {
        cells.push(match number {
            None => Cell::default(),
            Some(now) => Cell {
                number: now.short(),
                change: before.map(|before| now.clone() - before.clone()).as_ref().map(signed).unwrap_or_default(),
                ..Cell::default()
            },
        });
        before = number;
    }
    cells
}

/// A change with its sign; nothing where nothing changed.
fn signed(change: &Number) -> String {
    let text = change.short();
    match text.as_str() {
        "0" => String::new(),
        _ if *change > Number::default() => format!("+{text}"),
        _ => text,
    }
}

/// A step of a count that moves no votes, or what was decided in a round.
#[derive(Serialize)]
pub struct Step<'a> {
    title: String,
    /// What the numbers of its rows are.
    heading: &'static str,
    rows: Vec<StepRow<'a>>,
    sentences: Vec<String>,
    /// How many sentences are left out.
    more: usize,
}

#[derive(Serialize)]
struct StepRow<'a> {
    label: &'a str,
    number: String,
    permille: u64,
    fate: &'static str,
}

/// The steps that show something which the picture above and the table do not. The picture is the tally where
/// `tally_shown`.
pub fn steps<'a>(
    definition: &'a Definition,
    outcome: &'a Outcome,
    story: &Story<'_>,
    tally_shown: bool,
) -> Vec<Step<'a>> {
    let is_above = |round: &Round| match tally_shown {
        true => round.standings.iter().all(|standing| outcome.tally.get(standing.choice) == Some(&standing.votes)),
        false => outcome.seats == 1 && matches!(round.stage, Stage::AutomaticRunoff { .. }),
    };
    let marked = Number::from(outcome.ballots - outcome.blank);
    // Points and wins are those of the tally.
    let most_in_tally = whole(outcome, definition.poll.settings.highest.unsigned_abs());
    let order = in_order(outcome);
    let labels = definition.labels();
    let step = |round: &'a Round| {
        let shown = !outcome.method.has_rounds() && !is_above(round);
        let most = match round.stage {
            Stage::DuelsWon | Stage::Scoring { .. } => &most_in_tally,
            _ => &marked,
        };
        let in_round = order.iter().filter(|_| shown).filter_map(|choice| Some((*choice, votes(round, *choice)?)));
        let rows = in_round.take(ROWS).map(|(choice, votes)| StepRow {
            label: &definition.choices[choice].label,
            number: votes.short(),
            permille: votes.permille(most),
            fate: fate(story, round, choice),
        });
        let sentences = round.events.iter().take(SENTENCES).map(|event| events::sentence(event, &labels));
        Step {
            title: events::title(round.stage),
            heading: events::heading(round.stage),
            rows: rows.collect(),
            sentences: sentences.collect(),
            more: round.events.len().saturating_sub(SENTENCES),
        }
    };
    let earlier = outcome.rounds.len().saturating_sub(ROUNDS);
    let steps = outcome.rounds.iter().skip(earlier).map(step);
    steps.filter(|step| !step.rows.is_empty() || !step.sentences.is_empty()).collect()
}
