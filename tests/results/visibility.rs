//! What is shown when: nothing that depends on the tally leaves the server before its time.

use chrono::TimeDelta;
use rocket::{
    http::{Method, Status},
    tokio::time::sleep,
};
use urna::models::{self, eligibility::Eligibility, new_poll::NewPoll, poll::Poll, visibility::Visibility};

use crate::helpers::{
    app::{Answer, App, WithSettings as _, new_poll},
    browser::Browser,
    database::TestDatabase,
    on_both,
};

on_both!(
    the_tally_and_the_turnout_are_shown_by_their_rules,
    nothing_changes_with_votes_that_are_not_shown,
    the_turnout_alone_shows_nothing_of_the_tally,
    the_page_of_those_who_have_voted_is_theirs,
    a_tally_is_there_at_the_close_and_gone_when_the_poll_opens_again,
    a_tally_is_there_at_its_date_and_not_before,
    an_organiser_sees_the_tally_by_the_same_rules,
    an_organisers_session_changes_no_page_of_others,
);

const RULES: [Visibility; 4] = [Visibility::Always, Visibility::Voted, Visibility::Closed, Visibility::Organiser];

/// A poll by these rules that is open, and the first is featured.
async fn create(
    app: &App,
    slug: &str,
    eligibility: Eligibility,
    results_visibility: Visibility,
    turnout_visibility: Visibility,
) -> Poll {
    app.create(&new_poll(slug, &["gummi", "pita"]).with(|s| {
        s.eligibility = eligibility;
        s.results_visibility = results_visibility;
        s.turnout_visibility = turnout_visibility;
    }))
    .await
}

/// What an answer tells of the ballots: the numbers of its tally, and the number of them all.
fn counts_on(page: &Answer) -> (Option<Vec<u64>>, Option<u64>) {
    let total = page.body.split(r#"<p class="total">"#).nth(1).map(|rest| {
        let number = rest.split("</b>").next().unwrap().trim_start_matches("<b>");
        number.replace(',', "").parse().unwrap_or(0)
    });
    let tally = page.body.contains("<tbody>").then(|| page.tally());
    for trace in
        ["class=\"leader\"", "class=\"leads\"", "class=\"bar\"", "permille", "%</td>", "class=\"count\"", "swatch"]
    {
        assert!(tally.is_some() || !page.body.contains(trace), "{trace}: {}", page.body);
    }
    (tally, total)
}

async fn voter<'a>(app: &'a App, slug: &str, vote: &str) -> Browser<'a> {
    let browser = app.browser();
    browser.get(&format!("/polls/{slug}")).await;
    let answer = browser.add(&format!("poll={slug}&vote={vote}")).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    browser
}

async fn the_tally_and_the_turnout_are_shown_by_their_rules(database: TestDatabase) {
    let app = App::start(database).await;
    for credential in [Eligibility::Open, Eligibility::Browser] {
        for results in RULES {
            for turnout in RULES {
                let slug = format!("{}-{}-{}", credential.as_str(), results.as_str(), turnout.as_str());
                let address = format!("/polls/{slug}");
                let poll = create(&app, &slug, credential, results, turnout).await;
                let voter = voter(&app, &slug, "pita").await;
                let sees = |rule, voted, closed| match rule {
                    Visibility::Always => true,
                    Visibility::Voted => voted || closed,
                    Visibility::Closed => closed,
                    Visibility::Organiser => false,
                };
                for closed in [false, true] {
                    if closed {
                        poll.close(&mut app.db().await, None).await.unwrap();
                    }
                    for voted in [false, true] {
                        let page = if voted { voter.get(&address).await } else { app.get(&address).await };
                        let tally = sees(results, voted, closed).then(|| vec![0, 1]);
                        let total = (tally.is_some() || sees(turnout, voted, closed)).then_some(1);
                        assert_eq!(counts_on(&page), (tally, total), "{slug}, voted: {voted}, closed: {closed}");
                    }
                }
            }
        }
    }
    let later = new_poll("later", &["a", "b"]).with(|s| s.opens_at = models::now() + TimeDelta::hours(1));
    for results in RULES {
        let slug = format!("later-{}", results.as_str());
        app.create(&NewPoll {
            slug: slug.clone(),
            ..later.clone().with(|s| {
                s.results_visibility = results;
                s.turnout_visibility = results;
            })
        })
        .await;
        let page = app.get(&format!("/polls/{slug}")).await;
        assert_eq!(counts_on(&page).0, None, "{slug}");
    }
}

