//! Polls: the index with the featured one, a poll by its slug, the list.

use std::sync::Arc;

use rocket::{
    State, get,
    http::{ContentType, Status},
};

use super::receipts::{self, Voter};
use crate::{
    codes,
    credentials::Secret,
    db::Engine,
    marks,
    models::{
        invitation,
        poll::{Poll, Which},
        visibility::Viewer,
    },
    scoreboard::{Scoreboard, Snapshot},
    web::{
        http::{
            error::Error,
            forms::IfNoneMatch,
            reply::{Caching, Reply},
            views::{ViewError, Views},
        },
        live::fragment,
        page_cache::{Content, Key, Page, Pages},
        session::{MaybeSignedIn, Reader},
        show::{
            ballot::Filled,
            choice_page::{ChoicePage, ChoiceQuery},
            pages::{BallotProblem, Live, NoPoll, ShowPoll, address},
        },
    },
};

/// Whether the page of a poll differs with who reads it.
fn is_personal(poll: &Poll, reader: Reader) -> bool {
    receipts::depends_on_voter(poll) || reader != Reader::Anybody
}

/// Where the result belongs in a page that is cached without it. No text of a poll can have it: `<` is escaped.
const RESULT: &str = "<!--result-->";

/// The page of a poll, drawn once for all readers who may see the same. All but the result is cached until the poll is
/// edited, so that a vote costs only the drawing of the result.
async fn cached(
    snapshot: &Snapshot,
    who: (Viewer, Reader),
    pages: &Pages<'_>,
    known: &IfNoneMatch<'_>,
) -> Result<Reply, Error> {
    let (board, (viewer, reader)) = (&snapshot.board, who);
    let page = pages.cache.get(Key::ballot(board, viewer, reader), Content::with_others(snapshot), async || {
        let (key, content) = (Key::around_result(board, viewer, reader), Content::of_any_vote(snapshot));
        let around = pages.cache.get(key, content, async || {
            let (definition, filled) = (&board.definition, Filled::default());
            let choice_page = ChoicePage::with(definition, None, &address(&definition.poll));
            let view = ShowPoll::new(snapshot, who, RESULT, None, &filled).only(choice_page.as_ref());
            Ok(pages.views.render("polls/show.html", &view.live(fragment::live(snapshot, viewer, pages).await?))?)
        });
        let result = fragment::result(board, viewer, pages).await?;
        Ok(around.await?.text().replacen(RESULT, &fragment::element(&result), 1))
    });
    let caching = if is_personal(&board.definition.poll, reader) { Caching::Voter } else { Caching::Asked };
    Ok(page.await?.reply(ContentType::HTML, known).caching(caching))
}

/// The page of a poll, or the part of a long ballot that a request asks for.
async fn shown(
    snapshot: &Snapshot,
    voter: &Voter<'_>,
    reader: Reader,
    pages: &Pages<'_>,
    known: &IfNoneMatch<'_>,
    asked: &ChoiceQuery<'_>,
) -> Result<Reply, Error> {
    let definition = &snapshot.board.definition;
    let poll = &definition.poll;
    voter.identify_browser(poll);
    let who = (voter.viewer(poll), reader);
    let reply = match ChoicePage::asked(definition, asked, &address(poll)) {
        None => cached(snapshot, who, pages, known).await?,
        Some(choice_page) => {
            let live = fragment::live(snapshot, who.0, pages).await?;
            let page = draw(snapshot, who, None, &Filled::default(), Some(&choice_page), live, pages.views)?;
            let is_personal = is_personal(poll, reader);
            let caching = if is_personal { Caching::Never } else { Caching::Asked };
            Reply::html(page).status(choice_page.status()).caching(caching).hidden(is_personal)
        }
    };
    Ok(reply.hidden(!poll.settings.listed))
}

/// The page of a poll for one reader, with what was wrong with a form: nothing of it is cached.
///
/// # Errors
/// [`Error`] for a template with a mistake.
pub fn page_for_one(
    snapshot: &Snapshot,
    who: (Viewer, Reader),
    error: Option<BallotProblem<'_>>,
    filled: &Filled,
    choice_page: Option<ChoicePage>,
    views: &Views,
) -> Result<Reply, Error> {
    let status = match error {
        Some(error) => error.status,
        None => choice_page.as_ref().map_or(Status::Ok, ChoicePage::status),
    };
    let page = draw(snapshot, who, error, filled, choice_page.as_ref(), None, views)?;
    Ok(Reply::html(page).status(status).hidden(true))
}

fn draw(
    snapshot: &Snapshot,
    who: (Viewer, Reader),
    error: Option<BallotProblem<'_>>,
    filled: &Filled,
    choice_page: Option<&ChoicePage>,
    live: Option<Live>,
    views: &Views,
) -> Result<String, ViewError> {
    let result = fragment::element(&Page::new(fragment::draw(&snapshot.board, who.0, views)?));
    let view = ShowPoll::new(snapshot, who, &result, error, filled).only(choice_page);
    views.render("polls/show.html", &view.live(live))
}

