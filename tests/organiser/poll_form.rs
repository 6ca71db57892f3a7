//! The form of a poll: templates, the preview, and the buttons that change its list of choices without saving it.

use rocket::http::Status;

use crate::helpers::{
    app::{Answer, App, Organiser},
    database::TestDatabase,
    fields::Fields,
    on_both,
};

on_both!(
    a_template_fills_in_the_form,
    the_preview_shows_what_is_typed,
    buttons_change_the_list_and_save_nothing,
    a_list_of_rows_is_saved_in_its_order,
    details_are_added_to_a_draft_that_is_published_from_there,
);

async fn fields(ada: &Organiser<'_>, address: &str) -> Fields {
    let page = ada.get(address).await;
    assert_eq!(page.status, Status::Ok, "{}", page.body);
    Fields::of(&page.body, "poll")
}

/// What the page shows as the ballot that voters will see.
fn preview(answer: &Answer) -> &str {
    answer.body.split("<aside class=\"preview\"").nth(1).and_then(|rest| rest.split("</aside>").next()).unwrap()
}

/// The names of the choices in the preview.
fn previewed(answer: &Answer) -> Vec<&str> {
    let names = preview(answer).split("<bdi>").skip(2).map(|rest| rest.split("</bdi>").next().unwrap());
    names.collect()
}

fn labels(form: &Fields) -> Vec<&str> {
    let labels = form.0.iter().filter(|(name, _)| name.starts_with("label-"));
    labels.map(|(_, label)| label.as_str()).collect()
}

async fn a_template_fills_in_the_form(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for (word, method, seats, eligibility, choices) in [
        ("yes-no", "plurality", "1", "browser", 2),
        ("date", "approval", "1", "browser", 5),
        ("chair", "irv", "1", "invitation", 0),
        ("committee", "stv", "3", "invitation", 0),
        ("rating", "score", "1", "browser", 0),
        ("budget", "borda", "1", "browser", 0),
    ] {
        let form = fields(&ada, &format!("/polls/new?template={word}")).await;
        // The button of the template says the same, and leaves what was typed.
        let typed = fields(&ada, "/polls/new").await.with("title", "Typed").with("choices", "X\nY\nZ");
        let pressed = ada.post("/polls", &typed.with("edit", &format!("template-{word}")).body()).await;
        assert_eq!(pressed.body.contains("<details id=\"options\" open>"), eligibility == "invitation", "{word}");
        let pressed = Fields::of(&pressed.body, "poll");
        for name in ["method", "seats", "eligibility", "results_visibility", "abstaining"] {
            assert_eq!(pressed.get(name), form.get(name), "{word}: {name}");
        }
        assert_eq!((pressed.get("title"), pressed.get("choices")), (Some("Typed"), Some("X\nY\nZ")), "{word}");
        assert_eq!(form.get("method"), Some(method), "{word}");
        assert_eq!((form.get("seats"), form.get("eligibility")), (Some(seats), Some(eligibility)), "{word}");
        let typed = form.get("choices").unwrap_or_default().to_owned();
        assert_eq!(typed.lines().count(), choices, "{word}: {typed}");
        // It can be published once it has a question and choices.
        let form = form.with("title", "Which one?");
        let form = if choices == 0 { form.with("choices", "A\nB\nC") } else { form };
        let answer = ada.post("/polls", &form.with("slug", word).with("then", "publish").body()).await;
        assert_eq!(answer.header("location"), Some(&*format!("/polls/{word}/manage#published")), "{}", answer.body);
    }
    // One after the other: nothing of the first stays.
    let date = fields(&ada, "/polls/new?template=date").await.with("edit", "template-committee");
    let committee = Fields::of(&ada.post("/polls", &date.body()).await.body, "poll");
    assert_eq!((committee.get("title"), committee.get("choices")), (Some("Who should be on the committee?"), Some("")));
    assert_eq!(ada.get("/polls/new?template=coin").await.status, Status::NotFound);
    assert_eq!(
        app.get("/polls/new?template=date").await.header("location"),
        Some("/session?to=%2Fpolls%2Fnew%3Ftemplate%3Ddate")
    );
}

