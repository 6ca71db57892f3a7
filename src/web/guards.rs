//! stub
use rocket::{Request, request::{FromRequest, Outcome}, http::Status};
use super::error::Error;
pub struct Organiser { pub id: i64 }
pub struct SignedIn { pub organiser: Organiser }
#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = Error;
    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, Error> { Outcome::Error((Status::Unauthorized, Error::no_such_poll())) }
}
