//! The page where a poll is created or edited: kinds of ballots with their preview, and the list of choices.

use std::io::Cursor;

use serde_json::json;

use super::{keyboard::press_at, visit::Visit};
use crate::helpers::{database::TestDatabase, on_both};
use thirtyfour::Key;

on_both! {
    a_poll_is_created_by_each_kind,
    a_poll_is_created_by_each_kind_without_scripts,
    choices_are_edited_without_loading_the_page,
    choices_are_edited_without_scripts_on_a_narrow_screen,
    choices_are_moved_by_keyboard,
    a_picture_is_sent_without_what_was_typed,
    enter_publishes_and_presses_no_other_button,
    a_save_while_a_choice_goes_saves_without_it,
    a_list_that_could_not_be_sent_is_still_there,
}

/// Each kind: its method, what its ballot has, and whether the number of winners and the highest score are asked for.
const KINDS: [(&str, &str, bool, bool); 4] = [
    ("plurality", "[type=radio][name=vote]", true, false),
    ("approval", "[type=checkbox][name=vote]", true, false),
    ("score", "[type=radio][name^=score-]", true, true),
    ("irv", "[name^=rank-]", false, false),
];

async fn shown(visit: &Visit, css: &str) -> bool {
    visit.script(&format!("return Boolean(document.querySelector({css:?})?.checkVisibility())")).await == true
}

async fn create_by_each_kind(visit: &Visit, is_live: bool) {
    visit.sign_in("/polls/new").await;
    for (method, field, seats, highest) in KINDS {
        visit.go("/polls/new").await;
        visit.fill(&[("#title", "What do we drink?"), ("#choices", "Tea\nCoffee")]).await;
        visit.click(&format!("label:has([name=method][value={method}])")).await;
        assert_eq!(shown(visit, "#seats").await, seats, "{method}");
        assert_eq!(shown(visit, "#highest").await, highest, "{method}");
        if !is_live {
            visit.click("#preview button[value=preview]").await;
        }
        let asked = "document.querySelector('#preview .asked').innerText === 'What do we drink?'";
        visit.until(&format!("return {asked} && Boolean(document.querySelector('#preview {field}'))")).await;
        visit.script(&format!("document.querySelector('#slug').value = 'by-{method}'")).await;
        visit.click(".actions [value=publish]").await;
        visit.arrive(&format!("/polls/by-{method}/manage#published")).await;
        visit.go(&format!("/polls/by-{method}")).await;
        assert!(shown(visit, &format!("#ballot {field}")).await, "{method}");
    }
}

async fn a_poll_is_created_by_each_kind(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    create_by_each_kind(&visit, true).await;
    // A field whose method was given up is there again where it is wrong.
    visit.go("/polls/new").await;
    visit.fill(&[("#title", "Who?"), ("#choices", "Ada\nBela"), ("#seats", "2")]).await;
    visit.click("label:has([value=irv])").await;
    visit.click(".actions [value=publish]").await;
    visit.refusal().await;
    assert!(shown(&visit, "#seats").await && visit.words("#seats-error").await.contains("elects one"));
}

async fn a_poll_is_created_by_each_kind_without_scripts(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, false).await else { return };
    visit.widen(320).await;
    create_by_each_kind(&visit, false).await;
}

/// From a template to a published poll: choices are described, moved, removed and added.
async fn edit_choices(visit: &Visit) {
    visit.sign_in("/polls/new?template=yes-no").await;
    visit.fill(&[("#title", "Shall we?")]).await;
    visit.script("document.querySelector('#slug').value = 'shall-we'").await;
    visit.click("button[value=details]").await;
    visit.arrive("/polls/shall-we/edit#choices-title").await;
    visit.script("window.marker = true").await;
    visit.fill(&[("#about-1", "As before"), ("#choices", "1. Later\n2. Never")]).await;
    visit.click("button[value=add]").await;
    visit.until("return document.querySelector('#label-3')?.value === 'Never'").await;
    visit.focused("label-2").await;
    visit.click("#up-1").await;
    visit.until("return document.querySelector('#label-0').value === 'No'").await;
    visit.focused("down-0").await;
    visit.click("#remove-2").await;
    visit.until("return document.querySelector('#label-2').value === 'Never'").await;
    visit.focused("remove-2").await;
    assert_eq!(visit.script("return document.querySelector('#about-0').value").await, "As before");
    let width = visit.script("return innerWidth").await.as_u64().expect("a width");
    visit.fits(u32::try_from(width).expect("a width of a screen")).await;
}

