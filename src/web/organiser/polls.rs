//! An organiser's polls: shown, published, featured, copied, deleted.

use std::sync::Arc;

use rocket::{
    State, delete,
    fairing::AdHoc,
    get,
    http::Status,
    post,
    tokio::{spawn, time},
};
use serde::Serialize;

use super::{
    overview::{self, ManagePoll, PollLine},
    own_poll::OwnPoll,
    sharing::PollLinks,
};
use crate::{
    codes,
    credentials::Secret,
    db::{Connection, Engine},
    marks,
    models::{self, constraint::Constraint, profile, removal},
    scoreboard::Scoreboard,
    voting::VoteLimit,
    web::http::{
        error::Error,
        forms::{Fields, FormError},
        problems::Problems,
        reply::{Answer, Reply},
        site::Site,
        views::Views,
    },
};

#[get("/polls/<_>/manage")]
pub async fn show(
    own: Result<OwnPoll, Error>,
    site: Site,
    engine: &State<Engine>,
    limit: &State<Arc<VoteLimit>>,
    scoreboard: &State<Arc<Scoreboard>>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let poll = own?.poll;
    let (board, bursts) = overview::board(engine, limit, scoreboard, &poll).await?;
    let (links, problems) = (PollLinks::of(&poll, &site, engine).await, Problems::default());
    Reply::draw(views, Status::Ok, "manage/show.html", &ManagePoll::new(&board, &bursts, links, &problems, "")?)
}

#[post("/polls/<_>/publication")]
pub async fn publish(own: Result<OwnPoll, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let (own, mut db) = (own?, engine.connection().await?);
    publish_at(&own, &own.poll.slug, &mut db).await
}

/// Publishes a draft that stands at `slug`, and gives where its organiser goes next.
///
/// # Errors
/// [`Error`] where the database answers with one.
pub async fn publish_at(own: &OwnPoll, slug: &str, db: &mut Connection) -> Result<Answer, Error> {
    match own.poll.publish(db).await {
        Ok(()) => {
            own.who.log("published", &own.poll);
            Ok(Answer::go(format!("/polls/{slug}/manage#published")))
        }
        // Its end is past by now: the organiser edits that date.
        Err(error) if Constraint::violated_by(&error) == Some(Constraint::PollClosesAfterOpening) => {
            Ok(Answer::go(format!("/polls/{slug}/edit#past")))
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/polls/<_>/feature")]
pub async fn feature(own: Result<OwnPoll, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let OwnPoll { who, poll } = own?;
    if poll.draft {
        return Err(Error::plain(
            Status::Conflict,
            "A draft can’t be on the home page.",
            "Publish it first: now only you can see it.",
        ));
    }
    poll.feature(&mut engine.connection().await?).await?;
    who.log("shown on the home page", &poll);
    Ok(Answer::go(format!("/polls/{}/manage#featured", poll.slug)))
}

#[post("/polls/<_>/copies", data = "<fields>")]
pub async fn copy(
    own: Result<OwnPoll, Error>,
    fields: Result<Fields, FormError>,
    secret: &State<Secret>,
    engine: &State<Engine>,
) -> Result<Answer, Error> {
    let (OwnPoll { who, poll }, fields, mut db) = (own?, fields?, engine.connection().await?);
    // Whoever has the link of an unlisted poll must not guess that of its copy.
    let beside = if poll.settings.listed {
        poll.slug.clone()
    } else {
        codes::unguessable(&marks::key_from_label(&poll.settings.title))?
    };
    let form = fields.hash(&format!("copy of {}", poll.id), secret);
    let copy = poll.copy(&mut db, beside, form).await?;
    who.log("created a copy,", &copy);
    Ok(Answer::go(format!("/polls/{}/edit#copied", copy.slug)))
}

/// `manage/deletion.html`.
#[derive(Serialize)]
struct DeletePoll<'a> {
    title: &'a str,
    poll: PollLine<'a>,
}

#[get("/polls/<_>/deletion")]
pub async fn deletion(
    own: Result<OwnPoll, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let (poll, mut db) = (own?.poll, engine.connection().await?);
    let ballots = profile::turnout(&mut db, poll.id).await?;
    let view = DeletePoll { title: "Delete a poll", poll: PollLine::new(&poll, poll.state(models::now()), ballots) };
    Reply::draw(views, Status::Ok, "manage/deletion.html", &view)
}

#[delete("/polls/<_>")]
pub async fn remove(own: Result<OwnPoll, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let OwnPoll { who, poll } = own?;
    poll.remove(&mut engine.connection().await?).await?;
    who.log("deleted", &poll);
    spawn(clear(engine.inner().clone()));
    Ok(Answer::go("/organiser#deleted"))
}

/// Deletes the rows of removed polls in small steps, so that voters in other polls need not wait.
pub async fn clear(engine: Engine) {
    let engine = engine.without_query_timeout();
    let mut failures = 0;
    loop {
        let step = async {
            let mut db: Connection = engine.connection().await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(removal::remove_some(&mut db).await?)
        };
        match step.await {
            Ok(true) => time::sleep(time::Duration::from_millis(5)).await,
            Ok(false) => return,
            // Another process may be deleting the same rows: then PostgreSQL ends one of the two, which tries again.
            Err(error) if failures < 10 => {
                failures += 1;
                log::warn!("removing polls goes on in a moment: {error}");
                time::sleep(time::Duration::from_secs(2)).await;
            }
            Err(error) => return log::error!("a removed poll's rows are left until the next start: {error}"),
        }
    }
}

/// At the start deletes the rows of removed polls that an earlier process has left.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("managing polls", |rocket| async {
        rocket.attach(AdHoc::on_liftoff("removed polls", |rocket| {
            Box::pin(async move {
                if let Some(engine) = rocket.state::<Engine>() {
                    spawn(clear(engine.clone()));
                }
            })
        }))
    })
}
