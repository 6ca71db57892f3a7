//! `/session`: signing in and out, and what a session is worth.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use rocket::http::{Cookie, Header, Method, Status};
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
    strangers_keep_no_organiser_out,
    behind_proxies_the_client_is_found_in_the_header,
    a_session_ends_after_twelve_quiet_hours,
    a_session_ends_after_thirty_days,
    an_organiser_sees_and_ends_own_sessions,
    a_sign_out_lets_the_browser_forget_pages_and_no_cookie,
    every_sign_in_is_a_new_session,
    the_database_alone_signs_nobody_in,
    whoever_is_not_signed_in_is_asked_to,
    a_sign_in_goes_to_no_other_site,
    a_browser_that_keeps_no_cookie_gets_an_error,
    malformed_forms_and_cookies_sign_nobody_in,
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
    let cookies = answer.all("set-cookie");
    let cookie = cookies.iter().find(|cookie| cookie.contains("urna-session=")).unwrap();
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
    let device = answer.all("set-cookie").into_iter().find(|cookie| cookie.starts_with("__Host-urna-device=")).unwrap();
    for part in ["; HttpOnly", "; Path=/", "; SameSite=Lax", "; Secure", "; Max-Age="] {
        assert!(device.contains(part), "{device}");
    }
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
    // That forgave the account in its network.
    assert_eq!(
        stranger.post("/session", &sign_in("ada", "not-the-password")).await.status,
        Status::UnprocessableEntity
    );
    // A form that asks for the password is as slow to guess at.
    for _ in 0..5 {
        ada.put("/organiser/password", &form(&[("old", "not-the-password"), ("password", "four words in line")])).await;
    }
    let answer = ada.send(Method::Delete, "/organiser", &form(&[("password", PASSWORD)])).await;
    assert_eq!(answer.status, Status::TooManyRequests, "{}", answer.body);
}

/// Tries to sign in from an address, through proxies that say `header`, with these cookies.
async fn attempt(app: &App, address: &str, header: Option<(&str, &str)>, cookies: &str, sent: (&str, &str)) -> Answer {
    let body = sign_in(sent.0, sent.1);
    let request = app.client.post("/session").remote(format!("{address}:4711").parse().unwrap());
    let request =
        request.header(rocket::http::ContentType::Form).header(Header::new("Content-Length", body.len().to_string()));
    let mut request = request.cookies(Cookie::split_parse_encoded(cookies.to_owned()).map(|cookie| cookie.unwrap()));
    if let Some((name, value)) = header {
        request.add_header(Header::new(name.to_owned(), value.to_owned()));
    }
    Answer::read(request.body(body).dispatch().await).await
}

const WRONG: &str = "not-the-password";

async fn an_address_slows_down_after_twenty(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    for n in 0..20 {
        let answer = attempt(&app, "203.0.113.9", None, "", (&format!("name{n}"), WRONG)).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{n}");
    }
    assert_eq!(attempt(&app, "203.0.113.9", None, "", ("ada", PASSWORD)).await.status, Status::TooManyRequests);
    assert_eq!(attempt(&app, "203.0.113.10", None, "", ("ada", PASSWORD)).await.status, Status::SeeOther);
}

