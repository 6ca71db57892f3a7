//! Forms that were refused although their content is right: the error page has them filled in, to be sent again.

use rocket::http::{Method, Status};
use urna::models::new_poll::NewPoll;

use crate::helpers::{
    app::{Answer, App, Organiser, PASSWORD, form, new_poll},
    database::TestDatabase,
    fields::Fields,
    on_both,
};

on_both!(
    what_was_typed_while_signed_out_can_be_sent_again,
    what_was_typed_in_an_outage_can_be_sent_again,
    no_password_comes_back,
    what_is_too_large_does_not_come_back,
);

/// The form of a poll, as it is edited: with signs that HTML has a meaning for.
async fn edited(ada: &Organiser<'_>) -> Fields {
    let page = ada.get("/polls/tea/edit").await;
    let fields = Fields::of(&page.body, "poll").with("title", "<b>Which</b> \"tea\" & why?");
    fields.with("choices", "Oolong\r\n\u{201C}Earl\u{201D} Grey").with("description", " two\r\n\r\nlines ")
}

/// The form that an answer gives back: its fields, which must be those that were sent, and where it goes.
fn given_back(answer: &Answer, sent: &Fields, address: &str) -> Fields {
    let again = Fields::of(&answer.body, "again");
    let same = |text: &str| text.replace("\r\n", "\n");
    let fields = |fields: &Fields| fields.0.iter().map(|(name, value)| (name.clone(), same(value))).collect::<Vec<_>>();
    assert_eq!(fields(&again), fields(sent));
    assert!(answer.body.contains(&format!("method=\"post\" action=\"{address}\"")), "{}", answer.body);
    assert!(answer.body.contains("<button>Send it again</button>"), "{}", answer.body);
    again
}

async fn polls(app: &App) -> Organiser<'_> {
    let ada = app.organiser("ada").await;
    let id = app.database.number("SELECT id FROM organisers").await;
    app.create(&NewPoll { organiser_id: Some(id), draft: true, ..new_poll("tea", &["gummi", "pita"]) }).await;
    ada
}

async fn what_was_typed_while_signed_out_can_be_sent_again(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = polls(&app).await;
    let fields = edited(&ada).await;
    let new = Fields::of(&ada.get("/polls/new").await.body, "poll").with("title", "New?").with("choices", "A\nB\nC\nD");
    let new = new.with("seats", "3").with("method", "stv").with("then", "draft");
    app.database.execute("DELETE FROM sessions").await;
    for (address, sent) in [("/polls/tea", &fields), ("/polls", &new)] {
        let answer = ada.post(address, &sent.body()).await;
        assert_eq!(answer.status, Status::Unauthorized);
        assert!(answer.body.contains("You are signed out, so nothing was saved."), "{}", answer.body);
        let again = given_back(&answer, sent, address);
        // Signed in at another tab, the button sends it.
        let there = app.sign_in("ada").await;
        assert_eq!(there.post(address, &again.body()).await.status, Status::SeeOther);
        app.database.execute("DELETE FROM sessions").await;
    }
    let there = app.sign_in("ada").await;
    let page = there.get("/polls/tea/edit").await.body;
    for part in ["&lt;b&gt;Which&lt;/b&gt; &quot;tea&quot; &amp; why?", "“Earl” Grey", "two\n\nlines"] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert_eq!(app.database.number("SELECT seats FROM polls WHERE title = 'New?'").await, 3);
    // A program's method comes back as a form can say it.
    app.database.execute("DELETE FROM sessions").await;
    let answer = there.send(Method::Delete, "/polls/tea/invitations", "code=ACDE").await;
    let again = Fields::of(&answer.body, "again");
    assert_eq!(again.0, [("_method".to_owned(), "DELETE".to_owned()), ("code".to_owned(), "ACDE".to_owned())]);
}

async fn what_was_typed_in_an_outage_can_be_sent_again(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = polls(&app).await;
    let fields = edited(&ada).await;
    app.database.execute("ALTER TABLE choices RENAME TO choices_away").await;
    let answer = ada.post("/polls/tea", &fields.body()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (Status::ServiceUnavailable, Some("1")));
    app.database.execute("ALTER TABLE choices_away RENAME TO choices").await;
    let again = given_back(&answer, &fields, "/polls/tea");
    assert_eq!(ada.post("/polls/tea", &again.body()).await.status, Status::SeeOther);
    // A ballot too, where not even its poll could be read.
    let vote = Fields(vec![("poll".into(), "tea".into()), ("vote".into(), "gummi".into())]);
    app.database.execute("ALTER TABLE polls RENAME TO polls_away").await;
    let answer = app.twin().await.add(&vote.body()).await;
    app.database.execute("ALTER TABLE polls_away RENAME TO polls").await;
    assert_eq!(answer.status, Status::ServiceUnavailable);
    given_back(&answer, &vote, "/add");
}

async fn no_password_comes_back(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = polls(&app).await;
    app.database.execute("DELETE FROM sessions").await;
    let change = form(&[("_method", "put"), ("old", PASSWORD), ("password", "four-other-words")]);
    for (address, body) in
        [("/organiser/password", change), ("/organiser", form(&[("_method", "delete"), ("password", PASSWORD)]))]
    {
        let answer = ada.post(address, &body).await;
        assert_eq!(answer.status, Status::Unauthorized);
        assert!(!answer.body.contains(PASSWORD) && !answer.body.contains("four-other-words"), "{}", answer.body);
        assert!(answer.body.contains("go back to the page before this one"), "{}", answer.body);
    }
    app.database.execute("ALTER TABLE sessions RENAME TO sessions_away").await;
    let answer = app.stranger().post("/session", &form(&[("uid", "ada"), ("password", PASSWORD)])).await;
    app.database.execute("ALTER TABLE sessions_away RENAME TO sessions").await;
    assert_eq!(answer.status, Status::ServiceUnavailable);
    assert!(!answer.body.contains(PASSWORD) && answer.body.contains("Wait a moment"), "{}", answer.body);
}

async fn what_is_too_large_does_not_come_back(database: TestDatabase) {
    let app = App::start(database).await;
    let stranger = app.stranger();
    for (size, comes_back) in [(100_000, true), (200_000, false)] {
        let body = form(&[("title", "A?"), ("description", &"x".repeat(size))]);
        let answer = stranger.post("/polls", &body).await;
        assert_eq!(answer.status, Status::Unauthorized);
        assert_eq!(answer.body.contains("id=\"again\""), comes_back, "{size}");
    }
}
