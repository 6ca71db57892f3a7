//! The journeys of a poll: the site set up, a poll created, voted in by invitation, closed and read, deleted.

use thirtyfour::By;

use super::visit::Visit;
use crate::helpers::{
    app::PASSWORD,
    database::TestDatabase,
    on_both,
    server::{command, output},
};

on_both! {
    a_poll_is_created_on_two_screens_shared_and_voted_in,
    a_poll_is_created_without_scripts_on_a_narrow_screen,
    an_invitation_votes_once,
    an_invitation_votes_once_without_scripts_on_a_narrow_screen,
    a_poll_is_closed_and_read,
    a_poll_is_closed_and_read_without_scripts_on_a_narrow_screen,
    a_voter_reads_how_long_a_poll_is_open,
    a_site_is_set_up_and_a_poll_deleted,
    a_site_is_set_up_and_a_poll_deleted_without_scripts_on_a_narrow_screen,
}

async fn a_poll_is_created_on_two_screens_shared_and_voted_in(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    visit
        .devtools(
            "Browser.grantPermissions",
            serde_json::json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
        )
        .await;
    let link = create(&visit).await;
    visit.click(".share button").await;
    visit.until("return document.querySelector('.share output').textContent === 'Copied'").await;
    assert_eq!(visit.script("return navigator.clipboard.readText()").await, link);
    // Without https there is no clipboard for scripts, and the browser copies what is selected.
    visit.script("return navigator.clipboard.writeText('')").await;
    visit.script("document.querySelector('.share output').textContent = ''").await;
    visit.script("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })").await;
    visit.click(".share button").await;
    visit.until("return document.querySelector('.share output').textContent === 'Copied'").await;
    visit.script("delete navigator.clipboard").await;
    assert_eq!(visit.script("return navigator.clipboard.readText()").await, link);
    vote_and_read(&visit, &link).await;
}

async fn a_voter_reads_how_long_a_poll_is_open(database: TestDatabase) {
    let Some(visit) = Visit::empty(database, true).await else { return };
    let tea = ["poll", "new", "--slug", "tea", "--title", "Tea?", "--choice", "Yes", "--choice", "No"];
    visit.urna(&[&tea[..], &["--closes", "2999-01-01 12:00"]].concat());
    visit.go("/polls/tea").await;
    visit
        .until(
            "return /^Open until .*2999.* \\(in [\\d,]+ days\\)/.test(document.querySelector('[data-left]').innerText)",
        )
        .await;
    let file =
        visit.script("return fetch(document.querySelector('a[href$=\".ics\"]').href).then(file => file.text())").await;
    assert!(file.as_str().expect("a file").contains("DTSTART:29990101T120000Z"), "{file}");
}

async fn a_poll_is_created_without_scripts_on_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, false).await else { return };
    visit.widen(320).await;
    let link = create(&visit).await;
    assert_eq!(visit.script("return document.querySelectorAll('.share button').length").await, 0);
    vote_and_read(&visit, &link).await;
}

/// Two screens, four fields: sign-in name and password, the question and the choices.
async fn create(visit: &Visit) -> String {
    visit.sign_in("/polls/new").await;
    visit.list().await;
    narrow(visit).await;
    visit.fill(&[("#title", "What do we drink?"), ("#choices", "Tea\nCoffee\nWater")]).await;
    visit.click(".actions [value=publish]").await;
    visit.arrive("/polls/what-do-we-drink/manage#published").await;
    narrow(visit).await;
    assert_eq!(visit.words("#published").await, "Published. Share the link below.");
    let link = visit.script("return document.querySelector('.short a').href").await;
    link.as_str().expect("a short address").to_owned()
}

async fn vote_and_read(visit: &Visit, link: &str) {
    visit.browser.delete_all_cookies().await.expect("a voter, who has no session");
    visit.follow(link).await;
    visit.arrive("/polls/what-do-we-drink").await;
    // The first poll of a site is its first page, and there a ballot comes back to.
    visit.vote("coffee").await;
    visit.arrive("/#counted").await;
    narrow(visit).await;
    assert_eq!(visit.tally().await, [0, 1, 0]);
    visit.stamped().await;
}

async fn an_invitation_votes_once(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    invite_and_vote(&visit).await;
}

async fn an_invitation_votes_once_without_scripts_on_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, false).await else { return };
    visit.widen(320).await;
    invite_and_vote(&visit).await;
}

