//! Live results in a browser: they move by themselves, and nothing that a voter is doing is touched.

use serde_json::json;

use super::visit::Visit;
use crate::helpers::{
    database::TestDatabase,
    on_both,
    server::{Server, command},
    stream::Stream,
};

on_both! {
    a_vote_moves_the_result_and_leaves_the_ballot_as_it_is_filled_in,
    a_page_that_is_hidden_asks_for_nothing_and_catches_up,
    a_reader_can_stop_the_updates,
    a_server_that_restarts_is_waited_for,
    without_a_place_the_page_asks_for_itself,
    a_vote_in_another_tab_of_the_same_browser_is_answered_at_once,
    without_scripts_nothing_is_different,
    a_screen_in_a_hall_shows_the_votes_and_the_winner,
}

/// A vote of somebody else.
fn vote(visit: &Visit, vote: &str) {
    let answer = visit.server.voter().add(&format!("poll=tea&vote={vote}")).expect("an answer");
    assert_eq!(answer.status, 303, "{}", answer.body);
}

/// A page with a poll of three teas.
async fn open(database: TestDatabase, javascript: bool) -> Option<Visit> {
    let visit = Visit::empty(database, javascript).await?;
    create(&visit);
    visit.go("/polls/tea").await;
    Some(visit)
}

fn create(visit: &Visit) {
    let teas = ["Green", "Black", "White"].into_iter().flat_map(|tea| ["--choice", tea]);
    let tea = ["poll", "new", "--slug", "tea", "--title", "Which tea?", "--method", "approval"];
    visit.urna(&[&tea[..], &teas.collect::<Vec<_>>()].concat());
}

const MARK: &str = "document.querySelector('.live')?.textContent";

/// Waits for what an expression of the page gives.
async fn until(visit: &Visit, expression: &str, value: &str) {
    visit.until(&format!("return {expression} === {value:?}")).await;
}

const LEADER: &str = "document.querySelector('#result .leader')?.innerText.split(/\\s/)[0]";

async fn a_vote_moves_the_result_and_leaves_the_ballot_as_it_is_filled_in(database: TestDatabase) {
    let Some(visit) = open(database, true).await else { return };
    until(&visit, MARK, "live").await;
    visit.script("document.querySelector('[value=white]').checked = true; window.marker = true").await;
    visit.script("document.querySelector('[value=white]').focus()").await;
    vote(&visit, "black");
    until(&visit, LEADER, "Black").await;
    vote(&visit, "green");
    vote(&visit, "green");
    until(&visit, LEADER, "Green").await;
    assert_eq!(visit.tally().await, [2, 1, 0]);
    let kept = "[document.querySelector('[value=white]').checked, document.activeElement.value, window.marker]";
    assert_eq!(visit.script(&format!("return {kept}")).await, json!([true, "white", true]));
    // The times of the new part are written as the reader's browser writes them.
    assert_eq!(visit.script("return Boolean(document.querySelector('#result time').title)").await, true);
    // A reader who stands on a link of the result stays on it, and what stays is not drawn anew.
    visit.script("window.table = document.querySelector('#result table')").await;
    visit.script("document.querySelector('#result .how a').focus()").await;
    vote(&visit, "green");
    visit.until("return document.querySelector('#result .total b').innerText === '4'").await;
    assert_eq!(visit.script("return document.activeElement.closest('.how') !== null").await, true);
    assert_eq!(visit.script("return window.table === document.querySelector('#result table')").await, true);
    // Who hears the page is told, later and once.
    visit.until("return document.querySelector('.tally [role=status]').textContent.includes('Green leads')").await;
    assert_eq!(visit.script("return document.getElementById('changed')").await, json!(null));
    // The end reaches the page too.
    visit.urna(&["poll", "close", "tea"]);
    until(&visit, "document.querySelector('#tally-title').innerText", "Results").await;
    assert!(visit.words("#changed").await.ends_with("Load it again"));
    assert_eq!(visit.script(&format!("return {kept}[0]")).await, true);
    visit.click("#changed a").await;
    visit.until("return !document.querySelector('#ballot form') && !document.querySelector('.live')").await;
}

async fn a_page_that_is_hidden_asks_for_nothing_and_catches_up(database: TestDatabase) {
    let Some(visit) = open(database, true).await else { return };
    until(&visit, MARK, "live").await;
    let hide = |is: bool| {
        format!(
            "Object.defineProperty(document, 'hidden', {{ value: {is}, configurable: true }});
             document.dispatchEvent(new Event('visibilitychange'))"
        )
    };
    visit.script(&hide(true)).await;
    vote(&visit, "black");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(visit.tally().await, [0, 0, 0]);
    visit.script(&hide(false)).await;
    until(&visit, LEADER, "Black").await;
}

