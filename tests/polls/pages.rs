//! `GET /` and `GET /polls/<slug>`: what a page shows.

use chrono::TimeDelta;
use rocket::http::{Method, Status};
use urna::models::{self, choice::NewChoice, eligibility::Eligibility, new_poll::NewPoll, visibility::Visibility};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    without_any_poll_the_page_says_so,
    without_any_poll_a_developer_reads_how_to_make_one,
    a_poll_without_votes_is_whole,
    the_page_has_a_form_with_a_field_for_each_choice,
    the_best_come_first_with_their_shares,
    large_numbers_are_grouped,
    the_leader_is_named_and_so_is_a_tie,
    a_closed_poll_shows_its_result_and_no_form,
    a_closed_poll_whose_result_is_not_shown_says_so,
    a_browser_that_has_voted_sees_the_results_and_no_cards,
    a_page_has_the_links_of_whoever_reads_it,
    other_open_polls_are_not_named_unless_the_operator_wants_it,
    an_upcoming_poll_shows_when_it_opens_and_no_form,
    other_open_polls_are_linked,
    hostile_words_are_shown_as_words,
    a_picture_is_shown_at_its_hashed_address,
    a_head_is_a_page_without_its_body,
    a_page_names_no_other_site,
);

fn row(label: &str, count: &str, share: &str) -> String {
    format!("<bdi>{label}</bdi>|<td class=\"count\">{count}</td>|<td>{share}</td>")
}

/// The rows of the tally as text, the leader's mark left out; none where there is no table.
fn rows(page: &str) -> Vec<String> {
    if !page.contains("<tbody>") {
        return Vec::new();
    }
    let table = page.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    let between =
        |text: &str, from: &str, to: &str| text.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned();
    table
        .split("<th scope=\"row\">")
        .skip(1)
        .map(|text| {
            let cells: Vec<&str> = text.split("<td").collect();
            let share = cells[2].trim_start_matches('>').split('<').next().unwrap();
            row(&between(text, "<bdi>", "</bdi>"), &between(text, "class=\"count\">", "<"), share)
        })
        .collect()
}

async fn without_any_poll_the_page_says_so(database: TestDatabase) {
    let app = App::start(database).await;
    let page = app.get("/").await;
    assert_eq!(page.status, Status::Ok);
    assert!(page.body.contains("Nothing to vote on yet"), "{}", page.body);
    assert!(!page.body.contains("<form") && !page.body.contains("urna poll"), "{}", page.body);
    assert_eq!(app.get("/polls/donut").await.status, Status::NotFound);
    assert_eq!(app.get("/polls").await.status, Status::Ok);
    // The first poll shows at once, and the page goes back when it is gone.
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    assert_eq!(app.tally("/").await, [0, 0]);
    poll.delete(&mut app.db().await).await.unwrap();
    assert!(app.get("/").await.body.contains("Nothing to vote on yet"));
}

async fn without_any_poll_a_developer_reads_how_to_make_one(database: TestDatabase) {
    let app = App::start_in_development(database).await;
    app.database.execute("DELETE FROM polls").await;
    app.database.execute("UPDATE site SET revision = revision + 1").await;
    let page = app.get("/").await;
    assert!(page.body.contains("urna poll new"), "{}", page.body);
}

async fn a_poll_without_votes_is_whole(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let page = app.get("/").await;
    assert_eq!(rows(&page.body), Vec::<String>::new());
    assert!(page.body.contains("No votes yet."), "{}", page.body);
    assert!(!page.body.contains("leads") && !page.body.contains("0.0%"), "{}", page.body);
}

async fn the_page_has_a_form_with_a_field_for_each_choice(database: TestDatabase) {
    let app = App::start(database).await;
    let mut poll = new_poll("donut", &["gummi", "pita"]);
    poll.settings.description = "Two cats, two donuts.".into();
    poll.choices[0].label = "Fruit Gummi".into();
    poll.choices[0].description = "Pink glaze.".into();
    app.create(&poll).await;
    for address in ["/", "/polls/donut"] {
        let page = app.get(address).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        for part in [
            "<h1><bdi>Which of donut?</bdi></h1>",
            "Two cats, two donuts.",
            r#"<form method="post" action="/add""#,
            r#"<input type="hidden" name="poll" value="donut">"#,
            r#"<input type="radio" name="vote" value="gummi">"#,
            r#"<input type="radio" name="vote" value="pita">"#,
            "<bdi>Fruit Gummi</bdi>",
            "<button>Vote</button>",
            "Pink glaze.",
            r#"<html lang="en">"#,
        ] {
            assert!(page.body.contains(part), "{address}: no {part} in {}", page.body);
        }
        assert_eq!(page.body.matches("<button").count(), 1, "{address}");
        assert_eq!(page.body.matches("<h1>").count(), 1, "{address}");
    }
}

