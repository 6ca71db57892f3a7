//! Pages: what each template is given. A struct here has the names that its template reads.

use chrono::NaiveDateTime;
use rocket::http::Status;
use serde::Serialize;

use super::slices::Slice;
use crate::{
    models::poll::{Poll, State},
    scoreboard::Board,
    text::grouped,
};

/// A moment for a page: for programs, and for readers with its zone.
#[derive(Debug, Serialize)]
pub struct Moment {
    iso: String,
    text: String,
}

impl From<NaiveDateTime> for Moment {
    fn from(moment: NaiveDateTime) -> Self {
        let iso = moment.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let text = moment.format("%-d %B %Y, %H:%M UTC").to_string();
        Self { iso, text }
    }
}

/// `polls/show.html`.
#[derive(Serialize)]
pub struct ShowPoll<'a> {
    title: &'a str,
    poll: PollView<'a>,
    choices: Vec<ChoiceView<'a>>,
    total: u64,
    total_text: String,
    leader: Option<String>,
    others: Vec<Link<'a>>,
    error: Option<Problem<'a>>,
    filled: Filled<'a>,
    slice: Option<&'a Slice>,
}

/// What is wrong with a form, for its page.
#[derive(Clone, Copy, Serialize)]
pub struct Problem<'a> {
    /// The status.
    pub status: u16,
    /// What is wrong and how to mend it.
    pub sentence: &'a str,
}

/// What the voter had filled in.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Filled<'a> {
    /// The field `vote`.
    pub vote: Option<&'a str>,
}

#[derive(Serialize)]
struct PollView<'a> {
    slug: &'a str,
    title: &'a str,
    description: &'a str,
    address: String,
    state: State,
    opens_at: Moment,
    closes_at: Option<Moment>,
}

#[derive(Serialize)]
struct ChoiceView<'a> {
    key: &'a str,
    label: &'a str,
    description: &'a str,
    picture: Option<&'a str>,
    count_text: String,
    share_text: String,
    permille: u64,
    leads: bool,
    colour: usize,
}

/// A link to a poll.
#[derive(Serialize)]
pub struct Link<'a> {
    title: &'a str,
    address: String,
    state: State,
    opens_at: Moment,
    closes_at: Option<Moment>,
}

impl<'a> Link<'a> {
    /// A link to `poll`, which stands at `state`.
    pub fn new(poll: &'a Poll, state: State) -> Self {
        Self {
            title: &poll.title,
            address: address(poll),
            state,
            opens_at: poll.opens_at.into(),
            closes_at: poll.closes_at.map(Moment::from),
        }
    }
}

/// Where a poll is: the featured one is the index.
pub fn address(poll: &Poll) -> String {
    if poll.featured { "/".into() } else { format!("/polls/{}", poll.slug) }
}

impl<'a> ShowPoll<'a> {
    /// The page of a board, with what was wrong with a form and what was filled in.
    pub fn new(board: &'a Board, error: Option<Problem<'a>>, filled: Filled<'a>) -> Self {
        let poll = &board.definition.poll;
        let outcome = &board.outcome;
        let choices = board.definition.choices.iter().zip(&outcome.votes).enumerate();
        Self {
            title: &poll.title,
            poll: PollView {
                slug: &poll.slug,
                title: &poll.title,
                description: &poll.description,
                address: address(poll),
                state: board.state,
                opens_at: poll.opens_at.into(),
                closes_at: poll.closes_at.map(Moment::from),
            },
            choices: choices
                .map(|(i, (choice, votes))| ChoiceView {
                    key: &choice.key,
                    label: &choice.label,
                    description: &choice.description,
                    picture: choice.picture.as_deref(),
                    count_text: grouped(*votes),
                    share_text: share(*votes, outcome.ballots),
                    permille: permille(*votes, outcome.ballots),
                    leads: outcome.leaders.contains(&i),
                    colour: i % 8 + 1,
                })
                .collect(),
            total: outcome.ballots,
            total_text: grouped(outcome.ballots),
            leader: leader(board),
            others: board.others.iter().map(|other| Link::new(other, State::Open)).collect(),
            error,
            filled,
            slice: None,
        }
    }

    /// The same with the choices of a slice only; what is told of all of them stays.
    pub fn cut(mut self, slice: Option<&'a Slice>) -> Self {
        if let Some(slice) = slice {
            let mut place = 0..;
            self.choices.retain(|_| place.next().is_some_and(|choice| slice.has(choice)));
        }
        Self { slice, ..self }
    }
}

/// `empty.html`.
#[derive(Serialize)]
pub struct NoPoll {
    /// The page's title.
    pub title: &'static str,
}

/// `error.html`.
#[derive(Serialize)]
pub struct ShowError<'a> {
    title: &'a str,
    status: u16,
    sentence: &'a str,
    mend: &'a str,
    home: &'static str,
}

impl<'a> ShowError<'a> {
    /// The page of an error: what is wrong, and how to mend it.
    pub fn new(status: Status, sentence: &'a str, mend: &'a str) -> Self {
        Self { title: status.reason_lossy(), status: status.code, sentence, mend, home: "/" }
    }
}

fn leader(board: &Board) -> Option<String> {
    let (outcome, choices) = (&board.outcome, &board.definition.choices);
    let verb = |leads, won| if board.state == State::Closed { won } else { leads };
    match outcome.leaders.as_slice() {
        [] => None,
        [one] => {
            let share = share(outcome.votes[*one], outcome.ballots);
            Some(format!("{} {} {share}", choices[*one].label, verb("leads with", "won with")))
        }
        several if several.len() > 3 => Some(format!("{} choices {} level", several.len(), verb("are", "ended"))),
        several => {
            let labels: Vec<&str> = several.iter().map(|i| choices[*i].label.as_str()).collect();
            let (last, first) = labels.split_last()?;
            Some(format!("{} and {last} {} level", first.join(", "), verb("are", "ended")))
        }
    }
}

/// The thousandths of `whole` that `part` is, rounded to the nearest; 0 of nothing.
fn permille(part: u64, whole: u64) -> u64 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    (part * 2000 + whole).checked_div(2 * whole).and_then(|share| u64::try_from(share).ok()).unwrap_or(0)
}

fn share(part: u64, whole: u64) -> String {
    let permille = permille(part, whole);
    format!("{}.{}%", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_204), "1,204");
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(share(0, 0), "0.0%");
        assert_eq!(share(2, 3), "66.7%");
        assert_eq!(permille(u64::MAX, u64::MAX), 1000);
    }
}
