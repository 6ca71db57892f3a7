//! Pages and files that are the same for many readers: drawn once, and cached until what they show has changed.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use rocket::{
    Request, State,
    http::{ContentType, Status},
    outcome::Outcome,
    request::{self, FromRequest},
    tokio::sync::OnceCell,
};
use sha2::{Digest as _, Sha256};

use super::{
    http::{error::Error, forms::IfNoneMatch, reply::Reply, views::Views},
    results::result_file::File,
    session::Reader,
};
use crate::{
    lru::Lru,
    models::visibility::Viewer,
    scoreboard::{Board, BoardVersion, OpenPollsVersion, Snapshot},
};

/// A page of a poll, or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Representation {
    Ballot,
    /// The ballot's page without the result.
    AroundResult,
    /// The result on the ballot's page.
    Result,
    /// The name of all that this page shows beside the result.
    Rest,
    Results,
    Picture,
    Feed,
    Badge,
    File(File),
}

/// Which page, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    poll_id: i64,
    representation: Representation,
    viewer: Viewer,
    reader: Reader,
}

/// What a page shows: pages with one key and equal contents are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    board: BoardVersion,
    /// Where it names other polls.
    open_polls: Option<OpenPollsVersion>,
}

/// A drawn page with the tag that names its content.
#[derive(Debug, Clone)]
pub struct Page {
    body: Bytes,
    /// Its `ETag`, quotes included.
    etag: String,
}

/// What draws pages, and the cache of those that are drawn.
pub struct Pages<'r> {
    /// The templates.
    pub views: &'r Views,
    /// The cache.
    pub cache: &'r PageCache,
}

/// The cache of one process. It is bounded in bytes; what was asked for least recently goes first. A clone is the same one.
#[derive(Clone)]
pub struct PageCache {
    capacity: usize,
    pages: Arc<Mutex<Lru<Key, Entry>>>,
}

#[derive(Clone)]
struct Entry {
    content: Content,
    page: Arc<OnceCell<Page>>,
}

impl Page {
    /// A page with the tag of its content.
    pub fn new(body: String) -> Self {
        let digest = Sha256::digest(&body);
        // The memory that it does not fill would be kept as long.
        let body = Bytes::from(body.into_boxed_str().into_boxed_bytes());
        Self { body, etag: format!("\"{}\"", HEXLOWER.encode(&digest[..12])) }
    }

    /// Its text.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// What names its content: 24 letters and digits.
    pub fn id(&self) -> &str {
        self.etag.trim_matches('"')
    }

    /// The answer with this page: 304 for a browser that has it.
    pub fn reply(self, kind: ContentType, known: &IfNoneMatch<'_>) -> Reply {
        Reply::new(kind, self.body).tagged(self.etag, known)
    }
}

impl PageCache {
    /// A cache of at most so many bytes; of none, so that every page is drawn anew, while templates may change.
    pub fn new(bytes: usize, views: &Views) -> Self {
        Self::with_capacity(if views.may_change() { 0 } else { bytes })
    }

    fn with_capacity(capacity: usize) -> Self {
        Self { capacity, pages: Arc::new(Mutex::new(Lru::new(capacity))) }
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).bytes()
    }

    /// A page as it is cached, or as `draw` draws it: once, while all others who ask for it wait.
    ///
    /// # Errors
    /// That of `draw`; then the next one tries.
    pub async fn get(
        &self,
        key: Key,
        content: Content,
        draw: impl AsyncFnOnce() -> Result<String, Error>,
    ) -> Result<Page, Error> {
        let cell = self.cell(key, content);
        let page = cell.get_or_try_init(async || {
            let page = Page::new(draw().await?);
            self.keep(key, &cell, &page);
            Ok(page)
        });
        page.await.cloned()
    }

    /// The place of a page; an empty one where another content is cached.
    fn cell(&self, key: Key, content: Content) -> Arc<OnceCell<Page>> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = pages.get(&key)
            && entry.content == content
        {
            return entry.page.clone();
        }
        let entry = Entry { content, page: Arc::default() };
        pages.insert(key, entry.clone(), 0);
        entry.page
    }

    /// Keeps a page that was drawn, unless it is too large or another content has taken its place.
    fn keep(&self, key: Key, cell: &Arc<OnceCell<Page>>, page: &Page) {
        let bytes = page.body.len() + page.etag.len();
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = pages.get(&key).filter(|entry| Arc::ptr_eq(&entry.page, cell)).cloned() else { return };
        if bytes > self.capacity {
            pages.remove(&key);
        } else {
            pages.insert(key, entry, bytes);
        }
    }
}

impl Key {
    /// The page with a poll's ballot.
    pub fn ballot(board: &Board, viewer: Viewer, reader: Reader) -> Self {
        Self { reader, ..Self::new(board, Representation::Ballot, viewer) }
    }

    /// The same page without the result.
    pub fn around_result(board: &Board, viewer: Viewer, reader: Reader) -> Self {
        Self { reader, ..Self::new(board, Representation::AroundResult, viewer) }
    }

    /// The result on that page.
    pub fn result(board: &Board, viewer: Viewer) -> Self {
        Self::new(board, Representation::Result, viewer)
    }

