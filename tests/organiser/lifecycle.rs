//! `/polls/new`, `/polls` and the organiser's pages under a poll's address: creating, trying, publishing, closing, copying,
//! featuring, deleting, and every form that is refused.

use std::time::Duration;

use chrono::TimeDelta;
use rocket::{
    http::{Method, Status},
    tokio::time::sleep,
};
use urna::models;

use crate::helpers::{
    app::{Answer, App, Organiser, form, new_poll},
    database::{Stored, TestDatabase},
    fields::Fields,
    on_both,
};

on_both!(
    a_poll_is_created_and_published_with_two_fields,
    a_draft_is_seen_and_tried_by_its_organiser_alone,
    publishing_again_clears_nothing,
    a_draft_whose_end_is_past_is_not_published,
    a_poll_opens_when_it_is_there_at_the_earliest,
    a_picture_is_given_without_losing_what_was_typed,
    a_missing_field_opens_the_part_that_it_is_in,
    a_test_ballot_uses_no_invitation,
    an_address_is_made_from_the_question,
    an_address_is_taken_once,
    a_poll_that_no_list_names_is_not_guessed,
    another_organisers_poll_is_not_found,
    without_a_session_nothing_is_created_or_changed,
    no_page_of_an_organiser_is_kept,
    malformed_forms_are_refused_and_nothing_typed_is_lost,
    a_pasted_list_keeps_what_is_seen_of_it,
    a_poll_has_two_to_two_thousand_choices,
    a_poll_is_closed_and_opened_again,
    a_poll_is_closed_by_a_date,
    a_zone_of_old_keeps_its_dates,
    what_can_not_be_closed_says_so,
    a_new_poll_takes_one_vote_per_browser_and_is_not_listed,
    a_copy_is_a_draft_without_ballots,
    a_poll_is_put_on_the_first_page,
    a_poll_is_deleted_after_a_look,
    a_poll_that_an_older_process_removed_goes_too,
);

/// The form of a new poll of the public list, open to any number of votes, with a question and two choices.
async fn blank(ada: &Organiser<'_>) -> Fields {
    let page = ada.get("/polls/new").await;
    assert_eq!(page.status, Status::Ok, "{}", page.body);
    Fields::of(&page.body, "poll")
        .with("title", "Which tea?")
        .with("choices", "Green\r\nBlack")
        .with("eligibility", "open")
        .with("listed", "yes")
}

async fn a_new_poll_takes_one_vote_per_browser_and_is_not_listed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let page = ada.get("/polls/new").await.body;
    assert!(page.contains("One person can vote again and again and decide the result alone."), "{page}");
    // As a browser sends it with the two fields filled in, and its copy.
    let fields = Fields::of(&page, "poll").with("title", "Which tea?").with("choices", "Green\r\nBlack");
    assert_eq!((fields.get("eligibility"), fields.get("listed")), (Some("browser"), None));
    let created = ada.post("/polls", &fields.with("slug", "tea").with("then", "publish").body()).await;
    goes_to(&created, "/polls/tea/manage#published");
    assert_eq!(ada.post("/polls/tea/copies", "").await.status, Status::SeeOther);
    let kept = "SELECT count(*) FROM polls WHERE credential = 'browser' AND NOT listed AND NOT featured";
    assert_eq!(app.database.number(kept).await, 2);
    goes_to(
        &ada.post("/polls", &blank(&ada).await.with("slug", "open").with("then", "publish").body()).await,
        "/polls/open/manage#published",
    );
    assert_eq!(ada.post("/polls/open/copies", "").await.status, Status::SeeOther);
    let open = "SELECT count(*) FROM polls WHERE credential = 'open' AND listed";
    assert_eq!(app.database.number(open).await, 2, "a copy keeps what its original has");
}

fn goes_to(answer: &Answer, address: &str) {
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some(address)), "{}", answer.body);
}

async fn draft(ada: &Organiser<'_>, slug: &str) {
    let fields = blank(ada).await.with("slug", slug).with("then", "draft");
    goes_to(&ada.post("/polls", &fields.body()).await, &format!("/polls/{slug}/manage#saved"));
}

async fn published(ada: &Organiser<'_>, slug: &str) {
    let fields = blank(ada).await.with("slug", slug).with("then", "publish");
    goes_to(&ada.post("/polls", &fields.body()).await, &format!("/polls/{slug}/manage#published"));
}

