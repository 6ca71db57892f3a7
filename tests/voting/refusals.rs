//! Malformed requests to `POST /add` and other addresses: a clear sentence, the right status, and nothing stored.

use rocket::http::{Method, Status};
use urna::models;

use crate::helpers::{
    app::{Answer, App, WithSettings as _, new_poll},
    database::{Stored, TestDatabase},
    on_both,
};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

on_both!(
    a_form_that_is_no_ballot_comes_back_with_a_sentence,
    an_unknown_poll_is_not_found,
    an_upcoming_poll_takes_no_vote,
    a_closed_poll_takes_no_vote,
    a_form_in_another_type_is_refused,
    a_form_in_a_broken_encoding_is_refused,
    a_form_too_large_is_refused,
    another_method_at_add_never_votes,
    the_method_field_is_no_way_round,
    an_unknown_address_is_a_page,
    without_any_poll_a_vote_is_refused,
    a_vote_that_is_markup_is_never_shown_as_markup,
);

/// An app with an open poll and one ballot in it, so that "nothing changed" means something.
async fn app(database: TestDatabase) -> App {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    assert_eq!(app.add("vote=gummi&key=first").await.status, Status::SeeOther);
    app
}

async fn nothing_more_is_stored(app: &App) {
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
    assert_eq!(app.tally("/").await, [1, 0]);
}

