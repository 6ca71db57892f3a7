//! The organiser's pages under a poll's address: trying, publishing, closing, copying, featuring, deleting.

use std::time::Duration;

use rocket::{
    http::{Method, Status},
    tokio::time::sleep,
};

use super::creating::{blank, draft, goes_to, published};
use crate::helpers::{
    app::{App, Organiser, form, new_poll},
    database::{Stored, TestDatabase},
    fields::Fields,
    on_both,
};

on_both!(
    a_draft_is_seen_and_tried_by_its_organiser_alone,
    publishing_again_clears_nothing,
    a_draft_whose_end_is_past_is_not_published,
    a_poll_opens_when_it_is_there_at_the_earliest,
    a_test_ballot_uses_no_invitation,
    another_organisers_poll_is_not_found,
    without_a_session_nothing_is_created_or_changed,
    no_page_of_an_organiser_is_kept,
    a_poll_is_closed_and_opened_again,
    a_poll_is_closed_by_a_date,
    a_zone_of_old_keeps_its_dates,
    what_can_not_be_closed_says_so,
    a_copy_is_a_draft_without_ballots,
    a_poll_is_put_on_the_first_page,
    a_poll_is_deleted_after_a_look,
    a_poll_that_an_older_process_removed_goes_too,
);

async fn a_draft_is_seen_and_tried_by_its_organiser_alone(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    for credential in ["open", "browser", "invitation"] {
        let fields = blank(&ada).await.with("slug", credential).with("eligibility", credential).with("then", "draft");
        goes_to(&ada.post("/polls", &fields.body()).await, &format!("/polls/{credential}/manage#saved"));
        let (address, vote) = (format!("/polls/{credential}"), format!("poll={credential}&vote=green"));
        let unknown = app.get("/polls/unknown").await;
        for stranger in [app.stranger(), bob_again(&bob, &app)] {
            assert_eq!(stranger.get(&address).await.bytes(), unknown.bytes());
            let answer = stranger.post("/add", &vote).await;
            assert_eq!((answer.status, answer.body), (Status::NotFound, unknown.body.clone()));
            for bad in ["vote=nothing", "vote=", "vote=green&vote=black"] {
                let answer = stranger.post("/add", &format!("poll={credential}&{bad}")).await;
                assert_eq!((answer.status, answer.body), (Status::NotFound, unknown.body.clone()), "{bad}");
            }
        }
        for _ in 0..2 {
            goes_to(&ada.post("/add", &vote).await, &format!("{address}#counted"));
        }
        assert_eq!(ada.post("/add", &format!("poll={credential}&vote=x")).await.status, Status::UnprocessableEntity);
        let page = ada.get(&address).await;
        assert_eq!((page.status, page.header("cache-control")), (Status::Ok, Some("no-store")));
        assert!(page.body.contains("Only you see it") && page.tally() == [2, 0], "{}", page.body);
        for address in ["/polls", "/"] {
            let page = app.get(address).await;
            assert!(!page.body.contains(&format!("/polls/{credential}\"")), "{}", page.body);
        }
        let answer = ada.post(&format!("{address}/publication"), "").await;
        goes_to(&answer, &format!("{address}/manage#published"));
        assert_eq!(app.database.stored().await, Stored::of(0, 0), "Test votes are deleted");
        assert_eq!(app.tally(&address).await, [0, 0]);
        assert_eq!(app.get(&address).await.status, Status::Ok);
    }
    assert_eq!(app.tally("/").await, [0, 0], "the first that was published is on the first page");
    app.cast("open", "black").await;
    assert_eq!(app.tally("/").await, [0, 1]);
}

fn bob_again<'a>(bob: &Organiser<'a>, app: &'a App) -> Organiser<'a> {
    let again = app.stranger();
    again.set_cookie(&bob.cookie());
    again
}

