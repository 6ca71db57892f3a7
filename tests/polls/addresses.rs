//! Addresses of polls: mistyped ones, former ones, and those of polls that are being deleted.

use rocket::http::{Method, Status};
use urna::{
    models::{
        lifecycle::UpdateError,
        new_poll::NewPoll,
        organiser, picture,
        poll::{Definition, Poll, Which},
        removal,
    },
    web::Error,
};

use crate::helpers::{
    app::{Answer, App, Organiser, new_poll},
    database::{Stored, TestDatabase},
    fields::Fields,
    on_both,
};

on_both!(
    a_mistyped_address_leads_to_the_poll,
    a_former_address_leads_to_where_the_poll_stands_now,
    a_poll_at_a_former_address_goes_first,
    a_former_address_gives_no_secret_away,
    a_vote_that_was_begun_at_a_former_address_counts,
    a_poll_that_is_being_deleted_is_not_there,
);

/// That an answer leads to this address, with the same method, and is kept by nobody.
fn leads_to(answer: &Answer, address: &str) {
    let place = (answer.status, answer.header("location"));
    assert_eq!(place, (Status::TemporaryRedirect, Some(address)), "{}", answer.body);
}

fn goes_to(answer: &Answer, address: &str) {
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some(address)), "{}", answer.body);
}

/// A published poll of an organiser's.
async fn own(app: &App, uid: &str, slug: &str) -> Poll {
    let organiser = organiser::Organiser::find(&mut app.db().await, uid).await.unwrap().unwrap();
    app.create(&NewPoll { organiser_id: Some(organiser.id), ..new_poll(slug, &["gummi", "pita"]) }).await
}

/// The form of a new poll, filled in.
async fn blank(ada: &Organiser<'_>, title: &str) -> Fields {
    Fields::of(&ada.get("/polls/new").await.body, "poll")
        .with("title", title)
        .with("choices", "A\nB")
        .with("eligibility", "open")
        .with("listed", "yes")
}

/// Gives a poll another address by its form.
async fn move_to(ada: &Organiser<'_>, slug: &str, new: &str) {
    let page = ada.get(&format!("/polls/{slug}/edit")).await;
    let fields = Fields::of(&page.body, "poll").with("slug", new);
    goes_to(&ada.put(&format!("/polls/{slug}"), &fields.body()).await, &format!("/polls/{new}/manage#saved"));
}

async fn a_mistyped_address_leads_to_the_poll(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    own(&app, "ada", "first").await;
    for typed in [
        "First",
        "FIRST",
        "first.",
        "first,",
        "first)",
        "(first)",
        "first%20",
        "first%E2%80%8B",
        "First!",
        "%EF%BD%86irst",
    ] {
        leads_to(&app.get(&format!("/polls/{typed}")).await, "/polls/first");
        leads_to(&app.get(&format!("/polls/{typed}/results")).await, "/polls/first/results");
        leads_to(&app.get(&format!("/polls/{typed}?page=2&q=a%20b")).await, "/polls/first?page=2&q=a%20b");
        leads_to(&ada.get(&format!("/polls/{typed}/manage")).await, "/polls/first/manage");
    }
    leads_to(&app.get("/polls/First/results/profile.csv").await, "/polls/first/results/profile.csv");
    for unknown in ["Second", "second.", "fir.st", "first-", "first%2Fx", "New.", "..", "%FF", "removed%2F1"] {
        assert_eq!(app.get(&format!("/polls/{unknown}")).await.status, Status::NotFound, "{unknown}");
    }
    // A draft is nobody's to know of.
    app.create(&NewPoll { draft: true, ..new_poll("draft", &["a", "b"]) }).await;
    for typed in ["Draft", "draft."] {
        assert_eq!(app.get(&format!("/polls/{typed}")).await.bytes(), app.get("/polls/unknown").await.bytes());
    }
}

