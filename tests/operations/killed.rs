//! Killed at any moment, the server loses no acknowledged vote and counts none twice.

use std::{
    env, io,
    net::TcpListener,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread::{scope, sleep},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::helpers::{
    database::TestDatabase,
    on_both,
    server::{Reply, Server, Voter, assert_checks, create_poll, stored},
};

on_both!(
    a_killed_server_loses_no_acknowledged_vote_and_counts_none_twice,
    a_key_sent_again_after_a_kill_counts_once_even_if_its_first_batch_is_still_waiting,
);

/// Half of them send a key with each vote, and the same key again until it is acknowledged.
const VOTERS: usize = 16;
const KILLS: usize = 20;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// What a voter knows of its own votes.
#[derive(Default)]
struct Memory {
    acknowledged: u64,
    /// Attempts that the server may have read and that got no answer.
    unanswered: u64,
}

async fn a_killed_server_loses_no_acknowledged_vote_and_counts_none_twice(database: TestDatabase) {
    let kills = env::var("URNA_KILLS").map_or(KILLS, |kills| kills.parse().expect("URNA_KILLS is a number"));
    let seed =
        env::var("URNA_SEED").map_or_else(|_| seed_of_clock(), |seed| seed.parse().expect("URNA_SEED is a number"));
    println!("{kills} kills, URNA_SEED={seed}");
    let choices: Vec<String> = (0..VOTERS).map(|n| format!("v{n}")).collect();
    let poll = create_poll(&database, "kills", &choices.iter().map(String::as_str).collect::<Vec<_>>()).await;

    let mut random = Random(seed);
    let port = quiet_port(&mut random);
    let mut server = Server::start_on(&database, port);
    let over = AtomicBool::new(false);
    let (memories, mut restarts) = scope(|scope| {
        let stop = StopOnDrop(&over);
        let voters: Vec<_> = (0..VOTERS).map(|n| scope.spawn(move || vote_until(stop.0, n, port))).collect();
        let mut restarts = Vec::new();
        for _ in 0..kills {
            sleep(Duration::from_micros(50_000 + random.below(350_000)));
            server.kill();
            let killed = Instant::now();
            server = Server::start_on(&database, port);
            while get(port, "/readyz").map(|reply| reply.status).ok() != Some(200) {
                assert!(killed.elapsed() < Duration::from_secs(10), "not ready after 10 seconds: {}", server.log());
            }
            restarts.push(killed.elapsed());
        }
        sleep(Duration::from_millis(100));
        drop(stop);
        (voters.into_iter().map(|voter| voter.join().expect("a voter ends well")).collect::<Vec<_>>(), restarts)
    });
    restarts.sort();

    let stored = stored(&database, &poll).await;
    let (mut acknowledged, mut unanswered, mut counted) = (0, 0, 0);
    for (n, memory) in memories.iter().enumerate() {
        let ballots = stored.get(&choices[n]).copied().unwrap_or(0);
        if n.is_multiple_of(2) {
            assert_eq!(ballots, memory.acknowledged, "voter {n} with keys; seed {seed}");
        } else {
            let possible = memory.acknowledged..=memory.acknowledged + memory.unanswered;
            assert!(
                possible.contains(&ballots),
                "voter {n} without keys: {ballots} ballots, not in {possible:?}; seed {seed}"
            );
            counted += ballots - memory.acknowledged;
        }
        acknowledged += memory.acknowledged;
        unanswered += memory.unanswered;
    }
    println!(
        "{acknowledged} votes acknowledged, {unanswered} attempts unanswered ({counted} of those without a key counted); \
         ready after a median of {:?}, at most {:?}",
        restarts[restarts.len() / 2],
        restarts[restarts.len() - 1]
    );
    assert!(unanswered > 0, "no kill hit a vote: the test tests nothing");
    assert!(restarts[restarts.len() - 1] < Duration::from_secs(5), "a restart took {:?}", restarts[restarts.len() - 1]);

    assert_checks(&database);
    let shown = get(port, "/").expect("the page").tally();
    assert_eq!(shown, choices.iter().map(|key| stored[key]).collect::<Vec<_>>());
}

/// Votes until the test ends, but never ends with a key that may or may not have counted.
fn vote_until(over: &AtomicBool, n: usize, port: u16) -> Memory {
    let mut memory = Memory::default();
    let mut connection = None;
    let mut again = false;
    let mut deadline = None;
    while again || !over.load(Relaxed) {
        if over.load(Relaxed) {
            let deadline = *deadline.get_or_insert(Instant::now() + ANSWER_TIMEOUT);
            assert!(Instant::now() < deadline, "voter {n} can't get its last key acknowledged");
        }
        let Some(mut voter) = connection.take().or_else(|| Voter::connect(port, ANSWER_TIMEOUT).ok()) else {
            sleep(Duration::from_millis(5));
            continue;
        };
        let key = if n.is_multiple_of(2) { format!("&key=k{n}-{}", memory.acknowledged) } else { String::new() };
        match voter.add(&format!("vote=v{n}{key}")) {
            Ok(reply) => {
                assert_eq!(reply.status, 303, "{}", reply.body);
                memory.acknowledged += 1;
                again = false;
                connection = Some(voter);
            }
            Err(error) => {
                assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "a vote hung");
                memory.unanswered += 1;
                again = n.is_multiple_of(2);
            }
        }
    }
    memory
}

async fn a_key_sent_again_after_a_kill_counts_once_even_if_its_first_batch_is_still_waiting(database: TestDatabase) {
    let poll = create_poll(&database, "again", &["gummi", "pita"]).await;
    let mut server = Server::start(&database);
    let mut first = Voter::connect(server.port, ANSWER_TIMEOUT).expect("a connection");
    // The statement is prepared now, so that PostgreSQL gets the next ballot whole, and then waits.
    assert_eq!(first.add("vote=pita").expect("an answer").status, 303);
    let lock = database.lock().await;
    first.send_vote("vote=gummi&key=once").expect("it is sent");
    sleep(Duration::from_millis(300));
    server.kill();
    assert!(first.reply().is_err(), "acknowledged while nothing could be stored");
    // PostgreSQL may not know yet that the one who asked is dead, and still wants to store the first.
    let server = Server::start(&database);
    let mut second = Voter::connect(server.port, ANSWER_TIMEOUT).expect("a connection");
    second.send_vote("vote=gummi&key=once").expect("it is sent");
    sleep(Duration::from_millis(300));
    lock.release().await;
    assert_eq!(second.reply().expect("an answer").status, 303);
    assert_eq!(stored(&database, &poll).await["gummi"], 1);
    assert_checks(&database);
}

fn get(port: u16, path: &str) -> io::Result<Reply> {
    Voter::connect(port, ANSWER_TIMEOUT)?.get(path)
}

/// Ends the voters, also when the test fails.
struct StopOnDrop<'o>(&'o AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// A free port that the system gives to no outgoing connection: while the server is down, a voter's own
/// socket could be given the very port it calls, reach itself and keep the server from coming back.
fn quiet_port(random: &mut Random) -> u16 {
    loop {
        let port = u16::try_from(10_000 + random.below(20_000)).expect("a port");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Xorshift: the same moments again for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn seed_of_clock() -> u64 {
    u64::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").subsec_nanos()) | 1
}
