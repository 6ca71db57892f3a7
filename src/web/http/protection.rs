//! Protection: refuses what another site makes a browser send and what no form of ours asks for, and sets the
//! headers that keep a page to itself.

use rocket::{
    Data, Request, Response,
    fairing::{AdHoc, Fairing, Info, Kind},
    get,
    http::{Method, RawStr, Status},
    outcome::Outcome,
    request::{self, FromRequest},
    shield::Shield,
    uri,
};

use super::error::{Error, methods_at};
use crate::{config::Limits, logging::Paced};

/// How much of a form Rocket has read by then, and how much is looked at where that may begin with `_method`.
const PEEK: usize = "_method=delete".len();
const PEEK_MORE: usize = 512;

/// On every answer that does not bring one of its own.
const POLICY: (&str, &str) = (
    "Content-Security-Policy",
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
     connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// On every answer that does not say otherwise itself. `no-referrer` would make browsers send `Origin: null` with our own forms.
const HEADERS: [(&str, &str); 5] = [
    POLICY,
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

/// In production: the address is asked for over HTTPS only from now on, for a year. Browsers heed it over HTTPS alone.
const HTTPS_ONLY: (&str, &str) = ("Strict-Transport-Security", "max-age=31536000");

/// Whether a request may change something here: the rule of Go 1.25's `net/http.CrossOriginProtection`.
///
/// Safe methods pass. So does what the browser says is of the same origin, or typed by its user. A
/// request without that word passes without an `Origin`, or with one whose host is ours: the one that was asked, or that
/// of the public address, which a proxy may hide.
fn is_ours(
    method: Method,
    fetch_site: Option<&str>,
    origin: Option<&str>,
    host: Option<&str>,
    public: Option<&str>,
) -> bool {
    if matches!(method, Method::Get | Method::Head | Method::Options) {
        return true;
    }
    match fetch_site {
        Some("same-origin" | "none") => true,
        Some(_) => false,
        None => match origin {
            None => true,
            Some(origin) => {
                let authority = origin.split_once("://").map(|(_, authority)| authority);
                let is_hosts = authority.zip(host).is_some_and(|(ours, host)| ours.eq_ignore_ascii_case(host));
                is_hosts || public.is_some_and(|public| origin.eq_ignore_ascii_case(public))
            }
        },
    }
}

/// Why a request is refused before any route sees it.
#[derive(Debug, Clone, Default)]
pub enum RefusedRequest {
    #[default]
    None,
    /// Another site made the browser send it.
    Foreign,
    /// Its field `_method` names a method that no form has; with those that its address takes.
    Method(String),
}

/// The methods that a form may ask for, since HTML has none of them.
fn form_method(word: &str) -> Option<Method> {
    let methods = [Method::Put, Method::Patch, Method::Delete];
    methods.into_iter().find(|method| word.eq_ignore_ascii_case(method.as_str()))
}

/// What a form whose first field is `_method` asks for; an error where that is not one method that a form may ask for.
fn method_field(form: &[u8]) -> Option<Result<Method, ()>> {
    let decode = |bytes: &[u8]| RawStr::new(&*String::from_utf8_lossy(bytes)).url_decode_lossy().into_owned();
    let fields = form.split(|byte| *byte == b'&').filter(|field| !field.is_empty());
    let mut fields = fields.map(|field| {
        let (name, value) = field.split_at(field.iter().position(|byte| *byte == b'=').unwrap_or(field.len()));
        (decode(name), decode(value.strip_prefix(b"=").unwrap_or_default()))
    });
    let (_, word) = fields.next().filter(|(name, _)| name == "_method")?;
    let again = fields.any(|(name, _)| name == "_method");
    Some(form_method(&word).filter(|_| !again).ok_or(()))
}

/// What the field `_method` asks for. Rocket obeys it in a POST whatever it names, and answers a `head` without the
/// body that it announced: the connection breaks, and a proxy takes the server for dead.
async fn asked_method(req: &Request<'_>, data: &mut Data<'_>) -> Option<Result<Method, ()>> {
    let kind = req.content_type()?;
    if kind.is_form_data() {
        // Rocket reads no such field there, so that nothing could be meant by it.
        let start = data.peek(PEEK_MORE).await;
        let has = |name: &[u8]| start.windows(name.len()).any(|part| part.eq_ignore_ascii_case(name));
        return (has(b"name=\"_method\"") || has(b"name=_method")).then_some(Err(()));
    }
    let may_begin_so = |start: &[u8]| start.first().is_some_and(|byte| b"_%&".contains(byte));
    if !kind.is_form() || !may_begin_so(data.peek(PEEK).await) {
        return None;
    }
    method_field(data.peek(PEEK_MORE).await)
}

struct Protection {
    https_only: bool,
}

#[rocket::async_trait]
impl Fairing for Protection {
    fn info(&self) -> Info {
        Info { name: "protection", kind: Kind::Request | Kind::Response }
    }

    /// Sends a refused request to [`refused`]: a fairing can't answer by itself.
    async fn on_request(&self, req: &mut Request<'_>, data: &mut Data<'_>) {
        let asked = asked_method(req, data).await;
        // A form's own method is POST, or one that only a form of the same site can have named.
        let sent = if asked.is_some() { Method::Post } else { req.method() };
        let header = |name| req.headers().get_one(name);
        let public = req.rocket().state::<Limits>().map(|limits| limits.url.as_str()).filter(|url| !url.is_empty());
        let refusal = if !is_ours(sent, header("Sec-Fetch-Site"), header("Origin"), header("Host"), public) {
            RefusedRequest::Foreign
        } else if asked == Some(Err(())) {
            RefusedRequest::Method(methods_at(req))
        } else {
            if let Some(Ok(method)) = asked {
                req.set_method(method);
            }
            return;
        };
        static FOREIGN: Paced = Paced::new();
        if matches!(refusal, RefusedRequest::Foreign) {
            FOREIGN.warn(|count| format!("{count} requests from other sites were refused"));
        }
        req.local_cache(|| refusal);
        req.set_method(Method::Get);
        req.set_uri(uri!(refused));
    }

    async fn on_response<'r>(&self, _: &'r Request<'_>, response: &mut Response<'r>) {
        for (name, value) in HEADERS.into_iter().chain(self.https_only.then_some(HTTPS_ONLY)) {
            if !response.headers().contains(name) {
                response.set_raw_header(name, value);
            }
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for &'r RefusedRequest {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        match req.local_cache(RefusedRequest::default) {
            RefusedRequest::None => Outcome::Forward(Status::NotFound),
            refusal => Outcome::Success(refusal),
        }
    }
}

#[get("/refused")]
pub fn refused(why: &RefusedRequest) -> Error {
    match why {
        RefusedRequest::Method(allowed) => Error::Method(allowed.clone()),
        _ => Error::plain(
            Status::Forbidden,
            "This came from another site, so nothing was changed.",
            "Open the poll here and send it again from its own page.",
        ),
    }
}

/// Protects every route, those mounted later too; with `https_only`, browsers ask for the site over HTTPS alone.
pub fn stage(https_only: bool) -> AdHoc {
    AdHoc::on_ignite("protection", move |rocket| async move {
        rocket.attach(Shield::new()).attach(Protection { https_only })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_matrix() {
        use Method::{Delete, Get, Head, Options, Patch, Post, Put};
        let host = Some("vote.example");
        let cases = [
            // Sec-Fetch-Site, Origin, Host: whether an unsafe method passes
            (None, None, host, true),
            (None, None, None, true),
            (None, Some("https://vote.example"), host, true),
            (None, Some("http://VOTE.example"), host, true),
            (None, Some("https://vote.example:8443"), host, false),
            (None, Some("https://vote.example:8443"), Some("vote.example:8443"), true),
            (None, Some("https://evil.example"), host, false),
            (None, Some("https://vote.example.evil.example"), host, false),
            (None, Some("null"), host, false),
            (None, Some(""), host, false),
            (None, Some("vote.example"), host, false),
            (None, Some("https://vote.example"), None, false),
            (Some("same-origin"), Some("https://evil.example"), host, true),
            (Some("none"), None, host, true),
            (Some("same-site"), Some("https://vote.example"), host, false),
            (Some("cross-site"), None, host, false),
            (Some("cross-site"), Some("https://vote.example"), host, false),
            (Some(""), None, host, false),
            (Some("Same-Origin"), None, host, false),
        ];
        for (site, origin, host, passes) in cases {
            for method in [Post, Put, Delete, Patch] {
                assert_eq!(is_ours(method, site, origin, host, None), passes, "{method} {site:?} {origin:?} {host:?}");
            }
            for method in [Get, Head, Options] {
                assert!(is_ours(method, site, origin, host, None));
            }
        }
    }

    #[test]
    fn a_host_that_a_proxy_hides_is_the_public_one() {
        let hidden = Some("127.0.0.1:8000");
        for (site, origin, passes) in [
            (None, Some("https://vote.example"), true),
            (None, Some("https://VOTE.example"), true),
            (None, Some("http://vote.example"), false),
            (None, Some("https://vote.example:8443"), false),
            (None, Some("https://vote.example.evil.example"), false),
            (None, Some("http://127.0.0.1:8000"), true),
            (Some("cross-site"), Some("https://vote.example"), false),
        ] {
            let ours = is_ours(Method::Post, site, origin, hidden, Some("https://vote.example"));
            assert_eq!(ours, passes, "{site:?} {origin:?}");
        }
    }
}
