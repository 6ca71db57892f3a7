//! Pages of a board: the same text for everybody, or for everybody who has voted, with a tag by which browsers know
//! it again.

use std::io::Cursor;

use rocket::{
    Request,
    http::{ContentType, Header, Status},
    response::{self, Responder, Response},
};
use sha2::{Digest as _, Sha256};

use super::{forms::IfNoneMatch, robots};
use crate::scoreboard::Page;

/// For whom a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    All,
    /// Those with the same cookies.
    Voter,
    /// One reader only.
    Own,
}

/// A page on its way.
pub struct BoardPage {
    page: Page,
    known: bool,
    audience: Audience,
    is_hidden: bool,
}

impl BoardPage {
    /// A page that a browser may have, and that search engines show unless it is hidden.
    pub fn new(page: Page, is_hidden: bool, known: &IfNoneMatch<'_>, audience: Audience) -> Self {
        let known = known.has(&page.etag);
        Self { page, known, audience, is_hidden }
    }
}

/// A drawn page with the tag of its content.
pub fn tagged(body: String) -> Page {
    let digest = Sha256::digest(&body);
    let tag: String = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    Page { body: body.into(), etag: format!("\"{tag}\"") }
}

impl<'r> Responder<'r, 'static> for BoardPage {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.header(ContentType::HTML).header(Header::new("ETag", self.page.etag));
        response.header(Header::new("Cache-Control", self.audience.cache_control()));
        if self.audience != Audience::All {
            response.header(Header::new("Vary", "Cookie"));
        }
        if self.is_hidden {
            response.header(robots::noindex());
        }
        if self.known {
            return response.status(Status::NotModified).ok();
        }
        let body = self.page.body;
        // One chunk: a page in several is a quarter slower to send.
        response.max_chunk_size(body.len() + 1).sized_body(body.len(), Cursor::new(body)).ok()
    }
}

impl Audience {
    /// What browsers and proxies may do with the page.
    pub fn cache_control(self) -> &'static str {
        match self {
            Self::All => "no-cache",
            Self::Voter => "private, no-cache",
            Self::Own => "no-store",
        }
    }
}
