//! `/session`: signing in and out, and what a session is worth.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rocket::http::{Header, Method, Status};
use urna::models;

use crate::helpers::{
    app::{Answer, App, PASSWORD, form},
    database::TestDatabase,
    on_both,
};

on_both!(
    a_session_starts_and_ends,
    the_cookie_is_for_this_host_alone_in_production,
    the_cookie_works_without_https_in_development,
    a_wrong_password_and_an_unknown_name_are_answered_alike,
    an_account_slows_down_after_five_wrong_passwords,
    an_address_slows_down_after_twenty,
    a_session_ends_after_twelve_quiet_hours,
    every_sign_in_is_a_new_session,
    the_database_alone_signs_nobody_in,
    whoever_is_not_signed_in_is_asked_to,
    a_sign_in_goes_to_no_other_site,
    a_browser_that_keeps_no_cookie_is_told_so,
    rubbish_signs_nobody_in,
    another_site_signs_nobody_in_or_out,
    a_sign_in_name_is_the_same_in_capitals,
    nothing_of_an_organiser_is_kept_by_a_browser,
);

fn sign_in(uid: &str, password: &str) -> String {
    form(&[("uid", uid), ("password", password)])
}

async fn a_session_starts_and_ends(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    let ada = app.stranger();
    let page = ada.get("/session?to=/organiser/edit").await;
    assert_eq!(page.status, Status::Ok);
    assert!(page.body.contains(r#"name="to" value="/organiser/edit""#), "{}", page.body);
    assert!(!page.body.contains("<title>Error"), "{}", page.body);
    let to = form(&[("uid", "ada"), ("password", PASSWORD), ("to", "/organiser/edit")]);
    let answer = ada.post("/session", &to).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (Status::SeeOther, Some("/session?kept=yes&to=%2Forganiser%2Fedit"))
    );
    let answer = ada.get("/session?kept=yes&to=%2Forganiser%2Fedit").await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/organiser/edit")));
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
    // As the button of a browser sends it.
    let cookie = ada.cookie();
    let answer = ada.post("/session", "_method=delete").await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/")));
    assert_eq!(ada.cookie(), "");
    assert_eq!(app.database.number("SELECT count(*) FROM sessions").await, 0);
    ada.set_cookie(&cookie);
    assert_eq!(ada.get("/organiser").await.status, Status::SeeOther, "a cookie that was copied is void");
    // Once more is no error.
    assert_eq!(ada.delete("/session").await.status, Status::SeeOther);
}

fn attributes(answer: &Answer) -> Vec<String> {
    let cookie = answer.header("set-cookie").unwrap();
    let mut parts: Vec<String> = cookie.split("; ").map(str::to_owned).collect();
    parts[0] = parts[0].split('=').next().unwrap().to_owned();
    parts.sort();
    parts
}

async fn the_cookie_is_for_this_host_alone_in_production(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    let ada = app.stranger();
    let answer = ada.post("/session", &sign_in("ada", PASSWORD)).await;
    assert_eq!(attributes(&answer), ["HttpOnly", "Path=/", "SameSite=Lax", "Secure", "__Host-urna-session"]);
    let answer = ada.delete("/session").await;
    let removal = attributes(&answer);
    assert!(removal.contains(&"Secure".into()) && removal.contains(&"Max-Age=0".into()), "{removal:?}");
}

async fn the_cookie_works_without_https_in_development(database: TestDatabase) {
    let app = App::start_in_development(database).await;
    app.account("ada").await;
    let ada = app.stranger();
    let answer = ada.post("/session", &sign_in("ada", PASSWORD)).await;
    assert_eq!(attributes(&answer), ["HttpOnly", "Path=/", "SameSite=Lax", "urna-session"]);
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
}

async fn a_wrong_password_and_an_unknown_name_are_answered_alike(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    let stranger = app.stranger();
    let mut fastest = [Duration::MAX; 2];
    let mut pages = [const { String::new() }; 2];
    for _ in 0..3 {
        for (n, uid) in ["ada", "bob"].into_iter().enumerate() {
            let started = Instant::now();
            let answer = stranger.post("/session", &sign_in(uid, "not-the-password")).await;
            fastest[n] = fastest[n].min(started.elapsed());
            answer.assert_problems(&[("uid", "The sign-in name or the password is wrong.")]);
            assert_eq!(answer.header("set-cookie"), None);
            assert!(answer.body.contains(&format!("value=\"{uid}\"")) && !answer.body.contains("not-the-password"));
            pages[n] = answer.body.replace(uid, "");
        }
    }
    assert_eq!(pages[0], pages[1]);
    let ratio = fastest[0].as_secs_f64() / fastest[1].as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "{fastest:?}");
}

