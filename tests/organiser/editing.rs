//! `PUT /polls/<slug>`: a draft becomes anything; once ballots are in, nothing that would change what they mean.

use std::time::Duration;

use rocket::{
    futures::future::join,
    http::Status,
    tokio::time::{Instant, sleep},
};

use crate::helpers::{
    app::{Answer, App, Organiser},
    database::{Stored, TestDatabase},
    fields::Fields,
    on_both,
};

on_both!(
    a_draft_may_become_anything,
    a_poll_without_ballots_may_become_anything,
    with_ballots_words_and_a_later_end_are_edited,
    with_ballots_nothing_that_changes_their_meaning_is_edited,
    a_closed_poll_that_is_edited_stays_closed,
    a_poll_closed_by_hand_is_not_opened_by_a_date_that_comes_later,
    a_choice_is_added_once_that_is_confirmed,
    forged_rows_change_no_key,
    choices_keep_their_order_their_names_and_their_number,
    of_two_edits_at_once_one_is_refused,
    a_choice_that_another_has_added_stays,
    votes_go_on_while_the_poll_is_edited,
    a_ballot_of_the_old_page_counts_or_is_refused,
);

/// A poll with the choices green, black and white, created in the browser.
async fn create(ada: &Organiser<'_>, then: &str) {
    let page = ada.get("/polls/new").await;
    let fields = Fields::of(&page.body, "poll")
        .with("title", "Which tea?")
        .with("choices", "Green\nBlack\nWhite")
        .with("slug", "tea")
        .with("eligibility", "open")
        .with("listed", "yes")
        .with("then", then);
    let answer = ada.post("/polls", &fields.body()).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
}

async fn fields(ada: &Organiser<'_>) -> Fields {
    let page = ada.get("/polls/tea/edit").await;
    assert_eq!(page.status, Status::Ok, "{}", page.body);
    Fields::of(&page.body, "poll")
}

fn saved(answer: &Answer) {
    let place = answer.header("location").unwrap_or_default();
    assert!(answer.status == Status::SeeOther && place.ends_with("/manage#saved"), "{place} {}", answer.body);
}

async fn keys(app: &App) -> String {
    let query = "SELECT count(*) FROM choices";
    let count = app.database.number(query).await;
    let mut keys = Vec::new();
    for n in 0..count {
        let key = format!("SELECT key || '=' || label FROM choices ORDER BY position LIMIT 1 OFFSET {n}");
        keys.push(app.database.text(&key).await);
    }
    keys.join(" ")
}

async fn a_draft_may_become_anything(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "draft").await;
    for vote in ["black", "white", "white"] {
        assert_eq!(ada.post("/add", &format!("poll=tea&vote={vote}")).await.status, Status::SeeOther);
    }
    assert_eq!(ada.get("/polls/tea").await.tally(), [0, 1, 2]);
    // Words alone keep the test ballots.
    let form = fields(&ada).await;
    assert!(
        !ada.get("/polls/tea/edit").await.body.contains("nothing that would change what the votes mean"),
        "test ballots fix nothing"
    );
    saved(&ada.put("/polls/tea", &form.with("label-0", "Green tea").with("place-0", "9").body()).await);
    assert_eq!(ada.get("/polls/tea").await.tally(), [1, 2, 0]);
    // A choice that goes takes them along.
    let form = fields(&ada)
        .await
        .with("title", "Which drink?")
        .with("label-1", "")
        .with("choices", "Milk\nWater")
        .with("slug", "drink")
        .with("eligibility", "browser")
        .with("results_visibility", "closed")
        .with("turnout_visibility", "organiser")
        .with("zone", "Asia/Tokyo")
        .with("opens_at", "2036-01-01T09:00")
        .with("closes_at", "2036-02-01T09:00")
        .with("description", "\n  An indented *line*")
        .without("listed");
    let answer = ada.put("/polls/tea", &form.body()).await;
    assert_eq!(answer.header("location"), Some("/polls/drink/manage#saved"), "{}", answer.body);
    assert_eq!(keys(&app).await, "black=Black green=Green tea milk=Milk water=Water");
    assert_eq!(ada.get("/polls/drink").await.tally(), [0, 0, 0, 0]);
    assert_eq!(ada.get("/polls/drink/manage").await.status, Status::Ok);
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
    let again = Fields::of(&ada.get("/polls/drink/edit").await.body, "poll");
    for (field, value) in [
        ("opens_at", "2036-01-01T09:00"),
        ("closes_at", "2036-02-01T09:00"),
        ("zone", "Asia/Tokyo"),
        ("eligibility", "browser"),
        ("results_visibility", "closed"),
        ("turnout_visibility", "organiser"),
        ("description", "\n  An indented *line*"),
    ] {
        assert_eq!(again.get(field), Some(value), "{field}");
    }
    assert_eq!(again.get("listed"), None);
    assert_eq!(app.database.text("SELECT opens_at FROM polls").await.split('.').next(), Some("2036-01-01 00:00:00"));
    // A page that is saved as it is changes nothing that anybody sees.
    let answer = ada.put("/polls/drink", &again.body()).await;
    saved(&answer);
    let unchanged = Fields::of(&ada.get("/polls/drink/edit").await.body, "poll");
    assert_eq!(unchanged.without("revision"), again.without("revision"));
}

