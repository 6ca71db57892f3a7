//! The list of open polls: what a poll's page names beside the poll itself.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDateTime;
use diesel::QueryResult;

use crate::{db::Connection, models::poll::Poll};

/// How many other polls a page names.
const OTHERS: usize = 8;

/// The newest listed polls that are open, as of one moment.
#[derive(Debug)]
pub struct OpenPolls {
    polls: Vec<Poll>,
    version: OpenPollsVersion,
    read_at: NaiveDateTime,
}

/// What the list depends on: lists of equal versions are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenPollsVersion {
    site_revision: i64,
    /// When a poll opens or closes by its date next.
    until: Option<NaiveDateTime>,
}

impl OpenPolls {
    /// The polls on it but one, the newest first.
    pub fn but(&self, poll_id: i64) -> impl Iterator<Item = &Poll> {
        self.polls.iter().filter(move |poll| poll.id != poll_id).take(OTHERS)
    }

    /// What it depends on.
    pub fn version(&self) -> OpenPollsVersion {
        self.version
    }

    fn is_of(&self, site_revision: i64, now: NaiveDateTime) -> bool {
        self.version.site_revision == site_revision
            && self.read_at <= now
            && self.version.until.is_none_or(|until| now < until)
    }
}

/// The list that was read last.
pub(super) struct LastList {
    list: Mutex<Option<Arc<OpenPolls>>>,
    /// Whether pages name other polls. If not, the list is empty and never read.
    is_shown: bool,
}

impl LastList {
    pub(super) fn new(is_shown: bool) -> Self {
        let empty = OpenPolls {
            polls: Vec::new(),
            version: OpenPollsVersion { site_revision: 0, until: None },
            read_at: NaiveDateTime::MIN,
        };
        Self { list: Mutex::new((!is_shown).then(|| Arc::new(empty))), is_shown }
    }

    /// The list at `now` where the site has this revision: read again only where it may have changed.
    pub(super) async fn read(
        &self,
        db: &mut Connection,
        site_revision: i64,
        now: NaiveDateTime,
    ) -> QueryResult<Arc<OpenPolls>> {
        let last = self.list.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(list) = last.filter(|list| !self.is_shown || list.is_of(site_revision, now)) {
            return Ok(list);
        }
        // One more than a page names: its own poll may be among them.
        let polls = Poll::open(db, now, OTHERS as i64 + 1).await?;
        let until = Poll::next_opening_or_closing(db, now).await?;
        let version = OpenPollsVersion { site_revision, until };
        let list = Arc::new(OpenPolls { polls, version, read_at: now });
        *self.list.lock().unwrap_or_else(PoisonError::into_inner) = Some(list.clone());
        Ok(list)
    }
}
