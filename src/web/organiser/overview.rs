//! What the pages about one of an organiser's polls share.

use std::sync::Arc;

use serde::Serialize;

use super::sharing::PollLinks;
use crate::{
    codes,
    count::Number,
    db::Engine,
    models::{
        burst::Burst,
        eligibility::Eligibility,
        poll::{Poll, Which},
        state::State as PollState,
        visibility::{Viewer, Visibility},
    },
    scoreboard::{Board, Scoreboard},
    voting::VoteLimit,
    web::{
        http::{error::Error, problems::Problems},
        show::{
            moment::Moment,
            pages::{Total, address},
            tally::TallyView,
        },
    },
    words::numbers::share,
};

/// How many bursts of votes a page lists.
const BURSTS: i64 = 5;

/// The board of a poll, and its largest bursts of votes.
///
/// # Errors
/// 404 where it was deleted or moved meanwhile.
pub async fn board(
    engine: &Engine,
    limit: &VoteLimit,
    scoreboard: &Scoreboard,
    poll: &Poll,
) -> Result<(Arc<Board>, Vec<Burst>), Error> {
    limit.write(engine).await;
    let bursts = Burst::largest(&mut engine.connection().await?, poll.id, BURSTS).await?;
    let snapshot = scoreboard.read(&Which::Slug(poll.slug.clone())).await?.ok_or_else(Error::no_such_poll)?;
    Ok((snapshot.board, bursts))
}

/// The facts about a poll that the organiser's pages show.
#[derive(Serialize)]
pub struct PollLine<'a> {
    slug: &'a str,
    title: &'a str,
    address: String,
    state: PollState,
    eligibility: Eligibility,
    results_visibility: Visibility,
    featured: bool,
    listed: bool,
    zone: &'a str,
    opens_at: Moment,
    closes_at: Option<Moment>,
    ballots: Total,
    invited: Total,
    method: &'static str,
    seats: i32,
}

impl<'a> PollLine<'a> {
    /// A poll that stands at `state`, with its number of ballots.
    pub fn new(poll: &'a Poll, state: PollState, ballots: u64) -> Self {
        Self {
            slug: &poll.slug,
            title: &poll.settings.title,
            address: address(poll),
            state,
            eligibility: poll.settings.eligibility,
            results_visibility: poll.settings.results_visibility,
            featured: poll.featured,
            listed: poll.settings.listed,
            zone: &poll.settings.zone,
            opens_at: Moment::of(poll, poll.settings.opens_at),
            closes_at: poll.settings.closes_at.map(|moment| Moment::of(poll, moment)),
            ballots: Total::turnout(poll, ballots),
            invited: Total::new(poll.invited.unsigned_abs()),
            method: poll.settings.method.label(),
            seats: poll.settings.seats,
        }
    }
}

/// `manage/show.html`.
#[derive(Serialize)]
pub struct ManagePoll<'a> {
    title: &'a str,
    poll: PollLine<'a>,
    links: PollLinks,
    tally: Option<TallyView<'a>>,
    problems: &'a Problems,
    /// The date that was typed for the end.
    at: &'a str,
    bursts: Vec<BurstView>,
    /// The key of this page's form for a copy.
    key: String,
}

/// Many votes from one network at once.
#[derive(Serialize)]
struct BurstView {
    minute: Moment,
    votes: Total,
    share: String,
    refused: Total,
}

impl BurstView {
    fn new(burst: &Burst, board: &Board) -> Self {
        let (votes, refused) = (burst.votes.unsigned_abs(), burst.refused.unsigned_abs());
        Self {
            minute: Moment::of(&board.definition.poll, burst.minute),
            votes: Total::new(votes),
            share: share(&Number::from(votes), &Number::from(board.ballots.max(1))),
            refused: Total::new(refused),
        }
    }
}

impl<'a> ManagePoll<'a> {
    /// The page of a poll's board, with what was typed for its end and what is wrong with that.
    ///
    /// # Errors
    /// Where the system has no random bytes.
    pub fn new(
        board: &'a Board,
        bursts: &[Burst],
        links: PollLinks,
        problems: &'a Problems,
        at: &'a str,
    ) -> Result<Self, Error> {
        let poll = &board.definition.poll;
        let viewer = Viewer { voted: false, organiser: true };
        Ok(Self {
            title: &poll.settings.title,
            links,
            tally: poll.settings.results_visibility.allows(viewer, board.state).then(|| TallyView::new(board)),
            poll: PollLine::new(poll, board.state, board.ballots),
            problems,
            at,
            bursts: bursts.iter().map(|burst| BurstView::new(burst, board)).collect(),
            key: codes::token()?,
        })
    }
}
