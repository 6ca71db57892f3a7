//! `/polls/new` and `POST /polls`: what a new poll is, its address and its choices, and every form that is refused.

use std::time::Duration;

use chrono::TimeDelta;
use rocket::http::{Method, Status};
use urna::models;

use crate::helpers::{
    app::{Answer, App, Organiser},
    database::TestDatabase,
    fields::Fields,
    on_both,
};

on_both!(
    a_poll_is_created_and_published_with_two_fields,
    a_picture_is_given_without_losing_what_was_typed,
    a_missing_field_opens_the_part_that_it_is_in,
    an_address_is_made_from_the_question,
    an_address_is_taken_once,
    a_poll_that_no_list_names_is_not_guessed,
    malformed_forms_are_refused_and_nothing_typed_is_lost,
    a_pasted_list_keeps_what_is_seen_of_it,
    a_poll_has_two_to_two_thousand_choices,
    a_new_poll_takes_one_vote_per_browser_and_is_not_listed,
);

/// The form of a new poll of the public list, open to any number of votes, with a question and two choices.
pub async fn blank(ada: &Organiser<'_>) -> Fields {
    let page = ada.get("/polls/new").await;
    assert_eq!(page.status, Status::Ok, "{}", page.body);
    Fields::of(&page.body, "poll")
        .with("title", "Which tea?")
        .with("choices", "Green\r\nBlack")
        .with("eligibility", "open")
        .with("listed", "yes")
}

async fn a_new_poll_takes_one_vote_per_browser_and_is_not_listed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let page = ada.get("/polls/new").await.body;
    assert!(page.contains("One person can vote again and again and decide the result alone."), "{page}");
    // As a browser sends it with the two fields filled in, and its copy.
    let fields = Fields::of(&page, "poll").with("title", "Which tea?").with("choices", "Green\r\nBlack");
    assert_eq!((fields.get("eligibility"), fields.get("listed")), (Some("browser"), None));
    let created = ada.post("/polls", &fields.with("slug", "tea").with("then", "publish").body()).await;
    goes_to(&created, "/polls/tea/manage#published");
    assert_eq!(ada.post("/polls/tea/copies", "").await.status, Status::SeeOther);
    let kept = "SELECT count(*) FROM polls WHERE credential = 'browser' AND NOT listed AND NOT featured";
    assert_eq!(app.database.number(kept).await, 2);
    goes_to(
        &ada.post("/polls", &blank(&ada).await.with("slug", "open").with("then", "publish").body()).await,
        "/polls/open/manage#published",
    );
    assert_eq!(ada.post("/polls/open/copies", "").await.status, Status::SeeOther);
    let open = "SELECT count(*) FROM polls WHERE credential = 'open' AND listed";
    assert_eq!(app.database.number(open).await, 2, "a copy keeps what its original has");
}

pub fn goes_to(answer: &Answer, address: &str) {
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some(address)), "{}", answer.body);
}

pub async fn draft(ada: &Organiser<'_>, slug: &str) {
    let fields = blank(ada).await.with("slug", slug).with("then", "draft");
    goes_to(&ada.post("/polls", &fields.body()).await, &format!("/polls/{slug}/manage#saved"));
}

pub async fn published(ada: &Organiser<'_>, slug: &str) {
    let fields = blank(ada).await.with("slug", slug).with("then", "publish");
    goes_to(&ada.post("/polls", &fields.body()).await, &format!("/polls/{slug}/manage#published"));
}