async fn an_account_slows_down_after_five_wrong_passwords(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    let stranger = app.stranger();
    for uid in ["ada", "bob", "no such name"] {
        for _ in 0..5 {
            let answer = stranger.post("/session", &sign_in(uid, "not-the-password")).await;
            assert_eq!(answer.status, Status::UnprocessableEntity, "{uid}");
        }
        let answer = stranger.post("/session", &sign_in(uid, PASSWORD)).await;
        assert_eq!((answer.status, answer.header("retry-after")), (Status::TooManyRequests, Some("1")), "{uid}");
        assert!(answer.body.contains("Too many passwords were wrong. Wait 1 second, then try again."));
        assert!(answer.body.contains("<title>Error: "));
    }
    rocket::tokio::time::sleep(Duration::from_millis(1100)).await;
    let ada = app.sign_in("ada").await;
    // That forgave the account.
    assert_eq!(
        stranger.post("/session", &sign_in("ada", "not-the-password")).await.status,
        Status::UnprocessableEntity
    );
    // A form that asks for the password is as slow to guess at.
    for _ in 0..4 {
        ada.put("/organiser/password", &form(&[("old", "not-the-password"), ("password", "four words in line")])).await;
    }
    let answer = ada.send(Method::Delete, "/organiser", &form(&[("password", PASSWORD)])).await;
    assert_eq!(answer.status, Status::TooManyRequests, "{}", answer.body);
}

async fn an_address_slows_down_after_twenty(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    let attempt = async |address: &str, uid: &str, password: &str| {
        let body = sign_in(uid, password);
        let request = app.client.post("/session").remote(address.parse().unwrap());
        let request = request
            .header(rocket::http::ContentType::Form)
            .header(Header::new("Content-Length", body.len().to_string()));
        request.body(body).dispatch().await.status()
    };
    for n in 0..20 {
        let status = attempt("203.0.113.9:4711", &format!("name{n}"), "not-the-password").await;
        assert_eq!(status, Status::UnprocessableEntity, "{n}");
    }
    assert_eq!(attempt("203.0.113.9:4712", "ada", PASSWORD).await, Status::TooManyRequests);
    assert_eq!(attempt("203.0.113.10:4711", "ada", PASSWORD).await, Status::SeeOther);
}

async fn a_session_ends_after_twelve_quiet_hours(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let age = async |minutes: i64| {
        let seen = (models::now() - TimeDelta::minutes(minutes)).format("%Y-%m-%d %H:%M:%S.000000");
        app.database.execute(&format!("UPDATE sessions SET seen_at = '{seen}'")).await;
    };
    let fresh = (models::now() - TimeDelta::minutes(1)).format("%Y-%m-%d %H:%M:%S");
    let fresh = format!("SELECT count(*) FROM sessions WHERE seen_at > '{fresh}'");
    // Written again only when it is a while ago.
    age(3).await;
    assert_eq!((ada.get("/organiser").await.status, app.database.number(&fresh).await), (Status::Ok, 0));
    age(12 * 60 - 1).await;
    assert_eq!((ada.get("/organiser").await.status, app.database.number(&fresh).await), (Status::Ok, 1));
    age(12 * 60 + 1).await;
    assert_eq!(ada.get("/organiser").await.header("location"), Some("/session?to=%2Forganiser"));
    // The next sign-in sweeps it out.
    app.sign_in("ada").await;
    assert_eq!(app.database.number("SELECT count(*) FROM sessions").await, 1);
}

async fn every_sign_in_is_a_new_session(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let old = ada.cookie();
    ada.post("/session", &sign_in("ada", PASSWORD)).await;
    assert_ne!(ada.cookie(), old);
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
    ada.set_cookie(&old);
    assert_eq!(ada.get("/organiser").await.status, Status::SeeOther, "the one before has ended");
    // A cookie that somebody put there is not taken up.
    let (planted, victim) = (app.sign_in("ada").await, app.stranger());
    victim.set_cookie(&planted.cookie());
    victim.post("/session", &sign_in("ada", PASSWORD)).await;
    assert_ne!(victim.cookie(), planted.cookie());
    assert_eq!(planted.get("/organiser").await.status, Status::SeeOther);
}

async fn the_database_alone_signs_nobody_in(database: TestDatabase) {
    let app = App::start(database).await;
    app.organiser("ada").await;
    let stranger = app.stranger();
    for cookie in [
        "__Host-urna-session=",
        "__Host-urna-session=ada",
        "urna-session=1",
        "__Host-urna-session=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        stranger.set_cookie(cookie);
        assert_eq!(stranger.get("/organiser").await.status, Status::SeeOther, "{cookie}");
    }
    let hash_length = app.database.number("SELECT length(hash) FROM sessions").await;
    assert_eq!(hash_length, 32);
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM organisers WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'")
            .await,
        1
    );
}

