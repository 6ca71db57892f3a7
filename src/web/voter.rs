//! The voter of a request: what the browser's cookies say of it. They hold a random number, or that a ballot is in.

use std::fmt::Write as _;

use rocket::{
    State,
    http::{Cookie, CookieJar, SameSite},
    outcome::Outcome,
    request::{FromRequest, Request},
    time::Duration,
};

use crate::models::{
    poll::Poll,
    rules::{Credential, Shown, Viewer},
};

/// As long as browsers keep a cookie at most.
const DAYS: i64 = 400;

/// Whether cookies are for HTTPS only.
#[derive(Clone, Copy)]
pub struct Cookies {
    /// In production.
    pub secure: bool,
}

impl Cookies {
    /// A cookie's whole name: one that is for HTTPS can't be set by a neighbouring host.
    pub fn name(self, name: &str) -> String {
        if self.secure { format!("__Host-urna-{name}") } else { format!("urna-{name}") }
    }

    /// A cookie of this site alone, which no script reads and which goes with the browser's session.
    pub fn make(self, name: &str, value: String) -> Cookie<'static> {
        Cookie::build((self.name(name), value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .expires(None)
            .build()
    }

    /// Keeps a cookie of this site alone, sealed, for as long as browsers do.
    pub fn keep(self, jar: &CookieJar<'_>, name: &str, value: String) {
        let mut cookie = self.make(name, value);
        cookie.set_max_age(Duration::days(DAYS));
        jar.add_private(cookie);
    }
}

/// The voter of a request.
pub struct Voter<'r> {
    jar: &'r CookieJar<'r>,
    cookies: Cookies,
}

impl Voter<'_> {
    /// What this voter may see of `poll`.
    pub fn viewer(&self, poll: &Poll) -> Viewer {
        Viewer { voted: depends_on_voter(poll) && self.has_voted(poll), organiser: false }
    }

    /// The random number by which a poll with one ballot a browser knows this one.
    pub fn browser(&self) -> Option<String> {
        self.jar.get_private(&self.cookies.name("browser")).map(|cookie| cookie.value().to_owned())
    }

    /// Gives the browser its number, if it has none and the poll asks for one.
    pub fn greet(&self, poll: &Poll) {
        let mut bytes = [0; 16];
        // Without random bytes the voter is greeted the next time.
        if poll.credential == Credential::Browser && self.browser().is_none() && getrandom::fill(&mut bytes).is_ok() {
            let number = bytes.iter().fold(String::new(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            });
            self.keep("browser", number);
        }
    }

    /// Remembers that a ballot of this browser is in, where a page depends on that.
    pub fn has_cast(&self, poll: &Poll) {
        if depends_on_voter(poll) && !poll.draft {
            self.keep(&receipt(poll), made_at(poll));
        }
    }

    fn has_voted(&self, poll: &Poll) -> bool {
        let kept = self.jar.get_private(&self.cookies.name(&receipt(poll)));
        // A database gives the number of a deleted poll again.
        kept.is_some_and(|cookie| cookie.value() == made_at(poll))
    }

    fn keep(&self, name: &str, value: String) {
        self.cookies.keep(self.jar, name, value);
    }
}

/// Whether a poll's page is another one for whoever has voted in it.
pub fn depends_on_voter(poll: &Poll) -> bool {
    poll.credential != Credential::Open || [poll.results, poll.turnout].contains(&Shown::Voted)
}

fn receipt(poll: &Poll) -> String {
    format!("voted-{}", poll.id)
}

fn made_at(poll: &Poll) -> String {
    poll.created_at.and_utc().timestamp_micros().to_string()
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Voter<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(
        req: &'r Request<'_>,
    ) -> Outcome<Self, (rocket::http::Status, Self::Error), rocket::http::Status> {
        match req.guard::<&State<Cookies>>().await {
            Outcome::Success(cookies) => Outcome::Success(Self { jar: req.cookies(), cookies: **cookies }),
            _ => Outcome::Forward(rocket::http::Status::InternalServerError),
        }
    }
}
