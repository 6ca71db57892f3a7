//! Guards: what a handler asks of a request. [`SignedIn`] is the organiser whose session it is, [`MaybeSignedIn`] the
//! same on pages for everybody.
//!
//! A guard holds no connection while a body is read: it takes one, asks, and gives it back.

pub mod device;
pub mod throttle;

use rocket::{
    Request, State,
    fairing::AdHoc,
    http::{Cookie, CookieJar, Method, Status},
    outcome::Outcome,
    request::{self, FromRequest},
};
use serde::Serialize;

use self::{device::Device, throttle::Client};
use crate::{
    credentials::{self, Purpose, Secret},
    db::{Connection, Engine},
    models::{organiser::Organiser, poll::Poll, session},
    web::{
        http::cookies::Cookies,
        http::{error::Error, forms, reply::Caching},
    },
};

/// The organiser who is signed in. A handler takes `Result<SignedIn, Error>` and unwraps it with `?`: without a session
/// the error leads to the sign-in page and back, or, for a form, is a page that keeps the form.
pub struct SignedIn {
    /// The organiser.
    pub organiser: Organiser,
    /// The hash of the session's token.
    pub session: [u8; 32],
}

impl SignedIn {
    /// Who tries a password of the account that is signed in: no stranger.
    pub fn client(&self) -> Client {
        Client::Device(format!("organiser {}", self.organiser.id))
    }

    /// Writes into the log what this organiser has done to a poll: `closed`.
    pub fn log(&self, done: &str, poll: &Poll) {
        log::info!("organiser {} {done} poll {}", self.organiser.id, poll.id);
    }
}

/// The organiser who is signed in, if one is: for pages that everybody may see. Without a session's cookie it asks
/// nothing of the database.
pub struct MaybeSignedIn(Option<SignedIn>);

impl MaybeSignedIn {
    /// Who reads a page that is about no poll.
    pub fn reader(&self) -> Reader {
        if self.0.is_some() { Reader::Organiser } else { Reader::Anybody }
    }

    /// Who reads a page of `poll`.
    pub fn reader_of(&self, poll: &Poll) -> Reader {
        let runs_it = self.id().is_some_and(|id| poll.organiser_id == Some(id));
        if runs_it { Reader::Owner } else { self.reader() }
    }

    /// The organiser's number.
    pub fn id(&self) -> Option<i64> {
        self.0.as_ref().map(|who| who.organiser.id)
    }
}

/// Who reads a page for everybody: it decides which links to organisers' pages are on it, and nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reader {
    /// Somebody who is not signed in.
    #[default]
    Anybody,
    /// An organiser who is signed in.
    Organiser,
    /// The organiser of the poll that the page is about.
    Owner,
}

impl Reader {
    /// What may be kept of a page that differs by its reader alone.
    pub fn caching(self) -> Caching {
        if self == Self::Anybody { Caching::Asked } else { Caching::Own }
    }
}

/// The name of a session's cookie.
const NAME: &str = "session";

/// The cookie of a session: a random token, of which the database has the keyed hash only.
pub struct SessionCookie(Cookies);

impl SessionCookie {
    /// Starts an organiser's session in this browser, and ends an earlier one.
    ///
    /// # Errors
    /// [`Error`] when the database does not answer.
    pub async fn start(
        &self,
        db: &mut Connection,
        secret: &Secret,
        device: &Device<'_>,
        organiser: &Organiser,
    ) -> Result<(), Error> {
        if let Some(hash) = self.hash(secret, device.jar) {
            session::end(db, &hash).await?;
        }
        let token = credentials::random()?;
        if !session::start(db, &hash(secret, &token), organiser, &device.browser()).await? {
            return Err(Error::signed_out());
        }
        device.remember(&organiser.uid)?;
        device.jar.add_private(self.cookie(token));
        log::info!("organiser {} signed in", organiser.id);
        Ok(())
    }

    /// Ends the session of this browser.
    ///
    /// # Errors
    /// [`Error`] when the database does not answer.
    pub async fn end(&self, db: &mut Connection, secret: &Secret, jar: &CookieJar<'_>) -> Result<(), Error> {
        if let Some(hash) = self.hash(secret, jar) {
            session::end(db, &hash).await?;
        }
        self.forget(jar);
        Ok(())
    }

    /// Takes the cookie from the browser.
    pub fn forget(&self, jar: &CookieJar<'_>) {
        jar.remove_private(self.cookie(String::new()));
    }

    /// The hash under which the database has this browser's session, if it has.
    fn hash(&self, secret: &Secret, jar: &CookieJar<'_>) -> Option<[u8; 32]> {
        jar.get_private(&self.0.name(NAME)).map(|cookie| hash(secret, cookie.value()))
    }

    /// Gone with the browser; Lax, so that a link in a mail finds one signed in.
    fn cookie(&self, token: String) -> Cookie<'static> {
        self.0.build(NAME, token)
    }
}

fn hash(secret: &Secret, token: &str) -> [u8; 32] {
    secret.hash(Purpose::Session(token))
}

/// Whose session a request belongs to.
async fn signed_in(req: &Request<'_>) -> Result<Option<SignedIn>, Error> {
    let state = (req.guard().await, req.guard().await, req.guard().await);
    let (
        Outcome::Success::<&State<SessionCookie>, _, _>(cookie),
        Outcome::Success::<&State<Secret>, _, _>(secret),
        Outcome::Success::<&State<Engine>, _, _>(engine),
    ) = state
    else {
        return Err(Error::Unrouted(Status::InternalServerError));
    };
    match cookie.hash(secret, req.cookies()) {
        Some(session) => {
            let organiser = session::find(&mut engine.connection().await?, &session).await?;
            Ok(organiser.map(|organiser| SignedIn { organiser, session }))
        }
        None => Ok(None),
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = Error;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Error> {
        match signed_in(req).await {
            Ok(Some(signed_in)) => {
                forms::trust(req);
                Outcome::Success(signed_in)
            }
            Ok(None) if req.method() == Method::Get => {
                Outcome::Error((Status::SeeOther, Error::SignIn(req.uri().to_string())))
            }
            Ok(None) => Outcome::Error((Status::Unauthorized, Error::signed_out())),
            Err(error) => Outcome::Error((Status::ServiceUnavailable, error)),
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MaybeSignedIn {
    type Error = Error;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Error> {
        match signed_in(req).await {
            Ok(found) => {
                if found.is_some() {
                    forms::trust(req);
                }
                Outcome::Success(Self(found))
            }
            Err(error) => Outcome::Error((Status::ServiceUnavailable, error)),
        }
    }
}

/// Keeps sessions in cookies.
pub fn stage(cookies: Cookies) -> AdHoc {
    AdHoc::on_ignite("sessions", move |rocket| async move { rocket.manage(cookies).manage(SessionCookie(cookies)) })
}
