//! Signing in and out: `GET /session` shows the form, `POST` starts a session, `DELETE` ends it. Also the list of an
//! organiser's own sessions.

use data_encoding::BASE64URL_NOPAD;
use rocket::{
    State, delete, get,
    http::{CookieJar, RawStr, Status, uri::Origin},
    post,
};
use serde::Serialize;

use crate::{
    credentials::Secret,
    db::Engine,
    models::{
        organiser::{self, Organiser},
        session::{self, Session},
    },
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
        show::moment::Moment,
    },
};

/// Where a sign-in leads by default.
const HOME: &str = "/organiser";

/// `sessions/new.html`.
#[derive(Serialize)]
struct SignIn<'a> {
    title: &'static str,
    problems: Problems,
    uid: &'a str,
    to: &'a str,
    /// Whether there is no organiser yet, so that nobody can sign in.
    has_no_organiser: bool,
}

impl<'a> SignIn<'a> {
    fn new(uid: &'a str, to: &'a str) -> Self {
        Self { title: "Sign in", problems: Problems::default(), uid, to, has_no_organiser: false }
    }

    fn draw(&self, views: &Views, status: Status) -> Result<Reply, Error> {
        Reply::draw(views, status, "sessions/new.html", self)
    }
}

/// `to` if it is an address of this site, else the organiser's own page: a link to the sign-in must not lead elsewhere.
fn local(to: &str) -> &str {
    let inside = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && Origin::parse(to).is_ok();
    if inside { to } else { HOME }
}

/// The redirect after a sign-in: to a page that checks that the browser has kept the cookie, and from there to `to`.
pub fn through_cookie_check(to: &str) -> String {
    format!("/session?kept=yes&to={}", RawStr::new(to).percent_encode())
}

/// The sentence after too many wrong passwords.
pub fn wait(seconds: u64) -> String {
    let unit = if seconds == 1 { "second" } else { "seconds" };
    format!("Too many passwords were wrong. Wait {seconds} {unit}, then try again.")
}

#[get("/session?<to>&<kept>")]
pub async fn new(
    to: Option<&str>,
    kept: Option<&str>,
    signed_in: Result<SignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let to = local(to.unwrap_or(HOME));
    match signed_in {
        Ok(_) => return Ok(Answer::go(to)),
        Err(Error::SignIn(_)) => {}
        Err(error) => return Err(error),
    }
    let mut view = SignIn::new("", to);
    view.has_no_organiser = Organiser::link(&mut engine.connection().await?).await?.is_some();
    if kept.is_some() {
        view.problems.add(
            "",
            "Your password is right, but your browser did not keep you signed in. Allow cookies for this site, and open it at an address that begins with https://.",
        );
    }
    let status = if kept.is_some() { Status::UnprocessableEntity } else { Status::Ok };
    Ok(Answer::Page(view.draw(views, status)?))
}

#[post("/session", data = "<form>")]
pub async fn create(
    form: Result<Fields, FormError>,
    engine: &State<Engine>,
    throttle: &State<Throttle>,
    cookie: &State<SessionCookie>,
    secret: &State<Secret>,
    device: Device<'_>,
    views: &State<Views>,
) -> Result<Answer, Error> {
    let form = form?;
    let (uid, password, to) = (form.text("uid"), form.text("password"), local(form.text("to")));
    let mut view = SignIn::new(uid, to);
    if uid.trim().is_empty() {
        view.problems.add("uid", "Enter your sign-in name.");
    }
    if password.is_empty() {
        view.problems.add("password", "Enter your password.");
    }
    if !view.problems.is_empty() {
        return Ok(Answer::Page(view.draw(views, Status::UnprocessableEntity)?));
    }
    let (account, organiser) = match organiser::uid(uid) {
        Ok(uid) => (uid.clone(), Organiser::find(&mut engine.connection().await?, &uid).await?),
        // Not a possible sign-in name: answered like an unknown one.
        Err(_) => (uid.chars().take(organiser::UID_LENGTH).collect(), None),
    };
    match (throttle.verify(&account, organiser.as_ref(), password, &device.client(&account)).await?, organiser) {
        (Verdict::Wait(seconds), _) => {
            view.problems.add("uid", wait(seconds));
            let page = view.draw(views, Status::TooManyRequests)?;
            return Ok(Answer::Page(page.header("Retry-After", seconds.to_string())));
        }
        (Verdict::Right, Some(organiser)) => {
            cookie.start(&mut engine.connection().await?, secret, &device, &organiser).await?;
            return Ok(Answer::go(through_cookie_check(to)));
        }
        _ => {}
    }
    view.problems.add("uid", "The sign-in name or the password is wrong.");
    Ok(Answer::Page(view.draw(views, Status::UnprocessableEntity)?))
}

#[delete("/session")]
pub async fn end(
    engine: &State<Engine>,
    cookie: &State<SessionCookie>,
    secret: &State<Secret>,
    jar: &CookieJar<'_>,
) -> Result<Answer, Error> {
    cookie.end(&mut engine.connection().await?, secret, jar).await?;
    Ok(Answer::signed_out("/"))
}

/// `sessions/index.html`.
#[derive(Serialize)]
struct Sessions {
    title: &'static str,
    sessions: Vec<OwnSession>,
}

#[derive(Serialize)]
struct OwnSession {
    browser: String,
    current: bool,
    address: String,
    created_at: Option<Moment>,
    seen_at: Moment,
}

impl OwnSession {
    fn new(session: Session, who: &SignedIn) -> Self {
        let current = session.hash == who.session;
        let own = || format!("/organiser/sessions/{}", BASE64URL_NOPAD.encode(&session.hash));
        Self {
            address: if current { "/session".into() } else { own() },
            browser: if session.browser.is_empty() { "A browser".into() } else { session.browser },
            current,
            created_at: session.created_at.map(Moment::in_utc),
            seen_at: Moment::in_utc(session.seen_at),
        }
    }
}

#[get("/organiser/sessions")]
pub async fn list(
    signed_in: Result<SignedIn, Error>,
    engine: &State<Engine>,
    views: &State<Views>,
) -> Result<Reply, Error> {
    let who = signed_in?;
    let sessions = session::of(&mut engine.connection().await?, who.organiser.id).await?;
    let sessions = sessions.into_iter().map(|session| OwnSession::new(session, &who)).collect();
    Reply::draw(views, Status::Ok, "sessions/index.html", &Sessions { title: "Where you are signed in", sessions })
}

/// Ends one of the organiser's sessions. It is no error if it has ended already.
#[delete("/organiser/sessions/<id>")]
pub async fn end_one(id: &str, signed_in: Result<SignedIn, Error>, engine: &State<Engine>) -> Result<Answer, Error> {
    let who = signed_in?;
    if let Ok(hash) = BASE64URL_NOPAD.decode(id.as_bytes()) {
        session::end_of(&mut engine.connection().await?, who.organiser.id, &hash).await?;
        log::info!("organiser {} ended a session", who.organiser.id);
    }
    Ok(Answer::go("/organiser/sessions#ended"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_this_site_only() {
        for inside in ["/", "/polls/new", "/polls/a/manage?page=2", "/a//b"] {
            assert_eq!(local(inside), inside);
        }
        for outside in [
            "",
            "polls",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "\\\\evil.example",
            "/a b",
            "/\u{202e}",
        ] {
            assert_eq!(local(outside), HOME, "{outside:?}");
        }
    }
}
