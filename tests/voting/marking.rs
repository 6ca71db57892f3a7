//! Marking ballots of every kind: what `POST /add` takes, how it is stored, and the page after a mistake.

use rocket::http::Status;
use urna::{
    count::Method,
    models::{eligibility::Eligibility, marking::Marking, new_poll::NewPoll, poll::Poll},
};

use crate::helpers::{
    app::{Answer, App, WithSettings as _, new_poll},
    database::{Stored, TestDatabase},
    on_both,
};

on_both!(
    every_kind_is_stored_canonically,
    the_field_marks_takes_every_kind,
    a_ballot_has_the_fields_of_its_kind,
    many_choices_and_high_scores_are_typed,
    marks_that_are_wrong_come_back_as_filled_in,
    a_shared_rank_is_named_where_none_may_be_shared,
    fields_of_another_kind_are_refused,
    a_blank_ballot_is_cast_where_the_poll_takes_one,
    a_ballot_is_looked_over_before_it_is_cast,
    a_ballot_that_was_looked_over_can_be_changed,
    a_poll_that_changed_meanwhile_brings_the_ballot_back,
    a_check_is_no_way_round_a_poll_that_takes_no_ballot,
    one_ballot_a_browser_of_every_kind,
    one_ballot_an_invitation_of_every_kind,
    a_draft_takes_test_ballots_of_every_kind,
    the_longest_ballot_is_taken,
);

const CATS: [&str; 3] = ["gummi", "pita", "cleo"];

/// A poll of the three cats, whose labels begin with capitals.
fn cats(slug: &str, method: Method) -> NewPoll {
    let mut poll = new_poll(slug, &CATS).with(|s| s.method = method);
    for choice in &mut poll.choices {
        choice.label = choice.key[..1].to_uppercase() + &choice.key[1..];
    }
    poll
}

fn marked(poll: NewPoll, change: impl FnOnce(&mut Marking)) -> NewPoll {
    let mut marking = poll.settings.marking();
    change(&mut marking);
    poll.with(|s| s.set_marking(marking))
}

/// What is stored, in the ballots and in the profile alike.
async fn stored(app: &App) -> Vec<String> {
    let rows = |table: &str| {
        let rows = format!("SELECT '“' || marks || '”' AS m FROM {table}");
        match app.database.is_sqlite() {
            true => format!("SELECT coalesce(group_concat(m, ' '), '') FROM (SELECT m FROM ({rows}) ORDER BY 1)"),
            false => format!("SELECT coalesce(string_agg(m, ' ' ORDER BY m COLLATE \"C\"), '') FROM ({rows}) AS t"),
        }
    };
    let ballots = app.database.text(&rows("ballots")).await;
    assert_eq!(app.database.text(&rows("profile")).await, ballots, "each of these ballots is another one");
    let texts = ballots.split(' ').filter(|text| !text.is_empty());
    let mut texts: Vec<_> = texts.map(|text| text.trim_matches(['“', '”']).to_owned()).collect();
    texts.sort();
    texts
}

