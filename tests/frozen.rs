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
        let thawed = Instant::now();
        while server.voter().get("/readyz").map(|reply| reply.status).ok() != Some(200) {
            assert!(thawed.elapsed() < Duration::from_secs(5) + TOLERANCE, "not ready again: {}", server.said());
            sleep(Duration::from_millis(50));
        }
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
fn a_read_only_server_is_not_ready() {
    let Some(database) = TestDatabase::postgres() else { return };
    database.run(async |database: TestDatabase| {
        make_poll(&database, "still", &["gummi", "pita"]).await;
        let name = database.text("current_database()").await;
        database.execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only TO on")).await;
        let engine = urna::db::Engine::open(&database.url.parse().expect("an address"), 1, Duration::from_secs(3));
        let mut db = engine.expect("a pool").connection().await.expect("a connection");
        assert!(!db.takes_writes().await.expect("an answer"));
    });
}
