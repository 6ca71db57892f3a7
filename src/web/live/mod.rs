//! Live results: a page of a poll that is open in a browser is sent each new state of the result, by server-sent events (HTML
//! standard, section 9.2). `fragment` draws the result, `hub` looks for new states, and `stream` is one watcher.

pub mod fragment;
mod hub;
mod stream;

use std::{sync::Arc, time::Duration};

use rocket::{
    Request, Shutdown, State,
    fairing::AdHoc,
    get,
    http::{ContentType, Status},
    request::{self, FromRequest},
    response::stream::ReaderStream,
};

use self::{hub::Hub, stream::Watcher};
use crate::{
    config::Limits,
    models::visibility::Viewer,
    scoreboard::Scoreboard,
    web::{
        http::{error::Error, reply::Reply, views::Views},
        page_cache::PageCache,
        session::SignedIn,
        voter::{polls, receipts::Voter, screen::is_owner},
    },
};

/// A comment is sent at least so often: proxies close a quiet connection after a minute, and some networks sooner.
const BEAT: Duration = Duration::from_secs(12);

/// Live results, for at most as many watchers as the configuration says.
pub fn stage(limits: &Limits) -> AdHoc {
    let watchers = if limits.watchers == 0 { limits.clients / 2 } else { limits.watchers };
    AdHoc::try_on_ignite("live results", move |rocket| async move {
        let parts = (rocket.state::<Arc<Scoreboard>>(), rocket.state::<Views>(), rocket.state::<PageCache>());
        let (Some(scoreboard), Some(views), Some(cache)) = parts else { return Err(rocket) };
        let hub = Hub::new(scoreboard.clone(), views.clone(), cache.clone(), watchers);
        Ok(rocket.manage(Arc::new(hub)))
    })
}

/// Who asks: how they see a poll, and the last event that the browser has, where it asks anew.
pub struct Asker<'r> {
    voter: Voter<'r>,
    last_event: Option<&'r str>,
    beat: Duration,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Asker<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        let idle =
            req.rocket().state::<Limits>().map_or(BEAT * 2, |limits| Duration::from_secs(limits.idle_seconds.into()));
        let last_event = req.headers().get_one("Last-Event-ID");
        Voter::from_request(req).await.map(|voter| Self { voter, last_event, beat: BEAT.min(idle / 2) })
    }
}

/// The states of a poll's result, from the one on after that which the page has. Where there is no place for another watcher,
/// 204 No Content tells the browser not to ask again; the page then asks for itself every few seconds.
#[get("/polls/<slug>/events?<have>&<organiser>")]
#[expect(clippy::too_many_arguments, reason = "each is a guard")]
pub async fn events(
    slug: &str,
    have: Option<&str>,
    organiser: Option<bool>,
    asker: Asker<'_>,
    signed_in: Result<SignedIn, Error>,
    hub: &State<Arc<Hub>>,
    scoreboard: &State<Arc<Scoreboard>>,
    shutdown: Shutdown,
) -> Result<Reply, Error> {
    let Some(place) = hub.place() else { return Ok(Reply::new(ContentType::Plain, "").status(Status::NoContent)) };
    let snapshot = polls::find(scoreboard, slug).await?;
    let poll = &snapshot.board.definition.poll;
    if poll.draft {
        return Err(Error::no_such_poll());
    }
    // Only the screen of a hall shows organisers what nobody else sees.
    let sees_all = organiser == Some(true) && is_owner(&signed_in, poll);
    let viewer = Viewer { organiser: sees_all, ..asker.voter.viewer(poll) };
    let (now, later) = hub.watch(&snapshot, viewer, shutdown).await?;
    let events = Watcher::new(&now, later, asker.beat, place).events(now, asker.last_event.or(have));
    // Nginx keeps back what it is not told to pass on at once.
    Ok(Reply::events(ReaderStream::from(events)).header("X-Accel-Buffering", "no"))
}