/// A refused form's page: the status, the sentence as an alert, the ballot again.
fn assert_refused(answer: &Answer, status: u16, sentence: &str, what: &str) {
    assert_eq!(answer.status.code, status, "{what}: {}", answer.body);
    let alert =
        answer.body.split(r#"role="alert""#).nth(1).unwrap_or_else(|| panic!("{what}: no alert: {}", answer.body));
    let alert = alert.split("</div>").next().unwrap();
    assert!(alert.contains(sentence), "{what}: {alert}");
    assert!(answer.body.contains(r#"<form method="post" action="/add""#), "{what}: {}", answer.body);
    assert!(answer.body.contains(r#"name="vote" value="pita""#), "{what}: {}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
}

async fn a_form_that_is_no_ballot_comes_back_with_a_sentence(database: TestDatabase) {
    let app = app(database).await;
    let long = "g".repeat(65);
    let huge = "g".repeat(15_000);
    let unmarked = "No choice is marked.";
    let unknown = "That is not one of the choices in this poll.";
    let cases: [(&str, &str); 27] = [
        ("", unmarked),
        ("&&=&", unmarked),
        ("vote", unmarked),
        ("vote=", unmarked),
        ("vote=+%20%09", unmarked),
        ("poll=donut", unmarked),
        ("choice=gummi", unmarked),
        ("Vote=gummi", unmarked),
        ("vote%00=gummi", unmarked),
        ("vote[]=gummi", unmarked),
        ("vote.x=gummi", unmarked),
        ("key=fresh", unmarked),
        ("vote=cleo", unknown),
        ("vote=cleo&key=fresh", unknown),
        ("vote=GUMMI", unknown),
        ("vote=gummi%00", unknown),
        ("vote=%00", unknown),
        ("vote=gummi%07", unknown),
        ("vote=%1B%5B31mgummi", unknown),
        ("vote=%E2%80%AEgummi", unknown),
        ("vote=gummi%27%3B+DROP+TABLE+ballots%3B--", unknown),
        ("vote=gummi&vote=pita", "The field “vote” came more than once."),
        ("vote=gummi&vote=gummi", "The field “vote” came more than once."),
        ("vote=&vote=gummi", "The field “vote” came more than once."),
        ("vote=gummi&poll=donut&poll=donut", "The field “poll” came more than once."),
        ("vote=gummi&key=a&key=b", "The field “key” came more than once."),
        ("vote=gummi&poll=donut&poll=elsewhere", "The field “poll” came more than once."),
    ];
    for (body, sentence) in cases {
        assert_refused(&app.add(body).await, 422, sentence, body);
    }
    for vote in [&long, &huge] {
        assert_refused(
            &app.add(&format!("vote={vote}")).await,
            422,
            "That is too long to be one of the choices.",
            "long",
        );
    }
    nothing_more_is_stored(&app).await;
    // A key in a refused form is not used up.
    assert_eq!(app.add("vote=pita&key=fresh").await.status, Status::SeeOther);
    assert_eq!(app.tally("/").await, [1, 1]);
}

async fn an_unknown_poll_is_not_found(database: TestDatabase) {
    let app = app(database).await;
    let long = "d".repeat(65);
    for poll in ["elsewhere", "DONUT", "donut%00", "donut+", "..%2F..", "%3Cb%3E", "%27", "d%C3%B6nut", &long] {
        let answer = app.add(&format!("vote=gummi&key=fresh&poll={poll}")).await;
        assert_eq!(answer.status, Status::NotFound, "{poll}: {}", answer.body);
        assert!(answer.body.contains("There is no poll at this address."), "{}", answer.body);
    }
    nothing_more_is_stored(&app).await;
}

async fn an_upcoming_poll_takes_no_vote(database: TestDatabase) {
    let app = app(database).await;
    let opens_at = models::now() + chrono::TimeDelta::hours(1);
    app.create(&new_poll("later", &["gummi", "tea"]).with(|s| s.opens_at = opens_at)).await;
    let answer = app.add("poll=later&vote=gummi&key=fresh").await;
    assert_eq!(answer.status, Status::Conflict, "{}", answer.body);
    assert!(answer.body.contains("This poll has not opened yet, so your vote is not counted."), "{}", answer.body);
    assert!(answer.body.contains("Which of later?"), "{}", answer.body);
    nothing_more_is_stored(&app).await;
}

async fn a_closed_poll_takes_no_vote(database: TestDatabase) {
    let app = app(database).await;
    let poll = app.poll("past", &["gummi", "tea"]).await;
    poll.close(&mut app.db().await, Some(models::now())).await.unwrap();
    for vote in ["gummi", "nobody", ""] {
        let answer = app.add(&format!("poll=past&vote={vote}&key=fresh")).await;
        assert_eq!(answer.status, Status::Conflict, "{vote}: {}", answer.body);
        assert!(answer.body.contains("This poll is closed, so your vote is not counted."), "{}", answer.body);
        assert!(!answer.body.contains("<button"), "{}", answer.body);
    }
    nothing_more_is_stored(&app).await;
}

async fn a_form_in_another_type_is_refused(database: TestDatabase) {
    let app = app(database).await;
    let multipart = b"--b\r\nContent-Disposition: form-data; name=\"vote\"\r\n\r\ngummi\r\n--b--\r\n";
    let cases: [(&[u8], Option<&str>); 9] = [
        (b"vote=gummi", None),
        (b"vote=gummi", Some("")),
        (b"vote=gummi", Some("text/plain")),
        (b"vote=gummi", Some("application/octet-stream")),
        (b"vote=gummi", Some("application/x-www-form-urlencoded-not")),
        (b"vote=gummi", Some("no type at all")),
        (br#"{"vote":"gummi"}"#, Some("application/json")),
        (multipart, Some("multipart/form-data; boundary=b")),
        (multipart, Some("multipart/form-data")),
    ];
    for (body, kind) in cases {
        let headers: Vec<(&str, &str)> = kind.map(|kind| ("Content-Type", kind)).into_iter().collect();
        let answer = app.send(Method::Post, "/add", body, &headers).await;
        assert_refused(&answer, 415, "Send it as application/x-www-form-urlencoded.", &format!("{kind:?}"));
    }
    nothing_more_is_stored(&app).await;
    for kind in ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-URLencoded"] {
        let answer = app.send(Method::Post, "/add", b"vote=gummi", &[("Content-Type", kind)]).await;
        assert_eq!(answer.status, Status::SeeOther, "{kind}: {}", answer.body);
    }
}

async fn a_form_in_a_broken_encoding_is_refused(database: TestDatabase) {
    let app = app(database).await;
    let cases: [&[u8]; 9] = [
        b"vote=%FF",
        b"vote=gummi%C3",
        b"vote=gummi&more=%ED%A0%80",
        b"%80=gummi",
        b"vote=gummi&poll=%FE",
        b"vote=gummi&key=%C0%AF",
        b"vote=\xff\xfe",
        b"vote=gummi&\xc3=1",
        b"v\x80te=gummi",
    ];
    for body in cases {
        let what = String::from_utf8_lossy(body).into_owned();
        let answer = app.send(Method::Post, "/add", body, &[FORM]).await;
        assert_refused(&answer, 400, "characters that are not UTF-8", &what);
    }
    // A lone percent sign is a percent sign (WHATWG URL, 1.3), which no choice has.
    for body in ["vote=%", "vote=%g", "vote=gummi%2", "vote=%zz", "vote=%u0067ummi"] {
        assert_refused(&app.add(body).await, 422, "That is not one of the choices", body);
    }
    nothing_more_is_stored(&app).await;
}

async fn a_form_too_large_is_refused(database: TestDatabase) {
    let app = app(database).await;
    let padded = |size: usize| format!("vote=gummi&more={}", "m".repeat(size - "vote=gummi&more=".len()));
    let too_large = padded(160 * 1024 + 1);
    let length = too_large.len().to_string();
    for headers in [vec![FORM], vec![FORM, ("Content-Length", length.as_str())]] {
        let answer = app.send(Method::Post, "/add", too_large.as_bytes(), &headers).await;
        assert_refused(&answer, 413, "The form is larger than 160 KiB.", &format!("{headers:?}"));
    }
    let huge = "m".repeat(3_000_000);
    assert_refused(&app.add(&huge).await, 413, "The form is larger than 160 KiB.", "3 MB");
    nothing_more_is_stored(&app).await;
    assert_eq!(app.add(&padded(160 * 1024)).await.status, Status::SeeOther);
}

async fn another_method_at_add_never_votes(database: TestDatabase) {
    let app = app(database).await;
    for method in
        [Method::Get, Method::Put, Method::Delete, Method::Patch, Method::Head, Method::Options, Method::Trace]
    {
        for address in ["/add", "/add?vote=gummi"] {
            let answer = app.send(method, address, b"vote=gummi", &[FORM]).await;
            assert_eq!(answer.status, Status::MethodNotAllowed, "{method} {address}: {}", answer.body);
            let allowed: Vec<&str> = answer.header("allow").unwrap_or_default().split(", ").collect();
            assert!(allowed.contains(&"POST") && !allowed.contains(&"GET"), "{method} {address}: {allowed:?}");
            assert!(method == Method::Head || answer.body.contains("nothing was changed"), "{method}: {}", answer.body);
        }
    }
    nothing_more_is_stored(&app).await;
}

async fn the_method_field_is_no_way_round(database: TestDatabase) {
    let app = app(database).await;
    for method in [
        "put", "PUT", "delete", "DELETE", "patch", "get", "GET", "head", "options", "trace", "connect", "", "nonsense",
        "%00",
    ] {
        let answer = app.add(&format!("_method={method}&poll=donut")).await;
        assert_eq!(answer.status, Status::MethodNotAllowed, "{method}: {}", answer.body);
        // A browser's form on another site may send it as well.
        let foreign = [FORM, ("Sec-Fetch-Site", "cross-site")];
        for address in ["/add", "/", "/polls/donut"] {
            let body = format!("_method={method}&vote=gummi&key=fresh");
            let answer = app.send(Method::Post, address, body.as_bytes(), &foreign).await;
            assert!(answer.status.code < 500 && answer.status != Status::SeeOther, "{method}: {}", answer.status);
        }
    }
    nothing_more_is_stored(&app).await;
}

async fn an_unknown_address_is_a_page(database: TestDatabase) {
    let app = app(database).await;
    let long = format!("/polls/{}", "p".repeat(5_000));
    let addresses = [
        "/nowhere",
        "/add/more",
        "/polls/elsewhere",
        "/polls/donut/more",
        "/polls/DO-NUT",
        "/polls/%00",
        "/polls/%FF",
        "/polls/%2e%2e",
        "/polls/..",
        "/index.html",
        "/.env",
        "/.git/config",
        "/%3Cscript%3E",
        "/polls/do%20nut",
        &long,
    ];
    for address in addresses {
        for method in [Method::Get, Method::Post] {
            let answer = app.send(method, address, b"vote=gummi", &[FORM]).await;
            assert!(matches!(answer.status.code, 400 | 404 | 405), "{method} {address}: {}", answer.status);
            assert!(
                answer.body.contains("<h1>") && answer.body.contains(r#"<a href="/">"#),
                "{method} {address}: {}",
                answer.body
            );
            assert!(!answer.body.contains("<script>"), "{address}");
        }
    }
    for address in ["/nowhere", "/polls/elsewhere", "/.env"] {
        assert_eq!(app.get(address).await.status, Status::NotFound, "{address}");
    }
    nothing_more_is_stored(&app).await;
}

async fn without_any_poll_a_vote_is_refused(database: TestDatabase) {
    let app = App::start(database).await;
    for body in ["vote=gummi", "", "vote=gummi&poll=donut", "vote=%FF"] {
        let answer = app.add(body).await;
        assert_eq!(answer.status, Status::NotFound, "{body}: {}", answer.body);
        assert!(answer.body.contains("There is no poll at this address."), "{}", answer.body);
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn a_vote_that_is_markup_is_never_shown_as_markup(database: TestDatabase) {
    let app = app(database).await;
    for field in ["vote", "poll", "key", "x"] {
        let answer = app.add(&format!("{field}=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27")).await;
        assert!(answer.status.class().is_client_error());
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    }
}
