//! The bare Rocket that Urna is measured against: the same settings, no storage.

use rocket::{
    FromForm, State,
    form::Form,
    get, post,
    response::{Redirect, content::RawHtml},
    routes,
};

#[derive(FromForm)]
struct Vote<'r> {
    vote: &'r str,
}

#[get("/")]
fn index(body: &State<String>) -> RawHtml<&str> {
    RawHtml(body.as_str())
}

#[post("/add", data = "<form>")]
fn add(form: Form<Vote<'_>>) -> Redirect {
    assert!(!form.vote.is_empty());
    Redirect::to("/#counted")
}

/// Serves a page of as many bytes as the first argument says; `ROCKET_*` as Urna's.
pub fn serve(args: &[String]) {
    let size = args[0].parse().expect("a size");
    let app = rocket::build().manage("x".repeat(size)).mount("/", routes![index, add]);
    rocket::execute(async { app.launch().await.map(drop) }).expect("it serves");
}
