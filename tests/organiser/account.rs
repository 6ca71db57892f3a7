//! Organisers: the one-time link, the account, its polls and its deletion; `urna organiser …`.

use std::io::{Seek as _, Write as _};

use rocket::{
    http::{Method, Status},
    tokio,
};
use urna::{
    credentials::Secret,
    models::{new_poll::NewPoll, organiser::Organiser, poll::Poll},
    web::setup_path,
};

use crate::{
    helpers::{
        app::{App, PASSWORD, SECRET, WithSettings as _, form, new_poll},
        database::{Stored, TestDatabase},
        on_both,
        server::{Server, command, output},
    },
    operations::poll_command::{done, migrated, urna},
};

on_both!(
    the_link_makes_the_first_organiser_once,
    of_two_who_use_the_link_at_once_one_is_created,
    a_setup_that_is_sent_twice_is_one,
    the_link_is_printed_while_there_is_no_organiser,
    a_setup_with_mistakes_keeps_what_was_typed_but_the_password,
    a_name_is_changed,
    a_changed_password_ends_every_other_session,
    the_own_polls_are_listed_newest_first_and_paged,
    an_account_goes_with_its_polls_and_says_so_first,
    the_command_line_makes_lists_and_deletes,
    the_command_line_refuses_what_forms_refuse,
);

async fn link(app: &App) -> Option<String> {
    setup_path(&mut app.db().await, &Secret::new(SECRET.into())).await.unwrap()
}

fn first(uid: &str) -> String {
    form(&[("name", "Ada Lovelace"), ("uid", uid), ("password", PASSWORD)])
}

async fn the_link_makes_the_first_organiser_once(database: TestDatabase) {
    let app = App::start(database).await;
    let (link, ada) = (link(&app).await.unwrap(), app.stranger());
    assert_eq!(ada.get(&link).await.status, Status::Ok);
    assert_eq!(ada.get(&link).await.header("cache-control"), Some("no-store"));
    for wrong in [
        "/setup/x",
        "/setup/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        &link.to_uppercase().replace("SETUP", "setup"),
    ] {
        assert_eq!(ada.get(wrong).await.status, Status::NotFound, "{wrong}");
        assert_eq!(ada.post(wrong, &first("eve")).await.status, Status::NotFound, "{wrong}");
    }
    let answer = ada.post(&link, &first("Ada")).await;
    assert_eq!(answer.header("location"), Some("/session?kept=yes&to=%2Fpolls%2Fnew"), "{}", answer.body);
    assert!(ada.get("/organiser").await.body.contains("Ada Lovelace"));
    let again = app.stranger();
    for answer in [again.get(&link).await, again.post(&link, &first("eve")).await] {
        assert_eq!(answer.status, Status::NotFound);
        assert!(answer.body.contains("This link does not work any more."), "{}", answer.body);
    }
    assert_eq!(self::link(&app).await, None);
    assert_eq!(app.database.number("SELECT count(*) FROM organisers WHERE uid = 'ada'").await, 1);
    // When the last one is gone there is a new link, and the old one stays void.
    Organiser::find(&mut app.db().await, "ada").await.unwrap().unwrap().delete(&mut app.db().await).await.unwrap();
    assert_ne!(self::link(&app).await.unwrap(), link);
    assert_eq!(again.post(&link, &first("eve")).await.status, Status::NotFound);
}

async fn of_two_who_use_the_link_at_once_one_is_created(database: TestDatabase) {
    let app = App::start(database).await;
    let twin = app.twin().await;
    let (link, ada, eve) = (link(&app).await.unwrap(), app.stranger(), twin.stranger());
    let (ada_form, eve_form) = (first("ada"), first("eve"));
    let (ada, eve) = tokio::join!(ada.post(&link, &ada_form), eve.post(&link, &eve_form));
    let mut statuses = [ada.status.code, eve.status.code];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404], "{}{}", ada.body, eve.body);
    assert_eq!(app.database.number("SELECT count(*) FROM organisers").await, 1);
}