async fn a_reader_can_stop_the_updates(database: TestDatabase) {
    let Some(visit) = open(database, true).await else { return };
    until(&visit, MARK, "live").await;
    visit.click(".live").await;
    until(&visit, MARK, "stopped").await;
    vote(&visit, "black");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(visit.tally().await, [0, 0, 0]);
    visit.click(".live").await;
    until(&visit, LEADER, "Black").await;
}

async fn a_server_that_restarts_is_waited_for(database: TestDatabase) {
    let Some(mut visit) = open(database, true).await else { return };
    until(&visit, MARK, "live").await;
    visit.server.kill();
    until(&visit, MARK, "paused").await;
    let port = visit.server.port;
    visit.server = Server::start_on(&visit.database, port);
    vote(&visit, "black");
    until(&visit, LEADER, "Black").await;
    until(&visit, MARK, "live").await;
}

async fn without_a_place_the_page_asks_for_itself(database: TestDatabase) {
    let Some(mut visit) = Visit::empty(database, true).await else { return };
    create(&visit);
    let port = visit.server.port;
    visit.server.kill();
    let mut serve = command(&visit.database);
    serve.arg("serve").envs([("PORT", port.to_string()), ("URNA_WATCHERS", "1".into())]);
    visit.server = Server::spawn(&mut serve, port);
    let other = Stream::of(port, "tea");
    visit.go("/polls/tea").await;
    until(&visit, MARK, "live").await;
    vote(&visit, "black");
    until(&visit, LEADER, "Black").await;
    // A place that is free again is taken.
    drop(other);
    visit
        .soon("a stream", async || {
            (visit.server.voter().get("/polls/nothing/events").expect("an answer").status == 204).then_some(())
        })
        .await;
    vote(&visit, "green");
    vote(&visit, "green");
    until(&visit, LEADER, "Green").await;
}

/// A browser has six connections to a site: streams that are open in other tabs must leave one for the vote.
async fn a_vote_in_another_tab_of_the_same_browser_is_answered_at_once(database: TestDatabase) {
    let Some(visit) = open(database, true).await else { return };
    for _ in 0..8 {
        let tab = visit.browser.new_tab().await.expect("a tab");
        visit.browser.switch_to_window(tab).await.expect("it is in front");
        visit.go("/polls/tea").await;
        until(&visit, MARK, "live").await;
    }
    let began = std::time::Instant::now();
    visit.click("label:has([value=green])").await;
    visit.click("#ballot form .cast button").await;
    visit.arrive("/#counted").await;
    assert!(began.elapsed() < std::time::Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(visit.tally().await, [1, 0, 0]);
}

async fn without_scripts_nothing_is_different(database: TestDatabase) {
    let Some(visit) = open(database, false).await else { return };
    vote(&visit, "black");
    assert_eq!(visit.script("return document.querySelectorAll('.live, #changed').length").await, 0);
    visit.go("/polls/tea").await;
    assert_eq!(visit.tally().await, [0, 1, 0]);
}

/// Shows or hides the results on a screen, once its script listens.
async fn press_r(visit: &Visit) {
    visit.until("return Boolean(document.querySelector('#switch kbd'))").await;
    visit.browser.action_chain().send_keys("r").perform().await.expect("a key");
}

async fn a_screen_in_a_hall_shows_the_votes_and_the_winner(database: TestDatabase) {
    let Some(visit) = open(database, true).await else { return };
    for (width, height) in [(1920, 1080), (1280, 720)] {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        visit.devtools("Emulation.setDeviceMetricsOverride", size).await;
        visit.go("/polls/tea/screen").await;
        // All is in sight, and the code is large.
        let seen = "[...document.querySelectorAll('h1, .qr, .typed, .controls a')].every((part) => {
            const { top, bottom, right } = part.getBoundingClientRect();
            return top >= 0 && bottom <= innerHeight && right <= innerWidth;
        })";
        assert_eq!(visit.script(&format!("return {seen}")).await, true, "{width}");
        let part = "document.querySelector('.qr').getBoundingClientRect().height / innerHeight";
        assert!(visit.script(&format!("return {part}")).await.as_f64().expect("a number") > 0.4, "{width}");
    }
    visit.script("window.marker = true").await;
    vote(&visit, "black");
    until(&visit, "document.querySelector('.total b')?.innerText", "1").await;
    assert_eq!(visit.script("return document.querySelector('.leader').checkVisibility()").await, false);
    press_r(&visit).await;
    visit.arrive("/polls/tea/screen?show=results").await;
    vote(&visit, "green");
    vote(&visit, "green");
    until(&visit, LEADER, "Green").await;
    visit.urna(&["poll", "close", "tea"]);
    until(&visit, "document.querySelector('.verdict')?.innerText", "wins").await;
    visit.until("return !document.querySelector('.qr')").await;
    press_r(&visit).await;
    visit.arrive("/polls/tea/screen?show=question").await;
}
