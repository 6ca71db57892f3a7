//! A poll's invitations: created in batches, and revoked while they are unused.

use rocket::{State, delete, get, http::Status, post};
use serde::Serialize;

use super::{overview::PollLine, own_poll::OwnPoll, slips::NewInvitations};
use crate::{
    codes,
    credentials::{Secret, is_submission_key},
    db::{Connection, Engine},
    models::{self, constraint::Constraint, poll::Poll, profile},
    text::{self, grouped},
    web::http::{
        error::Error,
        forms::{Fields, FormError},
        problems::Problems,
        reply::{Answer, Reply},
        views::Views,
    },
};

/// The most that are created at once: what a browser still shows as one sheet.
const MOST: usize = 5000;

/// `manage/invitations.html`.
#[derive(Serialize)]
struct Invitations<'a> {
    title: &'a str,
    poll: PollLine<'a>,
    problems: &'a Problems,
    number: &'a str,
    code: &'a str,
    most: String,
    /// The key of the form that creates invitations.
    key: String,
}

#[get("/polls/<_>/invitations")]
pub async fn show(own: Result<OwnPoll, Error>, engine: &State<Engine>, views: &State<Views>) -> Result<Answer, Error> {
    let (poll, mut db) = (own?.by_invitation()?.poll, engine.connection().await?);
    page(views, &mut db, Status::Ok, &poll, &Problems::default(), ["100", ""]).await
}

#[post("/polls/<_>/invitations", data = "<fields>")]
pub async fn create(
    own: Result<OwnPoll, Error>,
    fields: Result<Fields, FormError>,
    secret: &State<Secret>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (OwnPoll { who, poll }, fields) = (own?.by_invitation()?, fields?);
    let mut db = engine.connection().await?;
    let typed = fields.text("number");
    let number = match text::plain(typed).parse::<usize>() {
        Ok(number) if (1..=MOST).contains(&number) => number,
        _ => {
            let mut problems = Problems::default();
            problems.add("number", format!("Enter how many, from 1 to {MOST}. You can add more later."));
            return page(views, &mut db, Status::UnprocessableEntity, &poll, &problems, [typed, ""]).await;
        }
    };
    let fresh = codes::token()?;
    let key = Some(fields.text("key")).filter(|key| is_submission_key(key)).unwrap_or(&fresh);
    let mut batch = NewInvitations { poll: &poll, number, key, secret };
    let mut created = poll.invite(&mut db, batch.hashes()?, Some(batch.form())).await;
    if let Err(error) = &created
        && Constraint::violated_by(error) == Some(Constraint::InvitationUnique)
    {
        // An old page, whose form created some before: these are new ones.
        batch.key = &fresh;
        created = poll.invite(&mut db, batch.hashes()?, Some(batch.form())).await;
    }
    if created? {
        who.log(&format!("created {number} invitations for"), &poll);
    }
    Ok(Answer::go(batch.address()))
}

#[delete("/polls/<_>/invitations", data = "<fields>")]
pub async fn revoke(
    own: Result<OwnPoll, Error>,
    fields: Result<Fields, FormError>,
    secret: &State<Secret>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (OwnPoll { who, poll }, fields) = (own?.by_invitation()?, fields?);
    let mut db = engine.connection().await?;
    let code = fields.text("code");
    let mut problems = Problems::default();
    let one = match (fields.text("which"), code) {
        ("all", _) => None,
        (_, code) if text::is_empty(code) => {
            problems.add("code", "Enter the code on the slip.");
            None
        }
        (_, code) => problems.take("code", secret.invitation(code)),
    };
    if problems.is_empty() {
        let revoked = poll.revoke(&mut db, one).await?;
        who.log(&format!("revoked {revoked} invitations of"), &poll);
        if revoked > 0 || one.is_none() {
            return Ok(Answer::go(format!("/polls/{}/invitations#revoked", poll.slug)));
        }
        problems
            .add("code", "No unused invitation of this poll has that code: it was used, revoked, or never created.");
    }
    page(views, &mut db, Status::UnprocessableEntity, &poll, &problems, ["100", code]).await
}

async fn page(
    views: &Views,
    db: &mut Connection,
    status: Status,
    poll: &Poll,
    problems: &Problems,
    [number, code]: [&str; 2],
) -> Result<Answer, Error> {
    let ballots = profile::turnout(db, poll.id).await?;
    let poll = PollLine::new(poll, poll.state(models::now()), ballots);
    let (most, key) = (grouped(MOST as u64), codes::token()?);
    let view = Invitations { title: "Invitations", poll, problems, number, code, most, key };
    Reply::draw(views, status, "manage/invitations.html", &view).map(Answer::Page)
}
