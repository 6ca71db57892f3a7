//! How a poll is marked and counted, as its organiser picks it: in the form and on the command line.

use data_encoding::HEXLOWER;
use rocket::http::Status;
use urna::{
    count::Method,
    models::marking::Marking,
    models::{new_poll::NewPoll, poll::Poll},
    words::methods::about,
};

use crate::helpers::{
    app::{App, Organiser, form, new_poll},
    database::TestDatabase,
    fields::Fields,
    on_both,
    server::{command, output},
};

on_both!(
    every_method_is_picked_in_the_form,
    the_form_says_what_each_method_is_good_for,
    what_can_not_be_counted_is_refused,
    a_method_stays_once_ballots_are_in,
    test_ballots_go_when_the_method_does,
    a_copy_has_the_same_method,
    every_method_is_picked_on_the_command_line,
    lots_are_committed_to_and_revealed,
);

async fn blank(ada: &Organiser<'_>) -> Fields {
    let page = ada.get("/polls/new").await;
    Fields::of(&page.body, "poll")
        .with("title", "Which tea?")
        .with("choices", "Green\r\nBlack\r\nMint")
        .with("eligibility", "open")
        .with("listed", "yes")
}

async fn find(app: &App, slug: &str) -> Poll {
    Poll::find_by_slug(&mut app.db().await, slug).await.unwrap().unwrap()
}

async fn every_method_is_picked_in_the_form(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await;
    assert_eq!(fields.get("method"), Some("plurality"), "the simplest is there from the start");
    for method in Method::ALL {
        let word = method.as_str();
        let seats = if method.takes_seats() { 2 } else { 1 };
        let fields = fields.clone().with("slug", word).with("method", word).with("seats", &seats.to_string());
        let fields = fields.with("highest", "10").with("abstaining", "yes").with("review", "yes");
        let answer = ada.post("/polls", &fields.with("then", "publish").body()).await;
        assert_eq!(answer.status, Status::SeeOther, "{word}: {}", answer.body);
        let poll = find(&app, word).await;
        let expected = Marking { method, seats, highest: 10, abstaining: true, review: true, comparison: false };
        assert_eq!(poll.settings.marking(), expected);
        let edit = ada.get(&format!("/polls/{word}/edit")).await;
        let fields = Fields::of(&edit.body, "poll");
        assert_eq!((fields.get("method"), fields.get("highest")), (Some(word), Some("10")), "{}", edit.body);
        assert_eq!((fields.get("abstaining"), fields.get("comparison")), (Some("yes"), None));
        assert_eq!(app.get(&format!("/polls/{word}")).await.status, Status::Ok, "{word}");
    }
}

async fn the_form_says_what_each_method_is_good_for(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let page = ada.get("/polls/new").await.body;
    for method in Method::ALL {
        assert!(page.contains(method.label()) && page.contains(&about(method)), "{}", method.as_str());
    }
}

async fn what_can_not_be_counted_is_refused(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("then", "publish");
    let number = "The highest score is a number from 1 to 100.";
    let cases = [
        ("seats", "0", "seats", "At least one choice is elected."),
        ("seats", "-1", "seats", "At least one"),
        ("seats", "two", "seats", "At least one"),
        ("seats", "99999999999", "seats", "At least one"),
        ("seats", "4", "seats", "There are 3 choices, so at most 3 can be elected."),
        ("highest", "0", "highest", number),
        ("highest", "101", "highest", number),
        ("highest", "", "highest", number),
    ];
    for (field, typed, wrong, sentence) in cases {
        let answer = ada.post("/polls", &fields.clone().with(field, typed).body()).await;
        answer.assert_problems(&[(wrong, sentence)]);
        assert_eq!(Fields::of(&answer.body, "poll").get("title"), Some("Which tea?"));
    }
    for word in ["coin", ""] {
        let answer = ada.post("/polls", &fields.clone().with("method", word).body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity);
        assert!(answer.body.contains("<a href=\"#method\">Pick one of the options.</a>"), "{}", answer.body);
        assert!(answer.body.contains("id=\"method\"") && answer.body.contains("id=\"method-error\""));
    }
    for method in [Method::Irv, Method::TwoRound] {
        let fields = fields.clone().with("method", method.as_str()).with("seats", "2");
        let sentence = format!("{} elects one. To elect several by rankings, pick Single", method.label());
        ada.post("/polls", &fields.body()).await.assert_problems(&[("seats", &sentence)]);
    }
    let many: String = (0..201).map(|n| format!("Tea {n}\r\n")).collect();
    let wide = fields.clone().with("choices", &many).with("slug", "wide");
    let answer = ada.post("/polls", &wide.clone().with("method", "schulze").body()).await;
    assert_eq!(answer.status, Status::UnprocessableEntity);
    assert!(answer.body.contains("Schulze takes up to 200 choices, and there are 201. Pick another one."));
    assert_eq!(app.database.number("SELECT count(*) FROM polls").await, 0);
    assert_eq!(ada.post("/polls", &wide.with("method", "irv").body()).await.status, Status::SeeOther);
}

