//! Changes of polls while votes come: whose ballots wait, for how long, and that none is lost.

use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use rocket::{
    futures::future::{join, join_all},
    http::Status,
    tokio::time::{sleep, timeout},
};
use urna::models::{
    new_poll::NewPoll,
    poll::{Definition, Poll, Which},
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::{Stored, TestDatabase},
    on_both,
};

on_both!(changes_beside_votes_lose_and_double_nothing);

/// In which a vote that waits for nothing is answered, and one whose poll has been changed.
const SOON: Duration = Duration::from_secs(1);

/// A transaction that has done this, on a connection of its own.
async fn transaction(url: &str, sql: &str) -> AsyncPgConnection {
    let mut other = AsyncPgConnection::establish(url).await.expect("a connection");
    other.batch_execute(&format!("BEGIN; {sql}")).await.expect("the lock is had");
    other
}

async fn assert_counted(app: &App, form: &str) {
    let answer = timeout(SOON, app.add(form)).await.expect("it does not wait");
    assert_eq!(answer.status, Status::SeeOther, "{form}: {}", answer.body);
}

#[test]
fn only_ballots_of_the_poll_that_is_locked_wait() {
    let Some(database) = TestDatabase::postgres() else { return };
    database.run(async |database: TestDatabase| {
        let url = database.url.clone();
        let app = App::start(database).await;
        for slug in ["a", "b"] {
            app.poll(slug, &["gummi", "pita"]).await;
        }
        // Locked as a change does it, and by somebody who knows nothing of that.
        for (n, lock) in [
            "SELECT pg_advisory_xact_lock(id) FROM polls WHERE slug = 'a'",
            "SELECT FROM polls WHERE slug = 'a' FOR UPDATE",
            "UPDATE polls SET revision = revision WHERE slug = 'a'",
        ]
        .into_iter()
        .enumerate()
        {
            let mut other = transaction(&url, lock).await;
            let forms: Vec<String> = (0..20).map(|m| format!("poll=a&vote=gummi&key=a{n}-{m}")).collect();
            let waiting = join_all(forms.iter().map(|form| async {
                let answer = app.add(form).await;
                (answer.status, Instant::now())
            }));
            let (answers, (held, released)) = join(waiting, async {
                for m in 0..20 {
                    assert_counted(&app, &format!("poll=b&vote=pita&key=b{n}-{m}")).await;
                }
                assert_eq!(app.database.stored().await, Stored::of(40 * n as i64 + 20, 40 * n as i64 + 20));
                let held = Instant::now();
                other.batch_execute("ROLLBACK").await.expect("the lock is released");
                (held, Instant::now())
            })
            .await;
            for (status, answered) in answers {
                assert_eq!(status, Status::SeeOther);
                assert!(
                    answered > held && answered < released + SOON,
                    "{lock}: {:?} {:?}",
                    answered - held,
                    released - held
                );
            }
        }
        assert_eq!(app.database.stored().await, Stored::of(120, 120));
    });
}

#[test]
fn a_ballot_whose_poll_stays_locked_is_given_up() {
    let Some(database) = TestDatabase::postgres() else { return };
    database.run(async |database: TestDatabase| {
        let url = database.url.clone();
        let app = App::start_with(database, &[("urna.queue", 8)]).await;
        for slug in ["a", "b"] {
            app.poll(slug, &["gummi", "pita"]).await;
        }
        let mut other = transaction(&url, "SELECT FROM polls WHERE slug = 'a' FOR UPDATE").await;
        let started = Instant::now();
        let forms: Vec<String> = (0..20).map(|n| format!("poll=a&vote=gummi&key={n}")).collect();
        let (answers, ()) = join(join_all(forms.iter().map(|form| app.add(form))), async {
            // Those that wait are out of the queue by then, and leave it to others.
            sleep(Duration::from_secs(1)).await;
            while started.elapsed() < Duration::from_secs(4) {
                sleep(Duration::from_millis(100)).await;
                assert_counted(&app, "poll=b&vote=pita").await;
            }
        })
        .await;
        assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
        assert!(answers.iter().all(|answer| answer.status == Status::ServiceUnavailable));
        let full = answers.iter().filter(|answer| answer.body.contains("was not taken")).count();
        assert!((1..20).contains(&full), "{full} of 20 found no room");
        other.batch_execute("ROLLBACK").await.expect("the lock is released");
        assert_eq!(app.database.number("SELECT count(*) FROM ballots WHERE marks = 'gummi'").await, 0);
        assert_counted(&app, &forms[0]).await;
    });
}