/// A form that is not taken: the status, the page again, and the sentence above and nothing stored.
fn assert_back(answer: &Answer, status: u16, sentence: &str) {
    assert_eq!(answer.status.code, status, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.body.contains("<title>Error: "), "{}", answer.body);
    let alert = answer.body.split(r#"role="alert""#).nth(1).and_then(|rest| rest.split("</div>").next());
    let alert = alert.unwrap_or_else(|| panic!("no alert: {}", answer.body));
    assert!(alert.contains(sentence), "“{sentence}” is not in {alert}");
    assert!(answer.body.contains(r#"<form method="post" action="/add""#), "{}", answer.body);
}

/// The tag with this attribute and value.
fn tag<'p>(page: &'p str, attribute: &str) -> &'p str {
    let at = page.find(attribute).unwrap_or_else(|| panic!("no {attribute}: {page}"));
    let start = page[..at].rfind('<').expect("a tag begins");
    &page[start..start + page[start..].find('>').expect("a tag ends")]
}

/// What the selects of a page say, of each choice in order.
fn selected(page: &str) -> Vec<&str> {
    let selects = page.split("<select").skip(1).map(|rest| rest.split("</select>").next().unwrap_or_default());
    let picked = |select: &'_ str| select.find(" selected>").is_some();
    selects
        .map(|select| match picked(select) {
            true => select
                .split(" selected>")
                .next()
                .and_then(|before| before.rsplit("value=\"").next())
                .map_or("", |value| value.trim_end_matches('"')),
            false => "",
        })
        .collect()
}

/// What is checked on a page, as `name=value`.
fn checked(page: &str) -> Vec<String> {
    let inputs =
        page.split("<input").skip(1).filter_map(|rest| rest.split('>').next()).filter(|tag| tag.contains(" checked"));
    let value = |tag: &str, name: &str| {
        tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    };
    inputs.map(|tag| format!("{}={}", value(tag, "name"), value(tag, "value"))).collect()
}

async fn every_kind_is_stored_canonically(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&cats("approve", Method::Approval)).await;
    app.create(&marked(cats("bloc", Method::Plurality), |marking| marking.seats = 2)).await;
    app.create(&cats("score", Method::Score)).await;
    app.create(&cats("star", Method::Star)).await;
    app.create(&cats("grade", Method::MajorityJudgment)).await;
    app.create(&cats("rank", Method::Schulze)).await;
    for (body, marks) in [
        ("poll=approve&vote=pita&vote=gummi", "gummi,pita"),
        ("poll=approve&vote=cleo&vote=&vote=+pita+", "cleo,pita"),
        ("poll=bloc&vote=pita&vote=cleo", "cleo,pita"),
        ("poll=score&score-pita=0&score-gummi=5&score-cleo=", "gummi:5,pita:0"),
        ("poll=star&score-cleo=03&score-gummi=+4+", "cleo:3,gummi:4"),
        ("poll=grade&score-cleo=1&score-gummi=2&score-pita=3", "cleo:1,gummi:2,pita:3"),
        ("poll=rank&rank-gummi=1&rank-pita=2&rank-cleo=2", "gummi>cleo=pita"),
        // Ranks that were left out are closed up.
        ("poll=rank&rank-gummi=3&rank-pita=1&rank-cleo=", "pita>gummi"),
    ] {
        let before = stored(&app).await;
        let answer = app.add(body).await;
        assert_eq!(answer.status, Status::SeeOther, "{body}: {}", answer.body);
        let mut after = stored(&app).await;
        assert!(after.contains(&marks.to_owned()), "{body}: {after:?}");
        after.retain(|text| !before.contains(text));
        assert!(after.iter().all(|text| text == marks), "{body}: {after:?}");
    }
    assert_eq!(app.database.stored().await, Stored::of(8, 0));
}

async fn the_field_marks_takes_every_kind(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&cats("pick", Method::Plurality)).await;
    app.create(&cats("approve", Method::Approval)).await;
    app.create(&cats("score", Method::Star)).await;
    app.create(&cats("rank", Method::Schulze)).await;
    for (body, marks) in [
        ("poll=pick&marks=pita", "pita"),
        ("poll=approve&marks=pita,gummi", "gummi,pita"),
        ("poll=score&marks=gummi:5,cleo:3", "cleo:3,gummi:5"),
        ("poll=rank&marks=gummi%3Epita%3Dcleo", "gummi>cleo=pita"),
    ] {
        let answer = app.add(body).await;
        assert_eq!(answer.status, Status::SeeOther, "{body}: {}", answer.body);
        assert!(stored(&app).await.contains(&marks.to_owned()), "{body}");
    }
    for (body, sentence) in [
        ("poll=pick&marks=gummi,pita", "That is not one of the choices in this poll."),
        ("poll=approve&marks=pita,dog", "That is not one of the choices in this poll."),
        ("poll=score&marks=gummi", "Those are not the marks of this ballot."),
        ("poll=score&marks=gummi:6", "The score of “Gummi” is above 5. Score from 0 to 5."),
        ("poll=rank&marks=gummi%3Dgummi", "“Gummi” is marked twice."),
        ("poll=rank&marks=", "No choice is marked."),
        ("poll=rank&marks=gummi&marks=pita", "The field “marks” came more than once."),
        ("poll=rank&marks=gummi&rank-pita=1", "The form has the field “marks” beside other marks."),
        ("poll=pick&marks=gummi&vote=gummi", "The form has the field “marks” beside other marks."),
        ("poll=rank&marks=&rank-pita=1", "The form has the field “marks” beside other marks."),
    ] {
        assert_back(&app.add(body).await, 422, sentence);
    }
    assert_eq!(app.database.stored().await, Stored::of(4, 0));
}

