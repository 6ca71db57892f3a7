//! The results of each family of methods, on a screen and on paper.

use std::time::Duration;

use rocket::tokio::time::sleep;
use serde_json::json;
use urna::{
    count::Method,
    db::Engine,
    models::{marking::Marking, poll::Poll},
};

use super::{
    access::{axe, check},
    visit::Visit,
};
use crate::helpers::{
    app::{WithSettings as _, config_for},
    database::TestDatabase,
    on_both,
    votes::{CITIES, cast, poll_by, tennessee},
};

on_both! {
    axe_finds_nothing_on_results_in_light_and_dark,
    results_fit_a_narrow_screen_and_paper,
    what_scrolls_is_reached_by_the_keyboard,
}

pub const FAMILIES: [Method; 7] = [
    Method::Plurality,
    Method::Approval,
    Method::Irv,
    Method::Stv,
    Method::Schulze,
    Method::Star,
    Method::MajorityJudgment,
];

/// The poll on the capital by each family of methods, closed but for the first.
pub async fn create_the_capitals(visit: &Visit) {
    let engine = Engine::open(&config_for(&visit.database, &[]).database, 1, Duration::from_secs(5)).expect("a pool");
    let mut db = engine.connection().await.expect("a connection");
    for method in FAMILIES {
        let seats = if method == Method::Stv { 2 } else { 1 };
        let marking = Marking { method, seats, comparison: true, ..Marking::default() };
        let poll =
            Poll::create(&mut db, &poll_by(method, &CITIES).with(|s| s.set_marking(marking))).await.expect("a poll");
        cast(&mut db, &poll, &tennessee(method.kind())).await;
        if method != Method::Plurality {
            poll.close(&mut db, None).await.expect("it closes");
        }
    }
}

pub fn address(method: Method) -> String {
    format!("/polls/{}/results", method.as_str())
}

async fn axe_finds_nothing_on_results_in_light_and_dark(database: TestDatabase) {
    let Some(axe) = axe() else { return };
    let Some(visit) = Visit::empty(database, true).await else { return };
    create_the_capitals(&visit).await;
    for method in FAMILIES {
        for path in [address(method), format!("/polls/{}", method.as_str())] {
            visit.go(&path).await;
            visit.script("document.querySelectorAll('details').forEach(part => { part.open = true })").await;
            check(&visit, &axe, &path, &[("light", 1280), ("dark", 1280), ("light", 320)]).await;
        }
    }
}

async fn results_fit_a_narrow_screen_and_paper(database: TestDatabase) {
    let Some(visit) = Visit::empty(database, true).await else { return };
    create_the_capitals(&visit).await;
    for method in FAMILIES {
        visit.widen(320).await;
        visit.go(&address(method)).await;
        visit.fits(320).await;
        visit.script("document.querySelectorAll('details').forEach(part => { part.open = true })").await;
        visit.fits(320).await;
        // On a sheet (A4 less its margins, at 96 dots an inch) nothing is cut off.
        visit.widen(718).await;
        visit.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
        let cut = "return [...document.querySelectorAll('main table, main .flow')].filter(part => \
                   part.getBoundingClientRect().right > innerWidth).map(part => part.outerHTML)";
        assert_eq!(visit.script(cut).await, json!([]), "{method:?}");
        assert_eq!(visit.script("return document.querySelector('.files').checkVisibility()").await, false);
        visit.devtools("Emulation.setEmulatedMedia", json!({ "media": "" })).await;
    }
}

async fn what_scrolls_is_reached_by_the_keyboard(database: TestDatabase) {
    let Some(visit) = Visit::empty(database, true).await else { return };
    create_the_capitals(&visit).await;
    visit.widen(320).await;
    visit.go(&address(Method::Schulze)).await;
    let scrolled = "return document.querySelector('.scroll:has(.matrix)').scrollLeft > 0";
    assert_eq!(visit.script(scrolled).await, false);
    visit.script("document.querySelector('.scroll:has(.matrix)').focus()").await;
    for _ in 0..4 {
        visit.press(thirtyfour::Key::Right).await;
        sleep(Duration::from_millis(50)).await;
    }
    visit.until(scrolled).await;
}