async fn invite_and_vote(visit: &Visit) {
    visit.sign_in("/polls/new").await;
    visit.list().await;
    visit.fill(&[("#title", "Who chairs?"), ("#choices", "Ada\nBela")]).await;
    visit.click("#options > summary").await;
    visit.click("#eligibility-invitation").await;
    visit.click(".actions [value=publish]").await;
    visit.arrive("/polls/who-chairs/manage#published").await;
    visit.click(".share a.button").await;
    visit.arrive("/polls/who-chairs/invitations").await;
    visit.fill(&[("#number", "2")]).await;
    visit.click("main button").await;
    visit.until("return document.querySelectorAll('.slips li').length === 2").await;
    narrow(visit).await;
    let slips = visit.browser.find_all(By::Css(".slips .code")).await.expect("the codes");
    let code = slips[1].text().await.expect("a code");
    let link = visit.words(".slips li:first-child > div > .address").await;
    visit.browser.delete_all_cookies().await.expect("a voter, who has no session");

    // Opened twice, as a scanner of mails does: nothing is spent.
    for _ in 0..2 {
        visit.follow(&link).await;
        assert!(visit.words("#ballot").await.contains("Your invitation is valid."));
        narrow(visit).await;
    }
    visit.vote("bela").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [0, 1]);
    // Opened once more, it tells that the ballot is in and nothing of what was on it.
    visit.follow(&link).await;
    assert!(visit.words("#already").await.starts_with("You have voted."));
    assert_eq!(visit.script("return document.querySelectorAll('[name=vote], .chosen').length").await, 0);

    // The other slip is typed: with a slip of the finger first, then small and without hyphens.
    visit.browser.delete_all_cookies().await.expect("another voter");
    visit.go("/polls/who-chairs").await;
    let last = if code.ends_with('A') { "C" } else { "A" };
    visit.fill(&[("#code", &format!("{}{last}", &code[..code.len() - 1]))]).await;
    visit.vote("ada").await;
    visit.refusal().await;
    narrow(visit).await;
    assert!(visit.words("#code-error").await.contains("typing mistake"));
    visit.fill(&[("#code", &code.to_lowercase().replace('-', ""))]).await;
    visit.vote("ada").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [1, 1]);
}

async fn a_poll_is_closed_and_read(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    close_and_read(&visit).await;
}

async fn a_poll_is_closed_and_read_without_scripts_on_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, false).await else { return };
    visit.widen(320).await;
    close_and_read(&visit).await;
}

async fn close_and_read(visit: &Visit) {
    visit.sign_in("/polls/new").await;
    visit.list().await;
    visit.fill(&[("#title", "Which film?"), ("#choices", "Metropolis\nPlaytime")]).await;
    visit.click("#options > summary").await;
    visit.click("#results_visibility-closed").await;
    visit.click(".actions [value=publish]").await;
    visit.arrive("/polls/which-film/manage#published").await;
    visit.go("/polls/which-film").await;
    visit.vote("playtime").await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [0; 0], "nobody sees it yet");
    visit.go("/polls/which-film/manage").await;
    narrow(visit).await;
    assert_eq!(visit.tally().await, [0; 0], "nor does the organiser");
    visit.click(".ask summary").await;
    visit.click(".ask button").await;
    visit.arrive("/polls/which-film/manage#closed").await;
    narrow(visit).await;
    assert_eq!(visit.tally().await, [0, 1]);
    visit.go("/polls/which-film").await;
    assert_eq!(visit.words(".why").await, "Playtime wins with 1 of 1 vote (100.0%).");
    assert_eq!(visit.script("return document.querySelectorAll('[name=vote]').length").await, 0);
}

async fn a_site_is_set_up_and_a_poll_deleted(database: TestDatabase) {
    let Some(visit) = Visit::empty(database, true).await else { return };
    set_up_and_delete(&visit).await;
}

async fn a_site_is_set_up_and_a_poll_deleted_without_scripts_on_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = Visit::empty(database, false).await else { return };
    visit.widen(320).await;
    set_up_and_delete(&visit).await;
}

/// From the link of the log to the first poll, and the poll deleted after a question.
async fn set_up_and_delete(visit: &Visit) {
    let (status, link, errors) = output(command(&visit.database).arg("setup-link"));
    assert_eq!(status, 0, "{errors}");
    let (_, path) = link.trim().rsplit_once("/setup/").expect("a link");
    visit.go(&format!("/setup/{path}")).await;
    narrow(visit).await;
    visit.fill(&[("#name", "Ada"), ("#uid", "ada"), ("#password", PASSWORD)]).await;
    visit.click("main button").await;
    visit.arrive("/polls/new").await;
    visit.fill(&[("#title", "Tea?"), ("#choices", "Yes\nNo")]).await;
    visit.script("document.querySelector('#slug').value = 'tea'").await;
    visit.click(".actions [value=publish]").await;
    visit.arrive("/polls/tea/manage#published").await;
    visit.click("a[href='/polls/tea/deletion']").await;
    visit.arrive("/polls/tea/deletion").await;
    narrow(visit).await;
    visit.click("button.danger").await;
    visit.arrive("/organiser#deleted").await;
    narrow(visit).await;
    visit.go("/polls/tea").await;
    assert!(visit.words("main").await.contains("There is no poll at this address."));
}

/// Nothing of the page is out of sight to the side, however wide it is.
async fn narrow(visit: &Visit) {
    let width = visit.script("return innerWidth").await.as_u64().expect("a width");
    visit.fits(u32::try_from(width).expect("a width of a screen")).await;
}
