//! Replies: how every page and file is sent, and what may be kept of it. Cache-Control, ETag, Vary and 304 are written
//! here alone.

use std::{io::Cursor, pin::Pin};

use bytes::Bytes;
use rocket::{
    Request,
    http::{ContentType, Header, Status},
    response::{self, Responder, Response},
    tokio::io::AsyncRead,
};

use super::{forms::IfNoneMatch, robots};

/// The most bytes of a body that are sent at once.
const CHUNK: usize = 256 * 1024;

/// The buffer of each stream of events: thousands of them wait at the same time.
const EVENT_CHUNK: usize = 1024;

/// What browsers and proxies may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Nothing: it is for one reader, or about one request.
    Never,
    /// Nothing, and the reader is known by cookies.
    Own,
    /// All, to be asked for again each time; the same for everybody.
    Asked,
    /// The same for everybody with the same cookies.
    Voter,
    /// All, for ever: the address names the content.
    Forever,
}

/// A page or a file on its way.
pub struct Reply {
    status: Status,
    kind: ContentType,
    body: Body,
    caching: Caching,
    etag: Option<String>,
    is_known: bool,
    is_hidden: bool,
    headers: Vec<Header<'static>>,
}

enum Body {
    Whole(Bytes),
    Stream(Pin<Box<dyn AsyncRead + Send>>),
    /// A stream that waits most of the time, with a small buffer.
    Events(Pin<Box<dyn AsyncRead + Send>>),
}

impl Reply {
    /// A whole body, of which nothing is kept.
    pub fn new(kind: ContentType, body: impl Into<Bytes>) -> Self {
        Self {
            status: Status::Ok,
            kind,
            body: Body::Whole(body.into()),
            caching: Caching::Never,
            etag: None,
            is_known: false,
            is_hidden: false,
            headers: Vec::new(),
        }
    }

    /// A page.
    pub fn html(body: impl Into<Bytes>) -> Self {
        Self::new(ContentType::HTML, body)
    }

    /// A body that is read while it is sent.
    pub fn stream(kind: ContentType, body: impl AsyncRead + Send + 'static) -> Self {
        Self { body: Body::Stream(Box::pin(body)), ..Self::new(kind, Bytes::new()) }
    }

    /// Server-sent events, one read each.
    pub fn events(events: impl AsyncRead + Send + 'static) -> Self {
        Self { body: Body::Events(Box::pin(events)), ..Self::new(ContentType::EventStream, Bytes::new()) }
    }

    /// With this status.
    #[must_use]
    pub fn status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// Of which so much may be kept.
    #[must_use]
    pub fn caching(self, caching: Caching) -> Self {
        Self { caching, ..self }
    }

    /// With a tag that names its content, quotes included: 304 for a browser that has it.
    #[must_use]
    pub fn tagged(self, etag: String, known: &IfNoneMatch<'_>) -> Self {
        Self { is_known: known.has(&etag), etag: Some(etag), ..self }
    }

    /// Which search engines may not show, if it `is_hidden`.
    #[must_use]
    pub fn hidden(self, is_hidden: bool) -> Self {
        Self { is_hidden: self.is_hidden || is_hidden, ..self }
    }

    /// Which pages and programs of other sites may use, without cookies.
    #[must_use]
    pub fn for_other_sites(self) -> Self {
        self.header("Access-Control-Allow-Origin", "*")
            .header("Access-Control-Expose-Headers", "ETag")
            .header("Cross-Origin-Resource-Policy", "cross-origin")
    }

    /// With one header more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push(Header::new(name, value.into()));
        self
    }
}

impl<'r> Responder<'r, 'static> for Reply {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status).header(self.kind).header(Header::new("Cache-Control", self.caching.directive()));
        if matches!(self.caching, Caching::Own | Caching::Voter) {
            response.header(Header::new("Vary", "Cookie"));
        }
        if let Some(etag) = self.etag {
            response.header(Header::new("ETag", etag));
        }
        if self.is_hidden {
            response.header(robots::noindex());
        }
        for header in self.headers {
            response.header(header);
        }
        if self.is_known {
            return response.status(Status::NotModified).ok();
        }
        match self.body {
            // A page is one chunk: in several it is a quarter slower to send. A chunk is copied for each client, so those of
            // a long file are bounded. A new body has chunks of 4 kB, so their size comes last.
            Body::Whole(body) => {
                let size = body.len();
                response.sized_body(size, Cursor::new(body)).max_chunk_size((size + 1).min(CHUNK)).ok()
            }
            Body::Stream(body) => response.streamed_body(body).ok(),
            Body::Events(body) => response.streamed_body(body).max_chunk_size(EVENT_CHUNK).ok(),
        }
    }
}

impl Caching {
    fn directive(self) -> &'static str {
        match self {
            Self::Never | Self::Own => "no-store",
            Self::Asked => "no-cache",
            Self::Voter => "private, no-cache",
            Self::Forever => "public, max-age=31536000, immutable",
        }
    }
}

/// What follows a form: the page again with what is wrong, or the way to where its work shows.
#[expect(clippy::large_enum_variant, reason = "lives for one answer")]
pub enum Answer {
    /// A page.
    Page(Reply),
    /// 303 See Other, to this address.
    Go(String),
    /// The same after a sign-out.
    SignedOut(String),
}

impl Answer {
    /// Sends the browser to `address`.
    pub fn go(address: impl Into<String>) -> Self {
        Self::Go(address.into())
    }

    /// Sends the browser to `address` and lets it forget the pages that it has kept.
    ///
    /// Not its cookies: with the one by which polls know a browser it would lose that it has voted.
    pub fn signed_out(address: impl Into<String>) -> Self {
        Self::SignedOut(address.into())
    }
}

impl<'r> Responder<'r, 'static> for Answer {
    /// A redirect of Rocket's own would parse the address, which is one of ours, at each vote.
    fn respond_to(self, req: &'r Request<'_>) -> response::Result<'static> {
        let (address, is_signed_out) = match self {
            Self::Page(reply) => return reply.respond_to(req),
            Self::Go(address) => (address, false),
            Self::SignedOut(address) => (address, true),
        };
        let mut response = Response::build();
        response.status(Status::SeeOther).raw_header("Location", address);
        if is_signed_out {
            response.raw_header("Clear-Site-Data", "\"cache\"");
        }
        response.ok()
    }
}

#[cfg(test)]
mod tests {
    use rocket::local::asynchronous::Client;

    use super::*;

    /// Rocket writes each chunk by itself, and a page above 4 kB would be two.
    #[rocket::async_test]
    async fn a_page_is_one_chunk_and_a_long_file_is_several() {
        let client = Client::untracked(rocket::custom(rocket::Config::debug_default())).await.unwrap();
        let request = client.get("/");
        for size in [0, 1, 4_096, 4_097, 200_000, 8_000_000] {
            let mut response = Reply::html(vec![b'x'; size]).respond_to(request.inner()).unwrap();
            assert_eq!(response.body().max_chunk_size() > size, size < CHUNK, "{size} bytes");
            assert!(response.body().max_chunk_size() <= CHUNK, "{size} bytes");
            assert_eq!(response.body_mut().size().await, Some(size));
        }
    }
}
