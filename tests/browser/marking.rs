//! Marking a ballot of every kind: by mouse, with and without scripts, by keyboard alone, and with a review.

use serde_json::json;
use thirtyfour::Key;

use super::{
    access::{axe, check},
    keyboard::{press_at, tab_to},
    visit::Visit,
};
use crate::helpers::{
    database::{Stored, TestDatabase},
    on_both,
};

on_both! {
    approval_score_and_ranking_with_scripts,
    approval_score_and_ranking_without_scripts_on_a_narrow_screen,
    every_kind_by_keyboard_alone,
    choices_are_tapped_and_dragged_into_an_order,
    a_ballot_is_looked_over_changed_and_cast_once,
    a_wrong_ballot_comes_back_and_leads_to_what_is_to_be_mended,
    axe_finds_nothing_on_a_ballot_of_any_kind,
}

/// A poll of three cats, one of them with a long name, counted by a method.
fn create(visit: &Visit, slug: &str, method: &str, more: &[&str]) {
    #[rustfmt::skip]
    let poll = [
        "poll", "new", "--slug", slug, "--title", "Which cat wears the donut better?", "--method", method,
        "--choice", "Fruit Gummi", "--key", "gummi", "--picture", "gummi.svg", "--about", "Pink icing",
        "--choice", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", "--key", "pita",
        "--choice", "מה שותים", "--key", "cleo",
    ];
    visit.urna(&[&poll[..], more].concat());
}

/// An empty site where the first poll is not the one to be marked, so that each has its own address.
async fn visit(database: TestDatabase, javascript: bool) -> Option<Visit> {
    let visit = Visit::empty(database, javascript).await?;
    visit.create_the_cats();
    Some(visit)
}

async fn cast(visit: &Visit, marks: &str) {
    visit.click(".cast button:not(.quiet)").await;
    visit.until("return location.hash === '#counted'").await;
    visit.stamped().await;
    let stored = format!("SELECT count(*) FROM ballots WHERE marks = '{marks}'");
    assert_eq!(visit.database.number(&stored).await, 1, "{marks}");
}

async fn pick(visit: &Visit, css: &str, value: &str) {
    visit.click(&format!("{css} option[value='{value}']")).await;
}

async fn approval_score_and_ranking_with_scripts(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    mark_each(&visit, 1280).await;
}

async fn approval_score_and_ranking_without_scripts_on_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = visit(database, false).await else { return };
    mark_each(&visit, 320).await;
}

async fn mark_each(visit: &Visit, width: u32) {
    visit.widen(width).await;
    create(visit, "approve", "approval", &[]);
    visit.go("/polls/approve").await;
    visit.fits(width).await;
    // The words tick the box as well as the box itself.
    visit.click(".card:nth-child(2) .tick span").await;
    visit.click("input[value=cleo]").await;
    cast(visit, "cleo,pita").await;

    create(visit, "star", "star", &[]);
    visit.go("/polls/star").await;
    visit.fits(width).await;
    visit.click("[name=score-gummi][value='5']").await;
    visit.click("[name=score-pita][value='2']").await;
    // A score is taken back.
    visit.click("[name=score-pita][value='']").await;
    visit.click("[name=score-cleo][value='0']").await;
    cast(visit, "cleo:0,gummi:5").await;

    create(visit, "rank", "schulze", &["--abstaining"]);
    visit.go("/polls/rank").await;
    visit.fits(width).await;
    pick(visit, "#rank-cleo", "1").await;
    pick(visit, "#rank-pita", "2").await;
    pick(visit, "#rank-gummi", "2").await;
    cast(visit, "cleo>gummi=pita").await;

    visit.go("/polls/rank").await;
    visit.click("button[name=blank]").await;
    visit.arrive("/polls/rank#counted").await;
    assert_eq!(visit.database.number("SELECT count(*) FROM ballots WHERE marks = ''").await, 1);
}