async fn a_poll_is_created_and_published_with_two_fields(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("then", "publish");
    let answer = ada.post("/polls", &fields.body()).await;
    goes_to(&answer, "/polls/which-tea/manage#published");
    let page = ada.get("/polls/which-tea/manage").await;
    assert!(page.body.contains(r#"id="published""#) && page.body.contains("/polls/which-tea</a>"), "{}", page.body);
    assert_eq!(app.tally("/polls/which-tea").await, [0, 0]);
    app.cast("which-tea", "green").await;
    assert_eq!(app.tally("/").await, [1, 0], "the first poll is on the first page");
    assert_eq!(ada.get("/polls/which-tea/manage").await.tally(), [1, 0]);
    assert!(app.get("/polls").await.body.contains("Which tea?"));
    assert!(ada.get("/organiser").await.body.contains("Which tea?"));
}

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

async fn a_picture_is_given_without_losing_what_was_typed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    goes_to(&ada.post("/polls", &blank(&ada).await.with("slug", "tea").body()).await, "/polls/tea/manage#saved");
    let page = ada.get("/polls/tea/edit").await;
    assert!(page.body.contains(r#"name="picture" value="green""#), "{}", page.body);
    // The first button is the one that Enter presses, and it saves.
    let first = page.body.split("id=\"poll\"").nth(1).and_then(|form| form.split("<button").nth(1)).unwrap();
    assert!(first.split('>').nth(1).unwrap().starts_with("Save"), "{first}");
    let fields = Fields::of(&page.body, "poll").with("title", "Which green tea?").with("picture", "green");
    goes_to(&ada.put("/polls/tea", &fields.body()).await, "/polls/tea/edit#picture-green");
    assert!(ada.get("/polls/tea/edit").await.body.contains("Which green tea?"));
    // A choice whose name was emptied goes as it is saved, and has no page for a picture then.
    let fields = Fields::of(&ada.get("/polls/tea/edit").await.body, "poll");
    let fields = fields.with("choices", "Milk\nWater").with("label-1", "").with("picture", "black");
    goes_to(&ada.put("/polls/tea", &fields.body()).await, "/polls/tea/manage#saved");
    assert_eq!(app.database.number("SELECT count(*) FROM choices WHERE key = 'black'").await, 0);
    // What can't be saved comes back as it was typed.
    let fields = Fields::of(&ada.get("/polls/tea/edit").await.body, "poll");
    let fields = fields.with("title", "").with("about-0", "Kept").with("picture", "green");
    let answer = ada.put("/polls/tea", &fields.body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert!(answer.body.contains("Kept"));
}

async fn a_missing_field_opens_the_part_that_it_is_in(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let send = async |field: &str, value: &str| {
        let answer =
            ada.post("/polls", &blank(&ada).await.with("eligibility", "browser").with(field, value).body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{field}");
        answer
            .body
            .split("<details id=")
            .skip(1)
            .filter(|part| part.split('>').next().unwrap().ends_with(" open"))
            .count()
    };
    for (field, value, open) in [("title", "", 0), ("choices", "A", 0), ("method", "coin", 1), ("closes_at", "soon", 1)]
    {
        assert_eq!(send(field, value).await, open, "{field}");
    }
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

async fn an_address_is_made_from_the_question(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for (title, slug) in [
        ("Who should be elected?", "who-should-be-elected"),
        ("Who should be elected?", "who-should-be-elected-2"),
        ("Who should be elected?", "who-should-be-elected-3"),
        ("New", "poll"),
        ("¿¡…!?", "poll-2"),
        ("Ärger über Öl", "arger-uber-ol"),
        (&"word ".repeat(39), &format!("{}wor", "word-".repeat(12))),
    ] {
        let fields = blank(&ada).await.with("title", title).with("then", "draft");
        let answer = ada.post("/polls", &fields.body()).await;
        let place = answer.header("location").unwrap_or_default().to_owned();
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        let new_slug = place.trim_start_matches("/polls/").trim_end_matches("/manage#saved");
        if title.starts_with("word") {
            assert!(new_slug.len() <= 64 && new_slug.starts_with("word-word"), "{new_slug}");
        } else {
            assert_eq!(new_slug, slug, "{title}");
        }
        assert_eq!(ada.get(&format!("/polls/{new_slug}/manage")).await.status, Status::Ok);
    }
    // The same long question again: its number must fit too.
    let long = blank(&ada).await.with("title", &"word ".repeat(39));
    for _ in 0..3 {
        assert_eq!(ada.post("/polls", &long.body()).await.status, Status::SeeOther);
    }
}

async fn an_address_is_taken_once(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    published(&ada, "tea").await;
    let fields = blank(&bob).await.with("slug", "tea").with("description", "All *of* it");
    let answer = bob.post("/polls", &fields.body()).await;
    answer.assert_problems(&[("slug", "Another poll has this address. Pick another one.")]);
    assert_eq!(Fields::of(&answer.body, "poll"), fields);
    // When editing too.
    draft(&bob, "coffee").await;
    let fields = Fields::of(&bob.get("/polls/coffee/edit").await.body, "poll").with("slug", "tea");
    let answer = bob.put("/polls/coffee", &fields.body()).await;
    answer.assert_problems(&[("slug", "Another poll has this address. Pick another one.")]);
    assert_eq!(Fields::of(&answer.body, "poll").get("slug"), Some("tea"));
    let answer = bob.put("/polls/coffee", &fields.with("slug", "mocha").body()).await;
    goes_to(&answer, "/polls/mocha/manage#saved");
    assert_eq!(bob.get("/polls/coffee/manage").await.status, Status::NotFound);
}

async fn a_poll_that_no_list_names_is_not_guessed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let mut slugs = Vec::new();
    for _ in 0..2 {
        let fields = blank(&ada).await.without("listed").with("then", "publish");
        let answer = ada.post("/polls", &fields.body()).await;
        let place = answer.header("location").unwrap_or_default();
        slugs.push(place.trim_start_matches("/polls/").trim_end_matches("/manage#published").to_owned());
    }
    let fields = Fields::of(&ada.get(&format!("/polls/{}/edit", slugs[0])).await.body, "poll");
    assert_eq!(fields.get("listed"), None);
    let answer = ada.post(&format!("/polls/{}/copies", slugs[0]), "").await;
    let place = answer.header("location").unwrap_or_default();
    slugs.push(place.trim_start_matches("/polls/").trim_end_matches("/edit#copied").to_owned());
    for (n, slug) in slugs.iter().enumerate() {
        let tail = slug.strip_prefix("which-tea-").unwrap_or_else(|| panic!("{slug}"));
        assert!(tail.len() == 32 && tail.bytes().all(|b| b.is_ascii_hexdigit()), "128 bits: {slug}");
        assert!(!slugs[..n].iter().any(|other| slug.starts_with(other.as_str())), "{slugs:?}");
    }
    for address in ["/", "/polls"] {
        assert!(!app.get(address).await.body.contains("Which tea?"), "{address}");
    }
    assert_eq!(app.get(&format!("/polls/{}", slugs[0])).await.status, Status::Ok);
    // A draft that is taken out of the list, while nobody has its link; not with an address that was chosen.
    let created = ada.post("/polls", &blank(&ada).await.with("then", "draft").body()).await;
    goes_to(&created, "/polls/which-tea/manage#saved");
    let unlisted = async |slug: &str| {
        let fields = Fields::of(&ada.get(&format!("/polls/{slug}/edit")).await.body, "poll").without("listed");
        let answer = ada.post(&format!("/polls/{slug}"), &fields.body()).await;
        answer.header("location").unwrap_or_default().to_owned()
    };
    let place = unlisted("which-tea").await;
    let tail = place.trim_start_matches("/polls/which-tea-").trim_end_matches("/manage#saved");
    assert!(tail.len() == 32 && tail.bytes().all(|b| b.is_ascii_hexdigit()), "{place}");
    let chosen = blank(&ada).await.with("slug", "my-own").with("then", "draft");
    goes_to(&ada.post("/polls", &chosen.body()).await, "/polls/my-own/manage#saved");
    assert_eq!(unlisted("my-own").await, "/polls/my-own/manage#saved");
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

async fn malformed_forms_are_refused_and_nothing_typed_is_lost(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let alike = "look alike. Name them so that a voter can tell them apart.";
    let (long, longer) = ("ä".repeat(201), "x".repeat(10_001));
    let long_line = format!("Tea\r\n{long}");
    let late = (models::now() - TimeDelta::minutes(2)).format("%Y-%m-%dT%H:%M").to_string();
    let in_a_year = (models::now() + TimeDelta::days(365)).format("%Y-%m-%dT%H:%M").to_string();
    let two_thousand_letters = format!("{}\nTwo", "c".repeat(2000));
    let hidden = "has a character that can’t be seen or turns text around";
    // What is typed, the field that is wrong, and what its sentence begins with.
    type Case<'a> = (Vec<(&'a str, &'a str)>, &'a str, String);
    let cases: Vec<Case<'_>> = vec![
        (vec![("title", "")], "title", "Enter the question.".into()),
        (vec![("title", " \u{a0}\t ")], "title", "Enter the question.".into()),
        (vec![("title", "\u{2800}\u{200d}")], "title", "Enter the question.".into()),
        (vec![("title", &long)], "title", "The question has 201 characters; 200 are the most.".into()),
        (vec![("title", "a\u{0}b")], "title", format!("The question {hidden} (U+0000). Take it out.")),
        (vec![("title", "a\u{1b}[2Jb")], "title", format!("The question {hidden} (U+001B). Take it out.")),
        (vec![("title", "a\u{202e}b")], "title", format!("The question {hidden} (U+202E). Take it out.")),
        (vec![("title", "a\u{2066}b")], "title", format!("The question {hidden} (U+2066). Take it out.")),
        (vec![("title", "\u{feff}\u{200b}\u{ad}")], "title", "Enter the question.".into()),
        (vec![("title", "a\u{e0041}b")], "title", format!("The question {hidden} (U+E0041). Take it out.")),
        (
            vec![("description", &longer)],
            "description",
            "The description has 10,001 characters; 10,000 are the most.".into(),
        ),
        (
            vec![("description", "a\u{202e}b")],
            "description",
            format!("The description {hidden} (U+202E). Take it out."),
        ),
        (vec![("choices", "")], "choices", "Enter the choices, one on each line.".into()),
        (vec![("choices", "\r\n \r\n\t\r\n")], "choices", "Enter the choices, one on each line.".into()),
        (
            vec![("choices", "\u{2800}\r\n\u{feff}\r\nTea")],
            "choices",
            "Enter at least two choices, one on each line.".into(),
        ),
        (vec![("choices", "Only one\r\n")], "choices", "Enter at least two choices, one on each line.".into()),
        (
            vec![("choices", &two_thousand_letters)],
            "choices",
            "Line 1: The choice has 2,000 characters; 200 are the most.".into(),
        ),
        (
            vec![("choices", "Tea\r\n\r\nCof\u{202e}fee")],
            "choices",
            format!("Line 3: The choice {hidden} (U+202E). Take it out."),
        ),
        (vec![("choices", &long_line)], "choices", "Line 2: The choice has 201 characters; 200 are the most.".into()),
        (vec![("choices", "Tea\r\nTea")], "choices", format!("Line 2: “Tea” and “Tea” {alike}")),
        (vec![("choices", "Tea\r\n tea ")], "choices", format!("Line 2: “tea” and “Tea” {alike}")),
        (vec![("choices", "Pita\r\nРita")], "choices", format!("Line 2: “Рita” and “Pita” {alike}")),
        (vec![("choices", "Cafe\u{301}\r\nCafé")], "choices", format!("Line 2: “Café” and “Café” {alike}")),
        (vec![("choices", "Ｐita\r\nPita")], "choices", format!("Line 2: “Pita” and “Ｐita” {alike}")),
        (vec![("choices", "Modern\r\nModem")], "choices", format!("Line 2: “Modem” and “Modern” {alike}")),
        (vec![("slug", "Not a slug")], "slug", "An address has 1 to 64 small letters, digits and hyphens.".into()),
        (vec![("slug", "tea/../x")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "тea")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "<script>\"'&")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "tea\u{0}")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "new")], "slug", "“new” is an address of this site’s own. Pick another one.".into()),
        (vec![("opens_at", "soon")], "opens_at", "Write the date and the time like 2026-05-03T09:00.".into()),
        (vec![("opens_at", "2027-02-30T09:00")], "opens_at", "Write the date".into()),
        (vec![("opens_at", "2027-13-01T09:00")], "opens_at", "Write the date".into()),
        (vec![("closes_at", "2027-05-03T25:00")], "closes_at", "Write the date".into()),
        (vec![("closes_at", "2027-05-03")], "closes_at", "Write the date".into()),
        (vec![("closes_at", "99999999-01-01T00:00")], "closes_at", String::new()),
        (
            vec![("closes_at", "0001-01-01T00:00")],
            "closes_at",
            "The year 1 is not from 2000 to 2999. Change it.".into(),
        ),
        (vec![("closes_at", "-2027-01-01T00:00")], "closes_at", String::new()),
        (
            vec![("closes_at", "2027-03-28T02:30"), ("zone", "Europe/Berlin")],
            "closes_at",
            "The clocks in Europe/Berlin go forward over 28 March 2027, 02:30".into(),
        ),
        (
            vec![("opens_at", "2027-03-14T02:30"), ("zone", "America/New_York")],
            "opens_at",
            "The clocks in America/New_York go forward".into(),
        ),
        (vec![("closes_at", &late), ("opens_at", "2026-01-01T00:00")], "closes_at", "That time is in the past.".into()),
        (
            vec![("opens_at", &in_a_year), ("closes_at", &in_a_year)],
            "closes_at",
            "The poll would close before it opens.".into(),
        ),
        (
            vec![("opens_at", "2999-01-01T00:00"), ("closes_at", &in_a_year)],
            "closes_at",
            "The poll would close before it opens.".into(),
        ),
    ];
    let typed = blank(&ada)
        .await
        .with("title", "Which “tea” & <b>milk</b>?")
        .with("description", "\r\nOne *line*\r\n\r\n</textarea><script>alert(1)</script>")
        .with("choices", "Green <i>&amp;</i>\r\nBlack \"x\"\r\n")
        .with("slug", "which-tea")
        .with("opens_at", "2998-01-01T00:00")
        .with("closes_at", "2999-06-01T12:00")
        .with("zone", "Asia/Kathmandu")
        .with("eligibility", "invitation")
        .with("results_visibility", "closed")
        .with("turnout_visibility", "organiser");
    for (wrong, field, sentence) in &cases {
        let mut fields = if *field == "closes_at" { typed.clone().with("opens_at", "") } else { typed.clone() };
        for (name, value) in wrong {
            fields = fields.with(name, value);
        }
        for listed in [true, false] {
            let fields = if listed { fields.clone() } else { fields.clone().without("listed") };
            let answer = ada.post("/polls", &fields.clone().with("then", "publish").body()).await;
            answer.assert_problems(&[(field, sentence)]);
            let kept = Fields::of(&answer.body, "poll");
            let same =
                |fields: &Fields| Fields(fields.0.iter().map(|(n, v)| (n.clone(), v.replace('\r', ""))).collect());
            assert_eq!(same(&kept), same(&fields), "{wrong:?}");
            assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<b>milk"), "{}", answer.body);
        }
    }
    // All at once: each has its sentence.
    let fields = typed.clone().with("title", "").with("choices", "").with("slug", "A").with("opens_at", "x");
    let answer = ada.post("/polls", &fields.body()).await;
    answer.assert_problems(&[
        ("title", "Enter"),
        ("choices", "Enter"),
        ("slug", "An address"),
        ("opens_at", "Write the date"),
    ]);
    // What no page of ours sends is refused with a sentence too, beside where it is picked.
    for (field, word) in [
        ("eligibility", "nobody"),
        ("results_visibility", ""),
        ("turnout_visibility", "Always"),
        ("zone", "Mars/Olympus"),
        ("zone", ""),
    ] {
        let answer = ada.post("/polls", &typed.clone().with(field, word).body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity);
        assert!(answer.body.contains(&format!("<a href=\"#{field}\">Pick ")), "{field}: {}", answer.body);
        assert!(answer.body.contains(&format!(r#"<p class="error" id="{field}-error">"#)), "{field}: {}", answer.body);
        assert!(answer.body.contains(&format!("id=\"{field}\"")), "{field}");
        assert_eq!(Fields::of(&answer.body, "poll").get("title"), typed.get("title"));
    }
    // Nothing at all, a field twice, and what is no form.
    for body in ["", "title=a&title=b", "&&&=", "title", "%00=%00"] {
        assert_eq!(ada.post("/polls", body).await.status, Status::UnprocessableEntity, "{body}");
    }
    assert_eq!(ada.post("/polls", "title=%FF").await.status, Status::BadRequest);
    assert_eq!(ada.post("/polls", &format!("title={}", "x".repeat(2 << 20))).await.status, Status::PayloadTooLarge);
    let headers = [("Content-Type", "application/json"), ("Cookie", &ada.cookie())];
    let answer = app.send(Method::Post, "/polls", b"{}", &headers).await;
    assert_eq!(answer.status, Status::UnsupportedMediaType);
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 0);
    // Corrected, it is taken, with all that was typed.
    goes_to(&ada.post("/polls", &typed.with("then", "draft").body()).await, "/polls/which-tea/manage#saved");
}

async fn a_pasted_list_keeps_what_is_seen_of_it(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let list =
        "\u{feff}Tea\r\n\u{200b}\r\n\u{200e}Cof\u{ad}fee\u{200f} \r\n\u{200f}קפה\u{200f}\r\nWa\u{200b}ter\u{2060}\t";
    let fields = blank(&ada).await.with("choices", list).with("slug", "drinks").with("then", "publish");
    let fields =
        fields.with("title", "\u{feff}Which\u{200b} drink?").with("description", "\u{feff}One\u{ad}.\u{200f}\r\n");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/drinks/manage#published");
    let labels = if app.database.is_sqlite() {
        "SELECT group_concat(label, '|') FROM (SELECT label FROM choices ORDER BY position)"
    } else {
        "SELECT string_agg(label, '|' ORDER BY position) FROM choices"
    };
    assert_eq!(app.database.text(labels).await, "Tea|Coffee|קפה|Water");
    assert_eq!(app.database.text("SELECT title || '|' || description FROM polls").await, "Which drink?|One.");
    // A row whose name was emptied, as far as anybody can see, goes out.
    let page = ada.get("/polls/drinks/edit").await;
    let fields = Fields::of(&page.body, "poll").with("label-3", "\u{200b}").with("label-0", "T\u{ad}ee\u{200e}");
    goes_to(&ada.put("/polls/drinks", &fields.body()).await, "/polls/drinks/manage#saved");
    assert_eq!(app.database.text(labels).await, "Tee|Coffee|קפה");
    // All lines that deceive are named at once.
    let fields = blank(&ada).await.with("choices", "Tea\r\n\r\n\u{202d}Milk\r\nBeer\r\nWi\u{202e}ne");
    let answer = ada.post("/polls", &fields.body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    for line in ["Line 3: The choice has a character", "Line 5: The choice has a character"] {
        assert!(answer.body.contains(line), "{line}: {}", answer.body);
    }
}

async fn a_poll_has_two_to_two_thousand_choices(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let many = |n: usize| (1..=n).map(|n| format!("The choice number {n}")).collect::<Vec<_>>().join("\r\n");
    for n in [2001, 5000] {
        let fields = blank(&ada).await.with("choices", &many(n));
        let answer = ada.post("/polls", &fields.body()).await;
        let number = format!("{},{:03}", n / 1000, n % 1000);
        answer.assert_problems(&[("choices", &format!("That makes {number} choices; 2,000 are the most."))]);
        let kept = Fields::of(&answer.body, "poll");
        assert_eq!(kept.get("choices").map(|text| text.lines().count()), Some(n));
    }
    let fields = blank(&ada).await.with("choices", &many(2000)).with("slug", "many").with("then", "publish");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/many/manage#published");
    assert_eq!(app.database.number("SELECT count(*) FROM choices").await, 2000);
    app.cast("many", "the-choice-number-1").await;
    app.cast("many", "the-choice-number-1999").await;
    let marks = "SELECT count(*) FROM ballots WHERE marks = 'the-choice-number-1999'";
    assert_eq!((app.tally("/polls/many").await[0], app.database.number(marks).await), (1, 1));
    // The form of so many rows is read again in no time.
    let fields = Fields::of(&ada.get("/polls/many/edit").await.body, "poll");
    let started = std::time::Instant::now();
    goes_to(&ada.put("/polls/many", &fields.body()).await, "/polls/many/manage#saved");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    let answer = ada.put("/polls/many", &fields.with("choices", "One more").body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert_eq!(app.tally("/polls/many").await[0], 1);
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
