//! The picture of a result, and what other sites show of a poll whose link is shared.

use rocket::http::Status;
use urna::models::{
    new_poll::NewPoll,
    settings::Settings,
    visibility::Visibility::{Always, Closed},
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    the_picture_has_the_result_and_is_well_formed,
    a_picture_that_may_not_be_seen_is_refused,
    a_card_says_what_everybody_may_know,
    a_card_says_nothing_of_what_is_hidden,
    a_card_has_a_picture_where_the_site_knows_its_address,
);

async fn the_picture_has_the_result_and_is_well_formed(database: TestDatabase) {
    let app = App::start(database).await;
    let mut poll =
        new_poll("donut", &["gummi", "pita"]).with(|s| s.title = "Tea & <biscuits>? ".repeat(9).trim().into());
    poll.choices[1].label = "קפה ".repeat(40).trim().into();
    app.create(&poll).await;
    let empty = app.get("/polls/donut/results/picture.svg").await;
    assert_eq!((empty.status, empty.header("content-type")), (Status::Ok, Some("image/svg+xml")));
    assert!(empty.body.contains("No votes yet.") && !empty.body.contains("<svg x="), "{}", empty.body);
    for vote in ["gummi", "gummi", "pita"] {
        app.cast("donut", vote).await;
    }
    let picture = app.get("/polls/donut/results/picture.svg").await;
    assert_eq!(picture.header("content-disposition"), Some("attachment; filename=\"donut.svg\""));
    let texts: Vec<&str> =
        picture.body.split("<text ").skip(1).map(|text| text.split(['>', '<']).nth(1).unwrap()).collect();
    for text in ["gummi: leads", "3 votes so far", "2 · 66.7%"] {
        assert!(texts.contains(&text), "no {text} in {texts:?}");
    }
    // No line is too long, no word is lost, nothing of a text is markup.
    let title: String =
        texts.iter().filter(|text| text.contains("biscuits") || text.contains("Tea")).copied().collect();
    assert_eq!(title.matches("&lt;biscuits&gt;").count(), 9, "{texts:?}");
    assert_eq!(texts.concat().matches("קפה").count(), 40, "{texts:?}");
    assert!(texts.iter().all(|text| text.chars().count() < 100), "{texts:?}");
    let mut depth = 0_i32;
    for tag in picture.body.split('<').skip(1) {
        depth += if tag.starts_with('/') { -1 } else { i32::from(!tag.split('>').next().unwrap().ends_with('/')) };
    }
    assert_eq!(depth, 0, "each tag has its end: {}", picture.body);
    let page = app.get("/polls/donut/results").await.body;
    assert!(page.contains("/polls/donut/results/picture.svg\" download data-png=\"donut.png\""), "{page}");
}

async fn a_picture_that_may_not_be_seen_is_refused(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&new_poll("donut", &["gummi", "pita"]).with(|s| s.results_visibility = Closed)).await;
    app.cast("donut", "gummi").await;
    let refused = app.get("/polls/donut/results/picture.svg").await;
    assert_eq!(refused.status, Status::Forbidden, "{}", refused.body);
    assert!(!refused.body.contains("gummi"), "{}", refused.body);
    assert_eq!(app.get("/polls/none/results/picture.svg").await.status, Status::NotFound);
}

/// The description and the card of a page, without its picture.
async fn card(app: &App, address: &str) -> [String; 3] {
    let page = app.get(address).await.body;
    let content = |name: &str| {
        let tag = page.split(&format!("{name}\" content=\"")).nth(1);
        tag.and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("no {name}: {page}")).to_owned()
    };
    assert_eq!(content("name=\"description"), content("og:description"), "{address}");
    [content("og:title"), content("og:description"), page.matches("og:image\"").count().to_string()]
}

async fn create(app: &App, slug: &str, change: impl FnOnce(&mut Settings)) {
    let id = app.database.number("SELECT id FROM organisers").await;
    let poll = new_poll(slug, &["gummi", "pita"]).with(|s| s.title = "Whose donut?".into()).with(change);
    app.create(&NewPoll { organiser_id: Some(id), ..poll }).await;
    app.cast(slug, "gummi").await;
}

async fn a_card_says_what_everybody_may_know(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    create(&app, "open", |_| ()).await;
    let card_of = |title: &str, description: &str| [title.to_owned(), description.to_owned(), "0".to_owned()];
    assert_eq!(card(&app, "/polls/open").await, card_of("Whose donut?", "Asked by The organiser ada. Open for votes."));
    let results =
        card_of("Results: Whose donut?", "Asked by The organiser ada. gummi leads with 1 of 1 vote (100.0%).");
    assert_eq!(card(&app, "/polls/open/results").await, results);
    create(&app, "hidden", |s| s.results_visibility = Closed).await;
    let results = card_of("Results: Whose donut?", "Asked by The organiser ada. Open for votes.");
    assert_eq!(card(&app, "/polls/hidden/results").await, results);
}

async fn a_card_says_nothing_of_what_is_hidden(database: TestDatabase) {
    let app = App::start(database).await;
    app.account("ada").await;
    create(&app, "private", |s| (s.listed, s.results_visibility) = (false, Always)).await;
    for address in ["/polls/private", "/polls/private/results"] {
        let card = card(&app, address).await;
        assert_eq!(card[..2], ["A poll", "Open the link to see it."], "{address}");
    }
}

async fn a_card_has_a_picture_where_the_site_knows_its_address(database: TestDatabase) {
    let app = App::start_set(database, &[("urna.url", "https://vote.example".into())]).await;
    app.account("ada").await;
    create(&app, "open", |_| ()).await;
    let page = app.get("/polls/open/results").await.body;
    assert!(page.contains(r#"og:url" content="https://vote.example/polls/open/results""#), "{page}");
    let picture =
        page.split("og:image\" content=\"https://vote.example").nth(1).and_then(|rest| rest.split('"').next());
    let picture = app.get(picture.unwrap_or_else(|| panic!("no picture: {page}"))).await;
    assert_eq!((picture.status, picture.header("content-type")), (Status::Ok, Some("image/png")));
}
