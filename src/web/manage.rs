//! An organiser's polls: made, tried, published, mended, copied, deleted.

use rocket::{
    State, delete,
    fairing::AdHoc,
    get,
    http::Status,
    post, put, routes,
    tokio::{spawn, time},
};
use serde::Serialize;

use super::{
    answers::{Answer, Page},
    desk::{self, Site},
    error::Error,
    forms::{Fields, FormError, ORGANISER_KIB},
    guards::SignedIn,
    pages::{Moment, TallyView, Total, address},
    poll_form::PollForm,
    problems::Problems,
    views::Views,
};
use crate::{
    db::{Connection, Engine},
    marks,
    models::{
        change::ChangeError,
        constraint::broken_rule,
        poll::{Definition, Poll, State as PollState, Which},
        removal,
        rules::{Credential, Shown, Viewer},
        tally,
    },
    moments,
    scoreboard::{Board, Scoreboard},
};

type Form = Result<Fields<ORGANISER_KIB>, FormError>;

/// `manage/edit.html`, for a new poll too.
#[derive(Serialize)]
struct EditPoll<'a> {
    title: &'a str,
    poll: Option<PollLine<'a>>,
    form: &'a PollForm,
    problems: &'a Problems,
    zones: Vec<&'static str>,
    /// Whether ballots are in, so that only what does not change their meaning can be mended.
    fixed: bool,
    /// Whether it must be confirmed that choices are added to ballots that are in.
    confirm: bool,
}

/// What the organiser's pages tell of a poll.
#[derive(Serialize)]
pub struct PollLine<'a> {
    slug: &'a str,
    title: &'a str,
    address: String,
    state: PollState,
    credential: Credential,
    results: Shown,
    featured: bool,
    listed: bool,
    zone: &'a str,
    opens_at: Moment,
    closes_at: Option<Moment>,
    ballots: Total,
    invited: Total,
}

impl<'a> PollLine<'a> {
    /// A poll that stands at `state`, with its number of ballots.
    pub fn new(poll: &'a Poll, state: PollState, ballots: u64) -> Self {
        Self {
            slug: &poll.slug,
            title: &poll.title,
            address: address(poll),
            state,
            credential: poll.credential,
            results: poll.results,
            featured: poll.featured,
            listed: poll.listed,
            zone: &poll.zone,
            opens_at: Moment::of(poll, poll.opens_at),
            closes_at: poll.closes_at.map(|moment| Moment::of(poll, moment)),
            ballots: Total::turnout(poll, ballots),
            invited: Total::new(poll.invited.unsigned_abs()),
        }
    }
}

/// `manage/show.html`.
#[derive(Serialize)]
pub struct ManagePoll<'a> {
    title: &'a str,
    poll: PollLine<'a>,
    link: String,
    tally: Option<TallyView<'a>>,
    problems: &'a Problems,
    /// The date that was typed for the end.
    at: &'a str,
}

impl<'a> ManagePoll<'a> {
    /// The desk of a poll's board, with what was typed for its end and what is wrong with that.
    pub fn new(board: &'a Board, site: &Site, problems: &'a Problems, at: &'a str) -> Self {
        let poll = &board.definition.poll;
        let viewer = Viewer { voted: false, organiser: true };
        Self {
            title: &poll.title,
            link: site.link(&format!("/polls/{}", poll.slug)),
            tally: poll.results.to(viewer, board.state).then(|| TallyView::new(board)),
            poll: PollLine::new(poll, board.state, board.outcome.ballots),
            problems,
            at,
        }
    }
}

#[get("/polls/new")]
async fn blank(who: Result<SignedIn, Error>, engine: &State<Engine>, views: &State<Views>) -> Result<Page, Error> {
    let zone = Poll::zone_of(&mut engine.connection().await?, who?.organiser.id).await?;
    let form = PollForm::new(zone.as_deref().unwrap_or("UTC"));
    edit_page(views, Status::Ok, None, &form, &Problems::default(), false)
}

