//! The scoreboard: the one reader of profiles in a process, by group read.
//!
//! A page shows every vote that any process acknowledged before the page's request. So each request needs a read that
//! starts after it came in. The first request starts one; all that come while it runs share the next. A cached board is
//! used only if its version is still that of the database, and that query costs the same at any number of ballots.
//! Invariant: no HTTP and no template in here.

mod board;
mod open_polls;
mod read;

pub use board::{Board, BoardVersion};
pub use open_polls::{OpenPolls, OpenPollsVersion};

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rocket::tokio::sync::{Mutex as TurnMutex, Semaphore};

use self::open_polls::LastList;
use crate::{
    counter::Counter,
    db::{Engine, OpenError},
    gather::gather,
    lru::Lru,
    models::{
        address,
        poll::{Definition, Which},
    },
};

/// How much memory the boards may take that are kept, roughly.
const BOARDS: usize = 128 * 1024 * 1024;

/// A read that takes longer fails for all requests that share it, and for those that wait for the next.
const SLOW: Duration = Duration::from_millis(500);

/// What the pages of a poll show, as of one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What they show of the poll itself.
    pub board: Arc<Board>,
    /// The polls that are open.
    pub open_polls: Arc<OpenPolls>,
}

/// Why a board could not be read. All requests that shared the read get a clone.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(Arc<str>);

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        Self(error.to_string().into())
    }
}

impl From<diesel::result::Error> for ReadError {
    fn from(error: diesel::result::Error) -> Self {
        Self(error.to_string().into())
    }
}

/// The boards of this process.
pub struct Scoreboard {
    engine: Engine,
    slots: Mutex<Lru<Which, Arc<Slot>>>,
    open_polls: LastList,
    /// Long counts take turns.
    turns: Arc<Semaphore>,
    /// The last time that the database could not store that a poll is shown as closed.
    unstored: Mutex<Option<Instant>>,
}

/// The board of one address, and the turn to read it.
#[derive(Default)]
struct Slot {
    /// Counts the requests.
    asked: AtomicU64,
    turn: TurnMutex<Turn>,
    counter: Arc<Counter>,
    /// The newest board, for requests that need no fresh one.
    newest: Mutex<Option<Arc<Board>>>,
}

/// The result of the last read, and the number of requests when it started.
struct Turn {
    serves: u64,
    result: Result<Option<Snapshot>, ReadError>,
}

impl Default for Turn {
    fn default() -> Self {
        Self { serves: 0, result: Ok(None) }
    }
}

impl Scoreboard {
    /// A scoreboard that reads from `engine`. Unless it `lists_others`, its list of open polls stays empty.
    pub fn new(engine: Engine, lists_others: bool) -> Self {
        Self {
            engine,
            slots: Mutex::new(Lru::new(BOARDS)),
            open_polls: LastList::new(lists_others),
            turns: Arc::new(Semaphore::new(1)),
            unstored: Mutex::default(),
        }
    }

    /// The poll, read after this call; `None` where there is none at this address.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn read(&self, which: &Which) -> Result<Option<Snapshot>, ReadError> {
        let slot = self.slot(which);
        let ticket = slot.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut turn = slot.turn.lock().await;
        // A read that started after this request came in has everything that this request may know.
        if turn.serves < ticket {
            // Requests that have arrived already share this read: one read serves many of them.
            gather(|| slot.asked.load(Ordering::SeqCst)).await;
            turn.serves = slot.asked.load(Ordering::SeqCst);
            let began = Instant::now();
            turn.result = self.read_now(which, &slot).await;
            match &turn.result {
                Ok(Some(snapshot)) => self.keep(which, &slot, &snapshot.board),
                Ok(None) => self.forget(which, &slot),
                Err(error) => {
                    log::error!("a page could not be read: {error}");
                    // Those who came meanwhile have waited too, and would wait as long again.
                    if began.elapsed() > SLOW {
                        turn.serves = slot.asked.load(Ordering::SeqCst);
                    }
                }
            }
        }
        turn.result.clone()
    }

    /// The slug of the poll that a former or mistyped address means.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn find_slug(&self, typed: &str) -> Result<Option<String>, ReadError> {
        Ok(address::find(&mut self.engine.connection().await?, typed).await?)
    }

    /// A poll's definition, perhaps an old one: the ballot box refuses what was read against an old one.
    ///
    /// # Errors
    /// [`ReadError`] when the database fails.
    pub async fn definition(&self, which: &Which) -> Result<Option<Arc<Definition>>, ReadError> {
        if let Some(board) = self.slot(which).newest() {
            return Ok(Some(board.definition.clone()));
        }
        Ok(self.read(which).await?.map(|snapshot| snapshot.board.definition.clone()))
    }

    fn slot(&self, which: &Which) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(which) {
            return slot.clone();
        }
        let slot = Arc::<Slot>::default();
        slots.insert(which.clone(), slot.clone(), size_of::<Slot>());
        slot
    }

    /// Keeps a board that was read, if it is another one than before.
    fn keep(&self, which: &Which, slot: &Arc<Slot>, board: &Arc<Board>) {
        if slot.newest().is_some_and(|newest| Arc::ptr_eq(&newest, board)) {
            return;
        }
        slot.set_newest(Some(board.clone()));
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.insert(which.clone(), slot.clone(), size_of::<Slot>() + board.bytes());
    }

    /// Addresses without a poll are not kept, so that they do not displace those of polls.
    fn forget(&self, which: &Which, slot: &Slot) {
        slot.set_newest(None);
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(which);
    }
}

impl Slot {
    fn newest(&self) -> Option<Arc<Board>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_newest(&self, board: Option<Arc<Board>>) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = board;
    }
}
