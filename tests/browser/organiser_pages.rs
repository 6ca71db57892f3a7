//! The organiser's pages in all their states: axe-core in light and dark, narrow and enlarged.

use super::{
    access::{axe, check},
    visit::Visit,
};
use crate::helpers::database::TestDatabase;

/// On one engine: the pages are the same, and this takes half a minute.
#[test]
fn the_organisers_pages_are_for_everybody() {
    TestDatabase::sqlite().run(axe_finds_nothing_on_any_organisers_page_and_all_fit);
}

async fn axe_finds_nothing_on_any_organisers_page_and_all_fit(database: TestDatabase) {
    let Some(axe) = axe() else { return };
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    let look = async |page: &str| {
        check(&visit, &axe, page, &[("light", 1280), ("dark", 320)]).await;
        // 1280 pixels at 200 % are 640 of them, and at 400 % 320.
        for width in [640, 320] {
            visit.widen(width).await;
            visit.fits(width).await;
        }
        visit.widen(1280).await;
    };
    let send = async |css: &str| {
        visit.click(css).await;
        visit.refusal().await;
    };
    visit.go("/session").await;
    look("the sign-in page").await;
    send("main button").await;
    look("a sign-in page with errors").await;
    visit.sign_in("/organiser").await;
    look("no polls yet").await;

    visit.go("/polls/new").await;
    visit.click("#specialists > summary").await;
    visit.click("#options > summary").await;
    look("a new poll").await;
    send(".actions [value=publish]").await;
    look("a new poll with errors").await;
    visit.click("#options > summary").await;
    let (long, choices) = ("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", "Tea\nCoffee\nWater");
    visit.fill(&[("#title", long), ("#choices", choices), ("#slug", "club")]).await;
    visit.click("#eligibility-invitation").await;
    visit.click("button[value=draft]").await;
    visit.arrive("/polls/club/manage#saved").await;
    look("the page of a draft").await;
    visit.go("/polls/club").await;
    look("a draft as its organiser tries it").await;
    visit.go("/polls/club/edit").await;
    look("a draft's settings").await;
    visit.fill(&[("#label-1", "Tea"), ("#opens_at", "")]).await;
    send("#poll > .actions button").await;
    look("a draft's settings with errors").await;
    visit.go("/polls/club/edit#picture-tea").await;
    look("the fields of a picture").await;
    // Without the script, which puts the error into the page that is there.
    visit.script("document.querySelector('#poll').dataset.plain = ''").await;
    send("button[form=upload-tea]").await;
    look("the fields of a picture with errors").await;

    visit.go("/polls/club/manage").await;
    visit.click(".share button:not([type])").await;
    visit.arrive("/polls/club/manage#published").await;
    look("the page of an open poll").await;
    visit.click(".ask summary").await;
    look("the page that asks whether to close the poll").await;
    send("form:has(#at) button").await;
    look("the page with an error").await;
    visit.go("/polls/club").await;
    look("a ballot with a code").await;
    visit.fill(&[("#code", "XXXX")]).await;
    visit.vote("tea").await;
    visit.refusal().await;
    look("a ballot with a wrong code").await;

    visit.go("/polls/club/invitations").await;
    visit.fill(&[("#number", "2")]).await;
    visit.click("main button").await;
    visit.until("return document.querySelectorAll('.slips li').length === 2").await;
    look("slips").await;
    let link = visit.words(".slips li:first-child > div > .address").await;
    visit.go("/polls/club/invitations").await;
    visit.click("summary").await;
    look("invitations").await;
    send("form:has(#code) button").await;
    look("invitations with an error").await;
    visit.follow(&link).await;
    visit.vote("tea").await;
    visit.arrive("/polls/club#counted").await;
    visit.follow(&link).await;
    look("a used invitation").await;

    visit.go("/polls/club/edit").await;
    look("the settings of a poll with ballots").await;
    visit.fill(&[("#choices", "Milk")]).await;
    send("#poll > .actions button").await;
    look("a choice to be confirmed").await;
    visit.go("/polls/club/manage").await;
    visit.click(".ask summary").await;
    visit.click(".ask button").await;
    visit.arrive("/polls/club/manage#closed").await;
    look("the page of a closed poll").await;
    for (path, page) in [
        ("/polls/club/poster", "a poster"),
        ("/polls/club/deletion", "a poll's deletion"),
        ("/organiser", "polls"),
        ("/organiser/edit", "the account"),
        ("/organiser/deletion", "the account's deletion"),
    ] {
        visit.go(path).await;
        look(page).await;
    }
    send("main button").await;
    look("the account's deletion with an error").await;
    visit.go("/organiser/edit").await;
    send("form[action$=password] button").await;
    look("the account with errors").await;
}