#[post("/polls", data = "<fields>")]
async fn create(
    who: Result<SignedIn, Error>,
    fields: Form,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (who, fields) = (who?, fields?);
    let form = PollForm::read(&fields);
    let mut problems = Problems::default();
    let again = |problems: &Problems| {
        edit_page(views, Status::UnprocessableEntity, None, &form, problems, false).map(Answer::Page)
    };
    let Some(mut new) = form.parse(None, &mut problems) else { return again(&problems) };
    new.organiser_id = Some(who.organiser.id);
    new.draft = fields.text("then") != "publish";
    if !new.draft {
        // As a draft's when it is published: nobody could vote before there was a poll.
        new.opens_at = new.opens_at.max(crate::models::now());
    }
    if !new.listed && fields.text("slug").trim().is_empty() {
        // What no list names must not be guessed from its question.
        new.slug = unguessable(&new.slug);
    }
    let mut db = engine.connection().await?;
    let chosen = !fields.text("slug").trim().is_empty();
    let made = if chosen { Poll::create(&mut db, &new).await } else { Poll::create_somewhere(&mut db, new).await };
    match made {
        Ok(poll) if poll.draft => Ok(Answer::go(format!("/polls/{}/manage#saved", poll.slug))),
        Ok(poll) => Ok(Answer::go(format!("/polls/{}/manage#published", poll.slug))),
        Err(error) => {
            refuse(&mut problems, &error)?;
            again(&problems)
        }
    }
}

#[get("/polls/<slug>/manage")]
async fn show(
    slug: &str,
    who: Result<SignedIn, Error>,
    site: Site,
    engine: &State<Engine>,
    scoreboard: &State<Scoreboard>,
    views: &State<Views>,
) -> Result<Page, Error> {
    desk::poll(&mut engine.connection().await?, slug, &who?).await?;
    let board = scoreboard.read(&Which::Slug(slug.into())).await?.ok_or_else(Error::no_such_poll)?;
    let problems = Problems::default();
    Page::draw(views, Status::Ok, "manage/show.html", &ManagePoll::new(&board, &site, &problems, ""))
}

#[get("/polls/<slug>/edit")]
async fn edit(
    slug: &str,
    who: Result<SignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Page, Error> {
    let mut db = engine.connection().await?;
    let definition = desk::definition(&mut db, slug, &who?).await?;
    let ballots = tally::turnout(&mut db, definition.poll.id).await?;
    let form = PollForm::of(&definition);
    edit_page(views, Status::Ok, Some((&definition, ballots)), &form, &Problems::default(), false)
}

#[put("/polls/<slug>", data = "<fields>")]
async fn mend(
    slug: &str,
    who: Result<SignedIn, Error>,
    fields: Form,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (who, fields) = (who?, fields?);
    let mut db = engine.connection().await?;
    let definition = desk::definition(&mut db, slug, &who).await?;
    let ballots = tally::turnout(&mut db, definition.poll.id).await?;
    let mut form = PollForm::read(&fields);
    if !definition.poll.draft && ballots > 0 {
        form.keep(&definition.poll);
    }
    let mut problems = Problems::default();
    let (mut status, mut confirm) = (Status::UnprocessableEntity, false);
    if let Some(mut new) = form.parse(Some(&definition), &mut problems) {
        if fields.text("slug").trim().is_empty() {
            new.slug = slug.to_owned();
        }
        // The meaning is kept against what was read here, so that has to be what the form was drawn from.
        let mended = if form.revision == definition.poll.revision {
            definition.mend(&mut db, &new, form.confirmed).await
        } else {
            Err(ChangeError::Meanwhile)
        };
        match mended {
            Ok(()) => return Ok(Answer::go(format!("/polls/{}/manage#saved", new.slug))),
            Err(ChangeError::Meaning(why)) => problems.add("", why),
            Err(ChangeError::Unconfirmed) => {
                confirm = true;
                problems.add("confirmed", "Ballots are in, and those voters could not pick the new choices. Confirm that you want to add them.");
            }
            Err(ChangeError::Meanwhile) => {
                status = Status::Conflict;
                // Sent again, it is the organiser's word against what they have now been told.
                form.catch_up(&definition);
                problems.add("", "The poll was changed since you opened this page. Look through it, then save again.");
            }
            Err(ChangeError::Query(error)) => refuse(&mut problems, &error)?,
        }
    }
    edit_page(views, status, Some((&definition, ballots)), &form, &problems, confirm).map(Answer::Page)
}

#[post("/polls/<slug>/publication")]
async fn publish(slug: &str, who: Result<SignedIn, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let mut db = engine.connection().await?;
    let poll = desk::poll(&mut db, slug, &who?).await?;
    match poll.publish(&mut db).await {
        Ok(()) => Ok(Answer::go(format!("/polls/{slug}/manage#published"))),
        // Its end is past by now: there is the field to mend.
        Err(error) if broken_rule(&error).is_some() => Ok(Answer::go(format!("/polls/{slug}/edit#past"))),
        Err(error) => Err(error.into()),
    }
}

#[post("/polls/<slug>/feature")]
async fn feature(slug: &str, who: Result<SignedIn, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let mut db = engine.connection().await?;
    let poll = desk::poll(&mut db, slug, &who?).await?;
    if poll.draft {
        return Err(Error::plain(
            Status::Conflict,
            "A draft can’t be on the first page.",
            "Publish it first: only you see it now.",
        ));
    }
    poll.feature(&mut db).await?;
    Ok(Answer::go(format!("/polls/{slug}/manage#featured")))
}

#[post("/polls/<slug>/copies")]
async fn copy(slug: &str, who: Result<SignedIn, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let mut db = engine.connection().await?;
    let poll = desk::poll(&mut db, slug, &who?).await?;
    // Whoever has the link of an unlisted poll must not guess that of its copy.
    let beside = if poll.listed { poll.slug.clone() } else { unguessable(&marks::key_from_label(&poll.title)) };
    let copy = poll.copy(&mut db, beside).await?;
    Ok(Answer::go(format!("/polls/{}/edit#copied", copy.slug)))
}

/// `manage/deletion.html`.
#[derive(Serialize)]
struct DeletePoll<'a> {
    title: &'a str,
    poll: PollLine<'a>,
}

