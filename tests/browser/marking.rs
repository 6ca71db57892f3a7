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
    a_ranking_sorts_itself,
    a_choice_is_dragged_by_mouse_and_by_touch,
    a_long_ballot_is_searched,
    nothing_moves_where_motion_is_reduced,
    a_ballot_is_looked_over_changed_and_cast_once,
    a_wrong_ballot_comes_back_and_leads_to_what_is_wrong,
    axe_finds_nothing_on_a_ballot_of_any_kind,
}

/// A poll of three cats, one of them with a long name, counted by a method.
pub fn create(visit: &Visit, slug: &str, method: &str, more: &[&str]) {
    #[rustfmt::skip]
    let poll = [
        "poll", "new", "--slug", slug, "--title", "Which cat wears the donut better?", "--method", method,
        "--choice", "Fruit Gummi", "--key", "gummi", "--picture", "gummi.svg", "--about", "Pink icing",
        "--choice", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", "--key", "pita",
        "--choice", "מה שותים", "--key", "cleo",
    ];
    visit.urna(&[&poll[..], more].concat());
}

/// An empty site where the first poll is not the one to be marked, so that each has its own address. Nothing moves, so
/// that a click meets what it is meant for.
async fn visit(database: TestDatabase, javascript: bool) -> Option<Visit> {
    let visit = Visit::empty(database, javascript).await?;
    visit.create_the_cats();
    let features = json!({ "features": [{ "name": "prefers-reduced-motion", "value": "reduce" }] });
    visit.devtools("Emulation.setEmulatedMedia", features).await;
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
    mark_each(&visit, true, 1280).await;
}

async fn approval_score_and_ranking_without_scripts_on_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = visit(database, false).await else { return };
    mark_each(&visit, false, 320).await;
}

