//! Votes in polls with one ballot a browser and one an invitation, beside an open poll.

use rocket::tokio::runtime::Runtime;
use urna::{
    codes,
    credentials::Secret,
    models::{eligibility::Eligibility, poll::Poll},
};

use crate::{
    app::{SECRET, WithSettings as _, new_poll},
    bars::Bars,
    database::TestDatabase,
    load, median,
    process::{Process, cookies},
};

/// More than any second takes.
const VOTES: usize = 60_000;

/// What a vote with a credential must reach of an open one.
const BAR: f64 = 0.75;

/// Votes a second by each kind of credential, in interleaved rounds, as ratios to the open poll.
pub fn compare(engine: &str, database: &TestDatabase, bars: &mut Bars) {
    let server = Process::server(database);
    let polls = [Eligibility::Open, Eligibility::Browser, Eligibility::Invitation].map(|credential| {
        let new = new_poll(credential.as_str(), &["gummi", "pita"]).with(|s| s.eligibility = credential);
        with(database, async |db| Poll::create(db, &new).await.expect("the poll is created"))
    });
    let mut rates = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..load::rounds() {
        for (poll, rates) in polls.iter().zip(&mut rates) {
            let votes = votes(&server, database, poll);
            rates.push(load::run_votes(&server, &votes));
        }
    }
    server.check(database);
    let [open, browser, invitation] = rates.map(median);
    println!(
        "\n{engine}, votes a second by credential: open {open:.0}, browser {browser:.0} ({:.2}), invitation {invitation:.0} ({:.2})",
        browser / open,
        invitation / open
    );
    bars.add(format!("{engine}, votes by browser, to open ones"), browser / open, BAR);
    bars.add(format!("{engine}, votes by invitation, to open ones"), invitation / open, BAR);
}

/// Votes that each count, a line each: a cookie, a tab, a form.
fn votes(server: &Process, database: &TestDatabase, poll: &Poll) -> String {
    let form = format!("poll={}&vote=gummi", poll.slug);
    let secret = Secret::new(SECRET.into());
    match poll.settings.eligibility {
        Eligibility::Open => format!("\t{form}\n").repeat(VOTES),
        Eligibility::Browser => (0..VOTES)
            .map(|_| {
                let answer = server.send("HEAD", &format!("/polls/{}", poll.slug), "", "");
                format!("{}\t{form}\n", cookies(&answer))
            })
            .collect(),
        Eligibility::Invitation => {
            let tokens: Vec<String> = (0..VOTES).map(|_| codes::token().expect("random bytes")).collect();
            let hash = |token: &String| secret.invitation(&secret.short_code(token)).expect("a code");
            let hashes = tokens.iter().map(hash).collect();
            with(database, async |db| poll.invite(db, hashes, None).await.expect("they are created"));
            tokens.iter().map(|token| format!("\t{form}&code={token}\n")).collect()
        }
    }
}

/// Does something on a connection of its own.
pub fn with<R>(database: &TestDatabase, work: impl AsyncFnOnce(&mut urna::db::Connection) -> R) -> R {
    Runtime::new().expect("a runtime").block_on(async {
        let engine =
            urna::db::Engine::open(&database.url.parse().expect("an address"), 1, std::time::Duration::from_secs(5));
        let mut db = engine.expect("the pool opens").connection().await.expect("a connection");
        work(&mut db).await
    })
}
