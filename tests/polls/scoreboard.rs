//! Pages are up to date after every change, on every process, and by the clock; and cached as long as they are.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use rocket::{futures::future::join_all, http::Status, tokio::time::sleep};
use urna::{
    db::Engine,
    models::{
        self,
        poll::{Poll, Which},
    },
    scoreboard::Scoreboard,
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::{Stored, TestDatabase},
    on_both,
};

on_both!(
    an_unchanged_page_is_not_sent_again,
    everybody_gets_the_same_tag,
    every_change_changes_the_page,
    a_page_changes_when_time_passes,
    what_a_closed_poll_has_shown_is_stored_as_soon_as_it_can_be,
    a_page_shows_the_votes_of_another_process,
    many_readers_at_once_see_every_vote_before_them,
    a_vote_by_an_old_definition_is_handled_right,
    a_poll_created_anew_under_its_old_name_starts_from_nothing,
    the_poll_of_the_first_page_is_the_one_featured_now,
    a_profile_too_large_to_be_read_at_each_look_is_fresh_too,
    a_change_of_another_poll_drops_nothing,
    a_page_never_names_itself_among_the_others,
);

/// Changes a poll as another process would: in one transaction with the site's revision.
fn edit(slug: &str, change: &str) -> String {
    format!(
        "BEGIN; UPDATE site SET revision = revision + 1; {change};
         UPDATE polls SET revision = (SELECT revision FROM site) WHERE slug = '{slug}'; COMMIT"
    )
}

async fn tag(app: &App, address: &str) -> String {
    let page = app.get(address).await;
    assert_eq!(page.status, Status::Ok, "{}", page.body);
    page.header("etag").unwrap().to_owned()
}

async fn an_unchanged_page_is_not_sent_again(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.cast("donut", "gummi").await;
    for address in ["/", "/polls/donut"] {
        let etag = tag(&app, address).await;
        for known in
            [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), format!("{etag},\"other\""), "*".into()]
        {
            let answer = app.get_with(address, "If-None-Match", &known).await;
            assert_eq!((answer.status, answer.body.as_str()), (Status::NotModified, ""), "{known}");
            assert_eq!(answer.header("etag"), Some(etag.as_str()), "{known}");
            assert_eq!(answer.header("cache-control"), Some("no-cache"), "{known}");
        }
        for unknown in ["\"other\"", "", "\"", etag.trim_matches('"'), "W/", "\"\u{e9}\""] {
            let answer = app.get_with(address, "If-None-Match", unknown).await;
            assert_eq!(answer.status, Status::Ok, "{unknown}");
            assert!(answer.body.contains("<h1>"), "{unknown}");
        }
        app.cast("donut", "pita").await;
        assert_eq!(app.get_with(address, "If-None-Match", &etag).await.status, Status::Ok);
    }
}

async fn everybody_gets_the_same_tag(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.cast("donut", "gummi").await;
    let etag = tag(&app, "/").await;
    for (name, value) in
        [("Cookie", "a=b"), ("User-Agent", "x"), ("Accept-Language", "de"), ("Sec-Fetch-Site", "cross-site")]
    {
        let answer = app.get_with("/", name, value).await;
        assert_eq!(answer.header("etag"), Some(etag.as_str()), "{name}");
        assert_eq!(answer.header("set-cookie"), None, "{name}");
    }
    assert_eq!(tag(&app.twin().await, "/").await, etag);
}