async fn a_method_stays_once_ballots_are_in(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("slug", "tea").with("then", "publish");
    assert_eq!(ada.post("/polls", &fields.body()).await.status, Status::SeeOther);
    app.cast("tea", "green").await;
    let page = ada.get("/polls/tea/edit").await;
    let fields = Fields::of(&page.body, "poll");
    assert_eq!((fields.get("method"), fields.get("seats"), fields.get("review")), (None, None, None));
    let before = find(&app, "tea").await.settings.marking();
    for (field, value) in [("method", "approval"), ("seats", "2")] {
        // No page of ours sends these any more.
        let forged = fields.clone().with("method", "plurality").with("seats", "1").with("highest", "5");
        let answer = ada.put("/polls/tea", &forged.with(field, value).body()).await;
        assert_eq!(answer.status, Status::UnprocessableEntity, "{}", answer.body);
        assert!(answer.body.contains("you can’t change how people vote and how votes are counted"), "{field}");
    }
    assert_eq!(find(&app, "tea").await.settings.marking(), before);
    // What the results page says besides is the organiser's to change.
    let answer = ada.put("/polls/tea", &fields.with("comparison", "yes").body()).await;
    assert_eq!(answer.status, Status::SeeOther, "{}", answer.body);
    assert_eq!(find(&app, "tea").await.settings.marking(), Marking { comparison: true, ..before });
    assert_eq!(app.tally("/polls/tea").await, [1, 0, 0]);
}

async fn test_ballots_go_when_the_method_does(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("slug", "tea").with("then", "draft");
    assert_eq!(ada.post("/polls", &fields.body()).await.status, Status::SeeOther);
    let ballot = form(&[("poll", "tea"), ("vote", "green")]);
    assert_eq!(ada.post("/add", &ballot).await.status, Status::SeeOther);
    let edit = |page: String| Fields::of(&page, "poll");
    let fields = edit(ada.get("/polls/tea/edit").await.body).with("comparison", "yes");
    assert_eq!(ada.put("/polls/tea", &fields.body()).await.status, Status::SeeOther);
    assert_eq!(app.database.number("SELECT count(*) FROM ballots").await, 1, "the same ballots, more is shown");
    let fields = edit(ada.get("/polls/tea/edit").await.body).with("method", "approval");
    assert_eq!(ada.put("/polls/tea", &fields.body()).await.status, Status::SeeOther);
    assert_eq!(app.database.number("SELECT count(*) FROM ballots").await, 0);
    assert_eq!(app.database.number("SELECT count(*) FROM profile").await, 0);
    assert_eq!(ada.get("/polls/tea").await.status, Status::Ok);
}

async fn a_copy_has_the_same_method(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let fields = blank(&ada).await.with("slug", "tea").with("method", "stv").with("seats", "2");
    let fields = fields.with("review", "yes").with("comparison", "yes").with("then", "publish");
    assert_eq!(ada.post("/polls", &fields.body()).await.status, Status::SeeOther);
    assert_eq!(ada.post("/polls/tea/copies", "").await.status, Status::SeeOther);
    let (original, copy) = (find(&app, "tea").await, find(&app, "tea-2").await);
    assert_eq!(copy.settings.marking(), original.settings.marking());
    assert_ne!(copy.seed, original.seed, "lots are drawn anew");
}

