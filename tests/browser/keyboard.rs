//! An organiser without a mouse: every step by keyboard, and errors that lead to their fields.

use thirtyfour::Key;

use super::visit::Visit;
use crate::helpers::{app::PASSWORD, database::TestDatabase, on_both};

on_both! {
    the_three_journeys_by_keyboard_alone,
    an_error_has_the_focus_and_leads_to_its_field,
    a_change_to_a_choice_arrives,
}

async fn the_three_journeys_by_keyboard_alone(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    visit.go("/polls/new").await;
    type_at(&visit, "#uid", "ada").await;
    type_at(&visit, "#password", PASSWORD).await;
    visit.press(Key::Enter).await;
    visit.arrive("/polls/new").await;
    visit.list().await;
    type_at(&visit, "#title", "Who chairs?").await;
    type_at(&visit, "#choices", "Ada\nBela\nChidi").await;
    press_at(&visit, "#options > summary", Key::Enter).await;
    // The arrows pick in a group.
    press_at(&visit, "#eligibility", Key::Down).await;
    visit.focused("eligibility-invitation").await;
    press_at(&visit, ".actions [value=publish]", Key::Enter).await;
    visit.arrive("/polls/who-chairs/manage#published").await;
    // The focus is on the news.
    visit.focused("published").await;

    press_at(&visit, ".share a.button", Key::Enter).await;
    visit.arrive("/polls/who-chairs/invitations").await;
    press_at(&visit, "#number", Key::Enter).await;
    visit.until("return document.querySelectorAll('.slips li').length === 100").await;
    let code = visit.words(".slips li:first-child .code").await;

    visit.go("/polls/who-chairs").await;
    type_at(&visit, "#code", &code).await;
    // The arrows pick among the choices.
    press_at(&visit, "[value=ada]", Key::Down).await;
    visit.press(Key::Down).await;
    press_at(&visit, ".cast button", Key::Enter).await;
    visit.arrive("/#counted").await;
    assert_eq!(visit.tally().await, [0, 0, 1]);

    visit.go("/polls/who-chairs/manage").await;
    press_at(&visit, ".ask summary", Key::Enter).await;
    press_at(&visit, ".ask button", Key::Enter).await;
    visit.arrive("/polls/who-chairs/manage#closed").await;
    visit.focused("closed").await;
    assert_eq!(visit.tally().await, [0, 0, 1]);
}

async fn an_error_has_the_focus_and_leads_to_its_field(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, false).await else { return };
    visit.sign_in("/polls/new").await;
    visit.fill(&[("#choices", "Tea")]).await;
    // What a browser's form does not send can come all the same.
    visit.script("document.querySelector('#results_visibility').value = 'rubbish'").await;
    visit.script("document.querySelector('#results_visibility').form.elements.zone.options[0].value = 'Nowhere'").await;
    visit.script("document.querySelector('#zone').selectedIndex = 0").await;
    visit.click(".actions [value=publish]").await;
    visit.refusal().await;
    assert!(visit.title().await.starts_with("Error: Create a poll"));
    assert_eq!(visit.script("return document.querySelector('#choices').value").await, "Tea", "nothing typed is lost");
    let fields = visit.script("return [...document.querySelectorAll('.error-summary a')].map(a => a.hash)").await;
    assert_eq!(fields, serde_json::json!(["#title", "#choices", "#results_visibility", "#zone"]));
    for field in ["title", "choices", "results_visibility", "zone"] {
        // From the summary, which has the focus, the links are the next stops.
        visit.script("document.querySelector('.error-summary').focus()").await;
        press_at(&visit, &format!(".error-summary a[href='#{field}']"), Key::Enter).await;
        visit.until(&format!("return location.hash === '#{field}'")).await;
        visit.focused(field).await;
        assert!(visit.words(&format!("#{field}-error")).await.starts_with("Error"), "beside the field too");
    }
}

async fn a_change_to_a_choice_arrives(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    visit.sign_in("/polls/new").await;
    let own = visit.script("return Intl.DateTimeFormat().resolvedOptions().timeZone").await;
    assert_eq!(visit.script("return document.querySelector('#zone').value").await, own, "the browser's own zone");
    visit.list().await;
    visit.fill(&[("#title", "What do we drink?"), ("#choices", "Tea\nCofee\nWater")]).await;
    visit.click("button[value=draft]").await;
    visit.arrive("/polls/what-do-we-drink/manage#saved").await;
    visit.go("/polls/what-do-we-drink/edit").await;
    visit.fill(&[("#label-1", "Coffee"), ("#about-1", "With milk"), ("#place-0", "3")]).await;
    // A choice whose name is emptied goes; one that looks like another stays to be changed.
    visit.fill(&[("#label-2", "Coffee")]).await;
    visit.click("#poll > .actions button").await;
    visit.refusal().await;
    assert!(visit.words("#label-2-error").await.contains("look alike"));
    visit.fill(&[("#label-2", "Milk")]).await;
    visit.click("#poll > .actions button").await;
    visit.arrive("/polls/what-do-we-drink/manage#saved").await;
    visit.go("/polls/what-do-we-drink").await;
    let cards = visit.script("return [...document.querySelectorAll('.row .words')].map(card => card.innerText)").await;
    assert_eq!(cards, serde_json::json!(["Coffee\nWith milk", "Tea", "Milk"]));
}

/// Goes to an element by the tab key alone.
pub async fn tab_to(visit: &Visit, css: &str) {
    for _ in 0..60 {
        if visit.script(&format!("return document.activeElement.matches({css:?})")).await == true {
            return;
        }
        visit.press(Key::Tab).await;
    }
    panic!("the tab key never comes to {css}");
}

async fn type_at(visit: &Visit, css: &str, text: &str) {
    tab_to(visit, css).await;
    visit.browser.action_chain().send_keys(text).perform().await.expect("keys");
}

/// Goes to an element by the tab key alone, and presses a key there.
pub async fn press_at(visit: &Visit, css: &str, key: Key) {
    tab_to(visit, css).await;
    visit.press(key).await;
}
