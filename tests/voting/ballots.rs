//! `POST /add`: votes that count, and keys.

use data_encoding::HEXLOWER;
use rocket::{futures::future::join_all, http::Status, tokio::time::sleep};
use urna::models;

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::{Stored, TestDatabase},
    on_both,
};

on_both!(
    a_vote_is_counted_and_shown,
    a_vote_is_stored_with_its_moment_in_utc,
    a_vote_counts_in_the_poll_it_names,
    a_vote_from_a_page_that_was_featured_counts_in_its_poll,
    a_vote_goes_back_to_where_the_ballot_was,
    a_key_counts_once,
    a_key_counts_once_in_each_poll,
    a_key_of_64_characters_counts_and_one_of_65_does_not,
    a_malformed_key_is_refused,
    an_empty_key_is_no_key,
    equal_keys_at_once_count_once,
    keys_are_kept_as_hashes_only,
    a_key_is_known_to_every_process,
    a_key_that_has_voted_is_known_after_the_close,
    a_poll_takes_votes_from_its_opening_to_its_close,
    only_the_spaces_around_a_vote_are_forgiven,
);

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
    assert_eq!(app.database.stored().await, Stored::of(3, 0));
}

async fn a_vote_is_stored_with_its_moment_in_utc(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let before = models::now();
    app.cast("donut", "gummi").await;
    let after = models::now();
    let within = |from, to| {
        format!("SELECT count(*) FROM ballots WHERE cast_at >= '{from}' AND cast_at <= '{to}' AND marks = 'gummi'")
    };
    assert_eq!(app.database.number(&within(before, after)).await, 1);
}

async fn a_vote_counts_in_the_poll_it_names(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.poll("drink", &["tea", "gummi"]).await;
    app.cast("drink", "gummi").await;
    assert_eq!(app.tally("/polls/drink").await, [0, 1]);
    assert_eq!(app.tally("/").await, [0, 0]);
    // The featured poll is meant where none is named, even by a choice that only another poll has.
    assert_eq!(app.add("vote=tea").await.status, Status::UnprocessableEntity);
    assert_eq!(app.add("vote=pita&poll=").await.status, Status::SeeOther);
    assert_eq!(app.tally("/").await, [0, 1]);
    assert_eq!(app.tally("/polls/drink").await, [0, 1]);
}

