//! `polls/results.html`: who is elected, why, and how anybody counts again.

use chrono::NaiveDateTime;
use serde::Serialize;

use super::{
    comparison::ComparisonView,
    files::{FileView, Files},
    flow::FlowPicture,
    rounds::{RoundsTable, Step, steps},
    tables::{DistributionView, MatrixView, matrices, too_many_to_pair},
    ties::{self, LotsView, TieView},
    votes_over_time::VotesOverTime,
};
use crate::{
    models::{state::State, visibility::Viewer},
    scoreboard::Board,
    text::grouped,
    web::show::{
        card::Card,
        decision::ROWS,
        moment::Moment,
        pages::{Total, address, withheld},
        tally::TallyView,
    },
    words::{
        methods,
        numbers::named_up_to,
        story::Story,
        terms::{self, Term},
    },
};

/// How many choices that share a place are named.
const SHARED: usize = 12;

/// The most choices and rounds of a count that is explained at once, without a click.
const SHORT: (usize, usize) = (8, 5);

/// The page.
#[derive(Serialize)]
pub struct ShowResults<'a> {
    title: String,
    poll_title: &'a str,
    address: String,
    state: State,
    opens_at: Moment,
    closes_at: Option<Moment>,
    method: &'static str,
    /// How it counts, in a sentence.
    rule: &'static str,
    seats: i32,
    turnout: Option<Total>,
    /// The result, where this viewer may see it.
    result: Option<ResultView<'a>>,
    /// Why there is none.
    withheld: Option<&'static str>,
    lots: Option<LotsView<'a>>,
    over_time: Option<VotesOverTime>,
    card: Card,
}

#[derive(Serialize)]
struct ResultView<'a> {
    tally: TallyView<'a>,
    ballots: String,
    /// Whether any vote counts, so that there is a count to explain.
    counted: bool,
    /// Whether the explanation is short enough to be shown at once.
    short: bool,
    blank: Option<String>,
    exhausted: Option<String>,
    picture: Option<FlowPicture<'a>>,
    rounds: Option<RoundsTable<'a>>,
    steps: Vec<Step<'a>>,
    /// What the terms mean that the steps use.
    terms: Vec<Term>,
    distribution: Option<DistributionView<'a>>,
    matrices: Vec<MatrixView<'a>>,
    /// How many choices keep the tables of pairs away.
    unpaired: Option<usize>,
    ties: Vec<TieView<'a>>,
    more_ties: usize,
    /// Ties that were settled by lot though every order of the lots elects the same.
    ties_without_effect: Vec<TieView<'a>>,
    used_lot: bool,
    /// All choices in order, where the tally does not show it.
    ranking: Vec<Place>,
    comparison: Option<ComparisonView>,
    files: Vec<FileView>,
    /// Who counts one of them again, on the command line.
    command: String,
    /// The name under which a browser saves the picture as PNG.
    png: String,
}

/// A place in the ranking.
#[derive(Serialize)]
struct Place {
    number: usize,
    names: String,
}

impl<'a> ShowResults<'a> {
    /// The results on a board for one kind of viewer, with the quarters of an hour in which the votes came, where they are
    /// shown.
    pub fn new(board: &'a Board, viewer: Viewer, quarters: &[(NaiveDateTime, u64)]) -> Self {
        let poll = &board.definition.poll;
        let shown = poll.settings.results_visibility.allows(viewer, board.state);
        let seats = poll.settings.seats.unsigned_abs() as usize;
        Self {
            title: format!("Results: {}", poll.settings.title),
            poll_title: &poll.settings.title,
            address: address(poll),
            state: board.state,
            opens_at: Moment::of(poll, poll.settings.opens_at),
            closes_at: poll.settings.closes_at.map(|moment| Moment::of(poll, moment)),
            method: methods::label(poll.settings.method, seats),
            rule: methods::rule(poll.settings.method, seats),
            seats: poll.settings.seats,
            turnout: Total::shown(poll, board.ballots, viewer, board.state),
            result: shown.then(|| ResultView::new(board)),
            withheld: (!shown).then(|| withheld(poll.settings.results_visibility)),
            lots: LotsView::new(&board.definition, board.state),
            over_time: VotesOverTime::new(poll, quarters),
            card: Card::of_results(board),
        }
    }
}

impl<'a> ResultView<'a> {
    fn new(board: &'a Board) -> Self {
        let (definition, outcome) = (&*board.definition, &board.counted.outcome);
        let files = Files::new(definition, board.state, &board.counted);
        let (ties, more_ties) = ties::views(definition, &outcome.ties);
        let (ties_without_effect, more_without_effect) = ties::views(definition, &outcome.ties_without_effect);
        let exhausted = outcome.rounds.last().and_then(|round| round.exhausted.as_ref());
        let (tally, labels) = (TallyView::new(board), definition.labels());
        let story = Story::new(outcome, &labels, board.state == State::Closed);
        Self {
            ballots: grouped(outcome.ballots),
            counted: !outcome.elected.is_empty(),
            short: outcome.tally.len() <= SHORT.0 && outcome.rounds.len() <= SHORT.1,
            blank: (outcome.blank > 0).then(|| grouped(outcome.blank)),
            exhausted: exhausted
                .filter(|votes| outcome.method.has_rounds() && !votes.is_zero())
                .map(|votes| votes.short()),
            picture: FlowPicture::new(definition, outcome),
            rounds: RoundsTable::new(definition, outcome, &story),
            steps: steps(definition, outcome, &story, tally.shows_tally()),
            terms: terms::of(outcome),
            tally,
            distribution: DistributionView::new(definition, outcome),
            matrices: matrices(definition, outcome),
            unpaired: too_many_to_pair(outcome),
            ties,
            more_ties: more_ties + more_without_effect,
            ties_without_effect,
            used_lot: outcome.used_lot(),
            ranking: if outcome.matrices.is_empty() && !outcome.method.has_rounds() {
                Vec::new()
            } else {
                places(board)
            },
            comparison: ComparisonView::new(board),
            command: files.command(),
            png: format!("{}.png", definition.poll.slug),
            files: files.views(),
        }
    }
}

/// The ranking; choices that share a place are together.
fn places(board: &Board) -> Vec<Place> {
    let (labels, mut next) = (board.definition.labels(), 1);
    let place = |group: &Vec<usize>| {
        let number = next;
        next += group.len();
        Place { number, names: named_up_to(&labels, group, SHARED) }
    };
    board.counted.outcome.ranking.iter().take(ROWS).map(place).collect()
}
