//! A database that hangs keeps nobody waiting: pages, votes and `/readyz` are answered within bounds.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, scope, sleep},
    time::{Duration, Instant},
};

use urna::{
    db::Engine,
    marks::Marks,
    models::{
        self,
        ballot::{self, NewBallot},
        eligibility::Eligibility,
        poll::Poll,
    },
};

use crate::helpers::{
    database::{TestDatabase, execute_blocking},
    on_both, postgres,
    server::{Reply, Server, Voter, assert_checks, create_poll, stored},
};

on_both!(a_query_that_takes_too_long_is_given_up_with_its_connection);

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
        assert!(since.elapsed() < Duration::from_secs(5) + TOLERANCE, "not ready again: {}", server.log());
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_frozen_server_keeps_nobody_waiting_and_is_used_again_when_it_thaws() {
    let Some(address) = postgres::private() else { return };
    TestDatabase::on_server(&address).run(async |database: TestDatabase| {
        let poll = create_poll(&database, "frozen", &["gummi", "pita"]).await;
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
            if path != "/readyz" {
                assert!(reply.head.to_lowercase().contains("\r\nretry-after: "), "{path}: {}", reply.head);
            }
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
            scope.spawn(|| ask("/polls/frozen/results/ballots.csv", None, 5));
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

/// A server that is stopped while its database hangs answers all waiting requests, and ends.
#[test]
fn a_server_ends_while_its_database_is_frozen() {
    let Some(address) = postgres::private() else { return };
    TestDatabase::on_server(&address).run(async |database: TestDatabase| {
        create_poll(&database, "frozen", &["gummi", "pita"]).await;
        let mut server = Server::start(&database);
        assert_eq!(server.voter().add("vote=gummi").expect("an answer").status, 303);
        let _frozen = Frozen::freeze(&database).await;
        let (mut reader, mut voter) = (server.voter(), server.voter());
        reader.send(b"GET /polls HTTP/1.1\r\nHost: urna\r\n\r\n").expect("it is sent");
        voter.send_vote("vote=gummi").expect("it is sent");
        sleep(Duration::from_millis(300));
        let (status, took) = server.terminate();
        assert!(status.success() && took < Duration::from_secs(5) + TOLERANCE, "{status} after {took:?}");
        assert_eq!(reader.reply().expect("an answer").status, 503);
        assert_eq!(voter.reply().expect("an answer").status, 503);
    });
}

/// A leader that hangs, and a standby that is promoted: votes are taken there soon after it stands. Those that were
/// acknowledged before are there, and those that were not are counted once however often they are sent.
#[test]
fn a_new_leader_is_used_while_the_old_one_hangs() {
    let Some(old) = postgres::private() else { return };
    let port = |server: &str| server.rsplit_once(':').expect("a port").1.parse::<u16>().expect("a number");
    let Some(new) = postgres::standby(port(&old)) else { return };
    let (old_port, new_port) = (port(&old), port(&new));
    let hosts = format!("postgres://urna@127.0.0.1:{old_port},127.0.0.1:{new_port}");
    let (leader, standby) = (TestDatabase::on_server(&old), TestDatabase::on_server(&new));
    let mut both = TestDatabase::on_server(&hosts);
    both.url += "?target_session_attrs=read-write";
    leader.run(async |leader: TestDatabase| {
        // What is acknowledged is on the standby too.
        leader.execute("ALTER SYSTEM SET synchronous_standby_names TO '*'").await;
        leader.execute("SELECT pg_reload_conf()").await;
        let poll = create_poll(&leader, "moved", &["gummi", "pita"]).await;
        let server = Server::start(&both);
        let vote = |number: usize| server.voter().add(&format!("vote=gummi&key=k{number}")).expect("an answer").status;
        for number in 0..20 {
            assert_eq!(vote(number), 303);
        }
        let _frozen = Frozen::freeze(&leader).await;
        // Voters who keep trying, each with a key of their own.
        let (promoted, last) = scope(|scope| {
            let voters: Vec<_> = (20..28)
                .map(|number| {
                    let (vote, server) = (&vote, &server);
                    scope.spawn(move || {
                        let started = Instant::now();
                        while vote(number) != 303 {
                            assert!(
                                started.elapsed() < Duration::from_secs(30),
                                "voter {number} is kept out: {}",
                                server.log()
                            );
                            sleep(Duration::from_millis(100));
                        }
                        Instant::now()
                    })
                })
                .collect();
            sleep(Duration::from_secs(3));
            let promotion = scope.spawn(|| execute_blocking(&standby.url, "SELECT pg_promote()"));
            promotion.join().expect("a thread").expect("it is promoted");
            let promoted = Instant::now();
            let last = voters.into_iter().map(|voter| voter.join().expect("a voter")).max().expect("voters");
            (promoted, last)
        });
        let took = last.duration_since(promoted);
        println!("votes are taken {took:?} after the new leader stood");
        assert!(took < Duration::from_secs(5) + TOLERANCE, "{took:?}");
        for number in 0..28 {
            assert_eq!(vote(number), 303);
        }
        assert_eq!(stored(&standby, &poll).await["gummi"], 28);
        assert_checks(&standby);
    });
}

/// A proxy between Urna and its database, which can drop packets without an error on either side.
struct Network {
    port: u16,
    opened: Arc<AtomicUsize>,
    /// So many connections, the oldest first, are lost.
    lost: Arc<AtomicUsize>,
}

impl Network {
    fn before(server: u16) -> Network {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let network = Network { port, opened: Arc::default(), lost: Arc::default() };
        let (opened, lost) = (network.opened.clone(), network.lost.clone());
        thread::spawn(move || {
            for client in listener.incoming() {
                let number = opened.fetch_add(1, Ordering::SeqCst);
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", server))) else { return };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
                    let lost = lost.clone();
                    thread::spawn(move || pass_on(from, to, || number < lost.load(Ordering::SeqCst)));
                }
            }
        });
        network
    }

    fn lose_existing(&self) {
        self.lost.store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn lose_all(&self) {
        self.lost.store(usize::MAX, Ordering::SeqCst);
    }

    fn restore(&self) {
        self.lost.store(0, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, is_lost: impl Fn() -> bool) {
    let mut bytes = [0; 1 << 14];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        while is_lost() {
            sleep(Duration::from_millis(20));
        }
        if to.write_all(&bytes[..length]).is_err() {
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[test]
fn lost_packets_keep_nobody_waiting() {
    let Some(database) = TestDatabase::postgres() else { return };
    database.run(async |database: TestDatabase| {
        let poll = create_poll(&database, "lost", &["gummi", "pita"]).await;
        let (host, name) = database.url.rsplit_once('/').expect("a name");
        let (user, port) = host.rsplit_once(':').expect("a port");
        let network = Network::before(port.parse().expect("a number"));
        let mut through = TestDatabase::on_server("");
        through.url = format!("{user}:{}/{name}", network.port);
        let server = Server::start(&through);
        let within = |seconds: u64, statuses: &[u16], ask: &dyn Fn(&mut Voter) -> io::Result<Reply>| {
            let mut voter = Voter::connect(server.port, Duration::from_secs(30)).expect("a connection");
            let started = Instant::now();
            let reply = ask(&mut voter).expect("an answer");
            assert!(statuses.contains(&reply.status), "{}: {}", reply.status, reply.body);
            assert!(started.elapsed() < Duration::from_secs(seconds) + TOLERANCE, "{:?}", started.elapsed());
        };
        let vote =
            |key: &str, statuses: &[u16]| within(7, statuses, &|voter| voter.add(&format!("vote=gummi&key={key}")));
        let page = |statuses: &[u16]| within(5, statuses, &|voter| voter.get("/polls/lost/results"));
        vote("a", &[303]);
        page(&[200]);
        // The connections that are there break without a word; new ones can be had.
        network.lose_existing();
        vote("b", &[303, 503]);
        page(&[200, 503]);
        wait_until_ready(&server);
        vote("c", &[303]);
        page(&[200]);
        network.lose_all();
        vote("d", &[503]);
        page(&[503]);
        within(2, &[503], &|voter| voter.get("/readyz"));
        network.restore();
        wait_until_ready(&server);
        for key in ["a", "b", "c", "d"] {
            vote(key, &[303]);
        }
        assert_eq!(stored(&database, &poll).await["gummi"], 4);
        drop(server);
        assert_checks(&database);
    });
}

/// Another program that keeps a SQLite file locked.
#[test]
fn a_locked_file_keeps_nobody_waiting() {
    TestDatabase::sqlite().run(async |database: TestDatabase| {
        let poll = create_poll(&database, "locked", &["gummi", "pita"]).await;
        let server = Server::start(&database);
        let lock = database.lock().await;
        scope(|scope| {
            for path in ["/", "/polls", "/polls/locked/results"] {
                scope.spawn(|| {
                    let started = Instant::now();
                    assert_eq!(server.voter().get(path).expect("a page").status, 200);
                    assert!(started.elapsed() < Duration::from_secs(1) + TOLERANCE);
                });
            }
            for number in 0..8 {
                let server = &server;
                scope.spawn(move || {
                    sleep(Duration::from_millis(number * 400));
                    let started = Instant::now();
                    let reply = server.voter().add("vote=gummi").expect("an answer");
                    assert_eq!(reply.status, 503, "{}", reply.body);
                    assert!(started.elapsed() < Duration::from_secs(7) + TOLERANCE, "{:?}", started.elapsed());
                });
            }
            scope.spawn(|| {
                let started = Instant::now();
                assert_eq!(server.voter().get("/readyz").expect("an answer").status, 503);
                assert!(started.elapsed() < Duration::from_secs(2) + TOLERANCE, "{:?}", started.elapsed());
            });
        });
        lock.release().await;
        wait_until_ready(&server);
        assert_eq!(server.voter().add("vote=pita").expect("an answer").status, 303);
        assert_eq!(stored(&database, &poll).await["pita"], 1);
        assert_checks(&database);
    });
}

/// A query that is given up leaves the pool as it was: the next who asks has an answer at once.
async fn a_query_that_takes_too_long_is_given_up_with_its_connection(database: TestDatabase) {
    let poll = create_poll(&database, "slow", &["gummi", "pita"]).await;
    let address = database.url.parse().expect("an address");
    let pool = Engine::open(&address, 1, Duration::from_secs(2)).expect("a pool");
    let engine = pool.with_query_timeout(Duration::from_millis(300));
    let lock = database.lock().await;
    let mut db = engine.connection().await.expect("a connection");
    let started = Instant::now();
    let marks = Marks::parse("gummi", poll.settings.marking().form(), ["gummi", "pita"]).expect("marks");
    let (poll_id, revision) = (poll.id, poll.revision);
    let batch = [NewBallot { poll_id, revision, marks, credential: None, rule: Eligibility::Open }];
    let error = ballot::cast(&mut db, &batch, models::now(), 0).await.expect_err("it is given up").to_string();
    assert!(error.contains("no answer in time"), "{error}");
    // The same connection takes no further query: its answer could be that of the first.
    assert!(Poll::newest(&mut db, 1).await.is_err());
    drop(db);
    let mut db = engine.connection().await.expect("another connection");
    assert_eq!(Poll::newest(&mut db, 1).await.expect("polls").len(), 1);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    // All connections in use: nobody waits for longer than the timeout.
    let started = Instant::now();
    assert!(engine.connection().await.is_err());
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    lock.release().await;
}

#[test]
fn a_read_only_server_is_not_ready_and_its_pages_are_shown() {
    let Some(database) = TestDatabase::postgres() else { return };
    database.run(async |database: TestDatabase| {
        create_poll(&database, "still", &["gummi", "pita"]).await;
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
        // Written again, it takes votes, though the server's connections were opened before.
        database.execute(&format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET ALL; COMMIT")).await;
        wait_until_ready(&server);
        assert_eq!(voter.add("poll=still&vote=gummi").expect("an answer").status, 303);
    });
}
