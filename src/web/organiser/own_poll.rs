//! The request guard for an organiser's own poll: every handler below `/polls/<slug>/` that is not for voters takes it.

use rocket::{
    Request,
    http::Status,
    outcome::Outcome,
    request::{self, FromRequest},
};

use crate::{
    db::{Connection, Engine},
    marks,
    models::{
        address,
        eligibility::Eligibility,
        poll::{Definition, Poll, Which},
    },
    web::{http::error::Error, session::SignedIn},
};

/// The poll at the address of a request, whose organiser is signed in. A handler takes `Result<OwnPoll, Error>` and
/// unwraps it with `?`; its route has `<_>` for the slug. Another organiser's poll is not found.
///
/// Its connection returns to the pool before the body of the request is read: slow senders can't use up the pool.
pub struct OwnPoll {
    /// The organiser.
    pub who: SignedIn,
    /// The poll.
    pub poll: Poll,
}

impl OwnPoll {
    /// The poll, if it is by invitation.
    ///
    /// # Errors
    /// 404 where it is not.
    pub fn by_invitation(self) -> Result<Self, Error> {
        if self.poll.settings.eligibility != Eligibility::Invitation {
            return Err(Error::plain(
                Status::NotFound,
                "This poll takes votes without an invitation.",
                "Until somebody votes, you can change that in its settings.",
            ));
        }
        Ok(self)
    }

    /// The poll as it is now, with its choices.
    ///
    /// # Errors
    /// 404 where it was deleted or moved meanwhile.
    pub async fn definition(&self, db: &mut Connection) -> Result<Definition, Error> {
        let found = Definition::find(db, &Which::Slug(self.poll.slug.clone())).await?;
        found.filter(|found| found.poll.id == self.poll.id).ok_or_else(Error::no_such_poll)
    }
}

/// The poll of this organiser with this slug. A poll that has moved is [`Error::Moved`], a redirect.
async fn find(db: &mut Connection, slug: &str, who: &SignedIn) -> Result<Poll, Error> {
    if let Some(poll) = find_exactly(db, slug, who).await? {
        return Ok(poll);
    }
    let moved = match address::find(db, slug).await? {
        Some(slug) => find_exactly(db, &slug, who).await?,
        None => None,
    };
    Err(moved.map_or_else(Error::no_such_poll, |poll| Error::Moved(poll.slug)))
}

async fn find_exactly(db: &mut Connection, slug: &str, who: &SignedIn) -> Result<Option<Poll>, Error> {
    let poll = if marks::is_key(slug) { Poll::find_by_slug(db, slug).await? } else { None };
    Ok(poll.filter(|poll| poll.organiser_id == Some(who.organiser.id)))
}

async fn own_poll(req: &Request<'_>) -> Result<OwnPoll, Error> {
    let who = match req.guard::<SignedIn>().await {
        Outcome::Success(who) => who,
        Outcome::Error((_, error)) => return Err(error),
        Outcome::Forward(status) => return Err(Error::Unrouted(status)),
    };
    let engine = req.rocket().state::<Engine>().ok_or(Error::Unrouted(Status::InternalServerError))?;
    // The routes begin with /polls.
    let slug = req.param::<&str>(1).and_then(Result::ok).ok_or_else(Error::no_such_poll)?;
    let poll = find(&mut engine.connection().await?, slug, &who).await?;
    Ok(OwnPoll { who, poll })
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for OwnPoll {
    type Error = Error;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Error> {
        match own_poll(req).await {
            Ok(own) => Outcome::Success(own),
            // The handler takes the error; a catcher would take the status.
            Err(error) => Outcome::Error((Status::NotFound, error)),
        }
    }
}
