//! The result as pages show it first: who won or leads, why, and the picture that decides.

use serde::Serialize;

use super::{
    decision::Decision,
    moment::Moment,
    pages::{Total, withheld},
};
use crate::{
    models::{state::State, visibility::Viewer},
    scoreboard::Board,
    text::grouped,
    words::story::Story,
};

/// `polls/result.html`: the part of a poll's page that differs after each vote.
#[derive(Serialize)]
pub struct ResultPart<'a> {
    /// The tally, where this viewer may see it.
    tally: Option<TallyView<'a>>,
    /// Why the tally is not shown.
    withheld: Option<&'static str>,
    /// How many ballots are in, where this viewer may know.
    turnout: Option<Total>,
    opens_at: Moment,
    closed: bool,
    /// The address of the page with the count's steps.
    results: String,
}

impl<'a> ResultPart<'a> {
    /// The result on a board, as far as this viewer may see it.
    pub fn new(board: &'a Board, viewer: Viewer) -> Self {
        let poll = &board.definition.poll;
        let tally = poll.settings.results_visibility.allows(viewer, board.state).then(|| TallyView::new(board));
        Self {
            withheld: tally.is_none().then(|| withheld(poll.settings.results_visibility)),
            tally,
            turnout: Total::shown(poll, board.ballots, viewer, board.state),
            opens_at: Moment::of(poll, poll.settings.opens_at),
            closed: board.state == State::Closed,
            results: format!("/polls/{}/results", poll.slug),
        }
    }
}

/// The result of a poll, or how it stands.
#[derive(Serialize)]
pub struct TallyView<'a> {
    /// Who won or leads; `None` where no vote counts.
    pub who: Option<String>,
    /// What they did: `wins`, `leads`.
    pub verdict: &'static str,
    /// Who won and why.
    pub sentence: String,
    /// `None` where no vote counts.
    pub decision: Option<Decision<'a>>,
    closed: bool,
    /// Where not all ballots are counted yet: how many are, and when they were read.
    behind: Option<Behind>,
    /// The address of the page with the count's steps.
    results: String,
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
        let labels = board.definition.labels();
        let story = Story::new(outcome, &labels, closed);
        let who = story.who();
        Self {
            verdict: story.verdict(),
            sentence: story.short_sentence(),
            decision: who.is_some().then(|| Decision::new(&board.definition, outcome, &story)),
            who,
            closed,
            behind: board.is_behind().then(|| Behind {
                counted: grouped(outcome.ballots),
                of: grouped(board.ballots),
                at: Moment::to_the_second(poll, board.counted.at),
            }),
            results: format!("/polls/{}/results", poll.slug),
        }
    }

    /// Whether its picture is the tally of all ballots.
    pub fn shows_tally(&self) -> bool {
        self.decision.as_ref().is_some_and(Decision::is_tally)
    }
}
