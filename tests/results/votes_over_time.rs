//! When the votes came: kept with each vote, and shown only where that gives nobody's vote away.

use chrono::NaiveDateTime;
use rocket::http::Status;
use urna::models::{
    eligibility::Eligibility,
    poll::Poll,
    visibility::Visibility::{Always, Closed, Organiser},
    votes_over_time::{self, quarter},
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(
    each_vote_is_in_the_quarter_of_an_hour_in_which_it_was_cast,
    an_open_poll_of_anybody_shows_its_hours,
    who_has_voted_is_hidden_in_a_crowd,
    a_number_that_is_not_shown_has_no_chart,
    votes_from_before_are_counted_by_the_migration,
    what_an_old_process_left_out_is_there_when_the_poll_is_closed,
);

const CHART: &str = "<h2>Votes over time</h2>";

/// The rows of the chart's table.
fn rows(page: &str) -> Vec<(&str, &str)> {
    let table = page.split("aria-label=\"Votes over time\"").nth(1).and_then(|rest| rest.split("</table>").next());
    let rows = table.unwrap_or_else(|| panic!("no table in {page}")).split("<tr><th scope=\"row\">").skip(1);
    rows.map(|row| row.trim_end().trim_end_matches("</tbody>").trim_end().trim_end_matches("</td></tr>"))
        .map(|row| row.split_once("</th><td>").unwrap())
        .collect()
}

/// Moves the votes of a poll to these quarters of an hour.
async fn spread(app: &App, poll: &Poll, quarters: &[(&str, u64)]) {
    app.database.execute(&format!("DELETE FROM votes_over_time WHERE poll_id = {}", poll.id)).await;
    for (begins_at, votes) in quarters {
        let row = format!("INSERT INTO votes_over_time VALUES ({}, '{begins_at}', 0, {votes})", poll.id);
        app.database.execute(&row).await;
    }
}

async fn each_vote_is_in_the_quarter_of_an_hour_in_which_it_was_cast(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    let other = app.poll("other", &["a", "b"]).await;
    for vote in ["gummi", "pita", "gummi"] {
        app.cast("donut", vote).await;
    }
    app.cast("other", "a").await;
    let newest: NaiveDateTime =
        app.database.text("SELECT CAST(max(cast_at) AS TEXT) FROM ballots").await.replace(' ', "T").parse().unwrap();
    let db = &mut app.db().await;
    let quarters = votes_over_time::read(db, poll.id).await.unwrap();
    assert_eq!(quarters.iter().map(|(_, votes)| votes).sum::<u64>(), 3);
    assert_eq!(quarters.last().unwrap().0, quarter(newest));
    assert_eq!(votes_over_time::read(db, other.id).await.unwrap().iter().map(|(_, votes)| votes).sum::<u64>(), 1);
}

async fn an_open_poll_of_anybody_shows_its_hours(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.create(&new_poll("donut", &["gummi", "pita"]).with(|s| s.zone = "Asia/Kathmandu".into())).await;
    app.cast("donut", "gummi").await;
    let page = app.get("/polls/donut/results").await;
    assert!(!page.body.contains(CHART), "one step is no chart: {}", page.body);
    // A day and a half: by the hours of Kathmandu, which are 5:45 before those of UTC.
    let quarters = [
        ("2026-05-02 03:15:00", 2),
        ("2026-05-02 04:00:00", 1),
        ("2026-05-02 04:15:00", 4),
        ("2026-05-03 15:00:00", 1),
    ];
    spread(&app, &poll, &quarters).await;
    app.cast("donut", "gummi").await;
    app.database.execute("DELETE FROM votes_over_time WHERE begins_at > '2026-06-01 00:00:00'").await;
    let page = app.get("/polls/donut/results").await.body;
    let rows = rows(&page);
    assert_eq!(rows[0], ("2 May 2026, 09:00 – 10:00", "3"));
    assert_eq!(rows[1], ("2 May 2026, 10:00 – 11:00", "4"));
    assert_eq!((rows.len(), rows[35]), (36, ("3 May 2026, 20:00 – 21:00", "1")));
    assert!(page.contains("Busiest: 2 May 2026, 10:00 – 11:00, with 4 votes. Time zone: Asia/Kathmandu."), "{page}");
}

async fn who_has_voted_is_hidden_in_a_crowd(database: TestDatabase) {
    let app = App::start(database).await;
    for (slug, eligibility) in [("club", Eligibility::Browser), ("board", Eligibility::Invitation)] {
        let poll = app.create(&new_poll(slug, &["a", "b"]).with(|s| s.eligibility = eligibility)).await;
        let quarters = [
            ("2026-05-02 09:00:00", 7),
            ("2026-05-02 09:30:00", 1),
            ("2026-05-02 10:00:00", 9),
            ("2026-05-02 11:00:00", 7),
        ];
        spread(&app, &poll, &quarters).await;
        let address = format!("/polls/{slug}/results");
        assert!(!app.get(&address).await.body.contains(CHART), "{slug} is open");
        poll.close(&mut app.db().await, None).await.unwrap();
        app.get(&address).await;
        // The page is cached, and these votes came another way.
        spread(&app, &poll, &quarters).await;
        let page = app.twin().await.get(&address).await.body;
        // Each with 8 votes or more, and no gap that would say when nobody voted.
        let steps = [("2 May 2026, 09:00 – 09:45", "8"), ("2 May 2026, 09:45 – 11:15", "16")];
        assert_eq!(rows(&page), steps, "{slug}");
        spread(&app, &poll, &[("2026-05-02 09:00:00", 7), ("2026-05-02 10:00:00", 7)]).await;
        assert!(!app.twin().await.get(&address).await.body.contains(CHART), "{slug}: one step only");
    }
}

async fn a_number_that_is_not_shown_has_no_chart(database: TestDatabase) {
    let app = App::start(database).await;
    let quarters = [("2026-05-02 09:00:00", 9), ("2026-05-02 10:00:00", 9)];
    for (slug, results, turnout, is_shown) in [
        ("all", Always, Always, true),
        ("number", Closed, Always, true),
        ("nothing", Closed, Closed, false),
        ("own", Organiser, Organiser, false),
    ] {
        let settings = |s: &mut urna::models::settings::Settings| {
            (s.results_visibility, s.turnout_visibility) = (results, turnout);
        };
        let poll = app.create(&new_poll(slug, &["a", "b"]).with(settings)).await;
        spread(&app, &poll, &quarters).await;
        let page = app.get(&format!("/polls/{slug}/results")).await;
        assert_eq!((page.status, page.body.contains(CHART)), (Status::Ok, is_shown), "{slug}: {}", page.body);
    }
}

async fn votes_from_before_are_counted_by_the_migration(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    for at in ["2026-05-02 09:14:59.9", "2026-05-02 09:15:00", "2026-05-02 09:29:59", "2026-05-02 23:59:59"] {
        let ballot = format!("INSERT INTO ballots (poll_id, cast_at, marks) VALUES ({}, '{at}', 'pita')", poll.id);
        app.database.execute(&ballot).await;
    }
    let up = if app.database.is_sqlite() {
        include_str!("../../migrations/sqlite/2026-11-26-000015_votes_over_time/up.sql")
    } else {
        include_str!("../../migrations/postgres/2026-11-26-000015_votes_over_time/up.sql")
    };
    let insert = &up[up.find("INSERT INTO").unwrap()..];
    app.database.execute(insert).await;
    let read = votes_over_time::read(&mut app.db().await, poll.id).await.unwrap();
    let quarters: Vec<(String, u64)> = read.into_iter().map(|(at, votes)| (at.to_string(), votes)).collect();
    let expected = [("2026-05-02 09:00:00", 1), ("2026-05-02 09:15:00", 2), ("2026-05-02 23:45:00", 1)];
    assert_eq!(quarters, expected.map(|(at, votes)| (at.to_owned(), votes)));
}

async fn what_an_old_process_left_out_is_there_when_the_poll_is_closed(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("donut", &["gummi", "pita"]).await;
    for vote in ["gummi", "pita"] {
        app.cast("donut", vote).await;
    }
    let db = &mut app.db().await;
    let before = votes_over_time::read(db, poll.id).await.unwrap();
    app.database.execute("UPDATE votes_over_time SET votes = 1").await;
    app.get("/polls/donut").await;
    poll.close(db, None).await.unwrap();
    assert_eq!(app.get("/polls/donut/results").await.status, Status::Ok);
    assert_eq!(votes_over_time::read(db, poll.id).await.unwrap(), before);
}
