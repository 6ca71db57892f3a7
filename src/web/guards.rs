//! Guards: what a handler asks of a request.

use rocket::{
    Request,
    http::Status,
    outcome::Outcome,
    request::{self, FromRequest},
};

use super::error::Error;

/// The organiser who is signed in.
pub struct SignedIn {
    /// The organiser.
    pub organiser: Organiser,
}

/// An organiser.
pub struct Organiser {
    /// The row's number.
    pub id: i64,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = Error;

    /// Nobody can sign in yet.
    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, Error> {
        let error = Error::plain(Status::Unauthorized, "You are not signed in.", "Sign in and try again.");
        Outcome::Error((Status::Unauthorized, error))
    }
}
