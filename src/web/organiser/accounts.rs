//! An organiser's account, and its deletion.

use rocket::{
    State, delete, get,
    http::{CookieJar, Status},
    put,
    tokio::spawn,
};
use serde::Serialize;

use super::{polls::clear, sign_in::wait};
use crate::{
    credentials::Secret,
    db::Engine,
    models::organiser::{self, Organiser},
    passwords,
    text::grouped,
    web::{
        http::{
            error::Error,
            forms::{Fields, FormError},
            problems::Problems,
            reply::{Answer, Reply},
            views::Views,
        },
        session::{
            SessionCookie, SignedIn,
            device::Device,
            throttle::{Throttle, Verdict},
        },
    },
};

/// A new password from the field `password` that keeps the rules for passwords.
pub struct NewPassword<'f>(pub &'f str);

impl<'f> NewPassword<'f> {
    /// Reads it, or adds what is wrong with it to `problems`. `known` are words that an attacker would try first.
    pub fn read(problems: &mut Problems, form: &'f Fields, known: &[&str]) -> Option<Self> {
        let password = form.text("password");
        problems.take("password", passwords::check(password, known)).map(|()| Self(password))
    }
}

/// `organiser/edit.html`.
#[derive(Serialize)]
struct Account<'a> {
    title: &'static str,
    problems: Problems,
    uid: &'a str,
    name: &'a str,
}

impl<'a> Account<'a> {
    fn new(organiser: &'a Organiser) -> Self {
        Self { title: "Your account", problems: Problems::default(), uid: &organiser.uid, name: &organiser.name }
    }

    fn draw(&self, views: &Views, status: Status) -> Result<Reply, Error> {
        Reply::draw(views, status, "organiser/edit.html", self)
    }
}

/// `organiser/deletion.html`.
#[derive(Serialize)]
struct Deletion<'a> {
    title: &'static str,
    problems: Problems,
    uid: &'a str,
    polls: i64,
    ballots: i64,
    polls_text: String,
    ballots_text: String,
}

impl<'a> Deletion<'a> {
    async fn new(engine: &Engine, organiser: &'a Organiser) -> Result<Self, Error> {
        let organiser::Holdings { polls, ballots } = organiser.holdings(&mut engine.connection().await?).await?;
        let text = |number: i64| grouped(number.unsigned_abs());
        let (polls_text, ballots_text) = (text(polls), text(ballots));
        let title = "Delete your account";
        Ok(Self { title, problems: Problems::default(), uid: &organiser.uid, polls, ballots, polls_text, ballots_text })
    }

    fn draw(&self, views: &Views, status: Status) -> Result<Reply, Error> {
        Reply::draw(views, status, "organiser/deletion.html", self)
    }
}

/// Checks that the password in `field` is the organiser's, else adds to `problems`. Gives the seconds to wait where too
/// many were wrong.
async fn check_password(
    problems: &mut Problems,
    throttle: &Throttle,
    who: &SignedIn,
    (field, password): (&str, &str),
) -> Result<Option<u64>, Error> {
    if password.is_empty() {
        problems.add(field, "Enter your password.");
        return Ok(None);
    }
    Ok(match throttle.verify(&who.organiser.uid, Some(&who.organiser), password, &who.client()).await? {
        Verdict::Right => None,
        Verdict::Wrong => {
            problems.add(field, "The password is wrong.");
            None
        }
        Verdict::Wait(seconds) => {
            problems.add(field, wait(seconds));
            Some(seconds)
        }
    })
}

/// The page of a refused form: 422, or 429 with `Retry-After` where the organiser must wait.
fn refused(wait: Option<u64>, draw: impl FnOnce(Status) -> Result<Reply, Error>) -> Result<Answer, Error> {
    Ok(match wait {
        None => Answer::Page(draw(Status::UnprocessableEntity)?),
        Some(seconds) => Answer::Page(draw(Status::TooManyRequests)?.header("Retry-After", seconds.to_string())),
    })
}

#[get("/organiser/edit")]
pub fn edit(signed_in: Result<SignedIn, Error>, views: &State<Views>) -> Result<Reply, Error> {
    Account::new(&signed_in?.organiser).draw(views, Status::Ok)
}

#[put("/organiser", data = "<form>")]
pub async fn rename(
    signed_in: Result<SignedIn, Error>,
    form: Result<Fields, FormError>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (organiser, form) = (signed_in?.organiser, form?);
    let mut view = Account::new(&organiser);
    view.name = form.text("name");
    match view.problems.take("name", organiser::name(view.name)) {
        Some(name) => {
            organiser.rename(&mut engine.connection().await?, &name).await?;
            Ok(Answer::go("/organiser/edit#saved"))
        }
        None => refused(None, |status| view.draw(views, status)),
    }
}

#[expect(clippy::too_many_arguments, reason = "a handler takes what it needs")]
#[put("/organiser/password", data = "<form>")]
pub async fn change_password(
    signed_in: Result<SignedIn, Error>,
    form: Result<Fields, FormError>,
    engine: &State<Engine>,
    throttle: &State<Throttle>,
    cookie: &State<SessionCookie>,
    secret: &State<Secret>,
    device: Device<'_>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (who, form) = (signed_in?, form?);
    let organiser = &who.organiser;
    let mut view = Account::new(organiser);
    let old = ("old", form.text("old"));
    let wait = check_password(&mut view.problems, throttle, &who, old).await?;
    let new = NewPassword::read(&mut view.problems, &form, &[&organiser.uid, &organiser.name]);
    match new {
        Some(NewPassword(password)) if view.problems.is_empty() => {
            let hash = passwords::hash(password).await?;
            let db = &mut engine.connection().await?;
            organiser.set_password_hash(db, &hash).await?;
            let organiser = Organiser { password_hash: hash, ..organiser.clone() };
            cookie.start(db, secret, &device, &organiser).await?;
            log::info!("organiser {} changed the password", organiser.id);
            Ok(Answer::go("/organiser/edit#changed"))
        }
        _ => refused(wait, |status| view.draw(views, status)),
    }
}

#[get("/organiser/deletion")]
pub async fn check_deletion(
    signed_in: Result<SignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    Deletion::new(engine, &signed_in?.organiser).await?.draw(views, Status::Ok)
}

#[delete("/organiser", data = "<form>")]
pub async fn delete(
    signed_in: Result<SignedIn, Error>,
    form: Result<Fields, FormError>,
    engine: &State<Engine>,
    throttle: &State<Throttle>,
    cookie: &State<SessionCookie>,
    jar: &CookieJar<'_>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let (who, form) = (signed_in?, form?);
    let organiser = &who.organiser;
    let mut problems = Problems::default();
    let wait = check_password(&mut problems, throttle, &who, ("password", form.text("password"))).await?;
    if !problems.is_empty() {
        let view = Deletion { problems, ..Deletion::new(engine, organiser).await? };
        return refused(wait, |status| view.draw(views, status));
    }
    organiser.delete(&mut engine.connection().await?).await?;
    spawn(clear(engine.inner().clone()));
    log::info!("organiser {} deleted the account, with all polls", organiser.id);
    cookie.forget(jar);
    Ok(Answer::signed_out("/"))
}
