//! Answers that are drawn for one request.

use std::io::Cursor;

use rocket::{
    Request,
    http::{ContentType, Header, Status},
    response::{self, Redirect, Responder, Response},
};
use serde::Serialize;

use super::{error::Error, robots, views::Views};

/// A page, and its status.
pub struct Page {
    status: Status,
    body: String,
    cache: &'static str,
    is_hidden: bool,
}

impl Page {
    /// Draws a page for one reader, never kept by a browser or a proxy, nor shown by a search engine.
    ///
    /// # Errors
    /// [`Error`] for a template with a mistake.
    pub fn draw(views: &Views, status: Status, template: &str, view: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { status, body: views.render(template, view)?, cache: "no-store", is_hidden: true })
    }

    /// Draws a page that is the same for everybody, and asked for again each time.
    ///
    /// # Errors
    /// As [`Page::draw`].
    pub fn shared(views: &Views, status: Status, template: &str, view: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { cache: "no-cache", is_hidden: false, ..Self::draw(views, status, template, view)? })
    }

    /// The same, for search engines to show or not.
    #[must_use]
    pub fn hidden(self, is_hidden: bool) -> Self {
        Self { is_hidden: self.is_hidden || is_hidden, ..self }
    }
}

impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        if self.is_hidden {
            response.header(robots::noindex());
        }
        response
            .status(self.status)
            .header(ContentType::HTML)
            .header(Header::new("Cache-Control", self.cache))
            .max_chunk_size(self.body.len() + 1)
            .sized_body(self.body.len(), Cursor::new(self.body))
            .ok()
    }
}

/// What follows a form: the page again with what is wrong, or the way to where its work shows.
#[derive(Responder)]
pub enum Answer {
    /// A page.
    Page(Page),
    /// A page with one header more, such as `Retry-After`.
    Later(Page, Header<'static>),
    /// 303 See Other.
    Go(Redirect),
    /// The same after a sign-out.
    SignedOut(Redirect, Header<'static>),
}

impl Answer {
    /// Sends the browser to `address`.
    pub fn go(address: impl Into<String>) -> Self {
        Self::Go(Redirect::to(address.into()))
    }

    /// Sends the browser to `address` and lets it forget the pages that it has kept.
    ///
    /// Not its cookies: with the one by which polls know a browser it would lose that it has voted.
    pub fn signed_out(address: impl Into<String>) -> Self {
        Self::SignedOut(Redirect::to(address.into()), Header::new("Clear-Site-Data", "\"cache\""))
    }
}
