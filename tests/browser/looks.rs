//! Pages as some people set their screens: forced colours, 400 % zoom, from right to left. And edges and bars that all can
//! see.

use serde_json::json;

use super::{
    access::{axe, check},
    marking,
    results::{self, FAMILIES},
    visit::Visit,
};
use crate::helpers::{database::TestDatabase, on_both};

on_both! {
    in_forced_colours_bars_and_buttons_show,
    at_400_percent_nothing_covers_what_has_the_focus,
    a_page_from_right_to_left_is_mirrored,
    bars_stand_out_from_their_track,
}

/// A screen of 1280 by 1024 dots, zoomed to 400 %.
const ZOOMED: (u32, u32) = (320, 256);

/// Ballots of each kind.
const BALLOTS: [(&str, &str); 4] =
    [("one", "plurality"), ("some", "approval"), ("stars", "star"), ("ranks", "schulze")];

/// The pages of the organiser who is signed in.
const ORGANISERS: [&str; 11] = [
    "/organiser",
    "/organiser/edit",
    "/polls/new",
    "/polls/new?template=committee",
    "/polls/lunch/manage",
    "/polls/lunch/edit#picture-soup",
    "/polls/lunch/invitations",
    "/polls/lunch/poster",
    "/polls/lunch/screen",
    "/polls/lunch/screen?show=results",
    "/polls/lunch/deletion",
];

/// A site with ballots of each kind, results by each family of methods, and the pages of an organiser who is signed in:
/// the addresses of all these pages.
async fn site(database: TestDatabase) -> Option<(Visit, Vec<String>)> {
    let visit = Visit::of_organiser(database, true).await?;
    results::create_the_capitals(&visit).await;
    for (slug, method) in BALLOTS {
        marking::create(&visit, slug, method, &[]);
    }
    let ballots = BALLOTS.map(|(slug, _)| format!("/polls/{slug}"));
    let pages = ballots.into_iter().chain(FAMILIES.map(results::address));
    visit.sign_in("/polls/new").await;
    visit.fill(&[("#title", "What is for lunch?"), ("#choices", "Soup\nSalad")]).await;
    visit.script("document.querySelector('#slug').value = 'lunch'").await;
    visit.click(".actions [value=publish]").await;
    visit.arrive("/polls/lunch/manage#published").await;
    let pages = pages.chain(["/about", "/polls", "/nowhere"].map(String::from));
    Some((visit, pages.chain(ORGANISERS.map(String::from)).collect()))
}

/// Opens a page with all that is folded away.
async fn open(visit: &Visit, page: &str) {
    visit.go(page).await;
    visit.script("document.querySelectorAll('details').forEach(part => { part.name = ''; part.open = true })").await;
}

async fn in_forced_colours_bars_and_buttons_show(database: TestDatabase) {
    let Some(axe) = axe() else { return };
    let Some((visit, pages)) = site(database).await else { return };
    let forced = json!({ "features": [{ "name": "forced-colors", "value": "active" }] });
    for page in pages {
        open(&visit, &page).await;
        visit.devtools("Emulation.setEmulatedMedia", forced.clone()).await;
        assert_eq!(visit.script("return matchMedia('(forced-colors: active)').matches").await, true);
        // Backgrounds are gone there, so that only a border shows a button; a picture keeps its colours.
        let lost = "return [...document.querySelectorAll('button, a.button, select, input:not([type=hidden])')]
            .filter(part => part.checkVisibility() && !part.classList.contains('link') && getComputedStyle(part).appearance !== 'auto')
            .filter(part => !part.closest('label, .card') && part.type !== 'file')
            .filter(part => getComputedStyle(part).borderStyle === 'none').map(part => part.outerHTML)";
        assert_eq!(visit.script(lost).await, json!([]), "{page}");
        let unseen = "return [...document.querySelectorAll('.bar svg')]
            .filter(bar => getComputedStyle(bar.querySelector('rect')).fill === getComputedStyle(bar).backgroundColor)
            .length";
        assert_eq!(visit.script(unseen).await, 0, "{page}");
        // axe takes the colours of the page itself, so what it says of contrast is about no forced ones.
        visit.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
        check(&visit, &axe, &page, &[("light", 1280)]).await;
    }
}

