//! Counting for pages: at once where it is quick, in the background where it is long, and always with the number of ballots counted.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher as _},
    time::{Duration, Instant},
};

use rocket::{futures::future::join_all, http::Status, tokio::time::sleep};
use urna::{
    count::{Method, Profile},
    db::Engine,
    marks::Marks,
    models::{
        self, ballot,
        eligibility::Eligibility,
        marking::Marking,
        poll::{Poll, Which},
        state::State,
    },
    scoreboard::{Board, Scoreboard},
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    a_quick_count_has_every_ballot,
    many_rankings_are_counted_with_every_ballot_too,
    a_long_count_keeps_nobody_waiting,
    lots_are_provisional_until_the_poll_is_closed,
    blank_ballots_count_for_nobody,
    a_long_ballot_is_counted_like_any_other,
);

/// A poll of so many choices.
async fn ranked(app: &App, slug: &str, choices: usize, method: Method) -> Poll {
    let keys: Vec<String> = (0..choices).map(|n| format!("c{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let marking = Marking { method, abstaining: true, ..Marking::default() };
    app.create(&new_poll(slug, &keys).with(|s| s.set_marking(marking))).await
}

/// So many distinct rankings of all choices, one ballot each.
fn rankings(number: usize, choices: usize) -> Profile {
    let ranking = |n: usize| {
        let mut order: Vec<usize> = (0..choices).collect();
        order.sort_by_cached_key(|choice| hashed((n, *choice)));
        order.iter().map(|choice| format!("c{choice}")).collect::<Vec<_>>().join(">")
    };
    let distinct: BTreeSet<String> = (0..number * 2).map(ranking).collect();
    let profile: Profile = distinct.into_iter().map(|text| (text, 1)).take(number).collect();
    assert_eq!(profile.len(), number, "distinct rankings");
    profile
}

fn hashed(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

async fn cast(app: &App, poll: &Poll, text: &str) {
    let keys: Vec<String> = (0..400).map(|n| format!("c{n}")).collect();
    let marks = Marks::parse(text, poll.settings.marking().form(), keys.iter().map(String::as_str)).unwrap();
    assert_eq!(put(app, poll, marks).await, [ballot::Cast::Counted]);
}

async fn put(app: &App, poll: &Poll, marks: Marks) -> Vec<ballot::Cast> {
    let (poll_id, revision) = (poll.id, poll.revision);
    let ballot = ballot::NewBallot { poll_id, revision, marks, credential: None, rule: Eligibility::Open };
    ballot::cast(&mut app.db().await, &[ballot], models::now(), 1).await.unwrap()
}

fn scoreboard(app: &App) -> Scoreboard {
    Scoreboard::new(Engine::open(&app.config.database, 4, Duration::from_secs(5)).unwrap(), true)
}

async fn read(scoreboard: &Scoreboard, slug: &str) -> std::sync::Arc<Board> {
    scoreboard.read(&Which::Slug(slug.into())).await.unwrap().unwrap().board
}

async fn a_quick_count_has_every_ballot(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = ranked(&app, "small", 4, Method::Schulze).await;
    let scoreboard = scoreboard(&app);
    for votes in 1..5 {
        cast(&app, &poll, "c1>c0=c2").await;
        let board = read(&scoreboard, "small").await;
        assert_eq!((board.ballots, board.counted.outcome.ballots, board.is_behind()), (votes, votes, false));
        assert_eq!(board.counted.outcome.elected, [1]);
    }
}

async fn many_rankings_are_counted_with_every_ballot_too(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = ranked(&app, "many", 8, Method::Irv).await;
    // More rows than a look-up brings along.
    ballot::load(&mut app.db().await, poll.id, &rankings(300, 8), models::now()).await.unwrap();
    let scoreboard = scoreboard(&app);
    for votes in 301..305 {
        cast(&app, &poll, "c7").await;
        let boards = join_all((0..8).map(|_| read(&scoreboard, "many"))).await;
        for board in boards {
            assert_eq!((board.ballots, board.counted.outcome.ballots), (votes, votes));
        }
    }
}

async fn a_long_count_keeps_nobody_waiting(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = ranked(&app, "long", 200, Method::Schulze).await;
    ballot::load(&mut app.db().await, poll.id, &rankings(300, 200), models::now()).await.unwrap();
    let scoreboard = scoreboard(&app);
    let began = Instant::now();
    let first = read(&scoreboard, "long").await;
    let count = began.elapsed();
    assert_eq!((first.ballots, first.counted.outcome.ballots), (300, 300), "the first wait for it");
    assert!(count > Duration::from_millis(100), "{count:?} is no long count: give it more choices");
    cast(&app, &poll, "c7").await;
    let began = Instant::now();
    let second = read(&scoreboard, "long").await;
    assert!(began.elapsed() < count / 2, "{:?} of {count:?}", began.elapsed());
    assert_eq!((second.ballots, second.counted.outcome.ballots, second.is_behind()), (301, 300, true));
    assert_eq!(second.counted.at, first.counted.at, "it says of which moment it is");
    // It rests four times as long as it took, and then counts by itself for whoever asks.
    let deadline = Instant::now() + count * 12 + Duration::from_secs(20);
    loop {
        let board = read(&scoreboard, "long").await;
        if !board.is_behind() {
            assert_eq!(board.counted.outcome.ballots, 301);
            assert!(board.counted.at > first.counted.at);
            break;
        }
        assert!(Instant::now() < deadline, "nobody counts any more");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(app.get("/polls/long").await.status, Status::Ok);
}

async fn lots_are_provisional_until_the_poll_is_closed(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = ranked(&app, "tied", 9, Method::Plurality).await;
    let scoreboard = scoreboard(&app);
    for choice in 0..9 {
        cast(&app, &poll, &format!("c{choice}")).await;
    }
    let first_of = |seed: &str| urna::count::Lots::drawn(seed, 9).sorted(&[0, 1, 2, 3, 4, 5, 6, 7, 8])[0];
    let board = read(&scoreboard, "tied").await;
    assert_eq!(board.state, State::Open);
    assert_eq!(board.counted.outcome.elected, [first_of(&poll.commitment())]);
    poll.close(&mut app.db().await, None).await.unwrap();
    let board = read(&scoreboard, "tied").await;
    assert_eq!(board.state, State::Closed);
    assert_eq!(board.counted.outcome.elected, [first_of(&poll.seed)]);
    assert!(board.counted.outcome.used_lot());
}

async fn blank_ballots_count_for_nobody(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = ranked(&app, "blank", 3, Method::Irv).await;
    cast(&app, &poll, "").await;
    cast(&app, &poll, "").await;
    let scoreboard = scoreboard(&app);
    let board = read(&scoreboard, "blank").await;
    let outcome = &board.counted.outcome;
    assert_eq!((board.ballots, outcome.ballots, outcome.blank), (2, 2, 2));
    assert!(outcome.elected.is_empty());
    cast(&app, &poll, "c2").await;
    assert_eq!(read(&scoreboard, "blank").await.counted.outcome.elected, [2]);
}

/// An entry of an index on PostgreSQL has 2,704 bytes at most; these marks have 26,000.
async fn a_long_ballot_is_counted_like_any_other(database: TestDatabase) {
    let app = App::start(database).await;
    let keys: Vec<String> = (0..400).map(|n| format!("{n:03}-{:x}", hashed(n)).repeat(4)[..64].to_owned()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let marking = Marking { method: Method::Borda, ..Marking::default() };
    let poll = app.create(&new_poll("wide", &keys).with(|s| s.set_marking(marking))).await;
    let back: Vec<&str> = keys.iter().rev().copied().collect();
    for ranking in [&keys, &back, &keys] {
        let marks = Marks::parse(&ranking.join(">"), poll.settings.marking().form(), keys.iter().copied()).unwrap();
        assert!(marks.as_str().len() > 25_000);
        assert_eq!(put(&app, &poll, marks).await, [ballot::Cast::Counted]);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM profile").await, 2);
    assert_eq!(app.database.number("SELECT max(count) FROM profile").await, 2);
    assert_eq!(read(&scoreboard(&app), "wide").await.counted.outcome.elected, [0]);
}