async fn every_change_changes_the_page(database: TestDatabase) {
    let app = App::start_with_others(database).await;
    let donut = app.poll("donut", &["gummi", "pita"]).await;
    let drink = app.poll("drink", &["tea", "coffee"]).await;
    let mut db = app.db().await;
    let mut seen = vec![tag(&app, "/").await];
    let mut changed = async |what: &str, part: &str| {
        let page = app.get("/").await;
        let etag = page.header("etag").unwrap().to_owned();
        assert!(!seen.contains(&etag), "{what}: the page is an old one");
        assert!(page.body.contains(part), "{what}: no {part} in {}", page.body);
        seen.push(etag);
    };
    app.cast("donut", "gummi").await;
    changed("a vote", "<b>1</b> vote since").await;
    app.database.execute(&edit("donut", "UPDATE polls SET title = 'Retitled' WHERE slug = 'donut'")).await;
    changed("a new title", "<h1><bdi>Retitled</bdi></h1>").await;
    app.database.execute(&edit("donut", "UPDATE choices SET label = 'Relabelled' WHERE key = 'pita'")).await;
    changed("a new label", "<bdi>Relabelled</bdi>").await;
    app.database.execute(&edit("drink", "UPDATE polls SET title = 'Other title' WHERE slug = 'drink'")).await;
    changed("another poll's title", "Other title").await;
    donut.close(&mut db, Some(models::now())).await.unwrap();
    changed("the close", "Closed on <time").await;
    // A closed poll stays closed until it is opened again.
    donut.reopen(&mut db).await.unwrap();
    donut.close(&mut db, Some(models::now() + TimeDelta::days(1))).await.unwrap();
    changed("a close to come", "Open until <time").await;
    drink.feature(&mut db).await.unwrap();
    changed("another poll on the first page", "<h1><bdi>Other title</bdi></h1>").await;
    donut.delete(&mut db).await.unwrap();
    let page = app.get("/").await;
    assert!(!page.body.contains("Retitled"), "{}", page.body);
    assert_eq!(app.get("/polls/donut").await.status, Status::NotFound);
    drink.delete(&mut db).await.unwrap();
    assert!(app.get("/").await.body.contains("Nothing to vote on yet"));
}

async fn a_page_changes_when_time_passes(database: TestDatabase) {
    let app = App::start_with_others(database).await;
    let opens_at = models::now() + TimeDelta::milliseconds(1500);
    let closes_at = opens_at + TimeDelta::seconds(1);
    app.poll("featured", &["a", "b"]).await;
    app.create(&new_poll("soon", &["a", "b"]).with(|s| {
        s.opens_at = opens_at;
        s.closes_at = Some(closes_at);
    }))
    .await;
    let pass = async |moment: chrono::NaiveDateTime| {
        sleep((moment - models::now()).to_std().unwrap_or_default()).await;
    };
    let upcoming = tag(&app, "/polls/soon").await;
    assert!(app.get("/polls/soon").await.body.contains("Not open yet"));
    assert!(!app.get("/").await.body.contains("Other open polls"));
    pass(opens_at).await;
    let page = app.get_with("/polls/soon", "If-None-Match", &upcoming).await;
    assert!(page.body.contains("<button"), "{} {}", page.status, page.body);
    assert!(app.get("/").await.body.contains("Other open polls"), "another poll's page tells too");
    pass(closes_at).await;
    let page = app.get("/polls/soon").await;
    assert!(page.body.contains("Closed on <time"), "{}", page.body);
    assert!(!app.get("/").await.body.contains("Other open polls"), "another poll's page tells too");
}

async fn what_a_closed_poll_has_shown_is_stored_as_soon_as_it_can_be(database: TestDatabase) {
    let app = App::start(database).await;
    let stored = "SELECT coalesce(sum(closed_with), -1) FROM polls WHERE slug = 'tea'";
    let show = async |poll: &Poll| {
        let page = app.get(&format!("/polls/{}/results", poll.slug)).await;
        assert!(page.status == Status::Ok && page.body.contains(&poll.seed), "{}", page.body);
    };
    let (over, tea) = (app.poll("over", &["gummi", "pita"]).await, app.poll("tea", &["gummi", "pita"]).await);
    for poll in [&over, &tea] {
        app.cast(&poll.slug, "gummi").await;
        poll.close(&mut app.db().await, None).await.unwrap();
    }
    show(&over).await;
    assert_eq!(app.database.number("SELECT sum(closed_with) FROM polls").await, 1);
    // As long as this index is there, it can't be stored of a second poll. The result is shown all the same.
    app.database.execute("CREATE UNIQUE INDEX test_spoils ON polls (draft) WHERE closed_with IS NOT NULL").await;
    for _ in 0..3 {
        show(&tea).await;
    }
    assert_eq!(app.database.number(stored).await, -1);
    app.database.execute("DROP INDEX test_spoils").await;
    let since = Instant::now();
    while app.database.number(stored).await != 1 {
        assert!(since.elapsed() < Duration::from_secs(10), "it is not tried again");
        sleep(Duration::from_millis(50)).await;
        show(&tea).await;
    }
}

