//! Accessibility: names and roles for screen readers, and axe-core on every page.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Value, json};

use super::visit::Visit;
use crate::helpers::skips::skip;
use crate::helpers::{database::TestDatabase, on_both};

on_both! {
    a_screen_reader_reads_every_name_and_role,
    axe_finds_nothing_on_any_page_in_light_and_dark,
}

async fn a_screen_reader_reads_every_name_and_role(database: TestDatabase) {
    let Some(visit) = Visit::new(database, true).await else { return };
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    visit.stamped().await;
    let names_and_roles = names_and_roles(&visit).await;
    let question = "Which cat wears the donut better?";
    for (role, name) in [
        ("RootWebArea", "Which cat wears the donut better? – Urna"),
        ("banner", ""),
        ("navigation", "Main"),
        ("link", "Urna"),
        ("link", "All polls"),
        ("main", ""),
        ("heading", question),
        ("region", "Pick one"),
        ("button", "Vote for Fruit Gummi Pink icing"),
        ("button", "Vote for Pita"),
        ("status", ""),
        ("region", "Results so far"),
        ("table", "Results so far"),
        ("columnheader", "Votes"),
        ("rowheader", "Fruit Gummi leads"),
        ("cell", "100.0%"),
        ("contentinfo", ""),
    ] {
        assert!(
            names_and_roles.contains(&(role.to_owned(), name.to_owned())),
            "{role} “{name}” is not in {names_and_roles:?}"
        );
    }
    assert_eq!(visit.script("return document.querySelectorAll('h1').length").await, 1);
}

async fn axe_finds_nothing_on_any_page_in_light_and_dark(database: TestDatabase) {
    let Some(axe) = axe() else { return };
    let Some(visit) = Visit::empty(database, true).await else { return };
    let check = async |page: &str| check(&visit, &axe, page, &[("light", 1280), ("dark", 1280), ("light", 320)]).await;

    visit.go("/").await;
    check("the empty index").await;
    visit.create_the_cats();
    let tea = ["--choice", "Tea", "--choice", "Coffee"];
    visit.urna(
        &[&["poll", "new", "--slug", "later", "--title", "Later?", "--opens", "2999-01-01 09:00"], &tea[..]].concat(),
    );
    visit.urna(
        &[&["poll", "new", "--slug", "over", "--title", "Over?", "--description", "It was close."], &tea[..]].concat(),
    );
    visit.go("/polls/over").await;
    visit.vote("tea").await;
    visit.arrive("/polls/over#counted").await;
    visit.urna(&["poll", "close", "over"]);

    visit.go("/").await;
    check("an open poll").await;
    visit.vote("gummi").await;
    visit.arrive("/#counted").await;
    visit.stamped().await;
    check("after a vote").await;
    visit.tamper().await;
    visit.vote("dog").await;
    visit.refusal().await;
    check("after a malformed form").await;
    let labels: Vec<String> = (0..101).map(|i| format!("Choice {i}")).collect();
    let long = labels.iter().flat_map(|label| ["--choice", label]);
    visit.urna(&["poll", "new", "--slug", "long", "--title", "Long?"].into_iter().chain(long).collect::<Vec<_>>());
    let (long, searched) = (["/polls/long?page=2", "/polls/long?q=none"], ["/polls?q=long", "/polls?q=none&page=2"]);
    visit.urna(&[
        "poll", "new", "--slug", "ranked", "--title", "Ranked?", "--method", "irv", "--choice", "Tea", "--choice", "כן",
    ]);
    visit.go("/polls/ranked").await;
    visit.click(".line:has(#rank-tea) h3").await;
    visit.click(".cast button").await;
    visit.arrive("/polls/ranked#counted").await;
    visit.stamped().await;
    check("after a ranking").await;
    let paths = ["/about", "/polls/over", "/polls/later", "/polls", "/session", "/session?kept=yes", "/nowhere"];
    for path in [&paths[..], &long, &searched].concat() {
        visit.go(path).await;
        check(path).await;
    }
    visit.go("/").await;
    visit.urna(&["poll", "close", "cats"]);
    visit.vote("gummi").await;
    visit.refusal().await;
    check("a vote too late").await;
}

/// The script of axe-core; `None`, and the test is skipped, where it is missing.
pub fn axe() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(file).ok();
    if axe.is_none() {
        skip("axe-core is not there (npm ci --prefix tests/browser)");
    }
    axe
}

/// Runs axe-core on what the browser shows, in each of these colour schemes and widths.
pub async fn check(visit: &Visit, axe: &str, page: &str, looks: &[(&str, u32)]) {
    // By its result alone: the parts of an answer that name elements are long.
    const RUN: &str = "return axe.run().then(found => ({
        passes: found.passes.map(rule => rule.id),
        violations: found.violations.map(rule => [rule.id, rule.help, rule.nodes.map(node => node.html + ' ' + node.failureSummary)]),
    }))";
    visit.script(axe).await;
    for &(scheme, width) in looks {
        visit.widen(width).await;
        visit.prefer(scheme).await;
        assert_eq!(visit.script("return matchMedia('(prefers-color-scheme: dark)').matches").await, scheme == "dark");
        let found = visit.script(RUN).await;
        let passes: Vec<&str> = found["passes"].as_array().expect("axe ran").iter().filter_map(Value::as_str).collect();
        assert!(
            passes.contains(&"color-contrast") && passes.contains(&"page-has-heading-one"),
            "{page}, {scheme}: {passes:?}"
        );
        assert_eq!(found["violations"], json!([]), "{page}, {scheme}, {width}: {:#}", found["violations"]);
    }
}

/// All roles with their names, as the browser tells them to a screen reader.
async fn names_and_roles(visit: &Visit) -> BTreeSet<(String, String)> {
    let tree = visit.devtools("Accessibility.getFullAXTree", json!({})).await;
    let nodes = tree["nodes"].as_array().expect("nodes").clone();
    let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
    nodes
        .iter()
        .filter(|node| node["ignored"] == false)
        .map(|node| (text(&node["role"]), text(&node["name"])))
        .collect()
}