async fn every_kind_by_keyboard_alone(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    let submit = ".cast button:not(.quiet)";
    create(&visit, "approve", "approval", &[]);
    visit.go("/polls/approve").await;
    press_at(&visit, "input[value=pita]", Key::Space).await;
    press_at(&visit, submit, Key::Enter).await;
    visit.arrive("/polls/approve#counted").await;

    create(&visit, "grade", "majority-judgment", &[]);
    visit.go("/polls/grade").await;
    tab_to(&visit, "#score-gummi").await;
    for _ in 0..3 {
        visit.press(Key::Right).await;
    }
    assert_eq!(visit.script("return document.activeElement.parentElement.innerText.trim()").await, "Acceptable");
    press_at(&visit, submit, Key::Enter).await;
    visit.arrive("/polls/grade#counted").await;

    create(&visit, "rank", "schulze", &["--review"]);
    visit.go("/polls/rank").await;
    tab_to(&visit, "#rank-pita").await;
    visit.browser.action_chain().send_keys("1").perform().await.expect("a key");
    tab_to(&visit, "#rank-cleo").await;
    visit.browser.action_chain().send_keys("2").perform().await.expect("a key");
    let order = "return [...document.querySelectorAll('.order li')].map(one => one.innerText.split('\\n')[0])";
    assert_eq!(visit.script(order).await, json!(["1st", "2nd"]), "the order follows the fields");
    press_at(&visit, submit, Key::Enter).await;
    visit.until("return document.querySelector('h1')?.innerText === 'Look over your ballot'").await;
    press_at(&visit, "form[data-address] button", Key::Enter).await;
    visit.arrive("/polls/rank#counted").await;
    for marks in ["pita", "gummi:2", "pita>cleo"] {
        assert_eq!(visit.database.number(&format!("SELECT count(*) FROM ballots WHERE marks = '{marks}'")).await, 1);
    }
}

const RANKS: &str = "return ['gummi', 'pita', 'cleo'].map(key => document.getElementById(`rank-${key}`).value)";

async fn choices_are_tapped_and_dragged_into_an_order(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create(&visit, "rank", "ranked-pairs", &[]);
    visit.widen(320).await;
    visit.go("/polls/rank").await;
    let status = "return document.querySelector('.ballot p[role=status]').textContent";
    visit.click(".line:nth-child(3) h3").await;
    visit.click(".line:nth-child(1) img").await;
    visit.click(".line:nth-child(2) h3 label").await;
    assert_eq!(visit.script(RANKS).await, json!(["2", "3", "1"]));
    assert!(visit.script(status).await.as_str().is_some_and(|text| text.ends_with("abzeichen: 3rd.")));
    visit.fits(320).await;
    // Another tap takes out, and the others move up.
    visit.click(".line:nth-child(3) h3").await;
    assert_eq!(visit.script(RANKS).await, json!(["1", "2", ""]));
    assert_eq!(visit.script(status).await, "מה שותים: taken out.");
    visit.click(".line:nth-child(3) h3").await;
    assert_eq!(visit.script(RANKS).await, json!(["1", "2", "3"]));

    let grip = visit.find(".order li:last-child .grip").await;
    let up = visit.find(".order li:first-child .place").await;
    visit.script("document.querySelector('.order').scrollIntoView({ block: 'center' })").await;
    let chain = visit.browser.action_chain().move_to_element_center(&grip).click_and_hold();
    chain.move_to_element_with_offset(&up, 0, -8).release().perform().await.expect("a drag");
    assert_eq!(visit.script(RANKS).await, json!(["2", "3", "1"]));
    assert_eq!(visit.script(status).await, "מה שותים: 1st.");
    cast(&visit, "cleo>gummi>pita").await;
}