async fn a_setup_that_is_sent_twice_is_one(database: TestDatabase) {
    let app = App::start(database).await;
    let twin = app.twin().await;
    let (link, form) = (link(&app).await.unwrap(), first("ada"));
    // A double click: the browser shows the second answer, and it has the session.
    let (one, two) = (app.stranger(), twin.stranger());
    let (first, second) = tokio::join!(one.post(&link, &form), two.post(&link, &form));
    let third = app.stranger();
    for (browser, answer) in [(&one, first), (&two, second), (&third, third.post(&link, &form).await)] {
        let place = (answer.status, answer.header("location"));
        assert_eq!(place, (Status::SeeOther, Some("/session?kept=yes&to=%2Fpolls%2Fnew")), "{}", answer.body);
        assert_eq!(browser.get("/organiser").await.status, Status::Ok);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM organisers").await, 1);
    // Another password, another link and a minute later it is void.
    let wrong = form.replace(PASSWORD, "another-long-password");
    assert_ne!(wrong, form);
    let other = format!("/setup/{}", "A".repeat(43));
    assert_eq!(app.stranger().post(&link, &wrong).await.status, Status::NotFound);
    assert_eq!(app.stranger().post(&other, &form).await.status, Status::NotFound);
    app.database.execute("UPDATE organisers SET created_at = '2020-01-01 00:00:00'").await;
    assert_eq!(app.stranger().post(&link, &form).await.status, Status::NotFound);
}

async fn the_link_is_printed_while_there_is_no_organiser(database: TestDatabase) {
    migrated(&database);
    let server = Server::start(&database);
    let log = server.log();
    let path =
        log.lines().find_map(|line| line.strip_prefix("no organiser yet: set up the first one on your site at "));
    let path = path.unwrap_or_else(|| panic!("no link in {log}")).to_owned();
    assert_eq!(server.voter().get(&path).unwrap().status, 200);
    // The command prints the same again, and the sign-in page says so.
    let again = || output(command(&database).arg("setup-link"));
    assert_eq!(again().1, format!("set up the first organiser on your site at {path}\n"));
    let (_, known, _) = output(command(&database).arg("setup-link").env("URNA_URL", "https://vote.example"));
    assert_eq!(known, format!("set up the first organiser at https://vote.example{path}\n"));
    let page = || server.voter().get("/session").unwrap().body;
    assert!(page().contains("There is no organiser yet.") && page().contains("urna setup-link"), "{}", page());
    assert!(!page().contains("/setup/"), "{}", page());
    with_password(&database, &["organiser", "new", "ada", "--name", "Ada"], PASSWORD);
    assert!(!page().contains("There is no organiser yet."), "{}", page());
    let (status, said, _) = output(command(&database).arg("setup-link"));
    assert_eq!(status, 0);
    assert!(said.starts_with("there is an organiser"), "{said}");
    assert_eq!(server.voter().get(&path).unwrap().status, 404);
    assert!(!Server::start(&database).log().contains("/setup/"));
}

async fn a_setup_with_mistakes_keeps_what_was_typed_but_the_password(database: TestDatabase) {
    let app = App::start(database).await;
    let (link, ada) = (link(&app).await.unwrap(), app.stranger());
    ada.post(&link, "").await.assert_problems(&[
        ("name", "Enter the name."),
        ("uid", "Enter a sign-in name."),
        ("password", "Enter a password."),
    ]);
    let (long, longest) = ("n".repeat(101), "p".repeat(129));
    let answer = ada.post(&link, &form(&[("name", &long), ("uid", "<ada>"), ("password", &longest)])).await;
    answer.assert_problems(&[
        ("name", "The name has "),
        ("uid", "The sign-in name can have letters"),
        ("password", "The password must have at most 128 characters."),
    ]);
    assert!(answer.body.contains(&long) && answer.body.contains("value=\"&lt;ada&gt;\""), "{}", answer.body);
    assert!(!answer.body.contains(&longest));
    for name in ["Ada\u{202e}ecalevoL", "Ada\u{0}", "A\u{7}da", "Ada\u{200e}Lovelace"] {
        let answer = ada.post(&link, &form(&[("name", name), ("uid", "ada"), ("password", PASSWORD)])).await;
        answer.assert_problems(&[("name", "The name has a character that can’t be seen or turns text around")]);
        assert!(!answer.body.contains(PASSWORD));
    }
    for password in ["password", "12345678", "ada.lovelace", "lovelace1"] {
        let answer =
            ada.post(&link, &form(&[("name", "Ada Lovelace"), ("uid", "ada.lovelace"), ("password", password)])).await;
        answer.assert_problems(&[("password", "The password is too easy to guess.")]);
    }
    assert_eq!(app.database.number("SELECT count(*) FROM organisers").await, 0);
}

async fn a_name_is_changed(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    let answer = ada.put("/organiser", &form(&[("name", " Ada שלום <b> ")])).await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/organiser/edit#saved")));
    let page = ada.get("/organiser/edit").await.body;
    assert!(
        page.contains("value=\"Ada שלום &lt;b&gt;\"") && page.contains(r#"<p id="saved" class="done" role="status""#)
    );
    let answer = ada.put("/organiser", &form(&[("name", "A\u{202e}")])).await;
    answer.assert_problems(&[("name", "The name has a character that can’t be seen or turns text around")]);
    assert!(answer.body.contains("value=\"A\u{202e}\""), "{}", answer.body);
    assert_eq!(app.database.number("SELECT count(*) FROM organisers WHERE name = 'Ada שלום <b>'").await, 1);
}

async fn a_changed_password_ends_every_other_session(database: TestDatabase) {
    const NEW: &str = "пять слов для Ады";
    let app = App::start(database).await;
    let (ada, bob) = (app.organiser("ada").await, app.organiser("bob").await);
    let elsewhere = app.sign_in("ada").await;
    let (ada_cookie, change) = (ada.cookie(), |old, new| form(&[("old", old), ("password", new)]));
    let answer = ada.put("/organiser/password", &change("not-the-password", "password")).await;
    answer.assert_problems(&[("old", "The password is wrong."), ("password", "The password is too easy to guess.")]);
    ada.put("/organiser/password", "")
        .await
        .assert_problems(&[("old", "Enter your password."), ("password", "Enter a password.")]);
    assert_eq!(elsewhere.get("/organiser").await.status, Status::Ok);
    let answer = ada.put("/organiser/password", &change(PASSWORD, NEW)).await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/organiser/edit#changed")));
    assert_ne!(ada.cookie(), ada_cookie);
    assert_eq!(ada.get("/organiser").await.status, Status::Ok);
    assert_eq!(elsewhere.get("/organiser").await.status, Status::SeeOther);
    assert_eq!(bob.get("/organiser").await.status, Status::Ok);
    ada.set_cookie(&ada_cookie);
    assert_eq!(ada.get("/organiser").await.status, Status::SeeOther);
    let sign_in = |password| form(&[("uid", "ada"), ("password", password)]);
    assert_eq!(ada.post("/session", &sign_in(PASSWORD)).await.status, Status::UnprocessableEntity);
    assert_eq!(ada.post("/session", &sign_in(NEW)).await.status, Status::SeeOther);
}

async fn own(app: &App, uid: &str, slug: &str) -> Poll {
    let organiser = Organiser::find(&mut app.db().await, uid).await.unwrap().unwrap();
    app.create(&NewPoll { organiser_id: Some(organiser.id), ..new_poll(slug, &["yes", "no"]) }).await
}

async fn the_own_polls_are_listed_newest_first_and_paged(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    app.account("bob").await;
    assert!(ada.get("/organiser").await.body.contains("You have no polls yet."));
    app.poll("nobodys", &["yes", "no"]).await;
    own(&app, "bob", "bobs").await;
    for n in 1..=26 {
        own(&app, "ada", &format!("p{n}")).await;
    }
    app.cast("p26", "yes").await;
    app.twin().await.cast("p26", "no").await;
    app.cast("p25", "no").await;
    let page = ada.get("/organiser").await.body;
    let shown: Vec<&str> = page
        .split("href=\"/polls/")
        .skip(1)
        .filter_map(|rest| rest.split_once("/manage\"").map(|(slug, _)| slug))
        .filter(|slug| slug.len() < 9)
        .collect();
    let expected: Vec<String> = (2..=26).rev().map(|n| format!("p{n}")).collect();
    assert_eq!(shown, expected);
    for part in [
        "Open · 2 votes ·",
        "Open · 1 vote ·",
        "Open · no votes ·",
        "Page 1 of 2",
        "/organiser?page=2",
        "href=\"/polls/new\"",
    ] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert!(!page.contains("bobs") && !page.contains("nobodys"));
    for (address, there) in [("/organiser?page=2", "p1/"), ("/organiser?page=", "p26/"), ("/organiser?page=1", "p26/")]
    {
        let page = ada.get(address).await;
        assert_eq!(page.status, Status::Ok, "{address}");
        assert!(page.body.contains(&format!("/polls/{there}manage")), "{address}: {}", page.body);
    }
    // A search, as in the list of all polls: only among one's own, drafts too.
    let draft = NewPoll { organiser_id: Some(1), draft: true, ..new_poll("grosse", &["a", "b"]) };
    app.create(&draft.with(|s| s.title = "Große Straße?".into())).await;
    for (q, found) in [("strasse%20gros", true), ("STRASSE", true), ("%25", false), ("bobs", false), ("street", false)]
    {
        let page = ada.get(&format!("/organiser?q={q}")).await;
        assert_eq!(page.status, Status::Ok, "{q}");
        assert_eq!(page.body.contains("href=\"/polls/grosse/manage\""), found, "{q}: {}", page.body);
        assert_eq!(page.body.contains("None of your polls has"), !found, "{q}: {}", page.body);
    }
    assert_eq!(ada.get(&format!("/organiser?q={}", "x".repeat(101))).await.status, Status::UnprocessableEntity);
    // As in the list of all polls.
    for page in ["3", "999", "0", "-9223372036854775808", "x", "99999999999999999999"] {
        let page = ada.get(&format!("/organiser?page={page}")).await;
        assert_eq!(page.status, Status::NotFound);
        assert!(page.body.contains("There is no such page. The pages go from 1 to 2."), "{}", page.body);
    }
}

async fn an_account_goes_with_its_polls_and_says_so_first(database: TestDatabase) {
    let app = App::start(database).await;
    let ada = app.organiser("ada").await;
    assert!(
        ada.get("/organiser/deletion")
            .await
            .body
            .contains("This deletes your account <b>ada</b>. You can’t undo this.")
    );
    own(&app, "ada", "drink").await;
    own(&app, "ada", "food").await;
    app.poll("donut", &["gummi", "pita"]).await;
    for (slug, vote) in [("drink", "yes"), ("drink", "no"), ("food", "yes"), ("donut", "gummi")] {
        app.cast(slug, vote).await;
    }
    let page = ada.get("/organiser/deletion").await.body;
    assert!(page.contains("your 2 polls and 3 votes. You can’t undo this."), "{page}");
    ada.delete("/organiser").await.assert_problems(&[("password", "Enter your password.")]);
    let wrong = ada.send(Method::Delete, "/organiser", "password=not-the-password").await;
    wrong.assert_problems(&[("password", "The password is wrong.")]);
    assert!(!wrong.body.contains("not-the-password") && wrong.body.contains("2 polls"), "{}", wrong.body);
    assert_eq!(app.database.stored().await, Stored::of(4, 0));
    let answer = ada.post("/organiser", &form(&[("_method", "delete"), ("password", PASSWORD)])).await;
    assert_eq!((answer.status, answer.header("location")), (Status::SeeOther, Some("/")), "{}", answer.body);
    assert_eq!(ada.cookie(), "");
    // The polls are gone at once, and their rows bit by bit.
    assert_eq!(app.get("/polls/drink").await.status, Status::NotFound);
    for _ in 0..200 {
        if app.database.stored().await == Stored::of(1, 0) {
            break;
        }
        rocket::tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
    for table in ["organisers", "sessions"] {
        assert_eq!(app.database.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(app.get("/polls/drink").await.status, Status::NotFound);
    assert_eq!(app.tally("/polls/donut").await, [1, 0]);
}

/// Runs a command with a password on standard input.
pub fn with_password(database: &TestDatabase, args: &[&str], password: &str) -> (i32, String, String) {
    let mut input = tempfile::tempfile().unwrap();
    writeln!(input, "{password}").and_then(|()| input.rewind()).unwrap();
    output(command(database).args(args).stdin(input))
}

async fn the_command_line_makes_lists_and_deletes(database: TestDatabase) {
    migrated(&database);
    assert_eq!(done(&database, &["organiser", "list"]), "");
    let created =
        with_password(&database, &["organiser", "new", "Ada@Example.org", "--name", "Ada Lovelace"], PASSWORD);
    assert_eq!(created, (0, "ada@example.org is created\n".into(), String::new()));
    let listed = done(&database, &["organiser", "list"]);
    assert_eq!(listed.split_whitespace().collect::<Vec<_>>(), ["ada@example.org", "0", "polls", "Ada", "Lovelace"]);
    let app = App::start(database).await;
    let ada = app.sign_in("ada@example.org").await;
    let changed = with_password(&app.database, &["organiser", "password", "ADA@example.org"], "four other words here");
    assert_eq!(changed.0, 0, "{}", changed.2);
    assert_eq!(ada.get("/organiser").await.status, Status::SeeOther, "it ends her sessions");
    own(&app, "ada@example.org", "drink").await;
    let (status, _, error) = urna(&app.database, &["organiser", "delete", "ada@example.org"]);
    assert_eq!(status, 1);
    assert!(error.contains("with 1 polls and 0 votes") && error.contains("--yes"), "{error}");
    assert_eq!(
        done(&app.database, &["organiser", "delete", "ada@example.org", "--yes"]),
        "ada@example.org is deleted\n"
    );
    assert_eq!(app.get("/polls/drink").await.status, Status::NotFound);
}

async fn the_command_line_refuses_what_forms_refuse(database: TestDatabase) {
    migrated(&database);
    let refused = |args: &[&str], password: &str, sentence: &str| {
        let (status, log, error) = with_password(&database, args, password);
        assert_eq!((status, log.as_str(), error.lines().count()), (1, "", 1), "{args:?}: {error}");
        assert!(error.starts_with("urna: ") && error.contains(sentence), "{args:?}: {error}");
    };
    let new = |uid, name| ["organiser", "new", uid, "--name", name];
    refused(&new("a b", "Ada"), PASSWORD, "The sign-in name can have letters");
    refused(&new("ada", " "), PASSWORD, "Enter the name.");
    refused(&new("ada", "A\u{202e}"), PASSWORD, "a character that can’t be seen");
    refused(&new("ada", "Ada"), "", "Enter a password.");
    refused(&new("ada", "Ada"), "short", "at least 8 characters");
    refused(&new("ada", "Ada"), "password1", "too easy to guess");
    refused(&["organiser", "password", "ada"], PASSWORD, "there is no organiser “ada”");
    refused(&["organiser", "delete", "ada", "--yes"], "", "there is no organiser “ada”");
    assert_eq!(with_password(&database, &new("ada", "Ada"), PASSWORD).0, 0);
    refused(&new("ADA", "Another"), PASSWORD, "there is an organiser “ada” already");
    assert_eq!(done(&database, &["organiser", "list"]).lines().count(), 1);
}
