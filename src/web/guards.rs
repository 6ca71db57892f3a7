//! stub
use super::error::Error;
use rocket::{
    Request,
    http::Status,
    request::{FromRequest, Outcome},
};
pub struct Organiser {
    pub id: i64,
}
pub struct SignedIn {
    pub organiser: Organiser,
}
#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = Error;
    async fn from_request(_: &'r Request<'_>) -> Outcome<Self, Error> {
        Outcome::Error((Status::Unauthorized, Error::no_such_poll()))
    }
}
