//! What a request may bring: form fields read with limits in size and time, and the tags a browser knows.

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use rocket::{
    Data, Request,
    data::{FromData, Outcome, ToByteUnit as _},
    http::Status,
    outcome::Outcome::{Error, Success},
    request::{self, FromRequest},
    tokio::{
        io::{AsyncReadExt as _, sink},
        sync::{Semaphore, SemaphorePermit},
        time::timeout,
    },
};

use super::clients::Sender;
use crate::{
    config::Limits,
    credentials::{Purpose, Secret},
};

/// The largest small form: a few short fields.
pub const FORM_KIB: u64 = 16;

/// The largest ballot: a rank or a score for each of 2,000 choices whose keys have 64 characters.
pub const BALLOT_KIB: u64 = 160;

/// How much of strangers' ballots is held while they arrive, beyond a small form of each, in KiB. It is taken as it
/// arrives, so that whoever sends slowly keeps nobody else waiting.
static ARRIVING: Semaphore = Semaphore::const_new(128 * 1024);

/// In so long each further part of a large form, as large as a small one, must have arrived: who stalls gives its memory
/// back soon.
const PART_SECONDS: Duration = Duration::from_secs(2);

/// The largest form of an organiser: a poll of 1,000 choices with a line about each.
pub const ORGANISER_KIB: u64 = 2048;

/// The fields of a form of at most so many KiB, decoded, in the order in which they came.
pub struct Fields<const KIB: u64 = FORM_KIB>(Arc<Vec<(String, String)>>);

/// The fields that a request has submitted, for an answer that gives them back.
#[derive(Default)]
struct Submitted(Option<Arc<Vec<(String, String)>>>);

/// Whether a guard of the route has found who sends the request: nobody else may send a large form.
#[derive(Default)]
struct Trusted(bool);

/// Allows this request a large form.
pub fn trust(req: &Request<'_>) {
    req.local_cache(|| Trusted(true));
}

/// Whether [`trust`] was called for this request. A route that takes a large form has a guard that calls it.
pub(super) fn is_trusted(req: &Request<'_>) -> bool {
    req.local_cache(Trusted::default).0
}

/// The fields that have a password in them: no page ever has it.
const PASSWORDS: [&str; 2] = ["password", "old"];

/// What a request’s form says, to be sent again; `None` for a request without one, and for a form with a password.
pub fn submitted<'r>(req: &'r Request<'_>) -> Option<&'r [(String, String)]> {
    let fields = req.local_cache(Submitted::default).0.as_deref()?;
    let has_password = fields.iter().any(|(name, _)| PASSWORDS.contains(&name.as_str()));
    (!has_password).then_some(fields.as_slice())
}

/// Why a form could not be taken, in words for the voter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not `application/x-www-form-urlencoded`.
    #[error("The form came in a type that is not read here. Send it as application/x-www-form-urlencoded.")]
    Type,
    /// Too large.
    #[error("The form is larger than {0} KiB. Send only its own fields.")]
    Size(u64),
    /// Without its length.
    #[error("The form came without its length, so nobody can tell whether it is whole. Send it with Content-Length.")]
    Length,
    /// Too slow, or broken off.
    #[error("The form did not arrive whole in time. Send it again.")]
    Incomplete,
    /// Not UTF-8 behind its percent signs.
    #[error("The form has characters that are not UTF-8. Go back to the ballot and send it from there.")]
    Encoding,
    /// With a field `_method` that is not its first one and names no method that a form may ask for.
    #[error(
        "The form asks for a kind of request that no form here has, and nothing was changed. Send it with the buttons on its own page."
    )]
    Method,
    /// A field that may come once came more often.
    #[error("The field “{0}” came more than once. Pick one.")]
    Repeated(&'static str),
}

impl FormError {
    /// The status that says the same to programs.
    pub fn status(&self) -> Status {
        match self {
            Self::Type => Status::UnsupportedMediaType,
            Self::Size(_) => Status::PayloadTooLarge,
            Self::Length => Status::LengthRequired,
            Self::Incomplete => Status::RequestTimeout,
            Self::Encoding => Status::BadRequest,
            Self::Method => Status::MethodNotAllowed,
            Self::Repeated(_) => Status::UnprocessableEntity,
        }
    }
}

impl<const KIB: u64> Fields<KIB> {
    /// The value of a field that may come once; `None` where it is missing or empty.
    ///
    /// # Errors
    /// [`FormError::Repeated`].
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, FormError> {
        let mut values = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(FormError::Repeated(name)),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// All values of a field, in the order in which they came.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The fields whose names begin so: the rest of each name, and its value, in the order in which they came.
    pub fn beginning<'f>(&'f self, start: &'f str) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.0.iter().filter_map(move |(name, value)| Some((name.strip_prefix(start)?, value.as_str())))
    }

    /// The value of a field as it was typed; empty where it is missing. Of several, the first.
    pub fn text<'f>(&'f self, name: &'f str) -> &'f str {
        self.all(name).next().unwrap_or_default()
    }