async fn a_former_address_leads_to_where_the_poll_stands_now(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    own(&app, "ada", "tea").await;
    move_to(&ada, "tea", "coffee").await;
    for slug in ["tea", "Tea", "tea."] {
        leads_to(&app.get(&format!("/polls/{slug}")).await, "/polls/coffee");
    }
    leads_to(&app.get("/polls/tea/results/report.txt").await, "/polls/coffee/results/report.txt");
    leads_to(&ada.get("/polls/tea/edit").await, "/polls/coffee/edit");
    leads_to(&ada.post("/polls/tea/closure", "when=now").await, "/polls/coffee/closure");
    assert_eq!(app.get("/polls/coffee").await.status, Status::Ok);
    // Any number of times, also through another process, and back again.
    move_to(&ada, "coffee", "water").await;
    let twin = app.twin().await;
    for slug in ["tea", "coffee"] {
        leads_to(&twin.get(&format!("/polls/{slug}")).await, "/polls/water");
    }
    move_to(&ada, "water", "tea").await;
    assert_eq!(app.get("/polls/tea").await.status, Status::Ok);
    for slug in ["coffee", "water"] {
        leads_to(&app.get(&format!("/polls/{slug}")).await, "/polls/tea");
    }
    // With the poll they are gone.
    assert_eq!(ada.delete("/polls/tea").await.status, Status::SeeOther);
    for slug in ["tea", "coffee", "water"] {
        assert_eq!(app.get(&format!("/polls/{slug}")).await.status, Status::NotFound, "{slug}");
    }
    while removal::remove_some(&mut app.db().await).await.unwrap() {}
    assert_eq!(app.database.number("SELECT count(*) FROM former_addresses").await, 0);
}

async fn a_poll_at_a_former_address_goes_first(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    own(&app, "ada", "tea").await;
    move_to(&ada, "tea", "old-tea").await;
    // A name that comes from a question leaves the old links alone; one that is picked does not.
    let created = ada.post("/polls", &blank(&ada, "Tea").await.with("then", "publish").body()).await;
    goes_to(&created, "/polls/tea-2/manage#published");
    leads_to(&app.get("/polls/tea").await, "/polls/old-tea");
    own(&app, "ada", "tea").await;
    assert_eq!(app.get("/polls/tea").await.status, Status::Ok);
    // The last one that stood there is meant.
    move_to(&ada, "tea", "new-tea").await;
    leads_to(&app.get("/polls/tea").await, "/polls/new-tea");
    assert_eq!(app.get("/polls/old-tea").await.status, Status::Ok);
    // A draft of somebody's there is not to be seen: for others the link does what it did.
    let draft = blank(&bob, "Tea").await.with("slug", "tea").with("then", "draft");
    goes_to(&bob.post("/polls", &draft.body()).await, "/polls/tea/manage#saved");
    leads_to(&app.get("/polls/tea").await, "/polls/new-tea");
    leads_to(&app.get("/polls/tea/results").await, "/polls/new-tea/results");
    assert_eq!(bob.get("/polls/tea").await.status, Status::Ok);
}

async fn a_former_address_gives_no_secret_away(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    own(&app, "ada", "tea").await;
    move_to(&ada, "tea", "coffee").await;
    // Taken off the list under a new address, it is not found by those that everybody knows.
    let page = ada.get("/polls/coffee/edit").await;
    let fields = Fields::of(&page.body, "poll").with("slug", "secret-4711").without("listed");
    goes_to(&ada.put("/polls/coffee", &fields.body()).await, "/polls/secret-4711/manage#saved");
    for slug in ["tea", "coffee"] {
        assert_eq!(app.get(&format!("/polls/{slug}")).await.status, Status::NotFound, "{slug}");
    }
    // The same in two steps: first off the list, then away.
    own(&app, "ada", "public").await;
    let page = ada.get("/polls/public/edit").await;
    let fields = Fields::of(&page.body, "poll").without("listed");
    goes_to(&ada.put("/polls/public", &fields.body()).await, "/polls/public/manage#saved");
    move_to(&ada, "public", "secret-0815").await;
    move_to(&ada, "secret-0815", "secret-0816").await;
    assert_eq!(app.get("/polls/public").await.status, Status::NotFound);
    leads_to(&app.get("/polls/secret-0815").await, "/polls/secret-0816");
    // On the list again, it is nobody's secret.
    let page = ada.get("/polls/secret-0816/edit").await;
    let fields = Fields::of(&page.body, "poll").with("listed", "yes");
    goes_to(&ada.put("/polls/secret-0816", &fields.body()).await, "/polls/secret-0816/manage#saved");
    leads_to(&app.get("/polls/public").await, "/polls/secret-0816");
    // Those who have its link find it when it moves again.
    move_to(&ada, "secret-4711", "secret-4712").await;
    leads_to(&app.get("/polls/secret-4711").await, "/polls/secret-4712");
    // Nobody has the link of a draft.
    let draft = blank(&ada, "Milk").await.with("slug", "milk").with("then", "draft");
    goes_to(&ada.post("/polls", &draft.body()).await, "/polls/milk/manage#saved");
    move_to(&ada, "milk", "cream").await;
    assert_eq!(ada.post("/polls/cream/publication", "").await.status, Status::SeeOther);
    assert_eq!(app.get("/polls/milk").await.status, Status::NotFound);
    assert_eq!(app.database.number("SELECT count(*) FROM former_addresses WHERE slug = 'milk'").await, 0);
}

