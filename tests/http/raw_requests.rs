//! Malformed requests over a plain socket: bodies without a length, wrong lengths, bytes that are no request.

use std::time::Duration;

use crate::helpers::{
    database::{Stored, TestDatabase},
    on_both,
    server::{Server, Voter, create_poll},
};

on_both!(a_body_without_a_length_is_refused, malformed_requests_are_refused_and_the_server_stays);

const HEAD: &str = "POST /add HTTP/1.1\r\nHost: urna\r\nContent-Type: application/x-www-form-urlencoded\r\n";

/// A body in chunks of a kibibyte at most.
fn chunked(body: &str) -> String {
    let chunks = body
        .as_bytes()
        .chunks(1024)
        .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)));
    format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunks.collect::<String>())
}

/// The status of the first answer to these bytes; `None` where the server just hangs up.
fn status(server: &Server, bytes: &[u8]) -> Option<u16> {
    let mut voter = Voter::connect(server.port, Duration::from_secs(15)).unwrap();
    // A server that has answered may close before it has read all.
    let _ = voter.send(bytes);
    match voter.reply() {
        Ok(reply) => Some(reply.status),
        Err(error) => {
            assert_ne!(error.kind(), std::io::ErrorKind::WouldBlock, "no answer: {}", String::from_utf8_lossy(bytes));
            None
        }
    }
}

async fn a_body_without_a_length_is_refused(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    let server = Server::start(&database);
    assert_eq!(status(&server, chunked("vote=gummi").as_bytes()), Some(411));
    for size in [160 * 1024 + 1, 640 * 1024] {
        let body = format!("vote=gummi&more={}", "m".repeat(size - "vote=gummi&more=".len()));
        assert_eq!(status(&server, chunked(&body).as_bytes()), Some(413), "{size}");
    }
    // The length is enough to refuse: the rest of the body is not waited for.
    let begun = format!("{HEAD}Content-Length: 1000000000\r\n\r\n{}", "m".repeat(1024));
    assert_eq!(status(&server, begun.as_bytes()), Some(413));
    assert_eq!(database.stored().await, Stored::of(0, 0));
}

async fn malformed_requests_are_refused_and_the_server_stays(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    let server = Server::start(&database);
    let vote = "Content-Length: 10\r\n\r\nvote=gummi";
    let requests = [
        format!("{HEAD}Content-Length: -1\r\n\r\nvote=gummi"),
        format!("{HEAD}Content-Length: ten\r\n\r\nvote=gummi"),
        format!("{HEAD}Content-Length: 99999999999999999999999\r\n\r\nvote=gummi"),
        format!("{HEAD}Content-Length: 4\r\nContent-Length: 10\r\n\r\nvote=gummi"),
        format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\nvote=gummi\r\n0\r\n\r\n"),
        format!("{HEAD}Transfer-Encoding: gzip\r\n\r\nvote=gummi"),
        format!("GET /add?vote=gummi HTTP/1.1\r\nHost: urna\r\n{vote}"),
        format!("VOTE /add HTTP/1.1\r\nHost: urna\r\nContent-Type: application/x-www-form-urlencoded\r\n{vote}"),
        format!("POST add HTTP/1.1\r\nHost: urna\r\n{vote}"),
        format!("POST /add HTTP/9.9\r\nHost: urna\r\n{vote}"),
        format!("POST /add\0 HTTP/1.1\r\nHost: urna\r\n{vote}"),
        format!("POST /add HTTP/1.1\r\nHost: urna\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n{vote}"),
        format!("POST /add HTTP/1.1\r\nHost urna\r\n{vote}"),
        format!("POST /{} HTTP/1.1\r\nHost: urna\r\n{vote}", "a".repeat(100_000)),
        format!("POST /add HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(1_000)),
        "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\r\n\r\n".into(),
        "\r\n\r\n\r\n\0\0\0\0 nothing\r\n\r\n".into(),
    ];
    for request in requests {
        let status = status(&server, request.as_bytes());
        assert!(
            status.is_none_or(|status| (400..500).contains(&status)),
            "{status:?}: {}",
            &request[..request.len().min(300)]
        );
    }
    assert_eq!(database.stored().await, Stored::of(0, 0));
    assert_eq!(server.voter().add("vote=gummi").unwrap().status, 303);
    assert_eq!(server.voter().get("/").unwrap().tally(), [1, 0]);
}
