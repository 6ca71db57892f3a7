//! Errors at the edge: the one place where what went wrong becomes a status and a page.
//!
//! Routes return [`Error`]; what Rocket itself refuses comes through the catcher.

use std::collections::BTreeSet;

use rocket::{
    Request, catch, catchers,
    fairing::AdHoc,
    http::{Header, Method, RawStr, Status},
    response::{self, Redirect, Responder},
};
use serde::Serialize;

use super::{
    forms::{self, FormError},
    reply::Reply,
    views::{ViewError, Views},
};
use crate::{db::OpenError, passwords::HashError};

/// Seconds after which a voter who was sent away may come back.
pub const RETRY_AFTER: &str = "1";

/// What a route could not do.
#[derive(Debug)]
pub enum Error {
    /// A page of its own: a sentence, and what to do about it.
    Plain(Status, &'static str, &'static str),
    /// A form that can't be read at all.
    Form(FormError),
    /// The poll of this address stands at another one, with this slug.
    Moved(String),
    /// This address is for organisers who are signed in; they come back to it.
    SignIn(String),
    /// What Rocket itself refused.
    Unrouted(Status),
    /// The address does not answer this method; with those that it answers, as the value of an `Allow` header.
    Method(String),
    /// The service can't right now; the voter may try again.
    Unavailable(&'static str),
}

impl Error {
    /// An error with a page of its own.
    pub fn plain(status: Status, sentence: &'static str, advice: &'static str) -> Self {
        Self::Plain(status, sentence, advice)
    }

    /// There is no poll at this address.
    pub fn no_such_poll() -> Self {
        Self::plain(
            Status::NotFound,
            "There is no poll at this address.",
            "Check the address, or pick a poll from the list of all polls.",
        )
    }

    /// A form was sent by somebody whose session is over: it comes back with the answer, to be sent again.
    pub fn signed_out() -> Self {
        Self::plain(
            Status::Unauthorized,
            "You are signed out, so nothing was saved.",
            "Sign in in another tab, then go back to the page before this one and send it again.",
        )
    }
}

impl From<FormError> for Error {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        log::error!("no random bytes: {error}");
        Self::Unavailable("The server has no random numbers right now, so nothing was done.")
    }
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        log::error!("{error}");
        Self::Unavailable("Passwords can’t be checked right now.")
    }
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        log::error!("{error}");
        Self::plain(Status::InternalServerError, "This page could not be drawn.", "Tell whoever runs this site.")
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        log::error!("no connection for a request: {error}");
        Self::Unavailable("The database can’t be reached right now.")
    }
}

impl From<diesel::result::Error> for Error {
    /// A row that was there a moment ago is of a poll that was deleted meanwhile.
    fn from(error: diesel::result::Error) -> Self {
        if matches!(error, diesel::result::Error::NotFound) {
            return Self::no_such_poll();
        }
        log::error!("a query failed: {error}");
        Self::Unavailable("The database does not answer as it should.")
    }
}

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, req: &'r Request<'_>) -> response::Result<'static> {
        match self {
            Self::Plain(status, sentence, advice) => page(req, status, sentence, advice),
            Self::Unrouted(status) => unrouted(req, status),
            Self::Method(allowed) => wrong_method(req, allowed),
            Self::Form(FormError::Method) => wrong_method(req, methods_at(req)),
            Self::Unavailable(sentence) => {
                let mut response = page(req, Status::ServiceUnavailable, sentence, "Wait a moment and try again.")?;
                response.set_header(Header::new("Retry-After", RETRY_AFTER));
                Ok(response)
            }
            Self::Form(error) => {
                page(req, error.status(), &error.to_string(), "Go back to the page before this one and send it again.")
            }
            // The method and the form come along; nobody keeps the answer, since another poll may stand here later.
            Self::Moved(slug) => Redirect::temporary(at_slug(req, &slug)).respond_to(req),
            Self::SignIn(address) => {
                Redirect::to(format!("/session?to={}", RawStr::new(&address).percent_encode())).respond_to(req)
            }
        }
    }
}

/// `error.html`.
#[derive(Serialize)]
struct ShowError<'a> {
    title: &'a str,
    status: u16,
    sentence: &'a str,
    advice: &'a str,
    home: &'static str,
    /// The form that can be sent again from here.
    again: Option<Again<'a>>,
}