async fn mark_each(visit: &Visit, javascript: bool, width: u32) {
    visit.widen(width).await;
    create(visit, "approve", "approval", &[]);
    visit.go("/polls/approve").await;
    visit.fits(width).await;
    // The words tick the box as well as the box itself.
    visit.click("li:nth-child(2) .name").await;
    visit.click("input[value=cleo]").await;
    cast(visit, "cleo,pita").await;

    create(visit, "star", "star", &[]);
    visit.go("/polls/star").await;
    visit.fits(width).await;
    visit.click("[name=score-gummi][value='5']").await;
    visit.click("[name=score-pita][value='2']").await;
    // All scores are taken back.
    visit.click("button[type=reset]").await;
    visit.click("[name=score-gummi][value='5']").await;
    visit.click("[name=score-cleo][value='0']").await;
    cast(visit, "cleo:0,gummi:5").await;

    create(visit, "rank", "schulze", &["--abstaining"]);
    visit.go("/polls/rank").await;
    visit.fits(width).await;
    pick(visit, "#rank-cleo", "1").await;
    pick(visit, "#rank-pita", "2").await;
    pick(visit, "#rank-gummi", "2").await;
    if javascript {
        // It has pushed the other to the 3rd place.
        visit.click(".line:has(#rank-pita) [data-move=share]").await;
    }
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
    for _ in 0..2 {
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
    assert_eq!(visit.script(ORDER).await, json!(["pita", "cleo"]), "the order follows the fields");
    press_at(&visit, submit, Key::Enter).await;
    visit.until("return document.querySelector('h1')?.innerText === 'Check your vote'").await;
    press_at(&visit, "form[data-address] button", Key::Enter).await;
    visit.arrive("/polls/rank#counted").await;
    for marks in ["pita", "gummi:2", "pita>cleo"] {
        assert_eq!(visit.database.number(&format!("SELECT count(*) FROM ballots WHERE marks = '{marks}'")).await, 1);
    }
}

const RANKS: &str = "return ['gummi', 'pita', 'cleo'].map(key => document.getElementById(`rank-${key}`).value)";

/// The keys of the ranked choices, the best first, as the list shows them.
const ORDER: &str = "return [...document.querySelectorAll('.ranked [name^=rank-]')].map(field => field.id.slice(5))";

/// Fills in what only a page without the script lets a voter fill in.
async fn share_a_rank(visit: &Visit) {
    let ranks = "for (const [key, rank] of [['gummi', 1], ['pita', 2], ['cleo', 2]]) document.getElementById(`rank-${key}`).value = rank";
    visit.script(ranks).await;
}

const STATUS: &str = "return document.querySelector('.ballot output').textContent";

async fn a_ranking_sorts_itself(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create(&visit, "rank", "ranked-pairs", &[]);
    visit.widen(320).await;
    visit.go("/polls/rank").await;
    let line = |key: &str, part: &str| format!(".line:has(#rank-{key}) {part}");
    visit.click(&line("cleo", "h3")).await;
    visit.click(&line("gummi", "img")).await;
    visit.click(&line("pita", "h3 label")).await;
    assert_eq!(visit.script(RANKS).await, json!(["2", "3", "1"]));
    assert_eq!(visit.script(ORDER).await, json!(["cleo", "gummi", "pita"]));
    assert!(visit.script(STATUS).await.as_str().is_some_and(|text| text.ends_with("abzeichen: 3rd.")));
    visit.fits(320).await;
    // On a narrow screen a tap shows the rest of a choice's buttons.
    visit.click(&line("cleo", "h3")).await;
    visit.fits(320).await;
    visit.click(&line("cleo", "[data-move=out]")).await;
    assert_eq!(visit.script(RANKS).await, json!(["1", "2", ""]));
    assert_eq!(visit.script(STATUS).await, "מה שותים: not ranked.");
    // A rank that another has pushes that one down.
    pick(&visit, "#rank-cleo", "1").await;
    assert_eq!(visit.script(ORDER).await, json!(["cleo", "gummi", "pita"]));
    assert_eq!(visit.script(RANKS).await, json!(["2", "3", "1"]));
    visit.click(&line("cleo", "[data-move=down]")).await;
    visit.click(&line("pita", "[data-move=up]")).await;
    assert_eq!(visit.script(ORDER).await, json!(["gummi", "pita", "cleo"]));
    assert!(visit.script(STATUS).await.as_str().is_some_and(|text| text.ends_with("abzeichen: 2nd.")));
    // Shared ranks, where the poll takes them.
    visit.click(&line("pita", "h3")).await;
    visit.click(&line("pita", "[data-move=share]")).await;
    assert_eq!(visit.script(RANKS).await, json!(["1", "1", "2"]));
    assert!(visit.script(STATUS).await.as_str().is_some_and(|text| text.ends_with("1st, shared with 1 more.")));
    visit.click(&line("pita", "[data-move=share]")).await;
    assert_eq!(visit.script(RANKS).await, json!(["1", "2", "3"]));
    cast(&visit, "gummi>pita>cleo").await;
    // Where it takes none, no button offers one.
    create(&visit, "strict", "irv", &[]);
    visit.go("/polls/strict").await;
    assert_eq!(visit.script("return document.querySelectorAll('[data-move=share]').length").await, 0);
}

/// A poll of twelve choices, `c0` to `c11`.
fn create_twelve(visit: &Visit, slug: &str) {
    let labels: Vec<String> = (0..12).map(|n| format!("Choice {n}")).collect();
    let mut args = vec!["poll", "new", "--slug", slug, "--title", "Which one?", "--method", "schulze"];
    for (label, key) in labels.iter().zip(["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11"]) {
        args.extend(["--choice", label, "--key", key]);
    }
    visit.urna(&args);
}

/// The middle of a choice's grip, in the window.
async fn grip(visit: &Visit, key: &str) -> (f64, f64) {
    let place = format!(
        "const box = document.querySelector('.line:has(#rank-{key}) .grip').getBoundingClientRect();
         return [box.x + box.width / 2, box.y + box.height / 2]"
    );
    let place = visit.script(&place).await;
    (place[0].as_f64().expect("a number"), place[1].as_f64().expect("a number"))
}

/// Drags a choice to the height `to` in so many moves, and waits until the page has no more to scroll there.
async fn drag(visit: &Visit, key: &str, to: f64, moves: u32, touch: bool) {
    let (x, from) = grip(visit, key).await;
    let send = async |phase: usize, y: f64| {
        if touch {
            let points = if phase == 2 { json!([]) } else { json!([{ "x": x, "y": y }]) };
            let kind = ["touchStart", "touchMove", "touchEnd"][phase];
            visit.devtools("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points })).await;
        } else {
            let kind = ["mousePressed", "mouseMoved", "mouseReleased"][phase];
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
            visit.devtools("Input.dispatchMouseEvent", event).await;
        }
    };
    send(0, from).await;
    for n in 1..=moves {
        send(1, from + (to - from) * f64::from(n) / f64::from(moves)).await;
    }
    let still = "const y = scrollY; await new Promise(done => setTimeout(done, 150)); return scrollY === y";
    while visit.script(&format!("return (async () => {{ {still} }})()")).await != true {}
    send(2, to).await;
}

async fn a_choice_is_dragged_by_mouse_and_by_touch(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create_twelve(&visit, "twelve");
    let height = 800.0;
    for touch in [false, true] {
        visit.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": touch })).await;
        let metrics = json!({ "width": 360, "height": height, "deviceScaleFactor": 1, "mobile": touch });
        visit.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        visit.go("/polls/twelve").await;
        for n in 0..12 {
            visit.script(&format!("document.querySelector('.line:has(#rank-c{n}) h3').click()")).await;
        }
        visit.script("document.querySelector('.lines').scrollIntoView()").await;
        visit.script("for (const one of document.getAnimations()) one.finish()").await;
        let all = "const box = document.querySelector('.lines').getBoundingClientRect(); return box.height";
        assert!(
            visit.script(all).await.as_f64().expect("a height") < height,
            "twelve ranked choices are in sight at once"
        );
        // Five and forty moves, down and up.
        let mut order: Vec<String> = (0..12).map(|n| format!("c{n}")).collect();
        for (from, to, moves) in [(0, 5, 5), (9, 2, 40), (3, 8, 40), (7, 6, 5)] {
            let moved = order[from].clone();
            let (_, at) = grip(&visit, &order[to]).await;
            let beyond = if to > from { 6.0 } else { -6.0 };
            drag(&visit, &moved, at + beyond, moves, touch).await;
            order.remove(from);
            order.insert(to, moved.clone());
            visit.script("for (const one of document.getAnimations()) one.finish()").await;
            assert_eq!(visit.script(ORDER).await, json!(order), "{from} to {to} in {moves} moves, touch: {touch}");
            let place = visit.script(&format!("return document.getElementById('rank-{moved}').value")).await;
            assert_eq!(place, (to + 1).to_string());
        }
        // To the upper edge of a low window, which scrolls.
        let metrics = json!({ "width": 360, "height": 400, "deviceScaleFactor": 1, "mobile": touch });
        visit.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let last = order.pop().expect("a choice");
        visit.script(&format!("document.getElementById('rank-{last}').scrollIntoView({{ block: 'end' }})")).await;
        drag(&visit, &last, 5.0, 10, touch).await;
        order.insert(0, last);
        assert_eq!(visit.script(ORDER).await, json!(order), "with scrolling, touch: {touch}");
        // Below the ranked ones it is taken out.
        let metrics = json!({ "width": 360, "height": height, "deviceScaleFactor": 1, "mobile": touch });
        visit.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let out = order.pop().expect("a choice");
        visit.script(&format!("document.querySelector('.line:has(#rank-{out}) [data-move=out]').click()")).await;
        visit.script("document.querySelector('.lines').scrollIntoView()").await;
        let (_, below) = grip(&visit, &out).await;
        drag(&visit, &order.remove(3), below + 15.0, 10, touch).await;
        assert_eq!(visit.script(ORDER).await, json!(order), "taken out, touch: {touch}");
    }
    // Escape leaves it where it was.
    let (x, y) = grip(&visit, "c1").await;
    let order = visit.script(ORDER).await;
    for (kind, y) in [("mousePressed", y), ("mouseMoved", y + 150.0)] {
        let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
        visit.devtools("Input.dispatchMouseEvent", event).await;
    }
    visit.until("return document.querySelector('.held') !== null").await;
    visit.press(Key::Escape).await;
    visit.until("return document.querySelector('.held') === null").await;
    let event = json!({ "type": "mouseReleased", "x": x, "y": y + 150.0, "button": "left", "clickCount": 1 });
    visit.devtools("Input.dispatchMouseEvent", event).await;
    assert_eq!(visit.script(ORDER).await, order);
}

async fn a_long_ballot_is_searched(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    let labels: Vec<String> =
        (1..=40).map(|n| if n == 33 { "Große Straße".into() } else { format!("Choice {n}") }).collect();
    let choices: Vec<&str> = labels.iter().flat_map(|label| ["--choice", label]).collect();
    let shown = "return [...document.querySelectorAll('[data-filter] > :not(.divider)')].filter(one => one.offsetParent).map(one => one.querySelector('.name').textContent)";
    for method in ["plurality", "approval", "star", "schulze"] {
        let new = ["poll", "new", "--slug", method, "--title", "Which one?", "--method", method];
        visit.urna(&[&new[..], &choices].concat());
        visit.go(&format!("/polls/{method}")).await;
        visit.fill(&[("#filter", "strasse GROSSE")]).await;
        assert_eq!(visit.script(shown).await, json!(["Große Straße"]), "{method}");
        visit.until("return document.querySelector('.filter output').textContent === '1 of 40 choices'").await;
        if method == "schulze" {
            // What is ranked stays in sight.
            visit.click(".line:not(.left-out) h3").await;
            visit.fill(&[("#filter", "choice 12")]).await;
            assert_eq!(visit.script(shown).await, json!(["Große Straße", "Choice 12"]));
            // Dragging passes over what is out of sight.
            visit
                .script("document.querySelector('.line:not(.left-out, .ranked)').scrollIntoView({ block: 'center' })")
                .await;
            visit.click(".line:not(.left-out, .ranked) h3").await;
            let order = visit.script(ORDER).await;
            let (first, second) = (order[0].as_str().expect("a key"), order[1].as_str().expect("a key"));
            visit.script("document.querySelector('.lines').scrollIntoView({ block: 'center' })").await;
            let (_, y) = grip(&visit, second).await;
            drag(&visit, first, y + 6.0, 10, false).await;
            assert_eq!(visit.script(ORDER).await, json!([second, first]));
        }
        visit.fill(&[("#filter", "")]).await;
        visit.press(Key::Enter).await;
        assert!(visit.script("return location.pathname").await.as_str().is_some_and(|path| path.ends_with(method)));
    }
    // Also on a ballot that comes back with its ranks.
    let new = ["poll", "new", "--slug", "again", "--title", "Which one?", "--method", "irv", "--review"];
    visit.urna(&[&new[..], &choices].concat());
    visit.go("/polls/again").await;
    visit.script("document.querySelector('.line:nth-child(5) h3').click()").await;
    visit.click(".cast button").await;
    visit.until("return document.querySelector('h1')?.innerText === 'Check your vote'").await;
    visit.click(".check form:not([data-address]) button").await;
    visit.until("return document.querySelector('.divider') !== null").await;
    visit.fill(&[("#filter", "strasse")]).await;
    assert_eq!(visit.script(shown).await, json!(["Choice 5", "Große Straße"]));
}

async fn nothing_moves_where_motion_is_reduced(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create(&visit, "rank", "irv", &[]);
    // Each animation that begins is kept, however short it is.
    let watch = "window.begun = []; addEventListener('animationstart', event => begun.push(event.animationName));
        const animate = Element.prototype.animate; Element.prototype.animate = function (...all) { begun.push('slide'); return animate.apply(this, all) }";
    visit.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": watch })).await;
    for (preference, moves) in [("no-preference", true), ("reduce", false)] {
        let features = json!({ "features": [{ "name": "prefers-reduced-motion", "value": preference }] });
        visit.devtools("Emulation.setEmulatedMedia", features).await;
        visit.go("/polls/rank").await;
        visit.click(".line:has(#rank-cleo) h3").await;
        assert_eq!(visit.script("return begun.includes('slide')").await, moves, "{preference}");
        visit.click(".cast button:not(.quiet)").await;
        visit.until("return location.hash === '#counted'").await;
        visit.stamped().await;
        visit.script("return new Promise(done => setTimeout(done, 400))").await;
        for name in ["press", "grow"] {
            assert_eq!(visit.script(&format!("return begun.includes('{name}')")).await, moves, "{preference}: {name}");
        }
    }
}

async fn a_ballot_is_looked_over_changed_and_cast_once(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create(&visit, "star", "star", &["--review"]);
    visit.go("/polls/star").await;
    visit.click("[name=score-gummi][value='5']").await;
    let key = visit.script("return document.querySelector('input[name=key]').value").await;
    visit.click(".cast button").await;
    visit.until("return document.querySelector('h1')?.innerText === 'Check your vote'").await;
    assert!(visit.words(".marked").await.contains("Fruit Gummi"));
    assert_eq!(visit.database.stored().await, Stored::of(0, 0));
    visit.click(".check form:not([data-address]) button").await;
    visit.until("return document.querySelector('#ballot') !== null").await;
    assert_eq!(visit.script("return document.querySelector('[name=score-gummi]:checked').value").await, "5");
    visit.click("[name=score-cleo][value='1']").await;
    visit.click(".cast button").await;
    visit.until("return document.querySelector('h1')?.innerText === 'Check your vote'").await;
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

async fn a_wrong_ballot_comes_back_and_leads_to_what_is_wrong(database: TestDatabase) {
    let Some(visit) = visit(database, true).await else { return };
    create(&visit, "strict", "irv", &[]);
    visit.go("/polls/strict").await;
    share_a_rank(&visit).await;
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
    share_a_rank(&visit).await;
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
    visit.until("return document.querySelector('h1')?.innerText === 'Check your vote'").await;
    check("the check page").await;
}
