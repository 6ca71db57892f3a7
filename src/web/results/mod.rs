//! The results of a poll: the page with the reasons, and the files. Whoever may see the tally may see them.

mod badge;
mod ballot_file;
mod comparison;
mod feed;
mod files;
mod flow;
mod page;
mod picture;
pub mod result_file;
mod rounds;
mod tables;
mod ties;
mod votes_over_time;

use std::{sync::Arc, time::Duration};

use chrono::NaiveDateTime;
use rocket::{
    State,
    fairing::AdHoc,
    get,
    http::{ContentType, Status},
    response::stream::ReaderStream,
    tokio::{sync::Semaphore, task::spawn_blocking, time::timeout},
};

use self::{badge::Badge, files::Files, page::ShowResults, picture::ResultPicture, result_file::File};
use crate::{
    db::Engine,
    models::{self, visibility::Viewer},
    scoreboard::{Board, Scoreboard},
    web::{
        http::{
            error::Error,
            forms::IfNoneMatch,
            reply::{Caching, Reply},
            views::ViewError,
        },
        page_cache::{Content, Key, Pages},
        session::SignedIn,
        show::pages::withheld,
        voter::{
            polls,
            receipts::{self, Voter},
            screen::is_owner,
        },
    },
};

/// How long a request waits for its turn: less than a reader who waits is taken for one who has left.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// Results are drawn, and files written, one at a time: they may take long and must not take all processors.
pub struct Turns(Semaphore);

/// A poll's results, as far as who asks may see them.
struct Visible {
    board: Arc<Board>,
    viewer: Viewer,
    caching: Caching,
}

