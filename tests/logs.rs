//! The log of production: whatever is asked for, no secret of anybody stands in it, at any level.

use crate::{
    helpers::{
        app::{PASSWORD, SECRET, form},
        database::TestDatabase,
        on_both,
        server::{Reply, Server, Voter, make_poll},
    },
    organisers::with_password,
};

on_both!(no_secret_is_logged_at_any_level, a_request_is_logged_by_its_route);

/// A link's token, a code and a setup token as they look; those who guess see no more of them in a log than others.
const TOKEN: &str = "Zm9vYmFyYmF6cXV4MTIzNA";
const CODE: &str = "K7QF-2M9D-XWPT-3HNA";
const SETUP: &str = "c2V0dXAtdG9rZW4tc2V0dXAtdG9rZW4tc2V0dXAtdG9r";
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
    make_poll(&database, "donut", &["gummi", "pita"]).await;
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
            let mut rubbish = server.voter();
            rubbish.send(format!("GET /i/{TOKEN}\u{7f} HTTP/9\r\nCookie: {cookie}\r\n\r\n").as_bytes()).unwrap();
            let _ = rubbish.reply();
        };
        ask();
        // Errors of the database are told with their reasons.
        for (here, away) in [("invitations", "invitations_away"), ("sessions", "sessions_away")] {
            database.execute(&format!("ALTER TABLE {here} RENAME TO {away}")).await;
        }
        ask();
        for (here, away) in [("invitations", "invitations_away"), ("sessions", "sessions_away")] {
            database.execute(&format!("ALTER TABLE {away} RENAME TO {here}")).await;
        }
        let said = server.said();
        let values = cookies.iter().map(|cookie| cookie.split_once('=').unwrap().1);
        let secrets = [TOKEN, CODE, SETUP, PASSWORD, KEY, "four-words", SECRET];
        for secret in secrets.into_iter().chain(values) {
            assert!(!said.contains(secret), "{level}: {secret} is in\n{said}");
        }
        let lines = |word: &str| said.lines().filter(|line| line.contains(word)).count();
        assert_eq!(lines(" ERROR ") > 0, level != "off", "{level}: {said}");
        assert_eq!(lines(" INFO ") > 50, ["normal", "debug"].contains(&level), "{level}: {said}");
    }
}

async fn a_request_is_logged_by_its_route(database: TestDatabase) {
    make_poll(&database, "donut", &["gummi", "pita"]).await;
    let server = Server::start_with(&database, &[("ROCKET_LOG_LEVEL", "normal")]);
    for path in ["/polls/donut", &format!("/i/{TOKEN}"), "/nowhere"] {
        server.voter().get(path).unwrap();
    }
    let said = server.said();
    for line in [" INFO GET /polls/<slug>: 200", " INFO GET /i/<token>: 404", " INFO GET no route: 404"] {
        assert!(said.lines().any(|said| said.ends_with(line)), "no {line} in\n{said}");
    }
}
