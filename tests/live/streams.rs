//! `GET /polls/<slug>/events`: what a watcher is sent, and when.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use crate::helpers::{
    database::TestDatabase,
    nginx::Nginx,
    on_both,
    server::{Server, create_poll},
    stream::Stream,
};

on_both!(
    a_vote_reaches_every_watcher_in_every_process,
    a_state_that_the_page_has_is_not_sent_again,
    a_newcomer_is_at_once_where_the_poll_is,
    a_change_of_the_poll_changes_the_second_part_of_the_id,
    no_more_watchers_than_there_are_places,
    a_quiet_stream_is_kept_open,
    a_watcher_who_reads_nothing_holds_up_nobody,
    the_end_of_the_server_ends_the_streams,
    a_poll_that_moves_or_goes_ends_its_streams,
    a_database_that_stops_and_returns,
    nginx_passes_states_on_at_once,
);

const SOON: Duration = Duration::from_secs(5);
/// Longer than several look-ups and the pace.
const A_WHILE: Duration = Duration::from_millis(1500);

fn vote(server: &Server, vote: &str) {
    let answer = server.voter().add(&format!("poll=tea&vote={vote}")).unwrap();
    assert_eq!(answer.status, 303, "{}", answer.body);
}

async fn a_vote_reaches_every_watcher_in_every_process(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let servers = [Server::start(&database), Server::start(&database)];
    let mut streams: Vec<Stream> =
        servers.iter().flat_map(|server| [Stream::of(server.port, "tea"), Stream::of(server.port, "tea")]).collect();
    for stream in &mut streams {
        for line in ["content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no"] {
            assert!(stream.head.to_lowercase().contains(line), "{}", stream.head);
        }
        assert!(stream.state(SOON).unwrap().data.contains("No votes yet."));
    }
    for n in 1..4 {
        vote(&servers[n % 2], "black");
        let states: Vec<_> = streams.iter_mut().map(|stream| stream.tally(&[0, n as u64])).collect();
        assert!(states.iter().all(|state| *state == states[0]), "{states:?}");
    }
    // A page has the same result, and the name of the state.
    let page = servers[0].voter().get("/polls/tea").unwrap().body;
    vote(&servers[0], "green");
    let state = streams[3].tally(&[1, 3]);
    let later = servers[1].voter().get("/polls/tea").unwrap().body;
    let (result, rest) = state.id.split_once('.').unwrap();
    assert!(later.contains(&format!("data-id=\"{result}\"")) && later.contains(&format!("data-rest=\"{rest}\"")));
    assert!(later.contains(state.data.trim_end()), "{later}");
    assert!(!page.contains(result) && page.contains(rest), "{page}");
}

async fn a_state_that_the_page_has_is_not_sent_again(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start(&database);
    vote(&server, "green");
    let id = Stream::of(server.port, "tea").tally(&[1, 0]).id;
    // What the browser says itself is newer than what its page said.
    let header = format!("Last-Event-ID: {id}\r\n");
    let mut streams = [
        Stream::open(server.port, &format!("/polls/tea/events?have={id}"), ""),
        Stream::open(server.port, "/polls/tea/events?have=0.0", &header),
    ];
    for stream in &mut streams {
        assert!(!stream.next(SOON).unwrap().retry.is_empty());
        assert_eq!(stream.state(A_WHILE), None);
    }
    vote(&server, "black");
    for stream in &mut streams {
        stream.tally(&[1, 1]);
    }
    let mut stale = Stream::open(server.port, &format!("/polls/tea/events?have={id}"), "");
    stale.tally(&[1, 1]);
}

/// While votes come in, no watcher is sent a state that is older than the page that it comes from.
async fn a_newcomer_is_at_once_where_the_poll_is(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start(&database);
    let mut first = Stream::of(server.port, "tea");
    for n in 1..30 {
        vote(&server, "green");
        let mut stream = Stream::of(server.port, "tea");
        assert_eq!(stream.state(SOON).unwrap().tally(), [n, 0]);
        if n % 10 == 0 {
            let mut last = n;
            while let Some(state) = stream.state(A_WHILE) {
                assert!(state.tally()[0] > last, "{n}: {state:?}");
                last = state.tally()[0];
            }
        }
    }
    first.tally(&[29, 0]);
}

async fn a_change_of_the_poll_changes_the_second_part_of_the_id(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start(&database);
    let mut stream = Stream::of(server.port, "tea");
    let parts = |id: &str| id.split_once('.').map(|(result, rest)| (result.to_owned(), rest.to_owned())).unwrap();
    let mut last = parts(&stream.state(SOON).unwrap().id);
    let changes = [
        "title = 'Which tea?'",
        "description = 'More'",
        "abstaining = NOT abstaining",
        "results = 'closed'",
        "closes_at = '2030-01-01 12:00:00'",
        "opens_at = '2019-01-01 12:00:00', closes_at = '2020-01-01 12:00:00'",
        "closes_at = NULL, results = 'always'",
    ];
    for change in changes {
        database.change_polls(change).await;
        let id = parts(&stream.state(SOON).unwrap_or_else(|| panic!("no state after {change}")).id);
        assert_ne!(id.1, last.1, "{change}");
        last = id;
    }
    vote(&server, "green");
    assert_eq!(parts(&stream.tally(&[1, 0]).id).1, last.1, "a vote changes the result alone");
}