async fn at_400_percent_nothing_covers_what_has_the_focus(database: TestDatabase) {
    let Some((visit, pages)) = site(database).await else { return };
    let (width, height) = ZOOMED;
    let size = json!({ "width": width, "height": height, "deviceScaleFactor": 4, "mobile": false });
    for page in pages {
        visit.devtools("Emulation.setDeviceMetricsOverride", size.clone()).await;
        open(&visit, &page).await;
        visit.fits(width).await;
        // Each is focused in turn as by the Tab key, and some of it must be in sight with nothing above it.
        let covered = "return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, [tabindex=\"0\"]')]
            .filter(part => part.tabIndex >= 0 && part.checkVisibility({ visibilityProperty: true }))
            .filter(part => {
                part.focus();
                if (document.activeElement !== part) return false;
                const target = part.closest('label') ?? part.labels?.[0] ?? part;
                const box = target.getBoundingClientRect();
                const xs = [0.1, 0.5, 0.9].map(at => box.left + at * box.width);
                const ys = [0.1, 0.5, 0.9].map(at => box.top + at * box.height);
                return !xs.some(x => ys.some(y => {
                    const top = document.elementFromPoint(x, y);
                    return top && (target.contains(top) || top.contains(target) && top !== document.documentElement && top !== document.body);
                }));
            }).map(part => part.outerHTML)";
        assert_eq!(visit.script(covered).await, json!([]), "{page}");
    }
}

async fn a_page_from_right_to_left_is_mirrored(database: TestDatabase) {
    let Some((visit, pages)) = site(database).await else { return };
    for page in pages {
        for width in [320, 1280] {
            visit.widen(width).await;
            open(&visit, &page).await;
            let edge = "const box = document.querySelector('.wordmark, h1').getBoundingClientRect(); return [box.left, innerWidth - box.right].map(Math.round)";
            let before = visit.script(edge).await;
            visit.script("document.documentElement.dir = 'rtl'").await;
            visit.fits(width).await;
            let after = visit.script(edge).await;
            let (left, right) = (before[0].as_i64().unwrap(), after[1].as_i64().unwrap());
            // The scroll bar takes a part of the one side.
            assert!((left - right).abs() <= 16, "{page}, {width}: {before} and {after}");
            // Text begins at the right.
            let turned = visit.script("return getComputedStyle(document.querySelector('h1')).direction").await;
            assert_eq!(turned, "rtl", "{page}");
            let wrong = "return [...document.querySelectorAll('h1, h2, h3, p, li, th')]
                .filter(part => ['left', 'right'].includes(getComputedStyle(part).textAlign)).map(part => part.outerHTML)";
            assert_eq!(visit.script(wrong).await, json!([]), "{page}");
            // An address with a fragment does not load its page anew.
            visit.script("document.documentElement.dir = 'ltr'").await;
        }
    }
}

async fn bars_stand_out_from_their_track(database: TestDatabase) {
    let Some((visit, _)) = site(database).await else { return };
    // The contrast of each bar with its track, and of each edge of a field with the page (WCAG 2.2, 1.4.11).
    let weak = "
        const rgb = text => text.match(/[\\d.]+/g).map(Number);
        const light = ([r, g, b]) => [0.2126, 0.7152, 0.0722].reduce((sum, part, i) => {
            const c = [r, g, b][i] / 255;
            return sum + part * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        }, 0);
        const contrast = (one, other) => {
            const [low, high] = [light(rgb(one)), light(rgb(other))].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
        };
        const bars = [...document.querySelectorAll('.bar svg')];
        const ratios = bars.map(bar => contrast(getComputedStyle(bar.querySelector('rect')).fill, getComputedStyle(bar).backgroundColor));
        return [bars.length, ratios.filter(ratio => ratio < 3)]";
    for method in FAMILIES {
        for scheme in ["light", "dark"] {
            visit.prefer(scheme).await;
            open(&visit, &results::address(method)).await;
            let found = visit.script(weak).await;
            assert!(found[0].as_u64().unwrap() > 1, "{method:?} has no bars");
            assert_eq!(found[1], json!([]), "{method:?}, {scheme}");
        }
    }
}
