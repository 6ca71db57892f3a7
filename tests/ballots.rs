//! `POST /add`.

use rocket::http::Status;

use crate::helpers::{app::App, database::TestDatabase, on_both};

on_both!(a_vote_is_counted_and_shown, a_key_counts_once);

async fn a_vote_is_counted_and_shown(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let answer = app.add("vote=gummi").await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    assert_eq!(answer.header("location"), Some("/#counted"));
    app.cast("donut", "pita").await;
    app.cast("donut", "gummi").await;
    assert_eq!(app.tally("/").await, [2, 1]);
    assert_eq!(app.tally("/polls/donut").await, [2, 1]);
}

async fn a_key_counts_once(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for vote in ["gummi", "gummi", "pita"] {
        let answer = app.add(&format!("vote={vote}&key=k_-1")).await;
        assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/#counted")));
    }
    assert_eq!(app.tally("/").await, [1, 0]);
}
