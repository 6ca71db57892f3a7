//! The result for other sites and programs: `results.json` and the badge.

use rocket::http::Status;
use serde_json::{Value, json};
use urna::{count::Method, models::visibility::Visibility};

use crate::helpers::{
    app::{Answer, App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    programs_read_what_the_page_shows,
    only_what_everybody_may_see_is_for_other_sites,
    a_badge_says_who_leads_and_nothing_that_is_hidden,
    long_and_hostile_texts_fit_into_a_badge,
);

const FEED: &str = "/polls/tea/results.json";
const BADGE: &str = "/polls/tea/badge.svg";

fn value(answer: &Answer) -> Value {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (Status::Ok, Some("application/json")),
        "{}",
        answer.body
    );
    serde_json::from_str(&answer.body).unwrap()
}

async fn programs_read_what_the_page_shows(database: TestDatabase) {
    let app = App::start(database).await;
    let methods =
        [Method::Approval, Method::Irv, Method::Score, Method::Schulze, Method::Stv, Method::MajorityJudgment];
    for method in methods {
        let slug = method.as_str();
        app.create(&new_poll(slug, &["green", "black", "white"]).with(|s| s.method = method)).await;
        let address = format!("/polls/{slug}/results.json");
        let empty = value(&app.get(&address).await);
        assert_eq!((&empty["who"], &empty["votes"]), (&json!(null), &json!(0)), "{slug}");
        assert_eq!(empty["choices"].as_array().unwrap().len(), 3, "{slug}");
        let marks = match method.kind() {
            urna::marks::Kind::Approval => "vote=black&vote=white",
            urna::marks::Kind::Score => "score-green=1&score-black=5&score-white=3",
            _ => "rank-black=1&rank-white=2&rank-green=3",
        };
        for _ in 0..2 {
            let answer = app.add(&format!("poll={slug}&{marks}")).await;
            assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        }
        let feed = value(&app.get(&address).await);
        let page = app.get(&format!("/polls/{slug}")).await.body;
        assert_eq!((&feed["votes"], &feed["counted"]), (&json!(2), &json!(2)), "{slug}");
        assert_eq!((&feed["poll"]["slug"], &feed["poll"]["method"]), (&json!(slug), &json!(slug)));
        assert!(feed["poll"]["opens_at"].as_str().unwrap().ends_with('Z') && feed["poll"]["closes_at"].is_null());
        for choice in feed["choices"].as_array().unwrap() {
            let number = choice["number"].as_str().unwrap();
            assert!(page.contains(&format!("class=\"count\">{number}<")), "{slug}: {choice} {page}");
            assert!(page.contains(&format!("width=\"{}\"", choice["permille"])), "{slug}: {choice}");
            assert!(choice["value"].is_number(), "{slug}: {choice}");
        }
        let first = &feed["choices"][0];
        assert_eq!(first["first"], json!(true), "{slug}: {first}");
        assert!(feed["sentence"].as_str().unwrap().contains("black"), "{slug}: {feed}");
    }
}

async fn only_what_everybody_may_see_is_for_other_sites(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.create(&new_poll("tea", &["green", "black"])).await;
    app.cast("tea", "green").await;
    let answer = app.get(FEED).await;
    let headers = ["access-control-allow-origin", "cross-origin-resource-policy", "cache-control"];
    assert_eq!(headers.map(|name| answer.header(name)), [Some("*"), Some("cross-origin"), Some("no-cache")]);
    let etag = answer.header("etag").unwrap().to_owned();
    let known = app.get_with(FEED, "If-None-Match", &etag).await;
    assert_eq!((known.status, known.header("access-control-allow-origin")), (Status::NotModified, Some("*")));
    app.cast("tea", "black").await;
    assert_eq!(app.get_with(FEED, "If-None-Match", &etag).await.status, Status::Ok);
    for visibility in Visibility::ALL {
        let hidden = format!("results = '{0}', turnout = '{0}'", visibility.as_str());
        app.database.change_polls(&hidden).await;
        let answer = app.get(FEED).await;
        let is_public = *visibility == Visibility::Always;
        assert_eq!(answer.status == Status::Ok, is_public, "{visibility:?}: {}", answer.status);
        assert_eq!(answer.header("access-control-allow-origin").is_some(), is_public, "{visibility:?}");
        assert_eq!(answer.body.contains("\"votes\""), is_public, "{visibility:?}");
    }
    app.database.change_polls("results = 'always', draft = NOT draft").await;
    for address in [FEED, BADGE, "/polls/nothing/results.json", "/polls/nothing/badge.svg"] {
        assert_eq!(app.get(address).await.status, Status::NotFound, "{address}");
    }
    assert_eq!(poll.slug, "tea");
}

async fn a_badge_says_who_leads_and_nothing_that_is_hidden(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&new_poll("tea", &["green", "black"]).with(|s| s.title = "Tea?".into())).await;
    let says = async |words: &str| {
        let answer = app.get(BADGE).await;
        assert_eq!((answer.status, answer.header("content-type")), (Status::Ok, Some("image/svg+xml")));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
        assert!(answer.body.contains(&format!("<title>Tea?: {words}</title>")), "{words}: {}", answer.body);
        answer.body
    };
    says("vote now").await;
    app.cast("tea", "green").await;
    assert!(says("green leads").await.contains(">green leads</text>"));
    app.database.change_polls("results = 'closed', turnout = 'closed'").await;
    let before = says("vote now").await;
    app.cast("tea", "green").await;
    assert_eq!(says("vote now").await, before);
    app.database.change_polls("opens_at = '2019-01-01 12:00:00', closes_at = '2020-01-01 12:00:00'").await;
    says("green wins").await;
    app.database.change_polls("results = 'organiser'").await;
    says("closed").await;
    app.database.change_polls("opens_at = '2099-01-01 12:00:00', closes_at = NULL").await;
    says("opens soon").await;
}

async fn long_and_hostile_texts_fit_into_a_badge(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&new_poll("tea", &["green", "black"])).await;
    for (title, shown) in [
        ("<script>alert(1)</script> & \"more\"", "&lt;script&gt;"),
        ("日本語の質問はとても長いので短くなりますよねそうですよね", "日本語の質問"),
        ("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", "Donaudampfschifffahrtsgesellschaftskapi…"),
    ] {
        app.database.change_polls(&format!("title = '{title}'")).await;
        let badge = app.get(BADGE).await.body;
        assert!(badge.contains(shown) && !badge.contains("<script>"), "{badge}");
        let width = badge.split("width=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert!(width.parse::<usize>().unwrap() < 500, "{badge}");
    }
}