async fn a_ballot_is_looked_over_changed_and_cast_once(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create(&visit, "star", "star", &["--review"]);
    visit.go("/polls/star").await;
    visit.click("[name=score-gummi][value='5']").await;
    let key = visit.script("return document.querySelector('input[name=key]').value").await;
    visit.click(".cast button").await;
    visit.until("return document.querySelector('h1')?.innerText === 'Look over your ballot'").await;
    assert!(visit.words(".marked").await.contains("Fruit Gummi"));
    assert_eq!(visit.database.stored().await, Stored::of(0, 0));
    visit.click(".check form:not([data-address]) button").await;
    visit.until("return document.querySelector('#ballot') !== null").await;
    assert_eq!(visit.script("return document.querySelector('[name=score-gummi]:checked').value").await, "5");
    visit.click("[name=score-cleo][value='1']").await;
    visit.click(".cast button").await;
    visit.until("return document.querySelector('h1')?.innerText === 'Look over your ballot'").await;
    let keys = "return [...document.querySelectorAll('[data-address] input[name=key]')].map(input => input.value)";
    assert_eq!(visit.script(keys).await, json!([key]), "one key from the ballot to the confirmation");
    let button = visit.find("form[data-address] button").await;
    visit.browser.action_chain().double_click_element(&button).perform().await.expect("a double click");
    visit.arrive("/polls/star#counted").await;
    visit.stamped().await;
    assert_eq!(visit.database.number("SELECT count(*) FROM ballots WHERE marks = 'cleo:1,gummi:5'").await, 1);
    assert_eq!(visit.database.stored().await, Stored::of(1, 1));
    assert_ne!(visit.script("return document.querySelector('input[name=key]').value").await, key);
}

async fn a_wrong_ballot_comes_back_and_leads_to_what_is_to_be_mended(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create(&visit, "strict", "irv", &[]);
    visit.go("/polls/strict").await;
    for (key, rank) in [("gummi", "1"), ("pita", "2"), ("cleo", "2")] {
        pick(&visit, &format!("#rank-{key}"), rank).await;
    }
    visit.click(".cast button").await;
    visit.refusal().await;
    assert!(visit.title().await.starts_with("Error: "));
    assert_eq!(visit.script(RANKS).await, json!(["1", "2", "2"]));
    visit.click(".error-summary a").await;
    visit.until("return document.activeElement.id === 'rank-pita'").await;
    assert!(visit.words("#rank-cleo-error").await.contains("have the same rank, the 2nd"));
    pick(&visit, "#rank-cleo", "3").await;
    cast(&visit, "gummi>pita>cleo").await;
}

async fn axe_finds_nothing_on_a_ballot_of_any_kind(database: TestDatabase) {
    let Some(axe) = axe() else { return };
    let Some(visit) = visit(database, true).await else { return };
    let check = async |page: &str| {
        check(&visit, &axe, page, &[("light", 1280), ("dark", 1280), ("light", 320)]).await;
        visit.fits(320).await;
    };
    for (slug, method, more) in [
        ("approve", "approval", &["--abstaining"][..]),
        ("bloc", "plurality", &["--seats", "2"]),
        ("star", "star", &["--review"]),
        ("grade", "majority-judgment", &["--abstaining"]),
        ("typed", "score", &["--highest", "100"]),
        ("strict", "irv", &["--abstaining"]),
    ] {
        create(&visit, slug, method, more);
        visit.go(&format!("/polls/{slug}")).await;
        check(slug).await;
    }
    visit.click(".line:nth-child(1) h3").await;
    check("a choice ranked").await;
    pick(&visit, "#rank-pita", "1").await;
    visit.click(".cast button:not(.quiet)").await;
    visit.refusal().await;
    check("a shared rank").await;
    visit.go("/polls/typed").await;
    visit.fill(&[("#score-pita", "101")]).await;
    visit.click(".cast button").await;
    visit.refusal().await;
    check("a score too high").await;
    visit.go("/polls/star").await;
    visit.script("document.querySelector('[name=score-pita][value=\"3\"]').value = 9").await;
    visit.click("[name=score-pita][value='9']").await;
    visit.click(".cast button").await;
    visit.refusal().await;
    check("a score out of range").await;
    visit.go("/polls/star").await;
    visit.click("[name=score-pita][value='3']").await;
    visit.click(".cast button").await;
    visit.until("return document.querySelector('h1')?.innerText === 'Look over your ballot'").await;
    check("the check page").await;
}
