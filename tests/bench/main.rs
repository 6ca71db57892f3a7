//! The benchmark: the release server beside a bare Rocket, driven by wrk, as ratios.
//!
//! `cargo bench` runs all of it; `cargo bench -- sqlite`, `postgres`, `processes`, `growth`, `single`, `credentials`,
//! `kinds`, `organisers`, `live` or `counting` a part, and `cargo bench -- pages` what needs neither a disk nor PostgreSQL.
//! Server and database share one core, the load has another. `BENCH_SECONDS` (2) is the length
//! of a round, `BENCH_ROUNDS` (5) how many rounds of each are interleaved; medians are printed.
//! At the end each ratio that has a bar is printed beside it; one that is far below fails the benchmark.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark fails by panicking")]

#[path = "../helpers/app.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod app;
mod bars;
mod counting;
mod credentials;
#[path = "../helpers/database.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod database;
mod kinds;
mod live;
mod load;
mod organisers;
#[expect(dead_code, reason = "shared with the tests")]
#[path = "../helpers/postgres.rs"]
mod postgres;
mod process;
mod reference;
#[path = "../helpers/skips.rs"]
mod skips;
mod watchers;

use std::{process::ExitCode, sync::atomic::Ordering::Relaxed};

use bars::Bars;
use database::TestDatabase;
use load::{Sample, Work};
use process::Process;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.first().is_some_and(|arg| arg == "reference") {
        reference::serve(&args[1..]);
        return ExitCode::SUCCESS;
    }
    if args.first().is_some_and(|arg| arg == "watchers") {
        watchers::serve();
        return ExitCode::SUCCESS;
    }
    let wanted = |part: &str| args.is_empty() || args.iter().any(|arg| arg == part);
    postgres::DURABLE.store(true, Relaxed);
    process::pin_to_first_core();
    let mut bars = Bars::default();
    let works = [Work::Get, Work::NotModified, Work::Post, Work::Mixed];
    if args.iter().any(|arg| arg == "pages") {
        against_reference("SQLite", TestDatabase::sqlite(), &works[..2], &mut bars);
    }
    if wanted("sqlite") {
        against_reference("SQLite", TestDatabase::sqlite(), &works, &mut bars);
    }
    if wanted("postgres") {
        let database = TestDatabase::postgres().expect("PostgreSQL is installed");
        against_reference("PostgreSQL", database, &works, &mut bars);
    }
    if wanted("processes") {
        two_processes(&TestDatabase::postgres().expect("PostgreSQL is installed"));
    }
    if wanted("growth") {
        growth("SQLite", &TestDatabase::sqlite());
        growth("PostgreSQL", &TestDatabase::postgres().expect("PostgreSQL is installed"));
    }
    if wanted("credentials") {
        credentials::compare("SQLite", &TestDatabase::sqlite(), &mut bars);
        let database = TestDatabase::postgres().expect("PostgreSQL is installed");
        credentials::compare("PostgreSQL", &database, &mut bars);
    }
    if wanted("kinds") {
        kinds::compare("SQLite", &TestDatabase::sqlite());
        kinds::compare("PostgreSQL", &TestDatabase::postgres().expect("PostgreSQL is installed"));
    }
    if wanted("organisers") {
        organisers::pages("SQLite", &TestDatabase::sqlite());
        organisers::pages("PostgreSQL", &TestDatabase::postgres().expect("PostgreSQL is installed"));
    }
    if wanted("live") {
        live::one_process("SQLite", &TestDatabase::sqlite(), &mut bars);
        let database = TestDatabase::postgres().expect("PostgreSQL is installed");
        live::one_process("PostgreSQL", &database, &mut bars);
        live::four_processes(&TestDatabase::postgres().expect("PostgreSQL is installed"), &mut bars);
    }
    if wanted("counting") {
        counting::methods();
    }
    if wanted("single") {
        single(&TestDatabase::sqlite());
    }
    if bars.report() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Works on the server and on the reference, in interleaved rounds.
