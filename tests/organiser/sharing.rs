//! Sharing a poll: its short address, its QR codes, its poster, and its end in a calendar.

use rocket::http::Status;
use urna::{
    db::Connection,
    models::{eligibility::Eligibility, organiser::Organiser as Account, poll::Poll, short_address},
};

use crate::helpers::{
    app::{App, Organiser, WithSettings as _, new_poll},
    database::TestDatabase,
    fields::Fields,
    on_both,
};

on_both!(
    a_short_address_leads_to_the_poll,
    an_unlisted_poll_gets_another_short_address,
    each_poll_keeps_its_own_short_address,
    a_draft_and_a_poll_by_invitation_have_no_short_address,
    qr_codes_and_the_poster_have_the_short_address,
    only_its_organiser_shares_a_poll,
    the_end_of_a_poll_goes_into_a_calendar,
);

/// A poll of Ada's.
async fn own(app: &App, slug: &str, eligibility: Eligibility) -> Poll {
    let ada = Account::find(&mut app.db().await, "ada").await.unwrap().unwrap();
    let new = new_poll(slug, &["tea", "coffee"]).with(|settings| settings.eligibility = eligibility);
    app.create(&urna::models::new_poll::NewPoll { organiser_id: Some(ada.id), ..new }).await
}

/// The code of the short address on the page where a poll is managed.
async fn code(ada: &Organiser<'_>, slug: &str) -> Option<String> {
    let page = ada.get(&format!("/polls/{slug}/manage")).await.body;
    let link = page.split("class=\"short\"><a href=\"").nth(1)?.split('"').next()?;
    Some(link.rsplit('/').next()?.to_owned())
}

async fn of(db: &mut Connection, poll: &Poll) -> Option<String> {
    short_address::of(db, poll.id).await.unwrap()
}

