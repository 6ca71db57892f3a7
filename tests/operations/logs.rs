//! The log of production: it has no secret, for any request and at any level.

use crate::{
    helpers::{
        app::{PASSWORD, SECRET, form},
        database::TestDatabase,
        on_both,
        server::{Reply, Server, Voter, create_poll},
    },
    organiser::account::with_password,
};

on_both!(
    no_secret_is_logged_at_any_level,
    a_request_is_logged_by_its_route,
    what_an_operator_should_know_is_logged_in_production,
);

/// A link's token, a code and a setup token as they look; those who guess see no more of them in a log than others.
const TOKEN: &str = "Zm9vYmFyYmF6cXV4MTIzNA";
const CODE: &str = "K7QF-2M9D-XWPT-3HNA";
const SETUP: &str = "c2V0dXAtdG9rZW4tc2V0dXAtdG9rZW4tc2V0dXAtdG9r";
const WRONG: &str = "not-the-password";
const KEY: &str = "submission-key-4711";

fn send(voter: &mut Voter, method: &str, path: &str, cookie: &str, body: &str) -> Reply {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: urna\r\nCookie: {cookie}\r\nReferer: http://urna{path}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    voter.send(request.as_bytes()).unwrap();
    let reply = if method == "HEAD" { voter.head() } else { voter.reply() };
    reply.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
}

/// The cookies that an answer sets, as the browser sends them back.
fn cookies(reply: &Reply) -> Vec<String> {
    let lines = reply.head.lines().filter(|line| line.to_lowercase().starts_with("set-cookie: "));
    lines.map(|line| line["set-cookie: ".len()..].split(';').next().unwrap().to_owned()).collect()
}

async fn no_secret_is_logged_at_any_level(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    with_password(&database, &["organiser", "new", "ada", "--name", "Ada"], PASSWORD);
    for level in ["off", "critical", "normal", "debug"] {
        let server = Server::start_with(&database, &[("ROCKET_LOG_LEVEL", level)]);
        let mut voter = server.voter();
        let signed_in = send(&mut voter, "POST", "/session", "", &form(&[("uid", "ada"), ("password", PASSWORD)]));
        let cookies = cookies(&signed_in);
        assert!(cookies.iter().any(|cookie| cookie.contains("session")), "{}", signed_in.head);
        let cookie = cookies.join("; ");
        let ask = || {
            for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"] {
                for path in [
                    format!("/i/{TOKEN}"),
                    format!("/i/{TOKEN}/more"),
                    format!("//i//{TOKEN}"),
                    format!("/I/{TOKEN}."),
                    format!("/{TOKEN}"),
                    format!("/i?code={CODE}"),
                    format!("/?code={CODE}&token={TOKEN}"),
                    format!("/setup/{SETUP}"),
                    format!("/setup/{SETUP}/more"),
                    format!("/session?to=/i/{TOKEN}&password={PASSWORD}"),
                    format!("/static/{TOKEN}"),
                    format!("/polls/donut/{TOKEN}"),
                ] {
                    send(&mut server.voter(), method, &path, &cookie, "");
                }
            }
            let guess = form(&[("uid", "ada"), ("password", &format!("{PASSWORD}x"))]);
            send(&mut server.voter(), "POST", "/session", &cookie, &guess);
            // A password where the name belongs.
            send(&mut server.voter(), "POST", "/session", &cookie, &form(&[("uid", PASSWORD), ("password", "x")]));
            let vote = form(&[("vote", "gummi"), ("code", CODE), ("key", KEY)]);
            send(&mut server.voter(), "POST", "/add", &cookie, &vote);
            send(&mut server.voter(), "POST", &format!("/setup/{SETUP}"), &cookie, &form(&[("password", PASSWORD)]));
            let change = form(&[("old", PASSWORD), ("password", "four-words-in-a-line")]);
            send(&mut server.voter(), "PUT", "/organiser/password", &cookie, &change[..change.len() - 12]);
            // What is no request has its bytes in no log either.
            let mut malformed = server.voter();
            malformed.send(format!("GET /i/{TOKEN}\u{7f} HTTP/9\r\nCookie: {cookie}\r\n\r\n").as_bytes()).unwrap();
            let _ = malformed.reply();
        };
        ask();
        // Errors of the database have their reasons.
        for (here, away) in [("invitations", "invitations_away"), ("sessions", "sessions_away")] {
            database.execute(&format!("ALTER TABLE {here} RENAME TO {away}")).await;
        }
        ask();
        for (here, away) in [("invitations", "invitations_away"), ("sessions", "sessions_away")] {
            database.execute(&format!("ALTER TABLE {away} RENAME TO {here}")).await;
        }
        let log = server.log();
        let values = cookies.iter().map(|cookie| cookie.split_once('=').unwrap().1);
        let secrets = [TOKEN, CODE, SETUP, PASSWORD, KEY, "four-words", SECRET];
        for secret in secrets.into_iter().chain(values) {
            assert!(!log.contains(secret), "{level}: {secret} is in\n{log}");
        }
        let lines = |word: &str| log.lines().filter(|line| line.contains(word)).count();
        assert_eq!(lines(" ERROR ") > 0, level != "off", "{level}: {log}");
        assert_eq!(lines(" DEBUG ") > 50, ["normal", "debug"].contains(&level), "{level}: {log}");
    }
}