async fn whoever_is_not_signed_in_is_asked_to(database: TestDatabase) {
    let app = App::start(database).await;
    let stranger = app.stranger();
    for (path, to) in [
        ("/organiser", "/session?to=%2Forganiser"),
        ("/organiser?page=2", "/session?to=%2Forganiser%3Fpage%3D2"),
        ("/organiser/edit", "/session?to=%2Forganiser%2Fedit"),
        ("/organiser/deletion", "/session?to=%2Forganiser%2Fdeletion"),
    ] {
        let answer = stranger.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some(to)), "{path}");
    }
    for (method, path) in
        [(Method::Put, "/organiser"), (Method::Put, "/organiser/password"), (Method::Delete, "/organiser")]
    {
        let answer = stranger.send(method, path, "name=Eve").await;
        assert_eq!(answer.status, Status::Unauthorized, "{method} {path}");
        assert!(answer.body.contains("You are signed out, so nothing was changed."), "{}", answer.body);
        assert!(answer.body.contains("Sign in in another tab"), "{}", answer.body);
    }
}

async fn a_sign_in_goes_to_no_other_site(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for to in [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nSet-Cookie: a=b",
        "",
    ] {
        let answer = ada.get(&format!("/session?{}", form(&[("to", to)]))).await;
        assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/organiser")), "{to:?}");
        let fields = form(&[("uid", "ada"), ("password", PASSWORD), ("to", to)]);
        let answer = app.stranger().post("/session", &fields).await;
        assert_eq!(answer.header("location"), Some("/session?kept=yes&to=%2Forganiser"), "{to:?}");
    }
}

async fn a_browser_that_keeps_no_cookie_is_told_so(database: TestDatabase) {
    let app = App::start(database).await;
    let answer = app.get("/session?kept=yes&to=%2Forganiser").await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    for part in ["<title>Error: ", "your browser did not keep you signed in", "begins with https://"] {
        assert!(answer.body.contains(part), "no {part} in {}", answer.body);
    }
}

async fn rubbish_signs_nobody_in(database: TestDatabase) {
    let app = App::start(database).await;
    let stranger = app.stranger();
    let missing = [("uid", "Enter your sign-in name."), ("password", "Enter your password.")];
    stranger.post("/session", "").await.assert_problems(&missing);
    stranger.post("/session", "uid=+&password=").await.assert_problems(&missing);
    stranger.post("/session", "uid=ada").await.assert_problems(&missing[1..]);
    for uid in ["a\0da", "\u{202e}ada", &"a".repeat(5000), "' OR 1=1 --", "<b>&\"'"] {
        let answer = stranger.post("/session", &sign_in(uid, "x")).await;
        answer.assert_problems(&[("uid", "The sign-in name or the password is wrong.")]);
        assert!(!answer.body.contains("<b>&\""), "{}", answer.body);
    }
    assert_eq!(stranger.post("/session", &sign_in("ada", &"x".repeat(20_000))).await.status, Status::PayloadTooLarge);
    assert_eq!(stranger.post("/session", "uid=%ff").await.status, Status::BadRequest);
    let json = app.send(Method::Post, "/session", b"{}", &[("Content-Type", "application/json")]).await;
    assert_eq!(json.status, Status::UnsupportedMediaType);
}

async fn another_site_signs_nobody_in_or_out(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let cookie = ada.cookie();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Cookie", cookie.as_str()),
    ];
    for (body, path) in [
        (sign_in("ada", PASSWORD), "/session"),
        ("_method=delete".into(), "/session"),
        ("_method=put&name=Eve".into(), "/organiser"),
    ] {
        let answer = app.send(Method::Post, path, body.as_bytes(), &headers).await;
        assert_eq!(answer.status, Status::Forbidden, "{body}");
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
    assert_eq!(app.database.number("SELECT count(*) FROM organisers WHERE name = 'Eve'").await, 0);
}

async fn a_sign_in_name_is_the_same_in_capitals(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada@example.org").await;
    let answer = app.stranger().post("/session", &sign_in(" Ada@Example.ORG ", PASSWORD)).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
}

async fn nothing_of_an_organiser_is_kept_by_a_browser(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for path in ["/organiser", "/organiser/edit", "/organiser/deletion"] {
        let page = ada.get(path).await;
        assert_eq!((page.status, page.header("cache-control")), (Status::Ok, Some("no-store")), "{path}");
        for part in ["All polls</a>", "Your polls</a>", "Make a poll</a>", "Account</a>", "Sign out</button>"] {
            assert!(page.body.contains(part), "{path}: no {part}");
        }
    }
    assert_eq!(app.get("/session").await.header("cache-control"), Some("no-store"));
    assert_eq!(ada.put("/organiser", "name=").await.header("cache-control"), Some("no-store"));
}
