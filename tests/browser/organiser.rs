//! An organiser at a screen: a [`Visit`] that can sign in.

use std::io::{Seek as _, Write as _};

use super::visit::Visit;
use crate::helpers::{
    app::PASSWORD,
    database::TestDatabase,
    server::{command, output},
};

impl Visit {
    /// A browser before a server without a poll and with one organiser, `ada`, who is not signed in.
    pub async fn of_organiser(database: TestDatabase, javascript: bool) -> Option<Visit> {
        let visit = Self::empty(database, javascript).await?;
        let mut password = tempfile::tempfile().expect("a temporary file");
        writeln!(password, "{PASSWORD}").and_then(|()| password.rewind()).expect("it is written");
        let mut command = command(&visit.database);
        let created = output(command.args(["organiser", "new", "ada", "--name", "Ada"]).stdin(password));
        assert_eq!(created.0, 0, "{}", created.2);
        Some(visit)
    }

    /// Goes to an organiser's page and signs in on the way.
    pub async fn sign_in(&self, path: &str) {
        self.go(path).await;
        self.fill(&[("#uid", "ada"), ("#password", PASSWORD)]).await;
        self.click("main button").await;
        self.arrive(path).await;
    }

    /// Puts the poll of the form into the public list, so that its address is known and it is on the first page.
    pub async fn list(&self) {
        self.script("document.querySelector('#listed').checked = true").await;
    }

    /// Follows a link that the site gives out: in production it begins with https, which a proxy would speak.
    pub async fn follow(&self, link: &str) {
        let path = link.strip_prefix(&format!("https://127.0.0.1:{}", self.server.port)).expect("a link to this site");
        self.go(path).await;
    }
}
