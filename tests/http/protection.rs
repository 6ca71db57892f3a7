//! Protection: headers on every kind of answer, and requests that other sites make a browser send.

use rocket::http::{Method, Status};

use crate::helpers::{
    app::{Answer, App},
    database::{Stored, TestDatabase},
    on_both,
    server::{Server, create_poll},
};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

on_both!(
    every_answer_keeps_the_page_to_itself,
    another_site_can_not_vote,
    our_own_pages_and_scripts_can_vote,
    no_answer_sets_a_cookie,
    a_form_asks_for_no_other_method_anywhere,
    a_form_that_asks_for_another_method_is_answered,
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
    let database = app.database.clone();
    for (what, answer) in answers(&app).await {
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{what}");
        assert_kept_to_itself(what, &answer);
    }
    // In development a page is asked for over plain HTTP, which the header would end.
    let app = App::start_in_development_on(database).await;
    for (what, answer) in answers(&app).await {
        assert_eq!(answer.header("strict-transport-security"), None, "{what}");
        assert_kept_to_itself(what, &answer);
    }
}

fn assert_kept_to_itself(what: &str, answer: &Answer) {
    {
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
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{what}");
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

/// What a form says in its field `_method`, written in every way.
const METHODS: [&str; 21] = [
    "_method=head",
    "_method=HEAD&vote=gummi",
    "_method=Head",
    "_method=%68ead",
    "%5fmethod=head",
    "%5F%6d%65%74%68%6f%64=head",
    "&&_method=head",
    "_method=get",
    "_method=post",
    "_method=options",
    "_method=trace",
    "_method=connect",
    "_method=propfind",
    "_method=",
    "_method",
    "_method=deleted",
    "_method=put%20",
    "_method=put&_method=head",
    "_method=delete&vote=gummi&_method=delete",
    "_method=%00",
    "_method=%ff",
];

async fn a_form_asks_for_no_other_method_anywhere(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let ada = app.organiser("ada").await;
    let session = ("Cookie", ada.cookie());
    let boundary = ("Content-Type", "multipart/form-data; boundary=b");
    let mut addresses: Vec<String> = app.client.rocket().routes().map(|route| route.uri.path().to_owned()).collect();
    addresses.sort();
    addresses.dedup();
    assert!(addresses.len() > 20, "{addresses:?}");
    for address in addresses {
        // Whatever stands for a part of the address: no route is reached.
        let address = address.replace("<slug>", "donut").replace("<_>", "donut").replace(['<', '>'], "");
        for field in METHODS {
            let answer = app.send(Method::Post, &address, field.as_bytes(), &[FORM, (session.0, &session.1)]).await;
            assert_eq!(answer.status, Status::MethodNotAllowed, "{address} {field}: {}", answer.body);
            assert!(answer.header("allow").is_some(), "{address} {field}");
        }
        for (name, value) in [("\"_method\"", "head"), ("_method", "head"), ("\"_method\"", "delete")] {
            let body = format!("--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n--b--\r\n");
            let answer = app.send(Method::Post, &address, body.as_bytes(), &[boundary, (session.0, &session.1)]).await;
            assert_eq!(answer.status, Status::MethodNotAllowed, "{address} {name}={value}: {}", answer.body);
        }
    }
    // Behind other fields Rocket does not read it, but whoever sent it meant something.
    for (address, body) in [
        ("/add", "poll=donut&vote=gummi&_method=head"),
        ("/add", "poll=donut&vote=gummi&_method=delete"),
        ("/session", "uid=ada&password=x&_method=delete"),
        ("/polls", "title=T&choices=A%0AB&_method=put"),
    ] {
        let answer = app.send(Method::Post, address, body.as_bytes(), &[FORM, (session.0, &session.1)]).await;
        assert_eq!(answer.status, Status::MethodNotAllowed, "{address} {body}: {}", answer.body);
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
    assert_eq!(ada.get("/organiser").await.status, Status::Ok, "still signed in");
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 1);
    // The three that forms use, in any case.
    for word in ["delete", "DELETE", "Delete", "%64elete"] {
        let answer = app.sign_in("ada").await.post("/session", &format!("_method={word}")).await;
        assert_eq!(answer.status, Status::SeeOther, "{word}: {}", answer.body);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM sessions").await, 1);
}

/// On a real connection, which breaks where an answer has not the body that it announces.
async fn a_form_that_asks_for_another_method_is_answered(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    let server = Server::start(&database);
    for address in ["/add", "/", "/polls", "/polls/donut", "/session", "/healthz", "/static/app.css", "/nowhere", "/*"]
    {
        // One connection for all: none of them breaks it.
        let mut voter = server.voter();
        for field in METHODS {
            let request = format!(
                "POST {address} HTTP/1.1\r\nHost: urna\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{field}",
                field.len()
            );
            voter.send(request.as_bytes()).unwrap();
            let reply = voter.reply().unwrap_or_else(|error| panic!("{address} {field}: {error}"));
            assert_eq!(reply.status, 405, "{address} {field}: {}", reply.body);
            assert!(reply.body.contains("nothing was changed"), "{address} {field}: {}", reply.body);
        }
    }
    let mut voter = server.voter();
    for method in ["HEAD", "GET", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "FOO"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: urna\r\nContent-Length: 10\r\n\r\nvote=gummi");
        voter.send(request.as_bytes()).unwrap();
        // An answer to HEAD announces a body that does not come.
        let reply = if method == "HEAD" { voter.head() } else { voter.reply() };
        let reply = reply.unwrap_or_else(|error| panic!("{method}: {error}"));
        assert!((200..500).contains(&reply.status), "{method}: {}", reply.status);
        if reply.head.to_lowercase().contains("connection: close") {
            voter = server.voter();
        }
    }
}