async fn a_vote_that_was_begun_at_a_former_address_counts(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    app.poll("featured", &["a", "b"]).await;
    own(&app, "ada", "tea").await;
    let twin = app.twin().await;
    for app in [&app, &twin] {
        assert_eq!(app.get("/polls/tea").await.status, Status::Ok);
    }
    move_to(&ada, "tea", "coffee").await;
    for app in [&app, &twin] {
        goes_to(&app.add("poll=tea&vote=gummi").await, "/polls/coffee#counted");
        assert_eq!(app.add("poll=tea&vote=nothing").await.status, Status::UnprocessableEntity);
    }
    assert_eq!(app.tally("/polls/coffee").await, [2, 0]);
    // Somebody's draft there changes nothing for those who vote.
    let bob = app.organiser("bob").await;
    let draft = blank(&bob, "Mine").await.with("slug", "tea").with("then", "draft");
    goes_to(&bob.post("/polls", &draft.body()).await, "/polls/tea/manage#saved");
    for app in [&app, &app.twin().await] {
        goes_to(&app.add("poll=tea&vote=gummi").await, "/polls/coffee#counted");
        assert_eq!(app.add("poll=tea&vote=%FF").await.status, Status::BadRequest);
    }
    assert_eq!(app.tally("/polls/coffee").await, [4, 0]);
    assert_eq!(app.add("poll=unknown&vote=gummi").await.status, Status::NotFound);
}

/// What an organiser does to a poll that somebody deletes between the look at it and the change.
async fn a_poll_that_is_being_deleted_is_not_there(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    app.poll("featured", &["a", "b"]).await;
    let mut db = app.db().await;
    let poll = own(&app, "ada", "tea").await;
    let draft = NewPoll { draft: true, organiser_id: poll.organiser_id, ..new_poll("draft", &["a", "b"]) };
    let draft = app.create(&draft).await;
    let definition = Definition::find(&mut db, &Which::Slug("tea".into())).await.unwrap().unwrap();
    poll.remove(&mut db).await.unwrap();
    draft.remove(&mut db).await.unwrap();
    // Twice: with its rows there, and with its rows gone.
    for _ in 0..2 {
        let gone = |error: diesel::result::Error| {
            assert_eq!(error, diesel::result::Error::NotFound);
            assert!(matches!(Error::from(error), Error::Plain(Status::NotFound, ..)));
        };
        gone(draft.publish(&mut db).await.unwrap_err());
        gone(poll.copy(&mut db, "copy".into(), None).await.unwrap_err());
        gone(poll.feature(&mut db).await.unwrap_err());
        gone(poll.close(&mut db, None).await.unwrap_err());
        gone(poll.reopen(&mut db).await.unwrap_err());
        gone(poll.invite(&mut db, vec![[7; 32]], None).await.unwrap_err());
        gone(poll.revoke(&mut db, None).await.unwrap_err());
        gone(picture::remove(&mut db, &poll, "gummi").await.unwrap_err());
        match definition.update(&mut db, &new_poll("tea", &["gummi", "pita"]), true).await {
            Err(UpdateError::Query(error)) => gone(error),
            other => panic!("{other:?}"),
        }
        while removal::remove_some(&mut db).await.unwrap() {}
    }
    assert!(app.get("/").await.body.contains("Which of featured?"), "the first page keeps its poll");
    for (method, path) in [
        (Method::Post, "publication"),
        (Method::Post, "copies"),
        (Method::Post, "feature"),
        (Method::Post, "closure"),
        (Method::Delete, "closure"),
        (Method::Get, "manage"),
    ] {
        assert_eq!(ada.send(method, &format!("/polls/tea/{path}"), "").await.status, Status::NotFound, "{path}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 1);
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}
