//! Several processes on one database: no vote is lost or counted twice, and every page is up to date.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use crate::helpers::{
    database::TestDatabase,
    on_both,
    postgres::free_port,
    server::{Server, Voter, assert_checks, bare_command, command, create_poll, output, stored},
};

on_both!(
    a_crowd_on_two_processes_loses_no_vote_and_doubles_none,
    a_page_of_one_process_shows_the_vote_that_the_other_has_just_acknowledged,
    one_key_at_two_processes_at_once_counts_once,
    no_vote_is_acknowledged_after_a_third_process_has_closed_the_poll,
    commands_come_and_go_beside_a_server_that_keeps_its_locks,
);
on_both!(
    empty:
    processes_that_start_at_once_on_an_empty_database_all_serve_it,
    commands_that_migrate_at_once_migrate_once,
);

const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

async fn a_crowd_on_two_processes_loses_no_vote_and_doubles_none(database: TestDatabase) {
    const VOTERS: usize = 16;
    const VOTES: u64 = 100;
    let keys: Vec<String> = (0..VOTERS).map(|n| format!("v{n}")).collect();
    let poll = create_poll(&database, "crowd", &keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let servers = [Server::start(&database), Server::start(&database)];
    scope(|scope| {
        for n in 0..VOTERS {
            let port = servers[n % 2].port;
            scope.spawn(move || {
                let mut voter = connect(port);
                for vote in 0..VOTES {
                    // Half of the voters send a key, and each of these votes twice.
                    let (key, times) =
                        if n < VOTERS / 2 { (format!("&key=k{n}-{vote}"), 2) } else { (String::new(), 1) };
                    for _ in 0..times {
                        let reply = voter.add(&format!("vote=v{n}{key}")).expect("an answer");
                        assert_eq!(reply.status, 303, "{}", reply.body);
                    }
                }
            });
        }
    });
    let stored = stored(&database, &poll).await;
    assert_eq!(stored.len(), VOTERS);
    assert!(stored.values().all(|ballots| *ballots == VOTES), "{stored:?}");
    assert_checks(&database);
    for server in &servers {
        assert_eq!(connect(server.port).get("/").expect("the page").tally(), [VOTES; VOTERS]);
    }
}

async fn a_page_of_one_process_shows_the_vote_that_the_other_has_just_acknowledged(database: TestDatabase) {
    create_poll(&database, "fresh", &["gummi", "pita"]).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let mut voters = servers.each_ref().map(|server| connect(server.port));
    for n in 0..200 {
        let (here, there) = (n % 2, (n + 1) % 2);
        assert_eq!(voters[here].add("vote=gummi").expect("an answer").status, 303);
        assert_eq!(voters[there].get("/").expect("the page").tally(), [n as u64 + 1, 0]);
    }
}

async fn one_key_at_two_processes_at_once_counts_once(database: TestDatabase) {
    const KEYS: u64 = 200;
    let poll = create_poll(&database, "keys", &["gummi", "pita"]).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let start = Barrier::new(2);
    scope(|scope| {
        for server in &servers {
            scope.spawn(|| {
                let mut voter = connect(server.port);
                for key in 0..KEYS {
                    start.wait();
                    assert_eq!(voter.add(&format!("vote=pita&key=k{key}")).expect("an answer").status, 303);
                }
            });
        }
    });
    assert_eq!(stored(&database, &poll).await["pita"], KEYS);
    assert_checks(&database);
}

async fn no_vote_is_acknowledged_after_a_third_process_has_closed_the_poll(database: TestDatabase) {
    let poll = create_poll(&database, "closing", &["gummi", "pita"]).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let over = AtomicBool::new(false);
    // When each acknowledged vote was sent, and how many were refused.
    let vote = |port| {
        let (mut voter, mut sent, mut refused) = (connect(port), Vec::new(), 0);
        while !over.load(Relaxed) {
            let now = Instant::now();
            let reply = voter.add("vote=gummi").expect("an answer");
            match reply.status {
                303 => sent.push(now),
                409 => refused += 1,
                status => panic!("{status}: {}", reply.body),
            }
        }
        (sent, refused)
    };
    let (memories, closed) = scope(|scope| {
        let voters: Vec<_> = (0..16)
            .map(|n| {
                scope.spawn({
                    let (vote, port) = (&vote, servers[n % 2].port);
                    move || vote(port)
                })
            })
            .collect();
        sleep(Duration::from_millis(300));
        let (status, stdout, error) = output(command(&database).args(["poll", "close", "closing"]));
        let closed = Instant::now();
        sleep(Duration::from_millis(300));
        over.store(true, Relaxed);
        assert_eq!(status, 0, "{stdout}{error}");
        (voters.into_iter().map(|voter| voter.join().expect("a voter ends well")).collect::<Vec<_>>(), closed)
    });
    let acknowledged = memories.iter().map(|(sent, _)| sent.len() as u64).sum::<u64>();
    let refused = memories.iter().map(|(_, refused)| refused).sum::<u64>();
    let late = memories.iter().flat_map(|(sent, _)| sent).filter(|sent| **sent > closed).count();
    println!("{acknowledged} votes before the end, {refused} refused, {late} too late and counted");
    assert!(acknowledged > 0 && refused > 0, "the poll closed while votes came");
    assert_eq!(late, 0, "votes acknowledged that were sent after the poll was closed");
    assert_eq!(stored(&database, &poll).await["gummi"], acknowledged);
    assert_eq!(database.number("SELECT count(*) FROM ballots, polls WHERE cast_at >= closes_at").await, 0);
    for server in &servers {
        let mut voter = connect(server.port);
        assert_eq!(voter.add("vote=pita").expect("an answer").status, 409);
        assert_eq!(voter.get("/").expect("the page").tally(), [acknowledged, 0]);
    }
    assert_checks(&database);
}

async fn commands_come_and_go_beside_a_server_that_keeps_its_locks(database: TestDatabase) {
    let poll = create_poll(&database, "beside", &["gummi", "pita"]).await;
    let server = Server::start(&database);
    let over = AtomicBool::new(false);
    let acknowledged = scope(|scope| {
        let voter = scope.spawn(|| {
            let (mut voter, mut acknowledged) = (connect(server.port), 0);
            while !over.load(Relaxed) {
                // No assertion in here: the commands below would go on without the server.
                match voter.add("vote=gummi") {
                    Ok(reply) if reply.status == 303 => acknowledged += 1,
                    _ => return None,
                }
            }
            Some(acknowledged)
        });
        let started = Instant::now();
        // Long enough for what the server does from time to time: SQLite's locks go with any descriptor of the file.
        let mut checks = (0, String::new(), String::new());
        while checks.0 == 0 && started.elapsed() < Duration::from_secs(4) {
            checks = output(command(&database).arg("check"));
        }
        over.store(true, Relaxed);
        assert_eq!(checks.0, 0, "{}{}", checks.1, checks.2);
        voter.join().expect("the voter ends well")
    });
    assert!(acknowledged.is_some(), "the server failed beside commands: {}", server.log());
    assert_eq!(stored(&database, &poll).await.get("gummi").copied(), acknowledged);
}

async fn processes_that_start_at_once_on_an_empty_database_all_serve_it(database: TestDatabase) {
    const PROCESSES: usize = 6;
    let start = Barrier::new(PROCESSES);
    let servers: Vec<Server> = scope(|scope| {
        let starting: Vec<_> = (0..PROCESSES)
            .map(|_| {
                scope.spawn(|| {
                    let port = free_port();
                    // Development migrates by itself on both engines, and makes the demo.
                    let mut command = bare_command();
                    command
                        .env("ROCKET_PROFILE", "development")
                        .env("DATABASE_URL", &database.url)
                        .env("PORT", port.to_string());
                    start.wait();
                    Server::spawn(&mut command, port)
                })
            })
            .collect();
        starting.into_iter().map(|server| server.join().expect("it serves")).collect()
    });
    for server in &servers {
        assert_eq!(connect(server.port).add("poll=donut&vote=gummi").expect("an answer").status, 303);
    }
    for server in &servers {
        assert_eq!(connect(server.port).get("/").expect("the page").tally(), [PROCESSES as u64, 0]);
    }
    assert_eq!(database.number("SELECT count(*) FROM polls").await, 1);
}

async fn commands_that_migrate_at_once_migrate_once(database: TestDatabase) {
    const PROCESSES: usize = 6;
    let start = Barrier::new(PROCESSES);
    scope(|scope| {
        for _ in 0..PROCESSES {
            scope.spawn(|| {
                start.wait();
                let (status, stdout, error) = output(command(&database).arg("migrate"));
                assert_eq!(status, 0, "{stdout}{error}");
            });
        }
    });
    let applied = database.number("SELECT count(*) FROM __diesel_schema_migrations").await;
    assert_eq!(applied, super::migrations::names().len() as i64);
    assert_eq!(database.number("SELECT count(*) FROM site").await, 1);
}

fn connect(port: u16) -> Voter {
    Voter::connect(port, ANSWER_TIMEOUT).expect("a connection")
}