async fn publish_and_read(visit: &Visit) {
    visit.click(".actions [value=publish]").await;
    visit.arrive("/polls/shall-we/manage#published").await;
    visit.go("/polls/shall-we").await;
    let names = visit.script("return [...document.querySelectorAll('.row .words')].map(row => row.innerText)").await;
    assert_eq!(names, json!(["No\nAs before", "Yes", "Never"]));
}

async fn choices_are_edited_without_loading_the_page(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    edit_choices(&visit).await;
    assert_eq!(visit.script("return window.marker").await, true, "the page is still the same");
    let previewed = "[...document.querySelectorAll('#preview .row .name')].map(name => name.innerText).join()";
    visit.until(&format!("return {previewed} === 'No,Yes,Never'")).await;
    // Where an answer is not a page with the list, the browser shows it.
    visit.browser.delete_all_cookies().await.expect("a session that has ended");
    visit.click("#down-0").await;
    visit.until("return document.body.innerText.includes('Sign in')").await;
}

async fn choices_are_edited_without_scripts_on_a_narrow_screen(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, false).await else { return };
    visit.widen(320).await;
    edit_choices(&visit).await;
    publish_and_read(&visit).await;
}

async fn choices_are_moved_by_keyboard(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    visit.sign_in("/polls/new").await;
    visit.fill(&[("#title", "Tea?"), ("#choices", "Green\nBlack\nWhite\nMint")]).await;
    visit.script("document.querySelector('#slug').value = 'tea'").await;
    visit.click("button[value=details]").await;
    visit.arrive("/polls/tea/edit#choices-title").await;
    // The same key goes on: the focus stays on the button.
    press_at(&visit, "#down-0", Key::Enter).await;
    for place in 1..3 {
        visit.until(&format!("return document.querySelector('#label-{place}').value === 'Green'")).await;
        visit.press(Key::Enter).await;
    }
    visit.until("return document.querySelector('#label-3').value === 'Green'").await;
    visit.focused("up-3").await;
}

async fn a_picture_is_sent_without_what_was_typed(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    visit.sign_in("/polls/new").await;
    visit.fill(&[("#title", "Tea?"), ("#choices", "Green\nBlack")]).await;
    visit.script("document.querySelector('#slug').value = 'tea'").await;
    visit.click("button[value=details]").await;
    visit.arrive("/polls/tea/edit#choices-title").await;
    visit.fill(&[("#label-0", "Sencha"), ("#about-1", "Typed")]).await;
    assert!(!shown(&visit, "#file-green").await);
    visit.click("#show-green").await;
    visit.until("return document.querySelector('#file-green').checkVisibility()").await;
    visit.click("button[form=upload-green]").await;
    visit.until("return Boolean(document.querySelector('#file-green-error'))").await;
    assert_eq!(visit.script("return document.querySelector('#picture-green output').textContent").await, "");
    let mut file = tempfile::Builder::new().suffix(".png").tempfile().expect("a temporary file");
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(40, 30, image::Rgb([90, 160, 60]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture");
    std::io::Write::write_all(&mut file, bytes.get_ref()).expect("it is written");
    visit.find("#file-green").await.send_keys(file.path().to_str().expect("a path")).await.expect("a file");
    // Typing goes on while the preview is drawn.
    visit.fill(&[("#alt-green", "A ")]).await;
    std::thread::sleep(std::time::Duration::from_millis(900));
    visit.focused("alt-green").await;
    // A file that was not sent is not forgotten.
    visit.click("#poll > .actions button").await;
    visit
        .until("return document.querySelector('#picture-green output').textContent === 'Save this picture first.'")
        .await;
    // Where the text alone is wrong, the picked file stays.
    visit.find("#alt-green").await.clear().await.expect("an empty field");
    visit.click("button[form=upload-green]").await;
    visit.until("return Boolean(document.querySelector('#alt-green-error'))").await;
    assert_eq!(visit.script("return document.querySelector('#file-green').files.length").await, 1);
    // A button of the list leaves it where it is too.
    visit.click("#down-0").await;
    visit.until("return document.querySelector('#label-1').value === 'Sencha'").await;
    assert_eq!(visit.script("return document.querySelector('#file-green').files.length").await, 1);
    visit.fill(&[("#alt-green", "A field of tea")]).await;
    visit.click("button[form=upload-green]").await;
    visit
        .until(
            "return Boolean(document.querySelector('#show-green img')) && !document.querySelector('#file-green-error')",
        )
        .await;
    visit.until("return document.querySelector('#picture-green output').textContent === 'The picture is saved.'").await;
    // On two choices, one of them with a picture: cards.
    visit.until("return Boolean(document.querySelector('#preview .card img'))").await;
    assert_eq!(visit.script("return document.querySelector('#about-0').value").await, "Typed", "nothing typed is lost");
    visit.click("#poll > .actions button").await;
    visit.arrive("/polls/tea/manage#saved").await;
    visit.go("/polls/tea").await;
    assert_eq!(visit.script("return document.querySelector('.card img').alt").await, "A field of tea");
    let names =
        visit.script("return [...document.querySelectorAll('.card .name bdi')].map(name => name.innerText)").await;
    assert_eq!(names, json!(["Black", "Sencha"]));
    // And it goes again.
    visit.go("/polls/tea/edit").await;
    visit.click("#show-green").await;
    visit.until("return document.querySelector('#picture-green').checkVisibility()").await;
    visit.click("button[form=remove-picture-green]").await;
    visit
        .until("return document.querySelector('#picture-green output').textContent === 'The picture is removed.'")
        .await;
    assert!(!shown(&visit, "#show-green img").await);
    // What another page has saved meanwhile is not overwritten.
    visit
        .script(
            "return fetch('/polls/tea/edit').then(page => page.text()).then(html => {
                const form = new DOMParser().parseFromString(html, 'text/html').querySelector('#poll');
                form.querySelector('#title').value = 'Which tea?';
                return fetch('/polls/tea', { method: 'POST', body: new URLSearchParams(new FormData(form)) });
            }).then(() => true)",
        )
        .await;
    visit.fill(&[("#alt-green", "Again")]).await;
    visit.find("#file-green").await.send_keys(file.path().to_str().expect("a path")).await.expect("a file");
    visit.click("button[form=upload-green]").await;
    visit.until("return document.querySelector('#picture-green output').textContent === 'The picture is saved.'").await;
    visit.click("#poll > .actions button").await;
    visit.refusal().await;
    assert!(visit.words(".error-summary").await.contains("The poll was changed since you opened this page."));
}