async fn no_more_watchers_than_there_are_places(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start_with(&database, &[("URNA_WATCHERS", "2"), ("URNA_IDLE_SECONDS", "2")]);
    let streams = [Stream::of(server.port, "tea"), Stream::of(server.port, "tea")];
    let refused = server.voter().get("/polls/tea/events").unwrap();
    assert_eq!((refused.status, refused.body.as_str()), (204, ""), "{}", refused.head);
    assert!(refused.head.to_lowercase().contains("cache-control: no-store"), "{}", refused.head);
    assert_eq!(server.voter().get("/polls/tea").unwrap().status, 200);
    drop(streams);
    let began = Instant::now();
    while server.voter().get("/polls/nothing/events").unwrap().status == 204 {
        assert!(began.elapsed() < SOON, "who has left still has a place");
        sleep(Duration::from_millis(100));
    }
    Stream::of(server.port, "tea");
}

async fn a_quiet_stream_is_kept_open(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start_with(&database, &[("URNA_IDLE_SECONDS", "2")]);
    let mut stream = Stream::of(server.port, "tea");
    stream.state(SOON).unwrap();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(7) {
        let comment = stream.next(Duration::from_millis(1900)).expect("a comment before the idle seconds are over");
        assert!(comment.is_comment, "{comment:?}");
    }
    vote(&server, "green");
    stream.tally(&[1, 0]);
}

async fn a_watcher_who_reads_nothing_holds_up_nobody(database: TestDatabase) {
    let keys: Vec<String> = (0..300).map(|n| format!("choice-{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    create_poll(&database, "tea", &keys).await;
    let server = Server::start(&database);
    let _idle: Vec<Stream> = (0..5).map(|_| Stream::of(server.port, "tea")).collect();
    let mut stream = Stream::of(server.port, "tea");
    stream.state(SOON).unwrap();
    for key in &keys[..8] {
        let began = Instant::now();
        vote(&server, key);
        stream.state(SOON).expect("a state");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
}

async fn the_end_of_the_server_ends_the_streams(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let mut server = Server::start(&database);
    let mut stream = Stream::of(server.port, "tea");
    stream.state(SOON).unwrap();
    let (status, took) = server.terminate();
    assert!(status.success() && took < SOON, "{status} after {took:?}");
    assert!(stream.ends(SOON));
}

async fn a_poll_that_moves_or_goes_ends_its_streams(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start(&database);
    let status = |slug: &str| server.voter().get(&format!("/polls/{slug}/events")).unwrap().status;
    assert_eq!((status("nothing"), status("No-Slug")), (404, 404));
    let mut stream = Stream::of(server.port, "tea");
    stream.state(SOON).unwrap();
    database.change_polls("draft = NOT draft").await;
    assert!(stream.ends(SOON));
    assert_eq!(status("tea"), 404);
    database.change_polls("draft = NOT draft").await;
    let mut stream = Stream::of(server.port, "tea");
    stream.state(SOON).unwrap();
    database.change_polls("slug = 'coffee'").await;
    assert!(stream.ends(SOON));
    Stream::of(server.port, "coffee").state(SOON).unwrap();
}

async fn a_database_that_stops_and_returns(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start(&database);
    let mut stream = Stream::of(server.port, "tea");
    let before = stream.state(SOON).unwrap();
    database.execute("ALTER TABLE polls RENAME TO away").await;
    assert_eq!(stream.state(SOON).expect("word of it").name, "paused");
    assert_eq!(server.voter().get("/polls/tea/events").unwrap().status, 503);
    database.execute("ALTER TABLE away RENAME TO polls").await;
    assert_eq!(stream.state(SOON), Some(before), "the page is live again");
    vote(&server, "green");
    stream.tally(&[1, 0]);
}

async fn nginx_passes_states_on_at_once(database: TestDatabase) {
    create_poll(&database, "tea", &["green", "black"]).await;
    let server = Server::start(&database);
    let Some(nginx) = Nginx::start(&server) else { return };
    let mut stream = Stream::of(nginx.passing, "tea");
    stream.state(SOON).unwrap();
    for n in 1..4 {
        vote(&server, "green");
        let began = Instant::now();
        stream.tally(&[n, 0]);
        assert!(began.elapsed() < A_WHILE, "{:?}", began.elapsed());
    }
}
