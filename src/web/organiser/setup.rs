//! Setup: the one-time link that creates the first organiser. It is not stored: every process computes it from the
//! site's secret and the number of the link.

use chrono::TimeDelta;
use rocket::{State, get, http::Status, post};
use serde::Serialize;

use super::{accounts::NewPassword, sign_in::through_cookie_check};
use crate::{
    credentials::{Purpose, Secret},
    db::{Connection, Engine},
    models::{
        self,
        organiser::{self, NewOrganiser, Organiser},
    },
    passwords, text,
    web::{
        http::{
            error::Error,
            forms::{Fields, FormError},
            problems::Problems,
            reply::{Answer, Reply},
            views::Views,
        },
        session::{SessionCookie, device::Device},
    },
};

/// How long the form of a used link still counts as sent twice.
const REPEAT: TimeDelta = TimeDelta::minutes(1);

/// `setup/new.html`.
#[derive(Serialize)]
struct Setup<'a> {
    title: &'static str,
    problems: Problems,
    token: &'a str,
    name: &'a str,
    uid: &'a str,
}

impl<'a> Setup<'a> {
    fn new(token: &'a str, name: &'a str, uid: &'a str) -> Self {
        Self { title: "Set up the first organiser", problems: Problems::default(), token, name, uid }
    }

    fn draw(&self, views: &Views, status: Status) -> Result<Answer, Error> {
        Reply::draw(views, status, "setup/new.html", self).map(Answer::Page)
    }
}

/// The path of the link that creates the first organiser; `None` where there is one.
///
/// # Errors
/// Those of the database.
pub async fn path(db: &mut Connection, secret: &Secret) -> diesel::QueryResult<Option<String>> {
    Ok(Organiser::link(db).await?.map(|link| format!("/setup/{}", secret.token(Purpose::SetupLink(link)))))
}

/// The number of the link with this token.
///
/// # Errors
/// 404 where it is not the link that works now.
async fn link(engine: &Engine, secret: &Secret, token: &str) -> Result<i64, Error> {
    let link = Organiser::link(&mut engine.connection().await?).await?;
    link.filter(|link| secret.is_token(Purpose::SetupLink(*link), &text::bare(token))).ok_or_else(invalid_link)
}

fn invalid_link() -> Error {
    Error::plain(
        Status::NotFound,
        "This link does not work any more.",
        "It works once, while there is no organiser. If you are one, sign in; else ask whoever runs this site.",
    )
}

#[get("/setup/<token>")]
pub async fn new(
    token: &str,
    engine: &State<Engine>,
    secret: &State<Secret>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    link(engine, secret, token).await?;
    Setup::new(token, "", "").draw(views, Status::Ok)
}

#[post("/setup/<token>", data = "<form>")]
pub async fn create(
    token: &str,
    form: Result<Fields, FormError>,
    engine: &State<Engine>,
    secret: &State<Secret>,
    cookie: &State<SessionCookie>,
    device: Device<'_>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let link = match link(engine, secret, token).await {
        Ok(link) => link,
        Err(error) => {
            let Ok(form) = form else { return Err(error) };
            let organiser = just_created(engine, secret, token, &form).await?.ok_or(error)?;
            cookie.start(&mut engine.connection().await?, secret, &device, &organiser).await?;
            return Ok(Answer::go(through_cookie_check("/polls/new")));
        }
    };
    let form = form?;
    let mut view = Setup::new(token, form.text("name"), form.text("uid"));
    let problems = &mut view.problems;
    let name = problems.take("name", organiser::name(view.name));
    let uid = problems.take("uid", organiser::uid(view.uid));
    let password = NewPassword::read(problems, &form, &[view.uid, view.name]);
    let (Some(name), Some(uid), Some(NewPassword(password))) = (name, uid, password) else {
        return view.draw(views, Status::UnprocessableEntity);
    };
    let password_hash = passwords::hash(password).await?;
    let db = &mut engine.connection().await?;
    let new = NewOrganiser { uid, name, password_hash };
    let organiser = match Organiser::create_first(db, &new, link).await? {
        Some(organiser) => organiser,
        None => just_created(engine, secret, token, &form).await?.ok_or_else(invalid_link)?,
    };
    cookie.start(db, secret, &device, &organiser).await?;
    Ok(Answer::go(through_cookie_check("/polls/new")))
}

/// The organiser whom the same form created a moment ago: a double click sends the form twice, and the browser shows
/// the second answer.
async fn just_created(
    engine: &Engine,
    secret: &Secret,
    token: &str,
    form: &Fields,
) -> Result<Option<Organiser>, Error> {
    let db = &mut engine.connection().await?;
    let is_used = secret.is_token(Purpose::SetupLink(Organiser::used_link(db).await?), &text::bare(token));
    let Some(uid) = organiser::uid(form.text("uid")).ok().filter(|_| is_used) else { return Ok(None) };
    let organiser = Organiser::find(db, &uid).await?.filter(|organiser| models::now() - organiser.created_at < REPEAT);
    let Some(organiser) = organiser else { return Ok(None) };
    let is_same = passwords::verify(form.text("password"), Some(&organiser.password_hash)).await?;
    Ok(is_same.then_some(organiser))
}
