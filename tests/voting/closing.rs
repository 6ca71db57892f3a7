//! Closing and removing a poll while many vote: real processes, voters who never pause, and an organiser.

use std::{
    collections::BTreeMap,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use chrono::{NaiveDateTime, TimeDelta};
use rocket::http::RawStr;
use urna::{
    db::{Connection, Engine},
    models::{
        self, ballot,
        new_poll::NewPoll,
        organiser::{NewOrganiser, Organiser},
        poll::Poll,
    },
    passwords, start,
};

use crate::helpers::{
    app::{PASSWORD, config_for, new_poll},
    database::TestDatabase,
    on_both,
    server::{Reply, Server, Voter, assert_checks, stored},
};

on_both!(
    no_vote_counts_after_an_organiser_has_closed_the_poll,
    no_vote_counts_after_the_date_of_the_end,
    closing_and_opening_are_quick_beside_a_crowd_on_five_processes,
    a_large_poll_is_removed_while_votes_go_on_in_another,
);

const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
const VOTERS: usize = 16;

async fn connection(database: &TestDatabase) -> Connection {
    let engine = Engine::open(&config_for(database, &[]).database, 1, Duration::from_secs(5)).expect("the pool opens");
    engine.connection().await.expect("a connection")
}

/// An organiser with open polls at these addresses; the first is featured.
async fn create(database: &TestDatabase, slugs: &[&str]) -> Vec<Poll> {
    start::migrate(&config_for(database, &[])).await.expect("the migrations run");
    let db = &mut connection(database).await;
    let password_hash = passwords::hash(PASSWORD).await.expect("a hash");
    let ada = NewOrganiser { uid: "ada".into(), name: "Ada".into(), password_hash };
    let ada = Organiser::create(db, &ada).await.expect("an organiser");
    let mut polls = Vec::new();
    for slug in slugs {
        let poll = NewPoll { organiser_id: Some(ada.id), ..new_poll(slug, &["gummi", "pita"]) };
        polls.push(Poll::create(db, &poll).await.expect("the poll is created"));
    }
    polls
}

fn connect(port: u16) -> Voter {
    Voter::connect(port, ANSWER_TIMEOUT).expect("a connection")
}

/// A form with a cookie.
fn post(port: u16, path: &str, form: &str, cookie: &str) -> Reply {
    let mut voter = connect(port);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: urna\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Cookie: {cookie}\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    voter.send(head.as_bytes()).expect("it is sent");
    voter.reply().expect("an answer")
}

/// Signs in and gives the cookie.
fn sign_in(port: u16) -> String {
    let password = RawStr::new(PASSWORD).percent_encode().to_string();
    let reply = post(port, "/session", &format!("uid=ada&password={password}"), "a=b");
    assert_eq!(reply.status, 303, "{}", reply.body);
    let set = reply.head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        (name.eq_ignore_ascii_case("set-cookie") && value.contains("session=")).then(|| value.to_owned())
    });
    set.expect("a cookie").split(';').next().expect("a pair").to_owned()
}

/// What a voter remembers: when each acknowledged vote was sent, by both clocks, and how many were refused.
#[derive(Default)]
struct Memory {
    sent: Vec<(Instant, NaiveDateTime)>,
    refused: u64,
}

/// Votes in a poll until it is over.
fn vote_on(port: u16, form: &str, over: &AtomicBool) -> Memory {
    let (mut voter, mut memory) = (connect(port), Memory::default());
    while !over.load(Relaxed) {
        let now = (Instant::now(), models::now());
        let reply = voter.add(form).expect("an answer");
        match reply.status {
            303 => memory.sent.push(now),
            409 => memory.refused += 1,
            status => panic!("{status}: {}", reply.body),
        }
    }
    memory
}

