//! A database that hangs keeps nobody waiting: pages, votes and `/readyz` are answered within bounds.

use std::{
    process::Command,
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use crate::helpers::{
    database::TestDatabase,
    postgres,
    server::{Server, Voter, assert_checks, make_poll, stored},
};

/// What a loaded machine may add to a promised bound.
const TOLERANCE: Duration = Duration::from_secs(1);

/// The processes of a PostgreSQL server, stopped. Dropped, they go on.
struct Frozen(Vec<String>);

impl Frozen {
    async fn freeze(database: &TestDatabase) -> Frozen {
        let server = database.text("split_part(pg_read_file('postmaster.pid'), chr(10), 1)").await;
        let children = Command::new("pgrep").args(["-P", &server]).output().expect("pgrep runs").stdout;
        let mut ids = vec![server];
        ids.extend(String::from_utf8(children).expect("numbers").lines().map(str::to_owned));
        let frozen = Frozen(ids);
        frozen.signal("-STOP");
        frozen
    }

    fn signal(&self, signal: &str) {
        // A backend may have ended meanwhile, of which kill complains.
        let _ = Command::new("kill").arg(signal).args(&self.0).status().expect("kill runs");
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

/// Within the five seconds that are promised.
fn wait_until_ready(server: &Server) {
    let since = Instant::now();
    while server.voter().get("/readyz").map(|reply| reply.status).ok() != Some(200) {
        assert!(since.elapsed() < Duration::from_secs(5) + TOLERANCE, "not ready again: {}", server.said());
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_frozen_server_keeps_nobody_waiting_and_is_used_again_when_it_thaws() {
    let Some(address) = postgres::private() else { return };
    TestDatabase::on_server(&address).run(async |database: TestDatabase| {
        let poll = make_poll(&database, "frozen", &["gummi", "pita"]).await;
        let server = Server::start(&database);
        assert_eq!(server.voter().add("vote=gummi&key=first").expect("an answer").status, 303);
        let frozen = Frozen::freeze(&database).await;
        let ask = |path: &str, vote: Option<&str>, seconds: u64| {
            let mut voter = Voter::connect(server.port, Duration::from_secs(30)).expect("a connection");
            let started = Instant::now();
            let reply = match vote {
                Some(form) => voter.add(form),
                None => voter.get(path),
            };
            let reply = reply.unwrap_or_else(|error| panic!("{path} was cut: {error}"));
            let took = started.elapsed();
            println!("{path}: {} after {took:?}", reply.status);
            assert_eq!(reply.status, 503, "{path}: {}", reply.body);
            assert!(took < Duration::from_secs(seconds) + TOLERANCE, "{path} took {took:?}");
            if vote.is_some() {
                assert!(reply.body.contains("could not be confirmed"), "{}", reply.body);
            }
        };
        scope(|scope| {
            for path in ["/", "/polls", "/polls/frozen", "/polls/frozen/results"] {
                for _ in 0..4 {
                    scope.spawn(move || ask(path, None, 5));
                }
            }
            scope.spawn(|| ask("/readyz", None, 2));
            scope.spawn(|| ask("/add", Some("vote=gummi"), 7));
            scope.spawn(|| ask("/add", Some("vote=gummi&key=second"), 7));
        });
        ask("/", None, 5);
        ask("/readyz", None, 2);
        drop(frozen);
        wait_until_ready(&server);
        for key in ["first", "second", "second"] {
            assert_eq!(server.voter().add(&format!("vote=gummi&key={key}")).expect("an answer").status, 303);
        }
        // Two with keys, and the one without that was not confirmed or was.
        let counted = stored(&database, &poll).await["gummi"];
        assert!([2, 3].contains(&counted), "{counted}");
        assert_checks(&database);
    });
}

#[test]
fn a_read_only_server_is_not_ready_and_its_pages_are_shown() {
    let Some(database) = TestDatabase::postgres() else { return };
    database.run(async |database: TestDatabase| {
        make_poll(&database, "still", &["gummi", "pita"]).await;
        Server::start(&database).terminate();
        let name = database.text("current_database()").await;
        database.execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only TO on")).await;
        let server = Server::start(&database);
        server.wait_for("no vote can be stored now (cannot execute");
        let mut voter = server.voter();
        assert_eq!(voter.get("/polls/still").expect("a page").status, 200);
        let ready = voter.get("/readyz").expect("an answer");
        assert_eq!((ready.status, ready.body.contains("can't be written")), (503, true), "{}", ready.body);
        assert_eq!(voter.add("poll=still&vote=gummi").expect("an answer").status, 503);
        // Written again, it takes votes, though the server's connections were made before.
        database.execute(&format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET ALL; COMMIT")).await;
        wait_until_ready(&server);
        assert_eq!(voter.add("poll=still&vote=gummi").expect("an answer").status, 303);
    });
}
