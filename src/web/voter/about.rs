//! `GET /about`: how Urna keeps votes secret and right, in plain words.

use rocket::{State, get, http::Status};
use serde::Serialize;

use crate::web::{
    http::{error::Error, reply::Reply, views::Views},
    session::{MaybeSignedIn, Reader},
};

/// `about.html`.
#[derive(Serialize)]
struct About {
    title: &'static str,
    reader: Reader,
}

#[get("/about")]
pub fn show(organiser: Result<MaybeSignedIn, Error>, views: &State<Views>) -> Result<Reply, Error> {
    let reader = organiser?.reader();
    let view = About { title: "How Urna keeps votes secret and right", reader };
    Ok(Reply::shared(views, Status::Ok, "about.html", &view)?.caching(reader.caching()))
}
