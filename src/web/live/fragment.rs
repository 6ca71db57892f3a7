//! What of a poll's page differs after each vote, and what tells a page in a browser that it is old.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{
    models::{state::State, visibility::Viewer},
    scoreboard::{Board, Snapshot},
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

/// The result as the page of its poll shows it, cached.
///
/// # Errors
/// [`Error`] for a template with a mistake.
pub async fn result(board: &Board, viewer: Viewer, pages: &Pages<'_>) -> Result<Page, Error> {
    let draw = async || Ok(draw(board, viewer, pages.views)?);
    pages.cache.get(Key::result(board, viewer), Content::alone(board), draw).await
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
/// Those of [`rest_id`].
pub fn live(snapshot: &Snapshot, viewer: Viewer) -> Result<Option<Live>, ViewError> {
    if !matches!(snapshot.board.state, State::Open | State::Upcoming) {
        return Ok(None);
    }
    let events = format!("/polls/{}/events", snapshot.board.definition.poll.slug);
    Ok(Some(Live { events, rest: rest_id(snapshot, viewer)? }))
}

/// What names all that the page of a poll shows a viewer beside the result and the names of other polls. It says nothing of
/// what the page does not show: a revision would change with invitations and with other polls.
///
/// # Errors
/// [`ViewError`] where the page can't be written as JSON.
pub fn rest_id(snapshot: &Snapshot, viewer: Viewer) -> Result<String, ViewError> {
    let filled = Filled::default();
    let page = ShowPoll::new(snapshot, (viewer, Reader::Anybody), "", None, &filled).without_others();
    let json = serde_json::to_vec(&page)?;
    Ok(HEXLOWER.encode(&Sha256::digest(json)[..8]))
}
