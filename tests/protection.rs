//! Headers on every kind of answer, and what another site may not make a browser do.

use rocket::http::{Method, Status};

use crate::helpers::{
    app::{Answer, App},
    database::{Stored, TestDatabase},
    on_both,
};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

on_both!(
    every_answer_keeps_the_page_to_itself,
    another_site_can_not_vote,
    our_own_pages_and_scripts_can_vote,
    no_answer_sets_a_cookie
);

async fn answers(app: &App) -> Vec<(&'static str, Answer)> {
    let foreign = [FORM, ("Sec-Fetch-Site", "cross-site")];
    let etag = app.get("/").await.header("etag").unwrap().to_owned();
    vec![
        ("the page", app.get("/").await),
        ("not modified", app.get_with("/", "If-None-Match", &etag).await),
        ("a poll", app.get("/polls/donut").await),
        ("the list", app.get("/polls").await),
        ("a vote", app.add("vote=gummi").await),
        ("a refused vote", app.add("vote=nobody").await),
        ("a form too large", app.add(&"m".repeat(20_000)).await),
        ("another type", app.send(Method::Post, "/add", b"vote=gummi", &[("Content-Type", "text/plain")]).await),
        ("another site", app.send(Method::Post, "/add", b"vote=gummi", &foreign).await),
        ("another method", app.get("/add").await),
        ("unknown", app.get("/nowhere").await),
        ("an unreadable address", app.get("/%FF%00").await),
        ("static", app.get("/static/app.css").await),
        ("static unknown", app.get("/static/nothing.css").await),
        ("favicon", app.get("/favicon.ico").await),
        ("healthz", app.get("/healthz").await),
        ("readyz", app.get("/readyz").await),
        ("head", app.send(Method::Head, "/", b"", &[]).await),
        ("options", app.send(Method::Options, "/", b"", &[]).await),
    ]
}

async fn every_answer_keeps_the_page_to_itself(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for (what, answer) in answers(&app).await {
        let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{what}: no policy"));
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
            "script-src 'self'",
        ] {
            assert!(policy.contains(part), "{what}: no {part} in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{what}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{what}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{what}");
        assert_eq!(answer.header("server"), None, "{what}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{what}");
        assert!(answer.status.code < 500, "{what}: {}", answer.status);
    }
}

async fn no_answer_sets_a_cookie(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for (what, answer) in answers(&app).await {
        assert_eq!(answer.header("set-cookie"), None, "{what}");
    }
}

async fn another_site_can_not_vote(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let host = ("Host", "vote.example");
    let requests: [&[(&str, &str)]; 9] = [
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", "https://www.vote.example"), host],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://vote.example"), host],
        &[("Origin", "https://evil.example"), host],
        &[("Origin", "null"), host],
        &[("Origin", ""), host],
        &[("Origin", "https://vote.example:8443"), host],
        &[("Origin", "https://vote.example@evil.example"), host],
        &[("Origin", "https://vote.example")],
    ];
    for headers in requests {
        for method in [Method::Post, Method::Put, Method::Delete, Method::Patch] {
            for address in ["/add", "/", "/nowhere", "/polls/donut"] {
                let all: Vec<(&str, &str)> = headers.iter().copied().chain([FORM]).collect();
                let answer = app.send(method, address, b"vote=gummi&key=fresh", &all).await;
                assert_eq!(answer.status, Status::Forbidden, "{method} {address} {headers:?}");
                assert!(
                    answer.body.contains("This came from another site, so nothing was changed."),
                    "{}",
                    answer.body
                );
            }
        }
        // Looking is free.
        assert_eq!(app.send(Method::Get, "/", b"", headers).await.status, Status::Ok, "{headers:?}");
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn our_own_pages_and_scripts_can_vote(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let host = ("Host", "vote.example");
    let requests: [&[(&str, &str)]; 6] = [
        &[],
        &[host],
        &[("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", "https://vote.example"), host],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", "https://vote.example"), ("Host", "inside:8000")],
    ];
    for headers in requests {
        let all: Vec<(&str, &str)> = headers.iter().copied().chain([FORM]).collect();
        let answer = app.send(Method::Post, "/add", b"vote=gummi", &all).await;
        assert_eq!(answer.status, Status::SeeOther, "{headers:?}: {}", answer.body);
    }
    assert_eq!(app.database.stored().await, Stored::of(6, 0));
}
