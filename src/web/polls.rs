//! Polls: the index with the featured one, a poll by its slug.

use std::{io::Cursor, sync::Arc};

use rocket::{
    Request, State,
    fairing::AdHoc,
    get,
    http::{ContentType, Header, Status},
    response::{self, Responder, Response},
    routes,
};
use sha2::{Digest as _, Sha256};

use super::{
    answers::Page as Drawn,
    error::Error,
    forms::IfNoneMatch,
    pages::{Filled, NoPoll, ShowPoll},
    slices::{Asked, Slice},
    views::{ViewError, Views},
};
use crate::{
    marks,
    models::poll::Which,
    scoreboard::{Board, Page, Scoreboard},
};

/// A page that is drawn for each request.
#[derive(Responder)]
#[response(content_type = "html")]
struct Html {
    body: String,
    cache: Header<'static>,
}

impl Html {
    fn new(body: String) -> Self {
        Self { body, cache: Header::new("Cache-Control", "no-cache") }
    }
}

/// A poll's page: the one that is kept for everybody, or a later slice of a long ballot.
#[derive(Responder)]
enum Shown {
    Board(BoardPage),
    Slice(Drawn),
}

impl Shown {
    fn new(board: &Board, views: &Views, known: &IfNoneMatch<'_>, asked: &Asked<'_>) -> Result<Self, Error> {
        let Some(slice) = Slice::asked(&board.definition, asked) else {
            return BoardPage::new(board, views, known).map(Self::Board);
        };
        let view = ShowPoll::new(board, None, Filled::default()).cut(Some(&slice));
        Drawn::shared(views, slice.status(), "polls/show.html", &view).map(Self::Slice)
    }
}

/// The page of a board: the same text for everybody, with a tag by which browsers know it again.
struct BoardPage {
    page: Page,
    known: bool,
}

impl BoardPage {
    fn new(board: &Board, views: &Views, known: &IfNoneMatch<'_>) -> Result<Self, Error> {
        let page = match board.page.get().filter(|_| views.may_keep()) {
            Some(page) => page.clone(),
            None => {
                let page = draw(board, views)?;
                board.page.get_or_init(|| page.clone());
                page
            }
        };
        let known = known.has(&page.etag);
        Ok(Self { page, known })
    }
}

impl<'r> Responder<'r, 'static> for BoardPage {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response
            .header(ContentType::HTML)
            .header(Header::new("Cache-Control", "no-cache"))
            .header(Header::new("ETag", self.page.etag));
        if self.known {
            return response.status(Status::NotModified).ok();
        }
        let body = self.page.body;
        // One chunk: a page in several is a quarter slower to send.
        response.max_chunk_size(body.len() + 1).sized_body(body.len(), Cursor::new(body)).ok()
    }
}

fn draw(board: &Board, views: &Views) -> Result<Page, Error> {
    let slice = Slice::with(&board.definition, None);
    let body = views.render("polls/show.html", &ShowPoll::new(board, None, Filled::default()).cut(slice.as_ref()))?;
    let digest = Sha256::digest(&body);
    let tag: String = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Page { body: body.into(), etag: format!("\"{tag}\"") })
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        log::error!("{error}");
        Self::plain(Status::InternalServerError, "This page could not be drawn.", "Tell whoever runs this site.")
    }
}

#[derive(Responder)]
enum Index {
    Poll(Shown),
    Empty(Html),
}

#[get("/")]
async fn index(
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
    known: IfNoneMatch<'_>,
    asked: Asked<'_>,
) -> Result<Index, Error> {
    match scoreboard.read(&Which::Featured).await? {
        Some(board) => Shown::new(&board, views, &known, &asked).map(Index::Poll),
        None => Ok(Index::Empty(Html::new(views.render("empty.html", &NoPoll { title: "No poll yet" })?))),
    }
}

#[get("/polls/<slug>")]
async fn show(
    slug: &str,
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
    known: IfNoneMatch<'_>,
    asked: Asked<'_>,
) -> Result<Shown, Error> {
    if !marks::is_key(slug) {
        return Err(Error::no_such_poll());
    }
    let board: Option<Arc<Board>> = scoreboard.read(&Which::Slug(slug.into())).await?;
    Shown::new(&*board.ok_or_else(Error::no_such_poll)?, views, &known, &asked)
}

/// Shows polls.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("polls", |rocket| async { rocket.mount("/", routes![index, show]) })
}