async fn a_poll_is_created_and_published_with_two_fields(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("then", "publish");
    let answer = ada.post("/polls", &fields.body()).await;
    goes_to(&answer, "/polls/which-tea/manage#published");
    let page = ada.get("/polls/which-tea/manage").await;
    assert!(page.body.contains(r#"id="published""#) && page.body.contains("/polls/which-tea</a>"), "{}", page.body);
    assert_eq!(app.tally("/polls/which-tea").await, [0, 0]);
    app.cast("which-tea", "green").await;
    assert_eq!(app.tally("/").await, [1, 0], "the first poll is on the first page");
    assert_eq!(ada.get("/polls/which-tea/manage").await.tally(), [1, 0]);
    assert!(app.get("/polls").await.body.contains("Which tea?"));
    assert!(ada.get("/organiser").await.body.contains("Which tea?"));
}

async fn a_picture_is_given_without_losing_what_was_typed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    goes_to(&ada.post("/polls", &blank(&ada).await.with("slug", "tea").body()).await, "/polls/tea/manage#saved");
    let page = ada.get("/polls/tea/edit").await;
    assert!(page.body.contains(r#"name="picture" value="green""#), "{}", page.body);
    // The first button is the one that Enter presses, and it saves.
    let first = page.body.split("id=\"poll\"").nth(1).and_then(|form| form.split("<button").nth(1)).unwrap();
    assert!(first.split('>').nth(1).unwrap().starts_with("Save"), "{first}");
    let fields = Fields::of(&page.body, "poll").with("title", "Which green tea?").with("picture", "green");
    goes_to(&ada.put("/polls/tea", &fields.body()).await, "/polls/tea/edit#picture-green");
    assert!(ada.get("/polls/tea/edit").await.body.contains("Which green tea?"));
    // A choice whose name was emptied goes as it is saved, and has no page for a picture then.
    let fields = Fields::of(&ada.get("/polls/tea/edit").await.body, "poll");
    let fields = fields.with("choices", "Milk\nWater").with("label-1", "").with("picture", "black");
    goes_to(&ada.put("/polls/tea", &fields.body()).await, "/polls/tea/manage#saved");
    assert_eq!(app.database.number("SELECT count(*) FROM choices WHERE key = 'black'").await, 0);
    // What can't be saved comes back as it was typed.
    let fields = Fields::of(&ada.get("/polls/tea/edit").await.body, "poll");
    let fields = fields.with("title", "").with("about-0", "Kept").with("picture", "green");
    let answer = ada.put("/polls/tea", &fields.body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert!(answer.body.contains("Kept"));
}

async fn a_missing_field_opens_the_part_that_it_is_in(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let send = async |field: &str, value: &str| {
        let answer =
            ada.post("/polls", &blank(&ada).await.with("eligibility", "browser").with(field, value).body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{field}");
        answer
            .body
            .split("<details id=")
            .skip(1)
            .filter(|part| part.split('>').next().unwrap().ends_with(" open"))
            .count()
    };
    for (field, value, open) in [("title", "", 0), ("choices", "A", 0), ("method", "coin", 1), ("closes_at", "soon", 1)]
    {
        assert_eq!(send(field, value).await, open, "{field}");
    }
}

async fn an_address_is_made_from_the_question(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    for (title, slug) in [
        ("Who should be elected?", "who-should-be-elected"),
        ("Who should be elected?", "who-should-be-elected-2"),
        ("Who should be elected?", "who-should-be-elected-3"),
        ("New", "poll"),
        ("¿¡…!?", "poll-2"),
        ("Ärger über Öl", "arger-uber-ol"),
        (&"word ".repeat(39), &format!("{}wor", "word-".repeat(12))),
    ] {
        let fields = blank(&ada).await.with("title", title).with("then", "draft");
        let answer = ada.post("/polls", &fields.body()).await;
        let place = answer.header("location").unwrap_or_default().to_owned();
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        let new_slug = place.trim_start_matches("/polls/").trim_end_matches("/manage#saved");
        if title.starts_with("word") {
            assert!(new_slug.len() <= 64 && new_slug.starts_with("word-word"), "{new_slug}");
        } else {
            assert_eq!(new_slug, slug, "{title}");
        }
        assert_eq!(ada.get(&format!("/polls/{new_slug}/manage")).await.status, Status::Ok);
    }
    // The same long question again: its number must fit too.
    let long = blank(&ada).await.with("title", &"word ".repeat(39));
    for _ in 0..3 {
        assert_eq!(ada.post("/polls", &long.body()).await.status, Status::SeeOther);
    }
}

async fn an_address_is_taken_once(database: TestDatabase) {
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    published(&ada, "tea").await;
    let fields = blank(&bob).await.with("slug", "tea").with("description", "All *of* it");
    let answer = bob.post("/polls", &fields.body()).await;
    answer.assert_problems(&[("slug", "Another poll has this address. Pick another one.")]);
    assert_eq!(Fields::of(&answer.body, "poll"), fields);
    // When editing too.
    draft(&bob, "coffee").await;
    let fields = Fields::of(&bob.get("/polls/coffee/edit").await.body, "poll").with("slug", "tea");
    let answer = bob.put("/polls/coffee", &fields.body()).await;
    answer.assert_problems(&[("slug", "Another poll has this address. Pick another one.")]);
    assert_eq!(Fields::of(&answer.body, "poll").get("slug"), Some("tea"));
    let answer = bob.put("/polls/coffee", &fields.with("slug", "mocha").body()).await;
    goes_to(&answer, "/polls/mocha/manage#saved");
    assert_eq!(bob.get("/polls/coffee/manage").await.status, Status::NotFound);
}

async fn a_poll_that_no_list_names_is_not_guessed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let mut slugs = Vec::new();
    for _ in 0..2 {
        let fields = blank(&ada).await.without("listed").with("then", "publish");
        let answer = ada.post("/polls", &fields.body()).await;
        let place = answer.header("location").unwrap_or_default();
        slugs.push(place.trim_start_matches("/polls/").trim_end_matches("/manage#published").to_owned());
    }
    let fields = Fields::of(&ada.get(&format!("/polls/{}/edit", slugs[0])).await.body, "poll");
    assert_eq!(fields.get("listed"), None);
    let answer = ada.post(&format!("/polls/{}/copies", slugs[0]), "").await;
    let place = answer.header("location").unwrap_or_default();
    slugs.push(place.trim_start_matches("/polls/").trim_end_matches("/edit#copied").to_owned());
    for (n, slug) in slugs.iter().enumerate() {
        let tail = slug.strip_prefix("which-tea-").unwrap_or_else(|| panic!("{slug}"));
        assert!(tail.len() == 32 && tail.bytes().all(|b| b.is_ascii_hexdigit()), "128 bits: {slug}");
        assert!(!slugs[..n].iter().any(|other| slug.starts_with(other.as_str())), "{slugs:?}");
    }
    for address in ["/", "/polls"] {
        assert!(!app.get(address).await.body.contains("Which tea?"), "{address}");
    }
    assert_eq!(app.get(&format!("/polls/{}", slugs[0])).await.status, Status::Ok);
    // A draft that is taken out of the list, while nobody has its link; not with an address that was chosen.
    let created = ada.post("/polls", &blank(&ada).await.with("then", "draft").body()).await;
    goes_to(&created, "/polls/which-tea/manage#saved");
    let unlisted = async |slug: &str| {
        let fields = Fields::of(&ada.get(&format!("/polls/{slug}/edit")).await.body, "poll").without("listed");
        let answer = ada.post(&format!("/polls/{slug}"), &fields.body()).await;
        answer.header("location").unwrap_or_default().to_owned()
    };
    let place = unlisted("which-tea").await;
    let tail = place.trim_start_matches("/polls/which-tea-").trim_end_matches("/manage#saved");
    assert!(tail.len() == 32 && tail.bytes().all(|b| b.is_ascii_hexdigit()), "{place}");
    let chosen = blank(&ada).await.with("slug", "my-own").with("then", "draft");
    goes_to(&ada.post("/polls", &chosen.body()).await, "/polls/my-own/manage#saved");
    assert_eq!(unlisted("my-own").await, "/polls/my-own/manage#saved");
}

async fn malformed_forms_are_refused_and_nothing_typed_is_lost(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let alike = "look alike. Name them so that a voter can tell them apart.";
    let (long, longer) = ("ä".repeat(201), "x".repeat(10_001));
    let long_line = format!("Tea\r\n{long}");
    let late = (models::now() - TimeDelta::minutes(2)).format("%Y-%m-%dT%H:%M").to_string();
    let in_a_year = (models::now() + TimeDelta::days(365)).format("%Y-%m-%dT%H:%M").to_string();
    let two_thousand_letters = format!("{}\nTwo", "c".repeat(2000));
    let hidden = "has a character that can’t be seen or turns text around";
    // What is typed, the field that is wrong, and what its sentence begins with.
    type Case<'a> = (Vec<(&'a str, &'a str)>, &'a str, String);
    let cases: Vec<Case<'_>> = vec![
        (vec![("title", "")], "title", "Enter the question.".into()),
        (vec![("title", " \u{a0}\t ")], "title", "Enter the question.".into()),
        (vec![("title", "\u{2800}\u{200d}")], "title", "Enter the question.".into()),
        (vec![("title", &long)], "title", "The question has 201 characters; 200 are the most.".into()),
        (vec![("title", "a\u{0}b")], "title", format!("The question {hidden} (U+0000). Take it out.")),
        (vec![("title", "a\u{1b}[2Jb")], "title", format!("The question {hidden} (U+001B). Take it out.")),
        (vec![("title", "a\u{202e}b")], "title", format!("The question {hidden} (U+202E). Take it out.")),
        (vec![("title", "a\u{2066}b")], "title", format!("The question {hidden} (U+2066). Take it out.")),
        (vec![("title", "\u{feff}\u{200b}\u{ad}")], "title", "Enter the question.".into()),
        (vec![("title", "a\u{e0041}b")], "title", format!("The question {hidden} (U+E0041). Take it out.")),
        (
            vec![("description", &longer)],
            "description",
            "The description has 10,001 characters; 10,000 are the most.".into(),
        ),
        (
            vec![("description", "a\u{202e}b")],
            "description",
            format!("The description {hidden} (U+202E). Take it out."),
        ),
        (vec![("choices", "")], "choices", "Enter the choices, one on each line.".into()),
        (vec![("choices", "\r\n \r\n\t\r\n")], "choices", "Enter the choices, one on each line.".into()),
        (
            vec![("choices", "\u{2800}\r\n\u{feff}\r\nTea")],
            "choices",
            "Enter at least two choices, one on each line.".into(),
        ),
        (vec![("choices", "Only one\r\n")], "choices", "Enter at least two choices, one on each line.".into()),
        (
            vec![("choices", &two_thousand_letters)],
            "choices",
            "Line 1: The choice has 2,000 characters; 200 are the most.".into(),
        ),
        (
            vec![("choices", "Tea\r\n\r\nCof\u{202e}fee")],
            "choices",
            format!("Line 3: The choice {hidden} (U+202E). Take it out."),
        ),
        (vec![("choices", &long_line)], "choices", "Line 2: The choice has 201 characters; 200 are the most.".into()),
        (vec![("choices", "Tea\r\nTea")], "choices", format!("Line 2: “Tea” and “Tea” {alike}")),
        (vec![("choices", "Tea\r\n tea ")], "choices", format!("Line 2: “tea” and “Tea” {alike}")),
        (vec![("choices", "Pita\r\nРita")], "choices", format!("Line 2: “Рita” and “Pita” {alike}")),
        (vec![("choices", "Cafe\u{301}\r\nCafé")], "choices", format!("Line 2: “Café” and “Café” {alike}")),
        (vec![("choices", "Ｐita\r\nPita")], "choices", format!("Line 2: “Pita” and “Ｐita” {alike}")),
        (vec![("choices", "Modern\r\nModem")], "choices", format!("Line 2: “Modem” and “Modern” {alike}")),
        (vec![("slug", "Not a slug")], "slug", "An address has 1 to 64 small letters, digits and hyphens.".into()),
        (vec![("slug", "tea/../x")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "тea")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "<script>\"'&")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "tea\u{0}")], "slug", "An address has 1 to 64".into()),
        (vec![("slug", "new")], "slug", "“new” is an address of this site’s own. Pick another one.".into()),
        (vec![("opens_at", "soon")], "opens_at", "Write the date and the time like 2026-05-03T09:00.".into()),
        (vec![("opens_at", "2027-02-30T09:00")], "opens_at", "Write the date".into()),
        (vec![("opens_at", "2027-13-01T09:00")], "opens_at", "Write the date".into()),
        (vec![("closes_at", "2027-05-03T25:00")], "closes_at", "Write the date".into()),
        (vec![("closes_at", "2027-05-03")], "closes_at", "Write the date".into()),
        (vec![("closes_at", "99999999-01-01T00:00")], "closes_at", String::new()),
        (
            vec![("closes_at", "0001-01-01T00:00")],
            "closes_at",
            "The year 1 is not from 2000 to 2999. Change it.".into(),
        ),
        (vec![("closes_at", "-2027-01-01T00:00")], "closes_at", String::new()),
        (
            vec![("closes_at", "2027-03-28T02:30"), ("zone", "Europe/Berlin")],
            "closes_at",
            "The clocks in Europe/Berlin go forward over 28 March 2027, 02:30".into(),
        ),
        (
            vec![("opens_at", "2027-03-14T02:30"), ("zone", "America/New_York")],
            "opens_at",
            "The clocks in America/New_York go forward".into(),
        ),
        (vec![("closes_at", &late), ("opens_at", "2026-01-01T00:00")], "closes_at", "That time is in the past.".into()),
        (
            vec![("opens_at", &in_a_year), ("closes_at", &in_a_year)],
            "closes_at",
            "The poll would close before it opens.".into(),
        ),
        (
            vec![("opens_at", "2999-01-01T00:00"), ("closes_at", &in_a_year)],
            "closes_at",
            "The poll would close before it opens.".into(),
        ),
    ];
    let typed = blank(&ada)
        .await
        .with("title", "Which “tea” & <b>milk</b>?")
        .with("description", "\r\nOne *line*\r\n\r\n</textarea><script>alert(1)</script>")
        .with("choices", "Green <i>&amp;</i>\r\nBlack \"x\"\r\n")
        .with("slug", "which-tea")
        .with("opens_at", "2998-01-01T00:00")
        .with("closes_at", "2999-06-01T12:00")
        .with("zone", "Asia/Kathmandu")
        .with("eligibility", "invitation")
        .with("results_visibility", "closed")
        .with("turnout_visibility", "organiser");
    for (wrong, field, sentence) in &cases {
        let mut fields = if *field == "closes_at" { typed.clone().with("opens_at", "") } else { typed.clone() };
        for (name, value) in wrong {
            fields = fields.with(name, value);
        }
        for listed in [true, false] {
            let fields = if listed { fields.clone() } else { fields.clone().without("listed") };
            let answer = ada.post("/polls", &fields.clone().with("then", "publish").body()).await;
            answer.assert_problems(&[(field, sentence)]);
            let kept = Fields::of(&answer.body, "poll");
            let same =
                |fields: &Fields| Fields(fields.0.iter().map(|(n, v)| (n.clone(), v.replace('\r', ""))).collect());
            assert_eq!(same(&kept), same(&fields), "{wrong:?}");
            assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<b>milk"), "{}", answer.body);
        }
    }
    // All at once: each has its sentence.
    let fields = typed.clone().with("title", "").with("choices", "").with("slug", "A").with("opens_at", "x");
    let answer = ada.post("/polls", &fields.body()).await;
    answer.assert_problems(&[
        ("title", "Enter"),
        ("choices", "Enter"),
        ("slug", "An address"),
        ("opens_at", "Write the date"),
    ]);
    // What no page of ours sends is refused with a sentence too, beside where it is picked.
    for (field, word) in [
        ("eligibility", "nobody"),
        ("results_visibility", ""),
        ("turnout_visibility", "Always"),
        ("zone", "Mars/Olympus"),
        ("zone", ""),
    ] {
        let answer = ada.post("/polls", &typed.clone().with(field, word).body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity);
        assert!(answer.body.contains(&format!("<a href=\"#{field}\">Pick ")), "{field}: {}", answer.body);
        assert!(answer.body.contains(&format!(r#"<p class="error" id="{field}-error">"#)), "{field}: {}", answer.body);
        assert!(answer.body.contains(&format!("id=\"{field}\"")), "{field}");
        assert_eq!(Fields::of(&answer.body, "poll").get("title"), typed.get("title"));
    }
    // Nothing at all, a field twice, and what is no form.
    for body in ["", "title=a&title=b", "&&&=", "title", "%00=%00"] {
        assert_eq!(ada.post("/polls", body).await.status, Status::UnprocessableEntity, "{body}");
    }
    assert_eq!(ada.post("/polls", "title=%FF").await.status, Status::BadRequest);
    assert_eq!(ada.post("/polls", &format!("title={}", "x".repeat(2 << 20))).await.status, Status::PayloadTooLarge);
    let headers = [("Content-Type", "application/json"), ("Cookie", &ada.cookie())];
    let answer = app.send(Method::Post, "/polls", b"{}", &headers).await;
    assert_eq!(answer.status, Status::UnsupportedMediaType);
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 0);
    // Corrected, it is taken, with all that was typed.
    goes_to(&ada.post("/polls", &typed.with("then", "draft").body()).await, "/polls/which-tea/manage#saved");
}

async fn a_pasted_list_keeps_what_is_seen_of_it(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let list =
        "\u{feff}Tea\r\n\u{200b}\r\n\u{200e}Cof\u{ad}fee\u{200f} \r\n\u{200f}קפה\u{200f}\r\nWa\u{200b}ter\u{2060}\t";
    let fields = blank(&ada).await.with("choices", list).with("slug", "drinks").with("then", "publish");
    let fields =
        fields.with("title", "\u{feff}Which\u{200b} drink?").with("description", "\u{feff}One\u{ad}.\u{200f}\r\n");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/drinks/manage#published");
    let labels = if app.database.is_sqlite() {
        "SELECT group_concat(label, '|') FROM (SELECT label FROM choices ORDER BY position)"
    } else {
        "SELECT string_agg(label, '|' ORDER BY position) FROM choices"
    };
    assert_eq!(app.database.text(labels).await, "Tea|Coffee|קפה|Water");
    assert_eq!(app.database.text("SELECT title || '|' || description FROM polls").await, "Which drink?|One.");
    // A row whose name was emptied, as far as anybody can see, goes out.
    let page = ada.get("/polls/drinks/edit").await;
    let fields = Fields::of(&page.body, "poll").with("label-3", "\u{200b}").with("label-0", "T\u{ad}ee\u{200e}");
    goes_to(&ada.put("/polls/drinks", &fields.body()).await, "/polls/drinks/manage#saved");
    assert_eq!(app.database.text(labels).await, "Tee|Coffee|קפה");
    // All lines that deceive are named at once.
    let fields = blank(&ada).await.with("choices", "Tea\r\n\r\n\u{202d}Milk\r\nBeer\r\nWi\u{202e}ne");
    let answer = ada.post("/polls", &fields.body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    for line in ["Line 3: The choice has a character", "Line 5: The choice has a character"] {
        assert!(answer.body.contains(line), "{line}: {}", answer.body);
    }
}

async fn a_poll_has_two_to_two_thousand_choices(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let many = |n: usize| (1..=n).map(|n| format!("The choice number {n}")).collect::<Vec<_>>().join("\r\n");
    for n in [2001, 5000] {
        let fields = blank(&ada).await.with("choices", &many(n));
        let answer = ada.post("/polls", &fields.body()).await;
        let number = format!("{},{:03}", n / 1000, n % 1000);
        answer.assert_problems(&[("choices", &format!("That makes {number} choices; 2,000 are the most."))]);
        let kept = Fields::of(&answer.body, "poll");
        assert_eq!(kept.get("choices").map(|text| text.lines().count()), Some(n));
    }
    let fields = blank(&ada).await.with("choices", &many(2000)).with("slug", "many").with("then", "publish");
    goes_to(&ada.post("/polls", &fields.body()).await, "/polls/many/manage#published");
    assert_eq!(app.database.number("SELECT count(*) FROM choices").await, 2000);
    app.cast("many", "the-choice-number-1").await;
    app.cast("many", "the-choice-number-1999").await;
    let marks = "SELECT count(*) FROM ballots WHERE marks = 'the-choice-number-1999'";
    assert_eq!((app.tally("/polls/many").await[0], app.database.number(marks).await), (1, 1));
    // The form of so many rows is read again in no time.
    let fields = Fields::of(&ada.get("/polls/many/edit").await.body, "poll");
    let started = std::time::Instant::now();
    goes_to(&ada.put("/polls/many", &fields.body()).await, "/polls/many/manage#saved");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    let answer = ada.put("/polls/many", &fields.with("choices", "One more").body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert_eq!(app.tally("/polls/many").await[0], 1);
}
