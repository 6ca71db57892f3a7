//! Voting, by every way in which a person can.

use serde_json::json;
use thirtyfour::Key;

use super::visit::Visit;
use crate::helpers::{
    database::TestDatabase,
    on_both,
    server::{command, output},
};

on_both! {
    a_vote_by_mouse_shows_in_the_tally_with_the_stamp,
    a_vote_by_keyboard_alone_shows_in_the_tally_with_the_stamp,
    a_vote_without_scripts_shows_in_the_tally_with_the_stamp,
    a_voter_reads_once_what_they_chose,
    what_a_refused_vote_chose_is_forgotten,
    a_browser_that_comes_back_reads_that_it_has_voted,
    a_double_click_counts_once,
    a_second_click_sends_nothing_and_a_late_one_sends_the_same_vote,
    going_back_and_voting_again_counts_twice,
    a_vote_that_was_never_seen_counted_keeps_its_key,
    a_shared_link_to_the_stamp_shows_none_to_who_did_not_vote,
    a_vote_in_another_poll_comes_back_to_that_poll,
}

async fn a_vote_by_mouse_shows_in_the_tally_with_the_stamp(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    assert_eq!(visit.tally().await, [0, 0]);
    visit.unstamped().await;
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [1, 0]);
    let stamp = visit.stamped().await;
    let time = stamp.strip_prefix("Counted, ").expect("the stamp with a time");
    assert!((4..=5).contains(&time.len()) && time.find(':') == Some(time.len() - 3), "{time}");
    // Reloaded, the page still says so, and says the same time.
    visit.browser.refresh().await.expect("a reload");
    visit.arrive("/#counted").await;
    assert_eq!(visit.stamped().await, stamp);
    assert_eq!(visit.tally().await, [1, 0]);
}

async fn a_vote_by_keyboard_alone_shows_in_the_tally_with_the_stamp(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.press(Key::Tab).await;
    assert_eq!(
        visit.script("return document.activeElement.hash").await,
        "#main",
        "the first stop skips to the content"
    );
    visit.press(Key::Enter).await;
    visit.focused("main").await;
    visit.press(Key::Tab).await;
    assert_eq!(visit.script("return document.activeElement.pathname").await, "/about", "the line of trust is next");
    visit.press(Key::Tab).await;
    assert_eq!(visit.script("return document.activeElement.value").await, "gummi", "the ballot is next");
    visit.press(Key::Tab).await;
    assert_eq!(visit.script("return document.activeElement.value").await, "pita");
    assert_ne!(
        visit.script("return getComputedStyle(document.activeElement).outlineStyle").await,
        "none",
        "the focus is seen"
    );
    visit.press(Key::Enter).await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [0, 1]);
    visit.stamped().await;
    // The focus is on the news.
    visit.focused("counted").await;
}

async fn a_vote_without_scripts_shows_in_the_tally_with_the_stamp(database: TestDatabase) {
    let Some(visit) = Visit::new(database, false).await else { return };
    assert_eq!(
        visit.script("return document.querySelectorAll('input[name=key]').length").await,
        0,
        "no script of the page ran"
    );
    visit.vote("pita").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [0, 1]);
    assert_eq!(visit.stamped().await, "Counted");
    // The fragment is the page's own; the next vote comes back to it all the same.
    visit.vote("gummi").await;
    visit.until("return document.querySelectorAll('td.count')[0]?.innerText === '1'").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [1, 1]);
    visit.stamped().await;
}

/// What the page says that the voter chose; nothing where it does not say.
const CHOSEN: &str = "const chosen = document.querySelector('#chosen');
    return chosen.checkVisibility() ? [...chosen.querySelectorAll('li')].map(item => item.innerText) : []";

async fn a_voter_reads_once_what_they_chose(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    let choices = ["--choice", "Tea", "--choice", "מיץ", "--choice", "Water", "--key", "water"];
    let create = |slug: &str, method: &str, more: &[&str]| {
        let new = ["poll", "new", "--slug", slug, "--title", "What do we drink?", "--method", method];
        visit.urna(&[&new[..], &choices, more].concat());
    };
    let counted = async |chosen: serde_json::Value| {
        visit.until("return location.hash === '#counted'").await;
        visit.stamped().await;
        assert_eq!(visit.script(CHOSEN).await, chosen);
        let place = visit.script("return document.querySelector('#counted').getBoundingClientRect().top").await;
        assert!((0.0..400.0).contains(&place.as_f64().expect("a place")), "at the top: {place}");
        // Only this once: the next to use this browser does not read it.
        visit.browser.refresh().await.expect("a reload");
        visit.stamped().await;
        assert_eq!(visit.script(CHOSEN).await, json!([]));
        assert_eq!(visit.script("return Object.values(sessionStorage).join().includes('Tea')").await, false);
    };
    visit.vote("gummi").await;
    counted(json!(["Fruit Gummi"])).await;

    create("approval", "approval", &["--abstaining"]);
    visit.go("/polls/approval").await;
    visit.click("[value=tea]").await;
    visit.click("[value=water]").await;
    visit.click(".cast button:not(.quiet)").await;
    counted(json!(["Tea", "Water"])).await;
    visit.go("/polls/approval").await;
    visit.click(".cast button.quiet").await;
    counted(json!(["A blank vote"])).await;

    create("score", "score", &[]);
    visit.go("/polls/score").await;
    visit.click("[name=score-tea][value='2']").await;
    visit.click("[name=score-water][value='5']").await;
    visit.click(".cast button").await;
    counted(json!(["5 Water", "2 Tea"])).await;

    // Looked over first, and ranked.
    create("rank", "irv", &["--review"]);
    visit.go("/polls/rank").await;
    visit.click(".line:has(#rank-water) h3").await;
    visit.click(".line:has(#rank-tea) h3").await;
    visit.click(".cast button").await;
    visit.click(".check form[data-address] button").await;
    counted(json!(["1st Water", "2nd Tea"])).await;
}

