//! Polls of any method with ballots by their marks.

use sha2::{Digest as _, Sha256};
use urna::{
    count::Method,
    db::Connection,
    marks::{Kind, Marks},
    models::{
        self,
        ballot::{self, Cast, NewBallot},
        eligibility::Eligibility,
        new_poll::NewPoll,
        poll::{Definition, Poll, Which},
    },
};

use super::app::{App, WithSettings as _, new_poll};

/// Tennessee's four cities, one of which is to be the capital.
pub const CITIES: [&str; 4] = ["memphis", "nashville", "chattanooga", "knoxville"];

/// a new poll by this method, with the method's name as its slug.
pub fn poll_by(method: Method, keys: &[&str]) -> NewPoll {
    new_poll(method.as_str(), keys).with(|s| s.method = method)
}

/// How a hundred Tennesseans vote on their capital: each lives in one of the cities and prefers what is near.
pub fn tennessee(kind: Kind) -> [(&'static str, usize); 4] {
    let marks = match kind {
        Kind::Pick | Kind::Approval => CITIES,
        Kind::Ranking => [
            "memphis>nashville>chattanooga>knoxville",
            "nashville>chattanooga>knoxville>memphis",
            "chattanooga>knoxville>nashville>memphis",
            "knoxville>chattanooga>nashville>memphis",
        ],
        Kind::Score => [
            "memphis:5,nashville:2,chattanooga:1,knoxville:0",
            "nashville:5,chattanooga:2,knoxville:2,memphis:0",
            "chattanooga:5,knoxville:3,nashville:2,memphis:0",
            "knoxville:5,chattanooga:4,nashville:2,memphis:0",
        ],
    };
    let voters = [42, 26, 15, 17];
    [0, 1, 2, 3].map(|city| (marks[city], voters[city]))
}

impl App {
    /// Casts so many ballots with these marks, all of which must be counted.
    pub async fn cast_marks(&self, poll: &Poll, votes: &[(&str, usize)]) {
        cast(&mut self.db().await, poll, votes).await;
    }
}

/// The same beside a server.
pub async fn cast(db: &mut Connection, poll: &Poll, votes: &[(&str, usize)]) {
    let which = Which::Slug(poll.slug.clone());
    let definition = Definition::find(db, &which).await.expect("a query").expect("a poll");
    let form = definition.poll.settings.marking().form();
    for (text, times) in votes {
        let marks = Marks::parse(text, form, definition.keys()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let ballot = |n: usize| NewBallot {
            poll_id: poll.id,
            revision: definition.poll.revision,
            marks: marks.clone(),
            // In secret polls each has a voter of its own.
            credential: (poll.settings.eligibility != Eligibility::Open)
                .then(|| Sha256::digest(format!("{text}/{n}")).into()),
            rule: poll.settings.eligibility,
        };
        let batch: Vec<NewBallot> = (0..*times).map(ballot).collect();
        let casts = ballot::cast(db, &batch, models::now(), 0).await.expect("the ballots are stored");
        assert!(casts.iter().all(|cast| *cast == Cast::Counted), "{text}: {casts:?}");
    }
}