fn against_reference(engine: &str, database: TestDatabase, works: &[Work], bars: &mut Bars) {
    let server = Process::server(&database);
    // As it is with votes.
    server.send("POST", "/add", "", "vote=gummi");
    let size = server.get("/").1.len();
    let reference = Process::reference(size);
    println!("\n## {engine}: 64 keep-alive connections, page of {size} bytes");
    println!(
        "{:24} {:>9} {:>9} {:>6} {:>8} {:>8} {:>9} {:>9} {:>6}",
        "work", "ref/s", "urna/s", "ratio", "p50 ms", "p99 ms", "ref µs", "urna µs", "cpu ×"
    );
    for &work in works {
        let etag = server.etag();
        let rounds: Vec<(Sample, Sample)> = (0..load::rounds())
            .map(|_| (load::run(&reference, work, &etag, 64), load::run(&server, work, &etag, 64)))
            .collect();
        let median = |pick: &dyn Fn(&(Sample, Sample)) -> f64| median(rounds.iter().map(pick).collect());
        let ratio = median(&|(r, u)| u.per_second / r.per_second);
        bars.add(format!("{engine}, {}, to a bare Rocket", work.name()), ratio, work.bar(engine));
        println!(
            "{:24} {:9.0} {:9.0} {:6.2} {:8.2} {:8.2} {:9.1} {:9.1} {:6.2}",
            work.name(),
            median(&|(r, _)| r.per_second),
            median(&|(_, u)| u.per_second),
            ratio,
            median(&|(_, u)| u.p50),
            median(&|(_, u)| u.p99),
            median(&|(r, _)| r.cpu_micros),
            median(&|(_, u)| u.cpu_micros),
            median(&|(r, u)| u.cpu_micros / r.cpu_micros),
        );
        if engine == "PostgreSQL" && work != Work::Get {
            println!(
                "{:24} {:>66.2}",
                "  with the database",
                median(&|(r, u)| u.cpu_with_database_micros / r.cpu_micros)
            );
        }
    }
    server.check(&database);
}

/// One process with 64 connections against two with 32 each, on one database.
fn two_processes(database: &TestDatabase) {
    let (one, two) = (Process::server(database), Process::server(database));
    let mut alone = Vec::new();
    let mut together = Vec::new();
    for _ in 0..load::rounds() {
        alone.push(load::run(&one, Work::Post, "", 64).per_second);
        together.push(load::run_both(&one, &two));
    }
    one.check(database);
    println!(
        "\ntwo processes on one PostgreSQL, POST: alone {:.0}/s, together {:.0}/s; no vote lost",
        median(alone),
        median(together)
    );
}

/// The cost of a request with few and with ten million ballots stored.
fn growth(engine: &str, database: &TestDatabase) {
    let server = Process::server(database);
    println!("\n## {engine}: CPU µs per request (database included) as ballots grow");
    for ballots in [1_000, 10_000_000] {
        process::load_ballots(database, ballots);
        let cost = |work| {
            let samples =
                (0..load::rounds()).map(|_| load::run(&server, work, &server.etag(), 64).cpu_with_database_micros);
            median(samples.collect())
        };
        println!(
            "{ballots:>10} ballots: GET {:6.1}  POST {:6.1}  mixed {:6.1}",
            cost(Work::Get),
            cost(Work::Post),
            cost(Work::Mixed)
        );
    }
}

/// What one voter and one operator feel.
fn single(database: &TestDatabase) {
    let server = Process::server(database);
    println!("\n## A lone voter, memory, start (SQLite)");
    println!("start to first answer: {:.0} ms", server.started_in.as_secs_f64() * 1000.0);
    println!("idle memory: {:.1} MB", server.resident_bytes() as f64 / 1e6);
    let lone = load::run(&server, Work::Post, "", 1);
    println!(
        "lone voter: p50 {:.2} ms, p99 {:.2} ms; one disk sync: {:.2} ms",
        lone.p50,
        lone.p99,
        process::sync_millis(database)
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