/// All that a stranger can ask of a poll, with the tag of its page as it was.
async fn asked(app: &App, slug: &str, etag: &str) -> Vec<(u16, Vec<(String, String)>, String)> {
    let mut answers = Vec::new();
    let mut addresses = vec![
        "/".to_owned(),
        "/polls".into(),
        "/polls?q=which".into(),
        "/polls?page=1".into(),
        format!("/polls/{slug}"),
        format!("/polls/{slug}?q=gummi"),
        format!("/polls/{slug}?page=1"),
        format!("/polls/{slug}?page=9"),
        format!("/polls/{slug}/results"),
        format!("/polls/{slug}/results/profile.csv"),
        format!("/polls/{slug}/results/ballots.jsonl"),
        format!("/polls/{slug}/results/report.txt"),
        format!("/polls/{slug}/results/nothing"),
        format!("/polls/{slug}/manage"),
        format!("/polls/{slug}/deletion"),
        "/polls/other".into(),
        "/healthz".into(),
        "/readyz".into(),
    ];
    addresses.push(format!("/polls/{slug}/closure"));
    for address in &addresses {
        answers.push(app.get(address).await.bytes());
        answers.push(app.send(Method::Head, address, b"", &[]).await.bytes());
        answers.push(app.get_with(address, "If-None-Match", etag).await.bytes());
    }
    for body in ["vote=", "vote=cleo", "vote=gummi&vote=pita", "vote=gummi&key=%00"] {
        answers.push(app.add(&format!("poll={slug}&{body}")).await.bytes());
    }
    answers.push(app.send(Method::Post, "/add", b"{}", &[("Content-Type", "application/json")]).await.bytes());
    answers
}

async fn nothing_changes_with_votes_that_are_not_shown(database: TestDatabase) {
    let app = App::start(database).await;
    let hidden = [Visibility::Voted, Visibility::Closed, Visibility::Organiser];
    for credential in [Eligibility::Open, Eligibility::Browser] {
        for rule in hidden {
            let slug = format!("{}-{}", credential.as_str(), rule.as_str());
            let poll = create(&app, &slug, credential, rule, rule).await;
            poll.feature(&mut app.db().await).await.unwrap();
            if app.get("/polls/other").await.status == Status::NotFound {
                app.poll("other", &["a", "b"]).await;
            }
            let etag = app.get(&format!("/polls/{slug}")).await.header("etag").unwrap().to_owned();
            let before = asked(&app, &slug, &etag).await;
            let twin = app.twin().await;
            for n in 0..12 {
                let vote = if n % 5 == 0 { "pita" } else { "gummi" };
                voter(if n % 2 == 0 { &app } else { &twin }, &slug, vote).await;
                if ![0, 1, 11].contains(&n) {
                    continue;
                }
                for app in [&app, &twin] {
                    for (before, after) in before.iter().zip(asked(app, &slug, &etag).await) {
                        assert_eq!(*before, after, "{slug} after {} votes", n + 1);
                    }
                }
            }
        }
    }
}

async fn the_turnout_alone_shows_nothing_of_the_tally(database: TestDatabase) {
    let app = App::start(database).await;
    create(&app, "tea", Eligibility::Open, Visibility::Closed, Visibility::Always).await;
    for vote in ["gummi", "pita", "pita"] {
        app.cast("tea", vote).await;
    }
    let before = app.get("/polls/tea").await;
    assert_eq!(counts_on(&before), (None, Some(3)));
    // As many ballots, and another leader.
    app.database
        .execute("UPDATE profile SET count = 3 - count; UPDATE polls SET revision = revision + 1; UPDATE site SET revision = revision + 1")
        .await;
    assert_eq!(app.get("/polls/tea").await.bytes(), before.bytes());
    assert_eq!(app.twin().await.get("/polls/tea").await.bytes(), before.bytes());
}

async fn the_page_of_those_who_have_voted_is_theirs(database: TestDatabase) {
    let app = App::start(database).await;
    for (slug, credential) in [("open", Eligibility::Open), ("browser", Eligibility::Browser)] {
        let address = format!("/polls/{slug}");
        create(&app, slug, credential, Visibility::Voted, Visibility::Voted).await;
        let stranger = app.browser();
        let outside = stranger.get(&address).await;
        let inside = voter(&app, slug, "gummi").await;
        let theirs = inside.get(&address).await;
        assert_eq!(counts_on(&theirs), (Some(vec![1, 0]), Some(1)));
        assert_eq!(counts_on(&stranger.get(&address).await), (None, None));
        for page in [&outside, &theirs] {
            assert_eq!(page.all("cache-control"), ["private, no-cache"]);
            assert_eq!(page.all("vary"), ["Cookie"]);
        }
        let (out_tag, in_tag) = (outside.header("etag").unwrap(), theirs.header("etag").unwrap());
        assert_ne!(out_tag, in_tag);
        // A tag from before the vote, or of somebody else's page, is answered by the page that is theirs.
        assert_eq!(counts_on(&inside.get_again(&address, out_tag).await), (Some(vec![1, 0]), Some(1)));
        let answer = stranger.get_again(&address, in_tag).await;
        assert_eq!((answer.status, counts_on(&answer)), (Status::Ok, (None, None)));
        for (browser, tag) in [(&stranger, out_tag), (&inside, in_tag)] {
            let answer = browser.get_again(&address, tag).await;
            assert_eq!((answer.status, answer.body.as_str()), (Status::NotModified, ""));
            assert_eq!((answer.all("vary"), answer.all("cache-control")), (vec!["Cookie"], vec!["private, no-cache"]));
        }
        // A ballot that was refused shows a voter what they may see, and a stranger nothing.
        let bad = format!("poll={slug}&vote=cleo");
        assert_eq!(counts_on(&stranger.add(&bad).await), (None, None));
        assert_eq!(counts_on(&inside.add(&bad).await).0, Some(vec![1, 0]));
    }
    // What is the same for everybody may be kept by everybody.
    app.poll("free", &["a", "b"]).await;
    let page = app.get("/polls/free").await;
    assert_eq!((page.all("cache-control"), page.all("vary").len()), (vec!["no-cache"], 0));
    // A receipt of one poll shows nothing of another, nor of one that comes after under the same number.
    let inside = voter(&app, "open", "pita").await;
    assert!(inside.cookies().contains(&"__Host-urna-voted".to_owned()), "{:?}", inside.cookies());
    assert_eq!(counts_on(&inside.get("/polls/browser").await), (None, None));
    app.database.execute("UPDATE polls SET created_at = '2026-01-01 00:00:00', revision = revision + 1").await;
    app.database.execute("UPDATE site SET revision = revision + 1").await;
    assert_eq!(counts_on(&inside.get("/polls/open").await), (None, None));
}

