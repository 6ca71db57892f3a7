//! Pages that are drawn for one request.

use rocket::http::Status;
use serde::Serialize;

use super::{
    error::Error,
    reply::{Caching, Reply},
    views::Views,
};

impl Reply {
    /// Draws a page for one reader, never kept by a browser or a proxy, nor shown by a search engine.
    ///
    /// # Errors
    /// [`Error`] for a template with a mistake.
    pub fn draw(views: &Views, status: Status, template: &str, view: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::html(views.render(template, view)?).status(status).hidden(true))
    }

    /// Draws a page that is the same for everybody, and asked for again each time.
    ///
    /// # Errors
    /// As [`Reply::draw`].
    pub fn shared(views: &Views, status: Status, template: &str, view: &impl Serialize) -> Result<Self, Error> {
        Ok(Self::html(views.render(template, view)?).status(status).caching(Caching::Asked))
    }
}
