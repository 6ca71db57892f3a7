//! Protection: refuses what another site makes a browser send, and sets the headers that keep a page to itself.

use rocket::{
    Data, Request, Response,
    fairing::{AdHoc, Fairing, Info, Kind},
    get,
    http::{Header, Method, Status},
    routes,
    shield::Shield,
    uri,
};

use super::error::Error;

/// On every answer that does not say otherwise itself. `no-referrer` would make browsers send `Origin: null` with our own forms.
const HEADERS: [(&str, &str); 4] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
         connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
];

/// Whether a request may change something here: the rule of Go 1.25's `net/http.CrossOriginProtection`.
///
/// Safe methods pass. So does what the browser says is of the same origin, or typed by its user. A
/// request without that word passes without an `Origin`, or with one whose host is ours.
fn is_ours(method: Method, fetch_site: Option<&str>, origin: Option<&str>, host: Option<&str>) -> bool {
    if matches!(method, Method::Get | Method::Head | Method::Options) {
        return true;
    }
    match fetch_site {
        Some("same-origin" | "none") => true,
        Some(_) => false,
        None => match origin {
            None => true,
            Some(origin) => origin
                .split_once("://")
                .zip(host)
                .is_some_and(|((_, authority), host)| authority.eq_ignore_ascii_case(host)),
        },
    }
}

struct CrossOrigin;

#[rocket::async_trait]
impl Fairing for CrossOrigin {
    fn info(&self) -> Info {
        Info { name: "cross-origin protection", kind: Kind::Request | Kind::Response }
    }

    /// Sends a refused request to [`refused`]: a fairing can't answer by itself.
    async fn on_request(&self, req: &mut Request<'_>, _: &mut Data<'_>) {
        let header = |name| req.headers().get_one(name);
        if !is_ours(req.method(), header("Sec-Fetch-Site"), header("Origin"), header("Host")) {
            req.set_method(Method::Get);
            req.set_uri(uri!(refused));
        }
    }

    async fn on_response<'r>(&self, _: &'r Request<'_>, response: &mut Response<'r>) {
        for (name, value) in HEADERS {
            if !response.headers().contains(name) {
                response.set_header(Header::new(name, value));
            }
        }
    }
}

#[get("/refused")]
fn refused() -> Error {
    Error::plain(
        Status::Forbidden,
        "This came from another site, so nothing was changed.",
        "Open the poll here and send it again from its own page.",
    )
}

/// Protects every route, those mounted later too.
pub fn stage() -> AdHoc {
    AdHoc::on_ignite("protection", |rocket| async {
        rocket.attach(Shield::new()).attach(CrossOrigin).mount("/", routes![refused])
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
                assert_eq!(is_ours(method, site, origin, host), passes, "{method} {site:?} {origin:?} {host:?}");
            }
            for method in [Get, Head, Options] {
                assert!(is_ours(method, site, origin, host));
            }
        }
    }
}
