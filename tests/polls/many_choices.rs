//! A poll with many choices: its pages, its search, its votes.

use rocket::http::{Method, Status};
use urna::models::{choice::NewChoice, new_poll::NewPoll, poll::Poll};

use crate::helpers::{
    app::{Answer, App, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    a_hundred_choices_are_on_one_page,
    a_thousand_choices_come_in_pages,
    the_tally_has_the_best_of_all_on_every_page,
    choices_are_searched,
    a_vote_from_any_page_counts,
    a_refused_vote_comes_back_where_it_was,
    odd_pages_get_a_sentence,
    the_first_page_is_kept_and_the_others_are_asked_for_again,
);

/// A poll with so many choices, `c0` up.
async fn many(app: &App, slug: &str, number: usize) -> Poll {
    let choice = |i| NewChoice {
        key: format!("c{i}"),
        label: format!("Choice {i}"),
        description: if i == 777 { "Mit Käse & <Soße>".into() } else { String::new() },
        ..NewChoice::default()
    };
    app.create(&NewPoll { choices: (0..number).map(choice).collect(), ..new_poll(slug, &[]) }).await
}

/// The keys that a page's buttons vote for.
fn keys(page: &Answer) -> Vec<String> {
    let buttons = page.body.split("name=\"vote\" value=\"").skip(1);
    buttons.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn a_hundred_choices_are_on_one_page(database: TestDatabase) {
    let app = App::start(database).await;
    many(&app, "many", 100).await;
    let page = app.get("/").await;
    assert_eq!(keys(&page).len(), 100);
    assert!(!page.body.contains("class=\"pager\"") && !page.body.contains("role=\"search\""));
    // What is asked beyond that changes nothing.
    for address in ["/?page=2", "/?q=7", "/?page=x", "/polls/many?q=7&page=9"] {
        let same = app.get(address).await;
        assert_eq!((same.status, &same.body), (Status::Ok, &page.body), "{address}");
    }
}

async fn a_thousand_choices_come_in_pages(database: TestDatabase) {
    let app = App::start(database).await;
    many(&app, "many", 1000).await;
    many(&app, "more", 101).await;
    let first = app.get("/").await;
    assert_eq!(keys(&first)[..2], ["c0", "c1"]);
    assert!(first.body.contains("Choices 1–60 of 1,000") && first.body.contains("<p>Page 1 of 17</p>"));
    assert!(first.body.contains(r##"rel="next" href="/?page=2#ballot""##), "{}", first.body);
    let second = app.get("/?page=2").await;
    assert_eq!((keys(&second).len(), keys(&second)[0].as_str()), (60, "c60"));
    assert!(second.body.contains("Choices 61–120 of 1,000"));
    let last = app.get("/polls/many?page=17").await;
    assert_eq!((keys(&last).len(), keys(&last)[39].as_str()), (40, "c999"));
    assert!(last.body.contains(r##"rel="prev" href="/?page=16#ballot""##) && !last.body.contains("rel=\"next\""));
    let more = app.get("/polls/more?page=2").await;
    assert_eq!(keys(&more).len(), 41);
    assert!(more.body.contains(r##"href="/polls/more?page=1#ballot""##), "{}", more.body);
}

async fn the_tally_has_the_best_of_all_on_every_page(database: TestDatabase) {
    let app = App::start(database).await;
    many(&app, "many", 1000).await;
    for key in ["c3", "c900", "c900"] {
        app.cast("many", key).await;
    }
    for address in ["/", "/?page=16", "/?q=Choice+900"] {
        let page = app.get(address).await;
        assert!(page.body.contains("Choice 900 leads with 2 of 3 votes (66.7%)."), "{address}: {}", page.body);
        assert!(page.body.contains("<b>3</b> votes"), "{address}");
        let tally = page.tally();
        assert_eq!((tally.len(), tally.iter().sum::<u64>()), (100, 3), "{address}");
        // Twenty are in sight.
        let folded = page.body.split("class=\"rest-of-tally\"").nth(1).expect("the others");
        assert_eq!(folded.matches("class=\"count\"").count(), 80, "{address}");
        assert!(
            page.body.contains("900 more choices are in the <a href=\"/polls/many/results/results.csv\""),
            "{address}"
        );
    }
}

async fn choices_are_searched(database: TestDatabase) {
    let app = App::start(database).await;
    many(&app, "many", 1000).await;
    for q in ["choice+777", "KASE", "k%C3%A4se", "%26+%3Cso"] {
        let page = app.get(&format!("/polls/many?q={q}")).await;
        assert_eq!((page.status, keys(&page)), (Status::Ok, vec!["c777".to_owned()]), "{q}");
    }
    assert_eq!(keys(&app.get("/?q=900+choice").await), keys(&app.get("/?q=Choice+900").await), "in any order");
    let page = app.get("/?q=Choice+9&page=2").await;
    // 57 are below 300, then come 309, 319 and 329.
    assert_eq!(keys(&page)[0], "c339");
    assert!(page.body.contains("Choices 61–120 of 271 with “<bdi>Choice 9</bdi>”"), "{}", page.body);
    assert!(page.body.contains(r##"href="/?q=Choice%209&amp;page=1#ballot""##), "{}", page.body);
    let none = app.get("/?q=%3Cscript%3E%25").await;
    assert_eq!((none.status, keys(&none).len()), (Status::Ok, 0));
    assert!(none.body.contains("No choice has “<bdi>&lt;script&gt;%</bdi>” in its label"), "{}", none.body);
    assert!(!none.body.contains("<script>"));
    for q in ["_", "%25"] {
        assert_eq!(keys(&app.get(&format!("/?q={q}")).await).len(), 0, "{q}");
    }
}

async fn a_vote_from_any_page_counts(database: TestDatabase) {
    let app = App::start(database).await;
    many(&app, "first", 101).await;
    many(&app, "many", 1000).await;
    let answer = app.add("poll=many&vote=c999").await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/polls/many#counted")));
    assert!(app.get("/polls/many?page=17").await.body.contains("Choice 999 leads with 1 of 1 vote"));
}

async fn a_refused_vote_comes_back_where_it_was(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = many(&app, "many", 1000).await;
    let unknown = app.add("poll=many&vote=c1000").await;
    assert_eq!((unknown.status, keys(&unknown).len()), (Status::UnprocessableEntity, 60));
    poll.close(&mut app.db().await, None).await.unwrap();
    let late = app.add("poll=many&vote=c999").await;
    assert_eq!(late.status, Status::Conflict);
    assert!(late.body.contains("There are no votes."), "{}", late.body);
}

async fn odd_pages_get_a_sentence(database: TestDatabase) {
    let app = App::start(database).await;
    many(&app, "many", 1000).await;
    let long = format!("/?q={}", "x".repeat(101));
    for (address, status) in [
        ("/?page=0", 404),
        ("/?page=18", 404),
        ("/?page=x", 404),
        ("/?q=9&page=99", 404),
        (&long, 422),
        ("/?q=%00", 422),
    ] {
        let page = app.get(address).await;
        assert_eq!((page.status.code, keys(&page).len()), (status, 0), "{address}");
        assert!(page.body.contains("<a href=\"/#ballot\">All choices</a>"), "{}", page.body);
    }
}

async fn the_first_page_is_kept_and_the_others_are_asked_for_again(database: TestDatabase) {
    let app = App::start(database).await;
    many(&app, "many", 1000).await;
    let first = app.get("/").await;
    assert!(first.header("etag").is_some() && first.body.len() < 64_000, "{}", first.body.len());
    for same in ["/?page=1", "/?page=&q=", "/?utm=x"] {
        assert_eq!(app.get(same).await.header("etag"), first.header("etag"), "{same}");
    }
    let second = app.get("/?page=2").await;
    assert_eq!((second.header("etag"), second.header("cache-control")), (None, Some("no-cache")));
    assert_eq!(app.send(Method::Head, "/?page=2", b"", &[]).await.status, Status::Ok);
}
