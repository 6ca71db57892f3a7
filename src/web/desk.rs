//! The organiser's desk: what the pages of a poll's organiser share. Another organiser's poll is not found.

use rocket::{
    Request, State,
    outcome::Outcome,
    request::{self, FromRequest},
};

use super::{error::Error, guards::SignedIn, voter::Cookies};
use crate::{
    db::Connection,
    marks,
    models::poll::{Definition, Poll, Which},
};

/// The organiser's poll with this slug.
///
/// # Errors
/// 404 where there is none, or it is another organiser's.
pub async fn poll(db: &mut Connection, slug: &str, who: &SignedIn) -> Result<Poll, Error> {
    if !marks::is_key(slug) {
        return Err(Error::no_such_poll());
    }
    let poll = Poll::find_by_slug(db, slug).await?;
    poll.filter(|poll| poll.organiser_id == Some(who.organiser.id)).ok_or_else(Error::no_such_poll)
}

/// The same with its choices.
///
/// # Errors
/// As [`poll`].
pub async fn definition(db: &mut Connection, slug: &str, who: &SignedIn) -> Result<Definition, Error> {
    let poll = poll(db, slug, who).await?;
    Definition::find(db, &Which::Slug(poll.slug)).await?.ok_or_else(Error::no_such_poll)
}

/// Where this site is, as its organiser's browser knows it: `https://vote.example`.
pub struct Site(String);

impl Site {
    /// The whole address of a path.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Site {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        let secure = matches!(req.guard::<&State<Cookies>>().await, Outcome::Success(cookies) if cookies.secure);
        let host = req.headers().get_one("Host").unwrap_or("localhost");
        Outcome::Success(Self(format!("{}://{host}", if secure { "https" } else { "http" })))
    }
}