async fn the_best_come_first_with_their_shares(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("drink", &["water", "tea", "coffee"]).await;
    for vote in ["tea", "coffee", "tea"] {
        app.cast("drink", vote).await;
    }
    let page = app.get("/").await;
    assert_eq!(rows(&page.body), [row("tea", "2", "66.7%"), row("coffee", "1", "33.3%"), row("water", "0", "0.0%")]);
    assert!(page.body.contains("<b>3</b> votes since <time datetime="), "{}", page.body);
    // A bar is as long as its choice's share.
    let bars: Vec<&str> =
        page.body.split("<rect width=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(bars, ["667", "333", "0"]);
    // The ballot keeps its order.
    let cards: Vec<usize> =
        ["water", "tea", "coffee"].map(|key| page.body.find(&format!("value=\"{key}\"")).unwrap()).to_vec();
    assert!(cards.is_sorted(), "{cards:?}");
}

async fn large_numbers_are_grouped(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    let (id, most) = (poll.id, 1_234_566);
    app.database
        .execute(&format!("INSERT INTO profile (poll_id, marks, shard, count) VALUES ({id}, 'gummi', 40, {most})"))
        .await;
    app.database.execute(&format!("INSERT INTO turnout (poll_id, shard, ballots) VALUES ({id}, 40, {most})")).await;
    app.cast("donut", "pita").await;
    let page = app.get("/").await;
    assert_eq!(rows(&page.body), [row("gummi", "1,234,566", "100.0%"), row("pita", "1", "0.0%")]);
    assert!(page.body.contains("<b>1,234,567</b> votes"), "{}", page.body);
}

async fn the_leader_is_named_and_so_is_a_tie(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("drink", &["water", "tea", "coffee"]).await;
    app.cast("drink", "tea").await;
    let leader = async || {
        let page = app.get("/").await.body;
        page.split(r#"<p class="why">"#).nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    assert_eq!(leader().await, "tea leads with 1 of 1 vote (100.0%).");
    app.cast("drink", "coffee").await;
    assert_eq!(leader().await, "tea and coffee are level with 1 vote each.");
    app.cast("drink", "water").await;
    assert_eq!(leader().await, "water, tea and coffee are level with 1 vote each.");
    app.cast("drink", "coffee").await;
    assert_eq!(leader().await, "coffee leads with 2 of 4 votes (50.0%).");
    assert_eq!(app.get("/").await.body.matches(r#"<span class="leads">"#).count(), 1);
}

async fn a_closed_poll_shows_its_result_and_no_form(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    app.cast("donut", "pita").await;
    let closes_at = models::now();
    poll.close(&mut app.db().await, Some(closes_at)).await.unwrap();
    let page = app.get("/").await;
    assert!(page.body.contains("pita wins with 1 of 1 vote (100.0%)."), "{}", page.body);
    assert!(page.body.contains("Closed on <time"), "{}", page.body);
    assert!(page.body.contains(&closes_at.format("%Y-%m-%dT%H:%M:%SZ").to_string()), "{}", page.body);
    for part in ["<form", "<button", "class=\"row", "ballot-title"] {
        assert!(!page.body.contains(part), "{part}: {}", page.body);
    }
    assert!(page.body.contains(r#"<h2 id="tally-title">Results</h2>"#), "{}", page.body);
    assert_eq!(page.tally(), [0, 1]);
}

async fn a_closed_poll_whose_result_is_not_shown_says_so(database: TestDatabase) {
    let app = App::start(database).await;
    let new = new_poll("donut", &["gummi", "pita"]).with(|s| s.results_visibility = Visibility::Organiser);
    let poll = app.create(&new).await;
    app.cast("donut", "pita").await;
    poll.close(&mut app.db().await, None).await.unwrap();
    let page = app.get("/polls/donut").await.body;
    assert!(page.contains("Only the organiser can see the results."), "{page}");
    assert!(!page.contains("class=\"row") && !page.contains("<form") && !page.contains("<table"), "{page}");
}

async fn a_browser_that_has_voted_sees_the_results_and_no_cards(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&new_poll("donut", &["gummi", "pita"]).with(|s| s.eligibility = Eligibility::Browser)).await;
    let browser = app.browser();
    let before = browser.get("/").await.body;
    assert!(before.contains("class=\"row") && before.contains(r#"<div id="already" role="status" tabindex="-1">"#));
    assert_eq!(browser.add("poll=donut&vote=pita").await.header("location"), Some("/#counted"));
    let after = browser.get("/").await;
    assert!(after.body.contains("This browser has voted."), "{}", after.body);
    assert!(after.body.contains(r#"tabindex="-1" class="in">"#), "{}", after.body);
    assert!(!after.body.contains("class=\"row") && !after.body.contains("<form"), "{}", after.body);
    assert_eq!(after.tally(), [0, 1]);
}

async fn a_page_has_the_links_of_whoever_reads_it(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    let id = app.database.number("SELECT id FROM organisers WHERE uid = 'ada'").await;
    app.create(&NewPoll { organiser_id: Some(id), ..new_poll("donut", &["gummi", "pita"]) }).await;
    let (manage, create) = (r#"href="/polls/donut/manage">Manage"#, r#"<a href="/polls/new">Create a poll</a>"#);
    let (own, sign_in) = (r#"<a href="/organiser">Your polls</a>"#, r#"<a href="/organiser">Sign in</a>"#);
    for address in ["/", "/polls/donut", "/polls"] {
        let of_a_poll = address != "/polls";
        for _ in 0..2 {
            let page = app.get(address).await;
            assert!(page.body.contains(sign_in) && !page.body.contains(create), "{address}: {}", page.body);
            assert!(!page.body.contains(manage) && !page.body.contains(own), "{address}: {}", page.body);
            assert_eq!((page.header("cache-control"), page.header("vary")), (Some("no-cache"), None), "{address}");
            for (who, runs_it) in [(&bob, false), (&ada, of_a_poll)] {
                let page = who.get(address).await;
                assert!(page.body.contains(create) && page.body.contains(own), "{address}: {}", page.body);
                assert_eq!(page.body.contains(manage), runs_it, "{address}: {}", page.body);
                assert!(!page.body.contains(sign_in), "{address}: {}", page.body);
                assert_eq!(page.header("vary"), Some("Cookie"), "{address}");
                assert_ne!(page.header("cache-control"), Some("no-cache"), "{address}");
            }
        }
    }
    // Where a vote is refused, too.
    let refused = ada.post("/add", "poll=donut&vote=dog").await;
    assert!(refused.status == Status::UnprocessableEntity && refused.body.contains(manage), "{}", refused.body);
    assert_eq!(ada.delete("/session").await.status, Status::SeeOther);
    assert!(ada.get("/polls/donut").await.body.contains(sign_in));
}

async fn other_open_polls_are_not_named_unless_the_operator_wants_it(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let before = app.get("/").await;
    app.poll("drink", &["tea", "coffee"]).await;
    let after = app.get("/").await;
    assert!(!after.body.contains("Which of drink?") && !after.body.contains("class=\"others\""), "{}", after.body);
    assert_eq!(after.header("etag"), before.header("etag"), "nor is the page drawn anew for it");
}

async fn an_upcoming_poll_shows_when_it_opens_and_no_form(database: TestDatabase) {
    let app = App::start(database).await;
    let opens_at = models::now() + TimeDelta::days(3);
    app.create(&new_poll("later", &["a", "b"]).with(|s| s.opens_at = opens_at)).await;
    let page = app.get("/").await;
    assert!(page.body.contains("Not open yet"), "{}", page.body);
    assert!(page.body.contains(&opens_at.format("%-d %B %Y, %H:%M UTC").to_string()), "{}", page.body);
    assert!(!page.body.contains("<form") && !page.body.contains("<button"), "{}", page.body);
}

async fn other_open_polls_are_linked(database: TestDatabase) {
    let app = App::start_with_others(database).await;
    let now = models::now();
    app.poll("donut", &["gummi", "pita"]).await;
    assert!(!app.get("/").await.body.contains("Other open polls"));
    app.poll("drink", &["tea", "coffee"]).await;
    app.create(&new_poll("later", &["a", "b"]).with(|s| s.opens_at = now + TimeDelta::days(1))).await;
    let past = new_poll("past", &["a", "b"]).with(|s| {
        s.opens_at = now - TimeDelta::days(2);
        s.closes_at = Some(now - TimeDelta::days(1));
    });
    app.create(&past).await;
    let page = app.get("/").await.body;
    let others = page.split("Other open polls").nth(1).unwrap_or_else(|| panic!("no other polls: {page}"));
    assert!(others.contains(r#"<a href="/polls/drink"><bdi>Which of drink?</bdi></a>"#), "{others}");
    for slug in ["later", "past", "donut"] {
        assert!(!others.contains(slug), "{slug}: {others}");
    }
    // On another poll's page the featured one is at its own address.
    let page = app.get("/polls/drink").await.body;
    assert!(page.contains(r#"<a href="/"><bdi>Which of donut?</bdi></a>"#), "{page}");
}

async fn hostile_words_are_shown_as_words(database: TestDatabase) {
    let app = App::start_with_others(database).await;
    let hostile = r#"</title><script>alert("1")</script><img src=x onerror='a'>&amp;{{ 7*7 }}"#;
    let choice = |key: &str, label: String| NewChoice {
        key: key.into(),
        label,
        description: hostile.into(),
        ..NewChoice::default()
    };
    let poll = NewPoll {
        choices: vec![choice("a", hostile.into()), choice("b", format!("{hostile}2"))],
        ..new_poll("hostile", &[]).with(|s| {
            s.title = hostile.into();
            s.description = hostile.into();
        })
    };
    app.create(&poll).await;
    app.poll("other", &["a", "b"]).await;
    app.cast("hostile", "a").await;
    let refused = app.add("vote=c").await;
    assert_eq!(refused.status, Status::UnprocessableEntity);
    let pages = [app.get("/").await, app.get("/polls").await, app.get("/polls/other").await, refused];
    for page in pages {
        assert!(page.body.contains("&lt;script&gt;alert("), "{}", page.body);
        assert!(page.body.contains("&amp;amp;{{ 7*7 }}"), "{}", page.body);
        assert!(!page.body.contains("<script>") && !page.body.contains("<img src=x"), "{}", page.body);
    }
}

async fn a_picture_is_shown_at_its_hashed_address(database: TestDatabase) {
    let app = App::start(database).await;
    let mut poll = new_poll("donut", &["gummi", "pita"]);
    poll.choices[0].picture = Some("gummi.svg".into());
    app.create(&poll).await;
    let page = app.get("/").await.body;
    let address = page.split(r#"<img src="/static/gummi."#).nth(1).unwrap_or_else(|| panic!("no picture: {page}"));
    let address = format!("/static/gummi.{}", address.split('"').next().unwrap());
    let picture = app.get(&address).await;
    assert_eq!((picture.status, picture.header("content-type")), (Status::Ok, Some("image/svg+xml")));
    assert!(!page.contains("/static/pita"), "{page}");
}

async fn a_head_is_a_page_without_its_body(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for address in ["/", "/polls/donut"] {
        let (page, head) = (app.get(address).await, app.send(Method::Head, address, b"", &[]).await);
        assert_eq!(head.status, Status::Ok);
        assert_eq!((head.header("etag"), head.body.as_str()), (page.header("etag"), ""));
        assert!(page.header("etag").is_some_and(|tag| tag.len() > 10));
    }
    assert_eq!(app.send(Method::Head, "/polls/elsewhere", b"", &[]).await.status, Status::NotFound);
}

async fn a_page_names_no_other_site(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    for address in ["/", "/polls", "/nowhere"] {
        let page = app.get(address).await.body;
        for part in ["http://", "https://", "src=\"//", "href=\"//", "style=", "<style", " onclick"] {
            assert!(!page.contains(part), "{address}: {part} in {page}");
        }
    }
}
