//! The tally as pages show it: a number and a bar for each choice, and who leads or is elected.

use serde::Serialize;

use super::{choice_page::of_choices, moment::Moment, numbers::counted};
use crate::{
    count::{Method, Number, Outcome, Unit},
    marks::Kind,
    models::state::State,
    scoreboard::Board,
    text::grouped,
    words::{leaders::Leaders, numbers::share},
};

/// The tally of a poll.
#[derive(Serialize)]
pub struct TallyView<'a> {
    rows: Vec<TallyRow<'a>>,
    /// What the numbers are.
    heading: &'static str,
    /// Whether the rows have shares.
    shares: bool,
    leader: Option<String>,
    closed: bool,
    /// Where not all ballots are counted yet: how many are, and when they were read.
    behind: Option<Behind>,
    /// The address of the page with the count's steps.
    results: String,
}

#[derive(Serialize)]
struct TallyRow<'a> {
    label: &'a str,
    count_text: String,
    share_text: Option<String>,
    permille: u64,
    /// Its standing, such as `leads` or `elected`; `None` where it is not among the winners.
    standing: Option<&'static str>,
    colour: usize,
}

/// How far a count lags.
#[derive(Serialize)]
struct Behind {
    counted: String,
    of: String,
    at: Moment,
}

impl<'a> TallyView<'a> {
    /// The tally of a board, whoever may see it.
    pub fn new(board: &'a Board) -> Self {
        let (outcome, poll) = (&board.counted.outcome, &board.definition.poll);
        let closed = board.state == State::Closed;
        let leaders = Leaders::new(outcome, closed);
        let grade = |grade: &Number| counted(poll, Unit::Grade, grade);
        let (ballots, whole) = (Number::from(outcome.ballots), whole(outcome, poll.settings.highest.unsigned_abs()));
        let shares = has_shares(outcome.unit);
        let choices = board.definition.choices.iter().zip(&outcome.tally).enumerate();
        Self {
            rows: choices
                .map(|(i, (choice, number))| TallyRow {
                    label: &choice.label,
                    count_text: counted(poll, outcome.unit, number),
                    share_text: shares.then(|| share(number, &ballots)),
                    permille: number.permille(&whole),
                    standing: leaders.standing(i),
                    colour: i % 8 + 1,
                })
                .collect(),
            heading: heading(outcome.unit),
            shares,
            leader: leaders.sentence(&board.definition.labels(), grade),
            closed,
            behind: board.is_behind().then(|| Behind {
                counted: grouped(outcome.ballots),
                of: grouped(board.ballots),
                at: Moment::to_the_second(poll, board.counted.at),
            }),
            results: format!("/polls/{}/results", poll.slug),
        }
    }

    /// Only the rows of these choices.
    pub fn keep(&mut self, choices: &[usize]) {
        self.rows = of_choices(std::mem::take(&mut self.rows), choices);
    }
}

/// The heading of the column with the numbers.
pub fn heading(unit: Unit) -> &'static str {
    match unit {
        Unit::Votes => "Ballots",
        Unit::Approvals => "Approvals",
        Unit::Points => "Points",
        Unit::FirstChoices => "First choices",
        Unit::Wins => "Duels won",
        Unit::Grade => "Grade",
    }
}

/// Whether the numbers count ballots, so that they have shares of all ballots.
fn has_shares(unit: Unit) -> bool {
    matches!(unit, Unit::Votes | Unit::Approvals | Unit::FirstChoices)
}

/// The number of a full bar: the most that a choice can have, or the first choice's number where that is more.
fn whole(outcome: &Outcome, highest: u32) -> Number {
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
