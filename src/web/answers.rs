//! Answers that are drawn for one request: never kept by a browser or a proxy.

use std::io::Cursor;

use rocket::{
    Request,
    http::{ContentType, Header, Status},
    response::{self, Redirect, Responder, Response},
};
use serde::Serialize;

use super::{error::Error, views::Views};

/// A page for one reader, and its status.
pub struct Page {
    status: Status,
    body: String,
}

impl Page {
    /// Draws a page.
    ///
    /// # Errors
    /// [`Error`] for a template with a mistake.
    pub fn draw(views: &Views, status: Status, template: &str, view: &impl Serialize) -> Result<Self, Error> {
        Ok(Self { status, body: views.render(template, view)? })
    }
}

impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Response::build()
            .status(self.status)
            .header(ContentType::HTML)
            .header(Header::new("Cache-Control", "no-store"))
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
}

impl Answer {
    /// Sends the browser to `address`.
    pub fn go(address: impl Into<String>) -> Self {
        Self::Go(Redirect::to(address.into()))
    }
}