async fn a_request_is_logged_by_its_route(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    let server = Server::start_with(&database, &[("ROCKET_LOG_LEVEL", "normal")]);
    for path in ["/polls/donut", &format!("/i/{TOKEN}"), "/nowhere", "/no/where"] {
        server.voter().get(path).unwrap();
    }
    let log = server.log();
    for line in ["/polls/<slug>: 200", "/i/<token>: 404", "/<code>: 404", "no route: 404"] {
        let line = &format!(" DEBUG GET {line}");
        assert!(log.lines().any(|logged| logged.ends_with(line)), "no {line} in\n{log}");
    }
}

async fn what_an_operator_should_know_is_logged_in_production(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    with_password(&database, &["organiser", "new", "ada", "--name", "Ada"], PASSWORD);
    let server = Server::start(&database);
    let mut voter = server.voter();
    let guess = form(&[("uid", "ada"), ("password", WRONG)]);
    for _ in 0..6 {
        send(&mut voter, "POST", "/session", "", &guess);
    }
    send(&mut voter, "POST", "/session", "", &form(&[("uid", "nobody"), ("password", WRONG)]));
    let foreign = "POST /add HTTP/1.1\r\nHost: urna\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n";
    voter.send(foreign.as_bytes()).unwrap();
    assert_eq!(voter.reply().unwrap().status, 403);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let right = form(&[("uid", "ada"), ("password", PASSWORD)]);
    let cookie = cookies(&send(&mut voter, "POST", "/session", "", &right)).join("; ");
    let settings = "eligibility=invitation&results_visibility=always&turnout_visibility=always&zone=UTC&method=plurality&seats=1&highest=5";
    let poll = format!("title=Tea%3F&choices=A%0AB&slug=secret-address&{settings}&then=draft");
    for (method, path, body) in [
        ("POST", "/polls", poll.as_str()),
        ("POST", "/polls/secret-address/publication", ""),
        ("POST", "/polls/secret-address/feature", ""),
        ("POST", "/polls/secret-address/invitations", "number=3"),
        ("DELETE", "/polls/secret-address/invitations", "which=all"),
        ("POST", "/polls/secret-address/copies", ""),
        ("POST", "/polls/secret-address/closure", ""),
        ("DELETE", "/polls/secret-address/closure", ""),
        (
            "PUT",
            "/polls/secret-address",
            &format!("title=Tea&key-0=a&label-0=A&key-1=b&label-1=B&slug=secret-address&revision=0&{settings}"),
        ),
        ("DELETE", "/polls/secret-address", ""),
        ("DELETE", "/session", ""),
    ] {
        let reply = send(&mut voter, method, path, &cookie, body);
        // The edit is refused: it was drawn from no revision.
        let status = if method == "PUT" { 409 } else { 303 };
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
    }
    let log = server.log();
    for line in [
        "WARN a wrong password for organiser 1 from 127.0.0.1",
        "WARN a sign-in name that nobody has, from 127.0.0.1",
        "WARN a sign-in was put off for 1 s: too many failed from 127.0.0.1",
        "WARN 1 requests from other sites were refused",
        "INFO organiser 1 signed in",
        "INFO organiser 1 created a draft, poll 2",
        "INFO organiser 1 published poll 2",
        "INFO organiser 1 shown on the home page poll 2",
        "INFO organiser 1 created 3 invitations for poll 2",
        "INFO organiser 1 revoked 3 invitations of poll 2",
        "INFO organiser 1 created a copy, poll 3",
        "INFO organiser 1 opened again poll 2",
        "INFO organiser 1 deleted poll 2",
    ] {
        assert!(log.lines().any(|logged| logged.ends_with(line)), "no {line} in\n{log}");
    }
    assert!(log.contains("INFO organiser 1 set the end to "), "{log}");
    // Who has the address of a poll that no list names can vote in it.
    assert!(!log.contains("secret-address") && !log.contains(WRONG) && !log.contains("nobody\n"), "{log}");
}
