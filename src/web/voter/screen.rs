//! `/polls/<slug>/screen`: a poll on the screen of a hall, first the way to vote, then the results.

use std::sync::Arc;

use rocket::{State, get, http::Status};
use serde::Serialize;

use super::{polls, receipts::Voter};
use crate::{
    db::Engine,
    models::{poll::Poll, state::State as PollState, visibility::Viewer},
    scoreboard::Scoreboard,
    web::{
        http::{
            error::Error,
            reply::{Caching, Reply},
            site::Site,
        },
        live::fragment,
        organiser::sharing::PollLinks,
        page_cache::Pages,
        session::{Reader, SignedIn},
        show::{moment::Moment, pages::Live},
    },
};

/// `polls/screen.html`.
#[derive(Serialize)]
struct Screen<'a> {
    title: &'a str,
    slug: &'a str,
    state: PollState,
    opens_at: Moment,
    links: PollLinks,
    shows_results: bool,
    /// The result: HTML.
    result: String,
    live: Option<Live>,
    /// The screens of the polls before and after this one, for their organiser.
    previous: Option<String>,
    next: Option<String>,
    reader: Reader,
}

/// Whoever may see the poll may see its screen; its organiser sees there what only the organiser sees.
#[get("/polls/<slug>/screen?<show>")]
#[expect(clippy::too_many_arguments, reason = "each is a guard")]
pub async fn show(
    slug: &str,
    show: Option<&str>,
    scoreboard: &State<Arc<Scoreboard>>,
    engine: &State<Engine>,
    pages: Pages<'_>,
    site: Site,
    voter: Voter<'_>,
    organiser: Result<SignedIn, Error>,
) -> Result<Reply, Error> {
    let snapshot = polls::find(scoreboard, slug).await?;
    let (board, poll) = (&snapshot.board, &snapshot.board.definition.poll);
    if poll.draft {
        return Err(polls::moved_or_missing(scoreboard, slug).await);
    }
    let is_owner = is_owner(&organiser, poll);
    let viewer = Viewer { organiser: is_owner, ..voter.viewer(poll) };
    let [previous, next] =
        if is_owner { poll.neighbours(&mut engine.connection().await?).await? } else { [None, None] };
    let screen = |slug: String| format!("/polls/{slug}/screen");
    let address = screen(slug.to_owned());
    let links = match is_owner {
        true => PollLinks::of(poll, &site, engine).await,
        false => PollLinks::known(poll, &site, engine).await?,
    };
    let live = fragment::live(&snapshot, viewer, &pages).await?;
    let view = Screen {
        title: &poll.settings.title,
        slug,
        state: board.state,
        opens_at: Moment::of(poll, poll.settings.opens_at),
        links,
        shows_results: show.map_or(board.state == PollState::Closed, |show| show == "results"),
        result: fragment::element(&fragment::result(board, viewer, &pages).await?),
        live: live.map(|live| Live { page: address, events: format!("{}?organiser={is_owner}", live.events), ..live }),
        previous: previous.map(screen),
        next: next.map(screen),
        reader: if is_owner { Reader::Owner } else { Reader::Anybody },
    };
    Ok(Reply::draw(pages.views, Status::Ok, "polls/screen.html", &view)?.caching(Caching::Own))
}

/// Whether who asks runs the poll.
pub fn is_owner(organiser: &Result<SignedIn, Error>, poll: &Poll) -> bool {
    organiser.as_ref().is_ok_and(|who| poll.organiser_id == Some(who.organiser.id))
}