#[get("/")]
pub async fn index(
    scoreboard: &State<Arc<Scoreboard>>,
    pages: Pages<'_>,
    voter: Voter<'_>,
    organiser: Result<MaybeSignedIn, Error>,
    known: IfNoneMatch<'_>,
    asked: ChoiceQuery<'_>,
    config: &rocket::Config,
) -> Result<Reply, Error> {
    let organiser = organiser?;
    match scoreboard.read(&Which::Featured).await? {
        Some(snapshot) => {
            let reader = organiser.reader_of(&snapshot.board.definition.poll);
            shown(&snapshot, &voter, reader, &pages, &known, &asked).await
        }
        None => {
            let is_development = config.profile == "development";
            let view = NoPoll { title: "No poll yet", reader: organiser.reader(), is_development };
            Ok(Reply::shared(pages.views, Status::Ok, "empty.html", &view)?.caching(view.reader.caching()))
        }
    }
}

#[get("/polls/<slug>")]
pub async fn show(
    slug: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    pages: Pages<'_>,
    voter: Voter<'_>,
    organiser: Result<MaybeSignedIn, Error>,
    known: IfNoneMatch<'_>,
    asked: ChoiceQuery<'_>,
) -> Result<Reply, Error> {
    let organiser = organiser?;
    let snapshot = find(scoreboard, slug).await?;
    let definition = &snapshot.board.definition;
    let poll = &definition.poll;
    let reader = organiser.reader_of(poll);
    if !poll.draft {
        return shown(&snapshot, &voter, reader, &pages, &known, &asked).await;
    }
    if reader != Reader::Owner {
        return Err(moved_or_missing(scoreboard, slug).await);
    }
    let viewer = Viewer { voted: false, organiser: true };
    let choice_page = asked.page(definition, &address(poll));
    page_for_one(&snapshot, (viewer, reader), None, &Filled::default(), choice_page, pages.views)
}

/// An invitation's link: the ballot with its code filled in. Opening it does not use the invitation up. Punctuation that a
/// sentence or a mail has added to the link is ignored.
#[get("/i/<token>")]
pub async fn invited(
    token: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    engine: &State<Engine>,
    secret: &State<Secret>,
    views: &State<Views>,
    asked: ChoiceQuery<'_>,
) -> Result<Reply, Error> {
    let unknown = || {
        Error::plain(
            Status::NotFound,
            "This invitation does not exist.",
            "Check that the link is complete. If it is, the invitation may have been revoked: ask whoever sent it.",
        )
    };
    let token = codes::find_token(token).ok_or_else(unknown)?;
    let hash = secret.invitation(&token).map_err(|_| unknown())?;
    let found = invitation::find(&mut engine.connection().await?, &hash).await?.ok_or_else(unknown)?;
    let snapshot = scoreboard.read(&Which::Slug(found.slug)).await?.ok_or_else(unknown)?;
    let definition = &snapshot.board.definition;
    if definition.poll.draft {
        return Err(unknown());
    }
    let viewer = Viewer { voted: found.used, organiser: false };
    let choice_page = asked.page(definition, &format!("/i/{token}"));
    let filled = Filled { code: Some(token), linked: true, ..Filled::default() };
    page_for_one(&snapshot, (viewer, Reader::Anybody), None, &filled, choice_page, views)
}

/// The same for a link with a slash and more after it.
#[get("/i/<token>/<_..>", rank = 2)]
pub async fn invited_beyond(
    token: &str,
    scoreboard: &State<Arc<Scoreboard>>,
    engine: &State<Engine>,
    secret: &State<Secret>,
    views: &State<Views>,
    asked: ChoiceQuery<'_>,
) -> Result<Reply, Error> {
    invited(token, scoreboard, engine, secret, views, asked).await
}

/// The poll with this slug.
///
/// # Errors
/// [`moved_or_missing`] where there is none.
pub async fn find(scoreboard: &Scoreboard, slug: &str) -> Result<Snapshot, Error> {
    let found = if marks::is_key(slug) { scoreboard.read(&Which::Slug(slug.into())).await? } else { None };
    match found {
        Some(snapshot) => Ok(snapshot),
        None => Err(moved_or_missing(scoreboard, slug).await),
    }
}

/// The error where nobody may see a poll at this address: a redirect to its present address, or 404.
pub async fn moved_or_missing(scoreboard: &Scoreboard, slug: &str) -> Error {
    match scoreboard.find_slug(slug).await {
        Ok(Some(slug)) => Error::Moved(slug),
        Ok(None) => Error::no_such_poll(),
        Err(error) => error.into(),
    }
}