async fn strangers_keep_no_organiser_out(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    // Ada signs in once, and out again.
    let answer = attempt(&app, "192.0.2.1", None, "", ("ada", PASSWORD)).await;
    let device = answer.all("set-cookie").into_iter().find(|cookie| cookie.contains("urna-device=")).unwrap();
    let device = device.split(';').next().unwrap();
    assert!(!device.contains("ada"), "{device}");
    for stranger in ["203.0.113.9", "203.0.113.10", "192.0.2.1"] {
        while attempt(&app, stranger, None, "", ("ada", WRONG)).await.status != Status::TooManyRequests {}
        // The right password does not help whoever is slowed down, or guessing on would tell which it is.
        assert_eq!(attempt(&app, stranger, None, "", ("ada", PASSWORD)).await.status, Status::TooManyRequests);
        for home in ["192.0.2.1", "203.0.113.9"] {
            let answer = attempt(&app, home, None, device, ("ada", PASSWORD)).await;
            assert_eq!(answer.status, Status::SeeOther, "{home} after {stranger}");
        }
    }
    let elsewhere = attempt(&app, "198.51.100.7", None, "", ("ada", PASSWORD)).await;
    assert_eq!(elsewhere.status, Status::SeeOther, "another device in another network");
    // The device is no way round for others: not for another account, not forged, and slow by itself.
    app.account("bob").await;
    while attempt(&app, "203.0.113.11", None, device, ("bob", WRONG)).await.status != Status::TooManyRequests {}
    for forged in ["__Host-urna-device=1%20bob", "urna-device=1%20bob", "__Host-urna-device=", device] {
        let answer = attempt(&app, "203.0.113.11", None, forged, ("bob", PASSWORD)).await;
        assert_eq!(answer.status, Status::TooManyRequests, "{forged}");
    }
    for n in 0..5 {
        let answer = attempt(&app, "192.0.2.1", None, device, ("ada", WRONG)).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{n}");
    }
    assert_eq!(attempt(&app, "192.0.2.1", None, device, ("ada", PASSWORD)).await.status, Status::TooManyRequests);
}

/// As a proxy writes it: whatever the client sent, and behind that the address that it was called from.
async fn behind_proxies_the_client_is_found_in_the_header(database: TestDatabase) {
    let header = |name: &str, proxies: usize| (name.to_owned(), proxies);
    let shared = Arc::new(database);
    for ((name, proxies), line) in [
        (header("X-Forwarded-For", 1), "198.51.100.1, CLIENT"),
        (header("X-Forwarded-For", 2), "198.51.100.1, CLIENT, 10.0.0.2"),
        (header("X-Forwarded-For", 2), "198.51.100.1,CLIENT:4711 ,[2001:db8::1]:443"),
        (header("X-Real-IP", 1), "CLIENT"),
        (header("Forwarded", 1), "for=198.51.100.1, for=CLIENT;proto=https;by=10.0.0.2"),
        (header("Forwarded", 2), "for=\"CLIENT:1\", for=\"[2001:db8::1]:443\""),
    ] {
        let app = App::start_behind(shared.clone(), &name, proxies).await;
        let uid = format!("{}-{proxies}-{}", name.to_lowercase(), line.len());
        app.account(&uid).await;
        let by = async |client: &str, uid: &str, password: &str| {
            let line = line.replace("CLIENT", client);
            attempt(&app, "10.0.0.1", Some((name.as_str(), &line)), "", (uid, password)).await.status
        };
        for n in 0..20 {
            assert_eq!(by("203.0.113.9", &format!("name{n}"), WRONG).await, Status::UnprocessableEntity, "{name}: {n}");
        }
        assert_eq!(by("203.0.113.9", &uid, PASSWORD).await, Status::TooManyRequests, "{name}: {line}");
        assert_eq!(by("203.0.113.10", &uid, PASSWORD).await, Status::SeeOther, "{name}: {line}");
    }
    // Twenty strangers behind a proxy that no setting names block nobody else.
    let app = App::start_behind(shared, "", 1).await;
    app.account("ada").await;
    for n in 0..25 {
        let header = ("X-Forwarded-For", format!("203.0.113.{n}"));
        let answer = attempt(&app, "10.0.0.1", Some((header.0, &header.1)), "", (&format!("name{n}"), WRONG)).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{n}");
    }
    let header = ("X-Forwarded-For", "192.0.2.1");
    assert_eq!(attempt(&app, "10.0.0.1", Some(header), "", ("ada", PASSWORD)).await.status, Status::SeeOther);
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

async fn a_session_ends_after_thirty_days(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let started = async |hours: i64| {
        let at = (models::now() - TimeDelta::hours(hours)).format("%Y-%m-%d %H:%M:%S.000000");
        app.database.execute(&format!("UPDATE sessions SET created_at = '{at}'")).await;
    };
    started(30 * 24 - 1).await;
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
    started(30 * 24 + 1).await;
    assert_eq!(ada.get("/organiser").await.header("location"), Some("/session?to=%2Forganiser"));
    // The next sign-in sweeps it out.
    let ada = app.sign_in("ada").await;
    assert_eq!(app.database.number("SELECT count(*) FROM sessions").await, 1);
    // One that an older process has started counts from when it is met.
    app.database.execute("UPDATE sessions SET created_at = NULL").await;
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
    assert_eq!(app.database.number("SELECT count(*) FROM sessions WHERE created_at IS NULL").await, 0);
}

async fn an_organiser_sees_and_ends_own_sessions(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let body = sign_in("ada", PASSWORD);
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("User-Agent", agent)];
    let answer = app.send(Method::Post, "/session", body.as_bytes(), &headers).await;
    let cookies = answer.all("set-cookie");
    let other = app.stranger();
    other.set_cookie(cookies.iter().find(|cookie| cookie.contains("session=")).unwrap().split(';').next().unwrap());
    let page = ada.get("/organiser/sessions").await;
    assert_eq!((page.status, page.header("cache-control")), (Status::Ok, Some("no-store")));
    assert!(page.body.contains("Firefox on Linux") && page.body.contains("(this browser)"), "{}", page.body);
    assert!(!page.body.contains("Mozilla"), "{}", page.body);
    let addresses: Vec<&str> =
        page.body.split("action=\"").filter_map(|rest| rest.split('"').next()?.strip_prefix("/organiser/")).collect();
    assert_eq!(addresses.len(), 1, "this browser's own is /session: {}", page.body);
    let address = format!("/organiser/{}", addresses[0]);
    // Nobody else's button, and nothing that is none.
    bob.post(&address, "_method=delete").await;
    app.stranger().post(&address, "_method=delete").await;
    for nothing in ["/organiser/sessions/x", "/organiser/sessions/%FF", "/organiser/sessions/AAAA"] {
        assert!(ada.post(nothing, "_method=delete").await.status.code < 500, "{nothing}");
    }
    assert_eq!(other.get("/organiser").await.status, Status::Ok);
    let answer = ada.post(&address, "_method=delete").await;
    assert_eq!(answer.header("location"), Some("/organiser/sessions#ended"));
    assert_eq!(other.get("/organiser").await.status, Status::SeeOther);
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
    assert!(!ada.get("/organiser/sessions").await.body.contains("Firefox"));
    assert!(ada.get("/organiser/edit").await.body.contains("href=\"/organiser/sessions\""));
}