/// A crowd on these servers, and `act` beside it once it is going.
fn crowd<T>(servers: &[Server], form: &str, act: impl FnOnce() -> T) -> (Vec<Memory>, T) {
    let over = AtomicBool::new(false);
    scope(|scope| {
        let voters: Vec<_> = (0..VOTERS)
            .map(|n| {
                let (port, over) = (servers[n % servers.len()].port, &over);
                scope.spawn(move || vote_on(port, form, over))
            })
            .collect();
        sleep(Duration::from_millis(300));
        let acted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        sleep(Duration::from_millis(300));
        over.store(true, Relaxed);
        let memories = voters.into_iter().map(|voter| voter.join().expect("a voter ends well")).collect();
        (memories, acted.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn acknowledged(memories: &[Memory]) -> u64 {
    memories.iter().map(|memory| memory.sent.len() as u64).sum()
}

/// That the poll is closed, everything acknowledged is stored and shown, and nothing else.
async fn assert_closed(database: &TestDatabase, servers: &[Server], poll: &Poll, memories: &[Memory]) {
    let (acknowledged, refused) = (acknowledged(memories), memories.iter().map(|m| m.refused).sum::<u64>());
    println!("{acknowledged} votes before the close, {refused} refused");
    assert!(acknowledged > 0 && refused > 0, "it was closed while they voted");
    assert_eq!(stored(database, poll).await, BTreeMap::from([("gummi".to_owned(), acknowledged)]));
    let late = "SELECT count(*) FROM ballots b JOIN polls p ON p.id = b.poll_id WHERE b.cast_at >= p.closes_at";
    assert_eq!(database.number(late).await, 0, "every ballot was cast before its poll closed");
    let mut pages = Vec::new();
    for server in servers {
        let mut voter = connect(server.port);
        assert_eq!(voter.add("poll=closing&vote=pita").expect("an answer").status, 409);
        let page = voter.get("/polls/closing").expect("the page");
        assert_eq!(page.tally(), [acknowledged, 0]);
        pages.push(page.body);
    }
    assert!(pages.windows(2).all(|pages| pages[0] == pages[1]), "all processes show one page");
    assert_checks(database);
}

async fn no_vote_counts_after_an_organiser_has_closed_the_poll(database: TestDatabase) {
    let polls = create(&database, &["closing"]).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let cookie = sign_in(servers[0].port);
    let (memories, closed) = crowd(&servers, "poll=closing&vote=gummi", || {
        let reply = post(servers[1].port, "/polls/closing/closure", "", &cookie);
        let closed = Instant::now();
        assert!(reply.status == 303 && reply.head.contains("/manage#closed"), "{} {}", reply.head, reply.body);
        // From the answer on every page shows the end, and the tally does not move any more.
        let page = connect(servers[0].port).get("/polls/closing").expect("the page");
        assert!(page.body.contains("Closed on <time"), "{}", page.body);
        (closed, page.tally())
    });
    let late = memories.iter().flat_map(|memory| &memory.sent).filter(|(sent, _)| *sent > closed.0).count();
    assert_eq!(late, 0, "votes acknowledged that were sent after the poll was closed");
    assert_eq!(closed.1, [acknowledged(&memories), 0], "what the first page after the close showed is the result");
    assert_closed(&database, &servers, &polls[0], &memories).await;
}

async fn no_vote_counts_after_the_date_of_the_end(database: TestDatabase) {
    let polls = create(&database, &["closing"]).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let closes_at = models::now() + TimeDelta::milliseconds(1300);
    polls[0].close(&mut connection(&database).await, Some(closes_at)).await.expect("the date is set");
    let (memories, ()) = crowd(&servers, "poll=closing&vote=gummi", || {
        sleep((closes_at - models::now()).to_std().unwrap_or_default() + Duration::from_millis(200));
    });
    let late = memories.iter().flat_map(|memory| &memory.sent).filter(|(_, sent)| *sent >= closes_at).count();
    assert_eq!(late, 0, "votes acknowledged that were sent after the date");
    assert_closed(&database, &servers, &polls[0], &memories).await;
}

async fn closing_and_opening_are_quick_beside_a_crowd_on_five_processes(database: TestDatabase) {
    let polls = create(&database, &["closing", "other"]).await;
    let servers: Vec<Server> = (0..5).map(|_| Server::start(&database)).collect();
    let cookie = sign_in(servers[0].port);
    // The crowd votes in another poll: it must not keep the organiser from closing this one, nor be kept.
    let (memories, slowest) = crowd(&servers, "poll=other&vote=pita", || {
        let mut slowest = Duration::ZERO;
        for n in 0..6 {
            for (method, done) in [("", "#closed"), ("_method=delete", "#opened")] {
                let started = Instant::now();
                let reply = post(servers[n % 5].port, "/polls/closing/closure", method, &cookie);
                slowest = slowest.max(started.elapsed());
                assert!(reply.status == 303 && reply.head.contains(done), "{} {}", reply.head, reply.body);
            }
        }
        slowest
    });
    println!("{} votes beside; the slowest change took {slowest:?}", acknowledged(&memories));
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert!(acknowledged(&memories) > 20, "{}", acknowledged(&memories));
    assert_eq!(stored(&database, &polls[1]).await["pita"], acknowledged(&memories));
    // And in the very poll that the crowd is voting in.
    let (memories, took) = crowd(&servers, "poll=closing&vote=gummi", || {
        let started = Instant::now();
        let reply = post(servers[4].port, "/polls/closing/closure", "", &cookie);
        assert!(reply.status == 303 && reply.head.contains("#closed"), "{} {}", reply.head, reply.body);
        started.elapsed()
    });
    println!("closed in {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_closed(&database, &servers, &polls[0], &memories).await;
}

async fn a_large_poll_is_removed_while_votes_go_on_in_another(database: TestDatabase) {
    const BALLOTS: u64 = 20_000;
    let polls = create(&database, &["other", "closing"]).await;
    let id = polls[1].id;
    let numbers = if database.is_sqlite() {
        format!("WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {BALLOTS}) SELECT n FROM s")
    } else {
        format!("SELECT n FROM generate_series(1, {BALLOTS}) AS s(n)")
    };
    let hash = if database.is_sqlite() { "CAST(n AS BLOB)" } else { "convert_to(CAST(n AS TEXT), 'UTF8')" };
    database
        .execute(&format!(
            "INSERT INTO ballots (poll_id, cast_at, marks) SELECT {id}, '2026-01-01 00:00:00', 'gummi' FROM ({numbers}) AS t;
             INSERT INTO credentials (poll_id, hash) SELECT {id}, {hash} FROM ({numbers}) AS t;
             INSERT INTO profile (poll_id, marks, shard, count) VALUES ({id}, 'gummi', 0, {BALLOTS});
             INSERT INTO turnout (poll_id, shard, ballots) VALUES ({id}, 0, {BALLOTS});"
        ))
        .await;
    let servers = [Server::start(&database), Server::start(&database)];
    let cookie = sign_in(servers[0].port);
    for server in &servers {
        assert_eq!(connect(server.port).get("/polls/closing").expect("the page").tally(), [BALLOTS, 0]);
    }
    let mut look = connect(servers[0].port);
    look.send(format!("GET /polls/closing/deletion HTTP/1.1\r\nHost: urna\r\nCookie: {cookie}\r\n\r\n").as_bytes())
        .expect("it is sent");
    assert!(look.reply().expect("the page").body.contains("This deletes the poll, 20,000 votes"));
    let over = AtomicBool::new(false);
    let start = Barrier::new(5);
    let rows = |(table, _)| format!("(SELECT count(*) FROM {table} WHERE poll_id = {id})");
    let tables = ballot::TABLES.map(rows).join(" + ");
    let gone = format!("(SELECT count(*) FROM polls WHERE id = {id}) + {tables}");
    let (voters, took) = scope(|scope| {
        let voters: Vec<_> = (0..4)
            .map(|n| {
                let (port, over, start) = (servers[n % 2].port, &over, &start);
                scope.spawn(move || {
                    let (mut voter, mut counted, mut slowest) = (connect(port), 0, Duration::ZERO);
                    start.wait();
                    while !over.load(Relaxed) {
                        let started = Instant::now();
                        let reply = voter.add("poll=other&vote=pita").expect("an answer");
                        assert_eq!(reply.status, 303, "{}", reply.body);
                        slowest = slowest.max(started.elapsed());
                        counted += 1;
                    }
                    (counted, slowest)
                })
            })
            .collect();
        start.wait();
        sleep(Duration::from_millis(200));
        let reply = post(servers[0].port, "/polls/closing", "_method=delete", &cookie);
        let removed = Instant::now();
        let mut statuses = vec![reply.status];
        // At once, on both processes.
        for server in &servers {
            let mut voter = connect(server.port);
            statuses.push(voter.get("/polls/closing").expect("an answer").status);
            statuses.push(voter.add("poll=closing&vote=gummi").expect("an answer").status);
            statuses.push(u16::from(voter.get("/polls").expect("an answer").body.contains("Which of closing?")));
            statuses.push(u16::from(voter.get("/").expect("an answer").body.contains("Which of closing?")));
        }
        // Somebody who was killed in between: the next start goes on. Here the process simply has its time.
        let mut left = i64::MAX;
        while left > 0 && removed.elapsed() < Duration::from_secs(15) {
            sleep(Duration::from_millis(50));
            left = rocket::tokio::task::block_in_place(|| {
                rocket::tokio::runtime::Handle::current().block_on(database.number(&format!("SELECT {gone}")))
            });
        }
        let took = removed.elapsed();
        over.store(true, Relaxed);
        let voters: Vec<(i64, Duration)> = voters.into_iter().map(|v| v.join().expect("a voter ends well")).collect();
        assert_eq!(statuses, [303, 404, 404, 0, 0, 404, 404, 0, 0]);
        assert_eq!(left, 0, "rows are left after 15 seconds");
        (voters, took)
    });
    let counted: i64 = voters.iter().map(|(counted, _)| counted).sum();
    let slowest = voters.iter().map(|(_, slowest)| *slowest).max().unwrap_or_default();
    println!("its rows were gone in {took:?}; {counted} votes went on, the slowest in {slowest:?}");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    assert_eq!(database.number("SELECT count(*) FROM ballots").await, counted);
    assert_eq!(connect(servers[1].port).get("/").expect("the page").tally(), [0, counted.cast_unsigned()]);
    assert_checks(&database);
}
