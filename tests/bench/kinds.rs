//! Votes of every kind, with few and with a million ballots stored, nearly all of them unlike each other.

use urna::{
    count::Method,
    models::{ballot, marking::Marking, poll::Poll},
};

use crate::{
    app::{WithSettings as _, new_poll},
    credentials::with,
    database::TestDatabase,
    load, median,
    process::Process,
};

/// More than any second takes.
const VOTES: usize = 60_000;

/// The ballots that are in at the second time.
const STORED: usize = 1_000_000;

const KEYS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// Votes a second for each kind of ballot, in an empty poll and in a large one.
pub fn compare(engine: &str, database: &TestDatabase) {
    let server = Process::server(database);
    println!("\n## {engine}, votes a second by kind of ballot, 12 choices");
    println!("{:12} {:>10} {:>20}", "method", "empty", "1,000,000 stored");
    for method in [Method::Plurality, Method::Approval, Method::Irv, Method::Star] {
        let rates = [0, STORED].map(|stored| {
            let slug = format!("{}-{stored}", method.as_str());
            let marking = Marking { method, ..Marking::default() };
            let new = new_poll(&slug, &KEYS).with(|s| s.set_marking(marking));
            with(database, async |db| {
                let poll = Poll::create(db, &new).await.expect("the poll is created");
                let mut profile: Vec<String> = (0..stored).map(|n| marks(method, n + VOTES * 100)).collect();
                profile.sort_unstable();
                let profile =
                    profile.chunk_by(|a, b| a == b).map(|same| (same[0].clone(), same.len() as u64)).collect();
                let loaded =
                    db.transaction(async |db| ballot::load(db, poll.id, &profile, poll.settings.opens_at).await).await;
                loaded.expect("the ballots are loaded");
            });
            median((0..load::rounds()).map(|round| load::run_votes(&server, &votes(&slug, method, round))).collect())
        });
        println!("{:12} {:10.0} {:20.0}", method.as_str(), rates[0], rates[1]);
    }
    server.check(database);
}

fn votes(slug: &str, method: Method, round: usize) -> String {
    let vote = |n: usize| format!("\tpoll={slug}&marks={}\n", marks(method, n + VOTES * round));
    (0..VOTES).map(vote).map(|line| line.replace('>', "%3E")).collect()
}

/// The `n`th ballot: any of 12 picks, 4,095 approvals, 12! rankings or 6^12 scores.
fn marks(method: Method, n: usize) -> String {
    let mut random = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 11) as usize % below
    };
    match method {
        Method::Plurality => KEYS[next(KEYS.len())].to_owned(),
        Method::Approval => {
            let mark = next(4095) + 1;
            let marked = KEYS.iter().enumerate().filter(|(i, _)| mark >> i & 1 == 1).map(|(_, key)| *key);
            marked.collect::<Vec<_>>().join(",")
        }
        Method::Star => KEYS.map(|key| format!("{key}:{}", next(6))).join(","),
        _ => {
            let mut keys = KEYS;
            for i in (1..keys.len()).rev() {
                keys.swap(i, next(i + 1));
            }
            keys.join(">")
        }
    }
}
