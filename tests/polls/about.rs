//! What a voter is told before they vote: the line of trust on each ballot, the page about votes, and who runs the site.

use chrono::TimeDelta;
use rocket::http::Status;
use urna::models::{
    self,
    eligibility::Eligibility,
    new_poll::NewPoll,
    organiser::Organiser,
    poll::Poll,
    visibility::Visibility::{self, Always, Closed, Voted},
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    the_line_under_a_question_says_who_asks_until_when_and_who_sees_what,
    a_new_name_of_the_organiser_shows_at_once,
    the_page_about_votes_is_the_same_for_everybody,
    each_page_names_who_runs_the_site,
);

/// The line under the question, without its tags.
async fn line(app: &App, slug: &str) -> String {
    let page = app.get(&format!("/polls/{slug}")).await.body;
    let line = page.split("<p class=\"trust\">").nth(1).and_then(|rest| rest.split("</p>").next());
    let line = line.unwrap_or_else(|| panic!("no line in {page}"));
    let texts: Vec<&str> = line.split('<').map(|part| part.rsplit('>').next().unwrap_or_default()).collect();
    texts.concat().split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn of_ada(app: &App, slug: &str, eligibility: Eligibility, results: Visibility) -> Poll {
    let id = app.database.number("SELECT id FROM organisers").await;
    app.create(&NewPoll {
        organiser_id: Some(id),
        ..new_poll(slug, &["a", "b"]).with(|s| (s.eligibility, s.results_visibility) = (eligibility, results))
    })
    .await
}

async fn the_line_under_a_question_says_who_asks_until_when_and_who_sees_what(database: TestDatabase) {
    use Eligibility::{Browser, Invitation, Open};
    let app = App::start(database).await;
    app.account("ada").await;
    let how = "How votes are kept";
    for (slug, who, results, says) in [
        (
            "one",
            Open,
            Always,
            "Anyone can vote, any number of times. Votes are stored without names. Everyone can see the results and recount the votes.",
        ),
        (
            "two",
            Browser,
            Voted,
            "One vote per browser, stored without a name. Once you have voted, you can see the results and recount the votes.",
        ),
        (
            "three",
            Invitation,
            Closed,
            "One vote per invitation, stored without a name. When it is closed, everyone can see the results and recount the votes.",
        ),
        (
            "four",
            Browser,
            Visibility::Organiser,
            "One vote per browser, stored without a name. Only the organiser can see the results and recount the votes.",
        ),
    ] {
        let poll = of_ada(&app, slug, who, results).await;
        let start = "Asked by The organiser ada. Open until the organiser closes it.";
        assert_eq!(line(&app, slug).await, format!("{start} {says} {how}"));
        poll.close(&mut app.db().await, Some(models::now() + TimeDelta::days(1))).await.unwrap();
        assert!(line(&app, slug).await.starts_with("Asked by The organiser ada. Open until "), "{slug}");
        poll.close(&mut app.db().await, None).await.unwrap();
        let closed = line(&app, slug).await;
        assert!(closed.starts_with("Asked by The organiser ada. Closed on "), "{closed}");
        let seen = if slug == "four" { "Only the organiser can" } else { "Everyone can" };
        assert!(closed.ends_with(&format!("{seen} see the results and recount the votes. {how}")), "{closed}");
    }
    app.create(&new_poll("later", &["a", "b"]).with(|s| s.opens_at = models::now() + TimeDelta::days(1))).await;
    let later = line(&app, "later").await;
    assert!(later.starts_with("Not open yet. "), "nobody asks but the operator, who has no name: {later}");
}

async fn a_new_name_of_the_organiser_shows_at_once(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let poll = of_ada(&app, "tea", Eligibility::Open, Always).await;
    assert!(line(&app, "tea").await.starts_with("Asked by The organiser ada. "));
    assert_eq!(ada.put("/organiser", "name=Ada+%26+friends").await.status, Status::SeeOther);
    assert!(line(&app, "tea").await.starts_with("Asked by Ada &amp; friends. "));
    assert!(line(&app.twin().await, "tea").await.starts_with("Asked by Ada &amp; friends. "));
    // A ballot on the page from before still counts.
    app.cast("tea", "a").await;
    let named = Organiser::find(&mut app.db().await, "ada").await.unwrap().unwrap();
    assert_eq!((named.name.as_str(), poll.organiser_id), ("Ada & friends", Some(named.id)));
}

async fn the_page_about_votes_is_the_same_for_everybody(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let page = app.get("/about").await;
    assert_eq!((page.status, page.header("cache-control")), (Status::Ok, Some("no-cache")));
    for part in ["<h1>How Urna keeps votes secret and right</h1>", "One vote per browser.", "Network addresses:"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(!page.body.contains("Who runs this site"), "{}", page.body);
    let hers = ada.get("/about").await;
    assert!(hers.body.contains("Create a poll</a>") && hers.header("cache-control") == Some("no-store"));
    for address in ["/", "/polls", "/nowhere", "/session"] {
        assert!(app.get(address).await.body.contains("<a href=\"/about\">"), "{address}");
    }
}

async fn each_page_names_who_runs_the_site(database: TestDatabase) {
    let settings = [
        ("urna.operator", "Arles <b> & Co".into()),
        ("urna.privacy_url", "https://arles.example/privacy?a=1&b=2".into()),
        ("urna.help_url", "mailto:help@arles.example".into()),
    ];
    let app = App::start_set(database, &settings).await;
    app.poll("tea", &["a", "b"]).await;
    for address in ["/", "/polls", "/polls/tea/results", "/about", "/nowhere", "/session"] {
        let page = app.get(address).await.body;
        let foot = page.split("<footer").nth(1).unwrap();
        for part in [
            "Run by <bdi>Arles &lt;b&gt; &amp; Co</bdi>",
            "<a href=\"https://arles.example/privacy?a=1&amp;b=2\">Privacy</a>",
            "<a href=\"mailto:help@arles.example\">Help</a>",
        ] {
            assert!(foot.contains(part), "{address}: {part}: {foot}");
        }
    }
    assert!(line(&app, "tea").await.starts_with("Asked by Arles &lt;b&gt; &amp; Co. "), "the operator asks");
    assert!(app.get("/about").await.body.contains("Who runs this site"));
}
