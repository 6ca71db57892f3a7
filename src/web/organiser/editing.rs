//! Creating and editing a poll: the page with its form, and what the form sends.

use rocket::{State, get, http::Status, post, put};

use super::{
    edit_page::{self, Refused},
    own_poll::OwnPoll,
    poll_form::PollForm,
    polls::publish_at,
};
use crate::{
    codes,
    credentials::Secret,
    db::Engine,
    models::{self, constraint::Constraint, lifecycle::UpdateError, poll::Poll, profile},
    web::{
        http::{
            error::Error,
            forms::{Fields, FormError, ORGANISER_KIB},
            problems::Problems,
            reply::{Answer, Reply},
            views::Views,
        },
        session::SignedIn,
    },
    words::constraints,
};

type Form = Result<Fields<ORGANISER_KIB>, FormError>;

#[get("/polls/new?<template>")]
pub async fn blank(
    who: Result<SignedIn, Error>,
    template: Option<&str>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let zone = Poll::zone_of(&mut engine.connection().await?, who?.organiser.id).await?;
    let form = PollForm::new(zone.as_deref().unwrap_or("UTC"), codes::token()?);
    let form = match template {
        None => form,
        Some(word) => form.filled_by(word).ok_or_else(|| {
            Error::plain(
                Status::NotFound,
                "There is no such template.",
                "Pick one on the page where you create a poll.",
            )
        })?,
    };
    edit_page::draw(views, None, &form, None)
}

#[post("/polls", data = "<fields>")]
pub async fn create(
    who: Result<SignedIn, Error>,
    fields: Form,
    secret: &State<Secret>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (who, fields) = (who?, fields?);
    let mut form = PollForm::read(&fields);
    match pressed(&fields) {
        Some("live") => return edit_page::draw_preview(views, &form, &[]).map(Answer::Page),
        Some(button) => {
            form.press(button);
            return edit_page::draw(views, None, &form, None).map(Answer::Page);
        }
        None => {}
    }
    let mut problems = Problems::default();
    let again = |problems: &Problems| {
        let refused = Refused::new(problems);
        edit_page::draw(views, None, &form, Some(refused)).map(Answer::Page)
    };
    let Some(mut new) = form.parse(None, &mut problems) else { return again(&problems) };
    new.organiser_id = Some(who.organiser.id);
    new.form = fields.hash(&format!("poll of {}", who.organiser.id), secret);
    new.draft = fields.text("then") != "publish";
    if !new.draft {
        // As when a draft is published: a poll can't have opened before it was there.
        new.settings.opens_at = new.settings.opens_at.max(models::now());
    }
    if !new.settings.listed && fields.text("slug").trim().is_empty() {
        // The address of an unlisted poll must not be guessed from its question.
        new.slug = codes::unguessable(&new.slug)?;
    }
    let mut db = engine.connection().await?;
    let chosen = !fields.text("slug").trim().is_empty();
    let created =
        if chosen { Poll::create(&mut db, &new).await } else { Poll::create_at_free_slug(&mut db, new).await };
    match created {
        Ok(poll) => {
            who.log(if poll.draft { "created a draft," } else { "created and published" }, &poll);
            Ok(Answer::go(match fields.text("then") {
                "details" => format!("/polls/{}/edit#choices-title", poll.slug),
                "publish" => format!("/polls/{}/manage#published", poll.slug),
                _ => format!("/polls/{}/manage#saved", poll.slug),
            }))
        }
        Err(error) => {
            refuse(&mut problems, error)?;
            again(&problems)
        }
    }
}

#[get("/polls/<_>/edit")]
pub async fn edit(own: Result<OwnPoll, Error>, engine: &State<Engine>, views: &State<Views>) -> Result<Reply, Error> {
    let (own, mut db) = (own?, engine.connection().await?);
    let definition = own.definition(&mut db).await?;
    let ballots = profile::turnout(&mut db, definition.poll.id).await?;
    edit_page::draw(views, Some((&definition, ballots)), &PollForm::of(&definition), None)
}

#[put("/polls/<_>", data = "<fields>")]
pub async fn update(
    own: Result<OwnPoll, Error>,
    fields: Form,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (own, fields) = (own?, fields?);
    let (who, slug) = (&own.who, &own.poll.slug);
    let mut db = engine.connection().await?;
    let definition = own.definition(&mut db).await?;
    let ballots = profile::turnout(&mut db, definition.poll.id).await?;
    let mut form = PollForm::read(&fields);
    if !definition.poll.draft && ballots > 0 {
        form.keep(&definition.poll);
    }
    match pressed(&fields) {
        Some("live") => return edit_page::draw_preview(views, &form, &definition.choices).map(Answer::Page),
        Some(button) => {
            form.press(button);
            return edit_page::draw(views, Some((&definition, ballots)), &form, None).map(Answer::Page);
        }
        None => {}
    }
    let mut problems = Problems::default();
    let (mut status, mut confirm) = (Status::UnprocessableEntity, false);
    if let Some(mut new) = form.parse(Some(&definition), &mut problems) {
        if fields.text("slug").trim().is_empty() {
            new.slug.clone_from(slug);
        }
        let unlisted = definition.poll.draft && definition.poll.settings.listed && !new.settings.listed;
        if unlisted && new.slug == *slug && definition.poll.has_slug_of_title() {
            // Nobody has the link of a draft yet, and its question would give it away.
            new.slug = codes::unguessable(slug)?;
        }
        // The update is checked against the definition that was read here, so the form must be of the same revision.
        let updated = if form.revision == definition.poll.revision {
            definition.update(&mut db, &new, form.confirmed).await
        } else {
            Err(UpdateError::Conflict)
        };
        match updated {
            Ok(()) => {
                who.log("edited", &definition.poll);
                let picture = fields.text("picture");
                let is_there = new.choices.iter().any(|choice| choice.key == picture);
                if fields.text("then") == "publish" && definition.poll.draft {
                    return publish_at(&own, &new.slug, &mut db).await;
                }
                return Ok(Answer::go(match is_there {
                    true => format!("/polls/{}/edit#picture-{picture}", new.slug),
                    false => format!("/polls/{}/manage#saved", new.slug),
                }));
            }
            Err(UpdateError::Meaning(why)) => problems.add("", why),
            Err(UpdateError::Unconfirmed) => {
                confirm = true;
                problems.add(
                    "confirmed",
                    "People have voted, and could not pick the new choices. Confirm that you want to add them.",
                );
            }
            Err(UpdateError::Conflict) => {
                status = Status::Conflict;
                // The page shows the conflict, so the organiser may save over it.
                form.catch_up(&definition);
                problems.add("", "The poll was changed since you opened this page. Check it, then save again.");
            }
            Err(UpdateError::Query(error)) => refuse(&mut problems, error)?,
        }
    }
    let refused = Refused { status, confirm, ..Refused::new(&problems) };
    edit_page::draw(views, Some((&definition, ballots)), &form, Some(refused)).map(Answer::Page)
}

/// The button that was pressed to change the form, and not to save it: a template, one of the list of choices, or the
/// preview; `live` where the script asks for the preview alone.
fn pressed(fields: &Fields<ORGANISER_KIB>) -> Option<&str> {
    Some(fields.text("edit")).filter(|button| !button.is_empty())
}

/// Adds what the schema does not take to `problems`, beside its field. Other errors are passed on.
fn refuse(problems: &mut Problems, error: diesel::result::Error) -> Result<(), Error> {
    let Some(constraint) = Constraint::violated_by(&error) else { return Err(error.into()) };
    problems.add(constraint.field().unwrap_or_default(), constraints::sentence(constraint));
    Ok(())
}
