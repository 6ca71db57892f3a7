//! The cache of drawn pages: bounded in bytes, and never wrong.

use std::collections::HashMap;

use rocket::http::Status;
use urna::web::PageCache;

use crate::helpers::{app::App, database::TestDatabase, on_both};

on_both!(many_large_polls_with_all_files_keep_to_the_bound, a_site_without_a_cache_answers_the_same);

/// All that is cached of a poll.
const PAGES: [&str; 9] = [
    "",
    "/results",
    "/results/profile.csv",
    "/results/profile.json",
    "/results/profile.preflib",
    "/results/profile.blt",
    "/results/profile.cef",
    "/results/outcome.json",
    "/results/report.txt",
];

async fn many_large_polls_with_all_files_keep_to_the_bound(database: TestDatabase) {
    const MB: usize = 4;
    let app = App::start_with(database, &[("urna.page_cache_mb", MB)]).await;
    let keys: Vec<String> = (0..1000).map(|n| format!("choice-{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let cache = app.client.rocket().state::<PageCache>().unwrap();
    let mut tags: HashMap<String, String> = HashMap::new();
    let mut bytes = 0;
    for n in 0..30 {
        let slug = format!("poll-{n}");
        app.poll(&slug, &keys).await;
        app.cast(&slug, "choice-1").await;
    }
    for round in 0..2 {
        for n in (0..30).chain([0, 29]) {
            for page in PAGES {
                let address = format!("/polls/poll-{n}{page}");
                let answer = app.get(&address).await;
                assert_eq!(answer.status, Status::Ok, "{address}: {}", answer.body);
                assert!(answer.body.contains(&format!("poll-{n}")), "{address} is of another poll");
                bytes += answer.body.len();
                let tag = answer.header("etag").unwrap().to_owned();
                let before = tags.insert(address.clone(), tag.clone());
                assert!(before.is_none_or(|before| before == tag), "{address} in round {round}");
                assert!(cache.bytes() <= MB * 1_000_000, "{} bytes after {address}", cache.bytes());
            }
        }
    }
    assert!(cache.bytes() > MB * 500_000, "only {} bytes are cached", cache.bytes());
    assert!(bytes > 4 * MB * 1_000_000, "{bytes} bytes are no test of the bound");
    // A vote shows on each of them.
    app.cast("poll-0", "choice-1").await;
    for page in PAGES {
        let address = format!("/polls/poll-0{page}");
        assert_ne!(app.get(&address).await.header("etag"), Some(tags[&address].as_str()), "{address}");
    }
}

async fn a_site_without_a_cache_answers_the_same(database: TestDatabase) {
    let app = App::start_with(database, &[("urna.page_cache_mb", 0)]).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let twin = app.twin().await;
    for _ in 0..2 {
        app.cast("donut", "gummi").await;
        for page in PAGES {
            let address = format!("/polls/donut{page}");
            let (first, again) = (app.get(&address).await, twin.get(&address).await);
            assert_eq!((first.status, first.header("etag")), (Status::Ok, again.header("etag")), "{address}");
        }
    }
    assert_eq!(app.client.rocket().state::<PageCache>().unwrap().bytes(), 0);
}
