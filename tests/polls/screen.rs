//! `/polls/<slug>/screen`: a poll on the screen of a hall.

use rocket::http::Status;

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    a_screen_shows_how_to_vote_and_then_the_results,
    only_the_organiser_sees_there_what_is_hidden,
    an_organiser_goes_from_poll_to_poll,
);

async fn a_screen_shows_how_to_vote_and_then_the_results(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("tea", &["green", "black"]).await;
    app.cast("tea", "green").await;
    let waiting = app.get("/polls/tea/screen").await;
    assert_eq!((waiting.status, waiting.header("cache-control")), (Status::Ok, Some("no-store")));
    for part in ["hall waiting", "<svg", "Vote at", "?show=results", "http-equiv=\"refresh\"", "data-live="] {
        assert!(waiting.body.contains(part), "{part}: {}", waiting.body);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM short_addresses").await, 0, "a stranger's GET stores nothing");
    let results = app.get("/polls/tea/screen?show=results").await;
    assert!(results.body.contains("hall results") && results.body.contains("?show=question"), "{}", results.body);
    assert_eq!(results.tally(), [1, 0]);
    // A poll that is closed has no way to vote, and its result at once.
    app.database.change_polls("opens_at = '2019-01-01 12:00:00', closes_at = '2020-01-01 12:00:00'").await;
    let closed = app.get("/polls/tea/screen").await.body;
    assert!(closed.contains("hall results") && closed.contains(">wins<"), "{closed}");
    assert!(!closed.contains("Vote at") && !closed.contains("data-live"), "{closed}");
    app.database.change_polls("closes_at = NULL, draft = NOT draft").await;
    assert_eq!(app.get("/polls/tea/screen").await.status, Status::NotFound);
    assert_eq!(app.get("/polls/nothing/screen").await.status, Status::NotFound);
}

async fn only_the_organiser_sees_there_what_is_hidden(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let id = app.database.number("SELECT id FROM organisers").await;
    let mut poll = new_poll("tea", &["green", "black"]);
    poll.organiser_id = Some(id);
    app.create(&poll).await;
    app.cast("tea", "green").await;
    for (visibility, is_owners) in [("organiser", true), ("closed", false)] {
        app.database.change_polls(&format!("results = '{visibility}', turnout = 'organiser'")).await;
        let screen = "/polls/tea/screen?show=results";
        let (seen, hidden) = (ada.get(screen).await, app.get(screen).await);
        assert_eq!(seen.body.contains("class=\"leader\""), is_owners, "{visibility}: {}", seen.body);
        for part in ["class=\"leader\"", "<table", "class=\"total\""] {
            assert!(!hidden.body.contains(part), "{visibility}: {}", hidden.body);
        }
    }
}

async fn an_organiser_goes_from_poll_to_poll(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, _) = (app.organiser("ada").await, app.account("bob").await);
    let id = async |uid: &str| app.database.number(&format!("SELECT id FROM organisers WHERE uid = '{uid}'")).await;
    let (adas, bobs) = (id("ada").await, id("bob").await);
    for (slug, organiser, draft) in [
        ("one", adas, false),
        ("bobs", bobs, false),
        ("draft", adas, true),
        ("two", adas, false),
        ("three", adas, false),
    ] {
        let mut poll = new_poll(slug, &["yes", "no"]).with(|s| s.title = slug.into());
        (poll.organiser_id, poll.draft) = (Some(organiser), draft);
        app.create(&poll).await;
    }
    for (slug, before, after) in
        [("one", None, Some("two")), ("two", Some("one"), Some("three")), ("three", Some("two"), None)]
    {
        let page = ada.get(&format!("/polls/{slug}/screen")).await.body;
        let link = |rel: &str, to: Option<&str>| match to {
            Some(to) => page.contains(&format!("rel=\"{rel}\" href=\"/polls/{to}/screen\"")),
            None => !page.contains(&format!("rel=\"{rel}\"")),
        };
        assert!(link("prev", before) && link("next", after), "{slug}: {page}");
        let stranger = app.get(&format!("/polls/{slug}/screen")).await.body;
        assert!(!stranger.contains("rel=\"prev\"") && !stranger.contains("rel=\"next\""), "{stranger}");
    }
}