async fn a_poll_without_ballots_may_become_anything(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    let opens_at = app.database.text("SELECT opens_at FROM polls").await;
    saved(
        &ada.put("/polls/tea", &fields(&ada).await.with("label-0", "").with("results_visibility", "closed").body())
            .await,
    );
    assert_eq!(keys(&app).await, "black=Black white=White");
    assert_eq!(app.database.text("SELECT opens_at FROM polls").await, opens_at, "it stays open since it opened");
    assert_eq!(app.add("poll=tea&vote=green").await.status, Status::UnprocessableEntity);
    app.cast("tea", "black").await;
    // A form that was drawn before the first ballot.
    let answer = ada.put("/polls/tea", &fields(&ada).await.with("results_visibility", "always").body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert!(answer.body.contains("you can’t change who may vote or when things are shown"), "{}", answer.body);
}

async fn with_ballots_words_and_a_later_end_are_edited(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    saved(&ada.put("/polls/tea", &fields(&ada).await.with("closes_at", "2036-02-01T09:00").body()).await);
    for vote in ["green", "black", "green"] {
        app.cast("tea", vote).await;
    }
    let before = app.database.ballots().await;
    let page = ada.get("/polls/tea/edit").await;
    assert!(page.body.contains("3 votes are in. You can still change words and pictures"), "{}", page.body);
    let offered = Fields::of(&page.body, "poll");
    assert_eq!(
        (offered.get("eligibility"), offered.get("results_visibility"), offered.get("opens_at")),
        (None, None, None)
    );
    let form = offered
        .with("title", "Which tea, then?")
        .with("description", "Words.")
        .with("label-0", "Green (Sencha)")
        .with("about-0", "From Japan")
        .with("label-2", "Silver")
        .with("closes_at", "2036-02-01T09:01")
        .without("listed");
    saved(&ada.put("/polls/tea", &form.body()).await);
    assert_eq!(app.database.ballots().await, before, "no ballot was touched");
    assert_eq!(keys(&app).await, "green=Green (Sencha) black=Black white=Silver");
    let page = app.get("/polls/tea").await;
    assert_eq!(page.tally(), [2, 1, 0]);
    for words in ["Which tea, then?", "<p>Words.</p>", "Green (Sencha)", "From Japan", "2036-02-01T09:01:00Z"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!app.get("/polls").await.body.contains("Which tea"));
    // No end at all is later too, and a poll that was closed keeps the moment at which it was.
    saved(&ada.put("/polls/tea", &fields(&ada).await.with("closes_at", "").body()).await);
    assert_eq!(ada.post("/polls/tea/closure", "").await.status, Status::SeeOther);
    let closes_at = app.database.text("SELECT closes_at FROM polls").await;
    saved(&ada.put("/polls/tea", &fields(&ada).await.with("title", "It was tea").body()).await);
    assert_eq!(app.database.text("SELECT closes_at FROM polls").await, closes_at);
    assert_eq!(app.add("poll=tea&vote=green").await.status, Status::Conflict);
    assert_eq!(app.database.ballots().await, before);
}

async fn a_closed_poll_that_is_edited_stays_closed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    app.cast("tea", "green").await;
    assert_eq!(ada.post("/polls/tea/closure", "when=now").await.status, Status::SeeOther);
    let end = app.database.text("SELECT CAST(closes_at AS TEXT) FROM polls").await;
    // The page offers no end; whoever sends one all the same, in whatever zone, opens nothing.
    assert_eq!(fields(&ada).await.get("closes_at"), None);
    for (closes_at, zone) in [("", "UTC"), ("2036-02-01T09:00", "UTC"), ("2036-02-01T09:00", "America/New_York")] {
        let form = fields(&ada).await.with("title", "Edited").with("closes_at", closes_at).with("zone", zone);
        saved(&ada.put("/polls/tea", &form.body()).await);
        assert_eq!(app.add("poll=tea&vote=green").await.status, Status::Conflict, "{closes_at} {zone}");
        assert_eq!(app.database.text("SELECT CAST(closes_at AS TEXT) FROM polls").await, end);
    }
    assert!(app.get("/polls/tea").await.body.contains("Edited"));
}