async fn enter_publishes_and_presses_no_other_button(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    visit.sign_in("/polls/new").await;
    visit.script("document.querySelector('#slug').value = 'which-tea'").await;
    visit.fill(&[("#choices", "Green\nBlack"), ("#title", "Which tea?")]).await;
    visit.press(Key::Enter).await;
    visit.arrive("/polls/which-tea/manage#published").await;
    visit.go("/polls/which-tea/edit").await;
    visit.fill(&[("#title", "Which tea is best?")]).await;
    visit.press(Key::Enter).await;
    visit.arrive("/polls/which-tea/manage#saved").await;
}

/// An edit page of a draft with three choices.
async fn edit_teas(visit: &Visit) {
    visit.sign_in("/polls/new").await;
    visit.fill(&[("#title", "Tea?"), ("#choices", "Green\nBlack\nWhite")]).await;
    visit.script("document.querySelector('#slug').value = 'tea'").await;
    visit.click("button[value=details]").await;
    visit.arrive("/polls/tea/edit#choices-title").await;
}

async fn a_save_while_a_choice_goes_saves_without_it(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    edit_teas(&visit).await;
    visit
        .script(
            "const fetched = window.fetch;
            window.fetch = (...asked) => new Promise(done => setTimeout(done, 700)).then(() => fetched(...asked));
            document.querySelector('#remove-1').click();
            document.querySelector('#poll > .actions button').click()",
        )
        .await;
    visit.arrive("/polls/tea/manage#saved").await;
    visit.go("/polls/tea").await;
    let names = visit.script("return [...document.querySelectorAll('.row .name')].map(name => name.innerText)").await;
    assert_eq!(names, json!(["Green", "White"]));
}

async fn a_list_that_could_not_be_sent_is_still_there(database: TestDatabase) {
    let Some(visit) = Visit::of_organiser(database, true).await else { return };
    edit_teas(&visit).await;
    visit.script("window.fetched = window.fetch; window.fetch = () => Promise.reject(new TypeError('offline'))").await;
    visit.fill(&[("#label-0", "Sencha")]).await;
    visit.click("#remove-1").await;
    visit.until("return document.querySelector('#list-status').innerText.includes('online and signed in')").await;
    assert_eq!(visit.script("return document.querySelector('#label-0').value").await, "Sencha");
    visit.script("window.fetch = window.fetched").await;
    visit.click("#remove-1").await;
    visit.until("return document.querySelector('#label-1').value === 'White'").await;
    assert_eq!(visit.script("return document.querySelector('#list-status').textContent").await, "");
}
