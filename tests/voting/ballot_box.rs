//! Group commit: an acknowledged vote is counted once, with any other votes in its batch and any failure.

use std::collections::{BTreeMap, BTreeSet};

use rocket::{
    futures::{
        StreamExt as _,
        future::{join, join_all},
        stream::FuturesUnordered,
    },
    http::Status,
};
use urna::models::ballot;

use crate::helpers::{
    app::{Answer, App, form},
    database::{Stored, TestDatabase},
    on_both,
};

on_both!(
    five_hundred_votes_at_once_add_up,
    a_ballot_that_spoils_its_batch_fails_alone,
    a_full_queue_sends_voters_away_at_once,
    equal_keys_in_one_batch_count_once,
    a_vote_that_was_not_stored_can_be_sent_again,
    votes_in_several_polls_at_once_go_where_they_belong,
    two_processes_at_once_lose_nothing,
    a_database_that_fails_sends_voters_away_and_recovers,
    a_vote_is_written_to_the_tables_of_the_list,
);

fn count(answers: &[Answer], status: Status) -> i64 {
    answers.iter().filter(|answer| answer.status == status).count().try_into().unwrap()
}

fn assert_come_again(answer: &Answer) {
    assert_eq!(answer.status, Status::ServiceUnavailable, "{}", answer.body);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert_eq!(answer.header("location"), None);
    assert!(answer.body.contains("Wait a moment"), "{}", answer.body);
}

/// What the button of the page sends on which a ballot comes back.
fn sent_again(answer: &Answer) -> String {
    let page = answer.body.split("data-address=").nth(1).and_then(|rest| rest.split("</form>").next());
    let fields = page.expect("a form").split("<input type=\"hidden\" name=\"").skip(1).map(|field| {
        let mut parts = field.split('"');
        (parts.next().expect("a name"), parts.nth(1).expect("a value"))
    });
    form(&fields.collect::<Vec<_>>())
}

/// Sends these forms while the database is locked, so that their ballots share batches.
async fn add_together(app: &App, bodies: &[String]) -> Vec<Answer> {
    let lock = app.database.lock().await;
    let (answers, ()) = join(join_all(bodies.iter().map(|body| app.add(body))), async {
        for _ in 0..1000 {
            rocket::tokio::task::yield_now().await;
        }
        lock.release().await;
    })
    .await;
    answers
}

async fn five_hundred_votes_at_once_add_up(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("drink", &["tea", "coffee", "water"]).await;
    let bodies: Vec<String> =
        (0..500).map(|i| format!("vote={}&key=voter-{i}", ["tea", "coffee", "water", "tea"][i % 4])).collect();
    let answers = join_all(bodies.iter().map(|body| app.add(body))).await;
    assert_eq!(count(&answers, Status::SeeOther), 500);
    assert_eq!(app.tally("/").await, [250, 125, 125]);
    assert_eq!(app.database.stored().await, Stored::of(500, 500));
    for (marks, expected) in [("tea", 250), ("coffee", 125), ("water", 125)] {
        assert_eq!(
            app.database.number(&format!("SELECT count(*) FROM ballots WHERE marks = '{marks}'")).await,
            expected
        );
        assert_eq!(
            app.database.number(&format!("SELECT sum(count) FROM profile WHERE marks = '{marks}'")).await,
            expected
        );
    }
}

async fn a_ballot_that_spoils_its_batch_fails_alone(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita", "spoilt"]).await;
    app.cast("donut", "spoilt").await;
    app.database.execute("CREATE UNIQUE INDEX test_spoils ON ballots (marks) WHERE marks = 'spoilt'").await;
    let votes: Vec<&str> = (0..60).map(|i| if i % 20 == 10 { "spoilt" } else { ["gummi", "pita"][i % 2] }).collect();
    let bodies: Vec<String> = votes.iter().enumerate().map(|(i, vote)| format!("vote={vote}&key=v{i}")).collect();
    let answers = add_together(&app, &bodies).await;
    for (vote, answer) in votes.iter().zip(&answers) {
        match *vote {
            "spoilt" => assert_come_again(answer),
            _ => assert_eq!(answer.status, Status::SeeOther, "{vote}: {}", answer.body),
        }
    }
    assert_eq!(app.tally("/").await, [30 - 3, 30, 1]);
    assert_eq!(app.database.stored().await, Stored { credentials: 57, ..Stored::of(58, 0) });
}