async fn a_short_address_leads_to_the_poll(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    own(&app, "drinks", Eligibility::Browser).await;
    let code = code(&ada, "drinks").await.unwrap();
    assert_eq!(code.len(), 6, "{code}");
    for typed in [code.clone(), code.to_uppercase()] {
        let answer = app.get(&format!("/{typed}")).await;
        assert_eq!((answer.status, answer.header("location")), (Status::Found, Some("/polls/drinks")), "{typed}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert!(app.get("/polls/drinks").await.body.contains("tea"));
    // It follows the poll to another address.
    app.database.execute("UPDATE polls SET slug = 'cups' WHERE slug = 'drinks'").await;
    assert_eq!(app.get(&format!("/{code}")).await.header("location"), Some("/polls/cups"));
    // Others of the same form lead nowhere, and what has another form is a page that is not there.
    let other = if code == "bbbbbb" { "cccccc" } else { "bbbbbb" };
    let (other, page) = (app.get(&format!("/{other}")).await, app.get("/nowhere").await);
    assert_eq!((other.status, page.status), (Status::NotFound, Status::NotFound));
    assert!(other.body.contains("There is no poll at this short address."), "{}", other.body);
    assert!(!page.body.contains("short address"), "{}", page.body);
    app.database.execute("DELETE FROM polls").await;
    assert_eq!(app.get(&format!("/{code}")).await.status, Status::NotFound);
}

async fn an_unlisted_poll_gets_another_short_address(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let poll = own(&app, "drinks", Eligibility::Browser).await;
    assert!(poll.settings.listed);
    let known = code(&ada, "drinks").await.unwrap();
    let page = ada.get("/polls/drinks/edit").await;
    let fields = Fields::of(&page.body, "poll").without("listed");
    let answer = ada.put("/polls/drinks", &fields.body()).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    assert_eq!(app.get(&format!("/{known}")).await.status, Status::NotFound, "everybody knows it");
    let slug = answer.header("location").unwrap().split('/').nth(2).unwrap().to_owned();
    let new = code(&ada, &slug).await.unwrap();
    assert_ne!(new, known);
    assert_eq!(app.get(&format!("/{new}")).await.status, Status::Found);
    // Who tries codes is answered nothing after a while, not even for a right one.
    for _ in 0..30 {
        app.get("/bbbbbb").await;
    }
    let answer = app.get(&format!("/{new}")).await;
    assert_eq!(answer.status, Status::TooManyRequests);
    assert!(answer.body.contains("Too many short addresses from your network were wrong."), "{}", answer.body);
}

async fn each_poll_keeps_its_own_short_address(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let (one, other) = (own(&app, "one", Eligibility::Open).await, own(&app, "other", Eligibility::Open).await);
    let codes = [code(&ada, "one").await.unwrap(), code(&ada, "other").await.unwrap()];
    assert_ne!(codes[0], codes[1]);
    assert_eq!([code(&ada, "one").await.unwrap(), code(&ada, "other").await.unwrap()], codes);
    // A code that is taken, or a second one of a poll, changes nothing.
    let mut db = app.db().await;
    short_address::insert(&mut db, other.id, &codes[0]).await.unwrap();
    short_address::insert(&mut db, one.id, "bcdfgh").await.unwrap();
    assert_eq!((of(&mut db, &one).await, of(&mut db, &other).await), (Some(codes[0].clone()), Some(codes[1].clone())));
    // A copy has its own.
    let key = ada.get("/polls/one/manage").await.body;
    let key = key.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let answer = ada.post("/polls/one/copies", &format!("key={key}")).await;
    let copy = answer.header("location").unwrap().split('/').nth(2).unwrap().to_owned();
    let copy = Poll::find_by_slug(&mut db, &copy).await.unwrap().unwrap();
    assert_eq!(of(&mut db, &copy).await, None, "a draft");
    let answer = ada.post(&format!("/polls/{}/publication", copy.slug), "").await;
    assert_eq!(answer.status, Status::SeeOther);
    let of_copy = code(&ada, &copy.slug).await.unwrap();
    assert!(!codes.contains(&of_copy));
}

async fn a_draft_and_a_poll_by_invitation_have_no_short_address(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let poll = own(&app, "committee", Eligibility::Invitation).await;
    assert_eq!(code(&ada, "committee").await, None);
    let page = ada.get("/polls/committee/poster").await;
    assert!(page.body.contains("/polls/committee</p>"), "{}", page.body);
    assert_eq!(of(&mut app.db().await, &poll).await, None);
    // One that a poll had before is silent.
    let poll = own(&app, "open", Eligibility::Open).await;
    let code = code(&ada, "open").await.unwrap();
    for hidden in ["draft = TRUE", "draft = FALSE, credential = 'invitation'"] {
        app.database.execute(&format!("UPDATE polls SET {hidden} WHERE id = {}", poll.id)).await;
        assert_eq!(app.get(&format!("/{code}")).await.status, Status::NotFound, "{hidden}");
    }
    app.database.execute(&format!("UPDATE polls SET draft = TRUE, credential = 'open' WHERE id = {}", poll.id)).await;
    for part in ["poster", "qr.svg", "qr.png"] {
        assert_eq!(ada.get(&format!("/polls/open/{part}")).await.status, Status::Conflict, "{part}");
    }
}

async fn qr_codes_and_the_poster_have_the_short_address(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    own(&app, "drinks", Eligibility::Open).await;
    let code = code(&ada, "drinks").await.unwrap();
    let link = format!("https://localhost/{code}");
    let svg = ada.get("/polls/drinks/qr.svg").await;
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    assert_eq!(Some(svg.body), urna::codes::qr(&link));
    let page = ada.get("/polls/drinks/poster").await;
    assert_eq!(page.status, Status::Ok);
    assert!(page.body.contains(&format!("<p class=\"typed\">localhost/{code}</p>")), "{}", page.body);
    assert!(page.body.contains(&urna::codes::qr(&link).unwrap()), "{}", page.body);
    assert!(page.body.contains("https://localhost</code>"), "the address of this computer only: {}", page.body);
    let png = ada.get("/polls/drinks/qr.png").await;
    assert_eq!((png.status, png.header("content-type")), (Status::Ok, Some("image/png")));
    assert!(page.body.contains("Vote at") && !page.body.contains("Read the result at"), "{}", page.body);
    ada.post("/polls/drinks/closure", "").await;
    let page = ada.get("/polls/drinks/poster").await;
    assert!(page.body.contains("Read the result at") && !page.body.contains("Vote at"), "{}", page.body);
}

async fn only_its_organiser_shares_a_poll(database: TestDatabase) {
    let app = App::start(database).await;
    let _ada = app.organiser("ada").await;
    let bob = app.organiser("bob").await;
    own(&app, "drinks", Eligibility::Open).await;
    for part in ["poster", "qr.svg", "qr.png"] {
        let address = format!("/polls/drinks/{part}");
        assert_eq!(bob.get(&address).await.status, Status::NotFound, "{part}");
        let answer = app.stranger().get(&address).await;
        assert_eq!(answer.status, Status::SeeOther, "{part}");
        assert!(answer.header("location").unwrap().starts_with("/session"), "{part}");
    }
}

async fn the_end_of_a_poll_goes_into_a_calendar(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let poll = own(&app, "drinks", Eligibility::Open).await;
    let address = "/polls/drinks/closing.ics";
    let answer = app.get(address).await;
    assert_eq!(answer.status, Status::NotFound);
    assert!(answer.body.contains("This poll has no closing time."), "{}", answer.body);
    assert!(!app.get("/polls/drinks").await.body.contains(address));
    let answer = ada.post("/polls/drinks/closure", "when=later&at=2999-05-03T09:30").await;
    assert_eq!(answer.header("location"), Some("/polls/drinks/manage#scheduled"));
    app.database.execute(&format!("UPDATE polls SET title = 'Tea, or coffee?' WHERE id = {}", poll.id)).await;
    app.database.execute(&format!("UPDATE polls SET revision = revision + 1 WHERE id = {}", poll.id)).await;
    let page = app.get("/polls/drinks").await.body;
    assert!(page.contains(address) && page.contains("data-left"), "{page}");
    let file = app.get(address).await;
    assert_eq!((file.status, file.header("content-type")), (Status::Ok, Some("text/calendar")));
    for line in [
        "BEGIN:VCALENDAR",
        "DTSTART:29990503T093000Z",
        "SUMMARY:Last moment to vote: Tea\\, or coffee?",
        "URL:https://localhost/polls/drinks",
        "END:VCALENDAR",
    ] {
        assert!(file.body.contains(&format!("{line}\r\n")), "{line}: {}", file.body);
    }
    app.database
        .execute(&format!("UPDATE polls SET draft = TRUE, revision = revision + 1 WHERE id = {}", poll.id))
        .await;
    assert_eq!(app.get(address).await.status, Status::NotFound, "a draft");
}
