//! The results of a poll: the page that tells why, and its files. Seen exactly as far as the tally is.

mod ballot_file;
mod comparison;
mod files;
mod flow;
mod page;
mod result_file;
mod rounds;
mod tables;
mod ties;

use std::{sync::Arc, time::Duration};

use rocket::{
    State,
    fairing::AdHoc,
    get,
    http::{ContentType, Status},
    response::stream::ReaderStream,
    tokio::{sync::Semaphore, task::spawn_blocking, time::timeout},
};

use self::{files::Files, page::ShowResults, result_file::File};
use crate::{
    db::Engine,
    models::visibility::Viewer,
    scoreboard::{Board, Page, Scoreboard},
    web::{
        http::{
            error::Error,
            forms::IfNoneMatch,
            reply::{Caching, Reply},
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
pub struct Turns(Semaphore);

/// A board with who looks at it.
struct Look {
    board: Arc<Board>,
    viewer: Viewer,
    caching: Caching,
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
        let shown = |viewer| poll.results_visibility.allows(viewer, board.state);
        // Only what others may not see is drawn for its organiser alone.
        let organiser = Viewer { organiser: true, ..stranger };
        let viewer = if runs_it && !shown(stranger) && shown(organiser) { organiser } else { stranger };
        let caching = match shown(Viewer::default()) {
            _ if poll.draft || viewer.organiser => Caching::Own,
            true if !receipts::depends_on_voter(poll) => Caching::Asked,
            _ => Caching::Voter,
        };
        Ok(Self { board, viewer, caching })
    }

    /// Does what may take long off the threads that answer, in turn.
    async fn aside<T: Send + 'static>(
        &self,
        turns: &Turns,
        work: impl FnOnce(&Board, Viewer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let failed = |error: String| {
            log::error!("a result could not be told: {error}");
            Error::plain(Status::InternalServerError, "This result could not be drawn.", "Tell whoever runs this site.")
        };
        let turn = timeout(PATIENCE, turns.0.acquire()).await;
        let busy = Error::Unavailable("Many results are being drawn right now.");
        let _turn = turn.map_err(|_| busy)?.map_err(|error| failed(error.to_string()))?;
        let (board, viewer) = (self.board.clone(), self.viewer);
        spawn_blocking(move || work(&board, viewer)).await.map_err(|error| failed(error.to_string()))?
    }

    async fn draw(&self, views: &Views, turns: &Turns) -> Result<Page, Error> {
        let pen = views.pen()?;
        let draw = move |board: &Board, viewer| Ok(pen.render("polls/results.html", &ShowResults::new(board, viewer))?);
        Ok(Page::new(self.aside(turns, draw).await?))
    }
}

#[get("/polls/<slug>/results")]
pub async fn show(
    slug: &str,
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
    turns: &State<Turns>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let look = Look::new(slug, scoreboard, &voter, organiser).await?;
    let page = if look.caching == Caching::Own || !views.may_keep() {
        look.draw(views, turns).await?
    } else {
        let kept = &look.board.results[usize::from(look.viewer.voted)];
        kept.get_or_try_init(|| look.draw(views, turns)).await?.clone()
    };
    let is_hidden = !look.board.definition.poll.listed;
    Ok(Reply::html(page.body).tagged(page.etag, &known).caching(look.caching).hidden(is_hidden))
}

#[get("/polls/<slug>/results/<name>")]
#[expect(clippy::too_many_arguments, reason = "each is a guard")]
pub async fn file(
    slug: &str,
    name: &str,
    scoreboard: &State<Scoreboard>,
    engine: &State<Engine>,
    turns: &State<Turns>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let file = File::from_name(name).ok_or(Error::Unrouted(Status::NotFound))?;
    let look = Look::new(slug, scoreboard, &voter, organiser).await?;
    let poll = &look.board.definition.poll;
    if !poll.results_visibility.allows(look.viewer, look.board.state) {
        return Err(Error::plain(
            Status::Forbidden,
            withheld(poll.results_visibility),
            "The page of the results tells it when it may.",
        ));
    }
    let files = Files::new(&look.board.definition, look.board.state, &look.board.counted);
    let kind = ContentType::parse_flexible(file.content_type()).unwrap_or(ContentType::Binary);
    let reply = match file {
        File::BallotsCsv | File::BallotsJson => {
            let parts = ballot_file::parts(file, look.board.clone(), engine.inner().clone());
            Reply::stream(kind, ReaderStream::from(parts))
        }
        _ => {
            let write = move |board: &Board, _| {
                let text = Files::new(&board.definition, board.state, &board.counted).write(file);
                text.map_err(|why| Error::plain(Status::NotFound, "This format can’t hold these ballots.", why.0))
            };
            // Whoever asks for a file while it is written waits for the same one.
            let kept = &look.board.files[file.place()];
            let page = kept.get_or_try_init(async || look.aside(turns, write).await.map(Page::new)).await?.clone();
            Reply::new(kind, page.body).tagged(page.etag, &known)
        }
    };
    Ok(reply
        .header("Content-Disposition", format!("attachment; filename=\"{}\"", files.saved_as(file)))
        .header("X-Content-Type-Options", "nosniff")
        .caching(look.caching)
        .hidden(true))
}

/// Shows results.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("results", |rocket| async { rocket.manage(Turns(Semaphore::new(1))) })
}