async fn the_preview_shows_what_is_typed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let blank = ada.get("/polls/new").await;
    assert_eq!(previewed(&blank), ["First choice", "Second choice", "Third choice"]);
    let form = Fields::of(&blank.body, "poll").with("edit", "preview");
    let typed = form.clone().with("title", "Tea <b>now</b>?").with("choices", "Green & white\n\nBlack\n");
    let answer = ada.post("/polls", &typed.body()).await;
    assert_eq!(answer.status, Status::Ok);
    assert_eq!(previewed(&answer), ["Green &amp; white", "Black"]);
    assert!(
        preview(&answer).contains("Tea &lt;b&gt;now&lt;&#x2F;b&gt;?")
            || preview(&answer).contains("Tea &lt;b&gt;now&lt;/b&gt;?")
    );
    assert_eq!(Fields::of(&answer.body, "poll"), typed.without("edit"), "the form is as it was typed");
    for (method, kind) in [
        ("plurality", r#"type="radio""#),
        ("approval", r#"type="checkbox""#),
        ("score", r#"name="score-sample-0" value="7""#),
        ("stv", r#"name="rank-sample-0""#),
        // Rubbish in a form that is not finished.
        ("coin", r#"type="radio""#),
    ] {
        for (seats, highest) in [("1", "7"), ("x", "7"), ("-4", "7"), ("99999999999999", "7")] {
            let form = form.clone().with("method", method).with("seats", seats).with("highest", highest);
            let answer = ada.post("/polls", &form.body()).await;
            assert_eq!(answer.status, Status::Ok, "{method}, {seats}");
            if method != "plurality" || seats == "1" {
                assert!(preview(&answer).contains(kind), "{method}, {seats}: {}", preview(&answer));
            }
        }
    }
    // The script asks for the preview alone.
    let live = ada.post("/polls", &form.clone().with("edit", "live").with("choices", "Green\nBlack").body()).await;
    assert_eq!((live.status, previewed(&live)), (Status::Ok, vec!["Green", "Black"]));
    assert!(!live.body.contains("<form") && live.body.len() < 5_000, "{}", live.body);
    let seats = form.clone().with("method", "approval").with("edit", "live");
    let many: String = (1..=20).map(|n| format!("Tea {n}\n")).collect();
    let limited = seats.with("choices", &many).with("method", "plurality").with("seats", "15");
    assert!(preview(&ada.post("/polls", &limited.body()).await).contains("Mark up to 15"));
    let many: String = (1..=2000).map(|n| format!("Tea {n}\n")).collect();
    let answer = ada.post("/polls", &form.with("choices", &many).body()).await;
    assert_eq!(previewed(&answer).len(), 12);
    assert!(preview(&answer).contains("1988 more choices follow."));
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 0);
}

async fn buttons_change_the_list_and_save_nothing(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let form = fields(&ada, "/polls/new").await.with("title", "Tea?").with("slug", "tea");
    let created = ada.post("/polls", &form.with("choices", "Green\nBlack\nWhite").body()).await;
    assert_eq!(created.status, Status::SeeOther, "{}", created.body);
    let before = app.database.number("SELECT sum(revision) FROM polls").await;
    let form = fields(&ada, "/polls/tea/edit").await.with("title", "").with("about-1", "Strong");
    let press = async |form: &Fields, button: &str, focus: &str| {
        let answer = ada.put("/polls/tea", &form.clone().with("edit", button).body()).await;
        assert_eq!(answer.status, Status::Ok, "{button}: {}", answer.body);
        assert!(!answer.body.contains("error-summary"), "what is wrong with it is said when it is saved");
        let focused = answer.body.split('<').find(|tag| tag.contains(" autofocus")).expect("something has the focus");
        assert!(focused.contains(&format!(r#"id="{focus}""#)), "{button}: {focused}");
        Fields::of(&answer.body, "poll")
    };
    let form = press(&form, "down-0", "down-1").await;
    assert_eq!(labels(&form), ["Black", "Green", "White"]);
    assert_eq!((form.get("about-0"), form.get("title")), (Some("Strong"), Some("")), "nothing typed is lost");
    let form = press(&form.with("choices", " \n"), "add", "choices").await;
    let form = press(&form.with("choices", "* Mint\n* Oolong"), "add", "label-3").await;
    assert_eq!((labels(&form), form.get("choices")), (vec!["Black", "Green", "White", "Mint", "Oolong"], Some("")));
    let form = press(&form, "remove-2", "remove-2").await;
    let form = press(&form, "up-3", "up-2").await;
    assert_eq!(labels(&form), ["Black", "Green", "Oolong", "Mint"]);
    // What no button says.
    for button in ["up-99", "remove-", "down-x", "rubbish", "up--1", "remove-18446744073709551616"] {
        let answer = ada.put("/polls/tea", &form.clone().with("edit", button).body()).await;
        assert_eq!(answer.status, Status::Ok, "{button}");
        assert_eq!(Fields::of(&answer.body, "poll"), form, "{button}");
    }
    assert_eq!(app.database.number("SELECT count(*) FROM choices").await, 3);
    assert_eq!(app.database.number("SELECT sum(revision) FROM polls").await, before, "nothing is saved");
    let answer = ada.put("/polls/tea", &form.with("title", "Which tea?").body()).await;
    assert_eq!(answer.header("location"), Some("/polls/tea/manage#saved"), "{}", answer.body);
    assert_eq!(labels(&fields(&ada, "/polls/tea/edit").await), ["Black", "Green", "Oolong", "Mint"]);
    // Nobody else presses them.
    let bob = app.organiser("bob").await;
    let body = fields(&ada, "/polls/tea/edit").await.with("edit", "up-1").body();
    assert_eq!(bob.put("/polls/tea", &body).await.status, Status::NotFound);
}

async fn a_list_of_rows_is_saved_in_its_order(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let form = fields(&ada, "/polls/new").await.with("title", "Tea?").with("slug", "tea");
    ada.post("/polls", &form.with("choices", "Green\nBlack").body()).await;
    // New rows between those with a key, one of them like another, and one whose key nobody has.
    let base = fields(&ada, "/polls/tea/edit").await;
    let sent = |label: &str| {
        let rows = [
            ("green", "Green", "2"),
            ("", label, "1"),
            ("black", "Black", "4"),
            ("", "Mint", "3"),
            ("gone", "Gone", "5"),
        ];
        (0..).zip(rows).fold(base.clone(), |form, (n, (key, label, place))| {
            form.with(&format!("key-{n}"), key).with(&format!("label-{n}"), label).with(&format!("place-{n}"), place)
        })
    };
    ada.put("/polls/tea", &sent("Ｇreen").body())
        .await
        .assert_problems(&[("label-1", "“Ｇreen” and “Green” look alike.")]);
    let answer = ada.put("/polls/tea", &sent("Gone").body()).await;
    assert_eq!(answer.header("location"), Some("/polls/tea/manage#saved"), "{}", answer.body);
    let form = fields(&ada, "/polls/tea/edit").await;
    assert_eq!(labels(&form), ["Gone", "Green", "Mint", "Black"]);
    let keys: Vec<Option<&str>> = (0..4).map(|n| form.get(["key-0", "key-1", "key-2", "key-3"][n])).collect();
    assert_eq!(keys, [Some("gone"), Some("green"), Some("mint"), Some("black")]);
}

async fn details_are_added_to_a_draft_that_is_published_from_there(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let form = fields(&ada, "/polls/new").await.with("title", "Tea?").with("slug", "tea").with("then", "details");
    ada.post("/polls", &form.body()).await.assert_problems(&[("choices", "Enter the choices")]);
    let answer = ada.post("/polls", &form.with("choices", "Green\nBlack").body()).await;
    assert_eq!(answer.header("location"), Some("/polls/tea/edit#choices-title"), "{}", answer.body);
    assert_eq!(app.get("/polls/tea").await.status, Status::NotFound, "only a draft");
    let form = fields(&ada, "/polls/tea/edit").await.with("about-0", "From Japan").with("then", "publish");
    // What can't be saved is not published.
    let refused = ada.put("/polls/tea", &form.clone().with("title", "").body()).await;
    assert_eq!(refused.status, Status::UnprocessableEntity);
    assert_eq!(app.get("/polls/tea").await.status, Status::NotFound);
    let answer = ada.put("/polls/tea", &form.with("slug", "green-tea").body()).await;
    assert_eq!(answer.header("location"), Some("/polls/green-tea/manage#published"), "{}", answer.body);
    assert!(app.get("/polls/green-tea").await.body.contains("From Japan"));
    // Once more changes nothing: it is published.
    let form = fields(&ada, "/polls/green-tea/edit").await.with("then", "publish");
    let answer = ada.put("/polls/green-tea", &form.body()).await;
    assert_eq!(answer.header("location"), Some("/polls/green-tea/manage#saved"), "{}", answer.body);
}