impl Visible {
    async fn find(
        slug: &str,
        scoreboard: &Scoreboard,
        voter: &Voter<'_>,
        organiser: Result<SignedIn, Error>,
    ) -> Result<Self, Error> {
        let board = polls::find(scoreboard, slug).await?.board;
        let poll = &board.definition.poll;
        let runs_it = is_owner(&organiser, poll);
        if poll.draft && !runs_it {
            return Err(polls::moved_or_missing(scoreboard, slug).await);
        }
        let stranger = voter.viewer(poll);
        let shown = |viewer| poll.settings.results_visibility.allows(viewer, board.state);
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

    /// An error where who asks may not see the result.
    fn allowed(&self) -> Result<(), Error> {
        let visibility = self.board.definition.poll.settings.results_visibility;
        if visibility.allows(self.viewer, self.board.state) {
            return Ok(());
        }
        let next = "The results page will show them then.";
        Err(Error::plain(Status::Forbidden, withheld(visibility), next))
    }

    /// In which quarters of an hour the votes came, where that is shown.
    async fn quarters(&self, engine: &Engine) -> Result<Vec<(NaiveDateTime, u64)>, Error> {
        let poll = &self.board.definition.poll;
        if !votes_over_time::allowed(poll, self.viewer, self.board.state) {
            return Ok(Vec::new());
        }
        let mut db = engine.connection().await?;
        Ok(models::votes_over_time::read(&mut db, poll.id).await?)
    }

    /// Draws what may take long, on a blocking thread and one at a time.
    async fn draw(
        &self,
        turns: &Turns,
        draw: impl FnOnce(&Board, Viewer) -> Result<String, Error> + Send + 'static,
    ) -> Result<String, Error> {
        let failed = |error: String| {
            log::error!("a result could not be drawn: {error}");
            Error::plain(Status::InternalServerError, "This result could not be drawn.", "Tell whoever runs this site.")
        };
        let turn = timeout(TURN_TIMEOUT, turns.0.acquire()).await;
        let busy = Error::Unavailable("Many results are being drawn right now.");
        let _turn = turn.map_err(|_| busy)?.map_err(|error| failed(error.to_string()))?;
        let (board, viewer) = (self.board.clone(), self.viewer);
        spawn_blocking(move || draw(&board, viewer)).await.map_err(|error| failed(error.to_string()))?
    }
}

#[get("/polls/<slug>/results")]
#[expect(clippy::too_many_arguments, reason = "each is a guard")]
pub async fn show(
    slug: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    pages: Pages<'_>,
    engine: &State<Engine>,
    turns: &State<Turns>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let results = Visible::find(slug, scoreboard, &voter, organiser).await?;
    let (key, content) = (Key::results(&results.board, results.viewer), Content::alone(&results.board));
    let page = pages.cache.get(key, content, async || {
        let templates = pages.views.templates()?;
        let quarters = results.quarters(engine).await?;
        let draw = move |board: &Board, viewer| {
            Ok(templates.render("polls/results.html", &ShowResults::new(board, viewer, &quarters))?)
        };
        results.draw(turns, draw).await
    });
    let page = page.await?;
    let is_hidden = !results.board.definition.poll.settings.listed;
    Ok(page.reply(ContentType::HTML, &known).caching(results.caching).hidden(is_hidden))
}

#[get("/polls/<slug>/results/picture.svg")]
pub async fn show_picture(
    slug: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    pages: Pages<'_>,
    turns: &State<Turns>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let results = Visible::find(slug, scoreboard, &voter, organiser).await?;
    results.allowed()?;
    let (key, content) = (Key::picture(&results.board), Content::alone(&results.board));
    let page = pages.cache.get(key, content, async || {
        let templates = pages.views.templates()?;
        let draw = move |board: &Board, _| Ok(templates.render("results/picture.svg", &ResultPicture::new(board))?);
        results.draw(turns, draw).await
    });
    let reply = page.await?.reply(ContentType::SVG, &known).caching(results.caching).hidden(true);
    Ok(reply.header("Content-Disposition", format!("attachment; filename=\"{slug}.svg\"")))
}

/// For programs, on any site where everybody may see the results.
#[get("/polls/<slug>/results.json")]
pub async fn show_feed(
    slug: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    pages: Pages<'_>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let results = Visible::find(slug, scoreboard, &voter, organiser).await?;
    results.allowed()?;
    let board = &results.board;
    let write = async || feed::write(board).map_err(|error| ViewError::from(error).into());
    let page = pages.cache.get(Key::feed(board), Content::alone(board), write).await?;
    let reply = page.reply(ContentType::JSON, &known).caching(results.caching).hidden(true);
    let poll = &board.definition.poll;
    let is_public = !poll.draft && poll.settings.results_visibility.allows(Viewer::default(), board.state);
    Ok(if is_public { reply.for_other_sites() } else { reply })
}

/// What everybody may see, for any site.
#[get("/polls/<slug>/badge.svg")]
pub async fn show_badge(
    slug: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    pages: Pages<'_>,
    known: IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let board = polls::find(scoreboard, slug).await?.board;
    if board.definition.poll.draft {
        return Err(polls::moved_or_missing(scoreboard, slug).await);
    }
    let draw = async || Ok(pages.views.render("results/badge.svg", &Badge::new(&board))?);
    let page = pages.cache.get(Key::badge(&board), Content::alone(&board), draw).await?;
    Ok(page.reply(ContentType::SVG, &known).caching(Caching::Asked).hidden(true).for_other_sites())
}

#[get("/polls/<slug>/results/<name>", rank = 1)]
#[expect(clippy::too_many_arguments, reason = "each is a guard")]
pub async fn file(
    slug: &str,
    name: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    pages: Pages<'_>,
    engine: &State<Engine>,
    turns: &State<Turns>,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
    known: IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let file = File::from_name(name).ok_or(Error::Unrouted(Status::NotFound))?;
    let results = Visible::find(slug, scoreboard, &voter, organiser).await?;
    let board = &results.board;
    results.allowed()?;
    let files = Files::new(&board.definition, board.state, &board.counted);
    let kind = ContentType::parse_flexible(file.content_type()).unwrap_or(ContentType::Binary);
    let reply = match file {
        File::BallotsCsv | File::BallotsJson => {
            let parts = ballot_file::parts(file, board.clone(), engine.inner().clone());
            Reply::stream(kind, ReaderStream::from(parts))
        }
        _ => {
            let write = move |board: &Board, _| {
                let text = Files::new(&board.definition, board.state, &board.counted).write(file);
                text.map_err(|why| Error::plain(Status::NotFound, "This format can’t hold these ballots.", why.0))
            };
            let (key, content) = (Key::file(board, file), Content::alone(board));
            let page = pages.cache.get(key, content, async || results.draw(turns, write).await).await?;
            page.reply(kind, &known)
        }
    };
    Ok(reply
        .header("Content-Disposition", format!("attachment; filename=\"{}\"", files.saved_as(file)))
        .caching(results.caching)
        .hidden(true))
}

/// Shows results.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("results", |rocket| async { rocket.manage(Turns(Semaphore::new(1))) })
}