async fn every_method_is_picked_on_the_command_line(database: TestDatabase) {
    assert_eq!(output(command(&database).arg("migrate")).0, 0);
    let created = |slug: &str, more: &[&str]| {
        let line = ["poll", "new", "--title", "Tea?", "--slug", slug, "--choice", "Green", "--choice", "Black"];
        output(command(&database).args(line).args(more))
    };
    for method in Method::ALL {
        let word = method.as_str();
        let (status, _, error) = created(word, &["--method", word, "--highest", "9", "--abstaining", "--comparison"]);
        assert_eq!((status, error.as_str()), (0, ""), "{word}");
        let (_, stdout, _) = output(command(&database).args(["poll", "show", word]));
        assert!(stdout.contains(&format!("\nmethod   {word}\n")), "{stdout}");
    }
    let stored = "SELECT count(*) FROM polls WHERE highest = 9 AND abstaining AND comparison AND NOT review";
    assert_eq!(database.number(stored).await, Method::ALL.len() as i64);
    for (more, sentence) in [
        (&["--method", "coin"][..], "invalid value 'coin' for '--method <METHOD>'"),
        (&["--method", "irv", "--seats", "2"], "--seats: Instant runoff (IRV) elects one."),
        (&["--seats", "3"], "--seats: There are 2 choices, so at most 2 can be elected"),
        (&["--method", "score", "--highest", "0"], "--highest: The highest score is a number from 1 to 100"),
    ] {
        let (status, stdout, error) = created("no", more);
        assert!(status != 0 && stdout.is_empty() && error.contains(sentence), "{more:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert_eq!(database.number("SELECT count(*) FROM polls").await, Method::ALL.len() as i64);
}

async fn lots_are_committed_to_and_revealed(database: TestDatabase) {
    use urna::models::state::State;
    let app = App::start(database).await;
    let poll = app.create(&NewPoll { ..new_poll("tea", &["green", "black"]) }).await;
    let other = app.create(&NewPoll { ..new_poll("cup", &["big", "small"]) }).await;
    assert!(poll.seed.len() == 64 && poll.seed.bytes().all(|b| b.is_ascii_hexdigit()), "{}", poll.seed);
    assert_ne!(poll.seed, other.seed);
    // printf '%s' SEED | sha256sum
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&poll.seed);
    let commitment = HEXLOWER.encode(&digest);
    assert_eq!(poll.commitment(), commitment);
    for state in [State::Draft, State::Upcoming, State::Open] {
        assert_eq!(poll.public_seed(state), commitment);
    }
    assert_eq!(poll.public_seed(State::Closed), poll.seed);
    let closed = poll.close(&mut app.db().await, None).await;
    assert!(closed.is_ok());
    // Nobody has voted in the knowledge of that seed, and nobody shall.
    poll.reopen(&mut app.db().await).await.unwrap();
    let drawn = find(&app, "tea").await;
    assert!(drawn.seed != poll.seed && !drawn.seed_known);
    app.cast("tea", "green").await;
    drawn.close(&mut app.db().await, None).await.unwrap();
    let page = app.get("/polls/tea/results").await.body;
    assert!(page.contains(&drawn.seed) && page.contains("so nobody could know them or change them"), "{page}");
    find(&app, "tea").await.reopen(&mut app.db().await).await.unwrap();
    let kept = find(&app, "tea").await;
    assert_eq!(kept.seed, drawn.seed, "nobody draws until the lot is right");
    assert!(app.get("/polls/tea/results").await.body.contains("The seed was shown before"));
    kept.close(&mut app.db().await, None).await.unwrap();
    let page = app.get("/polls/tea/results").await.body;
    assert!(page.contains("It was no secret while the last ballots came in"), "{page}");
}
