//! `GET /polls`: the list by state, its search and its pages.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rocket::http::Status;
use urna::models::{self, new_poll::NewPoll, visibility::Visibility};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    polls_are_listed_by_their_state,
    drafts_and_unlisted_polls_are_never_listed,
    titles_are_searched_without_marks_and_case,
    signs_of_a_pattern_stand_for_themselves,
    a_search_goes_through_all_states,
    long_lists_come_in_pages,
    odd_addresses_get_a_page_with_a_sentence,
    hostile_searches_are_shown_as_words,
    the_list_shows_the_number_of_votes_where_everybody_may_see_it,
    ten_thousand_polls_are_listed_at_once,
);

fn titled(slug: &str, title: &str) -> NewPoll {
    new_poll(slug, &["a", "b"]).with(|s| s.title = title.into())
}

/// The addresses of the polls on a page of the list, in order.
async fn listed(app: &App, address: &str) -> Vec<String> {
    let page = app.get(address).await;
    assert_eq!(page.status, Status::Ok, "{address}: {}", page.body);
    let section = page.body.split(r#"<section class="polls""#).nth(1).unwrap().split("</section>").next().unwrap();
    let links = section.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    links.map(|link| link.trim_start_matches("/polls/").to_owned()).collect()
}

async fn polls_are_listed_by_their_state(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("first", &["a", "b"]).await;
    app.poll("second", &["a", "b"]).await;
    for (slug, days) in [("june", 40), ("may", 10)] {
        app.create(&titled(slug, slug).with(|s| s.opens_at = models::now() + TimeDelta::days(days))).await;
    }
    for slug in ["over", "past"] {
        app.poll(slug, &["a", "b"]).await.close(&mut app.db().await, Some(models::now())).await.unwrap();
    }
    // The featured poll is at the index.
    assert_eq!(listed(&app, "/polls").await, ["second", "/"]);
    assert_eq!(listed(&app, "/polls?state=open").await, ["second", "/"]);
    assert_eq!(listed(&app, "/polls?state=upcoming").await, ["may", "june"]);
    assert_eq!(listed(&app, "/polls?state=closed").await, ["past", "over"]);
    let page = app.get("/polls?state=closed").await;
    assert!(page.body.contains(r#"<a href="/polls?state=closed" aria-current="page">Closed</a>"#), "{}", page.body);
    assert_eq!(page.body.matches("aria-current").count(), 1);
    assert_eq!(page.header("cache-control"), Some("no-cache"));
}

async fn drafts_and_unlisted_polls_are_never_listed(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("seen", &["a", "b"]).await;
    app.create(&NewPoll { draft: true, ..titled("draft", "Which of drafts?") }).await;
    app.create(&titled("hidden", "Which of hidden?").with(|s| s.listed = false)).await;
    let later = models::now() + TimeDelta::days(1);
    app.create(&NewPoll { draft: true, ..titled("later", "Which of later?").with(|s| s.opens_at = later) }).await;
    for address in ["/polls", "/polls?state=upcoming", "/polls?state=closed", "/polls?q=which"] {
        let found = listed(&app, address).await;
        assert!(found.iter().all(|link| link == "/"), "{address}: {found:?}");
    }
}

async fn titles_are_searched_without_marks_and_case(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("featured", &["a", "b"]).await;
    app.create(&titled("fruit", "Äpfel oder Birnen?")).await;
    app.create(&titled("soup", "Ποια σούπα;")).await;
    for q in ["apfel", "%C3%84PFEL", "Birnen", "oder+bir", "A%CC%88pfel", "%20apfel%20"] {
        assert_eq!(listed(&app, &format!("/polls?q={q}")).await, ["fruit"], "{q}");
    }
    assert_eq!(listed(&app, "/polls?q=%CE%A3%CE%9F%CE%A5%CE%A0%CE%91").await, ["soup"]);
    // Words in any order, and letters that are written otherwise in capitals.
    app.create(&titled("street", "Welche Straße wird gesperrt?")).await;
    for q in ["strasse", "STRASSE", "stra%C3%9Fe", "STRA%E1%BA%9EE", "gesperrt+welche", "gesp+strass"] {
        assert_eq!(listed(&app, &format!("/polls?q={q}")).await, ["street"], "{q}");
    }
    assert_eq!(listed(&app, "/polls?q=strasse+birnen").await, [""; 0]);
    let page = app.get("/polls?q=quince").await;
    assert!(page.body.contains("No poll has “<bdi>quince</bdi>” in its title."), "{}", page.body);
    assert!(page.body.contains(r#"value="quince""#));
    assert_eq!(listed(&app, "/polls?q=").await.len(), 4);
}

async fn signs_of_a_pattern_stand_for_themselves(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("featured", &["a", "b"]).await;
    app.create(&titled("share", "100% or 50_50?")).await;
    app.create(&titled("slash", r"C:\ or D:\?")).await;
    assert_eq!(listed(&app, "/polls?q=%25").await, ["share"]);
    assert_eq!(listed(&app, "/polls?q=0%25").await, ["share"]);
    assert_eq!(listed(&app, "/polls?q=0_5").await, ["share"]);
    assert_eq!(listed(&app, "/polls?q=0_0").await, [""; 0]);
    assert_eq!(listed(&app, "/polls?q=%5C").await, ["slash"]);
}

async fn a_search_goes_through_all_states(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("featured", &["a", "b"]).await;
    app.create(&titled("open", "Tea now?")).await;
    app.create(&titled("later", "Tea later?").with(|s| s.opens_at = models::now() + TimeDelta::days(1))).await;
    let past = app.create(&titled("past", "Tea then?")).await;
    past.close(&mut app.db().await, None).await.unwrap();
    assert_eq!(listed(&app, "/polls?q=tea&state=open").await, ["past", "later", "open"]);
    let body = app.get("/polls?q=tea").await.body;
    assert!(body.contains("Opens <time") && body.contains("Closed <time") && body.contains("Open since <time"));
    assert!(!body.contains("aria-current"), "{body}");
}

async fn long_lists_come_in_pages(database: TestDatabase) {
    let app = App::start(database).await;
    for i in 0..51 {
        app.create(&titled(&format!("p{i}"), &format!("Tea & {i}?"))).await;
    }
    assert_eq!(listed(&app, "/polls").await.len(), 25);
    assert_eq!(listed(&app, "/polls?page=2").await[0], "p25");
    assert_eq!(listed(&app, "/polls?page=3").await, ["/"]);
    let page = app.get("/polls?q=a+%26&page=2").await.body;
    assert!(page.contains("<p>Page 2 of 3</p>") && page.contains("Polls 26–50 of 51 with"), "{page}");
    for way in [r#"rel="prev" href="/polls?q=a%20%26&amp;page=1""#, r#"rel="next" href="/polls?q=a%20%26&amp;page=3""#]
    {
        assert!(page.contains(way), "{way}: {page}");
    }
    let first = app.get("/polls?state=open").await.body;
    assert!(!first.contains("rel=\"prev\"") && first.contains(r#"rel="next" href="/polls?page=2""#), "{first}");
    assert!(!app.get("/polls?page=3").await.body.contains("rel=\"next\""));
    assert!(!app.get("/polls?state=closed").await.body.contains("class=\"pager\""));
}

async fn odd_addresses_get_a_page_with_a_sentence(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["a", "b"]).await;
    let long = format!("/polls?q={}", "x".repeat(5000));
    let odd = [
        ("/polls?page=0", 404),
        ("/polls?page=2", 404),
        ("/polls?page=99999999999999999999", 404),
        ("/polls?page=x", 404),
        ("/polls?page=%00", 404),
        ("/polls?state=draft", 404),
        ("/polls?state=%FF", 404),
        (&long, 422),
        ("/polls?q=a%00b", 422),
        ("/polls?q=%E2%80%AEabc", 422),
    ];
    for (address, status) in odd {
        let page = app.get(address).await;
        assert_eq!(page.status.code, status, "{address}");
        assert!(page.body.contains(r#"role="alert">T"#) && page.body.contains("<h1>All polls</h1>"), "{}", page.body);
        assert!(!page.body.contains('\0') && page.body.len() < 9000, "{address}");
    }
    for fine in [
        "/polls?page=",
        "/polls?q=%20",
        "/polls?q=%FF",
        "/polls?q=a&q=b",
        "/polls?nothing=1",
        "/polls?",
        "/polls?q=%CC%81",
    ] {
        assert_eq!(app.get(fine).await.status, Status::Ok, "{fine}");
    }
}

async fn hostile_searches_are_shown_as_words(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["a", "b"]).await;
    let page = app.get("/polls?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%7B%7B7*7%7D%7D'").await;
    assert_eq!(page.status, Status::Ok);
    assert!(page.body.contains("&lt;script&gt;alert(1)") && page.body.contains("{{7*7}}"), "{}", page.body);
    assert!(!page.body.contains("<script>"), "{}", page.body);
    assert_eq!(listed(&app, "/polls?q='%20OR%201=1%20--").await, [""; 0]);
}

async fn the_list_shows_the_number_of_votes_where_everybody_may_see_it(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["a", "b"]).await;
    assert!(app.get("/polls").await.body.contains("· no votes"));
    app.cast("donut", "a").await;
    assert!(app.get("/polls").await.body.contains("· 1 vote<"));
    app.cast("donut", "b").await;
    assert!(app.get("/polls").await.body.contains("· 2 votes<"));
    for hidden in [Visibility::Voted, Visibility::Closed, Visibility::Organiser] {
        let slug = hidden.as_str();
        let secret = titled(slug, "Secret").with(|s| {
            s.results_visibility = hidden;
            s.turnout_visibility = hidden;
        });
        app.create(&secret).await;
        let before = app.get("/polls").await.body;
        app.cast(slug, "a").await;
        assert_eq!(app.get("/polls").await.body, before, "{hidden:?}");
    }
    assert_eq!(app.get("/polls").await.body.matches(" votes<").count(), 1);
}

async fn ten_thousand_polls_are_listed_at_once(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["a", "b"]).await;
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)";
    let columns = "slug, title, description, method, seats, credential, results, featured, opens_at, closes_at, created_at, revision, folded";
    let values = "'p' || i, 'Poll ' || i, 'About it and more about it, and what else there is to say. ', 'plurality', 1, \
                  'open', 'always', FALSE, '2026-01-01 00:00:00', \
                  CASE WHEN i % 3 = 0 THEN '2026-02-01 00:00:00' END, '2026-01-01 00:00:00', 1, 'poll ' || i";
    let values = if app.database.is_sqlite() {
        values.to_owned()
    } else {
        values.replace(" 00:00:00'", " 00:00:00'::timestamp")
    };
    app.database
        .execute(&format!("{numbers} INSERT INTO polls ({columns}) SELECT {values} FROM n").replacen(
            &format!("{numbers} INSERT INTO polls ({columns})"),
            &format!("INSERT INTO polls ({columns}) {numbers}"),
            1,
        ))
        .await;
    for address in
        ["/polls", "/polls?page=260", "/polls?state=closed&page=100", "/polls?q=9999", "/polls?q=poll&page=300"]
    {
        assert!(!listed(&app, address).await.is_empty());
        let start = Instant::now();
        for _ in 0..10 {
            app.get(address).await;
        }
        let each = start.elapsed() / 10;
        println!("{address}: {each:?}");
        assert!(each < Duration::from_millis(150), "{address}: {each:?}");
    }
}
