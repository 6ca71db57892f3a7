//! Pages: what each template is given. A struct here has the names that its template reads.

use rocket::http::Status;
use serde::Serialize;

use super::{
    ballot::{BallotView, Filled},
    card::Card,
    choice_page::{ChoicePage, of_choices},
    moment::Moment,
};
use crate::{
    markdown,
    models::{
        eligibility::Eligibility,
        poll::Poll,
        state::State,
        visibility::{Viewer, Visibility},
    },
    scoreboard::Snapshot,
    text::grouped,
    web::session::Reader,
};

/// `polls/show.html`.
#[derive(Serialize)]
pub struct ShowPoll<'a> {
    title: &'a str,
    poll: PollView<'a>,
    ballot: BallotView<'a>,
    /// Whether this viewer can vote now.
    votable: bool,
    /// Whether this viewer has voted, where a voter has one ballot.
    voted: bool,
    /// The result: HTML, drawn from a [`ResultPart`](super::tally::ResultPart). Nothing else on the page depends on it.
    result: &'a str,
    /// Why this viewer may not see it.
    withheld: Option<&'static str>,
    others: Vec<Link<'a>>,
    error: Option<BallotProblem<'a>>,
    filled: &'a Filled,
    /// Of a long ballot, which of its pages it is.
    choice_page: Option<&'a ChoicePage>,
    reader: Reader,
    card: Card,
    live: Option<Live>,
}

/// How a page asks for live results.
#[derive(Serialize)]
pub struct Live {
    /// The address of the events.
    pub events: String,
    /// The address of the page, which it asks for where there are no events.
    pub page: String,
    /// What names all that the page shows beside the result.
    pub rest: String,
}

/// What is wrong with a form, for its page.
#[derive(Clone, Copy, Serialize)]
pub struct BallotProblem<'a> {
    /// The status of the page.
    #[serde(skip)]
    pub status: Status,
    /// What is wrong, and what to do about it.
    pub sentence: &'a str,
}

#[derive(Serialize)]
struct PollView<'a> {
    slug: &'a str,
    title: &'a str,
    /// HTML, made safe.
    description: String,
    address: String,
    state: State,
    eligibility: Eligibility,
    /// Who asks: its organiser's name.
    asker: Option<&'a str>,
    /// When the results are shown.
    results: Visibility,
    opens_at: Moment,
    closes_at: Option<Moment>,
}

/// A number of ballots.
#[derive(Serialize)]
pub struct Total {
    number: u64,
    text: String,
    /// The number of invitations, where there are any.
    of: Option<String>,
}

/// A link to a poll.
#[derive(Serialize)]
pub struct Link<'a> {
    title: &'a str,
    address: String,
    state: State,
    opens_at: Moment,
    closes_at: Option<Moment>,
    /// How many votes are in, in a list that says so.
    votes: Option<Total>,
}

impl<'a> Link<'a> {
    /// A link to `poll`, which is in this `state`.
    pub fn new(poll: &'a Poll, state: State) -> Self {
        Self {
            title: &poll.settings.title,
            address: address(poll),
            state,
            opens_at: Moment::of(poll, poll.settings.opens_at),
            closes_at: poll.settings.closes_at.map(|moment| Moment::of(poll, moment)),
            votes: None,
        }
    }

    /// The same with the number of votes, where everybody may see it.
    pub fn with_votes(self, poll: &Poll, ballots: u64) -> Self {
        Self { votes: Total::shown(poll, ballots, Viewer::default(), self.state), ..self }
    }
}

/// The path of a poll's page; the featured poll has the index.
pub fn address(poll: &Poll) -> String {
    if poll.featured { "/".into() } else { format!("/polls/{}", poll.slug) }
}

impl<'a> ShowPoll<'a> {
    /// The page of a poll for one kind of viewer, with its result, what was wrong with a form and what was filled in.
    pub fn new(
        snapshot: &'a Snapshot,
        (viewer, reader): (Viewer, Reader),
        result: &'a str,
        error: Option<BallotProblem<'a>>,
        filled: &'a Filled,
    ) -> Self {
        let board = &*snapshot.board;
        let poll = &board.definition.poll;
        let takes = matches!(board.state, State::Open | State::Draft);
        let voted = viewer.voted && poll.settings.eligibility != Eligibility::Open;
        // Several people may each type a code in one browser; but a used link can't vote again.
        let done = voted && (poll.settings.eligibility == Eligibility::Browser || filled.linked && error.is_none());
        let results = poll.settings.results_visibility;
        Self {
            title: &poll.settings.title,
            poll: PollView {
                slug: &poll.slug,
                title: &poll.settings.title,
                description: markdown::render(&poll.settings.description),
                address: address(poll),
                state: board.state,
                eligibility: poll.settings.eligibility,
                asker: board.definition.asker.as_deref(),
                results,
                opens_at: Moment::of(poll, poll.settings.opens_at),
                closes_at: poll.settings.closes_at.map(|moment| Moment::of(poll, moment)),
            },
            ballot: BallotView::new(&board.definition, filled),
            votable: takes && !done,
            voted,
            result,
            withheld: (!results.allows(viewer, board.state)).then(|| withheld(results)),
            others: snapshot.open_polls.but(poll.id).map(|other| Link::new(other, State::Open)).collect(),
            error,
            filled,
            choice_page: None,
            reader,
            card: Card::of_poll(board, address(poll)),
            live: None,
        }
    }

    /// The same with live results.
    #[must_use]
    pub fn live(self, live: Option<Live>) -> Self {
        Self { live, ..self }
    }

    /// The same without the names of other polls.
    #[must_use]
    pub fn without_others(self) -> Self {
        Self { others: Vec::new(), ..self }
    }

    /// The same with the choices of one page of the ballot only; the result stays.
    pub fn only(mut self, choice_page: Option<&'a ChoicePage>) -> Self {
        if let Some(page) = choice_page {
            self.ballot.choices = of_choices(self.ballot.choices, page.choices());
        }
        Self { choice_page, ..self }
    }
}

impl Total {
    /// So many.
    pub fn new(number: u64) -> Self {
        Self { number, text: grouped(number), of: None }
    }

    /// So many ballots of a poll.
    pub fn turnout(poll: &Poll, ballots: u64) -> Self {
        let invited =
            (poll.settings.eligibility == Eligibility::Invitation).then(|| grouped(poll.invited.unsigned_abs()));
        Self { of: invited, ..Self::new(ballots) }
    }

    /// The same, where `viewer` may see it while the poll is in `state`.
    pub fn shown(poll: &Poll, ballots: u64, viewer: Viewer, state: State) -> Option<Self> {
        poll.settings.shows_turnout(viewer, state).then(|| Self::turnout(poll, ballots))
    }
}

/// Why results are not shown.
pub fn withheld(results: Visibility) -> &'static str {
    match results {
        Visibility::Always => "",
        Visibility::Voted => "The results are shown to those who have voted.",
        Visibility::Closed => "The results are shown when the poll is closed.",
        Visibility::Organiser => "Only the organiser can see the results.",
    }
}

/// `empty.html`.
#[derive(Serialize)]
pub struct NoPoll {
    /// The page's title.
    pub title: &'static str,
    /// Who reads it.
    pub reader: Reader,
    /// Whether whoever runs the site is likely to read it, in development.
    pub is_development: bool,
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
    }
}
