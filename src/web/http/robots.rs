//! What search engines are asked to leave out: pages for one reader, unlisted polls, invitations and files.

use rocket::{get, http::Header};

/// The header of a page that no search engine may show.
pub fn noindex() -> Header<'static> {
    Header::new("X-Robots-Tag", "noindex")
}

/// Invitations and unlisted polls are not named here: this file is public, and what may not be read can't say that it may
/// not be shown.
#[get("/robots.txt")]
pub fn robots() -> &'static str {
    "User-agent: *\nDisallow: /organiser\nDisallow: /session\n"
}
