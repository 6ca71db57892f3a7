//! A refused form comes back with its errors where the reader sees them.

use super::visit::Visit;
use crate::helpers::{database::TestDatabase, on_both};

on_both! {
    a_tampered_vote_brings_the_form_back_with_the_error_in_focus,
    a_form_with_a_broken_key_comes_back_with_the_choice_marked,
    a_vote_in_a_poll_closed_meanwhile_brings_the_tally_with_the_error_in_focus,
    without_scripts_the_error_has_the_focus_too,
    what_was_typed_is_there_after_back,
    a_vote_that_may_have_counted_keeps_its_key,
    a_vote_that_is_sent_again_shows_the_stamp,
    a_vote_that_is_sent_again_without_scripts_shows_the_stamp,
}

/// Leaves the page for another one, and goes back.
async fn leave_and_return(visit: &Visit, path: &str) {
    visit.go("/polls").await;
    visit.script("history.back()").await;
    visit.arrive(path).await;
}

async fn what_was_typed_is_there_after_back(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    visit.urna(&["poll", "new", "--title", "Teas", "--method", "irv", "--choice", "Green", "--choice", "Black"]);
    visit.go("/polls/teas").await;
    visit.script("document.querySelector('[name=rank-black]').value = '1'").await;
    leave_and_return(&visit, "/polls/teas").await;
    visit.until("return document.querySelector('[name=rank-black]').value === '1'").await;
    visit.sign_in("/polls/new").await;
    let typed = [("title", "Which tea?"), ("slug", "tea"), ("seats", "3"), ("highest", "7")];
    for (name, value) in typed {
        visit.script(&format!("document.querySelector('[name={name}]').value = '{value}'")).await;
    }
    leave_and_return(&visit, "/polls/new").await;
    for (name, value) in typed {
        visit.until(&format!("return document.querySelector('[name={name}]').value === '{value}'")).await;
    }
}

async fn a_tampered_vote_brings_the_form_back_with_the_error_in_focus(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.tamper().await;
    visit.vote("dog").await;
    visit.refusal().await;
    assert!(visit.title().await.starts_with("Error: Which cat wears the donut better?"));
    assert!(visit.words(".error-summary").await.contains("There is a problem"));
    assert_eq!(visit.tally().await, [0, 0]);
    visit.unstamped().await;
    assert_eq!(visit.script("return document.querySelectorAll('.chosen').length").await, 0);
    // The summary leads to the ballot, which works at once.
    visit.click(".error-summary a").await;
    visit.until("return location.hash === '#ballot'").await;
    visit.vote("pita").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [0, 1]);
    visit.stamped().await;
}

async fn a_form_with_a_broken_key_comes_back_with_the_choice_marked(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.script("document.querySelector('input[name=key]').value = 'not a key'").await;
    visit.vote("pita").await;
    visit.refusal().await;
    assert!(visit.words(".card.chosen .words").await.ends_with("Pita\nYou chose this"));
    visit.vote("pita").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [0, 1]);
}

async fn a_vote_in_a_poll_closed_meanwhile_brings_the_tally_with_the_error_in_focus(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.urna(&["poll", "close", "cats"]);
    visit.vote("gummi").await;
    visit.refusal().await;
    assert!(visit.words(".error-summary").await.contains("This poll is closed, so your vote is not counted."));
    assert_eq!(visit.script("return document.querySelectorAll('button').length").await, 0);
    visit.go("/").await;
    visit.unstamped().await;
    assert!(visit.words("#tally").await.contains("There are no votes."));
}

async fn without_scripts_the_error_has_the_focus_too(database: TestDatabase) {
    let Some(visit) = Visit::new(database, false).await else { return };
    visit.tamper().await;
    visit.vote("dog").await;
    visit.refusal().await;
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [1, 0]);
}

const KEY: &str = "return document.querySelector('form[action=\"/add\"] [name=key]').value";

async fn a_vote_that_may_have_counted_keeps_its_key(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    for (votes, is_opened_anew) in [(1, true), (2, false)] {
        let key = visit.script(KEY).await;
        visit.database.execute("ALTER TABLE ballots RENAME TO away").await;
        visit.vote("gummi").await;
        visit.refusal().await;
        visit.database.execute("ALTER TABLE away RENAME TO ballots").await;
        assert!(visit.words(".error-summary").await.contains("Your vote could not be confirmed"));
        assert_eq!(visit.script(KEY).await, key);
        // It came in after all: no browser can know that.
        let body = format!("poll=cats&vote=gummi&key={}", key.as_str().expect("a key"));
        assert_eq!(visit.server.voter().add(&body).expect("an answer").status, 303);
        if is_opened_anew {
            visit.go("/").await;
            assert_eq!(visit.script(KEY).await, key);
            visit.vote("gummi").await;
        } else {
            visit.click("form[data-unsure] button").await;
        }
        visit.arrive("/#counted").await;
        visit.stamped().await;
        assert_eq!(visit.tally().await, [votes, 0]);
        assert_ne!(visit.script(KEY).await, key, "the next vote is another one");
    }
}

/// The button that sends a vote again: on a page of its own, or on the ballot where the server still knows the poll, as it does
/// while somebody watches the results.
const AGAIN: &str = "#again button, form[data-unsure] button";

/// Votes while not even the poll can be read, then sends the vote again from the page that says so.
async fn send_twice(visit: &Visit) -> String {
    visit.database.execute("ALTER TABLE polls RENAME TO away").await;
    visit.vote("gummi").await;
    visit.until(&format!("return document.querySelector({AGAIN:?}) !== null")).await;
    visit.database.execute("ALTER TABLE away RENAME TO polls").await;
    visit.click(AGAIN).await;
    visit.arrive("/#counted").await;
    let stamp = visit.stamped().await;
    assert_eq!(visit.tally().await, [1, 0]);
    stamp
}

async fn a_vote_that_is_sent_again_shows_the_stamp(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    let key = visit.script(KEY).await;
    let stamp = send_twice(&visit).await;
    assert!(stamp.starts_with("Counted, "), "{stamp}");
    visit.focused("counted").await;
    assert_ne!(visit.script(KEY).await, key, "the next vote is another one");
    visit.browser.refresh().await.expect("a reload");
    visit.arrive("/#counted").await;
    assert_eq!(visit.stamped().await, stamp);
    // It vouches for no vote in another poll.
    visit.urna(&["poll", "new", "--title", "Teas", "--choice", "Green", "--choice", "Black"]);
    visit.go("/polls/teas#counted").await;
    visit.arrive("/polls/teas").await;
    visit.unstamped().await;
}

async fn a_vote_that_is_sent_again_without_scripts_shows_the_stamp(database: TestDatabase) {
    let Some(visit) = Visit::new(database, false).await else { return };
    assert_eq!(send_twice(&visit).await, "Counted");
}