#[test]
fn a_change_waits_for_its_own_ballots_only_and_keeps_no_other_change() {
    let Some(database) = TestDatabase::postgres() else { return };
    database.run(async |database: TestDatabase| {
        let url = database.url.clone();
        let app = App::start(database).await;
        let [a, b] = [app.poll("a", &["gummi", "pita"]).await, app.poll("b", &["gummi", "pita"]).await];
        // As a batch with ballots of A does it.
        let batch = "SELECT pg_advisory_xact_lock_shared(id) FROM polls WHERE slug = 'a'";
        let mut other = transaction(&url, batch).await;
        let (closed, ()) = join(
            async {
                a.close(&mut app.db().await, None).await.expect("it is closed");
                Instant::now()
            },
            async {
                sleep(Duration::from_millis(100)).await;
                timeout(SOON, async {
                    b.close(&mut app.db().await, None).await.expect("it is closed");
                    b.reopen(&mut app.db().await).await.expect("it is opened");
                    app.poll("c", &["gummi", "pita"]).await;
                })
                .await
                .expect("they do not wait");
                assert_counted(&app, "poll=b&vote=pita").await;
                // One that comes while the change waits does not overtake it.
                let mut late = transaction(&url, "").await;
                let overtakes = "DO $$ BEGIN ASSERT NOT pg_try_advisory_xact_lock_shared(id)
                    FROM polls WHERE slug = 'a'; END $$";
                late.batch_execute(overtakes).await.expect("it waits its turn");
                other.batch_execute("ROLLBACK").await.expect("the batch is in");
            },
        )
        .await;
        assert!(closed.elapsed() < SOON);
    });
}

/// What an organiser does to the polls, again and again.
async fn change(app: &App, a: &Poll, b: &Poll, rounds: usize) {
    let db = &mut app.db().await;
    for n in 0..rounds {
        let found = Definition::find(db, &Which::Slug("a".into())).await.expect("a query").expect("a poll");
        let new = new_poll("a", &["gummi", "pita"]);
        let new = new.with(|settings| {
            settings.title = format!("Title {n}?");
            settings.opens_at = a.settings.opens_at;
            settings.listed = found.poll.settings.listed;
        });
        found.update(db, &new, false).await.expect("it is updated");
        b.close(db, None).await.expect("it is closed");
        [a, b][n % 2].feature(db).await.expect("it is featured");
        a.invite(db, vec![[n as u8 + 1; 32], [n as u8 + 101; 32]], None).await.expect("they are invited");
        b.reopen(db).await.expect("it is opened");
        let draft = NewPoll { draft: true, ..new_poll(&format!("draft-{n}"), &["gummi", "pita"]) };
        let draft = Poll::create(db, &draft).await.expect("it is created");
        draft.publish(db).await.expect("it is published");
        draft.remove(db).await.expect("it is removed");
    }
}

async fn changes_beside_votes_lose_and_double_nothing(database: TestDatabase) {
    const VOTERS: usize = 8;
    const VOTES: usize = 30;
    let app = App::start(database).await;
    let (twin, [a, b]) =
        (app.twin().await, [app.poll("a", &["gummi", "pita"]).await, app.poll("b", &["gummi", "pita"]).await]);
    let voter = async |voter: usize| {
        let mut counted = 0;
        for vote in 0..VOTES {
            let slug = ["a", "b"][vote % 2];
            let form = format!("poll={slug}&vote=gummi&key={voter}-{vote}");
            // Every vote is sent twice, to one process and to the other.
            let (first, second) = join(app.add(&form), twin.add(&form)).await;
            let statuses = [first.status.code, second.status.code];
            assert!(statuses.iter().all(|status| [303, 409, 503].contains(status)), "{statuses:?}: {}", first.body);
            counted += i64::from(statuses.contains(&303));
        }
        counted
    };
    let (counted, ()) = join(join_all((0..VOTERS).map(voter)), change(&app, &a, &b, 10)).await;
    let counted: i64 = counted.iter().sum();
    assert!(counted > 100, "{counted} of {} were counted", VOTERS * VOTES);
    assert_eq!(app.database.stored().await, Stored::of(counted, counted));
    for slug in ["a", "b"] {
        let page = format!("/polls/{slug}");
        assert_eq!(app.tally(&page).await, twin.tally(&page).await);
    }
}