    /// By what a form is known that is sent again: the keyed hash of what it is for, the key of its page and all that it
    /// says; `None` where it has no key.
    pub fn hash(&self, what: &str, secret: &Secret) -> Option<[u8; 32]> {
        let has_key = !self.text("key").is_empty();
        let parts = self.0.iter().map(|(name, value)| format!("{} {name} {} {value}", name.len(), value.len()));
        has_key.then(|| secret.hash(Purpose::Form(what, &parts.collect::<String>())))
    }

    /// The first value of each field: for a form of thousands.
    pub fn by_name(&self) -> HashMap<&str, &str> {
        self.0.iter().rev().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// The body, at most one byte more than may come, with the memory that it was given.
    async fn arrive(data: Data<'_>, length: Option<u64>) -> io::Result<(Vec<u8>, Option<SemaphorePermit<'static>>)> {
        const PART: u64 = FORM_KIB * 1024;
        let mut stream = data.open(KIB.kibibytes() + 1).take(PART);
        // A byte more than a small form needs, so that its end is seen without growing.
        let mut body = Vec::with_capacity(length.unwrap_or(0).min(PART) as usize + 1);
        let mut held = None::<SemaphorePermit<'static>>;
        while stream.read_buf(&mut body).await? > 0 {}
        while stream.limit() == 0 {
            if KIB == BALLOT_KIB {
                let more = ARRIVING.acquire_many(FORM_KIB as u32).await.map_err(io::Error::other)?;
                match &mut held {
                    Some(held) => held.merge(more),
                    None => held = Some(more),
                }
            }
            stream.set_limit(PART);
            let part = async {
                while stream.read_buf(&mut body).await? > 0 {}
                Ok::<_, io::Error>(())
            };
            timeout(PART_SECONDS, part).await??;
        }
        Ok((body, held))
    }

    async fn read(req: &Request<'_>, data: Data<'_>) -> Result<Self, FormError> {
        if !req.content_type().is_some_and(|kind| kind.is_form()) {
            return Err(FormError::Type);
        }
        let limit = KIB.kibibytes();
        let length = req.headers().get_one("Content-Length").and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > limit.as_u64()) {
            return Err(FormError::Size(KIB));
        }
        let seconds = req.rocket().state::<Limits>().map_or(10, |limits| limits.body_seconds);
        let is_large = length.is_none_or(|length| length > FORM_KIB * 1024);
        let _sender = is_large.then(|| Sender::of(req));
        let arriving = timeout(Duration::from_secs(seconds), Self::arrive(data, length)).await;
        // What was taken of the memory is held until the fields are read.
        let (body, _held) = arriving.map_err(|_| FormError::Incomplete)?.map_err(|_| FormError::Incomplete)?;
        if body.len() as u64 > limit.as_u64() {
            return Err(FormError::Size(KIB));
        }
        // A connection that breaks while Rocket peeks for `_method` gives a short body, not an error.
        match length {
            None => return Err(FormError::Length),
            Some(length) if length != body.len() as u64 => return Err(FormError::Incomplete),
            Some(_) => {}
        }
        let text = std::str::from_utf8(&body).map_err(|_| FormError::Encoding)?;
        let decode = |text: &str| {
            // Strict, where `Form::values` alone would put a replacement character.
            rocket::http::RawStr::new(text).url_decode().map(|text| text.into_owned()).map_err(|_| FormError::Encoding)
        };
        text.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| Ok((decode(name)?, decode(value)?)))
            .collect::<Result<_, _>>()
            .and_then(|fields: Vec<(String, String)>| match fields.iter().skip(1).any(|(name, _)| name == "_method") {
                true => Err(FormError::Method),
                false => Ok(Self(Arc::new(fields))),
            })
    }
}

#[rocket::async_trait]
impl<'r, const KIB: u64> FromData<'r> for Fields<KIB> {
    type Error = FormError;

    async fn from_data(req: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        if KIB > BALLOT_KIB && !is_trusted(req) {
            let length = req.headers().get_one("Content-Length").and_then(|length| length.parse::<u64>().ok());
            if length.is_some_and(|length| length <= BALLOT_KIB * 1024) {
                // As much as anybody’s ballot: it comes back with the answer.
                if let Ok(fields) = Fields::<BALLOT_KIB>::read(req, data).await {
                    req.local_cache(|| Submitted(Some(fields.0)));
                }
            } else {
                let _sender = Sender::of(req);
                // No memory for strangers. It is read all the same, so that the browser comes to hear why.
                let _ = timeout(Duration::from_secs(10), data.open(KIB.kibibytes()).stream_to(sink())).await;
            }
            return Error((Status::Unauthorized, FormError::Incomplete));
        }
        match Self::read(req, data).await {
            Ok(fields) => {
                req.local_cache(|| Submitted(Some(fields.0.clone())));
                Success(fields)
            }
            Err(error) => Error((error.status(), error)),
        }
    }
}

/// The `If-None-Match` header of a request.
pub struct IfNoneMatch<'r>(Option<&'r str>);

impl IfNoneMatch<'_> {
    /// Whether the browser has the content with this tag (RFC 9110, 13.1.2: by weak comparison).
    pub fn has(&self, etag: &str) -> bool {
        self.0.is_some_and(|known| {
            known == etag
                || known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*")
        })
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for IfNoneMatch<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        Success(Self(req.headers().get_one("If-None-Match")))
    }
}