async fn a_sign_out_lets_the_browser_forget_pages_and_no_cookie(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    assert_eq!(ada.get("/organiser").await.header("clear-site-data"), None);
    assert_eq!(ada.delete("/session").await.header("clear-site-data"), Some("\"cache\""));
    let ada = app.sign_in("ada").await;
    let deleted = ada.send(Method::Delete, "/organiser", &form(&[("password", PASSWORD)])).await;
    assert_eq!((deleted.status, deleted.header("clear-site-data")), (Status::SeeOther, Some("\"cache\"")));
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
        assert!(answer.body.contains("You are signed out, so nothing was saved."), "{}", answer.body);
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

async fn a_browser_that_keeps_no_cookie_gets_an_error(database: TestDatabase) {
    let app = App::start(database).await;
    let answer = app.get("/session?kept=yes&to=%2Forganiser").await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    for part in ["<title>Error: ", "your browser did not keep you signed in", "begins with https://"] {
        assert!(answer.body.contains(part), "no {part} in {}", answer.body);
    }
}

async fn malformed_forms_and_cookies_sign_nobody_in(database: TestDatabase) {
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
        for part in ["All polls</a>", "Your polls</a>", "Create a poll</a>", "Account</a>", "Sign out</button>"] {
            assert!(page.body.contains(part), "{path}: no {part}");
        }
    }
    assert_eq!(app.get("/session").await.header("cache-control"), Some("no-store"));
    assert_eq!(ada.put("/organiser", "name=").await.header("cache-control"), Some("no-store"));
}
