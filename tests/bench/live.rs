//! Live results: what thousands of watchers cost, and how soon they see a vote.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    bars::Bars,
    database::TestDatabase,
    process::Process,
    watchers::{Watchers, now},
};

const EVENTS: &str = "/polls/which-cat/events";
const MANY: usize = 10_000;
const SETTINGS: [(&str, &str); 2] = [("URNA_CLIENTS", "20000"), ("URNA_WATCHERS", "10000")];

/// One process with ten thousand watchers; a minute of votes; a restart.
pub fn one_process(engine: &str, database: &TestDatabase, bars: &mut Bars) {
    println!("\n## {engine}: live results, one process");
    let mut server = Process::server_with(database, &SETTINGS);
    let alone = votes(&server, 200);
    let before = (server.resident_bytes(), server.descriptors());
    let began = Instant::now();
    let mut watchers = Watchers::start(&[server.port], EVENTS, MANY);
    until("all watch", || watchers.ask("open")[0] == MANY as u64);
    until("all have the first state", || watchers.ask("arrivals")[0] == MANY as u64);
    println!(
        "{MANY} watchers are there after {:.1} s; {:.0} MiB",
        began.elapsed().as_secs_f64(),
        (server.resident_bytes() - before.0) as f64 / (1 << 20) as f64
    );
    let watched = votes(&server, 200);
    let [mut spread, mut first] = [Vec::new(), Vec::new()];
    for _ in 0..10 {
        sleep(Duration::from_millis(1500));
        watchers.tell("round");
        let asked = now();
        server.send("POST", "/add", "", "vote=gummi");
        until("all have it", || watchers.ask("arrivals")[0] == MANY as u64);
        let arrivals = watchers.ask("arrivals");
        first.push((arrivals[1] - asked) as f64 / 1000.0);
        spread.push((arrivals[3] - arrivals[1]) as f64 / 1000.0);
    }
    let memory = (server.resident_bytes() - before.0) as f64 / (1 << 20) as f64;
    let (first, spread) = (crate::median(first), crate::median(spread));
    println!("memory of {MANY} watchers: {memory:.0} MiB; bar 300");
    println!("a vote is at the first watcher after {first:.0} ms, and {spread:.0} ms later at 99 of 100; bar 300");
    println!("a vote's p99: alone {:.1} ms, watched {:.1} ms", alone.1, watched.1);
    println!("a vote's median: alone {:.1} ms, watched {:.1} ms", alone.0, watched.0);
    bars.add(format!("{engine}, 300 MiB to the memory of watchers"), 300.0 / memory, 1.0);
    bars.add(format!("{engine}, 300 ms to the time of 99 of 100"), 300.0 / spread, 1.0);
    bars.add(format!("{engine}, 1.3 × a vote's p99 to that watched"), 1.3 * alone.1 / watched.1, 1.0);
    watchers.tell("leave");
    let left = Instant::now();
    until("descriptors are free", || server.descriptors() <= before.1 + 5);
    let free = left.elapsed().as_secs_f64();
    sleep(Duration::from_secs(20));
    println!(
        "descriptors are free after {free:.1} s; memory 20 s later {:.0} MiB of {:.0} before",
        server.resident_bytes() as f64 / (1 << 20) as f64,
        before.0 as f64 / (1 << 20) as f64
    );
    drop(watchers);

    let mut watchers = Watchers::start(&[server.port], EVENTS, 2_000);
    until("2,000 watch", || watchers.ask("open")[0] == 2_000);
    let (sent, took) = stream_of_votes(&server, 500, Duration::from_secs(60));
    sleep(Duration::from_secs(2));
    println!(
        "{:.0} votes a second for {:.0} s: {} of 2,000 watchers have the last state",
        sent as f64 / took.as_secs_f64(),
        took.as_secs_f64(),
        watchers.ask(&format!("last {}", state(&server)))[0]
    );
    drop(watchers);

    let mut watchers = Watchers::start(&[server.port], EVENTS, 5_000);
    until("5,000 watch", || watchers.ask("open")[0] == 5_000);
    let refused = watchers.ask("open")[1];
    let began = Instant::now();
    server.restart();
    let ready = began.elapsed();
    sleep(Duration::from_millis(100));
    until("5,000 are back", || watchers.ask("open")[0] == 5_000);
    println!(
        "a restart takes {:.1} s, and 5,000 watchers are back {:.1} s after it began; {} times refused",
        ready.as_secs_f64(),
        began.elapsed().as_secs_f64(),
        watchers.ask("open")[1] - refused
    );
    server.check(database);
}

/// Four processes: from a vote at one to the watchers of another.
pub fn four_processes(database: &TestDatabase, bars: &mut Bars) {
    let servers: Vec<Process> = (0..4).map(|_| Process::server_with(database, &SETTINGS)).collect();
    let ports: Vec<u16> = servers.iter().map(|server| server.port).collect();
    let mut watchers = Watchers::start(&ports, EVENTS, 400);
    until("400 watch", || watchers.ask("open")[0] == 400);
    let mut last: Vec<f64> = (0..50)
        .map(|n| {
            sleep(Duration::from_millis(600 + 37 * (n % 7)));
            watchers.tell("round");
            let asked = now();
            servers[n as usize % 4].send("POST", "/add", "", "vote=pita");
            until("all have it", || watchers.ask("arrivals")[0] == 400);
            (watchers.ask("arrivals")[4] - asked) as f64 / 1000.0
        })
        .collect();
    last.sort_by(f64::total_cmp);
    println!(
        "\n## PostgreSQL: live results, four processes with 100 watchers each\nfrom a vote to the last of all watchers: \
         median {:.0} ms, slowest of {} {:.0} ms; bar 800",
        last[last.len() / 2],
        last.len(),
        last[last.len() - 1]
    );
    bars.add("PostgreSQL, 800 ms to a foreign process's watcher".into(), 800.0 / last[last.len() - 1], 1.0);
}

/// Votes one after the other: their median and 99th percentile, in milliseconds.
fn votes(server: &Process, number: usize) -> (f64, f64) {
    let mut times: Vec<f64> = (0..number)
        .map(|_| {
            sleep(Duration::from_millis(20));
            let began = Instant::now();
            let answer = server.send("POST", "/add", "", "vote=gummi");
            assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
            began.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[number / 2], times[number * 99 / 100])
}

/// So many votes a second on four connections: how many were sent, and in what time.
fn stream_of_votes(server: &Process, per_second: u32, time: Duration) -> (u32, Duration) {
    let began = Instant::now();
    let sent = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut sent = 0;
                    while began.elapsed() < time {
                        server.send("POST", "/add", "", "vote=pita");
                        sent += 1;
                        let due = Duration::from_secs(1) * 4 * sent / per_second;
                        sleep(due.saturating_sub(began.elapsed()));
                    }
                    sent
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().expect("no vote fails")).sum()
    });
    (sent, began.elapsed())
}

/// The name of the state that the page has.
fn state(server: &Process) -> String {
    let page = server.get("/").1;
    let part = |name: &str| page.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    format!("{}.{}", part("data-id").expect("a result"), part("data-rest").expect("a live page"))
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "not within a minute: {what}");
        sleep(Duration::from_millis(20));
    }
}
