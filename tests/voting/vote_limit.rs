//! The limit of votes from one network, without invitations: so many at once, then so many a second; and what the
//! organiser sees of a burst.

use rocket::http::{ContentType, Header, Status};
use urna::models::{eligibility::Eligibility, new_poll::NewPoll, poll::Poll};

use crate::helpers::{
    app::{Answer, App, WithSettings as _, new_poll},
    database::{Stored, TestDatabase},
    on_both,
    server::{Server, create_poll},
};

on_both!(
    one_network_can_not_flood_a_poll,
    what_adds_no_ballot_and_what_is_invited_is_not_limited,
    a_burst_is_shown_to_the_organiser,
    the_limit_is_a_setting,
);

/// A vote from an address, by a browser of this number.
async fn vote(app: &App, address: &str, poll: &Poll, browser: usize) -> Answer {
    let body = format!("poll={}&vote=gummi", poll.slug);
    let length = Header::new("Content-Length", body.len().to_string());
    let request = app.client.post("/add").remote(format!("{address}:4711").parse().unwrap());
    let request = request.header(ContentType::Form).header(length);
    let request = request.private_cookie(("__Host-urna-browser", format!("{browser:032x}")));
    Answer::read(request.body(body).dispatch().await).await
}

async fn create(app: &App, slug: &str, eligibility: Eligibility) -> Poll {
    app.create(&new_poll(slug, &["gummi", "pita"]).with(|s| s.eligibility = eligibility)).await
}

