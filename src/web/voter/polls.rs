//! Polls: the index with the featured one, a poll by its slug, the list.

use std::sync::Arc;

use rocket::{State, get, http::Status};

use super::receipts::{self, Voter};
use crate::{
    codes,
    credentials::Secret,
    db::Engine,
    marks,
    models::{invitation, poll::Which, visibility::Viewer},
    scoreboard::{Board, Page, Scoreboard},
    web::{
        http::{
            error::Error,
            forms::IfNoneMatch,
            reply::{Caching, Reply},
            views::Views,
        },
        session::SignedIn,
        show::{
            ballot::Filled,
            pages::{NoPoll, ShowPoll, address},
            slice::{Asked, Slice},
        },
    },
};

/// The page of a board, drawn once for all who may see the same.
fn board_page(board: &Board, voter: &Voter<'_>, views: &Views, known: &IfNoneMatch<'_>) -> Result<Reply, Error> {
    let poll = &board.definition.poll;
    voter.greet(poll);
    let viewer = voter.viewer(poll);
    let kept = &board.pages[usize::from(viewer.voted)];
    let page = match kept.get().filter(|_| views.may_keep()) {
        Some(page) => page.clone(),
        None => {
            let page = draw(board, viewer, views)?;
            kept.get_or_init(|| page.clone());
            page
        }
    };
    let caching = if receipts::depends_on_voter(poll) { Caching::Voter } else { Caching::Asked };
    Ok(Reply::html(page.body).tagged(page.etag, known).caching(caching).hidden(!poll.listed))
}

fn draw(board: &Board, viewer: Viewer, views: &Views) -> Result<Page, Error> {
    let filled = Filled::default();
    let slice = Slice::with(&board.definition, None, &address(&board.definition.poll));
    let view = ShowPoll::new(board, viewer, None, &filled).cut(slice.as_ref());
    Ok(Page::new(views.render("polls/show.html", &view)?))
}

/// The page that is kept, or what a request asks of a long ballot.
fn shown(
    board: &Board,
    voter: &Voter<'_>,
    views: &Views,
    known: &IfNoneMatch<'_>,
    asked: &Asked<'_>,
) -> Result<Reply, Error> {
    let poll = &board.definition.poll;
    let Some(slice) = Slice::asked(&board.definition, asked, &address(poll)) else {
        return board_page(board, voter, views, known);
    };
    voter.greet(poll);
    let filled = Filled::default();
    let view = ShowPoll::new(board, voter.viewer(poll), None, &filled).cut(Some(&slice));
    let draw = if receipts::depends_on_voter(poll) { Reply::draw } else { Reply::shared };
    Ok(draw(views, slice.status(), "polls/show.html", &view)?.hidden(!poll.listed))
}

/// A page for one reader.
///
/// # Errors
/// [`Error`] for a template with a mistake.
pub fn own(
    board: &Board,
    viewer: Viewer,
    filled: &Filled,
    slice: Option<Slice>,
    views: &Views,
) -> Result<Reply, Error> {
    let status = slice.as_ref().map_or(Status::Ok, Slice::status);
    let view = ShowPoll::new(board, viewer, None, filled).cut(slice.as_ref());
    Reply::draw(views, status, "polls/show.html", &view)
}

#[get("/")]
pub async fn index(
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
    voter: Voter<'_>,
    known: IfNoneMatch<'_>,
    asked: Asked<'_>,
) -> Result<Reply, Error> {
    match scoreboard.read(&Which::Featured).await? {
        Some(board) => shown(&board, &voter, views, &known, &asked),
        None => Reply::shared(views, Status::Ok, "empty.html", &NoPoll { title: "No poll yet" }),
    }
}

#[get("/polls/<slug>")]
pub async fn show(
    slug: &str,
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
    asked: Asked<'_>,
) -> Result<Reply, Error> {
    let board = find(scoreboard, slug).await?;
    let poll = &board.definition.poll;
    if !poll.draft {
        return shown(&board, &voter, views, &known, &asked);
    }
    if !organiser.is_ok_and(|who| poll.organiser_id == Some(who.organiser.id)) {
        return Err(elsewhere(scoreboard, slug).await);
    }
    let viewer = Viewer { voted: false, organiser: true };
    let slice = asked.slice(&board.definition, &address(poll));
    own(&board, viewer, &Filled::default(), slice, views)
}

/// An invitation's link: the ballot with its code filled in. Opening it spends nothing. What a sentence or a mail has put
/// behind it is no part of it.
#[get("/i/<token>")]
pub async fn invited(
    token: &str,
    scoreboard: &State<Scoreboard>,
    engine: &State<Engine>,
    secret: &State<Secret>,
    views: &State<Views>,
    asked: Asked<'_>,
) -> Result<Reply, Error> {
    let unknown = || {
        Error::plain(
            Status::NotFound,
            "This invitation is not known here.",
            "Check that the link is whole. It may have been revoked: then ask whoever sent it.",
        )
    };
    let token = codes::find_token(token).ok_or_else(unknown)?;
    let hash = secret.invitation(&token).map_err(|_| unknown())?;
    let found = invitation::find(&mut engine.connection().await?, &hash).await?.ok_or_else(unknown)?;
    let board = scoreboard.read(&Which::Slug(found.slug)).await?.ok_or_else(unknown)?;
    if board.definition.poll.draft {
        return Err(unknown());
    }
    let viewer = Viewer { voted: found.used, organiser: false };
    let slice = asked.slice(&board.definition, &format!("/i/{token}"));
    let filled = Filled { code: Some(token), linked: true, ..Filled::default() };
    own(&board, viewer, &filled, slice, views)
}

/// The same where a slash came along.
#[get("/i/<token>/<_..>", rank = 2)]
pub async fn invited_beyond(
    token: &str,
    scoreboard: &State<Scoreboard>,
    engine: &State<Engine>,
    secret: &State<Secret>,
    views: &State<Views>,
    asked: Asked<'_>,
) -> Result<Reply, Error> {
    invited(token, scoreboard, engine, secret, views, asked).await
}

/// The board of the poll with this slug.
///
/// # Errors
/// [`elsewhere`] where there is none.
pub async fn find(scoreboard: &Scoreboard, slug: &str) -> Result<Arc<Board>, Error> {
    let board = if marks::is_key(slug) { scoreboard.read(&Which::Slug(slug.into())).await? } else { None };
    match board {
        Some(board) => Ok(board),
        None => Err(elsewhere(scoreboard, slug).await),
    }
}

/// What to say where nobody may see a poll at this address: the way to the one that is meant, or 404.
pub async fn elsewhere(scoreboard: &Scoreboard, slug: &str) -> Error {
    match scoreboard.meant(slug).await {
        Ok(Some(meant)) => Error::Moved(meant),
        Ok(None) => Error::no_such_poll(),
        Err(error) => error.into(),
    }
}
