//! What every page keeps to: its own host, a quiet console, a narrow screen.

use serde_json::Value;

use super::visit::Visit;
use crate::helpers::{database::TestDatabase, on_both};

on_both! {
    no_page_asks_another_host_or_complains_in_the_console,
    no_page_is_wider_than_a_narrow_screen,
}

async fn no_page_asks_another_host_or_complains_in_the_console(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    visit.go("/polls").await;
    visit.go("/polls/cats").await;
    visit.urna(&["poll", "delete", "--yes", "cats"]);
    visit.go("/").await;

    assert_eq!(complaints(&visit).await, Vec::<String>::new());
    let mut seen = Vec::new();
    for path in ["/", "/add", "/polls", "/polls/cats"] {
        let address = visit.server.url(path);
        in_the_log(&visit, &mut seen, path, |url| url == address).await;
    }
    for part in ["app.", "vote.", "gummi.", "pita.", "favicon.", "empty."] {
        in_the_log(&visit, &mut seen, part, |url| url.contains(part)).await;
    }
    // What the browser's own first page consists of, before it has gone anywhere.
    seen.retain(|url| !url.starts_with("chrome://") && !url.starts_with("data:"));
    let foreign: Vec<_> = seen.iter().filter(|url| !url.starts_with(&visit.server.url("/"))).collect();
    assert!(foreign.is_empty(), "{foreign:?}");

    // The console does tell when the policy is broken.
    visit.script("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://elsewhere.invalid/\" style=\"color: red\">')").await;
    visit.until("return document.querySelectorAll('body > img')[0].complete").await;
    visit
        .soon("a complaint in the console", async || {
            let complaints = complaints(&visit).await;
            complaints.iter().any(|line| line.contains("Content Security Policy")).then_some(())
        })
        .await;
}

async fn no_page_is_wider_than_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = Visit::empty(database, true).await else { return };
    visit.widen(320).await;
    let fits = async || visit.fits(320).await;
    visit.go("/").await;
    fits().await;
    let long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen";
    let mut wide = vec!["poll", "new", "--slug", "wide", "--title", long, "--description", long];
    let labels = ["1", "2", "3"].map(|number| format!("{long}{number}"));
    for (label, key) in labels.iter().zip(["a", "b", "c"]) {
        wide.extend(["--choice", label, "--key", key, "--about", long]);
    }
    visit.urna(&wide);
    visit.create_the_cats();
    for path in ["/", "/about", "/polls", "/polls/cats", "/nowhere"] {
        visit.go(path).await;
        fits().await;
    }
    visit.go("/").await;
    visit.vote("b").await;
    visit.arrive("/#counted").await;
    fits().await;
    // The voter is brought to the stamp, above all those cards.
    visit.stamped().await;
    visit.still().await;
    visit
        .until(
            "const place = document.querySelector('.stamp').getBoundingClientRect();
            return place.top >= 0 && place.bottom <= innerHeight",
        )
        .await;
    visit.tamper().await;
    visit.vote("dog").await;
    visit.refusal().await;
    fits().await;
}

/// Warnings and errors in the console since it was last looked at.
async fn complaints(visit: &Visit) -> Vec<String> {
    let entries = visit.browser.get_log("browser").await.expect("the console's log");
    entries
        .into_iter()
        .filter(|entry| entry.level == "SEVERE" || entry.level == "WARNING")
        .map(|entry| entry.message)
        .collect()
}

/// Waits until the browser's log has a request like this; `seen` has all that it has given so far.
async fn in_the_log(visit: &Visit, seen: &mut Vec<String>, what: &str, is_it: impl Fn(&str) -> bool) {
    visit
        .soon(&format!("a request for {what}"), async || {
            seen.extend(requests(visit).await);
            seen.iter().any(|url| is_it(url)).then_some(())
        })
        .await;
}

/// The addresses of all requests that left the browser since they were last looked at.
async fn requests(visit: &Visit) -> Vec<String> {
    let entries = visit.browser.get_log("performance").await.expect("the network's log");
    let events = entries.iter().map(|entry| serde_json::from_str::<Value>(&entry.message).expect("JSON"));
    events
        .filter(|event| event["message"]["method"] == "Network.requestWillBeSent")
        .map(|event| event["message"]["params"]["request"]["url"].as_str().expect("an address").to_owned())
        .collect()
}
