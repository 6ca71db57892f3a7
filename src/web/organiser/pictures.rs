//! Pictures of choices: served under the hash of their file, cacheable for ever, and uploaded by organisers.

use rocket::{
    State, delete,
    fairing::AdHoc,
    get,
    http::{ContentType, Status},
    post,
};

use super::{
    edit_page::{self, Refused},
    own_poll::OwnPoll,
    poll_form::PollForm,
};
use crate::{
    db::{Connection, Engine},
    marks,
    models::{
        choice::Choice,
        picture::{self, Size},
        poll::Poll,
        profile,
    },
    web::http::{
        error::Error,
        forms::{FormError, IfNoneMatch},
        problems::Problems,
        reply::{Answer, Caching, Reply},
        uploads::{Upload, UploadError, Workbench},
        views::Views,
    },
};

/// The longest text about a picture, in characters.
const LONGEST_ALT: usize = 300;

#[get("/pictures/<hash>/<size>")]
pub async fn stored(hash: &str, size: &str, engine: &State<Engine>, known: IfNoneMatch<'_>) -> Result<Reply, Error> {
    let which = match size {
        "small" => Size::Small,
        "large" => Size::Large,
        _ => return Err(no_such_picture()),
    };
    if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err(no_such_picture());
    }
    let found = picture::find(&mut engine.connection().await?, hash, which).await?;
    let (media_type, bytes) = found.ok_or_else(no_such_picture)?;
    let media_type = ContentType::parse_flexible(&media_type).unwrap_or(ContentType::Binary);
    Ok(Reply::new(media_type, bytes)
        .caching(Caching::Forever)
        .tagged(format!("\"{hash}-{size}\""), &known)
        .header("Content-Security-Policy", "default-src 'none'; sandbox"))
}

#[post("/polls/<_>/choices/<key>/picture", data = "<upload>")]
pub async fn save(
    key: &str,
    own: Result<OwnPoll, Error>,
    upload: Result<Upload<'_>, UploadError>,
    engine: &State<Engine>,
    workbench: &State<Workbench>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let own = own?;
    let OwnPoll { who, poll } = &own;
    // The connection returns to the pool while the picture is converted.
    let choice = choice(&mut engine.connection().await?, poll, key).await?;
    let mut problems = Problems::default();
    let (mut status, mut alt) = (Status::UnprocessableEntity, choice.alt.clone());
    let mut new = None;
    match &upload {
        Err(UploadError::Method) => return Err(Error::Form(FormError::Method)),
        Err(error) => {
            status = error.status();
            problems.add(file_field(&choice), error);
        }
        Ok(upload) => {
            alt = upload.alt();
            check(&alt, &alt_field(&choice), &mut problems);
            match workbench.convert(upload).await {
                Ok(picture) => new = picture,
                Err((refused, sentence)) => {
                    status = refused;
                    problems.add(file_field(&choice), sentence);
                }
            }
            if !upload.has_file() && choice.picture.is_none() {
                problems.add(file_field(&choice), "Pick the file of a picture.");
            }
        }
    }
    if !problems.is_empty() {
        let mut db = engine.connection().await?;
        let definition = own.definition(&mut db).await?;
        let before = (&definition, profile::turnout(&mut db, poll.id).await?);
        let refused = Refused { status, alt: Some((key, &alt)), ..Refused::new(&problems) };
        return edit_page::draw(views, Some(before), &PollForm::of(&definition), Some(refused)).map(Answer::Page);
    }
    let mut db = engine.connection().await?;
    match new {
        Some(new) if !picture::set(&mut db, poll, &choice.key, &new, &alt).await? => return Err(no_such_choice()),
        Some(_) => {}
        None => picture::describe(&mut db, poll, &choice.key, &alt).await?,
    }
    who.log("saved a picture of", poll);
    Ok(Answer::go(address(poll, &choice)))
}

#[delete("/polls/<_>/choices/<key>/picture")]
pub async fn remove(key: &str, own: Result<OwnPoll, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let (OwnPoll { who, poll }, mut db) = (own?, engine.connection().await?);
    let choice = choice(&mut db, &poll, key).await?;
    picture::remove(&mut db, &poll, &choice.key).await?;
    who.log("removed a picture of", &poll);
    Ok(Answer::go(address(&poll, &choice)))
}

/// The `id` of the field for the file of a choice's picture.
fn file_field(choice: &Choice) -> String {
    format!("file-{}", choice.key)
}

/// The `id` of the field that says what the picture shows.
fn alt_field(choice: &Choice) -> String {
    format!("alt-{}", choice.key)
}

fn check(alt: &str, field: &str, problems: &mut Problems) {
    if alt.is_empty() {
        problems.add(field, "Say what the picture shows, for people who can’t see it.");
    } else if alt.chars().count() > LONGEST_ALT {
        problems.add(field, "What the picture shows takes up to 300 characters here. Say it shorter.");
    }
}

/// A choice of a poll.
async fn choice(db: &mut Connection, poll: &Poll, key: &str) -> Result<Choice, Error> {
    if !marks::is_key(key) {
        return Err(no_such_choice());
    }
    Choice::find(db, poll.id, key).await?.ok_or_else(no_such_choice)
}

/// Where a choice's picture is edited.
fn address(poll: &Poll, choice: &Choice) -> String {
    format!("/polls/{}/edit#picture-{}", poll.slug, choice.key)
}

fn no_such_choice() -> Error {
    Error::plain(Status::NotFound, "There is no such choice.", "Go back to the poll and pick one of its choices.")
}

fn no_such_picture() -> Error {
    Error::plain(Status::NotFound, "There is no such picture.", "Open the poll again: its pictures may have changed.")
}

/// Serves pictures and takes new ones.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("pictures", |rocket| async { rocket.manage(Workbench::default()) })
}