async fn a_page_shows_the_votes_of_another_process(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let other = app.twin().await;
    for n in 1..=5 {
        app.cast("donut", "gummi").await;
        assert_eq!(other.tally("/").await, [n, n - 1]);
        other.cast("donut", "pita").await;
        assert_eq!(app.tally("/polls/donut").await, [n, n]);
    }
}

async fn many_readers_at_once_see_every_vote_before_them(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let other = app.twin().await;
    let voter = async |app: &App, reader: &App, vote: &str, place: usize| {
        for n in 1..=10 {
            app.cast("donut", vote).await;
            let tally = reader.tally("/").await;
            assert!(tally[place] >= n, "{vote}: {tally:?} after {n} votes");
        }
    };
    let voters = (0..8).map(|i| {
        let (writer, reader) = if i % 2 == 0 { (&app, &other) } else { (&other, &app) };
        voter(writer, reader, ["gummi", "pita"][i % 2], i % 2)
    });
    join_all(voters).await;
    assert_eq!(app.tally("/").await, [40, 40]);
    assert_eq!(app.database.stored().await, Stored::of(80, 0));
}

async fn a_vote_by_an_old_definition_is_handled_right(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    let other = app.twin().await;
    let id = poll.id;
    let mut db = other.db().await;
    app.cast("donut", "gummi").await;
    app.database.execute(&edit("donut", "UPDATE polls SET title = 'Retitled' WHERE slug = 'donut'")).await;
    assert_eq!(app.add("vote=gummi").await.status, Status::SeeOther, "merely retitled");
    app.database.execute(&edit("donut", "DELETE FROM choices WHERE key = 'pita'")).await;
    assert_eq!(app.add("vote=pita").await.status, Status::UnprocessableEntity, "a choice that is gone");
    let cleo = format!(
        "INSERT INTO choices (poll_id, key, position, label, description) VALUES ({id}, 'cleo', 5, 'Cleo', '')"
    );
    app.database.execute(&edit("donut", &cleo)).await;
    assert_eq!(app.add("vote=cleo").await.status, Status::SeeOther, "a choice that is new");
    poll.close(&mut db, Some(models::now())).await.unwrap();
    let refused = app.add("vote=gummi&key=late").await;
    assert_eq!(refused.status, Status::Conflict, "closed");
    assert!(refused.body.contains("This poll is closed"), "{}", refused.body);
    poll.reopen(&mut db).await.unwrap();
    assert_eq!(app.add("vote=gummi&key=late").await.status, Status::SeeOther, "reopened");
    assert_eq!(app.tally("/").await, [3, 1]);
    poll.delete(&mut db).await.unwrap();
    assert_eq!(app.add("vote=gummi").await.status, Status::NotFound, "deleted");
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn a_poll_created_anew_under_its_old_name_starts_from_nothing(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    let other = app.twin().await;
    assert_eq!(app.add("vote=pita&key=one").await.status, Status::SeeOther);
    poll.delete(&mut other.db().await).await.unwrap();
    other.poll("donut", &["cleo", "gummi"]).await;
    assert_eq!(app.add("vote=pita&key=one").await.status, Status::UnprocessableEntity);
    assert_eq!(app.add("vote=gummi&key=one").await.status, Status::SeeOther);
    assert_eq!(app.tally("/").await, [0, 1]);
    assert_eq!(other.tally("/").await, [0, 1]);
}

async fn the_poll_of_the_first_page_is_the_one_featured_now(database: TestDatabase) {
    let app = App::start(database).await;
    let donut = app.poll("donut", &["gummi", "pita"]).await;
    let drink = app.poll("drink", &["gummi", "tea"]).await;
    let other = app.twin().await;
    app.cast("donut", "gummi").await;
    drink.feature(&mut other.db().await).await.unwrap();
    let answer = app.add("vote=gummi").await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/#counted")));
    assert_eq!(app.tally("/").await, [1, 0]);
    assert_eq!(app.tally("/polls/drink").await, [1, 0]);
    assert_eq!(app.tally("/polls/donut").await, [1, 0]);
    drink.delete(&mut other.db().await).await.unwrap();
    donut.feature(&mut other.db().await).await.unwrap();
    assert_eq!(app.add("vote=pita").await.status, Status::SeeOther);
    assert_eq!(app.tally("/").await, [1, 1]);
}

async fn a_profile_too_large_to_be_read_at_each_look_is_fresh_too(database: TestDatabase) {
    let app = App::start(database).await;
    let keys: Vec<String> = (0..300).map(|i| format!("c{i}")).collect();
    app.poll("large", &keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
    join_all(keys.iter().map(|key| app.cast("large", key))).await;
    // A tally shows 100 of so many choices.
    assert_eq!(app.tally("/").await, [1; 100]);
    let other = app.twin().await;
    for votes in 2..5 {
        other.cast("large", "c299").await;
        assert_eq!(app.tally("/?page=5").await.iter().max(), Some(&votes));
    }
}

async fn a_change_of_another_poll_drops_nothing(database: TestDatabase) {
    let app = App::start_with_others(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let drink = app.poll("drink", &["tea", "coffee"]).await;
    app.cast("donut", "gummi").await;
    let scoreboard = Scoreboard::new(Engine::open(&app.config.database, 4, Duration::from_secs(5)).unwrap(), true);
    let read = async || scoreboard.read(&Which::Slug("donut".into())).await.unwrap().unwrap();
    let before = read().await;
    let (results, file) =
        (tag(&app, "/polls/donut/results").await, tag(&app, "/polls/donut/results/profile.csv").await);
    let page = tag(&app, "/").await;
    app.database.execute(&edit("drink", "UPDATE polls SET title = 'Retitled' WHERE slug = 'drink'")).await;
    let after = read().await;
    assert!(Arc::ptr_eq(&before.board, &after.board));
    assert_eq!(before.board.version(), after.board.version());
    assert_ne!(before.open_polls.version(), after.open_polls.version());
    assert!(Arc::ptr_eq(&after.open_polls, &read().await.open_polls), "the list is not read again");
    let names: Vec<&str> =
        after.open_polls.but(after.board.definition.poll.id).map(|poll| &*poll.settings.title).collect();
    assert_eq!(names, ["Retitled"]);
    assert_eq!(tag(&app, "/polls/donut/results").await, results);
    assert_eq!(tag(&app, "/polls/donut/results/profile.csv").await, file);
    // The page that names it shows the change at once.
    let answer = app.get_with("/", "If-None-Match", &page).await;
    assert!(answer.body.contains("Retitled"), "{} {}", answer.status, answer.body);
    drink.close(&mut app.db().await, None).await.unwrap();
    assert!(!app.get("/").await.body.contains("Retitled"));
    assert!(Arc::ptr_eq(&before.board, &read().await.board));
}

async fn a_page_never_names_itself_among_the_others(database: TestDatabase) {
    let app = App::start_with_others(database).await;
    for n in 0..12 {
        app.poll(&format!("poll-{n}"), &["a", "b"]).await;
    }
    let others = async |address: &str| -> Vec<String> {
        let page = app.get(address).await.body;
        let list = page.split("Other open polls").nth(1).unwrap().split("</nav>").next().unwrap();
        list.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let named = |numbers: &[i32]| numbers.iter().map(|n| format!("/polls/poll-{n}")).collect::<Vec<_>>();
    assert_eq!(others("/").await, named(&[11, 10, 9, 8, 7, 6, 5, 4]));
    assert_eq!(others("/polls/poll-11").await, named(&[10, 9, 8, 7, 6, 5, 4, 3]));
    assert_eq!(others("/polls/poll-4").await, named(&[11, 10, 9, 8, 7, 6, 5, 3]));
    assert_eq!(others("/polls/poll-1").await, named(&[11, 10, 9, 8, 7, 6, 5, 4]));
}