async fn one_network_can_not_flood_a_poll(database: TestDatabase) {
    let app = App::start(database).await;
    for (n, credential) in [Eligibility::Browser, Eligibility::Open].into_iter().enumerate() {
        let poll = create(&app, credential.as_str(), credential).await;
        let address = format!("203.0.113.{n}");
        let (mut counted, mut refused) = (0, 0);
        for browser in 0..700 {
            let answer = vote(&app, &address, &poll, browser).await;
            match answer.status {
                Status::SeeOther => counted += 1,
                Status::TooManyRequests if refused == 0 => {
                    refused += 1;
                    assert_eq!(answer.header("retry-after"), Some("1"));
                    let sentence = "Very many votes come from your network right now, and yours was not counted.";
                    assert!(answer.body.contains(sentence), "{}", answer.body);
                    assert!(
                        answer.body.contains(r#"value="gummi" checked>"#),
                        "what was marked stays: {}",
                        answer.body
                    );
                    assert!(answer.body.contains("<title>Error: "), "{}", answer.body);
                }
                Status::TooManyRequests => refused += 1,
                status => panic!("{status}: {}", answer.body),
            }
        }
        assert!(counted >= 600 && refused > 0, "{counted} counted, {refused} refused");
        assert_eq!(app.tally(&format!("/polls/{}", poll.slug)).await, [counted, 0]);
        // Others vote as ever, also from the same network of IPv6 as long as it is another.
        for other in ["198.51.100.1", "[2001:db8:0:1::1]"] {
            assert_eq!(vote(&app, other, &poll, 100_000 + other.len()).await.status, Status::SeeOther, "{other}");
        }
    }
    // All addresses of a network of IPv6 are one.
    let poll = create(&app, "six", Eligibility::Browser).await;
    let mut refused = 0;
    for browser in 0..700 {
        let address = format!("[2001:db8:0:2::{browser:x}]");
        refused += usize::from(vote(&app, &address, &poll, browser).await.status == Status::TooManyRequests);
    }
    assert!(refused > 0);
}

async fn what_adds_no_ballot_and_what_is_invited_is_not_limited(database: TestDatabase) {
    let app = App::start_with(database, &[("urna.votes_at_once", 5), ("urna.votes_per_second", 1)]).await;
    let poll = create(&app, "tea", Eligibility::Browser).await;
    for n in 0..50 {
        let answer = vote(&app, "203.0.113.1", &poll, 1).await;
        assert_eq!(answer.status, Status::SeeOther, "{n}: {}", answer.body);
    }
    assert_eq!(app.database.stored().await, Stored::of(1, 1));
    // A code that is none is not counted either, and needs no limit: nobody guesses one.
    let poll = create(&app, "invited", Eligibility::Invitation).await;
    for n in 0..50 {
        let answer = vote(&app, "203.0.113.2", &poll, n).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{n}: {}", answer.body);
    }
}

async fn a_burst_is_shown_to_the_organiser(database: TestDatabase) {
    let app = App::start_with(database, &[("urna.votes_at_once", 150), ("urna.votes_per_second", 1)]).await;
    let ada = app.organiser("ada").await;
    let id = app.database.number("SELECT id FROM organisers").await;
    let poll = NewPoll {
        organiser_id: Some(id),
        ..new_poll("tea", &["gummi", "pita"]).with(|s| s.eligibility = Eligibility::Browser)
    };
    let poll = app.create(&poll).await;
    let title = "Many votes at once";
    for browser in 0..60 {
        vote(&app, "198.51.100.1", &poll, browser).await;
    }
    assert!(!ada.get("/polls/tea/manage").await.body.contains(title), "sixty are no burst");
    let mut refused = 0;
    for browser in 1000..1200 {
        let answer = vote(&app, "203.0.113.1", &poll, browser).await;
        refused += u64::from(answer.status == Status::TooManyRequests);
    }
    assert!(refused > 10, "{refused}");
    // On whichever process it is asked for: it is written there as well.
    let page = ada.get("/polls/tea/manage").await;
    assert!(page.body.contains(title), "{}", page.body);
    let row = page.body.split("id=\"bursts-title\">").nth(1).and_then(|rest| rest.split("</ul>").next()).unwrap();
    assert!(row.contains("<time datetime=\"") && row.contains("% of all"), "{row}");
    let stored = app.database.number("SELECT SUM(votes) FROM bursts").await;
    assert_eq!(stored, 200 - i64::try_from(refused).unwrap());
    assert_eq!(app.database.number("SELECT SUM(refused) FROM bursts").await, i64::try_from(refused).unwrap());
    if app.database.number("SELECT count(*) FROM bursts").await == 1 {
        let share = (1000 * stored + (stored + 60) / 2) / (stored + 60);
        let line = format!(": {stored} votes, {}.{}% of all; {refused} more were refused", share / 10, share % 10);
        assert!(row.contains(&line), "no {line} in {row}");
    }
    // Another process shows it too, and the network stands nowhere.
    let twin = app.twin().await;
    let cookie = ada.cookie();
    let page = twin.send(rocket::http::Method::Get, "/polls/tea/manage", b"", &[("Cookie", &cookie)]).await;
    assert!(page.body.contains(title), "{}", page.body);
    assert!(!page.body.contains("203.0.113"), "{}", page.body);
    // It goes with its poll.
    ada.delete("/polls/tea").await;
    for _ in 0..500 {
        if app.database.number("SELECT count(*) FROM bursts").await == 0 {
            return;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the bursts of a deleted poll are still there");
}

async fn the_limit_is_a_setting(database: TestDatabase) {
    create_poll(&database, "donut", &["gummi", "pita"]).await;
    let votes = |settings: &[(&str, &str)]| {
        let server = Server::start_with(&database, settings);
        let mut voter = server.voter();
        let statuses: Vec<u16> = (0..60).map(|_| voter.add("vote=gummi").unwrap().status).collect();
        statuses.iter().filter(|status| **status == 429).count()
    };
    assert_eq!(votes(&[("URNA_VOTES_AT_ONCE", "0")]), 0);
    assert_eq!(votes(&[("URNA_VOTES_AT_ONCE", "1000")]), 0);
    assert!(votes(&[("URNA_VOTES_AT_ONCE", "10"), ("URNA_VOTES_PER_SECOND", "1")]) > 30);
    assert_eq!(votes(&[("URNA_VOTES_AT_ONCE", "10"), ("URNA_VOTES_PER_SECOND", "1000000")]), 0);
}
