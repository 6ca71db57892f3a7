//! Forms that create something: sent twice, by a double click or by Back, they create it once.

use image::ImageFormat;
use rocket::{
    futures::future::join_all,
    http::{Method, Status},
};
use urna::{
    models::{eligibility::Eligibility, new_poll::NewPoll, picture, poll::Poll, removal},
    pictures,
};

use crate::{
    helpers::{
        app::{Answer, App, Organiser, WithSettings as _, form, new_poll},
        database::TestDatabase,
        fields::Fields,
        on_both,
    },
    organiser::pictures::{file, halves},
};

on_both!(
    a_form_that_is_sent_twice_makes_one_poll,
    a_form_that_was_changed_makes_another_poll,
    a_form_makes_its_poll_again_after_that_was_deleted,
    a_copy_is_created_once,
    a_copy_that_broke_off_gets_its_pictures,
    invitations_are_created_once_and_can_be_shown_again,
    invitations_are_shown_to_their_organiser_for_an_hour,
    what_was_revoked_is_not_shown_again,
);

fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    answer.header("location").unwrap().to_owned()
}

/// The key of a page's only form that has one.
fn key(page: &Answer) -> String {
    let parts: Vec<&str> = page.body.split(r#"name="key" value=""#).collect();
    assert_eq!(parts.len(), 2, "{}", page.body);
    let key = parts[1].split('"').next().unwrap();
    assert_eq!(key.len(), 22, "128 bits");
    key.to_owned()
}

/// The form of a new poll, filled in.
async fn blank(ada: &Organiser<'_>) -> Fields {
    let page = ada.get("/polls/new").await;
    key(&page);
    let then = Fields::of(&page.body, "poll").with("then", "publish");
    then.with("title", "Tea or coffee?")
        .with("choices", "Tea\nCoffee")
        .with("eligibility", "open")
        .with("listed", "yes")
}

async fn polls(app: &App) -> i64 {
    app.database.number("SELECT count(*) FROM polls").await
}

async fn own(app: &App, slug: &str, eligibility: Eligibility) -> Poll {
    let ada = urna::models::organiser::Organiser::find(&mut app.db().await, "ada").await.unwrap().unwrap();
    app.create(&NewPoll {
        organiser_id: Some(ada.id),
        ..new_poll(slug, &["gummi", "pita"]).with(|s| s.eligibility = eligibility)
    })
    .await
}

async fn a_form_that_is_sent_twice_makes_one_poll(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    let twin = app.twin().await;
    let there = twin.sign_in("ada").await;
    for (slug, listed) in [("", true), ("picked", true), ("", false), ("secret", false)] {
        let before = polls(&app).await;
        let mut fields = blank(&ada).await.with("slug", slug);
        if !listed {
            fields = fields.without("listed");
        }
        let body = fields.body();
        // All at once, in two processes; and once more when the answer was lost.
        let sent = (0..8).map(|n| if n % 2 == 0 { ada.post("/polls", &body) } else { there.post("/polls", &body) });
        let first = place(&join_all(sent).await[0]);
        assert!(first.ends_with("/manage#published"), "{first}");
        for organiser in [&ada, &there] {
            assert_eq!(place(&organiser.post("/polls", &body).await), first);
        }
        assert_eq!(polls(&app).await, before + 1, "{slug}");
    }
    // The key is of no use to another organiser, and a form without one makes what it says.
    let before = polls(&app).await;
    let fields = blank(&ada).await;
    let first = place(&ada.post("/polls", &fields.body()).await);
    assert_ne!(place(&bob.post("/polls", &fields.body()).await), first);
    for _ in 0..2 {
        place(&ada.post("/polls", &fields.clone().without("key").body()).await);
    }
    assert_eq!(polls(&app).await, before + 4);
    // A draft is no exception, and a form that was refused keeps its key.
    let draft = blank(&ada).await.with("then", "draft");
    let refused = ada.post("/polls", &draft.clone().with("title", "").body()).await;
    assert_eq!(refused.status, Status::UnprocessableEntity);
    let again = Fields::of(&refused.body, "poll").with("title", "Milk?").with("then", "draft");
    assert_eq!(again.get("key"), draft.get("key"));
    let first = place(&ada.post("/polls", &again.body()).await);
    assert_eq!(place(&ada.post("/polls", &again.body()).await), first);
    assert_eq!(polls(&app).await, before + 5);
}

async fn a_form_that_was_changed_makes_another_poll(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await;
    assert_eq!(place(&ada.post("/polls", &fields.body()).await), "/polls/tea-or-coffee/manage#published");
    // Back, another question, and Publish: nothing that was typed is lost.
    let other = fields.clone().with("title", "Where?");
    assert_eq!(place(&ada.post("/polls", &other.body()).await), "/polls/where/manage#published");
    // A name can't be moved from one field to the next.
    let moved = fields.clone().with("title", "Tea or").with("description", "coffee?");
    assert_eq!(place(&ada.post("/polls", &moved.body()).await), "/polls/tea-or/manage#published");
    assert_eq!(polls(&app).await, 3);
    // An hour later the form is a new one.
    app.database.execute("UPDATE creations SET created_at = '2020-01-01 00:00:00'").await;
    assert_eq!(place(&ada.post("/polls", &fields.body()).await), "/polls/tea-or-coffee-2/manage#published");
    assert_eq!(app.database.number("SELECT count(*) FROM creations").await, 1, "old ones are forgotten");
}

async fn a_form_makes_its_poll_again_after_that_was_deleted(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let body = blank(&ada).await.with("slug", "tea").body();
    place(&ada.post("/polls", &body).await);
    let poll = Poll::find_by_slug(&mut app.db().await, "tea").await.unwrap().unwrap();
    // While its rows are there, and after.
    for _ in 0..2 {
        let poll = Poll::find_by_slug(&mut app.db().await, "tea").await.unwrap().unwrap_or(poll.clone());
        poll.remove(&mut app.db().await).await.unwrap();
        assert_eq!(place(&ada.post("/polls", &body).await), "/polls/tea/manage#published");
        assert_eq!(ada.get("/polls/tea/manage").await.status, Status::Ok);
        while removal::remove_some(&mut app.db().await).await.unwrap() {}
    }
    assert_eq!((polls(&app).await, app.database.number("SELECT count(*) FROM creations").await), (1, 1));
}

async fn a_copy_is_created_once(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for slug in ["tea", "milk"] {
        own(&app, slug, Eligibility::Open).await;
    }
    let first = form(&[("key", &key(&ada.get("/polls/tea/manage").await))]);
    let all = join_all((0..4).map(|_| ada.post("/polls/tea/copies", &first))).await;
    for answer in &all {
        assert_eq!(place(answer), "/polls/tea-2/edit#copied");
    }
    // The page gives a new key each time, and a key is good for one poll.
    let second = form(&[("key", &key(&ada.get("/polls/tea/manage").await))]);
    assert_eq!(place(&ada.post("/polls/tea/copies", &second).await), "/polls/tea-3/edit#copied");
    assert_eq!(place(&ada.post("/polls/milk/copies", &second).await), "/polls/milk-2/edit#copied");
    assert_eq!(polls(&app).await, 5);
}

async fn a_copy_that_broke_off_gets_its_pictures(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let tea = own(&app, "tea", Eligibility::Open).await;
    let mut db = app.db().await;
    let picture = pictures::convert(&file(&halves(7, 7), ImageFormat::Png)).unwrap();
    assert!(picture::set(&mut db, &tea, "gummi", &picture, "Two halves").await.unwrap());
    let copied = "SELECT count(*) FROM pictures WHERE poll_id = (SELECT id FROM polls WHERE slug = 'tea-2')";
    let body = form(&[("key", &key(&ada.get("/polls/tea/manage").await))]);
    app.database.execute("ALTER TABLE pictures RENAME TO away").await;
    assert_eq!(ada.post("/polls/tea/copies", &body).await.status, Status::ServiceUnavailable);
    app.database.execute("ALTER TABLE away RENAME TO pictures").await;
    assert_eq!((polls(&app).await, app.database.number(copied).await), (2, 0));
    // Sent again, the form gives the same copy, now whole.
    for _ in 0..2 {
        assert_eq!(place(&ada.post("/polls/tea/copies", &body).await), "/polls/tea-2/edit#copied");
        assert_eq!((polls(&app).await, app.database.number(copied).await), (2, 1));
    }
    tea.delete(&mut db).await.unwrap();
    assert!(ada.get("/polls/tea-2").await.body.contains(&picture.hash));
    assert_eq!(app.get(&format!("/pictures/{}/large", picture.hash)).await.status, Status::Ok);
}

async fn invitations_are_created_once_and_can_be_shown_again(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for slug in ["tea", "milk"] {
        own(&app, slug, Eligibility::Invitation).await;
    }
    let key = key(&ada.get("/polls/tea/invitations").await);
    let body = form(&[("number", "20"), ("key", &key)]);
    let created = async || app.database.number("SELECT count(*) FROM invitations").await;
    let first = place(&ada.post("/polls/tea/invitations", &body).await);
    for answer in join_all((0..4).map(|_| ada.post("/polls/tea/invitations", &body))).await {
        assert_eq!(place(&answer), first);
    }
    assert_eq!((created().await, app.database.number("SELECT invited FROM polls WHERE slug = 'tea'").await), (20, 20));
    // Reading the page makes none, and it shows the same ones in every process.
    let sheet = ada.get(&first).await;
    assert_eq!((sheet.status, sheet.header("cache-control")), (Status::Ok, Some("no-store")));
    let twin = app.twin().await;
    for page in [ada.get(&first).await, twin.sign_in("ada").await.get(&first).await] {
        assert_eq!(page.body, sheet.body);
    }
    assert_eq!((sheet.body.matches("class=\"code\"").count(), created().await), (20, 20));
    // Another number is another set, and so is another poll.
    let more = place(&ada.post("/polls/tea/invitations", &form(&[("number", "5"), ("key", &key)])).await);
    assert_ne!(more, first);
    let other = place(&ada.post("/polls/milk/invitations", &body).await);
    let code = |page: &Answer| page.body.split("class=\"code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let codes = [code(&sheet), code(&ada.get(&more).await), code(&ada.get(&other).await)];
    assert!(codes[0] != codes[1] && codes[1] != codes[2] && codes[0] != codes[2], "{codes:?}");
    assert_eq!(created().await, 45);
    // Without a key, or with one that no page gives, each form makes its own.
    for body in ["number=1", "number=1", "number=1&key=../..", "number=1&key="] {
        assert_eq!(ada.get(&place(&ada.post("/polls/tea/invitations", body).await)).await.status, Status::Ok, "{body}");
    }
    assert_eq!(created().await, 49);
    // The sheet shows what is on it: each of its codes opens the poll.
    for code in sheet.body.split("class=\"code\">").skip(1).map(|rest| rest.split('<').next().unwrap()) {
        let vote = app.add(&form(&[("poll", "tea"), ("vote", "gummi"), ("code", code)])).await;
        assert_eq!(vote.status, Status::SeeOther);
    }
    assert_eq!(ada.get(&first).await.body.matches("class=\"code\"").count(), 20, "it does not tell who has voted");
    // A page that was open for long makes others, and never the same codes again.
    app.database.execute("UPDATE creations SET created_at = '2020-01-01 00:00:00'").await;
    let later = place(&ada.post("/polls/tea/invitations", &body).await);
    assert_ne!(later, first);
    assert_ne!(code(&ada.get(&later).await), codes[0]);
    assert_eq!(created().await, 69);
}

async fn invitations_are_shown_to_their_organiser_for_an_hour(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    for slug in ["tea", "milk"] {
        own(&app, slug, Eligibility::Invitation).await;
    }
    let sheet = place(&ada.post("/polls/tea/invitations", "number=2").await);
    assert_eq!(bob.get(&sheet).await.status, Status::NotFound);
    assert!(place(&app.get(&sheet).await).starts_with("/session?to="));
    for wrong in [
        sheet.replace("number=2", "number=3"),
        sheet.replace("number=2", "number=99999999999"),
        sheet.replace("number=2", "number=-1"),
        sheet.replace("number=2", "number="),
        sheet.replace("?number=2", ""),
        sheet.replace("/tea/", "/milk/"),
        "/polls/tea/invitations/AAAAAAAAAAAAAAAAAAAAAA?number=2".to_owned(),
        "/polls/tea/invitations/%00?number=2".to_owned(),
    ] {
        let answer = ada.get(&wrong).await;
        assert!(matches!(answer.status, Status::NotFound | Status::UnprocessableEntity), "{wrong}: {}", answer.status);
        assert!(!answer.body.contains("class=\"code\""));
    }
    // Nothing in the database leads to a code.
    let columns = "SELECT count(*) FROM creations WHERE length(hash) = 32";
    assert_eq!(app.database.number(columns).await, 1);
    let ago = |minutes: i64| {
        let moment = urna::models::now() - chrono::TimeDelta::minutes(minutes);
        format!("UPDATE creations SET created_at = '{}'", moment.format("%Y-%m-%d %H:%M:%S%.6f"))
    };
    app.database.execute(&ago(59)).await;
    assert_eq!(ada.get(&sheet).await.status, Status::Ok);
    app.database.execute(&ago(61)).await;
    let over = ada.get(&sheet).await;
    assert_eq!(over.status, Status::NotFound);
    assert!(over.body.contains("These invitations are not shown any more."), "{}", over.body);
}

async fn what_was_revoked_is_not_shown_again(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    own(&app, "tea", Eligibility::Invitation).await;
    let sheet = place(&ada.post("/polls/tea/invitations", "number=3").await);
    let page = ada.get(&sheet).await;
    let codes: Vec<&str> =
        page.body.split("class=\"code\">").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    ada.send(Method::Delete, "/polls/tea/invitations", &form(&[("code", codes[1])])).await;
    let left = ada.get(&sheet).await;
    assert!(left.body.contains("<h1>2 invitations</h1>"), "{}", left.body);
    assert!(left.body.contains(codes[0]) && !left.body.contains(codes[1]) && left.body.contains(codes[2]));
    ada.send(Method::Delete, "/polls/tea/invitations", "which=all").await;
    let left = ada.get(&sheet).await;
    assert!(left.status == Status::Ok && left.body.contains("<h1>0 invitations</h1>"), "{}", left.body);
}