async fn a_poll_closed_by_hand_is_not_opened_by_a_date_that_comes_later(database: TestDatabase) {
    let app = App::start(database).await;
    // Two acts have read an open poll; the one by hand is the faster.
    let poll = app.poll("tea", &["green", "black"]).await;
    let end = poll.close(&mut app.db().await, None).await.unwrap();
    let later = urna::models::now() + chrono::TimeDelta::days(1);
    assert_eq!(poll.close(&mut app.db().await, Some(later)).await.unwrap(), end);
    assert_eq!(app.add("poll=tea&vote=green").await.status, Status::Conflict);
    // Opened again it takes a date.
    poll.reopen(&mut app.db().await).await.unwrap();
    assert_eq!(poll.close(&mut app.db().await, Some(later)).await.unwrap(), later);
    app.cast("tea", "green").await;
}

async fn with_ballots_nothing_that_changes_their_meaning_is_edited(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    saved(&ada.put("/polls/tea", &fields(&ada).await.with("closes_at", "2036-02-01T09:00").body()).await);
    app.cast("tea", "green").await;
    let before = (app.database.ballots().await, keys(&app).await, app.get("/polls/tea").await.bytes());
    let revision = app.database.number("SELECT revision FROM polls").await;
    let form = fields(&ada).await;
    let who = "you can’t change who may vote or when things are shown";
    let place = "you can’t change the address and the opening time";
    let end = "you can only set a later closing time";
    let gone = "you can’t remove a choice";
    for (field, value, why) in [
        ("eligibility", "browser", who),
        ("eligibility", "invitation", who),
        ("results_visibility", "organiser", who),
        ("turnout_visibility", "closed", who),
        ("slug", "coffee", place),
        ("opens_at", "2026-01-01T00:00", place),
        ("opens_at", "2036-01-01T00:00", place),
        ("closes_at", "2036-02-01T08:59", end),
        // The same clock in a zone where it is earlier.
        ("zone", "Asia/Tokyo", end),
        // Emptied, with a new choice for it, and confirmed.
        ("label-0", "", gone),
        ("label-2", " ", gone),
    ] {
        for more in ["", "Oolong"] {
            let form = form.clone().with("choices", more).with("confirmed", "yes").with(field, value);
            let answer = ada.put("/polls/tea", &form.body()).await;
            assert_eq!(answer.status, Status::UnprocessableEntity, "{field}={value}: {}", answer.body);
            assert!(answer.body.contains(why) && answer.body.contains("error-summary"), "{field}: {}", answer.body);
            let kept = Fields::of(&answer.body, "poll");
            assert_eq!(kept.get("choices"), Some(more));
            if !["eligibility", "results_visibility", "turnout_visibility", "opens_at"].contains(&field) {
                assert_eq!(kept.get(field), Some(value), "what was typed is there");
            }
        }
    }
    // The rows left out of the form altogether.
    let mut bare = form.clone();
    bare.0.retain(|(name, _)| !name.contains('-'));
    for more in ["", "Green\nBlack\nWhite", "One\nTwo"] {
        let answer = ada.put("/polls/tea", &bare.clone().with("choices", more).with("confirmed", "yes").body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{}", answer.body);
    }
    assert_eq!(app.database.number("SELECT revision FROM polls").await, revision);
    assert_eq!((app.database.ballots().await, keys(&app).await, app.get("/polls/tea").await.bytes()), before);
}

async fn a_choice_is_added_once_that_is_confirmed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    app.cast("tea", "green").await;
    let before = app.database.ballots().await;
    let form = fields(&ada).await;
    assert_eq!(form.get("confirmed"), None);
    // With a label that gives the key of another choice, had it none.
    let form = form.with("label-0", "Sencha").with("choices", "Green!\nOolong");
    let answer = ada.put("/polls/tea", &form.body()).await;
    answer.assert_confirmation();
    assert_eq!(keys(&app).await, "green=Green black=Black white=White");
    let again = Fields::of(&answer.body, "poll");
    assert_eq!((again.get("choices"), again.get("label-0")), (Some("Green!\nOolong"), Some("Sencha")));
    saved(&ada.put("/polls/tea", &again.with("confirmed", "yes").body()).await);
    assert_eq!(keys(&app).await, "green=Sencha black=Black white=White green-2=Green! oolong=Oolong");
    assert_eq!(app.database.ballots().await, before);
    app.cast("tea", "green-2").await;
    assert_eq!(app.tally("/polls/tea").await, [1, 0, 0, 1, 0]);
}