async fn what_a_refused_vote_chose_is_forgotten(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.tamper().await;
    visit.vote("dog").await;
    visit.refusal().await;
    assert_eq!(visit.script("return Object.values(sessionStorage).join().includes('Gummi')").await, false);
    assert_eq!(visit.script(CHOSEN).await, json!([]));
}

async fn a_browser_that_comes_back_reads_that_it_has_voted(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    // The settings that a poll has where nothing else is asked for.
    let new = ["poll", "new", "--slug", "drinks", "--title", "Tea or coffee?", "--choice", "Tea", "--choice", "Coffee"];
    let (status, _, error) = output(command(&visit.database).args(new));
    assert_eq!(status, 0, "{error}");
    visit.go("/polls/drinks").await;
    let has_voted = "return document.querySelector('#already').checkVisibility()";
    assert_eq!(visit.script(has_voted).await, false);
    visit.vote("tea").await;
    visit.arrive("/polls/drinks#counted").await;
    visit.stamped().await;
    assert_eq!(visit.script(CHOSEN).await, json!(["Tea"]));
    assert_eq!(visit.script(has_voted).await, false, "said once");
    assert_eq!(visit.tally().await, [1, 0]);
    visit.go("/polls/drinks").await;
    visit.unstamped().await;
    assert!(visit.words("#already").await.starts_with("This browser has voted."));
    assert_eq!(visit.script("return document.querySelectorAll('.card, .row, form[action=\"/add\"]').length").await, 0);
}

async fn a_double_click_counts_once(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.double_click("gummi").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [1, 0]);
}

async fn a_second_click_sends_nothing_and_a_late_one_sends_the_same_vote(database: TestDatabase) {
    const KEEP_BACK: &str = "window.sent = []; document.addEventListener('submit', event => {
        if (!event.defaultPrevented) sent.push(new URLSearchParams(new FormData(event.target, event.submitter)));
        event.preventDefault();
    })";
    const SEND: &str = "return Promise.all(sent.map(body => fetch('/add', { method: 'POST', body }))).then(all => all.map(answer => answer.status))";
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.script(KEEP_BACK).await;
    visit.double_click("gummi").await;
    assert_eq!(visit.script("return sent.length").await, 1);
    visit.script("const now = performance.now.bind(performance); performance.now = () => now() + 60000").await;
    visit.vote("gummi").await;
    assert_eq!(visit.script("return sent.length").await, 2);
    assert_eq!(visit.script(SEND).await, json!([200, 200]));
    visit.go("/").await;
    assert_eq!(visit.tally().await, [1, 0]);
}

async fn going_back_and_voting_again_counts_twice(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    visit.browser.back().await.expect("back");
    visit.arrive("/").await;
    visit.unstamped().await;
    // A page from the browser’s history is prepared again.
    visit.until("return !document.querySelector('form[aria-busy]')").await;
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [2, 0]);
    visit.stamped().await;
}

async fn a_shared_link_to_the_stamp_shows_none_to_who_did_not_vote(database: TestDatabase) {
    let Some(visit) = Visit::empty(database, true).await else { return };
    visit.create_the_cats();
    visit.go("/#counted").await;
    visit.arrive("/").await;
    visit.unstamped().await;
}

async fn a_vote_in_another_poll_comes_back_to_that_poll(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.urna(&[
        "poll",
        "new",
        "--slug",
        "drinks",
        "--title",
        "Tea or coffee?",
        "--choice",
        "Tea",
        "--choice",
        "Coffee",
    ]);
    visit.go("/polls/drinks").await;
    visit.vote("tea").await;
    visit.arrive("/polls/drinks#counted").await;
    assert_eq!(visit.tally().await, [1, 0]);
    // The stamp of one poll does not vouch for a vote in another.
    visit.go("/#counted").await;
    visit.arrive("/").await;
    assert_eq!(visit.tally().await, [0, 0]);
    visit.unstamped().await;
}

async fn a_vote_that_was_never_seen_counted_keeps_its_key(database: TestDatabase) {
    const KEY: &str = "return document.querySelector('input[name=key]').value";
    const LOSE: &str = "document.addEventListener('submit', event => event.preventDefault())";
    let Some(visit) = Visit::new(database, true).await else { return };
    let key = visit.script(KEY).await;
    visit.script(LOSE).await;
    visit.vote("gummi").await;
    visit.browser.refresh().await.expect("a reload");
    assert_eq!(visit.script(KEY).await, key);
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    visit.stamped().await;
    assert_ne!(visit.script(KEY).await, key);
}
