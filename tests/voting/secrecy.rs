//! Secrecy: what the database alone reveals of who cast which ballot.

use urna::{
    marks::Marks,
    models::{
        ballot::{self, Cast, NewBallot},
        eligibility::Eligibility,
        poll::{Definition, Poll, Which},
        visibility::Visibility,
    },
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
};

on_both!(no_row_version_leads_from_a_ballot_to_the_one_credential, no_batch_of_both_kinds_does, no_column_does);

/// A poll by browsers, in which this many have voted one after the other.
async fn voted(app: &App, voters: usize) {
    let poll = new_poll("chair", &["anna", "ben"]).with(|s| {
        s.eligibility = Eligibility::Browser;
        s.results_visibility = Visibility::Always;
    });
    app.create(&poll).await;
    for n in 0..voters {
        let voter = app.browser();
        voter.get("/polls/chair").await;
        let vote = if n % 2 == 0 { "anna" } else { "ben" };
        let answer = voter.add(&format!("poll=chair&vote={vote}")).await;
        assert_eq!(answer.header("location"), Some("/#counted"), "{}", answer.body);
    }
}

async fn no_row_version_leads_from_a_ballot_to_the_one_credential(database: TestDatabase) {
    let app = App::start(database).await;
    voted(&app, 40).await;
    assert_eq!(app.database.stored().await.credentials, 40);
    if app.database.is_sqlite() {
        // The table is ordered by its hashes, and has no number or version of a row.
        assert!(app.database.try_execute("SELECT rowid FROM credentials").await.is_err());
        return;
    }
    // The newest ballot was written in one transaction with at least eight credentials.
    let beside = "SELECT count(*) FROM credentials WHERE xmin::text = (
        SELECT xmin::text FROM ballots ORDER BY row_id DESC LIMIT 1)";
    assert!(app.database.number(beside).await >= 8);
}

/// The ballots of a secret poll are as well hidden where open polls have ballots in the same batch.
async fn no_batch_of_both_kinds_does(database: TestDatabase) {
    let app = App::start(database).await;
    voted(&app, 40).await;
    let secret = Definition::find(&mut app.db().await, &Which::Slug("chair".into())).await.unwrap().unwrap().poll;
    let open = app.poll("snack", &["anna", "ben"]).await;
    let ballot = |poll: &Poll, credential: Option<[u8; 32]>| NewBallot {
        poll_id: poll.id,
        revision: poll.revision,
        marks: Marks::parse("anna", poll.settings.marking().form(), ["anna", "ben"]).unwrap(),
        credential,
        rule: poll.settings.eligibility,
    };
    let batch = [
        ballot(&open, None),
        ballot(&secret, Some([7; 32])),
        ballot(&open, Some([8; 32])),
        ballot(&secret, Some([7; 32])),
        ballot(&open, None),
    ];
    let casts = ballot::cast(&mut app.db().await, &batch, urna::models::now(), 0).await.unwrap();
    assert_eq!(casts, [Cast::Counted, Cast::Counted, Cast::Counted, Cast::CountedBefore, Cast::Counted]);
    if app.database.is_sqlite() {
        return;
    }
    let beside = format!(
        "SELECT count(*) FROM credentials WHERE poll_id = {} AND xmin::text = (
            SELECT xmin::text FROM ballots ORDER BY row_id DESC LIMIT 1)",
        secret.id
    );
    assert!(app.database.number(&beside).await >= 8);
}

async fn no_column_does(database: TestDatabase) {
    let app = App::start(database).await;
    voted(&app, 2).await;
    let columns = if app.database.is_sqlite() {
        "SELECT count(*) FROM pragma_table_info('credentials')"
    } else {
        "SELECT count(*) FROM information_schema.columns WHERE table_name = 'credentials'"
    };
    assert_eq!(app.database.number(columns).await, 2, "the poll and the hash");
}