/// A form that was not taken through no fault of what it says.
#[derive(Serialize)]
struct Again<'a> {
    /// Where it goes.
    address: &'a str,
    /// The method, where it is not POST and no field says so.
    method: Option<&'a str>,
    /// The names and values of its fields.
    fields: &'a [(String, String)],
}

impl<'a> ShowError<'a> {
    /// The page of an error: what is wrong, and what to do about it.
    fn new(status: Status, sentence: &'a str, advice: &'a str, again: Option<Again<'a>>) -> Self {
        Self { title: status.reason_lossy(), status: status.code, sentence, advice, home: "/", again }
    }
}

#[catch(default)]
fn catcher(status: Status, _: &Request<'_>) -> Error {
    Error::Unrouted(status)
}

/// The page for a status that Rocket gave.
fn unrouted(req: &Request<'_>, status: Status) -> response::Result<'static> {
    // Rocket answers a known address with a wrong method as an unknown address.
    let allowed = if status == Status::NotFound { methods_at(req) } else { String::new() };
    // Where the route is there, what it serves is not.
    if !allowed.is_empty() && !allowed.split(", ").any(|method| method == req.method().as_str()) {
        return wrong_method(req, allowed);
    }
    let (status, sentence, advice) = match status.code {
        404 => (status, "There is no page at this address.", "Check the address, or start from the home page."),
        413 => (status, "That is too much to read.", "Send only the fields of the form."),
        400..=499 => (status, "This request can’t be read.", "Go back to the page and send it from there."),
        _ => (
            status,
            "Something went wrong on this site.",
            "Try again. If it happens again, tell whoever runs this site.",
        ),
    };
    page(req, status, sentence, advice)
}

fn wrong_method(req: &Request<'_>, allowed: String) -> response::Result<'static> {
    let mut response = page(
        req,
        Status::MethodNotAllowed,
        "This address does not answer that kind of request, and nothing was changed.",
        "A form is sent with the buttons on its own page.",
    )?;
    response.set_header(Header::new("Allow", allowed));
    Ok(response)
}

/// The address of a request for a poll, with another slug.
fn at_slug(req: &Request<'_>, slug: &str) -> String {
    let below = req.uri().path().raw_segments().skip(2).map(|part| format!("/{part}")).collect::<String>();
    let query = req.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("/polls/{slug}{below}{query}")
}

/// The methods that routes at this request's address take, as the value of an `Allow` header; empty where there are none.
pub fn methods_at(req: &Request<'_>) -> String {
    let path: Vec<&str> = req.uri().path().segments().collect();
    let mut methods = BTreeSet::new();
    for route in req.rocket().routes() {
        let parts: Vec<&str> = route.uri.path().split('/').filter(|part| !part.is_empty()).collect();
        // Any word may be a short address.
        if parts.first().is_some_and(|part| part.starts_with('<')) {
            continue;
        }
        if parts.len() == path.len()
            && parts.iter().zip(&path).all(|(part, given)| part.starts_with('<') || part == given)
        {
            methods.insert(route.method.as_str());
        }
    }
    if methods.contains("GET") {
        methods.insert("HEAD");
    }
    methods.into_iter().collect::<Vec<_>>().join(", ")
}

fn page(req: &Request<'_>, status: Status, sentence: &str, advice: &str) -> response::Result<'static> {
    let may_go_on = matches!(status, Status::Unauthorized | Status::ServiceUnavailable);
    let address = req.uri().to_string();
    let again = forms::submitted(req).filter(|_| may_go_on).map(|fields| {
        let is_named = req.method() == Method::Post || fields.first().is_some_and(|(name, _)| name == "_method");
        Again { address: &address, method: (!is_named).then(|| req.method().as_str()), fields }
    });
    html(req, status, "error.html", &ShowError::new(status, sentence, advice, again))
}

/// A page that is never kept.
fn html(req: &Request<'_>, status: Status, template: &str, view: &impl serde::Serialize) -> response::Result<'static> {
    let body =
        req.rocket().state::<Views>().ok_or(Status::InternalServerError)?.render(template, view).map_err(|error| {
            log::error!("{error}");
            Status::InternalServerError
        })?;
    Reply::html(body).status(status).respond_to(req)
}

/// Turns every error into a page.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("error pages", |rocket| async { rocket.register("/", catchers![catcher]) })
}