    /// The name of all that this page shows beside the result.
    pub fn rest(board: &Board, viewer: Viewer) -> Self {
        Self::new(board, Representation::Rest, viewer)
    }

    /// The page with a poll's results.
    pub fn results(board: &Board, viewer: Viewer) -> Self {
        Self::new(board, Representation::Results, viewer)
    }

    /// A file of a poll's results: the same for all who may have it.
    pub fn file(board: &Board, file: File) -> Self {
        Self::new(board, Representation::File(file), Viewer::default())
    }

    /// The picture of a poll's result, likewise.
    pub fn picture(board: &Board) -> Self {
        Self::new(board, Representation::Picture, Viewer::default())
    }

    /// The result for programs, likewise.
    pub fn feed(board: &Board) -> Self {
        Self::new(board, Representation::Feed, Viewer::default())
    }

    /// The badge, likewise.
    pub fn badge(board: &Board) -> Self {
        Self::new(board, Representation::Badge, Viewer::default())
    }

    fn new(board: &Board, representation: Representation, viewer: Viewer) -> Self {
        Self { poll_id: board.definition.poll.id, representation, viewer, reader: Reader::default() }
    }
}

impl Content {
    /// That of a page which shows a poll and names others.
    pub fn with_others(snapshot: &Snapshot) -> Self {
        Self { board: snapshot.board.version(), open_polls: Some(snapshot.open_polls.version()) }
    }

    /// The same of what does not depend on the votes.
    pub fn of_any_vote(snapshot: &Snapshot) -> Self {
        Self { board: snapshot.board.version().of_any_vote(), ..Self::with_others(snapshot) }
    }

    /// That of a page which shows a poll alone.
    pub fn alone(board: &Board) -> Self {
        Self::of(board.version())
    }

    /// The same of a version.
    pub fn of(board: BoardVersion) -> Self {
        Self { board, open_polls: None }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Pages<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(req: &'r Request<'_>) -> request::Outcome<Self, Self::Error> {
        match (req.guard::<&State<Views>>().await, req.guard::<&State<PageCache>>().await) {
            (Outcome::Success(views), Outcome::Success(cache)) => Outcome::Success(Self { views, cache }),
            _ => Outcome::Forward(Status::InternalServerError),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use rocket::{futures::future::join_all, tokio::task::yield_now};

    use super::*;
    use crate::models::{profile::Version, state::State as PollState};

    const RESULTS: Key = Key {
        poll_id: 1,
        representation: Representation::Results,
        viewer: Viewer { voted: false, organiser: false },
        reader: Reader::Anybody,
    };

    fn content(ballots: u64) -> Content {
        let poll = Version { poll_id: 1, revision: 1, ballots };
        let board = BoardVersion { poll, state: PollState::Open, counted_at: None };
        Content { board, open_polls: None }
    }

    fn text(length: usize) -> String {
        "x".repeat(length)
    }

    #[rocket::async_test]
    async fn one_draws_while_the_others_wait() {
        let (cache, draws) = (PageCache::with_capacity(10_000), Cell::new(0));
        let get = async || {
            let draw = async || {
                draws.set(draws.get() + 1);
                for _ in 0..10 {
                    yield_now().await;
                }
                Ok(text(10))
            };
            cache.get(RESULTS, content(1), draw).await.unwrap().body.len()
        };
        assert_eq!(join_all((0..20).map(|_| get())).await, [10; 20]);
        assert_eq!(draws.get(), 1);
    }

    #[rocket::async_test]
    async fn another_content_takes_the_place_of_the_last() {
        let cache = PageCache::with_capacity(10_000);
        for ballots in 1..9 {
            let length = 100 * ballots as usize;
            for _ in 0..2 {
                let page = cache.get(RESULTS, content(ballots), async || Ok(text(length))).await.unwrap();
                assert_eq!(page.body.len(), length);
            }
            assert!((length..length + 500).contains(&cache.bytes()), "{} bytes", cache.bytes());
        }
    }

    #[rocket::async_test]
    async fn a_page_that_fails_is_drawn_again() {
        let cache = PageCache::with_capacity(10_000);
        for _ in 0..2 {
            let failed = cache.get(RESULTS, content(1), async || Err(Error::no_such_poll())).await;
            assert!(failed.is_err());
        }
        assert_eq!(cache.get(RESULTS, content(1), async || Ok(text(7))).await.unwrap().body.len(), 7);
    }

    #[rocket::async_test]
    async fn a_page_that_is_too_large_is_not_cached() {
        let cache = PageCache::with_capacity(10_000);
        for length in [20_000, 30_000] {
            let page = cache.get(RESULTS, content(1), async || Ok(text(length))).await.unwrap();
            assert_eq!((page.body.len(), cache.bytes()), (length, 0));
        }
    }

    #[rocket::async_test]
    async fn it_keeps_to_its_bytes() {
        let cache = PageCache::with_capacity(10_000);
        for poll_id in 1..100 {
            let page = cache.get(Key { poll_id, ..RESULTS }, content(1), async || Ok(text(1_000))).await.unwrap();
            assert_eq!(page.body.len(), 1_000);
            assert!(cache.bytes() <= 10_000, "{} bytes", cache.bytes());
        }
        assert!(cache.bytes() > 7_000, "{} bytes", cache.bytes());
    }
}
