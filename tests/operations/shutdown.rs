//! Shutdown: the server answers every vote that it has taken, and ends within five seconds.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use crate::helpers::{
    database::TestDatabase,
    on_both,
    server::{Server, Voter, assert_checks, create_poll, stored},
};

on_both!(
    stopped_under_load_it_stores_what_it_acknowledges_and_nothing_else,
    stopped_it_answers_every_vote_that_it_has_taken,
    stopped_while_the_database_is_stuck_it_ends_all_the_same,
    stopped_it_cuts_no_request,
    stopped_with_nobody_connected_it_ends_at_once,
);

const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

async fn stopped_under_load_it_stores_what_it_acknowledges_and_nothing_else(database: TestDatabase) {
    let poll = create_poll(&database, "end", &["gummi", "pita"]).await;
    let mut server = Server::start(&database);
    let port = server.port;
    let counted = AtomicU64::new(0);
    let vote = || {
        let mut voter = Voter::connect(port, ANSWER_TIMEOUT).expect("a connection");
        loop {
            match voter.add("vote=gummi") {
                Ok(reply) => {
                    assert!([303, 503].contains(&reply.status), "{}", reply.body);
                    counted.fetch_add(u64::from(reply.status == 303), Relaxed);
                    // The server says with its last answer that it is the last.
                    if reply.head.to_lowercase().contains("connection: close") {
                        return;
                    }
                }
                Err(error) => {
                    assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "a vote hung");
                    return;
                }
            }
        }
    };
    let (status, took) = scope(|scope| {
        for _ in 0..32 {
            scope.spawn(vote);
        }
        let started = Instant::now();
        while counted.load(Relaxed) < 200 && started.elapsed() < ANSWER_TIMEOUT {
            sleep(Duration::from_millis(10));
        }
        server.terminate()
    });
    let acknowledged = counted.load(Relaxed);
    println!("{acknowledged} votes acknowledged; the end took {took:?}");
    assert!(status.success(), "{status}: {}", server.log());
    assert!(took < Duration::from_secs(5), "the end took {took:?}");
    assert!(acknowledged >= 200, "only {acknowledged} votes: that is no load");
    assert_eq!(stored(&database, &poll).await["gummi"], acknowledged);
    assert_checks(&database);
    let log = server.log();
    let scary: Vec<_> = log
        .lines()
        .filter(|line| ["rror", "ailed", "panicked", "deprecated"].iter().any(|word| line.contains(word)))
        .collect();
    assert!(scary.is_empty(), "an operator would be scared by {scary:?}");
}

async fn stopped_it_answers_every_vote_that_it_has_taken(database: TestDatabase) {
    let poll = create_poll(&database, "taken", &["gummi", "pita"]).await;
    let mut server = Server::start(&database);
    let lock = database.lock().await;
    let mut voters = waiting_voters(server.port, 200);
    let terminated = std::thread::spawn(move || (server.terminate(), server));
    sleep(Duration::from_millis(500));
    lock.release().await;
    for voter in &mut voters {
        assert_eq!(voter.reply().expect("an answer").status, 303);
    }
    let ((status, took), server) = terminated.join().expect("it ends");
    assert!(status.success(), "{status}: {}", server.log());
    assert!(took < Duration::from_secs(5), "the end took {took:?}");
    assert_eq!(stored(&database, &poll).await["gummi"], 200);
    assert_checks(&database);
}

async fn stopped_while_the_database_is_stuck_it_ends_all_the_same(database: TestDatabase) {
    let poll = create_poll(&database, "stuck", &["gummi", "pita"]).await;
    let mut server = Server::start(&database);
    let lock = database.lock().await;
    let mut voters = waiting_voters(server.port, 20);
    let (status, took) = server.terminate();
    let answers: Vec<_> = voters.iter_mut().map(|voter| voter.reply().map(|reply| reply.status).ok()).collect();
    println!("the end took {took:?}; the votes were answered {answers:?}");
    lock.release().await;
    assert!(status.success(), "{status}: {}", server.log());
    assert!(took < Duration::from_secs(5), "the end took {took:?}");
    assert!(!answers.contains(&Some(303)), "acknowledged while nothing could be stored");
    assert!(stored(&database, &poll).await.values().sum::<u64>() <= 20);
    assert_checks(&database);
}

/// Voters whose votes are sent and not yet answered.
fn waiting_voters(port: u16, count: usize) -> Vec<Voter> {
    let mut voters: Vec<_> = (0..count).map(|_| Voter::connect(port, ANSWER_TIMEOUT).expect("a connection")).collect();
    for voter in &mut voters {
        voter.send_vote("vote=gummi").expect("it is sent");
    }
    // Whatever the server is asked now it has read after those votes.
    sleep(Duration::from_millis(500));
    let asked = Voter::connect(port, ANSWER_TIMEOUT).and_then(|mut voter| voter.get("/healthz"));
    assert_eq!(asked.expect("an answer").status, 200);
    voters
}

/// Clients that keep their connections, and send at their own pace: none of their requests is cut.
async fn stopped_it_cuts_no_request(database: TestDatabase) {
    let poll = create_poll(&database, "cut", &["gummi", "pita"]).await;
    let mut server = Server::start(&database);
    let port = server.port;
    let counted = AtomicU64::new(0);
    let ask = |n: u64| {
        let mut voter = Voter::connect(port, ANSWER_TIMEOUT).expect("a connection");
        for turn in n.. {
            let votes = turn % 3 == 0;
            let reply = if votes { voter.add("vote=gummi") } else { voter.get("/polls/cut") };
            let reply = reply.unwrap_or_else(|error| panic!("request {turn} of client {n} was cut: {error}"));
            assert!([200, 303, 503].contains(&reply.status), "{}", reply.body);
            counted.fetch_add(u64::from(reply.status == 303), Relaxed);
            if reply.head.to_lowercase().contains("connection: close") {
                return;
            }
            // Up to half a second between two requests, as people who click on.
            sleep(Duration::from_millis(n * 37 % 500));
        }
    };
    let (status, took) = scope(|scope| {
        for n in 0..40 {
            scope.spawn(move || ask(n));
        }
        sleep(Duration::from_millis(700));
        server.terminate()
    });
    assert!(status.success(), "{status}: {}", server.log());
    assert!(took < Duration::from_secs(5), "the end took {took:?}");
    assert_eq!(stored(&database, &poll).await["gummi"], counted.load(Relaxed));
    assert_checks(&database);
}

async fn stopped_with_nobody_connected_it_ends_at_once(database: TestDatabase) {
    create_poll(&database, "nobody", &["gummi", "pita"]).await;
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&database);
        let (status, took) = server.signal(signal);
        assert!(status.success(), "{signal}: {status}: {}", server.log());
        assert!(took < Duration::from_secs(4), "{signal}: the end took {took:?}");
    }
}