async fn a_ballot_has_the_fields_of_its_kind(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&cats("pick", Method::Plurality)).await;
    app.create(&cats("approve", Method::Approval)).await;
    app.create(&marked(cats("bloc", Method::Plurality), |marking| marking.seats = 2)).await;
    app.create(&cats("star", Method::Star)).await;
    app.create(&cats("grade", Method::MajorityJudgment)).await;
    app.create(&cats("rank", Method::Schulze)).await;
    app.create(&cats("strict", Method::Irv)).await;
    for (slug, parts) in [
        (
            "pick",
            &[
                "Pick one</h2>",
                r#"<input type="radio" name="vote" value="gummi">"#,
                r#"<span class="name"><bdi>Gummi</bdi></span>"#,
            ][..],
        ),
        (
            "approve",
            &[
                "Mark as many as you like</h2>",
                r#"type="checkbox" name="vote" value="gummi">"#,
                r#"<span class="name"><bdi>Gummi</bdi></span>"#,
            ],
        ),
        ("bloc", &["Mark up to 2</h2>", r#"type="checkbox" name="vote" value="gummi">"#, "2 will be elected."]),
        (
            "star",
            &[
                "Score the choices</h2>",
                r#"id="score-gummi" name="score-gummi" value="0"><span>0"#,
                r#"name="score-gummi" value="5"><span>5"#,
                "0 is the worst, 5 the best.",
                r#"<span class="worst" aria-hidden="true">worst</span>"#,
                r#"type="reset""#,
            ],
        ),
        ("grade", &["Grade the choices</h2>", r#"value="0"><span>Reject"#, r#"value="5"><span>Excellent"#]),
        (
            "rank",
            &[
                "Rank the choices</h2>",
                r#"<select id="rank-gummi" name="rank-gummi""#,
                r#"<option value="3">3rd"#,
                "Choices may share a rank",
            ],
        ),
        ("strict", &["Rank the choices</h2>", r#"<select id="rank-gummi" name="rank-gummi""#, "Give each rank once"]),
    ] {
        let page = app.get(&format!("/polls/{slug}")).await;
        assert_eq!(page.status, Status::Ok, "{slug}: {}", page.body);
        for part in parts {
            assert!(page.body.contains(part), "{slug}: {part} is not in {}", page.body);
        }
        assert!(page.body.contains("<button>Vote</button>") && !page.body.contains("class=\"card"), "{slug}");
        assert_eq!(page.body.contains("/static/rank."), ["rank", "strict"].contains(&slug), "{slug}");
        assert!(!page.body.contains(r#"name="blank""#), "{slug}");
    }
}

async fn many_choices_and_high_scores_are_typed(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&marked(cats("high", Method::Score), |marking| marking.highest = 100)).await;
    let keys: Vec<String> = (0..101).map(|i| format!("c{i}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let marking = Marking { method: Method::Schulze, ..Marking::default() };
    app.create(&new_poll("long", &keys).with(|s| s.set_marking(marking))).await;
    let page = app.get("/polls/high").await;
    assert!(tag(&page.body, r#"id="score-gummi""#).contains(r#"inputmode="numeric""#), "{}", page.body);
    let page = app.get("/polls/long").await;
    assert!(tag(&page.body, r#"id="rank-c100""#).contains(r#"inputmode="numeric""#), "all of them are on one page");
    assert!(!page.body.contains("<select") && !page.body.contains(r#"role="search""#));
    assert_eq!(app.add("poll=high&score-gummi=100").await.status, Status::SeeOther);
    assert_eq!(app.add("poll=long&rank-c100=1&rank-c7=101").await.status, Status::SeeOther);
    assert_eq!(stored(&app).await, ["c100>c7", "gummi:100"]);
    let back = app.add("poll=high&score-gummi=101&score-pita=7").await;
    assert_back(&back, 422, "“101” is no score for “Gummi”. Give it a whole number from 0 to 100, or none.");
    assert!(tag(&back.body, r#"id="score-gummi""#).contains(r#"value="101""#), "as it was typed: {}", back.body);
    assert!(tag(&back.body, r#"id="score-pita""#).contains(r#"value="7""#), "{}", back.body);
}

async fn marks_that_are_wrong_come_back_as_filled_in(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&cats("approve", Method::Approval)).await;
    app.create(&marked(cats("bloc", Method::Plurality), |marking| marking.seats = 2)).await;
    app.create(&cats("star", Method::Star)).await;
    app.create(&cats("rank", Method::Schulze)).await;

    let back = app.add("poll=bloc&vote=gummi&vote=pita&vote=cleo").await;
    assert_back(&back, 422, "3 choices are marked, and 2 are the most. Remove some.");
    assert_eq!(checked(&back.body), ["vote=gummi", "vote=pita", "vote=cleo"]);
    let back = app.add("poll=approve&vote=gummi&vote=gummi").await;
    assert_back(&back, 422, "“Gummi” is marked twice. Mark each choice once.");
    let back = app.add("poll=approve&vote=pita&vote=dog").await;
    assert_back(&back, 422, "That is not one of the choices in this poll.");
    assert_eq!(checked(&back.body), ["vote=pita"]);
    assert!(!back.body.contains("dog"), "{}", back.body);

    for wrong in ["6", "-1", "%2B1", "1.5", "five", "99999999999", "<b>"] {
        let back = app.add(&format!("poll=star&score-gummi={wrong}&score-pita=4")).await;
        assert_eq!(back.status, Status::UnprocessableEntity, "{wrong}");
        back.assert_problems_of("score-gummi", "is no score for “Gummi”. Give it a whole number from 0 to 5, or none.");
        assert_eq!(checked(&back.body), ["score-pita=4"], "{wrong}");
    }
    let back = app.add("poll=star&score-gummi=7&score-pita=8&score-cleo=1").await;
    back.assert_problems_of("score-gummi", "“7” is no score for “Gummi”.");
    back.assert_problems_of("score-pita", "“8” is no score for “Pita”.");
    assert!(!back.body.contains("score-cleo-error"));
    let back = app.add("poll=star&score-dog=1&score-pita=4").await;
    assert_back(&back, 422, "That is not one of the choices in this poll.");
    assert_eq!(checked(&back.body), ["score-pita=4"]);

    let back = app.add("poll=rank&rank-gummi=1&rank-gummi=2&rank-pita=3").await;
    back.assert_problems_of("rank-gummi", "“Gummi” is marked twice. Mark each choice once.");
    assert_eq!(selected(&back.body), ["1", "3", ""]);

    for wrong in ["0", "4", "-1", "first"] {
        let back = app.add(&format!("poll=rank&rank-gummi={wrong}&rank-pita=2&rank-cleo=3")).await;
        back.assert_problems_of(
            "rank-gummi",
            &format!("“{wrong}” is no rank for “Gummi”. Give it a whole number from 1 to 3, or none."),
        );
        assert_eq!(selected(&back.body), ["", "2", "3"], "{wrong}");
    }
    for (slug, body) in [("approve", ""), ("star", "&score-gummi=&score-pita="), ("rank", "&rank-gummi=")] {
        let back = app.add(&format!("poll={slug}{body}")).await;
        assert_back(&back, 422, "No choice is marked. Mark one of the choices below.");
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn a_shared_rank_is_named_where_none_may_be_shared(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&cats("strict", Method::Irv)).await;
    let back = app.add("poll=strict&rank-gummi=1&rank-pita=2&rank-cleo=2").await;
    let sentence = "“Pita” and “Cleo” have the same rank, the 2nd. Give each rank once.";
    assert_back(&back, 422, sentence);
    back.assert_problems_of("rank-pita", sentence);
    assert!(tag(&back.body, r#"id="rank-cleo""#).contains(r#"aria-invalid="true""#), "{}", back.body);
    assert!(back.body.contains(r#"id="rank-cleo-error""#) && !back.body.contains("rank-gummi-error"));
    assert_eq!(selected(&back.body), ["1", "2", "2"]);
    let back = app.add("poll=strict&rank-gummi=1&rank-pita=1&rank-cleo=1").await;
    assert_back(&back, 422, "“Gummi”, “Pita” and “Cleo” have the same rank, the 1st.");
    // The notation says it likewise.
    let back = app.add("poll=strict&marks=gummi%3Ecleo%3Dpita").await;
    assert_back(&back, 422, "have the same rank, the 2nd.");
    assert_eq!(selected(&back.body), ["1", "2", "2"]);
    assert_eq!(app.add("poll=strict&rank-gummi=1&rank-pita=3&rank-cleo=2").await.status, Status::SeeOther);
    assert_eq!(stored(&app).await, ["gummi>cleo>pita"]);
}

async fn fields_of_another_kind_are_refused(database: TestDatabase) {
    let app = App::start(database).await;
    app.create(&cats("pick", Method::Plurality)).await;
    app.create(&cats("approve", Method::Approval)).await;
    app.create(&cats("star", Method::Star)).await;
    app.create(&cats("rank", Method::Schulze)).await;
    for (body, field) in [
        ("poll=pick&vote=gummi&score-pita=1", "score-pita"),
        ("poll=pick&vote=gummi&rank-pita=1", "rank-pita"),
        ("poll=approve&vote=gummi&rank-pita=1", "rank-pita"),
        ("poll=star&vote=gummi", "vote"),
        ("poll=star&score-gummi=1&vote=gummi", "vote"),
        ("poll=rank&rank-gummi=1&score-gummi=1", "score-gummi"),
        ("poll=rank&vote=gummi", "vote"),
    ] {
        assert_back(
            &app.add(body).await,
            422,
            &format!("The form has the field “{field}”, which this poll does not have."),
        );
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn a_blank_ballot_is_cast_where_the_poll_takes_one(database: TestDatabase) {
    let app = App::start(database).await;
    for (slug, method) in
        [("pick", Method::Plurality), ("approve", Method::Approval), ("star", Method::Star), ("rank", Method::Schulze)]
    {
        let strict = cats(slug, method);
        app.create(&strict).await;
        let blank = format!("{slug}-blank");
        app.create(&marked(cats(&blank, method), |marking| marking.abstaining = true)).await;
        assert_back(&app.add(&format!("poll={slug}&blank=yes")).await, 422, "This poll takes no blank votes.");
        assert!(
            app.get(&format!("/polls/{blank}"))
                .await
                .body
                .contains(r#"<button class="quiet" name="blank" value="yes">"#)
        );
        // Nothing marked is no blank ballot before the voter says so.
        let back = app.add(&format!("poll={blank}")).await;
        assert_back(&back, 422, "No choice is marked. Mark one of the choices below, or cast a blank vote.");
        assert_eq!(app.add(&format!("poll={blank}&blank=yes")).await.status, Status::SeeOther, "{slug}");
        assert_eq!(app.add(&format!("poll={blank}&marks=")).await.status, Status::SeeOther, "{slug}");
    }
    let both = app.add("poll=approve-blank&vote=gummi&blank=yes").await;
    assert_back(&both, 422, "You marked choices and sent a blank vote.");
    assert_eq!(checked(&both.body), ["vote=gummi"]);
    assert_eq!(app.database.number("SELECT count(*) FROM ballots WHERE marks = ''").await, 8);
    assert_eq!(app.database.number("SELECT count(*) FROM profile WHERE marks = '' AND count = 2").await, 4);
}

/// The fields of the form with this button on a page, as a browser sends them.
fn sent(page: &str, button: &str) -> String {
    let form = page
        .split("<form")
        .find(|form| form.contains(&format!(">{button}</button>")))
        .unwrap_or_else(|| panic!("no {button}: {page}"));
    let value = |tag: &str, name: &str| {
        tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    };
    let inputs = form.split("<input type=\"hidden\"").skip(1).filter_map(|rest| rest.split('>').next());
    let fields: Vec<_> =
        inputs.map(|tag| (value(tag, "name"), crate::helpers::fields::unescape(&value(tag, "value")))).collect();
    crate::helpers::app::form(&fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>())
}

async fn a_ballot_is_looked_over_before_it_is_cast(database: TestDatabase) {
    let app = App::start(database).await;
    let mut expected = Vec::new();
    for (slug, method, body, shown, marks) in [
        ("pick", Method::Plurality, "vote=pita", &["<bdi>Pita</bdi>"][..], "pita"),
        ("approve", Method::Approval, "vote=pita&vote=gummi", &["<bdi>Gummi</bdi>, <bdi>Pita</bdi>"], "gummi,pita"),
        (
            "grade",
            Method::MajorityJudgment,
            "score-pita=4&score-cleo=0",
            &[
                "Very good</span> <span><bdi>Pita</bdi>",
                "Reject</span> <span><bdi>Cleo</bdi>",
                "No grade</span> <span><bdi>Gummi</bdi>",
            ],
            "cleo:0,pita:4",
        ),
        (
            "star",
            Method::Star,
            "score-pita=4",
            &["4</span> <span><bdi>Pita</bdi>", "No score</span> <span><bdi>Gummi</bdi>, <bdi>Cleo</bdi>"],
            "pita:4",
        ),
        (
            "rank",
            Method::Schulze,
            "rank-cleo=1&rank-gummi=2&rank-pita=2",
            &["1st</span> <span><bdi>Cleo</bdi>", "2nd</span> <span><bdi>Gummi</bdi>, <bdi>Pita</bdi>"],
            "cleo>gummi=pita",
        ),
        ("nobody", Method::Schulze, "blank=yes", &["A blank vote"], ""),
    ] {
        app.create(&marked(cats(slug, method), |marking| (marking.review, marking.abstaining) = (true, true))).await;
        let check = app.add(&format!("poll={slug}&{body}&key=k-{slug}")).await;
        assert_eq!((check.status, check.header("cache-control")), (Status::Ok, Some("no-store")), "{}", check.body);
        for part in shown {
            assert!(check.body.contains(part), "{slug}: {part} is not in {}", check.body);
        }
        assert_eq!(stored(&app).await, expected, "nothing is stored before it is confirmed");
        let body = sent(&check.body, "Vote");
        assert!(body.contains("confirmed=yes") && body.contains(&format!("key=k-{slug}")), "{body}");
        for _ in 0..2 {
            let answer = app.add(&body).await;
            assert_eq!(answer.status, Status::SeeOther, "{slug}: {}", answer.body);
            assert!(answer.header("location").is_some_and(|to| to.ends_with("#counted")));
        }
        expected.push(marks.to_owned());
        expected.sort();
        assert_eq!(stored(&app).await, expected, "once by its key");
    }
    // A wrong one comes back at once.
    assert_back(&app.add("poll=rank&rank-cleo=9").await, 422, "“9” is no rank for “Cleo”.");
    assert_back(&app.add("poll=rank&confirmed=yes&marks=dog").await, 422, "That is not one of the choices");
}

async fn a_ballot_that_was_looked_over_can_be_changed(database: TestDatabase) {
    let app = App::start(database).await;
    let review = |slug, method| marked(cats(slug, method), |marking| marking.review = true);
    app.create(&review("pick", Method::Plurality)).await;
    app.create(&review("approve", Method::Approval)).await;
    app.create(&review("star", Method::Star)).await;
    app.create(&review("rank", Method::Schulze)).await;
    for (slug, body) in [
        ("pick", "vote=pita"),
        ("approve", "vote=pita&vote=cleo"),
        ("star", "score-pita=4"),
        ("rank", "rank-cleo=2&rank-gummi=1"),
    ] {
        let check = app.add(&format!("poll={slug}&{body}")).await;
        let back = app.add(&sent(&check.body, "Change")).await;
        assert_eq!((back.status, back.header("cache-control")), (Status::Ok, Some("no-store")), "{}", back.body);
        assert!(!back.body.contains("<title>Error") && !back.body.contains(r#"role="alert""#), "{}", back.body);
        match slug {
            "pick" => assert_eq!(checked(&back.body), ["vote=pita"]),
            "approve" => assert_eq!(checked(&back.body), ["vote=pita", "vote=cleo"]),
            "star" => assert_eq!(checked(&back.body), ["score-pita=4"]),
            _ => assert_eq!(selected(&back.body), ["1", "", "2"]),
        }
    }
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn a_poll_that_changed_meanwhile_brings_the_ballot_back(database: TestDatabase) {
    let app = App::start(database).await;
    let owner = app.account("ada").await;
    let ada = app.sign_in("ada").await;
    let poll = NewPoll {
        organiser_id: Some(owner.id),
        ..marked(cats("rank", Method::Schulze), |marking| marking.review = true)
    };
    app.create(&poll).await;
    let check = app.add("poll=rank&rank-cleo=1&rank-gummi=2").await;
    let body = sent(&check.body, "Vote");
    let edit = ada.get("/polls/rank/edit").await;
    let fields = crate::helpers::fields::Fields::of(&edit.body, "poll").with("method", "ranked-pairs");
    let answer = ada.put("/polls/rank", &fields.body()).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    let back = app.add(&body).await;
    assert_back(&back, 409, "This poll was changed while you checked your vote");
    assert_eq!(selected(&back.body), ["2", "", "1"]);
    // To a kind that has no such marks.
    let edit = ada.get("/polls/rank/edit").await;
    let fields = crate::helpers::fields::Fields::of(&edit.body, "poll").with("method", "star");
    assert_eq!(ada.put("/polls/rank", &fields.body()).await.status, Status::SeeOther);
    assert_back(&app.add(&body).await, 422, "Those are not the marks of this ballot.");
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn a_check_is_no_way_round_a_poll_that_takes_no_ballot(database: TestDatabase) {
    let app = App::start(database).await;
    let review = |slug| marked(cats(slug, Method::Approval), |marking| marking.review = true);
    let closed = app.create(&review("over")).await;
    closed.close(&mut app.db().await, None).await.unwrap();
    let opens_at = urna::models::now() + chrono::TimeDelta::hours(1);
    app.create(&review("later").with(|s| s.opens_at = opens_at)).await;
    app.create(&NewPoll { draft: true, ..review("draft") }).await;
    for (slug, status) in [("over", Status::Conflict), ("later", Status::Conflict), ("draft", Status::NotFound)] {
        for step in ["", "&confirmed=yes"] {
            let answer = app.add(&format!("poll={slug}&vote=gummi{step}")).await;
            assert_eq!(answer.status, status, "{slug}: {}", answer.body);
        }
    }
    assert_eq!(app.add("poll=draft&marks=gummi&change=yes").await.status, Status::NotFound);
    assert_eq!(app.database.stored().await, Stored::of(0, 0));
}

async fn one_ballot_a_browser_of_every_kind(database: TestDatabase) {
    let app = App::start(database).await;
    for (slug, method, body, other, marks) in [
        ("approve", Method::Approval, "vote=pita&vote=cleo", "vote=gummi", "cleo,pita"),
        ("star", Method::Star, "score-pita=4", "score-pita=5", "pita:4"),
        ("rank", Method::Schulze, "rank-cleo=1&rank-pita=2", "rank-pita=1", "cleo>pita"),
    ] {
        let poll = marked(cats(slug, method), |marking| marking.review = true);
        app.create(&poll.with(|s| s.eligibility = Eligibility::Browser)).await;
        assert_back(&app.add(&format!("poll={slug}&{body}")).await, 422, "Your browser sent no cookie");
        let voter = app.browser();
        voter.get(&format!("/polls/{slug}")).await;
        let check = voter.add(&format!("poll={slug}&{body}")).await;
        let answer = voter.add(&sent(&check.body, "Vote")).await;
        assert_eq!(answer.header("location").map(|to| to.ends_with("#counted")), Some(true), "{}", answer.body);
        let again = voter.add(&format!("poll={slug}&{other}&confirmed=yes")).await;
        assert_eq!(again.header("location").map(|to| to.ends_with("#already")), Some(true), "{}", again.body);
        assert!(stored(&app).await.contains(&marks.to_owned()));
    }
    assert_eq!(app.database.stored().await, Stored::of(3, 3));
}

async fn one_ballot_an_invitation_of_every_kind(database: TestDatabase) {
    let app = App::start(database).await;
    let owner = app.account("ada").await;
    let ada = app.sign_in("ada").await;
    for (slug, method, body, wrong) in [
        ("approve", Method::Approval, "vote=pita&vote=cleo", "vote=dog&vote=pita"),
        ("star", Method::Star, "score-pita=4", "score-pita=9"),
        ("rank", Method::Schulze, "rank-cleo=1&rank-pita=2", "rank-cleo=0"),
    ] {
        let poll = marked(cats(slug, method), |marking| marking.review = true);
        app.create(&NewPoll { organiser_id: Some(owner.id), ..poll.with(|s| s.eligibility = Eligibility::Invitation) })
            .await;
        let slips = ada.invite(slug, 1).await;
        let link = slips.body.split("/i/").nth(1).and_then(|rest| rest.split(['<', '"']).next()).expect("a link");
        assert_back(&app.add(&format!("poll={slug}&{body}")).await, 422, "Enter your invitation code.");
        let back = app.add(&format!("poll={slug}&{wrong}&code={link}")).await;
        assert_eq!(back.status, Status::UnprocessableEntity);
        assert!(back.body.contains(&format!(r#"<input type="hidden" name="code" value="{link}">"#)), "{}", back.body);
        let check = app.add(&format!("poll={slug}&{body}&code={link}")).await;
        let changed = app.add(&sent(&check.body, "Change")).await;
        assert!(
            changed.body.contains(&format!(r#"<input type="hidden" name="code" value="{link}">"#)),
            "{}",
            changed.body
        );
        for fragment in ["#counted", "#already"] {
            let answer = app.add(&sent(&check.body, "Vote")).await;
            assert_eq!(answer.header("location").map(|to| to.ends_with(fragment)), Some(true), "{}", answer.body);
        }
    }
    assert_eq!(app.database.stored().await, Stored::of(3, 3));
}

async fn a_draft_takes_test_ballots_of_every_kind(database: TestDatabase) {
    let app = App::start(database).await;
    let owner = app.account("ada").await;
    let ada = app.sign_in("ada").await;
    for (slug, method, body) in [
        ("approve", Method::Approval, "vote=pita"),
        ("star", Method::Star, "score-pita=4"),
        ("rank", Method::Schulze, "rank-cleo=1"),
    ] {
        let poll = marked(cats(slug, method), |marking| marking.review = true);
        app.create(&NewPoll { draft: true, organiser_id: Some(owner.id), ..poll }).await;
        assert_eq!(app.add(&format!("poll={slug}&{body}")).await.status, Status::NotFound, "a stranger's");
        let check = ada.post("/add", &format!("poll={slug}&{body}")).await;
        assert_eq!(check.status, Status::Ok, "{}", check.body);
        let answer = ada.post("/add", &sent(&check.body, "Vote")).await;
        assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
        assert!(Poll::find_by_slug(&mut app.db().await, slug).await.unwrap().unwrap().draft);
    }
    assert_eq!(app.database.stored().await, Stored::of(3, 0));
}

async fn the_longest_ballot_is_taken(database: TestDatabase) {
    let app = App::start(database).await;
    let keys: Vec<String> = (0..2000).map(|i| format!("{}{i:04}", "abcdefghij".repeat(6))).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let marking = Marking { method: Method::Score, highest: 100, review: true, ..Marking::default() };
    app.create(&new_poll("long", &keys).with(|s| s.set_marking(marking))).await;
    let scores: Vec<String> = keys.iter().map(|key| format!("&score-{key}=100")).collect();
    let check = app.add(&format!("poll=long{}", scores.concat())).await;
    assert_eq!(check.status, Status::Ok, "{}", check.body.len());
    let body = sent(&check.body, "Vote");
    let answer = app.add(&body).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", &answer.body[..answer.body.len().min(2000)]);
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
}
