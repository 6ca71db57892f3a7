//! Sharing a poll: its short address, QR codes of it, and a poster to print.

use rocket::{
    State, get,
    http::{ContentType, Status},
    tokio::task::spawn_blocking,
};
use serde::Serialize;

use super::own_poll::OwnPoll;
use crate::{
    codes,
    db::{Engine, OpenError},
    models::{self, eligibility::Eligibility, poll::Poll, short_address, state::State as PollState},
    web::{
        http::{error::Error, reply::Reply, site::Site, views::Views},
        show::moment::Moment,
    },
};

/// How many codes are tried until one is free.
const TRIES: usize = 5;

/// The addresses of a poll, whole, as its organiser hands them out.
#[derive(Serialize)]
pub struct PollLinks {
    /// The poll's page.
    long: String,
    /// The short address; a poll by invitation has none.
    short: Option<String>,
    /// The same without `https://`, as people type it.
    typed: Option<String>,
    /// A QR code of the shorter one: SVG.
    qr: Option<String>,
    /// The beginning of the links, where they work only on this computer or in its network.
    local: Option<String>,
}

impl PollLinks {
    /// The addresses of a poll, which gets a short one where it has none.
    pub async fn of(poll: &Poll, site: &Site, engine: &Engine) -> Self {
        Self::with(if is_public(poll) { code(poll, engine).await } else { None }, poll, site)
    }

    /// The same for whoever asks, which stores nothing: with the short address that the poll has.
    ///
    /// # Errors
    /// [`Error`] when the database does not answer.
    pub async fn known(poll: &Poll, site: &Site, engine: &Engine) -> Result<Self, Error> {
        let code = short_address::of(&mut engine.connection().await?, poll.id).await?;
        Ok(Self::with(code.filter(|_| is_public(poll)), poll, site))
    }

    fn with(code: Option<String>, poll: &Poll, site: &Site) -> Self {
        let long = site.link(&format!("/polls/{}", poll.slug));
        let short = code.map(|code| site.link(&format!("/{code}")));
        let typed = short.as_deref().map(|link| link.split_once("://").map_or(link, |(_, rest)| rest).to_owned());
        let qr = codes::qr(short.as_ref().unwrap_or(&long));
        Self { long, short, typed, qr, local: site.local().map(str::to_owned) }
    }

    fn shortest(&self) -> &str {
        self.short.as_ref().unwrap_or(&self.long)
    }
}

/// Whether anybody may vote in it who comes by a link that all share.
fn is_public(poll: &Poll) -> bool {
    !poll.draft && poll.settings.eligibility != Eligibility::Invitation
}

/// The code of a poll; `None` where it has none and none can be stored now, as on a full disk.
async fn code(poll: &Poll, engine: &Engine) -> Option<String> {
    let found = find_or_create_code(poll, engine).await;
    found.inspect_err(|error| log::warn!("poll {} gets no short address now: {error}", poll.id)).ok()
}

async fn find_or_create_code(poll: &Poll, engine: &Engine) -> Result<String, NoCode> {
    let mut db = engine.connection().await?;
    for _ in 0..TRIES {
        if let Some(code) = short_address::of(&mut db, poll.id).await? {
            return Ok(code);
        }
        short_address::insert(&mut db, poll.id, &codes::short_address()?).await?;
    }
    let found = short_address::of(&mut db, poll.id).await?;
    found.ok_or(NoCode::Taken)
}

/// Why a poll has no short address.
#[derive(Debug, thiserror::Error)]
enum NoCode {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    #[error(transparent)]
    Random(#[from] getrandom::Error),
    #[error("{TRIES} codes were taken")]
    Taken,
}

/// `manage/poster.html`.
#[derive(Serialize)]
struct Poster<'a> {
    title: String,
    slug: &'a str,
    question: &'a str,
    links: PollLinks,
    closes_at: Option<Moment>,
    closed: bool,
    by_invitation: bool,
}

/// The poll, if everybody may know of it.
fn published(own: OwnPoll) -> Result<Poll, Error> {
    match own.poll.draft {
        true => Err(Error::plain(Status::Conflict, "Only you can see this poll.", "Publish it first, then share it.")),
        false => Ok(own.poll),
    }
}

#[get("/polls/<_>/poster")]
pub async fn poster(
    own: Result<OwnPoll, Error>,
    site: Site,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let poll = published(own?)?;
    let view = Poster {
        title: format!("Poster: {}", poll.settings.title),
        slug: &poll.slug,
        question: &poll.settings.title,
        links: PollLinks::of(&poll, &site, engine).await,
        closes_at: poll.settings.closes_at.map(|moment| Moment::of(&poll, moment)),
        closed: poll.state(models::now()) == PollState::Closed,
        by_invitation: poll.settings.eligibility == Eligibility::Invitation,
    };
    Reply::draw(views, Status::Ok, "manage/poster.html", &view)
}

#[get("/polls/<_>/qr.svg")]
pub async fn qr_svg(own: Result<OwnPoll, Error>, site: Site, engine: &State<Engine>) -> Result<Reply, Error> {
    let links = PollLinks::of(&published(own?)?, &site, engine).await;
    let svg = links.qr.ok_or_else(too_long)?;
    Ok(Reply::new(ContentType::SVG, svg).hidden(true))
}

#[get("/polls/<_>/qr.png")]
pub async fn qr_png(own: Result<OwnPoll, Error>, site: Site, engine: &State<Engine>) -> Result<Reply, Error> {
    let links = PollLinks::of(&published(own?)?, &site, engine).await;
    let drawn = spawn_blocking(move || codes::qr_png(links.shortest())).await;
    let png = drawn.ok().flatten().ok_or_else(too_long)?;
    Ok(Reply::new(ContentType::PNG, png).hidden(true))
}

fn too_long() -> Error {
    Error::plain(Status::UnprocessableEntity, "This address is too long for a QR code.", "Give the poll a shorter one.")
}
