//! What a stream must not tell: it has what the page has for the same viewer, and nothing more, not even by when it comes.

use std::time::Duration;

use urna::models::visibility::Visibility;

use crate::helpers::{
    app::new_poll,
    database::TestDatabase,
    on_both,
    server::{Server, create},
    stream::Stream,
};

on_both!(
    votes_are_not_noticed_until_the_end,
    votes_are_never_noticed_where_only_the_organiser_sees_the_results,
    the_result_is_shown_to_those_who_have_voted,
);

const SOON: Duration = Duration::from_secs(5);
const A_WHILE: Duration = Duration::from_millis(1500);

/// A server with a poll whose results and turnout are shown as `visibility` says.
async fn start(database: &TestDatabase, visibility: Visibility) -> Server {
    let mut poll = new_poll("tea", &["green", "black"]);
    poll.settings.results_visibility = visibility;
    poll.settings.turnout_visibility = visibility;
    create(database, &poll).await;
    Server::start(database)
}

async fn votes_are_not_noticed_until_the_end(database: TestDatabase) {
    assert_unnoticed(&database, Visibility::Closed).await;
}

async fn votes_are_never_noticed_where_only_the_organiser_sees_the_results(database: TestDatabase) {
    assert_unnoticed(&database, Visibility::Organiser).await;
}

async fn assert_unnoticed(database: &TestDatabase, visibility: Visibility) {
    let server = start(database, visibility).await;
    let mut stream = Stream::of(server.port, "tea");
    let first = stream.state(SOON).unwrap();
    assert!(first.data.contains("class=\"note\"") && !first.data.contains("<table"), "{}", first.data);
    for _ in 0..3 {
        assert_eq!(server.voter().add("poll=tea&vote=green").unwrap().status, 303);
    }
    // Invitations, and changes of other polls.
    database.change_polls("invited = invited + 1").await;
    assert_eq!(stream.state(A_WHILE), None);
    assert_eq!(Stream::of(server.port, "tea").state(SOON), Some(first.clone()));
    database.change_polls("opens_at = '2019-01-01 12:00:00', closes_at = '2020-01-01 12:00:00'").await;
    let closed = stream.state(SOON).unwrap();
    assert_ne!(closed.id, first.id);
    assert_eq!(closed.data.contains("green"), visibility == Visibility::Closed, "{}", closed.data);
}

async fn the_result_is_shown_to_those_who_have_voted(database: TestDatabase) {
    let server = start(&database, Visibility::Voted).await;
    let voted = server.voter().add("poll=tea&vote=green").unwrap();
    let cookie = voted.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    let mut stranger = Stream::of(server.port, "tea");
    let mut voter = Stream::open(server.port, "/polls/tea/events", &cookie);
    let first = stranger.state(SOON).unwrap();
    assert!(first.data.contains("to those who have voted"), "{}", first.data);
    voter.tally(&[1, 0]);
    assert_eq!(server.voter().add("poll=tea&vote=black").unwrap().status, 303);
    voter.tally(&[1, 1]);
    assert_eq!(stranger.state(A_WHILE), None);
}
