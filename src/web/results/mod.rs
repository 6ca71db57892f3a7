//! The results of a poll: the page that tells why, and its files. Seen exactly as far as the tally is.

mod ballot_file;
mod comparison;
mod files;
mod flow;
mod page;
mod rounds;
mod tables;
mod ties;

use std::{io::Cursor, sync::Arc, time::Duration};

use rocket::{
    Request, State,
    fairing::AdHoc,
    get,
    http::{Header, Status},
    response::{self, Responder, Response, stream::ReaderStream},
    tokio::{sync::Semaphore, task::spawn_blocking, time::timeout},
};

use self::{
    files::{File, Files},
    page::ShowResults,
};
use crate::{
    db::Engine,
    models::rules::Viewer,
    scoreboard::{Board, Page, Scoreboard},
    web::{
        http::{
            error::Error,
            forms::IfNoneMatch,
            kept::{Audience, BoardPage, tagged},
            robots,
            views::Views,
        },
        session::SignedIn,
        show::pages::withheld,
        voter::{
            polls,
            receipts::{self, Voter},
        },
    },
};

/// How long a request waits for its turn: less than a reader who waits is taken for one who has left.
const PATIENCE: Duration = Duration::from_secs(10);

/// Results are drawn, and files written, one at a time: they may take long and must not take all processors.
struct Desk(Semaphore);

/// A board with who looks at it.
struct Look {
    board: Arc<Board>,
    viewer: Viewer,
    audience: Audience,
}

impl Look {
    async fn new(
        slug: &str,
        scoreboard: &Scoreboard,
        voter: &Voter<'_>,
        organiser: Result<SignedIn, Error>,
    ) -> Result<Self, Error> {
        let board = polls::find(scoreboard, slug).await?;
        let poll = &board.definition.poll;
        let runs_it = organiser.is_ok_and(|who| poll.organiser_id == Some(who.organiser.id));
        if poll.draft && !runs_it {
            return Err(polls::elsewhere(scoreboard, slug).await);
        }
        let stranger = voter.viewer(poll);
        let shown = |viewer| poll.results.to(viewer, board.state);
        // Only what others may not see is drawn for its organiser alone.
        let organiser = Viewer { organiser: true, ..stranger };
        let viewer = if runs_it && !shown(stranger) && shown(organiser) { organiser } else { stranger };
        let audience = match shown(Viewer::default()) {
            _ if poll.draft || viewer.organiser => Audience::Own,
            true if !receipts::depends_on_voter(poll) => Audience::All,
            _ => Audience::Voter,
        };
        Ok(Self { board, viewer, audience })
    }

    /// Does what may take long off the threads that answer, in turn.
    async fn aside<T: Send + 'static>(
        &self,
        desk: &Desk,
        work: impl FnOnce(&Board, Viewer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let failed = |error: String| {
            log::error!("a result could not be told: {error}");
            Error::plain(Status::InternalServerError, "This result could not be drawn.", "Tell whoever runs this site.")
        };
        let turn = timeout(PATIENCE, desk.0.acquire()).await;
        let busy = Error::Unavailable("Many results are being drawn right now.");
        let _turn = turn.map_err(|_| busy)?.map_err(|error| failed(error.to_string()))?;
        let (board, viewer) = (self.board.clone(), self.viewer);
        spawn_blocking(move || work(&board, viewer)).await.map_err(|error| failed(error.to_string()))?
    }

    async fn draw(&self, views: &Views, desk: &Desk) -> Result<Page, Error> {
        let pen = views.pen()?;
        let draw = move |board: &Board, viewer| Ok(pen.render("polls/results.html", &ShowResults::new(board, viewer))?);
        Ok(tagged(self.aside(desk, draw).await?))
    }
}

#[get("/polls/<slug>/results")]
pub async fn show(
    slug: &str,
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
    desk: &State<Desk>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<BoardPage, Error> {
    let look = Look::new(slug, scoreboard, &voter, organiser).await?;
    let page = if look.audience == Audience::Own || !views.may_keep() {
        look.draw(views, desk).await?
    } else {
        let kept = &look.board.results[usize::from(look.viewer.voted)];
        kept.get_or_try_init(|| look.draw(views, desk)).await?.clone()
    };
    Ok(BoardPage::new(page, !look.board.definition.poll.listed, &known, look.audience))
}

/// A file of the results.
struct Sent {
    content_type: &'static str,
    saved_as: String,
    audience: Audience,
    content: Content,
}

enum Content {
    Known(String),
    Whole(Page),
    Ballots(File, Arc<Board>, Engine),
}

#[get("/polls/<slug>/results/<name>")]
#[expect(clippy::too_many_arguments, reason = "each is a guard")]
pub async fn file(
    slug: &str,
    name: &str,
    scoreboard: &State<Scoreboard>,
    engine: &State<Engine>,
    desk: &State<Desk>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<Sent, Error> {
    let file = File::from_name(name).ok_or(Error::Unrouted(Status::NotFound))?;
    let look = Look::new(slug, scoreboard, &voter, organiser).await?;
    let poll = &look.board.definition.poll;
    if !poll.results.to(look.viewer, look.board.state) {
        return Err(Error::plain(
            Status::Forbidden,
            withheld(poll.results),
            "The page of the results tells it when it may.",
        ));
    }
    let files = Files::new(&look.board.definition, look.board.state, &look.board.counted);
    let content = match file {
        File::BallotsCsv | File::BallotsJson => Content::Ballots(file, look.board.clone(), engine.inner().clone()),
        _ => {
            let write = move |board: &Board, _| {
                let text = Files::new(&board.definition, board.state, &board.counted).write(file);
                text.map_err(|why| Error::plain(Status::NotFound, "This format can’t hold these ballots.", why.0))
            };
            // Whoever asks for a file while it is written waits for the same one.
            let kept = &look.board.files[file.place()];
            let page = kept.get_or_try_init(async || look.aside(desk, write).await.map(tagged)).await?.clone();
            if known.has(&page.etag) { Content::Known(page.etag) } else { Content::Whole(page) }
        }
    };
    Ok(Sent { content_type: file.content_type(), saved_as: files.saved_as(file), audience: look.audience, content })
}

impl<'r> Responder<'r, 'r> for Sent {
    fn respond_to(self, req: &'r Request<'_>) -> response::Result<'r> {
        let mut response = match self.content {
            Content::Ballots(file, board, engine) => {
                ReaderStream::from(ballot_file::parts(file, board, engine)).respond_to(req)?
            }
            Content::Whole(Page { body, etag }) => {
                Response::build().sized_body(body.len(), Cursor::new(body)).header(Header::new("ETag", etag)).finalize()
            }
            Content::Known(etag) => {
                Response::build().status(Status::NotModified).header(Header::new("ETag", etag)).finalize()
            }
        };
        response.set_header(Header::new("Content-Type", self.content_type));
        response.set_header(Header::new("Content-Disposition", format!("attachment; filename=\"{}\"", self.saved_as)));
        response.set_header(Header::new("X-Content-Type-Options", "nosniff"));
        response.set_header(robots::noindex());
        response.set_header(Header::new("Cache-Control", self.audience.cache_control()));
        if self.audience != Audience::All {
            response.set_header(Header::new("Vary", "Cookie"));
        }
        Ok(response)
    }
}

/// Shows results.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("results", |rocket| async { rocket.manage(Desk(Semaphore::new(1))) })
}
