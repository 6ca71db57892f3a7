//! What of a poll's page differs after each vote, and what tells a page in a browser that it is old.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{
    models::{state::State, visibility::Viewer},
    scoreboard::{Board, BoardVersion, Snapshot},
    web::{
        http::{
            error::Error,
            views::{ViewError, Views},
        },
        page_cache::{Content, Key, Page, Pages},
        session::Reader,
        show::{
            ballot::Filled,
            pages::{Live, ShowPoll},
            tally::ResultPart,
        },
    },
};

/// What the result depends on that a viewer sees of a board. Votes that may not be noticed are not in it: what is drawn anew
/// after a vote takes longer than what is cached.
pub fn version(board: &Board, viewer: Viewer) -> BoardVersion {
    let settings = &board.definition.poll.settings;
    let sees_votes =
        settings.results_visibility.allows(viewer, board.state) || settings.shows_turnout(viewer, board.state);
    if sees_votes { board.version() } else { board.version().of_any_vote() }
}

/// The result as the page of its poll shows it, cached.
///
/// # Errors
/// [`Error`] for a template with a mistake.
pub async fn result(board: &Board, viewer: Viewer, pages: &Pages<'_>) -> Result<Page, Error> {
    let draw = async || Ok(draw(board, viewer, pages.views)?);
    pages.cache.get(Key::result(board, viewer), Content::of(version(board, viewer)), draw).await
}

/// The same, not cached.
///
/// # Errors
/// [`ViewError`] for a template with a mistake.
pub fn draw(board: &Board, viewer: Viewer, views: &Views) -> Result<String, ViewError> {
    views.render("polls/result.html", &ResultPart::new(board, viewer))
}

/// The element with a result. Its `data-id` names what is in it.
pub fn element(result: &Page) -> String {
    format!("<div id=\"result\" data-id=\"{}\">{}</div>", result.id(), result.text())
}

/// How the page of a poll asks for live results: while the poll may take votes, now or later.
///
/// # Errors
/// Those of [`rest`].
pub async fn live(snapshot: &Snapshot, viewer: Viewer, pages: &Pages<'_>) -> Result<Option<Live>, Error> {
    if !matches!(snapshot.board.state, State::Open | State::Upcoming) {
        return Ok(None);
    }
    let page = format!("/polls/{}", snapshot.board.definition.poll.slug);
    let rest = rest(snapshot, viewer, pages).await?;
    Ok(Some(Live { events: format!("{page}/events"), page, rest }))
}

/// What names all that the page of a poll shows a viewer beside the result and the names of other polls. It says nothing of
/// what the page does not show: a revision would change with invitations and with other polls.
///
/// # Errors
/// [`Error`] where the page can't be written as JSON.
pub async fn rest(snapshot: &Snapshot, viewer: Viewer, pages: &Pages<'_>) -> Result<String, Error> {
    let name = async || {
        let filled = Filled::default();
        let page = ShowPoll::new(snapshot, (viewer, Reader::Anybody), "", None, &filled).without_others();
        let json = serde_json::to_vec(&page).map_err(ViewError::from)?;
        Ok(HEXLOWER.encode(&Sha256::digest(json)[..8]))
    };
    let board = &snapshot.board;
    let content = Content::of(board.version().of_any_vote());
    Ok(pages.cache.get(Key::rest(board, viewer), content, name).await?.text().into_owned())
}
