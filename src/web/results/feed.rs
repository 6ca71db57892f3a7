//! The result for programs that draw it themselves: `results.json`. README.md says what each name means.

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::{
    models::{choice::Choice, poll::Definition, state::State},
    scoreboard::Board,
    web::show::{decision::Row, tally::TallyView},
};

#[derive(Serialize)]
struct Feed<'a> {
    poll: FeedPoll<'a>,
    votes: u64,
    counted: u64,
    who: Option<&'a str>,
    verdict: Option<&'static str>,
    sentence: &'a str,
    caption: Option<&'a str>,
    headings: &'a [String],
    line: Option<u64>,
    choices: Vec<FeedChoice<'a>>,
    more: usize,
}

#[derive(Serialize)]
struct FeedPoll<'a> {
    slug: &'a str,
    title: &'a str,
    state: State,
    method: &'static str,
    seats: i32,
    opens_at: String,
    closes_at: Option<String>,
}

#[derive(Serialize)]
struct FeedChoice<'a> {
    key: &'a str,
    label: &'a str,
    value: f64,
    number: &'a str,
    second: Option<&'a str>,
    permille: u64,
    standing: Option<&'static str>,
    first: bool,
}

/// The result on a board, as its page shows it, for whoever may see it.
///
/// # Errors
/// Those of writing JSON.
pub fn write(board: &Board) -> serde_json::Result<String> {
    let (definition, tally) = (&*board.definition, TallyView::new(board));
    let (poll, decision) = (&definition.poll, tally.decision.as_ref());
    let choices = match decision {
        Some(decision) => decision.rows.iter().chain(&decision.rest).map(|row| of_row(definition, row)).collect(),
        None => definition.choices.iter().map(without_votes).collect(),
    };
    serde_json::to_string(&Feed {
        poll: FeedPoll {
            slug: &poll.slug,
            title: &poll.settings.title,
            state: board.state,
            method: poll.settings.method.as_str(),
            seats: poll.settings.seats,
            opens_at: utc(poll.settings.opens_at),
            closes_at: poll.settings.closes_at.map(utc),
        },
        votes: board.ballots,
        counted: board.counted.outcome.ballots,
        who: tally.who.as_deref(),
        verdict: tally.who.as_ref().map(|_| tally.verdict),
        sentence: &tally.sentence,
        caption: decision.and_then(|decision| decision.caption.as_deref()),
        headings: decision.map_or(&[], |decision| &decision.headings),
        line: decision.and_then(|decision| decision.line),
        choices,
        more: decision.map_or(0, |decision| decision.more),
    })
}

fn of_row<'a>(definition: &'a Definition, row: &'a Row<'a>) -> FeedChoice<'a> {
    FeedChoice {
        key: &definition.choices[row.place - 1].key,
        label: row.label,
        value: row.value,
        number: &row.number,
        second: row.second.as_deref(),
        permille: row.permille,
        standing: row.standing,
        first: row.first,
    }
}

fn without_votes(choice: &Choice) -> FeedChoice<'_> {
    FeedChoice {
        key: &choice.key,
        label: &choice.label,
        value: 0.0,
        number: "0",
        second: None,
        permille: 0,
        standing: None,
        first: false,
    }
}

/// In the notation of RFC 3339.
fn utc(moment: NaiveDateTime) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