async fn a_vote_that_was_not_stored_can_be_sent_again(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.cast("donut", "pita").await;
    app.database.execute("CREATE UNIQUE INDEX test_spoils ON ballots (marks)").await;
    let refused = app.add("vote=pita&key=mine").await;
    assert_come_again(&refused);
    assert_eq!(app.database.stored().await, Stored::of(1, 0));
    // The ballot comes back with a button; one without a key gets one, so that it counts once from then on.
    let again = sent_again(&refused);
    let unkeyed = sent_again(&app.add("vote=pita").await);
    app.database.execute("DROP INDEX test_spoils").await;
    for form in [&again, &unkeyed, &unkeyed, &again] {
        assert_eq!(app.add(form).await.status, Status::SeeOther, "{form}");
    }
    assert_eq!(app.database.stored().await, Stored::of(3, 2));
    assert_eq!(app.tally("/").await, [0, 3]);
    assert_eq!(app.add("vote=pita&key=mine").await.status, Status::SeeOther);
    assert_eq!(app.database.stored().await, Stored::of(3, 2));
}

async fn a_full_queue_sends_voters_away_at_once(database: TestDatabase) {
    let app = App::start_with(database, &[("urna.queue", 1)]).await;
    app.poll("donut", &["gummi", "pita"]).await;
    assert_eq!(app.tally("/").await, [0, 0]);
    let bodies: Vec<String> = (0..200).map(|i| format!("vote=gummi&key=v{i}")).collect();
    let lock = app.database.lock().await;
    let mut posts: FuturesUnordered<_> = bodies.iter().map(|body| app.add(body)).collect();
    // Who is answered while nothing can be stored is sent away.
    let mut answers = Vec::new();
    while answers.len() < 100 {
        let answer = posts.next().await.unwrap();
        assert_come_again(&answer);
        answers.push(answer);
    }
    lock.release().await;
    answers.extend(posts.collect::<Vec<_>>().await);
    let counted = count(&answers, Status::SeeOther);
    assert!(counted >= 1, "those who were taken are counted");
    assert_eq!(count(&answers, Status::ServiceUnavailable), 200 - counted);
    assert_eq!(app.database.stored().await, Stored::of(counted, counted));
    // Everybody sends again what they had sent: each counts once.
    for body in &bodies {
        assert_eq!(app.add(body).await.status, Status::SeeOther);
    }
    assert_eq!(app.tally("/").await, [200, 0]);
    assert_eq!(app.database.stored().await, Stored::of(200, 200));
}

async fn equal_keys_in_one_batch_count_once(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    assert_eq!(app.tally("/").await, [0, 0]);
    let bodies: Vec<String> = (0..60).map(|i| format!("vote=gummi&key=v{}", i % 20)).collect();
    let answers = add_together(&app, &bodies).await;
    assert_eq!(count(&answers, Status::SeeOther), 60);
    assert_eq!(app.tally("/").await, [20, 0]);
    assert_eq!(app.database.stored().await, Stored::of(20, 20));
}