#[get("/polls/<slug>/deletion")]
async fn deletion(
    slug: &str,
    who: Result<SignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Page, Error> {
    let mut db = engine.connection().await?;
    let poll = desk::poll(&mut db, slug, &who?).await?;
    let ballots = tally::turnout(&mut db, poll.id).await?;
    let view =
        DeletePoll { title: "Delete a poll", poll: PollLine::new(&poll, poll.state(crate::models::now()), ballots) };
    Page::draw(views, Status::Ok, "manage/deletion.html", &view)
}

#[delete("/polls/<slug>")]
async fn remove(slug: &str, who: Result<SignedIn, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let mut db = engine.connection().await?;
    desk::poll(&mut db, slug, &who?).await?.remove(&mut db).await?;
    spawn(clear(engine.inner().clone()));
    Ok(Answer::go("/organiser#deleted"))
}

/// Deletes the rows of removed polls bit by bit, beside those who vote in others.
pub async fn clear(engine: Engine) {
    let mut failures = 0;
    loop {
        let step = async {
            let mut db: Connection = engine.connection().await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(removal::remove_some(&mut db).await?)
        };
        match step.await {
            Ok(true) => time::sleep(time::Duration::from_millis(5)).await,
            Ok(false) => return,
            // Another process may be at the same rows: PostgreSQL lets one of the two try again.
            Err(error) if failures < 10 => {
                failures += 1;
                log::warn!("removing polls goes on in a moment: {error}");
                time::sleep(time::Duration::from_secs(2)).await;
            }
            Err(error) => return log::error!("a removed poll's rows are left until the next start: {error}"),
        }
    }
}

fn edit_page(
    views: &Views,
    status: Status,
    before: Option<(&Definition, u64)>,
    form: &PollForm,
    problems: &Problems,
    confirm: bool,
) -> Result<Page, Error> {
    let now = crate::models::now();
    let view = EditPoll {
        title: if before.is_some() { "Edit the poll" } else { "Make a poll" },
        poll: before.map(|(definition, ballots)| PollLine::new(&definition.poll, definition.poll.state(now), ballots)),
        form,
        problems,
        zones: moments::zones().collect(),
        fixed: before.is_some_and(|(definition, ballots)| !definition.poll.draft && ballots > 0),
        confirm,
    };
    Page::draw(views, status, "manage/edit.html", &view)
}

/// A rule of the schema that was broken, beside its field; any other error stays one.
fn refuse(problems: &mut Problems, error: &diesel::result::Error) -> Result<(), Error> {
    match broken_rule(error) {
        Some(sentence) if sentence.contains("slug") => {
            problems.add("slug", "Another poll has this address. Pick another one.");
        }
        Some(sentence) => problems.add("", format!("This can’t be kept: {sentence}.")),
        None => {
            log::error!("a poll could not be stored: {error}");
            return Err(Error::Unavailable("The database does not answer as it should."));
        }
    }
    Ok(())
}

/// A slug with some letters that nobody guesses.
fn unguessable(slug: &str) -> String {
    let stem: String = slug.chars().take(50).collect();
    let tail: String =
        getrandom::u64().map(|bits| format!("{bits:012x}").chars().take(12).collect()).unwrap_or_default();
    format!("{}-{tail}", stem.trim_end_matches('-')).trim_matches('-').to_owned()
}

/// Takes organisers' work on their polls; what an earlier process left of removed polls goes at the start.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("managing polls", |rocket| async {
        rocket
            .attach(AdHoc::on_liftoff("removed polls", |rocket| {
                Box::pin(async move {
                    if let Some(engine) = rocket.state::<Engine>() {
                        spawn(clear(engine.clone()));
                    }
                })
            }))
            .mount("/", routes![blank, create, show, edit, mend, publish, feature, copy, deletion, remove])
    })
}