impl Answer {
    fn assert_confirmation(&self) {
        assert_eq!(self.status, Status::UnprocessableEntity, "{}", self.body);
        assert!(self.body.contains(r##"<a href="#confirmed">People have voted, and could not pick"##), "{}", self.body);
        assert!(self.body.contains(r#"<input type="checkbox" id="confirmed" name="confirmed" value="yes">"#));
    }
}

async fn forged_rows_change_no_key(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    app.cast("tea", "green").await;
    let before = (app.database.ballots().await, keys(&app).await);
    let form = fields(&ada).await.with("confirmed", "yes");
    for (field, key) in [("key-0", "black"), ("key-0", "purple"), ("key-0", "GREEN"), ("key-2", ""), ("key-1", "green")]
    {
        let answer = ada.put("/polls/tea", &form.clone().with(field, key).body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{field}={key}: {}", answer.body);
    }
    // A row twice.
    let twice = form.clone().with("key-3", "green").with("label-3", "Another");
    let answer = ada.put("/polls/tea", &twice.body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity, "{}", answer.body);
    assert!(answer.body.contains("error-summary"));
    assert_eq!((app.database.ballots().await, keys(&app).await), before);
    for place in ["-5", "0", "99999999999999999999", "x", "1e9"] {
        // No page of ours sends a place any more; one that changes the order is refused, the rest is as before.
        ada.put("/polls/tea", &fields(&ada).await.with("place-1", place).body()).await;
        assert_eq!(keys(&app).await, before.1, "{place}");
        assert_eq!(app.database.number("SELECT max(position) FROM choices").await, 2, "{place}");
    }
    assert_eq!(app.database.ballots().await, before.0);
}

/// The winner by a lot, of points that hang on the number of choices, or by its name could else be picked afterwards.
async fn choices_keep_their_order_their_names_and_their_number(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    app.cast("tea", "green").await;
    let before = keys(&app).await;
    let form = fields(&ada).await;
    let label = |n: usize| form.get(&format!("label-{n}")).unwrap().to_owned();
    let key = |n: usize| form.get(&format!("key-{n}")).unwrap().to_owned();
    let refused = async |fields: Fields, sentence: &str| {
        let answer = ada.put("/polls/tea", &fields.body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{}", answer.body);
        assert!(answer.body.contains(sentence), "{}", answer.body);
        assert_eq!(keys(&app).await, before);
    };
    let turned = form.clone().with("key-0", &key(1)).with("label-0", &label(1));
    let turned = turned.with("key-1", &key(0)).with("label-1", &label(0));
    refused(turned, "the choices keep their order, and new ones come last").await;
    let renamed = form.clone().with("label-0", &label(1)).with("label-1", &label(0));
    refused(renamed, "one choice has the name that another had").await;
    let poll = urna::models::poll::Poll::find_by_slug(&mut app.db().await, "tea").await.unwrap().unwrap();
    poll.close(&mut app.db().await, None).await.unwrap();
    let more = fields(&ada).await.with("choices", "Dora").with("confirmed", "yes");
    refused(more, "The poll is closed, so nobody could vote for a new choice.").await;
}

async fn of_two_edits_at_once_one_is_refused(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    let form = fields(&ada).await;
    saved(&ada.put("/polls/tea", &form.clone().with("title", "By one").body()).await);
    let mine = form.clone().with("title", "By “two” <b>").with("label-1", "Noir").with("description", "Long work");
    let answer = ada.put("/polls/tea", &mine.body()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (Status::Conflict, Some("no-store")));
    assert!(answer.body.contains("The poll was changed since you opened this page."), "{}", answer.body);
    assert!(answer.body.contains("<title>Error: "));
    let kept = Fields::of(&answer.body, "poll");
    assert_eq!(kept.clone().without("revision"), mine.without("revision"), "nothing typed is lost");
    assert!(app.get("/polls/tea").await.body.contains("By one"));
    saved(&ada.put("/polls/tea", &kept.body()).await);
    assert!(app.get("/polls/tea").await.body.contains("By “two” &lt;b&gt;"));
    // Really at once, again and again: exactly one is taken each time.
    for n in 0..10 {
        let form = fields(&ada).await;
        let (one, two) = (form.clone().with("title", &format!("One {n}")), form.with("title", &format!("Two {n}")));
        let (one, two) = (one.body(), two.body());
        let (one, two) = join(ada.put("/polls/tea", &one), ada.put("/polls/tea", &two)).await;
        let mut codes = [one.status.code, two.status.code];
        codes.sort_unstable();
        assert_eq!(codes, [303, 409]);
    }
    // A form without a revision, or with one that is no number, is of an old page.
    for revision in ["", "x", "-1", "99999999999999999999999"] {
        let answer = ada.put("/polls/tea", &fields(&ada).await.with("revision", revision).body()).await;
        assert_eq!(answer.status, Status::Conflict, "{revision}");
    }
}

async fn a_choice_that_another_has_added_stays(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "draft").await;
    for votes in [false, true] {
        let form = fields(&ada).await;
        let new = format!("Added {votes}");
        saved(&ada.put("/polls/tea", &form.clone().with("choices", &new).with("confirmed", "yes").body()).await);
        let answer = ada.put("/polls/tea", &form.with("label-0", &format!("Sencha {votes}")).body()).await;
        assert_eq!(answer.status, Status::Conflict, "{}", answer.body);
        let kept = Fields::of(&answer.body, "poll");
        assert!(kept.0.iter().any(|(_, value)| *value == new), "the page shows what was added: {kept:?}");
        saved(&ada.put("/polls/tea", &kept.body()).await);
        let keys = keys(&app).await;
        assert!(keys.contains(&new) && keys.contains(&format!("green=Sencha {votes}")), "{keys}");
        if !votes {
            assert_eq!(ada.post("/polls/tea/publication", "").await.status, Status::SeeOther);
            app.cast("tea", "green").await;
        }
    }
}

async fn votes_go_on_while_the_poll_is_edited(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    let twin = app.twin().await;
    app.cast("tea", "black").await;
    let end = Instant::now() + Duration::from_secs(2);
    let crowd = rocket::futures::future::join_all((0..8).map(|n| {
        let app = if n % 2 == 0 { &app } else { &twin };
        async move {
            let (mut counted, mut sent_away) = (0, 0);
            while Instant::now() < end {
                let answer = app.add("poll=tea&vote=green").await;
                match answer.status.code {
                    303 => counted += 1,
                    // Changed three times while it was read: refused, and not counted.
                    503 => sent_away += 1,
                    code => panic!("{code}: {}", answer.body),
                }
            }
            (counted, sent_away)
        }
    }));
    let organiser = async {
        let mut edited = 0;
        while Instant::now() < end {
            let form = fields(&ada).await.with("label-0", &format!("Green {edited}"));
            saved(&ada.put("/polls/tea", &form.body()).await);
            edited += 1;
            sleep(Duration::from_millis(20)).await;
        }
        edited
    };
    let (crowd, edited) = join(crowd, organiser).await;
    let counted: u64 = crowd.iter().map(|(counted, _)| counted).sum();
    let sent_away: u64 = crowd.iter().map(|(_, sent_away)| sent_away).sum();
    println!("{counted} votes counted and {sent_away} sent away while the poll was edited {edited} times");
    assert!(edited >= 3 && counted > 10);
    for app in [&app, &twin] {
        assert_eq!(app.tally("/polls/tea").await, [counted, 1, 0]);
    }
    assert_eq!(app.database.stored().await, Stored::of(counted.cast_signed() + 1, 0));
}

async fn a_ballot_of_the_old_page_counts_or_is_refused(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    create(&ada, "publish").await;
    let twin = app.twin().await;
    assert_eq!(twin.tally("/polls/tea").await, [0, 0, 0]);
    saved(&ada.put("/polls/tea", &fields(&ada).await.with("label-0", "").with("label-1", "Noir").body()).await);
    // The other process knows the old definition only.
    let answer = twin.add("poll=tea&vote=green").await;
    assert_eq!(answer.status, Status::UnprocessableEntity, "{}", answer.body);
    assert!(answer.body.contains("That is not one of the choices") && answer.body.contains("Noir"), "{}", answer.body);
    assert!(!answer.body.contains("value=\"green\""));
    assert_eq!(twin.add("poll=tea&vote=black").await.status, Status::SeeOther);
    // Closed meanwhile.
    assert_eq!(ada.post("/polls/tea/closure", "").await.status, Status::SeeOther);
    assert_eq!(twin.add("poll=tea&vote=black").await.status, Status::Conflict);
    // By invitation meanwhile.
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
    assert_eq!(app.tally("/polls/tea").await, [1, 0]);
}