async fn votes_in_several_polls_at_once_go_where_they_belong(database: TestDatabase) {
    let app = App::start(database).await;
    for slug in ["one", "two", "three"] {
        app.poll(slug, &["a", "b"]).await;
    }
    let closed = app.poll("closed", &["a", "b"]).await;
    assert_eq!(app.tally("/polls/closed").await, [0, 0]);
    closed.close(&mut app.db().await, Some(urna::models::now())).await.unwrap();
    let bodies: Vec<String> = (0..200)
        .map(|i| format!("poll={}&vote={}&key=k{i}", ["one", "two", "three", "closed"][i % 4], ["a", "b"][i / 100]))
        .collect();
    let answers = join_all(bodies.iter().map(|body| app.add(body))).await;
    for (body, answer) in bodies.iter().zip(&answers) {
        let expected = if body.starts_with("poll=closed") { Status::Conflict } else { Status::SeeOther };
        assert_eq!(answer.status, expected, "{body}: {}", answer.body);
    }
    for slug in ["one", "two", "three"] {
        assert_eq!(app.tally(&format!("/polls/{slug}")).await, [25, 25], "{slug}");
    }
    assert_eq!(app.database.stored().await, Stored::of(150, 150));
}

async fn two_processes_at_once_lose_nothing(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let other = app.twin().await;
    // Every key is sent to both, with different votes: one of them counts.
    let bodies: Vec<(usize, String)> =
        (0..300).map(|i| (i % 2, format!("vote={}&key=k{}", ["gummi", "pita"][i % 2], i / 2))).collect();
    let answers = join_all(bodies.iter().map(|(process, body)| [&app, &other][*process].add(body))).await;
    let mut by_status = BTreeMap::new();
    for answer in &answers {
        *by_status.entry(answer.status.code).or_insert(0) += 1;
    }
    assert_eq!(by_status, BTreeMap::from([(303, 300)]));
    assert_eq!(app.database.stored().await, Stored::of(150, 150));
    let tally = app.tally("/").await;
    assert_eq!(tally.iter().sum::<u64>(), 150, "{tally:?}");
    assert_eq!(other.tally("/").await, tally);
}

async fn a_database_that_fails_sends_voters_away_and_recovers(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    app.cast("donut", "gummi").await;
    for (table, _) in ballot::TABLES {
        let before = app.database.stored().await;
        app.database.execute(&format!("ALTER TABLE {table} RENAME TO away")).await;
        assert_come_again(&app.add(&format!("vote=pita&key={table}")).await);
        app.database.execute(&format!("ALTER TABLE away RENAME TO {table}")).await;
        assert_eq!(app.database.stored().await, before, "{table}");
        assert_eq!(app.add(&format!("vote=pita&key={table}")).await.status, Status::SeeOther, "{table}");
    }
    app.database.execute("ALTER TABLE polls RENAME TO away").await;
    for address in ["/", "/polls/donut", "/polls"] {
        assert_come_again(&app.get(address).await);
    }
    app.database.execute("ALTER TABLE away RENAME TO polls").await;
    assert_eq!(app.tally("/").await, [1, 5]);
    assert_eq!(app.database.stored().await, Stored::of(6, 5));
}

/// Every table of the database, with the number of its rows.
async fn row_counts(database: &TestDatabase) -> BTreeMap<String, i64> {
    let tables = if database.is_sqlite() {
        "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    } else {
        "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
    };
    let mut counts = BTreeMap::new();
    for table in database.text(tables).await.split(',') {
        counts.insert(table.to_owned(), database.number(&format!("SELECT count(*) FROM {table}")).await);
    }
    counts
}

async fn a_vote_is_written_to_the_tables_of_the_list(database: TestDatabase) {
    let app = App::start(database).await;
    app.poll("donut", &["gummi", "pita"]).await;
    let before = row_counts(&app.database).await;
    assert_eq!(app.add("vote=pita&key=one").await.status, Status::SeeOther);
    let after = row_counts(&app.database).await;
    let written: BTreeSet<&str> =
        after.iter().filter(|(table, rows)| before[*table] != **rows).map(|(table, _)| table.as_str()).collect();
    assert_eq!(written, ballot::TABLES.into_iter().map(|(table, _)| table).collect());
}