async fn a_tally_is_there_at_the_close_and_gone_when_the_poll_opens_again(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = create(&app, "tea", Eligibility::Open, Visibility::Closed, Visibility::Closed).await;
    let twin = app.twin().await;
    app.cast("tea", "gummi").await;
    for _ in 0..2 {
        for app in [&app, &twin] {
            assert_eq!(counts_on(&app.get("/polls/tea").await), (None, None));
        }
        poll.close(&mut app.db().await, None).await.unwrap();
        for app in [&app, &twin] {
            assert_eq!(counts_on(&app.get("/polls/tea").await), (Some(vec![1, 0]), Some(1)));
        }
        let late = app.add("poll=tea&vote=pita").await;
        assert_eq!((late.status, counts_on(&late).0), (Status::Conflict, Some(vec![1, 0])));
        poll.reopen(&mut app.db().await).await.unwrap();
    }
}

async fn a_tally_is_there_at_its_date_and_not_before(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = create(&app, "tea", Eligibility::Open, Visibility::Closed, Visibility::Closed).await;
    app.cast("tea", "pita").await;
    let closes_at = models::now() + TimeDelta::milliseconds(900);
    poll.close(&mut app.db().await, Some(closes_at)).await.unwrap();
    let (mut before, mut after) = (0, 0);
    while after < 5 {
        let asked = models::now();
        let page = app.get("/polls/tea").await;
        let answered = models::now();
        let (tally, _) = counts_on(&page);
        if answered < closes_at {
            assert_eq!(tally, None, "{answered} is before {closes_at}");
            before += 1;
        } else if asked >= closes_at {
            assert_eq!(tally, Some(vec![0, 1]), "{asked} is not before {closes_at}");
            after += 1;
        }
        sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(before > 3, "{before}");
}

async fn an_organiser_sees_the_tally_by_the_same_rules(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    let id = app.database.number("SELECT id FROM organisers WHERE uid = 'ada'").await;
    for results in RULES {
        let slug = results.as_str();
        let new = NewPoll {
            organiser_id: Some(id),
            ..new_poll(slug, &["gummi", "pita"]).with(|s| {
                s.results_visibility = results;
                s.turnout_visibility = results;
            })
        };
        let poll = app.create(&new).await;
        app.cast(slug, "gummi").await;
        let address = format!("/polls/{slug}/manage");
        let shown = counts_on(&ada.get(&address).await);
        // “Until then nobody can see them, not even you.”
        assert_eq!(shown.0, (results != Visibility::Closed).then(|| vec![1, 0]), "{slug}");
        let problem = ada.post(&format!("/polls/{slug}/closure"), "when=later&at=").await;
        assert_eq!((problem.status, counts_on(&problem)), (Status::UnprocessableEntity, shown), "{slug}");
        assert_eq!(bob.get(&address).await.status, Status::NotFound);
        poll.close(&mut app.db().await, None).await.unwrap();
        assert_eq!(counts_on(&ada.get(&address).await).0, Some(vec![1, 0]), "{slug}");
    }
}

async fn an_organisers_session_changes_no_page_of_others(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let id = app.database.number("SELECT id FROM organisers").await;
    let rules = (Visibility::Organiser, Visibility::Organiser);
    app.create(&NewPoll {
        organiser_id: Some(id),
        ..new_poll("tea", &["gummi", "pita"]).with(|s| {
            s.results_visibility = rules.0;
            s.turnout_visibility = rules.1;
        })
    })
    .await;
    app.cast("tea", "gummi").await;
    // The page that is kept for everybody is never the organiser's.
    for address in ["/polls/tea", "/"] {
        let hers = ada.get(address).await;
        assert_eq!(counts_on(&hers), (None, None));
        let sheet = |page: &Answer| page.body.split("<div class=\"sheet").nth(1).map(str::to_owned);
        assert_eq!(sheet(&hers), sheet(&app.get(address).await), "only her links differ");
    }
    assert_eq!(counts_on(&ada.get("/polls/tea/manage").await).0, Some(vec![1, 0]));
    assert_eq!(counts_on(&app.get("/polls/tea").await), (None, None));
}