async fn a_vote_from_a_page_that_was_featured_counts_in_its_poll(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let next = app.poll("drink", &["gummi", "tea"]).await;
    let page = app.get("/").await;
    assert!(page.body.contains(r#"name="poll" value="donut""#), "{}", page.body);
    next.feature(&mut app.db().await).await.unwrap();
    let answer = app.add("poll=donut&vote=gummi").await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/polls/donut#counted")));
    assert_eq!(app.tally("/polls/donut").await, [1, 0]);
    assert_eq!(app.tally("/").await, [0, 0]);
}

async fn a_vote_goes_back_to_where_the_ballot_was(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.poll("drink", &["tea", "coffee"]).await;
    for (body, location) in [
        ("vote=pita", "/#counted"),
        ("vote=pita&poll=donut", "/#counted"),
        ("vote=tea&poll=drink", "/polls/drink#counted"),
        ("poll=drink&key=one&vote=tea", "/polls/drink#counted"),
        ("poll=drink&key=one&vote=tea", "/polls/drink#counted"),
    ] {
        let answer = app.add(body).await;
        assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some(location)), "{body}");
        let path = location.trim_end_matches("#counted");
        assert!(app.get(path).await.body.contains(r#"id="counted""#), "the fragment is on the page");
    }
}

async fn a_key_counts_once(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for vote in ["gummi", "gummi", "pita"] {
        let answer = app.add(&format!("vote={vote}&key=k_-1")).await;
        assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/#counted")));
    }
    assert_eq!(app.tally("/").await, [1, 0]);
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
    // Keys differ by every character and its case.
    assert_eq!(app.add("vote=pita&key=K_-1").await.status, Status::SeeOther);
    assert_eq!(app.tally("/").await, [1, 1]);
}

async fn a_key_counts_once_in_each_poll(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.poll("drink", &["tea", "coffee"]).await;
    for body in ["vote=gummi&key=same", "poll=drink&vote=tea&key=same", "poll=drink&vote=coffee&key=same"] {
        assert_eq!(app.add(body).await.status, Status::SeeOther, "{body}");
    }
    assert_eq!(app.tally("/").await, [1, 0]);
    assert_eq!(app.tally("/polls/drink").await, [1, 0]);
}

async fn a_key_of_64_characters_counts_and_one_of_65_does_not(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let answer = app.add(&format!("vote=gummi&key={}", "k".repeat(64))).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    let answer = app.add(&format!("vote=gummi&key={}", "k".repeat(65))).await;
    assert_eq!(answer.status, Status::UnprocessableEntity, "{}", answer.body);
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
}

async fn a_malformed_key_is_refused(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for key in ["a+b", "a.b", "a%2Fb", "a%00", "%0A", "%20", "caf%C3%A9", "a%3D", "%F0%9F%8D%A9", "a'b", "%3Cb%3E"] {
        let answer = app.add(&format!("vote=gummi&key={key}")).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{key}: {}", answer.body);
        assert!(answer.body.contains("The field “key” takes up to 64 letters"), "{}", answer.body);
        assert!(answer.body.contains(r#"action="/add""#), "the form is there again: {}", answer.body);
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn an_empty_key_is_no_key(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for _ in 0..2 {
        assert_eq!(app.add("vote=gummi&key=").await.status, Status::SeeOther);
    }
    assert_eq!(app.database.stored().await, Stored::of(2, 0));
}

async fn equal_keys_at_once_count_once(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.cast("donut", "pita").await;
    let answers = join_all((0..50).map(|_| app.add("vote=gummi&key=double"))).await;
    for answer in answers {
        assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/#counted")));
    }
    assert_eq!(app.tally("/").await, [1, 1]);
    assert_eq!(app.database.stored().await, Stored::of(2, 1));
}

async fn keys_are_kept_as_hashes_only(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.poll("drink", &["tea", "coffee"]).await;
    let key = "abcdefghijklmnopqrstuvwxyz012345";
    assert_eq!(app.add(&format!("vote=gummi&key={key}")).await.status, Status::SeeOther);
    assert_eq!(app.add(&format!("poll=drink&vote=tea&key={key}")).await.status, Status::SeeOther);
    let hex = HEXLOWER.encode(key.as_bytes());
    let literal = if app.database.is_sqlite() { format!("x'{hex}'") } else { format!("'\\x{hex}'::bytea") };
    assert_eq!(app.database.number(&format!("SELECT count(*) FROM credentials WHERE hash = {literal}")).await, 0);
    assert_eq!(app.database.number("SELECT count(*) FROM credentials WHERE length(hash) = 32").await, 2);
    // Two polls' hashes of one key can't be brought together.
    assert_eq!(app.database.number("SELECT count(DISTINCT hash) FROM credentials").await, 2);
}

async fn a_key_is_known_to_every_process(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let other = app.twin().await;
    assert_eq!(app.add("vote=gummi&key=one").await.status, Status::SeeOther);
    assert_eq!(other.add("vote=pita&key=one").await.status, Status::SeeOther);
    assert_eq!(other.tally("/").await, [1, 0]);
}

async fn a_poll_takes_votes_from_its_opening_to_its_close(database: TestDatabase) {
    let app = App::start(database).await;
    let second = chrono::TimeDelta::seconds(1);
    let opens_at = models::now() + second;
    let closes_at = opens_at + second;
    let poll = new_poll("soon", &["a", "b"]).with(|s| {
        s.opens_at = opens_at;
        s.closes_at = Some(closes_at);
    });
    app.create(&poll).await;
    let until = async |moment: chrono::NaiveDateTime| {
        sleep((moment - models::now()).to_std().unwrap_or_default()).await;
    };
    assert_eq!(app.add("vote=a").await.status, Status::Conflict);
    until(opens_at).await;
    assert_eq!(app.add("vote=a").await.status, Status::SeeOther);
    assert_eq!(app.tally("/").await, [1, 0]);
    until(closes_at).await;
    assert_eq!(app.add("vote=a").await.status, Status::Conflict);
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
}

async fn only_the_spaces_around_a_vote_are_forgiven(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    assert_eq!(app.add("vote=+gummi%0D%0A").await.status, Status::SeeOther);
    assert_eq!(app.database.number("SELECT count(*) FROM ballots WHERE marks = 'gummi'").await, 1);
    for vote in ["Gummi", "gum+mi", "%E2%80%8Bgummi", "gummi,pita", "gummi%00"] {
        assert_eq!(app.add(&format!("vote={vote}")).await.status, Status::UnprocessableEntity, "{vote}");
    }
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
}

async fn a_key_that_has_voted_is_known_after_the_close(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    assert_eq!(app.add("vote=gummi&key=first").await.status, Status::SeeOther);
    poll.close(&mut app.db().await, None).await.unwrap();
    assert_eq!(app.add("vote=gummi&key=first").await.status, Status::SeeOther);
    assert_eq!(app.add("vote=gummi&key=second").await.status, Status::Conflict);
    assert_eq!(app.tally("/").await, [1, 0]);
}