async fn publishing_again_clears_nothing(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    draft(&ada, "tea").await;
    goes_to(&ada.post("/polls/tea/publication", "").await, "/polls/tea/manage#published");
    app.cast("tea", "green").await;
    goes_to(&ada.post("/polls/tea/publication", "").await, "/polls/tea/manage#published");
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
    assert_eq!(app.tally("/polls/tea").await, [1, 0]);
}

async fn a_draft_whose_end_is_past_is_not_published(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    draft(&ada, "tea").await;
    app.database.execute("UPDATE polls SET opens_at = '2026-01-01 00:00:00', closes_at = '2026-01-02 00:00:00'").await;
    goes_to(&ada.post("/polls/tea/publication", "").await, "/polls/tea/edit#past");
    assert_eq!(app.get("/polls/tea").await.status, Status::NotFound);
    assert!(ada.get("/polls/tea/edit").await.body.contains(r#"id="past""#));
}

async fn a_poll_opens_when_it_is_there_at_the_earliest(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for then in ["publish", "draft"] {
        let fields = blank(&ada).await.with("slug", then).with("opens_at", "2026-01-01T00:00").with("then", then);
        assert_eq!(ada.post("/polls", &fields.body()).await.status, Status::SeeOther);
    }
    goes_to(&ada.post("/polls/draft/publication", "").await, "/polls/draft/manage#published");
    assert_eq!(app.database.number("SELECT count(*) FROM polls WHERE opens_at < '2026-01-02 00:00:00'").await, 0);
    for slug in ["publish", "draft"] {
        app.cast(slug, "green").await;
    }
    // One that opens later stays so when it is published.
    let fields = blank(&ada).await.with("slug", "later").with("opens_at", "2036-01-01T00:00").with("then", "draft");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/later/manage#saved");
    goes_to(&ada.post("/polls/later/publication", "").await, "/polls/later/manage#published");
    assert_eq!(app.add("poll=later&vote=green").await.status, Status::Conflict);
}

async fn a_test_ballot_uses_no_invitation(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("slug", "tea").with("eligibility", "invitation").with("then", "draft");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/tea/manage#saved");
    let slips = ada.invite("tea", 2).await;
    let link = slips.body.split("/i/").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
    goes_to(&ada.post("/add", "poll=tea&vote=green").await, "/polls/tea#counted");
    let page = ada.get("/polls/tea/invitations").await;
    assert!(page.body.contains("<b>2</b> created.") && !page.body.contains("used. Which"), "{}", page.body);
    // Before it is published the link opens nothing, and votes nothing.
    assert_eq!(app.get(&format!("/i/{link}")).await.status, Status::NotFound);
    assert_eq!(app.add(&format!("poll=tea&vote=green&code={link}")).await.status, Status::NotFound);
    goes_to(&ada.post("/polls/tea/publication", "").await, "/polls/tea/manage#published");
    assert!(ada.get("/polls/tea/invitations").await.body.contains("<b>0</b> of <b>2</b> used"));
    goes_to(&app.add(&format!("poll=tea&vote=green&code={link}")).await, "/#counted");
    assert!(ada.get("/polls/tea/invitations").await.body.contains("<b>1</b> of <b>2</b> used"));
    assert_eq!(app.get("/").await.tally(), [1, 0]);
}

/// Every address of an organiser's under a poll, with the methods it takes and a form.
fn addresses(slug: &str) -> Vec<(Method, String, String)> {
    let at = |path: &str| format!("/polls/{slug}{path}");
    let edit = form(&[
        ("title", "Mine now"),
        ("choices", "One\nTwo"),
        ("eligibility", "open"),
        ("results_visibility", "always"),
        ("turnout_visibility", "always"),
        ("zone", "UTC"),
    ]);
    let mut all = Vec::new();
    for path in ["/manage", "/edit", "/deletion", "/invitations"] {
        all.push((Method::Get, at(path), String::new()));
        all.push((Method::Head, at(path), String::new()));
    }
    for (method, path, body) in [
        (Method::Put, "", edit.clone()),
        (Method::Post, "", format!("_method=put&{edit}")),
        (Method::Delete, "", String::new()),
        (Method::Post, "", "_method=delete".into()),
        (Method::Post, "/publication", String::new()),
        (Method::Post, "/feature", String::new()),
        (Method::Post, "/copies", String::new()),
        (Method::Post, "/closure", String::new()),
        (Method::Post, "/closure", "when=later&at=2999-01-01T00:00".into()),
        (Method::Post, "/closure", "when=later&at=soon".into()),
        (Method::Delete, "/closure", String::new()),
        (Method::Post, "/closure", "_method=delete".into()),
        (Method::Post, "/invitations", "number=5".into()),
        (Method::Post, "/invitations", "number=x".into()),
        (Method::Delete, "/invitations", "which=all".into()),
        (Method::Delete, "/choices/green/picture", String::new()),
    ] {
        all.push((method, at(path), body));
    }
    all
}

async fn state_of(app: &App) -> (String, i64, i64) {
    let polls = "SELECT slug || '|' || title || '|' || revision || '|' || coalesce(organiser_id, 0) FROM polls";
    let first = app.database.text(&format!("{polls} ORDER BY id LIMIT 1")).await;
    let number = async |sql| app.database.number(sql).await;
    (first, number("SELECT count(*) FROM polls").await, number("SELECT count(*) FROM invitations").await)
}

async fn another_organisers_poll_is_not_found(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    let invited = blank(&ada).await.with("slug", "tea").with("eligibility", "invitation").with("then", "publish");
    goes_to(&ada.post("/polls", &invited.body()).await, "/polls/tea/manage#published");
    app.create(&new_poll("operators", &["green", "b"])).await;
    let before = state_of(&app).await;
    for slug in ["tea", "operators"] {
        for ((method, address, body), (_, unknown, _)) in addresses(slug).into_iter().zip(addresses("unknown")) {
            let answer = bob.send(method, &address, &body).await;
            assert_eq!(answer.status, Status::NotFound, "{method} {address}: {}", answer.body);
            assert_eq!(answer.bytes(), bob.send(method, &unknown, &body).await.bytes(), "{method} {address}");
            assert!(!answer.body.contains("Which tea?"));
        }
    }
    // What is no slug at all is not found either.
    for slug in ["Tea", "tea%20", "%00", "tea%2F", "removed%2F1", "%FF", &"x".repeat(65)] {
        for (method, address, body) in addresses(slug) {
            let answer = bob.send(method, &address, &body).await;
            assert!(
                matches!(answer.status.code, 404 | 422 | 400),
                "{method} {address}: {} {}",
                answer.status,
                answer.body
            );
        }
    }
    assert_eq!(state_of(&app).await, before, "nothing was changed");
}

async fn without_a_session_nothing_is_created_or_changed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    published(&ada, "tea").await;
    let before = state_of(&app).await;
    let stranger = app.stranger();
    let mut all = addresses("tea");
    all.push((Method::Get, "/polls/new".into(), String::new()));
    all.push((Method::Post, "/polls".into(), blank(&ada).await.body()));
    for (method, address, body) in all {
        let answer = stranger.send(method, &address, &body).await;
        match method {
            Method::Get => assert_eq!(answer.status, Status::SeeOther, "{address}"),
            Method::Head => assert!(matches!(answer.status.code, 303 | 401), "{address}: {}", answer.status),
            _ => assert_eq!(answer.status, Status::Unauthorized, "{method} {address}"),
        }
        // What a stranger has sent comes back, and nothing else.
        let is_theirs = body.contains("title=");
        assert!(is_theirs || !answer.body.contains("Which tea?"), "{method} {address}");
    }
    assert_eq!(state_of(&app).await, before);
}

async fn no_page_of_an_organiser_is_kept(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let invited = blank(&ada).await.with("slug", "tea").with("eligibility", "invitation").with("then", "draft");
    goes_to(&ada.post("/polls", &invited.body()).await, "/polls/tea/manage#saved");
    let mut all = addresses("tea");
    all.push((Method::Get, "/polls/tea".into(), String::new()));
    all.push((Method::Get, "/polls/new".into(), String::new()));
    all.push((Method::Post, "/polls".into(), "title=".into()));
    all.push((Method::Put, "/polls/tea".into(), Fields(Vec::new()).with("revision", "1").body()));
    // The pages first, the deletions last.
    all.sort_by_key(|(method, address, body)| {
        (*method != Method::Get, address == "/polls/tea" && (*method == Method::Delete || body.contains("delete")))
    });
    for (method, address, body) in all {
        let answer = ada.send(method, &address, &body).await;
        if answer.status != Status::SeeOther {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {address} {}", answer.status);
            assert_eq!(answer.header("etag"), None, "{method} {address}");
        }
    }
}

async fn a_poll_is_closed_and_opened_again(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    published(&ada, "tea").await;
    app.cast("tea", "green").await;
    goes_to(&ada.post("/polls/tea/closure", "").await, "/polls/tea/manage#closed");
    assert_eq!(app.add("poll=tea&vote=green").await.status, Status::Conflict);
    let closes_at = app.database.text("SELECT closes_at FROM polls").await;
    // Once more is no error, and moves nothing.
    goes_to(&ada.post("/polls/tea/closure", "").await, "/polls/tea/manage#closed");
    goes_to(&ada.post("/polls/tea/closure", "when=later&at=2999-01-01T00:00").await, "/polls/tea/manage#closed");
    assert_eq!(app.database.text("SELECT closes_at FROM polls").await, closes_at);
    assert!(ada.get("/polls/tea/manage").await.body.contains("Open the poll again"));
    goes_to(&ada.post("/polls/tea/closure", "_method=delete").await, "/polls/tea/manage#opened");
    app.cast("tea", "black").await;
    goes_to(&ada.delete("/polls/tea/closure").await, "/polls/tea/manage#opened");
    assert_eq!(app.tally("/polls/tea").await, [1, 1]);
}

/// A poll whose zone has a name of old keeps its end when only its title is edited, and gets the name of today.
async fn a_zone_of_old_keeps_its_dates(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let zones = [
        ("US/Eastern", "America/New_York"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Etc/GMT+3", "Etc/GMT+3"),
    ];
    for (number, (old, today)) in zones.into_iter().enumerate() {
        let slug = format!("tea-{number}");
        let fields = blank(&ada).await.with("slug", &slug).with("zone", today).with("closes_at", "2036-07-01T12:00");
        goes_to(
            &ada.post("/polls", &fields.with("then", "publish").body()).await,
            &format!("/polls/{slug}/manage#published"),
        );
        let stored = |column: &str| format!("SELECT {column} FROM polls WHERE slug = '{slug}'");
        let closes_at = app.database.text(&stored("closes_at")).await;
        app.database.execute(&format!("UPDATE polls SET zone = '{old}' WHERE slug = '{slug}'")).await;
        let page = ada.get(&format!("/polls/{slug}/edit")).await;
        assert!(
            page.body.contains(&format!(" selected>{today}</option>")) || page.body.contains(" selected data-also="),
            "{old}: {}",
            page.body
        );
        let fields = Fields::of(&page.body, "poll").with("title", "Which tea, then?");
        goes_to(&ada.put(&format!("/polls/{slug}"), &fields.body()).await, &format!("/polls/{slug}/manage#saved"));
        assert_eq!(app.database.text(&stored("closes_at")).await, closes_at, "{old}");
        assert_eq!(app.database.text(&stored("zone")).await, today, "{old}");
        // Browsers that know the zone by the name of old send that one.
        let fields = blank(&ada).await.with("slug", &format!("old-{number}")).with("zone", old).with("then", "draft");
        goes_to(&ada.post("/polls", &fields.body()).await, &format!("/polls/old-{number}/manage#saved"));
        assert_eq!(app.database.text(&format!("SELECT zone FROM polls WHERE slug = 'old-{number}'")).await, today);
    }
}

async fn a_poll_is_closed_by_a_date(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("slug", "tea").with("zone", "America/New_York").with("then", "publish");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/tea/manage#published");
    let later = form(&[("when", "later"), ("at", "2036-07-01T12:00")]);
    goes_to(&ada.post("/polls/tea/closure", &later).await, "/polls/tea/manage#scheduled");
    let closes_at = app.database.text("SELECT closes_at FROM polls").await;
    assert!(closes_at.starts_with("2036-07-01 16:00:00"), "by the clock of its zone: {closes_at}");
    assert!(app.get("/polls/tea").await.body.contains("Open until <time datetime=\"2036-07-01T16:00:00Z\">"));
    for (at, sentence) in [
        ("", "Enter the closing date and time."),
        (" ", "Enter the closing date and time."),
        ("soon", "Write the date and the time like 2026-05-03T09:00."),
        ("2026-01-01T00:00", "That time is in the past. Pick a later one, or close the poll now."),
        ("2027-03-14T02:30", "The clocks in America/New_York go forward over"),
        ("2027-02-29T02:30\"><script>", "Write the date"),
    ] {
        let answer = ada.post("/polls/tea/closure", &form(&[("when", "later"), ("at", at)])).await;
        answer.assert_problems(&[("at", sentence)]);
        let value = format!("name=\"at\" type=\"datetime-local\" value=\"{}", at.split('"').next().unwrap_or_default());
        assert!(answer.body.contains(&value), "{at}: {}", answer.body);
    }
    assert_eq!(app.database.text("SELECT closes_at FROM polls").await, closes_at);
    // Up to then it is open, and the date can be dropped.
    app.cast("tea", "green").await;
    goes_to(&ada.delete("/polls/tea/closure").await, "/polls/tea/manage#opened");
    assert_eq!(app.database.number("SELECT count(*) FROM polls WHERE closes_at IS NULL").await, 1);
}

async fn what_can_not_be_closed_says_so(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    draft(&ada, "tea").await;
    let answer = ada.post("/polls/tea/closure", "").await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert!(answer.body.contains("A draft is not open, so there is nothing to close."), "{}", answer.body);
    let fields = blank(&ada).await.with("slug", "later").with("opens_at", "2998-01-01T00:00").with("then", "publish");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/later/manage#published");
    let answer = ada.post("/polls/later/closure", "").await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert!(answer.body.contains("The poll has not opened yet."), "{}", answer.body);
    let answer = ada.post("/polls/later/closure", "at=2997-12-31T23:59").await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert!(answer.body.contains("would close before it opens"), "{}", answer.body);
    assert_eq!(app.database.number("SELECT count(*) FROM polls WHERE closes_at IS NULL").await, 2);
}

async fn a_copy_is_a_draft_without_ballots(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada)
        .await
        .with("slug", "tea")
        .with("description", "*All* of it")
        .with("eligibility", "invitation")
        .with("results_visibility", "closed")
        .with("turnout_visibility", "organiser")
        .with("zone", "Asia/Tokyo")
        .with("closes_at", "2998-01-01T00:00")
        .with("then", "publish");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/tea/manage#published");
    assert_eq!(ada.invite("tea", 3).await.status, Status::Ok);
    goes_to(&ada.post("/polls/tea/copies", "").await, "/polls/tea-2/edit#copied");
    goes_to(&ada.post("/polls/tea/copies", "").await, "/polls/tea-3/edit#copied");
    goes_to(&ada.post("/polls/tea-2/copies", "").await, "/polls/tea-2-2/edit#copied");
    let (original, copy) = (ada.get("/polls/tea/edit").await, ada.get("/polls/tea-2/edit").await);
    let (original, copy) = (Fields::of(&original.body, "poll"), Fields::of(&copy.body, "poll"));
    for field in [
        "title",
        "description",
        "label-0",
        "label-1",
        "key-0",
        "key-1",
        "eligibility",
        "results_visibility",
        "turnout_visibility",
        "zone",
        "listed",
    ] {
        assert_eq!(copy.get(field), original.get(field), "{field}");
    }
    assert_eq!((copy.get("opens_at"), copy.get("closes_at")), (Some(""), Some("")));
    assert_eq!(app.get("/polls/tea-2").await.status, Status::NotFound);
    assert_eq!(app.database.number("SELECT max(invited) FROM polls WHERE draft").await, 0);
    assert_eq!(app.database.number("SELECT count(DISTINCT poll_id) FROM invitations").await, 1);
}

async fn a_poll_is_put_on_the_first_page(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    published(&ada, "tea").await;
    published(&ada, "coffee").await;
    draft(&ada, "milk").await;
    let featured = async |slug: &str| app.get("/").await.body.contains(&format!(r#"name="poll" value="{slug}""#));
    assert!(featured("tea").await);
    goes_to(&ada.post("/polls/coffee/feature", "").await, "/polls/coffee/manage#featured");
    assert!(featured("coffee").await);
    assert_eq!(ada.post("/polls/milk/feature", "").await.status, Status::Conflict);
    assert!(featured("coffee").await);
    assert_eq!(app.database.number("SELECT count(*) FROM polls WHERE featured").await, 1);
}

async fn a_poll_is_deleted_after_a_look(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    published(&ada, "tea").await;
    published(&ada, "coffee").await;
    for _ in 0..3 {
        app.cast("tea", "green").await;
    }
    app.cast("coffee", "green").await;
    let look = ada.get("/polls/tea/deletion").await;
    assert!(look.body.contains("This deletes the poll, 3 votes"), "{}", look.body);
    assert!(ada.get("/polls/coffee/deletion").await.body.contains("This deletes the poll, 1 vote and"));
    assert_eq!(app.tally("/polls/tea").await, [3, 0], "looking deletes nothing");
    let twin = app.twin().await;
    assert_eq!(twin.tally("/polls/tea").await, [3, 0]);
    goes_to(&ada.post("/polls/tea", "_method=delete").await, "/organiser#deleted");
    for app in [&app, &twin] {
        assert_eq!(app.get("/polls/tea").await.status, Status::NotFound);
        assert_eq!(app.add("poll=tea&vote=green").await.status, Status::NotFound);
        assert_eq!(app.add("poll=removed/1&vote=green").await.status, Status::NotFound);
        for page in ["/", "/polls", "/polls/coffee"] {
            assert!(!app.get(page).await.body.contains("/polls/tea\""), "{page}");
        }
    }
    assert_eq!(ada.get("/polls/tea/manage").await.status, Status::NotFound);
    assert_eq!(ada.delete("/polls/tea").await.status, Status::NotFound);
    // Its address is free at once, and the new poll there has nothing of the old one.
    published(&ada, "tea").await;
    assert_eq!(app.tally("/polls/tea").await, [0, 0]);
    for _ in 0..200 {
        if app.database.number("SELECT count(*) FROM ballots").await == 1 {
            break;
        }
        sleep(Duration::from_millis(25)).await;
    }
    for _ in 0..200 {
        if app.database.number("SELECT count(*) FROM polls").await == 2 {
            break;
        }
        sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 2);
    assert_eq!(app.tally("/polls/coffee").await, [1, 0]);
}

async fn a_poll_that_an_older_process_removed_goes_too(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    published(&ada, "tea").await;
    published(&ada, "coffee").await;
    app.cast("tea", "green").await;
    app.database
        .execute(
            "UPDATE polls SET slug = 'removed/' || id, organiser_id = NULL, draft = TRUE, listed = FALSE WHERE slug = 'tea'",
        )
        .await;
    goes_to(&ada.post("/polls/coffee", "_method=delete").await, "/organiser#deleted");
    for _ in 0..400 {
        if app.database.number("SELECT count(*) FROM polls").await == 0 {
            return;
        }
        sleep(Duration::from_millis(25)).await;
    }
    panic!("a poll is left after ten seconds");
}
